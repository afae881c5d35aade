"""What `open_app` wires: what is taken up when it begins, who hears of what, and what ends with it."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import msgspec
from sqlalchemy import update

from bot.clock import MarketClock, WallClock
from bot.config import ChartsConfig
from bot.delivery.outbox import Priority
from bot.desk.seals import Seals
from bot.handlers import signal_key
from bot.sandbox.faults import Fault, Mishap
from bot.words.buttons import Tap, Tapped, button
from bot.words.post import Post
from engine.events import EquityMarked, SignalIssued, TradeMarked
from engine.types import MINUTE_MS
from storage import journal
from storage.account import marks_between
from storage.database import reading, transaction
from storage.outbox import RowState, interrupted, waiting
from storage.schema import outbox
from tests.bot.stage import Stage, config_in, on_stage, sandbox_for, simulated_day
from tests.bot.test_roof import index_of_first
from tests.builders import START_MS


async def put(
    stage: Stage, key: str, post: Post, priority: Priority = Priority.PROGRESS, expires_ms: int | None = None
) -> None:
    """Into the first channel."""
    chat_id = stage.app.config.channels[0].chat_id
    async with transaction(stage.app.service.database) as conn:
        await stage.app.outbox.put(conn, key, chat_id, post, priority=priority, expires_ms=expires_ms)


async def test_what_an_earlier_process_was_sending_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    config, clock = config_in(tmp_path), MarketClock(START_MS)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as before:
            await put(before, "signal:1", Post("opened"))
            async with transaction(before.app.service.database) as conn:
                await conn.execute(update(outbox).values(state=RowState.SENDING, after_id=7))
                assert len(await interrupted(conn)) == 1

        async with on_stage(config, sandbox, clock) as after, reading(after.app.service.database) as conn:
            assert [row.state for row in await waiting(conn)] == [RowState.UNKNOWN], "admins can look for it"


async def test_the_outbox_holds_as_many_messages_as_is_configured(tmp_path: Path) -> None:
    shipped, clock = config_in(tmp_path), MarketClock(START_MS)
    config = msgspec.structs.replace(shipped, telegram=msgspec.structs.replace(shipped.telegram, outbox_rows=100))
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        for number in range(101):
            await put(stage, f"answer:{number}", Post("pong"), Priority.ADMIN_REPLY)

        async with reading(stage.app.service.database) as conn:
            assert len(await waiting(conn)) == 100


async def test_no_painter_outlives_the_service(tmp_path: Path) -> None:
    config, clock, others = config_in(tmp_path), MarketClock(START_MS), multiprocessing.active_children()
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock, draws=True):
        painters = set(multiprocessing.active_children()).difference(others)

    assert painters
    for each in painters:
        each.join(10)
    assert not any(each.is_alive() for each in painters)


async def test_admins_hear_what_telegram_refused(tmp_path: Path) -> None:
    config, clock = config_in(tmp_path), MarketClock(START_MS)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        sandbox.faults.script("sendMessage", Fault(Mishap.REFUSED, 400))
        await put(stage, "signal:1", Post("opened"))
        clock.move_to(await stage.app.outbox.run_due() or clock.now_ms())
        await stage.app.outbox.run_due()

        (told,) = (request for request in sandbox.requests if request.refusal is None and "text" in request.params)
        assert told.params["chat_id"] == str(config.telegram.admins[0].id)
        assert "Telegram refused it" in str(told.params["text"])


async def test_no_button_goes_out_open(tmp_path: Path) -> None:
    config, clock = config_in(tmp_path), MarketClock(START_MS)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await put(stage, "signal:1", Post("opened", buttons=((button("Refresh", Tap.MENU, "status"),),)))
        await stage.app.outbox.run_due()

        [[shown]] = json.loads(str(sandbox.requests[-1].params["reply_markup"]))["inline_keyboard"]
        assert isinstance(Seals(sandbox.token, WallClock()).open(shown["callback_data"], "signal:1"), Tapped)


async def test_progress_that_came_too_late_is_told_as_it_is_by_then(tmp_path: Path) -> None:
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        service = stage.app.service
        await service.warm_up(iter(history))
        marked = index_of_first(TradeMarked, history, live, config)
        await stage.play(live[:marked])
        before = len(sandbox.requests)
        service.engine.push(live[marked])
        (trade,) = service.engine.open_trades()
        await put(stage, signal_key(trade.id, config.channels[0]), Post("long ago"), expires_ms=clock.now_ms())
        clock.move_to(clock.now_ms() + MINUTE_MS)
        await stage.app.outbox.run_due()

        assert [request.method for request in list(sandbox.requests)[before:]] == ["editMessageText"]
        assert trade.id in str(sandbox.requests[-1].params)


async def test_what_the_account_is_worth_is_stored_when_a_result_moves(tmp_path: Path) -> None:
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        service = stage.app.service
        await service.warm_up(iter(history))
        await stage.play(live[: index_of_first(TradeMarked, history, live, config) + 1])
        async with reading(service.database) as conn:
            marks = await marks_between(conn, begin_ms, service.engine.time_ms + 1)

        assert marks[-1] == EquityMarked(marks[-1].time_ms, service.engine.account.balance, service.engine.equity)
        assert marks[-1].equity != marks[-1].balance


async def test_inputs_are_numbered_on_where_journals_were_taken_away(tmp_path: Path) -> None:
    begin_ms, _, live = simulated_day()
    config, clock, numbers = config_in(tmp_path), MarketClock(begin_ms), []
    async with sandbox_for(config, clock) as sandbox:
        for inputs in (live[:3], live[3:5]):
            async with on_stage(config, sandbox, clock) as stage:
                await stage.play(inputs)
            (file,) = journal.journal_files(config.storage.folder / "journal")
            numbers.append([number for number, _ in journal.read(file)])
            file.unlink()

    assert numbers == [[1, 2, 3], [4, 5]]


async def test_on_market_time_a_picture_is_waited_for(tmp_path: Path) -> None:
    """Else how fast the machine draws would decide what is sent."""
    begin_ms, history, live = simulated_day()
    at_once = msgspec.structs.replace(config_in(tmp_path), charts=ChartsConfig(deadline_s=0.001))
    clock = MarketClock(begin_ms)
    async with sandbox_for(at_once, clock) as sandbox, on_stage(at_once, sandbox, clock, draws=True) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(live[: index_of_first(SignalIssued, history, live, at_once) + 1])

        assert "sendPhoto" in [request.method for request in sandbox.requests]
