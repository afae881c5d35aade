"""The detectors' definitions read off literally over a whole history: slow, plain, and sharing no code with the engine.

Every function looks at all candles at once, by index, and says at the close of which candle a thing became known.
Nothing here is incremental, so a slip in the engine's running state cannot be repeated here. One file for each subject;
definitions and sources stand with the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.events import (
    Event,
    InducementEnded,
    InducementFormed,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
    StructureBroken,
    SwingConfirmed,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
    ZoneTouched,
)
from engine.types import Candle, ChartView, InducementStatus, Readings, Scale, SwingKind
from tests.engine.reference import averages, days, liquidity, patterns, structure, zones
from tests.engine.reference.rules import NEVER, Past, Rules

__all__ = ["Past", "Rules", "chart_view", "events", "events_of", "readings"]


def events(candles: Sequence[Candle], rules: Rules) -> list[Event]:
    """What one timeframe has to say about all this, in no particular order."""
    return events_of(Past(candles, rules))


def events_of(past: Past) -> list[Event]:
    said: list[Event] = []

    def say(kind: type, k: int, *fields: object) -> None:
        candle = past.candles[k]
        said.append(kind(candle.close_ms, candle.symbol, candle.timeframe, *fields))

    for scale in Scale:
        for k, swing in structure.swings(past, scale):
            say(SwingConfirmed, k, swing)
    for k, broken in structure.told_breaks(past):
        say(StructureBroken, k, broken)
    for k, inducement in structure.inducements(past):
        say(InducementFormed if inducement.status is InducementStatus.RESTING else InducementEnded, k, inducement)
    for k, level, _ in structure.key_levels(past):
        if level.touches > 1:
            say(LevelTouched, k, level)
    for k, pool in [*liquidity.period_pools(past), *liquidity.equal_levels(past)]:
        say(PoolFormed, k, pool)
    for k, sweep in liquidity.sweeps(past):
        say(LiquiditySwept, k, sweep)
    for k, pool, why in liquidity.pool_ends(past):
        say(PoolEnded, k, pool, why)
    for life in zones.lives(past):
        _tell(life, say)
    regimes = averages.regimes(past)
    for k, now in enumerate(regimes):
        if k and now is not regimes[k - 1]:
            say(RegimeChanged, k, regimes[k - 1], now)
    return said


def _tell(life: zones.Life, say: Callable[..., None]) -> None:
    zone = life.zone
    say(ZoneFormed, life.k, zone)
    for j, status in life.statuses:
        if j <= life.evicted:
            say(ZoneChanged, j, zone.id, status)
    for visit, j in enumerate(life.revisits, start=2):
        if j <= life.evicted:
            say(ZoneTouched, j, zone.id, visit, zones.strength_after(zone, visit))
    if life.evicted != NEVER:
        say(ZoneEvicted, life.evicted, zone.id, life.joined)


def chart_view(past: Past, k: int, *, is_ready: bool) -> ChartView:
    """What is known after candle k, the last one. The recent breaks, sweeps and swings are left to the events."""
    internal, larger = (structure.breaks(past, scale) for scale in Scale)
    inducements = structure.inducements(past)
    return ChartView(
        timeframe=past.candles[k].timeframe,
        is_ready=is_ready,
        candles=tuple(past.window(k)),
        atr=averages.atr(past)[k],
        trend=internal[-1][1].direction if internal else None,
        last_break=internal[-1][1] if internal else None,
        range_low=structure.trailing(past, Scale.INTERNAL, SwingKind.LOW, k),
        range_high=structure.trailing(past, Scale.INTERNAL, SwingKind.HIGH, k),
        zones=tuple(zones.standing(past)),
        pools=tuple(liquidity.standing(past)),
        breaks=(),
        sweeps=(),
        swings=(),
        swing_trend=larger[-1][1].direction if larger else None,
        swing_break=larger[-1][1] if larger else None,
        swing_low=structure.trailing(past, Scale.SWING, SwingKind.LOW, k),
        swing_high=structure.trailing(past, Scale.SWING, SwingKind.HIGH, k),
        inducement=inducements[-1][1] if inducements else None,
        levels=tuple(structure.standing(past)),
        pattern=patterns.pattern(past, k),
        regime=averages.regimes(past)[k],
        readings=readings(past, k),
    )


def readings(past: Past, k: int) -> Readings:
    """The indicators after candle k."""
    rules, band = past.detectors.indicators, averages.bands(past)[k]
    efficiency, percentile = averages.efficiencies(past)[k], averages.atr_percentiles(past)[k]
    areas = [area for known, area in days.value_areas(past) if known <= k] if past.rules.is_entry else []
    return Readings(
        ema_fast=averages.ema(past, rules.ema_fast)[k],
        ema_slow=averages.ema(past, rules.ema_slow)[k],
        sma=band and band[1],
        band_low=band and band[0],
        band_high=band and band[2],
        rsi=averages.rsi(past)[k],
        adx=averages.adx(past)[k],
        efficiency=None if efficiency is None else float(efficiency),
        atr_percentile=None if percentile is None else float(percentile),
        vwap=days.vwaps(past)[k] if past.rules.is_entry else None,
        value_area=areas[-1] if areas else None,
    )
