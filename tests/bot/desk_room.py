"""An admin chat on the bench: the real desk, engine, handlers, outbox and database; only Telegram is a fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock
from bot.config import AdminConfig, ChannelConfig, Config, Role, StorageConfig, TelegramConfig
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Outbox
from bot.delivery.outcomes import Delivered, Done, Outcome, Refused
from bot.delivery.telegram_client import Account
from bot.delivery.updates import ChannelPost, Pressed, Said, Update
from bot.desk.commands import Desk
from bot.desk.seals import Seals
from bot.handlers import Handlers
from bot.reports.scheduled import Reports
from bot.voices import Voices
from bot.words.post import Button, Post
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Command, Event, History, Input, SignalIssued, Tick, TradeOpened
from engine.types import HOUR_MS, Direction, Trade
from storage.audit import AuditEntry, latest_entries
from storage.candles import save_candles
from storage.database import _writers, reading, transaction
from tests.bot.reader import shown
from tests.builders import GOLD, at, candles, gold, opened, secured, setup, signal, trade
from tests.databases import Kept, fresh_database, lay_out, migrated, rows, take

OWEN, DANA, NOOR, VERA, MALLORY = 1000, 1001, 1002, 1003, 6666
NAMES = {OWEN: "Owen", DANA: "Dana", NOOR: "Noor", VERA: "Vera", MALLORY: "Mallory"}
CHANNEL, DESK_GROUP, OTHER_GROUP = -1001, -2002, -3003
TOKEN = "123456789:" + "A" * 35
NOW_MS = at("2024-04-03 17:45")

CONFIG = Config(
    instruments=(GOLD,),
    channels=(ChannelConfig("Gold Signals", CHANNEL, ("XAUUSD",)),),
    telegram=TelegramConfig(
        admins=(
            AdminConfig(DANA, "Dana"),
            AdminConfig(NOOR, "Noor"),
            AdminConfig(OWEN, "Owen", Role.OWNER),
            AdminConfig(VERA, "Vera", Role.VIEWER),
        ),
        alert_chat=DESK_GROUP,
    ),
)


def two_trades() -> list[Trade]:
    """002 after its first target, 003 just running; both bought."""
    third = signal(setup(known_ms=at("2024-04-03 16:00")), id="XAU_20240403_003", issued_ms=at("2024-04-03 16:00"))
    running = opened(third, price=gold("2278.70"), opened_ms=at("2024-04-03 16:01"))
    return [secured(price=gold("2292.00")), running]


class Shown(msgspec.Struct):
    """A message as a reader sees it."""

    chat_id: int
    message_id: int
    text: str
    buttons: tuple[tuple[Button, ...], ...]
    png: bytes | None = None
    silent: bool = False

    @property
    def labels(self) -> list[str]:
        return [shown(button.label) for row in self.buttons for button in row]

    def data(self, label: str) -> str:
        found = [button.data for row in self.buttons for button in row if shown(button.label) == label]
        assert found, f"no button {label!r} among {self.labels}"
        assert found[0] is not None
        return found[0]


class FakeTelegram:
    """Takes everything, remembers how each message looks now, and what each tap was told."""

    def __init__(self) -> None:
        self.messages: list[Shown] = []
        self.edits = 0
        self.toasts: list[str] = []
        self.menus: dict[int, dict[str, str]] = {}
        self.hears_taps = True
        self.refuses = False  # whatever is sent
        self.answers_taps = asyncio.Event()  # while it is cleared no answer comes
        self.answers_taps.set()

    async def send(
        self, chat_id: int, post: Post, png: bytes | None, *, thread_id: int | None = None, reply_to: int | None = None
    ) -> Outcome:
        if self.refuses:
            return Refused(400, "Bad Request: text must be non-empty")
        self.messages.append(Shown(chat_id, len(self.messages) + 1, shown(post.text), post.buttons, png, post.silent))
        return Delivered(len(self.messages), photo=png is not None)

    async def edit_text(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        return self._edit(message_id, post)

    async def edit_caption(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        return self._edit(message_id, post)

    async def edit_media(self, chat_id: int, message_id: int, post: Post, png: bytes) -> Outcome:
        self.messages[message_id - 1].png = png
        return self._edit(message_id, post)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        return Done()

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> Outcome:
        await self.answers_taps.wait()
        if not self.hears_taps:
            return Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.toasts.append(shown(text))
        return Done()

    async def set_commands(self, commands: Any, admin_ids: Sequence[int]) -> dict[int, Outcome]:
        self.menus |= {admin_id: dict(commands) for admin_id in admin_ids}
        return {admin_id: Done() for admin_id in admin_ids}

    async def me(self) -> Account:
        return Account(777, "Assay", "assay_bot")

    def _edit(self, message_id: int, post: Post) -> Outcome:
        message = self.messages[message_id - 1]
        message.text, message.buttons = shown(post.text), post.buttons
        self.edits += 1
        return Delivered(message_id, photo=message.png is not None)


class Room:
    """Speak with `say` and `tap`; `settle` lets the engine obey and the outbox send."""

    def __init__(
        self, database: AsyncEngine, engine: Engine, telegram: FakeTelegram, config: Config, token: str = TOKEN
    ) -> None:
        self.database = database
        self.engine = engine
        self.telegram = telegram
        self.config = config
        self.clock, self.people = MarketClock(NOW_MS - HOUR_MS), MarketClock(NOW_MS)
        self.commands: list[Command] = []
        self.is_full = False  # the engine's inbox takes nothing more
        self._numbers = count(1)
        voices = Voices(config, Market.LIVE)
        self.seals = Seals(token, self.people)
        self.outbox = Outbox(database, telegram, self.clock, _draw, seal=self.seals.close, draw_timeout_s=None)
        self.channels = ChannelOutbox(config, self.outbox, self.clock)
        reports = Reports(config, engine, self.channels, voices, NOW_MS, draws=True)
        self.desk = Desk(
            config,
            engine,
            self.outbox,
            database,
            voices,
            self.clock,
            telegram,
            reports,
            self._submit,
            seals=self.seals,
            people=self.people,
        )
        self.handlers = Handlers(config, engine, self.channels, voices, self.clock, self.desk.told, draws=False)

    # Speaking

    async def say(self, text: str, by: int = DANA, **changes: Any) -> None:
        await self.hear(self.said(text, by, **changes))

    def said(self, text: str, by: int = DANA, **changes: Any) -> Said:
        number = next(self._numbers)
        fields: dict[str, Any] = {
            "user_id": by,
            "user_name": NAMES[by],
            "chat_id": by,
            "chat_title": NAMES[by],
            "is_private": True,
            "message_id": 10_000 + number,
            "thread_id": None,
            "text": text,
            "sent_ms": self.people.now_ms(),
        }
        return Said(number, **(fields | changes))

    async def tap(self, message: Shown, label: str, by: int = DANA) -> str:
        """What the tap was told, empty for no words. Fails when it was told nothing."""
        return await self.tap_data(message.data(label), message.chat_id, message.message_id, by)

    async def tap_data(self, data: str, chat_id: int | None, message_id: int | None, by: int = DANA) -> str:
        before = len(self.telegram.toasts)
        await self.hear(self.pressed(data, chat_id, message_id, by))
        assert len(self.telegram.toasts) == before + 1, "the tap got no answer"
        return self.telegram.toasts[-1]

    def pressed(
        self, data: str, chat_id: int | None, message_id: int | None, by: int = DANA, *, is_genuine: bool = True
    ) -> Pressed:
        """A tap on a button of ours; unless `is_genuine`, what a client made up and sent from there."""
        number = next(self._numbers)
        if is_genuine and "~" not in data:
            data = self.sealed(data, chat_id, message_id)
        return Pressed(number, f"callback{number}", by, NAMES[by], chat_id, message_id, data)

    @property
    def path(self) -> Path:
        return self.config.storage.folder / "assay.db"

    def sealed(self, data: str, chat_id: int | None, message_id: int | None) -> str:
        """As the bot would have sent it with that message."""
        key = "a message we do not know"
        if chat_id is not None and message_id is not None:
            those = f"WHERE chat_id = {chat_id} AND message_id = {message_id}"
            found = rows(self.path, f"SELECT key FROM messages {those}")  # noqa: S608 — numbers
            key = found[0][0] if found else key
        post = self.seals.close(Post("", ((Button("", data=data),),)), key)
        return post.buttons[0][0].data or ""

    def posted(self, text: str) -> ChannelPost:
        number = next(self._numbers)
        return ChannelPost(number, CHANNEL, "Gold Signals", 20_000 + number, None, text, self.people.now_ms())

    async def hear(self, update: Update) -> None:
        await self.desk.handle(update)
        await asyncio.sleep(0)  # notes are given beside what comes next
        await self.settle()

    # Time

    def _submit(self, command: Command) -> None:
        if self.is_full:
            raise asyncio.QueueFull
        self.commands.append(command)

    async def settle(self) -> None:
        while self.commands:
            await self.push(self.commands.pop(0))
        due_ms = await self.outbox.run_due()
        while due_ms is not None:
            self.clock.move_to(due_ms)
            due_ms = await self.outbox.run_due()

    async def push(self, item: Input) -> list[Event]:
        events = self.engine.push(item)
        async with transaction(self.database) as conn:
            await self.handlers.handle(conn, events)
        return events

    def pass_ms(self, length_ms: int) -> None:
        self.clock.move_to(self.clock.now_ms() + length_ms)
        self.people.move_to(self.people.now_ms() + length_ms)

    def is_writer_awaited(self) -> bool:
        """Somebody wants to write while a transaction of ours is open."""
        return bool(_writers[self.database]._waiters)

    # Looking

    def answers(self, chat_id: int = DANA) -> list[Shown]:
        return [message for message in self.telegram.messages if message.chat_id == chat_id]

    def answer(self, chat_id: int = DANA) -> Shown:
        """The last message of a chat."""
        return self.answers(chat_id)[-1]

    async def audit(self, rows: int = 1000) -> list[AuditEntry]:
        async with reading(self.database) as conn:
            return await latest_entries(conn, rows)

    def restarted(self, token: str = TOKEN) -> Room:
        """Another process on the same database, the engine as it was."""
        engine = Engine.restore(self.engine.config, self.engine.snapshot())
        room = Room(self.database, engine, self.telegram, self.config, token)
        room.clock.move_to(self.clock.now_ms())
        room.people.move_to(self.people.now_ms())
        room._numbers = self._numbers
        return room


async def _draw(spec: bytes) -> bytes:
    """What is drawn is the picture's own description, so that a test can read it."""
    return spec


class Stage(msgspec.Struct):
    """A room as it is when a test walks in: the database, the engine and what stands in the chats."""

    database: Kept
    engine: bytes
    messages: list[Shown]


async def prepare(folder: Path) -> dict[str, Stage]:
    """Rooms to be copied, since migrating and sending takes longer than most tests."""
    stages = {"empty": Stage(migrated(), b"", [])}
    async with open_room(stages, folder, two_trades()) as room:
        messages, state = deepcopy(room.telegram.messages), room.engine.snapshot()
    return stages | {"two trades": Stage(take(folder / "assay.db"), state, messages)}


@asynccontextmanager
async def open_room(
    stages: Mapping[str, Stage], folder: Path, trades: Sequence[Trade] | None = None, config: Config = CONFIG
) -> AsyncIterator[Room]:
    """Gold with a few candles and open trades, their signals standing in the channel; 17:45 on 3 April 2024."""
    stage = stages["two trades" if trades is None else "empty"]
    lay_out(stage.database, folder / "assay.db")
    database = await fresh_database(folder / "assay.db")
    engine = Engine.restore(config.engine_config(), stage.engine) if stage.engine else Engine(config.engine_config())
    telegram = FakeTelegram()
    telegram.messages = deepcopy(stage.messages)
    room = Room(database, engine, telegram, msgspec.structs.replace(config, storage=StorageConfig(folder)))
    if trades is not None:
        await _furnish(room, trades)
    room.clock.move_to(NOW_MS)
    try:
        yield room
    finally:
        room.outbox.stop()
        await database.dispose()


async def _furnish(room: Room, trades: Sequence[Trade]) -> None:
    past = candles([(227_000, 227_900, 226_500, 227_800)] * 24, start_ms=at("2024-04-03 11:30"))
    for candle in past:
        room.engine.push(History(candle))
    async with transaction(room.database) as conn:
        await save_candles(conn, past)
    await room.push(Tick("XAUUSD", at("2024-04-03 17:44:50"), 229_200, 229_220))
    for each in trades:
        room.engine.adopt([each])
        issued = SignalIssued(each.signal.issued_ms, trade(each.signal))
        events = [issued] if each.opened_ms is None else [issued, TradeOpened(each.opened_ms, each)]
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)
    await room.settle()
    assert room.clock.now_ms() < NOW_MS
    room.telegram.edits = 0


def sold(number: int) -> Trade:
    """A short trade, waiting for its first price."""
    known_ms = at("2024-04-03 17:30") + number
    made = setup(direction=Direction.DOWN, stop=gold("2283.30"), known_ms=known_ms)
    return trade(signal(made, id=f"XAU_20240403_{number:03}", issued_ms=known_ms, expires_ms=known_ms + 10_000_000))
