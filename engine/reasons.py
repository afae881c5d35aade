"""Makers of reasons, without points yet: which prices and times each kind of finding speaks of."""

from __future__ import annotations

from engine.types import (
    ChartView,
    Direction,
    Inducement,
    KeyLevel,
    LiquidityPool,
    Price,
    Reason,
    ReasonCode,
    Role,
    StructureBreak,
    Sweep,
    Zone,
)


def break_reason(role: Role, code: ReasonCode, chart: ChartView, broken: StructureBreak) -> Reason:
    return Reason(
        role,
        code,
        chart.timeframe,
        broken.direction,
        0,
        (broken.level,),
        broken.level_formed_ms,
        broken.known_ms,
        broken.name,
    )


def zone_reason(role: Role, code: ReasonCode, chart: ChartView, direction: Direction, zone: Zone) -> Reason:
    """`direction` is the way it works."""
    return Reason(
        role,
        code,
        chart.timeframe,
        direction,
        0,
        (zone.bottom, zone.top),
        zone.formed_ms,
        zone.known_ms,
        zone.name,
    )


def sweep_reason(role: Role, code: ReasonCode, chart: ChartView, sweep: Sweep) -> Reason:
    return Reason(
        role,
        code,
        chart.timeframe,
        sweep.direction,
        0,
        (sweep.pool.level, sweep.extreme),
        sweep.pool.formed_ms,
        sweep.known_ms,
        sweep.pool.label,
        sweep.strength,
    )


def pool_reason(role: Role, code: ReasonCode, chart: ChartView, direction: Direction, pool: LiquidityPool) -> Reason:
    return Reason(role, code, chart.timeframe, direction, 0, (pool.level,), pool.formed_ms, pool.known_ms, pool.label)


def level_reason(role: Role, code: ReasonCode, chart: ChartView, direction: Direction, level: KeyLevel) -> Reason:
    prices, touches = (level.price,), level.touches
    return Reason(role, code, chart.timeframe, direction, 0, prices, level.formed_ms, level.known_ms, strength=touches)


def inducement_reason(
    role: Role, code: ReasonCode, chart: ChartView, direction: Direction, found: Inducement
) -> Reason:
    """Known when it was taken, or while it rests when it formed."""
    known_ms = found.known_ms if found.ended_ms is None else found.ended_ms
    return Reason(role, code, chart.timeframe, direction, 0, (found.level,), found.formed_ms, known_ms)


def range_reason(role: Role, code: ReasonCode, chart: ChartView, direction: Direction, half: str) -> Reason:
    return now_reason(role, code, chart, direction, (chart.range_low or 0, chart.range_high or 0), half)


def now_reason(
    role: Role,
    code: ReasonCode,
    chart: ChartView,
    direction: Direction,
    prices: tuple[Price, ...],
    detail: str = "",
    strength: int | None = None,
) -> Reason:
    """A reason that holds as of the chart's last candle."""
    last = chart.candles[-1]
    return Reason(role, code, chart.timeframe, direction, 0, prices, last.open_ms, last.close_ms, detail, strength)
