"""What the desk is told when it asks: figures are gathered here, words are made in `admin_messages.py`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.config import Config
from bot.delivery.outbox import Outbox, OutboxStats
from bot.delivery.pacing import MINUTE_MS, Limits
from bot.desk import english as desk_english
from bot.desk.proof import Proof, shown_on_paper
from bot.desk.results import Results
from bot.desk.why import explained_signal
from bot.overview import chart_of, explained_scene, market_scene
from bot.reports.scheduled import Reports
from bot.voices import Voices
from bot.watchdog import STALL_MS, Watchdog
from bot.words import admin_messages, admin_strategies, admin_symbols
from bot.words.admin_english import FEED_STATES
from bot.words.admin_messages import Check, StatusFigures
from bot.words.admin_strategies import StrategyFigures
from bot.words.admin_symbols import SymbolFigures
from bot.words.admin_why import why_posts, why_short
from bot.words.alert_english import CHANNEL_PROBLEMS
from bot.words.explain import sections
from bot.words.post import Post
from bot.words.reasons import why_refused
from bot.words.wording import Html, Style, Voice, bold, duration, lines, say, tidy
from charts.picture import encode
from engine.engine import Engine
from engine.hours import is_open, session_at, trading_day, trading_week
from engine.state import ALL
from engine.types import DAY_MS, Mode, Strategy, Timeframe, Trade
from storage.database import reading
from storage.progress import last_applied
from storage.signals import count_by_strategy, count_signals, latest_signals, rejections_between
from storage.trades import closed_between, find_trade, latest_trades

LISTED_SIGNALS = 50  # what /signals pages through
KNOWN_SIGNALS = 500  # how far back a short number is looked for

LastQuote = Callable[[str], int | None]
"""Symbol → time of its last quote; None before the first."""


class Answers:
    """Reads only. `people` is the clock of those who wait for us; `clock` may be that of a recorded market."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        database: AsyncEngine,
        voices: Voices,
        clock: Clock,
        outbox: Outbox,
        reports: Reports,
        *,
        people: Clock,
        last_quote: LastQuote | None,
        watchdog: Watchdog,
        draws: bool,
    ) -> None:
        self._config = config
        self._engine = engine
        self._database = database
        self._voices = voices
        self._clock = clock
        self._outbox = outbox
        self.results = Results(config, engine, database, voices, clock, reports.figures, draws=draws)
        self._people = people
        self._last_quote = last_quote
        self._watchdog = watchdog
        self._draws = draws
        self._started_ms = people.now_ms()
        self._symbols = [instrument.symbol for instrument in config.instruments]

    # One answer each

    def start(self) -> Post:
        return admin_messages.start(self._symbols, self._style)

    async def status(self) -> Post:
        async with reading(self._database) as conn:
            return await self.status_in(conn)

    async def status_in(self, conn: AsyncConnection) -> Post:
        """As `status`, seen from inside a transaction."""
        return admin_messages.status(await self._status_figures(conn), self._style)

    def symbols(self, page: int) -> Post:
        figures = [self._symbol_figures(symbol) for symbol in self._symbols]
        all_paused = ALL in self._engine.paused
        return admin_symbols.symbols_page(figures, page, self._clock.now_ms(), self._style, all_paused=all_paused)

    def symbols_with(self, symbol: str | None) -> Post:
        """The page that lists this symbol; the first for all of them."""
        place = 0 if symbol is None else self._symbols.index(symbol)
        return self.symbols(1 + place // admin_symbols.PAGE_SIZE)

    def trades(self, page: int) -> Post:
        trades = self._engine.open_trades()
        return admin_messages.trades_page(trades, self._voices_of(trades), page, self._clock.now_ms(), self._style)

    async def signals(self, page: int) -> Post:
        async with reading(self._database) as conn:
            stored = await latest_trades(conn, self._symbols, LISTED_SIGNALS)
        running = {trade.id: trade for trade in self._engine.open_trades()}
        trades = [running.get(trade.id, trade) for trade in stored]
        trades.sort(key=lambda trade: (trade.signal.issued_ms, trade.id), reverse=True)
        return admin_messages.signals_page(trades, self._voices_of(trades), page, self._clock.now_ms(), self._style)

    def chart(self, symbol: str, timeframe: Timeframe) -> Post:
        view = self._engine.view(symbol)
        voice = self._voice(symbol)
        scene = market_scene(view, timeframe, voice)
        chart = chart_of(view, timeframe)
        if scene is None or chart is None:
            return Post(say(desk_english.NO_CANDLES, symbol=tidy(symbol), timeframe=timeframe))
        caption = say(
            desk_english.CHART,
            symbol=tidy(symbol),
            timeframe=timeframe,
            price=voice.price(view.bid or chart.candles[-1].close),
            time=voice.clock_s(view.time_ms),
        )
        return Post(lines(caption, bold(voice.mark())), picture=encode(scene) if self._draws else None)

    async def why(self, trade: Trade) -> list[Post]:
        """What was seen when it was issued, part by part, with the chart of that moment."""
        async with reading(self._database) as conn:
            explained = await explained_signal(conn, trade.signal, self._config.engine)
        if explained is None:
            return [why_short(trade, self._voices.of_trade(trade))]
        price = explained.view.bid or trade.signal.setup.entry
        voice = self._voices.of_symbol(trade.symbol, trade.signal.mode, price)
        picture = encode(explained_scene(explained, voice)) if self._draws else None
        return why_posts(trade, sections(explained, voice), picture)

    async def why_not(self, symbol: str) -> Post | None:
        """The newest setup of the last day that was refused."""
        now_ms = self._clock.now_ms()
        async with reading(self._database) as conn:
            refused = await rejections_between(conn, [symbol], now_ms - DAY_MS, now_ms + 1)
        return Post(why_refused(refused[-1], self._voice(symbol))) if refused else None

    async def strategies(self, note: Html | None = None) -> Post:
        """How each strategy stands. `note` says what has just become of one."""
        async with reading(self._database) as conn:
            return await self.strategies_in(conn, note)

    async def strategies_in(self, conn: AsyncConnection, note: Html | None = None) -> Post:
        """As `strategies`, seen from inside a transaction."""
        now_ms = self._clock.now_ms()
        figures = await self._strategy_figures(conn, now_ms)
        return admin_strategies.strategies_page(figures, note, now_ms, self._style)

    async def proof(self) -> Proof:
        """What paper trading has shown."""
        config = self._config.engine.readiness
        async with reading(self._database) as conn:
            return await shown_on_paper(conn, self._engine, self._clock.now_ms(), config)

    async def health(self) -> Post:
        now_ms = self._clock.now_ms()
        checks = [self._feed_check(symbol, now_ms) for symbol in self._symbols]
        asked_ms = self._people.now_ms()
        async with reading(self._database) as conn:
            await last_applied(conn)
        answer_ms = max(0, self._people.now_ms() - asked_ms)
        checks.append(Check(desk_english.DATABASE, True, desk_english.ANSWERS_IN.format(time=answer_ms)))
        checks.append(_outbox_check(self._outbox.stats))
        checks += self._channel_checks()
        checks += speed_checks(self._watchdog)
        late, unknown = self._engine.late_inputs, self._engine.unknown_symbols
        taken = desk_english.ALL_TAKEN
        if late or unknown:
            taken = desk_english.NOT_TAKEN.format(late=late, unknown=unknown)
        checks.append(Check(desk_english.INPUTS, not unknown, taken))
        return admin_messages.health(checks, now_ms, self._style)

    # What is known

    async def find(self, trade_id: str) -> Trade | None:
        """A signal and what became of it, as it stands now."""
        for trade in self._engine.open_trades():
            if trade.id == trade_id:
                return trade
        async with reading(self._database) as conn:
            return await find_trade(conn, trade_id)

    async def known_ids(self) -> list[str]:
        """Newest first."""
        async with reading(self._database) as conn:
            return [signal.id for signal in await latest_signals(conn, self._symbols, KNOWN_SIGNALS)]

    def open_ids(self) -> list[str]:
        """Oldest first, as /trades lists them."""
        return [trade.id for trade in self._engine.open_trades()]

    @property
    def _style(self) -> Style:
        return self._voices.style(self._engine.mode)

    def _voice(self, symbol: str) -> Voice:
        return self._voices.of_symbol(symbol, self._engine.mode, self._engine.view(symbol).bid or 1)

    def _voices_of(self, trades: Sequence[Trade]) -> dict[str, Voice]:
        return {trade.symbol: self._voices.of_trade(trade) for trade in trades}

    async def _status_figures(self, conn: AsyncConnection) -> StatusFigures:
        engine, now_ms = self._engine, self._clock.now_ms()
        closed: list[Trade] = []
        signals = 0
        for instrument in self._config.instruments:
            from_ms, _ = trading_day(now_ms, instrument.day_start)
            ended = await closed_between(conn, [instrument.symbol], from_ms, now_ms + 1)
            closed += [trade for trade in ended if trade.opened_price is not None]
            signals += await count_signals(conn, [instrument.symbol], from_ms, now_ms + 1)
        running = engine.open_trades()
        paused = tuple(symbol for symbol in self._symbols if engine.is_paused(symbol))
        ages = [age for symbol in self._symbols if (age := self._quote_age_ms(symbol, now_ms)) is not None]
        return StatusFigures(
            now_ms=now_ms,
            up_ms=self._people.now_ms() - self._started_ms,
            tick_age_ms=min(ages, default=None),
            open_trades=len(running),
            open_r=sum(trade.result_r for trade in running),
            closed_today=len(closed),
            today_r=sum(trade.result_r for trade in closed),
            risk_percent=engine.risk_percent,
            signals_today=signals,
            most_signals=engine.in_force.gate.max_signals_a_day,
            outbox_waiting=self._outbox.stats.waiting,
            edit_every_ms=self._edit_every_ms(running),
            feeds=tuple((symbol, self._feed_state(symbol, now_ms)) for symbol in self._symbols),
            is_paused=len(paused) == len(self._symbols),
            paused_symbols=paused,
            strategies_off=tuple(strategy for strategy in Strategy if strategy not in engine.strategies_on),
            is_tripped=engine.account.is_tripped and engine.mode is not Mode.SIGNAL,
        )

    def _symbol_figures(self, symbol: str) -> SymbolFigures:
        now_ms, view, paused = self._clock.now_ms(), self._engine.view(symbol), self._engine.paused
        mine = [paused[key] for key in (ALL, symbol) if key in paused]
        ends = [until_ms for until_ms in mine if until_ms is not None]
        return SymbolFigures(
            voice=self._voice(symbol),
            feed_state=self._feed_state(symbol, now_ms),
            session=session_at(now_ms)[0],
            bid=view.bid,
            ask=view.ask,
            quote_age_ms=self._quote_age_ms(symbol, now_ms),
            is_paused=bool(mine),
            until_ms=max(ends) if ends and len(ends) == len(mine) else None,
        )

    async def _strategy_figures(self, conn: AsyncConnection, now_ms: int) -> list[StrategyFigures]:
        today: Counter[str] = Counter()
        week: Counter[str] = Counter()
        for instrument in self._config.instruments:
            for counted, begin in ((today, trading_day), (week, trading_week)):
                from_ms, _ = begin(now_ms, instrument.day_start)
                counted.update(await count_by_strategy(conn, [instrument.symbol], from_ms, now_ms + 1))
        configs, on = self._engine.in_force.strategies, self._engine.strategies_on
        return [
            StrategyFigures(
                strategy=strategy,
                is_on=strategy in on,
                regimes=configs.of(strategy).regimes,
                min_score=configs.of(strategy).min_score,
                today=today[strategy],
                week=week[strategy],
            )
            for strategy in Strategy
        ]

    def _edit_every_ms(self, running: Sequence[Trade]) -> int:
        """The pace of a signal's edits in the slowest channel; before any was made, its budget shared among trades."""
        chats = {channel.chat_id for channel in self._config.channels}
        measured = [every_ms for chat, every_ms in self._outbox.stats.edit_interval_ms.items() if chat in chats]
        if measured:
            return max(measured)
        limits = Limits()
        gap_ms = -(-MINUTE_MS // (limits.chat_per_minute - limits.kept_free))
        shares = (sum(trade.symbol in channel.symbols for trade in running) for channel in self._config.channels)
        return gap_ms * max(1, max(shares, default=1))

    def _channel_checks(self) -> list[Check]:
        """Of each channel how often a live message was really edited, and how many there are; or why it is silent."""
        stats, running = self._outbox.stats, self._engine.open_trades()
        checks = []
        for channel in self._config.channels:
            closed, every_ms = stats.closed.get(channel.chat_id), stats.edit_interval_ms.get(channel.chat_id)
            live = sum(trade.symbol in channel.symbols for trade in running)
            every = desk_english.NO_EDITS if every_ms is None else duration(every_ms)
            detail = desk_english.EDITED.format(every=every, live=live)
            if closed is not None:
                detail = CHANNEL_PROBLEMS[closed.problem]
            checks.append(Check(channel.name, closed is None, detail))
        return checks

    def _quote_age_ms(self, symbol: str, now_ms: int) -> int | None:
        """Without `last_quote` how far the symbol's stream is complete, which a heartbeat moves too."""
        if self._last_quote is not None:
            last_ms = self._last_quote(symbol)
        else:
            last_ms = self._engine.view(symbol).time_ms or None
        return None if last_ms is None else max(0, now_ms - last_ms)

    def _feed_state(self, symbol: str, now_ms: int) -> str:
        age_ms = self._quote_age_ms(symbol, now_ms)
        if not is_open(now_ms, self._config.instrument(symbol).hours):
            return "closed"
        if age_ms is not None and age_ms > self._engine.in_force.stall_after_s * 1000:
            return "stalled"
        view = self._engine.view(symbol)
        is_ready = all(chart.is_ready for chart in (view.entry, view.setup, view.trend))
        return "ok" if is_ready and age_ms is not None else "warming"

    def _feed_check(self, symbol: str, now_ms: int) -> Check:
        state, age_ms = self._feed_state(symbol, now_ms), self._quote_age_ms(symbol, now_ms)
        words = FEED_STATES[state]
        detail = words if age_ms is None else desk_english.QUIET.format(state=words, age=duration(age_ms))
        return Check(symbol, state != "stalled", detail)


def speed_checks(watchdog: Watchdog) -> list[Check]:
    """How late the loop is, and what people wait for; what was never measured is left out."""
    loop, checks = watchdog.loop, []
    if loop.count:
        p999 = loop.percentile(99.9)
        checks.append(Check(desk_english.LOOP_LATE, p999 < STALL_MS, desk_english.P999.format(time=math.ceil(p999))))
        checks.append(Check(desk_english.LOOP_WORST, True, desk_english.MS.format(time=math.ceil(loop.worst_ms))))
    named = {
        desk_english.ANALYSIS: watchdog.analysis,
        desk_english.SIGNAL: watchdog.signal,
        desk_english.PICTURE: watchdog.picture,
    }
    for name, measured in named.items():
        if measured.count:
            checks.append(Check(name, True, desk_english.P99.format(time=math.ceil(measured.percentile(99)))))
    return checks


def _outbox_check(stats: OutboxStats) -> Check:
    if not stats.waiting:
        return Check(desk_english.OUTBOX, True, desk_english.NOTHING_WAITS)
    detail = desk_english.WAITS.format(count=stats.waiting, age=duration(stats.oldest_waiting_ms))
    return Check(desk_english.OUTBOX, stats.oldest_waiting_ms < MINUTE_MS, detail)
