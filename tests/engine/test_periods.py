"""Highs and lows of the last day, week, month and session, known from the first candle of the next one on."""

from __future__ import annotations

import pytest

from engine.periods import PreviousPeriods
from engine.types import Candle, LiquidityPool, PoolKind, SwingKind
from tests.builders import at
from tests.engine.market_data import line

HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
DAY, WEEK, MONTH, SESSION = PoolKind.DAY, PoolKind.WEEK, PoolKind.MONTH, PoolKind.SESSION
GOLD_DAY = "17:00 America/New_York"


def pools(of: PreviousPeriods, candle: Candle, kind: PoolKind) -> list[LiquidityPool]:
    return [pool for pool in of.on_candle(candle) if pool.kind is kind]


def finished(kind: PoolKind, day_start: str, *moments: str) -> list[tuple[str, str, int, int]]:
    """Candles at these moments, each reaching a tick higher and lower than the last: when a period was over, whose
    it was, its high and its low.
    """
    periods = PreviousPeriods(day_start)
    found = []
    for number, moment in enumerate(moments):
        (candle,) = line((1000, 1001 + number, 999 - number, 1000), start_ms=at(moment))
        made = pools(periods, candle, kind)
        if made:
            high, low = made
            assert (high.side, low.side, high.name) == (HIGH, LOW, low.name)
            found.append((moment, high.name, high.level, low.level))
    return found


def test_the_previous_days_levels_are_known_from_the_first_candle_of_the_new_day():
    """The day ends at 22:00 UTC in winter. The first of equal highs or lows is the one drawn."""
    periods = PreviousPeriods(GOLD_DAY)
    before = line("100/110/99/105", "105/110/90/95", "95/96/90/92", start_ms=at("2024-01-08 21:15"))
    first, second = line("92/130/91/94", "94/120/80/95", start_ms=at("2024-01-08 23:00"))

    assert [pools(periods, candle, DAY) for candle in before] == [[], [], []]
    assert pools(periods, first, DAY) == [
        LiquidityPool(DAY, HIGH, 110, at("2024-01-08 21:15"), first.close_ms),
        LiquidityPool(DAY, LOW, 90, at("2024-01-08 21:30"), first.close_ms),
    ]
    assert pools(periods, second, DAY) == []


def test_a_candle_at_the_very_end_belongs_to_the_new_day():
    assert finished(DAY, GOLD_DAY, "2024-01-08 21:45", "2024-01-08 22:00") == [("2024-01-08 22:00", "", 1001, 999)]


def test_a_days_levels_are_its_own_and_not_of_the_days_before():
    periods = PreviousPeriods("00:00 UTC")
    days = [
        line(row, start_ms=at(f"2024-01-{8 + number:02} 12:00"))[0]
        for number, row in enumerate(("100/200/50/100", "100/110/90/100", "100/101/99/100"))
    ]

    found = [pools(periods, candle, DAY) for candle in days]

    assert [[p.level for p in each] for each in found] == [[], [200, 50], [110, 90]]


def test_days_without_candles_are_skipped():
    """Friday's levels hold on Monday, whose day begins on Sunday evening."""
    assert finished(DAY, GOLD_DAY, "2024-01-05 12:00", "2024-01-07 23:00") == [("2024-01-07 23:00", "", 1001, 999)]


def test_a_day_ends_by_the_wall_clock_when_the_clocks_change():
    """New York's 17:00 is 22:00 UTC until Sunday 10 March 2024 and 21:00 after it; it changes back on 3 November."""
    assert finished(DAY, GOLD_DAY, "2024-03-08 20:45", "2024-03-08 21:00", "2024-03-08 22:00") == [
        ("2024-03-08 22:00", "", 1002, 998)
    ]
    assert finished(DAY, GOLD_DAY, "2024-03-11 20:45", "2024-03-11 21:00") == [("2024-03-11 21:00", "", 1001, 999)]
    assert finished(DAY, GOLD_DAY, "2024-11-04 21:00", "2024-11-04 21:45", "2024-11-04 22:00") == [
        ("2024-11-04 22:00", "", 1002, 998)
    ]


def test_the_previous_weeks_levels_are_known_from_sunday_evening_on():
    """New York's 17:00 is 22:00 UTC in winter and 21:00 from 10 March 2024 on, a Sunday."""
    assert finished(
        WEEK,
        GOLD_DAY,
        "2024-03-01 21:45",  # Friday, the end of the first week
        "2024-03-03 23:00",
        "2024-03-08 21:45",
        "2024-03-10 20:45",  # an hour before the new week by the winter's clock, a quarter by the summer's
        "2024-03-10 21:00",
        "2024-03-15 20:45",
    ) == [("2024-03-03 23:00", "", 1001, 999), ("2024-03-10 21:00", "", 1004, 996)]


def test_weeks_without_candles_are_skipped():
    assert finished(WEEK, GOLD_DAY, "2024-03-06 12:00", "2024-03-27 12:00") == [("2024-03-27 12:00", "", 1001, 999)]


def test_a_week_of_crypto_ends_on_sunday_at_midnight():
    assert finished(WEEK, "00:00 UTC", "2024-03-10 23:45", "2024-03-11 00:00") == [("2024-03-11 00:00", "", 1001, 999)]


def test_the_previous_months_levels_are_known_from_the_first_trading_day_of_the_new_one_on():
    """Wednesday's trading day, 31 January, ends at 22:00 UTC; what comes then is February's first."""
    assert finished(
        MONTH, GOLD_DAY, "2023-12-31 23:00", "2024-01-31 21:45", "2024-01-31 23:00", "2024-02-29 21:45"
    ) == [("2024-01-31 23:00", "", 1002, 998)]


@pytest.mark.parametrize(
    ("day", "london", "new_york", "close"),
    [
        ("2024-01-10", "08:00", "13:00", "22:00"),  # winter
        ("2024-03-20", "08:00", "12:00", "21:00"),  # New York has changed its clocks, London not yet
        ("2024-07-10", "07:00", "12:00", "21:00"),  # summer
        ("2024-10-30", "08:00", "12:00", "21:00"),  # London is back on winter time, New York not yet
    ],
)
def test_sessions_are_known_by_name_when_the_next_one_begins(day, london, new_york, close):
    """Asia ends when London opens at 8, London when New York opens at 8, New York at its 17:00."""
    edges = [f"{day} {edge}" for edge in (london, new_york, close)]

    assert finished(SESSION, GOLD_DAY, f"{day} 00:00", *edges) == [
        (edges[0], "Asia", 1001, 999),
        (edges[1], "London", 1002, 998),
        (edges[2], "New York", 1003, 997),
    ]


def test_a_session_runs_to_its_last_candle():
    """A quarter of an hour before the edge is still the old session."""
    assert finished(SESSION, GOLD_DAY, "2024-01-10 08:00", "2024-01-10 12:45", "2024-01-10 13:00") == [
        ("2024-01-10 13:00", "London", 1002, 998)
    ]


def test_asia_runs_over_midnight():
    assert finished(SESSION, GOLD_DAY, "2024-01-09 23:00", "2024-01-10 07:45", "2024-01-10 08:00") == [
        ("2024-01-10 08:00", "Asia", 1002, 998)
    ]


def test_periods_that_are_over_together_are_told_day_week_month_session():
    """Friday 31 May 2024 ends a day, a week, a month and New York's session."""
    periods = PreviousPeriods(GOLD_DAY)
    (friday,) = line("100/110/90/105", start_ms=at("2024-05-31 20:45"))
    (sunday,) = line("105/106/104/105", start_ms=at("2024-06-02 22:00"))
    periods.on_candle(friday)

    assert [(p.kind, p.side, p.level, p.name) for p in periods.on_candle(sunday)] == [
        (DAY, HIGH, 110, ""),
        (DAY, LOW, 90, ""),
        (WEEK, HIGH, 110, ""),
        (WEEK, LOW, 90, ""),
        (MONTH, HIGH, 110, ""),
        (MONTH, LOW, 90, ""),
        (SESSION, HIGH, 110, "New York"),
        (SESSION, LOW, 90, "New York"),
    ]
