"""One timeframe as the engine saw it, as rows for `explain`: indicators, support and resistance, zones, stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.words import explain_english as words
from bot.words.explain_rows import Row, packed, pips, place, rows, when
from bot.words.phrases import pool_name, zone_name
from bot.words.reason_english import ReasonEnglish
from bot.words.wording import DOT, Voice, signed, tidy
from engine.types import (
    ChartView,
    KeyLevel,
    LiquidityPool,
    PoolKind,
    Price,
    Readings,
    Sweep,
    SwingKind,
    Zone,
    ZoneKind,
    ZoneStatus,
)

_MOST_ZONES, _MOST_POOLS, _MOST_SWEEPS = 2, 4, 3  # a side, a side, and in all
_LEAST_TOUCHES = 2  # of a level: one swing alone is neither support nor resistance


def indicator_rows(readings: Readings, price: Price, voice: Voice) -> Iterator[Row]:
    """VWAP and value area stand where they are known: on the entry timeframe, and where there is volume."""
    yield words.EMA, _averages(readings, price, voice)
    yield words.RSI, words.NOT_YET if readings.rsi is None else signed(readings.rsi, 0).removeprefix("+")
    yield words.BANDS, _bands(readings, price, voice)
    if readings.vwap is not None:
        vwap = round(readings.vwap)
        yield words.VWAP, words.LINE.format(price=voice.price(vwap), place=place(price, vwap, vwap))
    area = readings.value_area
    if area is not None:
        yield (
            words.VALUE_AREA,
            words.AREA.format(
                low=voice.price(area.low),
                poc=voice.price(area.poc),
                high=voice.price(area.high),
                place=place(price, area.low, area.high),
            ),
        )


def _averages(readings: Readings, price: Price, voice: Voice) -> str:
    named = ((words.FAST, readings.ema_fast), (words.SLOW, readings.ema_slow))
    known = [(name, round(value)) for name, value in named if value is not None]
    if not known:
        return words.NOT_YET
    values = [value for _, value in known]
    said = [words.NUMBER.format(name=name, number=voice.price(value)) for name, value in known]
    return DOT.join([*said, place(price, min(values), max(values), words.BETWEEN)])


def _bands(readings: Readings, price: Price, voice: Voice) -> str:
    if readings.band_low is None or readings.band_high is None or readings.sma is None:
        return words.NOT_YET
    low, high = round(readings.band_low), round(readings.band_high)
    return words.BAND.format(
        range=voice.prices(low, high),
        middle=voice.price(round(readings.sma)),
        place=place(price, low, high),
    )


def level_rows(chart: ChartView, price: Price, voice: Voice) -> Iterator[Row]:
    yield from _key_levels(chart.levels, price, voice)
    yield from _zones(chart.zones, price, voice)
    yield from _pools(chart.pools, price, voice)
    yield from rows(words.SWEEPS, [text for sweep in _telling(chart.sweeps) for text in _sweep(sweep, voice)])


def _key_levels(levels: Sequence[KeyLevel], price: Price, voice: Voice) -> Iterator[Row]:
    """The nearest on either side; one that price stands at is support."""
    known = [level for level in levels if level.touches >= _LEAST_TOUCHES]
    above = [level for level in known if level.price > price]
    below = [level for level in known if level.price <= price]
    for name, side in ((words.RESISTANCE, above), (words.SUPPORT, below)):
        nearest = min(side, key=lambda level: abs(level.price - price), default=None)
        yield name, words.NONE if nearest is None else _key_level(nearest, price, voice)


def _key_level(level: KeyLevel, price: Price, voice: Voice) -> str:
    return words.KEY_LEVEL.format(
        price=voice.price(level.price), away=pips(level.price - price, voice), touches=level.touches
    )


def _zones(zones: Sequence[Zone], price: Price, voice: Voice) -> Iterator[Row]:
    """Those nearest to price that may still hold, nearest first. A filled one holds nothing unless it is broken."""
    living = [zone for zone in zones if zone.status not in (ZoneStatus.FILLED, ZoneStatus.DEAD)]
    above = sorted((zone for zone in living if zone.bottom > price), key=lambda zone: zone.bottom)
    below = sorted((zone for zone in living if zone.top < price), key=lambda zone: -zone.top)
    here = sorted((zone for zone in living if zone.contains(price)), key=lambda zone: -zone.strength)
    for name, side in ((words.ZONE_ABOVE, above), (words.ZONE_HERE, here), (words.ZONE_BELOW, below)):
        yield from rows(name, [text for zone in side[:_MOST_ZONES] for text in _zone(zone, price, voice)])


def _zone(zone: Zone, price: Price, voice: Voice) -> list[str]:
    """What and where it is, how far it was filled; then what it is worth, and since when it is known."""
    away = max(zone.bottom - price, price - zone.top)
    # Demand and supply say their side themselves.
    side = "" if zone.kind is ZoneKind.BASE else words.SIDES[zone.bias]
    seen = [
        words.ZONE.format(
            side=side, kind=zone_name(zone.name, zone.bias, ReasonEnglish), range=voice.prices(zone.bottom, zone.top)
        ),
        pips(away, voice) if away > 0 else words.HERE,
        words.STATUSES[zone.kind].get(zone.status, ""),
    ]
    first, *rest = packed([item for item in seen if item])
    evidence = ", ".join(words.EVIDENCE.get(code, tidy(code).replace("_", " ")) for code in zone.evidence)
    worth = [
        *rest,
        words.STRENGTH.format(strength=zone.strength),
        evidence,
        words.VISITS.format(count=zone.touches) if zone.touches > 1 else "",
        words.KNOWN.format(time=when(zone.known_ms, voice)),
    ]
    return [first, *(words.DETAIL.format(text=text) for text in packed([item for item in worth if item]))]


def _pools(pools: Sequence[LiquidityPool], price: Price, voice: Voice) -> Iterator[Row]:
    """The map of stops: the levels nearest to price on either side, with the way there.

    A level with several reasons for stops is told once, by one that has a name. Round numbers rest on both sides of
    price, wherever it is.
    """
    known = [*_round_numbers(price, voice), *sorted(pools, key=lambda pool: pool.kind is not PoolKind.SWING)]
    levels = {(pool.side, pool.level): pool for pool in known}
    ordered = sorted(levels.values(), key=lambda pool: abs(pool.level - price))
    for name, side in ((words.POOLS_ABOVE, SwingKind.HIGH), (words.POOLS_BELOW, SwingKind.LOW)):
        nearest = [pool for pool in ordered if pool.side is side][:_MOST_POOLS]
        yield from rows(name, [_pool(pool, price, voice) for pool in nearest])


def _round_numbers(price: Price, voice: Voice) -> list[LiquidityPool]:
    """The nearest multiple of the instrument's round step above price, and the one below."""
    step = voice.instrument.round_step
    above, below = price // step * step + step, (price - 1) // step * step
    found = [LiquidityPool(PoolKind.ROUND, SwingKind.HIGH, above, 0, 0)]
    return found if below <= 0 else [*found, LiquidityPool(PoolKind.ROUND, SwingKind.LOW, below, 0, 0)]


def _pool(pool: LiquidityPool, price: Price, voice: Voice) -> str:
    return words.POOL.format(level=voice.price(pool.level), name=_name(pool), away=pips(pool.level - price, voice))


def _telling(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """The newest first; round numbers, which are swept all day long, only where there is room for them.

    A level with several reasons for stops was swept once, and is told by one that has a name.
    """
    ranks = (PoolKind.ROUND, PoolKind.SWING)
    named_last = sorted(sweeps, key=lambda sweep: ranks.index(sweep.pool.kind) if sweep.pool.kind in ranks else 2)
    told = {(sweep.pool.level, sweep.known_ms): sweep for sweep in named_last}
    return sorted(told.values(), key=lambda sweep: (sweep.pool.kind is PoolKind.ROUND, -sweep.known_ms))[:_MOST_SWEEPS]


def _sweep(sweep: Sweep, voice: Voice) -> list[str]:
    swept = words.SWEEP.format(
        level=voice.price(sweep.pool.level), name=_name(sweep.pool), extreme=voice.price(sweep.extreme)
    )
    turned = words.TURNED.format(strength=sweep.strength)
    first, *more = packed([swept, turned, when(sweep.known_ms, voice)])
    return [first, *(words.DETAIL.format(text=text) for text in more)]


def _name(pool: LiquidityPool) -> str:
    is_high = pool.side is SwingKind.HIGH
    return (pool_name(pool.label, ReasonEnglish, is_high=is_high) or words.SWING_SIDES[pool.side]).strip()
