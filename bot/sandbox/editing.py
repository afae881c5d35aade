"""Methods that change what is already in a chat."""

from dataclasses import dataclass

from bot.sandbox.chats import Chat, ChatKind, Json, Message
from bot.sandbox.content import Markup, read_caption, read_link_preview, read_markup, read_text
from bot.sandbox.errors import NOT_MODIFIED, bad_request
from bot.sandbox.messenger import Messenger
from bot.sandbox.params import Params
from bot.sandbox.pictures import Photo
from bot.sandbox.sending import open_chat, read_photo
from bot.sandbox.telegram_html import Formatted

DELETABLE_MS = 48 * 3_600_000  # of a message's age; edits have no such limit


@dataclass(frozen=True, slots=True)
class NewContent:
    """All that an edit sets; what is not named in the request is gone afterwards, as at Telegram."""

    body: Formatted
    photo: Photo | None
    keyboard: list[list[Json]] | None
    link_preview: object = None


def edit_message_text(messenger: Messenger, params: Params) -> Json:
    body = read_text(params)
    message = _message(messenger, params)
    if message.photo is not None or message.service:
        raise bad_request("there is no text in the message to edit")
    new = NewContent(body, None, _inline(params), read_link_preview(params))
    return _change(messenger, message, new)


def edit_message_caption(messenger: Messenger, params: Params) -> Json:
    caption = read_caption(params)
    message = _message(messenger, params)
    if message.photo is None:
        raise bad_request("there is no caption in the message to edit")
    return _change(messenger, message, NewContent(caption, message.photo, _inline(params)))


def edit_message_media(messenger: Messenger, params: Params) -> Json:
    """Swaps the photo and its caption; a text message becomes a photo."""
    media = params.structure("media", "input media")
    if not isinstance(media, dict):
        raise bad_request("media is not specified" if media is None else "expected an Object")
    if media.get("type") != "photo":
        raise bad_request(f'can\'t parse InputMedia: type "{media.get("type")}" is not known to the sandbox')
    inner = Params(media, params.uploads)
    photo = read_photo(messenger, inner, "media")
    caption = read_caption(inner)
    message = _message(messenger, params)
    return _change(messenger, message, NewContent(caption, photo, _inline(params)))


def edit_message_reply_markup(messenger: Messenger, params: Params) -> Json:
    """Changes only the keyboard, so the message does not count as edited."""
    message = _message(messenger, params)
    new = NewContent(message.body, message.photo, _inline(params), message.link_preview)
    return _change(messenger, message, new, is_edit=False)


def delete_message(messenger: Messenger, params: Params) -> bool:
    chat = open_chat(messenger, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    too_old = messenger.clock() - message.date_ms > DELETABLE_MS
    foreign = not _is_own(messenger, message) and not chat.is_private
    if too_old or (foreign and "can_delete_messages" not in chat.rights):
        raise bad_request("message can't be deleted for everyone" if too_old else "message can't be deleted")
    messenger.remove(message)
    return True


def pin_chat_message(messenger: Messenger, params: Params) -> bool:
    chat = open_chat(messenger, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    _check_pin_rights(chat)
    messenger.admit(chat)
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    in_channel = chat.kind is ChatKind.CHANNEL
    service: Json = {"pinned_message": message.as_json(with_reply=False)}
    line = messenger.post_new(chat, None if in_channel else messenger.me, service, message.thread_id)
    # A bot does not hear its own messages, but it does hear of its pins.
    messenger.updates.push("channel_post" if in_channel else "message", line.as_json())
    messenger.tell(chat)
    return True


def unpin_chat_message(messenger: Messenger, params: Params) -> bool:
    """Without a message id the newest pin goes."""
    chat = open_chat(messenger, params)
    _check_pin_rights(chat)
    wanted = params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    messenger.admit(chat)
    chat.pinned.remove(wanted)
    messenger.tell(chat)
    return True


def _message(messenger: Messenger, params: Params) -> Message:
    if not params.text("chat_id") and not params.text("message_id"):
        raise bad_request("message identifier is not specified")
    chat = open_chat(messenger, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    may_post = chat.kind is not ChatKind.CHANNEL or bool(chat.rights & {"can_post_messages", "can_edit_messages"})
    if not (_is_own(messenger, message) and may_post) or message.reply_keyboard or message.origin:
        raise bad_request("message can't be edited")
    return message


def _is_own(messenger: Messenger, message: Message) -> bool:
    """Posts of a channel carry no author; here only the bot writes in channels, unless a test says so."""
    return message.sender in (None, messenger.me)


def _inline(params: Params) -> list[list[Json]] | None:
    markup: Markup = read_markup(params)
    if markup.is_reply:
        raise bad_request("inline keyboard expected")
    return markup.rows


def _change(messenger: Messenger, message: Message, new: NewContent, *, is_edit: bool = True) -> Json:
    messenger.admit(message.chat)
    photo_id = new.photo.unique_id if new.photo is not None else None
    if message.content() == (new.body, photo_id, new.keyboard, new.link_preview):
        raise bad_request(NOT_MODIFIED)
    message.body, message.photo, message.keyboard = new.body, new.photo, new.keyboard
    message.link_preview = new.link_preview
    if is_edit:
        message.edit_date_ms = messenger.clock()
    messenger.tell(message.chat, message)
    return message.as_json()


def _check_pin_rights(chat: Chat) -> None:
    needed = "can_edit_messages" if chat.kind is ChatKind.CHANNEL else "can_pin_messages"
    if not chat.is_private and needed not in chat.rights:
        raise bad_request("not enough rights to manage pinned messages in the chat")
