"""Signals of one moment in several channels: claimed by one commit, and none lost or doubled by a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import MarketClock
from bot.delivery.claims import Claims
from bot.delivery.outbox import Outbox, Priority, Sent
from bot.delivery.search import Search
from bot.words.post import Post
from storage.database import reading, transaction
from storage.outbox import waiting
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


async def test_a_request_given_up_while_another_claims_for_it_does_not_cost_that_one(tmp_path: Path) -> None:
    engine, telegram, clock = await world(tmp_path / "assay.db")
    async with transaction(engine) as conn:
        for chat_id in CHANNELS:
            await Outbox(engine, telegram, clock, drawn).put(
                conn, f"board@{chat_id}", chat_id, Post("late"), priority=Priority.PROGRESS, expires_ms=clock.now_ms()
            )
    async with reading(engine) as conn:
        signal, late = [row for row in await waiting(conn) if row.chat_id == CHANNELS[0]]
    clock.move_to(clock.now_ms() + 1)

    async def give_up(_conn: AsyncConnection, _key: str) -> None:
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)

    claims = Claims(engine, clock, Search(engine, telegram, clock, None, 60_000, None), give_up)
    first = asyncio.create_task(claims.claim(late, None, None))
    other = asyncio.create_task(claims.claim(signal, None, None))

    assert await first is None  # too late to be worth sending
    assert other.cancelled()
    await engine.dispose()


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
