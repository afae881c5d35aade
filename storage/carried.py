"""Which channels carry a signal: decided when it is issued, and kept, whatever the configuration says later."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import insert_once
from storage.schema import carried


async def save_carried(conn: AsyncConnection, signal_id: str, channels: Iterable[str]) -> None:
    """By the channels' keys. Its signal must be saved already."""
    await insert_once(conn, carried, [{"signal_id": signal_id, "channel": key} for key in channels])


async def carriers(conn: AsyncConnection, signal_id: str) -> set[str]:
    """Keys of the channels that carry it."""
    return set(await conn.scalars(select(carried.c.channel).where(carried.c.signal_id == signal_id)))


async def carried_by(conn: AsyncConnection, channel: str, signal_ids: Iterable[str]) -> set[str]:
    """Those of these signals that the channel carries."""
    of_them = carried.c.signal_id.in_(list(signal_ids))
    return set(await conn.scalars(select(carried.c.signal_id).where(carried.c.channel == channel, of_them)))
