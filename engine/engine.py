"""The engine's one door: `push` an input, get back what is worth saying. Wires the parts, decides nothing itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from engine.account import new_account
from engine.config import EngineConfig
from engine.confluence import weighed
from engine.events import (
    EVERY_CURRENCY,
    Action,
    CandleInput,
    CloseTrade,
    Command,
    CommandRefused,
    Event,
    Heartbeat,
    History,
    Input,
    MoveStop,
    NewsItem,
    Pause,
    Rearm,
    Resume,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    SettingChanged,
    SignalIssued,
    StopMoved,
    Tick,
    Withdraw,
)
from engine.judgement import Judgement
from engine.market import Market, Office
from engine.settings import text_of, with_settings
from engine.state import ALL, EngineState, Header, Issued, Snapshot
from engine.trades import Position, close_by_desk, move_stop, stop_refusal
from engine.treasury import Purse, Treasury
from engine.triggers import set_off
from engine.types import (
    Account,
    MarketView,
    Mode,
    NoSetup,
    Regime,
    Setup,
    Strategy,
    Trade,
    TradeStatus,
)

SNAPSHOT_VERSION = 3
RUNNING = "running"  # what the pause setting says when there is none
NO_STRATEGY = "none"  # what the strategies' setting says when all are off


class SnapshotMismatch(ValueError):
    """The snapshot was made by another version of the engine or under another configuration."""


class Engine:
    """Turn what is heard into what is worth saying. Deterministic; no I/O, no clock."""

    def __init__(self, config: EngineConfig) -> None:
        """`config` stays what it was built with; `in_force` is that with what admins changed since. ValueError when the
        money of an instrument cannot be told in the account's currency.
        """
        self.config = config
        markets = {i.symbol: Market.new(i, config) for i in config.instruments}
        is_on = {strategy: config.strategies.of(strategy).is_on for strategy in Strategy}
        purse = Purse(new_account(config.account))
        self._furnish(EngineState(markets, config.account.risk_percent, config.account.mode, is_on, purse))

    def _furnish(self, state: EngineState) -> None:
        """Work with this state and its settings from now on. ValueError where a setting will not do."""
        self.in_force = with_settings(self.config, state.settings)
        self._state = state
        self._treasury = Treasury(self.in_force, state.purse, state.markets, lambda: state.mode)
        self._judgement = Judgement(self.in_force, state, self._treasury)
        self._office = Office(self.in_force.trades, self.in_force.news, self._decide, self._treasury.settle)

    def push(self, item: Input) -> list[Event]:
        """Take one input; return what it made known, in order.

        A symbol that is not configured and an input older than its symbol's stream are counted, not taken. ValueError
        for a candle that cannot be folded into the entry timeframe.
        """
        if type(item) is Tick:  # there are millions of these
            market = self._state.markets.get(item.symbol)
            if market is None:
                self._state.unknown_symbols += 1
                return []
            if market.takes_quietly(item):
                return []
            return market.on_tick(item, self._office)
        if type(item) is CandleInput or type(item) is History:
            return self._on_candle(item)
        if isinstance(item, Heartbeat):
            return self._on_heartbeat(item.feed, item.time_ms)
        if isinstance(item, Command):
            return self._on_command(item.actor, item.action)
        if isinstance(item, NewsItem):
            return self._on_news(item)
        raise TypeError(f"not an input: {item!r}")

    def view(self, symbol: str) -> MarketView:
        """All that is known now about a symbol. KeyError when it is not configured."""
        return self._state.markets[symbol].view()

    def regime(self, symbol: str) -> Regime | None:
        """That of the trend timeframe; None while it is not known. KeyError as with `view`."""
        return self._state.markets[symbol].charts[-1].regime.regime

    def news(self, symbol: str) -> tuple[NewsItem, ...]:
        """The announcements known of a symbol's currencies, by time; some may be past. KeyError as with `view`."""
        return tuple(self._state.markets[symbol].news)

    def heard_until_ms(self, symbol: str) -> int:
        """Up to where the symbol's stream is complete; 0 before its first input. KeyError when it is not configured."""
        return self._state.markets[symbol].time_ms

    def quote_ms(self, symbol: str) -> int | None:
        """When the symbol's last price was quoted; None before the first. KeyError when it is not configured."""
        return self._state.markets[symbol].quote_ms or None

    @property
    def has_trades(self) -> bool:
        """Whether any trade is pending or open."""
        return any(market.positions for market in self._state.markets.values())

    def open_trades(self) -> list[Trade]:
        """Pending and open trades of all symbols, in the order they were issued."""
        trades = [t for market in self._state.markets.values() for t in market.open_trades().values()]
        return sorted(trades, key=lambda trade: (trade.signal.issued_ms, trade.id))

    @property
    def time_ms(self) -> int:
        """The latest moment heard of, over all symbols."""
        latest_ms = self._state.beat_ms
        for market in self._state.markets.values():
            latest_ms = max(latest_ms, market.time_ms)
        return latest_ms

    @property
    def risk_percent(self) -> Decimal:
        return self._state.risk_percent

    @property
    def mode(self) -> Mode:
        return self._state.mode

    @property
    def account(self) -> Account:
        """The balance and all the books."""
        return self._state.purse.account

    @property
    def equity(self) -> Decimal:
        """The balance and what open trades stand at."""
        return self._treasury.equity(self.time_ms)

    @property
    def capital(self) -> Decimal:
        """Of what risk is a percentage, as it is now."""
        return self._treasury.capital(self.time_ms)

    @property
    def margin(self) -> Decimal:
        """What open trades hold of it."""
        return self._treasury.margin()

    @property
    def strategies_on(self) -> frozenset[Strategy]:
        """The strategies that may propose."""
        return frozenset([strategy for strategy, is_on in self._state.is_on.items() if is_on])

    @property
    def settings(self) -> Mapping[str, str]:
        """What admins changed and is not what the configuration says: name → value."""
        return dict(self._state.settings)

    @property
    def paused(self) -> dict[str, int | None]:
        """Pauses in force: a symbol, or ALL → until when; None: until /resume."""
        now_ms = self.time_ms
        return {key: until_ms for key, until_ms in self._state.paused.items() if self._state.is_in_force(key, now_ms)}

    @property
    def late_inputs(self) -> int:
        """Inputs older than their symbol's stream, counted and not taken."""
        return sum(market.late for market in self._state.markets.values())

    @property
    def unknown_symbols(self) -> int:
        return self._state.unknown_symbols

    def is_paused(self, symbol: str, at_ms: int | None = None) -> bool:
        """Whether new signals of a symbol are held back at a moment, by default now."""
        moment_ms = self.time_ms if at_ms is None else at_ms
        return self._state.is_paused(symbol, moment_ms)

    def adopt(self, trades: Iterable[Trade]) -> None:
        """Follow trades of an earlier life: after a rebuild from stored candles, before anything live is pushed."""
        for trade in trades:
            self._state.issued.append(Issued(trade.signal.issued_ms, trade.symbol))
            market = self._state.markets[trade.symbol]
            market.remember(trade.signal.setup)
            if trade.closed_ms is None:
                market.add(trade, self._office)
            else:
                market.note_end(trade, trade.closed_ms)

    def adopt_account(self, account: Account) -> None:
        """Go on with the account of an earlier life. What the configuration pays in otherwise is added or taken."""
        self._treasury.adopt(account)

    def snapshot(self) -> bytes:
        """The whole state, with a digest of its shape and of the configuration."""
        for market in self._state.markets.values():
            for chart in market.charts:
                chart.zones.all()  # which zones were looked at before must make no difference to the bytes
        return msgspec.msgpack.encode(Snapshot(_digest(self.config), self._state))

    @classmethod
    def restore(cls, config: EngineConfig, state: bytes) -> Engine:
        """The engine as it was. SnapshotMismatch when version or configuration changed since."""
        try:
            if msgspec.msgpack.decode(state, type=Header).digest != _digest(config):
                raise SnapshotMismatch("the snapshot is of another version or configuration")
            snapshot = msgspec.msgpack.decode(state, type=Snapshot)
        except msgspec.MsgspecError as error:
            raise SnapshotMismatch(f"not a snapshot: {error}") from error
        engine = cls(config)
        try:
            engine._furnish(snapshot.state)
        except ValueError as error:
            raise SnapshotMismatch(f"a setting of the snapshot will not do: {error}") from error
        return engine

    def _on_candle(self, item: CandleInput | History) -> list[Event]:
        candle, entry = item.candle, self.config.timeframes.entry
        market = self._state.markets.get(candle.symbol)
        if market is None:
            self._state.unknown_symbols += 1
            return []
        is_live = type(item) is CandleInput
        if is_live and candle.timeframe is not entry and candle.timeframe.ms > entry.ms:
            raise ValueError(f"a live {candle.timeframe} candle cannot be split into {entry}; give it as history")
        market.refuse_misplaced(candle)
        return market.on_candle(candle, self._office, is_history=not is_live)

    def _on_news(self, item: NewsItem) -> list[Event]:
        for market in self._state.markets.values():
            if item.currency in (EVERY_CURRENCY, market.instrument.base, market.instrument.quote):
                market.note_news(item, self._office)
        return []

    def _on_heartbeat(self, feed: str, time_ms: int) -> list[Event]:
        self._state.beat_ms = max(self._state.beat_ms, time_ms)
        events: list[Event] = []
        for market in self._state.markets.values():
            if market.instrument.feed == feed:
                events += market.on_heartbeat(time_ms, self.in_force.stall_after_s * 1000, self._office)
        return events

    def _decide(self, market: Market, events: list[Event]) -> None:
        """An entry candle has just closed: is there something to propose, and may it go out?

        Where several strategies propose, the one furthest above its own least score is judged first.
        """
        now_ms = market.time_ms
        if now_ms >= self._state.purse.account.day_end_ms:
            events += self._treasury.turn_day(now_ms)
        if market.charts[0].stirred_ms != now_ms:  # what every trigger waits for
            return
        lookback = self.in_force.confluence.lookback
        ways = set_off(market.moment(lookback), self.in_force, self._state.is_on)
        if all(type(way) is NoSetup for way in ways.values()):
            return
        found = weighed(market.glance(lookback), self.in_force, ways)
        setups = [setup for setup in found.values() if type(setup) is Setup]
        if setups:
            events += self._treasury.look(now_ms)
        if len(setups) > 1:
            setups.sort(key=lambda setup: self._min_score(setup) - setup.score)
        for setup in setups:
            event = self._judgement.of(market, setup)
            if type(event) is SignalIssued:
                market.add(event.trade, self._office)
            events.append(event)

    def _min_score(self, setup: Setup) -> int:
        return self.in_force.strategies.of(setup.strategy).min_score

    def _on_command(self, actor: int, action: Action) -> list[Event]:
        state, now_ms = self._state, self.time_ms
        match action:
            case Pause(symbol, until_ms):
                if symbol is not None and symbol not in state.markets:
                    return [CommandRefused(now_ms, actor, "unknown_symbol")]
                before = self._pause_text()
                state.paused[symbol or ALL] = until_ms
                return [SettingChanged(now_ms, actor, "pause", before, self._pause_text())]
            case Resume(symbol):
                if symbol is not None and symbol not in state.markets:
                    return [CommandRefused(now_ms, actor, "unknown_symbol")]
                before = self._pause_text()
                if symbol is None:
                    state.paused.clear()
                else:
                    state.paused.pop(symbol, None)
                return [SettingChanged(now_ms, actor, "pause", before, self._pause_text())]
            case SetRisk(percent):
                account = self.config.account
                if not percent.is_finite() or not account.min_risk_percent <= percent <= account.max_risk_percent:
                    return [CommandRefused(now_ms, actor, "out_of_bounds")]
                was, state.risk_percent = state.risk_percent, percent
                return [SettingChanged(now_ms, actor, "risk", str(was), str(percent))]
            case SetMode(mode):
                if mode is Mode.LIVE and not self.config.account.allows_live:
                    return [CommandRefused(now_ms, actor, "live_not_allowed")]
                old, state.mode = state.mode, mode
                return [SettingChanged(now_ms, actor, "mode", old.value, mode.value)]
            case SetStrategy(strategy, is_on):
                before = self._strategies_text()
                state.is_on[strategy] = is_on
                return [SettingChanged(now_ms, actor, "strategies", before, self._strategies_text())]
            case SetSetting(name, value):
                return self._set(actor, name, value)
            case CloseTrade(trade_id) | Withdraw(trade_id) | MoveStop(trade_id):
                return self._on_trade(actor, action, trade_id)
            case Rearm():
                if not self.account.is_tripped:
                    return [CommandRefused(now_ms, actor, "not_tripped")]
                return self._treasury.rearm(actor, now_ms)

    def _set(self, actor: int, name: str, value: str | None) -> list[Event]:
        """A value that is the configuration's own is none of ours: a later change there shall count."""
        state, now_ms = self._state, self.time_ms
        settings = {each: text for each, text in state.settings.items() if each != name}
        try:
            before, default = text_of(self.in_force, name), text_of(self.config, name)
            if value is not None:
                after = text_of(with_settings(self.in_force, {name: value}), name)
                settings |= {} if after == default else {name: after}
            in_force = with_settings(self.config, settings)
        except ValueError as error:
            return [CommandRefused(now_ms, actor, "bad_setting", str(error))]
        state.settings = settings
        self._furnish(state)
        return [SettingChanged(now_ms, actor, name, before, text_of(in_force, name), name not in settings)]

    def _on_trade(self, actor: int, action: CloseTrade | Withdraw | MoveStop, trade_id: str) -> list[Event]:
        found = self._position(trade_id)
        if found is None:
            return [CommandRefused(self.time_ms, actor, "no_such_trade")]
        market, position = found
        if isinstance(action, MoveStop):
            refusal = stop_refusal(position.current(), action.stop)
            if refusal is not None:
                return [CommandRefused(self.time_ms, actor, "bad_stop", refusal)]
            return [_by(actor, event) for event in move_stop(position, action.stop, self.time_ms)]
        if isinstance(action, Withdraw) and position.trade.status is not TradeStatus.PENDING:
            return [CommandRefused(self.time_ms, actor, "not_pending")]
        events = self._treasury.settle(market, close_by_desk(position, self.time_ms))
        market.drop_closed(events)
        return events

    def _position(self, trade_id: str) -> tuple[Market, Position] | None:
        for market in self._state.markets.values():
            for position in market.positions:
                if position.trade.id == trade_id:
                    return market, position
        return None

    def _strategies_text(self) -> str:
        return ", ".join(strategy for strategy, is_on in self._state.is_on.items() if is_on) or NO_STRATEGY

    def _pause_text(self) -> str:
        return ", ".join(sorted(self.paused)) or RUNNING


def _by(actor: int, event: Event) -> Event:
    """A stop's move names who moved it."""
    return msgspec.structs.replace(event, actor=actor) if isinstance(event, StopMoved) else event


def _digest(config: EngineConfig) -> str:
    """Of the shape of the state, the version and the configuration: any of them changed means another engine."""
    shape = msgspec.json.encode(_without_words(msgspec.json.schema(EngineState)))
    return hashlib.sha256(b"%d" % SNAPSHOT_VERSION + shape + msgspec.json.encode(config)).hexdigest()


def _without_words(schema: Any) -> Any:
    """A schema without its descriptions: a comment put better must not cost anybody a snapshot. Nor with a word on
    unknown fields, which a compiled value does not refuse.
    """
    if isinstance(schema, dict):
        return {
            key: _without_words(part)
            for key, part in schema.items()
            if not (key == "description" and type(part) is str)
            and not (key == "additionalProperties" and part is False)
        }
    return [_without_words(part) for part in schema] if isinstance(schema, list) else schema
