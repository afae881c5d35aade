"""Where stops rest (pools), and candles that take them and turn back (sweeps)."""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

from engine.hours import trading_day
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

    def on_candle(self, candle: Candle) -> list[Sweep]:
        """The pools this candle swept. Those it broke are gone without a word."""
        found: list[Sweep] = []
        if self.highs and candle.high > self.highs[0].level:
            end = bisect_left(self.highs, candle.high, key=lambda p: p.level)
            taken, self.highs = self.highs[:end], self.highs[end:]
            found += [_sweep(p, Direction.DOWN, candle.high, candle) for p in taken if candle.close <= p.level]
        if self.lows and candle.low < self.lows[0].level:
            end = bisect_left(self.lows, -candle.low, key=lambda p: -p.level)
            taken, self.lows = self.lows[:end], self.lows[end:]
            found += [_sweep(p, Direction.UP, candle.low, candle) for p in taken if candle.close >= p.level]
        return found

    def expire(self, kind: PoolKind) -> None:
        """Forget the levels of a period that a new one replaces."""
        self.highs = [pool for pool in self.highs if pool.kind is not kind]
        self.lows = [pool for pool in self.lows if pool.kind is not kind]

    def all(self) -> tuple[LiquidityPool, ...]:
        return (*self.highs, *self.lows)


def _sweep(pool: LiquidityPool, direction: Direction, extreme: Price, candle: Candle) -> Sweep:
    return Sweep(pool, direction, extreme, candle.open_ms, candle.close_ms)


def pool_of(swing: Swing) -> LiquidityPool:
    """Stops rest beyond every confirmed swing."""
    return LiquidityPool(PoolKind.SWING, swing.kind, swing.price, swing.formed_ms, swing.known_ms)


class PreviousDay(msgspec.Struct):
    """High and low of the last complete trading day, valid from the first candle of the next one on."""

    day_start: str
    start_ms: int = 0
    end_ms: int = 0
    high: Price = 0
    high_ms: int = 0
    low: Price = 0
    low_ms: int = 0

    def on_candle(self, candle: Candle) -> tuple[LiquidityPool, ...]:
        """The finished day's two pools when this candle is the first of a new day. Days without candles are skipped."""
        pools: tuple[LiquidityPool, ...] = ()
        if candle.open_ms >= self.end_ms:
            if self.end_ms:
                pools = (
                    LiquidityPool(PoolKind.DAY, SwingKind.HIGH, self.high, self.high_ms, candle.close_ms),
                    LiquidityPool(PoolKind.DAY, SwingKind.LOW, self.low, self.low_ms, candle.close_ms),
                )
            self.start_ms, self.end_ms = trading_day(candle.open_ms, self.day_start)
            self.high, self.high_ms = candle.high, candle.open_ms
            self.low, self.low_ms = candle.low, candle.open_ms
            return pools
        if candle.high > self.high:
            self.high, self.high_ms = candle.high, candle.open_ms
        if candle.low < self.low:
            self.low, self.low_ms = candle.low, candle.open_ms
        return pools
