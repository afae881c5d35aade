"""Closed candles, as charts, reports and a rebuilt engine want them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.types import DAY_MS, Candle, Timeframe
from storage.database import insert_once
from storage.schema import candles

_FIELDS = tuple(Candle.__annotations__)


async def save_candles(conn: AsyncConnection, closed: Iterable[Candle]) -> None:
    """Write each once. A closed candle does not change: where its interval is there already, the first stays."""
    rows = [
        {field: getattr(candle, field) for field in _FIELDS} | {"timeframe": candle.timeframe.value}
        for candle in closed
    ]
    await insert_once(conn, candles, rows)


async def last_candles(conn: AsyncConnection, symbol: str, timeframe: Timeframe, count: int) -> list[Candle]:
    """The newest `count` (fewer when there are fewer), oldest first."""
    newest = _select(symbol, timeframe).order_by(candles.c.open_ms.desc()).limit(count)
    return [_candle(row) for row in await conn.execute(newest)][::-1]


async def candles_between(
    conn: AsyncConnection, symbol: str, timeframe: Timeframe, from_ms: int, to_ms: int
) -> list[Candle]:
    """Opened in `[from_ms, to_ms)`, oldest first."""
    opened = _select(symbol, timeframe).where(candles.c.open_ms >= from_ms, candles.c.open_ms < to_ms)
    return [_candle(row) for row in await conn.execute(opened.order_by(candles.c.open_ms))]


async def has_candles(conn: AsyncConnection, symbol: str, timeframe: Timeframe, from_ms: int, to_ms: int) -> bool:
    """Whether there was a market: a candle that closed in `(from_ms, to_ms]`."""
    # No interval is longer than a day; so the key is searched, not the table.
    near = (candles.c.open_ms >= from_ms - DAY_MS) & (candles.c.open_ms < to_ms)
    closed = (candles.c.close_ms > from_ms) & (candles.c.close_ms <= to_ms)
    found = await conn.execute(_select(symbol, timeframe).where(near, closed).limit(1))
    return found.first() is not None


def _select(symbol: str, timeframe: Timeframe) -> Select[object]:
    return select(*(candles.c[field] for field in _FIELDS)).where(
        candles.c.symbol == symbol, candles.c.timeframe == timeframe.value
    )


def _candle(row: Row[object]) -> Candle:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Candle)
