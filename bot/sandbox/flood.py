"""Telegram's flood control, as far as it is known: per chat, per group and for the whole bot.

Times are those of the sandbox's clock, so a replay at any speed is held to the limits of its own market time.
"""

import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

SECOND_MS = 1_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """What Telegram's FAQ says: 1 message a second in a chat, 20 a minute in a group, 30 a second overall.

    Channels count as groups. Edits count like messages.
    """

    chat_per_s: float = 1.0  # refill of a chat's allowance
    chat_burst: int = 3  # messages at once after a silence
    group_per_min: int = 20  # in any 60 s; groups, supergroups and channels
    overall_per_s: int = 30  # in any 1 s, all chats together


class FloodControl:
    """Says of each request whether it passes, or how long to wait. A refused request costs nothing."""

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self._chats: dict[Hashable, _Allowance] = {}
        self._groups: dict[Hashable, _Window] = {}
        self._overall = _Window(limits.overall_per_s, SECOND_MS)
        self._now_ms = 0

    def retry_after_s(self, chat_id: Hashable, *, is_group: bool, now_ms: int) -> int:
        """Zero, and the request is counted; else whole seconds until it would pass."""
        limits = self._limits
        self._now_ms = now_ms = max(now_ms, self._now_ms)  # a clock set back must not open the gates
        allowance = self._chats.setdefault(chat_id, _Allowance(limits.chat_per_s, limits.chat_burst, now_ms))
        windows = [self._overall]
        if is_group:
            windows.append(self._groups.setdefault(chat_id, _Window(limits.group_per_min, MINUTE_MS)))
        wait_ms = max(allowance.wait_ms(now_ms), *(window.wait_ms(now_ms) for window in windows))
        if wait_ms > 0:
            return math.ceil(wait_ms / SECOND_MS)
        allowance.take(now_ms)
        for window in windows:
            window.taken_ms.append(now_ms)
        return 0


@dataclass(slots=True)
class _Window:
    """At most `limit` in any stretch of `length_ms`."""

    limit: int
    length_ms: int
    taken_ms: deque[int] = field(default_factory=deque)

    def wait_ms(self, now_ms: int) -> float:
        while self.taken_ms and self.taken_ms[0] <= now_ms - self.length_ms:
            self.taken_ms.popleft()
        if len(self.taken_ms) < self.limit:
            return 0
        return self.taken_ms[-self.limit] + self.length_ms - now_ms


class _Allowance:
    """A purse that refills steadily up to `burst`."""

    def __init__(self, per_s: float, burst: int, now_ms: int) -> None:
        self._per_ms = per_s / SECOND_MS
        self._burst = burst
        self._left = float(burst)
        self._since_ms = now_ms

    def wait_ms(self, now_ms: int) -> float:
        self._left = min(self._burst, self._left + (now_ms - self._since_ms) * self._per_ms)
        self._since_ms = now_ms
        # Sums of small refills fall short of a whole by rounding; a microsecond is not worth a refusal.
        return 0 if self._left >= 1 - 1e-9 else (1 - self._left) / self._per_ms

    def take(self, now_ms: int) -> None:
        self.wait_ms(now_ms)
        self._left -= 1
