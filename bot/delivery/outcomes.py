"""What can become of a request to Telegram, and what the outbox asks of whoever makes it.

The difference that matters: did the message surely not arrive, surely arrive, or is it unknown? Only the first may be
repeated freely.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import msgspec

from bot.words.post import Post


class Delivered(msgspec.Struct, frozen=True, tag=True):
    """The message stands as asked for."""

    message_id: int
    photo: bool


class Forwarded(msgspec.Struct, frozen=True, tag=True):
    """A forward stands as `message_id`, and shows what the forwarded message is: visible text, and whether a photo."""

    message_id: int
    text: str
    photo: bool


class Done(msgspec.Struct, frozen=True, tag=True):
    """Accepted, and there is no message to tell of."""


class NotModified(msgspec.Struct, frozen=True, tag=True):
    """It already looked like that: as good as delivered."""


class NotSent(msgspec.Struct, frozen=True, tag=True):
    """Nothing reached Telegram; trying again can do no harm."""

    why: str


class Flooded(msgspec.Struct, frozen=True, tag=True):
    """Not accepted, too many requests."""

    retry_after_ms: int


class Migrated(msgspec.Struct, frozen=True, tag=True):
    """Not accepted, the group became a supergroup with another id."""

    new_chat_id: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Not accepted, and the same request never will be. `code` is the HTTP status."""

    code: int
    description: str


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """The request left and no answer came that can be believed: it may have been carried out, or may yet be."""

    why: str


Outcome: TypeAlias = Delivered | Forwarded | Done | NotModified | NotSent | Flooded | Migrated | Refused | Unknown


class Messenger(Protocol):
    """Makes one request for each call and says what became of it; raises for nothing the world does."""

    async def send(
        self, chat_id: int, post: Post, png: bytes | None, *, thread_id: int | None = None, reply_to: int | None = None
    ) -> Outcome: ...

    async def edit_text(self, chat_id: int, message_id: int, post: Post) -> Outcome: ...

    async def edit_caption(self, chat_id: int, message_id: int, post: Post) -> Outcome: ...

    async def edit_media(self, chat_id: int, message_id: int, post: Post, png: bytes) -> Outcome: ...

    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...

    async def pin(self, chat_id: int, message_id: int) -> Outcome: ...

    async def forward(self, chat_id: int, from_chat_id: int, message_id: int) -> Outcome:
        """Silently."""
        ...
