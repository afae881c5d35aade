"""What a channel with a delay is to be told later, as it was said. Rows leave in the order of their times."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import delayed


class DelayedRow(msgspec.Struct, frozen=True):
    """A row of `delayed`. `body` is the caller's."""

    id: int
    channel: str
    due_ms: int
    body: bytes


async def add_delayed(conn: AsyncConnection, channel: str, due_ms: int, body: bytes) -> None:
    await conn.execute(insert(delayed).values(channel=channel, due_ms=due_ms, body=body))


async def last_due_ms(conn: AsyncConnection, channel: str) -> int | None:
    """When the last of what waits for this channel is due; None when nothing does."""
    found: int | None = await conn.scalar(select(func.max(delayed.c.due_ms)).where(delayed.c.channel == channel))
    return found


async def next_due_ms(conn: AsyncConnection) -> int | None:
    """When the first of all that waits is due; None when nothing does."""
    found: int | None = await conn.scalar(select(func.min(delayed.c.due_ms)))
    return found


async def take_due(conn: AsyncConnection, now_ms: int) -> list[DelayedRow]:
    """All that is due by now, removed, in order."""
    names = DelayedRow.__struct_fields__
    query = select(*[delayed.c[name] for name in names]).where(delayed.c.due_ms <= now_ms)
    rows = await conn.execute(query.order_by(delayed.c.due_ms, delayed.c.id))
    found = [msgspec.convert(dict(zip(names, row, strict=True)), DelayedRow) for row in rows]
    await conn.execute(delete(delayed).where(delayed.c.due_ms <= now_ms))
    return found
