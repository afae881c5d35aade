"""What sets a strategy off at a close. Asked at every one, so it needs no view: a view costs a hundred times more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.config import EngineConfig, StrategyConfig
from engine.ranges import at_edge
from engine.types import (
    BreakKind,
    Direction,
    MarketView,
    Missing,
    NoSetup,
    Price,
    Regime,
    Strategy,
    StructureBreak,
    Sweep,
)


class Moment(msgspec.Struct, frozen=True):
    """A close of the entry timeframe, as far as triggers look at it. `since_ms` is where the look-back begins."""

    time_ms: int
    has_quote: bool
    is_ready: bool  # all three timeframes
    close: Price
    since_ms: int
    broken: StructureBreak | None  # the break of entry structure this close made
    sweeps: Sequence[Sweep]  # recent ones of the entry timeframe, round numbers apart
    trend: Direction | None  # of the trend timeframe
    regime: Regime | None  # and the rest are of the setup timeframe
    range_low: Price | None
    range_high: Price | None


def moment_of(view: MarketView, lookback: int) -> Moment:
    entry, setup, trend = view.entry, view.setup, view.trend
    recent = entry.candles[-lookback:]
    return Moment(
        time_ms=view.time_ms,
        has_quote=view.bid is not None and view.ask is not None,
        is_ready=entry.is_ready and setup.is_ready and trend.is_ready,
        close=recent[-1].close if recent else 0,
        since_ms=recent[0].open_ms if recent else 0,
        broken=broken_now(view),
        sweeps=entry.sweeps,
        trend=trend.trend,
        regime=setup.regime,
        range_low=setup.range_low,
        range_high=setup.range_high,
    )


def broken_now(view: MarketView) -> StructureBreak | None:
    """The break of entry structure this close made: the internal one, which a larger one may have spoken for."""
    return latest_at(view.time_ms, view.entry.last_break, view.entry.breaks)


def latest_at(now_ms: int, internal: StructureBreak | None, told: Sequence[StructureBreak]) -> StructureBreak | None:
    """The internal break if it was made now, else the last that was told, if that was now."""
    if internal is not None and internal.known_ms == now_ms:
        return internal
    return told[-1] if told and told[-1].known_ms == now_ms else None


def set_off(moment: Moment, config: EngineConfig, is_on: dict[Strategy, bool]) -> dict[Strategy, Direction | NoSetup]:
    """For each strategy the way it would trade at this close, or what is missing."""
    own = config.strategies
    trend, reversal, fade = Strategy.TREND_CONTINUATION, Strategy.SWEEP_REVERSAL, Strategy.RANGE_FADE
    return {
        trend: _barred(moment, own.trend_continuation, is_on[trend]) or _trend_goes_on(moment),
        reversal: _barred(moment, own.sweep_reversal, is_on[reversal]) or _structure_turns(moment),
        fade: _barred(moment, own.range_fade, is_on[fade]) or _edge_holds(moment),
    }


def _barred(moment: Moment, own: StrategyConfig, is_on: bool) -> NoSetup | None:
    """What keeps a strategy from looking at this close at all."""
    if not is_on:
        return NoSetup(Missing.OFF)
    if not moment.has_quote:
        return NoSetup(Missing.QUOTE)
    if not moment.is_ready:
        return NoSetup(Missing.READY)
    return None if moment.regime in own.regimes else NoSetup(Missing.REGIME)


def _trend_goes_on(moment: Moment) -> Direction | NoSetup:
    """A break of entry structure the way of the trend."""
    broken = moment.broken
    if broken is None:
        return NoSetup(Missing.BREAK)
    return broken.direction if moment.trend is broken.direction else NoSetup(Missing.TREND, broken.direction)


def _structure_turns(moment: Moment) -> Direction | NoSetup:
    """A change of character after stops were taken within the look-back."""
    broken = moment.broken
    if broken is None or broken.kind is not BreakKind.CHOCH:
        return NoSetup(Missing.BREAK)
    for sweep in moment.sweeps:
        if sweep.direction is broken.direction and sweep.formed_ms >= moment.since_ms:
            return broken.direction
    return NoSetup(Missing.SWEEP, broken.direction)


def _edge_holds(moment: Moment) -> Direction | NoSetup:
    """Stops taken at this very close at the edge of the setup timeframe's range."""
    swept: list[Direction] = []
    for sweep in reversed(moment.sweeps):
        if sweep.known_ms != moment.time_ms:
            break
        if sweep.direction not in swept:
            swept.append(sweep.direction)
    for direction in swept:  # one candle may sweep both sides; it closes at one edge at most
        if at_edge(direction, moment.close, moment.range_low, moment.range_high):
            return direction
    if not swept:
        return NoSetup(Missing.SWEEP)
    return NoSetup(Missing.EDGE, swept[0] if len(swept) == 1 else None)
