"""What speaks for and against a trade one way: read off the market's view, before any strategy weighs it.

Each piece is a `Reason` without points yet, the name of the part of the score it counts for, and how much of that
part it deserves. A strategy is a table of points over these parts; see `confluence.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from engine.config import ConfluenceConfig
from engine.kill_zones import kill_zone_at
from engine.patterns import pattern_of
from engine.ranges import at_edge, is_right_half, ote_band, reached_ote
from engine.reasons import (
    break_reason,
    inducement_reason,
    level_reason,
    now_reason,
    range_reason,
    sweep_reason,
    zone_reason,
)
from engine.triggers import broken_now
from engine.types import (
    BreakKind,
    Candle,
    Direction,
    InducementStatus,
    MarketView,
    Pattern,
    Price,
    Reason,
    ReasonCode,
    Role,
    StructureBreak,
    Sweep,
    Zone,
    ZoneKind,
    ZoneStatus,
)

WHOLE = 300  # a part's points are given in three-hundredths, so that two thirds of them are exact
FAR_GONE_RSI, SPENT_RSI = 70, 30  # overbought and oversold. Source: J. Welles Wilder


class Case(msgspec.Struct, frozen=True):
    """A trade one way at this close, and what the recent candles say of it.

    `recent` are the entry candles of the look-back, `extreme` is how far price went against the trade within them,
    `sweep` the latest one the way of the trade among them (`round_sweep`: of a round number, told only where there is
    no other), `zones` the held ones of the setup timeframe, strongest
    first. `broken` is the break this close made, if it made one.
    """

    view: MarketView
    config: ConfluenceConfig
    direction: Direction
    entry: Price
    recent: tuple[Candle, ...]
    extreme: Price
    sweep: Sweep | None
    round_sweep: Sweep | None
    zones: tuple[Zone, ...]
    broken: StructureBreak | None

    @property
    def is_buy(self) -> bool:
        return self.direction is Direction.UP

    @property
    def sign(self) -> int:
        return 1 if self.direction is Direction.UP else -1


class Evidence(msgspec.Struct, frozen=True):
    """`part` is the name of its points in `WeightsConfig`; `share` how much of them it deserves, of `WHOLE`."""

    part: str
    share: int
    reason: Reason


def case_of(view: MarketView, config: ConfluenceConfig, direction: Direction) -> Case:
    """The case for a trade this way, entered at the side that pays the spread. The view must hold a quote."""
    price = view.ask if direction is Direction.UP else view.bid
    assert price is not None  # noqa: S101 - asked for by every caller before
    recent = view.entry.candles[-config.lookback :]
    since_ms = recent[0].open_ms
    broken = broken_now(view)
    lowest, highest = min([c.low for c in recent]), max([c.high for c in recent])
    return Case(
        view=view,
        config=config,
        direction=direction,
        entry=price,
        recent=recent,
        extreme=lowest if direction is Direction.UP else highest,
        sweep=_latest(view.entry.sweeps, direction, since_ms),
        round_sweep=_latest(view.entry.round_sweeps, direction, since_ms),
        zones=tuple(_held_zones(view, direction, recent, lowest, highest)),
        broken=broken if broken is not None and broken.direction is direction else None,
    )


def _latest(sweeps: Sequence[Sweep], direction: Direction, since_ms: int) -> Sweep | None:
    return next((s for s in reversed(sweeps) if s.direction is direction and s.formed_ms >= since_ms), None)


def _held_zones(
    view: MarketView, direction: Direction, recent: Sequence[Candle], lowest: Price, highest: Price
) -> list[Zone]:
    """Setup-timeframe zones that price tested within the look-back and that hold, strongest first.

    Tested means that an entry candle reached into the zone after it was known; held means that none closed beyond it.
    Inverted gaps and breakers work the other way, from when they turned.
    """
    found = []
    for zone in view.setup.zones:
        if zone.bottom > highest or zone.top < lowest or not works(zone, direction):
            continue
        if zone.status is ZoneStatus.FILLED or not _holds(zone, direction, recent):
            continue
        found.append(zone)
    return sorted(found, key=lambda zone: (-zone.strength, -zone.known_ms, zone.id))


def works(zone: Zone, direction: Direction) -> bool:
    """Whether the zone's bias is this way. Asked of every zone at hand."""
    return (zone.direction is direction) is not (zone.status is ZoneStatus.BROKEN)


def _holds(zone: Zone, direction: Direction, recent: Sequence[Candle]) -> bool:
    is_reached = False
    since_ms = zone.known_ms if zone.broken_ms is None else zone.broken_ms
    for candle in recent:
        if candle.close_ms <= since_ms:
            continue
        if candle.close < zone.bottom if direction is Direction.UP else candle.close > zone.top:
            return False
        is_reached = is_reached or (candle.low <= zone.top and candle.high >= zone.bottom)
    return is_reached


def evidence_for(case: Case) -> list[Evidence]:
    """Everything that speaks for the trade, trend timeframe first."""
    return [*_trend(case), *_setup(case), *_entry(case)]


# Trend timeframe


def _trend(case: Case) -> Iterator[Evidence]:
    chart, direction = case.view.trend, case.direction
    last = chart.last_break
    if last is not None and chart.trend is direction:
        yield Evidence("trend", WHOLE, break_reason(Role.TREND, ReasonCode.TREND, chart, last))
        if last.kind is BreakKind.BOS:
            yield Evidence("trend_break", WHOLE, break_reason(Role.TREND, ReasonCode.TREND_BREAK, chart, last))
    if is_right_half(direction, case.extreme, chart.range_low, chart.range_high):
        half = "discount" if case.is_buy else "premium"
        yield Evidence("trend_half", WHOLE, range_reason(Role.TREND, ReasonCode.TREND_HALF, chart, direction, half))
    large = chart.swing_break
    if large is not None and chart.swing_trend is direction:
        yield Evidence("trend_swing", WHOLE, break_reason(Role.TREND, ReasonCode.TREND_SWING, chart, large))
    yield from _average(case)
    yield from _regime(case)


def _average(case: Case) -> Iterator[Evidence]:
    """The last close beyond the slow average; all of it when beyond the fast one too."""
    chart = case.view.trend
    slow, fast, last = chart.readings.ema_slow, chart.readings.ema_fast, chart.candles[-1]
    sign = case.sign
    if slow is None or fast is None or (last.close - slow) * sign <= 0:
        return
    share = WHOLE if (last.close - fast) * sign > 0 else WHOLE // 2
    prices = (round(slow), last.close)
    yield Evidence(
        "trend_average", share, now_reason(Role.TREND, ReasonCode.TREND_AVERAGE, chart, case.direction, prices)
    )


def _regime(case: Case) -> Iterator[Evidence]:
    """Counts only for the strategy that likes this regime best, which `confluence.py` sees to."""
    chart = case.view.trend
    if chart.regime is not None:
        adx = chart.readings.adx
        strength = None if adx is None else round(adx)
        reason = now_reason(Role.TREND, ReasonCode.REGIME, chart, case.direction, (), chart.regime.value, strength)
        yield Evidence("regime", WHOLE, reason)


# Setup timeframe


def _setup(case: Case) -> Iterator[Evidence]:
    chart, direction = case.view.setup, case.direction
    if case.zones:
        best = case.zones[0]
        share = 200 + best.strength
        yield Evidence("zone_held", share, zone_reason(Role.SETUP, ReasonCode.ZONE_HELD, chart, best))
        for zone in case.zones[1:]:
            if zone.kind is not best.kind and zone.bottom <= best.top and zone.top >= best.bottom:
                yield Evidence("zone_stacked", WHOLE, zone_reason(Role.SETUP, ReasonCode.ZONE_STACKED, chart, zone))
                break
    last, low, high = chart.last_break, chart.range_low, chart.range_high
    if last is not None and chart.trend is direction:
        yield Evidence("setup_trend", WHOLE, break_reason(Role.SETUP, ReasonCode.STRUCTURE, chart, last))
        if low is not None and high is not None and reached_ote(direction, case.extreme, low, high):
            band = ote_band(direction, low, high) or ()
            yield Evidence("ote", WHOLE, now_reason(Role.SETUP, ReasonCode.OTE, chart, direction, band))
    yield from _inducement(case)
    if low is not None and high is not None and at_edge(direction, case.entry, low, high):
        half = "discount" if case.is_buy else "premium"
        yield Evidence("range_edge", WHOLE, range_reason(Role.SETUP, ReasonCode.RANGE_EDGE, chart, direction, half))


def _inducement(case: Case) -> Iterator[Evidence]:
    found = case.view.setup.inducement
    if found is not None and found.direction is case.direction and found.status is InducementStatus.TAKEN:
        reason = inducement_reason(Role.SETUP, ReasonCode.INDUCEMENT, case.view.setup, case.direction, found)
        yield Evidence("inducement", WHOLE, reason)


# Entry timeframe


def _entry(case: Case) -> Iterator[Evidence]:
    chart, broken = case.view.entry, case.broken
    if broken is not None:
        share = {"MSS": WHOLE, "CHoCH": WHOLE * 85 // 100, "BOS": WHOLE * 70 // 100}[broken.name]
        yield Evidence("structure", share, break_reason(Role.ENTRY, ReasonCode.STRUCTURE, chart, broken))
    if case.sweep is not None:
        reason = sweep_reason(Role.ENTRY, ReasonCode.SWEEP, chart, case.sweep)
        yield Evidence("sweep", 200 + case.sweep.strength, reason)
    elif case.round_sweep is not None:
        reason = sweep_reason(Role.ENTRY, ReasonCode.SWEEP, chart, case.round_sweep)
        yield Evidence("sweep", WHOLE // 3, reason)
    left = [zone for zone in chart.zones if _left_by_leg(zone, case)]
    if left:
        yield Evidence("entry_zone", WHOLE, zone_reason(Role.ENTRY, ReasonCode.ENTRY_ZONE, chart, left[-1]))
    yield from _pattern(case)
    yield from _key_level(case)
    yield from _value(case)
    yield from _stretched(case)
    kill_zone = kill_zone_at(case.recent[-1].open_ms, case.config.kill_zones)
    if kill_zone is not None:
        yield Evidence(
            "kill_zone", WHOLE, now_reason(Role.ENTRY, ReasonCode.KILL_ZONE, chart, case.direction, (), kill_zone)
        )


def _left_by_leg(zone: Zone, case: Case) -> bool:
    """A gap the confirming leg left behind and price has not gone back to fill."""
    return (
        zone.kind is ZoneKind.GAP
        and zone.direction is case.direction
        and zone.formed_ms >= case.recent[0].open_ms
        and zone.status <= ZoneStatus.TOUCHED
    )


def _pattern(case: Case) -> Iterator[Evidence]:
    """The last candles turn the way of the trade; a pause right before them is worth half."""
    candles = case.view.entry.candles
    now, before = case.view.entry.pattern, pattern_of(candles[-3:-1])
    if now is not None and now.direction is case.direction:
        yield _pattern_evidence(case, now, candles[-1], WHOLE)
    elif before is not None and before.direction is not case.direction.opposite:
        yield _pattern_evidence(case, before, candles[-2], WHOLE if before.direction else WHOLE // 2)


def _pattern_evidence(case: Case, found: Pattern, candle: Candle, share: int) -> Evidence:
    reason = Reason(
        Role.ENTRY,
        ReasonCode.PATTERN,
        case.view.entry.timeframe,
        case.direction,
        0,
        (candle.low, candle.high),
        found.formed_ms,
        found.known_ms,
        found.kind.value,
    )
    return Evidence("pattern", share, reason)


def _key_level(case: Case) -> Iterator[Evidence]:
    """Support (resistance) at which price turned within the look-back: near the extreme, behind the entry."""
    chart, extreme = case.view.entry, case.extreme
    reach = chart.atr / 4 if chart.atr else 0.0
    held = [
        level
        for level in chart.levels
        if abs(level.price - extreme) <= reach and (case.entry - level.price) * case.sign > 0
    ]
    if held:
        sign = case.sign  # of two alike the one nearer to the entry, whichever way
        best = max(held, key=lambda level: (level.touches, level.known_ms, level.price * sign))
        reason = level_reason(Role.ENTRY, ReasonCode.KEY_LEVEL, chart, case.direction, best)
        yield Evidence("key_level", WHOLE, reason)


def _value(case: Case) -> Iterator[Evidence]:
    """Buy below where the last day was traded, sell above it; below (above) today's VWAP is worth half."""
    chart, sign = case.view.entry, case.sign
    area, vwap = chart.readings.value_area, chart.readings.vwap
    if area is not None:
        edge = area.low if case.is_buy else area.high
        if (case.entry - edge) * sign < 0:
            detail = "val" if case.is_buy else "vah"
            yield Evidence(
                "value", WHOLE, now_reason(Role.ENTRY, ReasonCode.VALUE, chart, case.direction, (edge,), detail)
            )
            return
    if vwap is not None and (case.entry - vwap) * sign < 0:
        prices = (round(vwap),)
        yield Evidence(
            "value", WHOLE // 2, now_reason(Role.ENTRY, ReasonCode.VALUE, chart, case.direction, prices, "vwap")
        )


def _stretched(case: Case) -> Iterator[Evidence]:
    """The last candle came back from outside the Bollinger band, or the RSI still is beyond its extreme."""
    chart, last = case.view.entry, case.recent[-1]
    readings = chart.readings
    band = readings.band_low if case.is_buy else readings.band_high
    if band is not None:
        wick = last.low if case.is_buy else last.high
        sign = case.sign
        if (wick - band) * sign < 0 <= (last.close - band) * sign:
            prices = (round(band),)
            reason = now_reason(Role.ENTRY, ReasonCode.STRETCHED, chart, case.direction, prices, "band")
            yield Evidence("stretched", WHOLE, reason)
            return
    rsi = readings.rsi
    if rsi is not None and (rsi <= SPENT_RSI if case.is_buy else rsi >= FAR_GONE_RSI):
        reason = now_reason(Role.ENTRY, ReasonCode.STRETCHED, chart, case.direction, (), "rsi", round(rsi))
        yield Evidence("stretched", WHOLE, reason)
