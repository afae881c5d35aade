"""What is still to be said to Telegram, one row for each request. A row that succeeded is removed; failures stay."""

from __future__ import annotations

import enum
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import messages, outbox


class Action(enum.StrEnum):
    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"


class RowState(enum.StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # the request may be on its way; after a crash nobody knows
    UNKNOWN = "unknown"  # a send nobody knows the outcome of, until it is settled; `not_before_ms` is the next look
    REPEAT = "repeat"  # it cannot be settled: to be sent again, marked
    FAILED = "failed"


class OutboxRow(msgspec.Struct, frozen=True):
    """A row of `outbox`. `id` orders the requests of one message, and the equally urgent ones of one chat."""

    id: int
    message_key: str
    chat_id: int
    action: Action
    priority: int  # smaller goes first
    body: str  # Post, without its picture
    picture: bytes | None  # what to draw; None leaves the picture as it is
    state: RowState
    attempts: int  # requests made so far
    created_ms: int
    not_before_ms: int
    expires_ms: int | None
    error: str | None
    after_id: int | None = None  # the highest id known in the chat before the first request in doubt; None: unknown
    doubts: int = 0  # requests of unknown outcome; of an edit also those that were repeated since then
    doubt_ms: int | None = None  # of the last one
    probes: int = 0  # rounds of looking for it since then
    with_photo: bool = False  # one of the requests had one


class Waiting(msgspec.Struct, frozen=True):
    """What deciding on the next request needs to know of a row, and of its message."""

    id: int
    message_key: str
    chat_id: int
    action: Action
    priority: int
    state: RowState
    created_ms: int
    not_before_ms: int
    has_picture: bool
    reply_to_key: str | None
    touched_ms: int  # when the message was last sent or edited; 0 before the first time
    is_delivered: bool  # an edit that is made once more later, since an older one may still arrive


async def add_row(
    conn: AsyncConnection,
    key: str,
    chat_id: int,
    action: Action,
    *,
    priority: int,
    body: str,
    picture: bytes | None = None,
    now_ms: int,
    not_before_ms: int = 0,
    expires_ms: int | None = None,
    attempts: int = 0,
) -> None:
    await conn.execute(
        insert(outbox).values(
            message_key=key,
            chat_id=chat_id,
            action=action,
            priority=priority,
            body=body,
            picture=picture,
            state=RowState.PENDING,
            attempts=attempts,
            created_ms=now_ms,
            not_before_ms=not_before_ms,
            expires_ms=expires_ms,
        )
    )


async def waiting(conn: AsyncConnection) -> list[Waiting]:
    """All that is not over, in the order it was written."""
    computed = {
        "has_picture": outbox.c.picture.is_not(None),
        "reply_to_key": messages.c.reply_to_key,
        "is_delivered": (outbox.c.action == Action.EDIT) & outbox.c.doubt_ms.is_not(None) & outbox.c.error.is_(None),
        "touched_ms": func.coalesce(messages.c.edited_ms, messages.c.sent_ms, 0),
    }
    names = Waiting.__struct_fields__
    query = (
        select(*[computed[name] if name in computed else outbox.c[name] for name in names])
        .join_from(outbox, messages, outbox.c.message_key == messages.c.key)
        .where(outbox.c.state != RowState.FAILED)
        .order_by(outbox.c.id)
    )
    return [msgspec.convert(dict(zip(names, row, strict=True)), Waiting) for row in await conn.execute(query)]


async def count_waiting(conn: AsyncConnection, chat_id: int | None = None) -> int:
    """How many rows are not over, of one chat or of all."""
    query = select(func.count()).select_from(outbox).where(outbox.c.state != RowState.FAILED)
    if chat_id is not None:
        query = query.where(outbox.c.chat_id == chat_id)
    return await conn.scalar(query) or 0


async def drop_oldest_edit(conn: AsyncConnection, priority: int) -> bool:
    """Remove the pending edit of this priority that was written first. False when there is none.

    One whose message an older edit may still change stays: what it is to look like must not be forgotten.
    """
    idle = (outbox.c.state == RowState.PENDING) & (outbox.c.action == Action.EDIT) & outbox.c.doubt_ms.is_(None)
    found = await conn.scalar(select(func.min(outbox.c.id)).where(idle, outbox.c.priority == priority))
    if found is not None:
        await remove_row(conn, found)
    return found is not None


async def find_row(conn: AsyncConnection, row_id: int) -> OutboxRow | None:
    found = await rows_where(conn, outbox.c.id == row_id)
    return found[0] if found else None


async def rows_of(conn: AsyncConnection, key: str) -> list[OutboxRow]:
    """Those of one message that are not over, in order."""
    return await rows_where(conn, (outbox.c.message_key == key) & (outbox.c.state != RowState.FAILED))


async def interrupted(conn: AsyncConnection) -> list[OutboxRow]:
    """Those a crash left in the middle of a request."""
    return await rows_where(conn, outbox.c.state == RowState.SENDING)


async def change_row(conn: AsyncConnection, row_id: int, **columns: Any) -> None:
    """Set columns by name."""
    await conn.execute(update(outbox).where(outbox.c.id == row_id).values(**columns))


async def remove_row(conn: AsyncConnection, row_id: int) -> None:
    await conn.execute(delete(outbox).where(outbox.c.id == row_id))


async def remove_rows(conn: AsyncConnection, key: str) -> None:
    """All of one message, failures included."""
    await conn.execute(delete(outbox).where(outbox.c.message_key == key))


async def fail_row(conn: AsyncConnection, row: OutboxRow, error: str) -> None:
    """Keep it as the record of the failure, in place of an earlier one of the same message."""
    earlier = (outbox.c.message_key == row.message_key) & (outbox.c.state == RowState.FAILED)
    await conn.execute(delete(outbox).where(earlier))
    await change_row(conn, row.id, state=RowState.FAILED, error=error)


async def send_elsewhere(conn: AsyncConnection, old_chat_id: int, new_chat_id: int) -> None:
    """A group became a supergroup: sends go there, changes of what stands in the old one are dropped."""
    here = (outbox.c.chat_id == old_chat_id) & (outbox.c.state != RowState.FAILED)
    await conn.execute(update(outbox).where(here).values(chat_id=new_chat_id))
    stand = select(messages.c.key).where(messages.c.chat_id == old_chat_id, messages.c.message_id.is_not(None))
    await conn.execute(delete(outbox).where(outbox.c.chat_id == new_chat_id, outbox.c.message_key.in_(stand)))


async def rows_where(conn: AsyncConnection, condition: Any) -> list[OutboxRow]:
    """In the order they were written."""
    names = OutboxRow.__struct_fields__
    query = select(*[outbox.c[name] for name in names]).where(condition).order_by(outbox.c.id)
    return [msgspec.convert(dict(zip(names, row, strict=True)), OutboxRow) for row in await conn.execute(query)]
