"""What follows from an outcome: pure decisions, so that each can be read, and tested, without a network."""

from __future__ import annotations

import html
import re
from typing import TypeAlias

import msgspec

from bot.delivery.outcomes import Done, Flooded, Migrated, NotModified, NotSent, Outcome, Refused, Unknown
from bot.words.alert_english import ChannelProblem
from bot.words.post import Post
from storage.outbox import Action

REPEAT_MARK = "repeat"  # under a second copy; the admins' alert names it so

# Telegram's own tags only: "5 < 6" in a text is not one, and must survive.
_TAG = re.compile(
    r"</?(?:b|strong|i|em|u|ins|s|strike|del|a|code|pre|span|tg-spoiler|tg-emoji|tg-time|blockquote)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"chat not found|bot was kicked|bot is not a member|not a participant|PEER_ID_INVALID|"
    r"CHANNEL_PRIVATE|chat was deleted|group chat was deactivated|user is deactivated|bot was blocked",
    re.IGNORECASE,
)
_NO_RIGHT = re.compile(r"not enough rights|have no rights|need administrator rights|_FORBIDDEN|ADMIN_REQUIRED", re.I)
_NO_PICTURES = re.compile(r"rights to send (?:photos|media)|SEND_(?:PHOTOS|MEDIA)_FORBIDDEN", re.IGNORECASE)
_ABOUT_PICTURE = re.compile(r"photo|image|picture|media|caption|file|entity too large", re.IGNORECASE)


class Settled(msgspec.Struct, frozen=True, tag=True):
    """The message stands as it should, or is gone as it should."""


class Offline(msgspec.Struct, frozen=True, tag=True):
    """Nobody gets through at the moment; this row stays as it was."""

    why: str
    token_refused: bool = False


class Blocked(msgspec.Struct, frozen=True, tag=True):
    """This chat has to wait; the row stays as it was."""

    retry_after_ms: int


class Moved(msgspec.Struct, frozen=True, tag=True):
    new_chat_id: int


class Shut(msgspec.Struct, frozen=True, tag=True):
    """The whole chat is closed to us until somebody there lets us in; the row stays as it was."""

    problem: ChannelProblem
    why: str


class Unclear(msgspec.Struct, frozen=True, tag=True):
    """It may have arrived."""

    why: str


class Rewritten(msgspec.Struct, frozen=True, tag=True):
    """Try again with this, which is less but will be taken."""

    post: Post
    why: str


class WithoutPicture(msgspec.Struct, frozen=True, tag=True):
    """Try again as text."""

    why: str


class OtherKind(msgspec.Struct, frozen=True, tag=True):
    """The message has (no) photo, against what we thought; try again knowing it."""

    has_photo: bool


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It will never be taken. `gone`: the message itself is no more."""

    why: str
    gone: bool = False


Verdict: TypeAlias = (
    Settled | Offline | Blocked | Moved | Shut | Unclear | Rewritten | WithoutPicture | OtherKind | Failed
)


def judge(action: Action, post: Post, outcome: Outcome, *, with_picture: bool) -> Verdict:
    """What to do about a request that asked for `post` and ended so."""
    match outcome:
        case NotSent(why):
            return Offline(why)
        case Flooded(retry_after_ms):
            return Blocked(retry_after_ms)
        case Migrated(new_chat_id):
            return Moved(new_chat_id)
        case Unknown(why):
            return Unclear(why)
        case Refused(code, description):
            return _refused(action, post, code, description, with_picture=with_picture)
        case Done() | NotModified() if action is Action.SEND:
            return Unclear("accepted, but no message was named")
        case _:
            return Settled()


def _refused(action: Action, post: Post, code: int, description: str, *, with_picture: bool) -> Verdict:
    why = f"{code} {description}"
    if code in (401, 404):  # the token, or the method: says nothing about this message
        return Offline(why, token_refused=True)
    if with_picture and _NO_PICTURES.search(description):
        return WithoutPicture(why)
    problem = _closed(action, code, description)
    if problem is not None:
        return Shut(problem, why)
    if action is Action.DELETE:
        return Settled() if "message to delete not found" in description else Failed(why)
    if "can't parse entities" in description and plain(post) != post:
        return Rewritten(plain(post), why)
    if post.buttons and "button" in description.lower():
        return Rewritten(msgspec.structs.replace(post, buttons=()), why)
    if action is Action.EDIT:
        if "there is no text in the message to edit" in description:
            return OtherKind(has_photo=True)
        if "there is no caption in the message to edit" in description:
            return OtherKind(has_photo=False)
    if with_picture and _ABOUT_PICTURE.search(description):
        return WithoutPicture(why)
    return Failed(why, gone=action is Action.EDIT and "message to edit not found" in description)


def visible(post: Post) -> str:
    """The words as a reader sees them."""
    return html.unescape(_TAG.sub("", post.text))


def _closed(action: Action, code: int, description: str) -> ChannelProblem | None:
    """What keeps the bot out of the chat, whatever it says there. None: the fault is in this request alone."""
    if _GONE.search(description):
        return ChannelProblem.GONE
    if code == 403 or _NO_RIGHT.search(description):
        return ChannelProblem.NO_EDIT if action is Action.EDIT else ChannelProblem.NO_RIGHT
    return None


def plain(post: Post) -> Post:
    """The same words without formatting: what is taken even where the markup was broken."""
    return msgspec.structs.replace(post, text=html.escape(visible(post), quote=False))


def marked(post: Post) -> Post:
    """The second copy of something that may stand there already."""
    return msgspec.structs.replace(post, text=f"{post.text}\n<i>{REPEAT_MARK}</i>")
