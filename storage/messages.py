"""Every message that is, or is to be, in a chat: where it stands and what it last looked like.

A key names a message before Telegram has given it an id: `signal:XAU_20240105_001@-100123`.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import messages


class MessageState(enum.StrEnum):
    """How far a message has come."""

    QUEUED = "queued"  # never sent, as far as is known
    SENT = "sent"
    REPEATED = "repeated"  # a second copy, or about to be one: it carries the mark of a repetition from now on
    FAILED = "failed"  # Telegram will not take it
    DELETED = "deleted"  # by us or by somebody else


class Message(msgspec.Struct, frozen=True):
    """A row of `messages`."""

    key: str
    chat_id: int
    thread_id: int | None
    message_id: int | None  # None until Telegram has answered
    reply_to_key: str | None
    state: MessageState
    sent_body: str | None  # the Post last delivered; None when that is not known for sure
    picture_sha: str | None  # of what was drawn, not of the drawing
    has_photo: bool
    created_ms: int
    sent_ms: int | None
    edited_ms: int | None

    @property
    def is_over(self) -> bool:
        """Nothing can be changed in it any more."""
        return self.state in (MessageState.FAILED, MessageState.DELETED)


async def find_message(conn: AsyncConnection, key: str) -> Message | None:
    names = Message.__struct_fields__
    query = select(*[messages.c[name] for name in names]).where(messages.c.key == key)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else msgspec.convert(dict(zip(names, row, strict=True)), Message)


async def add_message(
    conn: AsyncConnection, key: str, chat_id: int, *, thread_id: int | None, reply_to_key: str | None, created_ms: int
) -> None:
    """One that is still to be sent. IntegrityError when the key exists."""
    await conn.execute(
        insert(messages).values(
            key=key,
            chat_id=chat_id,
            thread_id=thread_id,
            reply_to_key=reply_to_key,
            state=MessageState.QUEUED,
            has_photo=False,
            created_ms=created_ms,
        )
    )


async def mark_sent(
    conn: AsyncConnection,
    message: Message,
    message_id: int,
    *,
    body: str,
    picture_sha: str | None,
    has_photo: bool,
    sent_ms: int,
) -> None:
    """Telegram has given it an id."""
    # Telegram gives no id twice; a sandbox that was begun anew does, and what had the id before is gone with it.
    taken = (messages.c.chat_id == message.chat_id) & (messages.c.message_id == message_id)
    await conn.execute(update(messages).where(taken).values(message_id=None, state=MessageState.DELETED))
    await _change(
        conn,
        message.key,
        message_id=message_id,
        state=MessageState.REPEATED if message.state is MessageState.REPEATED else MessageState.SENT,
        sent_body=body,
        picture_sha=picture_sha,
        has_photo=has_photo,
        sent_ms=sent_ms,
    )


async def mark_edited(
    conn: AsyncConnection, key: str, *, body: str, picture_sha: str | None, has_photo: bool, edited_ms: int
) -> None:
    await _change(conn, key, sent_body=body, picture_sha=picture_sha, has_photo=has_photo, edited_ms=edited_ms)


async def mark_state(conn: AsyncConnection, key: str, state: MessageState) -> None:
    await _change(conn, key, state=state)


async def mark_photo(conn: AsyncConnection, key: str, *, has_photo: bool) -> None:
    """It turned out to have one, or none."""
    await _change(conn, key, has_photo=has_photo)


async def forget_look(conn: AsyncConnection, key: str) -> None:
    """An edit's outcome is unknown: what the message looks like is known again after the next one."""
    await _change(conn, key, sent_body=None, picture_sha=None)


async def leave_group(conn: AsyncConnection, old_chat_id: int, new_chat_id: int) -> None:
    """A group became a supergroup. What waits goes to the new one; what stands in the old one stays as it is."""
    here = messages.c.chat_id == old_chat_id
    unsent = messages.c.message_id.is_(None)
    await conn.execute(update(messages).where(here, unsent).values(chat_id=new_chat_id))
    await conn.execute(update(messages).where(here, ~unsent).values(state=MessageState.DELETED))


async def last_requests(conn: AsyncConnection, since_ms: int) -> list[tuple[int, int]]:
    """Chat and time of what was sent or edited since then, oldest first; of several edits only the last is known."""
    found: list[tuple[int, int]] = []
    for time_ms in (messages.c.sent_ms, messages.c.edited_ms):
        rows = await conn.execute(select(messages.c.chat_id, time_ms).where(time_ms >= since_ms))
        found += [(chat_id, at_ms) for chat_id, at_ms in rows]
    return sorted(found, key=lambda request: request[1])


async def _change(conn: AsyncConnection, key: str, **columns: Any) -> None:
    await conn.execute(update(messages).where(messages.c.key == key).values(**columns))
