"""Days, weeks and months as a channel reports them. Pure: wall clocks and time zones in, moments out.

A day ends when the channel's wall clock shows `report_at`. From noon on it has the date of that moment, before noon the
date before: a day that ends at 17:00 is that day, one that ends at 00:00 is the one just over. Weeks and months are
made of whole such days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot.config import ChannelConfig, ReportKind, Weekday

_DAY = timedelta(days=1)


class Period(msgspec.Struct, frozen=True):
    """The days `first` to `last`, both included: the time `[from_ms, until_ms)`. Its report is due at `due_ms`.

    Names of one kind sort as text: `2024-04-03`, `2024-W14`, `2024-04`.
    """

    kind: ReportKind
    name: str
    first: date
    last: date
    from_ms: int
    until_ms: int
    due_ms: int


class Overdue(msgspec.Struct, frozen=True):
    """The periods whose reports are due, oldest first, and those that are left out because there are too many."""

    periods: tuple[Period, ...]
    left_out: tuple[Period, ...]


def day_of(channel: ChannelConfig, time_ms: int) -> date:
    """The day a moment belongs to; its end belongs to the next."""
    day = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(ZoneInfo(channel.report_zone)).date() - _DAY
    while day_end_ms(channel, day) <= time_ms:
        day += _DAY
    return day


def day_end_ms(channel: ChannelConfig, day: date) -> int:
    """A time that the clocks skip counts from before they were set, of one they show twice the first counts."""
    hour, minute = _report_at(channel)
    return _wall_ms(channel, day if hour >= 12 else day + _DAY, hour, minute)


def period_of(channel: ChannelConfig, kind: ReportKind, day: date) -> Period:
    """The one this day is in."""
    match kind:
        case ReportKind.DAILY:
            first = last = day
            name = day.isoformat()
        case ReportKind.WEEKLY:
            last = day + _DAY * ((list(Weekday).index(channel.report_weekday) - day.weekday()) % 7)
            first = last - 6 * _DAY
            name = f"{last:%G-W%V}"
        case ReportKind.MONTHLY:
            first = day.replace(day=1)
            last = _next_month(first) - _DAY
            name = f"{first:%Y-%m}"
    until_ms = day_end_ms(channel, last)
    # A month is reported on the first of the next: the report of its last day has gone out by then.
    due_ms = _wall_ms(channel, _next_month(first), *_report_at(channel)) if kind is ReportKind.MONTHLY else until_ms
    return Period(kind, name, first, last, day_end_ms(channel, first - _DAY), until_ms, due_ms)


def before(channel: ChannelConfig, period: Period) -> Period:
    return period_of(channel, period.kind, period.first - _DAY)


def after(channel: ChannelConfig, period: Period) -> Period:
    return period_of(channel, period.kind, period.last + _DAY)


def latest_due(channel: ChannelConfig, kind: ReportKind, now_ms: int) -> Period:
    """The newest period whose report is due by now."""
    period = period_of(channel, kind, day_of(channel, now_ms))
    while period.due_ms > now_ms:
        period = before(channel, period)
    return period


def next_due_ms(channel: ChannelConfig, kind: ReportKind, now_ms: int) -> int:
    """When the next report is due, later than now."""
    return after(channel, latest_due(channel, kind, now_ms)).due_ms


def overdue(channel: ChannelConfig, kind: ReportKind, done: str, now_ms: int, most: int) -> Overdue:
    """What is due by now and later than the period named `done`; at most the newest `most`."""
    found: list[Period] = []
    period = latest_due(channel, kind, now_ms)
    while period.name > done:
        found.append(period)
        period = before(channel, period)
    found.reverse()
    return Overdue(tuple(found[-most:]), tuple(found[:-most]))


def _report_at(channel: ChannelConfig) -> tuple[int, int]:
    hour, _, minute = channel.report_at.partition(":")
    return int(hour), int(minute)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + 32 * _DAY).replace(day=1)


def _wall_ms(channel: ChannelConfig, day: date, hour: int, minute: int) -> int:
    return int(datetime.combine(day, time(hour, minute), ZoneInfo(channel.report_zone)).timestamp()) * 1000
