"""Fair value gaps: three candles whose outer wicks do not meet."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from engine.indicators import AverageVolume
from engine.strength import whole_points
from engine.types import Candle, Direction


class Gap(msgspec.Struct, frozen=True):
    """What was left behind, before it becomes a zone."""

    direction: Direction
    top: int
    bottom: int
    strength: int
    formed_ms: int


@dataclass(slots=True)
class MeanBody:
    """Running mean of body ÷ open over every candle so far: LuxAlgo's measure for its automatic threshold."""

    total: float = 0.0
    count: int = 0

    def on_candle(self, candle: Candle) -> None:
        self.total += candle.body / candle.open
        self.count += 1

    def is_dwarfed_by(self, candle: Candle) -> bool:
        """Whether this candle's body is more than twice the mean."""
        return candle.body / candle.open * self.count > 2 * self.total


def new_gap(candles: list[Candle], atr: float | None, volume: AverageVolume) -> Gap | None:
    """The gap that the last candle completes, if any.

    Upward: its low is above the high two candles ago, and the candle between closed above that high. Downward
    mirrored. The zone lies between the two wicks and is formed at the middle candle.

    Strength 0–100: size against the ATR (all 40 points from one ATR on), body of the middle candle against the ATR
    (40 points from 1.5 ATR on), its volume against the mean of 20 (20 points from twice the mean on). Without volume
    the other two count for all. Without an ATR there is no gap: it could not be told from noise.
    Source: ICT (BISI / SIBI), with the close condition of LuxAlgo; the strength is ours.
    """
    if len(candles) < 3 or not atr:
        return None
    first, last = candles[-3], candles[-1]
    if last.low > first.high:
        middle = candles[-2]
        if middle.close > first.high:
            return _gap(Direction.UP, last.low, first.high, middle, atr, volume.value)
    elif last.high < first.low:
        middle = candles[-2]
        if middle.close < first.low:
            return _gap(Direction.DOWN, first.low, last.high, middle, atr, volume.value)
    return None


def _gap(direction: Direction, top: int, bottom: int, middle: Candle, atr: float, average_volume: float | None) -> Gap:
    body = abs(middle.close - middle.open)
    points = 40 * min((top - bottom) / atr, 1.0) + 40 * min(body / (1.5 * atr), 1.0)
    if middle.volume is None or not average_volume:
        strength = whole_points(points * 100 / 80)
    else:
        strength = whole_points(points + 20 * min(middle.volume / (2 * average_volume), 1.0))
    return Gap(direction, top, bottom, strength, middle.open_ms)
