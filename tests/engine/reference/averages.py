"""Averages, indicators and the regime, each as a list with one value per candle, None until there is one.

Sources: Wilder's New Concepts (1978) for ATR, RSI and ADX; TA-Lib for the seed of the EMA; Bollinger with the
population's standard deviation; Kaufman for the efficiency ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from engine.types import Candle, Regime
from tests.engine.reference.rules import Past, once

Values = list[float | None]


def wilder(values: Sequence[float], period: int) -> Values:
    """The plain mean of the first `period` values, then (13 × the last + the new) ÷ 14."""
    means: Values = []
    for i, value in enumerate(values):
        if i < period - 1:
            means.append(None)
        elif i == period - 1:
            means.append(sum(values[:period]) / period)
        else:
            means.append((means[-1] * (period - 1) + value) / period)
    return means


def true_ranges(candles: Sequence[Candle]) -> list[int]:
    reach = []
    for i, candle in enumerate(candles):
        distances = [candle.high - candle.low]
        if i:
            distances += [abs(candle.high - candles[i - 1].close), abs(candle.low - candles[i - 1].close)]
        reach.append(max(distances))
    return reach


@once
def atr(past: Past) -> Values:
    return wilder(true_ranges(past.candles), past.detectors.atr_period)


@once
def long_atr(past: Past) -> Values:
    return wilder(true_ranges(past.candles), past.detectors.long_atr_period)


def before(values: Values, k: int) -> float | None:
    """The value that was known when candle k began."""
    return values[k - 1] if k else None


@once
def mean_volumes(past: Past) -> Values:
    """Of the last candles that have a volume."""
    period, values = past.detectors.volume_period, []
    known: list[float] = []
    for candle in past.candles:
        known += [] if candle.volume is None else [candle.volume]
        values.append(sum(known[-period:]) / period if len(known) >= period else None)
    return values


@once
def mean_bodies(past: Past) -> list[float]:
    """Of all candles so far, each relative to its open."""
    bodies = [abs(c.close - c.open) / c.open for c in past.candles]
    means, total = [], Fraction(0)
    for i, body in enumerate(bodies, start=1):
        total += Fraction(body)
        means.append(float(total / i))
    return means


def _closes(past: Past) -> list[int]:
    return [candle.close for candle in past.candles]


def _last(values: Sequence[int], k: int, count: int) -> Sequence[int] | None:
    return values[k - count + 1 : k + 1] if k >= count - 1 else None


@once
def ema(past: Past, period: int) -> Values:
    values: Values = []
    for k, close in enumerate(_closes(past)):
        if k < period - 1:
            values.append(None)
        elif k == period - 1:
            values.append(sum(_closes(past)[:period]) / period)
        else:
            values.append(values[-1] + (close - values[-1]) * 2 / (period + 1))
    return values


@once
def bands(past: Past) -> list[tuple[float, float, float] | None]:
    """Lower band, mean and upper band."""
    closes, rules = _closes(past), past.detectors.indicators
    found: list[tuple[float, float, float] | None] = []
    for k in range(len(closes)):
        recent = _last(closes, k, rules.bollinger_period)
        if recent is None:
            found.append(None)
            continue
        mean = Fraction(sum(recent), len(recent))
        width = float(rules.bollinger_width) * sqrt(sum((close - mean) ** 2 for close in recent) / len(recent))
        found.append((float(mean) - width, float(mean), float(mean) + width))
    return found


@once
def rsi(past: Past) -> Values:
    """50 where price has not moved at all."""
    moves = [later - earlier for earlier, later in pairwise(_closes(past))]
    gains = wilder([max(move, 0) for move in moves], past.detectors.indicators.rsi_period)
    losses = wilder([max(-move, 0) for move in moves], past.detectors.indicators.rsi_period)
    values: Values = [None] if past.candles else []
    for gain, loss in zip(gains, losses, strict=True):
        if gain is None:
            values.append(None)
        else:
            values.append(100 * gain / (gain + loss) if gain + loss else 50.0)
    return values


@once
def adx(past: Past) -> Values:
    """Wilder's, with the first sums over one candle less than the period, as TA-Lib has them. Both movements lie over
    the same true range, so it falls out. A market that has not moved leaves the index as it is.
    """
    period = past.detectors.indicators.adx_period
    pluses, minuses = [], []
    for earlier, later in pairwise(past.candles):
        up, down = later.high - earlier.high, earlier.low - later.low
        pluses.append(up if up > down and up > 0 else 0)
        minuses.append(down if down > up and down > 0 else 0)
    indices: list[float | None] = []
    for plus, minus in zip(_faded(pluses, period), _faded(minuses, period), strict=True):
        indices.append(100 * abs(plus - minus) / (plus + minus) if plus + minus else None)
    values: Values = [None] * (len(past.candles) - len(indices[period - 1 :]))
    for i, index in enumerate(indices[period - 1 :], start=1):
        if i < period:
            values.append(None)
        elif i == period:
            values.append(sum(first or 0 for first in indices[period - 1 :][:period]) / period)
        else:
            values.append(values[-1] if index is None else (values[-1] * (period - 1) + index) / period)
    return values


def _faded(movements: Sequence[int], period: int) -> list[float]:
    """Sums from which each candle takes one part in `period`, once `period` − 1 candles are summed."""
    sums = []
    for i, movement in enumerate(movements):
        fading = sums[-1] / period if i >= period - 1 and sums else 0
        sums.append((sums[-1] if sums else 0) - fading + movement)
    return sums


@once
def efficiencies(past: Past) -> list[Fraction | None]:
    closes, period = _closes(past), past.detectors.indicators.efficiency_period
    values: list[Fraction | None] = []
    for k in range(len(closes)):
        walked = _last(closes, k, period + 1)
        if walked is None:
            values.append(None)
            continue
        path = sum(abs(later - earlier) for earlier, later in pairwise(walked))
        values.append(Fraction(abs(walked[-1] - walked[0]), path) if path else Fraction(0))
    return values


@once
def atr_percentiles(past: Past) -> list[Fraction | None]:
    count = past.detectors.indicators.atr_rank_period
    values: list[Fraction | None] = []
    for k, present in enumerate(atr(past)):
        recent = [value for value in atr(past)[max(0, k - count + 1) : k + 1] if value is not None]
        if len(recent) < count:
            values.append(None)
        else:
            values.append(Fraction(100 * sum(value <= present for value in recent), count))
    return values


@once
def regimes(past: Past) -> list[Regime | None]:
    """The first that fits of volatile, trending, quiet; else ranging. To stay in one a milder threshold does."""
    rules = past.detectors.regime
    found: list[Regime | None] = []
    for strength, efficiency, percentile in zip(adx(past), efficiencies(past), atr_percentiles(past), strict=True):
        if strength is None or efficiency is None or percentile is None:
            found.append(None)
            continue
        now = found[-1] if found else None
        is_volatile, is_trending, is_quiet = (now is r for r in (Regime.VOLATILE, Regime.TRENDING, Regime.QUIET))
        if percentile >= Fraction(rules.volatile_percentile_stay if is_volatile else rules.volatile_percentile):
            found.append(Regime.VOLATILE)
        elif strength >= (rules.trend_adx_stay if is_trending else rules.trend_adx) and efficiency >= Fraction(
            rules.trend_efficiency_stay if is_trending else rules.trend_efficiency
        ):
            found.append(Regime.TRENDING)
        elif percentile <= Fraction(rules.quiet_percentile_stay if is_quiet else rules.quiet_percentile):
            found.append(Regime.QUIET)
        else:
            found.append(Regime.RANGING)
    return found
