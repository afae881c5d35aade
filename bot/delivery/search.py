"""Finds out what became of sends of unknown outcome, one request at a time, and clears away what that leaves behind.

All that is known lies in the database but the place within a round: a crash begins the round again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.delivery.adoption import adopt, give_up_or_again, mark_double
from bot.delivery.attempts import Alert, AlertKind, Sent
from bot.delivery.outcomes import Flooded, Forwarded, Messenger, NotSent, Outcome, Refused, Unknown
from bot.delivery.settling import Round, fits, is_numbered, next_watch_ms, sight
from bot.delivery.slots import decode
from storage.database import reading, transaction
from storage.doubts import (
    Litter,
    Twin,
    cleared,
    doubtful,
    find_litter,
    find_twins,
    forget_spent,
    highest_id,
    in_flight,
    remove_twin,
    save_twin,
    spend,
    taken_ids,
    throw_away,
    throw_later,
)
from storage.outbox import OutboxRow

log = structlog.get_logger(__name__)

HEARD_UNSAVED = 10  # posts of others in a chat where nothing is in doubt
LONGEST_LITTER_WAIT_MS = 600_000


class Errand(msgspec.Struct, frozen=True):
    """A request wanted in `chat_id`: a look there at a message of the chat `about`, or a piece of litter to delete."""

    chat_id: int
    due_ms: int
    about: int | None = None
    piece: Litter | None = None


class Search:
    """`probe_chat` is where admins read, and where forwards stand for a moment; without one nothing can be settled."""

    def __init__(
        self,
        database: AsyncEngine,
        client: Messenger,
        clock: Clock,
        probe_chat: int | None,
        repeat_after_ms: int,
        sent: Callable[[AsyncConnection, Sent], Awaitable[None]] | None,
    ) -> None:
        self._database = database
        self._client = client
        self._clock = clock
        self._probe_chat = probe_chat
        self._repeat_after_ms = repeat_after_ms
        self._sent = sent
        self._rounds: dict[int, Round] = {}  # by the chat that is searched
        self._doubts: list[OutboxRow] = []
        self._twins: list[Twin] = []
        self._litter: list[Litter] = []
        self.found = 0
        self.twins_deleted = 0
        self._heard: dict[int, int] = {}  # by chat, the highest id
        self._saved: dict[int, int] = {}  # of those, what the database knows

    def can_search(self, chat_id: int) -> bool:
        return self._probe_chat is not None and is_numbered(chat_id) and chat_id != self._probe_chat

    async def load(self, conn: AsyncConnection, *, in_doubt: bool) -> None:
        """`in_doubt`: some row is being settled."""
        self._doubts = await doubtful(conn) if in_doubt else []
        self._twins, self._litter = await find_twins(conn), await find_litter(conn)

    @property
    def _sought(self) -> list[OutboxRow | Twin]:
        return [*self._doubts, *self._twins]

    # Hearing

    async def highest_id(self, conn: AsyncConnection, chat_id: int) -> int | None:
        """The highest id known in a chat that can be searched; None where there is none, or no use for it."""
        if not self.can_search(chat_id):
            return None
        known = [await highest_id(conn, chat_id), self._heard.get(chat_id)]
        return max((number for number in known if number is not None), default=None)

    async def hear(self, chat_id: int, message_id: int, *, in_doubt: bool) -> None:
        """Somebody else wrote this. `in_doubt`: a request of ours to the chat may be under way."""
        if not self.can_search(chat_id):
            return
        in_doubt = in_doubt or any(one.chat_id == chat_id for one in self._sought)
        self._heard[chat_id] = max(message_id, self._heard.get(chat_id, 0))
        if in_doubt or message_id >= self._saved.get(chat_id, 0) + HEARD_UNSAVED:
            self._saved[chat_id] = self._heard[chat_id]
            async with transaction(self._database) as conn:
                if not in_doubt:
                    await forget_spent(conn, chat_id)
                await spend(conn, chat_id, message_id)

    # Whose turn it is

    def next_errand(
        self, now_ms: int, busy: Collection[int], may_send_at: Callable[[int], int]
    ) -> tuple[Errand | None, int | None]:
        """What may be done now, if anything; else when the next may be."""
        best: Errand | None = None
        due_ms: int | None = None
        for errand in self._wanted():
            if errand.chat_id in busy:
                continue
            at_ms = max(errand.due_ms, may_send_at(errand.chat_id))
            if at_ms > now_ms:
                due_ms = at_ms if due_ms is None else min(due_ms, at_ms)
            elif best is None or errand.due_ms < best.due_ms:
                best = errand
        return best, due_ms

    def _wanted(self) -> list[Errand]:
        found = [Errand(piece.chat_id, piece.not_before_ms, piece=piece) for piece in self._litter]
        if self._probe_chat is None:
            return found
        looks: dict[int, int] = dict.fromkeys(self._rounds, 0)
        for one in self._sought:
            looks[one.chat_id] = min(one.not_before_ms, looks.get(one.chat_id, one.not_before_ms))
        return found + [Errand(self._probe_chat, due_ms, about=chat_id) for chat_id, due_ms in looks.items()]

    # Looking and clearing

    async def look(self, chat_id: int) -> int | tuple[Alert, ...]:
        """The next candidate of the round in this chat; when there is none, its conclusion, and whom it concerns."""
        now_ms = self._clock.now_ms()
        done = self._rounds.get(chat_id) or self._new_round(chat_id, now_ms)
        self._rounds[chat_id] = done
        async with reading(self._database) as conn:
            taken = await taken_ids(conn, chat_id, done.after_id)
        candidate = done.next_id(taken)
        if candidate is None:  # all were looked at
            async with transaction(self._database) as conn:
                alerts = await self._conclude(conn, done, now_ms)
            del self._rounds[chat_id]
            return alerts
        return candidate

    async def forward(self, to_chat_id: int, chat_id: int, candidate: int) -> Outcome:
        """Look at one candidate, and draw the consequences."""
        outcome = await self._client.forward(to_chat_id, chat_id, candidate)
        what, done = sight(outcome), self._rounds[chat_id]
        if isinstance(outcome, Unknown):
            done.note_lost()
        if what is None:
            return outcome
        if isinstance(outcome, Forwarded):
            await self._recognise(done, to_chat_id, candidate, outcome)
        done.note(candidate, what)
        return outcome

    async def delete(self, piece: Litter) -> Outcome:
        outcome = await self._client.delete(piece.chat_id, piece.message_id)
        later = isinstance(outcome, NotSent | Flooded | Unknown)
        later = later or (isinstance(outcome, Refused) and outcome.code in (401, 404))
        async with transaction(self._database) as conn:
            if later:
                wait_ms = min(1_000 * 2 ** min(piece.attempts, 10), LONGEST_LITTER_WAIT_MS)
                await throw_later(conn, piece, not_before_ms=self._clock.now_ms() + wait_ms)
            else:
                await cleared(conn, piece)
        if isinstance(outcome, Refused) and not later:
            log.warning("not deleted", chat_id=piece.chat_id, message_id=piece.message_id, why=outcome.description)
        return outcome

    def _new_round(self, chat_id: int, now_ms: int) -> Round:
        due = [one for one in self._sought if one.chat_id == chat_id and one.not_before_ms <= now_ms]
        return Round(
            chat_id,
            min((one.after_id for one in due if one.after_id is not None), default=0),
            frozenset(one.id for one in due if isinstance(one, OutboxRow)),
            frozenset(one.message_key for one in due if isinstance(one, Twin)),
        )

    async def _recognise(self, done: Round, to_chat_id: int, candidate: int, seen: Forwarded) -> None:
        """Write down the forward that is to go, and what it showed."""
        now_ms = self._clock.now_ms()
        async with transaction(self._database) as conn:
            await throw_away(conn, to_chat_id, seen.message_id, now_ms=now_ms)
            if candidate not in await taken_ids(conn, done.chat_id, done.after_id):  # as by a send's answer just now
                await self._name(conn, done, candidate, seen, now_ms)

    async def _name(self, conn: AsyncConnection, done: Round, candidate: int, seen: Forwarded, now_ms: int) -> None:
        """What stands there is a send in doubt, a twin, or somebody else's."""
        chat_id = done.chat_id
        if any(_is(row, candidate, seen) for row in await in_flight(conn, chat_id)):
            done.is_disturbed = True
            return
        for row in await doubtful(conn, chat_id):
            if _is(row, candidate, seen):
                text = await adopt(conn, row, candidate, seen, now_ms=now_ms)
                if self._sent is not None:
                    await self._sent(conn, Sent(row.message_key, chat_id, candidate, text, row.doubt_ms or now_ms))
                done.rows -= {row.id}
                self.found += 1
                log.info("found", key=row.message_key, message_id=candidate)
                return
        await spend(conn, chat_id, candidate)
        for twin in await find_twins(conn, chat_id):
            if candidate > twin.after_id and fits(decode(twin.body), with_photo=twin.with_photo, seen=seen):
                await throw_away(conn, chat_id, candidate, now_ms=now_ms)
                self.twins_deleted += 1
                log.info("late twin", key=twin.message_key, message_id=candidate)
                return

    async def _conclude(self, conn: AsyncConnection, done: Round, now_ms: int) -> tuple[Alert, ...]:
        alerts: list[Alert] = []
        for row in await doubtful(conn, done.chat_id):
            if row.id in done.rows:
                await give_up_or_again(conn, row, done, now_ms=now_ms, repeat_after_ms=self._repeat_after_ms)
        for twin in await find_twins(conn, done.chat_id):
            if twin.message_key not in done.twins:
                continue
            if done.is_sealed and await mark_double(conn, twin, now_ms=now_ms):
                alerts.append(Alert(AlertKind.REPEATED, twin.message_key, twin.chat_id, ""))
            at_ms = None if done.is_sealed else next_watch_ms(twin, now_ms)
            if at_ms is None:
                await remove_twin(conn, twin.message_key)
            else:
                await save_twin(conn, msgspec.structs.replace(twin, probes=twin.probes + 1, not_before_ms=at_ms))
        if not await doubtful(conn, done.chat_id) and not await find_twins(conn, done.chat_id):
            await forget_spent(conn, done.chat_id)
        return tuple(alerts)


def _is(row: OutboxRow, candidate: int, seen: Forwarded) -> bool:
    above = row.after_id is not None and candidate > row.after_id
    return above and fits(decode(row.body), with_photo=row.with_photo, seen=seen)
