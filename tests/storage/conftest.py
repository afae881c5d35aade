"""A fresh database on disk for every test: what is tested is what runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import migrate, open_database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'assay.db'}"


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An open database with the newest schema."""
    opened = await open_database(url)
    await migrate(opened)
    yield opened
    await opened.dispose()
