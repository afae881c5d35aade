"""Swings, the breaks of either structure, inducements, and levels at which swings turned."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import groupby

from engine.config import BreakBy
from engine.types import (
    BreakKind,
    Candle,
    Direction,
    Inducement,
    InducementStatus,
    KeyLevel,
    Scale,
    StructureBreak,
    Swing,
    SwingKind,
    SwingLabel,
)
from tests.engine.reference.averages import atr, before
from tests.engine.reference.gaps import gaps_since
from tests.engine.reference.rules import DOWN, HIGH, LOW, NEVER, UP, Past, highest, lowest, once, side_against, times

Known = list[tuple[int, Swing]]


@once
def pivots(past: Past, wing: int, side: SwingKind) -> list[tuple[int, Candle]]:
    """t is a high when high[t] ≥ the wing before it and > the wing after it; known `wing` candles later."""
    candles, found = past.candles, []
    for t in range(wing, len(candles) - wing):
        left, right, middle = candles[t - wing : t], candles[t + 1 : t + 1 + wing], candles[t]
        if side is HIGH:
            is_one = middle.high >= highest(left) and middle.high > highest(right)
        else:
            is_one = middle.low <= lowest(left) and middle.low < lowest(right)
        if is_one:
            found.append((t + wing, middle))
    return found


@once
def swings_of(past: Past, scale: Scale, side: SwingKind) -> Known:
    """Those of the scale's own wing."""
    wing = past.detectors.internal_wing if scale is Scale.INTERNAL else past.detectors.swing_wing
    return swings_by(past, wing, scale, side)


@once
def swings_by(past: Past, wing: int, scale: Scale, side: SwingKind) -> Known:
    """Each beside the one before it on its side."""
    found: Known = []
    for k, middle in pivots(past, wing, side):
        price = middle.high if side is HIGH else middle.low
        label = None
        if found and side is HIGH:
            label = SwingLabel.HIGHER_HIGH if price > found[-1][1].price else SwingLabel.LOWER_HIGH
        elif found:
            label = SwingLabel.LOWER_LOW if price < found[-1][1].price else SwingLabel.HIGHER_LOW
        found.append((k, Swing(side, price, middle.open_ms, past.candles[k].close_ms, scale, label)))
    return found


def swings(past: Past, scale: Scale) -> Known:
    return sorted(swings_of(past, scale, HIGH) + swings_of(past, scale, LOW), key=lambda known: known[0])


def _crossings(past: Past, scale: Scale) -> list[tuple[int, Direction, Swing]]:
    """The latest swing of a side, registered before k, that k goes beyond and none before k was said to have broken.

    Where a candle goes beyond both, the one nearer to its close counts, and neither where both are equally near.
    """
    found: list[tuple[int, Direction, Swing]] = []
    broken: set[Swing] = set()
    known_at = {side: [k for k, _ in swings_of(past, scale, side)] for side in SwingKind}
    for k, candle in enumerate(past.candles):
        beyond = []
        for side, direction in ((HIGH, UP), (LOW, DOWN)):
            count = bisect_left(known_at[side], k)
            swing = swings_of(past, scale, side)[count - 1][1] if count else None
            if swing is not None and swing not in broken and _is_beyond(past, candle, swing):
                beyond.append((abs(candle.close - swing.price), direction, swing))
        nearest = [crossing for crossing in beyond if crossing[0] == min(distance for distance, *_ in beyond)]
        if len(nearest) == 1:
            _, direction, swing = nearest[0]
            broken.add(swing)
            found.append((k, direction, swing))
    return found


def _is_beyond(past: Past, candle: Candle, swing: Swing) -> bool:
    by_wick = past.detectors.break_by is BreakBy.WICK
    if swing.kind is HIGH:
        return (candle.high if by_wick else candle.close) > swing.price
    return (candle.low if by_wick else candle.close) < swing.price


@once
def breaks(past: Past, scale: Scale) -> list[tuple[int, StructureBreak]]:
    """Against the direction of the break before it on its scale it is a CHoCH; the first is a BOS."""
    found: list[tuple[int, StructureBreak]] = []
    for k, direction, swing in _crossings(past, scale):
        against = found and found[-1][1].direction is not direction
        leg = Leg(past, k, direction, swing.formed_ms)
        broken = StructureBreak(
            BreakKind.CHOCH if against else BreakKind.BOS,
            direction,
            swing.price,
            swing.formed_ms,
            swing.known_ms,
            past.candles[k].open_ms,
            past.candles[k].close_ms,
            scale,
            leg.is_displaced,
        )
        found.append((k, broken))
    return found


def told_breaks(past: Past) -> list[tuple[int, StructureBreak]]:
    """Of either scale; one of both at the same candle and level is told as that of the larger scale."""
    larger = breaks(past, Scale.SWING)
    same = {(k, broken.direction, broken.level) for k, broken in larger}
    smaller = [b for b in breaks(past, Scale.INTERNAL) if (b[0], b[1].direction, b[1].level) not in same]
    return sorted(larger + smaller, key=lambda known: known[0])


@dataclass
class Leg:
    """The way to a break at k: what lies between the broken swing's candle and k, as far as the window reaches."""

    past: Past
    k: int
    direction: Direction
    level_formed_ms: int

    @property
    def between(self) -> list[Candle]:
        return [c for c in self.past.window(self.k)[:-1] if c.open_ms > self.level_formed_ms]

    @property
    def first_ms(self) -> int:
        """Open of its lowest (highest) candle, of equal ones the last; of k itself where nothing lies between."""
        between = self.between
        if not between:
            return self.past.candles[self.k].open_ms
        if self.direction is UP:
            return [c.open_ms for c in between if c.low == lowest(between)][-1]
        return [c.open_ms for c in between if c.high == highest(between)][-1]

    @property
    def has_strong_end(self) -> bool:
        """The candle that broke has a large body."""
        return is_strong(self.past, self.k)

    @property
    def gaps(self) -> list[int]:
        """Opens of the middle candles of the gaps it left in its direction."""
        return gaps_since(self.past, self.k, self.direction, self.first_ms)

    @property
    def is_displaced(self) -> bool:
        return self.has_strong_end or bool(self.gaps)


def is_strong(past: Past, k: int) -> bool:
    """Its body is larger than so many ATRs before it."""
    measure = before(atr(past), k)
    return measure is not None and past.candles[k].body > times(past.detectors.displacement_atr, measure)


def trailing(past: Past, scale: Scale, side: SwingKind, k: int) -> int | None:
    """At the end of step k: the extreme of the latest swing of a side and of all candles since it became known."""
    of_side = swings_of(past, scale, side)
    count = bisect_right([known for known, _ in of_side], k)
    if not count:
        return None
    known, swing = of_side[count - 1]
    since = past.candles[known + 1 : k + 1]
    return max([swing.price, *(c.high for c in since)]) if side is HIGH else min([swing.price, *(c.low for c in since)])


def inducements(past: Past) -> list[tuple[int, Inducement]]:
    """After each internal break the first pullback that stays off the strong low (high), and what became of it."""
    found = []
    all_breaks = breaks(past, Scale.INTERNAL)
    for i, (b, broken) in enumerate(all_breaks):
        following = all_breaks[i + 1][0] if i + 1 < len(all_breaks) else NEVER
        first = _pullback(past, b, broken.direction, following)
        if first is None:
            continue
        k, level, formed_ms = first
        times_ms = formed_ms, past.candles[k].close_ms, broken.known_ms
        found.append((k, Inducement(broken.direction, level, *times_ms)))
        later = past.candles[k + 1 : following + 1]
        taken = [j for j, c in enumerate(later, k + 1) if (c.low < level if broken.direction is UP else c.high > level)]
        end = (taken or [following])[0]
        if end < len(past.candles):
            status = InducementStatus.TAKEN if taken else InducementStatus.CANCELLED
            found.append((end, Inducement(broken.direction, level, *times_ms, status, past.candles[end].close_ms)))
    return found


def _pullback(past: Past, b: int, direction: Direction, following: int) -> tuple[int, int, int] | None:
    """The first minor low (high) after a break at b that is known before the following one."""
    side = side_against(direction)
    for k, middle in pivots(past, past.detectors.inducement_wing, side):
        if k >= following or middle.open_ms <= past.candles[b].open_ms:
            continue
        level = middle.low if side is LOW else middle.high
        strong = trailing(past, Scale.INTERNAL, side, k)
        if strong is None or (level - strong) * direction.sign > 0:
            return k, level, middle.open_ms
    return None


@once
def key_levels(past: Past) -> list[tuple[int, KeyLevel, tuple[KeyLevel, ...]]]:
    """Each internal swing with the level it made or touched, and all levels that stand after its candle.

    Both swings of one candle are held against the levels before it. Where there are too many the one touched longest
    ago makes room, together with those touched at the same time.
    """
    found: list[tuple[int, KeyLevel, tuple[KeyLevel, ...]]] = []
    standing: dict[int, KeyLevel] = {}
    for k, of_candle in groupby(swings(past, Scale.INTERNAL), key=lambda known: known[0]):
        earlier, touched = dict(standing), []
        for _, swing in of_candle if atr(past)[k] is not None else ():
            price = _touched(past, k, swing, earlier)
            old = standing.get(price, KeyLevel(price, 0, swing.formed_ms, swing.known_ms))
            standing[price] = KeyLevel(price, old.touches + 1, old.formed_ms, swing.known_ms)
            touched.append(standing[price])
        latest_first = sorted((level.known_ms for level in standing.values()), reverse=True)
        for known_ms in latest_first[past.detectors.active_levels :]:
            standing = {price: level for price, level in standing.items() if level.known_ms > known_ms}
        found += [(k, level, tuple(standing.values())) for level in touched]
    return found


def _touched(past: Past, k: int, swing: Swing, levels: dict[int, KeyLevel]) -> int:
    """The price of the nearest level in reach, else the swing's own. Of two equally near that touched last, then the
    upper one by a high and the lower one by a low.
    """
    reach = times(past.detectors.level_atr, atr(past)[k])
    near = [level for level in levels.values() if abs(swing.price - level.price) <= reach]
    outward = 1 if swing.kind is HIGH else -1
    if not near:
        return swing.price
    return min(near, key=lambda at: (abs(swing.price - at.price), -at.known_ms, -outward * at.price)).price


def standing(past: Past) -> list[KeyLevel]:
    """Those touched at least twice, by price."""
    standing = key_levels(past)[-1][2] if key_levels(past) else ()
    return sorted((level for level in standing if level.touches > 1), key=lambda level: level.price)
