"""BOS and CHoCH on drawn candles: which swing was broken, by a close, and is that with the trend?"""

from __future__ import annotations

from engine.structure import Structure
from engine.types import BreakKind, Candle, Direction, StructureBreak, SwingKind
from tests.builders import swing
from tests.engine.market_data import MONDAY_MS, line

M15_MS = 900_000
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW


def at_high(price: int) -> Structure:
    """A market with one known swing high."""
    structure = Structure()
    structure.register(swing(HIGH, price))
    return structure


def candle(text: str) -> Candle:
    return line(text)[0]


def test_a_close_above_the_swing_high_breaks_it():
    structure = Structure()
    structure.register(swing(HIGH, 105, formed_ms=1000, known_ms=3000))

    assert structure.on_candle(candle("100/107/99/106")) == StructureBreak(
        BreakKind.BOS, Direction.UP, 105, 1000, 3000, MONDAY_MS, MONDAY_MS + M15_MS
    )
    assert structure.trend is Direction.UP


def test_a_wick_above_or_a_close_at_the_level_breaks_nothing():
    structure = at_high(105)

    assert structure.on_candle(candle("100/110/99/104")) is None
    assert structure.on_candle(candle("100/110/99/105")) is None
    assert structure.trend is None


def test_a_swing_is_broken_once():
    structure = at_high(105)
    structure.on_candle(candle("100/107/99/106"))

    assert structure.on_candle(candle("104/109/103/108")) is None


def test_a_level_broken_by_a_wick_can_still_be_broken_by_a_close():
    structure = at_high(105)
    structure.on_candle(candle("100/110/99/104"))

    assert structure.on_candle(candle("104/107/103/106")).level == 105


def test_the_first_break_is_a_bos_the_next_the_same_way_too_and_the_other_way_a_change_of_character():
    structure = at_high(105)
    kinds = [structure.on_candle(candle("100/107/99/106")).kind]
    structure.register(swing(HIGH, 115))
    kinds.append(structure.on_candle(candle("110/117/109/116")).kind)
    structure.register(swing(LOW, 108))
    kinds.append(structure.on_candle(candle("110/111/106/107")).kind)
    structure.register(swing(LOW, 101))
    kinds.append(structure.on_candle(candle("102/103/99/100")).kind)

    assert kinds == [BreakKind.BOS, BreakKind.BOS, BreakKind.CHOCH, BreakKind.BOS]
    assert structure.trend is Direction.DOWN


def test_only_the_latest_swing_high_counts():
    structure = at_high(120)
    structure.register(swing(HIGH, 105))

    assert structure.on_candle(candle("104/107/103/106")).level == 105
    assert structure.on_candle(candle("118/125/117/124")) is None


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
