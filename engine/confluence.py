"""Confluence: a market's view → the setups that this close confirms, each weighed and priced. View in, setups out.

A strategy is three things: what sets it off (`triggers.py`), in which regimes, and a table of points over the same
named parts of evidence. Where to enter, what proves the idea wrong and where to leave are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from engine.config import ConfluenceConfig, EngineConfig, StrategyConfig
from engine.counter_evidence import evidence_against
from engine.evidence import WHOLE, Case, Evidence, case_of, evidence_for, extremes
from engine.hours import session_at
from engine.multiples import fraction, times, times_up
from engine.triggers import moment_of, set_off
from engine.types import (
    Direction,
    MarketView,
    Missing,
    NoSetup,
    PoolKind,
    Price,
    Proposed,
    Reason,
    ReasonCode,
    Role,
    Setup,
    Strategy,
    SwingKind,
)


class Plan(msgspec.Struct, frozen=True):
    """A trade one way: the case, the evidence, and its prices, the same for every strategy."""

    case: Case
    evidence: list[Evidence]
    against: list[Reason]
    proof: Price
    stop_basis: str
    stop: Price
    targets: tuple[Price, Price]


def proposals(view: MarketView, config: EngineConfig, on: frozenset[Strategy]) -> dict[Strategy, Setup | NoSetup]:
    """What each strategy makes of this close. Whether a setup is good enough is for the gate."""
    is_on = {strategy: strategy in on for strategy in Strategy}
    return weighed(view, config, set_off(moment_of(view, config.confluence.lookback), config, is_on))


def weighed(
    view: MarketView, config: EngineConfig, ways: Mapping[Strategy, Direction | NoSetup]
) -> dict[Strategy, Setup | NoSetup]:
    """The same, where it is known which way each strategy would trade."""
    plans: dict[Direction, Plan | NoSetup] = {}
    found: dict[Strategy, Setup | NoSetup] = {}
    for strategy, direction in ways.items():
        if isinstance(direction, NoSetup):
            found[strategy] = direction
            continue
        if direction not in plans:
            plans[direction] = _plan(view, config.confluence, direction)
        plan = plans[direction]
        found[strategy] = _setup(plan, strategy, config.strategies.of(strategy)) if isinstance(plan, Plan) else plan
    return found


# Where to enter, where the idea is wrong, where to leave


def _plan(view: MarketView, config: ConfluenceConfig, direction: Direction) -> Plan | NoSetup:
    atr = view.entry.atr
    if not atr:
        return NoSetup(Missing.MOVEMENT, direction)
    case = case_of(view, config, direction)
    proof, basis = _proof(case)
    stop = _stop(case, proof, atr)
    most = _atrs(config.max_stop_atr, atr)
    if stop == case.entry:
        return NoSetup(Missing.MOVEMENT, direction)
    if stop <= 0 or abs(case.entry - stop) > most:
        return NoSetup(Missing.FAR_STOP, direction, abs(case.entry - stop), min(int(most), case.entry - 1))
    targets = _targets(case, abs(case.entry - stop))
    return Plan(case, evidence_for(case), evidence_against(case, targets[0]), proof, basis, stop, targets)


def _proof(case: Case) -> tuple[Price, str]:
    """The price that would prove the idea wrong, and what it is: the extreme since the sweep, the far edge of the held
    zone, else the extreme the leg came from. Where price has since gone farther than the zone, that extreme.
    """
    is_buy = case.is_buy
    if case.sweep is not None:
        since_ms = case.sweep.formed_ms
        lowest, highest = extremes(tuple([candle for candle in case.recent if candle.open_ms >= since_ms]))
        return lowest if is_buy else highest, "sweep"
    if case.zones:
        zone = case.zones[0]
        return min(zone.bottom, case.extreme) if is_buy else max(zone.top, case.extreme), zone.name
    return case.extreme, "leg"


def _stop(case: Case, proof: Price, atr: float) -> Price:
    """Beyond the proof by a buffer and the spread, and not nearer to the entry than the least distance."""
    view, sign = case.view, case.sign
    buffer = round(_atrs(case.config.stop_buffer_atr, atr)) + (view.ask or 0) - (view.bid or 0)
    nearest = round(_atrs(case.config.min_stop_atr, atr))
    distance = max((case.entry - proof) * sign + buffer, nearest)
    return case.entry - distance * sign


def _targets(case: Case, risk: int) -> tuple[Price, Price]:
    """The next opposing pools at least one R away, else the default multiples of R; never nearer than promised."""
    config, sign = case.config, case.sign
    most = times(risk, config.max_target_r)
    first_r, second_r = config.default_target_r
    first_default, second_default = times_up(risk, first_r), times_up(risk, second_r)
    first = _next_pool(case, times_up(risk, config.first_target_r), most, first_default)
    if first >= second_default:  # a first target that far would be the only one
        first = first_default
    least = max(first + risk // 2, (3 * risk + 1) // 2)
    second = _next_pool(case, least, most, second_default)
    return case.entry + first * sign, case.entry + second * sign


def _next_pool(case: Case, least: int, most: int, default: int) -> int:
    """The way to the next opposing pool, at least and at most so many ticks; without one the default, but the least."""
    entry, is_buy = case.entry, case.is_buy
    side, found = SwingKind.HIGH if is_buy else SwingKind.LOW, most + 1
    for pools in (case.view.entry.pools, case.view.setup.pools):
        for pool in pools:
            if pool.side is side:
                move = pool.level - entry if is_buy else entry - pool.level
                if least <= move < found:
                    found = move
    return found if found <= most else max(least, default)


def _atrs(multiple: Decimal, atr: float) -> float:
    numerator, denominator = fraction(multiple)
    return numerator / denominator * atr


# Weighing


def _setup(plan: Plan, strategy: Strategy, own: StrategyConfig) -> Setup | NoSetup:
    case, view = plan.case, plan.case.view
    reasons = (*_with_points(plan.evidence, own), *plan.against)
    before = _last_proposed(view, strategy, case.direction, plan.proof)
    changed: tuple[str, ...] = ()
    if before is not None:
        changed = _changes(before.evidence, evidence_names(reasons))
        if not changed:
            return NoSetup(Missing.CHANGE, case.direction)
    return Setup(
        symbol=view.symbol,
        timeframe=view.entry.timeframe,
        strategy=strategy,
        kind=_kind(reasons, case.direction),
        direction=case.direction,
        entry=case.entry,
        stop=plan.stop,
        targets=plan.targets,
        spread=(view.ask or 0) - (view.bid or 0),
        score=sum([reason.points for reason in reasons]),
        reasons=reasons,
        session=session_at(view.time_ms)[0],
        known_ms=view.time_ms,
        proof=plan.proof,
        stop_basis=plan.stop_basis,
        again_of_ms=None if before is None else before.known_ms,
        changed=changed,
    )


def _with_points(evidence: Sequence[Evidence], own: StrategyConfig) -> list[Reason]:
    """Evidence that this strategy gives points for, with the points."""
    reasons, weights = [], own.weights
    for each in evidence:
        if each.part == "regime" and each.reason.detail != own.best_regime:
            continue
        weight: int = getattr(weights, each.part)
        points = weight * each.share // WHOLE
        if points:
            reasons.append(replace(each.reason, points=points))
    return reasons


def evidence_names(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """What a setup rests on, without prices: `sweep:day`, `structure:MSS`, `against.no_sweep:swing`.

    The hour is left out: that the clock went on does not make it another setup.
    """
    names = set()
    for reason in reasons:
        if reason.code is not ReasonCode.KILL_ZONE:
            name = f"{reason.code}:{reason.detail}" if reason.detail else str(reason.code)
            names.add(f"against.{name}" if reason.role is Role.AGAINST else name)
    return tuple(sorted(names))


def _last_proposed(view: MarketView, strategy: Strategy, direction: Direction, proof: Price) -> Proposed | None:
    """What this strategy last proposed this way, when it was the same idea: the same price would prove it wrong."""
    for each in view.proposed:
        if each.strategy == strategy and each.direction is direction and each.proof == proof:
            return each
    return None


def _changes(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What is new and what is gone: `+sweep:day`, `-against.no_sweep:swing`."""
    new = [f"+{name}" for name in after if name not in before]
    return (*new, *[f"-{name}" for name in before if name not in after])


def _kind(reasons: Sequence[Reason], direction: Direction) -> str:
    """The label readers see: what the setup is made of."""
    zone, stacked, is_sweep = "", "", False
    for reason in reasons:
        if reason.code is ReasonCode.ZONE_HELD:
            zone = _zone_label(reason.detail, direction)
        elif reason.code is ReasonCode.ZONE_STACKED:
            stacked = _zone_label(reason.detail, direction)
        elif reason.code is ReasonCode.SWEEP and reason.detail != PoolKind.ROUND:
            is_sweep = True
    if is_sweep:
        return f"Sweep + {zone}" if zone else "Sweep"
    if not zone:
        return "Structure break"
    return f"{zone} + {stacked}" if stacked else f"{zone} retest"


def _zone_label(name: str, direction: Direction) -> str:
    if name == "SD":
        return "Demand" if direction is Direction.UP else "Supply"
    return "Breaker" if name == "BB" else name
