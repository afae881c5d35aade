"""What `open_app` takes up when it begins, and what it ends with itself."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from sqlalchemy import update

from bot.clock import MarketClock
from bot.delivery.outbox import Priority
from bot.words.post import Post
from storage.database import reading, transaction
from storage.outbox import RowState, interrupted
from storage.schema import outbox
from tests.bot.stage import config_in, on_stage, sandbox_for
from tests.builders import START_MS


async def test_what_an_earlier_process_was_sending_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    config, clock = config_in(tmp_path), MarketClock(START_MS)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as before, transaction(before.app.service.database) as conn:
            chat_id = config.channels[0].chat_id
            await before.app.outbox.put(conn, "signal:1", chat_id, Post("opened"), priority=Priority.RESULT)
            await conn.execute(update(outbox).values(state=RowState.SENDING))
            assert len(await interrupted(conn)) == 1

        async with on_stage(config, sandbox, clock) as after, reading(after.app.service.database) as conn:
            assert await interrupted(conn) == []


async def test_no_painter_outlives_the_service(tmp_path: Path) -> None:
    config, clock, others = config_in(tmp_path), MarketClock(START_MS), multiprocessing.active_children()
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock, draws=True):
        painters = set(multiprocessing.active_children()).difference(others)

    assert painters
    for each in painters:
        each.join(10)
    assert not any(each.is_alive() for each in painters)
