"""What speaks against a trade one way. It takes no points away: the reader is told, and decides."""

from __future__ import annotations

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
from engine.types import InducementStatus, LiquidityPool, Price, Reason, ReasonCode, Role, SwingKind

MANY_TOUCHES = 3  # from here on a level in the way is worth a word


def evidence_against(case: Case, target: Price) -> list[Reason]:
    """Counter-evidence: an opposite trend, the wrong half, what stands before the first target, stops that rest."""
    found: list[Reason] = []
    _against_trend(case, found)
    _ahead(case, target, found)
    _resting(case, found)
    return found


def _against_trend(case: Case, found: list[Reason]) -> None:
    chart, opposite, setup = case.view.trend, case.opposite, case.view.setup
    if chart.last_break is not None and chart.trend is opposite:
        found.append(break_reason(Role.AGAINST, ReasonCode.COUNTER_TREND, chart, chart.last_break))
    low, high = chart.range_low, chart.range_high
    if (
        low is not None
        and high is not None
        and low < high  # a range of zero has no halves
        and not is_right_half(case.direction, case.extreme, low, high)
    ):
        half = "discount" if in_discount(case.extreme, low, high) else "premium"
        found.append(range_reason(Role.AGAINST, ReasonCode.WRONG_HALF, chart, opposite, half))
    rsi = setup.readings.rsi
    if rsi is not None and (rsi >= FAR_GONE_RSI if case.is_buy else rsi <= SPENT_RSI):
        found.append(now_reason(Role.AGAINST, ReasonCode.EXHAUSTED, setup, opposite, (), "", round(rsi)))


def _ahead(case: Case, target: Price, found: list[Reason]) -> None:
    """What stands between entry and first target: the nearest opposing zone, level and round number."""
    setup, chart, entry, opposite = case.view.setup, case.view.entry, case.entry, case.opposite
    low, high = (entry, target) if case.is_buy else (target, entry)
    zones = [
        (zone.bottom - entry if case.is_buy else entry - zone.top, zone.id, zone)
        for zone in setup.zones
        if zone.bottom <= high and zone.top >= low and works(zone, opposite)
    ]
    if zones:
        found.append(zone_reason(Role.AGAINST, ReasonCode.OPPOSING_ZONE, setup, opposite, min(zones)[2]))
    levels = [level for level in chart.levels if low < level.price < high and level.touches >= MANY_TOUCHES]
    if levels:  # they are sorted by price
        level = levels[0] if case.is_buy else levels[-1]
        found.append(level_reason(Role.AGAINST, ReasonCode.LEVEL_AHEAD, chart, opposite, level))
    step = case.view.round_step
    if step:
        number = (entry // step + 1) * step if case.is_buy else (entry - 1) // step * step
        if low < number < high:
            found.append(now_reason(Role.AGAINST, ReasonCode.ROUND_AHEAD, chart, opposite, (number,)))


def _resting(case: Case, found: list[Reason]) -> None:
    """Stops that were not taken: liquidity behind the entry, and early stops on the setup timeframe."""
    pool = None if case.sweep is not None else _nearest_behind(case)
    if pool is not None:
        found.append(pool_reason(Role.AGAINST, ReasonCode.NO_SWEEP, case.view.entry, case.opposite, pool))
    setup = case.view.setup
    early = setup.inducement
    if early is not None and early.direction is case.direction and early.status is InducementStatus.RESTING:
        found.append(inducement_reason(Role.AGAINST, ReasonCode.NO_INDUCEMENT, setup, case.opposite, early))


def _nearest_behind(case: Case) -> LiquidityPool | None:
    """The first of those with the level nearest to price."""
    is_buy = case.is_buy
    side = SwingKind.LOW if is_buy else SwingKind.HIGH
    nearest: LiquidityPool | None = None
    for pool in case.view.entry.pools:
        if pool.side is side and (
            nearest is None or (pool.level > nearest.level if is_buy else pool.level < nearest.level)
        ):
            nearest = pool
    return nearest
