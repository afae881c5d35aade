"""Which message of ours stands at a place in a chat: a tap says where the button was, never which message it means."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import messages


async def key_at(conn: AsyncConnection, chat_id: int, message_id: int) -> str | None:
    """None for what is not known to be ours."""
    here = (messages.c.chat_id == chat_id) & (messages.c.message_id == message_id)
    found: str | None = await conn.scalar(select(messages.c.key).where(here))
    return found
