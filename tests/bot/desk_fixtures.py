"""`room`: a fresh admin chat for each test, copied from one that was furnished once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.desk_room import Room, Stage, open_room, prepare


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    return asyncio.run(prepare(tmp_path_factory.mktemp("room")))


@pytest.fixture
async def room(stages: dict[str, Stage], tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(stages, tmp_path) as opened:
        yield opened
