"""The daily report: what is due when, and the figures it tells."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig, Config
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Priority
from bot.voices import Voices
from bot.words.report_captions import DailyFigures, RecentFigures, Refused, daily_report
from bot.words.report_picture import daily_picture
from charts.picture import encode
from engine.engine import Engine
from engine.performance import measure
from engine.types import DAY_MS, Trade
from storage.candles import last_candles
from storage.carried import carried_by
from storage.daily import DayResult, save_day
from storage.progress import claim_period
from storage.signals import count_signals, rejections_between
from storage.trades import closed_between

RECENT_DAYS = 30
NEVER_MS = 2**62


class Reports:
    """Sends each channel's daily report at its local time; at most once a day, whatever crashes in between."""

    def __init__(
        self, config: Config, engine: Engine, outbox: ChannelOutbox, voices: Voices, now_ms: int, *, draws: bool
    ) -> None:
        self._config = config
        self._engine = engine
        self._outbox = outbox
        self._voices = voices
        self._draws = draws
        self._due = {channel.key: next_report_ms(channel, now_ms) for channel in config.channels}

    def due_ms(self) -> int:
        """When the next report is due."""
        return min(self._due.values(), default=NEVER_MS)

    async def send_due(self, conn: AsyncConnection, now_ms: int) -> None:
        """Put the reports that are due into the outbox, in the caller's transaction."""
        for channel in self._config.channels:
            due_ms = self._due[channel.key]
            if due_ms <= now_ms:
                self._due[channel.key] = next_report_ms(channel, now_ms)
                for symbol in channel.symbols:
                    await self._send(conn, channel, symbol, due_ms)

    async def _send(self, conn: AsyncConnection, channel: ChannelConfig, symbol: str, due_ms: int) -> None:
        from_ms, day = day_before(channel, due_ms)
        last = await last_candles(conn, symbol, self._config.engine.timeframes.entry, 1)
        if not last or last[-1].close_ms <= from_ms:
            return  # the market was closed, or nothing feeds this symbol: there is no day to report
        if not await claim_period(conn, f"daily:{symbol}@{channel.key}", day.isoformat(), due_ms):
            return
        figures = await self.figures(conn, symbol, day, from_ms, due_ms, channel)
        voice = self._voices.of_symbol(symbol, self._engine.mode, last[-1].close, channel)
        recent = await self.recent(conn, symbol, due_ms, channel)
        picture = encode(daily_picture(figures, recent, voice, from_ms, channel.theme))
        await self._save(conn, channel, symbol, figures, from_ms, due_ms)
        await self._outbox.put(
            conn,
            f"daily:{symbol}:{day}@{channel.key}",
            channel.chat_id,
            daily_report(figures, voice, picture if self._draws else None),
            priority=Priority.REPORT,
            thread_id=channel.thread_id,
        )

    async def recent(
        self, conn: AsyncConnection, symbol: str, until_ms: int, channel: ChannelConfig | None = None
    ) -> list[Trade]:
        """Closed trades of the last 30 days that were opened, oldest first; with a channel, those it carried."""
        closed = await closed_between(conn, [symbol], until_ms - RECENT_DAYS * DAY_MS, until_ms)
        return [trade for trade in await _told(conn, closed, channel) if trade.opened_price is not None]

    async def figures(
        self,
        conn: AsyncConnection,
        symbol: str,
        day: date,
        from_ms: int,
        until_ms: int,
        channel: ChannelConfig | None = None,
    ) -> DailyFigures:
        """What the report of the day `[from_ms, until_ms)` tells; with a channel, of the trades it carries."""
        recent = measure(await self.recent(conn, symbol, until_ms, channel))
        running = [trade for trade in self._engine.open_trades() if trade.symbol == symbol]
        ended = await closed_between(conn, [symbol], from_ms, until_ms)
        rejected = await rejections_between(conn, [symbol], from_ms, until_ms)
        reasons = Counter(
            (code, needed)
            for rejection in rejected
            for code, (_, needed) in zip(rejection.refusals, rejection.limits, strict=True)
        )
        return DailyFigures(
            day=day,
            end_ms=until_ms,
            ended=tuple(await _told(conn, ended, channel)),
            running=tuple(await _told(conn, running, channel)),
            recent=RecentFigures(
                trades=recent.trades,
                total_r=recent.total_r,
                win_rate=recent.win_rate,
                average_r=recent.average_r,
                profit_factor=recent.profit_factor,
                drawdown_r=recent.drawdown_r,
                ambiguous=recent.ambiguous,
            ),
            refused=len(rejected),
            refusals=tuple(Refused(code, needed, count) for (code, needed), count in reasons.most_common()),
        )

    async def _save(
        self,
        conn: AsyncConnection,
        channel: ChannelConfig,
        symbol: str,
        figures: DailyFigures,
        from_ms: int,
        until_ms: int,
    ) -> None:
        opened = [trade for trade in figures.ended if trade.opened_price is not None]
        day = measure(opened)
        results = [self._voices.pips_and_money(trade) for trade in opened]
        await save_day(
            conn,
            DayResult(
                day=figures.day.isoformat(),
                channel=f"{symbol}@{channel.key}",
                from_ms=from_ms,
                to_ms=until_ms,
                signals=await count_signals(conn, [symbol], from_ms, until_ms),
                won=day.won,
                lost=day.lost,
                even=day.flat,
                open=len(figures.running),
                refused=figures.refused,
                ambiguous=day.ambiguous,
                result_r=day.total_r,
                pips=sum((pips for pips, _ in results), Decimal(0)),
                money=sum((money for _, money in results), Decimal(0)),
                saved_ms=until_ms,
            ),
        )


async def _told(conn: AsyncConnection, trades: list[Trade], channel: ChannelConfig | None) -> list[Trade]:
    """Those the channel's readers have been told of."""
    if channel is None:
        return trades
    carried = await carried_by(conn, channel.key, [trade.id for trade in trades])
    return [trade for trade in trades if trade.id in carried]


def next_report_ms(channel: ChannelConfig, after_ms: int) -> int:
    """The next moment, later than `after_ms`, at which the channel's wall clock shows its report time."""
    zone = ZoneInfo(channel.report_zone)
    hour, minute = (int(part) for part in channel.report_at.split(":"))
    day = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(zone).date()
    while True:
        moment = _wall_ms(day, hour, minute, zone)
        if moment > after_ms:
            return moment
        day += timedelta(days=1)


def day_before(channel: ChannelConfig, due_ms: int) -> tuple[int, date]:
    """Where the day that ends at `due_ms` began, and its date: that of its middle."""
    zone = ZoneInfo(channel.report_zone)
    end = datetime.fromtimestamp(due_ms / 1000, UTC).astimezone(zone)
    from_ms = _wall_ms(end.date() - timedelta(days=1), end.hour, end.minute, zone)
    middle = datetime.fromtimestamp((from_ms + due_ms) / 2000, UTC).astimezone(zone)
    return from_ms, middle.date()


def _wall_ms(day: date, hour: int, minute: int, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(hour, minute), zone).timestamp()) * 1000
