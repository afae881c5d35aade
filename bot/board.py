"""The pinned board of each channel: one message, made once, pinned, and edited at a steady pace.

It is the least urgent of all messages. Whoever deletes it gets a new one; whoever unpins it is left alone, and nothing
else is ever unpinned.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.config import ChannelConfig, Config, ReportKind
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Priority
from bot.delivery.outcomes import Done, Flooded, Outcome, Refused
from bot.reports.calendar import day_of, period_of
from bot.reports.figures import RECENT_DAYS, told_to
from bot.voices import Voices
from bot.words.board import BoardFigures, board_post, not_pinned
from bot.words.post import Post
from engine.engine import Engine
from engine.events import Event, NewsItem, SignalIssued, TargetHit, TradeClosed, TradeOpened
from engine.hours import is_open, session_at
from engine.performance import measure
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Impact
from storage.boards import BoardRow, find_board, save_board
from storage.database import reading, transaction
from storage.messages import Message, MessageState, find_message
from storage.trades import closed_between

log = structlog.get_logger(__name__)

NEVER_MS = 2**62
LOOK_AGAIN_MS = 1_000  # for a board that has not been sent, or a chat that may not be spoken to
PIN_AGAIN_MS = MINUTE_MS
REFUSED_AGAIN_MS = HOUR_MS
PATIENCE = 5  # periods without an edit after which the board takes its turn among the live edits

Tell = Callable[[AsyncConnection, str, Post], Awaitable[None]]
"""Connection, key, post → the admins."""


class Pinner(Protocol):
    async def pin(self, chat_id: int, message_id: int) -> Outcome | None:
        """None: not now."""
        ...


class Boards:
    """`show_due` puts the boards into the outbox, `pin` pins those that have been sent."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        outbox: ChannelOutbox,
        voices: Voices,
        pinner: Pinner,
        tell: Tell,
        now_ms: int,
    ) -> None:
        self._config = config
        self._engine = engine
        self._outbox = outbox
        self._voices = voices
        self._pinner = pinner
        self._tell = tell
        self._every_ms = config.board.every_s * 1_000
        self._channels = config.channels if self._every_ms else ()
        self._due_ms = now_ms
        self._turned: set[str] = set()  # channels in whose trades something has happened since their board was shown
        self._pin_at_ms = {channel.key: now_ms for channel in self._channels}  # those not known to be pinned

    def due_ms(self) -> int:
        """When there is next something to be edited or pinned."""
        if not self._channels:
            return NEVER_MS
        return 0 if self._turned else min([self._due_ms, *self._pin_at_ms.values()])

    def is_due(self, now_ms: int) -> bool:
        """Whether boards are to be edited."""
        return bool(self._turned or (self._channels and self._due_ms <= now_ms))

    def follow(self, events: Iterable[Event]) -> None:
        """An opening, a target or a closing, once it is stored, makes the board due at once."""
        turns = SignalIssued | TradeOpened | TargetHit | TradeClosed
        symbols = {event.trade.symbol for event in events if isinstance(event, turns)}
        self._turned |= {channel.key for channel in self._channels if symbols.intersection(channel.symbols)}

    async def show_due(self, database: AsyncEngine, now_ms: int) -> None:
        """Bring the boards that are due up to date: each in a short transaction of its own, so that signals need not
        wait for them. Nothing is lost by a crash in between: at every start all of them are due.
        """
        is_time = self._due_ms <= now_ms
        if is_time:
            self._due_ms = now_ms + self._every_ms
        for channel in self._channels:
            if is_time or channel.key in self._turned:
                self._turned.discard(channel.key)
                async with transaction(database) as conn:
                    await self._show(conn, channel, now_ms)
                self._outbox.wake()

    async def pin(self, database: AsyncEngine, now_ms: int) -> None:
        """Pin what has been sent and never was pinned. A refusal is told once and tried again after an hour."""
        for channel in self._channels:
            if self._pin_at_ms.get(channel.key, NEVER_MS) <= now_ms:
                await self._pin(database, channel, now_ms)

    async def _show(self, conn: AsyncConnection, channel: ChannelConfig, now_ms: int) -> None:
        row = await find_board(conn, channel.key)
        message = await find_message(conn, board_key(row))
        if message is not None and message.is_over:
            if message.state is MessageState.FAILED and now_ms < message.created_ms + REFUSED_AGAIN_MS:
                return
            log.info("board made anew", channel=channel.name, was=message.state.value)
            row, message = BoardRow(channel.key, row.number + 1, is_told=row.is_told), None
        if message is None:
            await save_board(conn, row)
            self._pin_at_ms[channel.key] = now_ms
        figures = await self._figures(conn, channel, now_ms)
        style = self._voices.style(self._engine.mode, channel)
        await self._outbox.put(
            conn,
            board_key(row),
            channel.chat_id,
            board_post(figures, channel.name, lambda trade: self._voices.of_trade(trade, channel), style),
            priority=Priority.PROGRESS if self._is_late(message, now_ms) else Priority.BOARD,
            thread_id=channel.thread_id,
        )

    def _is_late(self, message: Message | None, now_ms: int) -> bool:
        """Live edits have kept it waiting so long that its time of update misleads."""
        if message is None:
            return False
        last_ms = message.edited_ms or message.sent_ms or message.created_ms
        return now_ms - last_ms > PATIENCE * self._every_ms

    async def _figures(self, conn: AsyncConnection, channel: ChannelConfig, now_ms: int) -> BoardFigures:
        day_ms = period_of(channel, ReportKind.DAILY, day_of(channel, now_ms)).from_ms
        closed = await closed_between(conn, channel.symbols, now_ms - RECENT_DAYS * DAY_MS, now_ms + 1)
        recent = await told_to(conn, channel, closed)
        running = [trade for trade in self._engine.open_trades() if trade.symbol in channel.symbols]
        today = [trade for trade in recent if trade.closed_ms is not None and trade.closed_ms >= day_ms]
        session, _, end_ms = session_at(now_ms)
        hours = [self._config.instrument(symbol).hours for symbol in channel.symbols]
        return BoardFigures(
            now_ms=now_ms,
            symbols=channel.symbols,
            running=tuple(await told_to(conn, channel, running)),
            today=measure(today),
            recent=measure(recent),
            session=(session.value, end_ms) if any(is_open(now_ms, each) for each in hours) else None,
            news=self._next_news(channel, now_ms),
        )

    def _next_news(self, channel: ChannelConfig, now_ms: int) -> NewsItem | None:
        """The next announcement that may move one of the channel's markets much; None when none is known."""
        known = (item for symbol in channel.symbols for item in self._engine.news(symbol))
        coming = (item for item in known if item.impact is Impact.HIGH and item.time_ms >= now_ms)
        return min(coming, key=lambda item: (item.time_ms, item.currency, item.title), default=None)

    async def _pin(self, database: AsyncEngine, channel: ChannelConfig, now_ms: int) -> None:
        async with reading(database) as conn:
            row = await find_board(conn, channel.key)
            message = await find_message(conn, board_key(row))
        self._pin_at_ms[channel.key] = now_ms + LOOK_AGAIN_MS
        if message is None or message.message_id is None or message.is_over:
            return
        if row.pinned_id is not None and row.pinned_id == message.message_id:
            del self._pin_at_ms[channel.key]
            return
        outcome = await self._pinner.pin(message.chat_id, message.message_id)
        if outcome is None:
            return
        if isinstance(outcome, Done):
            del self._pin_at_ms[channel.key]
            await self._note(database, msgspec.structs.replace(row, pinned_id=message.message_id, is_told=False))
            return
        log.warning("board not pinned", channel=channel.name, why=str(outcome))
        self._pin_at_ms[channel.key] = now_ms + _pause_ms(outcome)
        if is_forbidden(outcome) and not row.is_told:
            async with transaction(database) as conn:
                await self._tell(conn, f"pin:{channel.key}:{now_ms}", not_pinned(channel.name))
            self._outbox.wake()
            await self._note(database, msgspec.structs.replace(row, is_told=True))

    async def _note(self, database: AsyncEngine, row: BoardRow) -> None:
        """Unless the board was made anew meanwhile."""
        async with transaction(database) as conn:
            if (await find_board(conn, row.channel)).number == row.number:
                await save_board(conn, row)


def board_key(row: BoardRow) -> str:
    """The message that is a channel's board."""
    return f"board:{row.number}@{row.channel}"


def is_forbidden(outcome: Outcome) -> bool:
    """Refused for want of a right, which an admin can give."""
    return isinstance(outcome, Refused) and "rights" in outcome.description.lower()


def _pause_ms(outcome: Outcome) -> int:
    if isinstance(outcome, Flooded):
        return max(outcome.retry_after_ms, PIN_AGAIN_MS)
    return REFUSED_AGAIN_MS if is_forbidden(outcome) else PIN_AGAIN_MS
