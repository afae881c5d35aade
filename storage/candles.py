"""Closed candles, as charts, reports and a rebuilt engine want them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.types import Candle, Timeframe
from storage.database import insert_once
from storage.schema import candles

_FIELDS = Candle.__struct_fields__


async def save_candles(conn: AsyncConnection, closed: Iterable[Candle]) -> None:
    """Write each once. A closed candle does not change: where its interval is there already, the first stays."""
    rows = [msgspec.structs.asdict(candle) | {"timeframe": candle.timeframe.value} for candle in closed]
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


def _select(symbol: str, timeframe: Timeframe) -> Select[object]:
    return select(*(candles.c[field] for field in _FIELDS)).where(
        candles.c.symbol == symbol, candles.c.timeframe == timeframe.value
    )


def _candle(row: Row[object]) -> Candle:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Candle)
