"""A played market with its admin chat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.play.player import open_player
from bot.sandbox.faults import Fault, Mishap
from bot.words.wording import Market
from tests.bot.stage import config_in
from tests.builders import START_MS

LISTENING = {"speed": None, "port": 0, "draws": False, "listens": True}


async def test_when_the_admins_cannot_be_heard_any_more_it_is_said_at_once(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with open_player(config_in(tmp_path), Market.REPLAY, START_MS, **LISTENING) as player:
            player.sandbox.faults.script("getUpdates", Fault(Mishap.REFUSED, 401))
            [listening] = [task for task in asyncio.all_tasks() if task.get_name() == "listen"]
            await asyncio.wait([listening], timeout=15)
            await asyncio.sleep(0)  # now who waits for its end is told

    assert [(line["event"], line["error"].partition(":")[0]) for line in logs if line["log_level"] == "error"] == [
        ("the admins are not heard any more", "TokenRefused")
    ]


async def test_to_hear_nobody_after_the_end_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs:
        async with open_player(config_in(tmp_path), Market.REPLAY, START_MS, **LISTENING):
            pass
        await asyncio.sleep(0)

    assert [line["event"] for line in logs if line["log_level"] == "error"] == []
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
