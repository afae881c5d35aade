"""The readiness report: 30 days, Sharpe 1.5, drawdown under 10 %, 55 % won. Each edge alone."""

from __future__ import annotations

import statistics
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import ReadinessConfig
from engine.readiness import Criterion, Worth, daily, deepest_fall, readiness, sharpe
from engine.types import Trade
from tests.builders import closed, gold, opened
from tests.engine.market_data import MONDAY_MS

DAY_MS = 86_400_000
RULES = ReadinessConfig()


def curve(*worths: float, every_days: int = 1) -> list[Worth]:
    return [Worth(MONDAY_MS + i * every_days * DAY_MS, Decimal(str(each))) for i, each in enumerate(worths)]


def trades(won: int, lost: int) -> list[Trade]:
    return [closed(opened(), gold("2284.10"))] * won + [closed(opened())] * lost


def of(name: str, trades_: list[Trade], curve_: list[Worth]) -> Criterion:
    return next(each for each in readiness(trades_, curve_, RULES) if each.name == name)


def test_nothing_at_all_passes_nothing():
    assert [(each.name, each.passed) for each in readiness([], [], RULES)] == [
        ("days", False),
        ("sharpe", False),
        ("drawdown", False),
        ("win_rate", False),
    ]


def test_a_month_of_quiet_gains_passes_everything():
    gains = curve(*(10_000 + 30 * day + 20 * (day % 2) for day in range(31)))

    assert all(each.passed for each in readiness(trades(12, 8), gains, RULES))


@pytest.mark.parametrize(("days", "passed"), [(29, False), (30, True)])
def test_thirty_days_are_needed(days, passed):
    assert of("days", [], curve(*[10_000] * (days + 1))) == Criterion("days", days, 30, passed)


@pytest.mark.parametrize(("low", "fall", "passed"), [(9_001, 9.99, True), (9_000, 10.0, False), (8_000, 20.0, False)])
def test_equity_must_not_have_fallen_by_ten_percent(low, fall, passed):
    found = of("drawdown", [], curve(9_500, 10_000, low, 11_000))

    assert (found.found, found.passed) == (pytest.approx(fall), passed)


@pytest.mark.parametrize(("won", "lost", "passed"), [(56, 44, True), (11, 9, False), (54, 46, False), (0, 0, False)])
def test_more_than_fifty_five_of_a_hundred_must_be_won(won, lost, passed):
    assert of("win_rate", trades(won, lost), []).passed is passed


def test_sharpe_must_be_more_than_what_is_needed():
    worths = curve(10_000, 10_100, 10_403, 10_611.06)
    found = of("sharpe", [], worths).found
    assert found is not None
    exact = ReadinessConfig(min_sharpe=Decimal(found))

    assert not next(each for each in readiness([], worths, exact) if each.name == "sharpe").passed
    assert of("sharpe", [], worths).passed


def test_sharpe_by_hand():
    """Returns of 1 %, 3 %, 2 %: mean 2 %, deviation 1 %; twice the root of 365."""
    worths = [100.0, 101.0, 104.03, 106.1106]

    assert sharpe(worths) == pytest.approx(2 * 365**0.5)
    assert sharpe(worths[:3]) == pytest.approx(2**0.5 * 365**0.5)  # two: the deviation is 1.41 %


@given(st.lists(st.floats(50, 150), min_size=4, max_size=60))
def test_sharpe_is_the_mean_over_the_deviation_of_daily_returns(worths):
    returns = [b / a - 1 for a, b in pairwise(worths)]
    deviation = statistics.stdev(returns)
    if deviation > 1e-6:
        assert sharpe(worths) == pytest.approx(statistics.mean(returns) / deviation * 365**0.5, rel=1e-6, abs=1e-9)


def test_a_market_that_does_not_move_has_no_sharpe():
    assert sharpe([100.0, 100.0, 100.0]) is None
    assert sharpe([100.0, 101.0]) is None


def test_a_day_without_news_is_worth_what_the_one_before_was():
    two_on_a_day = [*curve(100, 110, every_days=3), Worth(MONDAY_MS + 3 * DAY_MS + 5, Decimal(120))]

    assert daily(two_on_a_day) == [100, 100, 100, 120]


def test_without_a_curve_there_is_no_fall():
    assert deepest_fall([]) is None
