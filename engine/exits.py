"""When a trade is to be out whatever the price does, and where its stop follows the price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from engine.events import NewsItem
from engine.hours import weekly_close
from engine.trades import NEVER_MS, Position, price_at
from engine.trading_config import NewsConfig, TradesConfig, Trailing
from engine.types import (
    HOUR_MS,
    MINUTE_MS,
    CloseReason,
    Direction,
    MarketHours,
    Price,
    Scale,
    Swing,
    SwingKind,
    TradeStatus,
)


def plan_exit(
    position: Position,
    hours: MarketHours,
    news: Iterable[NewsItem],
    now_ms: int,
    trades: TradesConfig,
    of_news: NewsConfig,
) -> None:
    """Set when the trade leaves at the latest, and why: the first of time, weekend and news; never before now, however
    late it is heard. A pending one is cancelled then.
    """
    if position.leaving is not None:
        return
    since_ms = position.trade.opened_ms
    plans = [(NEVER_MS, CloseReason.TIME)]
    if trades.max_hours and since_ms is not None:
        plans.append((since_ms + trades.max_hours * HOUR_MS, CloseReason.TIME))
    close_ms = weekly_close(position.trade.signal.issued_ms, hours) if trades.flat_before_weekend_min else None
    if close_ms is not None:
        plans.append((close_ms - trades.flat_before_weekend_min * MINUTE_MS, CloseReason.WEEKEND))
    if of_news.flat_min:
        plans += [
            (item.time_ms - of_news.flat_min * MINUTE_MS, CloseReason.NEWS)
            for item in news
            if item.impact.weight >= of_news.impact.weight and item.time_ms > now_ms
        ]
    leave_ms, position.leave_for = min(plans, key=lambda plan: plan[0])
    position.leave_ms = max(leave_ms, now_ms)


def trailing_stop(
    position: Position, swings: Sequence[Swing], atr: float, spread: int, now_ms: int, config: TradesConfig
) -> Price | None:
    """Where the stop would follow to, as an entry candle closes. None where there is nothing to follow.

    ATR: so many ATRs behind the best price so far. Source: Chuck LeBeau's chandelier exit, by highs since the entry.
    Structure: behind the internal swing confirmed by this very candle, with a buffer; a SELL is stopped by the ask,
    so its spread is added. Distances in ATRs are rounded up.
    """
    trade = position.trade
    is_secured = trade.status is TradeStatus.SECURED
    if not is_secured and (trade.status is not TradeStatus.OPEN or len(trade.signal.split) > 1):
        return None
    if config.trailing is Trailing.ATR:
        return price_at(trade, position.best - ceil(float(config.trail_atr) * atr))
    is_buy = trade.direction is Direction.UP
    wanted = SwingKind.LOW if is_buy else SwingKind.HIGH
    for swing in reversed(swings):
        if swing.known_ms != now_ms:
            return None
        if swing.kind is wanted and swing.scale is Scale.INTERNAL:
            buffer = ceil(float(config.trail_buffer_atr) * atr)
            return swing.price - buffer if is_buy else swing.price + buffer + spread
    return None
