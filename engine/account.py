"""The account's books: what a trade's opening and closing move, and what open trades stand at.

Every movement is a double entry, rounded to the currency's smallest unit when it is booked. Price moves, commission
and swap are booked apart; R knows of the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from engine.hours import trading_day, weekday_of
from engine.trading_config import MOST_DIGITS, AccountConfig
from engine.types import Account, Book, Direction, Entry, Fill, Instrument, MarketHours, Trade

_NOTHING = Decimal(0)
_WEDNESDAY, _SATURDAY = 2, 5
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(MOST_DIGITS + 1))
_BOOKS = tuple((book, book.value) for book in Book)


def new_account(config: AccountConfig) -> Account:
    """With what is paid in at the beginning."""
    return paid_in(Account(config.currency), config.balance)


def paid_in(account: Account, total: Decimal) -> Account:
    """As if so much had been paid in: the difference is a deposit or a withdrawal."""
    difference = total - account.paid_in
    if not difference:
        return account
    return msgspec.structs.replace(
        account,
        cash=account.cash + difference,
        capital=account.capital - difference,
        day_basis=account.day_basis + difference,
        week_basis=account.week_basis + difference,
        high=account.high + difference,
    )


def booked(account: Account, entries: Iterable[Entry]) -> Account:
    """The account after these movements."""
    books = {book: getattr(account, name) for book, name in _BOOKS}
    for entry in entries:
        books[entry.debit] += entry.amount
        books[entry.credit] -= entry.amount
    return msgspec.structs.replace(account, **{name: books[book] for book, name in _BOOKS})


def opening(trade: Trade, instrument: Instrument, time_ms: int, digits: int) -> list[Entry]:
    """Half of the commission."""
    return _moved(Book.COMMISSION, -_half_commission(instrument, trade.signal.lots, digits), time_ms, trade.id)


def closing(trade: Trade, fill: Fill, instrument: Instrument, rate: Decimal, digits: int) -> list[Entry]:
    """A part's result, the other half of its commission, and the swap of the nights it was held."""
    lots = instrument.lot_step * fill.lot_steps
    result = rounded(instrument.money(fill.ticks, lots) * rate, digits)
    commission = -_half_commission(instrument, lots, digits)
    swap = rounded(swap_of(trade, instrument, fill.lot_steps, fill.time_ms), digits)
    amounts = ((Book.RESULT, result), (Book.COMMISSION, commission), (Book.SWAP, swap))
    return [entry for book, amount in amounts for entry in _moved(book, amount, fill.time_ms, trade.id)]


def cash_of(entries: Iterable[Entry]) -> Decimal:
    """What the entries add to the balance."""
    return sum(
        (entry.amount if entry.debit is Book.CASH else -entry.amount for entry in entries),
        Decimal(0),
    )


def floating(trade: Trade, instrument: Instrument, rate: Decimal, now_ms: int, digits: int) -> Decimal:
    """What the open part would be booked at now, but for the commission of closing it."""
    steps = trade.open_steps
    if steps == 0:
        return _NOTHING
    gain = instrument.money(trade.floating_ticks * steps, instrument.lot_step) * rate
    return worth(trade, steps, gain, instrument, now_ms, digits)


def worth(trade: Trade, lot_steps: int, gain: Decimal, instrument: Instrument, now_ms: int, digits: int) -> Decimal:
    """What so many lot steps would be booked at now that they have gained this, but for the commission of closing."""
    swap = swap_of(trade, instrument, lot_steps, now_ms)
    return rounded(gain, digits) + rounded(swap, digits) if swap else rounded(gain, digits)


def swap_of(trade: Trade, instrument: Instrument, lot_steps: int, until_ms: int) -> Decimal:
    """Of the nights these lot steps were held."""
    is_buy = trade.signal.setup.direction is Direction.UP
    rate = instrument.swap_long if is_buy else instrument.swap_short
    if not rate or trade.opened_ms is None:
        return _NOTHING
    return rate * (instrument.lot_step * lot_steps) * nights(trade.opened_ms, until_ms, instrument)


def nights(from_ms: int, to_ms: int, instrument: Instrument) -> int:
    """Ends of trading days in `(from_ms, to_ms]`. Where weekends are closed, Wednesday's counts three times and those
    of Saturday and Sunday not at all: two days later the weekend is paid for.
    """
    count, start_ms = 0, from_ms
    while True:
        _, end_ms = trading_day(start_ms, instrument.day_start)
        if end_ms > to_ms:
            return count
        day = weekday_of(start_ms, instrument.day_start)
        if instrument.hours is MarketHours.ALWAYS:
            count += 1
        elif day < _SATURDAY:
            count += 3 if day == _WEDNESDAY else 1
        start_ms = end_ms


def rounded(amount: Decimal, digits: int) -> Decimal:
    """To the currency's smallest unit."""
    return amount.quantize(_UNITS[digits], ROUND_HALF_UP)


def _half_commission(instrument: Instrument, lots: Decimal, digits: int) -> Decimal:
    return rounded(instrument.commission_per_lot * lots / 2, digits)


def _moved(book: Book, gain: Decimal, time_ms: int, trade_id: str) -> list[Entry]:
    """Cash against a book; nothing where there is nothing to move."""
    if gain > 0:
        return [Entry(time_ms, Book.CASH, book, gain, trade_id)]
    return [Entry(time_ms, book, Book.CASH, -gain, trade_id)] if gain < 0 else []
