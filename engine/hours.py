"""Trading days, sessions and market hours: everything that hangs on local wall time.

Windows are kept in local time and converted per date with the time-zone database, so daylight saving is right in
London and New York separately. Pure functions of a moment; results per date are cached.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.types import DAY_MS, HOUR_MS, LENGTH_MS, MarketHours, Session, Timeframe

_DAY = timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")


def _local_ms(zone: ZoneInfo, day: date, hour: int, minute: int = 0) -> int:
    """The moment a local wall clock shows this time."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()) * 1000


def local_time(zone: ZoneInfo, time_ms: int) -> datetime:
    """What a local clock and calendar show, to the second."""
    return datetime.fromtimestamp(time_ms // 1000, zone)


@lru_cache(maxsize=64)
def parse_day_start(text: str) -> tuple[int, int, ZoneInfo]:
    """`17:00 America/New_York` → hour, minute, zone. ValueError says what is wrong."""
    clock, _, name = text.partition(" ")
    hour, _, minute = clock.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60 and name):
        raise ValueError(f"{text!r} is not a time and a zone such as '17:00 America/New_York'")
    try:
        return int(hour), int(minute), ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as 'America/New_York' or 'UTC'") from None


def trading_day(time_ms: int, day_start: str) -> tuple[int, int]:
    """The trading day `[start_ms, end_ms)` a moment lies in. 23 or 25 hours long when the clocks change."""
    return next(day for day in _trading_days(time_ms // DAY_MS, day_start) if time_ms < day[1])


@lru_cache(maxsize=4096)
def _trading_days(utc_day: int, day_start: str) -> tuple[tuple[int, int], ...]:
    """The trading days that touch a UTC day, counted from 1970, in order."""
    end_ms = (utc_day + 1) * DAY_MS
    days = [_trading_day(utc_day * DAY_MS, day_start)]
    while days[-1][1] < end_ms:
        days.append(_trading_day(days[-1][1], day_start))
    return tuple(days)


def _trading_day(time_ms: int, day_start: str) -> tuple[int, int]:
    hour, minute, zone = parse_day_start(day_start)
    day = local_time(zone, time_ms).date()
    start_ms = _day_edge(day, hour, minute, zone)
    if time_ms < start_ms:
        return _day_edge(day - _DAY, hour, minute, zone), start_ms
    return start_ms, _day_edge(day + _DAY, hour, minute, zone)


@lru_cache(maxsize=4096)
def _day_edge(day: date, hour: int, minute: int, zone: ZoneInfo) -> int:
    return _local_ms(zone, day, hour, minute)


def slot(time_ms: int, timeframe: Timeframe, day_start: str) -> tuple[int, int]:
    """The candle interval `[open_ms, close_ms)` a moment lies in.

    Up to H1 candles lie on the UTC grid. H4 and D1 count from the trading day's start, so that they are the ones on
    the reader's chart; the last H4 of a day ends where the next day begins.
    """
    length = LENGTH_MS[timeframe]
    if length <= HOUR_MS:
        open_ms = time_ms - time_ms % length
        return open_ms, open_ms + length
    start_ms, end_ms = trading_day(time_ms, day_start)
    if length >= DAY_MS:
        return start_ms, end_ms
    open_ms = start_ms + (time_ms - start_ms) // length * length
    return open_ms, min(open_ms + length, end_ms)


def day_label(time_ms: int, day_start: str) -> date:
    """The date traders give a trading day: that of its middle, so Sunday 17:00 to Monday 17:00 is Monday."""
    hour, _, zone = parse_day_start(day_start)
    start_ms, _ = trading_day(time_ms, day_start)
    return local_time(zone, start_ms).date() + _lead(hour)


def weekday_of(time_ms: int, day_start: str) -> int:
    """The weekday traders give a trading day: Monday is 0."""
    return day_label(time_ms, day_start).weekday()


def _lead(hour: int) -> timedelta:
    """How far a day's label is ahead of the date it begins on: a day that begins at noon or later is the next one's."""
    return _DAY if hour >= 12 else timedelta(0)


def trading_week(time_ms: int, day_start: str) -> tuple[int, int]:
    """The week `[start_ms, end_ms)` a moment lies in: Monday's trading day and the six after it."""
    label = day_label(time_ms, day_start)
    monday = label - timedelta(days=label.weekday())
    return _labelled_start(monday, day_start), _labelled_start(monday + timedelta(days=7), day_start)


def trading_month(time_ms: int, day_start: str) -> tuple[int, int]:
    """The month `[start_ms, end_ms)` a moment lies in: all trading days with the same month in their label."""
    first = day_label(time_ms, day_start).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _labelled_start(first, day_start), _labelled_start(following, day_start)


def _labelled_start(label: date, day_start: str) -> int:
    hour, minute, zone = parse_day_start(day_start)
    return _day_edge(label - _lead(hour), hour, minute, zone)


@lru_cache(maxsize=1024)
def _session_edges(day: date) -> tuple[int, int, int]:
    """London's opening, New York's opening and New York's close on this New York date."""
    return (
        _local_ms(LONDON, day, 8),
        _local_ms(NEW_YORK, day, 8),
        _day_edge(day, 17, 0, NEW_YORK),
    )


def session_at(time_ms: int) -> tuple[Session, int, int]:
    """The session a moment belongs to and its `[start_ms, end_ms)`.

    Asia runs from New York's close to London's opening at 08:00, London until New York's 08:00, New York until 17:00.
    """
    day = local_time(NEW_YORK, time_ms).date()
    london, new_york, close = _session_edges(day)
    if time_ms >= close:
        return Session.ASIA, close, _session_edges(day + _DAY)[0]
    if time_ms >= new_york:
        return Session.NEW_YORK, new_york, close
    if time_ms >= london:
        return Session.LONDON, london, new_york
    return Session.ASIA, _session_edges(day - _DAY)[2], london


def sessions_between(from_ms: int, to_ms: int) -> list[tuple[Session, int, int]]:
    """The sessions that touch `[from_ms, to_ms)`, in order, whole."""
    found: list[tuple[Session, int, int]] = []
    moment = from_ms
    while moment < to_ms:
        found.append(session_at(moment))
        moment = found[-1][2]
    return found


def stays_open(from_ms: int, to_ms: int, hours: MarketHours) -> bool:
    """Whether the market trades at both moments and all the way between. No break is shorter than an hour."""
    return is_open(to_ms, hours) and all(is_open(moment, hours) for moment in range(from_ms, to_ms, HOUR_MS))


def is_open(time_ms: int, hours: MarketHours) -> bool:
    """Whether the market trades then. Holidays are not known here."""
    if hours is MarketHours.ALWAYS:
        return True
    weekday, hour = _new_york(time_ms // HOUR_MS)
    if weekday == 5 or (weekday == 4 and hour >= 17):
        return False
    if weekday == 6:
        return hour >= (18 if hours is MarketHours.METALS else 17)
    return not (hours is MarketHours.METALS and hour == 17)


@lru_cache(maxsize=4096)
def _new_york(hour: int) -> tuple[int, int]:
    """Weekday and hour on New York's clock in an hour since 1970: it is whole hours from UTC."""
    local = local_time(NEW_YORK, hour * HOUR_MS)
    return local.weekday(), local.hour


def weekly_close(time_ms: int, hours: MarketHours) -> int | None:
    """The next Friday 17:00 New York after a moment; None where the market never closes."""
    if hours is MarketHours.ALWAYS:
        return None
    day = local_time(NEW_YORK, time_ms).date()
    friday = day + timedelta(days=(4 - day.weekday()) % 7)
    close_ms = _day_edge(friday, 17, 0, NEW_YORK)
    return close_ms if close_ms > time_ms else _day_edge(friday + timedelta(days=7), 17, 0, NEW_YORK)


def from_rollover(time_ms: int) -> int:
    """Milliseconds to the nearest 17:00 New York, where brokers change the day and spreads widen."""
    start_ms, end_ms = trading_day(time_ms, "17:00 America/New_York")
    return min(time_ms - start_ms, end_ms - time_ms)
