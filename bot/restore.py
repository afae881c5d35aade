"""`restore`: the database as it was, from a backup and the copies of the record made after it; proven before it counts.

A restored database is older than the journal beside it, which would say again what was said. So journal, snapshots and
the database of before are set aside together, and the engine is rebuilt from stored candles at the next start.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bot.backups import FOLDER, copies
from bot.clock import WallClock
from bot.config import Config, ConfigError
from bot.config_file import load_config
from bot.record.verify import verify
from storage.database import migrate, open_database, reading, transaction
from storage.increments import DamagedIncrement, apply_increment
from storage.instance import acquire
from storage.ledger import Head, end_of, entries
from storage.schema import signals, trades

_BESIDE = ("journal", "snapshots")
_OF_SQLITE = ("", "-wal", "-shm")


class Proven(msgspec.Struct, frozen=True):
    """What a backup would bring back, after all that could be checked was."""

    backup: Path
    increments: int
    signals: int
    trades: int
    until_ms: int  # of the latest change of a trade
    head: Head


async def run_restore(options: argparse.Namespace) -> int:
    """Exit code 0 when the backup is sound (and, without --check, in its place)."""
    config = load_config(options.config)
    target = _file_of(config)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with tempfile.TemporaryDirectory(prefix="assay-restore-", dir=_parent(config)) as folder:
        restored = Path(folder) / "assay.db"
        found = await prove(config, options.backup, restored)
        console.print(_told(found))
        if options.check:
            return 0
        lock = acquire(config.storage.folder, {}, WallClock().now_ms())
        try:
            aside = await asyncio.to_thread(_exchange, config.storage.folder, target, restored)
        finally:
            lock.release()
    console.print(f"Restored. What was there before is in {aside}; remove it when all is well.")
    return 0


async def prove(config: Config, backup: Path | None, restored: Path) -> Proven:
    """Build the restored database at `restored` and check it. ConfigError says what is wrong with the backup."""
    made = copies(config.storage.folder / FOLDER)
    backup = backup or next(reversed(made["assay"].values()), None)
    if backup is None or not await asyncio.to_thread(backup.is_file):
        where = config.storage.folder / FOLDER
        raise ConfigError(f"{backup or where}: no backup; name one, or make one with /backup in the admin chat")
    await asyncio.to_thread(_copy_sound, backup, restored)
    since_ms = next((time_ms for time_ms, path in made["assay"].items() if path == backup), 0)
    later = [path for time_ms, path in made["trades"].items() if time_ms >= since_ms]
    database = await open_database(f"sqlite+aiosqlite:///{restored}")
    try:
        await migrate(database)
        try:
            async with transaction(database) as conn:
                for path in later:
                    await apply_increment(conn, path)
        except DamagedIncrement as error:
            raise ConfigError(f"{error}; move the file away to restore without it") from None
        async with reading(database) as conn:
            record = await entries(conn)
            wrong = verify(record, [])
            if wrong:
                raise ConfigError(f"{backup}: its track record does not hold: {wrong[0].what}")
            return Proven(
                backup=backup,
                increments=len(later),
                signals=await conn.scalar(select(func.count()).select_from(signals)) or 0,
                trades=await conn.scalar(select(func.count()).select_from(trades)) or 0,
                until_ms=await conn.scalar(select(func.max(trades.c.updated_ms))) or 0,
                head=end_of(record),
            )
    finally:
        await database.dispose()


def _copy_sound(backup: Path, restored: Path) -> None:
    shutil.copyfile(backup, restored)
    restored.chmod(0o600)
    try:
        with closing(sqlite3.connect(restored)) as copy:
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
            problems += [f"{table}: a row refers to nothing" for table, *_ in copy.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as error:
        problems = [str(error)]
    if problems:
        raise ConfigError(f"{backup}: damaged ({problems[0]}); take an older one from {backup.parent}")


def _exchange(folder: Path, target: Path, restored: Path) -> Path:
    """Set aside what is there, put the restored database in its place."""
    aside = folder / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    for suffix in _OF_SQLITE:
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.rename(aside / old.name)
    for name in _BESIDE:
        if (folder / name).exists():
            (folder / name).rename(aside / name)
    for suffix in _OF_SQLITE[1:]:  # closed in order, so nothing is left in them
        restored.with_name(restored.name + suffix).unlink(missing_ok=True)
    restored.replace(target)
    return aside


def _file_of(config: Config) -> Path:
    url = make_url(config.storage.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ConfigError("storage.url: the database is on a server; restore it with the server's own tools")
    return Path(url.database)


def _parent(config: Config) -> Path:
    """On the same disk, so that the last step is a rename."""
    config.storage.folder.mkdir(parents=True, exist_ok=True)
    return config.storage.folder


def _told(found: Proven) -> str:
    until = (
        f"{datetime.fromtimestamp(found.until_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC" if found.until_ms else "no trade"
    )
    return (
        f"{found.backup.name} is sound: pages, references and the chain of the record were checked.\n"
        f"With {found.increments} later copies of the record it holds {found.signals} signals and {found.trades} "
        f"trades, the last change at {until}; record {found.head}."
    )
