"""The admin chat: who may ask hears an answer, everybody else hears nothing. Whatever moves money or mode asks first.

An admin's wish becomes a `Command`, an input of the engine like any other. What became of it is told when the engine
says so, in the transaction that stores it. Whatever fails here is logged and stops nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.alerts import START, STOP, WINDOW_MS, own_entry, restart_word, why_ended
from bot.clock import Clock
from bot.config import Config
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.outcomes import Done, Outcome
from bot.delivery.telegram_client import Account
from bot.delivery.updates import ChannelPost, Pressed, Said, Update
from bot.desk.access import Admin, AuditBudget, Intruder, sender_of
from bot.desk.answers import Answers, LastQuote
from bot.desk.parts import Parts, Put, desk_key
from bot.desk.public import PUBLIC_COMMANDS, PublicDesk
from bot.desk.questions import Pending, Wording
from bot.desk.requests import TEXT, Request, Requests
from bot.desk.roles import least_role, may
from bot.desk.seals import Seals
from bot.desk.signals import SignalButtons
from bot.desk.taps import Taps, puts_of
from bot.desk.verdicts import Verdicts
from bot.desk.words import Typed, read_command
from bot.fault import fault
from bot.mutes import is_silent
from bot.news import Calendar
from bot.recovery import Recovered
from bot.reports.scheduled import Reports
from bot.voices import Voices
from bot.watchdog import Watchdog
from bot.words import admin_english, alerts, usage
from bot.words.buttons import unsealed
from bot.words.wording import tidy
from engine.engine import Engine
from engine.events import Command, Event
from storage.audit import AuditEntry, own_entries, record
from storage.database import reading, transaction
from storage.message_keys import key_at
from storage.outbox import waiting

log = structlog.get_logger(__name__)

COMMANDS = tuple(admin_english.COMMANDS.items())  # name and description, for Telegram's menu
_STARTS_LOOKED_AT = 200
_AUDITED = 120  # characters of what was typed
_MOST_NOTES = 8  # answers to subscribers' taps under way at once


class Line(Protocol):
    """What the desk asks of Telegram beside messages."""

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> Outcome: ...

    async def set_commands(self, commands: Mapping[str, str], admin_ids: Sequence[int]) -> dict[int, Outcome]: ...

    async def me(self) -> Account: ...


class Desk:
    """Hears updates one after another. `submit` is where an admin's wish enters the stream of inputs.

    `people` is the clock of those who tap: in a replay the market's may run a thousand times as fast, and a question
    must stay open for two minutes of theirs. `last_quote` says when a symbol was last quoted.
    """

    def __init__(
        self,
        config: Config,
        engine: Engine,
        outbox: Outbox,
        database: AsyncEngine,
        voices: Voices,
        clock: Clock,
        line: Line,
        reports: Reports,
        submit: Callable[[Command], None],
        *,
        seals: Seals,
        people: Clock,
        last_quote: LastQuote | None = None,
        watchdog: Watchdog | None = None,
        draws: bool = True,
        calendar: Calendar | None = None,
    ) -> None:
        answers = Answers(
            config,
            engine,
            database,
            voices,
            clock,
            outbox,
            reports,
            people=people,
            last_quote=last_quote,
            watchdog=watchdog or Watchdog(),
            draws=draws,
        )
        wording = Wording(engine, voices)
        parts = Parts(config, engine, database, voices, clock, people, answers, Pending(), wording, submit, calendar)
        self._config = config
        self._engine = engine
        self._outbox = outbox
        self._database = database
        self._voices = voices
        self._clock = clock
        self._people = people
        self._line = line
        self._seals = seals
        self._requests = Requests(parts, self._put)
        self._taps = Taps(parts, self._requests)
        self._signal_buttons = SignalButtons(parts, outbox, draws=draws)
        self._verdicts = Verdicts(parts, outbox)
        self._public = PublicDesk(config, answers.results, people)
        self._intruders = AuditBudget()
        self._user_name: str | None = None
        self._notes: set[asyncio.Task[None]] = set()

    async def handle(self, update: Update) -> None:
        """Answer, or keep silent. Never raises but for cancellation."""
        try:
            match update:
                case Said() | ChannelPost():
                    await self._heard(update)
                case Pressed():
                    await self._pressed(update)
        except Exception as error:  # the boundary: one strange update must stop neither the next nor the trading
            log.error("update not answered", update_id=update.update_id, **fault(error))

    async def told(self, conn: AsyncConnection, event: Event) -> None:
        """Hear every event, in the transaction that stores it, and tell those who wished for it. Raises only what the
        database does.
        """
        try:
            await self._verdicts.told(conn, event)
        except (SQLAlchemyError, OSError):  # which may have ended the transaction; nor may a change lack its audit row
            raise
        except Exception as error:  # the boundary: a wish without an answer must not keep a trade from being stored
            log.error("wish not answered", event_type=type(event).__name__, time_ms=event.time_ms, **fault(error))

    async def announce(self, recovered: Recovered) -> None:
        """At start: show the commands to the admins, and tell them of a restart."""
        telegram = self._config.telegram
        for role in {admin.role: None for admin in telegram.admins}:
            menu = {name: text for name, text in COMMANDS if may(role, name)}
            await self._show_menu(menu, [admin.id for admin in telegram.admins if admin.role is role])
        public = {name: text for name, text in COMMANDS if name in PUBLIC_COMMANDS}
        await self._show_menu(public, telegram.public_chats)
        if recovered.is_first_start:
            async with transaction(self._database) as conn:
                await record(conn, own_entry(START, self._clock.now_ms(), told=False, is_first=True))
            return
        async with transaction(self._database) as conn:
            await self._tell_restart(conn, recovered)
        self._outbox.wake()

    async def _show_menu(self, menu: Mapping[str, str], chat_ids: Sequence[int]) -> None:
        for chat_id, outcome in (await self._line.set_commands(menu, chat_ids)).items():
            if not isinstance(outcome, Done):
                log.info("commands not shown", chat_id=chat_id, why=str(outcome))

    async def _tell_restart(self, conn: AsyncConnection, recovered: Recovered) -> None:
        """Once in a while, should it fail again and again; of any other restart, and a changed database, always."""
        now_ms = self._clock.now_ms()
        before = await own_entries(conn, (START, STOP), _STARTS_LOOKED_AT)
        ended, error = why_ended(before)
        word = restart_word(before, now_ms, window_ms=WINDOW_MS if ended != "stopped" else 0)
        is_told = word is not None or bool(recovered.migrations)
        why = "rebuilt" if recovered.is_rebuilt else ended
        await record(conn, own_entry(START, now_ms, told=is_told, text=f"start: {alerts.restart_reason(why, error)}"))
        if not is_told:
            return
        figures = alerts.RestartFigures(
            time_ms=now_ms,
            away_ms=max(0, now_ms - self._engine.time_ms),
            reason=alerts.restart_reason(why, error),
            trades_resumed=len(self._engine.open_trades()),
            messages_edited=len(await waiting(conn)),
            messages_lost=0,  # what was written down is sent; what may be doubled has an alert of its own
            messages_doubled=0,
            replayed=recovered.replayed,
            migrations=recovered.migrations,
            left_out=0 if word is None else word.left_out,
        )
        post = alerts.restarted(figures, self._voices.style(self._engine.mode))
        telegram = self._config.telegram
        for chat_id in telegram.alert_chats:
            key = desk_key("restart", f"{chat_id}/{now_ms}")
            shown = msgspec.structs.replace(post, silent=await is_silent(conn, chat_id, telegram, now_ms))
            await self._outbox.put(conn, key, chat_id, shown, priority=Priority.RESULT)

    # Written

    async def _heard(self, update: Said | ChannelPost) -> None:
        sender = sender_of(update, self._config.telegram)
        if not isinstance(sender, Admin) and isinstance(update, Said) and await self._answer_publicly(update):
            return
        if isinstance(sender, Intruder):
            await self._turn_away(update, sender)
        elif isinstance(sender, Admin) and isinstance(update, Said):
            typed = read_command(update.text)
            if update.is_private or (typed is not None and await self._is_meant(typed)):
                await self._obey(update, sender, typed)

    async def _answer_publicly(self, said: Said) -> bool:
        """Whether this was one of the few questions that everybody in some groups may ask, answered or not."""
        typed = read_command(said.text)
        if typed is None or not self._public.is_meant(said, typed):
            return False
        put = await self._public.answer(said, typed) if await self._is_meant(typed) else None
        if put is not None:
            await self._put([put], Priority.REPORT)
        return True

    async def _is_meant(self, typed: Typed) -> bool:
        """In a group with several bots a command may be somebody else's."""
        if typed.to is None:
            return True
        if self._user_name is None:
            self._user_name = (await self._line.me()).user_name
        return typed.to.lower() == self._user_name.lower()

    async def _obey(self, said: Said, admin: Admin, typed: Typed | None) -> None:
        name = typed.name if typed is not None and typed.name in self._requests.by_name else "unknown"
        words = () if typed is None else typed.words
        is_allowed = admin.may(name, words)
        await self._audit(admin, f"/{name}", said.text, refused=None if is_allowed else "role")
        # Of the message, not of the update: the same command heard again, after a crash, changes the same answer.
        key = desk_key(name, f"{said.chat_id}/{said.message_id}@{said.sent_ms}")
        if typed is None:
            posts = await self._requests.answer(TEXT, Request(admin, tuple(said.text.split()), key, said.update_id))
        elif is_allowed:
            posts = await self._requests.answer(name, Request(admin, words, key, said.update_id))
        else:
            posts = [usage.not_allowed(least_role(name, words))]
        await self._put(puts_of(key, admin, posts))

    # Tapped

    async def _pressed(self, press: Pressed) -> None:
        key = await self._key_at(press)
        tapped = None if key is None else self._seals.open(press.data, key)
        reply = await self._signal_buttons.press(press, tapped, key)
        if reply is not None:
            await self._note(press, reply.note)
            await self._put(reply.puts)
            return
        sender = sender_of(press, self._config.telegram)
        if isinstance(sender, Intruder):
            await self._turn_away(press, sender)
        elif isinstance(sender, Admin):
            refusal = self._taps.refusal(press, tapped, key, sender)
            await self._audit(sender, "tap", unsealed(press.data), refused=None if refusal is None else refusal.value)
            reaction = await self._taps.press(press, key, sender, refusal)
            await self._put(reaction.puts)
            await self._toast(press, reaction.toast)

    async def _key_at(self, press: Pressed) -> str | None:
        """Which message of ours was tapped."""
        if press.chat_id is None or press.message_id is None:
            return None
        async with reading(self._database) as conn:
            return await key_at(conn, press.chat_id, press.message_id)

    async def _note(self, press: Pressed, text: str) -> None:
        """To one of many: a crowd that taps must not keep an admin's command waiting for as many answers."""
        while len(self._notes) >= _MOST_NOTES:
            await asyncio.wait(self._notes, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._toast(press, text), name="note")
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _toast(self, press: Pressed, text: str) -> None:
        """Too late for Telegram, or not heard: nothing depends on it."""
        outcome = await self._line.answer_callback(press.callback_id, text)
        if not isinstance(outcome, Done):
            log.info("tap not answered", update_id=press.update_id, why=str(outcome))

    # Written down

    async def _put(self, puts: Sequence[Put], priority: Priority = Priority.ADMIN_REPLY) -> None:
        if not puts:
            return
        async with transaction(self._database) as conn:
            for put in puts:
                await self._outbox.put(conn, put.key, put.chat_id, put.post, priority=priority, thread_id=put.thread_id)
        self._outbox.wake()

    async def _audit(self, admin: Admin, action: str, text: str, *, refused: str | None = None) -> None:
        """The attempt, before it is known what comes of it; `refused` is why nothing will."""
        entry = AuditEntry(
            time_ms=self._clock.now_ms(),
            actor_id=admin.id,
            actor_name=admin.name,
            chat_id=admin.chat_id,
            action=action,
            detail={"text": tidy(text, _AUDITED)} | ({} if refused is None else {"why": refused}),
            allowed=refused is None,
        )
        async with transaction(self._database) as conn:
            await record(conn, entry)

    async def _turn_away(self, update: Said | ChannelPost | Pressed, intruder: Intruder) -> None:
        """Silence, and a row that says who tried what."""
        user_id, name = (None, "") if isinstance(update, ChannelPost) else (update.user_id, update.user_name)
        left_out = self._intruders.take(user_id or update.chat_id or 0, self._people.now_ms())
        if left_out is None:
            return
        text = unsealed(update.data) if isinstance(update, Pressed) else update.text
        entry = AuditEntry(
            time_ms=self._clock.now_ms(),
            actor_id=user_id,
            actor_name=tidy(name),
            chat_id=update.chat_id,
            action="tap" if isinstance(update, Pressed) else "command",
            detail={"text": tidy(text, _AUDITED), "why": intruder.why, "left_out": left_out},
            allowed=False,
        )
        async with transaction(self._database) as conn:
            await record(conn, entry)
