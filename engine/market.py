"""One symbol: its candles, its detectors on three timeframes, its last quote and its open trades.

Time passes first, then price acts. Everything that happens by time alone (a candle closes, a signal expires) happens
at its own moment and in order, whichever input revealed that the moment is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.candles import CandleBuilder
from engine.chart import Chart
from engine.config import EngineConfig
from engine.confluence import evidence_names
from engine.entries import advance
from engine.events import Event, FeedRecovered, FeedStalled, NewsItem, Tick, TradeClosed
from engine.evidence import LEAST_CANDLES
from engine.exits import plan_exit, trailing_stop
from engine.hours import is_open, slot
from engine.price_range import PriceRange
from engine.trades import NEVER_MS, Position, due_ms, pass_moment, tighten_stop
from engine.trading_config import NewsConfig, TradesConfig, Trailing
from engine.triggers import Moment, latest_at
from engine.types import (
    DAY_MS,
    HOUR_MS,
    LENGTH_MS,
    Candle,
    CandlePrice,
    ChartView,
    CloseReason,
    Instrument,
    MarketView,
    Price,
    Proposed,
    Setup,
    StopBy,
    Timeframe,
    Trade,
)

SPREADS_KEPT = 96  # closes of entry candles, of which the typical spread is the median
SPREADS_CUT = 128  # from time to time is cheaper than at every close
SPREADS_NEEDED = 20
NEWS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Office:
    """What a market needs of the house: its rules, what to do when an entry candle has closed (its events are added),
    and who books what trades did. `settle` may replace the events by such that know of money, and adds its own.
    """

    trades: TradesConfig
    news: NewsConfig
    decide: Callable[[Market, list[Event]], None]
    settle: Callable[[Market, list[Event]], list[Event]]


@dataclass(slots=True)
class Market:
    """State of one symbol. `time_ms` is how far its stream is complete; an input older than that is late.

    `due_ms` is the next moment at which something happens by time alone, so that a tick before it costs nothing.
    """

    instrument: Instrument
    entry_timeframe: Timeframe
    is_of_bids: bool  # what makes its candles; else last prices
    builders: list[CandleBuilder]  # entry, setup, trend
    charts: list[Chart]
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
    spreads: list[int] = field(default_factory=list)  # at the last closes of entry candles, ticks
    news: list[NewsItem] = field(default_factory=list)  # of its currencies, by time; from a day ago on

    @classmethod
    def new(cls, instrument: Instrument, config: EngineConfig) -> Market:
        triple = config.timeframes
        frames = (triple.entry, triple.setup, triple.trend)
        builders = [CandleBuilder(instrument.symbol, frame, instrument.day_start) for frame in frames]
        charts = [Chart.new(instrument, frame, config) for frame in frames]
        return cls(instrument, triple.entry, instrument.candle_price is CandlePrice.BID, builders, charts)

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

    def on_tick(self, tick: Tick, office: Office) -> list[Event]:
        time_ms = tick.time_ms
        if time_ms < self.time_ms:
            self.late += 1
            return []
        events: list[Event] = []
        self.pass_time(time_ms, office, events)
        if self.is_stalled:
            events.append(self._recover(time_ms))
        self.bid, self.ask, self.quote_ms = tick.bid, tick.ask, time_ms
        if self.positions:
            bid = tick.bid
            self._act(PriceRange(bid, bid, bid, bid, tick.ask - bid), time_ms, office, events)
        price = tick.bid if self.is_of_bids else tick.last
        if price is not None:
            builder = self.builders[0]
            builder.add(price, time_ms, tick.volume)
            self.due_ms = min(self.due_ms, builder.close_ms)
        return events

    def on_candle(self, candle: Candle, office: Office, *, is_history: bool) -> list[Event]:
        """A recorded candle: time passes to its open, its range acts, time passes to its close.

        History proposes nothing. What its range does to trades is dated to its close:
        that is when it is known; only its open price has a known time.
        """
        open_ms, close_ms, close = candle.open_ms, candle.close_ms, candle.close
        if open_ms < self.time_ms:
            self.late += 1
            return []
        events: list[Event] = []
        self.pass_time(open_ms, office, events, is_history)
        if self.is_stalled:
            events.append(self._recover(open_ms))
        spread = self.instrument.typical_spread if candle.spread is None else candle.spread
        if self.positions:
            first = candle.open
            self._act(PriceRange(first, first, first, first, spread), open_ms, office, events)
            self._act(PriceRange(first, candle.high, candle.low, close, spread), close_ms, office, events)
        self.bid, self.ask, self.quote_ms = close, close + spread, close_ms
        self._fold(candle)
        self.pass_time(close_ms, office, events, is_history)
        return events

    def pass_time(self, until_ms: int, office: Office, events: list[Event], is_history: bool = False) -> None:
        """Close candles, expire signals and send trades out up to and including this moment, each at its own time."""
        while until_ms >= self.due_ms:
            now_ms = self.due_ms
            if now_ms > self.time_ms:
                self.time_ms = now_ms
            if self.positions:
                self._pass_moment(now_ms, office, events)
            if self._close_candles(now_ms, is_history=is_history, events=events):
                spreads = self.spreads
                spreads.append(self.ask - self.bid)
                if len(spreads) == SPREADS_CUT:
                    del spreads[:-SPREADS_KEPT]
                if self.positions and office.trades.trailing is not Trailing.NONE:
                    self._trail(now_ms, office, events)
                if not is_history:
                    office.decide(self, events)
            self.due_ms = self._next_due()
        if until_ms > self.time_ms:
            self.time_ms = until_ms

    def on_heartbeat(self, time_ms: int, stall_after_ms: int, office: Office) -> list[Event]:
        """The feed is complete up to here; nothing older will be taken."""
        if time_ms < self.time_ms:
            return []
        events: list[Event] = []
        self.pass_time(time_ms, office, events)
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

    def add(self, trade: Trade, office: Office) -> None:
        """Follow a pending trade, or one that was open when the engine was rebuilt."""
        position = Position(trade)
        if trade.opened_price is not None:
            position.price, position.price_ms = trade.price or trade.opened_price, trade.price_ms or 0
            position.best, position.worst, position.marked = trade.best, trade.worst, trade.total_steps
            position.take(trade)
        self.positions.append(position)
        self._plan(position, office)

    def drop_closed(self, events: list[Event]) -> None:
        """Forget the trades that these events closed, and remember when a stop was hit."""
        for event in events:
            if type(event) is TradeClosed:
                self.positions = [p for p in self.positions if p.trade.id != event.trade.id]
                self.note_end(event.trade, event.time_ms)

    def note_end(self, trade: Trade, closed_ms: int) -> None:
        """A stop begins the cooldown of its direction; one that was moved, where it still lost."""
        if trade.reason is CloseReason.STOP or (trade.reason is CloseReason.TRAILED and trade.total_steps < 0):
            key = trade.direction.value
            self.last_stop_ms[key] = max(closed_ms, self.last_stop_ms.get(key, closed_ms))

    def view(self) -> MarketView:
        """All that is known now, as values."""
        entry, setup, trend = self.charts
        return self._shown(trend.view(), setup.view(), entry.view())

    def glance(self, lookback: int) -> MarketView:
        """As much of the view as a decision looks at. A whole one costs five times as much."""
        entry, setup, trend = self.charts
        last = max(lookback, LEAST_CANDLES)
        gaps = entry.zones.open_gaps(entry.candles[-last:][0].open_ms)
        return self._shown(
            trend.outline(), setup.outline(setup.zones.all(), setup.pools.all()), entry.glance(last, gaps)
        )

    def _shown(self, trend: ChartView, setup: ChartView, entry: ChartView) -> MarketView:
        return MarketView(
            symbol=self.instrument.symbol,
            time_ms=self.time_ms,
            bid=self.bid or None,
            ask=self.ask or None,
            trend=trend,
            setup=setup,
            entry=entry,
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

    def note_news(self, item: NewsItem, office: Office) -> None:
        """Remember an announcement of one of the symbol's currencies, and let it send trades out in time."""
        if item in self.news:
            return
        kept = [each for each in self.news if each.time_ms > self.time_ms - DAY_MS]
        self.news = sorted([*kept, item], key=lambda each: each.time_ms)[:NEWS_KEPT]
        for position in self.positions:
            self._plan(position, office)

    def typical_spread(self) -> int | None:
        """The median over the last closes; None while there are few."""
        last = self.spreads[-SPREADS_KEPT:]
        last.sort()
        return last[len(last) // 2] if len(last) >= SPREADS_NEEDED else None

    def quote(self) -> tuple[Price, Price] | None:
        """The last bid and ask."""
        return (self.bid, self.ask) if self.bid else None

    def _act(self, prices: PriceRange, time_ms: int, office: Office, events: list[Event]) -> None:
        acted: list[Event] = []
        for position in self.positions:
            was_pending = position.trade.opened_price is None
            advance(position, prices, time_ms, office.trades, acted)
            if was_pending and position.trade.opened_price is not None:
                self._plan(position, office)
        if acted:
            self._settle(acted, office, events)

    def _settle(self, acted: list[Event], office: Office, events: list[Event]) -> None:
        """Book what trades did, then forget those that are over."""
        told = office.settle(self, acted)
        self.drop_closed(told)
        events += told

    def _plan(self, position: Position, office: Office) -> None:
        """When it is to be out at the latest."""
        plan_exit(position, self.instrument.hours, self.news, self.time_ms, office.trades, office.news)
        self.due_ms = min(self.due_ms, due_ms(position))

    def _pass_moment(self, now_ms: int, office: Office, events: list[Event]) -> None:
        ended = [event for position in self.positions for event in pass_moment(position, now_ms)]
        if ended:
            self._settle(ended, office, events)

    def _trail(self, now_ms: int, office: Office, events: list[Event]) -> None:
        """An entry candle has closed: stops follow the price."""
        chart = self.charts[0]
        if chart.atr.value is None:
            return
        moved: list[Event] = []
        for position in self.positions:
            stop = trailing_stop(position, chart.swings, chart.atr.value, self.ask - self.bid, now_ms, office.trades)
            if stop is not None:
                moved += tighten_stop(position, stop, StopBy.TRAIL, now_ms)
        if moved:
            self._settle(moved, office, events)

    def _close_candles(self, now_ms: int, *, is_history: bool, events: list[Event]) -> bool:
        """Close what ends now, finest first; a closed entry candle feeds the two above. True when it was one."""
        _, setup, trend = self.builders
        did_close_entry = False
        for at, builder in enumerate(self.builders):
            if builder.ticks == 0 or builder.close_ms != now_ms:
                continue
            candle = builder.finish()
            if at == 0:
                did_close_entry = True
                setup.fold(candle)
                trend.fold(candle)
            self.charts[at].on_candle(candle, events, is_history=is_history)
        return did_close_entry

    def _next_due(self) -> int:
        next_ms = NEVER_MS
        for builder in self.builders:
            if builder.ticks and builder.close_ms < next_ms:
                next_ms = builder.close_ms
        for position in self.positions:
            next_ms = min(next_ms, due_ms(position))
        return next_ms

    def _fold(self, candle: Candle) -> None:
        """Up to the entry timeframe a candle goes into the entry builder, which feeds the others when it closes;
        a recorded H1 goes into H1 and H4 itself.
        """
        own, entry = candle.timeframe, self.entry_timeframe
        if own is entry or own.ms < entry.ms:
            self._fold_into(self.builders[0], candle)
            return
        for builder in self.builders:
            if builder.timeframe.ms >= own.ms:
                self._fold_into(builder, candle)

    def _fold_into(self, builder: CandleBuilder, candle: Candle) -> None:
        builder.fold(candle)
        self.due_ms = min(self.due_ms, builder.close_ms)

    def refuse_misplaced(self, candle: Candle) -> None:
        """ValueError for a candle that does not lie on the grid: folded in, it would tell what came after.

        Up to the entry timeframe it must lie within one entry candle; above, it must be one of its own timeframe's.
        """
        entry, own = self.builders[0].timeframe, candle.timeframe
        is_higher = own is not entry and own.ms > entry.ms
        frame = own if is_higher else entry
        length, begin_ms = LENGTH_MS[frame], candle.open_ms
        if begin_ms % length == 0 and candle.close_ms - begin_ms == length <= HOUR_MS:
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
