"""What was seen: swings, breaks, zones, pools, sweeps, and all of it together as a view.

Every finding has two times: `formed_ms` says where to draw it, `known_ms` from when it may be used.
"""

from __future__ import annotations

import enum

from engine.soundness import check_zone
from engine.types.candle import Candle
from engine.types.market import Direction, Price, Timeframe, Value


class SwingKind(enum.StrEnum):
    HIGH = "high"
    LOW = "low"


class Scale(enum.StrEnum):
    """How large the swings are that structure is read from: two structures run side by side on every timeframe."""

    INTERNAL = "internal"  # 5 candles a side by default
    SWING = "swing"  # 50


class SwingLabel(enum.StrEnum):
    """A swing against the one before it on its side and scale. Equal prices make a lower high or a higher low."""

    HIGHER_HIGH = "HH"
    LOWER_HIGH = "LH"
    HIGHER_LOW = "HL"
    LOWER_LOW = "LL"


class Swing(Value, frozen=True):
    """A confirmed high or low: no higher (lower) candle within its wing on either side.

    `label` is None for the first of its side and scale.
    """

    kind: SwingKind
    price: Price
    formed_ms: int  # open of the candle that made it
    known_ms: int  # close of the candle that confirmed it
    scale: Scale = Scale.INTERNAL
    label: SwingLabel | None = None


class BreakKind(enum.StrEnum):
    BOS = "BOS"  # break of structure, with the trend
    CHOCH = "CHoCH"  # change of character, against it


_CHOCH = BreakKind.CHOCH


class StructureBreak(Value, frozen=True):
    """A close beyond a swing. `level_formed_ms` and `level_known_ms` are the broken swing's times.

    `is_displaced`: the candle that broke has a large body, or the leg it ends left a gap behind.
    """

    kind: BreakKind
    direction: Direction
    level: Price
    level_formed_ms: int
    level_known_ms: int
    formed_ms: int  # open of the candle that closed beyond
    known_ms: int  # its close
    scale: Scale = Scale.INTERNAL
    is_displaced: bool = False

    @property
    def name(self) -> str:
        """What traders call it: `BOS`, `CHoCH`, or `MSS` for a change of character with displacement."""
        return "MSS" if self.is_displaced and self.kind is _CHOCH else str(self.kind)


class ZoneKind(enum.StrEnum):
    GAP = "FVG"
    BLOCK = "OB"
    BASE = "SD"  # a pause before a strong departure: demand below price, supply above


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
    stands with the detector. `touches` counts the visits price paid it; only a base counts more than the first.
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
    broken_ms: int | None = None  # close of the candle that turned it
    touches: int = 0

    __post_init__ = check_zone  # type: ignore[misc]  # a `def` would cost as much as the check

    @property
    def bias(self) -> Direction:
        """The way it works now: once price closed beyond it, a zone works the other way."""
        return self.direction.opposite if self.status is _BROKEN else self.direction

    @property
    def name(self) -> str:
        """What it is now: its kind, or `IFVG` for an inverted gap and `BB` for a breaker block."""
        return (_BROKEN_NAMES if self.status is _BROKEN else _NAMES)[self.kind]

    def contains(self, price: Price) -> bool:
        return self.bottom <= price <= self.top


_BROKEN = ZoneStatus.BROKEN
_NAMES = {kind: kind.value for kind in ZoneKind}
_BROKEN_NAMES = _NAMES | {ZoneKind.GAP: "IFVG", ZoneKind.BLOCK: "BB"}


class PoolKind(enum.StrEnum):
    """Where stops rest."""

    SWING = "swing"
    EQUAL = "equal"  # equal highs or lows
    DAY = "day"  # previous day's high or low
    WEEK = "week"
    MONTH = "month"
    SESSION = "session"
    ROUND = "round"  # a round number, resting since the last close on its near side


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
        return self.name or str(self.kind)


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


class PoolEnd(enum.StrEnum):
    """Why a pool is no longer watched, a sweep apart."""

    BROKEN = "broken"  # a close beyond it: the stops are gone and price went on
    REPLACED = "replaced"  # the next period of its kind is over
    EVICTED = "evicted"  # the book is full and it was the oldest


class InducementStatus(enum.StrEnum):
    RESTING = "resting"
    TAKEN = "taken"  # price traded beyond it
    CANCELLED = "cancelled"  # structure broke again before


class Inducement(Value, frozen=True):
    """The first pullback after a break: early stops rest beyond it, and until they are taken the move may wait.

    `direction` is that of the break it belongs to; for an upward break `level` is a low.
    """

    direction: Direction
    level: Price
    formed_ms: int  # open of the pullback's candle
    known_ms: int
    break_known_ms: int  # which break it belongs to
    status: InducementStatus = InducementStatus.RESTING
    ended_ms: int | None = None  # when it was taken or cancelled


class KeyLevel(Value, frozen=True):
    """Support or resistance: a price at which swings of either side turned. `touches` counts those swings."""

    price: Price  # that of the first swing
    touches: int
    formed_ms: int  # open of the first swing's candle
    known_ms: int  # when the last swing became known


class PatternKind(enum.StrEnum):
    """What the last candles look like."""

    ENGULFING = "engulfing"
    PIN_BAR = "pin bar"
    INSIDE_BAR = "inside bar"
    DOJI = "doji"


class Pattern(Value, frozen=True):
    """A candle pattern. `direction` is None where it only says that the market hesitates."""

    kind: PatternKind
    direction: Direction | None
    formed_ms: int  # open of the candle that completed it
    known_ms: int  # its close


class Regime(enum.StrEnum):
    """How the market moves."""

    TRENDING = "trending"
    RANGING = "ranging"
    VOLATILE = "volatile"
    QUIET = "quiet"


class ValueArea(Value, frozen=True):
    """Where a finished trading day was traded: the busiest price and the band that holds 70 % of its volume."""

    poc: Price
    high: Price
    low: Price
    from_ms: int  # begin of the day
    known_ms: int  # close of the first candle after it


class Readings(Value, frozen=True):
    """The indicators of one timeframe after its last closed candle. Prices and distances in ticks; None: not yet."""

    ema_fast: float | None = None
    ema_slow: float | None = None
    sma: float | None = None  # the middle of the bands
    band_low: float | None = None  # Bollinger
    band_high: float | None = None
    rsi: float | None = None  # 0–100
    adx: float | None = None  # 0–100: strength of the trend, whichever way
    efficiency: float | None = None  # 0–1: net move over the path walked
    atr_percentile: float | None = None  # 0–100: share of recent ATRs not above this one
    vwap: float | None = None  # of the trading day so far; entry timeframe only
    value_area: ValueArea | None = None  # of the last finished trading day; entry timeframe only


class ChartView(Value, frozen=True):
    """All that is known on one timeframe. Tuples are in the order things became known; the newest is last.

    `candles` are the last closed ones, at most the configured window. `zones` are those still watched.
    `trend`, `last_break` and the range are of the internal structure, `swing_…` of the larger one. The ranges are the
    trailing extremes since the last swings.
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
    round_sweeps: tuple[Sweep, ...] = ()  # recent, of round numbers
    swing_trend: Direction | None = None
    swing_break: StructureBreak | None = None
    swing_low: Price | None = None
    swing_high: Price | None = None
    inducement: Inducement | None = None  # the latest
    levels: tuple[KeyLevel, ...] = ()  # by price
    pattern: Pattern | None = None  # completed by the last candle
    regime: Regime | None = None
    readings: Readings = Readings()


class Proposed(Value, frozen=True):
    """An idea that was proposed: one with the same proof is the same idea. `evidence` is what spoke for and against."""

    strategy: str
    direction: Direction
    proof: Price
    evidence: tuple[str, ...]
    known_ms: int


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
    round_step: int = 0  # ticks between round numbers; 0: not known
    proposed: tuple[Proposed, ...] = ()  # what each strategy last proposed, each way
