"""Buttons under a signal in its channel, which anybody may tap: another timeframe in place, and why in a note.

A thousand subscribers share the message and its budget of edits: a redraw is an edit like those of the live result,
waits its turn with them, and is asked for seldom enough that none of them is kept waiting.
"""

from __future__ import annotations

from collections import defaultdict, deque

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.updates import Pressed
from bot.desk.access import Admin
from bot.desk.charts import trade_scene
from bot.desk.parts import Parts, Put, desk_key
from bot.desk.taps import puts_of
from bot.desk.words import read_timeframe
from bot.handlers import signal_key
from bot.words.buttons import Broken, Tap, Tapped, read_tap
from bot.words.messages import chart_coming, charts_soon, no_chart, old_signal, signal_post
from bot.words.reasons import why_toast
from bot.words.wording import Style
from charts.picture import encode
from engine.types import MINUTE_MS, Timeframe, Trade
from storage.database import transaction
from storage.trades import find_trade

REDRAW_AGAIN_MS = 10_000  # of one message
REDRAWS_A_MINUTE = 6  # in one chat: a crowd of taps must not use up what openings and results need
MOST_REMEMBERED = 1_000  # messages that were redrawn


class Reply(msgspec.Struct, frozen=True):
    """What a tap is told in a note, and what an admin who tapped is sent to his own chat."""

    note: str
    puts: tuple[Put, ...] = ()


class SignalButtons:
    def __init__(self, parts: Parts, outbox: Outbox, *, draws: bool) -> None:
        self._parts = parts
        self._outbox = outbox
        self._draws = draws
        self._budget = RedrawBudget()
        self._started_ms = parts.people.now_ms()

    async def press(self, press: Pressed, tapped: Tapped | Broken | None, key: str | None) -> Reply | None:
        """None for a tap that is none on such a button in one of the channels, or forged: then it is no subscriber's.

        `tapped` is what its seal says was tapped, `key` the message it stands under.
        """
        asked = read_tap(press.data)
        if asked is None or asked.tap not in (Tap.CHART, Tap.WHY):
            return None
        if all(channel.chat_id != press.chat_id for channel in self._parts.config.channels):
            return None
        if tapped is Broken.FORGED:
            return None
        if key is None or not isinstance(tapped, Tapped):
            return Reply(old_signal(self._style(press.chat_id)))
        trade = await self._parts.answers.find(tapped.value)
        channel = None if trade is None else self._channel(trade, key)
        if trade is None or channel is None:
            return Reply(old_signal(self._style(press.chat_id)))
        if tapped.tap is Tap.WHY:
            return Reply(
                why_toast(trade, self._parts.voices.of_trade(trade, channel)), await self._in_full(press, trade)
            )
        frames = self._parts.config.engine.timeframes
        timeframe = read_timeframe(tapped.timeframe, (frames.entry, frames.setup, frames.trend))
        if timeframe is None:
            return Reply(old_signal(self._style(press.chat_id)))
        return Reply(await self._chart(trade, channel, timeframe))

    def _style(self, chat_id: int | None) -> Style:
        """As the chat's channel is spoken to, the first where it has several."""
        channels = self._parts.config.channels
        channel = next((channel for channel in channels if channel.chat_id == chat_id), None)
        return self._parts.voices.style(self._parts.engine.mode, channel)

    def _channel(self, trade: Trade, key: str) -> ChannelConfig | None:
        """Where it was tapped, if the button stands under that signal there: a client may send any data."""
        channels = self._parts.config.channels_for(trade.symbol)
        return next((channel for channel in channels if signal_key(trade.id, channel) == key), None)

    async def _in_full(self, press: Pressed, trade: Trade) -> tuple[Put, ...]:
        """All that /why says, to the private chat of an admin; nothing for anybody else."""
        known = self._parts.config.telegram.admin(press.user_id)
        if known is None:
            return ()
        admin = Admin(known.id, known.name, known.id, role=known.role)
        key = desk_key("why", f"{admin.id}/tap{press.callback_id}@{self._started_ms}")
        return puts_of(key, admin, await self._parts.answers.why(trade))

    async def _chart(self, trade: Trade, channel: ChannelConfig, timeframe: Timeframe) -> str:
        """The note that says when the picture comes, or when it may."""
        key, now_ms = signal_key(trade.id, channel), self._parts.people.now_ms()
        style = self._parts.voices.style(self._parts.engine.mode, channel)
        if not self._draws or not self._knows_all(channel, trade):
            return no_chart(timeframe, style)
        wait_ms = self._budget.wait_ms(key, channel.chat_id, now_ms)
        if wait_ms:
            return charts_soon(wait_ms, style, is_same=wait_ms <= self._budget.message_wait_ms(key, now_ms))
        if not await self._redraw(trade, channel, timeframe):
            return no_chart(timeframe, style)
        self._budget.take(key, channel.chat_id, now_ms)
        return chart_coming(timeframe, style)

    async def _redraw(self, trade: Trade, channel: ChannelConfig, timeframe: Timeframe) -> bool:
        """The same message with another picture, until the next milestone brings its own. False: nothing to draw."""
        parts = self._parts
        # All inside one writer's turn: between here and the outbox no result can be told that this would take back.
        async with transaction(parts.database) as conn:
            now = await self._as_it_stands(conn, trade)
            voice = parts.voices.of_trade(now, channel)
            scene = await trade_scene(
                conn, now, parts.engine.view(now.symbol), timeframe, voice.in_english(), channel.theme
            )
            if scene is None:
                return False
            await self._outbox.put(
                conn,
                signal_key(now.id, channel),
                channel.chat_id,
                signal_post(now, voice, encode(scene)),
                priority=Priority.PROGRESS,
                thread_id=channel.thread_id,
            )
        self._outbox.wake()
        return True

    def _knows_all(self, channel: ChannelConfig, trade: Trade) -> bool:
        """Whether a picture of now would tell the channel nothing that it is to hear later."""
        told_ms = self._parts.clock.now_ms() - channel.delay_min * MINUTE_MS
        return not channel.delay_min or (trade.closed_ms is not None and trade.closed_ms <= told_ms)

    async def _as_it_stands(self, conn: AsyncConnection, trade: Trade) -> Trade:
        running = next((each for each in self._parts.engine.open_trades() if each.id == trade.id), None)
        return running or await find_trade(conn, trade.id) or trade


class RedrawBudget:
    """How often pictures may change: one message every ten seconds, one chat six times a minute. Kept in memory."""

    def __init__(self) -> None:
        self._messages: dict[str, int] = {}  # by key, when it was last redrawn; the newest last
        self._chats: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=REDRAWS_A_MINUTE))

    def wait_ms(self, key: str, chat_id: int, now_ms: int) -> int:
        """How long until this message may be redrawn; 0: now."""
        drawn = self._chats[chat_id]
        chat_ms = _left(drawn[0], now_ms, MINUTE_MS) if len(drawn) == REDRAWS_A_MINUTE else 0
        return max(chat_ms, self.message_wait_ms(key, now_ms))

    def message_wait_ms(self, key: str, now_ms: int) -> int:
        """As far as this message alone is concerned."""
        last_ms = self._messages.get(key)
        return 0 if last_ms is None else _left(last_ms, now_ms, REDRAW_AGAIN_MS)

    def take(self, key: str, chat_id: int, now_ms: int) -> None:
        self._messages.pop(key, None)
        self._messages[key] = now_ms
        if len(self._messages) > MOST_REMEMBERED:
            del self._messages[next(iter(self._messages))]
        self._chats[chat_id].append(now_ms)


def _left(since_ms: int, now_ms: int, length_ms: int) -> int:
    """What is left of a time that began then; nothing when the clock was set back behind its beginning."""
    return max(0, since_ms + length_ms - now_ms) if now_ms >= since_ms else 0
