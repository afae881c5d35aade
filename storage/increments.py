"""Small copies of the track record between the large ones: what signals, trades, their messages and the account they
are booked on became since.

A file is a line of JSON a row. Rows are laid over what a backup holds, so one that appears twice does no harm; hence
each copy reaches a little further back than it must.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import upsert
from storage.files import write_whole
from storage.schema import (
    account,
    carried,
    equity_marks,
    ledger,
    messages,
    movements,
    partial_closes,
    schedules,
    signals,
    trades,
)

OVERLAP_MS = 3_600_000

# In the order in which rows may be laid down: what is referred to comes first. Who carries a signal has no time of its
# own: it is decided when the signal is issued.
_CHANGED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (signals, ("issued_ms",)),
    (carried, ()),
    (trades, ("updated_ms",)),
    (partial_closes, ("time_ms",)),
    (messages, ("created_ms", "sent_ms", "edited_ms")),
    (account, ("changed_ms",)),
    (movements, ("time_ms",)),
    (equity_marks, ("time_ms",)),
    (schedules, ("done_ms",)),
    (ledger, ("time_ms",)),
)
_TABLES = {table.name: table for table, _ in _CHANGED}


class DamagedIncrement(Exception):
    """A file is not what was written; the text names its line."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    row: dict[str, Any]


async def increment(conn: AsyncConnection, folder: Path, since_ms: int, now_ms: int) -> Path:
    """`trades-20240403T060000Z.jsonl` in the folder: all that changed from `since_ms` on, or a little before."""
    lines = []
    for table, columns in _CHANGED:
        names = [str(column.name) for column in table.c]
        for row in await conn.execute(select(table).where(_since(table, columns, since_ms - OVERLAP_MS))):
            line = _Line(str(table.name), dict(zip(names, row, strict=True)))
            lines.append(msgspec.json.encode(line) + b"\n")
    path = folder / f"trades-{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dT%H%M%SZ}.jsonl"
    await asyncio.to_thread(_write, path, b"".join(lines))
    return path


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content)
    path.chmod(0o600)


async def apply_increment(conn: AsyncConnection, path: Path) -> int:
    """Lay the rows of a file over the database; how many. DamagedIncrement, and nothing changed, when it is none."""
    lines = []
    for number, text in enumerate((await asyncio.to_thread(path.read_bytes)).splitlines(), 1):
        try:
            line = msgspec.json.decode(text, type=_Line)
            lines.append((_TABLES[line.table], line.row))
        except (msgspec.DecodeError, KeyError) as error:
            raise DamagedIncrement(f"{path}, line {number}: not what was written ({error})") from None
    for table, row in lines:
        # A newer program may have written columns that this one does not know; it refuses such a database anyway.
        await upsert(conn, table, [{name: value for name, value in row.items() if name in table.c}])
    return len(lines)


def _since(table: Table, columns: tuple[str, ...], since_ms: int) -> ColumnElement[bool]:
    if not columns:
        return table.c.signal_id.in_(select(signals.c.id).where(signals.c.issued_ms >= since_ms))
    return or_(*(table.c[name] >= since_ms for name in columns))
