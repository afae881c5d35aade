"""Who wants alerts of lower importance without a sound, and until when. They are sent all the same."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Role, TelegramConfig
from storage.settings import find_setting, forget_setting, save_setting

FOR_EVER_MS = 2**62


async def mute(conn: AsyncConnection, admin_id: int, until_ms: int | None, now_ms: int) -> None:
    """Until a moment, or (None) until `unmute`."""
    until_ms = FOR_EVER_MS if until_ms is None else until_ms
    await save_setting(conn, _name(admin_id), until_ms, changed_ms=now_ms, changed_by=admin_id)


async def unmute(conn: AsyncConnection, admin_id: int) -> None:
    await forget_setting(conn, _name(admin_id))


async def is_muted(conn: AsyncConnection, admin_id: int, now_ms: int) -> bool:
    until_ms = await find_setting(conn, _name(admin_id), int)
    return until_ms is not None and now_ms < until_ms


async def is_silent(conn: AsyncConnection, chat_id: int, telegram: TelegramConfig, now_ms: int) -> bool:
    """Whether such an alert makes no sound in this chat. A group rings for all, so there all must have muted."""
    listeners = [admin.id for admin in telegram.admins if admin.role is not Role.VIEWER]
    if chat_id in listeners:
        listeners = [chat_id]
    muted = [await is_muted(conn, admin_id, now_ms) for admin_id in listeners]
    return bool(muted) and all(muted)


def _name(admin_id: int) -> str:
    return f"mute:{admin_id}"
