"""What /health says of the pace: how often live messages are edited in each channel, and how late everything is."""

from __future__ import annotations

import msgspec

from bot.delivery.chats import Closed
from bot.desk.answers import speed_checks
from bot.handlers import signal_key
from bot.watchdog import Watchdog
from bot.words.alert_english import ChannelProblem
from storage.database import reading, transaction
from storage.messages import find_message
from tests.bot.desk_room import CHANNEL, Room
from tests.builders import gold

pytest_plugins = ["tests.bot.desk_fixtures"]


async def rows(room: Room) -> list[str]:
    await room.say("/health")
    return room.answer().text.splitlines()


async def test_before_the_first_edit_health_counts_the_live_messages(room):
    assert "Gold Signals  no edits, 2 live" in await rows(room)


async def test_health_tells_how_often_a_live_message_is_really_edited(room):
    for trade in room.engine.open_trades():
        for price in ("2290.00", "2291.00", "2292.00", "2293.00"):
            moved = msgspec.structs.replace(trade, price=gold(price))
            async with transaction(room.database) as conn:
                await room.handlers._show(conn, room.config.channels, moved, None)
            await room.settle()
            room.clock.move_to(room.clock.now_ms() + 14_000)

    assert "Gold Signals  14 s, 2 live" in await rows(room)


async def test_a_closed_channel_needs_a_look(room):
    room.outbox._chats.closed[CHANNEL] = Closed(ChannelProblem.NO_RIGHT, room.clock.now_ms())
    answer = await rows(room)

    assert answer[0].startswith("⚠️ <b>Health: 1 of ")
    assert answer[-1] == "⚠️ <b>Gold Signals</b>: no right to post"


async def test_stale_progress_is_told_anew_from_the_trade_as_it_stands(room):
    trade = room.engine.open_trades()[0]
    key = signal_key(trade.id, room.config.channels[0])
    async with transaction(room.database) as conn:
        moved = msgspec.structs.replace(trade, price=gold("2280.00"))
        await room.handlers._show(conn, room.config.channels, moved, None)
    await room.settle()
    room.clock.move_to(room.clock.now_ms() + 14_000)
    async with transaction(room.database) as conn:
        await room.handlers.renew(conn, key)
        await room.handlers.renew(conn, "signal:XAU_20200101_001@-1001")  # long over: nothing to tell
    await room.settle()
    async with reading(room.database) as conn:
        message = await find_message(conn, key)

    assert message is not None
    assert message.sent_body is not None
    assert "+1.72R" in message.sent_body  # 0.75 banked, half of 1.95 running


def test_what_was_never_measured_is_left_out():
    assert speed_checks(Watchdog()) == []


def test_a_loop_that_stalls_often_needs_a_look_and_one_stall_long_ago_does_not():
    once, often = Watchdog(), Watchdog()
    for number in range(5_000):
        once.loop.note(900.0 if number == 7 else 1.0)
        often.loop.note(900.0 if number % 100 == 7 else 1.0)

    assert [(check.name, check.is_ok, check.detail) for check in speed_checks(once)] == [
        ("Loop late", True, "p99.9 2 ms"),
        ("Loop worst", True, "900 ms"),
    ]
    assert [check.is_ok for check in speed_checks(often)] == [False, True]
