"""Order blocks: the candle from which a move began that broke structure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.types import Candle, Direction, StructureBreak

VOLUME, REJECTION, ROUND_NUMBER = "volume", "rejection", "round"


class Block(msgspec.Struct, frozen=True):
    """The candle that stands for the block, before it becomes a zone."""

    candle: Candle
    strength: int
    evidence: tuple[str, ...]


def new_block(
    candles: Sequence[Candle], broken: StructureBreak, average_volume: float | None, round_step: int
) -> Block | None:
    """The block behind a break by the last candle: the lowest candle (bullish) since the broken swing.

    The window runs from the candle after the swing to the one before the break; of equal lows the last one counts,
    being nearest to the move. The zone is that candle's whole range; a candle without a range makes none.

    Strength 0–100: 40 for having broken structure, and 20 for each of: volume over twice the mean of 20; a wick over
    60 % of the range on the side price was rejected from; a round number within the range.
    Source: structure kind of LuxAlgo and smartmoneyconcepts, raw prices; the strength is ours.
    """
    window = [c for c in candles[:-1] if c.open_ms > broken.level_formed_ms]
    if not window:
        return None
    up = broken.direction is Direction.UP
    best = window[-1]
    for candle in reversed(window):
        if (candle.low < best.low) if up else (candle.high > best.high):
            best = candle
    if best.range == 0:
        return None
    evidence = []
    if average_volume and best.volume is not None and best.volume > 2 * average_volume:
        evidence.append(VOLUME)
    wick = min(best.open, best.close) - best.low if up else best.high - max(best.open, best.close)
    if 10 * wick > 6 * best.range:
        evidence.append(REJECTION)
    if best.high // round_step * round_step >= best.low:
        evidence.append(ROUND_NUMBER)
    return Block(best, 40 + 20 * len(evidence), tuple(evidence))
