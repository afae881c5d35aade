"""Where stops rest (pools), and candles that take them and turn back (sweeps)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from engine.indicators import AverageVolume
from engine.strength import whole_points
from engine.types import Candle, Direction, LiquidityPool, PoolKind, Price, Sweep, Swing, SwingKind


class Taken(msgspec.Struct, frozen=True):
    """What a candle did to the pools of a timeframe."""

    swept: tuple[Sweep, ...]
    broken: tuple[LiquidityPool, ...]


_UNTOUCHED = Taken((), ())


@dataclass(slots=True)
class PoolBook:
    """Pools not taken yet on one timeframe, sorted by level, at most `capacity` a side; the oldest makes room.

    A candle beyond a level takes the pool. If it closes back inside, or at the level, that is a sweep; if it closes
    beyond, the pool is broken.
    """

    capacity: int = 60
    highs: list[LiquidityPool] = field(default_factory=list)  # nearest first: level ascending
    lows: list[LiquidityPool] = field(default_factory=list)  # nearest first: level descending
    above: Price | None = None  # the nearest level of each side
    below: Price | None = None

    def add(self, pool: LiquidityPool) -> LiquidityPool | None:
        """Watch a pool. Returns the one that had to make room, if any."""
        if pool.side is SwingKind.HIGH:
            side, at = self.highs, _below(self.highs, pool.level + 1)
        else:
            side, at = self.lows, _above(self.lows, pool.level - 1)
        side.insert(at, pool)
        oldest = None
        if len(side) > self.capacity:
            oldest = min(side, key=lambda p: p.known_ms)
            side.remove(oldest)
        self._note_nearest()
        return oldest

    def on_candle(self, candle: Candle, atr: float | None, volume: AverageVolume) -> Taken:
        """The pools this candle swept and broke. The averages are those before it."""
        above, below = self.above, self.below
        is_above = above is not None and candle.high > above
        is_below = below is not None and candle.low < below
        if not (is_above or is_below):
            return _UNTOUCHED
        swept: list[Sweep] = []
        broken: list[LiquidityPool] = []
        if is_above:
            inside: list[LiquidityPool] = []
            while self.highs and candle.high > self.highs[0].level:
                pool = self.highs.pop(0)
                (broken if candle.close > pool.level else inside).append(pool)
            swept += sweeps_of(inside, Direction.DOWN, candle, atr, volume)
        if is_below:
            inside = []
            while self.lows and candle.low < self.lows[0].level:
                pool = self.lows.pop(0)
                (broken if candle.close < pool.level else inside).append(pool)
            swept += sweeps_of(inside, Direction.UP, candle, atr, volume)
        self._note_nearest()
        return Taken(tuple(swept), tuple(broken))

    def expire(self, by: LiquidityPool) -> LiquidityPool | None:
        """Forget the level of the period before, which this one of the same kind and name replaces; returns it."""
        side, kind = self.highs if by.side is SwingKind.HIGH else self.lows, by.kind
        for at, pool in enumerate(side):
            if pool.kind is kind and pool.name == by.name:
                del side[at]
                self._note_nearest()
                return pool
        return None

    def all(self) -> tuple[LiquidityPool, ...]:
        return (*self.highs, *self.lows)

    def _note_nearest(self) -> None:
        self.above = self.highs[0].level if self.highs else None
        self.below = self.lows[0].level if self.lows else None


def _below(highs: list[LiquidityPool], price: Price) -> int:
    """How many levels lie below a price, the nearest first. `bisect_left` would have to call for each key."""
    low, high = 0, len(highs)
    while low < high:
        middle = (low + high) // 2
        if highs[middle].level < price:
            low = middle + 1
        else:
            high = middle
    return low


def _above(lows: list[LiquidityPool], price: Price) -> int:
    """The same, mirrored."""
    low, high = 0, len(lows)
    while low < high:
        middle = (low + high) // 2
        if lows[middle].level > price:
            low = middle + 1
        else:
            high = middle
    return low


MOST_ROUND = 3  # round numbers of a side that one candle can be told to have swept


def round_sweeps(
    candle: Candle, previous: Candle, step: int, atr: float | None, volume: AverageVolume
) -> tuple[Sweep, ...]:
    """Round numbers this candle traded beyond and closed back at or inside of, nearest to the last close first.

    A round number above the last close rests as buy-side liquidity, one below it as sell-side; it is known since that
    close. At most three a side are told.
    """
    if candle.high // step * step < candle.low:  # none in reach: nearly always
        return ()
    swept: list[Sweep] = []
    first = -(-max(candle.close, previous.close + 1) // step) * step
    if first < candle.high:
        pools = _round_pools(SwingKind.HIGH, first, step, candle.high, previous)
        swept += sweeps_of(pools, Direction.DOWN, candle, atr, volume)
    first = min(candle.close, previous.close - 1) // step * step
    if first > candle.low:
        pools = _round_pools(SwingKind.LOW, first, -step, candle.low, previous)
        swept += sweeps_of(pools, Direction.UP, candle, atr, volume)
    return tuple(swept)


def _round_pools(side: SwingKind, first: Price, step: int, extreme: Price, previous: Candle) -> list[LiquidityPool]:
    """From the first of them on, as many as lie before the extreme."""
    open_ms, close_ms = previous.open_ms, previous.close_ms
    count = min(-((first - extreme) // step), MOST_ROUND)
    return [LiquidityPool(PoolKind.ROUND, side, first + i * step, open_ms, close_ms) for i in range(count)]


def sweeps_of(
    pools: Sequence[LiquidityPool],
    direction: Direction,
    candle: Candle,
    atr: float | None,
    volume: AverageVolume,
) -> Sequence[Sweep]:
    if not pools:
        return ()
    extreme = candle.low if direction is Direction.UP else candle.high
    strength = reversal_strength(candle, direction, atr, volume.value)
    return [Sweep(pool, direction, extreme, candle.open_ms, candle.close_ms, strength) for pool in pools]


def reversal_strength(candle: Candle, direction: Direction, atr: float | None, average_volume: float | None) -> int:
    """How decidedly a sweeping candle turned, 0–100.

    40 points for the wick on the swept side (all from 60 % of the range on), 40 for the way back from the extreme to
    the close (all from one ATR on), 20 for the volume (all from twice the mean on). What is not known (no volume, no
    average yet) is no evidence either way: the rest then counts for all. Source: ours.
    """
    up = direction is Direction.UP
    wick = min(candle.open, candle.close) - candle.low if up else candle.high - max(candle.open, candle.close)
    points, most = 40 * min(wick / (0.6 * (candle.high - candle.low)), 1.0), 40
    if atr:
        way_back = candle.close - candle.low if up else candle.high - candle.close
        points, most = points + 40 * min(way_back / atr, 1.0), most + 40
    if candle.volume is not None and average_volume:
        points, most = points + 20 * min(candle.volume / (2 * average_volume), 1.0), most + 20
    return whole_points(points * 100 / most)


def pool_of(swing: Swing) -> LiquidityPool:
    """Stops rest beyond every confirmed swing."""
    return LiquidityPool(PoolKind.SWING, swing.kind, swing.price, swing.formed_ms, swing.known_ms)


@dataclass(slots=True)
class EqualLevels:
    """Equal highs and lows: two swings of one side, one after the other, nearer than `tolerance` × long ATR.

    The tolerance is a fraction, so that a distance of exactly the tolerance is not lost to rounding.

    Neither may have been traded beyond; a higher second high has taken the first, so the earlier of two equal levels is
    always the farther one, and that is where the stops rest. An ATR that is not known yet makes no levels.
    Source: LuxAlgo, 0.1 × ATR(200), at swings of their own wing (3 by default).
    """

    tolerance: tuple[int, int]
    high: Price | None = None  # latest swing high not traded beyond
    low: Price | None = None

    def on_candle(self, candle: Candle) -> None:
        if self.high is not None and candle.high > self.high:
            self.high = None
        if self.low is not None and candle.low < self.low:
            self.low = None

    def register(self, swing: Swing, atr: float | None) -> LiquidityPool | None:
        """The pool this swing makes with the one before it. It is drawn at the later swing."""
        if swing.kind is SwingKind.HIGH:
            earlier, self.high = self.high, swing.price
        else:
            earlier, self.low = self.low, swing.price
        if earlier is None or atr is None:
            return None
        numerator, denominator = self.tolerance
        if abs(swing.price - earlier) * denominator >= numerator * atr:
            return None
        return LiquidityPool(PoolKind.EQUAL, swing.kind, earlier, swing.formed_ms, swing.known_ms)
