"""Each channel's board: which message it is, and which one we pinned."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import upsert
from storage.schema import boards


class BoardRow(msgspec.Struct, frozen=True):
    """A row of `boards`; the default is a channel that never had one."""

    channel: str
    number: int = 1
    pinned_id: int | None = None
    is_told: bool = False


async def find_board(conn: AsyncConnection, channel: str) -> BoardRow:
    names = BoardRow.__struct_fields__
    query = select(*[boards.c[name] for name in names]).where(boards.c.channel == channel)
    row = (await conn.execute(query)).one_or_none()
    return BoardRow(channel) if row is None else msgspec.convert(dict(zip(names, row, strict=True)), BoardRow)


async def save_board(conn: AsyncConnection, row: BoardRow) -> None:
    await upsert(conn, boards, [msgspec.structs.asdict(row)])
