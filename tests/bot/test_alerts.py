"""Troubles are told once in a while, their end once, and nothing that lasts is passed over."""

import asyncio
import errno
import os
import resource
import sqlite3
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from bot.alerts import WINDOW_MS, AlertBook, Trouble, Word, own_entry, restart_word, why_ended
from bot.app import App
from bot.delivery.outbox import Alert, AlertKind
from bot.live import _last_word
from bot.recovery import Recovered
from bot.watch import Readings, Watch, has_room, is_database_damaged, is_database_locked, is_disk_full, troubles
from engine.events import BreakerTripped, FeedRecovered, FeedStalled, LimitHit
from engine.types import MINUTE_MS
from storage.audit import record
from storage.database import transaction
from tests.bot.desk_room import CHANNEL, DESK_GROUP, NOW_MS, Room
from tests.bot.reader import visible
from tests.builders import at, gold

pytest_plugins = ["tests.bot.desk_fixtures"]

ONE = Decimal(1)
TOLD, OVER = Word(is_over=False), Word(is_over=True)
FINE = Readings(clock_skew_ms=300, slowest_commit_ms=4, free_mb=50_000, oldest_message_ms=900, messages_waiting=1)


# Limits on loss


async def test_a_limit_says_when_signals_come_again_and_which_trades_go_on(room: Room) -> None:
    """The room's day of the account ends at 17:00 in New York, and its week on Friday."""
    room.engine.adopt_account(
        msgspec.structs.replace(
            room.engine.account, day_end_ms=at("2024-04-03 21:00"), week_end_ms=at("2024-04-05 21:00")
        )
    )
    hits = [LimitHit(NOW_MS, "losing_streak", "5", "240"), LimitHit(NOW_MS + 1, "daily_loss", "512 USD", "500 USD")]
    hits += [LimitHit(NOW_MS + 2, "weekly_loss", "1,012 USD", "1,000 USD"), BreakerTripped(NOW_MS + 3, ONE, ONE)]
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, hits)
    await room.settle()

    told = [visible(answer.text).splitlines()[1:] for answer in room.answers(DESK_GROUP)[-4:]]
    ends = [line.partition("No new signals ")[2] for line, _ in told]
    assert ends == [
        "until 21:45 UTC, a pause of 240 min.",
        "until 21:00 UTC.",
        "until 5 Apr 21:00 UTC.",
        "until an owner sends /rearm.",
    ]
    assert {line for _, line in told} == {"2 open trades go on: 002 +1.72R, 003 +0.50R"}


# What is decided


def told(*moments: tuple[int, bool]) -> list[Word | None]:
    book = AlertBook()
    return [book.see("feed", "XAUUSD", minute * MINUTE_MS, is_on=is_on) for minute, is_on in moments]


def test_a_trouble_is_told_when_it_begins_and_its_end_once():
    moments = (0, False), (1, True), (2, True), (3, False), (4, False)
    assert told(*moments) == [None, TOLD, None, OVER, None]


def test_one_that_comes_and_goes_is_told_once_in_the_window_and_counted_at_the_next():
    flapping = [(minute, minute % 2 == 0) for minute in range(18)]
    assert told(*flapping) == [TOLD, OVER, *[None] * 14, Word(is_over=False, left_out=7), OVER]


def test_one_that_came_back_too_soon_and_stays_is_told_when_the_window_has_passed():
    assert told((0, True), (1, False), (2, True), (14, True), (15, True), (16, True)) == [
        *(TOLD, OVER, None, None),
        TOLD,  # and not counted as left out: it is this one
        None,
    ]


def test_what_lasts_for_hours_is_not_told_again():
    assert told((0, True), (600, True), (601, False)) == [TOLD, None, OVER]


def test_each_subject_and_each_kind_has_its_own_word():
    book = AlertBook()
    words = [book.once(kind, chat, 0) for kind in ("refused", "picture") for chat in ("-1", "-2", "-1")]
    assert words == [TOLD, TOLD, None] * 2


def test_a_hundred_failures_are_one_word_and_a_count():
    book = AlertBook()
    words = [book.once("refused", "-1", number) for number in range(100)]
    assert words == [TOLD, *[None] * 99]
    assert book.once("refused", "-1", WINDOW_MS) == Word(is_over=False, left_out=99)


def test_a_clock_that_was_set_back_does_not_keep_it_silent():
    book = AlertBook()
    book.once("refused", "-1", 10 * WINDOW_MS)
    assert book.once("refused", "-1", 0) == TOLD


@given(st.lists(st.tuples(st.integers(0, 4 * MINUTE_MS), st.booleans()), max_size=60))
def test_words_alternate_keep_their_distance_and_lose_nothing(steps):
    book, now_ms, began, was_on = AlertBook(), 0, 0, False
    words: list[tuple[int, Word]] = []
    for step_ms, is_on in steps:
        now_ms += step_ms
        began += is_on and not was_on
        was_on = is_on
        word = book.see("disk", "", now_ms, is_on=is_on)
        if word is not None:
            words.append((now_ms, word))
            assert word.is_over is not is_on
    assert [word.is_over for _, word in words] == [bool(number % 2) for number in range(len(words))]
    begins = [(at_ms, word) for at_ms, word in words if not word.is_over]
    assert all(later - earlier >= WINDOW_MS for (earlier, _), (later, _) in pairwise(begins))
    # Whatever is still there after a window is told, and then every beginning was told or counted.
    last = book.see("disk", "", now_ms + WINDOW_MS, is_on=True)
    began += not was_on
    begins += [(now_ms, last)] if last is not None else []
    assert sum(1 + word.left_out for _, word in begins) == began


# What is the matter


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"clock_skew_ms": 5_001}, Trouble.CLOCK),
        ({"clock_skew_ms": -5_001}, Trouble.CLOCK),
        ({"slowest_commit_ms": 2_001}, Trouble.DATABASE),
        ({"free_mb": 299}, Trouble.DISK),
        ({"oldest_message_ms": 3 * MINUTE_MS + 1}, Trouble.OUTBOX),
    ],
)
def test_each_bound_is_one_trouble_and_no_other(change, kind):
    found = troubles(msgspec.structs.replace(FINE, **change), {})
    assert [each for each, is_on in found.items() if is_on] == [kind]
    assert not any(troubles(FINE, found).values())


def test_between_the_bounds_a_trouble_neither_begins_nor_ends():
    between = msgspec.structs.replace(FINE, clock_skew_ms=3_000, free_mb=400)
    before = {Trouble.CLOCK: True, Trouble.DISK: True}

    assert not any(troubles(between, {}).values())
    assert [kind for kind, is_on in troubles(between, before).items() if is_on] == list(before)
    unknown = msgspec.structs.replace(FINE, clock_skew_ms=None)
    assert troubles(unknown, before)[Trouble.CLOCK] is True


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (sqlite3.OperationalError("database or disk is full"), True),
        (
            ExceptionGroup("", [ValueError(), ExceptionGroup("", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])]),
            True,
        ),
        (sqlite3.OperationalError("database is locked"), False),
        (ExceptionGroup("", [ValueError("full")]), False),
    ],
)
def test_a_full_disk_is_known_among_other_errors(error, is_full):
    assert is_disk_full(error) is is_full


def test_a_full_disk_is_known_behind_what_came_of_it():
    error = ValueError("no snapshot")
    error.__context__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert is_disk_full(error)


def test_a_locked_and_a_damaged_database_are_known_by_what_they_say():
    locked = ExceptionGroup("", [sqlite3.OperationalError("database is locked")])
    damaged = [
        sqlite3.DatabaseError("database disk image is malformed"),
        sqlite3.DatabaseError("file is not a database"),
    ]

    assert is_database_locked(locked)
    assert not is_database_damaged(locked)
    assert all(is_database_damaged(each) for each in damaged)
    assert not any(is_database_locked(each) or is_disk_full(each) for each in damaged)


def test_there_is_no_room_where_nothing_may_grow(tmp_path):
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, most))
    try:
        assert not has_room(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))

    assert has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "database or disk is full",
            "⛔ <b>The disk is full</b>\n"
            "Nothing can be stored, so nothing is said. Make room: the program then goes on by itself.",
        ),
        (
            "database is locked",
            "⛔ <b>Another program holds the database</b>\n"
            "Nothing can be stored, so nothing is said. Close it: this program then goes on by itself.",
        ),
        (
            "database disk image is malformed",
            "⛔ <b>The database is damaged</b>\n"
            "The program has stopped, open trades are not followed. Bring a backup back: run_bot.py restore",
        ),
    ],
)
async def test_when_nothing_can_be_stored_the_admins_are_told_past_the_outbox(room, error, said):
    app = App(room.config, None, room.outbox, room.telegram, room.desk, Recovered(room.engine))

    async def run(error: Exception) -> None:
        async with _last_word(app), asyncio.TaskGroup():
            raise error

    with pytest.raises(ExceptionGroup):
        await run(ValueError("full of something else"))
    assert room.answers(DESK_GROUP) == []
    with pytest.raises(ExceptionGroup):
        await run(sqlite3.OperationalError(error))

    assert room.answer(DESK_GROUP).text == said


# What the admins hear


class Machine:
    """A machine with a clock and a disk, and a service that stores quickly or not."""

    def __init__(self, room: Room) -> None:
        self.database = room.database
        self.skew_ms, self.free_mb, self.commit_ms = 0, 50_000, 3

    def take_slowest_ms(self) -> int:
        return self.commit_ms


async def look(room: Room, machine: Machine, watch: Watch, minutes: int = 1) -> list[str]:
    """What is new in the alert chat after some minutes of one look each."""
    before = len(room.answers(DESK_GROUP))
    for _ in range(minutes):
        room.pass_ms(MINUTE_MS)
        await watch.look()
        await room.settle()
    return [message.text for message in room.answers(DESK_GROUP)[before:]]


def watching(room: Room, machine: Machine) -> Watch:
    return Watch(machine, room.outbox, room.handlers, room.clock, lambda: machine.skew_ms, lambda: machine.free_mb)


@pytest.mark.parametrize(
    ("name", "bad", "told", "over"),
    [
        (
            *("skew_ms", -42_000),
            "⚠️ <b>The clock is 42 s behind</b>\n"
            "Measured against Telegram's. Times told are wrong by as much; set the machine's clock (NTP).",
            "The clock is right again.",
        ),
        (
            *("free_mb", 120),
            "⚠️ <b>The disk is nearly full: 120 MB free</b>\n"
            "When nothing is left the program waits, for it says nothing that is not stored. Make room now.",
            "There is room on the disk again.",
        ),
        (
            *("commit_ms", 7_000),
            "⚠️ <b>The database is slow</b>\n"
            "Storing took 7 s. Signals are late by as much; look at the disk and what else uses it.",
            "The database is quick again.",
        ),
    ],
)
async def test_the_machines_troubles_are_told_once_and_their_end_quietly(room, name, bad, told, over):
    machine = Machine(room)
    watch, fine = watching(room, machine), getattr(machine, name)
    assert await look(room, machine, watch) == []

    setattr(machine, name, bad)
    assert await look(room, machine, watch, minutes=20) == [told]
    setattr(machine, name, fine)
    assert await look(room, machine, watch, minutes=20) == [over]


async def test_a_trouble_that_could_not_be_stored_is_told_at_the_next_look(room):
    """As a full disk, or a database that somebody else holds, would have it."""
    machine = Machine(room)
    watch, database = watching(room, machine), room.database
    await look(room, machine, watch)
    machine.free_mb, machine.database = 120, create_async_engine("sqlite+aiosqlite:////nowhere/assay.db")
    with capture_logs() as logs:
        assert await look(room, machine, watch, minutes=2) == []
    machine.database = database

    (told,) = await look(room, machine, watch, minutes=20)
    assert told.startswith("⚠️ <b>The disk is nearly full: 120 MB free</b>")
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["trouble not told"] * 2


async def test_the_end_of_a_trouble_that_could_not_be_stored_is_not_told_either(room):
    machine = Machine(room)
    watch, database, enough_mb = watching(room, machine), room.database, machine.free_mb
    await look(room, machine, watch)
    machine.free_mb, machine.database = 120, create_async_engine("sqlite+aiosqlite:////nowhere/assay.db")
    assert await look(room, machine, watch) == []
    machine.free_mb, machine.database = enough_mb, database

    assert await look(room, machine, watch, minutes=20) == []


async def test_a_feed_that_stalls_again_and_again_is_told_once_and_then_when_it_stays_away(room):
    watch = watching(room, Machine(room))
    stalled_ms = room.clock.now_ms()
    for minute in range(6):
        time_ms = stalled_ms + minute * MINUTE_MS
        stalls = FeedStalled(time_ms, "XAUUSD", time_ms - 300_000, gold("2292.00"))
        events = [stalls, FeedRecovered(time_ms + 30_000, "XAUUSD", 330_000)][: 2 if minute < 5 else 1]
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)
        await room.settle()
    heads = [message.text.splitlines()[0] for message in room.answers(DESK_GROUP)]
    assert heads == ["⚠️ <b>Feed stalled: XAUUSD</b>", "Feed is back: XAUUSD, quiet for 5 min 30 s."]

    (later,) = await look(room, Machine(room), watch, minutes=20)
    assert later.startswith("⚠️ <b>Feed stalled: XAUUSD</b>")
    assert later.endswith("4 more like it were not told.")


async def test_a_feed_that_was_stalled_before_a_restart_is_told_to_be_back(room):
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [FeedRecovered(NOW_MS, "XAUUSD", 72_000)])
    await room.settle()

    assert room.answer(DESK_GROUP).text == "Feed is back: XAUUSD, quiet for 1 min 12 s."


async def test_a_channel_that_refuses_everything_is_told_of_once_and_counted_later(room):
    async def refuse(number: int, now_ms: int) -> None:
        alert = Alert(AlertKind.REFUSED, f"signal:XAU_20240403_{number:03}@{CHANNEL}", CHANNEL, "Forbidden: kicked")
        async with transaction(room.database) as conn:
            await room.handlers.trouble(conn, alert, now_ms)

    for number in range(1, 40):
        await refuse(number, NOW_MS + number)
    await refuse(40, NOW_MS + WINDOW_MS + 1)
    await room.settle()

    texts = [message.text for message in room.answers(DESK_GROUP)]
    assert texts == [
        "⚠️ <b>Signal XAU_20240403_001, Gold Signals: Telegram refused it</b>\nForbidden: kicked",
        "⚠️ <b>Signal XAU_20240403_040, Gold Signals: Telegram refused it</b>\nForbidden: kicked\n"
        "38 more like it were not told.",
    ]


# Restarts


async def restart(room: Room, **changes: object) -> str | None:
    """What the admins hear of it; None for nothing."""
    before = len(room.answers(DESK_GROUP))
    await room.desk.announce(Recovered(room.engine, **changes))
    await room.settle()
    heard = room.answers(DESK_GROUP)[before:]
    return heard[0].text if heard else None


async def ended(room: Room, error: str = "") -> None:
    async with transaction(room.database) as conn:
        await record(conn, own_entry("stop", room.clock.now_ms(), error=error))


async def test_a_restart_says_how_the_last_run_ended_and_what_was_recovered(room):
    await restart(room, is_first_start=True)
    await ended(room)
    assert "Reason: it was stopped\n" in (await restart(room) or "")
    room.pass_ms(WINDOW_MS)
    assert "Reason: it ended without a word: killed, crashed, or the power went\n" in (await restart(room) or "")
    room.pass_ms(WINDOW_MS)
    await ended(room, "OperationalError")

    told = await restart(room, replayed=1_204, migrations=("0003 How the outbox settles.", "0004 Whatever."))

    assert told is not None
    assert "\nReason: it ended by an error: OperationalError\n2 trades resumed, " in told
    assert told.endswith(
        "\n1204 inputs heard again from the journal\n"
        "Database brought up to date: 0003 How the outbox settles.; 0004 Whatever."
    )


async def test_a_program_that_fails_again_and_again_does_not_flood_the_admins(room):
    await restart(room, is_first_start=True)
    heard = []
    for _ in range(60):
        room.pass_ms(10_000)
        await ended(room, "OSError")
        heard.append(await restart(room))
    heard = [text for text in heard if text is not None]
    assert len(heard) == 1

    room.pass_ms(WINDOW_MS)
    await ended(room, "OSError")
    assert (await restart(room) or "").endswith("59 more like it were not told.")


async def test_a_stop_that_was_meant_is_told_however_soon_it_comes(room):
    await restart(room)
    for _ in range(3):
        room.pass_ms(1_000)
        await ended(room)
        assert await restart(room) is not None


def test_nothing_written_yet_is_no_crash():
    assert why_ended([]) == ("stopped", "")
    assert restart_word([], NOW_MS) == TOLD


async def test_what_keeps_it_from_looking_after_things_is_logged_with_its_place(room):
    def free_mb() -> int:
        raise OSError("no such disk")

    with capture_logs() as logs:
        await Watch(Machine(room), room.outbox, room.handlers, room.clock, lambda: 0, free_mb).look()

    assert [(line["event"], line["error"]) for line in logs] == [("trouble not told", "OSError: no such disk")]
    assert "in free_mb" in logs[0]["trace"]
