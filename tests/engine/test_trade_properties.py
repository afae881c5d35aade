"""What holds for every trade, whatever the price does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import (
    CloseTrade,
    Command,
    Event,
    StopMoved,
    TargetHit,
    Tick,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.types import CloseReason, Direction, Trade, TradeStatus
from tests.engine.following import BUY, ENTRY, SELL, desk, lived, minute, pending, quotes
from tests.engine.market_data import MONDAY_MS
from tests.engine.mirror import mirrored

DIRECTIONS = st.sampled_from([BUY, SELL])
SPLITS = st.sampled_from([(5, 5), (1, 1), (0, 1), (0, 7), (3, 7)])

# Moves that hug entry, stop and targets, so that every edge is met.
_EDGES = st.sampled_from([-101, -100, -99, -26, -25, -10, -9, -1, 0, 1, 9, 10, 15, 25, 99, 100, 101, 199, 200, 201])
PATHS = st.lists(st.one_of(_EDGES, st.integers(-150, 260)), min_size=1, max_size=25)

LEGAL = {
    (TradeStatus.PENDING, TradeStatus.OPEN),
    (TradeStatus.PENDING, TradeStatus.CLOSED),
    (TradeStatus.OPEN, TradeStatus.OPEN),
    (TradeStatus.OPEN, TradeStatus.SECURED),
    (TradeStatus.OPEN, TradeStatus.CLOSED),
    (TradeStatus.SECURED, TradeStatus.SECURED),
    (TradeStatus.SECURED, TradeStatus.CLOSED),
}


def live(direction: Direction, path: list[int], split: tuple[int, int] = (5, 5), spread: int = 0) -> list[Event]:
    """Ticks along the path, then an admin closes what is left."""
    of = pending(direction, split=split)
    return lived(desk(of, spread), [*quotes(direction, path, spread), Command(1, CloseTrade(of.id))])


@settings(max_examples=150)
@given(DIRECTIONS, PATHS, SPLITS, st.integers(0, 8))
def test_a_life_is_legal_and_its_books_balance(direction, path, split, spread):
    of = pending(direction, split=split)
    said = live(direction, path, split, spread)
    last = said[-1]

    assert isinstance(last, TradeClosed)
    assert sum(isinstance(e, TradeClosed) for e in said) == 1
    trades = [of, *(e.trade for e in said)]
    assert {(a.status, b.status) for a, b in pairwise(trades)} <= LEGAL
    assert [e.target for e in said if isinstance(e, TargetHit)] in ([], [1])
    assert_books(last.trade)
    for event in said:
        assert_sound(event.trade)


def assert_books(closed: Trade) -> None:
    """All steps are closed once; the sum of the parts is the result."""
    if closed.opened_price is None:
        assert closed.reason in (CloseReason.CANCELLED, CloseReason.EXPIRED)
        assert (closed.fills, closed.result_r) == ((), 0.0)
        return
    assert sum(fill.lot_steps for fill in closed.fills) == closed.signal.lot_steps
    assert all(fill.lot_steps > 0 for fill in closed.fills)
    assert all((fill.price - closed.opened_price) * closed.direction.sign == fill.ticks for fill in closed.fills)
    assert closed.total_steps == closed.banked_steps == sum(fill.ticks * fill.lot_steps for fill in closed.fills)
    second = abs(closed.signal.setup.targets[1] - closed.opened_price)
    assert closed.worst * closed.signal.lot_steps <= closed.total_steps <= second * closed.signal.lot_steps
    match closed.reason:
        case CloseReason.TARGET:
            assert closed.result_r > 0
            assert closed.targets_hit == 2
        case CloseReason.STOP:
            assert closed.result_r <= -1
            assert closed.targets_hit == 0
        case CloseReason.BREAKEVEN:
            assert closed.targets_hit == 1


def assert_sound(trade: Trade) -> None:
    setup, sign = trade.signal.setup, trade.direction.sign
    if trade.opened_price is None:
        return
    assert trade.worst <= 0 or trade.worst <= trade.best
    assert trade.best >= 0
    assert trade.stop in (setup.stop, trade.opened_price)
    assert (trade.stop == trade.opened_price) == (trade.targets_hit > 0) or trade.targets_hit == 2
    if trade.status in (TradeStatus.OPEN, TradeStatus.SECURED):
        assert trade.open_steps > 0
        assert (trade.price - trade.stop) * sign > 0 or trade.targets_hit == 1


@settings(max_examples=150)
@given(DIRECTIONS, PATHS)
def test_the_last_thing_told_is_never_a_tenth_of_an_r_behind(direction, path):
    of = pending(direction)
    engine = desk(of)
    known: float | None = None
    for item in quotes(direction, [0, *path]):
        for event in lived(engine, [item]):
            if isinstance(event, TradeMarked):
                assert abs(event.trade.result_r - known) >= 0.1 - 1e-9 - 1 / of.risk
            known = event.trade.result_r
        running = engine.open_trades()
        if running and known is not None:
            assert abs(running[0].result_r - known) < 0.1


@given(PATHS, SPLITS)
def test_a_sell_is_the_mirror_of_a_buy(path, split):
    buy = live(BUY, path, split)

    assert live(SELL, path, split) == [mirrored(event, 2 * ENTRY) for event in buy]


# A continuous path: prices that never jump, so that a candle hides the order of things but no gap.
# Steps of five ticks from corner to corner; entry, stop and targets lie on that grid.
def wander(corners: list[int]) -> list[int]:
    steps = [move for a, b in pairwise([0, *corners]) for move in range(a, b, 5 if b > a else -5)]
    return [*steps, corners[-1]]


WANDERS = st.lists(st.integers(-32, 48).map(lambda corner: 5 * corner), min_size=3, max_size=9).map(wander)


@settings(max_examples=150)
@given(DIRECTIONS, WANDERS, st.lists(st.integers(1, 60), min_size=1, max_size=6), SPLITS)
def test_candles_without_a_riddle_tell_the_same_as_their_ticks(direction, path, lengths, split):
    """Where no candle held both a stop and a target, its range says all that its ticks said."""
    pieces, rest = [path[:1]], path[1:]
    for length in lengths:
        pieces.append(rest[:length])
        rest = rest[length:]
    pieces = [piece for piece in [*pieces, rest] if piece]

    by_ticks = lived(desk(pending(direction, split=split)), quotes(direction, path, every_ms=1))
    by_candles = lived(
        desk(pending(direction, split=split)), [minute(direction, piece, i) for i, piece in enumerate(pieces)]
    )

    if not any(event.trade.ambiguous for event in by_candles):
        assert milestones(by_candles) == milestones(by_ticks)


def milestones(said: list[Event]) -> list[tuple[object, ...]]:
    """What happened, without the times and the marks, which a candle cannot know."""
    return [
        (type(e).__name__, e.trade.status, e.trade.stop, e.trade.reason, parts(e.trade))
        for e in said
        if isinstance(e, TradeOpened | TargetHit | StopMoved | TradeClosed)
    ]


def parts(trade: Trade) -> list[tuple[int, int, int | None]]:
    return [(fill.price, fill.lot_steps, fill.target) for fill in trade.fills]


@settings(max_examples=150)
@given(DIRECTIONS, WANDERS, SPLITS)
def test_a_candle_never_flatters(direction, path, split):
    """One candle over the whole path, against every tick of it: never a better result once closed."""
    by_ticks = lived(desk(pending(direction, split=split)), quotes(direction, path, every_ms=1))
    whole = [minute(direction, path[:1]), minute(direction, path, 1)]
    by_candle = lived(desk(pending(direction, split=split)), whole)

    if isinstance(by_candle[-1], TradeClosed) and isinstance(by_ticks[-1], TradeClosed):
        assert by_candle[-1].trade.result_r <= by_ticks[-1].trade.result_r


@pytest.mark.parametrize("direction", [BUY, SELL])
def test_a_quote_with_a_spread_wider_than_the_risk_is_stopped_at_once(direction):
    wide = (
        Tick("XAUUSD", MONDAY_MS, ENTRY - 150, ENTRY)
        if direction is BUY
        else Tick("XAUUSD", MONDAY_MS, ENTRY, ENTRY + 150)
    )

    said = lived(desk(pending(direction)), [wide])

    assert [type(e) for e in said] == [TradeOpened, TradeClosed]
    assert said[-1].trade.result_r == -1.5
