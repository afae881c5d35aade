"""Broker wall time → UTC, around the days on which clocks change."""

from __future__ import annotations

import pytest

from feeds.base import FeedError
from feeds.server_time import ServerTime
from tests.feeds.makers import utc_ms


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2026-01-05 01:00", "2026-01-04 23:00"),  # Monday's first minute in winter: Sunday 18:00 New York
        ("2026-03-09 01:00", "2026-03-08 22:00"),  # the US has changed its clocks, Europe has not
        ("2026-07-06 01:00", "2026-07-05 22:00"),
        ("2026-10-26 01:00", "2026-10-25 22:00"),  # Europe is back on winter time, the US is not
        ("2026-11-02 01:00", "2026-11-01 23:00"),
    ],
)
def test_a_metals_week_begins_at_the_same_wall_time_all_year(wall, utc):
    assert ServerTime().utc_ms(utc_ms(wall)) == utc_ms(utc)


def test_a_plain_zone_and_a_shifted_one_can_be_named():
    assert ServerTime("Europe/Athens").utc_ms(utc_ms("2026-03-24 16:00")) == utc_ms("2026-03-24 14:00")
    assert ServerTime("UTC").utc_ms(utc_ms("2026-03-24 16:00")) == utc_ms("2026-03-24 16:00")
    assert ServerTime("UTC-5").utc_ms(utc_ms("2026-03-24 16:00")) == utc_ms("2026-03-24 21:00")


def test_the_hour_that_shows_twice_is_told_apart_by_the_row_above():
    clock = ServerTime("America/New_York")
    wall = utc_ms("2026-11-01 01:30")
    first, second = utc_ms("2026-11-01 05:30"), utc_ms("2026-11-01 06:30")

    assert clock.utc_ms(wall) == first
    assert clock.utc_ms(wall, not_before_ms=utc_ms("2026-11-01 05:59")) == second


def test_the_hour_that_is_skipped_has_one_reading():
    clock = ServerTime("America/New_York")
    wall = utc_ms("2026-03-08 02:30")
    assert clock.utc_ms(wall) == clock.utc_ms(wall, not_before_ms=utc_ms("2026-03-09 00:00"))


@pytest.mark.parametrize("spec", ["Mars/Olympus", "", "../../etc/passwd", "America/New_York+7h", "GMT+7 "])
def test_an_unknown_clock_is_refused_with_an_example(spec):
    with pytest.raises(FeedError, match=r"use an IANA zone such as Europe/Athens, or America/New_York\+7"):
        ServerTime(spec)
