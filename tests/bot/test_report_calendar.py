"""Days, weeks and months as channels count them, by hand and by their own laws."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ChannelConfig, ReportKind, Weekday
from bot.reports.calendar import after, before, day_end_ms, day_of, latest_due, next_due_ms, overdue, period_of
from engine.types import DAY_MS, HOUR_MS
from tests.builders import at

DAILY, WEEKLY, MONTHLY = ReportKind
GOLD = ChannelConfig("Gold", -1, ("XAUUSD",))
COIN = ChannelConfig("Coin", -2, ("BTCUSDT",), report_at="00:00", report_zone="UTC", report_weekday=Weekday.SUN)

channels = st.builds(
    ChannelConfig,
    st.just("Any"),
    st.just(-3),
    st.just(("XAUUSD",)),
    report_at=st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
    report_zone=st.sampled_from(
        ["UTC", "America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe", "America/Santiago"]
    ),
    report_weekday=st.sampled_from(Weekday),
)
moments = st.integers(at("2015-01-01 00:00"), at("2030-01-01 00:00"))


def test_gold_ends_its_day_at_five_in_new_york_whatever_the_clocks_do() -> None:
    ends = [
        day_end_ms(GOLD, day) for day in (date(2024, 3, 8), date(2024, 3, 10), date(2024, 11, 1), date(2024, 11, 3))
    ]

    assert ends == [at("2024-03-08 22:00"), at("2024-03-10 21:00"), at("2024-11-01 21:00"), at("2024-11-03 22:00")]


def test_a_day_that_ends_at_midnight_is_the_one_just_over() -> None:
    assert day_end_ms(COIN, date(2024, 4, 3)) == at("2024-04-04 00:00")
    assert day_of(COIN, at("2024-04-03 23:59")) == date(2024, 4, 3)
    assert day_of(COIN, at("2024-04-04 00:00")) == date(2024, 4, 4)


def test_the_clocks_set_forward_within_a_day_do_not_name_two_days_alike() -> None:
    """Noon to noon of 23 hours: its middle lies on the day before, as that of the day before does."""
    noon = ChannelConfig("Noon", -4, ("XAUUSD",), report_at="12:00")
    names, moment = [], at("2024-03-07 12:00")
    for _ in range(5):
        moment = next_due_ms(noon, DAILY, moment)
        names.append(latest_due(noon, DAILY, moment).name)

    assert names == ["2024-03-07", "2024-03-08", "2024-03-09", "2024-03-10", "2024-03-11"]


def test_a_time_the_clocks_skip_or_show_twice_ends_one_day() -> None:
    skipped = ChannelConfig("Skipped", -5, ("XAUUSD",), report_at="02:30")
    twice = ChannelConfig("Twice", -6, ("XAUUSD",), report_at="01:30")

    assert day_end_ms(skipped, date(2024, 3, 9)) == at("2024-03-10 07:30"), "03:30 by the new time"
    assert day_end_ms(twice, date(2024, 11, 2)) == at("2024-11-03 05:30"), "the first of two"


@pytest.mark.parametrize(
    ("channel", "kind", "day", "name", "days", "from_", "until", "due"),
    [
        (GOLD, DAILY, "2024-04-03", "2024-04-03", ("04-03", "04-03"), "04-02 21:00", "04-03 21:00", "04-03 21:00"),
        (GOLD, WEEKLY, "2024-04-03", "2024-W14", ("03-30", "04-05"), "03-29 21:00", "04-05 21:00", "04-05 21:00"),
        (COIN, WEEKLY, "2024-04-03", "2024-W14", ("04-01", "04-07"), "04-01 00:00", "04-08 00:00", "04-08 00:00"),
        (GOLD, MONTHLY, "2024-04-03", "2024-04", ("04-01", "04-30"), "03-31 21:00", "04-30 21:00", "05-01 21:00"),
        (COIN, MONTHLY, "2024-04-03", "2024-04", ("04-01", "04-30"), "04-01 00:00", "05-01 00:00", "05-01 00:00"),
    ],
)
def test_periods_by_hand(
    channel: ChannelConfig,
    kind: ReportKind,
    day: str,
    name: str,
    days: tuple[str, str],
    from_: str,
    until: str,
    due: str,
) -> None:
    period = period_of(channel, kind, date.fromisoformat(day))

    assert period.name == name
    assert (f"{period.first:%m-%d}", f"{period.last:%m-%d}") == days
    assert (period.from_ms, period.until_ms, period.due_ms) == tuple(at(f"2024-{t}") for t in (from_, until, due))


def test_a_week_over_new_year_has_one_name() -> None:
    assert [period_of(GOLD, WEEKLY, date(2024, 12, day)).name for day in (27, 28, 31)] == [
        "2024-W52",
        "2025-W01",
        "2025-W01",
    ]


@given(channels, st.sampled_from(ReportKind), moments)
def test_periods_follow_each_other_without_gap_and_sort_by_name(
    channel: ChannelConfig, kind: ReportKind, moment: int
) -> None:
    period = period_of(channel, kind, day_of(channel, moment))
    following = after(channel, period)

    assert period.from_ms <= moment < period.until_ms
    assert following.from_ms == period.until_ms
    assert following.first == period.last + timedelta(days=1)
    assert period.name < following.name
    assert period.due_ms < following.due_ms
    assert before(channel, following) == period
    assert period.until_ms <= period.due_ms <= period.until_ms + DAY_MS + 2 * HOUR_MS


@given(channels, st.sampled_from(ReportKind), moments, st.integers(0, 100 * DAY_MS))
def test_what_is_overdue_is_all_that_was_due_in_between(
    channel: ChannelConfig, kind: ReportKind, then_ms: int, length_ms: int
) -> None:
    now_ms = then_ms + length_ms
    done = latest_due(channel, kind, then_ms)
    wanted, period = [], after(channel, done)
    while period.due_ms <= now_ms:
        wanted.append(period)
        period = after(channel, period)

    found = overdue(channel, kind, done.name, now_ms, most=3)

    assert [*found.left_out, *found.periods] == wanted
    assert len(found.periods) == min(3, len(wanted))
    assert next_due_ms(channel, kind, now_ms) == period.due_ms > now_ms
