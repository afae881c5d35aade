"""Fair value gaps, as they are made: what becomes of them stands with the zones."""

from __future__ import annotations

from engine.config import GapThreshold
from engine.types import Direction, Zone, ZoneKind
from tests.engine.reference.averages import atr, mean_bodies, mean_volumes
from tests.engine.reference.rules import DOWN, UP, Past, once


@once
def gaps(past: Past) -> list[tuple[int, Zone]]:
    """low[k] > high[k−2] with close[k−1] > high[k−2], and mirrored, once there is an ATR to measure it by."""
    found = []
    for k in range(2, len(past.candles)):
        first, middle, last = past.candles[k - 2 : k + 1]
        if not atr(past)[k - 1]:
            continue
        if last.low > first.high and middle.close > first.high:
            direction, top, bottom = UP, last.low, first.high
        elif last.high < first.low and middle.close < first.low:
            direction, top, bottom = DOWN, first.low, last.high
        else:
            continue
        if _is_large_enough(past, k):
            strength = _strength(past, k, top - bottom)
            times_ms = middle.open_ms, last.close_ms
            found.append((k, Zone(0, ZoneKind.GAP, direction, top, bottom, strength, *times_ms)))
    return found


def _is_large_enough(past: Past, k: int) -> bool:
    """AUTO: the middle candle's body over twice the mean body so far, its own included, each relative to its open."""
    middle = past.candles[k - 1]
    return (
        past.detectors.gap_threshold is GapThreshold.NONE
        or abs(middle.close - middle.open) / middle.open > 2 * mean_bodies(past)[k - 1]
    )


def _strength(past: Past, k: int, size: int) -> int:
    """Size ÷ ATR, body ÷ 1.5 ATR, volume ÷ twice the mean: 40, 40 and 20 parts; without volume the others are all."""
    middle, measure, usual = past.candles[k - 1], atr(past)[k - 1], mean_volumes(past)[k - 1]
    points = 40 * min(1, size / measure) + 40 * min(1, middle.body / measure / 1.5)
    if middle.volume is not None and usual:
        return round(points + 20 * min(1, middle.volume / usual / 2))
    return round(points * 1.25)


def gaps_since(past: Past, k: int, direction: Direction, from_ms: int) -> list[int]:
    """When those known by k were formed, of one direction and at `from_ms` or later, whatever became of them."""
    return [
        gap.formed_ms for j, gap in gaps(past) if j <= k and gap.direction is direction and gap.formed_ms >= from_ms
    ]
