"""Has paper trading shown enough for real money? Each criterion with what was found and what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import sqrt

import msgspec

from engine.config import ReadinessConfig
from engine.performance import measure
from engine.types import DAY_MS, Trade

DAYS_A_YEAR = 365  # calendar days: a weekend is two days without a return


class Worth(msgspec.Struct, frozen=True):
    """What the account was worth at a moment."""

    time_ms: int
    equity: Decimal


class Criterion(msgspec.Struct, frozen=True):
    """`found` is None where there is too little to tell, which is not passed."""

    name: str  # a code: `days`, `sharpe`, `drawdown`, `win_rate`
    found: float | None
    needed: float
    passed: bool


def readiness(trades: Sequence[Trade], curve: Sequence[Worth], config: ReadinessConfig) -> list[Criterion]:
    """`trades` in the order they closed, `curve` by time. Days must reach their number, drawdown stay below its, the
    others exceed theirs.
    """
    days = (curve[-1].time_ms - curve[0].time_ms) / DAY_MS if curve else 0.0
    win_rate = measure(trades).win_rate
    fall = deepest_fall(curve)
    return [
        Criterion("days", days, config.min_days, days >= config.min_days),
        _above("sharpe", sharpe(daily(curve)), float(config.min_sharpe)),
        Criterion(
            "drawdown",
            fall,
            float(config.max_drawdown_percent),
            fall is not None and fall < config.max_drawdown_percent,
        ),
        _above("win_rate", None if win_rate is None else round(100 * win_rate, 9), float(config.min_win_percent)),
    ]


def daily(curve: Sequence[Worth]) -> list[float]:
    """What the account was worth at the end of every UTC day from the first on; a day without news is as the one
    before.
    """
    ends: list[float] = []
    for before, after in pairwise(curve):
        ends += [float(before.equity)] * (after.time_ms // DAY_MS - before.time_ms // DAY_MS)
    return ends + [float(each.equity) for each in curve[-1:]]


def sharpe(worths: Sequence[float]) -> float | None:
    """Mean over standard deviation (of a sample) of daily returns, for a year; no interest is taken off.

    None for fewer than three days and where nothing moves. Source: W. F. Sharpe, The Sharpe Ratio (1994).
    """
    returns = [after / before - 1 for before, after in pairwise(worths)]
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    variance = sum((each - mean) ** 2 for each in returns) / (len(returns) - 1)
    return mean / sqrt(variance) * sqrt(DAYS_A_YEAR) if variance else None


def deepest_fall(curve: Sequence[Worth]) -> float | None:
    """The deepest fall of equity under its earlier high, in percent of that high. None without a curve."""
    if not curve:
        return None
    high, deepest = curve[0].equity, Decimal(0)
    for each in curve:
        high = max(high, each.equity)
        deepest = max(deepest, 100 * (high - each.equity) / high)
    return float(deepest)


def _above(name: str, found: float | None, needed: float) -> Criterion:
    return Criterion(name, found, needed, found is not None and found > needed)
