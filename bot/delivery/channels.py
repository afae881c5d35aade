"""The outbox as it serves channels: quiet at night, protected, and later than others, as their profiles say.

What a channel with a delay is to be told waits here as it was said, and goes on to the outbox when its time has come:
the channel hears the same story from beginning to end, so many minutes later, and never a word of it early.
"""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.config import ChannelConfig, Config, MessageKind
from bot.delivery.outbox import Outbox, Priority
from bot.words.post import Post
from engine.types import MINUTE_MS
from storage.delayed import add_delayed, last_due_ms, next_due_ms, take_due

NEVER_MS = 2**62
KINDS = {
    "signal": MessageKind.SIGNAL,
    "tp1": MessageKind.RESULT,
    "stop": MessageKind.RESULT,
    "end": MessageKind.RESULT,
    "daily": MessageKind.REPORT,
    "weekly": MessageKind.REPORT,
    "monthly": MessageKind.REPORT,
}


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `put` was asked for, until its time has come."""

    key: str
    chat_id: int
    post: Post
    priority: Priority
    thread_id: int | None = None
    reply_to: str | None = None
    expires_ms: int | None = None
    keep_picture: bool = False


class ChannelOutbox:
    """For all that channels are told. `load` first; `publish_due` whenever `due_ms` has come."""

    def __init__(self, config: Config, outbox: Outbox, clock: Clock) -> None:
        self._channels = {channel.key: channel for channel in config.channels}
        self._by_place = {(channel.chat_id, channel.thread_id): channel for channel in config.channels}
        self._outbox = outbox
        self._clock = clock
        self._due_ms = NEVER_MS

    async def load(self, conn: AsyncConnection) -> None:
        """What an earlier process left waiting."""
        due_ms = await next_due_ms(conn)
        self._due_ms = NEVER_MS if due_ms is None else due_ms

    def due_ms(self) -> int:
        """When the next of what waits is due."""
        return self._due_ms

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
        """As `Outbox.put`, in the manner of the channel's profile; what goes to no channel passes unchanged."""
        wanted = Wanted(key, chat_id, post, priority, thread_id, reply_to, expires_ms, keep_picture)
        channel = self._by_place.get((chat_id, thread_id))
        behind_ms = None
        if channel is not None and self._due_ms < NEVER_MS:  # else nothing waits for any channel
            behind_ms = await last_due_ms(conn, channel.key)
        if channel is None or (not channel.delay_min and behind_ms is None):
            await self._publish(conn, wanted, channel)
            return
        # A delay that was made shorter lets nothing overtake what waits already.
        now_ms = self._clock.now_ms()
        due_ms = max(now_ms + channel.delay_min * MINUTE_MS, behind_ms or 0)
        if expires_ms is not None:
            wanted = msgspec.structs.replace(wanted, expires_ms=expires_ms + due_ms - now_ms)
        await add_delayed(conn, channel.key, due_ms, msgspec.msgpack.encode(wanted, enc_hook=str))
        self._due_ms = min(self._due_ms, due_ms)

    def wake(self) -> None:
        """As `Outbox.wake`."""
        self._outbox.wake()

    async def publish_due(self, conn: AsyncConnection, now_ms: int) -> None:
        """Put what is due into the outbox, in the caller's transaction. A channel that is gone is told nothing more."""
        for row in await take_due(conn, now_ms):
            channel = self._channels.get(row.channel)
            if channel is not None:
                await self._publish(conn, msgspec.msgpack.decode(row.body, type=Wanted), channel)
        await self.load(conn)

    async def _publish(self, conn: AsyncConnection, wanted: Wanted, channel: ChannelConfig | None) -> None:
        post = wanted.post
        if channel is not None:
            is_silent = KINDS.get(wanted.key.partition(":")[0]) in channel.silent
            post = msgspec.structs.replace(
                post,
                silent=post.silent or is_silent or channel.is_quiet(self._clock.now_ms()),
                protect=channel.protect_content,
            )
        await self._outbox.put(
            conn,
            wanted.key,
            wanted.chat_id,
            post,
            priority=wanted.priority,
            thread_id=wanted.thread_id,
            reply_to=wanted.reply_to,
            expires_ms=wanted.expires_ms,
            keep_picture=wanted.keep_picture,
        )
