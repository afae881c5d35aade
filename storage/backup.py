"""A copy of the database while it is in use: whole or not at all, checked before it gets its name."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy.engine import make_url

from storage.files import sync_folder


class BackupFailed(Exception):
    """There is no backup; the text says why, in one line."""


class Backup(msgspec.Struct, frozen=True):
    path: Path
    size: int  # bytes


def back_up(url: str, folder: Path, time_ms: int) -> Backup:
    """`assay-20240403T174500Z.db` in the folder, for its owner alone. Blocks for as long as copying and checking take:
    call it in a thread. BackupFailed when the database is not a SQLite file, or anything goes wrong.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise BackupFailed("the database is not a SQLite file; use its server's own backup")
    path = folder / f"assay-{datetime.fromtimestamp(time_ms // 1000, UTC):%Y%m%dT%H%M%SZ}.db"
    unfinished = path.with_suffix(".unfinished")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)  # of a process that died in the middle
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _copy(Path(parsed.database), unfinished)
            size = unfinished.stat().st_size
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(folder)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{type(error).__name__}: {error}") from error
    return Backup(path, size)


def _copy(source: Path, target: Path) -> None:
    # All pages in one step: a reader stands in no writer's way, and in smaller steps each write would begin it anew.
    url = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(url, uri=True)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, and not the name of a log beside it
        problems = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if problems != ["ok"]:
        raise BackupFailed(f"the copy is damaged: {problems[0]}")
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
