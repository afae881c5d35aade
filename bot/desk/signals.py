"""Buttons under a signal in its channel, which anybody may tap: another timeframe in place, and why in a note."""

from __future__ import annotations

from collections import defaultdict, deque

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig
from bot.delivery.outbox import Outbox, Priority
from bot.desk.charts import trade_scene
from bot.desk.parts import Parts
from bot.desk.words import read_timeframe
from bot.handlers import signal_key
from bot.words.buttons import Tap, Tapped
from bot.words.messages import signal_post
from bot.words.reasons import why_toast
from charts.picture import encode
from engine.types import MINUTE_MS, Timeframe, Trade
from storage.database import transaction
from storage.trades import find_trade

REDRAWS_A_MINUTE = 6  # in one chat: a crowd of taps must not use up what openings and results need


class SignalButtons:
    def __init__(self, parts: Parts, outbox: Outbox, *, draws: bool) -> None:
        self._parts = parts
        self._outbox = outbox
        self._draws = draws
        self._drawn_ms: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=REDRAWS_A_MINUTE))

    async def press(self, tapped: Tapped, key: str) -> str | None:
        """The note to show, perhaps empty. None when the button does not stand under that signal in one of its
        channels: then it is no subscriber's. `key` is the message it stands under.
        """
        trade = await self._parts.answers.find(tapped.value)
        channel = None if trade is None else self._channel(trade, key)
        if trade is None or channel is None:
            return None
        if tapped.tap is Tap.WHY:
            return why_toast(trade, self._parts.voices.of_trade(trade, channel))
        frames = self._parts.config.engine.timeframes
        timeframe = read_timeframe(tapped.timeframe, (frames.entry, frames.setup, frames.trend))
        knows_all = self._knows_all(channel, trade)
        if timeframe is not None and self._draws and knows_all and self._may_draw(channel.chat_id):
            await self._redraw(trade, channel, timeframe)
        return ""

    def _channel(self, trade: Trade, key: str) -> ChannelConfig | None:
        channels = self._parts.config.channels_for(trade.symbol)
        return next((channel for channel in channels if signal_key(trade.id, channel) == key), None)

    async def _redraw(self, trade: Trade, channel: ChannelConfig, timeframe: Timeframe) -> None:
        """The same message with another picture; nothing when there is nothing to draw."""
        parts = self._parts
        # All inside one writer's turn: between here and the outbox no result can be told that this would take back.
        async with transaction(parts.database) as conn:
            now = await self._as_it_stands(conn, trade)
            voice = parts.voices.of_trade(now, channel)
            scene = await trade_scene(
                conn, now, parts.engine.view(now.symbol), timeframe, voice.in_english(), channel.theme
            )
            if scene is None:
                return
            await self._outbox.put(
                conn,
                signal_key(now.id, channel),
                channel.chat_id,
                signal_post(now, voice, encode(scene)),
                priority=Priority.ADMIN_REPLY,
                thread_id=channel.thread_id,
            )
        self._outbox.wake()

    def _knows_all(self, channel: ChannelConfig, trade: Trade) -> bool:
        """Whether a picture of now would tell the channel nothing that it is to hear later."""
        told_ms = self._parts.clock.now_ms() - channel.delay_min * MINUTE_MS
        return not channel.delay_min or (trade.closed_ms is not None and trade.closed_ms <= told_ms)

    async def _as_it_stands(self, conn: AsyncConnection, trade: Trade) -> Trade:
        running = next((each for each in self._parts.engine.open_trades() if each.id == trade.id), None)
        return running or await find_trade(conn, trade.id) or trade

    def _may_draw(self, chat_id: int) -> bool:
        now_ms, drawn = self._parts.people.now_ms(), self._drawn_ms[chat_id]
        if len(drawn) == REDRAWS_A_MINUTE and 0 <= now_ms - drawn[0] < MINUTE_MS:
            return False
        drawn.append(now_ms)
        return True
