"""Events become rows, in the transaction that makes them true: each kind written together, a trade as it ended up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig, Config
from bot.record.entries import closed_news, issued_news
from bot.voices import Voices
from engine.events import (
    CandleClosed,
    EquityMarked,
    Event,
    SetupRejected,
    SignalIssued,
    StopMoved,
    TargetHit,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.types import StopBy, Trade
from storage.account import save_marks
from storage.candles import save_candles
from storage.carried import carriers, save_carried
from storage.ledger import News, append_once
from storage.signals import save_rejections, save_signals
from storage.trades import Standing, save_trades
from storage.views import Seen, save_views


class Books:
    """All in the caller's transaction. The fewer statements, the sooner a signal goes out: each takes its time, and
    every signal of a close waits for those of all.
    """

    def __init__(self, config: Config, voices: Voices) -> None:
        self._config = config
        self._voices = voices

    async def keep(self, conn: AsyncConnection, events: Sequence[Event], seen: Mapping[str, Seen]) -> None:
        """What the events made true. `seen` is what the signals among them rest on, by their ids."""
        new = [event.trade for event in events if isinstance(event, SignalIssued)]
        changed = {event.trade.id: event for event in events if is_stored(event)}
        await save_candles(conn, [event.candle for event in events if isinstance(event, CandleClosed)])
        await save_rejections(conn, [event for event in events if isinstance(event, SetupRejected)])
        await self._keep_signals(conn, new)
        await save_views(conn, {trade.id: seen[trade.id] for trade in new if trade.id in seen})
        await save_trades(conn, [self._standing(event.trade, event.time_ms) for event in changed.values()])
        await save_marks(conn, [event for event in events if isinstance(event, EquityMarked)])
        await append_once(
            conn, [self._news(event) for event in events if isinstance(event, SignalIssued | TradeClosed)]
        )

    async def adopt(self, conn: AsyncConnection, trades: Sequence[Trade], time_ms: int) -> None:
        """Trades that run already, where nothing is known of them yet."""
        await self._keep_signals(conn, trades)
        await save_trades(conn, [self._standing(trade, time_ms) for trade in trades])
        await append_once(conn, [self._news(SignalIssued(time_ms, trade)) for trade in trades])

    async def keep_trade(self, conn: AsyncConnection, trade: Trade, time_ms: int) -> None:
        """As it is now; its signal is known."""
        await save_trades(conn, [self._standing(trade, time_ms)])

    async def hearers(self, conn: AsyncConnection, trade_ids: Collection[str]) -> dict[str, list[ChannelConfig]]:
        """The channels that tell of each of these trades, as was decided when its signal was issued."""
        return {
            trade_id: [channel for channel in self._config.channels if channel.key in keys]
            for trade_id, keys in (await carriers(conn, trade_ids)).items()
        }

    async def _keep_signals(self, conn: AsyncConnection, trades: Sequence[Trade]) -> None:
        """With the channels that carry each from now on: those whose least score it has."""
        await save_signals(conn, [trade.signal for trade in trades])
        carried = {
            trade.id: [
                channel.key
                for channel in self._config.channels_for(trade.symbol)
                if trade.signal.setup.score >= channel.min_score
            ]
            for trade in trades
        }
        await save_carried(conn, carried)

    def _standing(self, trade: Trade, time_ms: int) -> Standing:
        return Standing(trade, *self._voices.pips_and_money(trade), time_ms)

    def _news(self, event: SignalIssued | TradeClosed) -> News:
        trade, instrument = event.trade, self._config.instrument(event.trade.symbol)
        if isinstance(event, SignalIssued):
            return issued_news(trade, instrument, self._voices.market, event.time_ms)
        return closed_news(trade, instrument, *self._voices.pips_and_money(trade), event.time_ms)


Stored: TypeAlias = SignalIssued | TradeMarked | TradeOpened | TargetHit | TradeClosed | StopMoved


def is_stored(event: Event | None) -> TypeGuard[Stored]:
    """Whether it changes what is known of its trade."""
    if isinstance(event, StopMoved):  # a target's is stored with the target
        return event.actor is not None or event.trade.stop_by is StopBy.TRAIL
    return isinstance(event, Stored)
