"""Where stops rest (pools), and candles that take them and turn back (sweeps)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from engine.hours import session_at, trading_day, trading_month, trading_week
from engine.indicators import AverageTrueRange
from engine.types import Candle, Direction, LiquidityPool, PoolKind, Price, Sweep, Swing, SwingKind


class PoolBook(msgspec.Struct):
    """Pools not taken yet on one timeframe, sorted by level, at most `capacity` a side; the oldest makes room.

    A candle beyond a level takes the pool. If it closes back inside, or at the level, that is a sweep; if it closes
    beyond, it is a break, which is for `structure.py` to tell.
    """

    capacity: int = 60
    highs: list[LiquidityPool] = msgspec.field(default_factory=list)  # nearest first: level ascending
    lows: list[LiquidityPool] = msgspec.field(default_factory=list)  # nearest first: level descending

    def add(self, pool: LiquidityPool) -> None:
        if pool.side is SwingKind.HIGH:
            side = self.highs
            insort(side, pool, key=lambda p: p.level)
        else:
            side = self.lows
            insort(side, pool, key=lambda p: -p.level)
        if len(side) > self.capacity:
            side.remove(min(side, key=lambda p: p.known_ms))

    def on_candle(self, candle: Candle, atr: float | None, average_volume: float | None) -> list[Sweep]:
        """The pools this candle swept; those it broke are gone without a word. The averages are those before it."""
        found: list[Sweep] = []
        if self.highs and candle.high > self.highs[0].level:
            end = bisect_left(self.highs, candle.high, key=lambda p: p.level)
            taken, self.highs = self.highs[:end], self.highs[end:]
            swept = [pool for pool in taken if candle.close <= pool.level]
            found += _sweeps(swept, Direction.DOWN, candle, atr, average_volume)
        if self.lows and candle.low < self.lows[0].level:
            end = bisect_left(self.lows, -candle.low, key=lambda p: -p.level)
            taken, self.lows = self.lows[:end], self.lows[end:]
            swept = [pool for pool in taken if candle.close >= pool.level]
            found += _sweeps(swept, Direction.UP, candle, atr, average_volume)
        return found

    def expire(self, kind: PoolKind, name: str = "") -> None:
        """Forget the levels of a period that a new one of this kind and name replaces."""
        self.highs = [pool for pool in self.highs if pool.kind is not kind or pool.name != name]
        self.lows = [pool for pool in self.lows if pool.kind is not kind or pool.name != name]

    def all(self) -> tuple[LiquidityPool, ...]:
        return (*self.highs, *self.lows)


def _sweeps(
    pools: Sequence[LiquidityPool],
    direction: Direction,
    candle: Candle,
    atr: float | None,
    average_volume: float | None,
) -> list[Sweep]:
    if not pools:
        return []
    extreme = candle.low if direction is Direction.UP else candle.high
    strength = reversal_strength(candle, direction, atr, average_volume)
    return [Sweep(pool, direction, extreme, candle.open_ms, candle.close_ms, strength) for pool in pools]


def reversal_strength(candle: Candle, direction: Direction, atr: float | None, average_volume: float | None) -> int:
    """How decidedly a sweeping candle turned, 0–100.

    40 points for the wick on the swept side (all from 60 % of the range on), 40 for the way back from the extreme to
    the close (all from one ATR on), 20 for the volume (all from twice the mean on). What is not known (no volume, no
    average yet) is no evidence either way: the rest then counts for all. Source: ours.
    """
    up = direction is Direction.UP
    wick = min(candle.open, candle.close) - candle.low if up else candle.high - max(candle.open, candle.close)
    points, most = 40 * min(wick / (0.6 * candle.range), 1.0), 40
    if atr:
        way_back = candle.close - candle.low if up else candle.high - candle.close
        points, most = points + 40 * min(way_back / atr, 1.0), most + 40
    if candle.volume is not None and average_volume:
        points, most = points + 20 * min(candle.volume / (2 * average_volume), 1.0), most + 20
    return round(points * 100 / most)


def pool_of(swing: Swing) -> LiquidityPool:
    """Stops rest beyond every confirmed swing."""
    return LiquidityPool(PoolKind.SWING, swing.kind, swing.price, swing.formed_ms, swing.known_ms)


class EqualLevels(msgspec.Struct):
    """Equal highs and lows: two swings of one side, one after the other, nearer than `tolerance` × ATR.

    Neither may have been traded beyond; a higher second high has taken the first, so the earlier of two equal levels is
    always the farther one, and that is where the stops rest. An ATR that is not known yet makes no levels.
    Source: LuxAlgo, 0.1 × ATR(200), on the timeframe's own swings instead of a fractal of 3.
    """

    tolerance: Decimal
    atr: AverageTrueRange
    high: Price | None = None  # latest swing high not traded beyond
    low: Price | None = None

    def on_candle(self, candle: Candle) -> None:
        self.atr.on_candle(candle)
        if self.high is not None and candle.high > self.high:
            self.high = None
        if self.low is not None and candle.low < self.low:
            self.low = None

    def register(self, swing: Swing) -> LiquidityPool | None:
        """The pool this swing makes with the one before it. It is drawn at the later swing."""
        if swing.kind is SwingKind.HIGH:
            earlier, self.high = self.high, swing.price
        else:
            earlier, self.low = self.low, swing.price
        if earlier is None or self.atr.value is None:
            return None
        # Multiplied out, so that a distance of exactly the tolerance is not lost to rounding.
        numerator, denominator = self.tolerance.as_integer_ratio()
        if abs(swing.price - earlier) * denominator >= numerator * self.atr.value:
            return None
        return LiquidityPool(PoolKind.EQUAL, swing.kind, earlier, swing.formed_ms, swing.known_ms)


class PreviousPeriod(msgspec.Struct):
    """High and low of the last complete day, week, month or session, valid from the first candle of the next one on.

    Periods without candles are skipped. Where they begin and end is in `hours.py`.
    """

    kind: PoolKind
    day_start: str
    name: str = ""  # of the period that runs, where its kind has names
    end_ms: int = 0
    high: Price = 0
    high_ms: int = 0
    low: Price = 0
    low_ms: int = 0

    def on_candle(self, candle: Candle) -> tuple[LiquidityPool, ...]:
        """The finished period's two pools when this candle is the first of a new one."""
        if candle.open_ms >= self.end_ms:
            pools = self._pools(candle.close_ms) if self.end_ms else ()
            self.name, self.end_ms = self._bounds(candle.open_ms)
            self.high, self.high_ms = candle.high, candle.open_ms
            self.low, self.low_ms = candle.low, candle.open_ms
            return pools
        if candle.high > self.high:
            self.high, self.high_ms = candle.high, candle.open_ms
        if candle.low < self.low:
            self.low, self.low_ms = candle.low, candle.open_ms
        return ()

    def _pools(self, known_ms: int) -> tuple[LiquidityPool, ...]:
        return (
            LiquidityPool(self.kind, SwingKind.HIGH, self.high, self.high_ms, known_ms, self.name),
            LiquidityPool(self.kind, SwingKind.LOW, self.low, self.low_ms, known_ms, self.name),
        )

    def _bounds(self, time_ms: int) -> tuple[str, int]:
        """Name and end of the period a moment lies in."""
        match self.kind:
            case PoolKind.WEEK:
                return "", trading_week(time_ms, self.day_start)[1]
            case PoolKind.MONTH:
                return "", trading_month(time_ms, self.day_start)[1]
            case PoolKind.SESSION:
                session, _, end_ms = session_at(time_ms)
                return session.value, end_ms
            case _:
                return "", trading_day(time_ms, self.day_start)[1]
