"""A copy of the database made while it is written to: whole, checked, for its owner alone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.backup import BackupFailed, back_up
from storage.database import open_database, reading, transaction
from storage.settings import find_setting, save_setting
from tests.builders import at

pytestmark = pytest.mark.sqlite_only("a server is copied with its own tools")

NOW_MS = at("2024-04-03 17:45")


async def write(engine: AsyncEngine, name: str, value: object = 1) -> None:
    async with transaction(engine) as conn:
        await save_setting(conn, name, value, changed_ms=0, changed_by=None)


async def test_a_backup_holds_what_was_committed_and_opens_as_a_database(
    engine: AsyncEngine, url: str, tmp_path: Path
) -> None:
    await write(engine, "risk", "0.5")

    made = back_up(url, tmp_path / "backups", NOW_MS)

    assert made.path == tmp_path / "backups" / "assay-20240403T174500Z.db"
    assert made.size == made.path.stat().st_size > 0
    assert [each.name for each in made.path.parent.iterdir()] == [made.path.name]
    # https://www.sqlite.org/fileformat.html: 1 is a rollback journal; with 2 the copy would want a log beside it.
    assert made.path.read_bytes()[18:20] == b"\x01\x01"
    copy = await open_database(f"sqlite+aiosqlite:///{made.path}")
    async with reading(copy) as conn:
        assert await find_setting(conn, "risk", str) == "0.5"
    await copy.dispose()


async def test_only_its_owner_may_read_it(engine: AsyncEngine, url: str, tmp_path: Path) -> None:
    await write(engine, "risk")
    made = back_up(url, tmp_path / "backups", NOW_MS)

    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700


async def test_what_is_being_written_is_left_out_and_waits_for_nothing(
    engine: AsyncEngine, url: str, tmp_path: Path
) -> None:
    await write(engine, "before")
    async with transaction(engine) as conn:
        await save_setting(conn, "unfinished", 1, changed_ms=0, changed_by=None)
        made = await asyncio.wait_for(asyncio.to_thread(back_up, url, tmp_path / "backups", NOW_MS), 10)

    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("SELECT name FROM settings").fetchall() == [("before",)]


async def test_two_in_one_second_leave_one_and_a_died_ones_leavings_do_no_harm(
    engine: AsyncEngine, url: str, tmp_path: Path
) -> None:
    await write(engine, "risk")
    first = back_up(url, tmp_path, NOW_MS)
    first.path.with_suffix(".unfinished").write_bytes(b"half")

    assert back_up(url, tmp_path, NOW_MS) == first
    assert not first.path.with_suffix(".unfinished").exists()


@pytest.mark.parametrize("url", ["postgresql+asyncpg://somewhere/assay", "sqlite+aiosqlite:///:memory:"])
def test_another_kind_of_database_is_told_to_be_backed_up_by_its_own_means(url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="not a SQLite file"):
        back_up(url, tmp_path, NOW_MS)


async def test_a_folder_that_cannot_be_written_is_told(engine: AsyncEngine, url: str, tmp_path: Path) -> None:
    await write(engine, "risk")
    (tmp_path / "backups").write_text("a file where a folder should be")

    with pytest.raises(BackupFailed, match="FileExistsError"):
        back_up(url, tmp_path / "backups", NOW_MS)


async def test_a_damaged_database_gives_no_backup(engine: AsyncEngine, url: str, tmp_path: Path) -> None:
    for number in range(300):
        await write(engine, f"name{number}", "x" * 200)
    await engine.dispose()
    path = tmp_path / "assay.db"
    content = bytearray(path.read_bytes())
    page = len(content) // 2 // 4096 * 4096
    content[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(content)

    with pytest.raises(BackupFailed):
        back_up(url, tmp_path / "backups", NOW_MS)
    assert list((tmp_path / "backups").iterdir()) == []


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="OperationalError"):
        back_up(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", tmp_path / "backups", NOW_MS)

    assert not (tmp_path / "none.db").exists()
