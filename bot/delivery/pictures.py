"""Drawing at sending time: late or failed pictures are simply not there yet."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

Draw = Callable[[bytes], Awaitable[bytes]]
"""What to draw → PNG. May raise anything, and take any time."""


WORDS_S = 0.4  # what the words need, on a busy machine too: to be put in, and to go out when no picture is waited for


def patience_s(timeout_s: float, waited_s: float) -> float:
    """How long to wait for the picture of a message that has waited already: so that its words are out `timeout_s`
    after they were put in. What came to its turn late, since its chat was not free, gives its picture a third of that.
    """
    return max(timeout_s / 3, timeout_s - WORDS_S - waited_s)


def fingerprint(picture: bytes) -> str:
    """Equal for equal pictures: of what is to be drawn, so it is known before it is drawn."""
    return hashlib.sha256(picture).hexdigest()


class Pictures:
    """Gives up waiting when words must be out after `timeout_s` (None: never), but not drawing: who asks again later
    finds it finished.

    The newest few are kept, since several channels may show the same one.
    """

    def __init__(self, draw: Draw, timeout_s: float | None, kept: int = 32) -> None:
        self._draw = draw
        self._timeout_s = timeout_s
        self._kept = kept
        self._tasks: dict[str, asyncio.Task[bytes]] = {}  # the one asked for last stands last

    async def png(self, picture: bytes, waited_s: float) -> bytes | None:
        """None when it is late or could not be drawn. The message that wants it has waited so long already."""
        sha = fingerprint(picture)
        task = self._tasks.pop(sha, None)
        if task is None:
            task = asyncio.create_task(self._drawn(picture), name="draw")
        self._tasks[sha] = task
        self._forget_oldest()
        timeout_s = None if self._timeout_s is None else patience_s(self._timeout_s, waited_s)
        await asyncio.wait([task], timeout=timeout_s)
        if not task.done():
            log.warning("picture late", picture=sha[:12])
            return None
        if task.cancelled():
            return None
        error = task.exception()
        if error is None:
            return task.result()
        log.warning("picture not drawn", picture=sha[:12], error=repr(error))
        if self._tasks.get(sha) is task:
            del self._tasks[sha]
        return None

    def stop(self) -> None:
        """What is being drawn is no longer wanted."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _drawn(self, picture: bytes) -> bytes:
        return await self._draw(picture)

    def _forget_oldest(self) -> None:
        while len(self._tasks) > self._kept:
            oldest = next(iter(self._tasks))
            self._tasks.pop(oldest).cancel()
