"""Candle patterns on drawn candles."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from engine.patterns import pattern_of
from engine.types import Direction, Pattern, PatternKind
from tests.engine.market_data import MONDAY_MS, candle_lists, line, walk
from tests.engine.mirror import mirrored

M15_MS = 900_000
CENTRE = 20_000
UP, DOWN = Direction.UP, Direction.DOWN
ENGULFING, PIN_BAR = PatternKind.ENGULFING, PatternKind.PIN_BAR
INSIDE_BAR, DOJI = PatternKind.INSIDE_BAR, PatternKind.DOJI


def seen(*rows: str) -> tuple[PatternKind, Direction | None] | None:
    found = pattern_of(line(*rows))
    return None if found is None else (found.kind, found.direction)


def test_a_pattern_is_drawn_at_the_last_candle_and_known_at_its_close():
    assert pattern_of(line("105/106/99/100", "99/108/98/107")) == Pattern(
        ENGULFING, UP, MONDAY_MS + M15_MS, MONDAY_MS + 2 * M15_MS
    )


@pytest.mark.parametrize(
    ("before", "last", "direction"),
    [
        ("105/106/99/100", "99/108/98/107", UP),
        ("105/106/99/100", "100/108/99/106", UP),  # opened at the close before
        ("105/106/99/100", "99/107/98/105", UP),  # closed at the open before
        ("100/106/99/105", "106/107/97/98", DOWN),
        ("100/106/99/105", "105/106/97/99", DOWN),
        ("100/106/99/105", "106/107/98/100", DOWN),
    ],
)
def test_a_body_that_covers_the_opposite_body_before_it_engulfs_it(before, last, direction):
    assert seen(before, last) == (ENGULFING, direction)


@pytest.mark.parametrize(
    ("before", "last"),
    [
        ("105/106/99/100", "100/106/99/105"),  # as large, not larger
        ("105/106/99/100", "101/109/100/108"),  # larger, but opened above the close before
        ("105/106/99/100", "96/105/95/104"),  # larger, but closed below the open before
        ("100/106/99/105", "99/108/98/107"),  # the same colour
        ("100/106/99/100", "99/108/98/107"),  # no colour before
        ("100/106/99/105", "105/106/99/100"),
        ("100/106/99/105", "104/105/96/97"),
        ("100/106/99/105", "109/110/100/101"),
    ],
)
def test_what_does_not_cover_it_whole_does_not_engulf(before, last):
    assert seen(before, last) is None


@pytest.mark.parametrize(
    "last",
    [
        "112/120/100/116",  # wicks 60 % and 20 %, body 20 %
        "116/120/100/112",  # whatever its colour
        "112/120/100/118",  # body 30 %
        "120/120/100/119",
        "120/120/100/120",
    ],
)
def test_a_long_wick_and_a_small_body_at_the_other_end_make_a_pin_bar(last):
    assert seen(last) == (PIN_BAR, UP)


@pytest.mark.parametrize("last", ["108/120/100/104", "104/120/100/108", "108/120/100/102", "100/120/100/100"])
def test_a_long_wick_above_makes_one_that_points_down(last):
    assert seen(last) == (PIN_BAR, DOWN)


@pytest.mark.parametrize(
    "last",
    [
        "111/120/100/116",  # lower wick 55 %
        "112/120/100/115",  # upper wick 25 %
        "112/120/100/119",  # body 35 %
        "109/120/100/104",
        "108/120/100/105",
        "108/120/100/101",
        "100/100/100/100",
    ],
)
def test_a_wick_too_short_or_a_body_too_large_makes_no_pin_bar(last):
    assert seen(last) is None


@pytest.mark.parametrize("last", ["102/108/95/104", "102/110/95/104", "102/105/90/98"])
def test_a_candle_within_the_one_before_is_an_inside_bar(last):
    assert seen("100/110/90/105", last) == (INSIDE_BAR, None)


@pytest.mark.parametrize("last", ["102/111/95/104", "102/108/89/98", "101/110/90/104"])
def test_a_candle_that_leaves_the_one_before_or_is_as_large_is_no_inside_bar(last):
    assert seen("100/110/90/105", last) is None


def test_a_body_of_a_tenth_of_the_range_is_a_doji():
    assert seen("109/120/100/111") == (DOJI, None)
    assert seen("111/120/100/109") == (DOJI, None)
    assert seen("109/120/100/112") is None


def test_of_several_patterns_engulfing_comes_first_then_pin_bar_then_inside_bar():
    assert seen("105/106/103/104", "104/107/96/106") == (ENGULFING, UP)  # and a pin bar upwards
    assert seen("105/106/103/104", "103/117/102/106") == (ENGULFING, UP)  # and a pin bar downwards
    assert seen("100/130/90/105", "112/120/100/116") == (PIN_BAR, UP)  # and an inside bar
    assert seen("120/120/100/120") == (PIN_BAR, UP)  # and a doji
    assert seen("100/120/80/110", "100/108/92/101") == (INSIDE_BAR, None)  # and a doji


def test_a_candle_without_a_range_is_at_most_an_inside_bar():
    assert seen("100/100/100/100") is None
    assert seen("100/100/100/100", "100/100/100/100") is None
    assert seen("100/110/90/105", "100/100/100/100") == (INSIDE_BAR, None)


def test_only_the_last_two_candles_count():
    assert seen() is None
    assert seen("105/106/99/100", "99/108/98/107", "107/113/105/110") is None


@given(candle_lists())
def test_any_candles_upside_down_make_the_same_pattern_upside_down(candles):
    assert pattern_of([mirrored(candle, CENTRE) for candle in candles]) == mirrored(pattern_of(candles), CENTRE)


@given(candle_lists(min_size=1))
def test_any_pattern_belongs_to_the_last_candle_and_a_pin_or_doji_has_a_range(candles):
    found, last = pattern_of(candles), candles[-1]

    if found is not None:
        assert (found.formed_ms, found.known_ms) == (last.open_ms, last.close_ms)
        assert last.range > 0 or found.kind is INSIDE_BAR


def test_a_random_walk_has_every_pattern_and_its_mirror_the_same():
    candles = walk(1, 2000)
    turned = [mirrored(candle, CENTRE) for candle in candles]
    found = [pattern_of(candles[k : k + 2]) for k in range(len(candles) - 1)]

    assert [pattern_of(turned[k : k + 2]) for k in range(len(turned) - 1)] == [mirrored(p, CENTRE) for p in found]
    assert Counter((p.kind, p.direction) for p in found if p is not None).keys() == {
        (ENGULFING, UP),
        (ENGULFING, DOWN),
        (PIN_BAR, UP),
        (PIN_BAR, DOWN),
        (INSIDE_BAR, None),
        (DOJI, None),
    }
