"""The words of the house: what is traded, what was seen, what was proposed, and what became of it.

Prices are counts of the instrument's tick (`Price`), times are milliseconds UTC, results are kept as whole numbers
(ticks times lot steps) so that sums, hashes and stored values are exact. R, pips and money are derived when read.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TypeAlias

import msgspec

# Not a NewType: every sum of two NewType ints is a plain int again, and the wrappers needed everywhere hid more
# mistakes than they found.
Price: TypeAlias = int

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Timeframe(enum.StrEnum):
    """How long a candle lasts."""

    M1 = "M1"
    M5 = "M5"
    M15 = "M15"
    H1 = "H1"
    H4 = "H4"
    D1 = "D1"

    @property
    def ms(self) -> int:
        return _TIMEFRAME_MS[self]


_TIMEFRAME_MS = {
    Timeframe.M1: MINUTE_MS,
    Timeframe.M5: 5 * MINUTE_MS,
    Timeframe.M15: 15 * MINUTE_MS,
    Timeframe.H1: HOUR_MS,
    Timeframe.H4: 4 * HOUR_MS,
    Timeframe.D1: DAY_MS,
}


class Direction(enum.StrEnum):
    """The way price is expected, or was seen, to go."""

    UP = "up"
    DOWN = "down"

    @property
    def sign(self) -> int:
        return 1 if self is Direction.UP else -1

    @property
    def opposite(self) -> Direction:
        return Direction.DOWN if self is Direction.UP else Direction.UP

    @property
    def order(self) -> str:
        """The word on the ticket: `BUY` or `SELL`."""
        return "BUY" if self is Direction.UP else "SELL"


class CandlePrice(enum.StrEnum):
    """Which price of a tick makes the candle."""

    BID = "bid"
    LAST = "last"


class MarketHours(enum.StrEnum):
    """When the instrument trades."""

    ALWAYS = "always"  # crypto
    FOREX = "forex"  # Sunday 17:00 to Friday 17:00 New York
    METALS = "metals"  # as forex from 18:00 on Sunday, with a break 17:00–18:00 New York every day


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Base of everything that flows: frozen, compared by value, strict about its fields."""


class Instrument(Value, frozen=True):
    """What is traded, with the contract facts needed to turn prices into pips and money.

    `tick_size` is the grid all prices lie on; `typical_spread` (in ticks) serves where a source has no ask.
    `feed` names the feed that quotes it, so that one feed's heartbeat moves time for its own symbols only.
    `day_start` is a wall time and zone, `17:00 America/New_York`: where a trading day, hence an H4, begins.
    """

    symbol: str
    short: str
    tick_size: Decimal
    digits: int
    pip_size: Decimal
    contract_size: Decimal
    lot_step: Decimal
    lot_min: Decimal
    lot_max: Decimal
    base: str
    quote: str
    feed: str
    day_start: str
    hours: MarketHours
    typical_spread: int
    round_step: int  # distance between round numbers that traders watch, in ticks
    candle_price: CandlePrice = CandlePrice.BID

    def to_price(self, text: str | Decimal) -> Price:
        """Decimal number → ticks. ValueError when it is not a positive number or lies off the grid."""
        try:
            ticks = Decimal(text) / self.tick_size
        except ArithmeticError:
            raise ValueError(f"{text!r} is not a number") from None
        if not ticks.is_finite() or ticks <= 0:
            raise ValueError(f"{text} is not a positive price")
        if ticks != ticks.to_integral_value():
            raise ValueError(f"{text} is off the {self.symbol} grid of {self.tick_size}")
        return int(ticks)

    def to_decimal(self, ticks: int) -> Decimal:
        """Ticks → a decimal number with the instrument's digits."""
        return (self.tick_size * ticks).quantize(Decimal(1).scaleb(-self.digits))

    def format(self, ticks: int) -> str:
        """The price as readers and copiers expect it: all decimals, no separators."""
        return f"{self.to_decimal(ticks):f}"

    def pips(self, ticks: int) -> Decimal:
        return self.tick_size * ticks / self.pip_size

    def money(self, ticks: int, lots: Decimal) -> Decimal:
        """What a move of `ticks` is worth on `lots`, in the quote currency."""
        return self.tick_size * ticks * self.contract_size * lots


class Candle(Value, frozen=True):
    """A closed interval `[open_ms, close_ms)`. `volume` is None where the source has none; it is never zero for
    "unknown". `ticks` counts what went in. `spread` (ticks) is known for recorded candles that carry it.
    """

    symbol: str
    timeframe: Timeframe
    open_ms: int
    close_ms: int
    open: Price
    high: Price
    low: Price
    close: Price
    volume: float | None = None
    ticks: int = 0
    spread: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.open <= self.high or not self.low <= self.close <= self.high:
            raise ValueError(f"candle {self.open}/{self.high}/{self.low}/{self.close} is not low ≤ open, close ≤ high")
        if not 0 <= self.open_ms < self.close_ms:
            raise ValueError(f"candle from {self.open_ms} to {self.close_ms} covers no time")

    @property
    def range(self) -> int:
        return self.high - self.low

    @property
    def body(self) -> int:
        return abs(self.close - self.open)

    @property
    def is_up(self) -> bool:
        return self.close > self.open

    @property
    def is_down(self) -> bool:
        return self.close < self.open


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
    SESSION = "session"


class LiquidityPool(Value, frozen=True):
    """Resting stops. `side` HIGH is buy-side liquidity above a high, LOW is sell-side below a low."""

    kind: PoolKind
    side: SwingKind
    level: Price
    formed_ms: int
    known_ms: int


class Sweep(Value, frozen=True):
    """A wick beyond a pool and a close back inside. `direction` is where price is expected to go next."""

    pool: LiquidityPool
    direction: Direction
    extreme: Price  # how far the wick went
    formed_ms: int  # open of the sweeping candle
    known_ms: int  # its close


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


class Session(enum.StrEnum):
    """The trading session a moment belongs to; where two overlap, the later one."""

    ASIA = "Asia"
    LONDON = "London"
    NEW_YORK = "New York"
    CLOSED = "Closed"


class ReasonCode(enum.StrEnum):
    """Why points were given, or what speaks against. A code, not a sentence: sentences are the reader's language.

    What `prices` holds is said per code: levels are one price, zones are (bottom, top), a sweep is (level, extreme).
    """

    TREND = "trend"  # (level of the last break,)
    TREND_BREAK = "trend_break"  # BOS in the trend's direction (level,)
    TREND_HALF = "trend_half"  # right half of the dealing range (low, high)
    ZONE_HELD = "zone_held"  # gap or block tested and held (bottom, top)
    ZONE_STACKED = "zone_stacked"  # a second zone of the other kind overlaps (bottom, top)
    STRUCTURE = "structure"  # a break in the trade's direction (level,)
    SWEEP = "sweep"  # (level, extreme)
    ENTRY_ZONE = "entry_zone"  # gap or block left by the leg that confirmed (bottom, top)
    KILL_ZONE = "kill_zone"  # ()
    DISPLACEMENT = "displacement"  # the confirming candle's body, in ticks: (body, atr)
    OPPOSING_ZONE = "opposing_zone"  # in the way (bottom, top)
    COUNTER_TREND = "counter_trend"  # (level of the last opposite break,)
    WRONG_HALF = "wrong_half"  # (low, high)
    NO_SWEEP = "no_sweep"  # liquidity on the other side still rests (level,)


class Role(enum.StrEnum):
    """Which part of the score a reason belongs to."""

    TREND = "trend"  # H4, 40 points
    SETUP = "setup"  # H1, 35 points
    ENTRY = "entry"  # M15, 25 points
    AGAINST = "against"  # counter-evidence, no points


class Reason(Value, frozen=True):
    """One piece of evidence with its points and the prices it speaks of.

    `from_ms` is where it begins on the chart, `known_ms` when it became a fact. `detail` names what `code` leaves
    open: the zone's kind (`FVG`, `OB`), the break's kind (`BOS`, `CHoCH`), the pool's kind, the kill zone's name.
    """

    role: Role
    code: ReasonCode
    timeframe: Timeframe
    direction: Direction
    points: int
    prices: tuple[int, ...]
    from_ms: int
    known_ms: int
    detail: str = ""


class Setup(Value, frozen=True):
    """A proposal: where in, where out, and why. Everything that decided it is in `reasons`.

    `kind` is the label readers see, such as `Sweep + FVG`. `targets` are in the order they are reached.
    """

    symbol: str
    timeframe: Timeframe
    strategy: str
    kind: str
    direction: Direction
    entry: Price
    stop: Price
    targets: tuple[Price, ...]
    spread: int  # ticks, at the time of the decision
    score: int
    reasons: tuple[Reason, ...]
    session: Session
    known_ms: int

    @property
    def key(self) -> str:
        """What makes it this setup and no other. The same inputs give the same key."""
        return f"{self.symbol}:{self.timeframe}:{self.strategy}:{self.direction}:{self.known_ms}"

    @property
    def risk(self) -> int:
        """Ticks from entry to stop."""
        return abs(self.entry - self.stop)

    def score_of(self, role: Role) -> int:
        return sum(reason.points for reason in self.reasons if reason.role is role)


class Mode(enum.StrEnum):
    """What a signal is for: published only, or traded on the paper account."""

    SIGNAL = "signal"
    PAPER = "paper"


class Signal(Value, frozen=True):
    """A setup that passed the gate. `id` is what readers see: `XAU_20240105_001`.

    `lots` is what the reference account takes; `split` says for each target how many lot steps close there.
    """

    id: str
    setup: Setup
    mode: Mode
    lots: Decimal
    lot_steps: int
    split: tuple[int, ...]  # lot steps closed at each target; sums to lot_steps
    risk_percent: Decimal
    risk_money: Decimal  # account currency, entry to stop on `lots`
    issued_ms: int
    expires_ms: int


class TradeStatus(enum.StrEnum):
    PENDING = "pending"  # issued, waiting for the next price
    OPEN = "open"
    SECURED = "secured"  # first target reached, stop at entry
    CLOSED = "closed"


class CloseReason(enum.StrEnum):
    TARGET = "target"  # the last target
    STOP = "stop"
    BREAKEVEN = "breakeven"  # the stop after it was moved to entry
    DESK = "desk"  # an admin closed it
    CANCELLED = "cancelled"  # never opened: price was gone, or an admin said no
    EXPIRED = "expired"  # never opened: no price came in time


class Fill(Value, frozen=True):
    """A part of a trade that was closed. `ticks` is the move from entry in the trade's favour."""

    price: Price
    lot_steps: int
    ticks: int
    time_ms: int
    target: int | None  # 1 for TP1, 2 for TP2; None when it was not a target


class Trade(Value, frozen=True):
    """A signal's life. Replaced, never changed: each event carries the trade as it is then.

    Distances are ticks in the trade's favour, measured from `opened_price` to the price the position could leave at.
    `ambiguous` is true when a candle held both a stop and a target, and the stop was taken to be first.
    """

    signal: Signal
    status: TradeStatus
    stop: Price
    opened_ms: int | None = None
    opened_price: Price | None = None
    price: Price | None = None  # last price it could leave at
    price_ms: int | None = None
    fills: tuple[Fill, ...] = ()
    targets_hit: int = 0
    best: int = 0  # most favourable excursion, ticks
    worst: int = 0  # most adverse excursion, ticks (zero or negative)
    closed_ms: int | None = None
    reason: CloseReason | None = None
    ambiguous: bool = False

    @property
    def id(self) -> str:
        return self.signal.id

    @property
    def symbol(self) -> str:
        return self.signal.setup.symbol

    @property
    def direction(self) -> Direction:
        return self.signal.setup.direction

    @property
    def is_done(self) -> bool:
        return self.status is TradeStatus.CLOSED

    @property
    def risk(self) -> int:
        """Ticks at risk when it opened: one R. Before it opens, what was proposed."""
        setup = self.signal.setup
        return abs((setup.entry if self.opened_price is None else self.opened_price) - setup.stop)

    @property
    def open_steps(self) -> int:
        """Lot steps still in the market; zero before it opens and after it is closed."""
        if self.opened_price is None or self.is_done:
            return 0
        return self.signal.lot_steps - sum(fill.lot_steps for fill in self.fills)

    @property
    def banked_steps(self) -> int:
        """Ticks times lot steps already closed."""
        return sum(fill.ticks * fill.lot_steps for fill in self.fills)

    @property
    def floating_ticks(self) -> int:
        """Ticks the open part stands at, zero when nothing is open."""
        if self.open_steps == 0 or self.price is None or self.opened_price is None:
            return 0
        return (self.price - self.opened_price) * self.direction.sign

    @property
    def total_steps(self) -> int:
        """Ticks times lot steps, banked and floating together: the exact result behind R, pips and money."""
        return self.banked_steps + self.floating_ticks * self.open_steps

    @property
    def result_r(self) -> float:
        """Banked and floating result in R; zero before it opens."""
        if self.opened_price is None:
            return 0.0
        return self.total_steps / (self.signal.lot_steps * self.risk)

    @property
    def banked_r(self) -> float:
        if self.opened_price is None:
            return 0.0
        return self.banked_steps / (self.signal.lot_steps * self.risk)

    def r(self, ticks: int) -> float:
        """A distance in ticks as a multiple of the first risk."""
        return ticks / self.risk
