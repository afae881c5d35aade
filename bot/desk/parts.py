"""What the desk's files share: its parts, and what it wants done with a chat."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.config import Config
from bot.desk.access import Admin
from bot.desk.answers import Answers
from bot.desk.questions import Pending, Wanted, Wish, Wording
from bot.news import Calendar
from bot.voices import Voices
from bot.words.post import Post
from engine.engine import Engine
from engine.events import Command


class Parts(msgspec.Struct, frozen=True):
    """`clock` is the market's, `people` the one that admins look at; live both are the same. `calendar` is None where
    nothing can bring news but the journal.
    """

    config: Config
    engine: Engine
    database: AsyncEngine
    voices: Voices
    clock: Clock
    people: Clock
    answers: Answers
    pending: Pending
    wording: Wording
    submit: Callable[[Command], None]
    calendar: Calendar | None

    @property
    def symbols(self) -> list[str]:
        return [instrument.symbol for instrument in self.config.instruments]

    def wish(self, admin: Admin, key: str, wanted: Wanted) -> None:
        """Hand it to the engine; its answer will go to the message `key`."""
        self.submit(Command(admin.id, wanted))
        self.pending.wish(Wish(admin, key, wanted))


class Put(msgspec.Struct, frozen=True):
    """A message that should look like `post`."""

    key: str
    chat_id: int
    thread_id: int | None
    post: Post


class Reaction(msgspec.Struct, frozen=True):
    """What a tap gets: a passing note (empty: only an end to waiting), and messages changed or sent."""

    toast: str = ""
    puts: tuple[Put, ...] = ()


def desk_key(kind: str, place: str) -> str:
    """A message of the desk, `kind` being what it answers: `desk:status:1001/17`."""
    return f"desk:{kind}:{place}"


def kind_of(key: str | None) -> str | None:
    """None for what is no message of the desk, such as a signal."""
    room, _, rest = (key or "").partition(":")
    return rest.partition(":")[0] if room == "desk" else None
