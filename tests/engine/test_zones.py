"""How far price has gone into a zone, and how often it came back to a base, on drawn candles."""

from __future__ import annotations

import msgspec
import pytest

from engine.types import Candle, Direction, Zone, ZoneKind, ZoneStatus
from engine.zones import Draft, ZoneBook
from tests.builders import zone
from tests.engine.market_data import MONDAY_MS, line

UP, DOWN = Direction.UP, Direction.DOWN
FRESH, TOUCHED, HALF, FILLED, BROKEN, DEAD = ZoneStatus
GAP, BLOCK, BASE = ZoneKind


def add(of: ZoneBook, bottom: int, top: int, direction: Direction, kind: ZoneKind = GAP) -> tuple[Zone, int | None]:
    return of.add(Draft(kind, direction, top, bottom, 50, MONDAY_MS - 1), MONDAY_MS)


def book(
    *zones: tuple[int, int, Direction], kind: ZoneKind = GAP, capacity: int = 40, blocks_by_wick: bool = False
) -> ZoneBook:
    """A book of zones given as (bottom, top, direction), each of strength 50."""
    made = ZoneBook(capacity, blocks_by_wick)
    for bottom, top, direction in zones:
        add(made, bottom, top, direction, kind)
    return made


def lived(of: ZoneBook, *rows: str) -> list[list[ZoneStatus]]:
    """The statuses reached candle by candle."""
    return [[status for _, status in changes(of, candle)] for candle in line(*rows)]


def changes(of: ZoneBook, candle: Candle) -> list[tuple[int, ZoneStatus]]:
    """Ids of the zones whose status this candle changes, with the new one, in order."""
    found = []
    while (changed := of.next_changed(candle.low, candle.high, candle.close, candle.close_ms)) is not None:
        found.append((changed.zone.id, changed.status))
    return found


def visited(of: ZoneBook, candle: Candle) -> list[Zone]:
    """The bases this candle came back to; ask after its changes."""
    return list(iter(lambda: of.next_visited(candle.low, candle.high), None))


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
    assert of.all() == ()


def test_a_zone_filled_earlier_is_broken_by_a_later_close():
    assert lived(book((100, 110, UP)), "120/121/90/105", "105/106/98/99") == [[TOUCHED, HALF, FILLED], [BROKEN]]


def test_the_moment_of_the_first_touch_is_kept():
    of = book((100, 110, UP))
    candles = line("120/121/108/115", "115/116/104/110")
    for candle in candles:
        changes(of, candle)

    assert of.all()[0].touched_ms == candles[0].close_ms


def turned_at(of: ZoneBook, *rows: str) -> list[int | None]:
    """When the zone turned, as a count of candles closed, asked after each candle while it is watched."""
    found = []
    for candle in line(*rows):
        changes(of, candle)
        broken = [each.broken_ms for each in of.all()]
        found += [None if at is None else (at - MONDAY_MS) // candle.timeframe.ms for at in broken]
    return found


@pytest.mark.parametrize("kind", list(ZoneKind))
def test_the_close_of_the_candle_that_turned_a_zone_is_kept_until_its_death(kind):
    """Filled by the second candle, turned by the third, entered by the fourth, dead by the fifth."""
    rows = ("120/121/108/115", "115/116/100/105", "105/106/95/98", "98/109/97/104", "104/115/103/111")
    of = book((100, 110, UP), kind=kind)

    assert turned_at(of, *rows) == [None, None, 3, 3]
    assert of.all() == ()


def test_a_zone_above_the_market_keeps_when_it_turned_too():
    assert turned_at(book((100, 110, DOWN)), "90/110/89/110", "110/112/108/111", "111/113/101/105") == [None, 2, 2]


def test_a_zone_touched_and_turned_by_one_candle_has_both_moments_from_it():
    of = book((100, 110, UP))
    (candle,) = line("120/121/90/95")

    changes(of, candle)

    (turned,) = of.all()
    assert (turned.status, turned.touched_ms, turned.broken_ms) == (BROKEN, candle.close_ms, candle.close_ms)


def test_a_block_turned_by_a_wick_turned_at_the_close_of_that_candle():
    """A fill to the tick turns nothing. What a wick turned, the same candle's close beyond the other edge kills."""
    first, second = (book((100, 110, UP), kind=BLOCK, blocks_by_wick=True) for _ in range(2))

    assert turned_at(first, "120/121/100/115", "112/113/99/105") == [None, 2]
    assert lived(second, "120/121/99/115") == [[TOUCHED, HALF, FILLED, BROKEN, DEAD]]
    assert second.all() == ()


def test_a_candle_reaches_the_nearer_zone_first():
    of = book((100, 105, UP), (110, 113, UP), (112, 116, UP))

    assert changes(of, line("120/121/112/118")[0]) == [
        (3, TOUCHED),
        (3, HALF),
        (2, TOUCHED),
        (3, FILLED),
    ]


def test_of_zones_reached_at_one_price_the_newest_comes_first():
    under = book((100, 110, UP), (102, 110, UP), (101, 110, UP))
    above = book((100, 110, DOWN), (100, 108, DOWN), (100, 109, DOWN))

    assert changes(under, line("120/121/110/115")[0]) == [(3, TOUCHED), (2, TOUCHED), (1, TOUCHED)]
    assert changes(above, line("95/100/94/98")[0]) == [(3, TOUCHED), (2, TOUCHED), (1, TOUCHED)]


@pytest.mark.parametrize("kind", list(ZoneKind))
def test_a_full_book_lets_the_oldest_of_the_same_kind_go(kind):
    of = book((100, 110, UP), (120, 130, UP), kind=kind, capacity=2)
    other = BLOCK if kind is GAP else GAP

    assert add(of, 140, 150, UP, other)[1] is None
    added, evicted = add(of, 160, 170, DOWN, kind)

    assert (added.id, evicted) == (4, 1)
    assert [each.id for each in of.all()] == [2, 3, 4]
    assert {number for number, _ in changes(of, line("180/181/99/175")[0])} == {2, 3, 4}


def test_a_dead_zone_leaves_its_place_to_another():
    of = book((100, 110, UP), (200, 210, DOWN), capacity=2)
    lived(of, "120/121/90/95", "95/115/94/111")

    assert add(of, 100, 110, UP)[1] is None
    assert [each.id for each in of.all()] == [2, 3]


@pytest.mark.parametrize("row", ["140/141/131/135", "140/141/130/135", "140/141/125/135", "140/141/120/135"])
def test_a_zone_let_go_is_not_heard_of_again_however_far_price_had_gone_into_it(row):
    of = book((120, 130, UP), capacity=1)
    lived(of, row)

    assert add(of, 100, 110, UP) == (of.all()[0], 1)
    assert {number for number, _ in changes(of, line("140/141/90/95")[0])} == {2}


def test_a_broken_zone_let_go_is_not_heard_of_again():
    of = book((120, 130, UP), capacity=1)
    lived(of, "140/141/110/115")
    add(of, 100, 101, UP)

    assert lived(of, "115/150/114/140") == [[]]


def test_a_zone_of_one_tick_is_filled_by_what_passes_its_middle():
    """100–101: the middle is 100.5."""
    assert lived(book((100, 101, UP)), "120/121/101/115", "115/116/100/110") == [[TOUCHED], [HALF, FILLED]]


BLOCK_ROWS = ("120/121/99/105", "105/106/98/99", "99/115/98/110", "110/118/109/111")


def test_a_block_is_broken_by_a_close_beyond_it_or_where_set_so_by_a_wick():
    """A breaker dies by a close back through it, a wick at 115 does nothing, whichever way it was broken."""
    by_close = lived(book((100, 110, UP), kind=BLOCK), *BLOCK_ROWS)
    by_wick = lived(book((100, 110, UP), kind=BLOCK, blocks_by_wick=True), *BLOCK_ROWS)

    assert by_close == [[TOUCHED, HALF, FILLED], [BROKEN], [], [DEAD]]
    assert by_wick == [[TOUCHED, HALF, FILLED, BROKEN], [], [], [DEAD]]


def test_a_bearish_block_is_broken_by_a_wick_above_it():
    of = book((100, 110, DOWN), kind=BLOCK, blocks_by_wick=True)

    assert lived(of, "90/110/89/95", "95/111/94/105", "105/106/99/100", "100/101/98/99") == [
        [TOUCHED, HALF, FILLED],
        [BROKEN],
        [],
        [DEAD],
    ]


def test_a_block_filled_to_the_tick_waits_for_the_wick_beyond():
    of = book((100, 110, UP), kind=BLOCK, blocks_by_wick=True)

    assert lived(of, "120/121/100/115", "115/116/100/112", "112/113/99/112") == [
        [TOUCHED, HALF, FILLED],
        [],
        [BROKEN, DEAD],
    ]


@pytest.mark.parametrize("kind", [GAP, BASE])
def test_the_wick_counts_for_blocks_only(kind):
    of = book((100, 110, UP), kind=kind, blocks_by_wick=True)

    assert lived(of, "120/121/90/105", "105/106/90/100", "100/101/98/99") == [
        [TOUCHED, HALF, FILLED],
        [],
        [BROKEN],
    ]


@pytest.mark.parametrize(("kind", "whole", "broken"), [(GAP, "FVG", "IFVG"), (BLOCK, "OB", "BB"), (BASE, "SD", "SD")])
def test_a_broken_zone_has_another_name_and_works_the_other_way(kind, whole, broken):
    for status in (ZoneStatus.FRESH, TOUCHED, HALF, FILLED):
        still = zone(kind=kind, status=status)
        assert (still.name, still.bias) == (whole, UP)
    for direction in Direction:
        turned = zone(kind=kind, direction=direction, status=BROKEN)
        assert (turned.name, turned.bias, turned.direction) == (broken, direction.opposite, direction)


def test_a_zone_without_room_or_known_before_it_formed_is_refused():
    with pytest.raises(ValueError, match="bottom 100 must be below its top 100"):
        zone(100, 100)
    with pytest.raises(ValueError, match="known at 1, before it formed at 2"):
        zone(formed_ms=2, known_ms=1)
    with pytest.raises(ValueError, match="bottom 100 must be below its top 100"):
        add(ZoneBook(), 100, 100, UP)


def test_a_gap_is_found_by_when_it_became_known_and_its_direction():
    of = ZoneBook()
    for number, (kind, direction) in enumerate([(GAP, UP), (GAP, DOWN), (BLOCK, UP), (GAP, UP), (BASE, UP)]):
        of.add(Draft(kind, direction, 110, 100, 50, MONDAY_MS), MONDAY_MS + number // 2)

    assert of.gap_known_at(UP, MONDAY_MS + 2) is None
    assert of.gap_known_at(UP, MONDAY_MS + 1).id == 4
    assert of.gap_known_at(DOWN, MONDAY_MS + 1) is None
    of.forget(4)
    assert of.gap_known_at(UP, MONDAY_MS + 1) is None


def test_open_gaps_are_those_from_a_moment_on_that_price_has_at_most_touched_oldest_first():
    of = ZoneBook()
    rows = [(GAP, 100), (GAP, 80), (GAP, 120), (BLOCK, 90), (GAP, 90)]
    for number, (kind, bottom) in enumerate(rows):
        of.add(Draft(kind, UP, bottom + 10, bottom, 50, MONDAY_MS), MONDAY_MS + number)
    changes(of, line("135/136/110/115")[0])

    assert [(gap.id, gap.status) for gap in of.open_gaps(MONDAY_MS)] == [(1, TOUCHED), (2, FRESH), (5, FRESH)]
    assert [gap.id for gap in of.open_gaps(MONDAY_MS + 1)] == [2, 5]


def test_a_stored_book_goes_on_where_it_was():
    """One zone of each status, a base that was left, and a base price still stands in."""
    of = book((118, 120, UP), (105, 107, UP), (104, 106, UP), (96, 108, UP), (150, 160, DOWN))
    add(of, 100, 116, UP, BASE)
    add(of, 101, 105, UP, BASE)
    for candle in line("125/126/105/108", "108/117/107/117"):
        changes(of, candle)
        visited(of, candle)
    before = of.all()
    again = msgspec.json.decode(msgspec.json.encode(of), type=ZoneBook)

    assert [each.status for each in before] == [BROKEN, FILLED, HALF, TOUCHED, FRESH, HALF, TOUCHED]
    assert again.all() == before
    for candle in line("117/118/103/104", "104/165/90/163"):
        assert changes(again, candle) == changes(of, candle) != []
        assert visited(again, candle) == visited(of, candle)
        assert again.all() == of.all()


def visits(of: ZoneBook, *rows: str) -> list[list[tuple[int, int]]]:
    """The visits that were not the first, candle by candle, as (number, strength then)."""
    told = []
    for candle in line(*rows):
        changes(of, candle)
        told.append([(zone.touches, zone.strength) for zone in visited(of, candle)])
    return told


def standing(of: ZoneBook) -> tuple[int, int]:
    base = of.all()[0]
    return base.touches, base.strength


def test_the_first_visit_to_a_base_is_its_touch_and_wears_ten_points_off():
    of = book((100, 110, UP), kind=BASE)

    assert visits(of, "120/121/111/115") == [[]]
    assert standing(of) == (0, 50)
    assert visits(of, "120/121/110/115") == [[]]
    assert standing(of) == (1, 40)
    assert of.all()[0].status is TOUCHED


def test_a_new_visit_begins_after_a_candle_that_lay_wholly_away():
    """Two candles that stay, one that leaves, one away still, one that comes back to the edge."""
    of = book((100, 110, UP), kind=BASE)
    rows = (
        "120/121/109/115",
        "115/116/108/112",
        "112/118/110/117",
        "117/120/111/119",
        "119/120/112/113",
        "113/114/110/111",
    )

    assert visits(of, *rows) == [[], [], [], [], [], [(2, 30)]]
    assert standing(of) == (2, 30)


def test_a_supply_base_is_visited_from_below():
    of = book((100, 110, DOWN), kind=BASE)
    rows = ("95/101/94/98", "98/100/93/94", "94/99/90/92", "92/100/91/95", "95/96/90/91", "91/104/90/95")

    assert visits(of, *rows) == [[], [], [], [(2, 30)], [], [(3, 20)]]


@pytest.mark.parametrize(("direction", "row"), [(UP, "112/115/110/112"), (DOWN, "98/100/95/98")])
def test_a_candle_that_meets_the_edge_has_not_left(direction, row):
    assert visits(book((100, 110, direction), kind=BASE), row, row, row) == [[], [], []]


def test_a_base_never_has_less_than_no_strength():
    """50 points are gone with the fifth visit."""
    of = book((100, 110, UP), kind=BASE)

    told = visits(of, *["120/121/110/115", "115/121/112/120"] * 7)

    assert [told[i] for i in range(0, 14, 2)] == [[], [(2, 30)], [(3, 20)], [(4, 10)], [(5, 0)], [(6, 0)], [(7, 0)]]


def test_visits_are_not_counted_any_more_once_a_base_is_filled():
    """The candle that fills it is no visit either."""
    of = book((100, 110, UP), kind=BASE)
    rows = ("120/121/109/115", "115/121/112/120", "120/121/100/115", "115/121/112/120", "120/121/109/115")

    assert visits(of, *rows) == [[], [], [], [], []]
    assert standing(of) == (1, 40)


def test_a_base_filled_by_its_first_visit_has_had_one():
    of = book((100, 110, UP), kind=BASE)

    assert visits(of, "120/121/95/115", "115/121/112/120", "120/121/109/115") == [[], [], []]
    assert standing(of) == (1, 40)


@pytest.mark.parametrize("kind", [GAP, BLOCK])
def test_a_gap_or_a_block_counts_its_first_visit_only_and_is_not_worn(kind):
    of = book((100, 110, UP), kind=kind)

    assert visits(of, "120/121/109/115", "115/121/112/120", "120/121/109/115") == [[], [], []]
    assert standing(of) == (1, 50)


@pytest.mark.parametrize("rows", [("120/121/110/115",), ("120/121/110/115", "115/121/112/120")])
def test_a_base_let_go_is_visited_no_more_whether_price_was_there_or_away(rows):
    of = book((100, 110, UP), kind=BASE, capacity=1)
    visits(of, *rows)
    add(of, 10, 20, UP, BASE)

    assert visits(of, "120/121/111/120", "120/121/110/115", "115/121/112/120", "120/121/110/115") == [[], [], [], []]


def test_bases_are_come_back_to_in_the_order_price_reaches_them():
    of = book((100, 110, UP), (95, 120, UP), (90, 115, UP), kind=BASE)
    first, away, back = line("125/126/108/121", "121/130/121/129", "129/130/109/125")
    for candle in (first, away, back):
        changes(of, candle)
        again = [zone.id for zone in visited(of, candle)]

    assert again == [2, 3, 1]


def test_one_candle_can_come_back_to_a_demand_and_a_supply():
    of = book((100, 110, UP), (130, 140, DOWN), kind=BASE)

    assert visits(of, "120/131/109/120", "120/125/115/120", "120/131/109/120") == [[], [], [(2, 30), (2, 30)]]
