"""Fair value gaps: three candles whose outer wicks do not meet."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.types import Candle, Direction


class Gap(msgspec.Struct, frozen=True):
    """What was left behind, before it becomes a zone."""

    direction: Direction
    top: int
    bottom: int
    strength: int
    formed_ms: int


def new_gap(candles: Sequence[Candle], atr: float | None, average_volume: float | None) -> Gap | None:
    """The gap that the last candle completes, if any.

    Upward: its low is above the high two candles ago, and the candle between closed above that high. Downward
    mirrored. The zone lies between the two wicks and is formed at the middle candle.

    Strength 0–100: size against the ATR (all 40 points from one ATR on), body of the middle candle against the ATR
    (40 points from 1.5 ATR on), its volume against the mean of 20 (20 points from twice the mean on). Without volume
    the other two count for all. Without an ATR there is no gap: it could not be told from noise.
    Source: ICT (BISI / SIBI), with the close condition of LuxAlgo; the strength is ours.
    """
    if len(candles) < 3 or atr is None or atr <= 0:
        return None
    first, middle, last = candles[-3], candles[-2], candles[-1]
    if last.low > first.high and middle.close > first.high:
        direction, top, bottom = Direction.UP, last.low, first.high
    elif last.high < first.low and middle.close < first.low:
        direction, top, bottom = Direction.DOWN, first.low, last.high
    else:
        return None
    strength = _strength(top - bottom, middle, atr, average_volume)
    return Gap(direction, top, bottom, strength, middle.open_ms)


def _strength(size: int, middle: Candle, atr: float, average_volume: float | None) -> int:
    points = 40 * min(size / atr, 1.0) + 40 * min(middle.body / (1.5 * atr), 1.0)
    if middle.volume is None or not average_volume:
        return round(points * 100 / 80)
    return round(points + 20 * min(middle.volume / (2 * average_volume), 1.0))
