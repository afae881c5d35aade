"""The account among the markets: books what trades did, knows equity, margin and open risk, watches the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from engine.account import booked, cash_of, closing, opening, paid_in, worth
from engine.config import EngineConfig
from engine.events import (
    AccountChanged,
    BreakerRearmed,
    EquityMarked,
    Event,
    TargetHit,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.gate import GroupRisk
from engine.limits import (
    Refusal,
    after_trade,
    floor,
    is_held_back,
    locks,
    losing_streak,
    rearmed,
    turned_day,
    watched,
    with_high,
)
from engine.market import Market
from engine.rates import conversion, converted
from engine.risk import Means, margin, volatility_scale
from engine.trades import Position, sign_of
from engine.trading_config import Capital
from engine.types import Account, Entry, Instrument, Mode, Price, Trade

_NOTHING = Decimal(0)
_ONE = Decimal(1)
_HUNDRED = Decimal(100)


@dataclass(slots=True)
class Purse:
    """Where the account is kept: part of the engine's snapshot."""

    account: Account


class Treasury:
    """Owns what is in the purse; all else is looked up when it is asked. `mode` says whether limits on loss apply."""

    def __init__(
        self, config: EngineConfig, purse: Purse, markets: dict[str, Market], mode: Callable[[], Mode]
    ) -> None:
        """ValueError when the money of an instrument cannot be told in the account's currency."""
        self._config = config
        self._purse = purse
        self._markets = markets
        self._mode = mode
        self._digits = config.account.digits
        self._floor = (purse.account, floor(purse.account, config.limits))  # worked out once for each account
        self._a_tick = {i.symbol: i.money(1, i.lot_step) for i in config.instruments}  # on one lot step
        self._ways = {i.symbol: conversion(i, config.instruments, config.account) for i in config.instruments}

    @property
    def account(self) -> Account:
        return self._purse.account

    def adopt(self, account: Account) -> None:
        """Go on with the account of an earlier life; one in another currency begins anew."""
        if account.currency == self._config.account.currency:
            self._purse.account = paid_in(account, self._config.account.balance)

    def rate(self, instrument: Instrument, price: Price) -> Decimal | None:
        """Account currency for one unit of the quote currency; None while a cross has not been quoted."""
        way = self._ways[instrument.symbol]
        return converted(way, instrument, price, self._quote_of) if way else _ONE

    def settle(self, market: Market, events: list[Event]) -> list[Event]:
        """Book openings and closings, and look at the limits. The events' trades are told what was booked."""
        now_ms, before = events[-1].time_ms, self.account
        if type(events[0]) is TradeMarked and len(events) == 1 and now_ms < before.day_end_ms:  # nearly all are so
            limits = self._watch(now_ms)
            changed = [] if self.account is before else [AccountChanged(now_ms, self.account)]
            return [*events, *changed, *limits]
        if all(isinstance(event, TradeClosed) and event.trade.opened_price is None for event in events):
            return events  # never in the market
        money: dict[str, Decimal] = {}
        entries = [self._entries(event, market.instrument) for event in events]
        whole = [entry for each in entries for entry in each]
        told = [_stamped(event, each, money) for event, each in zip(events, entries, strict=True)]
        for position in market.positions:
            if position.trade.id in money:
                position.take(msgspec.structs.replace(position.trade, money=money[position.trade.id]))
        # A day that begins now begins with the balance before this was booked, and with the equity there is.
        self._purse.account = booked(before, whole)
        account = turned_day(before, self.equity(now_ms), now_ms, self._config.limits)
        self._purse.account = booked(account, whole)
        self._count(events)
        limits = self._streak(events) + self._watch(now_ms)
        if self.account != before:
            told.append(AccountChanged(now_ms, self.account, tuple(whole)))
        return told + limits

    def turn_day(self, now_ms: int) -> list[Event]:
        """The account's day is over: another begins."""
        self._purse.account = turned_day(self.account, self.equity(now_ms), now_ms, self._config.limits)
        return [AccountChanged(now_ms, self.account)]

    def look(self, now_ms: int) -> list[Event]:
        """What is reached just before a signal: since the last mark equity may have passed a limit unsaid."""
        before = self.account
        limits = self._watch(now_ms)
        return [] if self.account is before else [AccountChanged(now_ms, self.account), *limits]

    def rearm(self, actor: int, now_ms: int) -> list[Event]:
        """Let a tripped breaker go."""
        equity = self.equity(now_ms)
        self._purse.account = rearmed(self.account, equity)
        return [BreakerRearmed(now_ms, actor, equity), AccountChanged(now_ms, self.account)]

    def equity(self, now_ms: int) -> Decimal:
        """The balance and what open trades stand at."""
        total = self._purse.account.cash
        for market in self._markets.values():
            for position in market.positions:
                trade, steps = position.trade, position.open_steps
                if steps:
                    instrument, ticks = market.instrument, steps * position.move(position.price)
                    rate = self.rate(instrument, position.price)
                    gain = self._a_tick[instrument.symbol] * ticks * (trade.signal.rate if rate is None else rate)
                    total += worth(trade, steps, gain, instrument, now_ms, self._digits)
        return total

    def margin(self) -> Decimal:
        """What open trades hold."""
        return sum([self._margin(m, p) for m in self._markets.values() for p in m.positions if p.open_steps], _NOTHING)

    def capital(self, now_ms: int) -> Decimal:
        """Of what risk is a percentage."""
        risk_of, account = self._config.account.risk_of, self._purse.account
        if risk_of is Capital.START:
            return account.paid_in
        return account.balance if risk_of is Capital.BALANCE else self.equity(now_ms)

    def means(self, market: Market, risk_percent: Decimal) -> Means:
        """What may be put at stake for one trade more."""
        account, now_ms = self._config.account, market.time_ms
        scale = _ONE
        if account.scale_by_volatility:
            scale = volatility_scale(market.charts[1].indicators.atr_rank.value)
        return Means(
            risk=max(self.capital(now_ms), _NOTHING) * risk_percent * scale / _HUNDRED,
            notional=account.max_notional or None,
            margin=self.equity(now_ms) * account.max_margin_percent / _HUNDRED - self._spoken_for(),
        )

    def open_risk(
        self, instrument: Instrument, setup_risk: Decimal, now_ms: int
    ) -> tuple[Decimal, tuple[GroupRisk, ...]]:
        """What is at risk in all and in each of the instrument's groups with one trade more, in percent of capital."""
        capital = self.capital(now_ms)
        if capital <= _NOTHING:
            return _NOTHING, ()
        risks = [(m.instrument, self._risk(m, position)) for m in self._markets.values() for position in m.positions]
        risks.append((instrument, setup_risk))
        groups = [
            GroupRisk(
                group.name,
                _HUNDRED * sum([risk for of, risk in risks if group.holds(of)], _NOTHING) / capital,
                group.max_risk_percent,
            )
            for group in self._config.gate.groups
            if group.holds(instrument)
        ]
        return _HUNDRED * sum([risk for _, risk in risks], _NOTHING) / capital, tuple(groups)

    def locks(self, now_ms: int) -> tuple[Refusal, ...]:
        """Limits on loss that are reached; none in signal mode."""
        if self._mode() is Mode.SIGNAL or not is_held_back(self.account, self._config.limits):
            return ()
        return locks(self.account, self.equity(now_ms), now_ms, self._config.limits)

    def _count(self, events: list[Event]) -> None:
        """The high, and losers in a row."""
        account = with_high(self.account, self._config.limits)
        for event in events:
            if type(event) is TradeClosed and event.trade.opened_price is not None:
                account = after_trade(account, event.trade)
        self._purse.account = account

    def _streak(self, events: list[Event]) -> list[Event]:
        if self._mode() is Mode.SIGNAL or not any(type(event) is TradeClosed for event in events):
            return []
        return losing_streak(self.account, events[-1].time_ms, self._config.limits)

    def _watch(self, now_ms: int) -> list[Event]:
        """What the account is worth now, and what is reached. Signal mode knows no limits on loss."""
        account, equity = self.account, self.equity(now_ms)
        marked: list[Event] = [EquityMarked(now_ms, account.cash, equity)]
        if self._mode() is Mode.SIGNAL:  # trades of paper may be open still
            return marked
        if self._floor[0] is not account:
            self._floor = (account, floor(account, self._config.limits))
        if equity > self._floor[1]:
            return marked
        self._purse.account, events = watched(account, equity, now_ms, self._config.limits)
        return marked + events

    def _entries(self, event: Event, instrument: Instrument) -> list[Entry]:
        match event:
            case TradeOpened(time_ms, trade):
                return opening(trade, instrument, time_ms, self._digits)
            case TargetHit(_, trade, _, closed_steps) if closed_steps:
                fill = trade.fills[-1]
            case TradeClosed(_, trade) if trade.opened_price is not None:
                fill = trade.fills[-1]
            case _:
                return []
        rate = self.rate(instrument, fill.price)
        # Without a quote of the cross, as after a rebuild, the rate is the last that was known for this trade.
        return closing(trade, fill, instrument, trade.signal.rate if rate is None else rate, self._digits)

    def _rate_of(self, market: Market, trade: Trade, price: Price | None) -> Decimal:
        rate = self.rate(market.instrument, price or trade.signal.setup.entry)
        return trade.signal.rate if rate is None else rate

    def _spoken_for(self) -> Decimal:
        """What open trades hold and pending ones will."""
        return sum([self._margin(m, p) for m in self._markets.values() for p in m.positions], _NOTHING)

    def _margin(self, market: Market, position: Position) -> Decimal:
        """What a trade holds; a pending one, what it will at its entry."""
        trade = position.trade
        if trade.opened_price is None:
            entry, steps = trade.signal.setup.entry, trade.signal.lot_steps
            return margin(market.instrument, steps, entry, self._rate_of(market, trade, entry))
        rate = self._rate_of(market, trade, position.price)
        return margin(market.instrument, position.open_steps, trade.opened_price, rate)

    def _risk(self, market: Market, position: Position) -> Decimal:
        """What the stop would cost from the entry on: nothing once it is at the entry."""
        trade = position.trade
        if trade.opened_price is None:
            return trade.signal.risk_money
        ticks = max((trade.opened_price - trade.stop) * sign_of(trade), 0)
        lots = market.instrument.lot_step * position.open_steps
        return market.instrument.money(ticks, lots) * self._rate_of(market, trade, position.price)

    def _quote_of(self, symbol: str) -> tuple[Price, Price] | None:
        return self._markets[symbol].quote()


def _stamped(event: Event, entries: Iterable[Entry], money: dict[str, Decimal]) -> Event:
    """The event with a trade that knows what was booked for it until then; `money` keeps that of each trade.

    A trade of an earlier life of which nothing was booked when it opened stays without.
    """
    trade: Trade | None = getattr(event, "trade", None)
    if trade is None or trade.opened_price is None:
        return event
    before = Decimal(0) if type(event) is TradeOpened else money.get(trade.id, trade.money)
    if before is None:
        return event
    money[trade.id] = before + cash_of(entries)
    return msgspec.structs.replace(event, trade=msgspec.structs.replace(trade, money=money[trade.id]))
