"""Looks after the machine and the program now and then, and tells the admins what is the matter, once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog

from bot.alerts import AlertBook, Trouble, Word
from bot.clock import Clock
from bot.delivery.outbox import Outbox
from bot.fault import fault
from bot.handlers import Handlers
from bot.service import Service
from bot.words import alert_english, alerts
from bot.words.post import Post
from engine.types import MINUTE_MS
from storage.database import transaction

log = structlog.get_logger(__name__)

MOST_SKEW_MS = 5_000
SLOW_COMMIT_MS = 2_000
ROOM_BYTES = 64_000_000  # for a new journal, a snapshot and what was missed
LEAST_FREE_MB, ENOUGH_FREE_MB = 300, 500  # between the two a trouble neither begins nor ends
OLD_MESSAGE_MS = 3 * MINUTE_MS  # a send of unknown outcome alone waits for one
QUIET_MS = 5 * MINUTE_MS  # without a slow commit the database is quick again
TOLD_WITHIN_MS = 30 * MINUTE_MS  # a word that could not go out by then is stale


class Readings(msgspec.Struct, frozen=True):
    """How things stand. `clock_skew_ms` is how far our clock is ahead; None where it is not known."""

    clock_skew_ms: int | None
    slowest_commit_ms: int  # of late
    free_mb: int
    oldest_message_ms: int
    messages_waiting: int


def troubles(readings: Readings, before: Mapping[Trouble, bool]) -> dict[Trouble, bool]:
    """What is the matter now. What was the matter `before` needs more to be over than it needed to begin."""
    least_mb = ENOUGH_FREE_MB if before.get(Trouble.DISK) else LEAST_FREE_MB
    skew_ms = readings.clock_skew_ms
    was_off = before.get(Trouble.CLOCK, False)
    return {
        Trouble.CLOCK: was_off if skew_ms is None else abs(skew_ms) > (MOST_SKEW_MS // 2 if was_off else MOST_SKEW_MS),
        Trouble.DATABASE: readings.slowest_commit_ms > SLOW_COMMIT_MS,
        Trouble.DISK: readings.free_mb < least_mb,
        Trouble.OUTBOX: readings.oldest_message_ms > OLD_MESSAGE_MS,
    }


def trouble_post(kind: Trouble, word: Word, readings: Readings) -> Post:
    """What is told of it."""
    left_out = word.left_out
    match kind:
        case Trouble.CLOCK:
            told = alerts.clock_off(readings.clock_skew_ms or 0, left_out)
            return alerts.all_clear(alert_english.CLOCK_OVER) if word.is_over else told
        case Trouble.DATABASE:
            told = alerts.database_slow(readings.slowest_commit_ms, left_out)
            return alerts.all_clear(alert_english.DATABASE_OVER) if word.is_over else told
        case Trouble.DISK:
            told = alerts.disk_low(readings.free_mb, left_out)
            return alerts.all_clear(alert_english.DISK_OVER) if word.is_over else told
        case Trouble.OUTBOX:
            told = alerts.outbox_old(readings.oldest_message_ms, readings.messages_waiting, left_out)
            return alerts.all_clear(alert_english.OUTBOX_OVER) if word.is_over else told
        case Trouble.FEED:
            raise ValueError("the engine tells of feeds")


class Watch:
    """`clock_skew_ms` and `free_mb` ask the world; the rest is asked of the parts."""

    def __init__(
        self,
        service: Service,
        outbox: Outbox,
        handlers: Handlers,
        clock: Clock,
        clock_skew_ms: Callable[[], int | None],
        free_mb: Callable[[], int],
    ) -> None:
        self._service = service
        self._outbox = outbox
        self._handlers = handlers
        self._clock = clock
        self._clock_skew_ms = clock_skew_ms
        self._free_mb = free_mb
        self._book: AlertBook = handlers.alerts
        self._before: dict[Trouble, bool] = {}
        self._words: dict[Trouble, Word] = {}  # to be told
        self._slow_ms, self._slow_at_ms = 0, 0

    async def look(self) -> None:
        """Never raises but for cancellation: what cannot be told is logged."""
        now_ms = self._clock.now_ms()
        try:
            readings = self._read(now_ms)
            self._before = troubles(readings, self._before)
            for kind, is_on in self._before.items():
                word = self._book.see(kind, "", now_ms, is_on=is_on)
                if word is not None and word.is_over and kind in self._words:
                    del self._words[kind]  # the end of what could not be told is not told either
                elif word is not None:
                    self._words[kind] = word
            await self._tell(self._words, readings, now_ms)
            self._words.clear()  # what could not be stored is told at the next look
        except Exception as error:  # the boundary: whoever looks after things must not be what stops them
            log.error("trouble not told", **fault(error))

    def _read(self, now_ms: int) -> Readings:
        slowest_ms = self._service.take_slowest_ms()
        if slowest_ms > SLOW_COMMIT_MS or now_ms - self._slow_at_ms > QUIET_MS:
            self._slow_ms, self._slow_at_ms = slowest_ms, now_ms
        stats = self._outbox.stats
        return Readings(self._clock_skew_ms(), self._slow_ms, self._free_mb(), stats.oldest_waiting_ms, stats.waiting)

    async def _tell(self, words: Mapping[Trouble, Word], readings: Readings, now_ms: int) -> None:
        if not words and not self._handlers.has_overdue(now_ms):
            return
        async with transaction(self._service.database) as conn:
            await self._handlers.tell_overdue(conn, now_ms)
            for kind, word in words.items():
                log.warning("trouble", kind=kind.value, is_over=word.is_over)
                key, until_ms = f"trouble:{kind}:{now_ms}", now_ms + TOLD_WITHIN_MS
                await self._handlers.tell_admins(conn, key, trouble_post(kind, word, readings), expires_ms=until_ms)
        self._outbox.wake()


def free_mb(folder: Path) -> int:
    """Room for the data folder."""
    return shutil.disk_usage(folder).free // 1_000_000


def has_room(folder: Path) -> bool:
    """Whether a start could write there what it must, quotas and all."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)
    except OSError:
        return False
    return True


_FULL = ("disk is full", "No space left")
_LOCKED = ("database is locked",)
_DAMAGED = ("disk image is malformed", "file is not a database", "invalid page in block")


def is_disk_full(error: BaseException) -> bool:
    """Whether that is what stopped us: alone, among other errors, or behind one that came of it."""
    return _says(error, _FULL)


def is_database_locked(error: BaseException) -> bool:
    """Whether another program held the database for longer than we wait."""
    return _says(error, _LOCKED)


def is_database_damaged(error: BaseException) -> bool:
    """Whether the database's file is not what was written."""
    return _says(error, _DAMAGED)


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    if any(each in str(error) for each in words):
        return True
    others = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    behind = () if error.__context__ is None else (error.__context__,)
    return any(_says(each, words) for each in (*others, *behind))
