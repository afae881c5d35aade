"""What a feed is, and the ways in which the world outside can disappoint it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from engine.events import Input
from engine.types import Candle, Timeframe

_SHOWN = 60  # characters of a bad value that an error repeats


class FeedError(Exception):
    """The world outside misbehaved. Base of everything feeds/ raises; the message is one line."""


class FeedDisconnected(FeedError):
    """The connection is gone; connecting again may help."""


class BadMessage(FeedError):
    """The venue sent something we do not understand; connecting again will not help.

    `reason` is a code to count by. `frame` holds the bytes as they came, for whoever investigates.
    """

    def __init__(self, feed: str, reason: str, frame: bytes) -> None:
        super().__init__(f"{feed}: message refused ({reason}): {shown(frame.decode('ascii', 'backslashreplace'))}")
        self.feed = feed
        self.reason = reason
        self.frame = frame


class UnknownFormat(FeedError):
    """A file is none of the formats we read, or does not say which market it is about."""


class BadLine(FeedError):
    """A line of a file cannot be believed. `line` counts from 1; `remedy` says what would do."""

    def __init__(self, path: Path, line: int, column: str, value: str, remedy: str) -> None:
        super().__init__(f"{path}, line {line}, column {column}: found {shown(value)}; {remedy}")
        self.path = path
        self.line = line
        self.column = column
        self.value = value
        self.remedy = remedy


def shown(value: str) -> str:
    """A foreign value fit for one line of a message: quoted, escaped, and cut when long."""
    return ascii(value) if len(value) <= _SHOWN else ascii(value[:_SHOWN]) + "…"


class Feed(Protocol):
    """A live source of inputs."""

    @property
    def name(self) -> str:
        """What its heartbeats are signed with."""
        ...

    def stream(self) -> AsyncGenerator[Input, None]:
        """Inputs as they come, until closed (`contextlib.aclosing`).

        Reconnects by itself; raises FeedError when that cannot help.
        """
        ...

    async def history(self, symbol: str, timeframe: Timeframe, until_ms: int, count: int) -> list[Candle]:
        """The newest `count` candles closed by `until_ms`, oldest first. Fewer where the venue has fewer."""
        ...
