"""How long everything waits while Telegram gives no answer: longer each time, and not at all after the next one."""

from __future__ import annotations

import structlog

log = structlog.get_logger(__name__)

LONGEST_HOLD_MS = 30_000


class Patience:
    """One for the whole line: what nobody answers in one chat nobody answers in another."""

    def __init__(self) -> None:
        self._until_ms = 0
        self._failures = 0

    def until_ms(self, now_ms: int) -> int:
        """Nothing goes out before; never further away than the longest wait, should the clock be set back."""
        return min(self._until_ms, now_ms + LONGEST_HOLD_MS)

    def note_silence(self, chat_id: int, why: str, now_ms: int) -> None:
        if now_ms >= self._until_ms:
            self._failures += 1
            self._until_ms = now_ms + min(1_000 * 2 ** min(self._failures - 1, 10), LONGEST_HOLD_MS)
        if self._failures == 1:
            log.warning("Telegram does not answer", chat_id=chat_id, why=why)

    def note_answer(self) -> None:
        self._failures, self._until_ms = 0, 0
