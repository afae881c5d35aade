"""The part of `check` that looks at this machine: data folder, database, disk, font and drawing. Makes no folder."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from bot.check.findings import Finding, skipped, well, wrong
from bot.clock import WallClock
from bot.config import StorageConfig
from charts.picture import DailyPicture, Tone, encode
from charts.render import draw
from charts.theme import REGULAR, TRADE, font
from storage.database import MIGRATIONS, Unreachable, open_database, reading, transaction
from storage.instance import AlreadyRunning, acquire

LEAST_FREE_MB = 500
PNG = b"\x89PNG\r\n\x1a\n"


def folder_finding(folder: Path) -> Finding:
    """The data folder: ours to write in, and whether an instance runs on it."""
    if not folder.exists():
        parent = _nearest(folder)
        if not os.access(parent, os.W_OK | os.X_OK):
            return wrong("folder", f"{folder} cannot be made: {parent} is not writable; change storage.folder")
        return well("folder", f"{folder} will be made at the first start")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return wrong("folder", f"{folder} is not a folder one can write in; change storage.folder or its owner")
    try:
        acquire(folder, {}, WallClock().now_ms()).release()
    except AlreadyRunning as error:
        return skipped("folder", f"in use: {error}")
    except OSError as error:
        return wrong("folder", f"{folder} cannot be locked ({error}); it must be on a local disk and yours")
    return well("folder", f"{folder} is writable, and no instance runs on it")


def disk_finding(folder: Path) -> Finding:
    free_mb = shutil.disk_usage(_nearest(folder)).free // 1_000_000
    if free_mb < LEAST_FREE_MB:
        return wrong("disk", f"{free_mb} MB free where {folder} lies; make room: {LEAST_FREE_MB} MB are the least")
    return well("disk", f"{free_mb / 1000:.1f} GB free")


async def database_finding(storage: StorageConfig) -> Finding:
    """Whether it opens, can be written, and has a schema this program knows."""
    try:
        url = make_url(storage.database_url)
    except ArgumentError:
        return wrong("database", "storage.url is no database URL such as sqlite+aiosqlite:///var/assay.db")
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and _is_missing(url.database):
        return well("database", f"{shown} will be made at the first start")
    try:
        database = await open_database(storage.database_url)
    except Unreachable as error:
        return wrong("database", str(error))
    except OSError as error:
        return wrong("database", f"{shown} cannot be opened: {_first_line(error)}; correct storage.url")
    try:
        async with transaction(database) as connection:
            revision = await connection.run_sync(_revision)
        async with reading(database) as connection:  # it looks at every page, and nobody is to wait for that
            damage = await connection.run_sync(_damage)
    except (SQLAlchemyError, OSError) as error:
        return wrong("database", f"{shown}: {_first_line(error)}; mend or move it, or change storage.url")
    finally:
        await database.dispose()
    if damage is not None:
        return wrong("database", f"{shown} is damaged ({damage}); bring a backup back: run_bot.py restore")
    return _schema_finding(shown, revision)


async def chart_finding() -> Finding:
    family = font(TRADE, REGULAR).get_name()
    try:
        png = await asyncio.to_thread(draw, encode(_SAMPLE))
    except Exception as error:  # whatever a drawing library may raise, the rest is still to be checked
        return wrong("charts", f"a test picture failed ({_first_line(error)}); install the pinned versions: make demo")
    if not png.startswith(PNG):
        return wrong("charts", "the test picture is no PNG; install the pinned versions: make demo")
    if family != "Roboto":
        return wrong("charts", f"drawn in {family}, the font Roboto is missing; run: pip install font-roboto")
    return well("charts", f"a test picture was drawn in {family}, {len(png) // 1000} kB")


_SAMPLE = DailyPicture(
    mark="",
    theme="dark",
    title="Check",
    subtitle="",
    headline="0.00 R",
    tone=Tone.PLAIN,
    headline_note="",
    cards=(),
    equity_title="Equity",
    equity_note="",
    equity_total="",
    today_ms=0,
)


def _is_missing(database: str | None) -> bool:
    """Also of one in memory."""
    return not database or not Path(database).exists()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _damage(connection: Connection) -> str | None:
    """What SQLite says of the first page that is not what it was; None where all is well, or a server's own matter."""
    if connection.dialect.name != "sqlite":
        return None
    said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    return None if said == "ok" else said.splitlines()[-1]


def _schema_finding(shown: str, revision: str | None) -> Finding:
    script = ScriptDirectory(str(MIGRATIONS))
    known = {one.revision for one in script.walk_revisions()}
    newest = script.get_current_head()
    if revision is None:
        return well("database", f"{shown} opens and is empty; tables will be made at the first start")
    if revision not in known:
        return wrong(
            "database", f"{shown} was made by a newer version (schema {revision}); use that, or another database"
        )
    if revision != newest:
        return well("database", f"{shown} opens; schema {revision} will become {newest} at the next start")
    return well("database", f"{shown} opens and can be written, schema {revision}")


def _nearest(path: Path) -> Path:
    """The path, or the closest folder above it that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def _first_line(error: Exception) -> str:
    """Without SQL, which says nothing to the reader."""
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(told) or type(told).__name__).splitlines()[0]
