"""Sends each channel's reports at their local times, each exactly once, whatever crashes in between.

A report is claimed, saved and put into the outbox in one transaction. What became due while nobody was there is caught
up at the next start: the newest few of each kind, said to be late. What was over before the channel was first served
is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig, Config, ReportKind
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Priority
from bot.record.entries import Reported, record_report
from bot.reports.calendar import Period, latest_due, next_due_ms, overdue
from bot.reports.figures import Figures
from bot.voices import Voices
from bot.words.post import Post
from bot.words.report_captions import DailyFigures, daily_report
from bot.words.report_period import period_report
from bot.words.report_period_picture import period_picture
from bot.words.report_picture import daily_picture
from bot.words.wording import Style, Voice
from charts.picture import encode
from engine.engine import Engine
from engine.performance import measure
from engine.types import Trade
from storage.candles import has_candles, last_candles
from storage.daily import DayResult, save_day
from storage.ledger import Head
from storage.progress import begin_periods, claim_period, last_done
from storage.signals import count_signals
from storage.trades import closed_between

log = structlog.get_logger(__name__)

NEVER_MS = 2**62
PATIENCE_MS = 600_000  # how long a report waits for the feeds to tell all of its day
MOST_LATE = {ReportKind.DAILY: 7, ReportKind.WEEKLY: 4, ReportKind.MONTHLY: 2}
_LOOK_AGAIN_MS = 5_000


class Schedule(msgspec.Struct, frozen=True):
    """One kind of report of one channel: of each symbol by day, of all together by week and month."""

    kind: ReportKind
    channel: ChannelConfig
    symbols: tuple[str, ...]

    @property
    def name(self) -> str:
        """What its progress is kept under."""
        whose = f"{self.symbols[0]}@" if self.kind is ReportKind.DAILY else ""
        return f"{self.kind}:{whose}{self.channel.key}"

    def message_key(self, period: Period) -> str:
        whose = f"{self.symbols[0]}:" if self.kind is ReportKind.DAILY else ""
        return f"{self.kind}:{whose}{period.name}@{self.channel.key}"


class Reports:
    """`patience_ms` is how long a report waits for feeds that are behind; none on a clock that the feed moves.

    `start` must have been called once before anything is sent.
    """

    def __init__(
        self,
        config: Config,
        engine: Engine,
        outbox: ChannelOutbox,
        voices: Voices,
        now_ms: int,
        *,
        draws: bool,
        patience_ms: int = 0,
    ) -> None:
        self.figures = Figures(config, engine, voices)
        self._timeframe = config.engine.timeframes.entry
        self._engine = engine
        self._outbox = outbox
        self._voices = voices
        self._draws = draws
        self._patience_ms = patience_ms
        self._started_ms = self._looked_ms = now_ms
        self._schedules = tuple(_schedules(config))
        self._due = {s.name: next_due_ms(s.channel, s.kind, now_ms) for s in self._schedules}

    async def start(self, conn: AsyncConnection, now_ms: int) -> None:
        """Remember from when each report is wanted, and look at once for those that were missed."""
        for schedule in self._schedules:
            period = latest_due(schedule.channel, schedule.kind, now_ms)
            await begin_periods(conn, schedule.name, period.name, now_ms)
            self._due[schedule.name] = now_ms

    def due_ms(self) -> int:
        """When to look next."""
        return min(self._due.values(), default=NEVER_MS)

    def is_due(self, now_ms: int) -> bool:
        """A clock that was set back makes us look again: what was waited for may be days nearer than it seemed."""
        if now_ms < self._looked_ms:
            self._due = dict.fromkeys(self._due, now_ms)
        self._looked_ms = now_ms
        return self.due_ms() <= now_ms

    async def send_due(self, conn: AsyncConnection, now_ms: int) -> None:
        """Put the reports that are due into the outbox, in the caller's transaction."""
        for schedule in self._schedules:
            if self._due[schedule.name] <= now_ms:
                self._due[schedule.name] = await self._catch_up(conn, schedule, now_ms)

    async def _catch_up(self, conn: AsyncConnection, schedule: Schedule, now_ms: int) -> int:
        """Returns when to look next. A day without a market has no report and is not done either: it may come yet."""
        kind, channel = schedule.kind, schedule.channel
        done = await last_done(conn, schedule.name)
        assert done is not None, "reports are sent only after their start"  # noqa: S101 — a mistake of ours
        missed = overdue(channel, kind, done, now_ms, MOST_LATE[kind])
        is_first = True
        for period in missed.periods:
            if self._must_wait(schedule, period, now_ms):
                return now_ms + _LOOK_AGAIN_MS
            is_open = [await self._was_open(conn, symbol, period) for symbol in schedule.symbols]
            if any(is_open) and await claim_period(conn, schedule.name, period.name, now_ms):
                if is_first and missed.left_out:  # with the first that is sent they are over
                    log.warning(
                        "reports left out",
                        schedule=schedule.name,
                        first=missed.left_out[0].name,
                        last=missed.left_out[-1].name,
                    )
                is_first = False
                await self._send(conn, schedule, period, now_ms)
        return next_due_ms(channel, kind, now_ms)

    async def _was_open(self, conn: AsyncConnection, symbol: str, period: Period) -> bool:
        return await has_candles(conn, symbol, self._timeframe, period.from_ms, period.until_ms)

    def _must_wait(self, schedule: Schedule, period: Period, now_ms: int) -> bool:
        """While a feed is behind the period's end, a trade may have ended in it without our knowing."""
        if now_ms >= max(period.due_ms, self._started_ms) + self._patience_ms:
            return False
        heard = [self._engine.heard_until_ms(symbol) for symbol in schedule.symbols]
        return any(0 < heard_ms < period.until_ms for heard_ms in heard)

    async def _send(self, conn: AsyncConnection, schedule: Schedule, period: Period, now_ms: int) -> None:
        channel = schedule.channel
        if schedule.kind is ReportKind.DAILY:
            post = await self._daily(conn, schedule, period, now_ms)
        else:
            post = await self._longer(conn, schedule, period, now_ms)
        await self._outbox.put(
            conn,
            schedule.message_key(period),
            channel.chat_id,
            post,
            priority=Priority.REPORT,
            thread_id=channel.thread_id,
        )

    async def _daily(self, conn: AsyncConnection, schedule: Schedule, period: Period, now_ms: int) -> Post:
        (symbol,), channel = schedule.symbols, schedule.channel
        figures = await self.figures.daily(conn, symbol, period, now_ms, channel)
        await self._save(conn, schedule, period, figures, now_ms)
        head = await self._record(conn, schedule, period, figures.ended, now_ms)
        figures = msgspec.structs.replace(figures, head=str(head))
        voice = await self._voice(conn, symbol, channel)
        recent = await self.figures.recent(conn, symbol, period.until_ms, channel)
        picture = daily_picture(figures, recent, voice, period.from_ms, channel.theme)
        return daily_report(figures, voice, encode(picture) if self._draws else None)

    async def _record(
        self, conn: AsyncConnection, schedule: Schedule, period: Period, told: Sequence[Trade], now_ms: int
    ) -> Head:
        """Enter what the report is about to say, so that the head it shows, or the next one, vouches for it too.

        Which trades it leaves out, since this channel never carried them, is entered with it.
        """
        from_ms, until_ms = period.from_ms, period.until_ms
        ids = {trade.id for trade in told}
        everything = await closed_between(conn, schedule.symbols, from_ms, min(now_ms, until_ms))
        left_out = tuple(sorted(each.id for each in everything if each.opened_price is not None and each.id not in ids))
        reported = Reported(period.name, schedule.channel.key, schedule.symbols, from_ms, until_ms, left_out)
        opened = [trade for trade in told if trade.opened_price is not None]
        return await record_report(conn, reported, opened, now_ms)

    async def _longer(self, conn: AsyncConnection, schedule: Schedule, period: Period, now_ms: int) -> Post:
        channel, symbols = schedule.channel, schedule.symbols
        figures = await self.figures.period(conn, channel, symbols, period, now_ms)
        await self._record(conn, schedule, period, figures.trades, now_ms)
        style: Style = self._voices.style(self._engine.mode, channel)
        if len(symbols) == 1:
            style = await self._voice(conn, symbols[0], channel)
        draws = self._draws and figures.trades
        return period_report(figures, style, encode(period_picture(figures, style, channel.theme)) if draws else None)

    async def _voice(self, conn: AsyncConnection, symbol: str, channel: ChannelConfig) -> Voice:
        last = await last_candles(conn, symbol, self._timeframe, 1)
        return self._voices.of_symbol(symbol, self._engine.mode, last[-1].close, channel)

    async def _save(
        self, conn: AsyncConnection, schedule: Schedule, period: Period, figures: DailyFigures, now_ms: int
    ) -> None:
        opened = [trade for trade in figures.ended if trade.opened_price is not None]
        day = measure(opened)
        results = [self._voices.pips_and_money(trade) for trade in opened]
        from_ms, until_ms = period.from_ms, period.until_ms
        signals = await count_signals(conn, schedule.symbols, from_ms, until_ms, schedule.channel.key)
        await save_day(
            conn,
            DayResult(
                day=period.name,
                channel=f"{schedule.symbols[0]}@{schedule.channel.key}",
                from_ms=period.from_ms,
                to_ms=period.until_ms,
                signals=signals,
                won=day.won,
                lost=day.lost,
                even=day.flat,
                open=len(figures.running) + figures.carried,
                refused=figures.refused,
                ambiguous=day.ambiguous,
                result_r=day.total_r,
                pips=sum((pips for pips, _ in results), Decimal(0)),
                money=sum((money for _, money in results), Decimal(0)),
                saved_ms=now_ms,
            ),
        )


def _schedules(config: Config) -> Iterator[Schedule]:
    """In the order their reports go out when several are due together."""
    for kind in ReportKind:
        for channel in config.channels:
            if kind not in channel.reports or not channel.symbols:
                continue
            if kind is ReportKind.DAILY:
                yield from (Schedule(kind, channel, (symbol,)) for symbol in channel.symbols)
            else:
                yield Schedule(kind, channel, channel.symbols)
