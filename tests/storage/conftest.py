"""A fresh database for every test: what is tested is what runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import migrate, open_database
from tests.databases import url_of


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of a database without tables."""
    return url_of(tmp_path / "assay.db", is_bare=True)


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An open database with the newest schema."""
    opened = await open_database(url)
    await migrate(opened)
    yield opened
    await opened.dispose()
