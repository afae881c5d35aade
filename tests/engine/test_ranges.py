"""Halves, edges and the optimal trade entry of a range, by figures a trader can check."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranges import at_edge, in_discount, is_right_half, ote_band, reached_ote
from engine.types import Direction

UP, DOWN = Direction.UP, Direction.DOWN
CENTRE = 20_000

PRICES = st.integers(1, 19_999)
MAYBE = st.one_of(st.none(), PRICES)
DIRECTIONS = st.sampled_from(Direction)


@pytest.mark.parametrize(("price", "cheap"), [(90, True), (100, True), (149, True), (150, False), (151, False)])
def test_discount_lies_below_the_middle(price, cheap):
    assert in_discount(price, 100, 200) is cheap


def test_a_middle_between_two_ticks_belongs_to_neither_half():
    """100–201: the middle is 150.5."""
    assert in_discount(150, 100, 201)
    assert not in_discount(151, 100, 201)


@pytest.mark.parametrize(("price", "to_buy", "to_sell"), [(149, True, False), (150, True, True), (151, False, True)])
def test_buy_below_the_middle_sell_above_it_and_either_at_it(price, to_buy, to_sell):
    assert is_right_half(UP, price, 100, 200) is to_buy
    assert is_right_half(DOWN, price, 100, 200) is to_sell


def test_the_optimal_trade_entry_of_a_leg_of_a_thousand_ticks():
    """61.8 % and 78.6 % back from the end of the leg."""
    assert ote_band(UP, 1000, 2000) == (1214, 1382)
    assert ote_band(DOWN, 1000, 2000) == (1618, 1786)


def test_a_band_between_ticks_is_drawn_outward():
    """121.4–138.2 of an upward leg, 161.8–178.6 of a downward one."""
    assert ote_band(UP, 100, 200) == (121, 139)
    assert ote_band(DOWN, 100, 200) == (161, 179)


@pytest.mark.parametrize(
    ("lowest", "reached"),
    [
        (1383, False),
        (1382, True),  # the 0.618 level itself
        (1214, True),
        (1100, True),  # deeper than the band, but the leg still stands
        (1000, True),  # where the leg began
        (999, False),  # the leg is undone
    ],
)
def test_a_pullback_reaches_the_optimal_trade_entry_until_it_undoes_the_leg(lowest, reached):
    assert reached_ote(UP, lowest, 1000, 2000) is reached
    assert reached_ote(DOWN, 3000 - lowest, 1000, 2000) is reached


def test_a_price_drawn_inside_the_band_need_not_have_reached_it():
    """The level is 138.2: 139 is only where the band is drawn to."""
    assert not reached_ote(UP, 139, 100, 200)
    assert reached_ote(UP, 138, 100, 200)
    assert not reached_ote(DOWN, 161, 100, 200)
    assert reached_ote(DOWN, 162, 100, 200)


@pytest.mark.parametrize(
    ("price", "to_buy", "to_sell"),
    [
        (99, True, False),
        (100, True, False),
        (125, True, False),
        (126, False, False),
        (174, False, False),
        (175, False, True),
        (200, False, True),
        (201, False, True),
    ],
)
def test_the_edges_are_the_outer_quarters_and_all_beyond(price, to_buy, to_sell):
    assert at_edge(UP, price, 100, 200) is to_buy
    assert at_edge(DOWN, price, 100, 200) is to_sell


def test_a_quarter_between_two_ticks_is_not_rounded_up():
    """100–202: the quarter ends at 125.5."""
    assert at_edge(UP, 125, 100, 202)
    assert not at_edge(UP, 126, 100, 202)


@pytest.mark.parametrize(("low", "high"), [(None, None), (None, 200), (100, None), (150, 150), (200, 100)])
@pytest.mark.parametrize("direction", list(Direction))
def test_where_there_is_no_range_nothing_is_said_of_it(direction, low, high):
    assert not in_discount(150, low, high)
    assert not is_right_half(direction, 150, low, high)
    assert ote_band(direction, low, high) is None
    assert not reached_ote(direction, 150, low, high)
    assert not at_edge(direction, 150, low, high)


@given(DIRECTIONS, PRICES, MAYBE, MAYBE)
def test_upside_down_the_answers_are_the_same(direction, price, low, high):
    turned = tuple(None if end is None else CENTRE - end for end in (high, low))
    other, opposite = CENTRE - price, direction.opposite

    assert is_right_half(opposite, other, *turned) is is_right_half(direction, price, low, high)
    assert reached_ote(opposite, other, *turned) is reached_ote(direction, price, low, high)
    assert at_edge(opposite, other, *turned) is at_edge(direction, price, low, high)
    band = ote_band(direction, low, high)
    assert ote_band(opposite, *turned) == (None if band is None else (CENTRE - band[1], CENTRE - band[0]))


@given(PRICES, st.integers(1, 9_000), st.integers(1, 9_000))
def test_a_price_is_in_discount_in_premium_or_in_the_middle(price, low, size):
    high = low + size
    in_premium = in_discount(CENTRE - price, CENTRE - high, CENTRE - low)

    assert in_discount(price, low, high) + in_premium + (2 * price == low + high) == 1


@given(st.integers(1, 9_000), st.integers(1, 9_000))
def test_the_band_is_at_most_a_tick_wider_at_each_end_than_the_exact_one(low, size):
    bottom, top = ote_band(DOWN, low, low + size)

    assert 0 <= low + Fraction(618, 1000) * size - bottom < 1
    assert 0 <= top - (low + Fraction(786, 1000) * size) < 1
