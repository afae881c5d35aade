"""Events become pictures and messages, in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import AlertBook, Trouble
from bot.books import Books, Stored, is_stored
from bot.clock import Clock
from bot.config import ChannelConfig, Config
from bot.delivery.attempts import LATE_AFTER_MS
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Alert, AlertKind, Priority, Sent
from bot.levels import pool_levels, session_spans
from bot.mutes import is_silent
from bot.record.entries import record_published
from bot.voices import Voices
from bot.words.alert_english import ChannelProblem
from bot.words.alerts import (
    channel_broken,
    channel_mended,
    feed_back,
    feed_stalled,
    limit_alert,
    maybe_doubled,
    message_name,
    message_trouble,
    outbox_full,
)
from bot.words.messages import closed_reply, signal_post, stop_moved_reply, target_reply
from bot.words.post import Post, made_late
from bot.words.wording import Voice
from charts.milestone import milestone_scene
from charts.picture import encode
from charts.scene import signal_scene
from engine.engine import Engine
from engine.events import (
    AccountChanged,
    BreakerRearmed,
    BreakerTripped,
    CommandRefused,
    Event,
    FeedRecovered,
    FeedStalled,
    LimitHit,
    SettingChanged,
    SignalIssued,
    StopMoved,
    TargetHit,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.types import MINUTE_MS, CloseReason, Trade
from storage.account import save_account
from storage.outbox import count_waiting
from storage.settings import forget_setting, save_setting
from storage.views import Seen

TellDesk = Callable[[AsyncConnection, Event], Awaitable[None]]


class Handlers:
    """What is stored, drawn and said when something happens."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        outbox: ChannelOutbox,
        voices: Voices,
        clock: Clock,
        tell_desk: TellDesk,
        *,
        draws: bool,
    ) -> None:
        """`tell_desk` hears what became of admins' wishes; without `draws` all messages are text."""
        self._config = config
        self._engine = engine
        self._outbox = outbox
        self._voices = voices
        self._clock = clock
        self._tell_desk = tell_desk
        self._books = Books(config, voices)
        self._draws = draws
        self.alerts = AlertBook()
        self._stalled: dict[str, FeedStalled] = {}
        self._is_behind = False

    async def handle(
        self,
        conn: AsyncConnection,
        events: Sequence[Event],
        seen: Mapping[str, Seen] | None = None,
        is_behind: bool = False,
    ) -> None:
        """All in the caller's transaction: first what is kept of them, then what is said, in the order it happened.

        `seen` is what the signals among the events rest on, by their ids. With `is_behind` some were heard late, since
        we or the line were away: results say when they happened.
        """
        self._is_behind = is_behind
        seen = seen or {}
        await self._books.keep(conn, events, seen)
        hearers = await self._books.hearers(conn, {event.trade.id for event in events if is_stored(event)})
        for event, following in pairwise([*events, None]):
            if is_stored(event):
                await self._tell_of_trade(conn, event, following, hearers[event.trade.id], seen.get(event.trade.id))
            elif event is not None:
                await self._handle_one(conn, event)

    async def introduce(self, conn: AsyncConnection) -> None:
        """Store and show the trades the engine already follows, where nothing is known of them yet."""
        trades = {trade.id: trade for trade in self._engine.open_trades()}
        await self._books.adopt(conn, list(trades.values()), self._engine.time_ms)
        for trade_id, channels in (await self._books.hearers(conn, trades)).items():
            await self._show(conn, channels, trades[trade_id], None, Priority.OPENING_OR_CLOSING)

    async def renew(self, conn: AsyncConnection, key: str) -> None:
        """A message's progress waited until it was stale: tell it as it is now. Of what has ended the end is told."""
        trades = {trade.id: trade for trade in self._engine.open_trades()}
        for trade_id, channels in (await self._books.hearers(conn, trades)).items():
            for channel in channels:
                if signal_key(trade_id, channel) == key:
                    await self._books.keep_trade(conn, trades[trade_id], self._engine.time_ms)
                    await self._show(conn, [channel], trades[trade_id], None)

    async def _tell_of_trade(
        self,
        conn: AsyncConnection,
        event: Stored,
        following: Event | None,
        channels: Sequence[ChannelConfig],
        seen: Seen | None,
    ) -> None:
        """To the `channels` that carry it."""
        trade = event.trade
        match event:
            case SignalIssued():
                await self._show(conn, channels, trade, self._issued_pictures(trade, seen), Priority.OPENING_OR_CLOSING)
            case TradeMarked() | TradeOpened():
                # An opening that the same input already ended is told by its end.
                if not (isinstance(following, TradeClosed) and following.trade.id == trade.id):
                    await self._show(conn, channels, trade, None)
            case TargetHit(time_ms, _, number):
                await self._show(conn, channels, trade, self._milestone_pictures(trade), Priority.RESULT)
                # Of one kind, since profiles know them by it; the number keeps a further target's reply apart.
                which = f":{number}" if number > 1 else ""
                await self._reply(conn, channels, trade, "tp1", target_reply, time_ms, which)
            case StopMoved(actor=None):
                await self._show(conn, channels, trade, None)
            case StopMoved(time_ms, before=before):
                await self._show(conn, channels, trade, None, Priority.RESULT)
                write = partial(stop_moved_reply, before=before)
                await self._reply(conn, channels, trade, "stop", write, time_ms, f":{time_ms}")
                await self._tell_desk(conn, event)
            case TradeClosed(time_ms):
                pictures = None if trade.opened_price is None else self._milestone_pictures(trade)
                await self._show(conn, channels, trade, pictures, Priority.OPENING_OR_CLOSING)
                await self._reply(conn, channels, trade, "end", closed_reply, time_ms)
                if trade.reason in (CloseReason.DESK, CloseReason.CANCELLED):
                    await self._tell_desk(conn, event)

    async def _handle_one(self, conn: AsyncConnection, event: Event) -> None:
        match event:
            case SettingChanged(time_ms, actor, name, _, after, is_default):
                if is_default:
                    await forget_setting(conn, name)
                else:
                    await save_setting(conn, name, after, changed_ms=time_ms, changed_by=actor)
                await self._tell_desk(conn, event)
            case CommandRefused():
                await self._tell_desk(conn, event)
            case AccountChanged(time_ms, account, entries):
                await save_account(conn, account, entries, time_ms=time_ms)
            case LimitHit() | BreakerTripped() | BreakerRearmed():
                running = [trade for trade in self._engine.open_trades() if trade.opened_price is not None]
                style = self._voices.style(self._engine.mode)
                post = limit_alert(event, style, running, self._limit_ends_ms(event))
                await self.tell_admins(conn, f"{type(event).__name__}:{event.time_ms}", post)
                if isinstance(event, BreakerRearmed):
                    await self._tell_desk(conn, event)
            case FeedStalled() | FeedRecovered():
                await self._alert(conn, event)

    def _limit_ends_ms(self, event: Event) -> int | None:
        """When a limit on loss lets signals pass again; None for what ends by hand."""
        match event:
            case LimitHit(code="daily_loss"):
                return self._engine.account.day_end_ms
            case LimitHit(code="weekly_loss"):
                return self._engine.account.week_end_ms
            case LimitHit(time_ms=time_ms, code="losing_streak", needed=minutes):
                return time_ms + int(minutes) * MINUTE_MS
        return None

    async def _show(
        self,
        conn: AsyncConnection,
        channels: Sequence[ChannelConfig],
        trade: Trade,
        pictures: dict[str, bytes] | None,
        priority: Priority = Priority.PROGRESS,
    ) -> None:
        """Bring the signal's message to where the trade stands. Without pictures the message keeps the one it has."""
        worthless_ms = self._clock.now_ms() + self._config.telegram.progress_deadline_s * 1_000
        for channel in channels:
            await self._outbox.put(
                conn,
                signal_key(trade.id, channel),
                channel.chat_id,
                signal_post(trade, self._voices.of_trade(trade, channel), picture=(pictures or {}).get(channel.key)),
                priority=priority,
                thread_id=channel.thread_id,
                expires_ms=worthless_ms if priority is Priority.PROGRESS else None,
                keep_picture=pictures is None,
            )

    async def _reply(
        self,
        conn: AsyncConnection,
        channels: Sequence[ChannelConfig],
        trade: Trade,
        kind: str,
        write: Callable[[Trade, Voice], Post],
        time_ms: int,
        which: str = "",
    ) -> None:
        """An answer to the signal, so that a phone rings. `which` tells apart those of one kind."""
        is_late = self._is_behind and self._clock.now_ms() - time_ms >= LATE_AFTER_MS
        for channel in channels:
            post = write(trade, self._voices.of_trade(trade, channel))
            await self._outbox.put(
                conn,
                f"{kind}:{trade.id}{which}@{channel.key}",
                channel.chat_id,
                made_late(post) if is_late else post,
                priority=Priority.RESULT,
                thread_id=channel.thread_id,
                reply_to=signal_key(trade.id, channel),
            )

    async def _alert(self, conn: AsyncConnection, event: FeedStalled | FeedRecovered) -> None:
        if isinstance(event, FeedStalled):
            self._stalled[event.symbol] = event
            await self._tell_stalled(conn, event, event.time_ms)
            return
        self._stalled.pop(event.symbol, None)
        was_known = self.alerts.knows(Trouble.FEED, event.symbol)
        word = self.alerts.see(Trouble.FEED, event.symbol, event.time_ms, is_on=False)
        if word is not None or not was_known:  # an earlier process may have told of it
            # What the gap did to trades is told by their own messages.
            key = f"FeedRecovered:{event.symbol}:{event.time_ms}"
            await self.tell_admins(conn, key, feed_back(event), is_urgent=False)

    def has_overdue(self, now_ms: int) -> bool:
        """Whether `tell_overdue` has anything to tell."""
        return any(self.alerts.is_due(Trouble.FEED, symbol, now_ms) for symbol in self._stalled)

    async def tell_overdue(self, conn: AsyncConnection, now_ms: int) -> None:
        """Feeds that stalled again too soon to be told of, and still do."""
        for event in self._stalled.values():
            await self._tell_stalled(conn, event, now_ms)

    async def _tell_stalled(self, conn: AsyncConnection, event: FeedStalled, now_ms: int) -> None:
        word = self.alerts.see(Trouble.FEED, event.symbol, now_ms, is_on=True)
        if word is not None:
            waiting = sum(trade.symbol == event.symbol for trade in self._engine.open_trades())
            voice = self._voices.of_symbol(event.symbol, self._engine.mode, event.last_price)
            post = feed_stalled(event, voice, waiting, word.left_out)
            await self.tell_admins(conn, f"FeedStalled:{event.symbol}:{event.time_ms}", post)

    async def published(self, conn: AsyncConnection, sent: Sent) -> None:
        """A message stands in a chat: if it carries a signal, the record says where and with which words."""
        kind, _, rest = sent.key.partition(":")
        if kind == "signal":
            trade_id, _, channel = rest.partition("@")
            await record_published(conn, trade_id, sent.chat_id, sent.message_id, sent.text, sent.time_ms, channel)

    async def trouble(self, conn: AsyncConnection, alert: Alert, now_ms: int) -> None:
        """A message could not be delivered as it was meant to be: say so where the admins are, once for its chat and
        kind in a while.
        """
        if alert.kind is AlertKind.REFUSED and is_board(alert.key) and "to edit not found" in alert.detail:
            return  # somebody deleted it, and it will be made anew
        is_about_desk = alert.chat_id == self._config.telegram.alert_chat != 0
        if is_about_desk and alert.kind is not AlertKind.BROKEN:  # there it would only fail again
            return
        word = self.alerts.once(alert.kind, f"{alert.chat_id}", now_ms)
        if word is None:
            return
        channel = next((c.name for c in self._config.channels if c.chat_id == alert.chat_id), str(alert.chat_id))
        what, key = message_name(alert.key), f"trouble:{alert.kind}:{alert.key}:{now_ms}"
        match alert.kind:
            case AlertKind.BROKEN:
                waiting = await count_waiting(conn, alert.chat_id)
                post = channel_broken(channel, ChannelProblem(alert.detail), waiting)
            case AlertKind.MENDED:
                post = channel_mended(channel, await count_waiting(conn, alert.chat_id))
            case AlertKind.FULL:
                post = outbox_full(await count_waiting(conn))
            case AlertKind.REPEATED:
                post = maybe_doubled(what, channel, word.left_out)
            case _:
                post = message_trouble(what, channel, alert.kind.value, alert.detail, word.left_out)
        # Something is not said at all.
        is_urgent = alert.kind in (AlertKind.REFUSED, AlertKind.TOKEN_REFUSED, AlertKind.BROKEN, AlertKind.FULL)
        await self.tell_admins(conn, key, post, is_urgent=is_urgent, in_private=is_about_desk)

    async def tell_admins(
        self,
        conn: AsyncConnection,
        key: str,
        post: Post,
        *,
        expires_ms: int | None = None,
        is_urgent: bool = True,
        in_private: bool = False,
    ) -> None:
        """An alert to the alert chat, or to each admin's own. After `expires_ms` it is not worth sending; what is not
        urgent makes no sound where it is muted.
        """
        telegram = self._config.telegram
        for chat_id in [admin.id for admin in telegram.admins] if in_private else telegram.alert_chats:
            silent = not is_urgent and await is_silent(conn, chat_id, telegram, self._clock.now_ms())
            await self._outbox.put(
                conn,
                f"{key}@{chat_id}",
                chat_id,
                msgspec.structs.replace(post, silent=post.silent or silent),
                priority=Priority.RESULT,
                expires_ms=expires_ms,
            )

    def _issued_pictures(self, trade: Trade, seen: Seen | None) -> dict[str, bytes]:
        if not self._draws:
            return {}
        view = self._engine.view(trade.symbol) if seen is None else seen.view
        candles = view.entry.candles
        levels = pool_levels(view.entry.pools)
        return {
            channel.key: encode(
                signal_scene(
                    trade,
                    candles,
                    session_spans(candles, trade.signal.issued_ms),
                    self._config.instrument(trade.symbol),
                    self._voices.of_trade(trade, channel).in_english().mark(trade.signal.mode),
                    levels,
                    channel.theme,
                )
            )
            for channel in self._config.channels_for(trade.symbol)
        }

    def _milestone_pictures(self, trade: Trade) -> dict[str, bytes]:
        """How it went until now, the unfinished candle included."""
        if not self._draws:
            return {}
        view = self._engine.view(trade.symbol)
        candles = (*view.entry.candles, *((view.unfinished,) if view.unfinished else ()))
        pictures = {}
        for channel in self._config.channels_for(trade.symbol):
            voice = self._voices.of_trade(trade, channel).in_english()
            scene = milestone_scene(
                trade,
                candles,
                session_spans(candles, view.time_ms),
                voice.instrument,
                voice.mark(trade.signal.mode),
                voice.result(trade).money,
                channel.theme,
            )
            pictures[channel.key] = encode(scene)
        return pictures


def is_board(key: str) -> bool:
    return key.startswith("board:")


def signal_key(trade_id: str, channel: ChannelConfig) -> str:
    """The message that carries a signal in one channel."""
    return f"signal:{trade_id}@{channel.key}"
