"""Labels keep apart, and scales keep what matters in view."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from charts.layout import Box, Placer, round_step, spread, stretched

heights = st.floats(-500, 1500)


def test_labels_that_do_not_touch_stay_where_they_are():
    assert spread([100, 200, 300], 40, 0, 400) == [100, 200, 300]


def test_two_labels_on_one_price_move_apart_by_the_same_amount():
    assert spread([200, 200], 40, 0, 400) == [180, 220]


def test_a_label_at_the_edge_pushes_its_neighbour_inwards():
    assert spread([0, 10], 40, 20, 400) == [20, 60]
    assert spread([395, 400], 40, 0, 380) == [340, 380]


@given(st.lists(heights, max_size=8).map(sorted))
def test_spread_labels_keep_their_order_their_distance_and_the_range(wanted: list[float]):
    places = spread(wanted, 46, 100, 700)

    assert len(places) == len(wanted)
    assert all(lower - upper >= 46 - 1e-6 for upper, lower in pairwise(places))
    assert all(100 - 1e-6 <= place <= 700 + 1e-6 for place in places)


@given(st.lists(st.floats(150, 650), max_size=8).map(sorted))
def test_spread_moves_nothing_that_had_room(wanted: list[float]):
    if all(lower - upper >= 46 for upper, lower in pairwise(wanted)):
        assert spread(wanted, 46, 100, 700) == wanted


def test_more_labels_than_fit_share_the_range():
    assert spread([10, 10, 10], 100, 0, 100) == [0, 50, 100]


def test_a_label_goes_to_the_first_place_free_of_candles():
    candle = Box(10, 0, 20, 100)
    placer = Placer(Box(0, 0, 100, 100), [candle])

    assert placer.place([Box(5, 40, 25, 60), Box(30, 40, 50, 60)]) == Box(30, 40, 50, 60)


def test_a_label_rather_hides_a_little_of_a_candle_than_another_label():
    placer = Placer(Box(0, 0, 100, 100), [Box(10, 0, 20, 100)])
    placer.take(Box(30, 40, 50, 60))

    assert placer.place([Box(30, 40, 50, 60), Box(18, 0, 28, 10), Box(15, 0, 25, 10)]) == Box(18, 0, 28, 10)


def test_a_label_that_may_hide_nothing_is_rather_left_out():
    placer = Placer(Box(0, 0, 100, 100), [Box(10, 0, 20, 100)])

    assert placer.place([Box(5, 40, 25, 60), Box(18, 0, 28, 10)], only_free=True) is None
    assert placer.place([Box(5, 40, 25, 60), Box(30, 0, 40, 10)], only_free=True) == Box(30, 0, 40, 10)


def test_a_label_without_a_place_is_left_out():
    placer = Placer(Box(0, 0, 100, 100), [])
    placer.take(Box(0, 0, 100, 100))

    assert placer.place([Box(10, 10, 20, 20), Box(90, 90, 120, 120)]) is None


def test_a_view_widens_to_what_is_wished_as_far_as_it_may():
    assert stretched((10, 20), (5, 30), most=30) == (5, 30)
    assert stretched((10, 20), (12, 18), most=30) == (10, 20)
    # Twenty may be added: three are wanted below, seventeen are left for above.
    assert stretched((10, 20), (7, 100), most=30) == (7, 37)
    assert stretched((10, 20), (0, 1000), most=10) == (10, 20)


def test_price_lines_stand_at_round_prices():
    assert round_step(4500, Decimal("0.01"), most=9) == 500  # 45.00 dollars of gold: every 5.00
    assert round_step(60, Decimal("0.00001"), most=9) == 10  # six pips of EURUSD: every pip
    assert round_step(40, Decimal("0.25"), most=9) == 8  # ten points in quarters: every 2.00
    assert round_step(6, Decimal("0.1"), most=9) == 1  # never finer than the tick


@given(st.integers(1, 10_000_000), st.sampled_from(["0.01", "0.25", "0.00001", "0.5", "1", "0.0000001"]))
def test_there_are_never_more_lines_than_asked_for(span: int, tick: str):
    assert span / round_step(span, Decimal(tick), most=9) <= 9
