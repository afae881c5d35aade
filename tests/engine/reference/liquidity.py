"""Pools of liquidity, the candles that sweep or break them, and round numbers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from engine.types import (
    Candle,
    Direction,
    LiquidityPool,
    PoolEnd,
    PoolKind,
    Scale,
    Sweep,
    SwingKind,
)
from tests.engine.reference.averages import atr, before, long_atr, mean_volumes
from tests.engine.reference.days import PERIODS, finished
from tests.engine.reference.rules import DOWN, HIGH, LOW, NEVER, UP, Past, highest, lowest, once, times
from tests.engine.reference.structure import swings, swings_by

ROUND_NUMBERS = 3  # told at most, a side


@once
def period_pools(past: Past) -> list[tuple[int, LiquidityPool]]:
    """High and low of each finished period that had candles, known at the first candle of the next of its kind."""
    found = []
    for kind in PERIODS if past.rules.is_entry else ():
        for k, name, period in finished(past, kind):
            high = max(period, key=lambda c: c.high)  # the first of equal ones
            low = min(period, key=lambda c: c.low)
            known_ms = past.candles[k].close_ms
            found.append((k, LiquidityPool(kind, HIGH, high.high, high.open_ms, known_ms, name)))
            found.append((k, LiquidityPool(kind, LOW, low.low, low.open_ms, known_ms, name)))
    return found


@once
def equal_levels(past: Past) -> list[tuple[int, LiquidityPool]]:
    """A swing of the wing for equals within a part of the long ATR of the one before it on its side, when nothing
    traded beyond that one since.
    """
    index = {candle.open_ms: i for i, candle in enumerate(past.candles)}
    found = []
    for side in SwingKind:
        for (_, earlier), (k, later) in pairwise(swings_by(past, past.detectors.equal_wing, Scale.INTERNAL, side)):
            since = past.candles[index[earlier.formed_ms] + 1 : k + 1]
            is_whole = highest(since) <= earlier.price if side is HIGH else lowest(since) >= earlier.price
            measure = long_atr(past)[k]
            if not is_whole or measure is None:
                continue
            if abs(later.price - earlier.price) < times(past.detectors.equal_atr, measure):
                farther = max if side is HIGH else min
                level = farther(later.price, earlier.price)
                found.append((k, LiquidityPool(PoolKind.EQUAL, side, level, later.formed_ms, later.known_ms)))
    return found


@dataclass
class _Rest:
    """A pool: tested from candle `first` on, no longer tested from `gone` on."""

    pool: LiquidityPool
    added: float  # index of its candle; a half more when it joins after the test
    first: int
    gone: int = NEVER
    evicted: int | None = None
    beyond: int | None = None

    def taken(self, past: Past) -> int:
        """The first candle that trades beyond it while it rests."""
        if self.beyond is None:
            self.beyond = self._beyond(past)
        return self.beyond if self.beyond < self.gone else NEVER

    def _beyond(self, past: Past) -> int:
        level, is_high = self.pool.level, self.pool.side is HIGH
        for j in range(self.first, len(past.candles)):
            if past.candles[j].high > level if is_high else past.candles[j].low < level:
                return j
        return NEVER


@once
def _rests(past: Past) -> list[_Rest]:
    """Pools of swings are tested from the candle after, those of a finished period from the next one's first candle
    on. A finished period replaces the last one of its kind and name; where a side is full the one known longest makes
    room, of several the nearest.
    """
    periods = period_pools(past)
    rests = []
    for k, pool in periods:
        edges = [e for e, other in periods if e > k and (other.kind, other.name) == (pool.kind, pool.name)]
        rests.append(_Rest(pool, k, k, min(edges, default=NEVER)))
    for k, swing in swings(past, Scale.INTERNAL):
        pool = LiquidityPool(PoolKind.SWING, swing.kind, swing.price, swing.formed_ms, swing.known_ms)
        rests.append(_Rest(pool, k + 0.5, k + 1))
    rests += [_Rest(pool, k + 0.5, k + 1) for k, pool in equal_levels(past)]
    rests.sort(key=lambda rest: rest.added)
    for i, rest in enumerate(rests):
        resting = [
            r
            for r in rests[: i + 1]
            if r.pool.side is rest.pool.side
            and r.evicted is None
            and r.gone > rest.added
            and r.taken(past) >= rest.added
        ]
        if len(resting) > past.detectors.active_pools:
            nearest = 1 if rest.pool.side is HIGH else -1
            oldest = min(resting, key=lambda r: (r.pool.known_ms, nearest * r.pool.level))
            oldest.evicted = int(rest.added)
            oldest.gone = -(-int(2 * rest.added) // 2)  # a swing's pool joins after its candle was tested
    return rests


def pool_ends(past: Past) -> list[tuple[int, LiquidityPool, PoolEnd]]:
    found = []
    for rest in _rests(past):
        j = rest.taken(past)
        if j != NEVER:
            close = past.candles[j].close
            if close > rest.pool.level if rest.pool.side is HIGH else close < rest.pool.level:
                found.append((j, rest.pool, PoolEnd.BROKEN))
        elif rest.evicted is not None:
            found.append((rest.evicted, rest.pool, PoolEnd.EVICTED))
        elif rest.gone != NEVER:
            found.append((rest.gone, rest.pool, PoolEnd.REPLACED))
    return found


def standing(past: Past) -> list[LiquidityPool]:
    """Those that rest at the end."""
    return [rest.pool for rest in _rests(past) if rest.gone == NEVER and rest.taken(past) == NEVER]


def _is_back(candle: Candle, pool: LiquidityPool) -> bool:
    """It closed at the level or on the near side of it."""
    return candle.close <= pool.level if pool.side is HIGH else candle.close >= pool.level


@once
def sweeps(past: Past) -> list[tuple[int, Sweep]]:
    """The first candle beyond a pool's level sweeps it when it closes back at or inside the level, else breaks it."""
    taken = [(rest.taken(past), rest.pool) for rest in _rests(past)]
    return [
        (k, _sweep(past, k, pool))
        for k, pool in [*taken, *_round_numbers(past)]
        if k != NEVER and _is_back(past.candles[k], pool)
    ]


def _sweep(past: Past, k: int, pool: LiquidityPool) -> Sweep:
    candle = past.candles[k]
    direction, extreme = (DOWN, candle.high) if pool.side is HIGH else (UP, candle.low)
    return Sweep(pool, direction, extreme, candle.open_ms, candle.close_ms, _strength(past, k, direction))


def _strength(past: Past, k: int, direction: Direction) -> int:
    """Wick ÷ 60 % of the range, way back ÷ ATR, volume ÷ twice the mean: 40, 40 and 20 parts, of those known."""
    candle, measure, usual = past.candles[k], before(atr(past), k), before(mean_volumes(past), k)
    if direction is UP:
        wick, back = min(candle.open, candle.close) - candle.low, candle.close - candle.low
    else:
        wick, back = candle.high - max(candle.open, candle.close), candle.high - candle.close
    parts = [(40, wick / (candle.high - candle.low) / 0.6)]
    if measure:
        parts.append((40, back / measure))
    if usual and candle.volume is not None:
        parts.append((20, candle.volume / usual / 2))
    return round(100 * sum(weight * min(1, share) for weight, share in parts) / sum(weight for weight, _ in parts))


def _round_numbers(past: Past) -> list[tuple[int, LiquidityPool]]:
    """Those between the previous close and this candle's extreme that it came back from; the nearest three a side."""
    found = []
    step = past.rules.round_step
    for k, (previous, candle) in enumerate(pairwise(past.candles), start=1):
        times_ms = previous.open_ms, previous.close_ms
        above = [level for level in range(previous.close + 1, candle.high) if level % step == 0]
        below = [level for level in range(previous.close - 1, candle.low, -1) if level % step == 0]
        for side, levels in ((HIGH, above), (LOW, below)):
            pools = [LiquidityPool(PoolKind.ROUND, side, level, *times_ms) for level in levels]
            found += [(k, pool) for pool in pools if _is_back(candle, pool)][:ROUND_NUMBERS]
    return found


@once
def _sweeps_by(past: Past, direction: Direction) -> list[int]:
    stored = [(k, sweep) for k, sweep in sweeps(past) if sweep.pool.kind is not PoolKind.ROUND]
    return sorted(k for k, sweep in stored if sweep.direction is direction)


def latest_sweep_ms(past: Past, direction: Direction, k: int) -> int | None:
    """Open of the last candle up to k that swept a pool in a direction, round numbers apart."""
    so_far = bisect_right(_sweeps_by(past, direction), k)
    return past.candles[_sweeps_by(past, direction)[so_far - 1]].open_ms if so_far else None
