"""How late everything is: the event loop, the thinking, the first word of a signal, its picture. In bounded memory."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

STALL_MS = 250  # of the event loop: worth a line in the log
SAMPLE_MS = 20.0  # how often the loop is asked to be punctual
_LEAST_MS, _GROWTH, _BUCKETS = 0.01, 1.1, 180  # 10 µs to four minutes, each a tenth wider than the one before


class Lateness:
    """Durations in ms, sorted into buckets: a percentile is at most a tenth too high, and never too low."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.worst_ms = 0.0

    def note(self, duration_ms: float) -> None:
        over = duration_ms / _LEAST_MS
        bucket = math.ceil(math.log(over, _GROWTH)) if over > 1 else 0
        self._counts[min(bucket, _BUCKETS - 1)] += 1
        self.count += 1
        self.worst_ms = max(self.worst_ms, duration_ms)

    def percentile(self, percent: float) -> float:
        """A duration that so many of a hundred did not exceed; 0 before the first."""
        wanted, seen = math.ceil(self.count * percent / 100), 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= wanted > 0:
                return min(_LEAST_MS * _GROWTH**bucket, self.worst_ms)
        return 0.0


class Watchdog:
    """Measures, and hinders nothing. `run` watches the loop; the others are told by those who do the work.

    `seconds` is a clock that is never set back, by default the loop's own.
    """

    def __init__(
        self,
        seconds: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self.loop = Lateness()  # of a task that wanted to run
        self.analysis = Lateness()  # from an input heard to what the engine made of it
        self.signal = Lateness()  # from a new signal written down to its request, with or without a picture
        self.picture = Lateness()  # from there to the request that first shows its chart

    def now_ms(self) -> float:
        seconds = self._seconds or asyncio.get_running_loop().time
        return seconds() * 1_000

    async def run(self) -> None:
        """Until cancelled. A stall counts once for each sample it swallowed, or long ones would look rare."""
        while True:
            due_ms = self.now_ms() + SAMPLE_MS
            await self._sleep(SAMPLE_MS / 1_000)
            late_ms = max(0.0, self.now_ms() - due_ms)
            if late_ms > STALL_MS:
                log.warning("event loop stalled", late_ms=round(late_ms))
            self.loop.note(late_ms)
            while late_ms > SAMPLE_MS:
                late_ms -= SAMPLE_MS
                self.loop.note(late_ms)
