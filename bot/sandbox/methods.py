"""The methods this server knows, by name."""

from collections.abc import Callable

from bot.sandbox import asking, editing, sending
from bot.sandbox.errors import ApiError
from bot.sandbox.messenger import Messenger
from bot.sandbox.params import Params

Method = Callable[[Messenger, Params], object]

METHODS: dict[str, Method] = {
    "getMe": asking.get_me,
    "deleteWebhook": asking.delete_webhook,
    "getWebhookInfo": asking.get_webhook_info,
    "setMyCommands": asking.set_my_commands,
    "getMyCommands": asking.get_my_commands,
    "deleteMyCommands": asking.delete_my_commands,
    "getChat": asking.get_chat,
    "getChatMember": asking.get_chat_member,
    "getChatAdministrators": asking.get_chat_administrators,
    "getFile": asking.get_file,
    "answerCallbackQuery": asking.answer_callback_query,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "forwardMessage": sending.forward_message,
    "copyMessage": sending.copy_message,
    "sendChatAction": sending.send_chat_action,
    "createForumTopic": sending.create_forum_topic,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "pinChatMessage": editing.pin_chat_message,
    "unpinChatMessage": editing.unpin_chat_message,
}

# Telegram does not mind the case of a method's name.
_NAMES = {name.lower(): name for name in (*METHODS, "getUpdates")}


async def call(messenger: Messenger, name: str, params: Params) -> object:
    """The result of the method. Raises ApiError for what Telegram would refuse."""
    known = _NAMES.get(name.lower())
    if known is None:
        raise ApiError(404, "Not Found: method not found")
    if known == "getUpdates":
        return await asking.get_updates(messenger, params)
    return METHODS[known](messenger, params)
