"""The process dies at every point of the send path, one after another; what readers see afterwards is checked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.clock import MarketClock
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.slots import decode
from bot.words.post import Post
from storage.database import transaction
from storage.messages import MessageState
from tests.bot.delivery import CHANNEL, NOON_MS, Desk, desk, drawn, seconds
from tests.databases import fresh_database
from tests.fakes import FakeTelegram

MARK = "\n<i>repeat</i>"
NEVER = 1_000_000


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Counts the points passed, and kills at the wanted one: around requests, drawings, begins and commits."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.points: list[str] = []
        self.has_struck = False

    def pass_by(self, point: str) -> None:
        self.points.append(point)
        if self._left == 0:
            self.has_struck = True
            raise Killed(point)
        self._left -= 1

    def watch(self, engine: AsyncEngine) -> None:
        event.listen(engine.sync_engine, "begin", lambda _: self.pass_by("begin"))
        event.listen(engine.sync_engine, "commit", lambda _: self.pass_by("commit"))

    async def draw(self, picture: bytes) -> bytes:
        self.pass_by("draw")
        return await drawn(picture)


async def put_all(database: AsyncEngine, outbox: Outbox) -> None:
    """A trade's life, in two steps of the engine: what the outbox holds when the process starts."""
    async with transaction(database) as conn:
        await outbox.put(conn, "signal:1", CHANNEL, Post("opened", picture=b"entry"), priority=Priority(0))
        await outbox.put(conn, "signal:1", CHANNEL, Post("TP1", picture=b"tp1"), priority=Priority(0))
        await outbox.put(conn, "tp1:1", CHANNEL, Post("TP1 reached"), priority=Priority.RESULT, reply_to="signal:1")


async def live(engine: AsyncEngine, clock: MarketClock, telegram: FakeTelegram, killer: Killer) -> None:
    """One life of the process: recover, then send all there is. Ends by itself or by Killed."""
    killer.watch(engine)
    telegram.hook = killer.pass_by
    outbox = Outbox(engine, telegram, clock, killer.draw)
    try:
        await outbox.recover()
        while (due_ms := await outbox.run_due()) is not None:
            clock.move_to(due_ms)
    finally:
        outbox.stop()


async def one_run(folder: Path, kills: tuple[int, ...]) -> tuple[FakeTelegram, list[Killer]]:
    """The whole story with a kill at each of these points, life by life; then a life that nobody ends."""
    clock = MarketClock(NOON_MS)
    telegram = FakeTelegram(clock.now_ms)
    path = folder / f"{'-'.join(map(str, kills))}.db"
    engine = await fresh_database(path)
    await put_all(engine, Outbox(engine, telegram, clock, drawn))
    killers = [Killer(kill) for kill in kills]
    for killer in killers:
        with suppress(Killed):
            await live(engine, clock, telegram, killer)
        if killer.has_struck:
            clock.move_to(clock.now_ms() + seconds(2))
        await engine.dispose()
        engine = await fresh_database(path)
    await live(engine, clock, telegram, Killer(NEVER))
    check(telegram, kills)
    await check_database(Desk(engine, telegram, clock, drawn), telegram)
    await engine.dispose()
    return telegram, killers


def check(telegram: FakeTelegram, kills: tuple[int, ...]) -> None:
    """Nothing lost, at most one unmarked copy, the newest state in the live one, replies after what they answer."""
    texts = telegram.texts(CHANNEL)
    signals = [text for text in texts if text.removesuffix(MARK) in ("opened", "TP1")]
    replies = [text for text in texts if text.removesuffix(MARK) == "TP1 reached"]
    assert len(signals) + len(replies) == len(texts)
    for copies in (signals, replies):
        assert 1 <= len(copies) <= 1 + len(kills)
        assert sum(not text.endswith(MARK) for text in copies) <= 1, texts
    assert signals[-1].removesuffix(MARK) == "TP1"
    live_id = max(number for number, message in telegram.chats[CHANNEL].items() if message.text in signals)
    assert telegram.chats[CHANNEL][live_id].png == b"png of tp1"
    for number, message in telegram.chats[CHANNEL].items():
        if message.text in replies:
            assert message.reply_to is not None
            assert message.reply_to < number


async def check_database(service: Desk, telegram: FakeTelegram) -> None:
    for key in ("signal:1", "tp1:1"):
        message = await service.message(key)
        assert message.state in (MessageState.SENT, MessageState.REPEATED)
        assert message.message_id is not None
        assert message.sent_body is not None
        shown = telegram.chats[CHANNEL][message.message_id].text
        assert decode(message.sent_body).text == shown
        assert await service.rows(key) == []


@pytest.mark.both_databases
async def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing_unmarked(tmp_path: Path) -> None:
    kill, doubled = 0, 0
    while True:
        telegram, [killer] = await one_run(tmp_path, (kill,))
        doubled += any(text.endswith(MARK) for text in telegram.texts(CHANNEL))
        if not killer.has_struck:
            break
        kill += 1

    assert kill > 20, "the send path has more points than that"
    assert doubled > 0, "a crash in the middle of a send must show"


async def test_an_untroubled_run_marks_nothing(tmp_path: Path) -> None:
    telegram, _ = await one_run(tmp_path, ())

    assert telegram.texts(CHANNEL) == ["TP1", "TP1 reached"]
    assert telegram.methods() == ["sendPhoto", "editMessageMedia", "sendMessage"]


async def test_a_second_crash_during_recovery_changes_nothing(tmp_path: Path) -> None:
    """The first comes when Telegram has the signal, and the database does not know."""
    _, [untroubled] = await one_run(tmp_path, (NEVER,))
    answered, kill = untroubled.points.index("answer"), 0
    while True:
        _, [_, second] = await one_run(tmp_path, (answered, kill))
        if not second.has_struck:
            break
        kill += 1

    assert kill > 20, "recovery and the send path have more points than that"


async def ended_meanwhile(service: Desk, telegram: FakeTelegram) -> asyncio.Task[None]:
    """The outbox, told to end while a request is under way; its answer comes a moment later."""
    under_way = asyncio.Event()
    telegram.hook = lambda _: under_way.set()
    telegram.slow.clear()
    await service.put("signal:1", "opened")
    running = asyncio.create_task(service.outbox.run())
    await under_way.wait()
    running.cancel()
    asyncio.get_running_loop().call_later(0.01, telegram.slow.set)
    return running


async def test_requests_under_way_at_the_end_of_the_program_may_finish(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        with pytest.raises(asyncio.CancelledError):
            await (await ended_meanwhile(service, telegram))

        assert (await service.message("signal:1")).state is MessageState.SENT


async def test_what_cannot_be_noted_at_the_end_of_the_program_is_logged(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        running = await ended_meanwhile(service, telegram)
        async with transaction(service.database) as conn:
            await conn.exec_driver_sql("DROP TABLE outbox")
        with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
            await running

    assert [line["event"] for line in logs] == ["request failed at the end"]
    assert "outbox" in logs[0]["error"]


async def test_a_request_that_is_given_up_at_the_end_of_the_program_has_not_failed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("bot.delivery.outbox.PARTING_S", 0.0)
    async with desk(tmp_path) as (service, telegram):
        running = await ended_meanwhile(service, telegram)
        with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
            await running

    assert [line["event"] for line in logs if line["log_level"] == "error"] == []
