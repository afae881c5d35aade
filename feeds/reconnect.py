"""Which failures are worth another try, and how long to wait before it. No clock and no sleeping of its own."""

from __future__ import annotations

import ssl
from collections import deque
from random import Random

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from feeds.base import FeedDisconnected

_BUSY = (408, 418, 425, 429)  # asked to come back later; 418 is Binance's word for "banned for a while"


def worth_another_try(error: BaseException) -> bool:
    """True for what may pass by itself: a broken line, a slow or overloaded server. False for what only a change of
    configuration or place can cure: a wrong address, a bad certificate, a request that is refused as such.
    """
    match error:
        case InvalidStatus():
            return _may_pass(error.response.status_code)
        case httpx.HTTPStatusError():
            return _may_pass(error.response.status_code)
        case ssl.SSLCertVerificationError() | InvalidURI() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return False
        case ConnectionClosed() | InvalidHandshake() | httpx.TransportError() | FeedDisconnected():
            return True
        case _:
            return isinstance(error, OSError | TimeoutError | EOFError)


def _may_pass(status: int) -> bool:
    return status >= 500 or status in _BUSY


class Backoff:
    """Waits between attempts: none before the first, then up to 1 s, 2 s, 4 s … 30 s, anywhere in that range, so that
    many clients cut off together do not come back together.

    A connection that has held for a minute makes the next attempt a first one again. Whatever happens, no more than
    `most` attempts are made within `within_ms` (Binance bans an address after 300 in five minutes).
    """

    def __init__(
        self,
        random: Random,
        *,
        base_ms: int = 1_000,
        cap_ms: int = 30_000,
        stable_ms: int = 60_000,
        most: int = 100,
        within_ms: int = 300_000,
    ) -> None:
        self._random = random
        self._base_ms = base_ms
        self._cap_ms = cap_ms
        self._stable_ms = stable_ms
        self._within_ms = within_ms
        self._attempts: deque[int] = deque(maxlen=most)
        self._failures = 0
        self._up_ms: int | None = None

    def wait_ms(self, now_ms: int) -> int:
        """How long to wait before the next attempt, which is then counted as made."""
        if self._up_ms is not None and now_ms - self._up_ms >= self._stable_ms:
            self._failures = 0
        self._up_ms = None
        wait_ms = 0
        if self._failures:
            ceiling_ms = min(self._cap_ms, self._base_ms << min(self._failures - 1, 20))
            wait_ms = int(self._random.random() * ceiling_ms)
        self._failures += 1
        if len(self._attempts) == self._attempts.maxlen:
            wait_ms = max(wait_ms, self._attempts[0] + self._within_ms - now_ms)
        self._attempts.append(now_ms + wait_ms)
        return wait_ms

    def succeeded(self, now_ms: int) -> None:
        """The attempt worked. Whether it counts is decided by how long it holds."""
        self._up_ms = now_ms
