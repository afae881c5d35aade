"""A fresh database for every test, on disk and on a real server: what is tested is what runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import migrate, open_database
from tests.postgres import NoPostgres, new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of both databases in turn; a test marked `sqlite_only` says why the other does not concern it."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'assay.db'}"
    marker = request.node.get_closest_marker("sqlite_only")
    if marker is not None:
        pytest.skip(marker.args[0])
    try:
        return new_database()
    except NoPostgres as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An open database with the newest schema."""
    opened = await open_database(url)
    await migrate(opened)
    yield opened
    await opened.dispose()
