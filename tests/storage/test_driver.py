"""Our own way into SQLite's thread: what comes back is what aiosqlite would give, in one visit."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.database import open_database, reading, transaction


@pytest.fixture
async def database(tmp_path: Path):
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with transaction(engine) as conn:
        await conn.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
        await conn.execute(text("INSERT INTO words (word) VALUES (:word)"), [{"word": "bid"}, {"word": "ask"}])
    yield engine
    await engine.dispose()


async def test_rows_come_back_with_their_names_and_changes_with_their_number(database):
    async with transaction(database) as conn:
        found = await conn.execute(text("SELECT word, id FROM words ORDER BY id"))
        assert list(found.keys()) == ["word", "id"]
        assert found.all() == [("bid", 1), ("ask", 2)]
        assert (await conn.execute(text("UPDATE words SET word = word || '!'"))).rowcount == 2
        assert (await conn.execute(text("SELECT * FROM words WHERE id = 7"))).all() == []


async def test_a_statement_that_fails_says_what_is_wrong_and_the_next_one_works(database):
    async with reading(database) as conn:
        with pytest.raises(OperationalError, match="no such table: prices"):
            await conn.execute(text("SELECT * FROM prices"))
        assert await conn.scalar(text("SELECT count(*) FROM words")) == 2
    with pytest.raises(IntegrityError, match=r"UNIQUE.*words\.word"):
        async with transaction(database) as conn:
            await conn.execute(text("INSERT INTO words (word) VALUES ('bid')"))


@pytest.mark.parametrize("statement", ["SELECT word FROM words", "UPDATE words SET word = word || '!'"])
async def test_a_statement_is_one_visit(database, caplog, statement):
    async with transaction(database) as conn:
        with caplog.at_level(logging.DEBUG, "aiosqlite"):
            await conn.execute(text(statement))
            visits = [record for record in caplog.records if record.message.startswith("executing")]

    assert len(visits) == 1
