"""What may be concluded from a sample: against published examples, another library, and hands."""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.research.metrics import daily, deepest, wilson
from bot.research.statistics import (
    Moments,
    bootstrap,
    deflated_sharpe,
    drawdown,
    expected_best_sharpe,
    losing_streak,
    mean,
    moments,
    profit_factor,
)

returns = st.lists(st.floats(-0.2, 0.2, allow_nan=False).map(lambda x: round(x, 6)), min_size=5, max_size=60)


def test_the_best_of_a_hundred_worthless_trials_looks_as_good_as_the_paper_says():
    # Bailey and López de Prado (2014), their numerical example: N = 100, V = 1/2 a year, 250 days a year.
    assert expected_best_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)


def test_a_deflated_sharpe_ratio_is_the_papers():
    # The same example: a yearly Sharpe of 2.5 over 1250 days, skewness −3, kurtosis 10 → 0.9004.
    found = Moments(1250, 2.5 / math.sqrt(250), -3, 10)

    assert deflated_sharpe(found, 100, 0.5 / 250) == pytest.approx(0.9004, abs=5e-4)


def test_more_trials_make_the_same_result_less_convincing():
    found = Moments(500, 0.1, 0, 3)

    shares = [deflated_sharpe(found, trials, 0.001) for trials in (1, 2, 10, 100, 1000)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.98 > 0.6 > shares[-1]


@given(returns)
def test_daily_figures_are_empyricals(values):
    found = daily(values)
    if found.sharpe is None:
        return
    series = pd.Series(values, index=pd.bdate_range("2024-01-01", periods=len(values)))

    assert found.sharpe == pytest.approx(empyrical.sharpe_ratio(series), rel=1e-9, abs=1e-9)
    assert found.volatility == pytest.approx(empyrical.annual_volatility(series), rel=1e-9, abs=1e-9)
    assert found.drawdown == pytest.approx(empyrical.max_drawdown(series), rel=1e-9, abs=1e-9)
    assert found.annual == pytest.approx(empyrical.annual_return(series), rel=1e-9, abs=1e-9)
    if found.sortino is not None:
        assert found.sortino == pytest.approx(empyrical.sortino_ratio(series), rel=1e-9, abs=1e-9)
    if found.calmar is not None:
        assert found.calmar == pytest.approx(empyrical.calmar_ratio(series), rel=1e-9, abs=1e-9)


@given(returns)
def test_skewness_and_kurtosis_are_those_of_pandas_without_its_small_sample_correction(values):
    found = moments(values)
    if found is None:
        return
    series = np.asarray(values)
    central = [((series - series.mean()) ** power).mean() for power in (2, 3, 4)]

    assert found.skewness == pytest.approx(central[1] / central[0] ** 1.5, rel=1e-6, abs=1e-6)
    assert found.kurtosis == pytest.approx(central[2] / central[0] ** 2, rel=1e-6, abs=1e-6)


def test_a_wilson_interval_is_the_textbooks():
    # Newcombe (1998), table I: 81 of 263 → 0.2553 to 0.3662.
    found = wilson(81, 263)

    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 0) is None


def test_a_rate_is_never_below_nothing_or_above_all():
    none, all_ = wilson(0, 2), wilson(5, 5)

    assert (str(none.low), str(all_.high)) == ("0.0", "1.0")


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        found = bootstrap(generator.normal(0.2, 1.0, 80), mean, seed=seed)
        covered += found.low <= 0.2 <= found.high

    assert 175 <= covered <= 199, "95 % of 200 is 190, give or take three standard deviations and a short sample"


def test_runs_of_luck_make_an_interval_wider():
    runs = np.repeat(np.random.default_rng(3).normal(0, 1, 40), 10)
    shuffled = np.random.default_rng(4).permutation(runs)

    width = [found.high - found.low for found in (bootstrap(runs, mean, seed=1), bootstrap(shuffled, mean, seed=1))]
    assert width[0] > 1.5 * width[1]


def test_the_same_seed_gives_the_same_interval_and_another_one_another():
    values = np.random.default_rng(1).normal(0, 1, 50)

    assert bootstrap(values, mean, seed=1) == bootstrap(values, mean, seed=1)
    assert bootstrap(values, mean, seed=1) != bootstrap(values, mean, seed=2)
    assert bootstrap([1.0], mean, seed=1) is None


def rows(*values: float):
    return np.array([values])


def test_what_a_hand_counts():
    sample = rows(1.0, -1.0, -1.0, 0.0, -0.5, 2.0, -1.0)

    assert losing_streak(sample)[0] == 3, "an even trade does not end a run of losses"
    assert profit_factor(sample)[0] == pytest.approx(3.0 / 3.5)
    assert drawdown(sample)[0] == pytest.approx(-2.5)
    assert drawdown(rows(-1.0, 0.5))[0] == pytest.approx(-1.0), "the account's first balance is a high too"
    assert math.isinf(profit_factor(rows(1.0))[0])
    assert profit_factor(rows(0.0))[0] == 1.0
    assert deepest([100, 120, 90, 130, 125]) == -30
