"""One timeframe as the engine saw it, as rows for `explain`; and the small words its other sections share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from bot.words import english
from bot.words import explain_english as words
from bot.words.reasons import pool_name
from bot.words.wording import Voice, percent, signed, tidy
from engine.types import (
    Candle,
    ChartView,
    Direction,
    LiquidityPool,
    PoolKind,
    Price,
    StructureBreak,
    Sweep,
    SwingKind,
    Zone,
    ZoneStatus,
)

_MOST_ZONES, _MOST_POOLS, _MOST_RECENT = 2, 4, 3  # a side, a side, and of sweeps and breaks

Row: TypeAlias = tuple[str, str]  # name and text; a row without a name goes on with the one above


def chart_rows(chart: ChartView, price: Price, ready_after: int, voice: Voice) -> Iterator[Row]:
    """Whether it may speak, and what it has seen; without a candle nothing."""
    yield words.READY, _ready(chart, ready_after)
    if not chart.candles:
        return
    yield words.LAST_CANDLE, _candle(chart.candles[-1], voice)
    yield words.TREND, _trend(chart, voice)
    yield words.RANGE, _range(chart, price, voice)
    yield words.ATR, words.NOT_YET if chart.atr is None else words.PIPS.format(pips=pips(round(chart.atr), voice))
    yield from _zones(chart, price, voice)
    yield from _pools(chart.pools, price, voice)
    yield from rows(words.SWEEPS, [_sweep(sweep, voice) for sweep in chart.sweeps[: -_MOST_RECENT - 1 : -1]])
    yield from rows(words.BREAKS, [break_text(broken, voice) for broken in chart.breaks[: -_MOST_RECENT - 1 : -1]])


def _ready(chart: ChartView, ready_after: int) -> str:
    missing = missing_candles(chart, ready_after)
    if not missing:
        return words.IS_READY
    return words.ONE_MISSING if missing == 1 else words.NOT_READY.format(missing=missing)


def missing_candles(chart: ChartView, ready_after: int) -> int:
    """Candles until it is ready. The window holds at least as many as are needed."""
    return 0 if chart.is_ready else max(1, ready_after - len(chart.candles))


def _candle(candle: Candle, voice: Voice) -> str:
    prices = {name: voice.price(getattr(candle, name)) for name in ("open", "high", "low", "close")}
    return words.CANDLE.format(time=when(candle.close_ms, voice), **prices)


def _trend(chart: ChartView, voice: Voice) -> str:
    broken = chart.last_break
    if chart.trend is None or broken is None:
        return words.NO_TREND
    return words.TREND_SINCE.format(
        way=way(chart.trend),
        broken=broken.kind.value,
        level=voice.price(broken.level),
        time=when(broken.known_ms, voice),
        swing_time=when(broken.level_known_ms, voice),
    )


def _range(chart: ChartView, price: Price, voice: Voice) -> str:
    low, high = chart.range_low, chart.range_high
    if low is None or high is None:
        return words.NOT_YET
    prices = voice.prices(low, high)
    if low >= high:
        return prices
    if 2 * price == low + high:
        return words.AT_MIDDLE.format(range=prices)
    half = english.HALVES[2 * price < low + high]
    share = percent(Decimal(100 * (price - low)) / (high - low), 0)
    return words.IN_RANGE.format(range=prices, half=half, share=share)


def _zones(chart: ChartView, price: Price, voice: Voice) -> Iterator[Row]:
    """Those nearest to price that are not dead, nearest first."""
    living = [zone for zone in chart.zones if zone.status < ZoneStatus.DEAD]
    above = sorted((zone for zone in living if zone.bottom > price), key=lambda zone: zone.bottom)
    below = sorted((zone for zone in living if zone.top < price), key=lambda zone: -zone.top)
    here = sorted((zone for zone in living if zone.contains(price)), key=lambda zone: -zone.strength)
    for name, zones in ((words.ZONE_ABOVE, above), (words.ZONE_HERE, here), (words.ZONE_BELOW, below)):
        yield from rows(name, [_zone(zone, price, voice) for zone in zones[:_MOST_ZONES]])


def _zone(zone: Zone, price: Price, voice: Voice) -> str:
    away = max(zone.bottom - price, price - zone.top)
    evidence = ", ".join(words.EVIDENCE.get(code, tidy(code).replace("_", " ")) for code in zone.evidence)
    return words.ZONE.format(
        side=words.SIDES[zone.direction],
        kind=english.ZONES[zone.kind],
        range=voice.prices(zone.bottom, zone.top),
        away=words.AWAY.format(pips=pips(away, voice)) if away > 0 else words.HERE,
        strength=zone.strength,
        evidence=f" ({evidence})" if evidence else "",
        status=words.STATUSES.get(zone.status, words.BROKEN[zone.kind]),
        time=when(zone.known_ms, voice),
    )


def _pools(pools: Sequence[LiquidityPool], price: Price, voice: Voice) -> Iterator[Row]:
    """The map of stops: the levels nearest to price on either side, with the way there in pips.

    A level with several reasons for stops is told once, by one that has a name.
    """
    named_last = sorted(pools, key=lambda pool: pool.kind is not PoolKind.SWING)
    levels = {(pool.side, pool.level): pool for pool in named_last}
    ordered = sorted(levels.values(), key=lambda pool: abs(pool.level - price))
    above = [pool for pool in ordered if pool.side is SwingKind.HIGH][:_MOST_POOLS]
    below = [pool for pool in ordered if pool.side is SwingKind.LOW][:_MOST_POOLS]
    for name, side in ((words.POOLS_ABOVE, above), (words.POOLS_BELOW, below)):
        items = [
            words.POOL.format(name=_name(pool), level=voice.price(pool.level), pips=voice.pips(pool.level - price))
            for pool in side
        ]
        yield name, words.POOLS.format(pools=", ".join(items)) if items else words.NONE


def _sweep(sweep: Sweep, voice: Voice) -> str:
    return words.SWEEP.format(
        name=_name(sweep.pool),
        level=voice.price(sweep.pool.level),
        extreme=voice.price(sweep.extreme),
        strength=sweep.strength,
        time=when(sweep.known_ms, voice),
    )


def break_text(broken: StructureBreak, voice: Voice) -> str:
    return words.BREAK.format(
        broken=broken.kind.value,
        way=way(broken.direction),
        level=voice.price(broken.level),
        time=when(broken.known_ms, voice),
    )


def rows(name: str, texts: Sequence[str]) -> Iterator[Row]:
    """One row a text, the name before the first; `none` when there is nothing."""
    for number, text in enumerate(texts or [words.NONE]):
        yield (name if number == 0 else ""), text


def when(time_ms: int, voice: Voice) -> str:
    return f"{voice.day(time_ms)} {voice.clock(time_ms)}"


def pips(ticks: int, voice: Voice) -> str:
    """A distance, without a sign or a unit."""
    return signed(abs(voice.instrument.pips(ticks)), 1).removeprefix("+")


def way(direction: Direction) -> str:
    return english.WAYS[direction is Direction.UP]


def _name(pool: LiquidityPool) -> str:
    is_high = pool.side is SwingKind.HIGH
    return pool_name(pool.label, is_high=is_high) or words.SWINGS[is_high]
