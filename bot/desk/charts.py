"""Pictures on demand: a signal drawn again for another timeframe, as it stands now."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.levels import pool_levels, session_spans
from bot.overview import overview
from bot.words.wording import Voice
from charts.picture import Level, Scene
from charts.scene import milestone_scene, signal_scene
from engine.types import DAY_MS, Candle, MarketView, Timeframe, Trade
from storage.candles import candles_between

_BEFORE = 100  # candles a trade's picture may reach back
_LONGEST_BREAK_MS = 4 * DAY_MS  # a market's long weekend holds no candles


async def trade_scene(
    conn: AsyncConnection, trade: Trade, view: MarketView, timeframe: Timeframe, voice: Voice, theme: str
) -> Scene | None:
    """A signal for one timeframe: on its own how it goes, on a higher one the market with the trade's prices."""
    if timeframe is not trade.signal.setup.timeframe:
        market = overview(view, timeframe, _order_levels(trade, timeframe), voice, theme)
        order = trade.direction.order
        return None if market is None else msgspec.structs.replace(market, order=order, id=trade.id)
    candles = await _lived_candles(conn, trade, view)
    if not candles:
        return None
    mark = voice.mark(trade.signal.mode)
    if trade.opened_price is None:
        spans = session_spans(candles, trade.signal.issued_ms)
        return signal_scene(trade, candles, spans, voice.instrument, mark, pool_levels(view.entry.pools), theme)
    spans = session_spans(candles, trade.closed_ms or view.time_ms)
    return milestone_scene(trade, candles, spans, voice.instrument, mark, voice.result(trade).money, theme)


def _order_levels(trade: Trade, timeframe: Timeframe) -> list[Level]:
    """Entry, the stop in force and the targets, from the last candle that had closed when the signal came."""
    setup, since_ms = trade.signal.setup, trade.signal.issued_ms - timeframe.ms
    entry = setup.entry if trade.opened_price is None else trade.opened_price
    targets = [Level(f"TP{number}", price, since_ms) for number, price in enumerate(setup.targets, 1)]
    stop = [] if trade.stop == entry else [Level("SL", trade.stop, since_ms)]
    return [Level("Entry", entry, since_ms), *stop, *targets]


async def _lived_candles(conn: AsyncConnection, trade: Trade, view: MarketView) -> list[Candle]:
    """From before the signal to its end, or until now with the candle that is still forming."""
    frame, known_ms = trade.signal.setup.timeframe, trade.signal.setup.known_ms
    from_ms = known_ms - _BEFORE * frame.ms - _LONGEST_BREAK_MS
    until_ms = view.time_ms if trade.closed_ms is None else trade.closed_ms
    candles = await candles_between(conn, trade.symbol, frame, from_ms, until_ms + 1)
    forming = view.unfinished
    if trade.closed_ms is None and forming is not None and forming.timeframe is frame:
        candles.append(forming)
    return candles
