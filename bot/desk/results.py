"""How the signals did, for whoever asks: the day so far, and any time until now."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.config import ChannelConfig, Config, ReportKind
from bot.desk import english as desk_english
from bot.reports.calendar import day_of, period_of
from bot.reports.figures import Figures
from bot.voices import Voices
from bot.words.post import Post
from bot.words.report_captions import daily_report
from bot.words.report_english import Span
from bot.words.report_period import period_report
from bot.words.report_period_picture import period_picture
from bot.words.report_picture import daily_picture
from bot.words.wording import Style, Voice
from charts.picture import encode
from engine.engine import Engine
from engine.types import MINUTE_MS
from storage.database import reading

_NOWHERE = ChannelConfig("", 0, (), report_at="00:00", report_zone="UTC")  # how days are counted without a channel


class Results:
    """Reads only."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        database: AsyncEngine,
        voices: Voices,
        clock: Clock,
        figures: Figures,
        *,
        draws: bool,
    ) -> None:
        self._config = config
        self._engine = engine
        self._database = database
        self._voices = voices
        self._clock = clock
        self._figures = figures
        self._draws = draws

    async def report(self, symbol: str, hearer: ChannelConfig | None = None) -> Post | None:
        """The day so far. None for a symbol that no channel carries: it has no day to report.

        None too for a `hearer` that hears later: what a trade stood at then is not known any more.
        """
        channels = self._config.channels_for(symbol)
        if not channels or (hearer is not None and hearer.delay_min):
            return None
        channel, now_ms = hearer or channels[0], self._clock.now_ms()
        period = period_of(channel, ReportKind.DAILY, day_of(channel, now_ms))
        async with reading(self._database) as conn:
            figures = await self._figures.daily(conn, symbol, period, now_ms, hearer)
            recent = await self._figures.recent(conn, symbol, now_ms, hearer)
        voice = self._voice(symbol, hearer)
        picture = encode(daily_picture(figures, recent, voice, period.from_ms, channel.theme)) if self._draws else None
        return daily_report(figures, voice, picture)

    async def performance(
        self, symbols: Sequence[str], span: Span, hearer: ChannelConfig | None = None, *, delay_min: int = 0
    ) -> Post:
        """Until now, or as far as the `hearer` has heard; without one until `delay_min` ago, and it says so. Days are
        the hearer's, or those of the first channel that carries one of the symbols.
        """
        delay_min = delay_min if hearer is None else hearer.delay_min
        now_ms = self._clock.now_ms() - delay_min * MINUTE_MS
        carrying = (channel for channel in self._config.channels if set(channel.symbols) & set(symbols))
        channel = hearer or next(carrying, _NOWHERE)
        style: Style = self._voices.style(self._engine.mode, hearer)
        if len(symbols) == 1:
            style = self._voice(symbols[0], hearer)
        style = msgspec.structs.replace(style, delay_min=delay_min)
        scope = desk_english.SYMBOLS.format(count=len(symbols))
        if len(symbols) == 1:
            scope = symbols[0]
        elif set(symbols) == set(channel.symbols):
            scope = channel.name
        async with reading(self._database) as conn:
            figures = await self._figures.span(conn, channel, symbols, scope, span, now_ms, hearer)
        draws = self._draws and figures.trades
        return period_report(figures, style, encode(period_picture(figures, style, channel.theme)) if draws else None)

    def _voice(self, symbol: str, hearer: ChannelConfig | None) -> Voice:
        return self._voices.of_symbol(symbol, self._engine.mode, self._engine.view(symbol).bid or 1, hearer)
