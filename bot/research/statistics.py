"""How far a sample of trades can be trusted: intervals, the best of many trials, losing streaks.

Every random draw comes from a seed that is given, so a report can be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Samples in rows → one number a row."""

RESAMPLES = 5_000
_AT_ONCE = 1_000_000  # numbers drawn at a time, so that memory stays small
_EULER = 0.5772156649015329
FEW_TRADES = 100  # under this nothing is concluded, whatever the figures say


class Interval(msgspec.Struct, frozen=True):
    """Where the true value lies in `level` of such samples, if trades to come are like those seen."""

    low: float
    high: float
    level: float = 0.95


def bootstrap(
    values: Sequence[float] | Floats, statistic: Statistic, *, seed: int, level: float = 0.95, block: int | None = None
) -> Interval | None:
    """Percentile interval of a circular block bootstrap. None for fewer than two values.

    Blocks keep neighbours together, since wins and losses come in runs; their length is the cube root of the sample's
    unless given. Source: Politis and Romano, A circular block-resampling procedure for stationary data (1992).
    """
    sample = np.asarray(values, dtype=float)
    count = len(sample)
    if count < 2:
        return None
    block = block or max(1, round(count ** (1 / 3)))
    generator = np.random.default_rng(seed)
    rows = max(1, _AT_ONCE // count)
    found = [
        statistic(sample[_blocks(generator, count, block, min(rows, RESAMPLES - done))])
        for done in range(0, RESAMPLES, rows)
    ]
    ordered = np.sort(np.concatenate(found))
    tail = (1 - level) / 2
    # No interpolation: it would turn infinite profit factors into no number at all.
    low, high = (ordered[round(share * (RESAMPLES - 1))] for share in (tail, 1 - tail))
    return Interval(float(low), float(high), level)


def _blocks(generator: np.random.Generator, count: int, block: int, rows: int) -> NDArray[np.int64]:
    """Positions in the sample: blocks that begin anywhere and run on around its end."""
    starts = generator.integers(0, count, size=(rows, -(-count // block), 1))
    return ((starts + np.arange(block)) % count).reshape(rows, -1)[:, :count]


def mean(samples: Floats) -> Floats:
    return np.asarray(samples.mean(axis=1))


def profit_factor(samples: Floats) -> Floats:
    """Gains over losses; infinite without a loss, and 1 where there is neither."""
    gains, losses = np.clip(samples, 0, None).sum(axis=1), np.clip(-samples, 0, None).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = gains / losses
    return np.where((gains == 0) & (losses == 0), 1.0, factor)


def losing_streak(samples: Floats) -> Floats:
    """The longest run of losses. A trade that ends even neither ends a run nor adds to it."""
    longest = running = np.zeros(len(samples))
    for column in samples.T:
        running = np.where(column < 0, running + 1, np.where(column > 0, 0, running))
        longest = np.maximum(longest, running)
    return longest


def drawdown(samples: Floats) -> Floats:
    """The deepest fall of the running total under its earlier high, which is zero at first; zero or negative."""
    totals = np.cumsum(samples, axis=1)
    highs = np.maximum(np.maximum.accumulate(totals, axis=1), 0)
    return np.asarray((totals - highs).min(axis=1))


class Moments(msgspec.Struct, frozen=True):
    """Of returns, one a period: Sharpe ratio not annualised, skewness, kurtosis (3 for a normal distribution)."""

    count: int
    sharpe: float
    skewness: float
    kurtosis: float


def moments(returns: Sequence[float]) -> Moments | None:
    """None where there is nothing to divide by: fewer than three returns, or all alike."""
    values = np.asarray(returns, dtype=float)
    if len(values) < 3:
        return None
    deviations = values - values.mean()
    spread = float(np.sqrt((deviations**2).mean()))
    if spread < 1e-12:
        return None
    sharpe = float(values.mean() / values.std(ddof=1))
    skewness, kurtosis = (float((deviations**power).mean() / spread**power) for power in (3, 4))
    return Moments(len(values), sharpe, skewness, kurtosis)


def expected_best_sharpe(trials: int, variance: float) -> float:
    """The Sharpe ratio the best of so many worthless trials is expected to show; 0 for one trial.

    `variance` is that of the trials' Sharpe ratios. Source: Bailey and López de Prado, The Deflated Sharpe Ratio
    (2014).
    """
    if trials < 2:
        return 0.0
    normal = NormalDist()
    best = (1 - _EULER) * normal.inv_cdf(1 - 1 / trials) + _EULER * normal.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * best


def deflated_sharpe(found: Moments, trials: int, variance: float) -> float:
    """How probable it is, 0 to 1, that the true Sharpe ratio is above zero, given how many variants were tried.

    Corrected for the sample's length, its skewness and its fat tails. Source: as `expected_best_sharpe`.
    """
    spread = 1 - found.skewness * found.sharpe + (found.kurtosis - 1) / 4 * found.sharpe**2
    if spread <= 0:  # the approximation does not hold for such a sample
        return 0.0
    above = found.sharpe - expected_best_sharpe(trials, variance)
    return NormalDist().cdf(above * math.sqrt(found.count - 1) / math.sqrt(spread))
