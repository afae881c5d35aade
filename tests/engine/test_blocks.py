"""Order blocks on drawn candles: the candle from which the move began that broke structure."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import msgspec
import pytest

from engine.blocks import Block, Surroundings, is_displaced, leg_start, new_blocks
from engine.config import BlockCandle, BlockOrigin
from engine.types import Candle, Direction, Scale
from tests.builders import broken
from tests.engine.market_data import MONDAY_MS, line
from tests.engine.mirror import mirrored

M15_MS = 900_000
UP, DOWN = Direction.UP, Direction.DOWN
RAW, PARSED = BlockCandle
STRUCTURE, DISPLACEMENT = BlockOrigin
BOTH = (STRUCTURE, DISPLACEMENT)
CENTRE = 20_000


def opened(index: int) -> int:
    return MONDAY_MS + index * M15_MS


def surroundings(**known: object) -> Surroundings:
    """A market without an ATR, a volume, a gap and a sweep, unless said otherwise."""
    fields = {
        "round_step": 1000,
        "round_reach": 0.0,
        "displacement": inf,
        "average_volume": None,
        "gap_ms": -1,
        "sweep_ms": -1,
    }
    return Surroundings(**(fields | known))


def blocks(
    candles: Sequence[Candle],
    direction: Direction = UP,
    *,
    swing_at: int = 0,
    scale: Scale = Scale.INTERNAL,
    origins: Sequence[BlockOrigin] = (STRUCTURE,),
    choice: BlockCandle = RAW,
    swapped: Sequence[int] = (),
    **known: object,
) -> list[Block]:
    """The blocks behind a break by the last candle, of a swing made by the candle at that index."""
    around = surroundings(**known)
    start = leg_start(candles, opened(swing_at), direction)
    of = msgspec.structs.replace(
        broken(direction=direction, level_formed_ms=opened(swing_at)),
        scale=scale,
        is_displaced=is_displaced(candles, start, around),
    )
    return new_blocks(candles, [i in swapped for i in range(len(candles))], start, of, around, origins, choice)


def chosen(candles: Sequence[Candle], *args: object, **known: object) -> list[int]:
    """Index of the candle of each block."""
    return [candles.index(block.candle) for block in blocks(candles, *args, **known)]


def evidence(candles: Sequence[Candle], *args: object, **known: object) -> tuple[str, ...]:
    (block,) = blocks(candles, *args, **known)
    return block.evidence


def turned(candles: Sequence[Candle]) -> list[Candle]:
    return [mirrored(candle, CENTRE) for candle in candles]


RALLY = ("110/115/108/111", "111/112/104/105", "105/107/101/103", "103/109/102/108", "108/118/107/117")
FALL = ("100/102/95/96", "96/103/95/102", "102/109/101/107", "104/105/98/99", "99/100/90/91")


def test_behind_a_break_upwards_stands_the_lowest_candle_since_the_swing():
    candles = line(*RALLY)

    assert blocks(candles) == [Block(candles[2], 20, ())]


def test_behind_a_break_downwards_stands_the_highest_candle_since_the_swing():
    candles = line(*FALL)

    assert blocks(candles, DOWN) == [Block(candles[2], 20, ())]


def test_a_block_of_the_larger_structure_starts_with_ten_points_more():
    candles = line(*RALLY)

    assert blocks(candles, scale=Scale.SWING) == [Block(candles[2], 30, ())]


def test_the_swing_itself_and_the_breaking_candle_are_not_looked_at():
    assert chosen(line("110/115/90/111", "111/112/104/105", "105/118/80/117")) == [1]


def test_what_lies_before_the_swing_is_not_looked_at():
    assert chosen(line("100/101/50/100", *RALLY), swing_at=1) == [3]


def test_a_swing_older_than_the_window_leaves_the_whole_window_to_look_at():
    assert chosen(line(*RALLY), swing_at=-3) == [2]
    assert chosen(line(*RALLY[2:]), swing_at=-3) == [0]


def test_of_equal_lows_the_nearest_to_the_move_counts():
    assert chosen(line("110/115/108/111", "111/112/101/105", "105/107/101/103", "103/118/102/117")) == [2]
    assert chosen(line("100/102/95/96", "96/109/95/102", "102/109/101/107", "104/105/90/91"), DOWN) == [2]


def test_a_break_right_after_the_swing_has_no_block():
    assert blocks(line("110/115/108/111", "111/118/107/117")) == []
    assert blocks(line("110/115/108/111", "111/118/107/117"), choice=PARSED) == []


@pytest.mark.parametrize("choice", [RAW, PARSED])
def test_a_candle_without_a_range_makes_no_block(choice):
    assert blocks(line("110/115/108/111", "101/101/101/101", "105/118/104/117"), choice=choice) == []


SPIKE = ("110/115/108/111", "111/125/80/106", "106/107/100/103", "103/118/102/117")


def test_parsed_a_spike_is_not_chosen_by_its_wick():
    """The low of 80 belongs to a candle of 45 ticks; its high and low change places, and 100 is the lowest."""
    assert chosen(line(*SPIKE), choice=RAW, swapped=[1]) == [1]
    assert chosen(line(*SPIKE), choice=PARSED, swapped=[1]) == [2]
    assert chosen(line(*SPIKE), choice=PARSED) == [1]


def test_parsed_downwards_likewise():
    candles = turned(line(*SPIKE))

    assert chosen(candles, DOWN, choice=RAW, swapped=[1]) == [1]
    assert chosen(candles, DOWN, choice=PARSED, swapped=[1]) == [2]


def test_a_spike_that_is_chosen_all_the_same_is_a_block_from_its_low_to_its_high():
    candles = line("110/115/108/111", "111/113/80/106", "114/118/113/117")

    (block,) = blocks(candles, choice=PARSED, swapped=[1])

    assert (block.candle.low, block.candle.high) == (80, 113)


def test_of_equal_parsed_lows_the_nearest_to_the_move_counts():
    """The spike counts as 107 for its high, the candle after it has a low of 107."""
    rows = ("110/115/108/111", "106/107/80/106", "108/109/107/108", "108/118/107/117")

    assert chosen(line(*rows), choice=PARSED, swapped=[1]) == [2]
    assert chosen(line(rows[0], rows[2], rows[1], rows[3]), choice=PARSED, swapped=[2]) == [2]


def test_the_leg_begins_by_raw_prices_also_where_blocks_are_parsed():
    """It began at the spike's low of 80, so the gap at the spike lies in it; before that fell the swing's candle."""
    candles = line("111/115/108/110", *SPIKE[1:])

    assert chosen(candles, choice=PARSED, swapped=[1], origins=BOTH, gap_ms=opened(1)) == [2, 0]


LEG = (
    "110/115/108/111",  # the swing
    "108/109/100/101",  # the lowest
    "101/104/101/103",
    "103/104/102/102",  # the last that fell before the gap
    "103/112/103/111",  # left a gap between 104 and 109
    "111/113/109/110",
    "110/118/110/116",  # broke
)


@pytest.mark.parametrize(("displacement", "displaced"), [(6.0, False), (5.9, True), (inf, False)])
def test_a_body_must_be_larger_than_the_displacement(displacement, displaced):
    """The breaking candle's body is 6."""
    for candles, direction in ((line(*LEG), UP), (turned(line(*LEG)), DOWN)):
        start = leg_start(candles, opened(0), direction)

        assert is_displaced(candles, start, surroundings(displacement=displacement)) is displaced


@pytest.mark.parametrize(("at", "displaced"), [(0, False), (1, True), (4, True), (5, True)])
def test_a_gap_in_the_leg_is_displacement_too_from_the_legs_first_candle_on(at, displaced):
    candles = line(*LEG)

    assert is_displaced(candles, leg_start(candles, opened(0), UP), surroundings(gap_ms=opened(at))) is displaced


def test_a_leg_of_the_breaking_candle_alone_has_no_gap():
    """The gap that this candle completes formed at the one before it, the swing."""
    candles = line("110/115/108/111", "111/118/107/117")

    start = leg_start(candles, opened(0), UP)

    assert start == 1
    assert not is_displaced(candles, start, surroundings(gap_ms=opened(0)))


def test_without_displacement_there_is_no_block_of_displacement():
    assert blocks(line(*LEG), origins=[DISPLACEMENT], displacement=6.0) == []
    assert chosen(line(*LEG), origins=BOTH, displacement=6.0) == [1]


def test_before_a_strong_break_stands_the_last_candle_that_fell():
    candles = line(*LEG)

    assert blocks(candles, origins=[DISPLACEMENT], displacement=5.0) == [Block(candles[5], 25, ("displacement",))]


def test_before_the_gap_of_a_weak_break_stands_the_last_candle_that_fell_and_what_came_after_does_not_count():
    candles = line(*LEG)

    assert blocks(candles, origins=[DISPLACEMENT], displacement=6.0, gap_ms=opened(4)) == [
        Block(candles[3], 40, ("gap", "displacement"))
    ]


def test_where_the_break_is_strong_and_has_a_gap_the_strong_candle_counts():
    assert chosen(line(*LEG), origins=[DISPLACEMENT], displacement=5.0, gap_ms=opened(4)) == [5]


def test_before_a_strong_break_downwards_stands_the_last_candle_that_rose():
    candles = turned(line(*LEG))

    assert chosen(candles, DOWN, origins=[DISPLACEMENT], displacement=5.0) == [5]
    assert chosen(candles, DOWN, origins=[DISPLACEMENT], displacement=6.0, gap_ms=opened(4)) == [3]


def test_a_candle_that_closed_where_it_opened_fell_no_more_than_it_rose():
    rows = ("110/115/108/111", "108/109/100/101", "101/103/100/101", "101/118/101/117")

    assert chosen(line(*rows), origins=[DISPLACEMENT], displacement=10.0) == [1]


def test_where_no_candle_fell_there_is_no_block_of_displacement():
    assert (
        blocks(line("108/115/108/111", "111/112/110/112", "112/125/112/124"), origins=[DISPLACEMENT], displacement=9.0)
        == []
    )


@pytest.mark.parametrize(("between", "found"), [(19, [0]), (20, [])])
def test_the_last_opposite_candle_is_looked_for_among_twenty(between, found):
    rows = ["110/112/108/109", *["109/112/108/110"] * between, "110/140/109/139"]

    assert chosen(line(*rows), swing_at=-1, origins=[DISPLACEMENT], displacement=20.0) == found


def test_a_block_of_displacement_may_stand_before_the_broken_swing():
    candles = line("112/113/108/109", "109/115/109/112", "112/130/112/129")

    assert chosen(candles, swing_at=1, origins=BOTH, displacement=10.0) == [0]


def test_both_ways_of_choosing_give_two_blocks_the_structures_first():
    candles = line(*LEG)

    for origins in (BOTH, BOTH[::-1]):
        assert blocks(candles, origins=origins, displacement=5.0) == [
            Block(candles[1], 20, ()),
            Block(candles[5], 25, ("displacement",)),
        ]


def test_where_both_ways_choose_the_same_candle_it_is_one_block():
    candles = line(*RALLY)

    assert blocks(candles, origins=BOTH, displacement=8.0) == [Block(candles[2], 25, ("displacement",))]


def falling(row: str, volume: float | None = None) -> list[Candle]:
    """A rally out of this candle, which is the block."""
    (block,) = line(row, volume=volume, start_ms=opened(1))
    (last,) = line((block.close, block.high + 20, block.close, block.high + 19), start_ms=opened(2))
    (swing,) = line((block.high, block.high + 10, block.low + 1, block.high))
    return [swing, block, last]


PLAIN = "1020/1021/1011/1015"  # a wick of 4 in 10 ticks, and no round number


@pytest.mark.parametrize(
    ("volume", "average", "found"),
    [
        (41.0, 20.0, ("volume",)),
        (40.0, 20.0, ()),  # twice is not more than twice
        (41.0, None, ()),
        (None, 20.0, ()),
        (41.0, 0.0, ()),
    ],
)
def test_more_than_twice_the_mean_volume_is_evidence(volume, average, found):
    candles = falling(PLAIN, volume)

    assert blocks(candles, average_volume=average) == [Block(candles[1], 20 + 15 * len(found), found)]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1020/1021/1011/1018", ("rejection",)),  # seven of ten ticks are lower wick
        ("1020/1021/1011/1017", ()),  # six are not more than sixty per cent
        ("1012/1021/1011/1012", ()),  # the upper wick does not count
        ("1018/1021/1011/1020", ("rejection",)),  # whichever colour
    ],
)
def test_a_wick_over_sixty_percent_on_the_side_price_was_rejected_from_is_evidence(row, found):
    candles = falling(row)

    assert blocks(candles) == [Block(candles[1], 20 + 15 * len(found), found)]
    assert evidence(turned(candles), DOWN) == found


@pytest.mark.parametrize(
    ("row", "reach", "found"),
    [
        ("1005/1006/996/1002", 0.0, ("round",)),
        ("1009/1010/1000/1004", 0.0, ("round",)),  # at its low
        ("999/1000/990/994", 0.0, ("round",)),  # at its high
        ("1010/1011/1001/1005", 0.0, ()),
        ("1010/1011/1001/1005", 0.9, ()),
        ("1010/1011/1001/1005", 1.0, ("round",)),  # as near as may be
        ("998/999/989/993", 1.0, ("round",)),
        ("998/999/989/993", 0.9, ()),
    ],
)
def test_a_round_number_in_or_near_the_block_is_evidence(row, reach, found):
    candles = falling(row)

    assert blocks(candles, round_reach=reach) == [Block(candles[1], 20 + 10 * len(found), found)]
    assert evidence(turned(candles), DOWN, round_reach=reach) == found


@pytest.mark.parametrize(("at", "found"), [(-1, ()), (0, ()), (1, ("gap",)), (2, ("gap",))])
def test_a_gap_left_since_the_block_is_evidence(at, found):
    candles = falling(PLAIN)

    assert blocks(candles, gap_ms=opened(at)) == [Block(candles[1], 20 + 15 * len(found), found)]


@pytest.mark.parametrize(("at", "found"), [(0, ()), (1, ("sweep",)), (4, ("sweep",)), (6, ("sweep",))])
def test_a_sweep_no_more_than_three_candles_before_the_block_is_evidence(at, found):
    """The block is the fifth candle."""
    candles = line(*["1020/1025/1018/1021"] * 4, PLAIN, "1015/1030/1014/1029", "1029/1031/1020/1030")

    assert blocks(candles, sweep_ms=opened(at)) == [Block(candles[4], 20 + 15 * len(found), found)]


def test_a_sweep_before_a_window_that_begins_near_the_block_counts_from_the_windows_first_candle_on():
    candles = line("1020/1025/1018/1021", PLAIN, "1015/1030/1014/1029")

    assert evidence(candles, sweep_ms=opened(0)) == ("sweep",)
    assert evidence(candles, sweep_ms=opened(-1)) == ()


WITNESSED = "1004/1006/996/1003"  # a wick of seven in ten ticks around 1000


def test_evidence_is_named_in_a_fixed_order_and_adds_up():
    """20 + 15 + 15 + 10 + 15 + 15 + 5."""
    candles = falling(WITNESSED, volume=41.0)
    proof = {"average_volume": 20.0, "gap_ms": opened(1), "sweep_ms": opened(1), "displacement": 9.0}

    assert blocks(candles, origins=BOTH, **proof) == [
        Block(candles[1], 95, ("volume", "rejection", "round", "gap", "sweep", "displacement"))
    ]


def test_no_block_is_worth_more_than_a_hundred():
    """30 for the larger structure and all the evidence would be 105."""
    candles = falling(WITNESSED, volume=41.0)
    proof = {"average_volume": 20.0, "gap_ms": opened(1), "sweep_ms": opened(1), "displacement": 9.0}

    (block,) = blocks(candles, scale=Scale.SWING, origins=BOTH, **proof)

    assert block.strength == 100
