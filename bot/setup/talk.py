"""How `setup` speaks with the operator at the terminal, and hears what happens in Telegram meanwhile."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.delivery.outcomes import Flooded, Outcome, Refused
from bot.delivery.telegram_client import CallFailed, TelegramClient
from bot.delivery.updates import Update
from bot.words.wording import tidy

BEAT_S = 1.0


class SetupStopped(Exception):
    """It cannot go on; the text says why and what would do."""


class Operator:
    """Whoever sits at the terminal. `ask` shows what they type, `ask_secret` does not."""

    def __init__(self, ask: Callable[[str], str], ask_secret: Callable[[str], str], say: Callable[[str], None]) -> None:
        self._ask = ask
        self._ask_secret = ask_secret
        self.say = say

    def ask(self, question: str, default: str = "") -> str:
        """Their answer without spaces around it; `default`, which is shown, when they only press Enter."""
        shown = f"{question} [{default}]: " if default else f"{question}: "
        with _interruptible():
            return self._ask(shown).strip() or default

    def ask_secret(self, question: str) -> str:
        with _interruptible():
            return self._ask_secret(f"{question}: ").strip()

    def agrees(self, question: str) -> bool:
        """Enter means yes."""
        while True:
            answer = self.ask(f"{question} [Y/n]").lower()
            if answer in ("", "y", "yes"):
                return True
            if answer in ("n", "no"):
                return False
            self.say("Please answer y or n.")


class Ear:
    """Updates one by one, with a sign of life for each second of waiting. `aclose` ends it."""

    def __init__(self, client: TelegramClient, beat: Callable[[], None], say: Callable[[str], None]) -> None:
        self._updates: AsyncIterator[Update] = client.updates()
        self._next: asyncio.Future[Update] | None = None
        self._beat = beat
        self._say = say

    async def hear(self, patience_s: float) -> Update | None:
        """None when nothing came for so long. TokenRefused and TokenInUse are raised."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._updates))
        beats = 0
        while patience_s > 0:
            wait_s = min(BEAT_S, patience_s)
            done, _ = await asyncio.wait([self._next], timeout=wait_s)
            if done:
                break
            self._beat()
            beats += 1
            patience_s -= wait_s
        if beats:
            self._say("")  # ends the line of dots
        if not self._next.done():
            return None
        heard, self._next = self._next, None
        return heard.result()

    async def aclose(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)


def reason(outcome: Outcome) -> str:
    """Why a request came to nothing, in words for a person; Telegram's own where it gave any."""
    match outcome:
        case Refused():
            return tidy(outcome.description, 120)
        case Flooded():
            return f"too many requests; wait {outcome.retry_after_ms // 1000} s"
        case _:
            return tidy(str(getattr(outcome, "why", outcome)), 120)


def failure(error: CallFailed) -> str:
    return reason(error.outcome)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lets Ctrl-C end a prompt. asyncio's own handler leaves that to the loop, which stands still while we ask."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread
        return
    before: Any = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
