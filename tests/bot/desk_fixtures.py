"""`room`: a fresh admin chat for each test, copied from one that was furnished once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.bot.desk_room import Room, Stage, open_room, prepare
from tests.databases import Kind, kind

_stages: dict[Kind, dict[str, Stage]] = {}


@pytest.fixture
def stages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Stage]:
    """Prepared once for each kind of database."""
    if kind() not in _stages:
        _stages[kind()] = asyncio.run(prepare(tmp_path_factory.mktemp("room")))
    return _stages[kind()]


@pytest.fixture
async def room(stages: dict[str, Stage], tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(stages, tmp_path) as opened:
        yield opened
