"""The trading day: its volume-weighted average price so far, and where a finished one was traded."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from math import lcm
from typing import TypeAlias

from engine.config import IndicatorsConfig
from engine.hours import trading_day
from engine.types import Candle, Instrument, Price, ValueArea

# What a candle leaves for its day's profile: low, high, volume.
_Traded: TypeAlias = tuple[Price, Price, float | None]


@dataclass(slots=True)
class Vwap:
    """Volume-weighted average price of the trading day so far: Σ volume × (high + low + close) / 3 ÷ Σ volume.

    A candle without volume adds nothing. `day_start` is the instrument's.
    """

    day_start: str
    end_ms: int = 0  # of the day that runs
    volume: float = 0.0
    turnover: float = 0.0  # volume × (high + low + close)

    def on_candle(self, candle: Candle) -> None:
        if candle.open_ms >= self.end_ms:
            self.end_ms = trading_day(candle.open_ms, self.day_start)[1]
            self.volume = self.turnover = 0.0
        volume = candle.volume
        if volume is not None:
            self.volume += volume
            self.turnover += volume * (candle.high + candle.low + candle.close)

    @property
    def value(self) -> float | None:
        """In ticks; None while the day has no volume."""
        if self.volume == 0:
            return None
        return self.turnover / (3 * self.volume)


@dataclass(slots=True)
class DayProfile:
    """The volume profile of trading days: what the candles of the running day traded, and the last finished day's area.

    Days without candles are skipped.
    """

    day_start: str
    step: int  # ticks of one price bin, odd
    percent: int  # of the day's volume that the value area holds
    from_ms: int = 0  # of the day that runs
    end_ms: int = 0
    close: Price = 0
    traded: list[_Traded] = field(default_factory=list)
    value_area: ValueArea | None = None  # of the last finished day; None until there is one

    @classmethod
    def new(cls, config: IndicatorsConfig, instrument: Instrument) -> DayProfile:
        """A step of 0 means a twentieth of the instrument's round step, or one tick more where that is even."""
        step = config.profile_step or (instrument.round_step // 20) | 1
        return cls(instrument.day_start, step, config.value_area_percent)

    def on_candle(self, candle: Candle) -> None:
        if candle.open_ms >= self.end_ms:
            self._turn(candle)
        self.traded.append((candle.low, candle.high, candle.volume))
        self.close = candle.close

    def _turn(self, first: Candle) -> None:
        """Close the books of the day that ran and begin the one of its successor's first candle."""
        if self.traded:
            poc, low, high = value_area(self.traded, self.close, self.step, self.percent)
            self.value_area = ValueArea(poc, high, low, self.from_ms, first.close_ms)
        self.from_ms, self.end_ms = trading_day(first.open_ms, self.day_start)
        self.traded = []


def value_area(day: list[_Traded], close: Price, step: int, percent: int) -> tuple[Price, Price, Price]:
    """Point of control, low and high of the value area of a day's candles, in ticks. `close` is the day's.

    Bins are `step` (odd) ticks wide and centred on multiples of it. Each candle's volume is spread equally over the
    bins its range touches; a day without any volume counts each candle once (time at price). The point of control is
    the centre of the fullest bin; of equals the one nearest to the middle of the day's range, then to its close, then
    the lower. From there the area takes in the fuller of its two neighbours, both when they are equal, until it holds
    `percent` of the volume; beyond the outermost traded bins there is none to take. Low and high are the outermost
    ticks of the bins taken.
    Source: the Chicago Board of Trade's 70 % value area calculation, one price a step; nearest to the middle as Linn
    Software has it; the other tie rules are ours.
    """
    half = step // 2
    lowest, volumes = _binned(day, step)
    edges = min([low for low, _, _ in day]) + max([high for _, high, _ in day])
    fullest = max(volumes)
    centres = [(lowest + index) * step for index, volume in enumerate(volumes) if volume == fullest]
    poc = min(centres, key=lambda centre: (abs(2 * centre - edges), abs(centre - close), centre))
    first, last = _grown(volumes, poc // step - lowest, percent)
    return poc, (lowest + first) * step - half, (lowest + last) * step + half


def _binned(day: list[_Traded], step: int) -> tuple[int, list[int]]:
    """Number of the lowest traded bin, and the volume of it and each bin above, in a unit that makes them whole."""
    half = step // 2
    has_volume = any(volume for _, _, volume in day)
    firsts: list[int] = []
    lasts: list[int] = []
    volumes: list[int] = []
    parts: list[int] = []  # into which each is divided
    for low, high, traded in day:
        volume, denominator = _fraction(traded) if has_volume else (1, 1)
        if volume:
            firsts.append((low + half) // step)
            lasts.append((high + half) // step)
            volumes.append(volume)
            parts.append((lasts[-1] - firsts[-1] + 1) * denominator)
    # Whole numbers, so that bins of equal volume are equal from wherever one adds them up.
    lowest, unit = min(firsts), lcm(*set(parts))
    changes = [0] * (max(lasts) - lowest + 2)
    for at, first in enumerate(firsts):
        share = volumes[at] * (unit // parts[at])
        changes[first - lowest] += share
        changes[lasts[at] - lowest + 1] -= share
    return lowest, list(accumulate(changes[:-1]))


def _fraction(volume: float | None) -> tuple[int, int]:
    """A volume as numerator and denominator. Nearly all are whole."""
    if volume is None:
        return 0, 1
    whole = int(volume)
    return (whole, 1) if whole == volume else volume.as_integer_ratio()


def _grown(volumes: list[int], poc: int, percent: int) -> tuple[int, int]:
    """First and last bin of the value area around the point of control."""
    first = last = poc
    inside, needed = 100 * volumes[poc], percent * sum(volumes)
    while inside < needed:
        below = volumes[first - 1] if first > 0 else -1
        above = volumes[last + 1] if last + 1 < len(volumes) else -1
        if below >= above:
            first -= 1
            inside += 100 * below
        if above >= below:
            last += 1
            inside += 100 * above
    return first, last
