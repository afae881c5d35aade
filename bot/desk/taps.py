"""Taps on the desk's own keyboards: pages and menus change in place, a question is answered once, by whom it asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.delivery.updates import Pressed
from bot.desk.access import Admin
from bot.desk.parts import Parts, Put, Reaction, desk_key, kind_of
from bot.desk.questions import Question, QuestionState, Wish
from bot.desk.requests import Request, Requests
from bot.desk.words import read_switch
from bot.words import usage
from bot.words.buttons import Tap, Tapped
from bot.words.post import Post
from bot.words.questions import too_late
from bot.words.reasons import why_toast
from engine.events import Command, Pause, Resume, SetStrategy
from storage.database import reading
from storage.message_keys import key_at

_COMMAND_OF = {Tap.TRADES: "trades", Tap.SIGNALS: "signals", Tap.CLOSE: "trades", Tap.MENU: "status"}


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

    async def press(self, press: Pressed, tapped: Tapped | None, admin: Admin) -> Reaction:
        """What an admin's tap gets."""
        if tapped is None:
            return self._old("help")
        match tapped.tap:
            case Tap.YES | Tap.NO:
                return self._answer(tapped, press.user_id)
            case Tap.WHY:
                trade = await self._parts.answers.find(tapped.value)
                return Reaction(why_toast(trade, self._parts.voices.of_trade(trade))) if trade else self._old("signals")
            case Tap.CHART:
                return self._old("signals")
        key = await self._key(press)
        if key is None:
            return self._old(_command_of(tapped))
        match tapped.tap:
            case Tap.TRADES:
                return self._instead(key, admin, self._parts.answers.trades(_page(tapped.value)))
            case Tap.SIGNALS:
                return self._instead(key, admin, await self._parts.answers.signals(_page(tapped.value)))
            case Tap.CLOSE:
                return await self._request("close", (tapped.value,), press, admin)
        return await self._menu(tapped.value, key, press, admin)

    async def _menu(self, entry: str, key: str, press: Pressed, admin: Admin) -> Reaction:
        if entry in ("pause", "resume"):
            # The answer changes this message: a status shows it, and "paused" gives way to "on again".
            self._parts.wish(admin, key, Pause() if entry == "pause" else Resume())
            return Reaction()
        if entry in self._in_place and kind_of(key) == entry:
            return self._instead(key, admin, await self._in_place[entry]())
        if entry.startswith("strategy:") and kind_of(key) == "strategy":
            return await self._switch(entry.split(":")[1:], key, admin)
        if entry not in self._requests.by_name:
            return self._old("help")
        return await self._request(entry, (), press, admin)

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

    def _answer(self, tapped: Tapped, user_id: int) -> Reaction:
        question = self._parts.pending.question(tapped.value)
        if question is None:
            return self._old(tapped.value.partition(":")[0])
        if question.admin.id != user_id:
            return Reaction(usage.not_yours_toast(question.admin.name))
        if question.state is not QuestionState.OPEN:
            return Reaction(self._parts.wording.over_toast(question))
        now_ms = self._parts.clock.now_ms()
        if self._parts.people.now_ms() >= question.until_ms:
            question.state = QuestionState.LATE
            return self._instead(question.key, question.admin, too_late(), usage.too_late_toast())
        if tapped.tap is Tap.NO:
            question.state = QuestionState.KEPT
            return self._instead(question.key, question.admin, self._parts.wording.kept(question, now_ms))
        if self._parts.wording.is_moot(question):
            question.state = QuestionState.DONE
            moot = self._parts.wording.moot(question, now_ms)
            return self._instead(question.key, question.admin, moot, self._parts.wording.over_toast(question))
        return self._obey(question)

    def _obey(self, question: Question) -> Reaction:
        """Hand it to the engine; the question's message changes when the engine has spoken."""
        self._parts.submit(Command(question.admin.id, question.change))
        question.state = QuestionState.OBEYED
        self._parts.pending.wish(Wish(question.admin, question.key, question.change, question))
        return Reaction()

    async def _key(self, press: Pressed) -> str | None:
        """The tapped message, if it is one of the desk's: a client may send any data from anywhere."""
        if press.chat_id is None or press.message_id is None:
            return None
        async with reading(self._parts.database) as conn:
            key = await key_at(conn, press.chat_id, press.message_id)
        return key if kind_of(key) in self._requests.by_name else None

    def _instead(self, key: str, admin: Admin, post: Post, toast: str = "") -> Reaction:
        return Reaction(toast, puts_of(key, admin, [post]))

    def _old(self, command: str) -> Reaction:
        known = command if command in self._requests.by_name else "help"
        return Reaction(usage.old_keyboard_toast(self._started_ms, known, self._parts.wording.style))


def puts_of(key: str, admin: Admin, posts: list[Post]) -> tuple[Put, ...]:
    """The first is the message `key` itself, others are its followers."""
    return tuple(
        Put(key if index == 0 else f"{key}#{index}", admin.chat_id, admin.thread_id, post)
        for index, post in enumerate(posts)
    )


def _command_of(tapped: Tapped) -> str:
    """What brings a keyboard anew."""
    if tapped.tap is Tap.MENU and tapped.value.startswith("strategy:"):
        return "strategy"
    return _COMMAND_OF[tapped.tap]


def _page(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else 1
