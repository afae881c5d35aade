"""Resting stops and their taking, on drawn candles."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.indicators import AverageTrueRange
from engine.liquidity import EqualLevels, PoolBook, PreviousPeriod, pool_of, reversal_strength
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
    return [(s.pool.level, s.direction, s.extreme) for s in of.on_candle(line(row)[0], None, None)]


def test_a_wick_above_a_high_and_a_close_back_below_sweeps_it():
    resting = pool(105, HIGH)

    assert book(resting).on_candle(line("100/108/99/103")[0], None, None) == [
        Sweep(
            resting, Direction.DOWN, 108, MONDAY_MS, MONDAY_MS + M15_MS, 93
        )  # a wick of 5/9 of the range, 60 % being all
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
    day = PreviousPeriod(PoolKind.DAY, GOLD_DAY)
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
    day = PreviousPeriod(PoolKind.DAY, GOLD_DAY)
    (friday,) = line("100/110/90/105", start_ms=at("2024-01-05 12:00"))
    (monday,) = line("105/106/104/105", start_ms=at("2024-01-07 23:00"))
    day.on_candle(friday)

    assert [p.level for p in day.on_candle(monday)] == [110, 90]


def test_a_new_day_replaces_the_levels_of_the_day_before():
    of = book(pool(105, HIGH, PoolKind.DAY), pool(104, HIGH), pool(95, LOW, PoolKind.DAY))

    of.expire(PoolKind.DAY)

    assert [p.level for p in of.all()] == [104]


def test_a_new_session_replaces_the_levels_of_its_own_name():
    asia, london = (LiquidityPool(PoolKind.SESSION, HIGH, 105, 0, 1, name) for name in ("Asia", "London"))
    of = book(asia, london)

    of.expire(PoolKind.SESSION, "Asia")

    assert of.all() == (london,)


def finished(kind: PoolKind, day_start: str, *moments: str) -> list[tuple[str, str, int]]:
    """Candles at these moments, each a tick higher than the last: when a period's high was known, whose, how high."""
    period = PreviousPeriod(kind, day_start)
    found = []
    for number, moment in enumerate(moments):
        (candle,) = line((100, 101 + number, 99, 100), start_ms=at(moment))
        found += [(moment, p.name, p.level) for p in period.on_candle(candle) if p.side is HIGH]
    return found


def test_the_previous_weeks_levels_are_known_from_sunday_evening_on():
    """New York's 17:00 is 22:00 UTC in winter and 21:00 from 10 March 2024 on, a Sunday."""
    assert finished(
        PoolKind.WEEK,
        GOLD_DAY,
        "2024-03-01 21:45",  # Friday, the end of the first week
        "2024-03-03 23:00",
        "2024-03-08 21:45",
        "2024-03-10 20:45",  # an hour before the new week by the winter's clock, a quarter by the summer's
        "2024-03-10 21:00",
        "2024-03-15 20:45",
    ) == [("2024-03-03 23:00", "", 101), ("2024-03-10 21:00", "", 104)]


def test_weeks_without_candles_are_skipped():
    assert finished(PoolKind.WEEK, GOLD_DAY, "2024-03-06 12:00", "2024-03-27 12:00") == [("2024-03-27 12:00", "", 101)]


def test_the_previous_months_levels_are_known_from_the_first_trading_day_of_the_new_one_on():
    """Wednesday's trading day, 31 January, ends at 22:00 UTC; what comes then is February's first."""
    assert finished(
        PoolKind.MONTH, GOLD_DAY, "2023-12-31 23:00", "2024-01-31 21:45", "2024-01-31 23:00", "2024-02-29 21:45"
    ) == [("2024-01-31 23:00", "", 102)]


def test_sessions_are_known_by_name_when_the_next_one_begins():
    """London changes its clocks three weeks after New York: on 20 March 2024 its session is an hour shorter."""
    assert finished(
        PoolKind.SESSION,
        GOLD_DAY,
        "2024-03-20 07:45",
        "2024-03-20 08:00",
        "2024-03-20 11:45",
        "2024-03-20 12:00",
        "2024-03-20 20:45",
        "2024-03-20 22:00",
    ) == [
        ("2024-03-20 08:00", "Asia", 101),
        ("2024-03-20 12:00", "London", 103),
        ("2024-03-20 22:00", "New York", 105),
    ]


def equal_levels(*highs_and_lows: tuple[SwingKind, int], tolerance: str = "0.1", atr: float | None = 20.0):
    """The pools these swings make, one after the other, while the ATR stands."""
    levels = EqualLevels(Decimal(tolerance), AverageTrueRange(200, atr))
    made = [levels.register(swing(side, price)) for side, price in highs_and_lows]
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


@pytest.mark.parametrize(("row", "is_equal"), [("100/105/99/103", True), ("100/106/99/103", False)])
def test_a_high_that_was_traded_beyond_since_has_no_equal(row, is_equal):
    levels = EqualLevels(Decimal("0.5"), AverageTrueRange(200, 20.0))
    levels.register(swing(HIGH, 105))
    levels.on_candle(line(row)[0])

    assert (levels.register(swing(HIGH, 104)) is not None) is is_equal


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
