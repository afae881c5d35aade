"""Copies that are made in time, kept for a while, and brought back whole."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bot.backups import Backups, copies, keep_configuration
from engine.events import EquityMarked
from engine.types import DAY_MS, HOUR_MS, Account, Book, Entry, Trade
from storage.account import find_account, marks_between, movements_between, save_account, save_marks
from storage.carried import carriers, save_carried
from storage.database import reading, transaction
from storage.increments import DamagedIncrement, apply_increment, increment
from storage.instance import acquire
from storage.ledger import end_of, entries
from storage.progress import begin_periods, last_done
from storage.signals import save_signals
from storage.trades import Standing, find_trade, save_trades
from tests.bot.command_line import run
from tests.bot.stage import SHIPPED
from tests.bot.test_record import write
from tests.bot.test_record_command import house_at
from tests.builders import START_MS, at, closed, opened, setup, signal
from tests.databases import fresh_database, url_of

MIDNIGHT_MS = at("2024-04-04 00:00")

of_files = pytest.mark.sqlite_only("a server is copied and restored with its own tools")


def lost(number: int, issued_ms: int = START_MS) -> Trade:
    """Trade `number`, stopped out. Each is another setup, as in life."""
    made = signal(setup(known_ms=START_MS - number * 900_000), id=f"XAU_20240403_{number:03}", issued_ms=issued_ms)
    return closed(opened(made), closed_ms=issued_ms + HOUR_MS)


FIRST = [lost(1), lost(2)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "backups").iterdir())


@asynccontextmanager
async def house(folder: Path):
    """A database with the record's story in it, what keeps it, and what it complained of."""
    database = await fresh_database(folder / "assay.db")
    told: list[str] = []

    async def failed(why: str) -> None:
        told.append(why)

    try:
        yield database, Backups(database, url_of(folder / "assay.db"), folder, failed), told
    finally:
        await database.dispose()


async def fill(database, trades=FIRST) -> None:
    """Signals, trades and the record, as the service writes them."""
    async with transaction(database) as conn:
        for trade in trades:
            await save_signals(conn, [trade.signal])
            changed_ms = trade.closed_ms or trade.signal.issued_ms
            await save_trades(conn, [Standing(trade, Decimal(0), Decimal(0), changed_ms)])
        await write(conn, trades)


@of_files
async def test_copies_are_made_once_a_day_and_every_six_hours(tmp_path):
    async with house(tmp_path) as (_, keeper, _):
        for hour in range(-1, 14):
            await keeper.run_due(MIDNIGHT_MS + hour * HOUR_MS)
            await keeper.run_due(MIDNIGHT_MS + hour * HOUR_MS + 1)

    assert names(tmp_path) == [
        "assay-20240403T230000Z.db",
        "assay-20240404T000000Z.db",
        "trades-20240403T230000Z.jsonl",
        "trades-20240404T000000Z.jsonl",
        "trades-20240404T060000Z.jsonl",
        "trades-20240404T120000Z.jsonl",
    ]


@of_files
async def test_what_was_missed_while_away_is_made_once(tmp_path):
    async with house(tmp_path) as (_, keeper, _):
        await keeper.run_due(MIDNIGHT_MS)
        for minute in range(3):
            await keeper.run_due(MIDNIGHT_MS + 5 * DAY_MS + 7 * HOUR_MS + minute * 60_000)

    assert names(tmp_path)[1:2] == ["assay-20240409T070000Z.db"]
    assert len(names(tmp_path)) == 4


@of_files
async def test_old_copies_go_and_the_newest_stays_however_old(tmp_path):
    async with house(tmp_path) as (_, keeper, _):
        await keeper.run_due(MIDNIGHT_MS)
        await keeper.run_due(MIDNIGHT_MS + 29 * DAY_MS)
        assert len(copies(tmp_path / "backups")["assay"]) == 2
        await keeper.run_due(MIDNIGHT_MS + 31 * DAY_MS)
        found = copies(tmp_path / "backups")
        assert [(ms - MIDNIGHT_MS) // DAY_MS for ms in found["assay"]] == [29, 31]
        assert [(ms - MIDNIGHT_MS) // DAY_MS for ms in found["trades"]] == [0, 29, 31]
        await keeper.run_due(MIDNIGHT_MS + 400 * DAY_MS)

    assert [(ms - MIDNIGHT_MS) // DAY_MS for ms in copies(tmp_path / "backups")["assay"]] == [400]


@of_files
async def test_each_configuration_that_came_into_force_is_kept_and_none_twice(tmp_path):
    file, kept = tmp_path / "config.toml", tmp_path / "var" / "backups"
    for time_ms, text in ((MIDNIGHT_MS, "one"), (MIDNIGHT_MS + 1_000, "one"), (MIDNIGHT_MS + 2_000, "two")):
        file.write_text(text, "utf-8")
        keep_configuration(file, tmp_path / "var", time_ms)
    file.write_text("one", "utf-8")
    keep_configuration(file, tmp_path / "var", MIDNIGHT_MS + 400 * DAY_MS)

    assert [(path.name, path.read_text("utf-8")) for path in sorted(kept.iterdir())] == [
        ("config-20240404T000000Z.toml", "one"),
        ("config-20240404T000002Z.toml", "two"),
        ("config-20250509T000000Z.toml", "one"),
    ]
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700


@of_files
async def test_no_configuration_is_dropped_however_old(tmp_path):
    file = tmp_path / "config.toml"
    for day in range(2):
        file.write_text(f"day {day}", "utf-8")
        keep_configuration(file, tmp_path, MIDNIGHT_MS + day * DAY_MS)
    async with house(tmp_path) as (_, keeper, _):
        await keeper.run_due(MIDNIGHT_MS + 400 * DAY_MS)

    assert list(copies(tmp_path / "backups")["config"]) == [MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS]


@of_files
async def test_a_failure_is_told_once_an_hour_and_leaves_nothing_half_made(tmp_path):
    (tmp_path / "backups").write_text("a file stands where the folder should be", "utf-8")
    async with house(tmp_path) as (_, keeper, told):
        for minute in range(0, 61, 10):
            await keeper.run_due(MIDNIGHT_MS + minute * 60_000)
        assert len(told) == 2
        assert "FileExistsError" in told[0]
        (tmp_path / "backups").unlink()
        await keeper.run_due(MIDNIGHT_MS + 2 * HOUR_MS)

    assert len(names(tmp_path)) == 2


@of_files
async def test_only_their_owner_may_read_the_copies(tmp_path):
    async with house(tmp_path) as (database, keeper, _):
        await fill(database)
        await keeper.run_due(MIDNIGHT_MS)

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "backups").iterdir()} == {0o600}


@pytest.mark.postgresql_only("a file is copied whole")
async def test_of_a_server_only_the_record_is_copied(tmp_path):
    async with house(tmp_path) as (database, keeper, told):
        await fill(database)
        for hour in range(-1, 7):
            await keeper.run_due(MIDNIGHT_MS + hour * HOUR_MS)

    assert told == []
    assert names(tmp_path) == [
        "trades-20240403T230000Z.jsonl",
        "trades-20240404T000000Z.jsonl",
        "trades-20240404T060000Z.jsonl",
    ]


@pytest.mark.postgresql_only("a file is restored")
def test_a_server_is_restored_with_its_own_tools(tmp_path, capsys):
    assert run("restore", config=house_at(tmp_path / "var")) == 2
    assert "the database is on a server; restore it with the server's own tools" in capsys.readouterr().err


# Increments


async def test_an_increment_brings_back_what_changed_after_the_backup(tmp_path):
    early, late = FIRST, [lost(9)]
    async with house(tmp_path) as (database, _, _):
        await fill(database, early)
        path = await _with_increment(tmp_path, database, late)
    other = await fresh_database(tmp_path / "other.db")
    await fill(other, early)
    async with transaction(other) as conn:
        await apply_increment(conn, path)
        await apply_increment(conn, path)
    async with reading(other) as conn:
        assert await find_trade(conn, "XAU_20240403_009") == late[0]
        record = await entries(conn)
    await other.dispose()

    assert [entry.n for entry in record] == list(range(1, len(record) + 1))


async def test_an_increment_brings_back_who_was_told_and_what_was_booked(tmp_path):
    paid, reached = Account(currency="USD", cash=Decimal(9_908), capital=Decimal(-10_000)), START_MS + HOUR_MS
    booking = Entry(reached, Book.RESULT, Book.CASH, Decimal(92), "XAU_20240403_009")
    mark = EquityMarked(reached + 1, Decimal(9_908), Decimal(9_950))
    async with house(tmp_path) as (database, _, _):
        await fill(database, [lost(9)])
        async with transaction(database) as conn:
            await save_carried(conn, {"XAU_20240403_009": ["-100", "-200/5"]})
            await save_account(conn, paid, [booking], time_ms=reached)
            await save_marks(conn, [mark])
            await begin_periods(conn, "daily:-100", "2024-04-03", MIDNIGHT_MS)
        async with reading(database) as conn:
            path = await increment(conn, tmp_path, START_MS, MIDNIGHT_MS)
    other = await fresh_database(tmp_path / "other.db")
    async with transaction(other) as conn:
        await apply_increment(conn, path)
        await apply_increment(conn, path)
    async with reading(other) as conn:
        assert await carriers(conn, ["XAU_20240403_009"]) == {"XAU_20240403_009": {"-100", "-200/5"}}
        assert await find_account(conn) == paid
        assert await movements_between(conn, 0, MIDNIGHT_MS) == [(booking, Decimal(9_908))]
        assert await marks_between(conn, 0, MIDNIGHT_MS) == [mark]
        assert await last_done(conn, "daily:-100") == "2024-04-03"
    await other.dispose()


@pytest.mark.parametrize(("late_ms", "is_there"), [(0, True), (1, False)])
async def test_an_increment_leaves_out_who_carries_what_the_backup_holds_already(tmp_path, late_ms, is_there):
    async with house(tmp_path) as (database, _, _):
        await fill(database, [lost(1)])
        async with transaction(database) as conn:
            await save_carried(conn, {"XAU_20240403_001": ["-100"]})
        async with reading(database) as conn:
            path = await increment(conn, tmp_path, START_MS + HOUR_MS + late_ms, MIDNIGHT_MS)

    assert (b'"carried"' in path.read_bytes()) is is_there


async def _with_increment(folder: Path, database, late) -> Path:
    await fill(database, late)
    async with reading(database) as conn:
        return await increment(conn, folder / "backups", 0, MIDNIGHT_MS)


@pytest.mark.parametrize("spoilt", [b"{}", b'{"table":"users","row":{}}', b'{"table":"signals","row":{"id":', b"\xff"])
async def test_a_spoilt_increment_changes_nothing(tmp_path, spoilt):
    async with house(tmp_path) as (database, _, _):
        await fill(database)
        async with reading(database) as conn:
            path = await increment(conn, tmp_path, 0, MIDNIGHT_MS)
        path.write_bytes(path.read_bytes() + spoilt + b"\n")
        before = await _head(database)
        with pytest.raises(DamagedIncrement, match="not what was written"):
            async with transaction(database) as conn:
                await apply_increment(conn, path)

        assert await _head(database) == before


async def _head(database):
    async with reading(database) as conn:
        return end_of(await entries(conn))


# Restoring


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A configuration whose folder holds a backup, a later increment, and a database that went on."""

    async def live() -> None:
        async with house(tmp_path) as (database, keeper, _):
            await fill(database)
            await keeper.run_due(MIDNIGHT_MS)
            await fill(database, [lost(9, at("2024-04-04 05:00"))])
            await keeper.run_due(MIDNIGHT_MS + 6 * HOUR_MS)

    asyncio.run(live())
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "2024-04-04.jsonl").write_text("what was heard", "utf-8")
    config = tmp_path / "config.toml"
    config.write_text(SHIPPED.read_text("utf-8").replace('folder = "var"', f'folder = "{tmp_path}"'), "utf-8")
    return config


def signals_in(path: Path) -> int:
    with sqlite3.connect(path) as database:
        return database.execute("SELECT count(*) FROM signals").fetchone()[0]


@of_files
def test_check_proves_a_backup_and_changes_nothing(kept, capsys):
    before = {path: path.read_bytes() for path in kept.parent.rglob("*") if path.is_file()}

    assert run("restore", "--check", config=kept) == 0

    said = capsys.readouterr().out
    assert "assay-20240404T000000Z.db is sound" in said
    assert "it holds 3 signals and 3 trades" in said
    assert {path: path.read_bytes() for path in kept.parent.rglob("*") if path.is_file()} == before


@of_files
def test_restore_brings_back_the_backup_with_what_came_after_and_sets_aside_what_was_there(kept, capsys):
    with sqlite3.connect(kept.parent / "assay.db") as database:
        database.executescript("DELETE FROM partial_closes; DELETE FROM trades; DELETE FROM signals;")

    assert run("restore", config=kept) == 0

    assert signals_in(kept.parent / "assay.db") == 3
    [aside] = kept.parent.glob("before-restore-*")
    assert signals_in(aside / "assay.db") == 0
    assert (aside / "journal" / "2024-04-04.jsonl").exists()
    assert not (kept.parent / "journal").exists()
    assert run("verify", config=kept) == 0


@of_files
def test_a_damaged_backup_is_refused_and_nothing_is_touched(kept, capsys):
    backup = kept.parent / "backups" / "assay-20240404T000000Z.db"
    content = bytearray(backup.read_bytes())
    for at_byte in range(4096, len(content), 4096):
        content[at_byte : at_byte + 64] = b"\xff" * 64
    backup.write_bytes(content)
    before = (kept.parent / "assay.db").read_bytes()

    assert run("restore", config=kept) == 2
    assert "damaged" in capsys.readouterr().err
    assert (kept.parent / "assay.db").read_bytes() == before


@of_files
def test_a_backup_in_which_a_row_refers_to_nothing_is_refused_and_says_which(kept, capsys):
    with sqlite3.connect(kept.parent / "backups" / "assay-20240404T000000Z.db") as database:
        database.execute("DELETE FROM signals")

    assert run("restore", "--check", config=kept) == 2
    assert "damaged (trades: a row refers to nothing)" in capsys.readouterr().err


@of_files
def test_a_backup_whose_record_was_edited_is_refused(kept, capsys):
    with sqlite3.connect(kept.parent / "backups" / "assay-20240404T000000Z.db") as database:
        database.execute("UPDATE ledger SET time_ms = time_ms + 1 WHERE n = 2")
    (kept.parent / "backups" / "trades-20240404T000000Z.jsonl").unlink()
    (kept.parent / "backups" / "trades-20240404T060000Z.jsonl").unlink()

    assert run("restore", "--check", config=kept) == 2
    assert "entry 2 (published) was changed after it was written" in capsys.readouterr().err


@of_files
def test_without_a_backup_restore_says_how_to_make_one(tmp_path, capsys):
    config = tmp_path / "config.toml"
    config.write_text(SHIPPED.read_text("utf-8").replace('folder = "var"', f'folder = "{tmp_path}"'), "utf-8")

    assert run("restore", config=config) == 2
    assert "no backup; name one, or make one with /backup" in capsys.readouterr().err


@of_files
def test_a_running_bot_is_not_restored_under_its_feet(kept, capsys):
    lock = acquire(kept.parent, {}, MIDNIGHT_MS)
    try:
        assert run("restore", config=kept) == 2
    finally:
        lock.release()

    assert "another instance uses this data folder" in capsys.readouterr().err
    assert not list(kept.parent.glob("before-restore-*"))
