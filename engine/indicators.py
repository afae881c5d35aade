"""Running averages of closed candles, one candle at a time."""

from __future__ import annotations

import msgspec

from engine.types import Candle


def true_range(candle: Candle, previous_close: int | None) -> int:
    """Greatest distance price covered since the previous close, in ticks.

    The first candle has no previous close; its range is high minus low.
    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """
    if previous_close is None:
        return candle.high - candle.low
    return max(candle.high, previous_close) - min(candle.low, previous_close)


class AverageTrueRange(msgspec.Struct):
    """Wilder's ATR in ticks. `value` is None until `period` candles have closed; the first is their plain mean."""

    period: int = 14
    value: float | None = None
    previous_close: int | None = None
    count: int = 0
    total: int = 0

    def on_candle(self, candle: Candle) -> None:
        reach = true_range(candle, self.previous_close)
        self.previous_close = candle.close
        if self.value is not None:
            self.value += (reach - self.value) / self.period
            return
        self.count += 1
        self.total += reach
        if self.count == self.period:
            self.value = self.total / self.period


class AverageVolume(msgspec.Struct):
    """Mean volume of the last `period` candles that had one. None until there are that many."""

    period: int = 20
    recent: list[float] = msgspec.field(default_factory=list)

    def on_candle(self, candle: Candle) -> None:
        if candle.volume is None:
            return
        self.recent.append(candle.volume)
        if len(self.recent) > self.period:
            del self.recent[0]

    @property
    def value(self) -> float | None:
        if len(self.recent) < self.period:
            return None
        return sum(self.recent) / self.period
