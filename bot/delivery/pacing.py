"""How often Telegram lets a bot speak, kept as budgets. Pure: time comes in, nothing waits here.

Telegram publishes no exact limits; its FAQ says one message a second in a chat, 20 a minute in a group and 30 a second
overall. Channels count as groups and edits as messages. What it answers (429) always outranks what is written here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import msgspec

SECOND_MS = 1_000
MINUTE_MS = 60_000


class Limits(msgspec.Struct, frozen=True):
    """A little under Telegram's own, since its clock is not ours."""

    chat_gap_ms: int = 1_000
    chat_per_minute: int = 18  # groups, supergroups and channels; a private chat has only the gap
    overall_per_second: int = 25
    kept_free: int = 5  # of a chat's minute: what patient requests leave for a signal that cannot wait
    least_per_minute: int = 4  # however often Telegram objects


@dataclass(slots=True)
class _Chat:
    answered: deque[int] = field(default_factory=deque)  # within the last minute, oldest first
    flying: int = 0
    blocked_until_ms: int = 0
    allowed: int | None = None  # requests a minute after the last objection; None before the first
    objected_ms: int = 0


class Pace:
    """Knows every request of the last minute, and so when the next may go.

    A request counts as made "now" while it flies and from its answer on: at whatever moment Telegram received it, no
    window of Telegram's holds more than the limit. If the clock is set back, what is remembered moves with it.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._chats: dict[int, _Chat] = {}
        self._overall: deque[int] = deque()
        self._flying = 0
        self._now_ms = 0

    def may_send_at(self, chat_id: int, now_ms: int, *, patient: bool = False) -> int:
        """The earliest time, not before `now_ms`, at which a request to this chat keeps all limits.

        A patient one also leaves part of the minute free, and keeps an even distance to the request before it, so
        that live edits flow steadily and a new signal finds the way clear.
        """
        self._follow(now_ms)
        overall = [*self._overall, *[now_ms] * self._flying]
        earliest = max(now_ms, _free_at(overall, self._limits.overall_per_second, SECOND_MS))
        chat = self._chats.get(chat_id)
        if chat is None:
            return earliest
        stamps = [*chat.answered, *[now_ms] * chat.flying]
        earliest = max(earliest, chat.blocked_until_ms, _free_at(stamps, 1, self._limits.chat_gap_ms))
        if chat_id > 0:
            return earliest
        allowed = self.allowed_per_minute(chat_id, now_ms)
        if patient:
            allowed = max(1, allowed - self._limits.kept_free)
            earliest = max(earliest, _free_at(stamps, 1, -(-MINUTE_MS // allowed)))
        return max(earliest, _free_at(stamps, allowed, MINUTE_MS))

    def has_room(self, chat_id: int, now_ms: int, spare: int) -> bool:
        """Whether this minute of the chat takes one more request, and so many after it."""
        self._follow(now_ms)
        chat = self._chats.get(chat_id)
        if chat is None or chat_id > 0:
            return True
        return len(chat.answered) + chat.flying + 1 + spare <= self.allowed_per_minute(chat_id, now_ms)

    def allowed_per_minute(self, chat_id: int, now_ms: int) -> int:
        """After an objection a third less, then one more with every quiet minute up to the configured number."""
        chat = self._chats.get(chat_id)
        if chat is None or chat.allowed is None:
            return self._limits.chat_per_minute
        quiet_minutes = max(0, now_ms - chat.objected_ms) // MINUTE_MS
        return min(self._limits.chat_per_minute, chat.allowed + quiet_minutes)

    def note_request(self, chat_id: int) -> None:
        """One leaves now; `note_answer` must follow, or `withdraw_request`."""
        self._chats.setdefault(chat_id, _Chat()).flying += 1
        self._flying += 1

    def note_answer(self, chat_id: int, now_ms: int) -> None:
        """It was answered, or given up."""
        self._follow(now_ms)
        self._chats[chat_id].flying -= 1
        self._flying -= 1
        self.remember(chat_id, now_ms)

    def withdraw_request(self, chat_id: int) -> None:
        """It was announced, and turned out to be unnecessary."""
        self._chats[chat_id].flying -= 1
        self._flying -= 1

    def remember(self, chat_id: int, time_ms: int) -> None:
        """A request of which only the time is known, such as one made before a restart; oldest first."""
        self._chats.setdefault(chat_id, _Chat()).answered.append(time_ms)
        self._overall.append(time_ms)

    def note_flood(self, chat_id: int, now_ms: int, retry_after_ms: int) -> None:
        """Telegram said: not before `retry_after_ms` from now, in this chat."""
        allowed = self.allowed_per_minute(chat_id, now_ms)
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.blocked_until_ms = max(chat.blocked_until_ms, now_ms + retry_after_ms)
        chat.allowed = max(self._limits.least_per_minute, allowed * 2 // 3)
        chat.objected_ms = chat.blocked_until_ms

    def _follow(self, now_ms: int) -> None:
        if now_ms < self._now_ms:
            self._move_back(self._now_ms - now_ms)
        elif now_ms == self._now_ms:
            return
        self._now_ms = now_ms
        _drop_until(self._overall, now_ms - SECOND_MS)
        for chat in self._chats.values():
            _drop_until(chat.answered, now_ms - MINUTE_MS)

    def _move_back(self, by_ms: int) -> None:
        self._overall = deque(stamp - by_ms for stamp in self._overall)
        for chat in self._chats.values():
            chat.answered = deque(stamp - by_ms for stamp in chat.answered)
            chat.blocked_until_ms -= by_ms
            chat.objected_ms -= by_ms


def _free_at(stamps: list[int], limit: int, window_ms: int) -> int:
    """When a window of this length has room for one more, with `limit` in it at most."""
    return stamps[-limit] + window_ms if len(stamps) >= limit else 0


def _drop_until(stamps: deque[int], until_ms: int) -> None:
    while stamps and stamps[0] <= until_ms:
        stamps.popleft()
