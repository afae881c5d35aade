"""The artificial market: repeatable, open when gold is, and not absurd."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import statistics
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.events import Tick
from feeds.simulated import simulated
from tests.feeds.makers import gold, utc_ms

NEW_YORK = ZoneInfo("America/New_York")
DAY = 86_400_000
M15 = 900_000
ROOT = Path(__file__).parents[2]


def days(seed: int, start: str, count: int) -> list[Tick]:
    start_ms = utc_ms(start)
    stream = simulated(gold(), seed=seed, start_ms=start_ms)
    return list(itertools.takewhile(lambda tick: tick.time_ms < start_ms + count * DAY, stream))


def digest(seed: int, count: int) -> str:
    found = hashlib.sha256()
    for tick in itertools.islice(simulated(gold(), seed=seed, start_ms=utc_ms("2024-01-08 00:00")), count):
        found.update(f"{tick.time_ms},{tick.bid},{tick.ask};".encode())
    return found.hexdigest()[:16]


def in_new_york(tick: Tick) -> dt.datetime:
    return dt.datetime.fromtimestamp(tick.time_ms / 1000, NEW_YORK)


@pytest.fixture(scope="module")
def weeks() -> list[Tick]:
    """Six weeks with the day on which the US changes its clocks, 10 March."""
    return days(seed=11, start="2024-02-12 00:00", count=42)


def test_the_same_seed_gives_the_same_market_in_any_process():
    code = "from tests.feeds.test_simulated import digest; print(digest(7, 20_000))"
    printed = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert printed == {digest(7, 20_000)}


def test_another_seed_gives_another_market():
    assert digest(7, 200) != digest(8, 200)


def test_gold_is_closed_at_weekends_and_for_an_hour_every_day(weeks):
    for tick in weeks:
        at = in_new_york(tick)
        weekday, hour = at.weekday(), at.hour
        assert weekday != 5, at
        assert hour != 17, at
        assert not (weekday == 4 and hour >= 17), at
        assert not (weekday == 6 and hour < 18), at


def test_every_open_hour_has_prices_in_winter_and_in_summer(weeks):
    hours = {in_new_york(tick).replace(minute=0, second=0, microsecond=0) for tick in weeks}
    per_week = 5 * 23  # Sunday 18:00 to Friday 17:00, less an hour's break on four days, and the Friday's end
    # They begin on Monday 00:00 UTC, an hour after the week's open in winter and two in summer.
    assert len(hours) == pytest.approx(6 * per_week, abs=2)
    opens = {at.date(): at.astimezone(dt.UTC).hour for at in hours if at.weekday() == 6 and at.hour == 18}
    assert (opens[dt.date(2024, 3, 3)], opens[dt.date(2024, 3, 10)]) == (23, 22)


def test_a_week_opens_where_the_reader_expects_it():
    first = next(simulated(gold(), seed=1, start_ms=utc_ms("2024-06-01 12:00")))  # a Saturday
    assert utc_ms("2024-06-02 22:00") <= first.time_ms < utc_ms("2024-06-02 22:01")


def test_a_market_begins_when_it_is_asked_to():
    start_ms = utc_ms("2024-06-05 12:34:56")
    first = next(simulated(gold(), seed=1, start_ms=start_ms))
    assert start_ms <= first.time_ms < start_ms + 60_000


def test_quotes_are_sound_and_time_does_not_go_back(weeks):
    assert all(before.time_ms <= after.time_ms for before, after in itertools.pairwise(weeks))
    spreads = [tick.ask - tick.bid for tick in weeks]
    assert min(spreads) >= 1
    assert statistics.median(spreads) == pytest.approx(20, abs=2)  # the instrument's typical spread
    assert max(spreads) < 200
    assert {tick.volume for tick in weeks} == {1.0}
    assert {tick.symbol for tick in weeks} == {"XAUUSD"}


def test_the_spread_widens_around_the_daily_break(weeks):
    late = (tick for tick in weeks if tick.time_ms % 3_600_000 >= 50 * 60_000)
    rollover = [tick.ask - tick.bid for tick in late if in_new_york(tick).hour == 16]
    assert statistics.median(rollover) > 40


def test_there_are_six_to_thirty_ticks_a_minute(weeks):
    counts = [len(list(group)) for _, group in itertools.groupby(weeks, lambda tick: tick.time_ms // 60_000)]
    assert min(counts) >= 6
    assert max(counts) <= 30


def test_candles_have_the_size_of_golds(weeks):
    """Gold near 2300 USD (2024): mean M15 true range 2 to 4 USD, a day 20 to 50 USD, New York busier than Asia."""
    m15 = [(key, [t.bid for t in group]) for key, group in itertools.groupby(weeks, lambda t: t.time_ms // M15)]
    ranges = {key: (max(bids) - min(bids)) / 100 for key, bids in m15}
    assert 1.5 < statistics.mean(ranges.values()) < 4
    by_day = [[t.bid for t in group] for _, group in itertools.groupby(weeks, lambda t: t.time_ms // DAY)]
    assert 15 < statistics.median((max(bids) - min(bids)) / 100 for bids in by_day if len(bids) > 5_000) < 50
    new_york = statistics.mean(size for key, size in ranges.items() if key * M15 % DAY // 3_600_000 in (14, 15))
    asia = statistics.mean(size for key, size in ranges.items() if key * M15 % DAY // 3_600_000 in (4, 5))
    assert new_york > 1.5 * asia
    bids = [tick.bid for tick in weeks]
    assert min(bids) > 150_000
    assert max(bids) < 320_000


def test_the_market_is_in_units_of_the_instruments_tick():
    fine = next(simulated(gold(tick="0.001"), seed=1, start_ms=utc_ms("2024-06-05 12:00")))
    assert 2_290_000 < fine.bid < 2_310_000
