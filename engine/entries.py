"""How a pending trade gets into the market, or does not: at the first price, or at its limit or better."""

from __future__ import annotations

import msgspec

from engine.config import TradesConfig
from engine.events import Event, TradeOpened
from engine.price_range import PriceRange
from engine.trades import Position, act, end, turned
from engine.types import CloseReason, Direction, Order, Price, Trade, TradeStatus


def advance(position: Position, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
    """What the range does to a pending or open trade. The price that opens it also acts on it."""
    rest: PriceRange | None
    if position.trade.status is not TradeStatus.PENDING:
        rest = prices
    elif position.trade.signal.order is Order.LIMIT:
        rest = _at_limit(position, prices, time_ms, events)
    else:
        rest = _at_market(position, prices, time_ms, config, events)
    if rest is not None:
        act(position, rest, time_ms, config, events)


def _at_market(
    position: Position, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]
) -> PriceRange | None:
    """Open at the first price, or cancel when it is too far from the proposed entry to be the same trade."""
    setup = position.trade.signal.setup
    fill = prices.open + prices.spread if setup.direction is Direction.UP else prices.open
    if abs(fill - setup.entry) > config.max_slip_r * setup.risk:
        _cancel(position, fill, time_ms, events)
        return None
    _open(position, fill, prices.spread, time_ms, events)
    return prices


def _at_limit(position: Position, prices: PriceRange, time_ms: int, events: list[Event]) -> PriceRange | None:
    """Open when price comes to the limit: there, or better where it jumped over it.

    Cancelled when it jumped to the stop as well, and when the first target was reached without us. Returns the part
    of the range that is known to come after the entry. Inside a range that is the way down to its low (a BUY) and to
    its close; a high before or after, nobody knows, so a target only it reached does not count.
    """
    trade = position.trade
    setup = trade.signal.setup
    limit, up = setup.entry, setup.direction is Direction.UP
    pays = prices.spread if up else 0  # from the bid to the side it enters at
    first = prices.open + pays
    if (first <= limit) if up else (first >= limit):
        leave = prices.open + prices.spread - pays
        if (leave <= setup.stop) if up else (leave >= setup.stop):
            _cancel(position, first, time_ms, events)
            return None
        _open(position, first, prices.spread, time_ms, events)
        return prices
    if (prices.low + pays <= limit) if up else (prices.high >= limit):
        bid = limit - pays
        high, low = (max(bid, prices.close), prices.low) if up else (prices.high, min(bid, prices.close))
        rest = PriceRange(bid, high, low, prices.close, prices.spread)
        _open(position, limit, prices.spread, time_ms, events)
        position.take(msgspec.structs.replace(position.trade, ambiguous=_hides_target(position.trade, prices, rest)))
        return rest
    if _reaches(setup.targets[0], trade, prices):
        _cancel(position, prices.close + pays, time_ms, events)
    return None


def _hides_target(trade: Trade, whole: PriceRange, rest: PriceRange) -> bool:
    """Whether the whole range reached the first target and what surely came after the entry did not."""
    target = trade.signal.setup.targets[0]
    return _reaches(target, trade, whole) and not _reaches(target, trade, rest)


def _reaches(target: Price, trade: Trade, prices: PriceRange) -> bool:
    return prices.high >= target if trade.direction is Direction.UP else prices.low + prices.spread <= target


def _open(position: Position, fill: Price, spread: int, time_ms: int, events: list[Event]) -> None:
    trade = position.trade
    position.take(turned(trade, TradeStatus.OPEN, opened_ms=time_ms, opened_price=fill, price=fill, price_ms=time_ms))
    position.price, position.price_ms = position.price_after(-spread), time_ms
    position.worst = -spread
    position.marked = position.current().total_steps
    events.append(TradeOpened(time_ms, position.current()))


def _cancel(position: Position, price: Price, time_ms: int, events: list[Event]) -> None:
    position.take(msgspec.structs.replace(position.trade, price=price, price_ms=time_ms))
    end(position, CloseReason.CANCELLED, time_ms, events)
