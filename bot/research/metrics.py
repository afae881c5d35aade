"""A backtest in figures, each with what it can be trusted for.

R counts trades, money counts days: the Sharpe ratio and its like come from daily returns of the account's equity, open
trades included, over the days on which there was a market. Definitions agree with empyrical's (Apache-2.0), against
which a test checks them to 1e-9; where ours differ, the docstring says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import NormalDist

import msgspec
import numpy as np

from bot.research.backtest import Lived, Run
from bot.research.statistics import (
    FEW_TRADES,
    Interval,
    Moments,
    bootstrap,
    deflated_sharpe,
    drawdown,
    losing_streak,
    mean,
    moments,
    profit_factor,
)
from engine.types import DAY_MS

TRADING_DAYS = 252  # a year's, as empyrical has it
_SEED = 20_240_403  # intervals are the same whenever they are computed
_LEAST_IN_GROUP = 10  # with fewer a bootstrap draws the same few again and again, and claims to be sure


class Daily(msgspec.Struct, frozen=True):
    """Of daily returns; all None where there are too few, or all alike. `annual` is the compound yearly return."""

    annual: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    drawdown: float  # of the days' closing equity, as a part of its high; zero or negative


class Group(msgspec.Struct, frozen=True):
    """Trades that have something in common. No interval where they are too few for one."""

    name: str
    trades: int
    won: int
    total_r: float
    average_r: float
    average_interval: Interval | None


class Figures(msgspec.Struct, frozen=True):
    """Everything the report's first page says. `drawdown_money` counts open trades, at each candle's close."""

    trades: int
    won: int
    lost: int
    even: int
    ambiguous: int
    never_opened: int
    win_rate: float | None
    win_interval: Interval | None
    total_r: float
    average_r: float
    average_interval: Interval | None
    profit_factor: float | None
    factor_interval: Interval | None
    drawdown_r: float
    drawdown_interval: Interval | None
    streak: int
    streak_interval: Interval | None
    money: Decimal
    drawdown_money: float
    daily: Daily
    moments: Moments | None
    trials: int
    deflated: float | None

    @property
    def is_too_few(self) -> bool:
        return self.trades < FEW_TRADES


def figures(run: Run, trials: int, variance: float | None) -> Figures:
    """`trials` is how many variants were tried on this market, this one included; `variance` that of their Sharpe
    ratios. Where it is not known, that of worthless variants over as many days: 1 / (days − 1).
    """
    closed = run.closed
    results = np.array([each.trade.result_r for each in closed])
    rows = results.reshape(1, -1)
    won, lost = int((results > 0).sum()), int((results < 0).sum())
    returns = daily_returns(run)
    found = moments(returns)
    return Figures(
        trades=len(closed),
        won=won,
        lost=lost,
        even=len(closed) - won - lost,
        ambiguous=sum(each.trade.ambiguous for each in closed),
        never_opened=len(run.lived) - len(closed),
        win_rate=won / (won + lost) if won + lost else None,
        win_interval=wilson(won, won + lost),
        total_r=float(results.sum()),
        average_r=float(results.mean()) if len(closed) else 0.0,
        average_interval=bootstrap(results, mean, seed=_SEED),
        profit_factor=float(profit_factor(rows)[0]) if lost else None,
        factor_interval=bootstrap(results, profit_factor, seed=_SEED),
        drawdown_r=float(drawdown(rows)[0]) if len(closed) else 0.0,
        drawdown_interval=bootstrap(results, drawdown, seed=_SEED),
        streak=int(losing_streak(rows)[0]) if len(closed) else 0,
        streak_interval=bootstrap(results, losing_streak, seed=_SEED),
        money=sum((each.money for each in closed), Decimal(0)),
        drawdown_money=deepest([float(run.start), *(float(mark.equity) for mark in run.marks)]),
        daily=daily(returns),
        moments=found,
        trials=trials,
        deflated=None if found is None else deflated_sharpe(found, trials, variance or 1 / (found.count - 1)),
    )


def wilson(won: int, count: int, level: float = 0.95) -> Interval | None:
    """Where a rate lies. Source: E. B. Wilson, Probable inference (1927)."""
    if not count:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, width = won / count, z * z / count
    middle = (share + width / 2) / (1 + width)
    half = z / (1 + width) * np.sqrt(share * (1 - share) / count + width / (4 * count))
    return Interval(max(float(middle - half), 0.0), min(float(middle + half), 1.0), level)


def daily_equity(run: Run) -> list[float]:
    """At the end of each day with a market, the account's first balance before them."""
    values, last, marks = [float(run.start)], float(run.start), iter(run.marks)
    mark = next(marks, None)
    for day in run.days:
        while mark is not None and mark.time_ms < (day + 1) * DAY_MS:
            last = float(mark.equity)
            mark = next(marks, None)
        values.append(last)
    while mark is not None:  # what ended exactly with the last day
        values[-1] = float(mark.equity)
        mark = next(marks, None)
    return values


def daily_returns(run: Run) -> list[float]:
    values = daily_equity(run)
    return [after / before - 1 for before, after in pairwise(values) if before > 0]


def daily(returns: Sequence[float]) -> Daily:
    """Sortino's denominator is the downside deviation from zero over all days, as empyrical has it."""
    values = np.asarray(returns)
    if len(values) < 2 or float(values.std(ddof=1)) < 1e-12:
        return Daily(None, None, None, None, None, 0.0)
    growth = np.concatenate([[1.0], np.cumprod(1 + values)])
    fall = float((growth / np.maximum.accumulate(growth) - 1).min())
    annual = float(growth[-1] ** (TRADING_DAYS / len(values)) - 1)
    deviation = float(values.std(ddof=1))
    downside = float(np.sqrt((np.clip(values, None, 0) ** 2).mean()))
    root = TRADING_DAYS**0.5
    return Daily(
        annual=annual,
        volatility=deviation * root,
        sharpe=float(values.mean()) / deviation * root,
        sortino=float(values.mean()) / downside * root if downside > 0 else None,
        calmar=annual / -fall if fall < 0 else None,
        drawdown=fall,
    )


def deepest(values: Sequence[float]) -> float:
    """The deepest fall under an earlier high, in the values' own unit; zero or negative."""
    series = np.asarray(values)
    return float((series - np.maximum.accumulate(series)).min())


def grouped(lived: Iterable[Lived], name_of: Callable[[Lived], str]) -> list[Group]:
    """By what `name_of` says, the largest group first. A losing group is told like a winning one."""
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for each in lived:
        if each.was_opened:
            groups[name_of(each)].append(each.trade.result_r)
    found = [_group(name, rs) for name, rs in groups.items()]
    return sorted(found, key=lambda group: (-group.trades, group.name))


def _group(name: str, results: Sequence[float]) -> Group:
    interval = bootstrap(results, mean, seed=_SEED) if len(results) >= _LEAST_IN_GROUP else None
    won, total = sum(r > 0 for r in results), sum(results)
    return Group(name, len(results), won, total, total / len(results), interval)


def score_band(lived: Lived) -> str:
    """`70–79`: scores in tens."""
    low = lived.trade.signal.setup.score // 10 * 10
    return "100" if low == 100 else f"{low}–{low + 9}"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekday(lived: Lived) -> str:
    """Of issue, UTC."""
    return WEEKDAYS[datetime.fromtimestamp(lived.trade.signal.issued_ms / 1000, UTC).weekday()]


def month_of(time_ms: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.year, moment.month


def monthly(run: Run) -> dict[tuple[int, int], float]:
    """R by the month in which trades ended; months of the run without one are there, with zero."""
    if not run.days:
        return {}
    months = {month_of(day * DAY_MS): 0.0 for day in run.days}
    for each in run.closed:
        month = month_of(each.closed_ms)
        months[month] = months.get(month, 0.0) + each.trade.result_r
    return months
