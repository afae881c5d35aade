"""Signals of one moment in several channels: claimed by one commit, and none lost or doubled by a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import MarketClock
from bot.delivery.outbox import Outbox, Priority, Sent
from bot.words.post import Post
from storage.database import transaction
from tests.bot.delivery import DANA, NOON_MS, drawn, fresh_database, seconds
from tests.fakes import FakeTelegram
from tests.faults.crash import Killer

CHANNELS = (-1001000000001, -1001000000002, -1001000000003)
SIGNAL = Post("opened")


async def put(engine: AsyncEngine, outbox: Outbox, name: str, post: Post) -> None:
    """The same in every channel, in one transaction as the engine's."""
    async with transaction(engine) as conn:
        for chat_id in CHANNELS:
            await outbox.put(conn, f"{name}@{chat_id}", chat_id, post, priority=Priority.OPENING_OR_CLOSING)
    outbox.wake()


async def settle(outbox: Outbox, clock: MarketClock) -> None:
    while (due_ms := await outbox.run_due()) is not None:
        clock.move_to(due_ms)


async def world(path: Path) -> tuple[AsyncEngine, FakeTelegram, MarketClock]:
    """A message stands in each channel, so that its numbers are known, and a signal waits for each."""
    clock = MarketClock(NOON_MS)
    telegram = FakeTelegram(clock.now_ms)
    engine = await fresh_database(path)
    outbox = Outbox(engine, telegram, clock, drawn, probe_chat=DANA)
    await outbox.recover()
    await put(engine, outbox, "board", Post("board"))
    await settle(outbox, clock)
    clock.move_to(clock.now_ms() + seconds(60))
    await put(engine, outbox, "signal", SIGNAL)
    return engine, telegram, clock


async def test_requests_of_one_moment_are_claimed_by_one_commit(tmp_path: Path) -> None:
    engine, telegram, clock = await world(tmp_path / "assay.db")
    outbox = Outbox(engine, telegram, clock, drawn, probe_chat=DANA)
    points: list[str] = []
    all_out = asyncio.Event()

    def hook(point: str) -> None:
        points.append(point)
        if points.count("request") == len(CHANNELS):
            all_out.set()

    event.listen(engine.sync_engine, "commit", lambda _: points.append("commit"))
    telegram.hook = hook
    telegram.slow.clear()
    running = asyncio.create_task(outbox.run())
    await all_out.wait()
    telegram.slow.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await engine.dispose()

    assert points[:4] == ["commit", "request", "request", "request"]


async def one_run(path: Path, death: int) -> bool:
    """A process that dies there, and one that lives; then the channels are read. True when the first one died."""
    engine, telegram, clock = await world(path)
    await engine.dispose()
    engine = await fresh_database(path)
    killer = Killer(death)
    killer.watch(engine)
    telegram.hook = killer.pass_by

    stand: set[int] = set()
    all_stand = asyncio.Event()

    async def sent(conn: AsyncConnection, message: Sent) -> None:
        stand.add(message.chat_id)
        if stand == set(CHANNELS):
            all_stand.set()

    async def life() -> None:
        outbox = Outbox(engine, telegram, clock, drawn, sent=sent, probe_chat=DANA)
        await outbox.recover()
        running = asyncio.create_task(outbox.run())
        await all_stand.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    died = await killer.live(life())
    await engine.dispose()
    await killer.close_files()
    telegram.hook = lambda _: None
    clock.move_to(clock.now_ms() + seconds(2))
    engine = await fresh_database(path)
    outbox = Outbox(engine, telegram, clock, drawn, probe_chat=DANA)
    await outbox.recover()
    await settle(outbox, clock)
    await engine.dispose()

    assert [telegram.texts(chat_id) for chat_id in CHANNELS] == [["board", "opened"]] * len(CHANNELS)
    return died


async def test_a_crash_among_them_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    deaths = 0
    while await one_run(tmp_path / f"{deaths}.db", deaths):
        deaths += 1

    assert deaths == 11, "recovery, the claim, then a request, an answer and its commit for each"
