"""The engine with the world around it. One input in: journaled, pushed, and what it said stored and put in the outbox
in one transaction. Live, replay and demo differ only in who hands in the inputs and who moves the clock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.board import Boards
from bot.clock import Clock, steady_ms
from bot.decisions import seen_at_decision
from bot.delivery.attempts import LATE_AFTER_MS
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Outbox
from bot.handlers import Handlers
from bot.reports.scheduled import Reports
from engine.engine import Engine
from engine.events import CandleClosed, CandleInput, Event, Heartbeat, History, Input, Tick
from engine.types import Candle, Timeframe
from storage import snapshots
from storage.candles import save_candles
from storage.database import transaction
from storage.journal import Journal
from storage.progress import save_applied
from storage.views import Seen

log = structlog.get_logger()

WARM_CANDLES = 7000  # of each timeframe, stored from history: enough to rebuild the engine


class Service:
    """Owns the order of things: journal, engine, database, outbox."""

    def __init__(
        self,
        *,
        engine: Engine,
        journal: Journal,
        database: AsyncEngine,
        outbox: Outbox,
        channels: ChannelOutbox,
        handlers: Handlers,
        reports: Reports,
        boards: Boards,
        clock: Clock,
        snapshot_folder: Path,
        version: str,
    ) -> None:
        self.engine = engine
        self.outbox = outbox
        self.channels = channels
        self.reports = reports
        self.boards = boards
        self.database = database
        self.handlers = handlers
        self.clock = clock
        self._journal = journal
        self._snapshot_folder = snapshot_folder
        self._version = version
        self._events: list[Event] = []
        self._seen: dict[str, Seen] = {}  # of the signals among them
        self._slowest_ms = 0
        self._is_behind = False  # some of them were heard late
        self._turn = asyncio.Lock()  # one at a time: storing, snapshots, a new journal

    def push(self, item: Input) -> bool:
        """Journal and apply one input. True when it made something known, which `commit` then stores and says."""
        self._journal.append(item)
        events = self.engine.push(item)
        if events:
            known_ms = known_at_ms(item)
            self._is_behind |= known_ms is not None and self.clock.now_ms() - known_ms >= LATE_AFTER_MS
            self._events += events
            self._seen |= seen_at_decision(self.engine, events)
        return bool(events)

    async def commit(self) -> list[Event]:
        """Store and say what the inputs since the last commit made known. Persist, then speak.

        The journal reaches the disk before the transaction that rests on it.
        """
        if not self._events:
            return []
        async with self._turn:
            return await self._store()

    async def _store(self) -> list[Event]:
        """Within a turn. What fails stays to be stored: a snapshot must never be ahead of the database."""
        events, self._events = self._events, []
        seen, self._seen = self._seen, {}
        is_behind, self._is_behind = self._is_behind, False
        number, time_ms = self._journal.last_number, self.engine.time_ms
        began_ms = steady_ms()
        try:
            self._journal.flush(sync=False)
            await asyncio.to_thread(self._journal.sync)
            async with transaction(self.database) as conn:
                await self.handlers.handle(conn, events, seen, is_behind)
                await save_applied(conn, number, time_ms)
        except BaseException:
            self._events = events + self._events
            self._seen = seen | self._seen
            self._is_behind |= is_behind
            raise
        self._slowest_ms = max(self._slowest_ms, steady_ms() - began_ms)
        self.outbox.wake()
        self.boards.follow(events)
        return events

    def take_slowest_ms(self) -> int:
        """How long the slowest commit took since this was last asked."""
        slowest_ms, self._slowest_ms = self._slowest_ms, 0
        return slowest_ms

    async def handle_again(self, events: list[Event], seen: dict[str, Seen]) -> None:
        """What was known before a crash and not stored yet."""
        self._events, self._seen, self._is_behind = events, seen, True
        await self.commit()

    async def warm_up(self, history: Iterable[History]) -> int:
        """The past before the first live input: detectors learn, nothing is said. Returns how many candles it took."""
        kept: dict[Timeframe, deque[Candle]] = {}
        count = 0
        for item in history:
            self._journal.append(item)
            for event in self.engine.push(item):
                if isinstance(event, CandleClosed):
                    frame = event.candle.timeframe
                    kept.setdefault(frame, deque(maxlen=WARM_CANDLES)).append(event.candle)
            count += 1
            if count % 1000 == 0:
                await asyncio.sleep(0)
        self._journal.flush()
        async with transaction(self.database) as conn:
            for candles in kept.values():
                await save_candles(conn, candles)
            await save_applied(conn, self._journal.last_number, self.engine.time_ms)
        return count

    def due_ms(self) -> int:
        """When `report` has something to do next."""
        return min(self.reports.due_ms(), self.channels.due_ms())

    async def report(self) -> None:
        """Put the reports that are due, and what channels hear later than others, into the outbox.

        First what was heard is stored: reports are told from that.
        """
        now_ms = self.clock.now_ms()
        if self.channels.due_ms() <= now_ms:
            async with transaction(self.database) as conn:
                await self.channels.publish_due(conn, now_ms)
            self.outbox.wake()
        if self.reports.is_due(now_ms):
            async with self._turn:
                while self._events:
                    await self._store()
                async with transaction(self.database) as conn:
                    await self.reports.send_due(conn, self.clock.now_ms())
            self.outbox.wake()

    async def keep_boards(self) -> None:
        """Edit the boards when it is time, and pin those that have just been sent."""
        if self.boards.is_due(self.clock.now_ms()):
            await self.boards.show_due(self.database, self.clock.now_ms())
        await self.boards.pin(self.database, self.clock.now_ms())

    async def keep_journal(self) -> None:
        """Begin the next day's journal when the day is over."""
        if not self._journal.is_of(self.clock.now_ms()):
            async with self._turn:
                self._journal.rotate(self.clock.now_ms(), self.engine.snapshot())

    async def snapshot(self) -> None:
        """The whole engine on disk, so that a restart need not read the journal from its beginning."""
        async with self._turn:
            while self._events:
                await self._store()
            self._journal.flush()
            state, number = self.engine.snapshot(), self._journal.last_number
        await asyncio.to_thread(snapshots.save, self._snapshot_folder, number, self._version, state)
        log.debug("snapshot saved", number=number, bytes=len(state))

    async def close(self) -> None:
        """After the last input: everything on disk."""
        await self.snapshot()
        self._journal.close()


def known_at_ms(item: Input) -> int | None:
    """When an input is heard, in stream time: a candle at its close. None for what takes the stream's time."""
    match item:
        case Tick(time_ms=time_ms) | Heartbeat(time_ms=time_ms):
            return time_ms
        case CandleInput(candle) | History(candle):
            return candle.close_ms
        case _:
            return None
