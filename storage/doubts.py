"""What is known about sends of unknown outcome: ids that are not theirs, twins that may still appear, what must go.

In channels and supergroups message ids count up by one, so whatever was sent has one of the few ids after the highest
known before the request.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Subquery, delete, func, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import insert_once, upsert
from storage.outbox import Action, OutboxRow, RowState, rows_where
from storage.schema import litter, messages, outbox, spent_ids, twins


class Twin(msgspec.Struct, frozen=True):
    """A second copy that may still arrive of a message that stands, or is not wanted any more."""

    message_key: str
    chat_id: int
    after_id: int  # it has a higher id
    body: str  # Post, as it was sent
    with_photo: bool  # it may have one
    since_ms: int  # the message was settled
    probes: int  # rounds of looking so far
    not_before_ms: int  # the next round


class Litter(msgspec.Struct, frozen=True):
    """A message of ours that is to be deleted and has no name: a forward looked at, a twin."""

    chat_id: int
    message_id: int
    not_before_ms: int
    attempts: int


async def doubtful(conn: AsyncConnection, chat_id: int | None = None) -> list[OutboxRow]:
    """Sends that are being settled, oldest first; those of one chat, or all."""
    here = (outbox.c.action == Action.SEND) & (outbox.c.state == RowState.UNKNOWN)
    return await rows_where(conn, here if chat_id is None else here & (outbox.c.chat_id == chat_id))


async def in_flight(conn: AsyncConnection, chat_id: int) -> list[OutboxRow]:
    """Sends to this chat whose answer is awaited."""
    here = (outbox.c.action == Action.SEND) & (outbox.c.state == RowState.SENDING) & (outbox.c.chat_id == chat_id)
    return await rows_where(conn, here)


async def highest_id(conn: AsyncConnection, chat_id: int) -> int | None:
    """Of all messages known in this chat, ours and others'; None when there are none."""
    found: int | None = await conn.scalar(select(func.max(_known(chat_id).c.message_id)))
    return found


async def taken_ids(conn: AsyncConnection, chat_id: int, after_id: int) -> set[int]:
    """Ids above `after_id` that are known to be of something else."""
    known = _known(chat_id, after_id)
    return set((await conn.scalars(select(known.c.message_id))).all())


async def spend(conn: AsyncConnection, chat_id: int, message_id: int) -> None:
    """This id is not that of anything in doubt."""
    await insert_once(conn, spent_ids, [{"chat_id": chat_id, "message_id": message_id}])


async def forget_spent(conn: AsyncConnection, chat_id: int) -> None:
    """Nothing is in doubt here: of the spent ids only the highest still says something."""
    highest = select(func.max(spent_ids.c.message_id)).where(spent_ids.c.chat_id == chat_id).scalar_subquery()
    await conn.execute(delete(spent_ids).where(spent_ids.c.chat_id == chat_id, spent_ids.c.message_id < highest))


async def find_twins(conn: AsyncConnection, chat_id: int | None = None) -> list[Twin]:
    """Those of one chat, or all, oldest first."""
    names = Twin.__struct_fields__
    query = select(*[twins.c[name] for name in names]).order_by(twins.c.since_ms, twins.c.message_key)
    if chat_id is not None:
        query = query.where(twins.c.chat_id == chat_id)
    return [msgspec.convert(dict(zip(names, row, strict=True)), Twin) for row in await conn.execute(query)]


async def save_twin(conn: AsyncConnection, twin: Twin) -> None:
    await upsert(conn, twins, [msgspec.structs.asdict(twin)])


async def remove_twin(conn: AsyncConnection, key: str) -> None:
    await conn.execute(delete(twins).where(twins.c.message_key == key))


async def find_litter(conn: AsyncConnection) -> list[Litter]:
    names = Litter.__struct_fields__
    query = select(*[litter.c[name] for name in names]).order_by(litter.c.not_before_ms, litter.c.message_id)
    return [msgspec.convert(dict(zip(names, row, strict=True)), Litter) for row in await conn.execute(query)]


async def throw_away(conn: AsyncConnection, chat_id: int, message_id: int, *, now_ms: int) -> None:
    """It is to be deleted."""
    values = {"chat_id": chat_id, "message_id": message_id, "not_before_ms": now_ms, "attempts": 0}
    await conn.execute(insert(litter).values(values))


async def throw_later(conn: AsyncConnection, piece: Litter, *, not_before_ms: int) -> None:
    """Deleting did not succeed."""
    await conn.execute(
        update(litter)
        .where(litter.c.chat_id == piece.chat_id, litter.c.message_id == piece.message_id)
        .values(attempts=piece.attempts + 1, not_before_ms=not_before_ms)
    )


async def cleared(conn: AsyncConnection, piece: Litter) -> None:
    """It is gone, or will never go."""
    here = (litter.c.chat_id == piece.chat_id) & (litter.c.message_id == piece.message_id)
    await conn.execute(delete(litter).where(here))


def _known(chat_id: int, after_id: int = 0) -> Subquery:
    """Ids of messages of ours, of others', and of ours without a name."""
    return union_all(
        *[
            select(table.c.message_id).where(table.c.chat_id == chat_id, table.c.message_id > after_id)
            for table in (messages, spent_ids, litter)
        ]
    ).subquery()
