"""An edit that Telegram carries out long after its request: readers are not left with its words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.outbox import Priority
from bot.delivery.outcomes import NotModified
from bot.words.post import Post
from tests.bot.delivery import CHANNEL, Desk, desk, seconds
from tests.fakes import LOST_REQUEST, FakeTelegram

Bench = tuple[Desk, FakeTelegram]
SIGNAL = Priority.OPENING_OR_CLOSING
MINUTE, HOUR = seconds(60), seconds(3_600)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with desk(tmp_path) as made:
        yield made


async def in_doubt(bench: Bench, *, picture: bytes | None = None) -> int:
    """A signal whose edit to “+0.4 R” got no answer, and was repeated. Its id."""
    service, telegram = bench
    await service.put("signal:1", "opened", priority=SIGNAL)
    await service.settle()
    await service.pass_ms(MINUTE)
    telegram.faults.append(LOST_REQUEST)
    await service.put("signal:1", Post("+0.4 R", picture=picture), priority=Priority.RESULT)
    await service.pass_ms(seconds(4))
    telegram.requests.clear()
    found = (await service.message("signal:1")).message_id
    assert found is not None
    return found


async def arrives(telegram: FakeTelegram, message_id: int) -> None:
    """The request of which nothing was heard."""
    await telegram.edit_text(CHANNEL, message_id, Post("+0.4 R"))
    telegram.requests.pop()


async def test_a_closed_trade_is_told_right_again_within_a_minute(bench: Bench) -> None:
    service, telegram = bench
    message_id = await in_doubt(bench)
    await service.put("signal:1", "closed", priority=SIGNAL)
    await service.pass_ms(seconds(10))
    await arrives(telegram, message_id)
    assert telegram.texts(CHANNEL) == ["+0.4 R"], "what a reader would be left with"
    await service.pass_ms(MINUTE)

    assert telegram.texts(CHANNEL) == ["closed"]
    assert telegram.methods() == ["editMessageText", "editMessageText"]


async def test_and_once_more_after_an_hour_then_nothing_is_left(bench: Bench) -> None:
    service, telegram = bench
    message_id = await in_doubt(bench)
    await service.put("signal:1", "closed", priority=SIGNAL)
    await service.pass_ms(10 * MINUTE)
    await arrives(telegram, message_id)
    await service.pass_ms(HOUR)

    assert telegram.texts(CHANNEL) == ["closed"]
    assert isinstance(telegram.requests[1].outcome, NotModified), "a minute after, when nothing had arrived"
    assert await service.rows("signal:1") == []
    assert await service.run_due() is None


async def test_meanwhile_live_edits_cost_what_they_always_do(bench: Bench) -> None:
    service, telegram = bench
    await in_doubt(bench, picture=b"tp1")
    for number in range(5, 9):
        await service.put("signal:1", f"+0.{number} R", keep_picture=True)
        await service.pass_ms(seconds(9))

    assert telegram.methods() == ["editMessageCaption"] * 4
    await service.pass_ms(MINUTE)
    assert telegram.methods()[4:] == ["editMessageMedia"], "a late picture would have been undone, too"
    assert telegram.texts(CHANNEL) == ["+0.8 R"]


async def test_what_is_delivered_does_not_count_as_waiting(bench: Bench) -> None:
    service, _ = bench
    await in_doubt(bench)
    await service.pass_ms(seconds(10))

    assert len(await service.rows("signal:1")) == 1
    assert (service.outbox.stats.waiting, service.outbox.stats.oldest_waiting_ms) == (0, 0)


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        service, telegram = bench
        message_id = await in_doubt(bench)
        await service.put("signal:1", "closed", priority=SIGNAL)
        await service.pass_ms(seconds(10))
    async with desk(tmp_path, clock=service.clock, client=lambda _: telegram) as (later, _):
        await arrives(telegram, message_id)
        await later.pass_ms(MINUTE)

        assert telegram.texts(CHANNEL) == ["closed"]


async def test_a_closing_goes_as_first_as_ever_and_progress_does_not_take_that_from_it(bench: Bench) -> None:
    service, _ = bench
    await in_doubt(bench)
    await service.put("signal:1", "+0.9 R")
    assert [row.priority for row in await service.rows("signal:1")] == [Priority.PROGRESS]
    await service.put("signal:1", "closed", priority=SIGNAL)
    await service.put("signal:1", "closed, again")

    assert [row.priority for row in await service.rows("signal:1")] == [SIGNAL]


async def test_going_back_to_the_words_that_stand_keeps_the_doubt(bench: Bench) -> None:
    service, telegram = bench
    message_id = await in_doubt(bench)
    await service.put("signal:1", "+0.5 R")
    await service.pass_ms(seconds(4))
    await service.put("signal:1", "+0.6 R")
    await service.put("signal:1", "+0.5 R")
    await service.pass_ms(seconds(4))
    assert telegram.methods() == ["editMessageText"], "nothing to say"
    await arrives(telegram, message_id)
    await service.pass_ms(MINUTE)

    assert telegram.texts(CHANNEL) == ["+0.5 R"]


async def test_progress_that_was_too_late_to_be_told_leaves_the_doubt_behind(bench: Bench) -> None:
    service, telegram = bench
    message_id = await in_doubt(bench)
    await service.put("signal:1", "stale", expires_ms=service.clock.now_ms())
    await service.pass_ms(seconds(2))
    await service.put("signal:1", "closed", priority=SIGNAL)
    await service.pass_ms(seconds(4))
    await arrives(telegram, message_id)
    await service.pass_ms(MINUTE)

    assert telegram.texts(CHANNEL) == ["closed"]
