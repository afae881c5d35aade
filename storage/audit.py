"""Who wanted what, and whether they got it: one row for every command, strangers' included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import audit


class AuditEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attempt. `before` and `after` are in the reader's form; None where nothing changed.

    `actor_id` is a Telegram id, None for the program itself. `detail` is anything JSON can say.
    """

    time_ms: int
    actor_id: int | None
    actor_name: str
    action: str
    allowed: bool
    chat_id: int | None = None
    detail: dict[str, Any] = {}
    before: str | None = None
    after: str | None = None


async def record(conn: AsyncConnection, entry: AuditEntry) -> None:
    row = msgspec.structs.asdict(entry) | {"detail": msgspec.json.encode(entry.detail).decode()}
    await conn.execute(insert(audit), row)


async def latest_entries(conn: AsyncConnection, count: int) -> list[AuditEntry]:
    """Newest first."""
    return await entries_of(conn, "", skip=0, count=count)


async def entries_of(conn: AsyncConnection, name: str, *, skip: int, count: int) -> list[AuditEntry]:
    """Newest first, of people whose name has `name` in it, whatever its case; everybody's when it is empty."""
    return await _read(conn, _is_named(name), skip, count)


async def own_entries(conn: AsyncConnection, actions: Sequence[str], count: int) -> list[AuditEntry]:
    """What the program wrote of itself, newest first."""
    return await _read(conn, audit.c.actor_id.is_(None) & audit.c.action.in_(actions), 0, count)


async def count_entries(conn: AsyncConnection, name: str) -> int:
    return await conn.scalar(select(func.count()).select_from(audit).where(_is_named(name))) or 0


def _is_named(name: str) -> ColumnElement[bool]:
    return audit.c.actor_name.icontains(name, autoescape=True) if name else true()


async def _read(conn: AsyncConnection, condition: ColumnElement[bool], skip: int, count: int) -> list[AuditEntry]:
    names = AuditEntry.__struct_fields__
    query = select(*(audit.c[each] for each in names)).where(condition).order_by(audit.c.id.desc())
    rows = await conn.execute(query.offset(skip).limit(count))
    found = (dict(zip(names, row, strict=True)) for row in rows)
    return [msgspec.convert(entry | {"detail": msgspec.json.decode(entry["detail"])}, AuditEntry) for entry in found]
