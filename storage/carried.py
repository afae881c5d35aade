"""Which channels carry a signal: decided when it is issued, and kept, whatever the configuration says later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import insert_once
from storage.schema import carried


async def save_carried(conn: AsyncConnection, channels: Mapping[str, Iterable[str]]) -> None:
    """By the signals' ids, the channels' keys. The signals must be saved already."""
    rows = [{"signal_id": signal_id, "channel": key} for signal_id, keys in channels.items() for key in keys]
    await insert_once(conn, carried, rows)


async def carriers(conn: AsyncConnection, signal_ids: Iterable[str]) -> dict[str, set[str]]:
    """Of each of these signals, the keys of the channels that carry it."""
    found: dict[str, set[str]] = {signal_id: set() for signal_id in signal_ids}
    if found:
        query = select(carried.c.signal_id, carried.c.channel).where(carried.c.signal_id.in_(list(found)))
        for signal_id, channel in await conn.execute(query):
            found[signal_id].add(channel)
    return found


async def carried_by(conn: AsyncConnection, channel: str, signal_ids: Iterable[str]) -> set[str]:
    """Those of these signals that the channel carries."""
    of_them = carried.c.signal_id.in_(list(signal_ids))
    return set(await conn.scalars(select(carried.c.signal_id).where(carried.c.channel == channel, of_them)))
