"""Which database a test runs on: a SQLite file, or a database of a real PostgreSQL (`pytest --database`).

Tests name databases by a path. What stands for it, and how it is made, copied and removed, is known here alone.
"""

from __future__ import annotations

import asyncio
import enum
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Config
from storage.database import migrate, open_database
from tests import postgres

T = TypeVar("T")


class Kind(enum.StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Kept(msgspec.Struct, frozen=True):
    """A database at rest that can be laid out as often as wanted: a file's content, or a template's name."""

    content: bytes | str


_kind = Kind.SQLITE  # of the running test
_names: dict[Path, str] = {}  # of PostgreSQL's databases, by where the file would be
_migrated: dict[Kind, Kept] = {}


@contextmanager
def running_on(kind: Kind) -> Iterator[None]:
    """What is made meanwhile is of this kind, and gone afterwards unless it was taken."""
    global _kind
    before, _kind = _kind, kind
    try:
        yield
    finally:
        for path in list(_names):
            remove(path)
        _kind = before


def kind() -> Kind:
    return _kind


def url_of(path: Path, *, is_bare: bool = False) -> str:
    """The database at this path. Where there is none it is made with the newest schema, or with none if `is_bare`."""
    if not _exists(path) and not is_bare:
        lay_out(migrated(), path)
    return _url(path)


async def fresh_database(path: Path) -> AsyncEngine:
    """Opened; made with the newest schema where it is not there."""
    return await open_url(url_of(path))


async def open_url(url: str) -> AsyncEngine:
    """As the service opens it, but that no test pulls the plug: what is committed need not wait for the disk."""
    engine = await open_database(url)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", lambda conn, _: conn.execute("PRAGMA synchronous = OFF"))
    return engine


def placed(config: Config) -> Config:
    """With the database of the running test's kind in the configuration's data folder, made where it is not there."""
    url = url_of(config.storage.folder / "assay.db")
    return msgspec.structs.replace(config, storage=msgspec.structs.replace(config.storage, url=url))


def migrated() -> Kept:
    """Empty, at the newest schema. Migrating takes longer than most tests, so the first result is kept."""
    if _kind not in _migrated:
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:
            path = Path(folder) / "migrated.db"
            _in_a_loop(_migrate(_url(path)))
            _migrated[_kind] = take(path)
    return _migrated[_kind]


def take(path: Path) -> Kept:
    """Away from its path. Nobody may have it open."""
    if _kind is Kind.POSTGRESQL:
        return Kept(_names.pop(path.absolute()))
    content = path.read_bytes()
    path.unlink()
    return Kept(content)


def lay_out(kept: Kept, path: Path) -> None:
    """In place of what was there."""
    if isinstance(kept.content, str):
        remove(path)
        _names[path.absolute()] = _made(kept.content)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept.content)


def remove(path: Path) -> None:
    """Also from under those who have it open."""
    if _kind is Kind.POSTGRESQL:
        if path.absolute() in _names:
            postgres.command(f"DROP DATABASE {_names.pop(path.absolute())} WITH (FORCE)")
    else:
        path.unlink(missing_ok=True)


def left_behind(folder: Path, other: Path) -> None:
    """Copy a data folder and its database as they are at this moment: what a killed process leaves."""
    shutil.copytree(folder, other)
    if _kind is Kind.POSTGRESQL:
        name = _made("template0")
        postgres.copy(_names[(folder / "assay.db").absolute()], name)
        _names[(other / "assay.db").absolute()] = name


def cut_off(path: Path) -> None:
    """End every connection, as the system does when a process ends: what was not committed is gone, and its locks."""
    if _kind is Kind.POSTGRESQL:
        name = _names[path.absolute()]
        those = f"FROM pg_stat_activity WHERE datname = '{name}'"
        postgres.command(f"SELECT pg_terminate_backend(pid, 5000) {those}")


def rows(path: Path, *statements: str) -> list[tuple[Any, ...]]:
    """What the last of the statements returns. For what is neither asked nor changed by the program itself."""
    if _kind is Kind.POSTGRESQL:
        return _in_a_loop(_rows(_url(path), statements))
    found: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            found = database.execute(statement).fetchall()
    return found


def _exists(path: Path) -> bool:
    return path.absolute() in _names if _kind is Kind.POSTGRESQL else path.exists()


def _url(path: Path) -> str:
    if _kind is Kind.SQLITE:
        return f"sqlite+aiosqlite:///{path}"
    if not _exists(path):
        _names[path.absolute()] = _made("template0")
    return postgres.url_of(_names[path.absolute()])


def _made(template: str) -> str:
    """A new database's name. Skips the test where no server can be had."""
    try:
        return postgres.new_database(template)
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))


async def _migrate(url: str) -> None:
    engine = await open_database(url)
    await migrate(engine)
    await engine.dispose()


async def _rows(url: str, statements: tuple[str, ...]) -> list[tuple[Any, ...]]:
    engine = await open_database(url)
    try:
        async with engine.begin() as conn:
            for statement in statements:
                result = await conn.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def _in_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Also where a loop is running already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
