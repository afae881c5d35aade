"""Commands while the program ends and begins: heard again after it, answered once, never half done."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from itertools import count
from typing import Any

import pytest

from bot.clock import MarketClock
from storage.audit import AuditEntry, latest_entries
from storage.database import open_database, reading
from tests.bot.desk_room import DANA, Room
from tests.bot.stage import config_in, on_stage, sandbox_for
from tests.databases import placed

pytest_plugins = ["tests.bot.desk_fixtures"]

START_MS = 1_767_564_000_000


@types.coroutine
def cut_off(running: Coroutine[Any, Any, None], awaits: int) -> Generator[Any, Any, bool]:
    """Let it go on through so many awaits and cancel it in the next. Whether it had come to its end before."""
    step: Callable[[], Any] = partial(running.send, None)
    for number in count(1):
        try:
            waits_for = step()
        except StopIteration:
            return True
        except asyncio.CancelledError:
            return False
        yield waits_for
        step = partial(running.throw, asyncio.CancelledError()) if number == awaits else partial(running.send, None)
    raise AssertionError("it never ended")


async def ends(room: Room) -> Room:
    """What was put into the inbox is heard before the end; then another process begins."""
    await room.settle()
    return room.restarted()


@pytest.mark.parametrize("sent", ["/pause 2h", "/risk 0.5", "/foo"])
async def test_a_command_cut_off_at_any_await_is_answered_once_by_the_next_process(room, sent):
    is_done, awaits = False, 0
    while not is_done:
        awaits += 1
        room.pass_ms(60_000)
        update = room.said(sent)
        before = len(room.answers())
        is_done = await cut_off(room.desk.handle(update), awaits)
        room = await ends(room)
        await room.hear(update)  # Telegram was not told that it arrived

        assert len(room.answers()) == before + 1, f"cut off at await {awaits}"
        assert room.engine.is_paused("XAUUSD") is sent.startswith("/pause")
        if sent == "/risk 0.5":
            assert await room.tap(room.answer(), "Keep 1.00 %") == ""
    assert awaits > 5


async def test_a_confirmation_cut_off_at_any_await_is_obeyed_and_told_or_neither(room):
    is_done, awaits, obeyed = False, 0, []
    while not is_done:
        awaits += 1
        room.pass_ms(60_000)
        before = room.engine.risk_percent
        wanted = "0.5" if before == 1 else "1"
        await room.say(f"/risk {wanted}")
        question = room.answer()
        tap = room.pressed(question.data(f"Set {float(wanted):.2f} %"), DANA, question.message_id)
        is_done = await cut_off(room.desk.handle(tap), awaits)
        room = await ends(room)
        await room.hear(tap)

        is_obeyed = room.engine.risk_percent != before
        obeyed.append(is_obeyed)
        rows = [row for row in await room.audit() if row.detail.get("text", "").startswith("y:")]
        if is_obeyed:
            assert question.text.startswith(f"Risk per trade is now <b>{float(wanted):.2f} %</b>"), awaits
            assert any(row.allowed for row in rows), "the attempt is written down before it is obeyed"
        else:
            assert question.text.startswith("<b>Change risk per trade?</b>"), awaits
            assert room.telegram.toasts[-1] == "This keyboard is from before 17:45 UTC. Send /risk again."
    changes = [row for row in await room.audit() if row.action == "risk" and row.before != row.after]
    assert len(changes) == sum(obeyed) > 0
    assert not all(obeyed)


async def test_the_end_leaves_word_of_itself_for_the_next_start(tmp_path):
    config, clock = config_in(tmp_path), MarketClock(START_MS)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock):
            pass
        assert [(row.action, row.detail) for row in await rows(config)] == [("stop", {"error": ""})]

        async def fail() -> None:
            async with on_stage(config, sandbox, clock), asyncio.TaskGroup():
                raise OverflowError("123456789:secret")

        with pytest.raises(ExceptionGroup):
            await fail()
        assert next((row.action, row.detail) for row in await rows(config)) == ("stop", {"error": "OverflowError"})


async def rows(config: Any) -> list[AuditEntry]:
    database = await open_database(placed(config).storage.database_url)
    try:
        async with reading(database) as conn:
            return await latest_entries(conn, 10)
    finally:
        await database.dispose()
