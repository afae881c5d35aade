"""Every request the bot made, as the server saw it. Tests read it; it is what was said, not what was meant."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

KEPT = 5_000  # requests


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `params` are as received: text, or JSON values if the body was JSON; uploads only by name."""

    method: str
    params: Mapping[str, object]
    uploads: tuple[str, ...]
    time_ms: int  # of the sandbox's clock
    refusal: str | None  # the description of the error, None when accepted


class Ledger:
    """The newest requests, and counts of all of them."""

    def __init__(self) -> None:
        self.requests: deque[Request] = deque(maxlen=KEPT)
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def note(self, request: Request) -> None:
        self.requests.append(request)
        counts = self.accepted if request.refusal is None else self.refused
        counts[request.method] += 1
