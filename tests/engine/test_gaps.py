"""Fair value gaps on drawn candles."""

from __future__ import annotations

import pytest

from engine.gaps import Gap, MeanBody, new_gap
from engine.types import Direction
from tests.engine.market_data import MONDAY_MS, line, mean_volume

M15_MS = 900_000
UP_GAP = ("100/105/98/104", "104/118/103/117", "116/120/110/119")
DOWN_GAP = ("104/106/99/100", "100/101/86/87", "88/94/84/85")


def gap(*rows: str, atr: float | None = 10.0, volume: float | None = None, average: float | None = None) -> Gap | None:
    return new_gap(line(*rows, volume=volume), atr, mean_volume(average))


def test_three_candles_whose_outer_wicks_do_not_meet_leave_a_gap():
    found = gap(*UP_GAP)

    assert (found.direction, found.bottom, found.top) == (Direction.UP, 105, 110)
    assert found.formed_ms == MONDAY_MS + M15_MS  # the middle candle


def test_downwards_likewise():
    found = gap(*DOWN_GAP)

    assert (found.direction, found.bottom, found.top) == (Direction.DOWN, 94, 99)
    assert found.formed_ms == MONDAY_MS + M15_MS


def test_only_the_last_three_candles_are_asked():
    assert gap("50/60/40/55", *UP_GAP) == Gap(Direction.UP, 110, 105, 68, MONDAY_MS + 2 * M15_MS)
    assert gap(*UP_GAP, "119/121/112/113") is None


@pytest.mark.parametrize(
    "rows",
    [
        ("100/105/98/104", "104/118/103/117", "116/120/105/119"),  # the wicks meet
        ("100/105/98/104", "104/118/103/105", "116/120/110/119"),  # the middle closed at the first high, not above
        ("104/106/99/100", "100/101/86/87", "88/99/84/85"),
        ("104/106/99/100", "100/101/86/99", "88/94/84/85"),
        ("104/118/103/117", "116/120/110/119"),  # two candles
        ("100/100/100/100", "100/100/100/100", "100/100/100/100"),
    ],
)
def test_no_gap(rows):
    assert gap(*rows) is None


def test_a_gap_of_one_tick_is_one():
    assert gap("100/105/98/104", "104/118/103/106", "107/120/106/119").top == 106
    assert gap("104/106/99/100", "100/101/86/98", "88/98/84/85").bottom == 98


def test_the_colour_of_the_middle_candle_does_not_matter():
    """It opened far above and closed lower, still above the first high."""
    assert gap("100/105/98/104", "116/118/106/107", "111/120/110/119").direction is Direction.UP


def test_without_an_atr_nothing_can_be_told_from_noise():
    assert gap(*UP_GAP, atr=None) is None
    assert gap(*UP_GAP, atr=0.0) is None


def test_strength_is_size_displacement_and_volume():
    """Size 5 of ATR 10: half of 40. Body 13 of 15: 34.67 of 40. Volume at 1.5 of the mean, of twice: 15 of 20."""
    for rows in (UP_GAP, DOWN_GAP):
        assert gap(*rows, volume=30.0, average=20.0).strength == 70
        assert gap(*rows).strength == 68  # without volume the other two count for all: 54.67 × 1.25
        assert gap(*rows, volume=30.0).strength == 68
        assert gap(*rows, volume=30.0, average=0.0).strength == 68
        assert gap(*rows, volume=90.0, average=20.0).strength == 75


def test_strength_never_exceeds_a_hundred():
    huge = ("100/105/98/104", "104/218/103/217", "216/220/210/219")

    assert gap(*huge).strength == 100
    assert gap(*huge, volume=99.0, average=20.0).strength == 100


def mean(*rows: str) -> MeanBody:
    """The mean of these candles' bodies, each over its open."""
    body = MeanBody()
    for candle in line(*rows):
        body.on_candle(candle)
    return body


@pytest.mark.parametrize(
    ("row", "is_large"),
    [
        ("100/104/99/104", False),  # 4 %, exactly twice the mean
        ("100/105/99/105", True),
        ("105/106/99/100", True),  # 4.76 %: the way does not matter
        ("125/131/124/130", False),  # the same five ticks are 4 % here
    ],
)
def test_the_automatic_threshold_is_twice_the_mean_body_relative_to_the_open(row, is_large):
    """Bodies of 1 % and 3 %: the mean is 2 %."""
    bodies = mean("100/102/99/101", "100/101/96/97")

    assert bodies.is_dwarfed_by(line(row)[0]) is is_large


def test_the_mean_runs_over_every_candle_so_far_those_without_a_body_too():
    """Bodies of 4 %, 0, 0 and 0: the mean is 1 %."""
    bodies = mean("100/104/100/104", *["100/105/95/100"] * 3)

    assert not bodies.is_dwarfed_by(line("100/102/100/102")[0])
    assert bodies.is_dwarfed_by(line("100/103/100/103")[0])


def test_in_a_market_that_has_not_moved_any_body_is_large_and_none_is_not():
    bodies = mean("100/100/100/100")

    assert bodies.is_dwarfed_by(line("100/101/100/101")[0])
    assert not bodies.is_dwarfed_by(line("100/101/99/100")[0])
