"""Sessions, kill zones, market hours and trading days, by the wall clocks of London and New York.

The table of UTC hours is the verified one for four kinds of week: winter, only America on summer time, summer, and
Europe back on winter time while America is not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hours import (
    day_label,
    is_open,
    parse_day_start,
    session_at,
    sessions_between,
    slot,
    trading_day,
    trading_month,
    trading_week,
    wall_ms,
    weekly_close,
)
from engine.kill_zones import KILL_ZONES as ICT_ZONES
from engine.kill_zones import KillZone, kill_zone_at, wall_minutes
from engine.types import DAY_MS, HOUR_MS, MarketHours, Session, Timeframe
from tests.builders import at

GOLD_DAY = "17:00 America/New_York"
WINTER, US_ONLY, SUMMER, EU_BACK = "2026-01-14", "2026-03-18", "2026-07-15", "2026-10-28"

#                 London opens, New York opens, New York closes, UTC
SESSIONS = {WINTER: (8, 13, 22), US_ONLY: (8, 12, 21), SUMMER: (7, 12, 21), EU_BACK: (8, 12, 21)}
#                   Asia begins (and lasts to New York's midnight), London, New York, gold break
KILL_ZONES = {
    WINTER: ((1, 5), (7, 10), (12, 15), (22, 23)),
    US_ONLY: ((0, 4), (6, 9), (11, 14), (21, 22)),
    SUMMER: ((0, 4), (6, 9), (11, 14), (21, 22)),
    EU_BACK: ((0, 4), (6, 9), (11, 14), (21, 22)),
}


def hours_of(day: str) -> list[int]:
    return [at(f"{day} {hour:02}:00") for hour in range(24)]


@pytest.mark.parametrize("day", SESSIONS)
def test_each_hour_of_the_day_belongs_to_the_session_of_the_table(day):
    london, new_york, close = SESSIONS[day]

    found = [session_at(moment)[0] for moment in hours_of(day)]

    assert found == (
        [Session.ASIA] * london
        + [Session.LONDON] * (new_york - london)
        + [Session.NEW_YORK] * (close - new_york)
        + [Session.ASIA] * (24 - close)
    )


@pytest.mark.parametrize("day", KILL_ZONES)
def test_kill_zones_are_the_ones_of_the_table(day):
    asia, london, new_york, _ = KILL_ZONES[day]

    found = {name: [h for h, moment in enumerate(hours_of(day)) if kill_zone_at(moment) == name] for name in _names()}

    assert found["Asia"] == list(range(*asia))
    assert found["London"] == list(range(*london))
    assert found["New York"] == list(range(*new_york))
    assert found["London close"] == list(range(new_york[1], new_york[1] + 2))


def _names() -> tuple[str, ...]:
    return ("Asia", "London", "New York", "London close")


def test_a_kill_zone_includes_its_start_and_not_its_end():
    assert kill_zone_at(at(f"{WINTER} 07:00")) == "London"
    assert kill_zone_at(at(f"{WINTER} 06:59:59.999")) is None
    assert kill_zone_at(at(f"{WINTER} 09:59:59.999")) == "London"
    assert kill_zone_at(at(f"{WINTER} 10:00")) is None


def inside(zones: tuple[KillZone, ...], *moments: str) -> list[str | None]:
    return [kill_zone_at(at(moment), zones) for moment in moments]


def test_a_kill_zone_may_begin_and_end_at_any_minute():
    """08:30 to 11:00 in New York, as for indices: 13:30 to 16:00 UTC in winter, an hour earlier in summer."""
    index = (KillZone("Index", "08:30", "11:00"),)

    assert inside(index, f"{WINTER} 13:29:59.999", f"{WINTER} 13:30", f"{WINTER} 15:59:59.999", f"{WINTER} 16:00") == [
        None,
        "Index",
        "Index",
        None,
    ]
    assert inside(index, f"{SUMMER} 12:29", f"{SUMMER} 12:30", f"{SUMMER} 14:59", f"{SUMMER} 15:00") == [
        None,
        "Index",
        "Index",
        None,
    ]


def test_a_kill_zone_may_run_over_midnight():
    """19:00 to 01:00 in New York is midnight to 06:00 UTC in winter."""
    night = (KillZone("Night", "19:00", "01:00"),)

    assert inside(
        night, f"{WINTER} 00:00", f"{WINTER} 04:59", f"{WINTER} 05:00", f"{WINTER} 05:59", f"{WINTER} 06:00"
    ) == ["Night", "Night", "Night", "Night", None]
    assert inside(night, "2026-01-14 23:59", "2026-01-15 00:00") == [None, "Night"]


def test_where_two_kill_zones_overlap_the_first_is_named():
    early, late = KillZone("Early", "07:00", "10:00"), KillZone("Late", "09:00", "11:00")

    assert inside((early, late), f"{WINTER} 14:30", f"{WINTER} 15:30") == ["Early", "Late"]
    assert inside((late, early), f"{WINTER} 14:30", f"{WINTER} 12:30") == ["Late", "Early"]


def test_without_kill_zones_no_moment_lies_in_one():
    assert inside((), f"{WINTER} 07:30") == [None]


def test_the_default_kill_zones_are_icts():
    assert [(zone.name, zone.start, zone.end) for zone in ICT_ZONES] == [
        ("Asia", "20:00", "00:00"),
        ("London", "02:00", "05:00"),
        ("New York", "07:00", "10:00"),
        ("London close", "10:00", "12:00"),
    ]


def test_on_the_day_the_clocks_go_forward_the_london_kill_zone_is_an_hour_shorter():
    """New York's 02:00 to 03:00 does not exist on 8 March 2026: from 07:00 UTC it is 03:00 there, until 09:00."""
    assert inside(
        ICT_ZONES, "2026-03-08 06:59", "2026-03-08 07:00", "2026-03-08 08:59", "2026-03-08 09:00", "2026-03-08 11:00"
    ) == [None, "London", "London", None, "New York"]


def test_on_the_day_the_clocks_go_back_the_repeated_hour_counts_twice():
    """New York has 01:00 to 02:00 twice on 1 November 2026, at 05:00 and at 06:00 UTC."""
    small_hours = (KillZone("Small hours", "01:00", "02:00"),)

    assert inside(small_hours, "2026-11-01 04:59", "2026-11-01 05:00", "2026-11-01 06:59", "2026-11-01 07:00") == [
        None,
        "Small hours",
        "Small hours",
        None,
    ]
    assert inside(ICT_ZONES, "2026-11-01 06:59", "2026-11-01 07:00", "2026-11-01 09:59", "2026-11-01 10:00") == [
        None,
        "London",
        "London",
        None,
    ]


@pytest.mark.parametrize("text", ["", "7", "07:60", "24:00", "25:00", "-1:00", "07:30 UTC", "seven", "07.30"])
def test_a_wall_time_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError, match="is not a wall time such as '07:30'"):
        wall_minutes(text)
    with pytest.raises(ValueError, match="is not a wall time"):
        KillZone("London", "02:00", text)
    with pytest.raises(ValueError, match="is not a wall time"):
        KillZone("London", text, "05:00")


def test_a_kill_zone_without_a_name_or_without_time_is_refused():
    with pytest.raises(ValueError, match="needs a name"):
        KillZone("", "02:00", "05:00")
    with pytest.raises(ValueError, match="kill zone London begins and ends at 02:00: it covers no time"):
        KillZone("London", "02:00", "02:00")
    with pytest.raises(ValueError, match="it covers no time"):
        KillZone("London", "02:00", "2:00")


@pytest.mark.parametrize("day", KILL_ZONES)
def test_gold_rests_for_the_hour_after_new_yorks_close(day):
    first, last = KILL_ZONES[day][3]

    closed = [hour for hour, moment in enumerate(hours_of(day)) if not is_open(moment, MarketHours.METALS)]

    assert closed == list(range(first, last))
    assert all(is_open(moment, MarketHours.FOREX) for moment in hours_of(day))


@pytest.mark.parametrize(
    ("moment", "metals", "forex"),
    [
        ("2026-01-16 21:59:59.999", True, True),  # Friday, a moment to 17:00 in New York
        ("2026-01-16 22:00", False, False),
        ("2026-01-17 12:00", False, False),  # Saturday
        ("2026-01-18 21:59", False, False),  # Sunday
        ("2026-01-18 22:00", False, True),  # 17:00
        ("2026-01-18 22:59", False, True),
        ("2026-01-18 23:00", True, True),  # 18:00
        ("2026-03-08 21:00", False, True),  # the Sunday on which America changed its clocks
        ("2026-03-08 22:00", True, True),
    ],
)
def test_the_week_begins_on_sunday_evening_and_ends_on_friday_in_new_york(moment, metals, forex):
    assert is_open(at(moment), MarketHours.METALS) is metals
    assert is_open(at(moment), MarketHours.FOREX) is forex
    assert is_open(at(moment), MarketHours.ALWAYS)


@pytest.mark.parametrize(
    ("moment", "close"),
    [
        ("2026-03-01 23:00", "2026-03-06 22:00"),
        ("2026-03-06 21:59:59.999", "2026-03-06 22:00"),
        ("2026-03-06 22:00", "2026-03-13 21:00"),  # America changes its clocks on the Sunday between
        ("2026-03-07 12:00", "2026-03-13 21:00"),
    ],
)
def test_a_week_closes_on_the_next_friday_at_five_in_new_york(moment, close):
    assert [weekly_close(at(moment), hours) for hours in MarketHours if hours is not MarketHours.ALWAYS] == [
        at(close),
        at(close),
    ]
    assert weekly_close(at(moment), MarketHours.ALWAYS) is None


def test_a_session_knows_when_it_began_and_ends():
    assert session_at(at(f"{SUMMER} 10:00")) == (Session.LONDON, at(f"{SUMMER} 07:00"), at(f"{SUMMER} 12:00"))
    assert session_at(at(f"{SUMMER} 02:00")) == (Session.ASIA, at("2026-07-14 21:00"), at(f"{SUMMER} 07:00"))
    assert session_at(at(f"{SUMMER} 22:00")) == (Session.ASIA, at(f"{SUMMER} 21:00"), at("2026-07-16 07:00"))


@pytest.mark.parametrize(
    ("day", "london", "new_york", "close"),
    [
        ("2026-03-08", 8, 12, 21),  # America goes forward in the night
        ("2026-03-29", 7, 12, 21),  # Europe follows
        ("2026-10-25", 8, 12, 21),  # Europe goes back
        ("2026-11-01", 8, 13, 22),  # America follows
    ],
)
def test_on_the_days_the_clocks_change_sessions_keep_their_wall_time(day, london, new_york, close):
    opens, hands_over, closes = (at(f"{day} {hour:02}:00") for hour in (london, new_york, close))

    assert session_at(opens)[:3] == (Session.LONDON, opens, hands_over)
    assert session_at(hands_over) == (Session.NEW_YORK, hands_over, closes)
    assert (session_at(opens - 1)[0], session_at(opens - 1)[2]) == (Session.ASIA, opens)
    assert session_at(closes)[:2] == (Session.ASIA, closes)


def test_asia_is_longer_or_shorter_in_the_night_in_which_the_clocks_change():
    """From New York's 17:00 to London's 08:00: 10 hours, 11 while America alone is on summer time."""
    nights = ("2026-03-07 23:00", "2026-03-08 23:00", "2026-03-28 23:00", "2026-10-24 23:00", "2026-10-31 23:00")

    lengths = [(end_ms - start_ms) // HOUR_MS for _, start_ms, end_ms in (session_at(at(night)) for night in nights)]

    assert lengths == [10, 11, 10, 11, 11]


def test_sessions_between_two_moments_come_whole_and_in_order():
    found = sessions_between(at(f"{WINTER} 12:00"), at(f"{WINTER} 13:01"))

    assert found == [
        (Session.LONDON, at(f"{WINTER} 08:00"), at(f"{WINTER} 13:00")),
        (Session.NEW_YORK, at(f"{WINTER} 13:00"), at(f"{WINTER} 22:00")),
    ]


MOMENTS = st.integers(at("2024-01-01 00:00"), at("2027-01-01 00:00"))


@given(MOMENTS)
def test_every_moment_lies_in_its_session_and_its_day_and_its_candles(moment):
    _, start_ms, end_ms = session_at(moment)
    assert start_ms <= moment < end_ms
    assert session_at(start_ms) == session_at(end_ms - 1) == session_at(moment)
    for day_start in (GOLD_DAY, "00:00 UTC", "00:00 Europe/Berlin"):
        first_ms, last_ms = trading_day(moment, day_start)
        assert first_ms <= moment < last_ms
        assert last_ms - first_ms in (23 * HOUR_MS, DAY_MS, 25 * HOUR_MS)
        for period in (trading_week, trading_month):
            begin_ms, until_ms = period(moment, day_start)
            assert begin_ms <= first_ms < last_ms <= until_ms
            assert period(begin_ms, day_start) == period(until_ms - 1, day_start) == (begin_ms, until_ms)
            assert trading_day(begin_ms, day_start)[0] == begin_ms
        for timeframe in Timeframe:
            open_ms, close_ms = slot(moment, timeframe, day_start)
            assert open_ms <= moment < close_ms
            assert (
                slot(close_ms - 1, timeframe, day_start) == slot(open_ms, timeframe, day_start) == (open_ms, close_ms)
            )
            assert slot(close_ms, timeframe, day_start)[0] == close_ms


# Half an hour of summer time, a fast in the middle of summer time, three quarters of an hour from UTC, a day left out.
ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
]


@pytest.mark.parametrize("name", ZONES)
@given(moment=st.integers(at("1995-01-01 00:00"), at("2037-01-01 00:00")))
def test_a_wall_clock_shows_what_the_time_zone_database_says(name, moment):
    zone = ZoneInfo(name)
    shown = datetime.fromtimestamp(wall_ms(zone, moment) // 1000, UTC)

    assert f"{shown:%F %T}" == f"{datetime.fromtimestamp(moment // 1000, zone):%F %T}"


@pytest.mark.parametrize("name", ZONES)
def test_each_trading_day_begins_where_the_one_before_ends_in_every_zone(name):
    """Of twelve years, those in which clocks are changed and the one that Samoa never had among them."""
    moment, zone = at("2006-01-01 12:00"), ZoneInfo(name)
    while moment < at("2018-01-01 12:00"):
        start_ms, end_ms = trading_day(moment, f"17:00 {name}")
        assert trading_day(start_ms, f"17:00 {name}") == trading_day(end_ms - 1, f"17:00 {name}") == (start_ms, end_ms)
        assert wall_ms(zone, start_ms) % DAY_MS == 17 * HOUR_MS
        moment = end_ms


def test_a_day_that_begins_in_an_hour_that_clocks_skip_begins_when_they_are_changed():
    """In Iran at midnight, in 2018 of a Thursday: with the first of the weeks that are counted from 1970."""
    start_ms, _ = trading_day(at("2018-03-22 12:00"), "00:00 Asia/Tehran")

    assert start_ms == at("2018-03-21 20:30")
    assert trading_day(start_ms - 1, "00:00 Asia/Tehran") == (at("2018-03-20 20:30"), start_ms)


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (WINTER, [2, 6, 10, 14, 18, 22]),
        (US_ONLY, [1, 5, 9, 13, 17, 21]),
        (SUMMER, [1, 5, 9, 13, 17, 21]),
        (EU_BACK, [1, 5, 9, 13, 17, 21]),
    ],
)
def test_h4_of_gold_opens_when_the_readers_chart_opens_it(day, opens):
    """New York + 7 hours, as brokers' servers run: UTC 22/02/06/10/14/18 in winter, 21/01/05/09/13/17 in summer."""
    found = {slot(moment, Timeframe.H4, GOLD_DAY)[0] for moment in hours_of(day)}

    assert sorted(found)[1:] == [at(f"{day} {hour:02}:00") for hour in opens]


@pytest.mark.parametrize("day", [WINTER, SUMMER])
def test_h4_of_crypto_opens_at_midnight_utc(day):
    found = {slot(moment, Timeframe.H4, "00:00 UTC")[0] for moment in hours_of(day)}

    assert sorted(found) == [at(f"{day} {hour:02}:00") for hour in range(0, 24, 4)]


def test_the_friday_before_and_the_monday_after_a_change_of_clocks_keep_their_wall_time():
    """America changes on Sunday 8 March 2026: Friday's day began at 22:00 UTC, Monday's at 21:00."""
    assert trading_day(at("2026-03-06 12:00"), GOLD_DAY) == (at("2026-03-05 22:00"), at("2026-03-06 22:00"))
    assert trading_day(at("2026-03-09 12:00"), GOLD_DAY) == (at("2026-03-08 21:00"), at("2026-03-09 21:00"))
    assert slot(at("2026-03-09 00:30"), Timeframe.H4, GOLD_DAY) == (at("2026-03-08 21:00"), at("2026-03-09 01:00"))


def test_the_day_on_which_the_clocks_change_is_an_hour_shorter_or_longer():
    spring = trading_day(at("2026-03-08 12:00"), GOLD_DAY)
    autumn = trading_day(at("2026-11-01 12:00"), GOLD_DAY)

    assert spring == (at("2026-03-07 22:00"), at("2026-03-08 21:00"))
    assert autumn == (at("2026-10-31 21:00"), at("2026-11-01 22:00"))
    assert slot(spring[1] - 1, Timeframe.H4, GOLD_DAY) == (at("2026-03-08 18:00"), at("2026-03-08 21:00"))


def test_a_trading_day_is_called_by_the_date_of_its_middle():
    assert day_label(at("2026-01-18 23:30"), GOLD_DAY) == date(2026, 1, 19)  # Sunday evening is Monday
    assert day_label(at("2026-01-19 21:59"), GOLD_DAY) == date(2026, 1, 19)
    assert day_label(at("2026-01-19 22:00"), GOLD_DAY) == date(2026, 1, 20)
    assert day_label(at("2026-01-19 23:59"), "00:00 UTC") == date(2026, 1, 19)


def test_a_week_of_gold_runs_from_sunday_to_sunday_at_five_in_new_york():
    """America changes its clocks on 8 March 2026, the Sunday between these weeks: the first is an hour short."""
    first = (at("2026-03-01 22:00"), at("2026-03-08 21:00"))

    assert trading_week(at("2026-03-04 12:00"), GOLD_DAY) == first
    assert trading_week(at("2026-03-08 20:59"), GOLD_DAY) == first
    assert trading_week(at("2026-03-08 21:00"), GOLD_DAY) == (first[1], at("2026-03-15 21:00"))


def test_a_week_of_crypto_runs_from_monday_to_monday():
    assert trading_week(at("2026-03-08 23:59"), "00:00 UTC") == (at("2026-03-02 00:00"), at("2026-03-09 00:00"))


def test_a_month_of_gold_ends_when_its_last_trading_day_does():
    march = (at("2026-02-28 22:00"), at("2026-03-31 21:00"))  # in summer time at its end

    assert trading_month(at("2026-02-28 22:00"), GOLD_DAY) == march
    assert trading_month(at("2026-03-31 20:59"), GOLD_DAY) == march
    assert trading_month(at("2026-03-31 21:00"), GOLD_DAY)[0] == march[1]
    assert trading_month(at("2025-12-31 23:59"), "00:00 UTC") == (at("2025-12-01 00:00"), at("2026-01-01 00:00"))


def test_the_ftmo_midnight_follows_european_daylight_saving():
    """A day that begins at midnight in Prague: 23:00 UTC, in summer 22:00."""
    expected = {WINTER: "23:00", US_ONLY: "23:00", SUMMER: "22:00", EU_BACK: "23:00"}

    for day, end in expected.items():
        assert trading_day(at(f"{day} 12:00"), "00:00 Europe/Prague")[1] == at(f"{day} {end}")


@pytest.mark.parametrize(
    "text", ["", "17:00", "25:00 UTC", "17:60 UTC", "17 UTC", "17:00 New York", "17:00 Mars/Olympus", "-1:00 UTC"]
)
def test_a_day_start_that_makes_no_sense_is_refused_by_name(text):
    with pytest.raises(ValueError, match="not a time"):
        parse_day_start(text)
