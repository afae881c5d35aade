"""SQLite in its thread, visited once for a statement.

aiosqlite goes there and back for the cursor, for the statement, for its rows and for the end of the cursor. Each time
two threads wait for their turn, on a busy machine for long, and a signal is some dozens of statements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.engine import URL


class Connection(aiosqlite.Connection):
    """As SQLAlchemy uses one."""

    def cursor(self) -> Any:  # a `Cursor`: not aiosqlite's, and all that SQLAlchemy wants of one
        return Cursor(self)


class Cursor:
    """For one statement. When it has run all rows are here, and nothing is left in the thread."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        await self._visit(sqlite3.Cursor.execute, statement, parameters)

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        await self._visit(sqlite3.Cursor.executemany, statement, parameters)

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Done in `_run`."""

    async def _visit(self, *statement: Any) -> None:
        await self._connection._execute(self._run, *statement)  # type: ignore[no-untyped-call]

    def _run(self, how: Callable[..., sqlite3.Cursor], statement: str, parameters: Sequence[Any]) -> None:
        """In the thread."""
        cursor = self._connection._conn.cursor()
        try:
            how(cursor, statement, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


def connector(url: URL) -> Callable[[], Connection]:
    """For SQLAlchemy's `async_creator`: makes connections to this database, which are awaited to be opened."""
    (path,), options = url.get_dialect()().create_connect_args(url)

    def connect() -> Connection:
        connection = Connection(lambda: sqlite3.connect(path, **options), iter_chunk_size=64)
        connection._thread.daemon = True  # else a connection that nobody closed would keep the program from ending
        return connection

    return connect
