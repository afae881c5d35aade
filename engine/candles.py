"""Ticks become the base candle (M15); closed base candles become H1 and H4."""

from __future__ import annotations

from dataclasses import dataclass

from engine.hours import slot
from engine.types import Candle, Price, Timeframe


@dataclass(slots=True)
class CandleBuilder:
    """The unfinished candle of one timeframe. Empty while `ticks` is 0: an interval without a price makes no candle."""

    symbol: str
    timeframe: Timeframe
    day_start: str
    open_ms: int = 0
    close_ms: int = 0
    open: Price = 0
    high: Price = 0
    low: Price = 0
    close: Price = 0
    ticks: int = 0
    volume: float | None = None
    spread: int | None = None
    whole: Candle | None = None  # the one recorded candle that is all of this

    def add(self, price: Price, time_ms: int, volume: float | None) -> None:
        """Fold in one price. Time must have passed to `time_ms` before, so that no finished candle is in the way."""
        if self.whole is not None:
            self._begin(self.whole)
        if self.ticks == 0:
            self.open_ms, self.close_ms = slot(time_ms, self.timeframe, self.day_start)
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.ticks += 1
        if volume is not None:
            self.volume = volume if self.volume is None else self.volume + volume

    def fold(self, candle: Candle) -> None:
        """Fold in a finer candle, or a whole one of this timeframe."""
        if self.ticks == 0:
            self.open_ms, self.close_ms = slot(candle.open_ms, self.timeframe, self.day_start)
            self.ticks = candle.ticks or 1
            is_whole = candle.open_ms == self.open_ms and candle.close_ms == self.close_ms and candle.ticks > 0
            if is_whole and candle.timeframe is self.timeframe:
                self.whole = candle  # as it is, unless more comes
            else:
                self._begin(candle)
            return
        if self.whole is not None:
            self._begin(self.whole)
        high, low, volume = candle.high, candle.low, candle.volume
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.close = candle.close
        self.spread = candle.spread
        self.ticks += candle.ticks or 1
        if volume is not None:
            self.volume = volume if self.volume is None else self.volume + volume

    def _begin(self, candle: Candle) -> None:
        """With the first finer candle, or with a whole one to which more is added."""
        self.open, self.high, self.low, self.close = candle.open, candle.high, candle.low, candle.close
        self.volume, self.spread, self.whole = candle.volume, candle.spread, None

    def unfinished(self) -> Candle | None:
        """The candle as it stands, for drawing only; no rule may look at it."""
        if self.ticks == 0:
            return None
        if self.whole is not None:
            return self.whole
        return Candle(
            self.symbol,
            self.timeframe,
            self.open_ms,
            self.close_ms,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
            self.ticks,
            self.spread,
        )

    def finish(self) -> Candle:
        """Take the candle out and begin afresh."""
        candle = self.unfinished()
        if candle is None:
            raise ValueError(f"no {self.timeframe} candle of {self.symbol} is open")
        self.ticks = 0
        self.volume = self.spread = self.whole = None
        return candle
