"""What becomes of zones: numbers, statuses, visits, and which make room for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from engine.config import BreakBy
from engine.types import Candle, Zone, ZoneKind, ZoneStatus
from tests.engine.reference.blocks import bases, blocks
from tests.engine.reference.gaps import gaps
from tests.engine.reference.rules import NEVER, UP, Past, once

VISIT_COST = 10  # points of a base's strength


@dataclass
class Life:
    """A zone, numbered, with each candle at which its status changed or it was visited again."""

    k: int
    zone: Zone
    statuses: list[tuple[int, ZoneStatus]]
    revisits: list[int] = field(default_factory=list)
    evicted: int = NEVER
    joined: int | None = None

    def reached(self, status: ZoneStatus) -> int:
        return next((j for j, other in self.statuses if other is status), NEVER)


@once
def lives(past: Past) -> list[Life]:
    """In the order zones are made: gap, blocks, base. Where a kind is full its oldest makes room."""
    found: list[Life] = []
    watched: dict[ZoneKind, list[Life]] = {kind: [] for kind in ZoneKind}
    for k, made in sorted([*gaps(past), *blocks(past), *bases(past)], key=lambda known: known[0]):
        zone = msgspec.structs.replace(made, id=len(found) + 1)
        of_kind = watched[zone.kind]
        active = [life for life in of_kind if life.evicted == NEVER and life.reached(ZoneStatus.DEAD) > k]
        older = _followed(past, k, zone, active)
        if older is not None:
            zone = _spanning(older.zone, zone)
            older.evicted, older.joined = k, zone.id
        elif len(active) == past.detectors.active_zones:
            active[0].evicted = k
        found.append(_life(past, k, zone))
        watched[zone.kind] = [*active, found[-1]]
    return found


def _followed(past: Past, k: int, zone: Zone, active: list[Life]) -> Life | None:
    """The gap of the same direction that became known one candle before."""
    if not past.detectors.join_gaps or zone.kind is not ZoneKind.GAP:
        return None
    previous = [life for life in active if life.k == k - 1 and life.zone.direction is zone.direction]
    return previous[0] if previous else None


def _spanning(older: Zone, newer: Zone) -> Zone:
    return msgspec.structs.replace(
        newer,
        top=max(older.top, newer.top),
        bottom=min(older.bottom, newer.bottom),
        strength=max(older.strength, newer.strength),
        formed_ms=older.formed_ms,
    )


def _life(past: Past, k: int, zone: Zone) -> Life:
    life = Life(k, zone, _statuses(past, k, zone))
    if zone.kind is ZoneKind.BASE:
        life.revisits = _visits(past, k, zone, life.reached(ZoneStatus.FILLED))[1:]
    return life


def _statuses(past: Past, k: int, zone: Zone) -> list[tuple[int, ZoneStatus]]:
    """When each status was reached: the first later candle that fulfils it, none before the status it follows."""
    up, middle = zone.direction is UP, (zone.top + zone.bottom) / 2
    near, far = (zone.top, zone.bottom) if up else (zone.bottom, zone.top)
    by_wick = zone.kind is ZoneKind.BLOCK and past.detectors.blocks_break_by is BreakBy.WICK
    conditions: list[tuple[ZoneStatus, Callable[[Candle], bool]]] = [
        (ZoneStatus.TOUCHED, lambda c: c.low <= near if up else c.high >= near),
        (ZoneStatus.HALF, lambda c: c.low <= middle if up else c.high >= middle),
        (ZoneStatus.FILLED, lambda c: c.low <= far if up else c.high >= far),
        (
            ZoneStatus.BROKEN,
            (lambda c: c.low < far if up else c.high > far)
            if by_wick
            else (lambda c: c.close < far if up else c.close > far),
        ),
        (ZoneStatus.DEAD, lambda c: c.close > near if up else c.close < near),
    ]
    reached, j = [], k + 1
    for status, is_met in conditions:
        while j < len(past.candles) and not is_met(past.candles[j]):
            j += 1
        if j == len(past.candles):
            break
        reached.append((j, status))
    return reached


def _visits(past: Past, k: int, zone: Zone, filled: int) -> list[int]:
    """Where candles reach the near edge after one that did not, until the zone is filled."""
    near = zone.top if zone.direction is UP else zone.bottom
    candles, found = past.candles, []
    was_inside = False
    for j in range(k + 1, min(filled, len(candles))):
        is_inside = (candles[j].low <= near) if zone.direction is UP else (candles[j].high >= near)
        if is_inside and not was_inside:
            found.append(j)
        was_inside = is_inside
    return found


def strength_after(zone: Zone, visits: int) -> int:
    return max(0, zone.strength - VISIT_COST * visits)


def standing(past: Past) -> list[Zone]:
    """Those neither dead nor gone at the end, as they are then."""
    return [
        _aged(past, life) for life in lives(past) if life.evicted == NEVER and life.reached(ZoneStatus.DEAD) == NEVER
    ]


def _aged(past: Past, life: Life) -> Zone:
    if not life.statuses:
        return life.zone
    touches = 1 + len(life.revisits)
    broken = life.reached(ZoneStatus.BROKEN)
    is_base = life.zone.kind is ZoneKind.BASE
    return msgspec.structs.replace(
        life.zone,
        status=life.statuses[-1][1],
        touched_ms=past.candles[life.statuses[0][0]].close_ms,
        broken_ms=None if broken == NEVER else past.candles[broken].close_ms,
        touches=touches,
        strength=strength_after(life.zone, touches) if is_base else life.zone.strength,
    )
