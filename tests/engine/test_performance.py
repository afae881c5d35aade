"""Closed trades in, figures out, by hand."""

from __future__ import annotations

import pytest

from engine.performance import FEW_TRADES, Performance, measure, parts_of
from engine.types import DAY_MS, Session, Trade
from tests.builders import at, closed, ended, opened, secured, setup, signal

CLOSED_MS = at("2024-04-03 14:06")


def ended_at(*results_r: float) -> list[Trade]:
    """Trades of one R = 100 ticks that closed whole at these results."""
    of = signal(setup(entry=10_000, stop=9_900, targets=(10_100, 10_200)))
    return [closed(opened(of), price=10_000 + round(100 * result)) for result in results_r]


def running_at(*results_r: float) -> list[Trade]:
    """As `ended_at`, still open."""
    of = signal(setup(entry=10_000, stop=9_900, targets=(10_100, 10_200)))
    return [opened(of, price=10_000 + round(100 * result)) for result in results_r]


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
        drawdown_now_r=0.0,
        drawdown_from_ms=CLOSED_MS,
        drawdown_to_ms=CLOSED_MS,
        losing_run=2,
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


def test_a_fall_is_told_from_its_first_losing_trade_to_its_deepest():
    """A day apart: +2 −1 +0.5 −2 +1: under the high of 2 from day one on, deepest on day three, now 1.5 under it."""
    days = [
        closed(trade, trade.price, closed_ms=CLOSED_MS + day * DAY_MS)
        for day, trade in enumerate(running_at(2, -1, 0.5, -2, 1))
    ]

    found = measure(days)

    assert (found.drawdown_r, found.drawdown_now_r) == (-2.5, -1.5)
    assert (found.drawdown_from_ms, found.drawdown_to_ms) == (CLOSED_MS + DAY_MS, CLOSED_MS + 3 * DAY_MS)


def test_without_a_loss_there_was_no_fall():
    found = measure(ended_at(1, 0, 2))

    assert (found.drawdown_r, found.drawdown_now_r, found.drawdown_from_ms, found.losing_run) == (0.0, 0.0, None, 0)


def test_a_flat_trade_ends_a_losing_run():
    assert measure(ended_at(-1, -1, 0, -1, -1, -1, 2)).losing_run == 3


def test_fewer_than_thirty_trades_are_too_few():
    assert measure(ended_at(*[1] * (FEW_TRADES - 1))).is_few
    assert not measure(ended_at(*[1] * FEW_TRADES)).is_few


def test_parts_come_by_their_number_of_trades_however_they_did():
    london, asia = (closed(opened(signal(setup(session=session)))) for session in (Session.LONDON, Session.ASIA))

    parts = parts_of([asia, london, london], lambda trade: trade.signal.setup.session.value)

    assert [(part.name, part.performance.trades, part.performance.total_r) for part in parts] == [
        ("London", 2, -2.0),
        ("Asia", 1, -1.0),
    ]


def test_doubtful_trades_are_counted():
    sure, doubtful = ended_at(1)[0], closed(ambiguous=True)

    assert measure([sure, doubtful]).ambiguous == 1


def test_parts_closed_at_different_prices_make_one_result():
    """Half at +1.5 R, half at entry."""
    trade = closed(secured())

    assert measure([trade]).total_r == pytest.approx(0.75)
