"""What the engine saw when it issued a signal, read back from the database as `explain` would have it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import EngineSection
from bot.words.explain import Explained
from engine.events import SignalIssued
from engine.types import Signal, Trade, TradeStatus
from storage.signals import rejections_between, signals_between
from storage.views import find_view


async def explained_signal(conn: AsyncConnection, signal: Signal, engine: EngineSection) -> Explained | None:
    """None when what was seen was not kept. What else was decided at that close, for that symbol, stands beside it."""
    seen = await find_view(conn, signal.id)
    if seen is None:
        return None
    symbol, time_ms = [signal.setup.symbol], signal.issued_ms
    others = [each for each in await signals_between(conn, symbol, time_ms, time_ms + 1) if each.id != signal.id]
    return Explained(
        view=seen.view,
        asked_ms=time_ms,
        close_ms=time_ms,
        begin_ms=time_ms,
        ready_after=engine.timeframes.ready_after,
        decided=_issued(signal),
        beside=(*map(_issued, others), *await rejections_between(conn, symbol, time_ms, time_ms + 1)),
        none=seen.none,
        kill_zones=engine.confluence.kill_zones,
    )


def _issued(signal: Signal) -> SignalIssued:
    """As it was told, before its trade met a price."""
    return SignalIssued(signal.issued_ms, Trade(signal, TradeStatus.PENDING, signal.setup.stop))
