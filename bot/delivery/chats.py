"""Chats that are not as the configuration has them: closed to the bot, or moved. Kept, so that a restart knows too."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.words.alert_english import ChannelProblem
from storage.settings import forget_setting, save_setting, settings_under

KNOCK_EVERY_MS = 15 * 60_000  # how often a closed chat is tried, should nobody tell us that it is open again
_CLOSED, _MOVED = "chat closed ", "chat moved "  # names of settings, before the chat's id


class Closed(msgspec.Struct, frozen=True):
    """Telegram refuses whatever we send there."""

    problem: ChannelProblem
    since_ms: int


class Chats:
    """In memory, with each change written down in the caller's transaction. `load` first."""

    def __init__(self) -> None:
        self.closed: dict[int, Closed] = {}
        self._knock_at_ms: dict[int, int] = {}
        self._moved: dict[int, int] = {}

    async def load(self, conn: AsyncConnection) -> None:
        closed, moved = await settings_under(conn, _CLOSED), await settings_under(conn, _MOVED)
        self.closed = {int(chat_id): msgspec.convert(value, Closed) for chat_id, value in closed.items()}
        self._moved = {int(chat_id): int(new_id) for chat_id, new_id in moved.items()}

    def present_id(self, chat_id: int) -> int:
        """Of a group that became a supergroup, the supergroup's."""
        return self._moved.get(chat_id, chat_id)

    def opens_at(self, chat_id: int) -> int:
        """When a request may be tried; 0 for a chat that is open, or has not been tried since we started."""
        return self._knock_at_ms.get(chat_id, 0)

    def knock(self, chat_id: int) -> None:
        """Somebody let the bot in: try at once."""
        self._knock_at_ms.pop(chat_id, None)

    async def close(self, conn: AsyncConnection, chat_id: int, problem: ChannelProblem, now_ms: int) -> bool:
        """True the first time: then people should be told."""
        self._knock_at_ms[chat_id] = now_ms + KNOCK_EVERY_MS
        before = self.closed.get(chat_id)
        if before is not None and before.problem is problem:
            return False
        self.closed[chat_id] = Closed(problem, now_ms if before is None else before.since_ms)
        await save_setting(conn, f"{_CLOSED}{chat_id}", self.closed[chat_id], changed_ms=now_ms, changed_by=None)
        return before is None

    async def open(self, conn: AsyncConnection, chat_id: int) -> bool:
        """True when it was closed until now."""
        self.knock(chat_id)
        if self.closed.pop(chat_id, None) is None:
            return False
        await forget_setting(conn, f"{_CLOSED}{chat_id}")
        return True

    async def move(self, conn: AsyncConnection, old_id: int, new_id: int, now_ms: int) -> None:
        self._moved = {old: new_id if new == old_id else new for old, new in self._moved.items()} | {old_id: new_id}
        for old, new in self._moved.items():
            await save_setting(conn, f"{_MOVED}{old}", new, changed_ms=now_ms, changed_by=None)
