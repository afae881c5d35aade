"""BOS, CHoCH and MSS on drawn candles: which swing was broken, by what, and is that with the trend?"""

from __future__ import annotations

import msgspec
import pytest

from engine.structure import Structure
from engine.types import BreakKind, Candle, Direction, Scale, StructureBreak, SwingKind
from tests.builders import swing
from tests.engine.market_data import MONDAY_MS, line

M15_MS = 900_000
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
BOS, CHOCH = BreakKind.BOS, BreakKind.CHOCH
UP, DOWN = Direction.UP, Direction.DOWN


def at_high(price: int) -> Structure:
    """A market with one known swing high."""
    structure = Structure()
    structure.register(swing(HIGH, price))
    return structure


def between(low: int, high: int, *, by_wick: bool) -> Structure:
    """A market between a known swing low and a known swing high."""
    structure = Structure(by_wick)
    structure.register(swing(LOW, low))
    structure.register(swing(HIGH, high))
    return structure


def candle(text: str) -> Candle:
    return line(text)[0]


def broke(structure: Structure, row: str, *, is_displaced: bool = False) -> StructureBreak | None:
    """What this candle breaks."""
    broken = structure.on_candle(candle(row))
    return None if broken is None else structure.turn(broken, candle(row), is_displaced=is_displaced)


def level_broken(structure: Structure, row: str) -> int | None:
    found = broke(structure, row)
    return None if found is None else found.level


@pytest.mark.parametrize("scale", list(Scale))
def test_a_close_above_the_swing_high_breaks_it(scale):
    structure = Structure()
    structure.register(msgspec.structs.replace(swing(HIGH, 105, formed_ms=1000, known_ms=3000), scale=scale))

    assert broke(structure, "100/107/99/106") == StructureBreak(
        BOS, UP, 105, 1000, 3000, MONDAY_MS, MONDAY_MS + M15_MS, scale
    )
    assert structure.trend is UP


def test_a_close_below_the_swing_low_likewise():
    structure = Structure()
    structure.register(swing(LOW, 95, formed_ms=1000, known_ms=3000))

    assert broke(structure, "100/101/93/94") == StructureBreak(BOS, DOWN, 95, 1000, 3000, MONDAY_MS, MONDAY_MS + M15_MS)
    assert structure.trend is DOWN


def test_a_wick_above_or_a_close_at_the_level_breaks_nothing():
    structure = at_high(105)

    assert broke(structure, "100/110/99/104") is None
    assert broke(structure, "100/110/99/105") is None
    assert structure.trend is None


def test_nothing_is_broken_before_the_first_swing():
    assert broke(Structure(), "100/900/1/500") is None


def test_a_swing_is_broken_once():
    structure = at_high(105)
    broke(structure, "100/107/99/106")

    assert broke(structure, "104/109/103/108") is None


def test_a_level_passed_by_a_wick_can_still_be_broken_by_a_close():
    structure = at_high(105)
    broke(structure, "100/110/99/104")

    assert level_broken(structure, "104/107/103/106") == 105


def test_the_first_break_is_a_bos_the_next_the_same_way_too_and_the_other_way_a_change_of_character():
    structure = at_high(105)
    kinds = [broke(structure, "100/107/99/106").kind]
    structure.register(swing(HIGH, 115))
    kinds.append(broke(structure, "110/117/109/116").kind)
    structure.register(swing(LOW, 108))
    kinds.append(broke(structure, "110/111/106/107").kind)
    structure.register(swing(LOW, 101))
    kinds.append(broke(structure, "102/103/99/100").kind)
    structure.register(swing(HIGH, 104))
    kinds.append(broke(structure, "103/106/102/105").kind)

    assert kinds == [BOS, BOS, CHOCH, BOS, CHOCH]
    assert structure.trend is UP


def test_a_change_of_character_with_displacement_is_a_market_structure_shift_and_a_bos_stays_one():
    structure = between(95, 105, by_wick=False)

    with_the_trend = broke(structure, "100/107/99/106", is_displaced=True)
    against_it = broke(structure, "106/107/93/94", is_displaced=True)
    structure.register(swing(HIGH, 110))
    gently = broke(structure, "109/112/108/111")

    assert [(b.kind, b.is_displaced, b.name) for b in (with_the_trend, against_it, gently)] == [
        (BOS, True, "BOS"),
        (CHOCH, True, "MSS"),
        (CHOCH, False, "CHoCH"),
    ]
    assert structure.last_break == gently


def test_only_the_latest_swing_high_counts():
    structure = at_high(120)
    structure.register(swing(HIGH, 105))

    assert level_broken(structure, "104/107/103/106") == 105
    assert broke(structure, "118/125/117/124") is None


@pytest.mark.parametrize(
    ("row", "level"),
    [
        ("100/105/95/100", None),  # both levels met, neither passed
        ("100/106/95/100", 105),
        ("100/105/94/100", 95),
    ],
)
def test_by_wick_a_tick_beyond_the_level_breaks_it(row, level):
    assert level_broken(between(95, 105, by_wick=True), row) == level
    assert broke(between(95, 105, by_wick=False), row) is None


@pytest.mark.parametrize(("close", "level"), [(101, 105), (99, 95), (106, 105), (94, 95)])
def test_of_two_sides_passed_by_wicks_of_one_candle_the_one_it_closed_nearer_to_is_broken(close, level):
    structure = between(95, 105, by_wick=True)

    assert level_broken(structure, f"100/108/92/{close}") == level
    assert (structure.high is None, structure.low is None) == (level == 105, level == 95)


def test_a_candle_that_passes_both_sides_and_closes_in_the_very_middle_breaks_neither():
    structure = between(95, 105, by_wick=True)

    assert broke(structure, "100/108/92/100") is None
    assert level_broken(structure, "100/106/97/100") == 105
    assert level_broken(structure, "100/101/94/100") == 95


def test_the_side_that_was_not_nearer_can_still_be_broken():
    structure = between(95, 105, by_wick=True)
    broke(structure, "100/108/92/101")

    assert level_broken(structure, "100/101/94/98") == 95


def test_the_dealing_range_starts_from_the_last_swings_and_follows_price_beyond_them():
    structure = Structure()
    assert (structure.bottom, structure.top) == (None, None)
    structure.register(swing(LOW, 95))
    structure.register(swing(HIGH, 105))
    structure.on_candle(candle("100/112/90/100"))
    assert (structure.bottom, structure.top) == (90, 112)
    structure.on_candle(candle("100/108/97/100"))
    assert (structure.bottom, structure.top) == (90, 112)
    structure.register(swing(HIGH, 108))
    assert (structure.bottom, structure.top) == (90, 108)


def test_a_break_leaves_the_dealing_range_open_on_its_side():
    """The weak high runs with price, the strong low stays until a new swing low is known."""
    structure = between(95, 105, by_wick=False)
    broke(structure, "100/107/99/106")
    broke(structure, "106/125/104/124")
    assert (structure.bottom, structure.top) == (95, 125)
    structure.register(swing(LOW, 104))
    assert (structure.bottom, structure.top) == (104, 125)
