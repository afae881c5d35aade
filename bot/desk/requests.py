"""One answer for each command. Wrong arguments get one line that says how it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from bot.desk import english as desk_english
from bot.desk.access import Admin
from bot.desk.audits import audited, read_sought
from bot.desk.house import House, PutAll
from bot.desk.parts import Parts, desk_key
from bot.desk.proof import Proof
from bot.desk.questions import COMMAND_OF, CONFIRM_WITHIN_MS, Change, Question
from bot.desk.settings import BACK, SettingsDesk
from bot.desk.words import (
    find_id,
    read_decimal,
    read_duration_ms,
    read_mode,
    read_percent,
    read_performance,
    read_switch,
    read_symbol,
    read_timeframe,
)
from bot.words import admin_messages, admin_strategies, questions, usage
from bot.words.admin_settings import Figure
from bot.words.post import Post
from bot.words.readiness import not_ready
from bot.words.settings_english import RISK
from bot.words.wording import say, tidy
from engine.events import CloseTrade, MoveStop, Pause, Rearm, Resume, SetMode, SetRisk, SetStrategy, Withdraw
from engine.trades import stop_refusal
from engine.types import Mode, Trade

_AT_ENTRY = ("be", "breakeven", "entry")


class Request(msgspec.Struct, frozen=True):
    """A command with its words. The answer becomes the message `key`; `number` makes a question's id unique."""

    admin: Admin
    words: tuple[str, ...]
    key: str
    number: int


TEXT = "text"  # the name under which what is no command is answered

Answer = Callable[[Request], Awaitable[list[Post]]]


class Requests:
    """`by_name` are all commands. Without posts the answer comes later: the engine speaks, a copy is made."""

    def __init__(self, parts: Parts, put: PutAll) -> None:
        self._parts = parts
        self._answers = parts.answers
        self._house = House(parts, put)
        self.settings = SettingsDesk(parts)
        self.by_name: dict[str, Answer] = {
            "start": self._start,
            "help": self._help,
            "status": self._status,
            "symbols": self._symbols,
            "trades": self._trades,
            "signals": self._signals,
            "why": self._why,
            "chart": self._chart,
            "report": self._report,
            "performance": self._performance,
            "health": self._health,
            "news": self._news,
            "pause": self._pause,
            "resume": self._resume,
            "risk": self._risk,
            "mode": self._mode,
            "rearm": self._rearm,
            "strategy": self._strategy,
            "settings": self._settings,
            "cancel": self._cancel,
            "move_sl": self._move_stop,
            "close": self._close,
            "audit": self._audit,
            "mute": self._mute,
            "backup": self._backup,
            "version": self._version,
        }

    async def answer(self, name: str, request: Request) -> list[Post]:
        answer = self._text if name == TEXT else self.by_name.get(name)
        return [usage.unknown_command()] if answer is None else await answer(request)

    # Asking

    async def _start(self, _: Request) -> list[Post]:
        return [self._answers.start()]

    async def _help(self, _: Request) -> list[Post]:
        return [admin_messages.help_text()]

    async def _status(self, _: Request) -> list[Post]:
        return [await self._answers.status()]

    async def _symbols(self, _: Request) -> list[Post]:
        return [self._answers.symbols(1)]

    async def _trades(self, _: Request) -> list[Post]:
        return [self._answers.trades(1)]

    async def _signals(self, _: Request) -> list[Post]:
        return [await self._answers.signals(1)]

    async def _health(self, _: Request) -> list[Post]:
        return [await self._answers.health()]

    async def _audit(self, request: Request) -> list[Post]:
        """Who tried and who changed what: the last so many rows, of everybody or of one."""
        sought = read_sought(request.words)
        if sought is None:
            return [usage.usage_audit()]
        parts = self._parts
        return [await audited(parts.database, sought, 1, self._now_ms, parts.wording.style)]

    async def _news(self, request: Request) -> list[Post]:
        """Of all symbols, or of one."""
        if not request.words:
            return [self._house.news(self._parts.symbols)]
        symbol = self._symbol(request.words[0])
        return [self._no_such_symbol(request.words[0]) if symbol is None else self._house.news([symbol])]

    async def _version(self, _: Request) -> list[Post]:
        return [await self._house.version()]

    async def _backup(self, request: Request) -> list[Post]:
        return await self._house.backup(request.admin, request.key)

    async def _mute(self, request: Request) -> list[Post]:
        return [await self._house.mute(request.admin, request.words)]

    async def _why(self, request: Request) -> list[Post]:
        """A signal by number or id, or, by its symbol, the last setup that became none."""
        open_ids = self._answers.open_ids()
        if len(request.words) != 1:
            return [usage.usage_why(open_ids)]
        word = request.words[0]
        trade_id = find_id(word, await self._answers.known_ids())
        trade = None if trade_id is None else await self._answers.find(trade_id)
        if trade is not None:
            return await self._answers.why(trade)
        symbol = read_symbol(word, self._parts.config.instruments)
        refused = None if symbol is None else await self._answers.why_not(symbol)
        return [refused or usage.no_such_signal(word, open_ids)]

    async def _chart(self, request: Request) -> list[Post]:
        """Without a timeframe that of the entry."""
        if not 1 <= len(request.words) <= 2:
            return [usage.usage_chart(self._example)]
        symbol = read_symbol(request.words[0], self._parts.config.instruments)
        if symbol is None:
            return [self._no_such_symbol(request.words[0])]
        frames = self._parts.config.engine.timeframes
        word = request.words[1] if len(request.words) == 2 else frames.entry
        timeframe = read_timeframe(word, (frames.entry, frames.setup, frames.trend))
        return [usage.usage_chart(symbol) if timeframe is None else self._answers.chart(symbol, timeframe)]

    async def _report(self, request: Request) -> list[Post]:
        """The day so far, one message a symbol."""
        if not request.words:
            reports = [await self._answers.results.report(symbol) for symbol in self._parts.symbols]
            return [report for report in reports if report is not None]
        symbol = read_symbol(request.words[0], self._parts.config.instruments)
        if symbol is None:
            return [self._no_such_symbol(request.words[0])]
        report = await self._answers.results.report(symbol)
        return [report or Post(say(desk_english.NO_REPORT, symbol=tidy(symbol)))]

    async def _performance(self, request: Request) -> list[Post]:
        """Of the last thirty days of all symbols, or as it is said."""
        instruments = self._parts.config.instruments
        asked = read_performance(request.words, instruments)
        if asked is None:
            return [usage.usage_performance(self._example)]
        symbols = self._parts.symbols if asked.symbol is None else [asked.symbol]
        return [await self._answers.results.performance(symbols, asked.span)]

    # Wishing, without a question: one command takes back the other

    async def _pause(self, request: Request) -> list[Post]:
        """All symbols or one, until /resume or for a time."""
        words = [word for word in request.words if word.lower() != "for"]
        length_ms = read_duration_ms(words[-1]) if words else None
        if length_ms is not None:
            words.pop()
        if len(words) > 1 or (words and length_ms is None and self._symbol(words[0]) is None):
            return [usage.usage_pause(self._example)]
        symbol = self._symbol(words[0]) if words else None
        if words and symbol is None:
            return [self._no_such_symbol(words[0])]
        until_ms = None if length_ms is None else self._parts.clock.now_ms() + length_ms
        self._parts.wish(request.admin, request.key, Pause(symbol, until_ms))
        return []

    async def _resume(self, request: Request) -> list[Post]:
        symbol = self._symbol(request.words[0]) if request.words else None
        if request.words and symbol is None:
            return [self._no_such_symbol(request.words[0])]
        self._parts.wish(request.admin, request.key, Resume(symbol))
        return []

    async def _strategy(self, request: Request) -> list[Post]:
        """How all stand; or one on or off."""
        if not request.words:
            return [await self._answers.strategies()]
        switch, on = read_switch(request.words), self._parts.engine.strategies_on
        if switch.strategy is None:
            return [usage.no_such_strategy(switch.given) if switch.given else usage.usage_strategy()]
        if switch.is_on is None:
            return [usage.usage_switch(switch.strategy, is_on=switch.strategy in on)]
        if switch.is_on is (switch.strategy in on):
            note = admin_strategies.kept(
                switch.strategy, request.admin.name, self._now_ms, self._parts.wording.style, is_on=switch.is_on
            )
            return [await self._answers.strategies(note)]
        self._parts.wish(request.admin, request.key, SetStrategy(switch.strategy, switch.is_on))
        return []

    async def _settings(self, request: Request) -> list[Post]:
        """All by section; one with its keyboard; or one changed."""
        if not request.words:
            return [self.settings.page(1)]
        read = self.settings.read(request.words)
        if isinstance(read, Post):
            return [read]
        figure, text = read
        return [self.settings.value(figure.setting.name)] if text is None else await self.set(request, figure, text)

    async def set(self, request: Request, figure: Figure, text: str) -> list[Post]:
        """One setting changed, or put back with `default`. Risk asks first, as it always does."""
        if figure.setting.name == RISK:
            word = figure.default if text.lower() in BACK else text
            return await self._risk(msgspec.structs.replace(request, words=(word,)))
        return self.settings.change(request.admin, request.key, figure.setting.name, text)

    async def _text(self, request: Request) -> list[Post]:
        """Only a value that was asked for may be said without a command."""
        figure = self.settings.awaited(request.admin)
        if figure is None or len(request.words) != 1 or not request.admin.may("settings", request.words):
            return [usage.unknown_command()]
        key = desk_key("settings", request.key.split(":", 2)[2])
        return await self.set(msgspec.structs.replace(request, key=key), figure, request.words[0])

    # Wishing, with a question

    async def _risk(self, request: Request) -> list[Post]:
        engine, account = self._parts.engine, self._parts.config.engine.account
        low, high = account.min_risk_percent, account.max_risk_percent
        percent = read_percent(request.words[0]) if len(request.words) == 1 else None
        if percent is None:
            return [usage.usage_risk(low, high, engine.risk_percent)]
        if not low <= percent <= high:
            given = request.words[0].removesuffix("%")
            return [usage.risk_out_of_bounds(given, low, high, is_above=percent > high)]
        if percent == engine.risk_percent:
            return [questions.risk_kept(percent, request.admin.name, self._now_ms, self._parts.wording.style)]
        return self._ask(request, SetRisk(percent))

    async def _mode(self, request: Request) -> list[Post]:
        engine = self._parts.engine
        mode = read_mode(request.words[0]) if len(request.words) == 1 else None
        if mode is None:
            return [usage.usage_mode(engine.mode)]
        if mode is Mode.LIVE and not self._parts.config.engine.account.allows_live:
            return [usage.live_not_allowed(engine.mode)]
        if mode is engine.mode:
            return [questions.mode_kept(mode, request.admin.name, self._now_ms, self._parts.wording.style)]
        if mode is Mode.LIVE:
            return await self._live(request)
        return self._ask(request, SetMode(mode))

    async def _live(self, request: Request) -> list[Post]:
        """Not even asked before paper trading has shown enough."""
        proof = await self._answers.proof()
        if not proof.is_enough:
            name, mode, style = request.admin.name, self._parts.engine.mode, self._parts.wording.style
            return [not_ready(proof.criteria, proof.since_ms, mode, name, self._now_ms, style)]
        return self._ask(request, SetMode(Mode.LIVE), proof=proof)

    async def _rearm(self, request: Request) -> list[Post]:
        if not self._parts.engine.account.is_tripped:
            return [usage.not_tripped()]
        return self._ask(request, Rearm())

    async def _close(self, request: Request) -> list[Post]:
        open_ids = self._parts.wording.open_ids
        if len(request.words) != 1:
            return [usage.usage_close(open_ids)]
        trade = self._running(request.words[0])
        if trade is None:
            return [usage.no_such_trade(request.words[0], open_ids)]
        if trade.opened_price is None:
            return [usage.not_open_yet(trade.id)]
        return self._ask(request, CloseTrade(trade.id), trade)

    async def _cancel(self, request: Request) -> list[Post]:
        waiting_ids = self._parts.wording.waiting_ids
        if len(request.words) != 1:
            return [usage.usage_cancel(waiting_ids)]
        trade = self._running(request.words[0])
        if trade is None:
            return [usage.no_such_waiting(request.words[0], waiting_ids)]
        if trade.opened_price is not None:
            return [usage.open_already(trade.id)]
        return self._ask(request, Withdraw(trade.id), trade)

    async def _move_stop(self, request: Request) -> list[Post]:
        """To a price, or with `be` to where it opened."""
        open_ids = self._parts.wording.open_ids
        trade = self._running(request.words[0]) if len(request.words) == 2 else None
        if len(request.words) == 2 and trade is None:
            return [usage.no_such_trade(request.words[0], open_ids)]
        word = request.words[1].lower() if trade is not None else ""
        price = read_decimal(word)
        if trade is None or (price is None and word not in _AT_ENTRY):
            return [usage.usage_move(self._a_stop(), open_ids)]
        if trade.opened_price is None:
            return [usage.not_open_yet(trade.id)]
        voice = self._parts.voices.of_trade(trade)
        try:
            stop = trade.opened_price if price is None else voice.instrument.to_price(price)
        except ValueError:
            return [usage.off_grid(word, trade, voice)]
        refusal = stop_refusal(trade, stop)
        if refusal is not None:
            return [usage.stop_refused(trade, stop, refusal, voice)]
        return self._ask(request, MoveStop(trade.id, stop), trade)

    def _running(self, word: str) -> Trade | None:
        """A waiting or open trade by id, or the newest by number."""
        trades = {trade.id: trade for trade in reversed(self._parts.engine.open_trades())}
        trade_id = find_id(word, list(trades))
        return None if trade_id is None else trades[trade_id]

    def _a_stop(self) -> str:
        """A price for an example."""
        trades = [trade for trade in self._parts.engine.open_trades() if trade.opened_price is not None]
        return self._parts.voices.of_trade(trades[0]).price(trades[0].stop) if trades else "2270.00"

    def _ask(
        self, request: Request, change: Change, trade: Trade | None = None, proof: Proof | None = None
    ) -> list[Post]:
        question_id = f"{COMMAND_OF[type(change)]}:{request.number}"
        if self._parts.pending.question(question_id) is not None:
            return []  # the same update came twice
        until_ms = self._parts.people.now_ms() + CONFIRM_WITHIN_MS
        question = Question(question_id, request.admin, request.key, change, until_ms, trade, proof)
        self._parts.pending.ask(question)
        return [self._parts.wording.asked(question)]

    # Words

    def _symbol(self, word: str) -> str | None:
        return read_symbol(word, self._parts.config.instruments)

    def _no_such_symbol(self, word: str) -> Post:
        return usage.no_such_symbol(word, self._parts.symbols)

    @property
    def _example(self) -> str:
        return next(iter(self._parts.symbols), "XAUUSD")

    @property
    def _now_ms(self) -> int:
        return self._parts.clock.now_ms()
