"""The life of a trade: pending → open → secured (a target reached) → closed, with the reason.

    pending ──its price──▶ open ──TP1──▶ secured ──last target──▶ closed: target
       │ gone: cancelled     │ stop      │ stop: breakeven, trailed, or the first stop where it is kept
       │ no price: expired   │ time, weekend, news, desk (from both)

An admin may move an open trade's stop, nearer than the first one; left there, it closed at breakeven if that is entry,
else at the stop.

A trade advances over a price range; a tick is a range of no width. A BUY enters at the ask and leaves at the bid, a
SELL the other way, so prices are looked at from the side the trade can leave at. All moves are ticks in its favour.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from engine.events import Event, StopMoved, TargetHit, TradeClosed, TradeMarked
from engine.price_range import PriceRange
from engine.trading_config import AfterFirst, TradesConfig
from engine.types import CloseReason, Direction, Fill, Price, StopBy, Trade, TradeStatus

NEVER_MS = 2**61  # a number that compares as fast as any other once it is compiled; 2**62 does not

_NOT_LIVED = frozenset({CloseReason.CANCELLED, CloseReason.EXPIRED})
_LIVED = frozenset(CloseReason) - _NOT_LIVED
_GOES_ON: frozenset[CloseReason | None] = frozenset({None})

# From where to where, and with which reasons. Anything else is a mistake of ours.
LEGAL: Mapping[tuple[TradeStatus, TradeStatus], frozenset[CloseReason | None]] = {
    (TradeStatus.PENDING, TradeStatus.OPEN): _GOES_ON,
    (TradeStatus.PENDING, TradeStatus.CLOSED): _NOT_LIVED,
    (TradeStatus.OPEN, TradeStatus.OPEN): _GOES_ON,  # the stop moves
    (TradeStatus.OPEN, TradeStatus.SECURED): _GOES_ON,
    (TradeStatus.OPEN, TradeStatus.CLOSED): _LIVED,
    (TradeStatus.SECURED, TradeStatus.SECURED): _GOES_ON,  # the stop moves, or a further target is reached
    (TradeStatus.SECURED, TradeStatus.CLOSED): _LIVED,
}


class IllegalTransition(Exception):
    """A trade was to go where the table does not lead: our mistake, never the market's."""


@dataclass(slots=True)
class Position:
    """A live trade with the running figures that change too often to be events.

    `marked` is the result (ticks × lot steps) that was last told, `mark_every` how far it must move to be news.
    `opened` and `banked` and what lies between are the trade's own, kept by `take` because every price asks for them.
    At `leave_ms` it is to leave for `leave_for`; from then on `leaving` says so, and the next price takes it out.
    """

    trade: Trade
    price: Price = 0
    price_ms: int = 0
    best: int = 0
    worst: int = 0
    marked: int = 0
    mark_every: int = 0
    opened: Price = 0
    is_buy: bool = True
    stop: int = 0  # moves in its favour, as those of the prices
    target: int = 0
    open_steps: int = 0
    banked: int = 0
    leave_ms: int = NEVER_MS
    leave_for: CloseReason = CloseReason.TIME
    leaving: CloseReason | None = None

    def take(self, trade: Trade) -> None:
        """The trade as it is from now on: it has opened, its stop was moved, or a part of it was closed."""
        setup = trade.signal.setup
        self.trade = trade
        self.opened = trade.opened_price or 0
        self.is_buy = setup.direction is Direction.UP
        self.stop = self.move(trade.stop)
        self.target = self.move(setup.targets[min(trade.targets_hit, len(setup.targets) - 1)])
        self.open_steps, self.banked = trade.open_steps, trade.banked_steps

    def move(self, price: Price) -> int:
        """Ticks in the trade's favour from where it opened to a price it could leave at."""
        return price - self.opened if self.is_buy else self.opened - price

    def price_after(self, move: int) -> Price:
        """The price it could leave at after such a move."""
        return self.opened + move if self.is_buy else self.opened - move

    def moves(self, prices: PriceRange) -> tuple[int, int, int, int]:
        """First, worst, best and last price of the range as moves in the trade's favour."""
        opened = self.opened
        if self.is_buy:
            return prices.open - opened, prices.low - opened, prices.high - opened, prices.close - opened
        opened -= prices.spread
        return opened - prices.open, opened - prices.high, opened - prices.low, opened - prices.close

    def current(self) -> Trade:
        """The trade with its running figures."""
        if self.trade.opened_price is None:
            return self.trade
        return msgspec.structs.replace(
            self.trade, price=self.price, price_ms=self.price_ms, best=self.best, worst=self.worst
        )


def turned(trade: Trade, status: TradeStatus, reason: CloseReason | None = None, **changes: Any) -> Trade:
    """The trade one transition further. IllegalTransition where the table has none."""
    if reason not in LEGAL.get((trade.status, status), ()):
        raise IllegalTransition(f"{trade.id}: from {trade.status} to {status} for {reason or 'no reason'}")
    return msgspec.structs.replace(trade, status=status, reason=reason, **changes)


def sign_of(trade: Trade) -> int:
    """1 for a BUY, -1 for a SELL."""
    return 1 if trade.signal.setup.direction is Direction.UP else -1


def move_of(trade: Trade, price: Price) -> int:
    """As `Position.move`, of a trade by itself."""
    return (price - (trade.opened_price or 0)) * sign_of(trade)


def price_at(trade: Trade, move: int) -> Price:
    """As `Position.price_after`, of a trade by itself."""
    return (trade.opened_price or 0) + move * sign_of(trade)


def act(position: Position, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
    """What a range does to a trade that is in the market: stops and targets, then an exit that was waiting."""
    if not position.mark_every:  # just opened, or followed again after a rebuild
        whole = position.trade.signal.lot_steps * position.trade.risk
        position.mark_every = max(1, int(config.mark_step_r * whole))
    if position.leaving is None:
        _act(position, prices, time_ms, config, events)
        return
    first = PriceRange(prices.open, prices.open, prices.open, prices.open, prices.spread)
    _act(position, first, time_ms, config, events)
    if not position.trade.is_done:
        _leave(position, position.moves(first)[0], time_ms, events, position.leaving)


def _act(position: Position, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
    """Stops and targets inside the range, in the order that flatters us least."""
    first, worst, best, last = position.moves(prices)
    hit_here = False
    while True:
        trade, stop, target = position.trade, position.stop, position.target
        if worst <= stop:
            # Stop before target: inside one range we cannot know which came first, and flattering ourselves here is
            # the commonest way a backtest lies.
            certain = first <= stop or (best < target and (last <= stop or not hit_here))
            position.take(msgspec.structs.replace(trade, ambiguous=trade.ambiguous or not certain))
            _leave(position, min(first, stop), time_ms, events, _stopped(trade))
            return
        if best < target:
            break
        position.best = max(position.best, target)
        if trade.targets_hit + 1 == len(trade.signal.setup.targets):
            position.worst = min(position.worst, worst)
            _leave(position, target, time_ms, events, CloseReason.TARGET)
            return
        _take_target(position, target, time_ms, config, events)
        first, hit_here = target, True
    position.best = max(position.best, best)
    position.worst = min(position.worst, worst)
    _mark(position, last, time_ms, events)


def _stopped(trade: Trade) -> CloseReason:
    """What leaving at the stop is called. One that an admin left at the entry is breakeven like any other."""
    if trade.stop_by is StopBy.TRAIL:
        return CloseReason.TRAILED
    at_entry = trade.stop_by is StopBy.BREAKEVEN or trade.stop == trade.opened_price
    return CloseReason.BREAKEVEN if at_entry else CloseReason.STOP


def _take_target(position: Position, move: int, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
    """A target on the way: close its share; at the first, move the stop to entry unless it is to be kept."""
    trade = position.trade
    number = trade.targets_hit + 1
    steps = trade.signal.split[trade.targets_hit]
    fills = trade.fills
    if steps:
        fills = (*fills, Fill(position.price_after(move), steps, move, time_ms, number))
    before = trade.stop
    moved: dict[str, Any] = {}
    if number == 1 and config.after_first is AfterFirst.BREAKEVEN:
        # With costs on top breakeven may lie beyond a near target; a stop there would be hit at once.
        cushion = min(trade.signal.cushion, move - 1)
        if cushion > position.stop:
            moved = {"stop": position.price_after(cushion), "stop_by": StopBy.BREAKEVEN}
    position.take(turned(trade, TradeStatus.SECURED, fills=fills, targets_hit=number, **moved))
    position.price, position.price_ms = position.price_after(move), time_ms
    current = position.current()
    position.marked = current.total_steps
    events.append(TargetHit(time_ms, current, number, steps))
    if moved:
        events.append(StopMoved(time_ms, current, before))


def _leave(position: Position, move: int, time_ms: int, events: list[Event], reason: CloseReason) -> None:
    """Close what is left at this move: a target, the stop, or a gap beyond it."""
    trade = position.trade
    targets = len(trade.signal.setup.targets)
    number = targets if reason is CloseReason.TARGET else None
    position.price, position.price_ms = position.price_after(move), time_ms
    position.worst = min(position.worst, move)
    fill = Fill(position.price, trade.open_steps, move, time_ms, number)
    position.take(
        msgspec.structs.replace(trade, fills=(*trade.fills, fill), targets_hit=targets if number else trade.targets_hit)
    )
    end(position, reason, time_ms, events)


def end(position: Position, reason: CloseReason, time_ms: int, events: list[Event]) -> None:
    """Over, with all that is known of it."""
    position.take(turned(position.current(), TradeStatus.CLOSED, reason, closed_ms=time_ms))
    events.append(TradeClosed(time_ms, position.trade))


def _mark(position: Position, last: int, time_ms: int, events: list[Event]) -> None:
    """Note the last price; say so when the result has moved far enough."""
    position.price, position.price_ms = position.price_after(last), time_ms
    result = position.banked + last * position.open_steps
    if abs(result - position.marked) >= position.mark_every:
        position.marked = result
        events.append(TradeMarked(time_ms, position.current()))


def pass_moment(position: Position, time_ms: int) -> list[Event]:
    """What time alone does: a signal without its price expires, a trade that is to be out by now waits for a price."""
    events: list[Event] = []
    if position.trade.status is not TradeStatus.PENDING:
        if position.leave_ms <= time_ms:
            position.leaving, position.leave_ms = position.leave_for, NEVER_MS
    elif position.trade.signal.expires_ms <= time_ms:
        end(position, CloseReason.EXPIRED, time_ms, events)
    elif position.leave_ms <= time_ms:
        end(position, CloseReason.CANCELLED, time_ms, events)
    return events


def due_ms(position: Position) -> int:
    """When `pass_moment` next has something to do."""
    if position.trade.status is TradeStatus.PENDING:
        return min(position.leave_ms, position.trade.signal.expires_ms)
    return position.leave_ms


def tighten_stop(position: Position, stop: Price, by: StopBy, time_ms: int) -> list[Event]:
    """Put the stop nearer. Nothing happens where it would be farther away, or beyond the price, or not open yet."""
    trade = position.trade
    if trade.opened_price is None or not move_of(trade, trade.stop) < move_of(trade, stop) < move_of(
        trade, position.price
    ):
        return []
    before = trade.stop
    position.take(turned(trade, trade.status, stop=stop, stop_by=by))
    return [StopMoved(time_ms, position.current(), before)]


def close_by_desk(position: Position, time_ms: int) -> list[Event]:
    """An admin closes it at the last price; a pending trade is cancelled."""
    events: list[Event] = []
    trade = position.trade
    if trade.opened_price is None:
        end(position, CloseReason.CANCELLED, time_ms, events)
    else:
        _leave(position, move_of(trade, position.price), time_ms, events, CloseReason.DESK)
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
    if move_of(trade, stop) >= move_of(trade, trade.price):
        return StopRefusal.BEYOND_PRICE
    return StopRefusal.WIDER if move_of(trade, stop) < move_of(trade, trade.signal.setup.stop) else None


def move_stop(position: Position, stop: Price, time_ms: int) -> list[Event]:
    """An admin moves it to where `stop_refusal` has nothing against."""
    trade = position.trade
    position.take(turned(trade, trade.status, stop=stop, stop_by=StopBy.DESK))
    return [StopMoved(time_ms, position.current(), trade.stop)]
