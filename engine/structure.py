"""Market structure: which swing was broken, and is that with the trend (BOS) or against it (CHoCH)?"""

from __future__ import annotations

import msgspec

from engine.types import BreakKind, Candle, Direction, Price, StructureBreak, Swing, SwingKind


class Structure(msgspec.Struct):
    """Follows the latest swing high and low and the trend their breaks make.

    A break is a *close* beyond the latest swing that was not broken yet; the first break ever is a BOS. Candles are
    tested before the swing they confirm is registered, so that a break of the old level is not lost.

    `top` and `bottom` are the trailing extremes that bound the dealing range: each restarts from a new swing of its
    side and follows price beyond it.
    """

    trend: Direction | None = None
    high: Swing | None = None  # latest unbroken swing high
    low: Swing | None = None
    top: Price | None = None
    bottom: Price | None = None
    last_break: StructureBreak | None = None

    def on_candle(self, candle: Candle) -> StructureBreak | None:
        if self.top is not None and candle.high > self.top:
            self.top = candle.high
        if self.bottom is not None and candle.low < self.bottom:
            self.bottom = candle.low
        if self.high is not None and candle.close > self.high.price:
            swing, self.high = self.high, None
            return self._broken(swing, Direction.UP, candle)
        if self.low is not None and candle.close < self.low.price:
            swing, self.low = self.low, None
            return self._broken(swing, Direction.DOWN, candle)
        return None

    def register(self, swing: Swing) -> None:
        if swing.kind is SwingKind.HIGH:
            self.high, self.top = swing, swing.price
        else:
            self.low, self.bottom = swing, swing.price

    def _broken(self, swing: Swing, direction: Direction, candle: Candle) -> StructureBreak:
        kind = BreakKind.CHOCH if self.trend is direction.opposite else BreakKind.BOS
        self.trend = direction
        self.last_break = StructureBreak(
            kind, direction, swing.price, swing.formed_ms, swing.known_ms, candle.open_ms, candle.close_ms
        )
        return self.last_break
