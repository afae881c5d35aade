"""One door to the database: opening, migrating, and writing all or nothing.

With `backup.py` the only file with SQL for one database alone. Everything else in `storage/` is functions over an
`AsyncConnection`, written in SQLAlchemy Core, so that another URL is another database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 30_000
MIGRATIONS = Path(__file__).parent / "migrations"

# Writers of this process queue here, in order. SQLite alone would let them poll for its lock, without fairness.
_writers: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()


class SchemaError(Exception):
    """The database was written by a newer version of this program."""


class Unreachable(Exception):
    """There is no database to be had: the text says which, why and what would do, in a line without a password."""


async def open_database(url: str) -> AsyncEngine:
    """Connect, with the folder of a SQLite file made when it is missing. The schema is `migrate`'s business.

    Unreachable when the URL is none, its driver is not installed, or the server lets nobody in.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Unreachable("storage.url is no database URL such as sqlite+aiosqlite:///var/assay.db") from None
    is_file = parsed.get_backend_name() == "sqlite"
    if is_file and parsed.database and parsed.database != ":memory:":
        await asyncio.to_thread(Path(parsed.database).parent.mkdir, parents=True, exist_ok=True)
    try:
        engine = create_async_engine(parsed, pool_pre_ping=not is_file)
    except (ImportError, SQLAlchemyError) as error:
        kinds = "sqlite+aiosqlite:///… or, after pip install 'assay[postgresql]', postgresql+asyncpg://…"
        raise Unreachable(f"{parsed.render_as_string()} cannot be opened: {error}; write {kinds}") from None
    if is_file:
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        await _greet(engine)
    return engine


async def _greet(engine: AsyncEngine) -> None:
    """Be let in once, so that what is wrong with a server is told as such."""
    try:
        async with engine.connect():
            pass
    except (SQLAlchemyError, OSError) as error:
        await engine.dispose()
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        told = (str(cause) or type(cause).__name__).splitlines()[0]
        shown = engine.url.render_as_string()
        raise Unreachable(f"{shown} cannot be opened: {told}; start the server or correct storage.url") from None


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes late and is deferred; `_begin_sqlite` says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # NORMAL may lose the last commits when power fails; what was said in public must not be forgotten.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another has written in between, whatever
    # the time-out. So all take the write lock first, but those that promised only to read.
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One writer's transaction: committed whole at the end, or not at all when anything is raised inside.

    Writers wait for each other; inside one, do not open another on the same engine.
    """
    async with _writers.setdefault(engine, asyncio.Lock()), engine.begin() as conn:
        yield conn


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A steady view of the database that waits for no writer and makes none wait. Do not write in it."""
    async with engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            await conn.execution_options(reads_only=True)
        else:  # whose own way is to look anew with every statement
            await conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield conn


async def upsert(conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there already, the row becomes the new one."""
    if not rows:
        return
    statement = _insert(conn, table)
    keys = sorted(column.name for column in table.primary_key)
    news = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if news:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=news)
    else:  # the key is all there is
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    await conn.execute(statement, list(rows))


async def insert_once(conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there already, the first one stays."""
    if rows:
        keys = [column.name for column in table.primary_key]
        await conn.execute(_insert(conn, table).on_conflict_do_nothing(index_elements=keys), list(rows))


def _insert(conn: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    # ON CONFLICT is spelled the same in both, but SQLAlchemy has no common word for it.
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


async def migrate(engine: AsyncEngine) -> tuple[str, ...]:
    """Bring the schema to the newest version, in one transaction; harmless when it is there already.

    The steps an older database was taken through, such as `0002 What the engine saw`; none for a new one.
    SchemaError when a newer program has been here: going on could damage what it wrote.
    """
    async with transaction(engine) as conn:
        return await conn.run_sync(_upgrade)


async def schema_revision(conn: AsyncConnection) -> str:
    """The newest migration that has been here: `0002`; `none` before the first."""
    found: str | None = await conn.scalar(text("SELECT version_num FROM alembic_version"))
    return found or "none"


def _upgrade(connection: Connection) -> tuple[str, ...]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    before = MigrationContext.configure(connection).get_current_revision()
    try:
        alembic.command.upgrade(config, "head")
    except CommandError as error:
        newest = ScriptDirectory.from_config(config).get_current_head()
        raise SchemaError(
            f"database {connection.engine.url.render_as_string()} was made by a newer version: {error}; "
            f"this program knows schemas up to {newest}; use the newer program or another database"
        ) from error
    if before is None:
        return ()
    steps = ScriptDirectory.from_config(config).iterate_revisions("head", before)
    return tuple(f"{step.revision} {step.doc}" for step in reversed(list(steps)) if step.revision != before)
