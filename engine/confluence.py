"""Trend continuation: an H4 trend, a held H1 zone, an M15 break of structure. View in, setups out.

Each part of the score gives a `Reason` with the prices it speaks of; what speaks against is recorded too. Nothing is
proposed without an M15 break the way of the trade at this very close: that is the confirmation, and the entry.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from engine.config import ConfluenceConfig, WeightsConfig
from engine.hours import kill_zone_at, session_at
from engine.types import (
    BreakKind,
    ChartView,
    Direction,
    LiquidityPool,
    MarketView,
    Missing,
    NoSetup,
    Price,
    Reason,
    ReasonCode,
    Role,
    Setup,
    StructureBreak,
    SwingKind,
    Timeframe,
    Zone,
    ZoneKind,
    ZoneStatus,
)

STRATEGY = "trend_continuation"


def propose(view: MarketView, config: ConfluenceConfig) -> Setup | NoSetup:
    """The setup that this close confirms, with its score. Whether it is good enough is for the gate."""
    broken = view.entry.last_break
    if view.bid is None or view.ask is None:
        return NoSetup(Missing.QUOTE)
    if not (view.entry.is_ready and view.setup.is_ready and view.trend.is_ready):
        return NoSetup(Missing.READY)
    if broken is None or broken.known_ms != view.time_ms:
        return NoSetup(Missing.BREAK)
    if not view.entry.atr:
        return NoSetup(Missing.MOVEMENT, broken.direction)
    direction = broken.direction
    entry = view.ask if direction is Direction.UP else view.bid
    stop = _stop(view, direction, entry, view.entry.atr, config)
    if isinstance(stop, NoSetup):
        return stop
    targets = _targets(view, direction, entry, abs(entry - stop), config)
    zones = _held_zones(view, direction, config.lookback)
    reasons = [
        *_trend(view.trend, direction, entry, config.weights),
        *_setup(view.setup, direction, zones, config.weights),
        *_entry(view, broken, config),
        *_against(view, direction, entry, targets[0], config.lookback),
    ]
    return Setup(
        symbol=view.symbol,
        timeframe=view.entry.timeframe,
        strategy=STRATEGY,
        kind=_kind(reasons),
        direction=direction,
        entry=entry,
        stop=stop,
        targets=targets,
        spread=view.ask - view.bid,
        score=sum(reason.points for reason in reasons),
        reasons=tuple(reasons),
        session=session_at(view.time_ms)[0],
        known_ms=view.time_ms,
    )


def _stop(
    view: MarketView, direction: Direction, entry: Price, atr: float, config: ConfluenceConfig
) -> Price | NoSetup:
    """Beyond the extreme the leg came from, plus a buffer and the spread, unless that is too far or no distance."""
    recent = view.entry.candles[-config.lookback :]
    buffer = round(float(config.stop_buffer_atr) * atr) + (view.ask or 0) - (view.bid or 0)
    nearest = round(float(config.min_stop_atr) * atr)
    if direction is Direction.UP:
        stop = min(min(c.low for c in recent) - buffer, entry - nearest)
    else:
        stop = max(max(c.high for c in recent) + buffer, entry + nearest)
    if stop == entry:
        return NoSetup(Missing.MOVEMENT, direction)
    most = float(config.max_stop_atr) * atr
    if stop <= 0 or abs(entry - stop) > most:
        return NoSetup(Missing.NEAR_STOP, direction, abs(entry - stop), min(int(most), entry - 1))
    return stop


def _targets(
    view: MarketView, direction: Direction, entry: Price, risk: int, config: ConfluenceConfig
) -> tuple[Price, Price]:
    """The next opposing pools at least one R away, else the default multiples of R."""
    side = SwingKind.HIGH if direction is Direction.UP else SwingKind.LOW
    pools = (*view.entry.pools, *view.setup.pools)
    moves = sorted({(pool.level - entry) * direction.sign for pool in pools if pool.side is side})
    first_r, second_r = config.default_target_r

    def next_pool(least: int, default: Decimal) -> int:
        for move in moves:
            if least <= move <= config.max_target_r * risk:
                return move
        return max(least, _times(risk, default))

    first = next_pool(_times(risk, config.first_target_r), first_r)
    if first >= _times(risk, second_r):  # a first target that far would be the only one
        first = _times(risk, first_r)
    second = next_pool(max(first + risk // 2, _times(risk, Decimal("1.5"))), second_r)
    return entry + first * direction.sign, entry + second * direction.sign


def _times(risk: int, multiple: Decimal) -> int:
    """A multiple of the risk in whole ticks, rounded up: a target is never nearer than promised."""
    return int((risk * multiple).to_integral_value(ROUND_CEILING))


def _held_zones(view: MarketView, direction: Direction, lookback: int) -> list[Zone]:
    """Setup-timeframe zones that price tested within the look-back and that hold, strongest first.

    Tested means that an entry candle reached into the zone; held means that none closed beyond it.
    """
    recent = view.entry.candles[-lookback:]
    found = []
    for zone in view.setup.zones:
        if zone.direction is not direction or zone.status >= ZoneStatus.FILLED:
            continue
        later = [c for c in recent if c.close_ms > zone.known_ms]
        reached = any(c.low <= zone.top and c.high >= zone.bottom for c in later)
        if direction is Direction.UP:
            held = all(c.close >= zone.bottom for c in later)
        else:
            held = all(c.close <= zone.top for c in later)
        if reached and held:
            found.append(zone)
    return sorted(found, key=lambda zone: (-zone.strength, -zone.known_ms, zone.id))


def _trend(chart: ChartView, direction: Direction, entry: Price, weights: WeightsConfig) -> list[Reason]:
    """H4: does the trend point the way of the trade, and is the entry on the right side of its range?"""
    reasons = []
    last = chart.last_break
    if last is not None and chart.trend is direction:
        reasons.append(
            _break_reason(Role.TREND, ReasonCode.TREND, chart.timeframe, last, weights.trend, last.kind.value)
        )
        if last.kind is BreakKind.BOS:
            reasons.append(
                _break_reason(
                    Role.TREND, ReasonCode.TREND_BREAK, chart.timeframe, last, weights.trend_break, last.kind.value
                )
            )
    if chart.range_low is not None and chart.range_high is not None and _right_half(chart, direction, entry):
        low, high = chart.range_low, chart.range_high
        half = "discount" if direction is Direction.UP else "premium"
        at_ms = chart.candles[-1].close_ms
        reasons.append(
            Reason(
                Role.TREND,
                ReasonCode.TREND_HALF,
                chart.timeframe,
                direction,
                weights.trend_half,
                (low, high),
                at_ms,
                at_ms,
                half,
            )
        )
    return reasons


def _right_half(chart: ChartView, direction: Direction, entry: Price) -> bool:
    """Buy in the lower half of the dealing range, sell in the upper."""
    if chart.range_low is None or chart.range_high is None or chart.range_low >= chart.range_high:
        return False
    return (2 * entry - chart.range_low - chart.range_high) * direction.sign <= 0


def _setup(chart: ChartView, direction: Direction, zones: list[Zone], weights: WeightsConfig) -> list[Reason]:
    """H1: a zone that held, a second one with it, and structure the same way."""
    reasons = []
    if zones:
        best = zones[0]
        points = weights.zone_held * (200 + best.strength) // 300
        reasons.append(_zone_reason(Role.SETUP, ReasonCode.ZONE_HELD, chart.timeframe, best, points))
        for zone in zones[1:]:
            if zone.kind is not best.kind and zone.bottom <= best.top and zone.top >= best.bottom:
                reasons.append(
                    _zone_reason(Role.SETUP, ReasonCode.ZONE_STACKED, chart.timeframe, zone, weights.zone_stacked)
                )
                break
    last = chart.last_break
    if last is not None and chart.trend is direction:
        reasons.append(
            _break_reason(Role.SETUP, ReasonCode.STRUCTURE, chart.timeframe, last, weights.setup_trend, last.kind.value)
        )
    return reasons


def _entry(view: MarketView, broken: StructureBreak, config: ConfluenceConfig) -> list[Reason]:
    """M15: the break itself, liquidity taken before it, a gap left by its leg, and the hour."""
    weights, timeframe = config.weights, view.entry.timeframe
    points = weights.structure if broken.kind is BreakKind.CHOCH else weights.structure * 7 // 10
    reasons = [_break_reason(Role.ENTRY, ReasonCode.STRUCTURE, timeframe, broken, points, broken.kind.value)]
    since_ms = view.entry.candles[-config.lookback :][0].open_ms
    sweeps = [s for s in view.entry.sweeps if s.direction is broken.direction and s.formed_ms >= since_ms]
    if sweeps:
        sweep = sweeps[-1]
        reasons.append(
            Reason(
                Role.ENTRY,
                ReasonCode.SWEEP,
                timeframe,
                broken.direction,
                weights.sweep,
                (sweep.pool.level, sweep.extreme),
                sweep.pool.formed_ms,
                sweep.known_ms,
                sweep.pool.label,
                sweep.strength,
            )
        )
    left = [z for z in view.entry.zones if _left_by_leg(z, broken, since_ms)]
    if left:
        reasons.append(_zone_reason(Role.ENTRY, ReasonCode.ENTRY_ZONE, timeframe, left[-1], weights.entry_zone))
    kill_zone = kill_zone_at(broken.formed_ms)
    if kill_zone is not None:
        reasons.append(
            Reason(
                Role.ENTRY,
                ReasonCode.KILL_ZONE,
                timeframe,
                broken.direction,
                weights.kill_zone,
                (),
                broken.formed_ms,
                broken.known_ms,
                kill_zone,
            )
        )
    return reasons


def _left_by_leg(zone: Zone, broken: StructureBreak, since_ms: int) -> bool:
    """A gap the confirming leg left behind and price has not gone back to fill."""
    return (
        zone.kind is ZoneKind.GAP
        and zone.direction is broken.direction
        and zone.formed_ms >= since_ms
        and zone.status <= ZoneStatus.TOUCHED
    )


def _against(view: MarketView, direction: Direction, entry: Price, target: Price, lookback: int) -> list[Reason]:
    """Counter-evidence: an opposite trend, a zone in the way, the wrong half, liquidity behind us still resting."""
    reasons = []
    trend = view.trend
    if trend.last_break is not None and trend.trend is direction.opposite:
        reasons.append(
            _break_reason(
                Role.AGAINST,
                ReasonCode.COUNTER_TREND,
                trend.timeframe,
                trend.last_break,
                0,
                trend.last_break.kind.value,
            )
        )
    low, high = min(entry, target), max(entry, target)
    ahead = [
        zone
        for zone in view.setup.zones
        if zone.direction is direction.opposite
        and zone.status < ZoneStatus.FILLED
        and zone.bottom <= high
        and zone.top >= low
    ]
    if ahead:
        nearest = min(ahead, key=lambda z: (z.bottom - entry if direction is Direction.UP else entry - z.top, z.id))
        reasons.append(_zone_reason(Role.AGAINST, ReasonCode.OPPOSING_ZONE, view.setup.timeframe, nearest, 0))
    if (
        trend.range_low is not None
        and trend.range_high is not None
        and trend.range_low < trend.range_high  # a range of zero has no halves
        and not _right_half(trend, direction, entry)
    ):
        at_ms = trend.candles[-1].close_ms
        half = "premium" if direction is Direction.UP else "discount"
        reasons.append(
            Reason(
                Role.AGAINST,
                ReasonCode.WRONG_HALF,
                trend.timeframe,
                direction.opposite,
                0,
                (trend.range_low, trend.range_high),
                at_ms,
                at_ms,
                half,
            )
        )
    resting = _resting(view, direction, lookback)
    if resting is not None:
        reasons.append(
            Reason(
                Role.AGAINST,
                ReasonCode.NO_SWEEP,
                view.entry.timeframe,
                direction.opposite,
                0,
                (resting.level,),
                resting.formed_ms,
                resting.known_ms,
                resting.label,
            )
        )
    return reasons


def _resting(view: MarketView, direction: Direction, lookback: int) -> LiquidityPool | None:
    """The nearest pool behind the entry, when no liquidity was taken there within the look-back."""
    since_ms = view.entry.candles[-lookback:][0].open_ms
    if any(s.direction is direction and s.formed_ms >= since_ms for s in view.entry.sweeps):
        return None
    side = SwingKind.LOW if direction is Direction.UP else SwingKind.HIGH
    behind = [pool for pool in view.entry.pools if pool.side is side]
    return min(behind, key=lambda p: -p.level * direction.sign) if behind else None


def _kind(reasons: list[Reason]) -> str:
    """The label readers see: what the setup is made of."""
    codes = {reason.code for reason in reasons if reason.role is not Role.AGAINST}
    held = next((r for r in reasons if r.code is ReasonCode.ZONE_HELD), None)
    if ReasonCode.SWEEP in codes:
        return f"Sweep + {held.detail}" if held else "Sweep"
    if ReasonCode.ZONE_STACKED in codes:
        return "FVG + OB"
    return f"{held.detail} retest" if held else "Structure break"


def _break_reason(
    role: Role, code: ReasonCode, timeframe: Timeframe, broken: StructureBreak, points: int, detail: str
) -> Reason:
    return Reason(
        role,
        code,
        timeframe,
        broken.direction,
        points,
        (broken.level,),
        broken.level_formed_ms,
        broken.known_ms,
        detail,
    )


def _zone_reason(role: Role, code: ReasonCode, timeframe: Timeframe, zone: Zone, points: int) -> Reason:
    return Reason(
        role,
        code,
        timeframe,
        zone.direction,
        points,
        (zone.bottom, zone.top),
        zone.formed_ms,
        zone.known_ms,
        zone.kind.value,
    )
