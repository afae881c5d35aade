"""What speaks against a trade one way. It takes no points away: the reader is told, and decides."""

from __future__ import annotations

from collections.abc import Iterator

from engine.evidence import FAR_GONE_RSI, SPENT_RSI, Case, works
from engine.ranges import in_discount, is_right_half
from engine.reasons import (
    break_reason,
    inducement_reason,
    level_reason,
    now_reason,
    pool_reason,
    range_reason,
    zone_reason,
)
from engine.types import InducementStatus, LiquidityPool, Price, Reason, ReasonCode, Role, SwingKind, ZoneStatus

MANY_TOUCHES = 3  # from here on a level in the way is worth a word


def evidence_against(case: Case, target: Price) -> list[Reason]:
    """Counter-evidence: an opposite trend, the wrong half, what stands before the first target, stops that rest."""
    return [*_against_trend(case), *_ahead(case, target), *_resting(case)]


def _against_trend(case: Case) -> Iterator[Reason]:
    chart, opposite = case.view.trend, case.direction.opposite
    if chart.last_break is not None and chart.trend is opposite:
        yield break_reason(Role.AGAINST, ReasonCode.COUNTER_TREND, chart, chart.last_break)
    low, high = chart.range_low, chart.range_high
    if (
        low is not None
        and high is not None
        and low < high  # a range of zero has no halves
        and not is_right_half(case.direction, case.extreme, low, high)
    ):
        half = "discount" if in_discount(case.extreme, low, high) else "premium"
        yield range_reason(Role.AGAINST, ReasonCode.WRONG_HALF, chart, opposite, half)
    rsi = case.view.setup.readings.rsi
    if rsi is not None and (rsi >= FAR_GONE_RSI if case.is_buy else rsi <= SPENT_RSI):
        yield now_reason(Role.AGAINST, ReasonCode.EXHAUSTED, case.view.setup, opposite, (), "", round(rsi))


def _ahead(case: Case, target: Price) -> Iterator[Reason]:
    """What stands between entry and first target: the nearest opposing zone, level and round number."""
    view, sign, entry, opposite = case.view, case.sign, case.entry, case.direction.opposite
    low, high = min(entry, target), max(entry, target)
    zones = [
        zone
        for zone in view.setup.zones
        if zone.bottom <= high and zone.top >= low and works(zone, opposite) and zone.status is not ZoneStatus.FILLED
    ]
    if zones:
        nearest = min(zones, key=lambda z: (z.bottom - entry if case.is_buy else entry - z.top, z.id))
        yield zone_reason(Role.AGAINST, ReasonCode.OPPOSING_ZONE, view.setup, nearest)
    levels = [lv for lv in view.entry.levels if low < lv.price < high and lv.touches >= MANY_TOUCHES]
    if levels:
        level = min(levels, key=lambda lv: abs(lv.price - entry))
        yield level_reason(Role.AGAINST, ReasonCode.LEVEL_AHEAD, view.entry, opposite, level)
    step = view.round_step
    if step:
        number = (entry // step + 1) * step if case.is_buy else (entry - 1) // step * step
        if (target - number) * sign > 0:
            yield now_reason(Role.AGAINST, ReasonCode.ROUND_AHEAD, view.entry, opposite, (number,))


def _resting(case: Case) -> Iterator[Reason]:
    """Stops that were not taken: liquidity behind the entry, and early stops on the setup timeframe."""
    pool = None if case.sweep is not None else _nearest_behind(case)
    if pool is not None:
        yield pool_reason(Role.AGAINST, ReasonCode.NO_SWEEP, case.view.entry, case.direction.opposite, pool)
    found = case.view.setup.inducement
    if found is not None and found.direction is case.direction and found.status is InducementStatus.RESTING:
        chart, opposite = case.view.setup, case.direction.opposite
        yield inducement_reason(Role.AGAINST, ReasonCode.NO_INDUCEMENT, chart, opposite, found)


def _nearest_behind(case: Case) -> LiquidityPool | None:
    side = SwingKind.LOW if case.is_buy else SwingKind.HIGH
    behind = [pool for pool in case.view.entry.pools if pool.side is side]
    return min(behind, key=lambda p: -p.level * case.sign) if behind else None
