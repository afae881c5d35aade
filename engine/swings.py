"""Swing highs and lows: candles that stand out from their neighbours, known when the right side has closed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.types import Candle, Price, Scale, Swing, SwingKind, SwingLabel


def stands_above(candles: list[Candle], at: int, wing: int) -> bool:
    """Whether the high at `at` is at least the `wing` highs before it and more than the `wing` highs after it.

    So of several equal highs the last one counts. Nearest candles are asked first: they say no most often.
    Source: Bill Williams' fractal with N candles a side; the tie rule is ours.
    """
    high = candles[at].high
    for i in range(1, wing + 1):
        if candles[at + i].high >= high or candles[at - i].high > high:
            return False
    return True


def stands_below(candles: list[Candle], at: int, wing: int) -> bool:
    """The same of the low, mirrored."""
    low = candles[at].low
    for i in range(1, wing + 1):
        if candles[at + i].low <= low or candles[at - i].low < low:
            return False
    return True


@dataclass(slots=True)
class SwingFinder:
    """The swings of one scale, each labelled against the one before it on its side.

    `top` is the last high that none of the `wing` highs before it was above, `top_ago` how many candles back it is. For
    `wing` candles after it a lower high is no swing, and one that reaches it need not look farther back. `bottom` is
    the same of lows.
    """

    scale: Scale
    wing: int
    last_high: Price | None = None
    last_low: Price | None = None
    top: Price = 0
    bottom: Price = 0
    top_ago: int = 0
    bottom_ago: int = 0

    def on_candle(self, candles: list[Candle]) -> tuple[Swing, ...]:
        """The swings that the last candle confirms: at most one high and one low, `wing` candles back. To be told of
        each candle in turn.

        Fewer than `2 * wing + 1` candles confirm nothing.
        """
        wing, last = self.wing, len(candles) - 1
        candle = candles[last]
        self.top_ago += 1
        self.bottom_ago += 1
        if candle.high >= self.top if self.top_ago <= wing else _is_top(candles, wing):
            self.top, self.top_ago = candle.high, 0
        if candle.low <= self.bottom if self.bottom_ago <= wing else _is_bottom(candles, wing):
            self.bottom, self.bottom_ago = candle.low, 0
        at = last - wing
        is_high, is_low = self.top_ago == wing, self.bottom_ago == wing
        if not (is_high or is_low) or at < wing:
            return ()
        middle, known_ms = candles[at], candle.close_ms
        found = []
        if is_high:
            found.append(self._high(middle, known_ms))
        if is_low:
            found.append(self._low(middle, known_ms))
        return tuple(found)

    def _high(self, candle: Candle, known_ms: int) -> Swing:
        price, last = candle.high, self.last_high
        self.last_high = price
        label = None
        if last is not None:
            label = SwingLabel.HIGHER_HIGH if price > last else SwingLabel.LOWER_HIGH
        return Swing(SwingKind.HIGH, price, candle.open_ms, known_ms, self.scale, label)

    def _low(self, candle: Candle, known_ms: int) -> Swing:
        price, last = candle.low, self.last_low
        self.last_low = price
        label = None
        if last is not None:
            label = SwingLabel.LOWER_LOW if price < last else SwingLabel.HIGHER_LOW
        return Swing(SwingKind.LOW, price, candle.open_ms, known_ms, self.scale, label)


def _is_top(candles: list[Candle], wing: int) -> bool:
    """Whether none of the `wing` highs before the last one is above it."""
    last = len(candles) - 1
    high = candles[last].high
    for ago in range(1, wing + 1):
        if candles[last - ago].high > high:
            return False
    return True


def _is_bottom(candles: list[Candle], wing: int) -> bool:
    """The same of the low, mirrored."""
    last = len(candles) - 1
    low = candles[last].low
    for ago in range(1, wing + 1):
        if candles[last - ago].low < low:
            return False
    return True
