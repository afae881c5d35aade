"""One symbol: its candles, its detectors on three timeframes, its last quote and its open trades.

Time passes first, then price acts. Everything that happens by time alone (a candle closes, a signal expires) happens
at its own moment and in order, whichever input revealed that the moment is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.candles import CandleBuilder
from engine.chart import Chart
from engine.config import EngineConfig, TradesConfig
from engine.confluence import evidence_names
from engine.events import Event, FeedRecovered, FeedStalled, Tick, TradeClosed
from engine.hours import is_open, slot
from engine.trades import Position, PriceRange, advance, expire
from engine.triggers import Moment, latest_at
from engine.types import (
    HOUR_MS,
    Candle,
    CandlePrice,
    CloseReason,
    Instrument,
    MarketView,
    Price,
    Proposed,
    Setup,
    Timeframe,
    Trade,
    TradeStatus,
)

NEVER_MS = 2**62

Decide = Callable[["Market"], list[Event]]


@dataclass(slots=True)
class Market:
    """State of one symbol. `time_ms` is how far its stream is complete; an input older than that is late.

    `due_ms` is the next moment at which something happens by time alone, so that a tick before it costs nothing.
    """

    instrument: Instrument
    entry_timeframe: Timeframe
    is_of_bids: bool  # what makes its candles; else last prices
    builders: tuple[CandleBuilder, CandleBuilder, CandleBuilder]  # entry, setup, trend
    charts: tuple[Chart, Chart, Chart]
    time_ms: int = 0
    due_ms: int = NEVER_MS
    bid: Price = 0
    ask: Price = 0
    quote_ms: int = 0
    is_stalled: bool = False
    late: int = 0
    positions: list[Position] = field(default_factory=list)
    last_stop_ms: dict[str, int] = field(default_factory=dict)  # direction → when a stop was last hit
    proposed: dict[str, Proposed] = field(default_factory=dict)  # what each strategy last proposed, each way

    @classmethod
    def new(cls, instrument: Instrument, config: EngineConfig) -> Market:
        triple = config.timeframes
        frames = (triple.entry, triple.setup, triple.trend)
        entry, setup, trend = (CandleBuilder(instrument.symbol, f, instrument.day_start) for f in frames)
        first, second, third = (Chart.new(instrument, f, config) for f in frames)
        is_of_bids = instrument.candle_price is CandlePrice.BID
        return cls(instrument, triple.entry, is_of_bids, (entry, setup, trend), (first, second, third))

    def takes_quietly(self, tick: Tick) -> bool:
        """Take a tick of which nothing can come but a grown candle; False when it needs `on_tick`.

        Nothing is due before it, no trade is open, and the candle it belongs to is open: nearly all ticks are so.
        """
        time_ms = tick.time_ms
        if not self.time_ms <= time_ms < self.due_ms or self.positions or self.is_stalled:
            return False
        price = tick.bid if self.is_of_bids else tick.last
        builder = self.builders[0]
        if price is None or not builder.ticks:
            return False
        self.bid = tick.bid
        self.ask = tick.ask
        self.quote_ms = self.time_ms = time_ms
        if price > builder.high:  # as CandleBuilder.add: the call would cost as much as all the rest
            builder.high = price
        elif price < builder.low:
            builder.low = price
        builder.close = price
        builder.ticks += 1
        volume = tick.volume
        if volume is not None:
            builder.volume = volume if builder.volume is None else builder.volume + volume
        return True

    def on_tick(self, tick: Tick, config: TradesConfig, decide: Decide) -> list[Event]:
        time_ms = tick.time_ms
        if time_ms < self.time_ms:
            self.late += 1
            return []
        events = self.pass_time(time_ms, decide) if time_ms >= self.due_ms else []
        self.time_ms = time_ms
        if self.is_stalled:
            events.append(self._recover(time_ms))
        self.bid, self.ask, self.quote_ms = tick.bid, tick.ask, time_ms
        if self.positions:
            bid = tick.bid
            self._act(PriceRange(bid, bid, bid, bid, tick.ask - bid), time_ms, config, events)
        price = tick.bid if self.is_of_bids else tick.last
        if price is not None:
            builder = self.builders[0]
            builder.add(price, time_ms, tick.volume)
            self.due_ms = min(self.due_ms, builder.close_ms)
        return events

    def on_candle(self, candle: Candle, config: TradesConfig, decide: Decide | None) -> list[Event]:
        """A recorded candle: time passes to its open, its range acts, time passes to its close.

        Without `decide` it is history and proposes nothing. What its range does to trades is dated to its close:
        that is when it is known; only its open price has a known time.
        """
        if candle.open_ms < self.time_ms:
            self.late += 1
            return []
        events = self.pass_time(candle.open_ms, decide)
        if self.is_stalled:
            events.append(self._recover(candle.open_ms))
        spread = self.instrument.typical_spread if candle.spread is None else candle.spread
        if self.positions:
            first = candle.open
            self._act(PriceRange(first, first, first, first, spread), candle.open_ms, config, events)
            whole = PriceRange(first, candle.high, candle.low, candle.close, spread)
            self._act(whole, candle.close_ms, config, events)
        self.bid, self.ask, self.quote_ms = candle.close, candle.close + spread, candle.close_ms
        for builder in self._builders_for(candle.timeframe):
            builder.fold(candle)
            if builder.close_ms < self.due_ms:
                self.due_ms = builder.close_ms
        later = self.pass_time(candle.close_ms, decide)
        return events + later if events else later

    def pass_time(self, until_ms: int, decide: Decide | None) -> list[Event]:
        """Close candles and expire signals up to and including this moment, each at its own time."""
        events: list[Event] = []
        while until_ms >= self.due_ms:
            now_ms = self.due_ms
            if now_ms > self.time_ms:
                self.time_ms = now_ms
            if self.positions:
                self._expire(now_ms, events)
            if self._close_candles(now_ms, is_history=decide is None, events=events) and decide is not None:
                events += decide(self)
            self.due_ms = self._next_due()
        if until_ms > self.time_ms:
            self.time_ms = until_ms
        return events

    def on_heartbeat(self, time_ms: int, stall_after_ms: int, decide: Decide) -> list[Event]:
        """The feed is complete up to here; nothing older will be taken."""
        if time_ms < self.time_ms:
            return []
        events = self.pass_time(time_ms, decide)
        silent_ms = time_ms - self.quote_ms
        hours = self.instrument.hours
        if (
            self.quote_ms
            and not self.is_stalled
            and silent_ms > stall_after_ms
            and is_open(time_ms, hours)
            and is_open(time_ms - stall_after_ms, hours)
        ):
            self.is_stalled = True
            events.append(FeedStalled(time_ms, self.instrument.symbol, self.quote_ms, self.bid))
        return events

    def open_trades(self) -> dict[str, Trade]:
        """Pending and open trades by id, as they stand."""
        return {position.trade.id: position.current() for position in self.positions}

    def add(self, trade: Trade) -> None:
        """Follow a pending trade, or one that was open when the engine was rebuilt."""
        position = Position(trade)
        if trade.opened_price is not None:
            position.price, position.price_ms = trade.price or trade.opened_price, trade.price_ms or 0
            position.best, position.worst, position.marked = trade.best, trade.worst, trade.total_steps
        self.positions.append(position)
        self.due_ms = min(self.due_ms, trade.signal.expires_ms)

    def drop_closed(self, events: list[Event]) -> None:
        """Forget the trades that these events closed, and remember when a stop was hit."""
        for event in events:
            if type(event) is TradeClosed:
                self.positions = [p for p in self.positions if p.trade.id != event.trade.id]
                self.note_end(event.trade, event.time_ms)

    def note_end(self, trade: Trade, closed_ms: int) -> None:
        """A stop begins the cooldown of its direction."""
        if trade.reason is CloseReason.STOP:
            key = trade.direction.value
            self.last_stop_ms[key] = max(closed_ms, self.last_stop_ms.get(key, closed_ms))

    def view(self) -> MarketView:
        """All that is known now, as values."""
        entry, setup, trend = self.charts
        return MarketView(
            symbol=self.instrument.symbol,
            time_ms=self.time_ms,
            bid=self.bid or None,
            ask=self.ask or None,
            trend=trend.view(),
            setup=setup.view(),
            entry=entry.view(),
            unfinished=self.builders[0].unfinished(),
            round_step=self.instrument.round_step,
            proposed=tuple(self.proposed.values()),
        )

    def moment(self, lookback: int) -> Moment:
        """What triggers look at, at the close of an entry candle: as `moment_of` the view, without the view."""
        entry, setup, trend = self.charts
        candles = entry.candles
        return Moment(
            time_ms=self.time_ms,
            has_quote=bool(self.bid and self.ask),
            is_ready=entry.is_ready and setup.is_ready and trend.is_ready,
            close=candles[-1].close,
            since_ms=candles[max(len(candles) - lookback, 0)].open_ms,
            broken=latest_at(self.time_ms, entry.structure.last_break, entry.breaks),
            sweeps=entry.sweeps,
            trend=trend.structure.trend,
            regime=setup.regime.regime,
            range_low=setup.structure.bottom,
            range_high=setup.structure.top,
        )

    def remember(self, setup: Setup) -> None:
        """So that the same idea is not proposed again unless something has changed."""
        evidence = evidence_names(setup.reasons)
        self.proposed[f"{setup.strategy}:{setup.direction}"] = Proposed(
            setup.strategy, setup.direction, setup.proof, evidence, setup.known_ms
        )

    def _act(self, prices: PriceRange, time_ms: int, config: TradesConfig, events: list[Event]) -> None:
        acted: list[Event] = []
        for position in self.positions:
            acted += advance(position, prices, time_ms, config)
        if acted:
            self.drop_closed(acted)
            events += acted

    def _close_candles(self, now_ms: int, *, is_history: bool, events: list[Event]) -> bool:
        """Close what ends now, finest first; a closed entry candle feeds the two above. True when it was one."""
        entry, setup, trend = self.builders
        did_close_entry = False
        for builder, chart in zip(self.builders, self.charts, strict=True):
            if builder.ticks == 0 or builder.close_ms != now_ms:
                continue
            candle = builder.finish()
            if builder is entry:
                did_close_entry = True
                setup.fold(candle)
                trend.fold(candle)
            events += chart.on_candle(candle, is_history)
        return did_close_entry

    def _expire(self, now_ms: int, events: list[Event]) -> None:
        for position in self.positions:
            trade = position.trade
            if trade.status is TradeStatus.PENDING and trade.signal.expires_ms <= now_ms:
                events += expire(position, now_ms)
        self.drop_closed(events)

    def _next_due(self) -> int:
        due_ms = NEVER_MS
        for builder in self.builders:
            if builder.ticks and builder.close_ms < due_ms:
                due_ms = builder.close_ms
        for position in self.positions:
            if position.trade.status is TradeStatus.PENDING:
                due_ms = min(due_ms, position.trade.signal.expires_ms)
        return due_ms

    def _builders_for(self, timeframe: Timeframe) -> tuple[CandleBuilder, ...]:
        """Up to the entry timeframe a candle goes into the entry builder, which feeds the others when it closes;
        a recorded H1 goes into H1 and H4 itself.
        """
        if timeframe is self.entry_timeframe or timeframe.ms < self.entry_timeframe.ms:
            return self.builders[:1]
        return tuple(builder for builder in self.builders if builder.timeframe.ms >= timeframe.ms)

    def refuse_misplaced(self, candle: Candle) -> None:
        """ValueError for a candle that does not lie on the grid: folded in, it would tell what came after.

        Up to the entry timeframe it must lie within one entry candle; above, it must be one of its own timeframe's.
        """
        entry = self.builders[0].timeframe
        is_higher = candle.timeframe is not entry and candle.timeframe.ms > entry.ms
        frame = candle.timeframe if is_higher else entry
        length = frame.ms
        if candle.open_ms % length == 0 and candle.close_ms - candle.open_ms == length <= HOUR_MS:
            return
        open_ms, close_ms = slot(candle.open_ms, frame, self.instrument.day_start)
        if candle.close_ms > close_ms or (is_higher and (candle.open_ms, candle.close_ms) != (open_ms, close_ms)):
            raise ValueError(
                f"{candle.symbol}: a candle from {candle.open_ms} to {candle.close_ms} does not lie within one "
                f"{frame} candle, which goes from {open_ms} to {close_ms}; give candles on that grid"
            )

    def _recover(self, time_ms: int) -> Event:
        self.is_stalled = False
        return FeedRecovered(time_ms, self.instrument.symbol, time_ms - self.quote_ms)
