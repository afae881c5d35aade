"""An admin's hand on an open trade: its stop moved, and a signal withdrawn before it opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.engine import Engine
from engine.events import Command, CommandRefused, Event, MoveStop, StopMoved, TradeClosed, Withdraw
from engine.trades import StopRefusal, stop_refusal
from engine.types import CloseReason, Direction, TradeStatus
from tests.builders import closed, opened, secured, signal
from tests.engine.following import BUY, ENTRY, SELL, desk, lived, pending, quote, quotes, told
from tests.engine.market_data import MONDAY_MS, of_type

BOTH = pytest.mark.parametrize("way", [BUY, SELL])


def at(way: Direction, move: int) -> int:
    return ENTRY + way.sign * move


def moved(engine: Engine, way: Direction, move: int) -> list[Event]:
    (trade,) = engine.open_trades()
    return engine.push(Command(7, MoveStop(trade.id, at(way, move))))


def running(way: Direction, *moves: int) -> Engine:
    engine = desk(pending(way))
    lived(engine, quotes(way, [0, *moves]))
    return engine


def after(engine: Engine, way: Direction, *moves: int) -> list[str]:
    return told(lived(engine, [quote(way, move, MONDAY_MS + 100_000 + k) for k, move in enumerate(moves)]))


@BOTH
def test_a_moved_stop_is_told_with_who_moved_it_and_closes_the_trade_there(way):
    engine = running(way, 40)

    (event,) = moved(engine, way, -30)

    assert isinstance(event, StopMoved)
    assert (event.actor, event.before, event.trade.stop) == (7, at(way, -100), at(way, -30))
    assert after(engine, way, -29, -30) == ["mark -0.29R", "closed stop -0.30R"]


@BOTH
def test_a_stop_moved_to_entry_closes_at_breakeven(way):
    engine = running(way, 40)
    moved(engine, way, 0)

    assert after(engine, way, 1, 0) == ["mark +0.01R", "closed breakeven +0.00R"]


@BOTH
def test_a_stop_in_profit_stays_there_when_the_first_target_is_reached(way):
    engine = running(way, 80)
    moved(engine, way, 50)

    assert after(engine, way, 100, 50) == ["TP1 5 steps +1.00R", "closed stop +0.75R"]


@BOTH
def test_a_stop_at_the_entry_is_not_moved_there_again_with_the_first_target(way):
    engine = running(way, 80)
    moved(engine, way, 0)

    assert after(engine, way, 100) == ["TP1 5 steps +1.00R"]


@BOTH
def test_a_stop_that_is_nearer_but_not_at_entry_goes_to_entry_with_the_first_target(way):
    engine = running(way, 40)
    moved(engine, way, -30)

    assert after(engine, way, 100) == ["TP1 5 steps +1.00R", f"stop {at(way, -30)} to {ENTRY}"]


@BOTH
@pytest.mark.parametrize(
    ("move", "why"),
    [
        (40, StopRefusal.BEYOND_PRICE),
        (41, StopRefusal.BEYOND_PRICE),
        (-101, StopRefusal.WIDER),
        (-100, StopRefusal.THERE),
    ],
)
def test_a_stop_at_or_beyond_the_price_farther_than_the_first_or_there_already_is_refused(way, move, why):
    engine = running(way, 40)
    before = engine.snapshot()

    assert moved(engine, way, move) == [CommandRefused(engine.time_ms, 7, "bad_stop", why)]
    assert engine.snapshot() == before


@BOTH
def test_a_stop_may_go_back_to_where_it_was_first(way):
    engine = running(way, 40)
    moved(engine, way, 0)

    assert told(moved(engine, way, -100)) == [f"stop {ENTRY} to {at(way, -100)}"]


def test_what_is_not_open_has_no_stop_to_move():
    engine = desk(pending())

    assert moved(engine, BUY, -50) == [CommandRefused(0, 7, "bad_stop", StopRefusal.NOT_OPEN)]
    assert engine.push(Command(7, MoveStop("XAU_20240403_777", 1))) == [CommandRefused(0, 7, "no_such_trade")]
    assert stop_refusal(closed(), closed().stop - 1) is StopRefusal.NOT_OPEN


@given(st.sampled_from([BUY, SELL]), st.lists(st.integers(-120, 120), min_size=1, max_size=12), st.integers(-150, 150))
def test_wherever_it_is_moved_a_trade_never_loses_more_than_its_first_risk_on_continuous_prices(way, turns, move):
    engine = running(way, 10)
    events = lived(engine, [])
    time_ms, last = MONDAY_MS + 60_000, 10
    for turn in turns:
        for step in range(last, turn, 1 if turn > last else -1):
            time_ms += 1
            events += lived(engine, [quote(way, step, time_ms)])
        last = turn
        if engine.open_trades():
            moved(engine, way, move)

    for event in of_type(events, TradeClosed):
        assert event.trade.result_r >= -1.0


@BOTH
def test_a_waiting_signal_is_withdrawn_and_leaves_no_result(way):
    engine = desk(pending(way))
    (trade,) = engine.open_trades()

    (event,) = engine.push(Command(7, Withdraw(trade.id)))

    assert isinstance(event, TradeClosed)
    assert (event.trade.reason, event.trade.opened_ms, event.trade.result_r) == (CloseReason.CANCELLED, None, 0.0)
    assert engine.open_trades() == []


def test_what_has_opened_meanwhile_is_not_withdrawn():
    engine = running(BUY, 40)
    (trade,) = engine.open_trades()

    assert engine.push(Command(7, Withdraw(trade.id))) == [CommandRefused(engine.time_ms, 7, "not_pending")]
    assert [each.status for each in engine.open_trades()] == [TradeStatus.OPEN]


def test_after_a_restart_the_moved_stop_stands():
    engine = running(SELL, 40)
    moved(engine, SELL, -30)

    again = Engine.restore(engine.config, engine.snapshot())

    assert after(again, SELL, -30) == after(engine, SELL, -30) == ["closed stop -0.30R"]


def test_a_secured_trades_stop_may_be_moved_into_profit():
    trade = secured(signal(), price=229_500)
    assert stop_refusal(trade, 228_000) is None
    assert stop_refusal(trade, 229_500) is StopRefusal.BEYOND_PRICE
    assert stop_refusal(opened(price=228_000), 227_410) is None
