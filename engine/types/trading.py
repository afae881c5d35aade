"""What became of a proposal: the signal that went out and the trade it lived as."""

from __future__ import annotations

import enum
from decimal import Decimal

from engine.types.market import Direction, Price, Value
from engine.types.proposals import Setup


class Mode(enum.StrEnum):
    """What a signal is for: published only, traded on the paper account, or with money."""

    SIGNAL = "signal"  # limits on loss do not apply
    PAPER = "paper"
    LIVE = "live"


class Order(enum.StrEnum):
    """How a signal is entered."""

    MARKET = "market"  # at the first price after it
    LIMIT = "limit"  # when price comes back to the proposed entry, there or better


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
    order: Order = Order.MARKET
    cushion: int = 0  # ticks beyond the entry, in the trade's favour, at which "breakeven" lies
    rate: Decimal = Decimal(1)  # account currency for one unit of the quote currency, when it was issued


class TradeStatus(enum.StrEnum):
    PENDING = "pending"  # issued, waiting for its price
    OPEN = "open"
    SECURED = "secured"  # first target reached
    CLOSED = "closed"


class StopBy(enum.StrEnum):
    """Who put the stop where it is."""

    SETUP = "setup"  # where it was proposed
    BREAKEVEN = "breakeven"  # at the entry, after the first target
    TRAIL = "trail"  # behind the price
    DESK = "desk"


class CloseReason(enum.StrEnum):
    TARGET = "target"  # the last target
    STOP = "stop"
    BREAKEVEN = "breakeven"  # the stop after it was moved to entry
    TRAILED = "trailed"  # the stop after it followed the price
    TIME = "time"  # it had been open long enough
    WEEKEND = "weekend"  # flat before the market's weekly close
    NEWS = "news"  # flat before an announcement
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
    `ambiguous` is true when a candle held both a stop and a target, and the stop was taken to be first. `money` is what
    the account has booked for it so far: parts that were closed, with commission and swap. None where nothing was
    booked; what is still open is not in it, nor are costs in any result in R.
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
    stop_by: StopBy = StopBy.SETUP
    money: Decimal | None = None  # account currency

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
        if not self.fills:  # nearly always, and a sum of nothing costs more than all the rest
            return self.signal.lot_steps
        return self.signal.lot_steps - sum(fill.lot_steps for fill in self.fills)

    @property
    def banked_steps(self) -> int:
        """Ticks times lot steps already closed."""
        return sum(fill.ticks * fill.lot_steps for fill in self.fills) if self.fills else 0

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
