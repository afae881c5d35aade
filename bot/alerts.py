"""Which troubles are told, and how often: the same one at most once in a while, and its end once.

Pure: times come in, decisions go out. Troubles that last are reported as often as one likes, by whoever sees them.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from engine.types import MINUTE_MS
from storage.audit import AuditEntry

WINDOW_MS = 15 * MINUTE_MS


class Trouble(enum.StrEnum):
    """What may be the matter. The subject says with what: a symbol, a chat."""

    FEED = "feed"
    CLOCK = "clock"
    DATABASE = "database"
    DISK = "disk"
    OUTBOX = "outbox"


class Word(msgspec.Struct, frozen=True):
    """Something to tell: a trouble, or its end. `left_out` counts the like that nobody was told of since the last."""

    is_over: bool
    left_out: int = 0


class _Case(msgspec.Struct):
    """What is known of one kind and subject."""

    told_ms: int | None = None  # when a trouble of it was last told
    left_out: int = 0
    is_on: bool = False
    is_told: bool = False
    is_counted: bool = False  # the present one is among those left out


class AlertBook:
    """Remembers what was told. `window_ms` is the least time between two words of the same trouble."""

    def __init__(self, window_ms: int = WINDOW_MS) -> None:
        self._window_ms = window_ms
        self._cases: dict[tuple[str, str], _Case] = {}

    def see(self, kind: str, subject: str, now_ms: int, *, is_on: bool) -> Word | None:
        """How it stands now, for what lasts. A trouble that came back too soon is told when the time has passed, if it
        is still there; the end of what was not told is not told either.
        """
        case = self._cases.setdefault((kind, subject), _Case())
        if not is_on:
            was_told = case.is_told
            case.is_on = case.is_told = case.is_counted = False
            return Word(is_over=True) if was_told else None
        case.is_on = True
        if case.is_told:
            return None
        if self._is_too_soon(case, now_ms):
            case.left_out += not case.is_counted
            case.is_counted = True
            return None
        left_out = case.left_out - case.is_counted
        case.told_ms, case.is_told, case.left_out, case.is_counted = now_ms, True, 0, False
        return Word(is_over=False, left_out=left_out)

    def once(self, kind: str, subject: str, now_ms: int) -> Word | None:
        """For what happens and is over: None when the like was told a moment ago."""
        case = self._cases.setdefault((kind, subject), _Case())
        if self._is_too_soon(case, now_ms):
            case.left_out += 1
            return None
        word = Word(is_over=False, left_out=case.left_out)
        case.told_ms, case.left_out = now_ms, 0
        return word

    def is_due(self, kind: str, subject: str, now_ms: int) -> bool:
        """Whether a trouble that is still there would be told now; changes nothing."""
        case = self._cases.get((kind, subject))
        return case is not None and case.is_on and not case.is_told and not self._is_too_soon(case, now_ms)

    def knows(self, kind: str, subject: str) -> bool:
        """Whether it was ever seen or happened since the program started."""
        return (kind, subject) in self._cases

    def _is_too_soon(self, case: _Case, now_ms: int) -> bool:
        # A clock that was set back must not keep us silent.
        return case.told_ms is not None and 0 <= now_ms - case.told_ms < self._window_ms


START, STOP = "start", "stop"  # the program's own actions in the audit


def own_entry(action: str, time_ms: int, **detail: str | int | bool) -> AuditEntry:
    """What the program writes of itself."""
    return AuditEntry(time_ms, None, "", action, allowed=True, detail=dict(detail))


def why_ended(newest_first: Sequence[AuditEntry]) -> tuple[str, str]:
    """What became of the process before: `stopped`, `failed` with the error's name, or `vanished`."""
    last = newest_first[0] if newest_first else None
    if last is None or (last.action == STOP and not last.detail.get("error")):
        return "stopped", ""
    return ("failed", str(last.detail["error"])) if last.action == STOP else ("vanished", "")


def restart_word(newest_first: Sequence[AuditEntry], now_ms: int, window_ms: int = WINDOW_MS) -> Word | None:
    """As `AlertBook.once`, for restarts, which no memory survives: from the starts the audit has."""
    left_out = 0
    for entry in newest_first:
        if entry.action != START or entry.detail.get("is_first"):
            continue
        if entry.detail.get("told"):
            return None if 0 <= now_ms - entry.time_ms < window_ms else Word(is_over=False, left_out=left_out)
        left_out += 1
    return Word(is_over=False, left_out=left_out)
