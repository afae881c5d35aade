"""How much to trade: lots from money at risk, stop distance and contract facts. Decimal throughout."""

from __future__ import annotations

from decimal import Decimal
from math import gcd

import msgspec

from engine.config import AccountConfig
from engine.types import Instrument, Price


class Size(msgspec.Struct, frozen=True):
    """`split` says how many lot steps close at each target. Zero lots: even the smallest lot risks too much."""

    lots: Decimal
    lot_steps: int
    split: tuple[int, ...]
    risk_money: Decimal  # account currency


def account_rate(instrument: Instrument, account: AccountConfig, price: Price) -> Decimal:
    """Account currency for one unit of the quote currency, at this price.

    ValueError when neither side of the instrument is the account's currency: a rate is never guessed.
    """
    own = {account.currency, *account.equal_currencies}
    if instrument.quote in own:
        return Decimal(1)
    if instrument.base in own:
        return 1 / instrument.to_decimal(price)
    raise ValueError(
        f"{instrument.symbol} is {instrument.base} in {instrument.quote}; money in {account.currency} needs a rate "
        f"that is not known"
    )


def position_size(
    instrument: Instrument,
    account: AccountConfig,
    risk_percent: Decimal,
    entry: Price,
    risk: int,
    shares: tuple[int, ...],
) -> Size:
    """Lots that lose no more than `risk_percent` of the balance over `risk` ticks, never rounded up.

    Whole shares come first: lots are floored so that every target closes a whole number of lot steps. Where not even
    that much can be risked, the plain lot step decides and nothing is closed before the last target.
    """
    rate = account_rate(instrument, account, entry)
    money = account.balance * risk_percent / 100
    loss_per_step = instrument.money(risk, instrument.lot_step) * rate
    most = min(int(money / loss_per_step), int(instrument.lot_max / instrument.lot_step))
    least = int(instrument.lot_min / instrument.lot_step)
    unit = 100 // gcd(100, *shares)
    whole = most // unit * unit
    if whole and all(whole * share // 100 >= least for share in shares):
        steps, split = whole, tuple(whole * share // 100 for share in shares)
    elif most >= least:
        steps, split = most, (*(0 for _ in shares[1:]), most)
    else:
        steps, split = 0, tuple(0 for _ in shares)
    risk_money = (loss_per_step * steps).quantize(Decimal("0.01"))
    return Size(instrument.lot_step * steps, steps, split, risk_money)
