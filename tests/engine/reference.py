"""The detectors' definitions read off literally over a whole history: slow, plain, and sharing no code with the engine.

Every function looks at all candles at once, by index, and says at the close of which candle a thing became known.
Nothing here is incremental, so a slip in the engine's running state cannot be repeated here. Definitions: Williams'
fractal swings, closes beyond the latest swing, ICT gaps and blocks, wicks beyond resting liquidity, Wilder's ATR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.config import DetectorsConfig
from engine.events import (
    Event,
    LiquiditySwept,
    PoolFormed,
    StructureBroken,
    SwingConfirmed,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
)
from engine.types import (
    BreakKind,
    Candle,
    Direction,
    LiquidityPool,
    PoolKind,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    Zone,
    ZoneKind,
    ZoneStatus,
)

Candles = Sequence[Candle]
UP, DOWN = Direction.UP, Direction.DOWN
NEVER = 10**9


@dataclass
class Rules:
    """What the definitions leave open."""

    wing: int
    detectors: DetectorsConfig
    round_step: int = 1000
    window: int = 200  # a block is looked for among this many candles
    has_periods: bool = True  # levels of finished periods: entry timeframe, day from 17:00 New York


def swings(candles: Candles, wing: int) -> list[tuple[int, Swing]]:
    """t is a high when high[t] ≥ the wing before it and > the wing after it; known `wing` candles later."""
    found = []
    for t in range(wing, len(candles) - wing):
        left, right, middle = candles[t - wing : t], candles[t + 1 : t + 1 + wing], candles[t]
        k = t + wing
        if middle.high >= max(c.high for c in left) and middle.high > max(c.high for c in right):
            found.append((k, Swing(SwingKind.HIGH, middle.high, middle.open_ms, candles[k].close_ms)))
        if middle.low <= min(c.low for c in left) and middle.low < min(c.low for c in right):
            found.append((k, Swing(SwingKind.LOW, middle.low, middle.open_ms, candles[k].close_ms)))
    return found


def breaks(candles: Candles, wing: int) -> list[tuple[int, StructureBreak]]:
    """The first close beyond each swing while it is the latest of its side. Against the trend it is a CHoCH."""
    crossings = []
    for side, direction in ((SwingKind.HIGH, UP), (SwingKind.LOW, DOWN)):
        of_side = [(k, swing) for k, swing in swings(candles, wing) if swing.kind is side]
        replaced = [*(k for k, _ in of_side), len(candles) - 1][1:]
        for (known, swing), last in zip(of_side, replaced, strict=False):
            for j in range(known + 1, last + 1):
                if (candles[j].close - swing.price) * direction.sign > 0:
                    crossings.append((j, direction, swing))
                    break
    found: list[tuple[int, StructureBreak]] = []
    for j, direction, swing in sorted(crossings, key=lambda crossing: crossing[0]):
        against = found and found[-1][1].direction is not direction
        kind = BreakKind.CHOCH if against else BreakKind.BOS
        times = (swing.formed_ms, swing.known_ms, candles[j].open_ms, candles[j].close_ms)
        found.append((j, StructureBreak(kind, direction, swing.price, *times)))
    return found


def dealing_range(candles: Candles, wing: int) -> tuple[int | None, int | None]:
    """Lowest low and highest high since the last swing low and the last swing high became known, them included."""
    edges: list[int | None] = []
    for side, extreme in ((SwingKind.LOW, min), (SwingKind.HIGH, max)):
        of_side = [(k, swing) for k, swing in swings(candles, wing) if swing.kind is side]
        if not of_side:
            edges.append(None)
            continue
        k, swing = of_side[-1]
        later = [c.low if side is SwingKind.LOW else c.high for c in candles[k + 1 :]]
        edges.append(extreme([swing.price, *later]))
    return edges[0], edges[1]


def true_ranges(candles: Candles) -> list[int]:
    reach = []
    for i, candle in enumerate(candles):
        distances = [candle.high - candle.low]
        if i:
            distances += [abs(candle.high - candles[i - 1].close), abs(candle.low - candles[i - 1].close)]
        reach.append(max(distances))
    return reach


def wilder_atr(candles: Candles, period: int) -> list[float | None]:
    """The plain mean of the first `period` true ranges, then (13 × the last + the new) ÷ 14."""
    reach, values = true_ranges(candles), []
    for i in range(len(candles)):
        if i < period - 1:
            values.append(None)
        elif i == period - 1:
            values.append(sum(reach[:period]) / period)
        else:
            values.append((values[-1] * (period - 1) + reach[i]) / period)
    return values


def mean_volumes(candles: Candles, period: int) -> list[float | None]:
    values = []
    for i in range(len(candles)):
        known = [c.volume for c in candles[: i + 1] if c.volume is not None][-period:]
        values.append(sum(known) / period if len(known) == period else None)
    return values


# A zone before it is numbered: (candle that made it known, block before gap, zone with id 0).
_Made = tuple[int, int, Zone]


def gaps(candles: Candles, rules: Rules) -> list[_Made]:
    """low[k] > high[k−2] with close[k−1] > high[k−2], and mirrored, once there is an ATR to measure it by."""
    atr = wilder_atr(candles, rules.detectors.atr_period)
    volumes = mean_volumes(candles, rules.detectors.volume_period)
    found = []
    for k in range(2, len(candles)):
        first, middle, last = candles[k - 2], candles[k - 1], candles[k]
        measure = atr[k - 1]
        if not measure:
            continue
        if last.low > first.high and middle.close > first.high:
            direction, top, bottom = UP, last.low, first.high
        elif last.high < first.low and middle.close < first.low:
            direction, top, bottom = DOWN, first.low, last.high
        else:
            continue
        points = 40 * min(1, (top - bottom) / measure) + 40 * min(1, middle.body / measure / 1.5)
        usual = volumes[k - 1]
        if middle.volume is not None and usual:
            points += 20 * min(1, middle.volume / usual / 2)
        else:
            points *= 1.25
        zone = Zone(0, ZoneKind.GAP, direction, top, bottom, round(points), middle.open_ms, last.close_ms)
        found.append((k, 1, zone))
    return found


def blocks(candles: Candles, rules: Rules) -> list[_Made]:
    """Behind each break the lowest (highest) candle after the broken swing; of equal ones the nearest to the break."""
    volumes = mean_volumes(candles, rules.detectors.volume_period)
    found = []
    for k, broken in breaks(candles, rules.wing):
        between = [c for c in candles[max(0, k - rules.window + 1) : k] if c.open_ms > broken.level_formed_ms]
        if not between:
            continue
        if broken.direction is UP:
            block = [c for c in between if c.low == min(x.low for x in between)][-1]
            wick = min(block.open, block.close) - block.low
        else:
            block = [c for c in between if c.high == max(x.high for x in between)][-1]
            wick = block.high - max(block.open, block.close)
        if block.high == block.low:
            continue
        usual = volumes[k - 1]
        evidence = []
        if block.volume is not None and usual is not None and block.volume > 2 * usual:
            evidence.append("volume")
        if wick * 100 > 60 * (block.high - block.low):
            evidence.append("rejection")
        if any(price % rules.round_step == 0 for price in range(block.low, block.high + 1)):
            evidence.append("round")
        zone = Zone(
            0,
            ZoneKind.BLOCK,
            broken.direction,
            block.high,
            block.low,
            40 + 20 * len(evidence),
            block.open_ms,
            candles[k].close_ms,
            tuple(evidence),
        )
        found.append((k, 0, zone))
    return found


def statuses(candles: Candles, zone: Zone, known: int) -> list[tuple[int, ZoneStatus]]:
    """When each status was reached: the first later candle that fulfils it, none before the status it follows."""
    up, middle = zone.direction is UP, (zone.top + zone.bottom) / 2
    near, far = (zone.top, zone.bottom) if up else (zone.bottom, zone.top)
    conditions: list[tuple[ZoneStatus, Callable[[Candle], bool]]] = [
        (ZoneStatus.TOUCHED, lambda c: c.low <= near if up else c.high >= near),
        (ZoneStatus.HALF, lambda c: c.low <= middle if up else c.high >= middle),
        (ZoneStatus.FILLED, lambda c: c.low <= far if up else c.high >= far),
        (ZoneStatus.BROKEN, lambda c: c.close < far if up else c.close > far),
        (ZoneStatus.DEAD, lambda c: c.close > near if up else c.close < near),
    ]
    reached, j = [], known + 1
    for status, is_met in conditions:
        while j < len(candles) and not is_met(candles[j]):
            j += 1
        if j == len(candles):
            break
        reached.append((j, status))
    return reached


def zone_events(candles: Candles, rules: Rules) -> list[tuple[int, object]]:
    """Zones numbered in the order they became known, their statuses until they make room, and who made room when."""
    made = sorted([*gaps(candles, rules), *blocks(candles, rules)], key=lambda m: m[:2])
    zones = [(k, _numbered(zone, number)) for number, (k, _, zone) in enumerate(made, start=1)]
    lives = {zone.id: statuses(candles, zone, k) for k, zone in zones}
    evicted: dict[int, int] = {}
    for k, zone in zones:
        active = [
            other.id
            for _, other in zones[: zone.id - 1]
            if other.kind is zone.kind
            and other.id not in evicted
            and not any(status is ZoneStatus.DEAD and j <= k for j, status in lives[other.id])
        ]
        if len(active) == rules.detectors.active_zones:
            evicted[active[0]] = k
    found: list[tuple[int, object]] = [*zones]
    for zone_id, life in lives.items():
        found += [(j, (zone_id, status)) for j, status in life if j <= evicted.get(zone_id, NEVER)]
    return found + [(k, zone_id) for zone_id, k in evicted.items()]


def _numbered(zone: Zone, number: int) -> Zone:
    return Zone(
        number,
        zone.kind,
        zone.direction,
        zone.top,
        zone.bottom,
        zone.strength,
        zone.formed_ms,
        zone.known_ms,
        zone.evidence,
    )


@dataclass
class _Rest:
    """A pool: tested from candle `first` on, no longer tested from `gone` on."""

    pool: LiquidityPool
    added: float  # index of its candle; a half more when it joins after the test
    first: int
    gone: int = NEVER
    has_made_room: bool = False
    beyond: int | None = None

    def taken(self, candles: Candles) -> int:
        """The first candle that trades beyond it while it rests."""
        if self.beyond is None:
            self.beyond = self._beyond(candles)
        return self.beyond if self.beyond < self.gone else NEVER

    def _beyond(self, candles: Candles) -> int:
        for j in range(self.first, len(candles)):
            candle = candles[j]
            if candle.high > self.pool.level if self.pool.side is SwingKind.HIGH else candle.low < self.pool.level:
                return j
        return NEVER


def trading_date(time_ms: int) -> date:
    """17:00 in New York begins the next date."""
    local = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(ZoneInfo("America/New_York"))
    return (local.replace(tzinfo=None) + timedelta(hours=7)).date()


def trading_week(time_ms: int) -> tuple[str, object]:
    """Monday's trading day to Sunday's."""
    return "", trading_date(time_ms).isocalendar()[:2]


def trading_month(time_ms: int) -> tuple[str, object]:
    day = trading_date(time_ms)
    return "", (day.year, day.month)


def trading_session(time_ms: int) -> tuple[str, object]:
    """New York from its 08:00 to its 17:00, London from its own 08:00 until then, Asia in between."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    new_york, london = (moment.astimezone(ZoneInfo(name)).hour for name in ("America/New_York", "Europe/London"))
    if 8 <= new_york < 17:
        name = "New York"
    elif new_york < 8 <= london:
        name = "London"
    else:
        name = "Asia"
    return name, trading_date(time_ms)


PERIODS = {
    PoolKind.DAY: lambda time_ms: ("", trading_date(time_ms)),
    PoolKind.WEEK: trading_week,
    PoolKind.MONTH: trading_month,
    PoolKind.SESSION: trading_session,
}


def previous_periods(candles: Candles) -> list[tuple[int, LiquidityPool]]:
    """High and low of each finished period that had candles, known at the first candle of the next of its kind."""
    found = []
    for kind, period_of in PERIODS.items():
        periods = [period_of(candle.open_ms) for candle in candles]
        firsts = [i for i in range(len(candles)) if i == 0 or periods[i] != periods[i - 1]]
        for start, k in pairwise(firsts):
            period, name = candles[start:k], periods[start][0]
            high = max(period, key=lambda c: c.high)  # the first of equal ones
            low = min(period, key=lambda c: c.low)
            known_ms = candles[k].close_ms
            found.append((k, LiquidityPool(kind, SwingKind.HIGH, high.high, high.open_ms, known_ms, name)))
            found.append((k, LiquidityPool(kind, SwingKind.LOW, low.low, low.open_ms, known_ms, name)))
    return found


def equal_levels(candles: Candles, rules: Rules) -> list[tuple[int, LiquidityPool]]:
    """A swing within a part of the ATR of the one before it on its side, when nothing traded beyond that one since."""
    atr = wilder_atr(candles, rules.detectors.equal_atr_period)
    index = {candle.open_ms: i for i, candle in enumerate(candles)}
    found = []
    for side in SwingKind:
        of_side = [(k, swing) for k, swing in swings(candles, rules.wing) if swing.kind is side]
        for (_, earlier), (k, later) in pairwise(of_side):
            since = candles[index[earlier.formed_ms] + 1 : k + 1]
            if side is SwingKind.HIGH:
                is_whole = max(c.high for c in since) <= earlier.price
            else:
                is_whole = min(c.low for c in since) >= earlier.price
            measure = atr[k]
            if not is_whole or measure is None:
                continue
            if abs(later.price - earlier.price) < Fraction(rules.detectors.equal_atr) * Fraction(measure):
                farther = max if side is SwingKind.HIGH else min
                level = farther(later.price, earlier.price)
                found.append((k, LiquidityPool(PoolKind.EQUAL, side, level, later.formed_ms, later.known_ms)))
    return found


def reversal(candle: Candle, direction: Direction, atr: float | None, usual: float | None) -> int:
    """Wick ÷ 60 % of the range, way back ÷ ATR, volume ÷ twice the mean: 40, 40 and 20 parts, of those known."""
    if direction is UP:
        wick, back = min(candle.open, candle.close) - candle.low, candle.close - candle.low
    else:
        wick, back = candle.high - max(candle.open, candle.close), candle.high - candle.close
    parts = [(40, wick / (candle.high - candle.low) / 0.6)]
    if atr:
        parts.append((40, back / atr))
    if usual and candle.volume is not None:
        parts.append((20, candle.volume / usual / 2))
    return round(100 * sum(weight * min(1, share) for weight, share in parts) / sum(weight for weight, _ in parts))


def sweeps(candles: Candles, rules: Rules) -> list[tuple[int, Sweep]]:
    """The first candle beyond a pool's level sweeps it when it closes back at or inside the level, else breaks it."""
    found = []
    atr = wilder_atr(candles, rules.detectors.atr_period)
    volumes = mean_volumes(candles, rules.detectors.volume_period)
    for rest in _rests(candles, rules):
        j = rest.taken(candles)
        if j == NEVER:
            continue
        candle, level = candles[j], rest.pool.level
        before = (atr[j - 1], volumes[j - 1])
        if rest.pool.side is SwingKind.HIGH and candle.close <= level:
            strength = reversal(candle, DOWN, *before)
            found.append((j, Sweep(rest.pool, DOWN, candle.high, candle.open_ms, candle.close_ms, strength)))
        if rest.pool.side is SwingKind.LOW and candle.close >= level:
            strength = reversal(candle, UP, *before)
            found.append((j, Sweep(rest.pool, UP, candle.low, candle.open_ms, candle.close_ms, strength)))
    return found


def _rests(candles: Candles, rules: Rules) -> list[_Rest]:
    """Pools of swings are tested from the candle after, those of a finished period from the next one's first candle
    on. A finished period replaces the last one of its kind and name; where a side is full the one known longest makes
    room, of several the nearest.
    """
    periods = previous_periods(candles) if rules.has_periods else []
    rests = []
    for k, pool in periods:
        edges = [e for e, other in periods if e > k and (other.kind, other.name) == (pool.kind, pool.name)]
        rests.append(_Rest(pool, k, k, min(edges, default=NEVER)))
    for k, swing in swings(candles, rules.wing):
        pool = LiquidityPool(PoolKind.SWING, swing.kind, swing.price, swing.formed_ms, swing.known_ms)
        rests.append(_Rest(pool, k + 0.5, k + 1))
    rests += [_Rest(pool, k + 0.5, k + 1) for k, pool in equal_levels(candles, rules)]
    rests.sort(key=lambda rest: rest.added)
    for i, rest in enumerate(rests):
        resting = [
            r
            for r in rests[: i + 1]
            if r.pool.side is rest.pool.side
            and not r.has_made_room
            and r.gone > rest.added
            and r.taken(candles) >= rest.added
        ]
        if len(resting) > rules.detectors.active_pools:
            nearest = 1 if rest.pool.side is SwingKind.HIGH else -1
            oldest = min(resting, key=lambda r: (r.pool.known_ms, nearest * r.pool.level))
            oldest.has_made_room = True
            oldest.gone = -(-int(2 * rest.added) // 2)  # a swing's pool joins after its candle was tested
    return rests


def events(candles: Candles, rules: Rules) -> list[Event]:
    """What one timeframe has to say about all this, in no particular order."""
    symbol, timeframe = (candles[0].symbol, candles[0].timeframe) if candles else ("", None)
    said: list[Event] = []

    def say(kind: type, k: int, *fields: object) -> None:
        said.append(kind(candles[k].close_ms, symbol, timeframe, *fields))

    for k, swing in swings(candles, rules.wing):
        say(SwingConfirmed, k, swing)
    for k, broken in breaks(candles, rules.wing):
        say(StructureBroken, k, broken)
    for k, sweep in sweeps(candles, rules):
        say(LiquiditySwept, k, sweep)
    for k, pool in previous_periods(candles) if rules.has_periods else ():
        say(PoolFormed, k, pool)
    for k, pool in equal_levels(candles, rules):
        say(PoolFormed, k, pool)
    for k, found in zone_events(candles, rules):
        match found:
            case Zone():
                say(ZoneFormed, k, found)
            case (zone_id, status):
                say(ZoneChanged, k, zone_id, status)
            case zone_id:
                say(ZoneEvicted, k, zone_id)
    return said
