"""Order blocks and bases, as they are made."""

from __future__ import annotations

from collections.abc import Sequence

from engine.config import BlockCandle, BlockOrigin
from engine.types import Candle, Scale, StructureBreak, Zone, ZoneKind
from tests.engine.reference.averages import atr, before, long_atr, mean_volumes
from tests.engine.reference.gaps import gaps_since
from tests.engine.reference.liquidity import latest_sweep_ms
from tests.engine.reference.rules import DOWN, UP, Past, highest, lowest, once, times
from tests.engine.reference.structure import Leg, is_strong, told_breaks

LOOK_BACK = 20  # candles before a displacement among which its block is looked for
LONGEST_BASE = 4  # candles


def blocks(past: Past) -> list[tuple[int, Zone]]:
    """Behind each break that is told: the block of its structure, then that of its displacement, once where both are
    the same candle.
    """
    found = []
    for k, broken in told_breaks(past):
        leg = Leg(past, k, broken.direction, broken.level_formed_ms)
        origins = past.detectors.blocks
        extreme = _extreme(leg) if BlockOrigin.STRUCTURE in origins else None
        opposite = _last_opposite(leg) if BlockOrigin.DISPLACEMENT in origins else None
        chosen = [extreme] if extreme == opposite else [extreme, opposite]
        for block in chosen:
            if block is not None and block.high > block.low:
                found.append((k, _block(past, k, broken, block, block == opposite)))
    return found


def _extreme(leg: Leg) -> Candle | None:
    """The lowest (highest) candle since the broken swing, of equal ones the last."""
    if not leg.between:
        return None
    prices = {c.open_ms: _prices(leg.past, c) for c in leg.between}
    if leg.direction is UP:
        least = min(low for low, _ in prices.values())
        return [c for c in leg.between if prices[c.open_ms][0] == least][-1]
    most = max(high for _, high in prices.values())
    return [c for c in leg.between if prices[c.open_ms][1] == most][-1]


def _prices(past: Past, candle: Candle) -> tuple[int, int]:
    """Low and high; parsed, those of a candle of twice the long ATR or more are swapped."""
    measure = long_atr(past)[index_of(past, candle)]
    is_parsed = past.detectors.block_candle is BlockCandle.PARSED
    if is_parsed and measure is not None and candle.high - candle.low >= times(2, measure):
        return candle.high, candle.low
    return candle.low, candle.high


@once
def _indices(past: Past) -> dict[int, int]:
    return {candle.open_ms: i for i, candle in enumerate(past.candles)}


def index_of(past: Past, candle: Candle) -> int:
    return _indices(past)[candle.open_ms]


def _last_opposite(leg: Leg) -> Candle | None:
    """The last candle of the other colour before the displacement: before k, or the middle of the leg's last gap."""
    if leg.has_strong_end:
        displaced_ms = leg.past.candles[leg.k].open_ms
    elif leg.gaps:
        displaced_ms = max(leg.gaps)
    else:
        return None
    earlier = [c for c in leg.past.window(leg.k) if c.open_ms < displaced_ms][-LOOK_BACK:]
    opposite = [c for c in earlier if (c.open - c.close) * leg.direction.sign > 0]
    return opposite[-1] if opposite else None


def _block(past: Past, k: int, broken: StructureBreak, block: Candle, is_displacement: bool) -> Zone:
    facts = {
        "volume": (15, _is_busy(past, k, block)),
        "rejection": (15, _is_rejected(block, broken)),
        "round": (10, _is_round(past, k, block)),
        "gap": (15, bool(gaps_since(past, k, broken.direction, block.open_ms))),
        "sweep": (15, _is_swept(past, k, broken, block)),
        "displacement": (5, is_displacement),
    }
    points = 30 if broken.scale is Scale.SWING else 20
    points += sum(worth for worth, is_so in facts.values() if is_so)
    evidence = tuple(name for name, (_, is_so) in facts.items() if is_so)
    times_ms = block.open_ms, past.candles[k].close_ms
    edges = block.high, block.low
    return Zone(0, ZoneKind.BLOCK, broken.direction, *edges, min(points, 100), *times_ms, evidence)


def _is_busy(past: Past, k: int, block: Candle) -> bool:
    usual = mean_volumes(past)[k - 1]
    return block.volume is not None and usual is not None and block.volume > 2 * usual


def _is_rejected(block: Candle, broken: StructureBreak) -> bool:
    wick = (
        min(block.open, block.close) - block.low
        if broken.direction is UP
        else block.high - max(block.open, block.close)
    )
    return wick * 100 > 60 * (block.high - block.low)


def _is_round(past: Past, k: int, block: Candle) -> bool:
    measure = before(atr(past), k)
    near = times(past.detectors.round_atr, measure) if measure is not None else 0
    step = past.rules.round_step
    below = (block.high + near) // step * step  # the highest round number not above it
    return below >= block.low - near


def _is_swept(past: Past, k: int, broken: StructureBreak, block: Candle) -> bool:
    """Liquidity was taken in the break's direction, at the earliest three candles before the block."""
    at = index_of(past, block)
    earliest = max(at - 3, k - past.rules.window + 1, 0)
    swept_ms = latest_sweep_ms(past, broken.direction, k)
    return swept_ms is not None and swept_ms >= past.candles[earliest].open_ms


def bases(past: Past) -> list[tuple[int, Zone]]:
    """A strong candle that leaves a pause of small ones behind, beyond which it closes."""
    found = []
    for k, departure in enumerate(past.candles):
        base = _pause(past, k) if is_strong(past, k) else ()
        if not base:
            continue
        top = max(max(c.open, c.close) for c in base)
        bottom = min(min(c.open, c.close) for c in base)
        if departure.is_up and departure.close > highest(base):
            direction, bottom = UP, min(lowest(base), departure.low)
        elif departure.is_down and departure.close < lowest(base):
            direction, top = DOWN, max(highest(base), departure.high)
        else:
            continue
        if top > bottom:
            strength = round(60 * min(departure.body / 3 / atr(past)[k - 1], 1) + 10 * (5 - len(base)) / 4) + 30
            times_ms = base[0].open_ms, departure.close_ms
            found.append((k, Zone(0, ZoneKind.BASE, direction, top, bottom, strength, *times_ms)))
    return found


def _pause(past: Past, k: int) -> Sequence[Candle]:
    """The longest run of small candles directly before k. Candles without any range are no base by themselves."""
    run: list[Candle] = []
    for candle in reversed(past.candles[max(0, k - LONGEST_BASE) : k]):
        reach = candle.high - candle.low
        if reach >= atr(past)[k - 1] or 2 * candle.body > reach:
            break
        run.insert(0, candle)
    return run if any(candle.high > candle.low for candle in run) else ()
