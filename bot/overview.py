"""The market as it stands, and what was made of it at one moment: pictures of a view."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.levels import chart_levels, pool_levels, session_spans
from bot.words import explain_english as words
from bot.words.explain import Explained
from bot.words.wording import Voice
from charts.picture import Level, Scene
from charts.scene import candle_scene, signal_scene
from engine.events import SignalIssued
from engine.hours import slot
from engine.types import (
    HOUR_MS,
    Candle,
    ChartView,
    Instrument,
    MarketView,
    Setup,
    Signal,
    Timeframe,
    Trade,
    TradeStatus,
    Zone,
    ZoneStatus,
)


def explained_scene(explained: Explained, voice: Voice) -> Scene:
    """The setup as its signal shows it, a refused one too and marked so; else the market with its zones and levels."""
    view, decided = explained.view, explained.decided
    if decided is None:
        found = market_scene(view, view.entry.timeframe, voice)
        assert found is not None  # noqa: S101 - there is a candle, or there was nothing to explain
        return found
    trade = decided.trade if isinstance(decided, SignalIssued) else _never_issued(decided.setup, voice)
    candles, mark = view.entry.candles, voice.mark(trade.signal.mode)
    spans = session_spans(candles, explained.close_ms)
    drawn = signal_scene(trade, candles, spans, voice.instrument, mark, pool_levels(view.entry.pools))
    if isinstance(decided, SignalIssued):
        return drawn
    return msgspec.structs.replace(drawn, title=words.REFUSED_TITLE.format(kind=drawn.title))


def _never_issued(setup: Setup, voice: Voice) -> Trade:
    """What a refused setup is drawn as: it has no number and takes no lots."""
    signal = Signal(
        id="",
        setup=setup,
        mode=voice.mode,
        lots=Decimal(0),
        lot_steps=0,
        split=(),
        risk_percent=Decimal(0),
        risk_money=Decimal(0),
        issued_ms=setup.known_ms,
        expires_ms=setup.known_ms,
    )
    return Trade(signal, TradeStatus.PENDING, setup.stop)


def market_scene(view: MarketView, timeframe: Timeframe, voice: Voice, theme: str = "dark") -> Scene | None:
    """Zones still standing, structure, and the levels traders watch. None before the first candle."""
    chart = chart_of(view, timeframe)
    if chart is None:
        return None
    pools = {level.price: level for level in pool_levels(view.entry.pools)}
    others = {level.price: level for level in reversed(chart_levels(chart, view.entry.readings.value_area))}
    return overview(view, timeframe, list((others | pools).values()), voice, theme)


def overview(view: MarketView, timeframe: Timeframe, levels: Sequence[Level], voice: Voice, theme: str) -> Scene | None:
    """The market with these levels. None before the first candle, and for a timeframe that is not watched."""
    chart = chart_of(view, timeframe)
    if chart is None or not chart.candles:
        return None
    forming = forming_candle(view, timeframe, voice.instrument)
    candles = chart.candles if forming is None else (*chart.candles, forming)
    # Sessions shade hours; on candles of many hours they would be stripes.
    spans = session_spans(candles, view.time_ms) if timeframe.ms <= HOUR_MS else []
    return candle_scene(
        candles,
        _zones_from(view, timeframe),
        levels,
        spans,
        voice.instrument,
        voice.mark(),
        view.time_ms,
        theme,
        chart.breaks,
        chart.swings,
        view.bid,
    )


def forming_candle(view: MarketView, timeframe: Timeframe, instrument: Instrument) -> Candle | None:
    """The candle of this timeframe that has not closed yet, made of the entry timeframe's; None before its first."""
    open_ms, close_ms = slot(view.time_ms, timeframe, instrument.day_start)
    known = (*view.entry.candles, *((view.unfinished,) if view.unfinished else ()))
    parts = [candle for candle in known if open_ms <= candle.open_ms < close_ms]
    if not parts:
        return None
    return Candle(
        symbol=instrument.symbol,
        timeframe=timeframe,
        open_ms=open_ms,
        close_ms=close_ms,
        open=parts[0].open,
        high=max(candle.high for candle in parts),
        low=min(candle.low for candle in parts),
        close=parts[-1].close,
        ticks=sum(candle.ticks for candle in parts),
    )


def chart_of(view: MarketView, timeframe: Timeframe) -> ChartView | None:
    """None for a timeframe that is not watched."""
    return next((chart for chart in (view.entry, view.setup, view.trend) if chart.timeframe is timeframe), None)


def _zones_from(view: MarketView, timeframe: Timeframe) -> list[tuple[Timeframe, Zone]]:
    """Zones of this timeframe and of those above it that price has not gone through."""
    return [
        (chart.timeframe, zone)
        for chart in (view.entry, view.setup, view.trend)
        if chart.timeframe.ms >= timeframe.ms
        for zone in chart.zones
        if zone.status < ZoneStatus.FILLED
    ]
