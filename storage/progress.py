"""How far we are: the last input whose events are stored, and the last period each report went out for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import insert_once, upsert
from storage.schema import applied, schedules


async def save_applied(conn: AsyncConnection, number: int, time_ms: int) -> None:
    """Say, in the transaction that stores its events, that input `number` of the journal has been applied."""
    await upsert(conn, applied, [{"id": 1, "number": number, "time_ms": time_ms}])


async def last_applied(conn: AsyncConnection) -> int:
    """Number of the last input whose events are stored; 0 before the first."""
    return await conn.scalar(select(applied.c.number)) or 0


async def begin_periods(conn: AsyncConnection, name: str, period: str, now_ms: int) -> None:
    """Nothing up to this period is wanted: said when the name is new, and without effect later."""
    await insert_once(conn, schedules, [{"name": name, "last_done": period, "done_ms": now_ms}])


async def claim_period(conn: AsyncConnection, name: str, period: str, now_ms: int) -> bool:
    """True the first time somebody asks for this period: do the work now, in the same transaction.

    False when it, or a later one, was done before. Periods of one name sort as text: `2024-04-03`, `2024-W14`.
    """
    done = await last_done(conn, name)
    if done is not None and done >= period:
        return False
    await upsert(conn, schedules, [{"name": name, "last_done": period, "done_ms": now_ms}])
    return True


async def last_done(conn: AsyncConnection, name: str) -> str | None:
    """The last period that was claimed under this name."""
    return await conn.scalar(select(schedules.c.last_done).where(schedules.c.name == name))
