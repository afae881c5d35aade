"""What readers and admins get when Telegram floods, refuses, fails or says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.outbox import Alert, AlertKind, Priority
from bot.delivery.outcomes import Flooded, Migrated, NotModified, Refused, Unknown
from bot.words.post import Button, Post
from storage.database import reading
from storage.messages import MessageState
from storage.outbox import RowState
from storage.schema import outbox
from tests.bot.delivery import CHANNEL, DANA, NOON_MS, OTHER, Desk, desk, seconds
from tests.fakes import DROP_BEFORE, LOST_ANSWER, LOST_REQUEST, FakeTelegram

Bench = tuple[Desk, FakeTelegram]
SIGNAL = Priority.OPENING_OR_CLOSING
GATEWAY = Unknown("502 Bad Gateway")
KICKED = Refused(403, "Forbidden: bot was kicked from the channel chat")
NO_CHAT = Refused(400, "Bad Request: chat not found")
TOO_LONG = Refused(400, "Bad Request: message is too long")
BROKEN_MARKUP = Refused(400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with desk(tmp_path) as made:
        yield made


async def sent(bench: Bench, key: str = "signal:1", text: str = "opened") -> None:
    """A signal that stands in the channel, with the chat ready for more."""
    service, _ = bench
    await service.put(key, text, priority=SIGNAL)
    await service.settle()
    await service.pass_ms(seconds(60))


def times(telegram: FakeTelegram) -> list[int]:
    return [request.time_ms - NOON_MS for request in telegram.requests]


# Flood control


async def test_a_flooded_chat_is_tried_again_at_the_very_moment_telegram_named(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(Flooded(seconds(17)))
    await service.put("signal:1", "opened", priority=SIGNAL)
    due_ms = await service.run_due()
    assert due_ms == NOON_MS + seconds(17)
    service.clock.move_to(due_ms - 1)
    assert await service.run_due() == due_ms
    await service.settle()

    assert times(telegram) == [0, seconds(17)]
    assert telegram.texts(CHANNEL) == ["opened"]
    assert service.outbox.stats.floods == 1


async def test_a_flooded_chat_does_not_hold_up_another(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(Flooded(seconds(300)))
    await service.put("a", "first", chat=CHANNEL, priority=SIGNAL)
    await service.put("b", "second", chat=OTHER)
    await service.run_due()

    assert telegram.texts(OTHER) == ["second"]


async def test_after_a_flood_the_newest_state_goes_out_not_every_stale_one(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.faults.append(Flooded(seconds(30)))
    await service.put("signal:1", "+0.1 R")
    await service.run_due()
    await service.put("signal:1", "+0.2 R")
    await service.settle()

    assert [request.text for request in telegram.requests] == ["opened", "+0.1 R", "+0.2 R"]
    assert await service.rows("signal:1") == []


# Nothing got through


async def test_without_a_network_everything_waits_a_growing_while_and_keeps_its_order(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.extend([DROP_BEFORE] * 7)
    await service.put("tp1", "TP1", priority=Priority.RESULT)
    await service.put("tp2", "TP2", priority=Priority.RESULT)
    await service.settle()

    assert times(telegram)[:8] == [seconds(s) for s in (0, 1, 3, 7, 15, 31, 61, 91)]
    assert telegram.texts(CHANNEL) == ["TP1", "TP2"]
    assert service.alerts == []


async def test_an_hour_without_telegram_ends_with_the_present_state_only(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.faults.extend([DROP_BEFORE] * 200)
    for mark in range(60):
        await service.put("signal:1", f"mark {mark}")
        await service.pass_ms(seconds(60))
    telegram.faults.clear()
    await service.settle()

    honest = [request.text for request in telegram.requests if request.outcome is not DROP_BEFORE]
    assert honest == ["opened", "mark 59"]


async def test_a_revoked_token_loses_nothing_and_is_told_once(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.extend([Refused(401, "Unauthorized")] * 3)
    await service.put("signal:1", "opened", priority=SIGNAL)
    await service.settle()

    assert telegram.texts(CHANNEL) == ["opened"]
    assert [alert.kind for alert in service.alerts] == [AlertKind.TOKEN_REFUSED]


# Nobody knows


async def test_a_send_of_unknown_outcome_is_repeated_after_a_minute_marked_and_told(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(LOST_ANSWER)
    await service.put("signal:1", "opened", priority=SIGNAL)
    assert await service.run_due() == NOON_MS + seconds(60)
    await service.settle()

    assert times(telegram) == [0, seconds(60)]
    assert telegram.texts(CHANNEL) == ["opened", "opened\n<i>repeat</i>"]
    assert service.alerts == [Alert(AlertKind.REPEATED, "signal:1", CHANNEL, "")]


async def test_the_second_copy_keeps_its_mark_through_edits(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(LOST_ANSWER)
    await service.put("signal:1", "opened", priority=SIGNAL)
    await service.settle()
    await service.put("signal:1", "+0.1 R")
    await service.put("signal:1", "+0.1 R")
    await service.settle()
    await service.put("signal:1", "+0.1 R")
    await service.settle()

    assert telegram.texts(CHANNEL) == ["opened", "+0.1 R\n<i>repeat</i>"]
    assert telegram.methods() == ["sendMessage", "sendMessage", "editMessageText"]


async def test_while_a_signal_is_unknown_others_go_out_and_its_replies_wait(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(LOST_REQUEST)
    await service.put("signal:1", "first", priority=SIGNAL)
    await service.run_due()
    await service.put("tp1:1", "TP1 of the first", priority=Priority.RESULT, reply_to="signal:1")
    await service.put("signal:2", "second", priority=SIGNAL)
    await service.settle()

    assert telegram.texts(CHANNEL) == ["second", "first\n<i>repeat</i>", "TP1 of the first"]
    assert telegram.messages(CHANNEL)[2].reply_to == 102


async def test_an_edit_of_unknown_outcome_is_simply_made_again(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.faults.append(LOST_ANSWER)
    await service.put("signal:1", "closed", priority=SIGNAL)
    await service.settle()

    assert telegram.texts(CHANNEL) == ["closed"]
    assert isinstance(telegram.requests[-1].outcome, NotModified)
    assert service.alerts == []
    assert (await service.message("signal:1")).sent_body == '{"text":"closed"}'


async def test_an_edit_of_unknown_outcome_gives_way_to_a_newer_one(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)

    telegram.faults.append(GATEWAY)
    telegram.slow.clear()
    under_way = asyncio.Event()
    telegram.hook = lambda _: under_way.set()
    await service.put("signal:1", Post("TP1", picture=b"tp1"), priority=SIGNAL)
    running = asyncio.create_task(service.run_due())
    await under_way.wait()
    await service.put("signal:1", "+1.2 R", keep_picture=True)
    telegram.slow.set()
    await running
    await service.pass_ms(seconds(50))

    assert telegram.methods() == ["sendMessage", "editMessageMedia", "editMessageMedia"]
    assert (telegram.texts(CHANNEL), telegram.messages(CHANNEL)[0].png) == (["+1.2 R"], b"png of tp1")


async def test_going_back_after_an_unknown_edit_is_sent_although_it_was_delivered_once(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.faults.append(LOST_ANSWER)
    await service.put("signal:1", "+0.1 R")
    await service.run_due()
    await service.put("signal:1", "opened")
    await service.settle()

    assert telegram.texts(CHANNEL) == ["opened"]


# Refused


async def test_a_refused_message_does_not_block_the_ones_behind_it(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(TOO_LONG)
    await service.put("signal:1", "first", priority=SIGNAL)
    await service.put("signal:2", "second", priority=SIGNAL)
    await service.settle()

    assert telegram.texts(CHANNEL) == ["second"]
    assert service.alerts == [Alert(AlertKind.REFUSED, "signal:1", CHANNEL, "400 Bad Request: message is too long")]
    assert (await service.message("signal:1")).state is MessageState.FAILED


async def test_when_a_signal_is_refused_its_edits_are_dropped_and_its_replies_stand_alone(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(TOO_LONG)
    await service.put("signal:1", "signal", priority=SIGNAL)
    await service.put("signal:1", "+0.1 R")
    await service.put("tp1:1", "TP1", priority=Priority.RESULT, reply_to="signal:1")
    await service.settle()
    await service.put("signal:1", "+0.2 R")
    await service.settle()

    assert telegram.texts(CHANNEL) == ["TP1"]
    assert telegram.messages(CHANNEL)[0].reply_to is None


async def test_a_message_somebody_deleted_is_given_up_and_told(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.chats[CHANNEL].clear()
    await service.put("signal:1", "+0.1 R")
    await service.settle()
    await service.put("signal:1", "+0.2 R")
    await service.settle()

    assert telegram.methods() == ["sendMessage", "editMessageText"]
    assert [alert.kind for alert in service.alerts] == [AlertKind.REFUSED]
    assert (await service.message("signal:1")).state is MessageState.DELETED


async def test_broken_markup_goes_out_as_plain_words_and_is_told(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(BROKEN_MARKUP)
    await service.put(
        "signal:1", '<b>BUY XAUUSD <a href="https://x.y/?a=1&amp;b">5 &lt; 6 & 7 < 8</a>', priority=SIGNAL
    )
    await service.settle()

    assert telegram.texts(CHANNEL) == ["BUY XAUUSD 5 &lt; 6 &amp; 7 &lt; 8"]
    assert [alert.kind for alert in service.alerts] == [AlertKind.MARKUP]


async def test_words_that_cannot_be_parsed_even_plain_fail_at_last(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.extend([BROKEN_MARKUP, BROKEN_MARKUP])
    await service.put("signal:1", "<b>BUY", priority=SIGNAL)
    await service.settle()

    assert telegram.messages(CHANNEL) == []
    assert [alert.kind for alert in service.alerts] == [AlertKind.MARKUP, AlertKind.REFUSED]


async def test_a_refused_button_does_not_cost_the_signal(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(Refused(400, "Bad Request: BUTTON_DATA_INVALID"))
    await service.put("signal:1", Post("BUY", buttons=((Button("Why", data="x" * 65),),)), priority=SIGNAL)
    await service.settle()

    assert (telegram.texts(CHANNEL), telegram.messages(CHANNEL)[0].buttons) == (["BUY"], ())


async def test_nobody_is_told_in_a_private_chat_that_it_cannot_be_written_to(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(Refused(403, "Forbidden: bot was blocked by the user"))
    await service.put("alert", "feed stalled", chat=DANA)
    await service.settle()

    assert service.alerts == []


async def test_a_group_that_became_a_supergroup_is_followed(bench: Bench) -> None:
    service, telegram = bench
    telegram.faults.append(Migrated(OTHER))
    await service.put("signal:1", "first", priority=SIGNAL)
    await service.put("signal:2", "second", priority=SIGNAL)
    await service.settle()

    assert telegram.texts(OTHER) == ["first", "second"]
    assert (await service.message("signal:2")).chat_id == OTHER
    assert service.alerts == [Alert(AlertKind.MOVED, "signal:1", CHANNEL, str(OTHER))]


async def test_what_stood_in_the_old_group_is_left_as_it_is(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.faults.append(Migrated(OTHER))
    await service.put("signal:1", "+0.1 R")
    await service.put("signal:2", "second", priority=Priority.PROGRESS)
    await service.settle()

    assert (telegram.texts(CHANNEL), telegram.texts(OTHER)) == (["opened"], ["second"])


async def test_the_failed_row_stays_as_a_record(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    for _ in range(3):
        telegram.faults.append(Refused(400, "Bad Request: message can't be edited"))
        await service.put("signal:1", "+0.1 R")
        await service.settle()

    async with reading(service.database) as conn:
        rows = (await conn.execute(select(outbox.c.state, outbox.c.error))).all()
    assert [tuple(row) for row in rows] == [(RowState.FAILED, "400 Bad Request: message can't be edited")]


async def test_ids_that_a_new_sandbox_gives_again_belong_to_the_new_message(bench: Bench) -> None:
    service, telegram = bench
    await sent(bench)
    telegram.chats.clear()
    telegram._last_id.clear()
    await service.put("signal:2", "after the restart", priority=SIGNAL)
    await service.put("signal:1", "+0.1 R")
    await service.settle()

    assert telegram.texts(CHANNEL) == ["after the restart"]
    assert (await service.message("signal:1")).state is MessageState.DELETED
    assert (await service.message("signal:2")).message_id == 101
