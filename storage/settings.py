"""What an admin has set, over what the configuration says; it survives a restart."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import upsert
from storage.schema import settings

T = TypeVar("T")


async def save_setting(
    conn: AsyncConnection, name: str, value: object, *, changed_ms: int, changed_by: int | None
) -> None:
    """Write the value over the one before. `changed_by` is a Telegram id; None when the program did it."""
    row = {
        "name": name,
        "value": msgspec.json.encode(value).decode(),
        "changed_ms": changed_ms,
        "changed_by": changed_by,
    }
    await upsert(conn, settings, [row])


async def forget_setting(conn: AsyncConnection, name: str) -> None:
    """As if it had never been set."""
    await conn.execute(delete(settings).where(settings.c.name == name))


async def find_setting(conn: AsyncConnection, name: str, kind: type[T]) -> T | None:
    """None when it was never set. msgspec.ValidationError when what is there is not a `kind`."""
    value = await conn.scalar(select(settings.c.value).where(settings.c.name == name))
    return None if value is None else msgspec.json.decode(value, type=kind)


async def settings_under(conn: AsyncConnection, prefix: str) -> dict[str, Any]:
    """Plain JSON values of the settings whose names begin so, by the rest of the name."""
    names = settings.c.name.startswith(prefix, autoescape=True)
    rows = await conn.execute(select(settings.c.name, settings.c.value).where(names))
    return {name.removeprefix(prefix): msgspec.json.decode(value) for name, value in rows}


async def all_settings(conn: AsyncConnection) -> dict[str, Any]:
    """As plain JSON values, by name."""
    rows = await conn.execute(select(settings.c.name, settings.c.value).order_by(settings.c.name))
    return {name: msgspec.json.decode(value) for name, value in rows}
