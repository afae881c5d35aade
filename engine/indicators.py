"""Averages and indicators of closed candles, one candle at a time.

What is read rarely (the bands, the RSI's quotient) is worked out when it is read, not at every candle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, sqrt

from engine.config import IndicatorsConfig
from engine.profile import TradingDay
from engine.types import Candle, Instrument, Price, Readings

IMMENSE = 1e12  # a sum of numbers so large need not be exact


def true_range(candle: Candle, previous: Candle | None) -> int:
    """The greatest distance price covered since the previous close, in ticks.

    The first candle has no previous close; its range is high minus low.
    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """
    top, bottom = candle.high, candle.low
    if previous is not None:
        close = previous.close
        if close > top:
            top = close
        elif close < bottom:
            bottom = close
    return top - bottom


@dataclass(slots=True)
class AverageTrueRange:
    """Wilder's ATR in ticks. `value` is None until there are `period` true ranges; the first is their plain mean."""

    period: int = 14
    value: float | None = None
    count: int = 0
    total: int = 0

    def on_range(self, reach: int) -> None:
        value = self.value
        if value is not None:
            self.value = value + (reach - value) / self.period
            return
        self.count += 1
        self.total += reach
        if self.count == self.period:
            self.value = self.total / self.period


@dataclass(slots=True)
class AverageVolume:
    """Mean volume of the last `period` candles that had one. None until there are that many.

    Nearly always volumes are whole numbers, whose running sum is exact; one of fractions would drift.
    """

    period: int = 20
    recent: list[float] = field(default_factory=list)  # in the order they came, round and round
    oldest: int = 0  # where it stands
    total: int = 0  # of those that are whole
    others: int = 0  # how many are not

    def on_candle(self, candle: Candle) -> None:
        volume = candle.volume
        if volume is not None:
            self._take(volume)

    def _take(self, volume: float) -> None:
        recent, oldest = self.recent, self.oldest
        if len(recent) < self.period:
            recent.append(volume)
        else:
            gone = recent[oldest]
            if self.others and not _is_whole(gone):
                self.others -= 1
            else:
                self.total -= int(gone)
            recent[oldest] = volume
            self.oldest = oldest + 1 if oldest + 1 < self.period else 0
        if _is_whole(volume):
            self.total += int(volume)
        else:
            self.others += 1

    @property
    def value(self) -> float | None:
        if len(self.recent) < self.period:
            return None
        if not self.others:
            return self.total / self.period
        total = 0.0
        for volume in (*self.recent[self.oldest :], *self.recent[: self.oldest]):
            total += volume  # one by one: `sum` adds floats otherwise from Python 3.12 on
        return total / self.period


def _is_whole(volume: float) -> bool:
    return volume < IMMENSE and float(int(volume)) == volume


@dataclass(slots=True)
class Ema:
    """Exponential average of closes, in ticks. None until `period` candles have closed.

    The first is their plain mean; then each close weighs 2 / (period + 1). Source: TA-Lib's EMA.
    """

    period: int
    mean: float = 0.0
    count: int = 0  # of closes, up to `period`
    total: int = 0

    def on_close(self, close: int) -> None:
        if self.count == self.period:
            self.mean += (close - self.mean) * 2.0 / (self.period + 1)
            return
        self.count += 1
        self.total += close
        self.mean = self.total / self.count

    @property
    def value(self) -> float | None:
        return self.mean if self.count == self.period else None


def bands(candles: list[Candle], period: int, width: float) -> tuple[float, float, float] | None:
    """Lower band, middle and upper band, in ticks. None until `period` candles have closed.

    The plain mean of the last `period` closes, and Bollinger bands `width` standard deviations away. Sums are of whole
    numbers, so they are exact.
    Source: John Bollinger, Bollinger on Bollinger Bands (2001); the deviation is that of the population.
    """
    if len(candles) < period:
        return None
    total = squares = 0
    for candle in candles[-period:]:
        close = candle.close
        total += close
        squares += close * close
    middle, reach = total / period, width * sqrt(period * squares - total * total) / period
    return middle - reach, middle, middle + reach


@dataclass(slots=True)
class Rsi:
    """Wilder's relative strength index, 0–100. None until `period` changes are known.

    `gain` and `loss` are sums that fade by one part in `period`. A market that has not moved at all stands at 50, which
    is its own mirror image (TA-Lib says 0).
    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """

    period: int
    previous_close: Price = 0
    count: int = 0  # of closes, up to one more than `period`
    gain: float = 0.0
    loss: float = 0.0

    def on_close(self, close: int) -> None:
        previous, count, period = self.previous_close, self.count, self.period
        self.previous_close = close
        if count <= period:
            self.count = count + 1
            if count == 0:
                return
        else:
            self.gain -= self.gain / period
            self.loss -= self.loss / period
        if close > previous:
            self.gain += close - previous
        else:
            self.loss += previous - close

    @property
    def value(self) -> float | None:
        if self.count <= self.period:
            return None
        moved = self.gain + self.loss
        return 100 * self.gain / moved if moved else 50.0


@dataclass(slots=True)
class Adx:
    """Wilder's average directional index, 0–100. None until twice `period` candles have closed.

    A candle's directional movement is how far it went beyond the one before it, on the side where it went farther;
    `up` and `down` are sums of it that fade by one part in `period`. The true range, by which Wilder divides both,
    cancels out of their quotient and is not kept. Without any movement there is none, and the index stays as it is.
    Source: J. Welles Wilder (1978); the first sums as in TA-Lib, over one candle less than `period`.
    """

    period: int
    index: float = 0.0  # once it is known
    previous_high: Price = 0
    previous_low: Price = 0
    up: float = 0.0
    down: float = 0.0
    count: int = 0  # of candles, up to twice `period`
    total: float = 0.0  # of the first `period` quotients

    def on_candle(self, candle: Candle) -> None:
        high, low, count, period = candle.high, candle.low, self.count, self.period
        beyond_high, beyond_low = high - self.previous_high, self.previous_low - low
        self.previous_high, self.previous_low = high, low
        if count == 0:
            self.count = 1
            return
        up, down = self.up, self.down
        if count >= period:
            up -= up / period
            down -= down / period
        if beyond_high > beyond_low:
            if beyond_high > 0:
                up += beyond_high
        elif beyond_low > beyond_high and beyond_low > 0:
            down += beyond_low
        self.up, self.down = up, down
        if count < 2 * period:
            self._begin()
        elif up or down:
            self.index += (100.0 * abs(up - down) / (up + down) - self.index) / period

    def _begin(self) -> None:
        """The first value is the plain mean of the first `period` quotients."""
        self.count += 1
        if self.count <= self.period:
            return
        moved = self.up + self.down
        if moved:
            self.total += 100 * abs(self.up - self.down) / moved
        self.index = self.total / self.period

    @property
    def is_known(self) -> bool:
        return self.count == 2 * self.period

    @property
    def value(self) -> float | None:
        return self.index if self.is_known else None


@dataclass(slots=True)
class EfficiencyRatio:
    """Net move of the last `period` closes over the path walked, 0–1; 0 without a path, None until they are there.

    Source: Perry J. Kaufman, Smarter Trading (1995).
    """

    period: int
    path: int = 0
    first: Price = 0  # the close from which the path leads, once it is known
    last: Price = 0
    is_known: bool = False

    def on_candle(self, candles: list[Candle]) -> None:
        """`candles` end with the new one and reach back one more than `period`, where there are that many."""
        count, last = len(candles), candles[-1].close
        if count > 1:
            self.path += _distance(last, self.last)
        self.last = last
        if count > self.period:
            first = candles[-1 - self.period].close
            if self.is_known:
                self.path -= _distance(first, self.first)
            self.first, self.is_known = first, True

    @property
    def ratio(self) -> float:
        """Once it is known."""
        return _distance(self.last, self.first) / self.path if self.path else 0.0

    @property
    def value(self) -> float | None:
        return self.ratio if self.is_known else None


def _distance(one: Price, other: Price) -> int:
    """`abs` would make an object of their difference."""
    return one - other if one > other else other - one


@dataclass(slots=True)
class RankedAtr:
    """One of several ATRs, and where the next larger and the next smaller one stand."""

    atr: float
    up: int
    down: int


@dataclass(slots=True)
class AtrRank:
    """Share of the last `period` ATRs, the present one included, that are not above the present one, 0–100.

    None until there are that many. They are chained by size, since an ATR ranks near the one before it. The ends of the
    chain stand first, then the ATRs in the order they came, round and round; one place is free for the next.
    """

    period: int
    atrs: list[RankedAtr] = field(default_factory=lambda: [RankedAtr(-inf, 1, 0), RankedAtr(inf, 1, 0)])
    newest: int = 0
    rank: int = 0  # how many are not above the newest

    def on_atr(self, atr: float) -> None:
        atrs, smaller, rank = self.atrs, self.newest, self.rank
        while atrs[smaller].atr > atr:
            smaller = atrs[smaller].down
            rank -= 1
        larger = atrs[smaller].up
        while atrs[larger].atr <= atr:
            smaller, larger = larger, atrs[larger].up
            rank += 1
        new = self._next_place(self.newest)
        if new == len(atrs):
            atrs.append(RankedAtr(atr, larger, smaller))
        else:
            free = atrs[new]
            free.atr, free.up, free.down = atr, larger, smaller
        atrs[smaller].up = atrs[larger].down = new
        if len(atrs) == self.period + 3:
            oldest = atrs[self._next_place(new)]
            atrs[oldest.down].up = oldest.up
            atrs[oldest.up].down = oldest.down
            if oldest.atr <= atr:
                rank -= 1
        self.newest, self.rank = new, rank + 1

    def _next_place(self, place: int) -> int:
        return place + 1 if 1 < place < self.period + 2 else 2

    @property
    def is_known(self) -> bool:
        return len(self.atrs) >= self.period + 2

    @property
    def percentile(self) -> float:
        """Once it is known."""
        return 100 * self.rank / self.period

    @property
    def value(self) -> float | None:
        return self.percentile if self.is_known else None


@dataclass(slots=True)
class Indicators:
    """All that is read off one timeframe's candles."""

    band_period: int
    band_width: float
    ema_fast: Ema
    ema_slow: Ema
    rsi: Rsi
    adx: Adx
    efficiency: EfficiencyRatio
    atr_rank: AtrRank
    day: TradingDay | None = None  # on the entry timeframe

    @classmethod
    def new(cls, config: IndicatorsConfig, instrument: Instrument, has_day: bool) -> Indicators:
        return cls(
            band_period=config.bollinger_period,
            band_width=float(config.bollinger_width),
            ema_fast=Ema(config.ema_fast),
            ema_slow=Ema(config.ema_slow),
            rsi=Rsi(config.rsi_period),
            adx=Adx(config.adx_period),
            efficiency=EfficiencyRatio(config.efficiency_period),
            atr_rank=AtrRank(config.atr_rank_period),
            day=TradingDay.new(config, instrument) if has_day else None,
        )

    def on_candle(self, candles: list[Candle], atr: float | None) -> None:
        """`candles` end with the new one; `atr` is the timeframe's after it."""
        candle = candles[-1]
        close = candle.close
        self.ema_fast.on_close(close)
        self.ema_slow.on_close(close)
        self.rsi.on_close(close)
        self.adx.on_candle(candle)
        self.efficiency.on_candle(candles)
        if atr is not None:
            self.atr_rank.on_atr(atr)
        if self.day is not None:
            self.day.on_candle(candle)

    @property
    def tell_regime(self) -> bool:
        """Whether all that a regime is read by is known."""
        return self.adx.is_known and self.efficiency.is_known and self.atr_rank.is_known

    def readings(self, candles: list[Candle]) -> Readings:
        """All of them after the last candle."""
        low, middle, high = bands(candles, self.band_period, self.band_width) or (None, None, None)
        return Readings(
            ema_fast=self.ema_fast.value,
            ema_slow=self.ema_slow.value,
            sma=middle,
            band_low=low,
            band_high=high,
            rsi=self.rsi.value,
            adx=self.adx.value,
            efficiency=self.efficiency.value,
            atr_percentile=self.atr_rank.value,
            vwap=None if self.day is None else self.day.vwap,
            value_area=None if self.day is None else self.day.value_area,
        )
