"""Averages and indicators of closed candles, one candle at a time.

What is read rarely (the bands, the RSI's quotient) is worked out when it is read, not at every candle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt

from engine.config import IndicatorsConfig
from engine.profile import DayProfile, Vwap
from engine.types import Candle, Instrument, Readings


@dataclass(slots=True)
class AverageTrueRange:
    """Wilder's ATR in ticks. `value` is None until `period` candles have closed; the first is their plain mean.

    The true range is the greatest distance price covered since the previous close; the first candle has none, so its
    range is high minus low. Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """

    period: int = 14
    value: float | None = None
    previous_close: int | None = None
    count: int = 0
    total: int = 0

    def on_candle(self, candle: Candle) -> None:
        top, bottom, previous, value = candle.high, candle.low, self.previous_close, self.value
        self.previous_close = candle.close
        if previous is not None:
            if previous > top:
                top = previous
            elif previous < bottom:
                bottom = previous
        reach = top - bottom
        if value is not None:
            self.value = value + (reach - value) / self.period
            return
        self.count += 1
        self.total += reach
        if self.count == self.period:
            self.value = self.total / self.period


@dataclass(slots=True)
class AverageVolume:
    """Mean volume of the last `period` candles that had one. None until there are that many."""

    period: int = 20
    recent: list[float] = field(default_factory=list)

    def on_candle(self, candle: Candle) -> None:
        volume, recent = candle.volume, self.recent
        if volume is None:
            return
        recent.append(volume)
        if len(recent) > self.period:
            del recent[0]

    @property
    def value(self) -> float | None:
        """Summed anew when it is asked for, which is rarely: a running sum of floats would drift. One by one, since
        `sum` adds floats otherwise from Python 3.12 on.
        """
        if len(self.recent) < self.period:
            return None
        total = 0.0
        for volume in self.recent:
            total += volume
        return total / self.period


@dataclass(slots=True)
class Ema:
    """Exponential average of closes, in ticks. `value` is None until `period` candles have closed.

    The first is their plain mean; then each close weighs 2 / (period + 1). Source: TA-Lib's EMA.
    """

    period: int
    value: float | None = None
    count: int = 0
    total: int = 0

    def on_close(self, close: int) -> None:
        value = self.value
        if value is not None:
            self.value = value + (close - value) * 2.0 / (self.period + 1)
            return
        self.count += 1
        self.total += close
        if self.count == self.period:
            self.value = self.total / self.period


@dataclass(slots=True)
class Bands:
    """Plain mean of the last `period` closes, and Bollinger bands `width` standard deviations away, in ticks.

    All are None until `period` candles have closed. Sums are of whole numbers, so they are exact and nothing drifts.
    Source: John Bollinger, Bollinger on Bollinger Bands (2001); the deviation is that of the population.
    """

    period: int
    width: Decimal
    closes: list[int] = field(default_factory=list)  # oldest first
    total: int = 0
    squares: int = 0

    def on_close(self, close: int) -> None:
        closes = self.closes
        closes.append(close)
        self.total += close
        self.squares += close * close
        if len(closes) > self.period:
            oldest = closes.pop(0)
            self.total -= oldest
            self.squares -= oldest * oldest

    @property
    def middle(self) -> float | None:
        return self.total / self.period if len(self.closes) == self.period else None

    @property
    def reach(self) -> float | None:
        """From the middle to either band."""
        if len(self.closes) < self.period:
            return None
        return float(self.width) * sqrt(self.period * self.squares - self.total * self.total) / self.period

    @property
    def low(self) -> float | None:
        middle, reach = self.middle, self.reach
        return None if middle is None or reach is None else middle - reach

    @property
    def high(self) -> float | None:
        middle, reach = self.middle, self.reach
        return None if middle is None or reach is None else middle + reach


@dataclass(slots=True)
class Rsi:
    """Wilder's relative strength index, 0–100. None until `period` changes are known.

    `gain` and `loss` are sums that fade by one part in `period`. A market that has not moved at all stands at 50, which
    is its own mirror image (TA-Lib says 0).
    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
    """

    period: int
    previous_close: int | None = None
    count: int = 0
    gain: float = 0.0
    loss: float = 0.0

    def on_close(self, close: int) -> None:
        previous = self.previous_close
        self.previous_close = close
        if previous is None:
            return
        gain, loss, period = self.gain, self.loss, self.period
        if self.count < period:
            self.count += 1
        else:
            gain -= gain / period
            loss -= loss / period
        if close > previous:
            gain += close - previous
        else:
            loss += previous - close
        self.gain = gain
        self.loss = loss

    @property
    def value(self) -> float | None:
        if self.count < self.period:
            return None
        moved = self.gain + self.loss
        return 100 * self.gain / moved if moved else 50.0


@dataclass(slots=True)
class Adx:
    """Wilder's average directional index, 0–100. `value` is None until twice `period` candles have closed.

    A candle's directional movement is how far it went beyond the one before it, on the side where it went farther;
    `up` and `down` are sums of it that fade by one part in `period`. The true range, by which Wilder divides both,
    cancels out of their quotient and is not kept. Without any movement there is none, and the index stays as it is.
    Source: J. Welles Wilder (1978); the first sums as in TA-Lib, over one candle less than `period`.
    """

    period: int
    value: float | None = None
    previous_high: int | None = None
    previous_low: int = 0
    up: float = 0.0
    down: float = 0.0
    count: int = 0  # candles with a predecessor, while there is no value
    total: float = 0.0  # of the first `period` quotients

    def on_candle(self, candle: Candle) -> None:
        high, low, previous_high = candle.high, candle.low, self.previous_high
        if previous_high is None:
            self.previous_high, self.previous_low = high, low
            return
        beyond_high, beyond_low = high - previous_high, self.previous_low - low
        self.previous_high, self.previous_low = high, low
        period, value, up, down = self.period, self.value, self.up, self.down
        if value is not None or self.count >= period - 1:
            up -= up / period
            down -= down / period
        if beyond_high > beyond_low:
            if beyond_high > 0:
                up += beyond_high
        elif beyond_low > beyond_high and beyond_low > 0:
            down += beyond_low
        self.up, self.down = up, down
        if value is None:
            self._begin()
        elif up or down:
            self.value = value + (100.0 * abs(up - down) / (up + down) - value) / period

    def _begin(self) -> None:
        """The first value is the plain mean of the first `period` quotients."""
        self.count += 1
        if self.count < self.period:
            return
        moved = self.up + self.down
        if moved:
            self.total += 100 * abs(self.up - self.down) / moved
        if self.count == 2 * self.period - 1:
            self.value = self.total / self.period


@dataclass(slots=True)
class EfficiencyRatio:
    """Net move of the last `period` closes over the path walked, 0–1; 0 without a path, None until they are there.

    Source: Perry J. Kaufman, Smarter Trading (1995).
    """

    period: int
    closes: list[int] = field(default_factory=list)  # oldest first, one more than `period`
    path: int = 0

    def on_close(self, close: int) -> None:
        closes = self.closes
        if len(closes) > self.period:
            oldest = closes.pop(0)
            self.path += abs(close - closes[-1]) - abs(closes[0] - oldest)
        elif closes:
            self.path += abs(close - closes[-1])
        closes.append(close)

    @property
    def value(self) -> float | None:
        closes = self.closes
        if len(closes) <= self.period:
            return None
        return abs(closes[-1] - closes[0]) / self.path if self.path else 0.0


@dataclass(slots=True)
class AtrRank:
    """Share of the last `period` ATRs, the present one included, that are not above the present one, 0–100.

    None until there are that many.
    """

    period: int
    recent: list[float] = field(default_factory=list)  # oldest first
    ranked: list[float] = field(default_factory=list)  # the same, sorted
    rank: int = 0  # how many are not above the present one

    def on_atr(self, atr: float | None) -> None:
        if atr is None:
            return
        recent, ranked = self.recent, self.ranked
        if len(recent) == self.period:
            del ranked[_not_above(ranked, recent.pop(0)) - 1]
        recent.append(atr)
        place, count = min(self.rank, len(ranked)), len(ranked)
        while place and ranked[place - 1] > atr:  # an ATR ranks near the one before it
            place -= 1
        while place < count and ranked[place] <= atr:
            place += 1
        ranked.insert(place, atr)
        self.rank = place + 1

    @property
    def value(self) -> float | None:
        return 100 * self.rank / self.period if len(self.recent) == self.period else None


def _not_above(ranked: list[float], value: float) -> int:
    """How many of sorted numbers are not above this one. `bisect_right` would do, but takes no plain floats."""
    low, high = 0, len(ranked)
    while low < high:
        middle = (low + high) // 2
        if value < ranked[middle]:
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(slots=True)
class Indicators:
    """All that is read off one timeframe's candles. The parts of the day are kept on the entry timeframe only."""

    ema_fast: Ema
    ema_slow: Ema
    bands: Bands
    rsi: Rsi
    adx: Adx
    efficiency: EfficiencyRatio
    atr_rank: AtrRank
    vwap: Vwap | None = None
    profile: DayProfile | None = None

    @classmethod
    def new(cls, config: IndicatorsConfig, instrument: Instrument, has_day: bool) -> Indicators:
        return cls(
            ema_fast=Ema(config.ema_fast),
            ema_slow=Ema(config.ema_slow),
            bands=Bands(config.bollinger_period, config.bollinger_width),
            rsi=Rsi(config.rsi_period),
            adx=Adx(config.adx_period),
            efficiency=EfficiencyRatio(config.efficiency_period),
            atr_rank=AtrRank(config.atr_rank_period),
            vwap=Vwap(instrument.day_start) if has_day else None,
            profile=DayProfile.new(config, instrument) if has_day else None,
        )

    def on_candle(self, candle: Candle, atr: float | None) -> None:
        """`atr` is the timeframe's after this candle."""
        close = candle.close
        self.ema_fast.on_close(close)
        self.ema_slow.on_close(close)
        self.bands.on_close(close)
        self.rsi.on_close(close)
        self.adx.on_candle(candle)
        self.efficiency.on_close(close)
        self.atr_rank.on_atr(atr)
        vwap, profile = self.vwap, self.profile
        if vwap is not None:
            vwap.on_candle(candle)
        if profile is not None:
            profile.on_candle(candle)

    def readings(self) -> Readings:
        """All of them after the last candle."""
        middle, reach = self.bands.middle, self.bands.reach
        return Readings(
            ema_fast=self.ema_fast.value,
            ema_slow=self.ema_slow.value,
            sma=middle,
            band_low=None if middle is None or reach is None else middle - reach,
            band_high=None if middle is None or reach is None else middle + reach,
            rsi=self.rsi.value,
            adx=self.adx.value,
            efficiency=self.efficiency.value,
            atr_percentile=self.atr_rank.value,
            vwap=None if self.vwap is None else self.vwap.value,
            value_area=None if self.profile is None else self.profile.value_area,
        )
