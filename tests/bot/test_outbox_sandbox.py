"""The outbox and the real client library against the sandbox, with Telegram's rules and flood control switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.clock import MarketClock
from bot.delivery.outbox import AlertKind, Outbox, Priority
from bot.delivery.telegram_client import TelegramClient
from bot.sandbox.faults import Fault, Mishap
from bot.sandbox.flood import FloodLimits
from bot.sandbox.server import Sandbox
from bot.words.post import Button, Post
from storage.messages import MessageState
from tests.bot.delivery import Desk, seconds
from tests.bot.sandbox_bot import CHANNEL, DANA, FORUM, NOON_MS, Clock, png, running
from tests.bot.test_pacing import fullest
from tests.databases import fresh_database

SIGNAL = Priority.OPENING_OR_CLOSING


async def drawn(picture: bytes) -> bytes:
    return png(shade=picture[0])


class SandboxTime(Clock):
    """The sandbox's clock, as the outbox's goes."""

    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock

    def __call__(self) -> int:
        return self._clock.now_ms()


@asynccontextmanager
async def channel(folder: Path, flood: FloodLimits | None = None) -> AsyncIterator[tuple[Desk, Sandbox]]:
    clock = MarketClock(NOON_MS)
    engine = await fresh_database(folder / "assay.db")
    async with running(SandboxTime(clock), flood) as sandbox:
        client = TelegramClient(sandbox.token, base_url=sandbox.base_url, base_file_url=sandbox.base_file_url)
        service = Desk(engine, client, clock, drawn)
        await service.outbox.recover()
        yield service, sandbox
        service.outbox.stop()
        await client.stop()
    await engine.dispose()


async def test_a_trade_lives_in_one_message_with_its_results_as_replies(tmp_path: Path) -> None:
    async with channel(tmp_path, FloodLimits()) as (service, sandbox):
        keyboard = ((Button("Copy entry", copy="3345.20"),),)
        opened = Post("<b>BUY XAUUSD</b>\nEntry 3345.20", buttons=keyboard, picture=b"e")
        await service.put("signal:1", opened, chat=CHANNEL, priority=SIGNAL)
        for mark in range(40):
            await service.put("signal:1", Post(f"<b>BUY XAUUSD</b>\n+0.{mark} R"), chat=CHANNEL, keep_picture=True)
            await service.pass_ms(seconds(1))
        await service.put("signal:1", Post("TP1 reached", picture=b"t"), chat=CHANNEL, priority=SIGNAL)
        reply = Post("TP1: half closed")
        await service.put("tp1:1", reply, chat=CHANNEL, priority=Priority.RESULT, reply_to="signal:1")
        await service.settle()

        signal, result = sandbox.messages(CHANNEL)
        assert (signal.body.text, signal.photo is not None) == ("TP1 reached", True)
        assert (result.body.text, result.reply_to) == ("TP1: half closed", signal)
        assert sandbox.accepted["editMessageCaption"] == 8  # every 4.616 s within 40 s
        assert (sandbox.accepted["sendPhoto"], sandbox.accepted["editMessageMedia"]) == (1, 1)
        assert sum(sandbox.refused.values()) == 0


async def test_five_live_signals_never_meet_flood_control(tmp_path: Path) -> None:
    async with channel(tmp_path, FloodLimits(chat_burst=1)) as (service, sandbox):
        for step in range(60):
            for trade in range(5):
                await service.put(f"signal:{trade}", f"{trade}: mark {step}", chat=CHANNEL)
            await service.pass_ms(seconds(2))
        await service.settle()

        assert sum(sandbox.refused.values()) == 0
        assert fullest([request.time_ms for request in sandbox.requests], 60_000) <= 20
        assert [message.body.text for message in sandbox.messages(CHANNEL)] == [f"{t}: mark 59" for t in range(5)]


async def test_telegrams_wait_is_honoured_to_the_millisecond(tmp_path: Path) -> None:
    async with channel(tmp_path, FloodLimits(group_per_min=3)) as (service, sandbox):
        for number in range(5):
            await service.put(f"signal:{number}", f"signal {number}", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert [message.body.text for message in sandbox.messages(CHANNEL)] == [f"signal {n}" for n in range(5)]
        refused = [index for index, request in enumerate(sandbox.requests) if request.refusal is not None]
        for index in refused:
            wait_s = int(str(sandbox.requests[index].refusal).rsplit(" ", 1)[1])
            assert sandbox.requests[index + 1].time_ms == sandbox.requests[index].time_ms + seconds(wait_s)
        assert service.outbox.stats.floods == len(refused) > 0


async def test_markup_telegram_cannot_parse_still_reaches_the_reader(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", "<b>BUY <i>XAUUSD</b> spread < 3", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert [message.body.text for message in sandbox.messages(CHANNEL)] == ["BUY XAUUSD spread < 3"]
        assert [alert.kind for alert in service.alerts] == [AlertKind.MARKUP]


async def test_a_caption_beyond_the_limit_goes_out_as_text(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", Post("x" * 1025, picture=b"e"), chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        (message,) = sandbox.messages(CHANNEL)
        assert (len(message.body.text), message.photo) == (1025, None)


async def test_a_message_deleted_by_hand_and_a_bot_thrown_out_are_told(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", "opened", chat=CHANNEL, priority=SIGNAL)
        await service.settle()
        sandbox.messenger.remove(sandbox.messages(CHANNEL)[0])
        await service.put("signal:1", "+0.1 R", chat=CHANNEL)
        await service.settle()
        sandbox.chat(CHANNEL).member = "kicked"
        await service.put("signal:2", "opened", chat=CHANNEL, priority=SIGNAL)
        await service.put("answer", "hello", chat=DANA.id, priority=Priority.ADMIN_REPLY)
        await service.pass_ms(seconds(5))

        assert [(alert.kind, alert.detail) for alert in service.alerts] == [
            (AlertKind.REFUSED, "400 Bad Request: message to edit not found"),
            (AlertKind.BROKEN, "gone"),
        ]
        assert [message.body.text for message in sandbox.messages(DANA.id)] == ["hello"]


async def test_a_late_edit_is_undone_though_the_trade_is_closed(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", "opened", chat=CHANNEL, priority=SIGNAL)
        await service.settle()
        sandbox.faults.script("editMessageText", Fault(Mishap.LATE, delay_ms=seconds(20)))
        await service.put("signal:1", "+0.4 R", chat=CHANNEL)
        await service.pass_ms(seconds(10))
        await service.put("signal:1", "closed", chat=CHANNEL, priority=SIGNAL)
        await service.pass_ms(seconds(15))
        await sandbox.let_arrive()
        assert [message.body.text for message in sandbox.messages(CHANNEL)] == ["+0.4 R"]
        await service.settle()

        assert [message.body.text for message in sandbox.messages(CHANNEL)] == ["closed"]
        assert (await service.message("signal:1")).sent_body == '{"text":"closed"}'


async def test_a_topic_gets_its_own_posts(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", "opened", chat=FORUM, thread_id=5, priority=SIGNAL)
        await service.settle()

        assert [message.thread_id for message in sandbox.messages(FORUM)] == [5]


async def test_after_a_restart_the_same_message_is_edited(tmp_path: Path) -> None:
    async with channel(tmp_path) as (service, sandbox):
        await service.put("signal:1", Post("opened", picture=b"e"), chat=CHANNEL, priority=SIGNAL)
        await service.settle()
        client = TelegramClient(sandbox.token, base_url=sandbox.base_url)
        again = Outbox(service.database, client, service.clock, drawn)
        service.outbox = again
        await again.recover()
        await service.put("signal:1", "TP1", chat=CHANNEL, keep_picture=True)
        await service.settle()
        await client.stop()

        assert [(message.id, message.body.text) for message in sandbox.messages(CHANNEL)] == [(1, "TP1")]
        assert (await service.message("signal:1")).state is MessageState.SENT
