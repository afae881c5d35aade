"""An outbox over a real database and a pretended Telegram, on a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock
from bot.delivery.outbox import Alert, Outbox, Priority
from bot.delivery.outcomes import Messenger
from bot.delivery.pictures import Draw
from bot.words.post import Post
from storage.database import reading, transaction
from storage.messages import Message, find_message
from storage.outbox import OutboxRow, rows_of
from tests.databases import fresh_database
from tests.fakes import FakeTelegram

NOON_MS = 1_712_145_600_000  # 3 April 2024 12:00 UTC
CHANNEL = -1001000000001
OTHER = -1001000000002
DANA = 1001


async def drawn(picture: bytes) -> bytes:
    return b"png of " + picture


class Desk:
    """Puts posts in as the service does, and lets time pass."""

    def __init__(self, database: AsyncEngine, client: Messenger, clock: MarketClock, draw: Draw, **more: Any) -> None:
        self.database = database
        self.clock = clock
        self.alerts: list[Alert] = []
        self.outbox = Outbox(database, client, clock, draw, alert=self._told, **more)

    async def _told(self, alert: Alert) -> None:
        self.alerts.append(alert)

    async def put(
        self, key: str, post: Post | str, *, chat: int = CHANNEL, priority: Priority = Priority.PROGRESS, **more: Any
    ) -> None:
        wanted = Post(post) if isinstance(post, str) else post
        async with transaction(self.database) as conn:
            await self.outbox.put(conn, key, chat, wanted, priority=priority, **more)
        self.outbox.wake()

    async def delete(self, key: str) -> None:
        async with transaction(self.database) as conn:
            await self.outbox.delete(conn, key)
        self.outbox.wake()

    async def run_due(self) -> int | None:
        return await self.outbox.run_due()

    async def pass_ms(self, duration_ms: int) -> None:
        """Let time go on, with everything done at the moment it is due."""
        end_ms = self.clock.now_ms() + duration_ms
        while True:
            due_ms = await self.outbox.run_due()
            if due_ms is None or due_ms > end_ms:
                break
            assert due_ms > self.clock.now_ms(), "what is due now must be done, not announced"
            self.clock.move_to(due_ms)
        self.clock.move_to(end_ms)

    async def settle(self) -> None:
        """Until nothing waits any more."""
        while (due_ms := await self.outbox.run_due()) is not None:
            assert due_ms > self.clock.now_ms(), "what is due now must be done, not announced"
            self.clock.move_to(due_ms)

    async def message(self, key: str) -> Message:
        async with reading(self.database) as conn:
            found = await find_message(conn, key)
        assert found is not None
        return found

    async def rows(self, key: str) -> list[OutboxRow]:
        async with reading(self.database) as conn:
            return await rows_of(conn, key)


def seconds(duration_s: float) -> int:
    return round(duration_s * 1000)


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    draw: Draw = drawn,
    clock: MarketClock | None = None,
    client: Callable[[MarketClock], Messenger] | None = None,
    **more: Any,
) -> AsyncIterator[tuple[Desk, FakeTelegram]]:
    """A started one; the second is its Telegram, unless the test brings a `client` of its own."""
    clock = clock or MarketClock(NOON_MS)
    telegram = FakeTelegram(clock.now_ms)
    database = await fresh_database(folder / "assay.db")
    try:
        made = Desk(database, client(clock) if client is not None else telegram, clock, draw, **more)
        await made.outbox.recover()
        yield made, telegram
        made.outbox.stop()
    finally:
        await database.dispose()
