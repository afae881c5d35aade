"""Opening, migrating, and writing all or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, create_mock_engine, func, inspect, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.database import (
    MIGRATIONS,
    SchemaError,
    Unreachable,
    insert_once,
    migrate,
    open_database,
    reading,
    transaction,
    upsert,
)
from storage.schema import carried, metadata, outbox, partial_closes, settings

pytestmark = pytest.mark.both_databases


def setting(name: str, value: str = "1") -> dict[str, object]:
    return {"name": name, "value": value, "changed_ms": 0, "changed_by": None}


async def names(engine: AsyncEngine) -> list[str]:
    async with reading(engine) as conn:
        return list(await conn.scalars(select(settings.c.name).order_by(settings.c.name)))


async def test_migrations_and_tables_agree(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with reading(engine) as conn:
        assert await conn.run_sync(differences) == []


@pytest.mark.sqlite_only("PostgreSQL never gives a number twice")
async def test_numbers_of_removed_rows_never_come_back(engine: AsyncEngine) -> None:
    async with reading(engine) as conn:
        numbered = await conn.scalars(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))
        wanted = [table for table in metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]]
        assert sorted(numbered) == sorted(table.name for table in wanted) == ["audit", "delayed", "outbox"]


async def test_migrating_twice_keeps_what_was_written(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await upsert(conn, settings, [setting("risk")])

    await migrate(engine)

    assert await names(engine) == ["risk"]


async def test_migrations_do_not_depend_on_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "100% elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    engine = await open_database("sqlite+aiosqlite:///var/new/assay.db")
    await migrate(engine)

    assert await names(engine) == []
    await engine.dispose()
    assert (elsewhere / "var/new/assay.db").exists()


async def test_an_older_database_is_told_the_steps_it_was_taken_through_and_a_new_one_none(url: str) -> None:
    engine = await open_database(url)

    def as_it_was(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0001")

    async with transaction(engine) as conn:
        await conn.run_sync(as_it_was)

    assert (await migrate(engine))[0].startswith("0002 What the engine saw when it issued a signal.")
    assert await migrate(engine) == ()
    await engine.dispose()


REVISIONS = [step.revision for step in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]


def a_row(table: Table) -> dict[str, object]:
    """Something in every column; rows of other tables that are named are named alike."""
    values: dict[type, object] = {int: 7, str: "a", bytes: b"a", float: 0.5, bool: True}
    keys = {(table.name, "message_key"), ("messages", "key")}
    return {
        column.name: "signal:a@-100" if (table.name, column.name) in keys else values[column.type.python_type]
        for column in table.columns
    }


@pytest.mark.parametrize("revision", REVISIONS)
async def test_whatever_version_wrote_a_database_nothing_in_it_is_lost(url: str, revision: str) -> None:
    engine = await open_database(url)
    old = MetaData()

    def as_it_was(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, revision)
        old.reflect(connection)
        old.remove(old.tables["alembic_version"])
        for table in old.sorted_tables:
            connection.execute(table.insert(), a_row(table))

    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with transaction(engine) as conn:
        await conn.run_sync(as_it_was)
    steps = await migrate(engine)

    assert [step.partition(" ")[0] for step in steps] == REVISIONS[REVISIONS.index(revision) + 1 :]
    async with reading(engine) as conn:
        assert await conn.run_sync(differences) == []
        for table in old.sorted_tables:
            assert [row._asdict() for row in await conn.execute(select(table))] == [a_row(table)]
        if revision < "0007":
            assert (await conn.execute(select(carried.c.signal_id, carried.c.channel))).all() == [("a", "-100")]
    await engine.dispose()


async def test_a_new_database_was_taken_through_nothing(url: str) -> None:
    engine = await open_database(url)
    assert await migrate(engine) == ()
    await engine.dispose()


async def test_a_database_of_a_newer_version_is_refused_by_name(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaError, match=r"(assay\.db|test_\d+).*newer version.*9999"):
        await migrate(engine)


async def test_a_failed_migration_leaves_no_table_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await open_database(url)
    async with transaction(engine) as conn:
        await conn.execute(text("CREATE TABLE schedules (name TEXT)"))  # in the way of the last table made

    with pytest.raises(Exception, match=r'schedules"? already exists'):
        await migrate(engine)

    async with reading(engine) as conn:
        assert await conn.run_sync(lambda sync: inspect(sync).get_table_names()) == ["schedules"]
    await engine.dispose()


def test_every_table_is_valid_for_postgresql_too() -> None:
    dialect = postgresql.dialect()
    statements: list[str] = []
    mock = create_mock_engine(
        "postgresql://", lambda made, *_, **__: statements.append(str(made.compile(dialect=dialect)))
    )
    metadata.create_all(mock, checkfirst=False)

    assert len(statements) == len(metadata.tables) + sum(len(table.indexes) for table in metadata.tables.values())
    made = str(CreateTable(outbox).compile(dialect=dialect))
    assert "id BIGSERIAL NOT NULL" in made
    assert "picture BYTEA" in made
    assert "SERIAL" not in str(CreateTable(partial_closes).compile(dialect=dialect))
    assert all("AUTOINCREMENT" not in statement for statement in statements)
    assert max(len(index.name) for table in metadata.tables.values() for index in table.indexes) <= 63
    assert str(CreateIndex(next(iter(outbox.indexes))).compile(dialect=dialect))


@pytest.mark.sqlite_only("a server has its own settings for that")
async def test_what_must_survive_is_written_with_full_sync(engine: AsyncEngine) -> None:
    async with reading(engine) as conn:
        found = {
            name: await conn.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


async def test_a_transaction_that_raises_leaves_nothing(engine: AsyncEngine) -> None:
    async def write_half() -> None:
        async with transaction(engine) as conn:
            await upsert(conn, settings, [setting("risk")])
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await write_half()

    assert await names(engine) == []


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(engine: AsyncEngine) -> None:
    inside = asyncio.Event()

    async def write_and_hang() -> None:
        async with transaction(engine) as conn:
            await upsert(conn, settings, [setting("half")])
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with transaction(engine) as conn:
        await upsert(conn, settings, [setting("whole")])
    assert await names(engine) == ["whole"]


@pytest.mark.sqlite_only("a server keeps its files itself")
async def test_what_was_committed_is_there_after_the_process_is_gone(url: str, tmp_path: Path) -> None:
    """The copy of the files while they are open is what a killed process leaves."""
    engine = await open_database(url)
    await migrate(engine)
    async with transaction(engine) as conn:
        await upsert(conn, settings, [setting("risk")])

    after = tmp_path / "after the crash"
    after.mkdir()
    for suffix in ("", "-wal"):
        (after / f"assay.db{suffix}").write_bytes((tmp_path / f"assay.db{suffix}").read_bytes())
    again = await open_database(f"sqlite+aiosqlite:///{after / 'assay.db'}")

    assert await names(again) == ["risk"]
    await engine.dispose()
    await again.dispose()


async def test_two_writers_that_read_first_wait_for_each_other(engine: AsyncEngine) -> None:
    """Read, think, write: with deferred transactions one of the two fails at once."""
    async with transaction(engine) as conn:
        await upsert(conn, settings, [setting("count", "0")])

    async def count_up() -> None:
        async with transaction(engine) as conn:
            before = await conn.scalar(select(settings.c.value))
            await asyncio.sleep(0)
            await conn.execute(update(settings).values(value=str(int(before or 0) + 1)))

    await asyncio.gather(*(count_up() for _ in range(20)))

    async with reading(engine) as conn:
        assert await conn.scalar(select(settings.c.value)) == "20"


async def test_writers_are_served_in_the_order_they_came(engine: AsyncEngine) -> None:
    served: list[int] = []

    async def write(turn: int) -> None:
        async with transaction(engine) as conn:
            served.append(turn)
            await upsert(conn, settings, [setting(f"{turn:02}")])

    await asyncio.gather(*(write(turn) for turn in range(12)))

    assert served == list(range(12))


@pytest.mark.sqlite_only("a server lets others write; the instance lock keeps a second program out")
async def test_nobody_else_writes_between_the_reading_and_the_writing_of_a_transaction(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "assay.db", isolation_level=None, timeout=0)
    async with transaction(engine) as conn:
        await conn.scalar(select(settings.c.value))
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("BEGIN IMMEDIATE")
        await upsert(conn, settings, [setting("mine")])
    other.close()

    assert await names(engine) == ["mine"]


@pytest.mark.sqlite_only("a server lets others write")
async def test_a_writer_waits_for_another_process_instead_of_failing(engine: AsyncEngine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "assay.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with transaction(engine) as conn:
            await upsert(conn, settings, [setting("waited")])

    task = asyncio.create_task(write())
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    other.execute("COMMIT")
    other.close()
    await task

    assert await names(engine) == ["waited"]


async def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_its_work(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await upsert(conn, settings, [setting("unfinished")])
        assert await names(engine) == []

    assert await names(engine) == ["unfinished"]


async def test_a_reader_sees_one_moment_however_long_it_looks(engine: AsyncEngine) -> None:
    async with reading(engine) as conn:
        before = await conn.scalar(select(func.count()).select_from(settings))
        async with transaction(engine) as writer:
            await upsert(writer, settings, [setting("later")])
        after = await conn.scalar(select(func.count()).select_from(settings))

    assert (before, after) == (0, 0)


async def test_saving_again_replaces_and_saving_once_keeps_the_first(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await insert_once(conn, settings, [setting("a", "first"), setting("b", "first")])
        await insert_once(conn, settings, [setting("a", "second")])
        await upsert(conn, settings, [setting("b", "second")])
        rows = (await conn.execute(select(settings.c.name, settings.c.value).order_by(settings.c.name))).all()

    assert rows == [("a", "first"), ("b", "second")]


async def test_a_row_that_points_nowhere_is_refused(engine: AsyncEngine) -> None:
    fill = {"signal_id": "XAU_20240403_002", "seq": 1, "price": 1, "lot_steps": 1, "ticks": 0, "time_ms": 0}
    with pytest.raises(IntegrityError):
        async with transaction(engine) as conn:
            await upsert(conn, partial_closes, [fill | {"target": None}])


async def test_the_ids_of_removed_outbox_rows_never_come_back(engine: AsyncEngine) -> None:
    message = {"key": "k", "chat_id": -1001, "state": "new", "has_photo": False, "created_ms": 0}
    row = {
        "message_key": "k",
        "chat_id": -1001,
        "action": "send",
        "priority": 0,
        "body": "{}",
        "state": "pending",
        "attempts": 0,
        "created_ms": 0,
        "not_before_ms": 0,
    }
    async with transaction(engine) as conn:
        await conn.execute(metadata.tables["messages"].insert(), message)
        await conn.execute(outbox.insert(), row)
        await conn.execute(outbox.delete())
        await conn.execute(outbox.insert(), row)
        assert await conn.scalar(select(outbox.c.id)) == 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "storage.url is no database URL"),
        ("sqlite+none:///assay.db", "write sqlite+aiosqlite:///"),
        ("postgresql+none://ann:secret@db/assay", "postgresql+none://ann:***@db/assay cannot be opened: "),
        ("postgresql+asyncpg://ann:secret@127.0.0.1:9/assay", "start the server or correct storage.url"),
    ],
)
async def test_a_database_that_cannot_be_had_is_told_in_a_line_without_its_password(url: str, told: str) -> None:
    with pytest.raises(Unreachable) as refused:
        await open_database(url)

    assert told in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.postgresql_only("a file that is missing is made")
async def test_a_database_that_a_server_has_not_is_told(url: str) -> None:
    other = make_url(url).set(database="nobody_made_it").render_as_string(hide_password=False)

    with pytest.raises(Unreachable, match='database "nobody_made_it" does not exist; start the server or correct'):
        await open_database(other)
