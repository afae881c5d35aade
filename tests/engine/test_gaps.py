"""Fair value gaps on drawn candles."""

from __future__ import annotations

import pytest

from engine.gaps import Gap, new_gap
from engine.types import Direction
from tests.engine.market_data import MONDAY_MS, line

M15_MS = 900_000


def gap(*rows: str, atr: float | None = 10.0, volume: float | None = None, average: float | None = None) -> Gap | None:
    return new_gap(line(*rows, volume=volume), atr, average)


def test_three_candles_whose_outer_wicks_do_not_meet_leave_a_gap():
    found = gap("100/105/98/104", "104/118/103/117", "116/120/110/119")

    assert (found.direction, found.bottom, found.top) == (Direction.UP, 105, 110)
    assert found.formed_ms == MONDAY_MS + M15_MS  # the middle candle


def test_downwards_likewise():
    found = gap("104/106/99/100", "100/101/86/87", "88/94/84/85")

    assert (found.direction, found.bottom, found.top) == (Direction.DOWN, 94, 99)


@pytest.mark.parametrize(
    "rows",
    [
        ("100/105/98/104", "104/118/103/117", "116/120/105/119"),  # the wicks meet
        ("100/105/98/104", "104/118/103/105", "116/120/110/119"),  # the middle closed at the first high, not above
        ("104/106/99/100", "100/101/86/99", "88/94/84/85"),
        ("104/118/103/117", "116/120/110/119"),  # two candles
    ],
)
def test_no_gap(rows):
    assert gap(*rows) is None


def test_without_an_atr_nothing_can_be_told_from_noise():
    rows = ("100/105/98/104", "104/118/103/117", "116/120/110/119")

    assert gap(*rows, atr=None) is None
    assert gap(*rows, atr=0.0) is None


def test_strength_is_size_displacement_and_volume():
    """Size 5 of ATR 10: half of 40. Body 13 of 15: 34.67 of 40. Volume at 1.5 of the mean, of twice: 15 of 20."""
    rows = ("100/105/98/104", "104/118/103/117", "116/120/110/119")

    assert gap(*rows, volume=30.0, average=20.0).strength == 70
    assert gap(*rows).strength == 68  # without volume the other two count for all: 54.67 × 1.25
    assert gap(*rows, volume=30.0).strength == 68
    assert gap(*rows, volume=90.0, average=20.0).strength == 75


def test_strength_never_exceeds_a_hundred():
    huge = ("100/105/98/104", "104/218/103/217", "216/220/210/219")

    assert gap(*huge).strength == 100
    assert gap(*huge, volume=99.0, average=20.0).strength == 100
