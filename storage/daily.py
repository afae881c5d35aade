"""One row a channel and trading day: what its daily report said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import upsert
from storage.schema import daily_performance


class DayResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel's trading day, `[from_ms, to_ms)`, named by `day` (`2024-04-03`).

    Closed trades only; `open` counts those still running. `numbers` is whatever else the report showed.
    """

    day: str
    channel: str
    from_ms: int
    to_ms: int
    signals: int
    won: int
    lost: int
    even: int
    open: int
    refused: int
    ambiguous: int
    result_r: float
    pips: Decimal
    money: Decimal  # account currency
    saved_ms: int
    numbers: dict[str, Any] = {}


async def save_day(conn: AsyncConnection, result: DayResult) -> None:
    """Write it over an earlier count of the same day."""
    texts = {
        "pips": str(result.pips),
        "money": str(result.money),
        "numbers": msgspec.json.encode(result.numbers).decode(),
    }
    await upsert(conn, daily_performance, [msgspec.structs.asdict(result) | texts])


async def days_between(conn: AsyncConnection, channel: str, from_day: str, to_day: str) -> list[DayResult]:
    """From `from_day` to `to_day`, which is not included, oldest first."""
    table = daily_performance.c
    names = DayResult.__struct_fields__
    query = select(*(table[name] for name in names)).where(table.channel == channel)
    rows = await conn.execute(query.where(table.day >= from_day, table.day < to_day).order_by(table.day))
    found = (dict(zip(names, row, strict=True)) for row in rows)
    return [msgspec.convert(day | {"numbers": msgspec.json.decode(day["numbers"])}, DayResult) for day in found]
