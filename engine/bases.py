"""Supply and demand: a pause of small candles that price left in one strong move."""

from __future__ import annotations

import msgspec

from engine.strength import whole_points
from engine.types import Candle, Direction

LONGEST = 4  # candles of a base


class Base(msgspec.Struct, frozen=True):
    """The pause and how it was left, before it becomes a zone."""

    direction: Direction
    top: int
    bottom: int
    strength: int
    formed_ms: int


def new_base(candles: list[Candle], atr: float | None, displacement: float) -> Base | None:
    """The base that the last candle leaves behind, if any. The ATR is the one before that candle.

    The last candle departs: its body is larger than `displacement` ATRs, and it closes beyond the whole base. The base
    is the longest run directly before it, of one to four candles, each with a range below one ATR and a body of at most
    half its range. At least one of them has a range.

    Upward it is demand: from the lowest low, that of the departing candle included, to the highest body of the base.
    Supply mirrored. Where no room lies between the two there is no base. It is formed at its first candle. Without an
    ATR there is none: a pause could not be told from a move.

    Strength 0–100: 30 for being fresh, 60 for the departing body (all from three ATRs on), 10 for a pause of one candle
    and 2.5 fewer for each further one.
    Source: supply and demand as S. Seiden teaches it (drop or rally, base, rally or drop); the numbers are ours.
    """
    if atr is None or not candles:
        return None
    last = candles[-1]
    move = last.close - last.open
    body = move if move > 0 else -move
    if body <= displacement * atr:
        return None
    base = _run_before_last(candles, atr)
    if not any(candle.high > candle.low for candle in base):
        return None
    high, low = max([c.high for c in base]), min([c.low for c in base])
    if move > 0 and last.close > high:
        direction, bottom, top = Direction.UP, min(low, last.low), max(max(c.open, c.close) for c in base)
    elif move < 0 and last.close < low:
        direction, bottom, top = Direction.DOWN, min(min(c.open, c.close) for c in base), max(high, last.high)
    else:
        return None
    if top <= bottom:
        return None
    return Base(direction, top, bottom, _strength(body, atr, len(base)), base[0].open_ms)


def _run_before_last(candles: list[Candle], atr: float) -> list[Candle]:
    """The longest run of pausing candles that ends right before the last candle."""
    end = len(candles) - 1
    start = end
    while start > 0 and end - start < LONGEST and _pauses(candles[start - 1], atr):
        start -= 1
    return candles[start:end]


def _pauses(candle: Candle, atr: float) -> bool:
    reach = candle.high - candle.low
    return reach < atr and 2 * abs(candle.close - candle.open) <= reach


def _strength(departure: int, atr: float, count: int) -> int:
    return 30 + whole_points(60 * min(departure / (3 * atr), 1.0) + 10 * (5 - count) / 4)
