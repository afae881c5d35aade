"""Economic calendars: two formats, whole, cut short and spoiled; and the recorded weeks where they are at hand."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import EVERY_CURRENCY, NewsItem
from engine.types import Impact
from feeds.base import BadLine, UnknownFormat
from feeds.calendar import MOST_TITLE, read_calendar
from tests.builders import at
from tests.feeds.makers import SHARED

PATH = Path("calendar.json")
CPI = {"title": "CPI m/m", "country": "USD", "date": "2026-06-17T08:30:00-04:00", "impact": "High", "forecast": "0.3%"}


def read(data: object, bad: list[BadLine] | None = None) -> tuple[NewsItem, ...]:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return read_calendar(raw, PATH, [].append if bad is None else bad.append)


def table(*rows: str) -> bytes:
    return "\n".join(["timestamp_utc,all_day,currency,impact,event,actual", *rows]).encode()


def test_a_week_of_forexfactory_is_read_with_the_offset_of_each_date():
    assert read([CPI]) == (NewsItem(at("2026-06-17 12:30"), "USD", Impact.HIGH, "CPI m/m"),)
    winter = CPI | {"date": "2026-12-17T08:30:00-05:00"}
    assert read([winter])[0].time_ms == at("2026-12-17 13:30")


def test_a_table_is_read_whatever_else_stands_in_it():
    rows = table("2021-01-08T13:30:00Z,0,USD,High,Nonfarm Payrolls,-140K", '2021-01-08T09:00:00Z,0,eur,low,"A, b",')

    assert read(rows) == (
        NewsItem(at("2021-01-08 09:00"), "EUR", Impact.LOW, "A, b"),
        NewsItem(at("2021-01-08 13:30"), "USD", Impact.HIGH, "Nonfarm Payrolls"),
    )


def test_whole_days_have_no_minute_and_are_left_out():
    bad: list[BadLine] = []

    assert read([CPI | {"impact": "Holiday"}], bad) == ()
    assert read(table("2021-01-18,1,EUR,Low,German Buba Monthly Report,"), bad) == ()
    assert bad == []


def test_what_concerns_every_currency_says_so():
    assert read([CPI | {"country": "All"}])[0].currency == EVERY_CURRENCY


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"date": "2026-06-17T08:30:00"}, "column date: found '2026-06-17T08:30:00'; write 2026-06-17T08:30:00-04:00"),
        ({"date": "Tentative"}, "column date: found 'Tentative'"),
        ({"impact": "Huge"}, "column impact: found 'Huge'; one of low, medium, high or holiday"),
        ({"country": "Dollars!"}, "column currency: found 'Dollars!'; a code such as USD, or All"),
        ({"title": 7}, "column row"),
    ],
)
def test_one_broken_row_is_told_and_costs_no_other(spoilt, told):
    bad: list[BadLine] = []

    assert [item.title for item in read([CPI, CPI | spoilt], bad)] == ["CPI m/m"]
    assert [str(error).startswith("calendar.json, line 2, ") and told in str(error) for error in bad] == [True]


def test_a_line_that_is_too_short_is_told():
    bad: list[BadLine] = []

    assert read(table("2021-01-08T13:30:00Z,0,USD"), bad) == ()
    assert len(bad) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html>Request Denied: you have exceeded the limit for Calendar Export requests",
        b"",
        b"timestamp_utc,currency\n",
        json.dumps([CPI]).encode()[:-3],
        b"[",
    ],
)
def test_what_is_no_calendar_is_refused_as_a_whole(data):
    with pytest.raises(UnknownFormat, match=r"^calendar\.json: "):
        read(data)


def test_titles_are_kept_as_they_are_but_not_endless():
    hostile = "<b>&\u202e" + "🔥" * 5_000

    assert read([CPI | {"title": hostile}])[0].title == hostile[:MOST_TITLE]


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode) | st.just(b"[") | st.just(table("a,b,c,d,e,f")))
def test_whatever_the_bytes_there_are_items_or_one_error(data):
    try:
        items = read(data)
    except UnknownFormat:
        return
    assert list(items) == sorted(items, key=lambda item: item.time_ms)


@pytest.mark.skipif(not SHARED.exists(), reason=f"recorded calendars are not at {SHARED}")
def test_recorded_weeks_are_read_to_the_last_row():
    """High, medium and low rows of each file, counted with another program; holidays have no minute."""
    bad: list[BadLine] = []
    for path in sorted((SHARED / "forexfactory_raw").glob("*.json")):
        rows = Counter(row["impact"].lower() for row in json.loads(path.read_bytes()))
        rows.pop("holiday", None)
        items = read_calendar(path.read_bytes(), path, bad.append)
        assert Counter(item.impact.value for item in items) == rows
    payrolls = [
        item
        for item in read_calendar(
            gzip.decompress((SHARED / "econ_calendar_2021_2025.csv.gz").read_bytes()), PATH, bad.append
        )
        if item.title.startswith("Nonfarm Payrolls") and item.currency == "USD"
    ]
    assert bad == []
    # At 08:30 in New York: 12:30 UTC in summer, 13:30 in winter.
    assert {item.time_ms % 86_400_000 / 3_600_000 for item in payrolls} == {12.5, 13.5}
