"""What was seen: swings, breaks, zones, pools, sweeps, and all of it together as a view.

Every finding has two times: `formed_ms` says where to draw it, `known_ms` from when it may be used.
"""

from __future__ import annotations

import enum

from engine.types.market import Candle, Direction, Price, Timeframe, Value


class SwingKind(enum.StrEnum):
    HIGH = "high"
    LOW = "low"


class Swing(Value, frozen=True):
    """A confirmed high or low: no higher (lower) candle within its wing on either side."""

    kind: SwingKind
    price: Price
    formed_ms: int  # open of the candle that made it
    known_ms: int  # close of the candle that confirmed it


class BreakKind(enum.StrEnum):
    BOS = "BOS"  # break of structure, with the trend
    CHOCH = "CHoCH"  # change of character, against it


class StructureBreak(Value, frozen=True):
    """A close beyond a swing. `level_formed_ms` and `level_known_ms` are the broken swing's times."""

    kind: BreakKind
    direction: Direction
    level: Price
    level_formed_ms: int
    level_known_ms: int
    formed_ms: int  # open of the candle that closed beyond
    known_ms: int  # its close


class ZoneKind(enum.StrEnum):
    GAP = "FVG"
    BLOCK = "OB"


class ZoneStatus(enum.IntEnum):
    """How far price has gone into a zone. Never goes back."""

    FRESH = 0
    TOUCHED = 1  # the near edge was reached
    HALF = 2  # the middle was reached (consequent encroachment)
    FILLED = 3  # the far edge was reached
    BROKEN = 4  # closed beyond the far edge: an inverted gap, a breaker
    DEAD = 5  # and closed back through the other side


class Zone(Value, frozen=True):
    """A price band that once moved the market and may again. `id` is unique within symbol and timeframe.

    `direction` is the way price is expected to leave. `strength` is 0–100, made of the `evidence` named beside it; how
    stands with the detector.
    """

    id: int
    kind: ZoneKind
    direction: Direction
    top: Price
    bottom: Price
    strength: int
    formed_ms: int
    known_ms: int
    evidence: tuple[str, ...] = ()
    status: ZoneStatus = ZoneStatus.FRESH
    touched_ms: int | None = None  # close of the candle that reached it first

    def __post_init__(self) -> None:
        if not self.bottom < self.top:
            raise ValueError(f"zone bottom {self.bottom} must be below its top {self.top}")
        if self.known_ms < self.formed_ms:
            raise ValueError(f"zone known at {self.known_ms}, before it formed at {self.formed_ms}")

    def contains(self, price: Price) -> bool:
        return self.bottom <= price <= self.top


class PoolKind(enum.StrEnum):
    """Where stops rest."""

    SWING = "swing"
    EQUAL = "equal"  # equal highs or lows
    DAY = "day"  # previous day's high or low
    WEEK = "week"
    MONTH = "month"
    SESSION = "session"


class LiquidityPool(Value, frozen=True):
    """Resting stops. `side` HIGH is buy-side liquidity above a high, LOW is sell-side below a low.

    `name` tells pools of one kind apart: the session (`Asia`) that made the level.
    """

    kind: PoolKind
    side: SwingKind
    level: Price
    formed_ms: int
    known_ms: int
    name: str = ""

    @property
    def label(self) -> str:
        """Its name, else its kind: what a reason says of it."""
        return self.name or self.kind.value


class Sweep(Value, frozen=True):
    """A wick beyond a pool and a close back inside. `direction` is where price is expected to go next.

    `strength` is 0–100: how decidedly price turned; how stands with the detector.
    """

    pool: LiquidityPool
    direction: Direction
    extreme: Price  # how far the wick went
    formed_ms: int  # open of the sweeping candle
    known_ms: int  # its close
    strength: int


class ChartView(Value, frozen=True):
    """All that is known on one timeframe. Tuples are in the order things became known; the newest is last.

    `candles` are the last closed ones, at most the configured window. `zones` are those still watched.
    `range_low` and `range_high` bound the dealing range: the trailing extremes since the last swings.
    """

    timeframe: Timeframe
    is_ready: bool
    candles: tuple[Candle, ...]
    atr: float | None
    trend: Direction | None
    last_break: StructureBreak | None
    range_low: Price | None
    range_high: Price | None
    zones: tuple[Zone, ...]
    pools: tuple[LiquidityPool, ...]
    breaks: tuple[StructureBreak, ...]  # recent
    sweeps: tuple[Sweep, ...]  # recent
    swings: tuple[Swing, ...]  # recent


class MarketView(Value, frozen=True):
    """All that is known now about one symbol. `trend`, `setup` and `entry` are H4, H1 and M15 by default.

    `unfinished` is the entry candle that is still forming: for drawing only.
    """

    symbol: str
    time_ms: int
    bid: Price | None
    ask: Price | None
    trend: ChartView
    setup: ChartView
    entry: ChartView
    unfinished: Candle | None = None
