"""Flood control: one message a second in a chat, 20 a minute in a group, 30 a second in all."""

import pytest
from telegram.error import RetryAfter

from bot.sandbox.flood import FloodControl, FloodLimits

from .sandbox_bot import CHANNEL, DANA, NOON_MS, Clock, running, talking

LOOSE = FloodLimits(chat_per_s=1000, chat_burst=1000, group_per_min=1000, overall_per_s=1000)


def waits(control: FloodControl, times_ms: list[int], *, is_group: bool = False) -> list[int]:
    return [control.retry_after_s("chat", is_group=is_group, now_ms=now_ms) for now_ms in times_ms]


def test_after_a_short_burst_a_chat_takes_one_message_a_second():
    control = FloodControl(FloodLimits(chat_burst=3))
    assert waits(control, [0, 0, 0, 0, 999, 1000, 1001, 2000]) == [0, 0, 0, 1, 1, 0, 1, 0]


def test_a_group_takes_twenty_in_any_minute():
    control = FloodControl(FloodLimits(chat_burst=100, overall_per_s=100))
    first_twenty = [second * 1000 for second in range(20)]

    assert waits(control, first_twenty, is_group=True) == [0] * 20
    assert waits(control, [20_000, 59_999, 60_000, 60_001, 61_000], is_group=True) == [40, 1, 0, 1, 0]


def test_a_private_chat_knows_no_limit_a_minute():
    control = FloodControl(FloodLimits(chat_burst=100, overall_per_s=100))
    assert waits(control, [second * 1000 for second in range(40)]) == [0] * 40


def test_all_chats_together_take_thirty_a_second():
    control = FloodControl(FloodLimits())
    now = [control.retry_after_s(chat, is_group=False, now_ms=0) for chat in range(31)]

    assert now == [0] * 30 + [1]
    assert control.retry_after_s("late", is_group=False, now_ms=1000) == 0


def test_a_refused_request_costs_nothing():
    control = FloodControl(FloodLimits(chat_burst=1))
    assert waits(control, [0] + [500] * 50 + [1000]) == [0] + [1] * 50 + [0]


def test_a_clock_set_back_does_not_open_the_gates():
    control = FloodControl(FloodLimits(chat_burst=1))
    assert waits(control, [10_000, 0, 10_500]) == [0, 1, 1]


async def test_a_flooding_bot_is_told_how_long_to_wait_and_edits_count():
    clock = Clock()
    async with running(clock, FloodLimits(chat_burst=2)) as sandbox, talking(sandbox) as bot:
        sent = await bot.send_message(CHANNEL, "a")
        await bot.edit_message_text("b", CHANNEL, sent.message_id)
        with pytest.raises(RetryAfter) as refused:
            await bot.edit_message_text("c", CHANNEL, sent.message_id)
        assert refused.value._retry_after.total_seconds() == 1
        assert sandbox.messages(CHANNEL)[0].body.text == "b"

        clock.pass_s(1)
        await bot.edit_message_text("c", CHANNEL, sent.message_id)
        assert sandbox.messages(CHANNEL)[0].body.text == "c"
        assert sandbox.refused["editMessageText"] == 1


async def test_answers_to_buttons_are_never_too_many():
    async with running(flood=FloodLimits(chat_burst=1)) as sandbox, talking(sandbox) as bot:
        sent = await bot.send_message(DANA.id, "a")
        for _ in range(10):
            query_id = await sandbox.press(DANA.id, sent.message_id, "x")
            assert await bot.answer_callback_query(query_id, "ok")


async def test_broken_requests_do_not_use_up_the_budget():
    clock = Clock(NOON_MS)
    async with running(clock, FloodLimits(chat_burst=1)) as sandbox, talking(sandbox) as bot:
        for _ in range(3):
            with pytest.raises(Exception, match="parse entities"):
                await bot.send_message(CHANNEL, "<b>", parse_mode="HTML")
        assert (await bot.send_message(CHANNEL, "a")).message_id == 1
