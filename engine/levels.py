"""Support and resistance: prices at which several swings turned."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.types import KeyLevel, Price, Swing, SwingKind

NEVER_MS = -1


@dataclass(slots=True)
class Level:
    """A key level, and beside it what is compared of all of them."""

    value: KeyLevel
    known_ms: int


@dataclass(slots=True)
class KeyLevels:
    """The levels of one timeframe, sorted by price, at most `capacity`; the one touched longest ago makes room.

    A swing of either side no farther than `tolerance` × ATR from a level touches it; any other makes a new one. A level
    keeps the price of its first swing, and is told of only from its second touch on. The tolerance is a fraction, so
    that a distance of exactly the tolerance is not lost to rounding.

    One candle can confirm a high and a low. Each is compared with the levels as they were before that candle, so that
    which of the two comes first decides nothing. For the same reason levels of one candle that are touched no more make
    room together, and room is made when the next candle's swing comes.
    """

    capacity: int
    tolerance: tuple[int, int]
    levels: list[Level] = field(default_factory=list)
    before: list[Level] = field(default_factory=list)  # as they were before the candle known at `now_ms`
    now_ms: int | None = None

    def register(self, swing: Swing, atr: float | None) -> KeyLevel | None:
        """The level that gained its second or a later touch from this swing. Without an ATR the swing is passed over.

        Of several levels in reach the nearest is touched; of two equally near the one touched last, then the upper one
        by a high and the lower one by a low.
        """
        if atr is None:
            return None
        if swing.known_ms != self.now_ms:
            self._make_room()
            self.before = self.levels.copy()
            self.now_ms = swing.known_ms
        near = _nearest(self.before, swing)
        if near is None or not self._reaches(abs(swing.price - near.value.price), atr):
            new = _level(swing.price, 1, swing.formed_ms, swing.known_ms)
            self.levels.insert(_below(self.levels, swing.price + 1), new)
            return None
        at = _below(self.levels, near.value.price)
        old = self.levels[at].value
        touched = _level(old.price, old.touches + 1, old.formed_ms, swing.known_ms)
        self.levels[at] = touched
        return touched.value

    def all(self) -> tuple[KeyLevel, ...]:
        """Those touched at least twice, by price."""
        gone_ms = self._gone_ms()
        return tuple([each.value for each in self.levels if each.known_ms > gone_ms and each.value.touches >= 2])

    def _reaches(self, distance: int, atr: float) -> bool:
        numerator, denominator = self.tolerance
        return distance * denominator <= numerator * atr

    def _make_room(self) -> None:
        gone_ms = self._gone_ms()
        for at in range(len(self.levels) - 1, -1, -1):
            if self.levels[at].known_ms <= gone_ms:
                del self.levels[at]

    def _gone_ms(self) -> int:
        """Levels last touched by then make room."""
        excess = len(self.levels) - self.capacity
        if excess <= 0:
            return NEVER_MS
        if excess > 1:
            return sorted(level.known_ms for level in self.levels)[excess - 1]
        oldest_ms = self.levels[0].known_ms
        for level in self.levels:
            if level.known_ms < oldest_ms:
                oldest_ms = level.known_ms
        return oldest_ms


def _level(price: Price, touches: int, formed_ms: int, known_ms: int) -> Level:
    return Level(KeyLevel(price, touches, formed_ms, known_ms), known_ms)


def _nearest(levels: list[Level], swing: Swing) -> Level | None:
    """The nearest level to a swing among levels sorted by price."""
    at = _below(levels, swing.price)
    above = levels[at] if at < len(levels) else None
    below = levels[at - 1] if at else None
    if above is None or below is None:
        return below if above is None else above
    up, down = above.value.price - swing.price, swing.price - below.value.price
    if up != down:
        return above if up < down else below
    if above.known_ms != below.known_ms:
        return above if above.known_ms > below.known_ms else below
    return above if swing.kind is SwingKind.HIGH else below


def _below(levels: list[Level], price: Price) -> int:
    """How many of levels sorted by price lie below this one. `bisect_left` would have to call for each key."""
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if levels[middle].value.price < price:
            low = middle + 1
        else:
            high = middle
    return low
