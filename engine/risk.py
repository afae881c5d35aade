"""How much to trade: lots from money at risk, stop distance, contract facts and costs. Decimal throughout."""

from __future__ import annotations

import enum
from decimal import Decimal
from itertools import pairwise
from math import ceil, gcd

import msgspec

from engine.types import Instrument, Price

_FULL_UNTIL = 50  # ATR percentile
_NOTHING = Decimal(0)


class Bound(enum.StrEnum):
    """What kept the size from being larger."""

    RISK = "risk"
    LOT_MAX = "lot_max"
    NOTIONAL = "notional"
    MARGIN = "margin"


class Means(msgspec.Struct, frozen=True):
    """What may be put at stake for one trade, in account currency. None: no bound."""

    risk: Decimal
    notional: Decimal | None = None
    margin: Decimal | None = None


class Size(msgspec.Struct, frozen=True):
    """`split` says how many lot steps close at each target; `risk_money` is what the stop costs, commission included.

    Zero lots: even the smallest is beyond its `bound`.
    """

    lots: Decimal
    lot_steps: int
    split: tuple[int, ...]
    risk_money: Decimal
    bound: Bound = Bound.RISK


def volatility_scale(atr_percentile: float | None) -> Decimal:
    """Share of the usual risk: all of it up to the median ATR, less above, half where the ATR is the largest.

    Linear from 1 at the 50th to 1/2 at the 100th percentile: (150 − p) / 100. Never more than the usual risk. All of
    it while the percentile is not known yet.
    """
    if atr_percentile is None or atr_percentile <= _FULL_UNTIL:
        return Decimal(1)
    return (Decimal(100 + _FULL_UNTIL) - Decimal(str(round(atr_percentile, 2)))) / 100


def position_size(
    instrument: Instrument,
    means: Means,
    rate: Decimal,
    entry: Price,
    risk: int,
    shares: tuple[int, ...],
    digits: int = 2,
) -> Size:
    """The most lots within all bounds, floored to the lot step and never rounded up.

    `rate` is account currency for one unit of the quote currency, `risk` the ticks from entry to stop, `digits` those
    of the account's smallest unit. Shares are kept exactly where that costs at most one lot step, and else met to the
    nearest lot step. Where a target would close less than the least lot, nothing is closed before the last.
    """
    a_tick = instrument.tick_size * instrument.contract_size * instrument.lot_step  # as `money`, in the quote currency
    loss_per_step = a_tick * risk * rate + instrument.commission_per_lot * instrument.lot_step
    bound, most = _most(instrument, means, loss_per_step, a_tick * entry * rate)
    least = ceil(instrument.lot_min / instrument.lot_step)
    unit = 100 // gcd(100, *shares)
    whole = most // unit * unit
    if most - whole > 1:
        whole = most
    split = next((each for each in (_split(whole, shares), _split(most, shares)) if min(each) >= least), None)
    if split is None:
        split = (0,) * (len(shares) - 1) + (most if most >= least else 0,)
    steps = sum(split)
    risk_money = (loss_per_step * steps).quantize(Decimal(1).scaleb(-max(digits, 2)))
    return Size(instrument.lot_step * steps, steps, split, risk_money, bound)


def notional(instrument: Instrument, lot_steps: int, price: Price, rate: Decimal) -> Decimal:
    """What so many lot steps move, in account currency."""
    return instrument.money(price, instrument.lot_step * lot_steps) * rate


def margin(instrument: Instrument, lot_steps: int, price: Price, rate: Decimal) -> Decimal:
    """What must be in the account for them."""
    return notional(instrument, lot_steps, price, rate) / instrument.leverage


def _split(steps: int, shares: tuple[int, ...]) -> tuple[int, ...]:
    """What each target closes: all that are closed by then are the shares until then, to the nearest lot step."""
    closed = [(2 * steps * sum(shares[:count]) + 100) // 200 for count in range(len(shares) + 1)]
    return tuple([after - before for before, after in pairwise(closed)])


def _most(instrument: Instrument, means: Means, loss: Decimal, worth: Decimal) -> tuple[Bound, int]:
    """The tightest bound and the lot steps it allows; of equals the first. `loss` and `worth` are those of one step."""
    allowed = [(Bound.RISK, int(means.risk / loss)), (Bound.LOT_MAX, int(instrument.lot_max / instrument.lot_step))]
    if means.notional is not None:
        allowed.append((Bound.NOTIONAL, int(means.notional / worth)))
    if means.margin is not None:
        allowed.append((Bound.MARGIN, int(max(means.margin, _NOTHING) * instrument.leverage / worth)))
    bound, most = allowed[0]
    for other, steps in allowed:
        if steps < most:
            bound, most = other, steps
    return bound, max(most, 0)
