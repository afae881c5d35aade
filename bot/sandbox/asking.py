"""Methods that ask, register or answer, and leave the chats as they are."""

import json
import re

from bot.sandbox.chats import Chat, ChatKind, Json, Person
from bot.sandbox.errors import bad_request
from bot.sandbox.messenger import Answer, Messenger
from bot.sandbox.params import Params
from bot.sandbox.sending import open_chat

LONGEST_ANSWER = 200
LONGEST_DESCRIPTION = 256
MOST_COMMANDS = 100


async def get_updates(messenger: Messenger, params: Params) -> list[Json]:
    allowed = params.structure("allowed_updates", "allowed updates")
    if isinstance(allowed, list):
        messenger.updates.allow(frozenset(str(kind) for kind in allowed))
    updates = await messenger.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
    )
    return [update.as_json() for update in updates]


def get_me(messenger: Messenger, _: Params) -> Json:
    return messenger.me.as_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def delete_webhook(messenger: Messenger, params: Params) -> bool:
    """There never is one; only the waiting updates may be dropped."""
    if params.flag("drop_pending_updates"):
        messenger.updates.forget()
    return True


def get_webhook_info(messenger: Messenger, _: Params) -> Json:
    return {"url": "", "has_custom_certificate": False, "pending_update_count": messenger.updates.pending}


def set_my_commands(messenger: Messenger, params: Params) -> bool:
    commands = params.structure("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command"))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description") or "")) <= LONGEST_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    messenger.commands[_scope(params)] = [
        {"command": command["command"].removeprefix("/"), "description": command["description"]} for command in commands
    ]
    return True


def get_my_commands(messenger: Messenger, params: Params) -> list[Json]:
    return messenger.commands.get(_scope(params), [])


def delete_my_commands(messenger: Messenger, params: Params) -> bool:
    messenger.commands.pop(_scope(params), None)
    return True


def commands_in(messenger: Messenger, chat: Chat) -> list[Json]:
    """What a reader in a private chat is offered: the narrowest scope that was set."""
    for scope in ({"type": "chat", "chat_id": chat.id}, {"type": "all_private_chats"}, {"type": "default"}):
        found = messenger.commands.get((json.dumps(scope, sort_keys=True), ""))
        if found:
            return found
    return []


def _scope(params: Params) -> tuple[str, str]:
    scope = params.structure("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or "type" not in scope:
        raise bad_request("can't parse BotCommandScope")
    return json.dumps(scope, sort_keys=True), params.text("language_code")


def get_chat(messenger: Messenger, params: Params) -> Json:
    chat = open_chat(messenger, params)
    value = chat.as_json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
            False,
        ),
    }
    if chat.pinned:
        value["pinned_message"] = chat.messages[chat.pinned[-1]].as_json(with_reply=False)
    return value


def get_chat_member(messenger: Messenger, params: Params) -> Json:
    chat = messenger.chat(params.text("chat_id"))
    user_id = params.integer("user_id")
    if user_id == messenger.me.id:
        return own_membership(messenger.me, chat)
    open_chat(messenger, params)
    if chat.owner is None or user_id != chat.owner.id:
        raise bad_request("member not found")
    return _owner(chat, chat.owner)


def get_chat_administrators(messenger: Messenger, params: Params) -> list[Json]:
    chat = open_chat(messenger, params)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    owner = [_owner(chat, chat.owner)] if chat.owner is not None else []
    bot = [own_membership(messenger.me, chat)] if chat.member == "administrator" else []
    return owner + bot


def own_membership(me: Person, chat: Chat) -> Json:
    member: Json = {"user": me.as_json(), "status": chat.member}
    if chat.member == "kicked":
        member["until_date"] = 0
    if chat.member == "administrator":
        rights = {right: right in chat.rights for right in chat.all_rights()}
        member |= {"can_be_edited": False, "is_anonymous": False} | rights
    return member


def _owner(chat: Chat, owner: Person) -> Json:
    status = "member" if chat.kind is ChatKind.PRIVATE else "creator"
    extra: Json = {} if chat.kind is ChatKind.PRIVATE else {"is_anonymous": False}
    return {"user": owner.as_json(), "status": status} | extra


def get_file(messenger: Messenger, params: Params) -> Json:
    photo = messenger.photos.by_file_id(params.text("file_id"))
    if photo is None:
        raise bad_request("invalid file_id")
    return {
        "file_id": params.text("file_id"),
        "file_unique_id": photo.unique_id,
        "file_size": len(photo.data),
        "file_path": photo.path,
    }


def answer_callback_query(messenger: Messenger, params: Params) -> bool:
    text = params.text("text")
    if len(text) > LONGEST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    messenger.answer(
        Answer(
            params.text("callback_query_id"),
            text,
            params.flag("show_alert"),
            params.text("url"),
            messenger.clock(),
        )
    )
    return True
