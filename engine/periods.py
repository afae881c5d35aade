"""Highs and lows of the last day, week, month and session: where many stops rest, since everybody sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.hours import session_at, trading_day, trading_month, trading_week
from engine.types import Candle, LiquidityPool, PoolKind, Price, SwingKind

PERIODS = (PoolKind.DAY, PoolKind.WEEK, PoolKind.MONTH, PoolKind.SESSION)


@dataclass(slots=True)
class Period:
    """High and low so far of the day, week, month or session that runs. `name` is a session's."""

    kind: PoolKind
    name: str = ""
    end_ms: int = 0
    high: Price = 0
    high_ms: int = 0
    low: Price = 0
    low_ms: int = 0

    def pools(self, known_ms: int) -> tuple[LiquidityPool, LiquidityPool]:
        return (
            LiquidityPool(self.kind, SwingKind.HIGH, self.high, self.high_ms, known_ms, self.name),
            LiquidityPool(self.kind, SwingKind.LOW, self.low, self.low_ms, known_ms, self.name),
        )


@dataclass(slots=True)
class PreviousPeriods:
    """Levels of the last complete day, week, month and session, valid from the first candle of the next one on.

    Periods without candles are skipped. Where they begin and end is in `hours.py`.
    """

    day_start: str
    running: list[Period] = field(default_factory=lambda: [Period(kind) for kind in PERIODS])

    def on_candle(self, candle: Candle) -> tuple[LiquidityPool, ...]:
        """The pools of the periods that are over, when this candle is the first of the ones that follow."""
        finished: tuple[LiquidityPool, ...] = ()
        open_ms, high, low = candle.open_ms, candle.high, candle.low
        for period in self.running:
            if open_ms >= period.end_ms:
                if period.end_ms:
                    finished += period.pools(candle.close_ms)
                period.name, period.end_ms = _bounds(period.kind, open_ms, self.day_start)
                period.high, period.high_ms, period.low, period.low_ms = high, open_ms, low, open_ms
                continue
            if high > period.high:
                period.high, period.high_ms = high, open_ms
            if low < period.low:
                period.low, period.low_ms = low, open_ms
        return finished


def _bounds(kind: PoolKind, time_ms: int, day_start: str) -> tuple[str, int]:
    """Name and end of the period a moment lies in."""
    if kind is PoolKind.SESSION:
        session, _, end_ms = session_at(time_ms)
        return str(session), end_ms
    if kind is PoolKind.WEEK:
        return "", trading_week(time_ms, day_start)[1]
    if kind is PoolKind.MONTH:
        return "", trading_month(time_ms, day_start)[1]
    return "", trading_day(time_ms, day_start)[1]
