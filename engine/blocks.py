"""Order blocks: the candle from which a move began that broke structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.config import BlockCandle, BlockOrigin
from engine.types import Candle, Direction, Scale, StructureBreak

VOLUME, REJECTION, ROUND_NUMBER, GAP, SWEEP = "volume", "rejection", "round", "gap", "sweep"
DISPLACEMENT = "displacement"
POINTS = {VOLUME: 15, REJECTION: 15, ROUND_NUMBER: 10, GAP: 15, SWEEP: 15, DISPLACEMENT: 5}
NEVER_MS = -1
SWEPT_BEFORE = 3  # candles before the block within which a sweep still belongs to it
LOOK_BACK = 20  # candles before the displacement among which the last opposite one is looked for


class Block(msgspec.Struct, frozen=True):
    """The candle that stands for the block, before it becomes a zone."""

    candle: Candle
    strength: int
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Latest:
    """When the latest gap and sweep of each direction formed: what the next block may rest on."""

    gap_up_ms: int = NEVER_MS
    gap_down_ms: int = NEVER_MS
    sweep_up_ms: int = NEVER_MS
    sweep_down_ms: int = NEVER_MS

    def note_gap(self, direction: Direction, formed_ms: int) -> None:
        if direction is Direction.UP:
            self.gap_up_ms = formed_ms
        else:
            self.gap_down_ms = formed_ms

    def note_sweep(self, direction: Direction, formed_ms: int) -> None:
        if direction is Direction.UP:
            self.sweep_up_ms = formed_ms
        else:
            self.sweep_down_ms = formed_ms

    def gap_ms(self, direction: Direction) -> int:
        return self.gap_up_ms if direction is Direction.UP else self.gap_down_ms

    def sweep_ms(self, direction: Direction) -> int:
        return self.sweep_up_ms if direction is Direction.UP else self.sweep_down_ms


class Surroundings(msgspec.Struct, frozen=True):
    """What the evidence for a block is measured by, as of the candle that broke structure.

    `gap_ms` and `sweep_ms` are when the latest gap and the latest sweep in the break's direction formed; −1: never.
    """

    round_step: int
    round_reach: float  # ticks beyond the block within which a round number counts
    displacement: float  # ticks a body must exceed; infinite while there is no ATR
    average_volume: float | None
    gap_ms: int
    sweep_ms: int


class Leg(msgspec.Struct, frozen=True):
    """A break, where the leg began that made it, and what was around."""

    broken: StructureBreak
    start: int
    around: Surroundings


def leg_start(candles: list[Candle], broken_formed_ms: int, direction: Direction) -> int:
    """Where the breaking leg began: index of the lowest low (UP) after the broken swing's candle and before the last.

    Of equal ones the last counts, being nearest to the move. With no candle in between it is the last one itself.
    """
    up = direction is Direction.UP
    last = best = len(candles) - 1
    extreme = 0
    for i in range(last - 1, _first_after(candles, broken_formed_ms) - 1, -1):
        price = candles[i].low if up else -candles[i].high
        if best == last or price < extreme:
            best, extreme = i, price
    return best


def _first_after(candles: list[Candle], time_ms: int) -> int:
    """Index of the first candle that opens after a moment."""
    low, high = 0, len(candles)
    while low < high:
        middle = (low + high) // 2
        if candles[middle].open_ms <= time_ms:
            low = middle + 1
        else:
            high = middle
    return low


def is_displaced(candles: list[Candle], start: int, around: Surroundings) -> bool:
    """Whether the leg from `start` to the last candle broke with force: a large body at its end, or a gap in it.

    Source: ICT's market structure shift, a change of character with displacement.
    """
    last = candles[-1]
    return abs(last.close - last.open) > around.displacement or around.gap_ms >= candles[start].open_ms


def new_blocks(
    candles: list[Candle],
    swapped: list[bool],
    start: int,
    broken: StructureBreak,
    around: Surroundings,
    origins: Sequence[BlockOrigin],
    choice: BlockCandle,
) -> list[Block]:
    """The blocks behind a break by the last candle, whose leg begins at `start`; a candle without range makes none.

    Structure: the lowest candle (bullish) since the broken swing, by raw prices or with high and low of very volatile
    candles (`swapped`) exchanged. Displacement: the last opposite candle, at most 20 back, before the strong candle
    of the leg. The zone is the candle's whole range. Where both choose the same candle it is one block.

    Institutional score 0–100: 30 for having broken swing structure or 20 for internal; 15 for each of volume over
    twice the mean of 20, a wick over 60 % of the range on the side price was rejected from, a gap left behind since,
    a sweep at most three candles before; 10 for a round number within reach; 5 for displacement; never above 100.
    Sources: LuxAlgo and smartmoneyconcepts (structure), ICT (displacement); the score is ours.
    """
    found = []
    chosen = None
    if BlockOrigin.STRUCTURE in origins:
        is_raw = choice is BlockCandle.RAW
        chosen = _before_last(candles, start) if is_raw else _parsed_extreme(candles, swapped, broken)
    displaced = _last_opposite(candles, broken, around) if BlockOrigin.DISPLACEMENT in origins else None
    if chosen is not None and _has_range(candles[chosen]):
        found.append(_block(candles, chosen, broken, around, by_displacement=chosen == displaced))
    if displaced is not None and displaced != chosen and _has_range(candles[displaced]):
        found.append(_block(candles, displaced, broken, around, by_displacement=True))
    return found


def _has_range(candle: Candle) -> bool:
    return candle.high > candle.low


def _before_last(candles: list[Candle], start: int) -> int | None:
    return start if start < len(candles) - 1 else None


def _parsed_extreme(candles: list[Candle], swapped: list[bool], broken: StructureBreak) -> int | None:
    """As `leg_start`, with high and low of swapped candles exchanged."""
    up = broken.direction is Direction.UP
    best, extreme = None, 0
    for i in range(len(candles) - 2, _first_after(candles, broken.level_formed_ms) - 1, -1):
        candle = candles[i]
        low, high = (candle.high, candle.low) if swapped[i] else (candle.low, candle.high)
        price = low if up else -high
        if best is None or price < extreme:
            best, extreme = i, price
    return best


def _last_opposite(candles: list[Candle], broken: StructureBreak, around: Surroundings) -> int | None:
    """Index of the last candle of the other colour before the displacement."""
    if not broken.is_displaced:
        return None
    at = len(candles) - 1
    if abs(candles[at].close - candles[at].open) <= around.displacement:
        while candles[at].open_ms > around.gap_ms:
            at -= 1
    up = broken.direction is Direction.UP
    for i in range(at - 1, max(at - 1 - LOOK_BACK, -1), -1):
        candle = candles[i]
        if (candle.close < candle.open) if up else (candle.close > candle.open):
            return i
    return None


def _block(
    candles: list[Candle], at: int, broken: StructureBreak, around: Surroundings, *, by_displacement: bool
) -> Block:
    candle = candles[at]
    up = broken.direction is Direction.UP
    body_low, body_high = min(candle.open, candle.close), max(candle.open, candle.close)
    wick = body_low - candle.low if up else candle.high - body_high
    evidence = []
    if around.average_volume and candle.volume is not None and candle.volume > 2 * around.average_volume:
        evidence.append(VOLUME)
    if 10 * wick > 6 * (candle.high - candle.low):
        evidence.append(REJECTION)
    if _is_near_round(candle, around):
        evidence.append(ROUND_NUMBER)
    if around.gap_ms >= candle.open_ms:
        evidence.append(GAP)
    if around.sweep_ms >= candles[max(at - SWEPT_BEFORE, 0)].open_ms:
        evidence.append(SWEEP)
    if by_displacement:
        evidence.append(DISPLACEMENT)
    strength = 30 if broken.scale is Scale.SWING else 20
    for name in evidence:
        strength += POINTS[name]
    return Block(candle, min(strength, 100), tuple(evidence))


def _is_near_round(candle: Candle, around: Surroundings) -> bool:
    step, reach = around.round_step, around.round_reach
    is_inside = candle.high // step * step >= candle.low
    return is_inside or candle.low % step <= reach or -candle.high % step <= reach
