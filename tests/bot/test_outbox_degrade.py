"""What readers and admins get when Telegram is away for hours, a channel closes, or more waits than may wait."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.chats import KNOCK_EVERY_MS
from bot.delivery.outbox import AlertKind, Outbox, Priority
from bot.delivery.outcomes import Migrated, Outcome, Refused
from bot.delivery.updates import PlaceChanged
from bot.words.alert_english import ChannelProblem
from bot.words.post import Post
from storage.database import reading, transaction
from storage.outbox import count_waiting
from tests.bot.delivery import CHANNEL, DANA, NOON_MS, OTHER, Desk, desk, drawn, seconds
from tests.fakes import DROP_BEFORE, FakeTelegram

SIGNAL = Priority.OPENING_OR_CLOSING
KICKED = Refused(403, "Forbidden: bot was kicked from the channel chat")
NO_RIGHT = Refused(400, "Bad Request: not enough rights to send text messages to the chat")
NO_EDIT = Refused(400, "Bad Request: not enough rights to edit the message")

LET_IN = PlaceChanged(
    7,
    chat_id=CHANNEL,
    chat_title="Gold",
    chat_kind="channel",
    by_user_id=DANA,
    by_user_name="Dana",
    status="administrator",
    can_post=True,
)


class Door(FakeTelegram):
    """A Telegram with a door to each chat."""

    answers: dict[int, Outcome]

    async def _carry_out(self, method, chat_id, message_id, text, act):  # type: ignore[no-untyped-def]
        closed = self.answers.get(chat_id)
        return await super()._carry_out(method, chat_id, message_id, text, act if closed is None else lambda: closed)


def door(clock) -> Door:  # type: ignore[no-untyped-def]
    telegram = Door(clock.now_ms)
    telegram.answers = {}
    return telegram


def telegram_of(service: Desk) -> Door:
    telegram = service.outbox._client
    assert isinstance(telegram, Door)
    return telegram


async def waiting(service: Desk) -> int:
    async with reading(service.database) as conn:
        return await count_waiting(conn)


# Hours without Telegram


async def test_after_hours_offline_with_a_thousand_marks_each_message_is_edited_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        for trade in range(3):
            await service.put(f"signal:{trade}", "opened", priority=SIGNAL)
        await service.settle()
        telegram.faults.extend([DROP_BEFORE] * 1_000)
        before = len(telegram.requests)
        for hour in range(10):
            async with transaction(service.database) as conn:
                for mark in range(34):
                    for trade in range(3):
                        await service.outbox.put(
                            conn,
                            f"signal:{trade}",
                            CHANNEL,
                            Post(f"{trade}: mark {34 * hour + mark}"),
                            priority=Priority.PROGRESS,
                            expires_ms=service.clock.now_ms() + seconds(7_200),
                        )
            await service.pass_ms(seconds(60))
            service.clock.move_to(service.clock.now_ms() + seconds(3_600))
        telegram.faults.clear()
        await service.settle()

        arrived = [one for one in telegram.requests[before:] if one.outcome is not DROP_BEFORE]
        assert [one.text for one in arrived] == [f"{trade}: mark 339" for trade in range(3)]


async def test_a_signal_that_opened_and_closed_meanwhile_is_sent_as_it_ended_with_its_replies(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        telegram.faults.extend([DROP_BEFORE] * 1_000)
        await service.put("signal:1", Post("entering", picture=b"entry"), priority=SIGNAL)
        await service.run_due()
        for mark in range(30):
            await service.put("signal:1", f"mark {mark}", keep_picture=True)
            await service.pass_ms(seconds(60))
        await service.put("tp1:1", "TP1", priority=Priority.RESULT, reply_to="signal:1")
        await service.put("signal:1", Post("closed", picture=b"how it went"), priority=SIGNAL)
        await service.put("end:1", "closed at TP2", priority=Priority.RESULT, reply_to="signal:1")
        await service.pass_ms(seconds(3_600))
        telegram.faults.clear()
        before = len(telegram.requests)
        await service.settle()

        assert [one.text for one in telegram.requests[before:]] == ["closed", "TP1", "closed at TP2"]
        signal, *replies = telegram.messages(CHANNEL)
        assert signal.png == b"png of how it went"
        assert [reply.reply_to for reply in replies] == [101, 101]


async def test_a_moments_wait_still_sends_the_opening_as_it_was(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        telegram.faults.extend([DROP_BEFORE] * 3)
        await service.put("signal:1", "entering", priority=SIGNAL)
        await service.put("signal:1", "+0.1 R")
        await service.settle()

        arrived = [one.text for one in telegram.requests if one.outcome is not DROP_BEFORE]
        assert arrived == ["entering", "+0.1 R"]


async def test_progress_that_waited_beyond_its_deadline_is_told_anew(tmp_path: Path) -> None:
    async def renew(conn: AsyncConnection, key: str) -> None:
        asked.append(key)
        await service.outbox.put(conn, key, CHANNEL, Post("as it is now"), priority=Priority.PROGRESS)

    asked: list[str] = []
    async with desk(tmp_path, renew=renew) as (service, telegram):
        await service.put("signal:1", "opened", priority=SIGNAL)
        await service.settle()
        await service.put("signal:1", "+0.1 R", expires_ms=service.clock.now_ms() + seconds(1))
        await service.settle()

        assert [one.text for one in telegram.requests] == ["opened", "as it is now"]
        assert asked == ["signal:1"]


# A channel that is closed to the bot


@pytest.mark.parametrize(
    ("refusal", "problem"),
    [
        (KICKED, ChannelProblem.GONE),
        (NO_RIGHT, ChannelProblem.NO_RIGHT),
        (Refused(400, "Bad Request: chat not found"), ChannelProblem.GONE),
        (Refused(403, "Forbidden: bot is not a member of the channel chat"), ChannelProblem.GONE),
        (Refused(400, "Bad Request: need administrator rights in the channel chat"), ChannelProblem.NO_RIGHT),
    ],
)
async def test_a_closed_channel_is_told_once_and_knocked_at_now_and_then(
    tmp_path: Path, refusal: Refused, problem: ChannelProblem
) -> None:
    async with desk(tmp_path, client=door) as (service, _):
        telegram = telegram_of(service)
        telegram.answers[CHANNEL] = refusal
        for number in range(20):
            await service.put(f"signal:{number}", "opened", priority=SIGNAL)
            await service.put("board", f"{number} signals", chat=OTHER, priority=Priority.REPORT)
            await service.pass_ms(seconds(150))

        tries = [one.time_ms - NOON_MS for one in telegram.requests if one.chat_id == CHANNEL]
        assert tries == [0, KNOCK_EVERY_MS, 2 * KNOCK_EVERY_MS, 3 * KNOCK_EVERY_MS]
        assert [(alert.kind, alert.chat_id, alert.detail) for alert in service.alerts] == [
            (AlertKind.BROKEN, CHANNEL, problem)
        ]
        assert telegram.texts(OTHER) == ["19 signals"]
        assert await waiting(service) == 20


async def test_let_in_again_the_channel_gets_the_present_state_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, client=door) as (service, _):
        telegram = telegram_of(service)
        await service.put("signal:1", "opened", priority=SIGNAL)
        await service.settle()
        telegram.answers[CHANNEL] = NO_EDIT
        for mark in range(50):
            await service.put("signal:1", f"mark {mark}")
            await service.pass_ms(seconds(10))
        telegram.answers.clear()
        before, now_ms = len(telegram.requests), service.clock.now_ms()
        await service.outbox.hear(LET_IN)
        await service.run_due()

        assert [(one.text, one.time_ms) for one in telegram.requests[before:]] == [("mark 49", now_ms)]
        assert [(alert.kind, alert.detail) for alert in service.alerts] == [
            (AlertKind.BROKEN, ChannelProblem.NO_EDIT),
            (AlertKind.MENDED, ""),
        ]
        assert service.outbox.stats.closed == {}


async def test_a_restart_remembers_that_people_were_told(tmp_path: Path) -> None:
    async with desk(tmp_path, client=door) as (service, _):
        telegram_of(service).answers[CHANNEL] = KICKED
        await service.put("signal:1", "opened", priority=SIGNAL)
        await service.run_due()
        assert len(service.alerts) == 1
        service.outbox = Outbox(service.database, service.outbox._client, service.clock, drawn, alert=service._told)
        await service.outbox.recover()
        await service.put("signal:2", "opened", priority=SIGNAL)
        await service.run_due()

        assert list(service.outbox.stats.closed) == [CHANNEL]
        assert len(service.alerts) == 1


async def test_who_blocked_the_bot_is_not_written_to_again_for_that_message(tmp_path: Path) -> None:
    async with desk(tmp_path, client=door) as (service, _):
        telegram_of(service).answers[DANA] = Refused(403, "Forbidden: bot was blocked by the user")
        await service.put("answer", "hello", chat=DANA, priority=Priority.ADMIN_REPLY)
        await service.settle()

        assert await waiting(service) == 0
        assert service.outbox.stats.closed == {}


async def test_after_a_group_has_moved_new_signals_go_to_the_new_id_without_being_told_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        telegram.faults.append(Migrated(OTHER))
        await service.put("signal:1", "first", priority=SIGNAL)
        await service.settle()
        service.outbox = Outbox(service.database, telegram, service.clock, drawn, alert=service._told)
        await service.outbox.recover()
        await service.put("signal:2", "second", chat=CHANNEL, priority=SIGNAL)
        await service.settle()

        assert telegram.texts(OTHER) == ["first", "second"]
        assert [alert.kind for alert in service.alerts] == [AlertKind.MOVED]


# More than may wait


async def test_in_a_full_outbox_progress_gives_way_and_signals_never_do(tmp_path: Path) -> None:
    async with desk(tmp_path, most_rows=10) as (service, telegram):
        for trade in range(8):
            await service.put(f"signal:{trade}", "opened", priority=SIGNAL)
        await service.settle()
        telegram.faults.extend([DROP_BEFORE] * 1_000)
        for trade in range(8):
            await service.put(f"signal:{trade}", "+0.1 R")
        for number in range(20):
            await service.put(f"new:{number}", f"new {number}", priority=SIGNAL)
        await service.put("signal:0", "+0.2 R")
        await service.put("signal:1", "closed", priority=SIGNAL)
        await service.put("answer", "hello", chat=DANA, priority=Priority.ADMIN_REPLY)
        await service.run_due()
        rows = await waiting(service)
        await service.pass_ms(seconds(60))
        told = [(alert.kind, alert.chat_id) for alert in service.alerts]
        telegram.faults.clear()
        await service.settle()

        assert rows == 21  # the new ones and the closing
        assert told == [(AlertKind.FULL, 0)]
        assert telegram.texts(CHANNEL)[:8] == ["opened", "closed", *["opened"] * 6]
        assert telegram.texts(CHANNEL)[8:] == [f"new {number}" for number in range(20)]
        assert telegram.texts(DANA) == []


async def test_what_only_changes_a_waiting_message_needs_no_room(tmp_path: Path) -> None:
    async with desk(tmp_path, most_rows=2) as (service, telegram):
        for trade in range(2):
            await service.put(f"signal:{trade}", "opened", priority=SIGNAL)
        await service.settle()
        for mark in range(10):
            for trade in range(2):
                await service.put(f"signal:{trade}", f"mark {mark}")
        await service.settle()

        assert telegram.texts(CHANNEL) == ["mark 9", "mark 9"]
        assert service.alerts == []


async def test_a_result_sent_hours_late_says_when_it_happened_and_a_prompt_one_does_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("end:1", Post("Stop hit", if_late="Happened 13:42 UTC, while offline."))
        await service.run_due()
        telegram.faults.extend([DROP_BEFORE] * 1_000)
        await service.put("end:2", Post("TP2 reached", if_late="Happened 14:10 UTC, while offline."))
        await service.pass_ms(seconds(7_200))
        telegram.faults.clear()
        await service.settle()

        assert telegram.texts(CHANNEL) == ["Stop hit", "TP2 reached\nHappened 14:10 UTC, while offline."]
