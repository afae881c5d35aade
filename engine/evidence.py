"""What speaks for and against a trade one way: read off the market's view, before any strategy weighs it.

Each piece is a `Reason` without points yet, the name of the part of the score it counts for, and how much of that
part it deserves. A strategy is a table of points over these parts; see `confluence.py`.
"""

from __future__ import annotations

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
LEAST_CANDLES = 3  # that are looked at for a pattern, however short the look-back
FAR_GONE_RSI = 70  # overbought. Source: J. Welles Wilder
SPENT_RSI = 30  # oversold
_SHARES = {"MSS": WHOLE, "CHoCH": WHOLE * 85 // 100, "BOS": WHOLE * 70 // 100}  # of a break's points, by its name


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
    zones: list[Zone]
    broken: StructureBreak | None
    is_buy: bool
    sign: int
    opposite: Direction


class Evidence(msgspec.Struct, frozen=True):
    """`part` is the name of its points in `WeightsConfig`; `share` how much of them it deserves, of `WHOLE`."""

    part: str
    share: int
    reason: Reason


def case_of(view: MarketView, config: ConfluenceConfig, direction: Direction) -> Case:
    """The case for a trade this way, entered at the side that pays the spread. The view must hold a quote."""
    is_buy, entry = direction is Direction.UP, view.entry
    price = view.ask if is_buy else view.bid
    assert price is not None  # noqa: S101 - asked for by every caller before
    recent = entry.candles[-config.lookback :]
    since_ms = recent[0].open_ms
    broken = broken_now(view)
    lowest, highest = extremes(recent)
    return Case(
        view=view,
        config=config,
        direction=direction,
        entry=price,
        recent=recent,
        extreme=lowest if is_buy else highest,
        sweep=_latest(entry.sweeps, direction, since_ms),
        round_sweep=_latest(entry.round_sweeps, direction, since_ms),
        zones=_held_zones(view.setup.zones, direction, recent, lowest, highest),
        broken=broken if broken is not None and broken.direction is direction else None,
        is_buy=is_buy,
        sign=1 if is_buy else -1,
        opposite=Direction.DOWN if is_buy else Direction.UP,
    )


def extremes(candles: tuple[Candle, ...]) -> tuple[Price, Price]:
    """The lowest low and the highest high."""
    lowest, highest = candles[0].low, candles[0].high
    for candle in candles:
        low, high = candle.low, candle.high
        if low < lowest:
            lowest = low
        if high > highest:
            highest = high
    return lowest, highest


def _latest(sweeps: tuple[Sweep, ...], direction: Direction, since_ms: int) -> Sweep | None:
    for sweep in reversed(sweeps):
        if sweep.formed_ms < since_ms:
            break
        if sweep.direction is direction:
            return sweep
    return None


def _held_zones(
    zones: tuple[Zone, ...], direction: Direction, recent: tuple[Candle, ...], lowest: Price, highest: Price
) -> list[Zone]:
    """Setup-timeframe zones that price tested within the look-back and that hold, strongest first.

    Tested means that an entry candle reached into the zone after it was known; held means that none closed beyond it.
    Inverted gaps and breakers work the other way, from when they turned.
    """
    is_buy, worst = direction is Direction.UP, recent[0].close
    for candle in recent:
        if candle.close < worst if is_buy else candle.close > worst:
            worst = candle.close
    found = [
        (-zone.strength, -zone.known_ms, zone.id, zone)
        for zone in zones
        if zone.bottom <= highest
        and zone.top >= lowest
        and works(zone, direction)
        and _holds(zone, recent, worst, is_buy=is_buy)
    ]
    return [each[3] for each in sorted(found)]


def works(zone: Zone, direction: Direction) -> bool:
    """Whether the zone may hold price this way: a filled one holds no more, a broken one works the other way."""
    status = zone.status
    return status is not ZoneStatus.FILLED and (zone.direction is direction) is not (status is ZoneStatus.BROKEN)


def _holds(zone: Zone, recent: tuple[Candle, ...], worst: Price, *, is_buy: bool) -> bool:
    """`worst` is the close farthest against the trade: where it is not beyond the zone, no close is."""
    top, bottom = zone.top, zone.bottom
    since_ms = zone.known_ms if zone.broken_ms is None else zone.broken_ms
    is_safe = worst >= bottom if is_buy else worst <= top
    is_reached = False
    for candle in recent:
        if candle.close_ms <= since_ms:
            continue
        if not is_safe and (candle.close < bottom if is_buy else candle.close > top):
            return False
        is_reached = is_reached or (candle.low <= top and candle.high >= bottom)
        if is_safe and is_reached:
            return True
    return is_reached


def evidence_for(case: Case) -> list[Evidence]:
    """Everything that speaks for the trade, trend timeframe first."""
    found: list[Evidence] = []
    _trend(case, found)
    _average(case, found)
    _regime(case, found)
    _setup(case, found)
    _entry(case, found)
    _pattern(case, found)
    _key_level(case, found)
    _value(case, found)
    _stretched(case, found)
    _kill_zone(case, found)
    return found


# Trend timeframe


def _trend(case: Case, found: list[Evidence]) -> None:
    chart, direction = case.view.trend, case.direction
    last = chart.last_break
    if last is not None and chart.trend is direction:
        found.append(Evidence("trend", WHOLE, break_reason(Role.TREND, ReasonCode.TREND, chart, last)))
        if last.kind is BreakKind.BOS:
            found.append(Evidence("trend_break", WHOLE, break_reason(Role.TREND, ReasonCode.TREND_BREAK, chart, last)))
    if is_right_half(direction, case.extreme, chart.range_low, chart.range_high):
        half = "discount" if case.is_buy else "premium"
        reason = range_reason(Role.TREND, ReasonCode.TREND_HALF, chart, direction, half)
        found.append(Evidence("trend_half", WHOLE, reason))
    large = chart.swing_break
    if large is not None and chart.swing_trend is direction:
        found.append(Evidence("trend_swing", WHOLE, break_reason(Role.TREND, ReasonCode.TREND_SWING, chart, large)))


def _average(case: Case, found: list[Evidence]) -> None:
    """The last close beyond the slow average; all of it when beyond the fast one too."""
    chart, sign = case.view.trend, case.sign
    slow, fast, close = chart.readings.ema_slow, chart.readings.ema_fast, chart.candles[-1].close
    if slow is None or fast is None or (close - slow) * sign <= 0:
        return
    share = WHOLE if (close - fast) * sign > 0 else WHOLE // 2
    prices = (round(slow), close)
    reason = now_reason(Role.TREND, ReasonCode.TREND_AVERAGE, chart, case.direction, prices)
    found.append(Evidence("trend_average", share, reason))


def _regime(case: Case, found: list[Evidence]) -> None:
    """Counts only for the strategy that likes this regime best, which `confluence.py` sees to."""
    chart = case.view.trend
    if chart.regime is None:
        return
    adx = chart.readings.adx
    strength = None if adx is None else round(adx)
    reason = now_reason(Role.TREND, ReasonCode.REGIME, chart, case.direction, (), str(chart.regime), strength)
    found.append(Evidence("regime", WHOLE, reason))


# Setup timeframe


def _setup(case: Case, found: list[Evidence]) -> None:
    chart, direction = case.view.setup, case.direction
    if case.zones:
        best = case.zones[0]
        reason = zone_reason(Role.SETUP, ReasonCode.ZONE_HELD, chart, direction, best)
        found.append(Evidence("zone_held", 200 + best.strength, reason))
        for zone in case.zones[1:]:
            if zone.kind is not best.kind and zone.bottom <= best.top and zone.top >= best.bottom:
                reason = zone_reason(Role.SETUP, ReasonCode.ZONE_STACKED, chart, direction, zone)
                found.append(Evidence("zone_stacked", WHOLE, reason))
                break
    last, low, high = chart.last_break, chart.range_low, chart.range_high
    if last is not None and chart.trend is direction:
        found.append(Evidence("setup_trend", WHOLE, break_reason(Role.SETUP, ReasonCode.STRUCTURE, chart, last)))
        if reached_ote(direction, case.extreme, low, high):
            band = ote_band(direction, low, high) or ()
            reason = now_reason(Role.SETUP, ReasonCode.OTE, chart, direction, band)
            found.append(Evidence("ote", WHOLE, reason))
    induced = chart.inducement
    if induced is not None and induced.direction is direction and induced.status is InducementStatus.TAKEN:
        reason = inducement_reason(Role.SETUP, ReasonCode.INDUCEMENT, chart, direction, induced)
        found.append(Evidence("inducement", WHOLE, reason))
    if at_edge(direction, case.entry, low, high):
        half = "discount" if case.is_buy else "premium"
        reason = range_reason(Role.SETUP, ReasonCode.RANGE_EDGE, chart, direction, half)
        found.append(Evidence("range_edge", WHOLE, reason))


# Entry timeframe


def _entry(case: Case, found: list[Evidence]) -> None:
    chart, broken = case.view.entry, case.broken
    if broken is not None:
        reason = break_reason(Role.ENTRY, ReasonCode.STRUCTURE, chart, broken)
        found.append(Evidence("structure", _SHARES[reason.detail], reason))
    if case.sweep is not None:
        reason = sweep_reason(Role.ENTRY, ReasonCode.SWEEP, chart, case.sweep)
        found.append(Evidence("sweep", 200 + case.sweep.strength, reason))
    elif case.round_sweep is not None:
        reason = sweep_reason(Role.ENTRY, ReasonCode.SWEEP, chart, case.round_sweep)
        found.append(Evidence("sweep", WHOLE // 3, reason))
    for zone in reversed(chart.zones):
        if _left_by_leg(zone, case):
            reason = zone_reason(Role.ENTRY, ReasonCode.ENTRY_ZONE, chart, case.direction, zone)
            found.append(Evidence("entry_zone", WHOLE, reason))
            break


def _left_by_leg(zone: Zone, case: Case) -> bool:
    """A gap the confirming leg left behind and price has not gone back to fill."""
    return (
        zone.kind is ZoneKind.GAP
        and zone.direction is case.direction
        and zone.formed_ms >= case.recent[0].open_ms
        and zone.status <= ZoneStatus.TOUCHED
    )


def _pattern(case: Case, found: list[Evidence]) -> None:
    """The last candles turn the way of the trade; a pause right before them is worth half."""
    candles, now = case.view.entry.candles, case.view.entry.pattern
    if now is not None and now.direction is case.direction:
        found.append(_pattern_evidence(case, now, candles[-1], WHOLE))
        return
    before = pattern_of(candles[-LEAST_CANDLES:-1])
    if before is not None and before.direction is not case.opposite:
        found.append(_pattern_evidence(case, before, candles[-2], WHOLE if before.direction else WHOLE // 2))


def _pattern_evidence(case: Case, pattern: Pattern, candle: Candle, share: int) -> Evidence:
    reason = Reason(
        Role.ENTRY,
        ReasonCode.PATTERN,
        case.view.entry.timeframe,
        case.direction,
        0,
        (candle.low, candle.high),
        pattern.formed_ms,
        pattern.known_ms,
        str(pattern.kind),
    )
    return Evidence("pattern", share, reason)


def _key_level(case: Case, found: list[Evidence]) -> None:
    """Support (resistance) at which price turned within the look-back: near the extreme, behind the entry."""
    chart, entry, sign = case.view.entry, case.entry, case.sign
    reach = int(chart.atr / 4) if chart.atr else 0
    low, high = case.extreme - reach, case.extreme + reach
    held = [  # of two alike the one nearer to the entry, whichever way
        (level.touches, level.known_ms, level.price * sign, level)
        for level in chart.levels
        if low <= level.price <= high and (level.price < entry if case.is_buy else level.price > entry)
    ]
    if held:
        reason = level_reason(Role.ENTRY, ReasonCode.KEY_LEVEL, chart, case.direction, max(held)[3])
        found.append(Evidence("key_level", WHOLE, reason))


def _value(case: Case, found: list[Evidence]) -> None:
    """Buy below where the last day was traded, sell above it; below (above) today's VWAP is worth half."""
    chart, sign = case.view.entry, case.sign
    area, vwap = chart.readings.value_area, chart.readings.vwap
    if area is not None:
        edge = area.low if case.is_buy else area.high
        if (case.entry - edge) * sign < 0:
            detail = "val" if case.is_buy else "vah"
            reason = now_reason(Role.ENTRY, ReasonCode.VALUE, chart, case.direction, (edge,), detail)
            found.append(Evidence("value", WHOLE, reason))
            return
    if vwap is not None and (case.entry - vwap) * sign < 0:
        reason = now_reason(Role.ENTRY, ReasonCode.VALUE, chart, case.direction, (round(vwap),), "vwap")
        found.append(Evidence("value", WHOLE // 2, reason))


def _stretched(case: Case, found: list[Evidence]) -> None:
    """The last candle came back from outside the Bollinger band, or the RSI still is beyond its extreme."""
    chart, last, sign = case.view.entry, case.recent[-1], case.sign
    readings = chart.readings
    band = readings.band_low if case.is_buy else readings.band_high
    if band is not None:
        wick = last.low if case.is_buy else last.high
        if (wick - band) * sign < 0 <= (last.close - band) * sign:
            reason = now_reason(Role.ENTRY, ReasonCode.STRETCHED, chart, case.direction, (round(band),), "band")
            found.append(Evidence("stretched", WHOLE, reason))
            return
    rsi = readings.rsi
    if rsi is not None and (rsi <= SPENT_RSI if case.is_buy else rsi >= FAR_GONE_RSI):
        reason = now_reason(Role.ENTRY, ReasonCode.STRETCHED, chart, case.direction, (), "rsi", round(rsi))
        found.append(Evidence("stretched", WHOLE, reason))


def _kill_zone(case: Case, found: list[Evidence]) -> None:
    name = kill_zone_at(case.recent[-1].open_ms, case.config.kill_zones)
    if name is not None:
        reason = now_reason(Role.ENTRY, ReasonCode.KILL_ZONE, case.view.entry, case.direction, (), name)
        found.append(Evidence("kill_zone", WHOLE, reason))
