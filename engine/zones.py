"""The zones still watched on one timeframe, and how far price has gone into each.

Every zone waits for exactly one price: the one that changes its status next. The waiting prices are kept sorted, so
a candle that reaches none of them costs two comparisons, however many zones there are.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from engine.types import Candle, Direction, Zone, ZoneKind, ZoneStatus

# A zone waits with (key, id); the largest key is reached first. For prices reached from above (a falling market) the
# key is the price, for prices reached from below it is the price's negative.
_Waiting: TypeAlias = list[tuple[int, int]]

WORN_BY_VISIT = 10  # points of strength a base loses with each visit


class Draft(msgspec.Struct, frozen=True):
    """A zone before it is watched."""

    kind: ZoneKind
    direction: Direction
    top: int
    bottom: int
    strength: int
    formed_ms: int
    evidence: tuple[str, ...] = ()


def _insert(waiting: _Waiting, key: int, zone_id: int) -> None:
    """Keep it sorted. What begins to wait lies near the price, hence near the end: a search from there is short."""
    at = len(waiting)
    while at:
        other_key, other_id = waiting[at - 1]
        if other_key < key or (other_key == key and other_id < zone_id):
            break
        at -= 1
    waiting.insert(at, (key, zone_id))


@dataclass(slots=True)
class Visits:
    """Bases that were visited: each waits for price to leave it, then for price to come back.

    A new visit begins when a candle reaches the near edge again after one lay wholly away from it.
    """

    away_above: _Waiting = field(default_factory=list)  # low > −key
    away_below: _Waiting = field(default_factory=list)  # high < key
    back_above: _Waiting = field(default_factory=list)  # low ≤ key
    back_below: _Waiting = field(default_factory=list)  # high ≥ −key

    def on_candle(self, low: int, high: int) -> list[int]:
        """Ids of the bases this candle came back to."""
        back: list[int] = []
        while self.back_above and low <= self.back_above[-1][0]:
            key, zone_id = self.back_above.pop()
            _insert(self.away_above, -key, zone_id)
            back.append(zone_id)
        while self.back_below and high >= -self.back_below[-1][0]:
            key, zone_id = self.back_below.pop()
            _insert(self.away_below, -key, zone_id)
            back.append(zone_id)
        while self.away_above and low > -self.away_above[-1][0]:
            key, zone_id = self.away_above.pop()
            _insert(self.back_above, -key, zone_id)
        while self.away_below and high < self.away_below[-1][0]:
            key, zone_id = self.away_below.pop()
            _insert(self.back_below, -key, zone_id)
        return back

    def begin(self, zone: Zone) -> None:
        """The first visit: from now on it waits for price to leave."""
        if zone.direction is Direction.UP:
            _insert(self.away_above, -zone.top, zone.id)
        else:
            _insert(self.away_below, zone.bottom, zone.id)

    def end(self, zone: Zone) -> None:
        if zone.direction is Direction.UP:
            places = ((self.away_above, -zone.top), (self.back_above, zone.top))
        else:
            places = ((self.away_below, zone.bottom), (self.back_below, -zone.bottom))
        for waiting, key in places:
            at = bisect_left(waiting, (key, zone.id))
            if at < len(waiting) and waiting[at] == (key, zone.id):
                del waiting[at]


@dataclass(slots=True)
class Watched:
    """An active zone and how far price has gone into it, which changes too often for a new value each time."""

    zone: Zone  # as it was last asked for
    status: ZoneStatus
    touched_ms: int | None = None
    broken_ms: int | None = None
    touches: int = 0

    def current(self) -> Zone:
        """The zone as it stands."""
        return self.zone if self.status is self.zone.status else self._renewed()

    def visited_again(self) -> Zone:
        """Price came to a base once more, which leaves it weaker."""
        self.touches += 1
        return self._renewed()

    def _renewed(self) -> Zone:
        zone = self.zone
        worn = WORN_BY_VISIT * (self.touches - zone.touches) if zone.kind is ZoneKind.BASE else 0
        self.zone = replace(
            zone,
            status=self.status,
            strength=max(zone.strength - worn, 0),
            touched_ms=self.touched_ms,
            broken_ms=self.broken_ms,
            touches=self.touches,
        )
        return self.zone


@dataclass(slots=True)
class ZoneBook:
    """Active zones of one timeframe. At most `capacity` per kind: the oldest makes room for a new one.

    Statuses go one way: fresh → touched (near edge reached) → half (middle) → filled (far edge) → broken (a *close*
    beyond the far edge, for blocks a wick where `blocks_by_wick`: the gap is inverted, the block a breaker, and it now
    works the other way) → dead (a close back beyond the other edge). One candle may bring several; each is reported
    once, in this order. A zone is tested from the candle after the one that made it known.
    """

    capacity: int = 40
    blocks_by_wick: bool = False
    next_id: int = 1
    watched: dict[int, Watched] = field(default_factory=dict)  # by id, oldest first
    counts: dict[str, int] = field(default_factory=dict)  # by kind
    by_low: _Waiting = field(default_factory=list)  # low ≤ key
    by_high: _Waiting = field(default_factory=list)  # high ≥ −key
    by_close_below: _Waiting = field(default_factory=list)  # close < key
    by_close_above: _Waiting = field(default_factory=list)  # close > −key
    visits: Visits = field(default_factory=Visits)

    def add(self, draft: Draft, known_ms: int) -> tuple[Zone, int | None]:
        """Watch a new zone. Returns it, and the id of the zone that had to make room, if any."""
        kind = draft.kind
        zone = Zone(
            self.next_id,
            kind,
            draft.direction,
            draft.top,
            draft.bottom,
            draft.strength,
            draft.formed_ms,
            known_ms,
            draft.evidence,
        )
        self.next_id += 1
        evicted = None
        if self.counts.get(kind, 0) >= self.capacity:
            evicted = next(number for number, other in self.watched.items() if other.zone.kind is kind)
            self.forget(evicted)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        watched = Watched(zone, ZoneStatus.FRESH)
        self.watched[zone.id] = watched
        self._wait(zone.id, watched)
        return zone, evicted

    def all(self) -> tuple[Zone, ...]:
        """The active zones as they stand, oldest first."""
        return tuple([watched.current() for watched in self.watched.values()])

    def on_candle(self, candle: Candle) -> list[tuple[int, ZoneStatus]]:
        """Ids of the zones whose status this candle changes, with the new one; once for each status passed."""
        low, high, close = candle.low, candle.high, candle.close
        changed: list[tuple[int, ZoneStatus]] = []
        while self.by_low and low <= self.by_low[-1][0]:
            changed.append(self._advance(self.by_low.pop()[1], candle))
        while self.by_high and high >= -self.by_high[-1][0]:
            changed.append(self._advance(self.by_high.pop()[1], candle))
        # A zone broken by this close is filled by this candle too, so closes come last. A zone that breaks then waits
        # on the other list for a close on its other side: this same close can be that only where a wick broke it.
        while self.by_close_below and close < self.by_close_below[-1][0]:
            changed.append(self._advance(self.by_close_below.pop()[1], candle))
        while self.by_close_above and close > -self.by_close_above[-1][0]:
            changed.append(self._advance(self.by_close_above.pop()[1], candle))
        return changed

    def visited(self, candle: Candle) -> list[Zone]:
        """The bases this candle came back to, each weaker by the visit. Ask after `on_candle`."""
        back = self.visits.on_candle(candle.low, candle.high)
        return [self.watched[zone_id].visited_again() for zone_id in back]

    def gap_known_at(self, direction: Direction, known_ms: int) -> Zone | None:
        """The active gap of this direction that became known then, if any."""
        for watched in reversed(self.watched.values()):
            zone = watched.zone
            if zone.known_ms < known_ms:
                return None
            if zone.kind is ZoneKind.GAP and zone.direction is direction:
                return watched.current()
        return None

    def forget(self, zone_id: int) -> None:
        """No longer watch a zone."""
        watched = self.watched.pop(zone_id)
        self.counts[watched.zone.kind] -= 1
        waiting, key = self._next(watched)
        del waiting[bisect_left(waiting, (key, zone_id))]
        self.visits.end(watched.zone)

    def _advance(self, zone_id: int, candle: Candle) -> tuple[int, ZoneStatus]:
        watched = self.watched[zone_id]
        before, is_base = watched.status, watched.zone.kind is ZoneKind.BASE
        if before is ZoneStatus.FRESH:
            watched.status, watched.touched_ms, watched.touches = ZoneStatus.TOUCHED, candle.close_ms, 1
            if is_base:
                self.visits.begin(watched.zone)
        elif before is ZoneStatus.TOUCHED:
            watched.status = ZoneStatus.HALF
        elif before is ZoneStatus.HALF:
            watched.status = ZoneStatus.FILLED
            if is_base:
                self.visits.end(watched.zone)
        elif before is ZoneStatus.FILLED:
            watched.status, watched.broken_ms = ZoneStatus.BROKEN, candle.close_ms
        else:
            del self.watched[zone_id]
            self.counts[watched.zone.kind] -= 1
            return zone_id, ZoneStatus.DEAD
        self._wait(zone_id, watched)
        return zone_id, watched.status

    def _wait(self, zone_id: int, watched: Watched) -> None:
        waiting, key = self._next(watched)
        _insert(waiting, key, zone_id)

    def _next(self, watched: Watched) -> tuple[_Waiting, int]:
        """Where a zone waits, and the key of the price it waits for."""
        zone, status = watched.zone, watched.status
        up = zone.direction is Direction.UP
        if status is ZoneStatus.FRESH:
            return (self.by_low, zone.top) if up else (self.by_high, -zone.bottom)
        if status is ZoneStatus.TOUCHED:  # the middle may lie between two ticks
            total = zone.top + zone.bottom
            return (self.by_low, total // 2) if up else (self.by_high, -((total + 1) // 2))
        if status is ZoneStatus.HALF:
            return (self.by_low, zone.bottom) if up else (self.by_high, -zone.top)
        if status is ZoneStatus.FILLED:
            if self.blocks_by_wick and zone.kind is ZoneKind.BLOCK:
                return (self.by_low, zone.bottom - 1) if up else (self.by_high, -zone.top - 1)
            return (self.by_close_below, zone.bottom) if up else (self.by_close_above, -zone.top)
        return (self.by_close_above, -zone.top) if up else (self.by_close_below, zone.bottom)
