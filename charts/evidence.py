"""What a setup's reasons show on a chart: zones, breaks of structure, sweeps; and the market around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from charts.picture import Band, BreakLine, CandleRow, Goal, Level, Span, SweepMark, SwingName, Tag, TagKind
from charts.wording import pool_label, round_text, short_number
from engine.types import (
    Candle,
    Direction,
    Instrument,
    PoolKind,
    Price,
    Reason,
    ReasonCode,
    Role,
    Setup,
    StructureBreak,
    Swing,
    SwingKind,
    Timeframe,
    ZoneKind,
)

SessionSpan: TypeAlias = tuple[str, int, int]  # name, from_ms, to_ms

MOST_BANDS, _MOST_LEVELS, _LEAST_LEVELS = 5, 4, 2
_MOST_BREAKS, _MOST_SWINGS = 3, 8
_HIGH_FRAMES = (Timeframe.H4, Timeframe.D1)
_BASES = ("Supply", "Demand")


def rows(candles: Sequence[Candle]) -> tuple[CandleRow, ...]:
    return tuple((each.open_ms, each.open, each.high, each.low, each.close) for each in candles)


def spans(sessions: Sequence[SessionSpan], candles: Sequence[Candle], now_ms: int) -> tuple[Span, ...]:
    """Sessions between the first candle and now, the one just beginning too, in order of time."""
    if not candles:
        return ()
    first_ms = candles[0].open_ms
    ordered = sorted(sessions, key=lambda session: session[1])
    return tuple(Span(name, start, end) for name, start, end in ordered if end > first_ms and start <= now_ms)


def zone_bands(setup: Setup, codes: Sequence[ReasonCode]) -> list[Band]:
    """The zones the setup speaks of, the most telling first; the same zone only once."""
    found: dict[tuple[Timeframe, int, int], Band] = {}
    for code in codes:
        for reason in setup.reasons:
            if reason.code is code and len(reason.prices) == 2 and reason.prices[0] < reason.prices[1]:
                bottom, top = reason.prices
                found.setdefault((reason.timeframe, bottom, top), _reason_band(reason, setup))
    return list(found.values())[:MOST_BANDS]


def _reason_band(reason: Reason, setup: Setup) -> Band:
    # A zone in the way is the other side's, whichever way the reason itself is said to point.
    direction = setup.direction.opposite if reason.code is ReasonCode.OPPOSING_ZONE else setup.direction
    return Band(
        label=zone_label(reason.timeframe, reason.detail, direction, setup.timeframe),
        direction=direction,
        bottom=reason.prices[0],
        top=reason.prices[1],
        from_ms=reason.from_ms,
        is_strong=reason.timeframe in _HIGH_FRAMES or reason.code is ReasonCode.ENTRY_ZONE,
    )


def zone_label(timeframe: Timeframe, name: str, direction: Direction, own: Timeframe) -> str:
    """`FVG`, `H1 Demand`: the time frame is said when it is not the chart's own."""
    said = _BASES[direction is Direction.UP] if name == ZoneKind.BASE else name
    return said if timeframe is own else f"{timeframe} {said}"


def entry_breaks(setup: Setup) -> list[BreakLine]:
    """Breaks of structure on the chart's own time frame."""
    return [
        BreakLine(reason.detail, reason.direction, reason.prices[0], reason.from_ms, reason.known_ms - 1)
        for reason in setup.reasons
        if reason.code in (ReasonCode.STRUCTURE, ReasonCode.TREND_BREAK)
        and reason.timeframe is setup.timeframe
        and len(reason.prices) == 1
    ]


def entry_sweeps(setup: Setup, candles: Sequence[Candle], instrument: Instrument) -> list[SweepMark]:
    """Sweeps the setup rests on, of any time frame, at the candle that made the extreme."""
    return [
        SweepMark(*reason.prices, reason.from_ms, _extreme_ms(reason, candles), _swept_label(reason, instrument))
        for reason in setup.reasons
        if reason.code is ReasonCode.SWEEP and reason.role is not Role.AGAINST and len(reason.prices) == 2
    ]


def _swept_label(reason: Reason, instrument: Instrument) -> str:
    """The name of what was swept; a round number's is its price."""
    level, extreme = reason.prices
    if reason.detail == PoolKind.ROUND:
        return round_text(instrument, level)
    return pool_label(reason.detail, is_high=extreme > level)


def _extreme_ms(reason: Reason, candles: Sequence[Candle]) -> int:
    """Open of the chart's candle whose wick is the sweep's extreme; the sweep may have been seen on a higher frame."""
    extreme = reason.prices[1]
    for candle in reversed(candles):
        is_inside = reason.known_ms - reason.timeframe.ms <= candle.open_ms < reason.known_ms
        if is_inside and extreme in (candle.low, candle.high):
            return candle.open_ms
    return reason.known_ms - 1


def recent_breaks(breaks: Sequence[StructureBreak], candles: Sequence[Candle]) -> list[BreakLine]:
    """The latest breaks whose candle is shown; of two at one candle and price the larger structure's."""
    shown = [each for each in breaks if each.formed_ms >= candles[0].open_ms]
    found = {(each.formed_ms, each.level): each for each in sorted(shown, key=lambda each: each.formed_ms)}
    return [
        BreakLine(each.name, each.direction, each.level, each.level_formed_ms, each.formed_ms)
        for each in list(found.values())[-_MOST_BREAKS:]
    ]


def recent_swings(swings: Sequence[Swing], candles: Sequence[Candle]) -> list[SwingName]:
    """The latest labelled swings that are shown, the newest first: it is the one to be named if there is no room."""
    shown = [swing for swing in swings if swing.label is not None and swing.formed_ms >= candles[0].open_ms]
    found = {
        (swing.formed_ms, swing.kind): SwingName(
            swing.label.value, swing.price, swing.formed_ms, swing.kind is SwingKind.HIGH
        )
        for swing in sorted(shown, key=lambda swing: -swing.formed_ms)
        if swing.label is not None
    }
    return list(found.values())[:_MOST_SWINGS]


def reason_levels(setup: Setup, candles: Sequence[Candle]) -> list[Level]:
    """The edges of the range the setup trades in, and the support or resistance that held behind its entry."""
    found = []
    for reason in setup.reasons:
        if reason.code is ReasonCode.RANGE_EDGE and len(reason.prices) == 2:
            names = (f"{reason.timeframe} Range L", f"{reason.timeframe} Range H")
            found += [
                Level(name, price, _made_ms(candles, price), is_liquidity=False)
                for name, price in zip(names, reason.prices, strict=True)
            ]
        if reason.code is ReasonCode.KEY_LEVEL and len(reason.prices) == 1:
            name = touched_label(reason.strength or 1)
            found.append(Level(name, reason.prices[0], reason.from_ms, is_liquidity=False))
    return found


def touched_label(touches: int) -> str:
    """`S/R ×3`: support or resistance by its touches."""
    return f"S/R ×{touches}"


def _made_ms(candles: Sequence[Candle], extreme: Price) -> int:
    """Open of the last candle with its high or low there; the beginning of time where none is shown."""
    return next((each.open_ms for each in reversed(candles) if extreme in (each.high, each.low)), 0)


def nearest_levels(levels: Sequence[Level], price: Price, told: Sequence[Level] = ()) -> list[Level]:
    """Those `told` of, and of the rest the nearest to price: fewer the more are told of, yet some."""
    taken = {level.price for level in told}
    others = sorted((each for each in levels if each.price not in taken), key=lambda level: abs(level.price - price))
    return [*told, *others[: max(_LEAST_LEVELS, _MOST_LEVELS - len(told))]]


def order_tags(setup: Setup) -> tuple[Tag, ...]:
    """The prices of the caption."""
    targets = (Tag(TagKind.TARGET, price) for price in setup.targets)
    return (Tag(TagKind.ENTRY, setup.entry), Tag(TagKind.STOP, setup.stop), *targets)


def target_goal(setup: Setup, index: int, note: str) -> Goal:
    """The target's line with `TP1  +1.5R`, R as proposed."""
    price = setup.targets[index]
    return Goal(price, f"TP{index + 1}  +{short_number(abs(price - setup.entry) / setup.risk)}R", note)
