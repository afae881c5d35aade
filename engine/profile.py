"""The trading day: its volume-weighted average price so far, and where a finished one was traded."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm

from engine.config import IndicatorsConfig
from engine.hours import trading_day
from engine.types import Candle, Instrument, Price, ValueArea


@dataclass(slots=True)
class Touched:
    """What a candle leaves for its day's profile: the lowest bin it touched, how many it touched, and its volume."""

    first: int
    span: int
    volume: float  # 0 where the source has none


@dataclass(slots=True)
class Bin:
    """A price bin of a day that is over."""

    volume: int


@dataclass(slots=True)
class TradingDay:
    """What the trading day that runs has traded so far, and where the last finished one was.

    Price bins are `step` (odd) ticks wide and centred on multiples of it. Days without candles are skipped. `day_start`
    is the instrument's.
    """

    day_start: str
    step: int
    percent: int  # of a day's volume that the value area holds
    from_ms: int = 0  # of the day that runs
    end_ms: int = 0
    low: Price = 0
    high: Price = 0
    close: Price = 0
    volume: float = 0.0
    turnover: float = 0.0  # volume × (high + low + close)
    touched: list[Touched] = field(default_factory=list)
    value_area: ValueArea | None = None  # of the last finished day; None until there is one

    @classmethod
    def new(cls, config: IndicatorsConfig, instrument: Instrument) -> TradingDay:
        """A step of 0 means a twentieth of the instrument's round step, or one tick more where that is even."""
        step = config.profile_step or (instrument.round_step // 20) | 1
        return cls(instrument.day_start, step, config.value_area_percent)

    @property
    def vwap(self) -> float | None:
        """Volume-weighted average price so far, in ticks: Σ volume × (high + low + close) / 3 ÷ Σ volume.

        A candle without volume adds nothing. None while there is none.
        """
        return self.turnover / (3 * self.volume) if self.volume else None

    def on_candle(self, candle: Candle) -> None:
        if candle.open_ms >= self.end_ms:
            self._turn(candle)
        low, high, close, volume = candle.low, candle.high, candle.close, candle.volume
        if low < self.low:
            self.low = low
        if high > self.high:
            self.high = high
        self.close = close
        traded = 0.0 if volume is None else volume
        self.volume += traded
        self.turnover += traded * (high + low + close)
        first = self._bin_of(low)
        self.touched.append(Touched(first, self._bin_of(high) - first + 1, traded))

    def _bin_of(self, price: Price) -> int:
        return (price + self.step // 2) // self.step

    def _turn(self, first: Candle) -> None:
        """Close the books of the day that ran and begin the one of its successor's first candle."""
        if self.touched:
            self.value_area = self._area(first.close_ms)
        self.from_ms, self.end_ms = trading_day(first.open_ms, self.day_start)
        self.low, self.high, self.volume, self.turnover = first.low, first.high, 0.0, 0.0
        self.touched = []

    def _area(self, known_ms: int) -> ValueArea:
        """The value area of the day that is over, in ticks.

        Each candle's volume is spread equally over the bins its range touches; a day without any volume counts each
        candle once (time at price). The point of control is the centre of the fullest bin; of equals the one nearest to
        the middle of the day's range, then to its close, then the lower. From there the area takes in the fuller of its
        two neighbours, both when they are equal, until it holds `percent` of the volume; beyond the outermost traded
        bins there is none to take. Low and high are the outermost ticks of the bins taken.
        Source: the Chicago Board of Trade's 70 % value area calculation, one price a step; nearest to the middle as
        Linn Software has it; the other tie rules are ours.
        """
        step, half, edges, close = self.step, self.step // 2, self.low + self.high, self.close
        lowest, bins = self._binned()
        fullest = 0
        for each in bins:
            if each.volume > fullest:
                fullest = each.volume
        centres = [(lowest + at) * step for at, each in enumerate(bins) if each.volume == fullest]
        poc = min(centres, key=lambda centre: (abs(2 * centre - edges), abs(centre - close), centre))
        first, last = _grown(bins, poc // step - lowest, self.percent)
        high, low = (lowest + last) * step + half, (lowest + first) * step - half
        return ValueArea(poc, high, low, self.from_ms, known_ms)

    def _binned(self) -> tuple[int, list[Bin]]:
        """Number of the lowest traded bin, and it and each bin above, in a unit that makes their volumes whole.

        Whole numbers, so that bins of equal volume are equal from wherever one adds them up.
        """
        unit = 1
        for each in self.touched:
            if not self.volume:
                each.volume = 1.0
            parts = each.span * _fraction(each.volume)[1]
            if unit % parts:
                unit = lcm(unit, parts)
        lowest, highest = self._bin_of(self.low), self._bin_of(self.high)
        bins = [Bin(0) for _ in range(highest - lowest + 2)]
        for each in self.touched:  # first only where a candle's share begins and where it ends
            numerator, denominator = _fraction(each.volume)
            share = numerator * (unit // (each.span * denominator))
            first = each.first - lowest
            bins[first].volume += share
            bins[first + each.span].volume -= share
        volume = 0
        for one in bins:
            volume += one.volume
            one.volume = volume
        while not bins[-1].volume:
            bins.pop()
        while not bins[0].volume:
            del bins[0]
            lowest += 1
        return lowest, bins


def _fraction(volume: float) -> tuple[int, int]:
    """A volume as numerator and denominator. Nearly all are whole."""
    whole = int(volume)
    return (whole, 1) if float(whole) == volume else volume.as_integer_ratio()


def _grown(bins: list[Bin], poc: int, percent: int) -> tuple[int, int]:
    """First and last bin of the value area around the point of control."""
    first = last = poc
    inside, needed = 100 * bins[poc].volume, 0
    for each in bins:
        needed += percent * each.volume
    while inside < needed:
        below = bins[first - 1].volume if first > 0 else -1
        above = bins[last + 1].volume if last + 1 < len(bins) else -1
        if below >= above:
            first -= 1
            inside += 100 * below
        if above >= below:
            last += 1
            inside += 100 * above
    return first, last
