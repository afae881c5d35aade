"""What readers get when posts are put into the outbox: order, coalescing, urgency, nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.outbox import Priority
from bot.words.post import Button, Post
from storage.messages import MessageState
from tests.bot.delivery import CHANNEL, DANA, NOON_MS, OTHER, Desk, desk, seconds
from tests.fakes import FakeTelegram

Bench = tuple[Desk, FakeTelegram]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with desk(tmp_path) as made:
        yield made


async def test_a_post_is_sent_the_first_time_and_edited_from_then_on(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "opened", priority=Priority.OPENING_OR_CLOSING)
    await service.settle()
    await service.put("signal:1", "+0.4 R")
    await service.settle()

    assert telegram.methods() == ["sendMessage", "editMessageText"]
    assert telegram.texts(CHANNEL) == ["+0.4 R"]
    sent = await service.message("signal:1")
    assert (sent.state, sent.message_id, sent.sent_ms) == (MessageState.SENT, 101, NOON_MS)


async def test_of_many_edits_while_the_chat_waits_the_reader_gets_the_last(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "opened")
    await service.run_due()
    for mark in ("+0.1 R", "+0.2 R", "+0.3 R"):
        await service.put("signal:1", mark)
    await service.settle()

    assert [request.text for request in telegram.requests] == ["opened", "+0.3 R"]


async def test_a_look_the_message_already_has_is_not_sent(bench: Bench) -> None:
    service, telegram = bench
    post = Post("opened", buttons=((Button("Why", data="why:1"),),), silent=True)
    await service.put("signal:1", post)
    await service.settle()
    await service.put("signal:1", Post("opened", buttons=post.buttons))
    await service.settle()

    assert telegram.methods() == ["sendMessage"]


async def test_a_price_that_went_and_came_back_is_not_worth_an_edit(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "+0.1 R")
    await service.run_due()
    await service.put("signal:1", "+0.2 R")
    await service.put("signal:1", "+0.1 R")
    await service.settle()

    assert telegram.methods() == ["sendMessage"]


async def test_a_changed_button_is_an_edit(bench: Bench) -> None:
    service, telegram = bench
    await service.put("menu", Post("Mode", buttons=((Button("Paper", data="p"),),)))
    await service.put("menu", Post("Mode", buttons=((Button("Signal", data="s"),),)))
    await service.settle()

    assert telegram.messages(CHANNEL)[0].buttons[0][0].label == "Signal"


async def test_what_is_urgent_goes_first_whenever_it_was_put_in(bench: Bench) -> None:
    service, telegram = bench
    await service.put("board", "board")
    await service.put("report", "report", priority=Priority.REPORT)
    await service.put("result", "result", priority=Priority.RESULT)
    await service.put("signal", "signal", priority=Priority.OPENING_OR_CLOSING)
    await service.put("answer", "answer", priority=Priority.ADMIN_REPLY)
    await service.settle()

    assert telegram.texts(CHANNEL) == ["signal", "result", "answer", "report", "board"]


async def test_a_closing_takes_its_urgency_into_the_slot_it_replaces(bench: Bench) -> None:
    service, telegram = bench
    for key in ("signal:1", "signal:2"):
        await service.put(key, "opened", priority=Priority.OPENING_OR_CLOSING)
    await service.settle()
    await service.put("signal:1", "+0.1 R")
    await service.put("signal:2", "+0.2 R")
    await service.put("signal:2", "closed", priority=Priority.OPENING_OR_CLOSING)
    await service.put("signal:2", "closed, and a last mark")
    await service.settle()

    assert [request.text for request in telegram.requests[2:]] == ["closed, and a last mark", "+0.1 R"]


async def test_live_messages_take_turns(bench: Bench) -> None:
    service, telegram = bench
    keys = ["signal:1", "signal:2", "signal:3"]
    for key in keys:
        await service.put(key, f"{key} opened", priority=Priority.OPENING_OR_CLOSING)
    await service.settle()
    edits_before = len(telegram.requests)
    for mark in range(60):  # every second each trade has news
        for key in keys:
            await service.put(key, f"{key} {mark}")
        await service.pass_ms(seconds(1))

    edited = [request.message_id for request in telegram.requests[edits_before:]]
    assert len(edited) >= 9
    assert edited == [101 + index % 3 for index in range(len(edited))]


async def test_a_reply_never_comes_before_the_signal_it_answers(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "signal", priority=Priority.PROGRESS)
    await service.put("tp1:1", "TP1 reached", priority=Priority.OPENING_OR_CLOSING, reply_to="signal:1")
    await service.settle()

    signal, reply = telegram.messages(CHANNEL)
    assert (signal.text, reply.text, reply.reply_to) == ("signal", "TP1 reached", 101)


async def test_a_reply_to_nothing_known_stands_alone(bench: Bench) -> None:
    service, telegram = bench
    await service.put("tp1:1", "TP1 reached", reply_to="signal:of-long-ago")
    await service.settle()

    assert telegram.messages(CHANNEL)[0].reply_to is None


async def test_silence_and_topic_reach_telegram(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", Post("opened", silent=True), thread_id=5)
    await service.settle()

    assert (telegram.messages(CHANNEL)[0].silent, telegram.messages(CHANNEL)[0].thread_id) == (True, 5)


async def test_one_chat_does_not_wait_for_another(bench: Bench) -> None:
    service, telegram = bench
    for number in range(3):
        await service.put(f"a:{number}", "a", chat=CHANNEL)
        await service.put(f"b:{number}", "b", chat=OTHER)
    due_ms = await service.run_due()

    assert [request.chat_id for request in telegram.requests] == [CHANNEL, OTHER]
    assert due_ms == NOON_MS + seconds(60 / 13 + 0.0005)


async def test_a_progress_edit_after_its_deadline_is_not_sent(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "opened")
    await service.run_due()
    await service.put("signal:1", "+0.1 R", expires_ms=NOON_MS + seconds(2))
    service.clock.move_to(NOON_MS + seconds(30))
    await service.settle()

    assert telegram.texts(CHANNEL) == ["opened"]
    assert await service.rows("signal:1") == []


async def test_a_deadline_does_not_take_along_the_closing_it_shares_a_slot_with(bench: Bench) -> None:
    service, telegram = bench
    await service.put("signal:1", "opened")
    await service.run_due()
    await service.put("signal:1", "closed", priority=Priority.OPENING_OR_CLOSING)
    await service.put("signal:1", "closed, next signal at 14:00", expires_ms=NOON_MS + seconds(0.5))
    service.clock.move_to(NOON_MS + seconds(30))
    await service.settle()

    assert telegram.texts(CHANNEL) == ["closed, next signal at 14:00"]


async def test_a_deleted_message_is_gone_and_stays_gone(bench: Bench) -> None:
    service, telegram = bench
    await service.put("test", "test post")
    await service.settle()
    await service.delete("test")
    await service.put("test", "one more edit")
    await service.settle()

    assert telegram.messages(CHANNEL) == []
    assert telegram.methods() == ["sendMessage", "deleteMessage"]
    assert (await service.message("test")).state is MessageState.DELETED


async def test_what_was_deleted_before_it_was_sent_is_never_sent(bench: Bench) -> None:
    service, telegram = bench
    await service.put("test", "test post")
    await service.delete("test")

    assert await service.run_due() is None
    assert telegram.requests == []


async def test_an_empty_outbox_knows_it(bench: Bench) -> None:
    service, _ = bench
    assert not service.outbox.is_empty  # nobody has looked yet
    assert await service.run_due() is None
    assert service.outbox.is_empty
    await service.put("signal:1", "opened")
    assert not service.outbox.is_empty
    await service.settle()
    assert service.outbox.is_empty


async def test_the_numbers_tell_what_was_done_and_how_long_things_wait(bench: Bench) -> None:
    service, _ = bench
    await service.put("answer", "hello", chat=DANA, priority=Priority.ADMIN_REPLY)
    await service.put("signal:1", "opened")
    await service.settle()
    service.clock.move_to(NOON_MS + seconds(30))
    await service.put("signal:1", "+0.1 R")
    await service.run_due()
    await service.put("signal:1", "+0.2 R")
    service.clock.move_to(NOON_MS + seconds(32))
    await service.run_due()

    stats = service.outbox.stats
    assert (stats.sent, stats.edited, stats.waiting, stats.oldest_waiting_ms) == (2, 1, 1, seconds(2))
    assert stats.edit_interval_ms == {CHANNEL: seconds(30)}


async def test_the_boards_own_pace_is_not_the_pace_of_signals(bench: Bench) -> None:
    service, _ = bench
    for number in range(3):
        await service.put("board", f"Updated {number}", priority=Priority.BOARD)
        await service.settle()
        await service.pass_ms(seconds(600))

    assert service.outbox.stats.edited == 2
    assert service.outbox.stats.edit_interval_ms == {}
