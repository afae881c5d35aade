"""The life of a trade: pending → open → secured (TP1, stop at entry) → closed, with the reason.

    pending ──first price──▶ open ──TP1──▶ secured ──TP2──▶ closed: target
       │ too far: closed: cancelled  │ stop: closed: stop   │ stop: closed: breakeven
       │ no price: closed: expired   │ admin: closed: desk  │ admin: closed: desk

An admin may move an open trade's stop, nearer than the first one; left there, it closed at breakeven if that is entry,
else at the stop.

A trade advances over a price range; a tick is a range of no width. A BUY enters at the ask and leaves at the bid, a
SELL the other way, so prices are looked at from the side the trade can leave at. All moves are ticks in its favour.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from engine.config import TradesConfig
from engine.events import Event, StopMoved, TargetHit, TradeClosed, TradeMarked, TradeOpened
from engine.types import CloseReason, Direction, Fill, Price, Trade, TradeStatus


class PriceRange(NamedTuple):
    """What price did: bid prices, and the spread to the ask. For a tick all four are the bid."""

    open: Price
    high: Price
    low: Price
    close: Price
    spread: int


@dataclass(slots=True)
class Position:
    """A live trade with the running figures that change too often to be events.

    `marked` is the result (ticks × lot steps) that was last told, `mark_every` how far it must move to be news.
    """

    trade: Trade
    price: Price = 0
    price_ms: int = 0
    best: int = 0
    worst: int = 0
    marked: int = 0
    mark_every: int = 0

    def current(self) -> Trade:
        """The trade with its running figures."""
        if self.trade.opened_price is None:
            return self.trade
        return msgspec.structs.replace(
            self.trade, price=self.price, price_ms=self.price_ms, best=self.best, worst=self.worst
        )


def advance(position: Position, prices: PriceRange, time_ms: int, config: TradesConfig) -> list[Event]:
    """What the range does to a pending or open trade. The first price may open it; the same range then acts on it."""
    events: list[Event] = []
    if position.trade.status is TradeStatus.PENDING:
        _enter(position, prices, time_ms, config, events)
    if position.trade.opened_price is not None and not position.trade.is_done:
        if not position.mark_every:  # just opened, or followed again after a rebuild
            whole = position.trade.signal.lot_steps * position.trade.risk
            position.mark_every = max(1, int(config.mark_step_r * whole))
        _act(position, prices, time_ms, events)
    return events


def _enter(position: Position, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
    """Open at the first price, or cancel when it is too far from the proposed entry to be the same trade."""
    trade = position.trade
    setup = trade.signal.setup
    up = setup.direction is Direction.UP
    fill = prices.open + prices.spread if up else prices.open
    if abs(fill - setup.entry) > config.max_slip_r * setup.risk:
        position.trade = msgspec.structs.replace(trade, price=fill, price_ms=time_ms)
        _end(position, CloseReason.CANCELLED, time_ms, events)
        return
    position.trade = msgspec.structs.replace(
        trade, status=TradeStatus.OPEN, opened_ms=time_ms, opened_price=fill, price=fill, price_ms=time_ms
    )
    position.price, position.price_ms = prices.open if up else prices.open + prices.spread, time_ms
    position.worst = -prices.spread
    position.marked = position.current().total_steps
    events.append(TradeOpened(time_ms, position.current()))


def _act(position: Position, prices: PriceRange, time_ms: int, events: list[Event]) -> None:
    """Stops and targets inside the range, in the order that flatters us least."""
    trade = position.trade
    targets = trade.signal.setup.targets
    first, worst, best, last = _moves(trade, prices)
    hit_here = False
    while True:
        stop = _move(trade, trade.stop)
        target = _move(trade, targets[trade.targets_hit])
        if worst <= stop:
            # Stop before target: inside one range we cannot know which came first, and flattering ourselves here is
            # the commonest way a backtest lies.
            certain = first <= stop or (best < target and (last <= stop or not hit_here))
            position.trade = trade = msgspec.structs.replace(trade, ambiguous=trade.ambiguous or not certain)
            _leave(position, min(first, stop), time_ms, events)
            return
        if best < target:
            break
        position.best = max(position.best, target)
        if trade.targets_hit + 1 == len(targets):
            position.worst = min(position.worst, worst)
            _leave(position, target, time_ms, events)
            return
        position.trade = trade = _take_target(position, target, time_ms, events)
        first, hit_here = target, True
    position.best = max(position.best, best)
    position.worst = min(position.worst, worst)
    _mark(position, last, time_ms, events)


def _moves(trade: Trade, prices: PriceRange) -> tuple[int, int, int, int]:
    """First, worst, best and last price of the range as moves in the trade's favour."""
    opened = trade.opened_price or 0
    if trade.direction is Direction.UP:
        return prices.open - opened, prices.low - opened, prices.high - opened, prices.close - opened
    opened -= prices.spread
    return opened - prices.open, opened - prices.high, opened - prices.low, opened - prices.close


def _move(trade: Trade, price: Price) -> int:
    return (price - (trade.opened_price or 0)) * trade.direction.sign


def _price(trade: Trade, move: int) -> Price:
    return (trade.opened_price or 0) + move * trade.direction.sign


def _take_target(position: Position, move: int, time_ms: int, events: list[Event]) -> Trade:
    """A target on the way: close its share, move the stop to entry."""
    trade = position.trade
    number = trade.targets_hit + 1
    steps = trade.signal.split[trade.targets_hit]
    fills = trade.fills
    if steps:
        fills = (*fills, Fill(_price(trade, move), steps, move, time_ms, number))
    # An admin may have moved it further already; what he made safe stays safe.
    before, stop = trade.stop, _price(trade, max(0, _move(trade, trade.stop)))
    trade = msgspec.structs.replace(trade, status=TradeStatus.SECURED, fills=fills, targets_hit=number, stop=stop)
    position.trade, position.price, position.price_ms = trade, _price(trade, move), time_ms
    current = position.current()
    position.marked = current.total_steps
    events.append(TargetHit(time_ms, current, number, steps))
    if stop != before:
        events.append(StopMoved(time_ms, current, before))
    return trade


def _leave(position: Position, move: int, time_ms: int, events: list[Event]) -> None:
    """Close what is left at this move: a target, the stop, or a gap beyond it."""
    trade = position.trade
    targets = trade.signal.setup.targets
    at_target = move >= _move(trade, targets[-1])
    position.price, position.price_ms = _price(trade, move), time_ms
    position.worst = min(position.worst, move)
    number = len(targets) if at_target else None
    fill = Fill(position.price, trade.open_steps, move, time_ms, number)
    hit = len(targets) if at_target else trade.targets_hit
    position.trade = msgspec.structs.replace(trade, fills=(*trade.fills, fill), targets_hit=hit)
    if at_target:
        reason = CloseReason.TARGET
    else:
        reason = CloseReason.STOP if _move(trade, trade.stop) else CloseReason.BREAKEVEN
    _end(position, reason, time_ms, events)


def _end(position: Position, reason: CloseReason, time_ms: int, events: list[Event]) -> None:
    position.trade = msgspec.structs.replace(
        position.current(), status=TradeStatus.CLOSED, closed_ms=time_ms, reason=reason
    )
    events.append(TradeClosed(time_ms, position.trade))


def _mark(position: Position, last: int, time_ms: int, events: list[Event]) -> None:
    """Note the last price; say so when the result has moved far enough."""
    trade = position.trade
    position.price, position.price_ms = _price(trade, last), time_ms
    result = trade.banked_steps + last * trade.open_steps
    if abs(result - position.marked) >= position.mark_every:
        position.marked = result
        events.append(TradeMarked(time_ms, position.current()))


def expire(position: Position, time_ms: int) -> list[Event]:
    """No price came in time."""
    events: list[Event] = []
    _end(position, CloseReason.EXPIRED, time_ms, events)
    return events


def close_by_desk(position: Position, time_ms: int) -> list[Event]:
    """An admin closes it at the last price; a pending trade is cancelled."""
    events: list[Event] = []
    trade = position.trade
    if trade.opened_price is None:
        _end(position, CloseReason.CANCELLED, time_ms, events)
        return events
    fill = Fill(position.price, trade.open_steps, _move(trade, position.price), time_ms, None)
    position.trade = msgspec.structs.replace(trade, fills=(*trade.fills, fill))
    _end(position, CloseReason.DESK, time_ms, events)
    return events


class StopRefusal(enum.StrEnum):
    """Why a stop cannot be moved to a price."""

    NOT_OPEN = "not_open"
    BEYOND_PRICE = "beyond_price"  # it would be hit at once, or turn a stop into a target
    WIDER = "wider"  # farther away than the first one: more than was said to be at risk
    THERE = "there"  # it stands there already


def stop_refusal(trade: Trade, stop: Price) -> StopRefusal | None:
    """What speaks against this stop, as the trade stands now; None when nothing does."""
    if trade.opened_price is None or trade.price is None or trade.is_done:
        return StopRefusal.NOT_OPEN
    if stop == trade.stop:
        return StopRefusal.THERE
    if _move(trade, stop) >= _move(trade, trade.price):
        return StopRefusal.BEYOND_PRICE
    return StopRefusal.WIDER if _move(trade, stop) < _move(trade, trade.signal.setup.stop) else None


def move_stop(position: Position, stop: Price, time_ms: int) -> list[Event]:
    """An admin moves it to where `stop_refusal` has nothing against."""
    before = position.trade.stop
    position.trade = msgspec.structs.replace(position.trade, stop=stop)
    return [StopMoved(time_ms, position.current(), before)]
