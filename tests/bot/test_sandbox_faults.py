"""What the sandbox does to a bot when its script says so, seen through the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from bot.delivery.outcomes import Delivered, Flooded, Outcome, Refused, Unknown
from bot.delivery.telegram_client import TelegramClient
from bot.sandbox.faults import ANY, Fault, Mishap
from bot.sandbox.server import Sandbox
from bot.words.post import Post
from tests.bot.sandbox_bot import CHANNEL, Clock, running

POST = Post("<b>BUY</b> XAUUSD")


@asynccontextmanager
async def on_the_line(clock: Clock | None = None) -> AsyncIterator[tuple[TelegramClient, Sandbox]]:
    async with running(clock) as sandbox:
        client = TelegramClient(sandbox.token, base_url=sandbox.base_url, poll_s=0)
        yield client, sandbox
        await client.stop()


async def sent_under(fault: Fault) -> tuple[Outcome, list[str]]:
    """What the bot is told of a message, and what stands in the channel."""
    async with on_the_line() as (client, sandbox):
        sandbox.faults.script("sendMessage", fault)
        outcome = await client.send(CHANNEL, POST, None)
        return outcome, [message.body.text for message in sandbox.messages(CHANNEL)]


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault(Mishap.ANSWER_LOST), True),
        (Fault(Mishap.REQUEST_LOST), False),
        (Fault(Mishap.LATE, delay_ms=1_000), False),
        (Fault(Mishap.FAILED_AFTER, 502), True),
        (Fault(Mishap.REFUSED, 500), False),
    ],
)
async def test_a_bot_cannot_tell_a_lost_answer_from_a_lost_request(fault: Fault, arrived: bool) -> None:
    outcome, texts = await sent_under(fault)

    assert isinstance(outcome, Unknown)
    assert texts == (["BUY XAUUSD"] if arrived else [])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(Mishap.REFUSED, 429, 17_000), Flooded(17_000)),
        (Fault(Mishap.REFUSED, 409), Refused(409, "Conflict")),
    ],
)
async def test_scripted_refusals_come_in_telegrams_words(fault: Fault, told: Outcome) -> None:
    assert await sent_under(fault) == (told, [])


async def test_a_slow_answer_comes_all_the_same() -> None:
    outcome, texts = await sent_under(Fault(Mishap.SLOW, delay_ms=20))

    assert (outcome, texts) == (Delivered(1, photo=False), ["BUY XAUUSD"])


async def test_a_late_message_stands_below_what_was_sent_in_the_meantime() -> None:
    clock = Clock()
    async with on_the_line(clock) as (client, sandbox):
        sandbox.faults.script(ANY, Fault(Mishap.LATE, delay_ms=60_000))
        await client.send(CHANNEL, Post("late"), None)
        await client.send(CHANNEL, Post("in time"), None)
        clock.pass_s(60)
        await sandbox.let_arrive()

        assert [(m.id, m.body.text) for m in sandbox.messages(CHANNEL)] == [(1, "in time"), (2, "late")]


async def test_a_post_is_heard_twice_when_its_confirmation_was_lost() -> None:
    async with on_the_line() as (client, sandbox):
        heard = client.updates()
        await sandbox.post(CHANNEL, "hello")
        first = await anext(heard)
        sandbox.faults.script("getUpdates", Fault(Mishap.TWICE))
        again = await anext(heard)
        await heard.aclose()  # type: ignore[attr-defined]

        assert first == again


async def test_a_bad_day_can_be_had_again() -> None:
    async def day(seed: int) -> tuple[list[tuple[str, Fault]], list[str]]:
        clock = Clock()
        async with on_the_line(clock) as (client, sandbox):
            sandbox.faults.wild(Random(seed), 0.6)  # noqa: S311 — a script, not a secret
            for number in range(12):
                await client.send(CHANNEL, Post(f"signal {number}"), None)
                clock.pass_s(30)
            sandbox.faults.calm()
            return sandbox.faults.met, [message.body.text for message in sandbox.messages(CHANNEL)]

    assert await day(4) == await day(4) != await day(5)
