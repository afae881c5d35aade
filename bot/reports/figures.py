"""What a report tells, gathered from the database: the engine is only asked which trades run now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import ChannelConfig, Config, ReportKind
from bot.reports.calendar import Period, day_end_ms, day_of
from bot.voices import Voices
from bot.words.report_captions import DailyFigures, Refused
from bot.words.report_english import Span
from bot.words.report_rows import PeriodFigures
from engine.engine import Engine
from engine.performance import measure
from engine.types import DAY_MS, MarketHours, Trade
from storage.carried import carried_by
from storage.signals import count_rejections, rejections_between
from storage.trades import closed_between, count_running, first_close_ms

RECENT_DAYS = 30
LATE_MS = 1_800_000  # a report later than this says so

_SPANS = {ReportKind.WEEKLY: Span.WEEKLY, ReportKind.MONTHLY: Span.MONTHLY}
_DAYS = {Span.DAYS_7: 7, Span.DAYS_30: 30, Span.DAYS_90: 90}


class Figures:
    """Reads only. With a `hearer` only the trades that channel carries are told."""

    def __init__(self, config: Config, engine: Engine, voices: Voices) -> None:
        self._config = config
        self._engine = engine
        self._voices = voices

    async def recent(
        self, conn: AsyncConnection, symbol: str, until_ms: int, hearer: ChannelConfig | None = None
    ) -> list[Trade]:
        """Closed trades of the last 30 days that were opened, oldest first."""
        closed = await closed_between(conn, [symbol], until_ms - RECENT_DAYS * DAY_MS, until_ms)
        return _opened(await told_to(conn, hearer, closed))

    async def daily(
        self, conn: AsyncConnection, symbol: str, period: Period, now_ms: int, hearer: ChannelConfig | None = None
    ) -> DailyFigures:
        """The day so far, or all of it. Of one long over it is not known what a trade stood at, only that it ran."""
        until_ms = min(now_ms, period.until_ms)
        late = now_ms - period.due_ms > LATE_MS
        rejected = await rejections_between(conn, [symbol], period.from_ms, until_ms)
        reasons = Counter(
            (code, needed)
            for rejection in rejected
            for code, (_, needed) in zip(rejection.refusals, rejection.limits, strict=True)
        )
        running = [t for t in self._engine.open_trades() if t.symbol == symbol and t.signal.issued_ms < until_ms]
        ended = await closed_between(conn, [symbol], period.from_ms, until_ms)
        return DailyFigures(
            day=period.last,
            end_ms=period.until_ms,
            ended=tuple(await told_to(conn, hearer, ended)),
            running=() if late else tuple(await told_to(conn, hearer, running)),
            recent=measure(await self.recent(conn, symbol, until_ms, hearer)),
            refused=len(rejected),
            refusals=tuple(Refused(code, needed, count) for (code, needed), count in reasons.most_common()),
            carried=await count_running(conn, [symbol], until_ms, _key(hearer)) if late else 0,
            late=late,
        )

    async def period(
        self, conn: AsyncConnection, channel: ChannelConfig, symbols: Sequence[str], period: Period, now_ms: int
    ) -> PeriodFigures:
        """A week or a month of a channel."""
        scope = symbols[0] if len(symbols) == 1 else channel.name
        window = _Window(_SPANS[period.kind], period.first, period.last, period.from_ms, period.until_ms)
        figures = await self._within(conn, channel, symbols, scope, window, channel)
        is_late = now_ms - period.due_ms > LATE_MS
        return msgspec.structs.replace(figures, due_ms=period.due_ms) if is_late else figures

    async def span(
        self,
        conn: AsyncConnection,
        channel: ChannelConfig,
        symbols: Sequence[str],
        scope: str,
        span: Span,
        now_ms: int,
        hearer: ChannelConfig | None = None,
    ) -> PeriodFigures:
        """The time up to now, in whole days as `channel` counts them, today included."""
        last = day_of(channel, now_ms)
        first = last - timedelta(days=_DAYS.get(span, 1) - 1)
        if span is Span.ALL:
            began_ms = await first_close_ms(conn, symbols, now_ms, _key(hearer))
            first = last if began_ms is None else day_of(channel, began_ms)
        from_ms = day_end_ms(channel, first - timedelta(days=1))
        return await self._within(conn, channel, symbols, scope, _Window(span, first, last, from_ms, now_ms), hearer)

    async def _within(
        self,
        conn: AsyncConnection,
        channel: ChannelConfig,
        symbols: Sequence[str],
        scope: str,
        window: _Window,
        hearer: ChannelConfig | None,
    ) -> PeriodFigures:
        from_ms, until_ms = window.from_ms, window.until_ms
        trades = _opened(await told_to(conn, hearer, await closed_between(conn, symbols, from_ms, until_ms)))
        results = [self._voices.pips_and_money(trade) for trade in trades]
        instruments = [self._config.instrument(symbol) for symbol in symbols]
        return PeriodFigures(
            span=window.span,
            scope=scope,
            first=window.first,
            last=window.last,
            end_ms=until_ms,
            trades=tuple(trades),
            days=tuple(day_of(channel, trade.closed_ms or 0) for trade in trades),
            running=await count_running(conn, symbols, until_ms, _key(hearer)),
            refused=await count_rejections(conn, symbols, from_ms, until_ms),
            money=sum((money for _, money in results), Decimal(0)),
            pips=sum((pips for pips, _ in results), Decimal(0)) if len(symbols) == 1 else None,
            has_weekends=any(instrument.hours is MarketHours.ALWAYS for instrument in instruments),
        )


class _Window(msgspec.Struct, frozen=True):
    """The days `first` to `last`, of which what happened in `[from_ms, until_ms)` is told."""

    span: Span
    first: date
    last: date
    from_ms: int
    until_ms: int


async def told_to(conn: AsyncConnection, hearer: ChannelConfig | None, trades: Sequence[Trade]) -> list[Trade]:
    """Those the channel's readers are told of; all where nobody is meant."""
    if hearer is None:
        return list(trades)
    carried = await carried_by(conn, hearer.key, [trade.id for trade in trades])
    return [trade for trade in trades if trade.id in carried]


def _key(hearer: ChannelConfig | None) -> str | None:
    return None if hearer is None else hearer.key


def _opened(trades: Sequence[Trade]) -> list[Trade]:
    return [trade for trade in trades if trade.opened_price is not None]
