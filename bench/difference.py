"""Whether one way of trading is better than another on the same market, and what choosing by the past comes to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np

from bot.config import SearchConfig
from bot.research.search import LEAST_TRADES, score
from bot.research.walkforward import windows

RESAMPLES = 20_000


class Outcome(msgspec.Struct, frozen=True):
    """A trade that ended. `cost_r` is the spread as a share of the first risk, `reasons` codes and `code:detail`."""

    issued_ms: int
    closed_ms: int
    r: float
    cost_r: float = 0.0
    score: int = 0
    strategy: str = ""
    reasons: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Difference:
    """Of two averages, the second less the first, with its 95 % interval. `p`: how often it is zero or less."""

    value: float
    low: float
    high: float
    p: float


def average(outcomes: Sequence[Outcome]) -> float:
    """R a trade; zero where there is none."""
    return sum(each.r for each in outcomes) / len(outcomes) if outcomes else 0.0


def difference(base: Sequence[Outcome], other: Sequence[Outcome], *, seed: int) -> Difference:
    """Whole calendar months are drawn, the same for both, so what both traded does not blur what differs.

    A month counts by when its trades were issued. Source: Efron and Tibshirani, An Introduction to the Bootstrap
    (1993), percentile interval.
    """
    months = sorted({_month(each.issued_ms) for each in (*base, *other)})
    index = {month: number for number, month in enumerate(months)}
    draws = np.random.default_rng(seed).integers(0, len(months), (RESAMPLES, len(months)))
    averages = []
    for rows in (base, other):
        sums, counts = np.zeros(len(months)), np.zeros(len(months))
        for each in rows:
            sums[index[_month(each.issued_ms)]] += each.r
            counts[index[_month(each.issued_ms)]] += 1
        averages.append(sums[draws].sum(axis=1) / np.maximum(1, counts[draws].sum(axis=1)))
    found = averages[1] - averages[0]
    low, high = np.quantile(found, (0.025, 0.975))
    p = (1 + int((found <= 0).sum())) / (1 + RESAMPLES)
    return Difference(average(other) - average(base), float(low), float(high), p)


def benjamini_hochberg(p: Mapping[str, float], rate: float) -> set[str]:
    """Those of which at most this share is expected to be chance. Source: Benjamini and Hochberg (1995)."""
    ordered = sorted(p, key=lambda name: p[name])
    last = max((rank for rank, name in enumerate(ordered, 1) if p[name] <= rate * rank / len(p)), default=0)
    return set(ordered[:last])


@dataclasses.dataclass(frozen=True)
class Quarter:
    """What was chosen, and what it and the unchanged way came to in the quarter after."""

    name: str
    outcomes: tuple[Outcome, ...]
    unchanged: tuple[Outcome, ...]


def walk_forward(found: Mapping[str, Sequence[Outcome]], from_ms: int, to_ms: int) -> list[Quarter]:
    """Each quarter, the variant with the best t statistic over the trades begun and ended in the twelve months before;
    the first of `found` is the unchanged way, and is kept where no other did better.
    """
    unchanged = next(iter(found))
    walked = []
    for window in windows(from_ms, to_ms, SearchConfig(train_months=12, test_months=3)):

        def known(name: str, begin_ms: int = window.train_ms, end_ms: int = window.test_ms) -> float:
            rows = [each.r for each in found[name] if begin_ms <= each.issued_ms and each.closed_ms < end_ms]
            return score([rows]) if len(rows) >= LEAST_TRADES else float("-inf")

        best = max(found, key=known)
        ahead = [_issued(found[name], window.test_ms, window.end_ms) for name in (best, unchanged)]
        walked.append(Quarter(best, ahead[0], ahead[1]))
    return walked


def _issued(outcomes: Iterable[Outcome], begin_ms: int, end_ms: int) -> tuple[Outcome, ...]:
    return tuple(each for each in outcomes if begin_ms <= each.issued_ms < end_ms)


def _month(time_ms: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.year, moment.month
