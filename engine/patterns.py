"""What the last candles look like: four patterns that traders read on a chart by name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.types import Candle, Direction, Pattern, PatternKind


def pattern_of(candles: Sequence[Candle]) -> Pattern | None:
    """The pattern that the last candle completes. Where it completes several, the first of these:

    1. Engulfing: a body that covers the body before it, is larger, and of the other colour.
    2. Pin bar: a wick of at least 60 % of the range on the side price was rejected from, at most 20 % on the other,
       and a body of at most 30 %.
    3. Inside bar: no higher high, no lower low and a smaller range than the candle before. No direction.
    4. Doji: a body of at most 10 % of the range. No direction.

    A candle without a range is no pin bar and no doji.
    Source: S. Nison, Japanese Candlestick Charting Techniques (1991), for engulfing and doji; pin bar and inside bar
    as traders use the words. The thresholds are ours.
    """
    if not candles:
        return None
    last = candles[-1]
    before = candles[-2] if len(candles) > 1 else None
    if before is not None and (direction := _engulfing(before, last)) is not None:
        return _pattern(PatternKind.ENGULFING, direction, last)
    if (direction := _pin_bar(last)) is not None:
        return _pattern(PatternKind.PIN_BAR, direction, last)
    if before is not None and _is_inside(before, last):
        return _pattern(PatternKind.INSIDE_BAR, None, last)
    reach = last.high - last.low
    if reach > 0 and 10 * abs(last.close - last.open) <= reach:
        return _pattern(PatternKind.DOJI, None, last)
    return None


def _pattern(kind: PatternKind, direction: Direction | None, candle: Candle) -> Pattern:
    return Pattern(kind, direction, candle.open_ms, candle.close_ms)


def _engulfing(before: Candle, last: Candle) -> Direction | None:
    first, then = before.close - before.open, last.close - last.open
    if abs(then) <= abs(first):
        return None
    if first < 0 < then and last.open <= before.close and last.close >= before.open:
        return Direction.UP
    if then < 0 < first and last.open >= before.close and last.close <= before.open:
        return Direction.DOWN
    return None


def _pin_bar(candle: Candle) -> Direction | None:
    reach = candle.high - candle.low
    body_low, body_high = min(candle.open, candle.close), max(candle.open, candle.close)
    if reach == 0 or 10 * (body_high - body_low) > 3 * reach:
        return None
    upper, lower = candle.high - body_high, body_low - candle.low
    if 10 * lower >= 6 * reach and 10 * upper <= 2 * reach:
        return Direction.UP
    if 10 * upper >= 6 * reach and 10 * lower <= 2 * reach:
        return Direction.DOWN
    return None


def _is_inside(before: Candle, last: Candle) -> bool:
    return last.high <= before.high and last.low >= before.low and last.high - last.low < before.high - before.low
