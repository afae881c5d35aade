"""The zones still watched on one timeframe, and how far price has gone into each.

Every zone waits for exactly one price: the one that changes its status next. The waiting prices are kept sorted, so
a candle that reaches none of them costs four comparisons, however many zones there are.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from engine.types import Direction, Price, Zone, ZoneKind, ZoneStatus

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


@dataclass(slots=True)
class Visits:
    """Bases that were visited: each waits for price to leave it, then for price to come back.

    A new visit begins when a candle reaches the near edge again after one lay wholly away from it. A base waits with
    (key, id), sorted; the largest key is reached first.
    """

    away_above: list[tuple[int, int]] = field(default_factory=list)  # low > −key
    away_below: list[tuple[int, int]] = field(default_factory=list)  # high < key
    back_above: list[tuple[int, int]] = field(default_factory=list)  # low ≤ key
    back_below: list[tuple[int, int]] = field(default_factory=list)  # high ≥ −key

    def next_back(self, low: Price, high: Price) -> int | None:
        """Id of a base this candle came back to, each once; None when there are no more and the candle is done."""
        if self.back_above and low <= self.back_above[-1][0]:
            key, zone_id = self.back_above.pop()
            insort(self.away_above, (-key, zone_id))
            return zone_id
        if self.back_below and high >= -self.back_below[-1][0]:
            key, zone_id = self.back_below.pop()
            insort(self.away_below, (-key, zone_id))
            return zone_id
        while self.away_above and low > -self.away_above[-1][0]:
            key, zone_id = self.away_above.pop()
            insort(self.back_above, (-key, zone_id))
        while self.away_below and high < self.away_below[-1][0]:
            key, zone_id = self.away_below.pop()
            insort(self.back_below, (-key, zone_id))
        return None

    def begin(self, zone: Zone) -> None:
        """The first visit: from now on it waits for price to leave."""
        if zone.direction is Direction.UP:
            insort(self.away_above, (-zone.top, zone.id))
        else:
            insort(self.away_below, (zone.bottom, zone.id))

    def end(self, zone: Zone) -> None:
        if zone.direction is Direction.UP:
            places = ((self.away_above, -zone.top), (self.back_above, zone.top))
        else:
            places = ((self.away_below, zone.bottom), (self.back_below, -zone.bottom))
        for waiting, key in places:
            at = bisect_left(waiting, (key, zone.id))
            if at < len(waiting) and waiting[at] == (key, zone.id):
                del waiting[at]


class _Progress:
    """How far price has gone into a zone, which changes too often for a new value each time, and where the zone waits
    for more. All of it follows from the zone as it was last asked for, so none is stored: no fields of the dataclass.
    """

    __slots__ = ("broken_ms", "key", "status", "touched_ms", "touches")

    status: ZoneStatus
    touched_ms: int | None
    broken_ms: int | None
    touches: int
    key: int  # by the price that changes its status next

    def go_on_from(self, zone: Zone) -> None:
        self.status, self.touches = zone.status, zone.touches
        self.touched_ms, self.broken_ms = zone.touched_ms, zone.broken_ms

    def reach(self, status: ZoneStatus, now_ms: int) -> None:
        self.status = status
        if status is ZoneStatus.TOUCHED:
            self.touched_ms, self.touches = now_ms, 1
        elif status is ZoneStatus.BROKEN:
            self.broken_ms = now_ms

    def count_visit(self) -> None:
        self.touches += 1

    def wait_at(self, key: int) -> None:
        self.key = key


@dataclass(slots=True)
class Watched(_Progress):
    """An active zone. A snapshot has to ask for it first."""

    zone: Zone  # as it was last asked for

    def __post_init__(self) -> None:
        self.go_on_from(self.zone)

    def current(self) -> Zone:
        """The zone as it stands."""
        return self.zone if self.status is self.zone.status else self._renewed()

    def visited_again(self) -> Zone:
        """Price came to a base once more, which leaves it weaker."""
        self.count_visit()
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


class _Waiting:
    """Zones by what each waits for, sorted by key and id; the largest key is reached first.

    For prices reached from above (a falling market) the key is the price, for prices reached from below it is the
    price's negative. No fields of the dataclass either.
    """

    __slots__ = ("by_close_above", "by_close_below", "by_high", "by_low")

    by_low: list[Watched]  # low ≤ key
    by_high: list[Watched]  # high ≥ −key
    by_close_below: list[Watched]  # close < key
    by_close_above: list[Watched]  # close > −key

    def _let_nothing_wait(self) -> None:
        self.by_low, self.by_high, self.by_close_below, self.by_close_above = [], [], [], []


@dataclass(slots=True)
class ZoneBook(_Waiting):
    """Active zones of one timeframe. At most `capacity` per kind: the oldest makes room for a new one.

    Statuses go one way: fresh → touched (near edge reached) → half (middle) → filled (far edge) → broken (a *close*
    beyond the far edge, for blocks a wick where `blocks_by_wick`: the gap is inverted, the block a breaker, and it now
    works the other way) → dead (a close back beyond the other edge). One candle may bring several; each is reported
    once, in this order. A zone is tested from the candle after the one that made it known.
    """

    capacity: int = 40
    blocks_by_wick: bool = False
    next_id: int = 1
    watched: list[Watched] = field(default_factory=list)  # oldest first, hence by id
    gaps: int = 0  # how many of each kind
    blocks: int = 0
    bases: int = 0
    visits: Visits = field(default_factory=Visits)

    def __post_init__(self) -> None:
        self._let_nothing_wait()
        for watched in self.watched:
            self._wait(watched)

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
        if self._count(kind, 1) > self.capacity:
            oldest = self._oldest(kind)
            evicted = oldest.zone.id
            self._forget(oldest)
        watched = Watched(zone)
        self.watched.append(watched)
        self._wait(watched)
        return zone, evicted

    def all(self) -> tuple[Zone, ...]:
        """The active zones as they stand, oldest first."""
        return tuple([watched.current() for watched in self.watched])

    def open_gaps(self, since_ms: int) -> tuple[Zone, ...]:
        """The gaps known from a moment on that price has at most touched, oldest first."""
        found: list[Zone] = []
        for watched in reversed(self.watched):
            zone = watched.zone
            if zone.known_ms < since_ms:
                break
            if zone.kind is ZoneKind.GAP and watched.status <= ZoneStatus.TOUCHED:
                found.insert(0, watched.current())
        return tuple(found)

    def next_changed(self, low: Price, high: Price, close: Price, now_ms: int) -> Watched | None:
        """A zone whose status the candle that closes now changes, with the new one; None when there are no more.

        It comes once for each status passed.
        """
        if self.by_low and low <= self.by_low[-1].key:
            watched = self.by_low.pop()
        elif self.by_high and high >= -self.by_high[-1].key:
            watched = self.by_high.pop()
        # A zone broken by this close is filled by this candle too, so closes come last. A zone that breaks then waits
        # on the other list for a close on its other side: this same close can be that only where a wick broke it.
        elif self.by_close_below and close < self.by_close_below[-1].key:
            watched = self.by_close_below.pop()
        elif self.by_close_above and close > -self.by_close_above[-1].key:
            watched = self.by_close_above.pop()
        else:
            return None
        self._advance(watched, now_ms)
        return watched

    def next_visited(self, low: Price, high: Price) -> Zone | None:
        """A base this candle came back to, weaker by the visit; None when there are no more. Ask after the changes."""
        zone_id = self.visits.next_back(low, high)
        return None if zone_id is None else self.watched[self._place(zone_id)].visited_again()

    def gap_known_at(self, direction: Direction, known_ms: int) -> Zone | None:
        """The active gap of this direction that became known then, if any."""
        for watched in reversed(self.watched):
            zone = watched.zone
            if zone.known_ms < known_ms:
                return None
            if zone.kind is ZoneKind.GAP and zone.direction is direction:
                return watched.current()
        return None

    def forget(self, zone_id: int) -> None:
        """No longer watch a zone."""
        self._forget(self.watched[self._place(zone_id)])

    def _forget(self, watched: Watched) -> None:
        zone = watched.zone
        waiting, _ = self._next(watched)
        at = 0
        while waiting[at] is not watched:
            at += 1
        del waiting[at]
        if zone.kind is ZoneKind.BASE:
            self.visits.end(zone)
        self._drop(zone)

    def _drop(self, zone: Zone) -> None:
        del self.watched[self._place(zone.id)]
        self._count(zone.kind, -1)

    def _place(self, zone_id: int) -> int:
        low, high = 0, len(self.watched)
        while low < high:
            middle = (low + high) // 2
            if self.watched[middle].zone.id < zone_id:
                low = middle + 1
            else:
                high = middle
        return low

    def _oldest(self, kind: ZoneKind) -> Watched:
        return next(watched for watched in self.watched if watched.zone.kind is kind)

    def _count(self, kind: ZoneKind, change: int) -> int:
        """How many zones of a kind there are with this change."""
        if kind is ZoneKind.GAP:
            self.gaps += change
            return self.gaps
        if kind is ZoneKind.BLOCK:
            self.blocks += change
            return self.blocks
        self.bases += change
        return self.bases

    def _advance(self, watched: Watched, now_ms: int) -> None:
        before, zone = watched.status, watched.zone
        if before is ZoneStatus.FRESH:
            watched.reach(ZoneStatus.TOUCHED, now_ms)
            if zone.kind is ZoneKind.BASE:
                self.visits.begin(zone)
        elif before is ZoneStatus.TOUCHED:
            watched.reach(ZoneStatus.HALF, now_ms)
        elif before is ZoneStatus.HALF:
            watched.reach(ZoneStatus.FILLED, now_ms)
            if zone.kind is ZoneKind.BASE:
                self.visits.end(zone)
        elif before is ZoneStatus.FILLED:
            watched.reach(ZoneStatus.BROKEN, now_ms)
        else:
            watched.reach(ZoneStatus.DEAD, now_ms)
            self._drop(zone)
            return
        self._wait(watched)

    def _wait(self, watched: Watched) -> None:
        """Keep it sorted. What begins to wait lies near the price, hence near the end: a search from there is short."""
        waiting, key = self._next(watched)
        watched.wait_at(key)
        at = len(waiting)
        while at:
            other = waiting[at - 1]
            if other.key < key or (other.key == key and other.zone.id < watched.zone.id):
                break
            at -= 1
        waiting.insert(at, watched)

    def _next(self, watched: Watched) -> tuple[list[Watched], int]:
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
