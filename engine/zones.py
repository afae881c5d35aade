"""The zones still watched on one timeframe, and how far price has gone into each.

Every zone waits for exactly one price: the one that changes its status next. The waiting prices are kept sorted, so
a candle that reaches none of them costs two comparisons, however many zones there are.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

from engine.types import Candle, Direction, Zone, ZoneKind, ZoneStatus

# A zone waits with (key, id); the largest key is reached first. For prices reached from above (a falling market) the
# key is the price, for prices reached from below it is the price's negative.
_Waiting = list[tuple[int, int]]


class ZoneBook(msgspec.Struct):
    """Active zones of one timeframe. At most `capacity` per kind: the oldest makes room for a new one.

    Statuses go one way: fresh → touched (near edge reached) → half (middle) → filled (far edge) → broken (a *close*
    beyond the far edge: the gap is inverted, the block a breaker, and it now works the other way) → dead (a close back
    beyond the other edge). One candle may bring several; each is reported once, in this order.
    A zone is tested from the candle after the one that made it known.
    """

    capacity: int = 40
    next_id: int = 1
    zones: dict[int, Zone] = msgspec.field(default_factory=dict)
    by_low: _Waiting = msgspec.field(default_factory=list)  # low ≤ key
    by_high: _Waiting = msgspec.field(default_factory=list)  # high ≥ −key
    by_close_below: _Waiting = msgspec.field(default_factory=list)  # close < key
    by_close_above: _Waiting = msgspec.field(default_factory=list)  # close > −key

    def add(
        self,
        kind: ZoneKind,
        direction: Direction,
        top: int,
        bottom: int,
        strength: int,
        evidence: tuple[str, ...],
        formed_ms: int,
        known_ms: int,
    ) -> tuple[Zone, int | None]:
        """Watch a new zone. Returns it, and the id of the zone that had to make room, if any."""
        zone = Zone(self.next_id, kind, direction, top, bottom, strength, formed_ms, known_ms, evidence)
        self.next_id += 1
        same_kind = [other.id for other in self.zones.values() if other.kind is kind]
        evicted = same_kind[0] if len(same_kind) >= self.capacity else None
        if evicted is not None:
            self._forget(evicted)
        self.zones[zone.id] = zone
        self._wait(zone)
        return zone, evicted

    def on_candle(self, candle: Candle) -> list[Zone]:
        """The zones whose status this candle changes, once for each status passed."""
        changed: list[Zone] = []
        while self.by_low and candle.low <= self.by_low[-1][0]:
            changed.append(self._advance(self.by_low.pop()[1], candle))
        while self.by_high and candle.high >= -self.by_high[-1][0]:
            changed.append(self._advance(self.by_high.pop()[1], candle))
        # A zone broken by this close is filled by this candle too, so closes come last. A zone that breaks then waits
        # on the other list for a close on its other side, which this same close cannot be.
        while self.by_close_below and candle.close < self.by_close_below[-1][0]:
            changed.append(self._advance(self.by_close_below.pop()[1], candle))
        while self.by_close_above and candle.close > -self.by_close_above[-1][0]:
            changed.append(self._advance(self.by_close_above.pop()[1], candle))
        return changed

    def _advance(self, zone_id: int, candle: Candle) -> Zone:
        zone = self.zones[zone_id]
        status = ZoneStatus(zone.status + 1)
        touched_ms = candle.close_ms if zone.touched_ms is None else zone.touched_ms
        zone = msgspec.structs.replace(zone, status=status, touched_ms=touched_ms)
        if status is ZoneStatus.DEAD:
            del self.zones[zone_id]
        else:
            self.zones[zone_id] = zone
            self._wait(zone)
        return zone

    def _wait(self, zone: Zone) -> None:
        waiting, key = self._next(zone)
        insort(waiting, (key, zone.id))

    def _next(self, zone: Zone) -> tuple[_Waiting, int]:
        """Where a zone waits, and the key of the price it waits for."""
        up = zone.direction is Direction.UP
        match zone.status:
            case ZoneStatus.FRESH:
                return (self.by_low, zone.top) if up else (self.by_high, -zone.bottom)
            case ZoneStatus.TOUCHED:  # the middle may lie between two ticks
                total = zone.top + zone.bottom
                return (self.by_low, total // 2) if up else (self.by_high, -((total + 1) // 2))
            case ZoneStatus.HALF:
                return (self.by_low, zone.bottom) if up else (self.by_high, -zone.top)
            case ZoneStatus.FILLED:
                return (self.by_close_below, zone.bottom) if up else (self.by_close_above, -zone.top)
            case _:
                return (self.by_close_above, -zone.top) if up else (self.by_close_below, zone.bottom)

    def _forget(self, zone_id: int) -> None:
        zone = self.zones.pop(zone_id)
        waiting, key = self._next(zone)
        del waiting[bisect_left(waiting, (key, zone_id))]
