"""Methods that put something new into a chat."""

from bot.sandbox.chats import Chat, ChatKind, Json, Message
from bot.sandbox.content import Markup, read_caption, read_link_preview, read_markup, read_text
from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.messenger import Messenger
from bot.sandbox.params import Params
from bot.sandbox.pictures import Photo

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(messenger: Messenger, params: Params) -> Json:
    body = read_text(params)
    draft = new_message(messenger, params)
    draft.body, draft.link_preview = body, read_link_preview(params)
    return publish(messenger, draft)


def send_photo(messenger: Messenger, params: Params) -> Json:
    photo = read_photo(messenger, params, "photo")
    caption = read_caption(params)
    draft = new_message(messenger, params)
    draft.body, draft.photo = caption, photo
    return publish(messenger, draft)


def forward_message(messenger: Messenger, params: Params) -> Json:
    source = _source(messenger, params, "forward")
    draft = new_message(messenger, params)
    draft.body, draft.photo, draft.link_preview = source.body, source.photo, source.link_preview
    draft.origin = source.origin or origin_of(source)
    return publish(messenger, draft)


def copy_message(messenger: Messenger, params: Params) -> Json:
    """Gives only the new id. A caption in the request replaces the old one."""
    source = _source(messenger, params, "copy")
    draft = new_message(messenger, params)
    draft.body, draft.photo, draft.link_preview = source.body, source.photo, source.link_preview
    if source.photo is not None and "caption" in params.values:
        draft.body = read_caption(params)
    return {"message_id": publish(messenger, draft)["message_id"]}


def send_chat_action(messenger: Messenger, params: Params) -> bool:
    open_chat(messenger, params)
    if params.text("action").lower() not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


def create_forum_topic(messenger: Messenger, params: Params) -> Json:
    chat = open_chat(messenger, params)
    name = params.text("name").strip()
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if "can_manage_topics" not in chat.rights:
        raise bad_request("not enough rights to create a topic")
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    messenger.admit(chat)
    color = params.integer("icon_color", 0x6FB9F0)
    service: Json = {"forum_topic_created": {"name": name, "icon_color": color}}
    opening = messenger.post_new(chat, messenger.me, service)
    opening.thread_id = opening.id
    chat.topics[opening.id] = name
    messenger.tell(chat)
    return {"message_thread_id": opening.id, "name": name, "icon_color": color}


def open_chat(messenger: Messenger, params: Params, field: str = "chat_id") -> Chat:
    """The chat, if the bot is in it."""
    chat = messenger.chat(params.text(field))
    if not chat.has_bot:
        if chat.is_private:
            raise forbidden("bot was blocked by the user")
        if chat.member == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def new_message(messenger: Messenger, params: Params) -> Message:
    """A draft without its content: where it goes, what it answers, its keyboard. It has no id yet."""
    chat = open_chat(messenger, params)
    if chat.kind is ChatKind.CHANNEL and "can_post_messages" not in chat.rights:
        raise bad_request("need administrator rights in the channel chat")
    thread_id = params.integer("message_thread_id") or None
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    reply_to = _reply_to(chat, params)
    markup: Markup = read_markup(params)
    return Message(
        0,
        chat,
        messenger.clock(),
        sender=None if chat.kind is ChatKind.CHANNEL else messenger.me,
        keyboard=markup.rows,
        reply_keyboard=markup.is_reply,
        reply_to=reply_to,
        thread_id=thread_id,
        protected=params.flag("protect_content"),
        silent=params.flag("disable_notification"),
    )


def publish(messenger: Messenger, draft: Message) -> Json:
    messenger.admit(draft.chat)
    draft.id = messenger.next_id(draft.chat)
    return messenger.post(draft).as_json()


def read_photo(messenger: Messenger, params: Params, field: str) -> Photo:
    """Uploaded with the request, or named by the file_id of an earlier photo."""
    data = params.upload(field)
    if data is not None:
        return messenger.photos.add(data)
    reference = params.text(field)
    if not reference:
        raise bad_request("there is no photo in the request")
    photo = messenger.photos.by_file_id(reference)
    if photo is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return photo


def origin_of(message: Message) -> Json:
    """Who wrote it first, as a forwarded message says."""
    date = message.date_ms // 1000
    if message.sender is None:
        chat = message.chat.as_json()
        return {"type": "channel", "date": date, "chat": chat, "message_id": message.id}
    return {"type": "user", "date": date, "sender_user": message.sender.as_json()}


def _source(messenger: Messenger, params: Params, verb: str) -> Message:
    chat = open_chat(messenger, params, "from_chat_id")
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.protected or message.service:
        raise bad_request(f"the message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


def _reply_to(chat: Chat, params: Params) -> Message | None:
    value = params.structure("reply_parameters", "reply parameters")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply parameters")
    here = str(value.get("chat_id", chat.id)) == str(chat.id)
    wanted = value.get("message_id")
    message = chat.messages.get(wanted) if here and isinstance(wanted, int) else None
    if message is None and not value.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message
