"""What the engine saw when it issued a signal, taken while it can still be had: right after the input that did it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engine.confluence import proposals
from engine.engine import Engine
from engine.events import Event, SignalIssued
from engine.types import Direction, MarketView, NoSetup, Setup
from storage.views import Seen


def seen_at_decision(engine: Engine, events: Iterable[Event]) -> dict[str, Seen]:
    """Signal id → what its decision rests on. `events` are those of the engine's last input.

    The price that showed that the candle was over came after the decision, so it is taken out: the quote is the one
    the setup was made with, and the candle that it began is left away. A signal after which the same input closed
    another candle, as the first price after a long silence may do, gets nothing: it would know too much.
    """
    return {
        event.trade.id: seen
        for event in events
        if isinstance(event, SignalIssued) and (seen := _seen(engine, event.signal.setup)) is not None
    }


def _seen(engine: Engine, setup: Setup) -> Seen | None:
    view = _as_of(engine.view(setup.symbol), setup)
    if view is None:
        return None
    found = proposals(view, engine.in_force, engine.strategies_on)
    return Seen(view, tuple((strategy, each) for strategy, each in found.items() if isinstance(each, NoSetup)))


def _as_of(view: MarketView, setup: Setup) -> MarketView | None:
    """The view as of the setup's close, when the setup itself had not been proposed yet. None: it knows more by now."""
    time_ms = setup.known_ms
    charts = (view.trend, view.setup, view.entry)
    if any(chart.candles and chart.candles[-1].close_ms > time_ms for chart in charts):
        return None
    bid, ask = setup.entry, setup.entry + setup.spread
    if setup.direction is Direction.UP:
        bid, ask = setup.entry - setup.spread, setup.entry
    before = tuple(each for each in view.proposed if each.known_ms < time_ms)
    return msgspec.structs.replace(view, time_ms=time_ms, bid=bid, ask=ask, unfinished=None, proposed=before)
