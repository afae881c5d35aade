"""A send nobody knows the outcome of: what readers and admins see until it is settled, under Telegram's own rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import MarketClock
from bot.delivery.outbox import Alert, AlertKind, Outbox, Priority, Sent
from bot.delivery.telegram_client import TelegramClient
from bot.delivery.updates import ChannelPost
from bot.sandbox.faults import Fault, Mishap
from bot.sandbox.flood import FloodLimits
from bot.sandbox.server import Sandbox
from bot.words.post import Post
from storage.messages import MessageState
from tests.bot.delivery import NOON_MS, Desk, seconds
from tests.bot.sandbox_bot import CHANNEL, DANA, FORUM, Clock, png, running
from tests.bot.schema import official_schema
from tests.databases import fresh_database

SIGNAL = Priority.OPENING_OR_CLOSING
LOST_ANSWER = Fault(Mishap.ANSWER_LOST)
LOST_REQUEST = Fault(Mishap.REQUEST_LOST)


class SandboxTime(Clock):
    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock

    def __call__(self) -> int:
        return self._clock.now_ms()


async def drawn(picture: bytes) -> bytes:
    return png(shade=picture[0])


@asynccontextmanager
async def gold(folder: Path, probe_chat: int | None = DANA.id, **more: Any) -> AsyncIterator[tuple[Desk, Sandbox]]:
    """A channel where a board stands already, and an outbox that may look at things in Dana's chat."""
    clock = MarketClock(NOON_MS)
    engine = await fresh_database(folder / "assay.db")
    async with running(SandboxTime(clock), FloodLimits()) as sandbox:
        client = TelegramClient(sandbox.token, base_url=sandbox.base_url, base_file_url=sandbox.base_file_url)
        service = Desk(engine, client, clock, drawn, probe_chat=probe_chat, **more)
        await service.outbox.recover()
        await service.put("board", "board", chat=CHANNEL, priority=SIGNAL)
        await service.settle()
        await service.pass_ms(seconds(60))
        yield service, sandbox
        service.outbox.stop()
        await client.stop()
    await engine.dispose()


def texts(sandbox: Sandbox, chat: int = CHANNEL) -> list[str]:
    return [message.body.text for message in sandbox.messages(chat)]


async def somebody_posts(service: Desk, sandbox: Sandbox, text: str) -> None:
    post = await sandbox.post(CHANNEL, text)
    await service.outbox.hear(ChannelPost(1, CHANNEL, "Gold", post.id, None, text, sent_ms=0))


def looks(sandbox: Sandbox) -> list[str]:
    return [str(one.params["message_id"]) for one in sandbox.requests if one.method == "forwardMessage"]


async def test_what_arrived_is_found_and_lives_on_in_the_same_message(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendPhoto", LOST_ANSWER)
        await service.put("signal:1", Post("<b>BUY</b> XAU_004 &lt; 3345", picture=b"e"), chat=CHANNEL, priority=SIGNAL)
        await service.put("signal:1", "XAU_004 +0.4 R", chat=CHANNEL, keep_picture=True)
        await service.settle()

        assert texts(sandbox) == ["board", "XAU_004 +0.4 R"]
        message = await service.message("signal:1")
        assert (message.state, message.message_id, message.has_photo) == (MessageState.SENT, 2, True)
        assert service.alerts == []
        assert service.outbox.stats.found == 1


async def test_what_was_found_is_told_as_published_just_like_what_was_answered(tmp_path: Path) -> None:
    told: list[Sent] = []

    async def note(_: AsyncConnection, sent: Sent) -> None:
        told.append(sent)

    async with gold(tmp_path, sent=note) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        lost_ms = service.clock.now_ms()
        await service.put("signal:1", "<b>XAU_004</b>", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert told[1:] == [Sent("signal:1", CHANNEL, 2, "<b>XAU_004</b>", lost_ms)]


async def test_looking_is_silent_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert texts(sandbox, DANA.id) == []
        (forward,) = [one for one in sandbox.requests if one.method == "forwardMessage"]
        assert forward.params["disable_notification"] == "true"
        assert not {"editMessageText", "editMessageMedia"} & set(sandbox.accepted)
        schema = official_schema()
        assert [problem for made in sandbox.requests for problem in schema.problems(made)] == []


async def test_what_did_not_arrive_is_sent_once_more_after_a_minute_and_two_rounds(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_REQUEST)
        sent_ms = service.clock.now_ms()
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.pass_ms(seconds(59))
        assert texts(sandbox) == ["board"]
        assert looks(sandbox) == ["2", "3", "4"]
        await service.pass_ms(seconds(10))

        assert texts(sandbox) == ["board", "XAU_004"]
        assert looks(sandbox) == ["2", "3", "4"] * 2
        assert sandbox.messages(CHANNEL)[-1].date_ms - sent_ms >= seconds(60)
        assert service.alerts == []


async def test_a_late_twin_is_deleted_within_the_hour(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", Fault(Mishap.LATE, delay_ms=seconds(900)))
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.pass_ms(seconds(895))
        assert [message.id for message in sandbox.messages(CHANNEL)] == [1, 2]
        await service.settle()

        assert [(m.id, m.body.text) for m in sandbox.messages(CHANNEL)] == [(1, "board"), (2, "XAU_004")]
        assert service.outbox.stats.twins == 1


async def test_posts_of_other_admins_are_neither_looked_at_nor_touched(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        for number in range(3):
            await somebody_posts(service, sandbox, f"before {number}")
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.run_due()
        await somebody_posts(service, sandbox, "XAU_004")  # in the very same words
        await service.settle()

        assert looks(sandbox) == ["5"]
        assert (await service.message("signal:1")).message_id == 5
        assert texts(sandbox) == ["board", "before 0", "before 1", "before 2", "XAU_004", "XAU_004"]


async def test_a_foreign_post_nobody_told_of_is_not_taken_for_ours(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        await sandbox.post(CHANNEL, "XAU_005, not 004")
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert (await service.message("signal:1")).message_id == 3
        assert texts(sandbox) == ["board", "XAU_005, not 004", "XAU_004"]


async def test_of_two_sends_in_doubt_each_finds_its_own_message(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER, LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.put("signal:2", "BTC_001", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert [(await service.message(f"signal:{n}")).message_id for n in (1, 2)] == [2, 3]
        assert texts(sandbox) == ["board", "XAU_004", "BTC_001"]


async def test_a_signal_deleted_while_in_doubt_is_deleted_when_found_and_not_sent_when_not(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER, LOST_REQUEST)
        for number in (1, 2):
            await service.put(f"signal:{number}", f"XAU_00{number}", chat=CHANNEL, priority=SIGNAL)
            await service.pass_ms(seconds(2))
            await service.delete(f"signal:{number}")
        await service.settle()

        assert texts(sandbox) == ["board"]
        assert sandbox.accepted["sendMessage"] == 2
        assert [(await service.message(f"signal:{n}")).state for n in (1, 2)] == [MessageState.DELETED] * 2


@pytest.mark.parametrize("reason", ["no admins", "private chat", "protected", "admins' chat gone"])
async def test_where_nobody_can_tell_one_marked_copy_is_sent_and_told(tmp_path: Path, reason: str) -> None:
    chat = DANA.id if reason == "private chat" else CHANNEL
    async with gold(tmp_path, probe_chat=None if reason == "no admins" else DANA.id) as (service, sandbox):
        if reason == "admins' chat gone":
            sandbox.chat(DANA.id).member = "kicked"
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=chat, priority=SIGNAL)
        await service.run_due()
        for message in sandbox.messages(chat):
            message.protected = reason == "protected"
        await service.settle()

        assert texts(sandbox, chat)[-2:] == ["XAU_004", "XAU_004\nrepeat"]
        told = [Alert(AlertKind.REPEATED, "signal:1", chat, "")]
        assert service.alerts == ([] if chat == DANA.id else told)


async def test_a_late_twin_that_cannot_be_looked_at_gets_the_known_copy_marked(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", Fault(Mishap.LATE, delay_ms=seconds(600)))
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.pass_ms(seconds(610))
        await sandbox.let_arrive()
        sandbox.messages(CHANNEL)[-1].protected = True
        await service.settle()

        assert texts(sandbox) == ["board", "XAU_004\nrepeat", "XAU_004"]
        assert (await service.message("signal:1")).message_id == 2
        assert service.alerts == [Alert(AlertKind.REPEATED, "signal:1", CHANNEL, "")]


async def test_the_search_goes_on_after_a_restart_with_what_was_known(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.run_due()
        for number in range(30):
            await somebody_posts(service, sandbox, f"chatter {number}")
        client = TelegramClient(sandbox.token, base_url=sandbox.base_url)
        service.outbox = Outbox(service.database, client, service.clock, drawn, probe_chat=DANA.id)
        await service.outbox.recover()
        await service.settle()
        await client.stop()

        assert looks(sandbox) == ["2"]
        assert (await service.message("signal:1")).message_id == 2


async def test_a_flooded_look_waits_and_a_lost_one_is_made_again(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        sandbox.faults.script("forwardMessage", Fault(Mishap.REFUSED, 429, seconds(9)), LOST_REQUEST)
        await service.put("signal:1", "XAU_004", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert texts(sandbox) == ["board", "XAU_004"]
        assert service.outbox.stats.found == 1


async def test_a_topic_of_a_supergroup_is_searched_like_a_channel(tmp_path: Path) -> None:
    async with gold(tmp_path) as (service, sandbox):
        await service.put("first", "first", chat=FORUM, thread_id=5, priority=SIGNAL)
        await service.settle()
        sandbox.faults.script("sendMessage", LOST_ANSWER)
        await service.put("signal:1", "XAU_004", chat=FORUM, thread_id=5, priority=SIGNAL)
        await service.settle()

        assert texts(sandbox, FORUM) == ["first", "XAU_004"]
        assert (await service.message("signal:1")).state is MessageState.SENT
