"""Everything that hangs on wall time: trading days, sessions, and what one trading day is worth (VWAP, value area)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.types import Candle, PoolKind, ValueArea
from tests.engine.reference.rules import Past, Rules, highest, lowest, once

NEW_YORK_CLOSE = "17:00 America/New_York"


def _parsed(day_start: str) -> tuple[int, ZoneInfo]:
    clock, name = day_start.split()
    return int(clock.split(":")[0]), ZoneInfo(name)


def trading_date(time_ms: int, day_start: str) -> date:
    """A day that begins at noon or later, such as at 17:00 in New York, is the next date's."""
    hour, zone = _parsed(day_start)
    local = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)
    return (local + timedelta(hours=24 - hour if hour >= 12 else -hour)).date()


def begin_of(day: date, day_start: str) -> int:
    """When the trading day with this date begins."""
    hour, zone = _parsed(day_start)
    first = day - timedelta(days=1) if hour >= 12 else day
    return int(datetime(first.year, first.month, first.day, hour, tzinfo=zone).timestamp()) * 1000


def trading_session(time_ms: int) -> str:
    """New York from its 08:00 to its 17:00, London from its own 08:00 until then, Asia in between."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    new_york, london = (moment.astimezone(ZoneInfo(name)).hour for name in ("America/New_York", "Europe/London"))
    if 8 <= new_york < 17:
        return "New York"
    return "London" if new_york < 8 <= london else "Asia"


@once
def _dates(past: Past) -> list[date]:
    return [trading_date(candle.open_ms, past.rules.day_start) for candle in past.candles]


def _session(past: Past, k: int) -> tuple[str, object]:
    """Sessions follow New York and London, whenever the instrument's trading day begins."""
    time_ms = past.candles[k].open_ms
    return trading_session(time_ms), trading_date(time_ms, NEW_YORK_CLOSE)


# Name and period a candle lies in. A week runs from Monday's trading day to Sunday's.
PERIODS: dict[PoolKind, Callable[[Past, int], tuple[str, object]]] = {
    PoolKind.DAY: lambda past, k: ("", _dates(past)[k]),
    PoolKind.WEEK: lambda past, k: ("", _dates(past)[k].isocalendar()[:2]),
    PoolKind.MONTH: lambda past, k: ("", (_dates(past)[k].year, _dates(past)[k].month)),
    PoolKind.SESSION: _session,
}


@once
def finished(past: Past, kind: PoolKind) -> list[tuple[int, str, Sequence[Candle]]]:
    """The finished periods that had candles, with the first candle of the next of their kind: (k, name, candles)."""
    periods = [PERIODS[kind](past, k) for k in range(len(past.candles))]
    firsts = [k for k in range(len(periods)) if k == 0 or periods[k] != periods[k - 1]]
    return [(k, periods[start][0], past.candles[start:k]) for start, k in pairwise(firsts)]


@once
def vwaps(past: Past) -> list[float | None]:
    """Volume × typical price over volume, of the candles of the day so far."""
    values, dates = [], _dates(past)
    worth, volume = Fraction(0), Fraction(0)
    for k, candle in enumerate(past.candles):
        if k and dates[k] != dates[k - 1]:
            worth, volume = Fraction(0), Fraction(0)
        if candle.volume is not None:
            worth += Fraction(candle.volume) * Fraction(candle.high + candle.low + candle.close, 3)
            volume += Fraction(candle.volume)
        values.append(float(worth / volume) if volume else None)
    return values


@once
def value_areas(past: Past) -> list[tuple[int, ValueArea]]:
    """Of each finished trading day, with the first candle after it."""
    found = []
    for k, _, day in finished(past, PoolKind.DAY):
        poc, low, high = value_area(day, bin_step(past.rules), past.detectors.indicators.value_area_percent)
        begin_ms = begin_of(trading_date(day[0].open_ms, past.rules.day_start), past.rules.day_start)
        found.append((k, ValueArea(poc, high, low, begin_ms, past.candles[k].close_ms)))
    return found


def bin_step(rules: Rules) -> int:
    """A twentieth of the round step, one tick more where that is even."""
    return rules.detectors.indicators.profile_step or rules.round_step // 20 | 1


def profile(day: Sequence[Candle], step: int) -> dict[int, Fraction]:
    """What was traded in each bin from the lowest to the highest that was traded in, by the bin's centre.

    A candle's volume lies equally in all bins it touches. On a day without volume each candle counts once.
    """
    half = step // 2

    def centre(price: int) -> int:
        return (price + half) // step * step

    has_volume = any(candle.volume for candle in day)
    traded = [candle for candle in day if candle.volume or not has_volume]
    bins = {at: Fraction(0) for at in range(centre(lowest(traded)), centre(highest(traded)) + 1, step)}
    for candle in traded:
        touched = range(centre(candle.low), centre(candle.high) + 1, step)
        for at in touched:
            bins[at] += (Fraction(candle.volume) if has_volume else 1) / Fraction(len(touched))
    return bins


def value_area(day: Sequence[Candle], step: int, percent: int) -> tuple[int, int, int]:
    """Centre of the fullest bin, then the lower and upper edge of what grew from it until it held `percent`."""
    bins = profile(day, step)
    low, high, close = lowest(day), highest(day), day[-1].close
    poc = min(bins, key=lambda at: (-bins[at], abs(2 * at - low - high), abs(at - close), at))
    held, total = bins[poc], sum(bins.values())
    bottom = top = poc
    while held * 100 < total * percent:
        below, above = bins.get(bottom - step, Fraction(-1)), bins.get(top + step, Fraction(-1))
        if below >= above:
            bottom, held = bottom - step, held + below
        if above >= below:
            top, held = top + step, held + above
    return poc, bottom - step // 2, top + step // 2
