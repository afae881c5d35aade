"""Confluence: a market's view → the setups that this close confirms, each weighed and priced. View in, setups out.

A strategy is three things: what sets it off (`triggers.py`), in which regimes, and a table of points over the same
named parts of evidence. Where to enter, what proves the idea wrong and where to leave are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

import msgspec

from engine.config import ConfluenceConfig, EngineConfig, StrategyConfig
from engine.counter_evidence import evidence_against
from engine.evidence import WHOLE, Case, Evidence, case_of, evidence_for
from engine.hours import session_at
from engine.triggers import moment_of, set_off
from engine.types import (
    Candle,
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
from engine.types.market import Value


class Plan(Value, frozen=True):
    """A trade one way: the case, the evidence, and its prices, the same for every strategy."""

    case: Case
    evidence: tuple[Evidence, ...]
    against: tuple[Reason, ...]
    proof: Price
    stop_basis: str
    stop: Price
    targets: tuple[Price, Price]


def proposals(view: MarketView, config: EngineConfig, on: frozenset[Strategy]) -> dict[Strategy, Setup | NoSetup]:
    """What each strategy makes of this close. Whether a setup is good enough is for the gate."""
    plans: dict[Direction, Plan | NoSetup] = {}
    found: dict[Strategy, Setup | NoSetup] = {}
    for strategy, direction in set_off(moment_of(view, config.confluence.lookback), config, on).items():
        if isinstance(direction, NoSetup):
            found[strategy] = direction
            continue
        if direction not in plans:
            plans[direction] = _plan(view, config.confluence, direction)
        plan = plans[direction]
        found[strategy] = plan if isinstance(plan, NoSetup) else _setup(plan, strategy, config.strategies.of(strategy))
    return found


# Where to enter, where the idea is wrong, where to leave


def _plan(view: MarketView, config: ConfluenceConfig, direction: Direction) -> Plan | NoSetup:
    atr = view.entry.atr
    if not atr:
        return NoSetup(Missing.MOVEMENT, direction)
    case = case_of(view, config, direction)
    proof, basis = _proof(case)
    stop = _stop(case, proof, atr)
    most = float(config.max_stop_atr) * atr
    if stop == case.entry:
        return NoSetup(Missing.MOVEMENT, direction)
    if stop <= 0 or abs(case.entry - stop) > most:
        return NoSetup(Missing.FAR_STOP, direction, abs(case.entry - stop), min(int(most), case.entry - 1))
    targets = _targets(case, abs(case.entry - stop))
    evidence, against = tuple(evidence_for(case)), tuple(evidence_against(case, targets[0]))
    return Plan(case, evidence, against, proof, basis, stop, targets)


def _proof(case: Case) -> tuple[Price, str]:
    """The price that would prove the idea wrong, and what it is: the extreme since the sweep, the far edge of the held
    zone, else the extreme the leg came from. Where price has since gone farther than the zone, that extreme.
    """
    pick = min if case.is_buy else max
    if case.sweep is not None:
        since_ms = case.sweep.formed_ms
        return pick(_worst(c, case) for c in case.recent if c.open_ms >= since_ms), "sweep"
    if case.zones:
        zone = case.zones[0]
        return pick(zone.bottom if case.is_buy else zone.top, case.extreme), zone.name
    return case.extreme, "leg"


def _worst(candle: Candle, case: Case) -> Price:
    return candle.low if case.is_buy else candle.high


def _stop(case: Case, proof: Price, atr: float) -> Price:
    """Beyond the proof by a buffer and the spread, and not nearer to the entry than the least distance."""
    view, sign = case.view, case.sign
    buffer = round(float(case.config.stop_buffer_atr) * atr) + (view.ask or 0) - (view.bid or 0)
    nearest = round(float(case.config.min_stop_atr) * atr)
    distance = max((case.entry - proof) * sign + buffer, nearest)
    return case.entry - distance * sign


def _targets(case: Case, risk: int) -> tuple[Price, Price]:
    """The next opposing pools at least one R away, else the default multiples of R."""
    config, sign = case.config, case.sign
    most = int(config.max_target_r * risk)
    first_r, second_r = config.default_target_r
    first = _next_pool(case, _times(risk, config.first_target_r), most, _times(risk, first_r))
    if first >= _times(risk, second_r):  # a first target that far would be the only one
        first = _times(risk, first_r)
    least = max(first + risk // 2, _times(risk, Decimal("1.5")))
    second = _next_pool(case, least, most, _times(risk, second_r))
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


def _times(risk: int, multiple: Decimal) -> int:
    """A multiple of the risk in whole ticks, rounded up: a target is never nearer than promised."""
    return int((risk * multiple).to_integral_value(ROUND_CEILING))


# Weighing


def _setup(plan: Plan, strategy: Strategy, own: StrategyConfig) -> Setup | NoSetup:
    case, view = plan.case, plan.case.view
    reasons = (*_weighed(plan.evidence, own), *plan.against)
    evidence = evidence_names(reasons)
    before = _last_proposed(view, strategy, case.direction, plan.proof)
    if before is not None and before.evidence == evidence:
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
        score=sum(reason.points for reason in reasons),
        reasons=reasons,
        session=session_at(view.time_ms)[0],
        known_ms=view.time_ms,
        proof=plan.proof,
        stop_basis=plan.stop_basis,
        again_of_ms=None if before is None else before.known_ms,
        changed=() if before is None else _changes(before.evidence, evidence),
    )


def _weighed(evidence: Sequence[Evidence], own: StrategyConfig) -> list[Reason]:
    """Evidence that this strategy gives points for, with the points."""
    reasons = []
    for each in evidence:
        points = getattr(own.weights, each.part) * each.share // WHOLE
        if each.part == "regime" and each.reason.detail != own.best_regime:
            points = 0
        if points:
            reasons.append(msgspec.structs.replace(each.reason, points=points))
    return reasons


def evidence_names(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """What a setup rests on, without prices: `sweep:day`, `structure:MSS`, `against.no_sweep:swing`.

    The hour is left out: that the clock went on does not make it another setup.
    """
    names = set()
    for reason in reasons:
        if reason.code is ReasonCode.KILL_ZONE:
            continue
        against = "against." if reason.role is Role.AGAINST else ""
        detail = f":{reason.detail}" if reason.detail else ""
        names.add(f"{against}{reason.code}{detail}")
    return tuple(sorted(names))


def _last_proposed(view: MarketView, strategy: Strategy, direction: Direction, proof: Price) -> Proposed | None:
    """What this strategy last proposed this way, when it was the same idea: the same price would prove it wrong."""
    for each in view.proposed:
        if each.strategy == strategy and each.direction is direction and each.proof == proof:
            return each
    return None


def _changes(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What is new and what is gone: `+sweep:day`, `-against.no_sweep:swing`."""
    return (
        *(f"+{name}" for name in after if name not in before),
        *(f"-{name}" for name in before if name not in after),
    )


def _kind(reasons: Sequence[Reason], direction: Direction) -> str:
    """The label readers see: what the setup is made of."""
    held = next((r for r in reasons if r.code is ReasonCode.ZONE_HELD), None)
    stacked = next((r for r in reasons if r.code is ReasonCode.ZONE_STACKED), None)
    zone = None if held is None else _zone_label(held.detail, direction)
    if any(r.code is ReasonCode.SWEEP and r.detail != PoolKind.ROUND for r in reasons):
        return "Sweep" if zone is None else f"Sweep + {zone}"
    if zone is None:
        return "Structure break"
    return f"{zone} retest" if stacked is None else f"{zone} + {_zone_label(stacked.detail, direction)}"


def _zone_label(name: str, direction: Direction) -> str:
    if name == "SD":
        return "Demand" if direction is Direction.UP else "Supply"
    return {"BB": "Breaker"}.get(name, name)
