"""What is heard from Telegram, as plain data: written by strangers until somebody has checked `user_id`."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Heard(msgspec.Struct, frozen=True):
    """Base: `update_id` grows with every update, and one seen before is a repetition."""

    update_id: int


class Said(Heard, frozen=True, tag=True):
    """Somebody wrote in a private chat or a group.

    `sender_chat_id` is there when a chat speaks, such as an anonymous group administrator; `user_id` is then not that
    of a person and must not be trusted.
    """

    user_id: int | None
    user_name: str
    chat_id: int
    chat_title: str
    is_private: bool
    message_id: int
    thread_id: int | None
    text: str  # of a photo, its caption; empty for a sticker
    sent_ms: int
    is_bot: bool = False
    is_edited: bool = False
    is_forwarded: bool = False
    sender_chat_id: int | None = None


class Pressed(Heard, frozen=True, tag=True):
    """Somebody tapped a button. `data` need not be on any keyboard: clients may lie.

    Without a message (`chat_id` None) the button is too old for Telegram to say where it was.
    """

    callback_id: str
    user_id: int
    user_name: str
    chat_id: int | None
    message_id: int | None
    data: str


class ChannelPost(Heard, frozen=True, tag=True):
    """Something new, or edited, in a channel; never what the bot itself wrote."""

    chat_id: int
    chat_title: str
    message_id: int
    thread_id: int | None
    text: str
    sent_ms: int
    is_edited: bool = False
    is_forwarded: bool = False


class PlaceChanged(Heard, frozen=True, tag=True):
    """The bot was let into a chat, thrown out, or given other rights."""

    chat_id: int
    chat_title: str
    chat_kind: str  # private | group | supergroup | channel
    by_user_id: int
    by_user_name: str
    status: str  # creator | administrator | member | restricted | left | kicked
    can_post: bool


Update: TypeAlias = Said | Pressed | ChannelPost | PlaceChanged
