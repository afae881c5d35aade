"""Where things may stand: boxes in pixels, columns that do not collide, places beside candles, round numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> Box:
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def overlap(self, other: Box) -> float:
        """Shared area in square pixels; zero when they merely touch."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def spread(wanted: Sequence[float], pitch: float, low: float, high: float) -> list[float]:
    """Middles in the order given, `pitch` apart or more, inside `[low, high]`, moved as little as possible.

    `wanted` must not fall. Neighbours that would collide form a block around their common middle; a block moves as
    one. When there is no room for all, they overlap evenly rather than leave the range.
    """
    if not wanted:
        return []
    pitch = min(pitch, (high - low) / max(1, len(wanted) - 1))
    blocks: list[tuple[float, int]] = []  # (place of the first, how many)
    for want in wanted:
        first, count = want, 1
        while blocks and blocks[-1][0] + blocks[-1][1] * pitch > first:
            before, size = blocks.pop()
            # The first member's best place is the mean of what each member would like it to be.
            first = (before * size + (first - size * pitch) * count) / (size + count)
            count += size
        first = max(low, min(first, high - (count - 1) * pitch))
        blocks.append((first, count))
    return _inside([first + k * pitch for first, count in blocks for k in range(count)], pitch, high)


def _inside(places: list[float], pitch: float, high: float) -> list[float]:
    limit = high
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], limit)
        limit = places[index] - pitch
    return places


class Placer:
    """Finds places for labels: never on another label, off the candles wherever there is room."""

    def __init__(self, room: Box, candles: Iterable[Box]) -> None:
        self._room = room
        self._candles = tuple(candles)
        self._taken: list[Box] = []

    def take(self, box: Box) -> None:
        """Nothing else may stand here."""
        self._taken.append(box)

    def place(self, candidates: Iterable[Box], *, only_free: bool = False) -> Box | None:
        """The first free one; else, unless `only_free`, the one hiding least of the candles; None when all are taken or
        outside.
        """
        best: Box | None = None
        least = 0.0
        for box in candidates:
            if not self._room.holds(box) or any(box.overlap(taken) for taken in self._taken):
                continue
            hidden = sum(box.overlap(candle) for candle in self._candles)
            if hidden and only_free:
                continue
            if best is None or hidden < least:
                best, least = box, hidden
            if not hidden:
                break
        if best is not None:
            self.take(best)
        return best


def stretched(span: tuple[float, float], wish: tuple[float, float], most: float) -> tuple[float, float]:
    """`span` widened towards `wish`, but to no more than `most` in all; what is short is missing on the longer side."""
    low, high = min(span[0], wish[0]), max(span[1], wish[1])
    spare = most - (span[1] - span[0])
    below, above = span[0] - low, high - span[1]
    if below + above <= spare:
        return low, high
    spare = max(0.0, spare)
    smaller = min(below, above, spare / 2)
    larger = spare - smaller
    if below < above:
        return span[0] - smaller, span[1] + larger
    return span[0] - larger, span[1] + smaller


_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def round_step(span: int, tick_size: Decimal, most: int) -> int:
    """A distance in ticks that is round as a price, with which at most `most` lines fit into `span` ticks."""
    least = max(Decimal(1), Decimal(span) / most)
    price = least * tick_size
    power = Decimal(1).scaleb(price.adjusted())
    for factor in (*_ROUND, *(10 * each for each in _ROUND), *(100 * each for each in _ROUND)):
        step = factor * power / tick_size
        if step >= least and step == step.to_integral_value():
            return int(step)
    return int(least.to_integral_value(rounding="ROUND_CEILING"))
