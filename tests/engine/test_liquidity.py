"""Resting stops and their taking, on drawn candles."""

from __future__ import annotations

import pytest

from engine.liquidity import PoolBook, PreviousDay, pool_of
from engine.types import Direction, LiquidityPool, PoolKind, Sweep, SwingKind
from tests.builders import at, pool, swing
from tests.engine.market_data import MONDAY_MS, line

HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
M15_MS = 900_000


def book(*pools: LiquidityPool, capacity: int = 60) -> PoolBook:
    made = PoolBook(capacity)
    for each in pools:
        made.add(each)
    return made


def sweeps(of: PoolBook, row: str) -> list[tuple[int, Direction, int]]:
    return [(s.pool.level, s.direction, s.extreme) for s in of.on_candle(line(row)[0])]


def test_a_wick_above_a_high_and_a_close_back_below_sweeps_it():
    resting = pool(105, HIGH)

    assert book(resting).on_candle(line("100/108/99/103")[0]) == [
        Sweep(resting, Direction.DOWN, 108, MONDAY_MS, MONDAY_MS + M15_MS)
    ]


def test_a_wick_below_a_low_and_a_close_back_above_sweeps_it():
    assert sweeps(book(pool(95, LOW)), "100/101/92/97") == [(95, Direction.UP, 92)]


@pytest.mark.parametrize(
    ("row", "taken"),
    [
        ("100/105/99/103", False),  # met, not passed
        ("100/108/99/106", True),  # closed beyond: a break, which is not told here
    ],
)
def test_a_touch_leaves_the_pool_and_a_break_takes_it_without_a_word(row, taken):
    of = book(pool(105, HIGH))

    assert sweeps(of, row) == []
    assert (of.all() == ()) is taken


def test_a_close_at_the_level_counts_as_back_inside():
    assert sweeps(book(pool(105, HIGH)), "100/108/99/105") == [(105, Direction.DOWN, 108)]
    assert sweeps(book(pool(95, LOW)), "100/101/92/95") == [(95, Direction.UP, 92)]


def test_a_pool_is_taken_once():
    of = book(pool(105, HIGH))
    sweeps(of, "100/108/99/103")

    assert sweeps(of, "103/110/99/103") == []


def test_one_candle_can_take_several_pools_sweep_some_and_break_others_nearest_first():
    of = book(pool(104, HIGH), pool(102, HIGH), pool(106, HIGH), pool(110, HIGH))

    assert sweeps(of, "100/108/99/103") == [(104, Direction.DOWN, 108), (106, Direction.DOWN, 108)]
    assert [p.level for p in of.all()] == [110]


def test_one_candle_can_take_both_sides():
    assert sweeps(book(pool(105, HIGH), pool(95, LOW)), "100/108/92/100") == [
        (105, Direction.DOWN, 108),
        (95, Direction.UP, 92),
    ]


def test_a_full_side_lets_the_pool_known_longest_go():
    of = book(*(pool(level, HIGH, formed_ms=when) for when, level in enumerate((105, 103, 104))), capacity=2)

    assert [p.level for p in of.all()] == [103, 104]


def test_stops_rest_beyond_every_swing():
    found = pool_of(swing(HIGH, 105, formed_ms=1000, known_ms=3000))

    assert found == LiquidityPool(PoolKind.SWING, HIGH, 105, 1000, 3000)


GOLD_DAY = "17:00 America/New_York"


def test_the_previous_days_levels_are_known_from_the_first_candle_of_the_new_day():
    """The day ends at 22:00 UTC in winter. The first of equal highs is the one drawn."""
    day = PreviousDay(GOLD_DAY)
    before = line("100/110/99/105", "105/110/90/95", "95/96/91/92", start_ms=at("2024-01-08 21:15"))
    first, second = line("92/95/91/94", "94/120/80/95", start_ms=at("2024-01-08 23:00"))

    assert [day.on_candle(candle) for candle in before] == [(), (), ()]
    assert day.on_candle(first) == (
        LiquidityPool(PoolKind.DAY, HIGH, 110, at("2024-01-08 21:15"), first.close_ms),
        LiquidityPool(PoolKind.DAY, LOW, 90, at("2024-01-08 21:30"), first.close_ms),
    )
    assert day.on_candle(second) == ()


def test_days_without_candles_are_skipped():
    """Friday's levels hold on Monday."""
    day = PreviousDay(GOLD_DAY)
    (friday,) = line("100/110/90/105", start_ms=at("2024-01-05 12:00"))
    (monday,) = line("105/106/104/105", start_ms=at("2024-01-07 23:00"))
    day.on_candle(friday)

    assert [p.level for p in day.on_candle(monday)] == [110, 90]


def test_a_new_day_replaces_the_levels_of_the_day_before():
    of = book(pool(105, HIGH, PoolKind.DAY), pool(104, HIGH), pool(95, LOW, PoolKind.DAY))

    of.expire(PoolKind.DAY)

    assert [p.level for p in of.all()] == [104]
