"""What Telegram counts while everything happens at once: never more than its limits, on any schedule."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from bot.clock import MarketClock
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.outcomes import Done, Flooded
from bot.words.post import Post
from storage.database import transaction
from tests.bot.delivery import CHANNEL, DANA, NOON_MS, OTHER, desk, drawn, seconds
from tests.bot.test_pacing import fullest
from tests.databases import fresh_database
from tests.fakes import FakeTelegram


def check_limits(telegram: FakeTelegram) -> None:
    for chat_id in {request.chat_id for request in telegram.requests}:
        times = [request.time_ms for request in telegram.requests if request.chat_id == chat_id]
        assert fullest(times, 1_000) <= 1
        if chat_id < 0:
            assert fullest(times, 60_000) <= 20
    assert fullest([request.time_ms for request in telegram.requests], 1_000) <= 30


@pytest.mark.parametrize("seed", range(2))
async def test_a_wild_market_stays_within_telegrams_limits(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 — a schedule, not a secret
    newest: dict[int, dict[str, str]] = defaultdict(dict)  # by chat and message
    async with desk(tmp_path) as (service, telegram):
        for step in range(80):
            chat = chance.choice([CHANNEL, OTHER, DANA])
            key = f"signal:{chance.randrange(6)}@{chat}"
            newest[chat][key] = f"state {step}"
            await service.put(key, newest[chat][key], chat=chat, priority=Priority(chance.randrange(5)))
            if chance.random() < 0.5:
                await service.pass_ms(chance.randrange(3_000))
        await service.settle()

        check_limits(telegram)
        assert {chat: sorted(telegram.texts(chat)) for chat in newest} == {
            chat: sorted(texts.values()) for chat, texts in newest.items()
        }


async def test_many_chats_share_thirty_a_second(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        async with transaction(service.database) as conn:
            for chat in range(1, 61):
                await service.outbox.put(conn, f"hello:{chat}", chat, Post("hello"), priority=Priority.REPORT)
        await service.settle()

        check_limits(telegram)
        assert len(telegram.requests) == 60


async def test_a_new_signal_finds_the_way_clear_although_marks_never_end(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", "opened", priority=Priority.OPENING_OR_CLOSING)
        for mark in range(150):
            await service.put("signal:1", f"mark {mark}")
            await service.pass_ms(seconds(1))
        put_ms = service.clock.now_ms()
        await service.put("signal:2", "opened too", priority=Priority.OPENING_OR_CLOSING)
        await service.pass_ms(seconds(2))

        second = next(request for request in telegram.requests if request.text == "opened too")
        assert second.time_ms - put_ms <= seconds(1)


async def test_a_restart_remembers_what_was_sent_a_moment_ago(tmp_path: Path) -> None:
    clock = MarketClock(NOON_MS)
    telegram = FakeTelegram(clock.now_ms)
    engine = await fresh_database(tmp_path / "assay.db")
    first = Outbox(engine, telegram, clock, drawn)
    async with transaction(engine) as conn:
        for number in range(25):
            await first.put(conn, f"signal:{number}", CHANNEL, Post("opened"), priority=Priority.OPENING_OR_CLOSING)
    for second in range(18):
        clock.move_to(NOON_MS + seconds(second))
        await first.run_due()
    restarted = Outbox(engine, telegram, clock, drawn)
    await restarted.recover()

    assert len(telegram.requests) == 18
    assert await restarted.run_due() == NOON_MS + seconds(60)
    check_limits(telegram)
    await engine.dispose()


async def test_the_same_day_makes_the_same_requests_again(tmp_path: Path) -> None:
    async def day(folder: Path) -> list[tuple[int, str, int, str]]:
        await asyncio.to_thread(folder.mkdir)
        async with desk(folder, draw_timeout_s=None) as (service, telegram):
            for step in range(30):
                for chat in (CHANNEL, OTHER):
                    await service.put(
                        f"signal:{step % 3}@{chat}", Post(f"{step}", picture=b"%d" % (step // 10)), chat=chat
                    )
                await service.pass_ms(seconds(1.7))
            await service.settle()
            return [(one.time_ms, one.method, one.chat_id, one.text) for one in telegram.requests]

    first, second = await day(tmp_path / "one"), await day(tmp_path / "two")

    assert first == second
    assert len(first) > 20


async def test_a_message_put_while_nothing_happens_is_sent_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        heard = asyncio.Event()
        telegram.hook = lambda _: heard.set()
        running = asyncio.create_task(service.outbox.run())
        await service.put("signal:1", "opened", priority=Priority.OPENING_OR_CLOSING)
        async with asyncio.timeout(2):
            await heard.wait()
        running.cancel()
        await asyncio.wait([running])

        assert telegram.texts(CHANNEL) == ["opened"]


async def test_a_slow_chat_does_not_hold_up_another(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        both_heard = asyncio.Event()
        calls: list[str] = []

        def hear(point: str) -> None:
            calls.append(point)
            if calls == ["request", "request"]:
                both_heard.set()

        telegram.hook = hear
        telegram.slow.clear()
        running = asyncio.create_task(service.outbox.run())
        await service.put("signal:1", "slow", chat=CHANNEL)
        await service.put("signal:2", "other", chat=OTHER)
        async with asyncio.timeout(2):
            await both_heard.wait()
        telegram.slow.set()
        running.cancel()
        await asyncio.wait([running])

        assert (telegram.texts(CHANNEL), telegram.texts(OTHER)) == (["slow"], ["other"])


async def test_a_fault_of_ours_ends_the_service_instead_of_hiding(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):

        def broken(_: str) -> None:
            raise ZeroDivisionError

        telegram.hook = broken
        await service.put("signal:1", "opened")
        with pytest.raises(ZeroDivisionError):
            await service.outbox.run()


# Pins


async def test_a_pin_counts_in_the_chats_minute_like_anything_else(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("board", "board", priority=Priority.BOARD)
        await service.settle()
        for number in range(200):
            await service.put(f"alert:{number % 9}", f"{number}", priority=Priority.BOARD)
            await service.run_due()
            await service.outbox.pin(CHANNEL, 101)
            await service.pass_ms(500)
        await service.settle()

        check_limits(telegram)
        assert telegram.methods().count("pinChatMessage") > 10


async def test_a_pin_waits_its_turn_and_leaves_room_for_signals(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("board", "board", priority=Priority.BOARD)
        await service.settle()
        assert await service.outbox.pin(CHANNEL, 101) is None, "not within a second of another request"
        for number in range(14):
            await service.put(f"signal:{number}", "opened", priority=Priority.OPENING_OR_CLOSING)
        await service.pass_ms(seconds(20))
        assert await service.outbox.pin(CHANNEL, 101) is None, "15 of 18 are used up: the last three are for signals"
        await service.pass_ms(seconds(45))

        assert await service.outbox.pin(CHANNEL, 101) == Done()
        await service.put("signal:next", "opened", priority=Priority.OPENING_OR_CLOSING)
        begun_ms = service.clock.now_ms()
        await service.settle()
        assert telegram.requests[-1].time_ms == begun_ms + seconds(1), "a signal waits a second after it, not more"


async def test_a_flood_that_meets_a_pin_is_obeyed_by_all(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("board", "board", priority=Priority.BOARD)
        await service.settle()
        await service.pass_ms(seconds(10))
        telegram.faults.append(Flooded(seconds(30)))
        flooded_ms = service.clock.now_ms()
        assert await service.outbox.pin(CHANNEL, 101) == Flooded(seconds(30))
        await service.put("signal:1", "opened", priority=Priority.OPENING_OR_CLOSING)
        await service.settle()

        assert telegram.requests[-1].time_ms == flooded_ms + seconds(30)
