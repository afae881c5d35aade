"""Signals as they were issued, and the setups that were refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.events import SetupRejected
from engine.types import Signal
from storage.database import insert_once
from storage.schema import carried, rejections, signals


async def save_signals(conn: AsyncConnection, issued: Iterable[Signal]) -> None:
    """Write each once; the first version stays, since what was published is not edited.

    IntegrityError when another id already stands for the same setup: an id must follow from the facts.
    """
    await insert_once(conn, signals, [_row(signal) for signal in issued])


def _row(signal: Signal) -> dict[str, object]:
    setup = signal.setup
    return {
        "id": signal.id,
        "key": setup.key,
        "symbol": setup.symbol,
        "timeframe": setup.timeframe.value,
        "strategy": setup.strategy.value,
        "kind": setup.kind,
        "direction": setup.direction.value,
        "score": setup.score,
        "entry": setup.entry,
        "stop": setup.stop,
        "issued_ms": signal.issued_ms,
        "mode": signal.mode.value,
        "body": msgspec.json.encode(signal).decode(),
    }


async def find_signal(conn: AsyncConnection, signal_id: str) -> Signal | None:
    body = await conn.scalar(select(signals.c.body).where(signals.c.id == signal_id))
    return None if body is None else msgspec.json.decode(body, type=Signal)


async def latest_signals(conn: AsyncConnection, symbols: Sequence[str], count: int) -> list[Signal]:
    """Newest first."""
    query = select(signals.c.body).where(signals.c.symbol.in_(symbols))
    bodies = await conn.scalars(query.order_by(signals.c.issued_ms.desc(), signals.c.id.desc()).limit(count))
    return [msgspec.json.decode(body, type=Signal) for body in bodies]


async def signals_between(conn: AsyncConnection, symbols: Sequence[str], from_ms: int, to_ms: int) -> list[Signal]:
    """Issued in `[from_ms, to_ms)`, oldest first."""
    query = select(signals.c.body).where(_issued(symbols, from_ms, to_ms))
    bodies = await conn.scalars(query.order_by(signals.c.issued_ms, signals.c.id))
    return [msgspec.json.decode(body, type=Signal) for body in bodies]


async def count_signals(
    conn: AsyncConnection, symbols: Sequence[str], from_ms: int, to_ms: int, channel: str | None = None
) -> int:
    """How many were issued in `[from_ms, to_ms)`; of those this channel carries."""
    query = select(func.count()).select_from(signals).where(_issued(symbols, from_ms, to_ms))
    if channel is not None:
        query = query.where(signals.c.id.in_(select(carried.c.signal_id).where(carried.c.channel == channel)))
    return (await conn.execute(query)).scalar_one()


async def count_by_strategy(conn: AsyncConnection, symbols: Sequence[str], from_ms: int, to_ms: int) -> dict[str, int]:
    """How many each strategy issued in `[from_ms, to_ms)`; one that issued none is not among them."""
    strategy = signals.c.strategy
    query = select(strategy, func.count().label("signals")).where(_issued(symbols, from_ms, to_ms)).group_by(strategy)
    return {row.strategy: row.signals for row in await conn.execute(query)}


async def save_rejections(conn: AsyncConnection, refused: Iterable[SetupRejected]) -> None:
    """Write each once, by the setup's key."""
    rows = [
        {
            "key": rejected.setup.key,
            "symbol": rejected.setup.symbol,
            "known_ms": rejected.setup.known_ms,
            "score": rejected.setup.score,
            "refusals": msgspec.json.encode(rejected.refusals).decode(),
            "body": msgspec.json.encode(rejected).decode(),
        }
        for rejected in refused
    ]
    await insert_once(conn, rejections, rows)


async def rejections_between(
    conn: AsyncConnection, symbols: Sequence[str], from_ms: int, to_ms: int
) -> list[SetupRejected]:
    """Setups that were refused in `[from_ms, to_ms)`, oldest first."""
    known_ms = rejections.c.known_ms
    query = select(rejections.c.body).where(rejections.c.symbol.in_(symbols), known_ms >= from_ms, known_ms < to_ms)
    bodies = await conn.scalars(query.order_by(known_ms, rejections.c.key))
    return [msgspec.json.decode(body, type=SetupRejected) for body in bodies]


async def count_rejections(conn: AsyncConnection, symbols: Sequence[str], from_ms: int, to_ms: int) -> int:
    """How many setups were refused in `[from_ms, to_ms)`."""
    known_ms = rejections.c.known_ms
    refused = (rejections.c.symbol.in_(symbols), known_ms >= from_ms, known_ms < to_ms)
    return (await conn.execute(select(func.count()).select_from(rejections).where(*refused))).scalar_one()


def _issued(symbols: Sequence[str], from_ms: int, to_ms: int) -> ColumnElement[bool]:
    issued_ms = signals.c.issued_ms
    return signals.c.symbol.in_(symbols) & (issued_ms >= from_ms) & (issued_ms < to_ms)
