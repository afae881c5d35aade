"""Who wanted what, and whether they got it: one row for every command, strangers' included."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import insert, select
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
    names = AuditEntry.__struct_fields__
    rows = await conn.execute(select(*(audit.c[name] for name in names)).order_by(audit.c.id.desc()).limit(count))
    found = (dict(zip(names, row, strict=True)) for row in rows)
    return [msgspec.convert(entry | {"detail": msgspec.json.decode(entry["detail"])}, AuditEntry) for entry in found]
