"""The outbox has a size: what is worth least gives way when Telegram takes nothing for long."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.slots import Priority
from storage.messages import find_message
from storage.outbox import count_waiting, drop_oldest_edit, rows_of

MOST_ROWS = 2_000


class Room:
    """Lets rows in while there are fewer than `most`, then by their worth.

    Progress edits are refused, and what waits of them is dropped for others; with none left, answers to admins are
    refused too. Signals, results, alerts and reports are always taken: the gate and the calendar bound how many there
    can be. What changes a message that waits already needs no room.
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._at_most = 0  # rows there can be by now; coalesced ones are counted too until somebody looks
        self._told = False
        self.overflowed = False  # people should be told

    def counted(self, rows: int) -> None:
        """As many wait in truth."""
        self._at_most = rows
        if rows < self._most // 2:
            self._told = False

    def told(self) -> None:
        self._told, self.overflowed = True, False

    async def admits(self, conn: AsyncConnection, key: str, priority: Priority) -> bool:
        """False: leave it out. In the caller's transaction, which the row is to be written in."""
        if self._at_most >= self._most:
            self.counted(await count_waiting(conn))
        if self._at_most < self._most:
            self._at_most += 1
            return True
        if await rows_of(conn, key):
            return True
        self.overflowed = self.overflowed or not self._told
        if priority is Priority.PROGRESS and await find_message(conn, key) is not None:
            return False
        return await drop_oldest_edit(conn, Priority.PROGRESS) or priority is not Priority.ADMIN_REPLY
