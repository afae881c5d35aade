"""What the bot has not heard yet, and the long poll it listens on."""

import asyncio
from collections import deque
from dataclasses import dataclass

from bot.sandbox.errors import POLL_TAKEN_OVER, ApiError

KEPT = 10_000  # updates nobody has fetched
FIRST_ID = 1_000_001
LONGEST_POLL_S = 50
LARGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened in a chat; `kind` is the field it travels in."""

    id: int
    kind: str
    value: dict[str, object]

    def as_json(self) -> dict[str, object]:
        return {"update_id": self.id, self.kind: self.value}


class Updates:
    """A queue with one reader. A second reader ends the first one's wait, as at Telegram."""

    def __init__(self) -> None:
        self._waiting: deque[Update] = deque(maxlen=KEPT)
        self._confirmed: list[Update] = []  # by the last poll that confirmed any
        self._repeats = False  # the next poll is told those again
        self._next_id = FIRST_ID
        self._allowed: frozenset[str] = frozenset()  # empty: all kinds
        self._poll: asyncio.Future[None] | None = None
        self._closed = False

    @property
    def pending(self) -> int:
        return len(self._waiting)

    @property
    def is_polled(self) -> bool:
        """Whether somebody waits right now."""
        return self._poll is not None

    def push(self, kind: str, value: dict[str, object]) -> None:
        """Kinds the bot did not ask for are not kept."""
        if self._allowed and kind not in self._allowed:
            return
        self._waiting.append(Update(self._next_id, kind, value))
        self._next_id += 1
        self._wake()

    def allow(self, kinds: frozenset[str]) -> None:
        """From now on; the choice stays until the next one. Empty means every kind."""
        self._allowed = kinds

    def forget(self) -> None:
        self._waiting.clear()

    def repeat(self) -> None:
        """What was confirmed last comes once more, as after a confirmation that got lost."""
        self._repeats = True

    def close(self) -> None:
        """Let a waiting poll go; later polls do not wait."""
        self._closed = True
        self._wake()

    async def poll(self, offset: int, limit: int, timeout_s: int) -> list[Update]:
        """Confirms everything before `offset`, then waits up to `timeout_s` (real seconds) for something to tell.

        A negative offset keeps only so many of the newest. Raises ApiError when another poll takes over.
        """
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, POLL_TAKEN_OVER))
        self._confirm(offset)
        repeats, self._repeats = self._repeats, False
        if repeats and self._confirmed:
            return self._confirmed
        if not self._waiting and timeout_s > 0 and not self._closed:
            await self._wait(min(timeout_s, LONGEST_POLL_S))
        size = limit if 1 <= limit <= LARGEST_BATCH else LARGEST_BATCH
        return [update for update, _ in zip(self._waiting, range(size), strict=False)]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        confirmed: list[Update] = []
        while offset > 0 and self._waiting and self._waiting[0].id < offset:
            confirmed.append(self._waiting.popleft())
        self._confirmed = confirmed or self._confirmed

    async def _wait(self, timeout_s: int) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = mine
        try:
            async with asyncio.timeout(timeout_s):
                await mine
        except TimeoutError:
            pass
        finally:
            if self._poll is mine:
                self._poll = None

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
