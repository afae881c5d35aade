"""Which part of the market a picture shows: times to pixels across, ticks to pixels up."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from charts.layout import Box, stretched
from charts.picture import CandleRow, Scene
from charts.theme import FOOT, HEADER, HEIGHT, MARGIN, PRICE_AXIS, WIDTH
from engine.types import Price, Timeframe

AREA = Box(MARGIN, HEADER, WIDTH - PRICE_AXIS, HEIGHT - FOOT)

BOX_WIDTH = 200  # of the position tool at issue
LABEL_COLUMN = 130  # zones and levels are named here, at the right edge
CARD_WIDTH = 282

_ABOVE, _BELOW = (
    66,
    60,
)  # sessions are named above the highest price; tags for what is out of view stand below the lowest
_WIDEST_SLOT = 22
_RECENT = 24  # candles that matter more than those before
# Candles may take this many times the height of the trade: bodies of the recent ones, all the rest. What is further
# away is cut off.
_MOST_FOR_BODIES, _MOST_HEIGHTS = 3.6, 2.2


@dataclass(frozen=True, slots=True)
class View:
    """`slot` is the width of a candle's place; `low` and `high` are the ticks at the lower and upper edge of `AREA`."""

    candles: tuple[CandleRow, ...]
    step_ms: int
    left: float
    slot: float
    low: float
    high: float

    @property
    def right(self) -> float:
        """Where the last candle's place ends."""
        return self.left + self.slot * len(self.candles)

    def x(self, time_ms: int) -> float:
        """Middle of the candle that holds this time; the edges of the candles for what is before or after them."""
        index = bisect_right(self.candles, time_ms, key=lambda row: row[0]) - 1
        if index < 0:
            return AREA.left
        if time_ms >= self.candles[-1][0] + self.step_ms:
            return self.right
        return self.left + self.slot * (index + 0.5)

    def start(self, time_ms: int) -> float:
        """Left edge of the place of the first candle that opens at or after this time."""
        index = bisect_right(self.candles, time_ms - 1, key=lambda row: row[0])
        return AREA.left if index == 0 else self.left + self.slot * index

    def y(self, price: float) -> float:
        return AREA.bottom - (price - self.low) / (self.high - self.low) * AREA.height

    def shows(self, price: Price) -> bool:
        return self.low <= price <= self.high

    def candle_boxes(self) -> list[Box]:
        """Where candles stand, wicks and all."""
        half = self.slot * 0.34
        return [
            Box(x - half, self.y(high), x + half, self.y(low))
            for x, (_, _, high, low, _) in ((self.left + self.slot * (k + 0.5), c) for k, c in enumerate(self.candles))
        ]


def view_of(scene: Scene) -> View:
    room = AREA.width - _reserved(scene)
    count = len(scene.candles)
    slot = min(_WIDEST_SLOT, room / count) if count else _WIDEST_SLOT
    low, high = _range(scene)
    per_pixel = (high - low) / (AREA.height - _ABOVE - _BELOW)
    return View(
        candles=scene.candles,
        step_ms=Timeframe(scene.timeframe).ms,
        left=AREA.left + room - slot * count,
        slot=slot,
        low=low - _BELOW * per_pixel,
        high=high + _ABOVE * per_pixel,
    )


def _reserved(scene: Scene) -> float:
    """Pixels kept free right of the last candle."""
    if scene.card:
        return CARD_WIDTH + 34
    if scene.position or scene.journey:
        return BOX_WIDTH + LABEL_COLUMN
    return LABEL_COLUMN + 12


def _range(scene: Scene) -> tuple[float, float]:
    """The prices to show: the trade whole, and of the candles as much as leaves the trade readable.

    Without a trade the bodies are what must be seen, and one huge wick may leave the picture.
    """
    rows = scene.candles
    trade = [tag.price for tag in scene.tags]
    if scene.journey:
        trade += [dot.price for dot in scene.journey.exits]
    core = trade if len(trade) > 1 else [*trade, *(price for row in rows for price in (row[1], row[4]))]
    if not core:
        raise ValueError("a picture needs a candle or a price")
    span = float(min(core)), float(max(core))
    # Half a dozen ticks even for a market that does not move: a hair's breadth would be drawn as a mountain.
    if span[1] - span[0] < 6:
        middle = (span[0] + span[1]) / 2
        span = middle - 3, middle + 3
    if not rows:
        return span
    height, recent = span[1] - span[0], rows[-_RECENT:]
    bodies = [price for row in recent for price in (row[1], row[4])]
    span = stretched(span, (min(bodies), max(bodies)), _MOST_FOR_BODIES * height)
    for group in (recent, rows):
        wish = min(row[3] for row in group), max(row[2] for row in group)
        span = stretched(span, wish, _MOST_HEIGHTS * height)
    return span
