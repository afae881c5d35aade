"""Where a send of unknown outcome may be, and what is made of what was seen there. Pure.

In channels and supergroups ids count up by one per chat, so the message, if it arrived, has one of the ids after the
highest known before the request. Each of them is looked at by forwarding it to the admins, and never by editing: it
may be somebody else's.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from bot.delivery.outcomes import Forwarded, Outcome, Refused
from bot.delivery.verdicts import REPEAT_MARK, visible
from bot.words.post import Post
from storage.doubts import Twin
from storage.outbox import OutboxRow

FIRST_LOOK_MS = 5_000  # most answers are lost on their way back, and the message stands already
LOOK_AHEAD = 3  # ids beyond the highest known that must be empty: a message in between may have been deleted
MOST_LOOKS = 20  # in one round; more candidates prove nothing
MOST_LOST_LOOKS = 20  # forwards of unknown outcome in one round
ROUNDS_BEFORE_REPEAT = 2
WATCH_FOR_MS = 3_600_000
WATCH_ROUNDS_MS = (
    15_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_200_000,
    2_400_000,
    WATCH_FOR_MS,
)  # after it was settled
NUMBERED_BELOW = -1_000_000_000_000  # ids of channels and supergroups; private chats and small groups share one count

# Telegram drops or replaces some of these; none of them tells two messages apart.
_UNSEEN = re.compile("[\0-\x20\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")


def is_numbered(chat_id: int) -> bool:
    """Whether ids in this chat count up by one."""
    return chat_id < NUMBERED_BELOW


def words(text: str) -> str:
    """Visible text as it is compared: without the mark of a second copy, and white space as it may be."""
    return _UNSEEN.sub(" ", text).strip().removesuffix(REPEAT_MARK).strip()


def is_marked(text: str) -> bool:
    return _UNSEEN.sub(" ", text).strip().endswith(f" {REPEAT_MARK}")


def fits(post: Post, *, with_photo: bool, seen: Forwarded) -> bool:
    """Whether this is what was sent. A text is as good as a picture's caption, since pictures may come late."""
    wanted = words(visible(post))
    return wanted != "" and wanted == words(seen.text) and (with_photo or not seen.photo)


class Sight(enum.Enum):
    """What is at an id."""

    SOMETHING = "something"
    NOTHING = "nothing"
    SEALED = "sealed"  # cannot be forwarded
    BLIND = "blind"  # nothing can be looked at from here


def sight(outcome: Outcome) -> Sight | None:
    """None when the look has to be repeated."""
    match outcome:
        case Forwarded():
            return Sight.SOMETHING
        case Refused(code) if code in (401, 404):
            return None
        case Refused(_, description) if "not found" in description and "message" in description:
            return Sight.NOTHING
        case Refused(_, description) if "MESSAGE_ID_INVALID" in description:
            return Sight.NOTHING
        case Refused(_, description) if "can't be forwarded" in description or "FORWARDS_RESTRICTED" in description:
            return Sight.SEALED
        case Refused():
            return Sight.BLIND
    return None


@dataclass(slots=True)
class Round:
    """Looking once at every candidate of a chat, in order."""

    chat_id: int
    after_id: int
    rows: frozenset[int]  # the sends this round counts for, and that are not found yet
    twins: frozenset[str]
    top: int = 0  # the highest id known to be taken
    at: int = 0  # the last id looked at
    empty: int = 0  # ids in a row where nothing was
    looks: int = 0
    lost: int = 0
    is_blind: bool = False  # not everything could be seen
    is_sealed: bool = False  # because something there cannot be forwarded
    is_disturbed: bool = False  # a send of the same words was under way

    def next_id(self, taken: Collection[int]) -> int | None:
        """The next candidate; None when the round is over. `taken`: ids above `after_id` known to be others."""
        if self.is_blind or self.looks >= MOST_LOOKS or not (self.rows or self.twins):
            return None
        self.top = max([self.after_id, *taken])
        candidate = max(self.at, self.after_id) + 1
        while candidate in taken:
            candidate += 1
        if candidate > self.top and self.empty >= LOOK_AHEAD:
            return None
        return candidate

    def note(self, candidate: int, what: Sight) -> None:
        """Below the highest known id an empty place was a message that somebody deleted."""
        self.at = candidate
        self.looks += 1
        self.is_sealed = self.is_sealed or what is Sight.SEALED
        self.is_blind = self.is_blind or what in (Sight.SEALED, Sight.BLIND)
        self.empty = self.empty + 1 if what is Sight.NOTHING and candidate > self.top else 0

    def note_lost(self) -> None:
        """A forward went out and nobody knows whether it arrived."""
        self.lost += 1
        self.is_blind = self.is_blind or self.lost >= MOST_LOST_LOOKS

    @property
    def proves_absence(self) -> bool:
        return not self.is_blind and not self.is_disturbed and self.looks < MOST_LOOKS


class Look(msgspec.Struct, frozen=True):
    """Not found: look again at this time."""

    at_ms: int
    probes: int


class SendAgain(msgspec.Struct, frozen=True):
    """Not found: it did not arrive. Should it do so later, its twin is deleted."""


class Repeat(msgspec.Struct, frozen=True):
    """Nobody can tell: once more, marked."""


def after_round(row: OutboxRow, done: Round, now_ms: int, repeat_after_ms: int) -> Look | SendAgain | Repeat:
    """What to do about a send this round did not find."""
    doubt_ms = now_ms if row.doubt_ms is None else row.doubt_ms
    last_ms = doubt_ms + repeat_after_ms
    if done.is_disturbed and not done.is_blind:
        return Look(now_ms + FIRST_LOOK_MS, row.probes)
    if not done.proves_absence:
        return Repeat()
    if row.probes + 1 >= ROUNDS_BEFORE_REPEAT and now_ms >= last_ms:
        return SendAgain()
    return Look(max(last_ms, now_ms + FIRST_LOOK_MS), row.probes + 1)


def next_watch_ms(twin: Twin, now_ms: int) -> int | None:
    """When to look for this twin next; None when it is not expected any more."""
    return next((twin.since_ms + age_ms for age_ms in WATCH_ROUNDS_MS if twin.since_ms + age_ms > now_ms), None)
