"""Trades as they are now, and the parts of them that were closed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.types import Fill, Trade, TradeStatus
from storage.database import insert_once, upsert
from storage.schema import carried, partial_closes, signals, trades


class Standing(msgspec.Struct, frozen=True):
    """A trade as it is now. `pips` and `money` are its result so far, as readers see it."""

    trade: Trade
    pips: Decimal
    money: Decimal
    time_ms: int  # of the event that made it so


async def save_trades(conn: AsyncConnection, standing: Sequence[Standing]) -> None:
    """Write each trade, once in a call, over what it was; its signal must be saved already.

    A part that was closed is written once and stays as it was first written.
    """
    await upsert(conn, trades, [_row(one) for one in standing])
    closes = [
        {"signal_id": one.trade.id, "seq": seq} | msgspec.structs.asdict(fill)
        for one in standing
        for seq, fill in enumerate(one.trade.fills, 1)
    ]
    await insert_once(conn, partial_closes, closes)


def _row(standing: Standing) -> dict[str, object]:
    trade = standing.trade
    return {
        "signal_id": trade.id,
        "symbol": trade.symbol,
        "status": trade.status.value,
        "opened_ms": trade.opened_ms,
        "closed_ms": trade.closed_ms,
        "reason": None if trade.reason is None else trade.reason.value,
        "result_r": trade.result_r,
        "result_steps": trade.total_steps,
        "pips": str(standing.pips),
        "money": str(standing.money),
        "session": trade.signal.setup.session.value,
        "body": msgspec.json.encode(trade).decode(),
        "updated_ms": standing.time_ms,
    }


async def find_trade(conn: AsyncConnection, trade_id: str) -> Trade | None:
    found = await _read(conn, select(trades.c.body).where(trades.c.signal_id == trade_id))
    return found[0] if found else None


async def open_trades(conn: AsyncConnection) -> list[Trade]:
    """All that are not over, pending ones included, in the order of their ids."""
    query = select(trades.c.body).where(trades.c.status != TradeStatus.CLOSED.value)
    return await _read(conn, query.order_by(trades.c.signal_id))


async def closed_between(conn: AsyncConnection, symbols: Sequence[str] | None, from_ms: int, to_ms: int) -> list[Trade]:
    """Ended in `[from_ms, to_ms)`, in the order they ended; those that never opened (`opened_ms` None) included.

    Without `symbols` of all that were ever traded.
    """
    closed_ms = trades.c.closed_ms
    query = select(trades.c.body).where(closed_ms >= from_ms, closed_ms < to_ms)
    if symbols is not None:
        query = query.where(trades.c.symbol.in_(symbols))
    return await _read(conn, query.order_by(closed_ms, trades.c.signal_id))


async def count_running(conn: AsyncConnection, symbols: Sequence[str], at_ms: int, channel: str | None = None) -> int:
    """How many were issued before this moment and ended at or after it, or not yet; of those this channel carries."""
    issued = select(signals.c.id).where(signals.c.symbol.in_(symbols), signals.c.issued_ms < at_ms)
    still = or_(trades.c.closed_ms.is_(None), trades.c.closed_ms >= at_ms)
    query = select(func.count()).select_from(trades).where(trades.c.signal_id.in_(issued), still)
    if channel is not None:
        query = query.where(trades.c.signal_id.in_(select(carried.c.signal_id).where(carried.c.channel == channel)))
    return (await conn.execute(query)).scalar_one()


async def first_close_ms(
    conn: AsyncConnection, symbols: Sequence[str], until_ms: int, channel: str | None = None
) -> int | None:
    """When the first trade that was opened ended, of those this channel carries; None when none had by `until_ms`."""
    ended = (trades.c.symbol.in_(symbols), trades.c.opened_ms.is_not(None), trades.c.closed_ms < until_ms)
    query = select(func.min(trades.c.closed_ms)).where(*ended)
    if channel is not None:
        query = query.where(trades.c.signal_id.in_(select(carried.c.signal_id).where(carried.c.channel == channel)))
    found: int | None = await conn.scalar(query)
    return found


async def latest_trades(conn: AsyncConnection, symbols: Sequence[str], count: int) -> list[Trade]:
    """Newest change first."""
    query = select(trades.c.body).where(trades.c.symbol.in_(symbols))
    return await _read(conn, query.order_by(trades.c.updated_ms.desc(), trades.c.signal_id.desc()).limit(count))


async def fills_of(conn: AsyncConnection, trade_id: str) -> list[Fill]:
    """The parts that were closed, in order."""
    columns = [partial_closes.c[field] for field in Fill.__struct_fields__]
    query = select(*columns).where(partial_closes.c.signal_id == trade_id).order_by(partial_closes.c.seq)
    return [Fill(*row) for row in await conn.execute(query)]


async def _read(conn: AsyncConnection, query: Select[str]) -> list[Trade]:
    return [msgspec.json.decode(body, type=Trade) for body in await conn.scalars(query)]
