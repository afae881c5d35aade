"""The account: double entries, and what they add up to."""

from __future__ import annotations

import enum
from decimal import Decimal

from engine.types.market import Value


class Book(enum.StrEnum):
    """What a movement of money goes to or comes from."""

    CASH = "cash"  # the balance
    CAPITAL = "capital"  # what was paid in
    RESULT = "result"  # price moves of closed parts
    COMMISSION = "commission"
    SWAP = "swap"


class Entry(Value, frozen=True):
    """One movement: `amount` (above 0, account currency) is debited to one book and credited to another."""

    time_ms: int
    debit: Book
    credit: Book
    amount: Decimal
    trade_id: str | None = None

    def __post_init__(self) -> None:
        if not self.amount > 0:
            raise ValueError(f"an entry moves more than 0, not {self.amount}")
        if self.debit is self.credit:
            raise ValueError(f"an entry from {self.debit} to itself moves nothing")


class Account(Value, frozen=True):
    """What all entries so far make, and where the limits on loss stand. Replaced, never changed.

    Books hold debits minus credits, so they sum to zero. `day_basis` and `week_basis` are what the day's and week's
    losses are counted from; `high` is that of the drawdown. `losses` counts losing trades since the last winner.
    """

    currency: str
    cash: Decimal = Decimal(0)
    capital: Decimal = Decimal(0)
    result: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    swap: Decimal = Decimal(0)
    day_end_ms: int = 0
    week_end_ms: int = 0
    day_basis: Decimal = Decimal(0)
    week_basis: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    is_day_lost: bool = False  # until the day ends
    is_week_lost: bool = False  # until the week ends
    is_tripped: bool = False  # the breaker, until an owner re-arms it
    losses: int = 0
    last_loss_ms: int | None = None

    @property
    def balance(self) -> Decimal:
        return self.cash

    @property
    def paid_in(self) -> Decimal:
        return -self.capital
