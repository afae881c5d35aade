"""An outbox over a real database and a pretended Telegram, on a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock
from bot.delivery.outbox import Alert, Outbox, Priority
from bot.delivery.outcomes import Messenger
from bot.delivery.pictures import Draw
from bot.words.post import Post
from storage.database import migrate, open_database, reading, transaction
from storage.messages import Message, find_message
from storage.outbox import OutboxRow, rows_of
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


_migrated: list[bytes] = []


async def fresh_database(path: Path) -> AsyncEngine:
    """Open the file, made with the newest schema if it is not there. Migrating takes longer than most tests, so the
    first result is kept and copied."""
    if not _migrated:
        first = path.with_name("first.db")
        engine = await open_database(f"sqlite+aiosqlite:///{first}")
        await migrate(engine)
        await engine.dispose()
        _take(first)
    _lay_out(path)
    engine = await open_database(f"sqlite+aiosqlite:///{path}")
    # No test pulls the plug: what is committed need not wait for the disk.
    event.listen(engine.sync_engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine


def _take(first: Path) -> None:
    _migrated.append(first.read_bytes())
    first.unlink()


def _lay_out(path: Path) -> None:
    if not path.exists():
        path.write_bytes(_migrated[0])


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
