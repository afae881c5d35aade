"""Resting stops and their taking, on drawn candles."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.liquidity import EqualLevels, PoolBook, Taken, pool_of, reversal_strength, round_sweeps
from engine.types import Direction, LiquidityPool, PoolKind, Price, Sweep, SwingKind
from tests.builders import pool, swing
from tests.engine.market_data import MONDAY_MS, line, mean_volume

HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
M15_MS = 900_000


def book(*pools: LiquidityPool, capacity: int = 60) -> PoolBook:
    made = PoolBook(capacity)
    for each in pools:
        made.add(each)
    return made


def take(of: PoolBook, row: str) -> Taken:
    return of.on_candle(line(row)[0], None, mean_volume(None))


def sweeps(of: PoolBook, row: str) -> list[tuple[int, Direction, int]]:
    return [(s.pool.level, s.direction, s.extreme) for s in take(of, row).swept]


def test_a_wick_above_a_high_and_a_close_back_below_sweeps_it():
    """A wick of 5/9 of the range; 60 % would be all."""
    resting = pool(105, HIGH)

    assert take(book(resting), "100/108/99/103") == Taken(
        (Sweep(resting, Direction.DOWN, 108, MONDAY_MS, MONDAY_MS + M15_MS, 93),), ()
    )


def test_a_wick_below_a_low_and_a_close_back_above_sweeps_it():
    assert sweeps(book(pool(95, LOW)), "100/101/92/97") == [(95, Direction.UP, 92)]


@pytest.mark.parametrize(
    ("side", "row", "broken"),
    [
        (HIGH, "100/105/99/103", False),  # met, not passed
        (HIGH, "100/108/99/106", True),  # closed beyond
        (LOW, "100/101/95/97", False),
        (LOW, "100/101/92/94", True),
    ],
)
def test_a_touch_leaves_the_pool_and_a_close_beyond_breaks_it(side, row, broken):
    resting = pool(105 if side is HIGH else 95, side)
    of = book(resting)

    assert take(of, row) == Taken((), (resting,) if broken else ())
    assert of.all() == (() if broken else (resting,))


def test_a_close_at_the_level_counts_as_back_inside():
    assert sweeps(book(pool(105, HIGH)), "100/108/99/105") == [(105, Direction.DOWN, 108)]
    assert sweeps(book(pool(95, LOW)), "100/101/92/95") == [(95, Direction.UP, 92)]


def test_a_pool_that_price_closed_at_is_not_broken_as_well():
    assert take(book(pool(105, HIGH)), "100/108/99/105").broken == ()
    assert take(book(pool(95, LOW)), "100/101/92/95").broken == ()


def test_a_pool_is_taken_once():
    of = book(pool(105, HIGH))
    sweeps(of, "100/108/99/103")

    assert sweeps(of, "103/110/99/103") == []


def test_one_candle_can_take_several_pools_sweep_some_and_break_others_nearest_first():
    of = book(pool(104, HIGH), pool(102, HIGH), pool(106, HIGH), pool(110, HIGH))

    taken = take(of, "100/108/99/103")

    assert [(s.pool.level, s.direction, s.extreme) for s in taken.swept] == [
        (104, Direction.DOWN, 108),
        (106, Direction.DOWN, 108),
    ]
    assert [p.level for p in taken.broken] == [102]
    assert [p.level for p in of.all()] == [110]


def test_below_the_market_the_nearest_is_the_highest():
    of = book(pool(96, LOW), pool(98, LOW), pool(94, LOW), pool(90, LOW), pool(99, LOW))

    taken = take(of, "100/101/92/97")

    assert [s.pool.level for s in taken.swept] == [96, 94]
    assert [p.level for p in taken.broken] == [99, 98]
    assert [p.level for p in of.all()] == [90]


def test_one_candle_can_take_both_sides():
    assert sweeps(book(pool(105, HIGH), pool(95, LOW)), "100/108/92/100") == [
        (105, Direction.DOWN, 108),
        (95, Direction.UP, 92),
    ]


def test_one_candle_can_sweep_one_side_and_break_the_other():
    taken = take(book(pool(105, HIGH), pool(95, LOW)), "100/108/92/107")

    assert [s.pool.level for s in taken.swept] == [95]
    assert [p.level for p in taken.broken] == [105]


@pytest.mark.parametrize("side", list(SwingKind))
def test_a_full_side_lets_the_pool_known_longest_go(side):
    of = PoolBook(capacity=2)
    made = [pool(level, side, formed_ms=when) for when, level in enumerate((104, 103, 105))]

    assert [of.add(each) for each in made] == [None, None, made[0]]
    assert sorted(p.level for p in of.all()) == [103, 105]


def test_the_sides_do_not_take_each_others_places():
    of = book(pool(105, HIGH), pool(106, HIGH), capacity=2)

    assert of.add(pool(95, LOW)) is None
    assert of.add(pool(94, LOW)) is None


def test_a_pool_taken_leaves_its_place_to_another():
    of = book(pool(105, HIGH), pool(110, HIGH), capacity=2)
    sweeps(of, "100/108/99/103")

    assert of.add(pool(107, HIGH)) is None


def test_stops_rest_beyond_every_swing():
    found = pool_of(swing(HIGH, 105, formed_ms=1000, known_ms=3000))

    assert found == LiquidityPool(PoolKind.SWING, HIGH, 105, 1000, 3000)


def test_a_new_day_replaces_the_levels_of_the_day_before():
    high, low = pool(105, HIGH, PoolKind.DAY), pool(95, LOW, PoolKind.DAY)
    of = book(high, pool(104, HIGH), low)

    assert of.expire(pool(110, HIGH, PoolKind.DAY)) == high
    assert of.expire(pool(90, LOW, PoolKind.DAY)) == low
    assert [p.level for p in of.all()] == [104]


def test_a_new_session_replaces_the_levels_of_its_own_name():
    london, asia, next_asia = (
        LiquidityPool(PoolKind.SESSION, HIGH, level, 0, 1, name)
        for name, level in (("London", 104), ("Asia", 105), ("Asia", 110))
    )
    of = book(asia, london)

    assert of.expire(next_asia) == asia
    assert of.all() == (london,)


def test_levels_already_taken_are_not_replaced():
    of = book(pool(105, HIGH, PoolKind.DAY), pool(95, LOW, PoolKind.DAY))
    sweeps(of, "100/108/99/103")

    assert of.expire(pool(110, HIGH, PoolKind.DAY)) is None
    assert [p.level for p in of.all()] == [95]


def round_numbers(row: str, before: Price, step: int = 100) -> list[tuple[SwingKind, Price]]:
    """The round numbers swept by this candle after a close at `before`."""
    previous, candle = line((before, before, before, before), row)
    return [(s.pool.side, s.pool.level) for s in round_sweeps(candle, previous, step, None, mean_volume(None))]


def test_a_round_number_rests_since_the_close_before_it_is_swept():
    """An upper wick of 12 in 17 ticks is all there can be."""
    previous, candle = line("1090/1094/1089/1093", "1093/1105/1088/1090")

    assert round_sweeps(candle, previous, 100, None, mean_volume(None)) == (
        Sweep(
            LiquidityPool(PoolKind.ROUND, HIGH, 1100, previous.open_ms, previous.close_ms),
            Direction.DOWN,
            1105,
            candle.open_ms,
            candle.close_ms,
            100,
        ),
    )


@pytest.mark.parametrize(
    ("row", "swept"),
    [
        ("1093/1100/1088/1090", False),  # met, not passed
        ("1093/1101/1088/1090", True),
        ("1093/1105/1088/1100", True),  # closed at it
        ("1093/1105/1088/1101", False),  # closed beyond
        ("1102/1105/1088/1090", True),  # opened beyond: the close before lay below
    ],
)
def test_a_round_number_above_the_last_close_is_swept_by_a_wick_and_a_close_back(row, swept):
    assert round_numbers(row, before=1093) == ([(HIGH, 1100)] if swept else [])


@pytest.mark.parametrize(
    ("row", "swept"),
    [
        ("1107/1112/1100/1110", False),
        ("1107/1112/1099/1110", True),
        ("1107/1112/1095/1100", True),
        ("1107/1112/1095/1099", False),
        ("1098/1112/1095/1110", True),
    ],
)
def test_a_round_number_below_the_last_close_likewise(row, swept):
    assert round_numbers(row, before=1107) == ([(LOW, 1100)] if swept else [])


def test_a_round_number_at_the_last_close_rests_on_neither_side():
    assert round_numbers("1100/1105/1095/1100", before=1100) == []


def test_no_round_number_above_is_told_more_than_the_nearest_three():
    assert round_numbers("1050/1950/1040/1060", before=1050) == [(HIGH, 1100), (HIGH, 1200), (HIGH, 1300)]
    assert round_numbers("1950/1960/1050/1940", before=1950) == [(LOW, 1900), (LOW, 1800), (LOW, 1700)]


def test_a_round_number_that_the_candle_only_reached_was_not_traded_beyond():
    assert round_numbers("1150/1300/1140/1150", before=1150) == [(HIGH, 1200)]
    assert round_numbers("1150/1160/1000/1150", before=1150) == [(LOW, 1100)]


def test_a_candle_that_closes_at_a_round_number_where_its_range_ends_came_back_to_it():
    """It opened beyond and never was on the other side."""
    assert round_numbers("1120/1150/1100/1100", before=1093) == [(HIGH, 1100)]
    assert round_numbers("1080/1100/1050/1100", before=1107) == [(LOW, 1100)]


def test_round_numbers_that_were_broken_are_not_among_the_three():
    """It closed above 1100 and 1200 and came back from 1300 to 1600."""
    assert round_numbers("1050/1650/1040/1250", before=1050) == [(HIGH, 1300), (HIGH, 1400), (HIGH, 1500)]
    assert round_numbers("1950/1960/1350/1750", before=1950) == [(LOW, 1700), (LOW, 1600), (LOW, 1500)]


def test_round_numbers_of_both_sides_come_those_above_first():
    assert round_numbers("1150/1350/950/1150", before=1150) == [(HIGH, 1200), (HIGH, 1300), (LOW, 1100), (LOW, 1000)]


def test_a_sweep_of_a_round_number_is_measured_like_any_other():
    """A wick of 3 of 10, back 3 of 12, the usual volume: 20, 10 and 10 points."""
    previous, candle = line("1090/1095/1089/1093", "1092/1102/1092/1099", volume=100.0)

    (found,) = round_sweeps(candle, previous, 100, 12.0, mean_volume(100.0))

    assert found.strength == 40


def equal_levels(*highs_and_lows: tuple[SwingKind, int], tolerance: str = "0.1", atr: float | None = 20.0):
    """The pools these swings make, one after the other, while the ATR stands."""
    levels = EqualLevels(Decimal(tolerance).as_integer_ratio())
    made = [levels.register(swing(side, price), atr) for side, price in highs_and_lows]
    return [(p.kind, p.side, p.level) for p in made if p is not None]


def test_two_highs_nearer_than_a_tenth_of_the_atr_are_equal_and_stops_rest_beyond_the_farther():
    assert equal_levels((HIGH, 105), (HIGH, 104)) == [(PoolKind.EQUAL, HIGH, 105)]
    assert equal_levels((LOW, 95), (LOW, 96)) == [(PoolKind.EQUAL, LOW, 95)]
    assert equal_levels((HIGH, 105), (HIGH, 105)) == [(PoolKind.EQUAL, HIGH, 105)]


@pytest.mark.parametrize(
    ("tolerance", "atr", "second"),
    [("0.1", 20.0, 103), ("0.1", 30.0, 102), ("0.3", 10.0, 102), ("0.1", None, 105), ("0.1", 0.0, 105)],
)
def test_exactly_a_tenth_is_too_far_and_without_an_atr_nothing_is_equal(tolerance, atr, second):
    """0.1 × 30 is a little more than 3 in floats: rounding must not decide."""
    assert equal_levels((HIGH, 105), (HIGH, second), tolerance=tolerance, atr=atr) == []


def test_a_high_and_a_low_are_not_compared():
    assert equal_levels((HIGH, 100), (LOW, 100), (HIGH, 90), (LOW, 110)) == []


def test_equal_highs_are_drawn_at_the_later_one():
    levels = EqualLevels((1, 10))
    levels.register(swing(HIGH, 105, formed_ms=1000, known_ms=3000), 20.0)

    assert levels.register(swing(HIGH, 104, formed_ms=5000, known_ms=7000), 20.0) == LiquidityPool(
        PoolKind.EQUAL, HIGH, 105, 5000, 7000
    )


def test_only_two_highs_one_after_the_other_are_compared():
    assert equal_levels((HIGH, 105), (HIGH, 95), (HIGH, 105)) == []


def test_a_third_high_is_equal_to_the_second():
    assert equal_levels((HIGH, 105), (HIGH, 104), (HIGH, 103)) == [
        (PoolKind.EQUAL, HIGH, 105),
        (PoolKind.EQUAL, HIGH, 104),
    ]


@pytest.mark.parametrize(
    ("side", "row", "is_equal"),
    [
        (HIGH, "100/105/99/103", True),
        (HIGH, "100/106/99/103", False),
        (LOW, "110/111/105/107", True),
        (LOW, "110/111/104/107", False),
    ],
)
def test_a_swing_that_was_traded_beyond_since_has_no_equal(side, row, is_equal):
    levels = EqualLevels((1, 2))
    levels.register(swing(side, 105), 20.0)
    levels.on_candle(line(row)[0])

    assert (levels.register(swing(side, 104 if side is HIGH else 106), 20.0) is not None) is is_equal


@pytest.mark.parametrize(
    ("row", "atr", "usual", "strength"),
    [
        ("102/110/100/101", 8.0, 50.0, 100),  # wick 8 of 10, nine ticks back, twice the volume: all of it
        ("100/110/100/107", 12.0, 100.0, 40),  # wick 3 of 10 is 20 of 40, back 3 of 12 is 10, volume 1 of 2 is 10
        ("100/110/100/107", 12.0, None, 38),  # 30 of 80
        ("100/110/100/107", None, None, 50),  # 20 of 40
        ("100/110/100/107", 0.0, 0.0, 50),  # a market that stood still says nothing
        ("100/110/100/110", 12.0, 1000.0, 1),  # no wick, no way back, a tenth of the volume
    ],
)
def test_a_sweep_counts_by_its_wick_its_way_back_and_its_volume(row, atr, usual, strength):
    (candle,) = line(row, volume=100.0)
    upside_down = msgspec.structs.replace(
        candle, open=210 - candle.open, high=210 - candle.low, low=210 - candle.high, close=210 - candle.close
    )

    assert reversal_strength(candle, Direction.DOWN, atr, usual) == strength
    assert reversal_strength(upside_down, Direction.UP, atr, usual) == strength


def test_a_candle_without_volume_is_measured_by_its_shape():
    (candle,) = line("100/110/100/107")

    assert reversal_strength(candle, Direction.DOWN, 12.0, 50.0) == 38


@pytest.mark.parametrize("side", list(SwingKind))
def test_pools_of_one_level_stand_in_the_order_they_came(side):
    first, second = (pool(side=side, level=100, kind=kind) for kind in (PoolKind.DAY, PoolKind.WEEK))

    assert book(first, second).all() == (first, second)
