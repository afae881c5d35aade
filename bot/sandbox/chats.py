"""People, chats and messages, and how each looks in the Bot API's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.sandbox.pictures import Photo
from bot.sandbox.telegram_html import Formatted

Json = dict[str, object]


class ChatKind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; a bot is one too."""

    id: int
    first_name: str
    username: str | None = None
    is_bot: bool = False

    def as_json(self) -> Json:
        value: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username is not None:
            value["username"] = self.username
        return value


ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")


@dataclass(slots=True)
class Chat:
    """A place to write in, and what the bot may do there. Tests change `member` and `rights` as a human would."""

    id: int
    kind: ChatKind
    title: str
    username: str | None = None
    owner: Person | None = None
    topics: dict[int, str] = field(default_factory=dict)  # by thread id
    is_forum: bool = False
    member: str = "administrator"  # the bot's status: administrator, member, left or kicked
    rights: set[str] = field(default_factory=set)
    moved_to: int | None = None  # the supergroup this group became
    messages: dict[int, "Message"] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)  # newest last
    last_id: int = 0

    @property
    def is_private(self) -> bool:
        return self.kind is ChatKind.PRIVATE

    @property
    def has_bot(self) -> bool:
        return self.member in ("administrator", "member")

    def all_rights(self) -> tuple[str, ...]:
        return ADMIN_RIGHTS + (CHANNEL_RIGHTS if self.kind is ChatKind.CHANNEL else GROUP_RIGHTS)

    def as_json(self) -> Json:
        value: Json = {"id": self.id, "type": str(self.kind)}
        value["first_name" if self.is_private else "title"] = self.title
        if self.username is not None:
            value["username"] = self.username
        if self.is_forum:
            value["is_forum"] = True
        return value


@dataclass(slots=True, eq=False)
class Message:
    """What was said, as it stands now."""

    id: int
    chat: Chat
    date_ms: int
    sender: Person | None  # None: the chat itself, as in a channel
    body: Formatted = field(default_factory=Formatted)  # the text, or the caption of the photo
    photo: Photo | None = None
    keyboard: list[list[Json]] | None = None
    reply_keyboard: bool = False  # a keyboard in place of the phone's own; such a message cannot be edited
    link_preview: object = None
    reply_to: "Message | None" = None
    thread_id: int | None = None
    origin: Json | None = None  # of a forwarded message
    service: Mapping[str, object] = field(default_factory=dict)  # a topic opened, a message pinned
    edit_date_ms: int | None = None
    protected: bool = False
    silent: bool = False

    def content(self) -> tuple[object, ...]:
        """What an edit may change; equal contents make the edit "not modified"."""
        photo = self.photo.unique_id if self.photo is not None else None
        return self.body, photo, self.keyboard, self.link_preview

    def as_json(self, *, with_reply: bool = True) -> Json:
        value: Json = {"message_id": self.id, "date": self.date_ms // 1000, "chat": self.chat.as_json()}
        if self.sender is not None:
            value["from"] = self.sender.as_json()
        if self.chat.kind is ChatKind.CHANNEL:
            value["sender_chat"] = self.chat.as_json()
        if self.thread_id is not None:
            value |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.edit_date_ms is not None:
            value["edit_date"] = self.edit_date_ms // 1000
        if self.origin is not None:
            value["forward_origin"] = self.origin
        if self.protected:
            value["has_protected_content"] = True
        if with_reply and self.reply_to is not None:
            value["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        return value | self._body_json() | dict(self.service)

    def _body_json(self) -> Json:
        value: Json = {}
        text, entities = ("text", "entities") if self.photo is None else ("caption", "caption_entities")
        if self.photo is not None:
            value["photo"] = self.photo.sizes()
        if self.body.text:
            value[text] = self.body.text
        if self.body.entities:
            value[entities] = [entity.as_json() for entity in self.body.entities]
        if self.keyboard is not None:
            value["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.link_preview is not None and self.photo is None:
            value["link_preview_options"] = self.link_preview
        return value
