"""Taps on the desk's own keyboards: pages and menus change in place, a question is answered once, by whom it asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.delivery.updates import Pressed
from bot.desk.access import Admin
from bot.desk.audits import audited, read_sought
from bot.desk.parts import Parts, Put, Reaction, desk_key, kind_of
from bot.desk.questions import Question, QuestionState, Refusal, Wish
from bot.desk.requests import Request, Requests
from bot.desk.roles import least_role
from bot.desk.settings import BACK
from bot.desk.words import read_switch
from bot.words import admin_settings, usage
from bot.words.admin_symbols import done_toast
from bot.words.buttons import Broken, Tap, Tapped, read_tap
from bot.words.post import Post
from bot.words.questions import too_late
from bot.words.settings_english import RISK
from engine.events import Command, Pause, Resume, SetStrategy
from engine.state import ALL

_COMMANDS = {Tap.TRADES: "trades", Tap.SIGNALS: "signals", Tap.CHART: "signals", Tap.WHY: "signals", Tap.AUDIT: "audit"}
_SHOWS = ("p", "v")  # of a setting's taps those that change nothing


class Taps:
    def __init__(self, parts: Parts, requests: Requests) -> None:
        self._parts = parts
        self._requests = requests
        # Menu entries that bring the message they stand under up to date.
        self._in_place: dict[str, Callable[[], Awaitable[Post]]] = {
            "status": parts.answers.status,
            "health": parts.answers.health,
            "strategy": parts.answers.strategies,
        }
        self._started_ms = parts.people.now_ms()

    def refusal(self, press: Pressed, tapped: Tapped | Broken | None, key: str | None, admin: Admin) -> Refusal | None:
        """Why this tap changes nothing; None when it may. `tapped` is what its seal says at the message `key`."""
        if tapped is Broken.FORGED:
            return Refusal.FORGED
        meant = read_tap(press.data)
        if meant is not None and meant.tap in (Tap.YES, Tap.NO):
            return self._question_refusal(meant, key, admin)
        if tapped is Broken.EXPIRED:
            return Refusal.EXPIRED
        if not isinstance(tapped, Tapped) or kind_of(key) not in self._requests.by_name:
            return Refusal.UNPLACED
        command, words = command_of(tapped)
        if tapped.tap in (Tap.CHART, Tap.WHY) or command not in self._requests.by_name:
            return Refusal.UNPLACED
        return None if admin.may(command, words) else Refusal.ROLE

    def _question_refusal(self, meant: Tapped, key: str | None, admin: Admin) -> Refusal | None:
        """The question knows its end better than its buttons do."""
        question = self._parts.pending.question(meant.value)
        if question is None:
            return Refusal.OLD
        if key != question.key:
            return Refusal.UNPLACED
        if question.admin.id != admin.id:
            return Refusal.NOT_YOURS
        if question.state is not QuestionState.OPEN:
            return Refusal.ANSWERED
        if self._parts.people.now_ms() >= question.until_ms:
            return Refusal.LATE
        # The first yes of two is not the second one too; a no is a no, wherever it was tapped.
        return Refusal.ANSWERED if meant.tap is Tap.YES and meant.value != question.id else None

    async def press(self, press: Pressed, key: str | None, admin: Admin, refusal: Refusal | None) -> Reaction:
        """What the tap gets."""
        tapped = read_tap(press.data)
        if tapped is None or key is None or refusal is not None:
            return self._refused(tapped, refusal)
        match tapped.tap:
            case Tap.YES | Tap.NO:
                return self._answer(tapped)
            case Tap.TRADES:
                return self._instead(key, admin, self._parts.answers.trades(_page(tapped.value)))
            case Tap.SIGNALS:
                return self._instead(key, admin, await self._parts.answers.signals(_page(tapped.value)))
            case Tap.AUDIT:
                return await self._audit(tapped.value, key, admin)
            case Tap.CLOSE:
                return await self._request("close", (tapped.value,), press, admin)
            case Tap.CANCEL:
                return await self._request("cancel", (tapped.value,), press, admin)
            case Tap.SYMBOLS if kind_of(key) == "symbols":
                return self._symbols(tapped.value, key, admin)
            case Tap.SETTING if kind_of(key) == "settings":
                return await self._setting(tapped.value.split(":"), key, press, admin)
            case Tap.MENU:
                return await self._menu(tapped.value, key, press, admin)
        return self._old(_keyboard_of(tapped))

    def _refused(self, tapped: Tapped | None, refusal: Refusal | None) -> Reaction:
        if tapped is None:
            return self._old("help")
        question = self._parts.pending.question(tapped.value)
        match refusal:
            case Refusal.ROLE:
                return Reaction(usage.not_allowed_toast(least_role(*command_of(tapped))))
            case Refusal.EXPIRED:
                return Reaction(usage.expired_keyboard_toast(self._known(_keyboard_of(tapped))))
            case Refusal.NOT_YOURS if question is not None:
                return Reaction(usage.not_yours_toast(question.admin.name))
            case Refusal.ANSWERED if question is not None:
                return Reaction(self._parts.wording.over_toast(question))
            case Refusal.LATE if question is not None:
                question.state = QuestionState.LATE
                return self._instead(question.key, question.admin, too_late(), usage.too_late_toast())
        return self._old(_keyboard_of(tapped))

    async def _menu(self, entry: str, key: str, press: Pressed, admin: Admin) -> Reaction:
        if entry in ("pause", "resume"):
            # The answer changes this message: a status shows it, and "paused" gives way to "on again".
            self._parts.wish(admin, key, Pause() if entry == "pause" else Resume())
            return Reaction()
        if entry == "mute:off" and kind_of(key) == "mute":
            posts = await self._requests.answer("mute", Request(admin, ("off",), key, press.update_id))
            return Reaction(puts=puts_of(key, admin, posts))
        if entry in self._in_place and kind_of(key) == entry:
            return self._instead(key, admin, await self._in_place[entry]())
        if entry.startswith("strategy:") and kind_of(key) == "strategy":
            return await self._switch(entry.split(":")[1:], key, admin)
        if entry not in self._requests.by_name:
            return self._old("help")
        return await self._request(entry, (), press, admin)

    def _symbols(self, value: str, key: str, admin: Admin) -> Reaction:
        """`2`, a page; `pause:XAUUSD` or `resume:*`. The list that was tapped shows what came of it."""
        what, _, name = value.partition(":")
        answers, engine = self._parts.answers, self._parts.engine
        if not name:
            return self._instead(key, admin, answers.symbols(_page(value)))
        symbol = None if name == ALL else name
        if what not in ("pause", "resume") or (symbol is not None and symbol not in self._parts.symbols):
            return self._old("symbols")
        is_paused = ALL in engine.paused if symbol is None else engine.is_paused(symbol)
        if is_paused is (what == "pause"):
            toast = done_toast(symbol, is_paused=is_paused)
            return self._instead(key, admin, answers.symbols_with(symbol), toast)
        self._parts.wish(admin, key, Pause(symbol) if what == "pause" else Resume(symbol))
        return Reaction()

    async def _setting(self, words: list[str], key: str, press: Pressed, admin: Admin) -> Reaction:
        """`p:2`, a page; `v:cooldown_min`, a setting; `s:cooldown_min:60`, `d:cooldown_min`: set it, put it back; `t`:
        a value shall be typed.
        """
        settings = self._requests.settings
        what, name, text = (*words, "", "")[:3]
        if what == "p":
            return self._instead(key, admin, settings.page(_page(name)))
        figure = settings.by_key(name)
        if figure is None or (what == "s") is not bool(text):
            return self._old("settings")
        new_key = desk_key("settings", f"{admin.chat_id}/tap{press.callback_id}@{self._started_ms}")
        match what:
            case "v":
                return self._instead(key, admin, settings.value(figure.setting.name))
            case "t":
                return Reaction(puts=puts_of(new_key, admin, [settings.ask_to_type(admin, figure)]))
            case "s" | "d":
                text = text or figure.default
                if settings.is_so(figure, text):
                    toast = admin_settings.done_toast(figure)
                    return self._instead(key, admin, settings.value(figure.setting.name), toast)
                request = Request(admin, (), new_key if figure.setting.name == RISK else key, press.update_id)
                posts = await self._requests.set(request, figure, text if what == "s" else BACK[0])
                return Reaction(puts=puts_of(new_key, admin, posts))
        return self._old("settings")

    async def _switch(self, words: list[str], key: str, admin: Admin) -> Reaction:
        """`range_fade`, `off`. The list that was tapped shows what came of it."""
        switch = read_switch(words)
        strategy, is_on = switch.strategy, switch.is_on
        if strategy is None or is_on is None:
            return self._old("strategy")
        if is_on is (strategy in self._parts.engine.strategies_on):
            toast = usage.strategy_done_toast(strategy, is_on=is_on)
            return self._instead(key, admin, await self._parts.answers.strategies(), toast)
        self._parts.wish(admin, key, SetStrategy(strategy, is_on))
        return Reaction()

    async def _request(self, name: str, words: tuple[str, ...], press: Pressed, admin: Admin) -> Reaction:
        """As if it had been typed: the answer is a new message."""
        key = desk_key(name, f"{admin.chat_id}/tap{press.callback_id}@{self._started_ms}")
        posts = await self._requests.answer(name, Request(admin, words, key, press.update_id))
        return Reaction(puts=puts_of(key, admin, posts))

    async def _audit(self, value: str, key: str, admin: Admin) -> Reaction:
        """`2:50:Dana`: the second page of Dana's last fifty rows."""
        page, _, rest = value.partition(":")
        sought = read_sought(rest.replace(":", " ", 1).split())
        if sought is None:
            return self._old("audit")
        parts = self._parts
        style, now_ms = parts.wording.style, parts.clock.now_ms()
        return self._instead(key, admin, await audited(parts.database, sought, _page(page), now_ms, style))

    def _answer(self, tapped: Tapped) -> Reaction:
        """By the one it asked, in time, for the first time."""
        question = self._parts.pending.question(tapped.value)
        if question is None:
            return self._old(_keyboard_of(tapped))
        now_ms = self._parts.clock.now_ms()
        if tapped.tap is Tap.NO:
            question.state = QuestionState.KEPT
            return self._instead(question.key, question.admin, self._parts.wording.kept(question, now_ms))
        if self._parts.wording.is_moot(question):
            question.state = QuestionState.DONE
            moot = self._parts.wording.moot(question, now_ms)
            return self._instead(question.key, question.admin, moot, self._parts.wording.over_toast(question))
        if question.is_asked_again:
            self._parts.pending.ask_again(question)
            return self._instead(question.key, question.admin, self._parts.wording.asked(question))
        return self._obey(question)

    def _obey(self, question: Question) -> Reaction:
        """Hand it to the engine; the question's message changes when the engine has spoken."""
        self._parts.submit(Command(question.admin.id, question.change))
        question.state = QuestionState.OBEYED
        self._parts.pending.wish(Wish(question.admin, question.key, question.change, question))
        return Reaction()

    def _instead(self, key: str, admin: Admin, post: Post, toast: str = "") -> Reaction:
        return Reaction(toast, puts_of(key, admin, [post]))

    def _old(self, command: str) -> Reaction:
        return Reaction(usage.old_keyboard_toast(self._started_ms, self._known(command), self._parts.wording.style))

    def _known(self, command: str) -> str:
        return command if command in self._requests.by_name else "help"


def puts_of(key: str, admin: Admin, posts: list[Post]) -> tuple[Put, ...]:
    """The first is the message `key` itself, others are its followers."""
    return tuple(
        Put(key if index == 0 else f"{key}#{index}", admin.chat_id, admin.thread_id, post)
        for index, post in enumerate(posts)
    )


def command_of(tapped: Tapped) -> tuple[str, tuple[str, ...]]:
    """The command that does the same, with its words: who may not say it may not tap it."""
    match tapped.tap:
        case Tap.CLOSE:
            return "close", (tapped.value,)
        case Tap.CANCEL:
            return "cancel", (tapped.value,)
        case Tap.SYMBOLS:
            return "symbols", tuple(tapped.value.split(":")) if ":" in tapped.value else ()
        case Tap.SETTING:
            what, *words = tapped.value.split(":")
            return "settings", () if what in _SHOWS else tuple(words)
        case Tap.MENU:
            command, *words = tapped.value.split(":")
            return command, tuple(words)
        case Tap.YES | Tap.NO:
            return tapped.value.partition(":")[0], ()
    return _COMMANDS[tapped.tap], ()


def _keyboard_of(tapped: Tapped) -> str:
    """What brings such a keyboard anew."""
    if tapped.tap is Tap.MENU:
        return next((each for each in ("strategy", "mute") if tapped.value.startswith(f"{each}:")), "status")
    command, _ = command_of(tapped)
    return "trades" if tapped.tap in (Tap.CLOSE, Tap.CANCEL) else command


def _page(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else 1
