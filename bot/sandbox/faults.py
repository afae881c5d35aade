"""What can go wrong between a bot and Telegram, as a script: off until something is written into it.

A fault is met once, by the next request of its method. `Faults.wild` writes a script by itself, from a seeded
generator, so that a bad day can be had again.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from bot.sandbox.errors import ApiError, too_many_requests
from bot.sandbox.params import Params

ANY = "*"
STATUS_WORDS = {409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}


class AnswerLost(Exception):
    """The line went dead: the bot hears nothing, whatever became of its request."""


class Mishap(StrEnum):
    """`LATE` is carried out `delay_ms` of the sandbox's clock after the bot was left without an answer."""

    ANSWER_LOST = "answer lost"  # carried out, and the line goes dead
    REQUEST_LOST = "request lost"  # the line goes dead first
    LATE = "late"
    SLOW = "slow"  # carried out at once, answered after `delay_ms` real milliseconds
    REFUSED = "refused"  # `status` is answered, and nothing done
    FAILED_AFTER = "failed after"  # done, and `status` is answered all the same
    TWICE = "twice"  # of getUpdates: what was confirmed last comes once more


@dataclass(frozen=True, slots=True)
class Fault:
    mishap: Mishap
    status: int = 502
    delay_ms: int = 0

    def error(self) -> ApiError:
        """The answer in place of the true one. Flood control names whole seconds."""
        if self.status == 429:
            return too_many_requests(max(1, self.delay_ms // 1000))
        return ApiError(self.status, STATUS_WORDS.get(self.status, "Error"))


@dataclass(frozen=True, slots=True)
class LateRequest:
    """One that is still on its way to the server."""

    due_ms: int
    method: str
    params: Params


class Faults:
    """The script, and the requests it holds back."""

    def __init__(self) -> None:
        self._script: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._late: list[LateRequest] = []
        self._chance: Random | None = None
        self._share = 0.0
        self.met: list[tuple[str, Fault]] = []  # method and fault, as they happened

    def script(self, method: str, *faults: Fault | None) -> None:
        """What the next requests of this method meet; `ANY` is every method. None lets one pass unharmed."""
        self._script[method].extend(faults)

    def wild(self, chance: Random, share: float) -> None:
        """From now on this share of the unscripted requests meets something, getUpdates aside."""
        self._chance, self._share = chance, share

    def calm(self) -> None:
        """No more faults. What is on its way still arrives."""
        self._script.clear()
        self._chance = None

    def take(self, method: str) -> Fault | None:
        for name in (method, ANY):
            if self._script[name]:
                return self._note(method, self._script[name].popleft())
        if self._chance is None or method == "getUpdates" or self._chance.random() >= self._share:
            return None
        return self._note(method, _any_fault(self._chance))

    def hold_back(self, method: str, params: Params, due_ms: int) -> None:
        self._late.append(LateRequest(due_ms, method, params))

    def arrivals(self, now_ms: int) -> list[LateRequest]:
        """Those that reach the server by now, in the order they do."""
        due = sorted((late for late in self._late if late.due_ms <= now_ms), key=lambda late: late.due_ms)
        self._late = [late for late in self._late if late.due_ms > now_ms]
        return due

    def _note(self, method: str, fault: Fault | None) -> Fault | None:
        if fault is not None:
            self.met.append((method, fault))
        return fault


def _any_fault(chance: Random) -> Fault:
    mishap = chance.choice([Mishap.ANSWER_LOST, Mishap.REQUEST_LOST, Mishap.LATE, Mishap.REFUSED, Mishap.FAILED_AFTER])
    if mishap is Mishap.REFUSED:
        return Fault(mishap, status=chance.choice([429, 500, 502]), delay_ms=chance.randrange(1_000, 20_000))
    return Fault(mishap, status=chance.choice([500, 502]), delay_ms=chance.randrange(1_000, 300_000))
