"""The only place that asks what time it is. Everything else is handed a clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds UTC."""
        ...

    async def sleep_ms(self, duration_ms: int) -> None: ...


class WallClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep_ms(self, duration_ms: int) -> None:
        await asyncio.sleep(duration_ms / 1000)


def steady_ms() -> int:
    """Milliseconds since some moment; never set back. For measuring, and for pacing what is not market time."""
    return time.monotonic_ns() // 1_000_000


class MarketClock:
    """Time as the recorded or simulated market has it. It stands still until it is told to move.

    Waiting returns at once: whoever moves the clock runs what has become due, in order (see `bot/app.py`).
    """

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def move_to(self, time_ms: int) -> None:
        """Forward only; an earlier time changes nothing."""
        self._now_ms = max(self._now_ms, time_ms)

    async def sleep_ms(self, duration_ms: int) -> None:  # noqa: ARG002
        await asyncio.sleep(0)
