"""Trading days, sessions and market hours: everything that hangs on local wall time.

Windows are kept in local time and converted per date with the time-zone database, so daylight saving is right in
London and New York separately. Pure functions of a moment; results per date are cached. A date is here a number of days
since 1970, as a moment is one of milliseconds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.types import DAY_MS, HOUR_MS, LENGTH_MS, MINUTE_MS, MarketHours, Session, Timeframe

WEEK_MS = 7 * DAY_MS
EPOCH = date(1970, 1, 1)  # a Thursday
NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")


def local_time(zone: ZoneInfo, time_ms: int) -> datetime:
    """What a local clock and calendar show, to the second."""
    return datetime.fromtimestamp(time_ms // 1000, zone)


def wall_ms(zone: ZoneInfo, time_ms: int) -> int:
    """What a local clock and calendar show, as milliseconds since 1970 there."""
    ahead_ms = _ahead_all_week(zone, time_ms // WEEK_MS)
    return time_ms + (_ahead_ms(zone, time_ms) if ahead_ms is None else ahead_ms)


def _local_ms(zone: ZoneInfo, day: int, hour: int, minute: int = 0) -> int:
    """The moment a local wall clock shows this time."""
    local_ms = day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS
    ahead_ms = _ahead_all_week(zone, local_ms // WEEK_MS)
    if ahead_ms is not None:
        return local_ms - ahead_ms
    on = EPOCH + timedelta(days=day)
    return int(datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone).timestamp()) * 1000


@lru_cache(maxsize=1024)
def _ahead_all_week(zone: ZoneInfo, week: int) -> int | None:
    """How far a local clock is ahead of UTC in a week since 1970 and a day around it. None where clocks are changed.

    To ask the time-zone database takes ten times as long. Nowhere are clocks changed there and back in so few days.
    """
    before = _ahead_ms(zone, week * WEEK_MS - DAY_MS)
    return before if before == _ahead_ms(zone, (week + 1) * WEEK_MS + DAY_MS) else None


def _ahead_ms(zone: ZoneInfo, time_ms: int) -> int:
    ahead = local_time(zone, time_ms).utcoffset()
    return ahead // timedelta(milliseconds=1) if ahead is not None else 0


def _weekday(day: int) -> int:
    """Monday is 0."""
    return (day + 3) % 7


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
    edges = _day_edges(time_ms // DAY_MS, day_start)
    at = 1
    while edges[at] <= time_ms:
        at += 1
    return edges[at - 1], edges[at]


@lru_cache(maxsize=4096)
def _day_edges(utc_day: int, day_start: str) -> tuple[int, ...]:
    """Where the trading days that touch a UTC day begin and end, and some around them: no zone is a day from UTC."""
    hour, minute, zone = parse_day_start(day_start)
    return tuple([_local_ms(zone, day, hour, minute) for day in range(utc_day - 2, utc_day + 3)])


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
    return EPOCH + timedelta(days=_label(time_ms, day_start))


def weekday_of(time_ms: int, day_start: str) -> int:
    """The weekday traders give a trading day: Monday is 0."""
    return _weekday(_label(time_ms, day_start))


def _label(time_ms: int, day_start: str) -> int:
    hour, _, zone = parse_day_start(day_start)
    start_ms, _ = trading_day(time_ms, day_start)
    return wall_ms(zone, start_ms) // DAY_MS + _lead(hour)


def _lead(hour: int) -> int:
    """How far a day's label is ahead of the date it begins on: a day that begins at noon or later is the next one's."""
    return 1 if hour >= 12 else 0


def trading_week(time_ms: int, day_start: str) -> tuple[int, int]:
    """The week `[start_ms, end_ms)` a moment lies in: Monday's trading day and the six after it."""
    label = _label(time_ms, day_start)
    monday = label - _weekday(label)
    return _labelled_start(monday, day_start), _labelled_start(monday + 7, day_start)


def trading_month(time_ms: int, day_start: str) -> tuple[int, int]:
    """The month `[start_ms, end_ms)` a moment lies in: all trading days with the same month in their label."""
    first = day_label(time_ms, day_start).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _labelled_start((first - EPOCH).days, day_start), _labelled_start((following - EPOCH).days, day_start)


def _labelled_start(label: int, day_start: str) -> int:
    hour, minute, zone = parse_day_start(day_start)
    return _local_ms(zone, label - _lead(hour), hour, minute)


@lru_cache(maxsize=1024)
def _session_edges(day: int) -> tuple[int, int, int]:
    """London's opening, New York's opening and New York's close on this New York date."""
    return (
        _local_ms(LONDON, day, 8),
        _local_ms(NEW_YORK, day, 8),
        _local_ms(NEW_YORK, day, 17),
    )


def session_at(time_ms: int) -> tuple[Session, int, int]:
    """The session a moment belongs to and its `[start_ms, end_ms)`.

    Asia runs from New York's close to London's opening at 08:00, London until New York's 08:00, New York until 17:00.
    """
    day = wall_ms(NEW_YORK, time_ms) // DAY_MS
    london, new_york, close = _session_edges(day)
    if time_ms >= close:
        return Session.ASIA, close, _session_edges(day + 1)[0]
    if time_ms >= new_york:
        return Session.NEW_YORK, new_york, close
    if time_ms >= london:
        return Session.LONDON, london, new_york
    return Session.ASIA, _session_edges(day - 1)[2], london


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
    for moment in range(from_ms, to_ms, HOUR_MS):
        if not is_open(moment, hours):
            return False
    return is_open(to_ms, hours)


def is_open(time_ms: int, hours: MarketHours) -> bool:
    """Whether the market trades then. Holidays are not known here."""
    if hours is MarketHours.ALWAYS:
        return True
    local_ms = wall_ms(NEW_YORK, time_ms)
    weekday, hour = _weekday(local_ms // DAY_MS), local_ms % DAY_MS // HOUR_MS
    if weekday == 5 or (weekday == 4 and hour >= 17):
        return False
    if weekday == 6:
        return hour >= (18 if hours is MarketHours.METALS else 17)
    return not (hours is MarketHours.METALS and hour == 17)


def weekly_close(time_ms: int, hours: MarketHours) -> int | None:
    """The next Friday 17:00 New York after a moment; None where the market never closes."""
    if hours is MarketHours.ALWAYS:
        return None
    day = wall_ms(NEW_YORK, time_ms) // DAY_MS
    friday = day + (4 - _weekday(day)) % 7
    close_ms = _local_ms(NEW_YORK, friday, 17)
    return close_ms if close_ms > time_ms else _local_ms(NEW_YORK, friday + 7, 17)


def from_rollover(time_ms: int) -> int:
    """Milliseconds to the nearest 17:00 New York, where brokers change the day and spreads widen."""
    start_ms, end_ms = trading_day(time_ms, "17:00 America/New_York")
    return min(time_ms - start_ms, end_ms - time_ms)
