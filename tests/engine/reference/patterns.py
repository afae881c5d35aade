"""What the last candles look like. Source: S. Nison, Japanese Candlestick Charting Techniques, with our thresholds."""

from __future__ import annotations

from engine.types import Candle, Direction, Pattern, PatternKind
from tests.engine.reference.rules import DOWN, UP, Past


def pattern(past: Past, k: int) -> Pattern | None:
    """Of several the first of: engulfing, pin bar, inside bar, doji."""
    candle = past.candles[k]
    previous = past.candles[k - 1] if k else None
    for kind, direction in _shown(candle, previous):
        return Pattern(kind, direction, candle.open_ms, candle.close_ms)
    return None


def _shown(candle: Candle, previous: Candle | None) -> list[tuple[PatternKind, Direction | None]]:
    reach, body = candle.high - candle.low, abs(candle.close - candle.open)
    lower, upper = min(candle.open, candle.close) - candle.low, candle.high - max(candle.open, candle.close)
    shown: list[tuple[PatternKind, Direction | None]] = []
    if previous is not None and body > abs(previous.close - previous.open):
        if previous.close < previous.open and candle.open <= previous.close and candle.close >= previous.open:
            shown.append((PatternKind.ENGULFING, UP))
        if previous.close > previous.open and candle.open >= previous.close and candle.close <= previous.open:
            shown.append((PatternKind.ENGULFING, DOWN))
    for direction, long, short in ((UP, lower, upper), (DOWN, upper, lower)):
        if reach and long * 100 >= 60 * reach and short * 100 <= 20 * reach and body * 100 <= 30 * reach:
            shown.append((PatternKind.PIN_BAR, direction))
    is_inside = previous is not None and candle.high <= previous.high and candle.low >= previous.low
    if is_inside and reach < previous.high - previous.low:
        shown.append((PatternKind.INSIDE_BAR, None))
    if reach and 10 * body <= reach:
        shown.append((PatternKind.DOJI, None))
    return shown
