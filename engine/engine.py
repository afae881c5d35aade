"""The engine's one door: `push` an input, get back what is worth saying. Wires the parts, decides nothing itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from engine.config import EngineConfig
from engine.confluence import proposals
from engine.events import (
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
    Pause,
    Resume,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    SettingChanged,
    SetupRejected,
    SignalIssued,
    StopMoved,
    Tick,
    Withdraw,
)
from engine.gate import Standing, refusals
from engine.hours import trading_day
from engine.market import Market
from engine.risk import Size, position_size
from engine.settings import text_of, with_settings
from engine.trades import Position, close_by_desk, move_stop, stop_refusal
from engine.triggers import set_off
from engine.types import (
    DAY_MS,
    MINUTE_MS,
    Instrument,
    MarketView,
    Mode,
    NoSetup,
    Setup,
    Signal,
    Strategy,
    Trade,
    TradeStatus,
)

SNAPSHOT_VERSION = 2
ALL = "*"  # every symbol, as a key of `paused`
RUNNING = "running"  # what the pause setting says when there is none
NO_STRATEGY = "none"  # what the strategies' setting says when all are off


class Issued(msgspec.Struct, frozen=True):
    """That a signal went out: for the daily limits and for counting ids."""

    time_ms: int
    symbol: str


@dataclass(slots=True)
class EngineState:
    """Everything the engine remembers. Encoded whole, it is the snapshot."""

    markets: dict[str, Market]
    risk_percent: Decimal
    mode: Mode
    is_on: dict[Strategy, bool]  # by strategy, in the enum's order
    beat_ms: int = 0  # the latest heartbeat of any feed
    paused: dict[str, int | None] = field(default_factory=dict)  # symbol or ALL → until when, None: open end
    issued: list[Issued] = field(default_factory=list)  # the last three days
    unknown_symbols: int = 0
    settings: dict[str, str] = field(default_factory=dict)  # what admins changed, over the configuration


class _Snapshot(msgspec.Struct):
    digest: str
    state: EngineState


class SnapshotMismatch(ValueError):
    """The snapshot was made by another version of the engine or under another configuration."""


class Engine:
    """Turn what is heard into what is worth saying. Deterministic; no I/O, no clock."""

    def __init__(self, config: EngineConfig) -> None:
        """`config` stays what it was built with; `in_force` is that with what admins changed since."""
        self.config = self.in_force = config
        markets = {i.symbol: Market.new(i, config) for i in config.instruments}
        is_on = {strategy: config.strategies.of(strategy).is_on for strategy in Strategy}
        self._state = EngineState(markets, config.account.risk_percent, config.account.mode, is_on)

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
            return market.on_tick(item, self.in_force.trades, self._decide)
        if isinstance(item, CandleInput | History):
            return self._on_candle(item)
        if isinstance(item, Heartbeat):
            return self._on_heartbeat(item.feed, item.time_ms)
        if isinstance(item, Command):
            return self._on_command(item.actor, item.action)
        raise TypeError(f"not an input: {item!r}")

    def view(self, symbol: str) -> MarketView:
        """All that is known now about a symbol. KeyError when it is not configured."""
        return self._state.markets[symbol].view()

    def heard_until_ms(self, symbol: str) -> int:
        """Up to where the symbol's stream is complete; 0 before its first input. KeyError when it is not configured."""
        return self._state.markets[symbol].time_ms

    def quote_ms(self, symbol: str) -> int | None:
        """When the symbol's last price was quoted; None before the first. KeyError when it is not configured."""
        return self._state.markets[symbol].quote_ms or None

    def open_trades(self) -> list[Trade]:
        """Pending and open trades of all symbols, in the order they were issued."""
        trades = [t for market in self._state.markets.values() for t in market.open_trades().values()]
        return sorted(trades, key=lambda trade: (trade.signal.issued_ms, trade.id))

    @property
    def time_ms(self) -> int:
        """The latest moment heard of, over all symbols."""
        return max([self._state.beat_ms, *(market.time_ms for market in self._state.markets.values())])

    @property
    def risk_percent(self) -> Decimal:
        return self._state.risk_percent

    @property
    def mode(self) -> Mode:
        return self._state.mode

    @property
    def strategies_on(self) -> frozenset[Strategy]:
        """The strategies that may propose."""
        return frozenset(strategy for strategy, is_on in self._state.is_on.items() if is_on)

    @property
    def settings(self) -> Mapping[str, str]:
        """What admins changed and is not what the configuration says: name → value."""
        return dict(self._state.settings)

    @property
    def paused(self) -> dict[str, int | None]:
        """Pauses in force: a symbol, or ALL → until when; None: until /resume."""
        now_ms = self.time_ms
        return {key: until_ms for key, until_ms in self._state.paused.items() if self._is_in_force(key, now_ms)}

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
        return any(self._is_in_force(key, moment_ms) for key in (ALL, symbol))

    def _is_in_force(self, key: str, at_ms: int) -> bool:
        if key not in self._state.paused:
            return False
        until_ms = self._state.paused[key]
        return until_ms is None or at_ms < until_ms

    def adopt(self, trades: Iterable[Trade]) -> None:
        """Follow trades of an earlier life: after a rebuild from stored candles, before anything live is pushed."""
        for trade in trades:
            self._state.issued.append(Issued(trade.signal.issued_ms, trade.symbol))
            market = self._state.markets[trade.symbol]
            market.remember(trade.signal.setup)
            if trade.closed_ms is None:
                market.add(trade)
            else:
                market.note_end(trade, trade.closed_ms)

    def snapshot(self) -> bytes:
        """The whole state, with a digest of its shape and of the configuration."""
        return msgspec.msgpack.encode(_Snapshot(_digest(self.config), self._state))

    @classmethod
    def restore(cls, config: EngineConfig, state: bytes) -> Engine:
        """The engine as it was. SnapshotMismatch when version or configuration changed since."""
        try:
            if msgspec.msgpack.decode(state, type=_Header).digest != _digest(config):
                raise SnapshotMismatch("the snapshot is of another version or configuration")
            snapshot = msgspec.msgpack.decode(state, type=_Snapshot)
        except msgspec.MsgspecError as error:
            raise SnapshotMismatch(f"not a snapshot: {error}") from error
        engine = cls(config)
        engine._state = snapshot.state
        try:
            engine.in_force = with_settings(config, snapshot.state.settings)
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
        return market.on_candle(candle, self.in_force.trades, self._decide if is_live else None)

    def _on_heartbeat(self, feed: str, time_ms: int) -> list[Event]:
        self._state.beat_ms = max(self._state.beat_ms, time_ms)
        events: list[Event] = []
        for market in self._state.markets.values():
            if market.instrument.feed == feed:
                events += market.on_heartbeat(time_ms, self.in_force.stall_after_s * 1000, self._decide)
        return events

    def _decide(self, market: Market) -> list[Event]:
        """An entry candle has just closed: is there something to propose, and may it go out?

        Where several strategies propose, the one furthest above its own least score is judged first.
        """
        entry, now_ms = market.charts[0], market.time_ms
        if not (entry.broke_at(now_ms) or entry.swept_at(now_ms)):  # what every trigger waits for
            return []
        on = self.strategies_on
        moment = market.moment(self.in_force.confluence.lookback)
        if all(isinstance(each, NoSetup) for each in set_off(moment, self.in_force, on).values()):
            return []
        found = proposals(market.view(), self.in_force, on)
        setups = [setup for setup in found.values() if isinstance(setup, Setup)]
        setups.sort(key=lambda setup: self._min_score(setup) - setup.score)
        return [self._judge(market, setup) for setup in setups]

    def _min_score(self, setup: Setup) -> int:
        return self.in_force.strategies.of(setup.strategy).min_score

    def _judge(self, market: Market, setup: Setup) -> Event:
        """Through the gate or refused, with the reasons."""
        market.remember(setup)
        instrument, state, shares = market.instrument, self._state, self.config.trades.shares
        size = position_size(instrument, self.config.account, state.risk_percent, setup.entry, setup.risk, shares)
        refused = refusals(setup, instrument, self.in_force.gate, self._standing(market, setup, size))
        if refused:
            codes, limits = zip(*refused, strict=True)
            return SetupRejected(setup.known_ms, setup, codes, limits)
        trade = Trade(self._signal(instrument, setup, size), TradeStatus.PENDING, setup.stop)
        state.issued = [i for i in state.issued if i.time_ms > setup.known_ms - 3 * DAY_MS]
        state.issued.append(Issued(setup.known_ms, setup.symbol))
        market.add(trade)
        return SignalIssued(setup.known_ms, trade)

    def _standing(self, market: Market, setup: Setup, size: Size) -> Standing:
        day_ms, _ = trading_day(setup.known_ms - 1, market.instrument.day_start)
        today = [issued for issued in self._state.issued if issued.time_ms > day_ms]
        return Standing(
            is_paused=self.is_paused(setup.symbol, setup.known_ms),
            min_score=self._min_score(setup),
            lot_steps=size.lot_steps,
            open_directions=tuple(trade.direction for trade in market.open_trades().values()),
            last_stop_ms=market.last_stop_ms.get(setup.direction.value),
            signals_today=len(today),
            signals_today_symbol=sum(issued.symbol == setup.symbol for issued in today),
        )

    def _signal(self, instrument: Instrument, setup: Setup, size: Size) -> Signal:
        """The id readers see is made of facts: short name, UTC date, count of that symbol's signals on that date."""
        date = datetime.fromtimestamp(setup.known_ms // 1000, UTC).date()
        midnight_ms = setup.known_ms - setup.known_ms % DAY_MS
        count = 1 + sum(i.symbol == setup.symbol and i.time_ms >= midnight_ms for i in self._state.issued)
        return Signal(
            id=f"{instrument.short}_{date:%Y%m%d}_{count:03}",
            setup=setup,
            mode=self._state.mode,
            lots=size.lots,
            lot_steps=size.lot_steps,
            split=size.split,
            risk_percent=size.risk_money * 100 / self.config.account.balance,
            risk_money=size.risk_money,
            issued_ms=setup.known_ms,
            expires_ms=setup.known_ms + self.in_force.trades.entry_expiry_min * MINUTE_MS,
        )

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
        state.settings, self.in_force = settings, in_force
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
        events = close_by_desk(position, self.time_ms)
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


class _Header(msgspec.Struct):
    digest: str


def _digest(config: EngineConfig) -> str:
    """Of the state's shape, the version and the configuration: any of them changed means another engine."""
    shape = msgspec.json.encode(msgspec.json.schema(EngineState))
    return hashlib.sha256(b"%d" % SNAPSHOT_VERSION + shape + msgspec.json.encode(config)).hexdigest()
