"""Swing highs and lows: candles that stand out from their neighbours, known when the right side has closed."""

from __future__ import annotations

from collections.abc import Sequence

from engine.types import Candle, Swing, SwingKind


def confirmed_swings(candles: Sequence[Candle], wing: int) -> list[Swing]:
    """The swings that the last candle confirms: at most one high and one low, `wing` candles back.

    A high is at least as high as all `wing` candles on its left and higher than all on its right, so of several equal
    highs the last one counts. Lows mirrored. Fewer than `2 * wing + 1` candles confirm nothing.
    Source: Bill Williams' fractal with N candles a side; the tie rule is ours.
    """
    if len(candles) < 2 * wing + 1:
        return []
    middle = candles[-wing - 1]
    left, right = candles[-2 * wing - 1 : -wing - 1], candles[-wing:]
    known_ms = candles[-1].close_ms
    found = []
    high, low = middle.high, middle.low
    if all(c.high < high for c in right) and all(c.high <= high for c in left):
        found.append(Swing(SwingKind.HIGH, high, middle.open_ms, known_ms))
    if all(c.low > low for c in right) and all(c.low >= low for c in left):
        found.append(Swing(SwingKind.LOW, low, middle.open_ms, known_ms))
    return found
