"""Closed trades in, figures out, by hand."""

from __future__ import annotations

import pytest

from engine.performance import Performance, measure
from engine.types import Trade
from tests.builders import closed, ended, opened, secured, setup, signal


def ended_at(*results_r: float) -> list[Trade]:
    """Trades of one R = 100 ticks that closed whole at these results."""
    of = signal(setup(entry=10_000, stop=9_900, targets=(10_100, 10_200)))
    return [closed(opened(of), price=10_000 + round(100 * result)) for result in results_r]


def test_five_trades_by_hand():
    """+1.5 −1 −1 0 +2: total 1.5; the total falls from 1.5 to −0.5; 3.5 won over 2 lost."""
    assert measure(ended_at(1.5, -1, -1, 0, 2)) == Performance(
        trades=5,
        won=2,
        lost=2,
        flat=1,
        total_r=1.5,
        average_r=0.3,
        win_rate=0.5,
        profit_factor=1.75,
        drawdown_r=-2.0,
        ambiguous=0,
    )


def test_nothing_is_divided_by_nothing():
    none = measure([])
    assert (none.trades, none.average_r, none.win_rate, none.profit_factor, none.drawdown_r) == (
        0,
        0.0,
        None,
        None,
        0.0,
    )
    assert measure(ended_at(1, 1)).profit_factor is None
    assert measure(ended_at(0)).win_rate is None


def test_trades_that_never_opened_or_still_run_are_left_out():
    assert measure([ended(), opened(), secured(), *ended_at(1)]).trades == 1


def test_drawdown_counts_from_zero():
    assert measure(ended_at(-1, -1, 5)).drawdown_r == -2.0


def test_doubtful_trades_are_counted():
    sure, doubtful = ended_at(1)[0], closed(ambiguous=True)

    assert measure([sure, doubtful]).ambiguous == 1


def test_parts_closed_at_different_prices_make_one_result():
    """Half at +1.5 R, half at entry."""
    trade = closed(secured())

    assert measure([trade]).total_r == pytest.approx(0.75)
