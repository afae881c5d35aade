"""The operator's economic calendar: a file, read at start and again when it has changed, handed on as time comes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec
import structlog

from bot.config import Config, ConfigError
from engine.events import EVERY_CURRENCY, NewsItem
from engine.types import DAY_MS
from feeds.base import FeedError
from feeds.calendar import read_calendar

log = structlog.get_logger(__name__)

AHEAD_MS = 7 * DAY_MS  # what is farther away is handed on later: the engine keeps a bounded number
CAUGHT_UP_MS = DAY_MS  # and what is past longer says nothing any more


class CalendarState(msgspec.Struct, frozen=True):
    """How far one can rely on it. `until_ms` is its last announcement, None when it holds none; `trouble` says why the
    newest file could not be read, while the one before still counts.
    """

    name: str
    until_ms: int | None
    unreadable: int  # rows
    trouble: str | None = None


class Calendar:
    """Without a file it knows nothing. `currencies` are those of the configured instruments; others are left out.

    FeedError or OSError when the file cannot be read at the start: whoever names a calendar relies on it.
    """

    def __init__(self, file: Path | None, currencies: Collection[str]) -> None:
        self._file = file
        self._currencies = {EVERY_CURRENCY, *currencies}
        self._read: tuple[int, int] | None = None  # time and size of the file that was read last
        self._items: tuple[NewsItem, ...] = ()
        self._told: set[NewsItem] = set()
        self._state: CalendarState | None = None
        if file is not None:
            self._load(file, _stamp(file))

    @property
    def state(self) -> CalendarState | None:
        """None when no calendar is connected."""
        return self._state

    def due(self, now_ms: int) -> list[NewsItem]:
        """What comes within a week and was not handed on before. What a newer file has left out stays in force."""
        self._look_again()
        coming = [item for item in self._items if now_ms - CAUGHT_UP_MS < item.time_ms <= now_ms + AHEAD_MS]
        fresh = [item for item in coming if item not in self._told]
        self._told = {item for item in self._told if item.time_ms > now_ms - CAUGHT_UP_MS} | set(fresh)
        return fresh

    def _look_again(self) -> None:
        """A file that is being replaced, or was replaced by something else, must not cost the one before."""
        if self._file is None or self._state is None:
            return
        try:
            stamp = _stamp(self._file)
            if stamp == self._read:
                return
            self._load(self._file, stamp)
        except (FeedError, OSError) as error:
            if isinstance(error, OSError):  # the same file may come back
                self._read = None
            trouble = why_not_read(self._file, error)
            if trouble != self._state.trouble:
                log.warning("calendar not read; the one before still counts", error=trouble)
            self._state = msgspec.structs.replace(self._state, trouble=trouble)

    def _load(self, file: Path, stamp: tuple[int, int]) -> None:
        self._read = stamp
        unreadable: list[FeedError] = []
        items = read_calendar(file.read_bytes(), file, unreadable.append)
        for error in unreadable[:1]:
            log.warning("calendar has rows that cannot be read", rows=len(unreadable), first=str(error))
        self._items = tuple(item for item in items if item.currency in self._currencies)
        self._state = CalendarState(file.name, max((item.time_ms for item in items), default=None), len(unreadable))
        log.info("calendar read", file=file.name, announcements=len(self._items))


def open_calendar(config: Config) -> Calendar:
    """As configured. ConfigError when its file cannot be read."""
    file = config.feeds.calendar.file
    currencies = {code for each in config.instruments for code in (each.base, each.quote)}
    if file is None:
        return Calendar(None, currencies)
    try:
        return Calendar(file, currencies)
    except (FeedError, OSError) as error:
        remedy = "save a calendar there, or leave the key out"
        raise ConfigError(f"feeds.calendar.file: {why_not_read(file, error)}; {remedy}") from None


def why_not_read(file: Path, error: FeedError | OSError) -> str:
    return str(error) if isinstance(error, FeedError) else f"{file}: {(error.strerror or 'not read').lower()}"


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size
