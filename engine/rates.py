"""What a unit of some currency is worth in the account's: by the crosses that are traded here, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from engine.trading_config import AccountConfig
from engine.types import Instrument, Price

QuoteOf: TypeAlias = Callable[[str], tuple[Price, Price] | None]  # symbol → last bid and ask, None before the first

_ONE = Decimal(1)


class Hop(NamedTuple):
    """One step of a conversion: by this instrument's price, or by one over it."""

    instrument: Instrument
    divides: bool


def conversion(instrument: Instrument, instruments: Iterable[Instrument], account: AccountConfig) -> tuple[Hop, ...]:
    """The shortest way from the quote currency to the account's; of equals by the instrument itself, then in order.

    Empty where none is needed. ValueError where there is none: a rate is never guessed.
    """
    own = {account.currency, *account.equal_currencies}
    edges = [instrument, *(other for other in instruments if other.symbol != instrument.symbol)]
    ways: dict[str, tuple[Hop, ...]] = {instrument.quote: ()}
    waiting = [instrument.quote]
    for currency in waiting:  # grows as it goes: breadth first
        if currency in own:
            return ways[currency]
        for edge in edges:
            for begins, ends, divides in ((edge.base, edge.quote, False), (edge.quote, edge.base, True)):
                if begins == currency and ends not in ways:
                    ways[ends] = (*ways[currency], Hop(edge, divides))
                    waiting.append(ends)
    raise ValueError(
        f"{instrument.symbol} is {instrument.base} in {instrument.quote}; money in {account.currency} needs a rate "
        f"that is not known"
    )


def converted(way: tuple[Hop, ...], instrument: Instrument, price: Price, quote_of: QuoteOf) -> Decimal | None:
    """Account currency for one unit of the quote currency. `price` is the instrument's own; of others the middle of
    the last quote counts. None while one of them has not been quoted.
    """
    rate = _ONE
    for hop in way:
        if hop.instrument.symbol == instrument.symbol:
            step = instrument.tick_size * price
        else:
            quote = quote_of(hop.instrument.symbol)
            if quote is None:
                return None
            step = hop.instrument.tick_size * sum(quote) / 2
        rate = rate / step if hop.divides else rate * step
    return rate
