"""Numbers, times and names as pictures say them: a true minus, UTC, English whatever the machine speaks."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.types import HOUR_MS, MINUTE_MS, Instrument, PoolKind, Price, Session

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Where stops rest, below a low and above a high. Plain swings have no label.
_POOLS = {
    PoolKind.EQUAL.value: ("EQL", "EQH"),
    PoolKind.DAY.value: ("PDL", "PDH"),
    PoolKind.WEEK.value: ("PWL", "PWH"),
    PoolKind.MONTH.value: ("PML", "PMH"),
    Session.ASIA.value: ("Asia L", "Asia H"),
    Session.LONDON.value: ("London L", "London H"),
    Session.NEW_YORK.value: ("NY L", "NY H"),
}


def clock_text(time_ms: int) -> str:
    """`13:15`."""
    return f"{_utc(time_ms):%H:%M}"


def day_text(time_ms: int) -> str:
    """`3 Apr`."""
    day = _utc(time_ms)
    return f"{day.day} {_MONTHS[day.month - 1]}"


def month_text(time_ms: int) -> str:
    """`Apr 2024`."""
    day = _utc(time_ms)
    return f"{_MONTHS[day.month - 1]} {day.year}"


def weekday_text(time_ms: int) -> str:
    """`Wed`."""
    return _WEEKDAYS[_utc(time_ms).weekday()]


def date_text(time_ms: int) -> str:
    """`Wed 3 Apr 2024`."""
    return f"{weekday_text(time_ms)} {day_text(time_ms)} {_utc(time_ms).year}"


def duration_text(duration_ms: int) -> str:
    """`47 m`, `5 h 22 m`, `2 d 3 h`: whole minutes, rounded down."""
    hours, minutes = duration_ms // HOUR_MS, duration_ms % HOUR_MS // MINUTE_MS
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} m" if hours else f"{minutes} m"


def signed(value: float, decimals: int) -> str:
    """`+1.50`, `−0.27`; zero, also after rounding, has no sign."""
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def short_number(value: float) -> str:
    """At most two decimals and no needless zeros: 2.5, 1.25, 230."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def pips_text(instrument: Instrument, ticks: int) -> str:
    """A distance in pips, to a tenth: `230`, `92.5`."""
    return short_number(float(round(instrument.pips(ticks), 1)))


def pool_label(name: str, *, is_high: bool) -> str:
    """`PDH`, `Asia L`, `EQH`: `name` is `LiquidityPool.label`. Nothing for a plain swing."""
    return _POOLS[name][is_high] if name in _POOLS else ""


def round_text(instrument: Instrument, level: Price) -> str:
    """A round number without needless zeros: `2300`, `0.5`."""
    return f"{instrument.to_decimal(level).normalize():f}"


def _utc(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
