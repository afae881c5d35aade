"""What is traded, and the candles it makes."""

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
        return LENGTH_MS[self]


LENGTH_MS = {
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
        return 1 if self is _UP else -1

    @property
    def opposite(self) -> Direction:
        return _DOWN if self is _UP else _UP

    @property
    def order(self) -> str:
        """The word on the ticket: `BUY` or `SELL`."""
        return "BUY" if self is _UP else "SELL"


_UP, _DOWN = Direction  # asked for as a member of its class, Python 3.11 searches long for it


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
    Commission and swap are told as on the broker's statement, in the account's currency.
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
    commission_per_lot: Decimal = Decimal(0)  # opening and closing together
    swap_long: Decimal = Decimal(0)  # a lot and a night; below 0 it is paid, above it is received
    swap_short: Decimal = Decimal(0)
    leverage: Decimal = Decimal(100)  # what a trade moves over the margin it needs

    def __post_init__(self) -> None:
        for name in ("symbol", "short"):
            if not getattr(self, name):
                raise ValueError(f"{name} of an instrument must not be empty; {self.base}/{self.quote} has none")
        for name in ("tick_size", "pip_size", "contract_size", "lot_step", "lot_min", "lot_max"):
            size: Decimal = getattr(self, name)
            if not size.is_finite() or size <= 0:  # NaN cannot be compared
                raise ValueError(f"{name} of {self.symbol} must be a finite number above 0, not {size}")
        for name in ("commission_per_lot", "swap_long", "swap_short", "leverage"):
            if not getattr(self, name).is_finite():
                raise ValueError(f"{name} of {self.symbol} must be a finite number, not {getattr(self, name)}")
        if self.commission_per_lot < 0:
            raise ValueError(f"commission_per_lot of {self.symbol} must be 0 or more, not {self.commission_per_lot}")
        if self.leverage < 1:
            raise ValueError(f"leverage of {self.symbol} must be 1 or more, not {self.leverage}")
        if self.lot_max < self.lot_min:
            raise ValueError(f"lot_max of {self.symbol} must be at least lot_min {self.lot_min}, not {self.lot_max}")
        for name, least in (("digits", 0), ("typical_spread", 0), ("round_step", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} of {self.symbol} must be {least} or more, not {getattr(self, name)}")

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


class Session(enum.StrEnum):
    """The trading session a moment belongs to; where two overlap, the later one."""

    ASIA = "Asia"
    LONDON = "London"
    NEW_YORK = "New York"


class Impact(enum.StrEnum):
    """How much an announcement may move the market."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def weight(self) -> int:
        return list(Impact).index(self)
