"""Swing highs and lows on drawn candles."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.swings import confirmed_swings
from engine.types import Candle, Swing, SwingKind
from tests.engine.market_data import MONDAY_MS, line, peaks

M15_MS = 900_000
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW


def swing(kind: SwingKind, price: int, formed: int, known_at_close_of: int) -> Swing:
    return Swing(kind, price, MONDAY_MS + formed * M15_MS, MONDAY_MS + (known_at_close_of + 1) * M15_MS)


def swings(candles: Sequence[Candle], wing: int, kind: SwingKind) -> list[Swing]:
    found = [s for k in range(len(candles)) for s in confirmed_swings(candles[: k + 1], wing)]
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
    assert highs(10, 12, 15, 15, 13, 11) == [swing(HIGH, price=15, formed=3, known_at_close_of=5)]


def test_of_two_equal_lows_the_last_one_counts():
    assert lows(15, 10, 12, 10, 13, 14) == [swing(LOW, price=10, formed=3, known_at_close_of=5)]


def test_a_higher_high_within_the_right_wing_takes_the_swing_away_for_good():
    assert highs(10, 12, 15, 13, 16, 14, 12) == [swing(HIGH, price=16, formed=4, known_at_close_of=6)]


def test_a_market_that_only_rises_has_no_swing_high():
    assert highs(*range(10, 40)) == []


def test_flat_candles_have_no_swings():
    flat = line(*["100/100/100/100"] * 9)

    assert swings(flat, 2, HIGH) == swings(flat, 2, LOW) == []


def test_one_candle_can_be_both():
    outside = line("10/12/9/11", "11/13/9/10", "10/20/2/12", "12/13/8/10", "10/11/9/10")

    assert confirmed_swings(outside, 2) == [swing(HIGH, 20, 2, 4), swing(LOW, 2, 2, 4)]


@pytest.mark.parametrize("wing", [1, 2, 3, 5])
def test_a_wing_of_n_needs_n_candles_on_each_side(wing):
    roof = [*range(10, 10 + wing), 30, *range(20, 20 - wing, -1)]

    assert highs(*roof[:-1], wing=wing) == []
    assert highs(*roof, wing=wing) == [swing(HIGH, 30, formed=wing, known_at_close_of=2 * wing)]
    assert highs(*roof[1:], wing=wing) == []


def test_candles_missing_in_between_do_not_matter():
    early, late = peaks(10, 12, 15), peaks(13, 11, start_ms=MONDAY_MS + 40 * M15_MS)

    (found,) = swings([*early, *late], 2, HIGH)

    assert (found.price, found.known_ms) == (15, late[1].close_ms)
