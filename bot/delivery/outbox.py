"""Durable, paced delivery: what was put here with the state it tells of reaches Telegram, whatever happens between.

A send is never lost, and one of unknown outcome is searched for before it is repeated; edits of one message share a
slot, so that only the newest goes out. Callers never wait for the network.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median_low

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.delivery.attempts import Alert, AlertKind, Attempt, Sent, settle, unclear
from bot.delivery.chats import Chats, Closed
from bot.delivery.claims import Claims
from bot.delivery.healing import must_heal
from bot.delivery.outcomes import Delivered, Flooded, Messenger, NotSent, Outcome, Refused, Unknown
from bot.delivery.pacing import MINUTE_MS, Limits, Pace
from bot.delivery.patience import Patience
from bot.delivery.pictures import Draw, Pictures, fingerprint
from bot.delivery.room import MOST_ROWS, Room
from bot.delivery.search import Errand, Search
from bot.delivery.slots import Priority, decode, put_deletion, put_post, shown
from bot.delivery.turns import next_turn
from bot.delivery.updates import ChannelPost, PlaceChanged, Said, Update
from bot.delivery.verdicts import Blocked, Moved, Offline, Settled, Shut, Unclear, Verdict, judge
from bot.fault import fault
from bot.watchdog import Watchdog
from bot.words.post import Post
from storage.database import reading, transaction
from storage.doubts import doubtful
from storage.messages import find_message, last_requests
from storage.outbox import Action, RowState, Waiting, change_row, find_row, interrupted, waiting

__all__ = ["Alert", "AlertKind", "Outbox", "OutboxStats", "Priority", "Sent"]

log = structlog.get_logger(__name__)

REPEAT_AFTER_MS = 60_000
DRAW_TIMEOUT_S = 3.0
MOST_AT_ONCE = 16  # requests, in as many chats
LONGEST_SLEEP_S = 5.0  # should the clock be changed meanwhile
PARTING_S = 1.0  # for requests under way when the program ends
NEVER_MS = 1 << 62
LEFT_BY_PINS = 3  # requests of a chat's minute
INTERVALS_KEPT = 20  # edits of a chat, for its measured pace


class OutboxStats(msgspec.Struct, frozen=True):
    """Since the program started, and what waits now."""

    sent: int
    edited: int
    floods: int
    found: int  # sends of unknown outcome that stood in the chat
    twins: int  # late second copies that were deleted
    waiting: int
    oldest_waiting_ms: int  # age, closed chats left out; 0 when nothing waits
    edit_interval_ms: dict[int, int]  # by chat: median time between the last edits of one message
    closed: dict[int, Closed]  # chats that cannot be written to


class Outbox:
    """One for a bot account, and its only way to speak. `recover` first, then either `run` or `run_due`, not both.

    `alert` is told what people should know, after it is stored; it may put messages here, but must not insist where
    the alert is about the admins' own chat. `sent` hears of every new message, in the transaction that notes it.
    `seal` closes the buttons of a post for the message of a key. `renew` is told the key of an edit that came to its
    turn after its deadline, and may put in a fresh one, in the same transaction. `probe_chat` is where admins read:
    what may have arrived is looked at there; without one it is repeated, marked. With `draw_timeout_s` None pictures
    are waited for, so that a replay makes the same requests on any machine.
    """

    def __init__(
        self,
        database: AsyncEngine,
        client: Messenger,
        clock: Clock,
        draw: Draw,
        *,
        alert: Callable[[Alert], Awaitable[None]] | None = None,
        seal: Callable[[Post, str], Post] | None = None,
        sent: Callable[[AsyncConnection, Sent], Awaitable[None]] | None = None,
        renew: Callable[[AsyncConnection, str], Awaitable[None]] | None = None,
        limits: Limits | None = None,
        draw_timeout_s: float | None = DRAW_TIMEOUT_S,
        repeat_after_ms: int = REPEAT_AFTER_MS,
        probe_chat: int | None = None,
        most_rows: int = MOST_ROWS,
        watchdog: Watchdog | None = None,
    ) -> None:
        self._database = database
        self._client = client
        self._clock = clock
        self._pictures = Pictures(draw, draw_timeout_s)
        self._tell = alert
        self._seal = seal
        self._sent = sent
        self._watchdog = watchdog or Watchdog()
        self._room = Room(most_rows)
        self._chats = Chats()
        self._pace = Pace(limits)
        self._search = Search(database, client, clock, probe_chat, repeat_after_ms, sent)
        self._claims = Claims(database, clock, self._search, renew)
        self._repeat_after_ms = repeat_after_ms
        self._lanes: dict[int, asyncio.Task[None]] = {}  # by chat: one request at a time in each
        self._woken = asyncio.Event()  # it is time to look again
        self._is_stale = True  # the rows in memory are not those of the database
        self._rows: list[Waiting] = []
        self._patience = Patience()
        self._token_refused = False
        self._counts: Counter[str] = Counter()
        self._intervals: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=INTERVALS_KEPT))

    # Putting in

    async def put(
        self,
        conn: AsyncConnection,
        key: str,
        chat_id: int,
        post: Post,
        *,
        priority: Priority,
        thread_id: int | None = None,
        reply_to: str | None = None,
        expires_ms: int | None = None,
        keep_picture: bool = False,
    ) -> None:
        """Want the message `key` to look like `post`: sent the first time, edited from then on.

        In the caller's transaction; call `wake` after it. `chat_id`, `thread_id` and `reply_to` (a key) count the first
        time only. After `expires_ms` an edit is not worth sending; in a full outbox progress is left out. A post
        without a picture leaves the one that was delivered; with `keep_picture` also one that still waits.
        """
        self._is_stale = True  # looked at when the caller has committed, and says so
        if not await self._room.admits(conn, key, priority):
            return
        await put_post(
            conn,
            key,
            self._chats.present_id(chat_id),
            post if self._seal is None else self._seal(post, key),
            priority=priority,
            thread_id=thread_id,
            reply_to=reply_to,
            expires_ms=expires_ms,
            keep_picture=keep_picture,
            now_ms=self._clock.now_ms(),
        )

    async def delete(self, conn: AsyncConnection, key: str, *, priority: Priority = Priority.ADMIN_REPLY) -> None:
        """Want the message gone. In the caller's transaction; call `wake` after it."""
        self._is_stale = True
        await put_deletion(conn, key, priority=priority, now_ms=self._clock.now_ms())

    async def hear(self, update: Update) -> None:
        """Whatever is heard from Telegram: a message of somebody else's is none of ours, and where somebody gave the
        bot a place or rights, what waits for that need not wait any longer.
        """
        if isinstance(update, PlaceChanged) and update.can_post:
            self._chats.knock(update.chat_id)
            self._woken.set()
        if isinstance(update, ChannelPost | Said):
            chat_id = update.chat_id
            in_doubt = chat_id in self._lanes or any(row.chat_id == chat_id for row in self._rows)
            await self._search.hear(chat_id, update.message_id, in_doubt=in_doubt)

    def wake(self) -> None:
        """Something was put in, and committed."""
        self._is_stale = True
        self._woken.set()

    # Sending

    async def recover(self) -> None:
        """Take up what an earlier process left: of requests it was making nobody knows the outcome."""
        now_ms = self._clock.now_ms()
        async with transaction(self._database) as conn:
            await self._chats.load(conn)
            for chat_id, time_ms in await last_requests(conn, now_ms - MINUTE_MS):
                self._pace.remember(chat_id, min(time_ms, now_ms))
            for row in await interrupted(conn):
                self._pace.remember(row.chat_id, now_ms)
                await unclear(conn, row, "stopped while sending", now_ms=now_ms, repeat_after_ms=self._repeat_after_ms)
            for row in await doubtful(conn):
                if not self._search.can_search(row.chat_id):  # as it could when it was sent
                    await change_row(conn, row.id, state=RowState.REPEAT)

    async def run_due(self) -> int | None:
        """Send all that may go at the clock's present time; the next time something can, None when there is none."""
        try:
            while True:
                # One by one: whatever the machine's speed, the same requests in the same order.
                due_ms = await self._start(at_once=1)
                if not self._lanes:
                    return due_ms
                await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)
                self._reap()
        finally:
            await self._part()

    async def run(self) -> None:
        """Send for ever, as the clock goes and whenever woken. Ends by cancellation, or by a fault of ours."""
        try:
            while True:
                due_ms = await self._start(MOST_AT_ONCE)
                wait_s = LONGEST_SLEEP_S if due_ms is None else (due_ms - self._clock.now_ms()) / 1_000
                woken = asyncio.create_task(self._woken.wait())
                try:
                    await asyncio.wait(
                        {woken, *self._lanes.values()},
                        timeout=min(max(wait_s, 0), LONGEST_SLEEP_S),
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    woken.cancel()
                self._reap()
        finally:
            await self._part()

    async def pin(self, chat_id: int, message_id: int) -> Outcome | None:
        """Pin a message that stands. Telegram counts it like any other request to the chat, and so does the pace.

        None: not now, ask again. The chat may not be spoken to yet, or too little of its minute would be left for
        signals.
        """
        now_ms = self._clock.now_ms()
        free_ms = max(self._errand_ms(now_ms, chat_id), self._chats.opens_at(chat_id))
        if free_ms > now_ms or not self._pace.has_room(chat_id, now_ms, LEFT_BY_PINS):
            return None
        self._pace.note_request(chat_id)
        try:
            outcome = await self._client.pin(chat_id, message_id)
        finally:
            self._pace.note_answer(chat_id, self._clock.now_ms())
        self._learn_from_errand(chat_id, outcome)
        return outcome

    def stop(self) -> None:
        """After `run` or the last `run_due`: pictures still being drawn are not wanted any more."""
        self._pictures.stop()

    @property
    def is_empty(self) -> bool:
        """Nothing waits and nothing is under way, as far as is known without asking the database."""
        return not self._rows and not self._lanes and not self._is_stale

    @property
    def stats(self) -> OutboxStats:
        now_ms = self._clock.now_ms()
        alive = [row for row in self._rows if not (row.is_delivered and row.not_before_ms > now_ms)]
        rows = [row for row in alive if row.chat_id not in self._chats.closed]
        return OutboxStats(
            sent=self._counts["sent"],
            edited=self._counts["edited"],
            floods=self._counts["floods"],
            found=self._search.found,
            twins=self._search.twins_deleted,
            waiting=len(alive),
            oldest_waiting_ms=max((now_ms - row.created_ms for row in rows), default=0),
            edit_interval_ms={chat: median_low(kept) for chat, kept in self._intervals.items()},
            closed=dict(self._chats.closed),
        )

    # One request after another

    async def _start(self, at_once: int) -> int | None:
        """Begin the requests whose turn it is; when the next one's comes, if there is none to wait for until then."""
        self._woken.clear()
        if self._is_stale:
            self._is_stale = False
            async with reading(self._database) as conn:
                self._rows = await waiting(conn)
                await self._search.load(conn, in_doubt=any(row.state is RowState.UNKNOWN for row in self._rows))
            self._room.counted(len(self._rows))
            if self._room.overflowed:
                self._room.told()
                await self._report(Alert(AlertKind.FULL, "", 0, str(len(self._rows))))
        while len(self._lanes) < at_once:
            now_ms = self._clock.now_ms()
            turn = next_turn(self._rows, now_ms, self._lanes, self._earliest(now_ms))
            errand, errand_ms = self._search.next_errand(now_ms, self._lanes, partial(self._errand_ms, now_ms))
            if errand is not None and (turn.row is None or turn.row.priority >= Priority.PROGRESS):
                self._pace.note_request(errand.chat_id)
                self._lanes[errand.chat_id] = asyncio.create_task(self._run_errand(errand), name="search")
            elif turn.row is not None:
                self._pace.note_request(turn.row.chat_id)
                self._lanes[turn.row.chat_id] = asyncio.create_task(self._deliver(turn.row), name="deliver")
            else:
                times = [at_ms for at_ms in (turn.due_ms, errand_ms) if at_ms is not None and at_ms < NEVER_MS]
                return min(times, default=None)
        return None

    def _earliest(self, now_ms: int) -> Callable[[Waiting], int]:
        """When a row's chat may be spoken to; asked once for all rows of a chat that are alike in patience."""
        known: dict[tuple[int, bool], int] = {}
        patience_ms = self._patience.until_ms(now_ms)

        def earliest_ms(row: Waiting) -> int:
            if row.state is RowState.UNKNOWN:
                return NEVER_MS  # its time comes when it is settled
            asked = row.chat_id, row.priority >= Priority.PROGRESS
            if asked not in known:
                paced_ms = self._pace.may_send_at(row.chat_id, now_ms, patient=asked[1])
                known[asked] = max(patience_ms, paced_ms, self._chats.opens_at(row.chat_id))
            return known[asked]

        return earliest_ms

    def _errand_ms(self, now_ms: int, chat_id: int) -> int:
        return max(self._patience.until_ms(now_ms), self._pace.may_send_at(chat_id, now_ms))

    def _reap(self) -> None:
        for chat_id, task in list(self._lanes.items()):
            if task.done():
                del self._lanes[chat_id]
                task.result()

    async def _part(self) -> None:
        """Let requests under way come to their end if they do so soon: cut off, they would be of unknown outcome."""
        if self._lanes:
            await asyncio.wait(self._lanes.values(), timeout=PARTING_S)
            for task in self._lanes.values():
                task.cancel()
            for outcome in await asyncio.gather(*self._lanes.values(), return_exceptions=True):
                if isinstance(outcome, Exception):
                    log.error("request failed at the end", **fault(outcome))
            self._lanes.clear()

    async def _deliver(self, turn: Waiting) -> None:
        requested = False
        try:
            picture, png = await self._drawn(turn) if turn.has_picture else (None, None)
            attempt = await self._claims.claim(turn, picture, png)
            if not isinstance(attempt, Attempt):
                self.wake()
                if attempt is not None:
                    await self._report(attempt)
                return
            requested = True
            self._measure(attempt)
            outcome = await self._request(attempt)
        finally:
            if requested:
                self._pace.note_answer(turn.chat_id, self._clock.now_ms())
            else:
                self._pace.withdraw_request(turn.chat_id)
        await self._settle(attempt, outcome)

    async def _run_errand(self, errand: Errand) -> None:
        requested = False
        outcome: Outcome | None = None
        alerts: tuple[Alert, ...] = ()
        try:
            if errand.piece is not None:
                requested = True
                outcome = await self._search.delete(errand.piece)
            elif errand.about is not None:
                found = await self._search.look(errand.about)
                if isinstance(found, int):
                    requested = True
                    outcome = await self._search.forward(errand.chat_id, errand.about, found)
                else:
                    alerts = found
        finally:
            if requested:
                self._pace.note_answer(errand.chat_id, self._clock.now_ms())
            else:
                self._pace.withdraw_request(errand.chat_id)
        self.wake()
        if outcome is not None:
            self._learn_from_errand(errand.chat_id, outcome)
        for alert in alerts:
            await self._report(alert)

    async def _drawn(self, turn: Waiting) -> tuple[bytes | None, bytes | None]:
        """What the row wants drawn, and the picture if it is needed and there in time."""
        async with reading(self._database) as conn:
            row = await find_row(conn, turn.id)
            message = await find_message(conn, turn.message_key)
        if row is None or row.picture is None or message is None:
            return None, None
        is_in_doubt = row.with_photo and must_heal(row, message, self._clock.now_ms())
        if message.picture_sha == fingerprint(row.picture) and not is_in_doubt:
            return row.picture, None
        waited_s = (self._clock.now_ms() - row.created_ms) / 1_000
        return row.picture, await self._pictures.png(row.picture, waited_s)

    def _measure(self, attempt: Attempt) -> None:
        """How old a signal is, and its chart, when the request leaves that first shows it."""
        row, message = attempt.row, attempt.message
        age_ms = self._clock.now_ms() - message.created_ms
        is_opening = row.action is Action.SEND and row.priority == Priority.OPENING_OR_CLOSING
        if is_opening:
            self._watchdog.signal.note(age_ms)
        if attempt.png is not None and (is_opening or not message.has_photo):
            self._watchdog.picture.note(age_ms)

    async def _request(self, attempt: Attempt) -> Outcome:
        row, message, png = attempt.row, attempt.message, attempt.png
        post = shown(message, row.body)
        if row.action is Action.SEND:
            return await self._client.send(
                message.chat_id, post, png, thread_id=message.thread_id, reply_to=attempt.reply_to
            )
        if message.message_id is None:
            return Refused(400, "there is no such message")
        if row.action is Action.DELETE:
            return await self._client.delete(message.chat_id, message.message_id)
        if png is not None:
            return await self._client.edit_media(message.chat_id, message.message_id, post, png)
        edit = self._client.edit_caption if message.has_photo else self._client.edit_text
        return await edit(message.chat_id, message.message_id, post)

    async def _settle(self, attempt: Attempt, outcome: Outcome) -> None:
        row, now_ms = attempt.row, self._clock.now_ms()
        verdict = judge(row.action, decode(row.body), outcome, with_picture=attempt.png is not None)
        async with transaction(self._database) as conn:
            alert = await settle(conn, attempt, outcome, verdict, now_ms=now_ms, repeat_after_ms=self._repeat_after_ms)
            if row.action is Action.SEND and isinstance(outcome, Delivered) and self._sent is not None:
                text = shown(attempt.message, row.body).text
                sent = Sent(row.message_key, row.chat_id, outcome.message_id, text, now_ms)
                await self._sent(conn, sent)
            place_alert = await self._note_place(conn, attempt, verdict, now_ms)
        others = [waits for waits in self._rows if waits.id != row.id]
        changed_alone = row.action is not Action.DELETE and not attempt.picture_late and not row.doubts
        # Where more waits for the same message, its turn has changed too.
        if isinstance(verdict, Settled) and changed_alone and all(one.message_key != row.message_key for one in others):
            self._rows = others
        else:
            self.wake()
        self._learn(attempt, verdict, now_ms)
        if isinstance(verdict, Offline) and verdict.token_refused and not self._token_refused:
            alert = Alert(AlertKind.TOKEN_REFUSED, row.message_key, row.chat_id, verdict.why)
        self._token_refused = isinstance(verdict, Offline) and (self._token_refused or verdict.token_refused)
        for trouble in (alert, place_alert):
            if trouble is not None:
                await self._report(trouble)

    async def _note_place(self, conn: AsyncConnection, attempt: Attempt, verdict: Verdict, now_ms: int) -> Alert | None:
        """What this outcome says about the chat: closed, open again, or moved. The alert is for the first time only."""
        key, chat_id = attempt.row.message_key, attempt.row.chat_id
        match verdict:
            case Offline() | Unclear() | Blocked():
                return None
            case Shut(problem=problem):
                if chat_id < 0 and await self._chats.close(conn, chat_id, problem, now_ms):
                    return Alert(AlertKind.BROKEN, key, chat_id, problem)
                return None
            case Moved(new_chat_id):
                await self._chats.move(conn, chat_id, new_chat_id, now_ms)
        return Alert(AlertKind.MENDED, key, chat_id, "") if await self._chats.open(conn, chat_id) else None

    def _learn(self, attempt: Attempt, verdict: Verdict, now_ms: int) -> None:
        """What this outcome says about the ones to come: how fast, and whether at all."""
        message = attempt.message
        match verdict:
            case Offline(why) | Unclear(why):
                self._patience.note_silence(message.chat_id, why, now_ms)
                return
            case Blocked(retry_after_ms):
                self._note_flood(message.chat_id, retry_after_ms, now_ms)
            case Settled() if attempt.row.action is Action.SEND:
                self._counts["sent"] += 1
                log.info("message sent", key=message.key, waited_ms=now_ms - attempt.row.created_ms)
            case Settled() if attempt.row.action is Action.EDIT:
                self._counts["edited"] += 1
                if attempt.row.priority < Priority.BOARD:  # whose pace is its own
                    self._intervals[message.chat_id].append(now_ms - (message.edited_ms or message.sent_ms or now_ms))
        self._patience.note_answer()

    def _learn_from_errand(self, chat_id: int, outcome: Outcome) -> None:
        now_ms = self._clock.now_ms()
        match outcome:
            case NotSent(why) | Unknown(why):
                self._patience.note_silence(chat_id, why, now_ms)
                return
            case Refused(code, description) if code in (401, 404):
                self._patience.note_silence(chat_id, f"{code} {description}", now_ms)
                return
            case Flooded(retry_after_ms):
                self._note_flood(chat_id, retry_after_ms, now_ms)
        self._patience.note_answer()

    def _note_flood(self, chat_id: int, retry_after_ms: int, now_ms: int) -> None:
        self._counts["floods"] += 1
        self._pace.note_flood(chat_id, now_ms, retry_after_ms)
        log.warning("flood control", chat_id=chat_id, retry_after_ms=retry_after_ms)

    async def _report(self, alert: Alert) -> None:
        tell = log.info if alert.kind is AlertKind.MENDED else log.error
        tell("message in trouble", kind=alert.kind.value, key=alert.key, detail=alert.detail)
        # Telling somebody that his own chat cannot be written to would only fail again, and again.
        if self._tell is not None and alert.chat_id <= 0:
            await self._tell(alert)
