"""A proposal as it is to be ordered: at market or at a limit, with as many targets as there are shares."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from engine.trading_config import Cost, TradesConfig
from engine.types import Direction, Instrument, Order, Price, ReasonCode, Setup

_ZONES = (ReasonCode.ENTRY_ZONE, ReasonCode.ZONE_HELD)  # in this order of preference


def ordered(setup: Setup, config: TradesConfig) -> tuple[Setup, Order]:
    """The setup with the entry and the targets it is ordered with."""
    if len(config.shares) != len(setup.targets):
        setup = msgspec.structs.replace(setup, targets=_spread_out(setup.targets, len(config.shares)))
    limit = _limit(setup) if config.entry is Order.LIMIT else None
    if limit is None:
        return setup, Order.MARKET
    return msgspec.structs.replace(setup, entry=limit), Order.LIMIT


def cushion(setup: Setup, instrument: Instrument, rate: Decimal, covers: tuple[Cost, ...]) -> int:
    """Ticks beyond the entry that pay for these costs."""
    ticks = setup.spread if Cost.SPREAD in covers else 0
    if Cost.COMMISSION in covers:
        a_tick = instrument.money(1, Decimal(1)) * rate
        ticks += int((instrument.commission_per_lot / a_tick).to_integral_value(ROUND_CEILING))
    return ticks


def _limit(setup: Setup) -> Price | None:
    """The near edge of the zone the trade rests on, at the side that is paid: the bid touches a BUY's zone when the
    ask is a spread above it. None where no such edge lies between stop and price; then the market is all there is.
    """
    for code in _ZONES:
        for reason in setup.reasons:
            if reason.code is code and len(reason.prices) == 2:
                bottom, top = reason.prices
                edge = top + setup.spread if setup.direction is Direction.UP else bottom
                if min(setup.stop, setup.entry) < edge < max(setup.stop, setup.entry):
                    return edge
    return None


def _spread_out(targets: tuple[Price, ...], count: int) -> tuple[Price, ...]:
    """So many targets from the first to the last, evenly; one is the last."""
    first, last = targets[0], targets[-1]
    if count == 1:
        return (last,)
    way, sign = abs(last - first), 1 if last > first else -1
    return tuple(first + sign * (way * number // (count - 1)) for number in range(count))
