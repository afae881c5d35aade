"""Market structure: which swing was broken, and is that with the trend (BOS) or against it (CHoCH)?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.types import BreakKind, Candle, Direction, Price, StructureBreak, Swing, SwingKind


@dataclass(slots=True)
class Structure:
    """Follows the latest swing high and low of one scale and the trend their breaks make.

    A break is a close (`by_wick`: a wick) beyond the latest swing that was not broken yet; the first break ever is a
    BOS. Candles are tested before the swing they confirm is registered, so that a break of the old level is not lost.

    `top` and `bottom` are the trailing extremes that bound the dealing range: each restarts from a new swing of its
    side and follows price beyond it. While the trend is up the bottom is the strong low and the top the weak high,
    while it is down the other way round (LuxAlgo).
    """

    by_wick: bool = False
    trend: Direction | None = None
    high: Swing | None = None  # latest unbroken swing high
    low: Swing | None = None
    top: Price | None = None
    bottom: Price | None = None
    last_break: StructureBreak | None = None

    def on_candle(self, candle: Candle) -> Swing | None:
        """The swing this candle broke; it is finished. Tell `turn` before the next candle."""
        high, low = candle.high, candle.low
        if self.top is not None and high > self.top:
            self.top = high
        if self.bottom is not None and low < self.bottom:
            self.bottom = low
        if not self.by_wick:
            high = low = candle.close
        upper, lower = self.high, self.low
        is_up = upper is not None and high > upper.price
        is_down = lower is not None and low < lower.price
        if is_up and is_down:
            is_up, is_down = self._nearer_side(candle.close)
        if is_up:
            self.high = None
            return upper
        if is_down:
            self.low = None
            return lower
        return None

    def _nearer_side(self, close: Price) -> tuple[bool, bool]:
        """Both sides broken by wicks of one candle: the one it closed nearer to counts, in the very middle neither."""
        assert self.high is not None and self.low is not None  # noqa: S101, PT018 - both were broken
        up, down = abs(close - self.high.price), abs(close - self.low.price)
        return up < down, down < up

    def turn(self, swing: Swing, candle: Candle, *, is_displaced: bool) -> StructureBreak:
        """The break of this swing by this candle, and the trend it makes."""
        direction = Direction.UP if swing.kind is SwingKind.HIGH else Direction.DOWN
        kind = BreakKind.CHOCH if self.trend is direction.opposite else BreakKind.BOS
        self.trend = direction
        self.last_break = StructureBreak(
            kind,
            direction,
            swing.price,
            swing.formed_ms,
            swing.known_ms,
            candle.open_ms,
            candle.close_ms,
            swing.scale,
            is_displaced,
        )
        return self.last_break

    def register(self, swing: Swing) -> None:
        if swing.kind is SwingKind.HIGH:
            self.high, self.top = swing, swing.price
        else:
            self.low, self.bottom = swing, swing.price
