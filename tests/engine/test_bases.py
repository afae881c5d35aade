"""Supply and demand on drawn candles. The ATR is 10, so a departure needs a body of more than 15."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.bases import Base, new_base
from engine.indicators import AverageTrueRange, true_range
from engine.types import Direction
from tests.engine.market_data import MONDAY_MS, built, line, walk
from tests.engine.mirror import mirrored

M15_MS = 900_000
CENTRE = 20_000
UP, DOWN = Direction.UP, Direction.DOWN

PAUSE = "100/104/98/101"  # a range of 6, a body of 1
LEAVE = "102/120/101/119"  # a body of 17


def base(*rows: str, atr: float | None = 10.0) -> Base | None:
    return new_base(line(*rows), atr, 1.5)


def band(*rows: str) -> tuple[int, int] | None:
    found = base(*rows)
    return None if found is None else (found.bottom, found.top)


def upside_down(found: Base | None) -> Base | None:
    if found is None:
        return None
    return Base(found.direction.opposite, CENTRE - found.bottom, CENTRE - found.top, found.strength, found.formed_ms)


def test_a_pause_that_price_leaves_upwards_is_demand():
    """From the lowest low to the highest body. Departure 17 of 30: 34 of 60 points; one candle: 10; fresh: 30."""
    assert base(PAUSE, LEAVE) == Base(UP, top=101, bottom=98, strength=74, formed_ms=MONDAY_MS)


def test_a_pause_that_price_leaves_downwards_is_supply():
    """From the lowest body to the highest high."""
    assert base("101/104/98/100", "99/100/81/82") == Base(DOWN, top=104, bottom=100, strength=74, formed_ms=MONDAY_MS)


@pytest.mark.parametrize(
    ("leave", "found"),
    [("103/119/102/118", False), ("103/120/102/119", True), ("99/100/83/84", False), ("99/100/82/83", True)],
)
def test_a_body_of_exactly_the_displacement_is_no_departure(leave, found):
    assert (base(PAUSE, leave) is not None) is found


@pytest.mark.parametrize(
    ("pause", "found"),
    [
        ("100/108/99/101", True),  # a range of 9
        ("100/109/99/101", False),  # of 10, the whole ATR
        ("100/106/98/104", True),  # a body of 4 in a range of 8
        ("104/106/98/100", True),
        ("100/106/99/104", False),  # in a range of 7
    ],
)
def test_a_pause_is_smaller_than_the_atr_and_at_most_half_of_it_is_body(pause, found):
    assert (base(pause, LEAVE) is not None) is found


def test_a_base_is_the_longest_run_of_pausing_candles_before_the_departure():
    assert base("90/101/89/100", PAUSE, "101/103/97/102", LEAVE) == Base(UP, 102, 97, 72, MONDAY_MS + M15_MS)


def test_a_pause_before_a_candle_that_does_not_pause_belongs_to_another_base():
    assert band("90/92/88/91", "91/101/90/100", PAUSE, LEAVE) == (98, 101)
    assert band(PAUSE, "101/106/95/105", LEAVE) is None


def test_a_base_has_at_most_four_candles():
    pauses = ("90/93/89/91", "100/103/96/101", PAUSE, PAUSE, PAUSE)

    assert base(*pauses, LEAVE) == Base(UP, 101, 96, 66, MONDAY_MS + M15_MS)  # 34 + 2.5 + 30, halves to the even


@pytest.mark.parametrize(("count", "strength"), [(1, 100), (2, 98), (3, 95), (4, 92), (5, 92)])
def test_each_candle_more_costs_two_and_a_half_points(count, strength):
    """A departure of three ATRs has all 60 points: 90, and 10, 7.5, 5 or 2.5 for the pause; halves go to the even."""
    assert base(*[PAUSE] * count, "102/133/101/132").strength == strength


@pytest.mark.parametrize(("close", "strength"), [(118, 72), (125, 86), (131, 98), (132, 100), (200, 100)])
def test_the_departure_has_all_its_points_from_three_atrs_on(close, strength):
    """A body of 16 is 32 points, of 23 is 46, of 29 is 58."""
    assert base(PAUSE, f"102/{close}/101/{close}").strength == strength


def test_the_departure_must_close_beyond_the_whole_base():
    assert band("100/104/98/101", "88/105/87/104") is None
    assert band("100/104/98/101", "88/105/87/105") == (87, 101)
    assert band("100/104/98/101", "114/115/97/98") is None
    assert band("100/104/98/101", "114/115/96/97") == (100, 115)


def test_a_wick_of_an_earlier_pause_counts_as_the_base_too():
    assert band("100/108/99/101", "100/102/98/101", "91/109/90/108") is None
    assert band("100/108/99/101", "100/102/98/101", "91/110/90/109") == (90, 101)


def test_the_departing_candle_may_deepen_the_base_but_not_raise_it():
    assert band(PAUSE, "102/121/95/120") == (95, 101)
    assert band(PAUSE, "102/121/99/120") == (98, 101)
    assert band(PAUSE, "99/109/80/81") == (100, 109)


def test_bodies_at_the_lowest_low_leave_no_room_for_a_zone():
    assert band("98/104/98/98", "99/121/98/120") is None
    assert band("98/104/98/98", "99/121/97/120") == (97, 98)
    assert band("104/104/98/104", "103/104/81/82") is None
    assert band("104/104/98/104", "103/105/81/82") == (104, 105)


def test_candles_without_a_range_are_a_base_only_beside_one_that_has_a_range():
    flat, other = "100/100/100/100", "103/103/103/103"

    assert band(flat, LEAVE) is None
    assert band(flat, other, "104/122/99/121") is None
    assert base(flat, PAUSE, LEAVE) == Base(UP, 101, 98, 72, MONDAY_MS)
    assert base(PAUSE, flat, LEAVE) == Base(UP, 101, 98, 72, MONDAY_MS)


def test_a_departure_that_would_itself_pass_for_a_pause_is_no_part_of_the_base():
    """Where displacement is set low: a body of 4 in a range of 8."""
    assert new_base(line(PAUSE, "101/108/100/105"), 10.0, 0.3) == Base(UP, 101, 98, 48, MONDAY_MS)


def test_without_a_pause_or_an_atr_there_is_no_base():
    assert base() is None
    assert base(LEAVE) is None
    assert base(PAUSE, LEAVE, atr=None) is None
    assert base(PAUSE, LEAVE, atr=0.0) is None


def drawn(gap: int, body: int, wick: int) -> st.SearchStrategy[tuple[int, int, int, int, float, int]]:
    """A candle whose parts are at most so large, for `built`; the body goes either way."""
    wicks = st.integers(0, wick)
    return st.tuples(st.integers(-gap, gap), st.integers(-body, body), wicks, wicks, st.just(1.0), st.just(0))


# Where the ATR is 10: pauses, or nearly, and a candle that leaves them, or does not.
pauses = st.lists(drawn(gap=2, body=4, wick=4), min_size=1, max_size=6)
leaving = st.builds(lambda before, last: built([*before, last]), pauses, drawn(gap=4, body=20, wick=6))


@settings(max_examples=200)
@given(leaving)
def test_any_candles_upside_down_leave_the_same_base_upside_down(candles):
    found = new_base(candles, 10.0, 0.5)

    assert new_base([mirrored(candle, CENTRE) for candle in candles], 10.0, 0.5) == upside_down(found)


@settings(max_examples=200)
@given(leaving)
def test_a_base_lies_before_the_candle_that_leaves_it_and_is_left_behind(candles):
    found, last = new_base(candles, 10.0, 0.5), candles[-1]

    assume(found is not None)
    assert candles[-5:][0].open_ms <= found.formed_ms < last.open_ms
    assert last.range > 0
    assert 30 < found.strength <= 100
    assert found.bottom < found.top
    assert last.close > found.top if found.direction is UP else last.close < found.bottom


def test_a_random_walk_has_bases_both_ways_and_its_mirror_the_same():
    atr = AverageTrueRange(14)
    found = Counter()
    candles = walk(5, 2000)
    turned = [mirrored(candle, CENTRE) for candle in candles]
    for k, candle in enumerate(candles):
        one = new_base(candles[: k + 1], atr.value, 1.5)
        assert new_base(turned[: k + 1], atr.value, 1.5) == upside_down(one)
        found[None if one is None else one.direction] += 1
        atr.on_range(true_range(candle, candles[k - 1] if k else None))

    assert min(found[UP], found[DOWN]) >= 5
