"""Swing highs and lows on drawn candles."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.swings import SwingFinder
from engine.types import Candle, Scale, Swing, SwingKind, SwingLabel
from tests.engine.market_data import MONDAY_MS, line, peaks

M15_MS = 900_000
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW


def swing(kind: SwingKind, price: int, formed: int, known_at_close_of: int) -> Swing:
    return Swing(kind, price, MONDAY_MS + formed * M15_MS, MONDAY_MS + (known_at_close_of + 1) * M15_MS)


def swings(candles: Sequence[Candle], wing: int, kind: SwingKind) -> list[Swing]:
    finder = SwingFinder(Scale.INTERNAL, wing)
    found = [s for k in range(len(candles)) for s in finder.on_candle(candles[: k + 1])]
    return [s for s in found if s.kind is kind]


def highs(*prices: int, wing: int = 2) -> list[Swing]:
    return swings(peaks(*prices), wing, HIGH)


def lows(*prices: int, wing: int = 2) -> list[Swing]:
    return swings(line(*((low + 2, low + 4, low, low + 2) for low in prices)), wing, LOW)


def test_a_swing_high_is_known_only_after_its_right_wing_closes():
    assert highs(10, 12, 15, 13) == []
    assert highs(10, 12, 15, 13, 11) == [swing(HIGH, price=15, formed=2, known_at_close_of=4)]


def test_a_swing_low_likewise():
    assert lows(15, 12, 10, 11) == []
    assert lows(15, 12, 10, 11, 13) == [swing(LOW, price=10, formed=2, known_at_close_of=4)]


def test_of_two_equal_highs_the_last_one_counts():
    assert highs(10, 15, 12, 15, 11, 10) == [swing(HIGH, price=15, formed=3, known_at_close_of=5)]
    assert highs(9, 10, 15, 12, 15, 11, 10) == [swing(HIGH, price=15, formed=4, known_at_close_of=6)]
    assert highs(10, 12, 15, 15, 13, 11) == [swing(HIGH, price=15, formed=3, known_at_close_of=5)]


def test_of_two_equal_lows_the_last_one_counts():
    assert lows(16, 15, 10, 12, 10, 13, 14) == [swing(LOW, price=10, formed=4, known_at_close_of=6)]
    assert lows(15, 10, 12, 10, 13, 14) == [swing(LOW, price=10, formed=3, known_at_close_of=5)]


def test_a_higher_high_within_the_right_wing_takes_the_swing_away_for_good():
    assert highs(10, 12, 15, 13, 16, 14, 12) == [swing(HIGH, price=16, formed=4, known_at_close_of=6)]


def test_a_high_is_none_below_one_at_the_far_end_of_its_left_wing():
    """The one there lies in the right wing of a higher one, and is no swing either."""
    assert highs(9, 10, 15, 13, 11, 12, 8, 7) == [swing(HIGH, price=15, formed=2, known_at_close_of=4)]
    assert lows(16, 15, 10, 12, 14, 13, 17, 18) == [swing(LOW, price=10, formed=2, known_at_close_of=4)]


def test_a_market_that_only_rises_has_no_swing_high():
    assert highs(*range(10, 40)) == []


def test_flat_candles_have_no_swings():
    flat = line(*["100/100/100/100"] * 9)

    assert swings(flat, 2, HIGH) == swings(flat, 2, LOW) == []


def test_one_candle_can_be_both():
    outside = line("10/12/9/11", "11/13/9/10", "10/20/2/12", "12/13/8/10", "10/11/9/10")

    assert swings(outside, 2, HIGH) == [swing(HIGH, 20, 2, 4)]
    assert swings(outside, 2, LOW) == [swing(LOW, 2, 2, 4)]


@pytest.mark.parametrize("wing", [1, 2, 3, 5, 50])
def test_a_wing_of_n_needs_n_candles_on_each_side(wing):
    roof = [*range(110, 110 + wing), 230, *range(220, 220 - wing, -1)]

    assert highs(*roof[:-1], wing=wing) == []
    assert highs(*roof, wing=wing) == [swing(HIGH, 230, formed=wing, known_at_close_of=2 * wing)]
    assert highs(*roof[1:], wing=wing) == []


def test_candles_missing_in_between_do_not_matter():
    early, late = peaks(10, 12, 15), peaks(13, 11, start_ms=MONDAY_MS + 40 * M15_MS)

    (found,) = swings([*early, *late], 2, HIGH)

    assert (found.price, found.known_ms) == (15, late[1].close_ms)


def labels(prices_of: object, *prices: int) -> list[SwingLabel | None]:
    return [found.label for found in prices_of(*prices, wing=1)]


def test_a_high_is_called_by_the_high_before_it():
    """Highs of 15, 17, 16 and 18; the first has nothing before it."""
    assert labels(highs, 10, 15, 12, 17, 13, 16, 11, 18, 12) == [
        None,
        SwingLabel.HIGHER_HIGH,
        SwingLabel.LOWER_HIGH,
        SwingLabel.HIGHER_HIGH,
    ]


def test_a_low_is_called_by_the_low_before_it():
    """Lows of 25, 23, 24 and 22."""
    assert labels(lows, 30, 25, 28, 23, 27, 24, 29, 22, 28) == [
        None,
        SwingLabel.LOWER_LOW,
        SwingLabel.HIGHER_LOW,
        SwingLabel.LOWER_LOW,
    ]


def test_the_same_price_again_is_a_lower_high_or_a_higher_low():
    assert labels(highs, 10, 15, 12, 15, 11) == [None, SwingLabel.LOWER_HIGH]
    assert labels(lows, 30, 25, 28, 25, 29) == [None, SwingLabel.HIGHER_LOW]


def test_highs_are_not_called_by_lows():
    """The first low comes after a high, and is still the first of its side."""
    candles = line("10/12/9/11", "11/16/10/15", "15/15/8/9", "9/20/9/19", "19/19/10/11")
    finder = SwingFinder(Scale.INTERNAL, 1)

    found = [s for k in range(5) for s in finder.on_candle(candles[: k + 1])]

    assert [(s.kind, s.price, s.label) for s in found] == [
        (HIGH, 16, None),
        (LOW, 8, None),
        (HIGH, 20, SwingLabel.HIGHER_HIGH),
    ]


def test_each_scale_has_its_own_swings_and_calls_them_by_its_own():
    """Two candles a side see the highs of 18, 16 and 14; five a side only that of 18."""
    candles = peaks(8, 9, 10, 11, 12, 18, 12, 11, 13, 16, 12, 13, 14, 12, 11, 10, 9, 8)
    finders = SwingFinder(Scale.INTERNAL, 2), SwingFinder(Scale.SWING, 5)

    small, large = ([s for k in range(len(candles)) for s in f.on_candle(candles[: k + 1])] for f in finders)

    assert [(s.price, s.label, s.scale) for s in small if s.kind is HIGH] == [
        (18, None, Scale.INTERNAL),
        (16, SwingLabel.LOWER_HIGH, Scale.INTERNAL),
        (14, SwingLabel.LOWER_HIGH, Scale.INTERNAL),
    ]
    assert [(s.price, s.label, s.scale) for s in large if s.kind is HIGH] == [(18, None, Scale.SWING)]
    assert [(s.formed_ms, s.known_ms) for s in large if s.kind is HIGH] == [(candles[5].open_ms, candles[10].close_ms)]
