"""Inputs → the engine → what it said. No files, no printing; live runs the same `push`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from engine.engine import Engine
from engine.events import CandleClosed, Event, History, Input
from engine.types import Candle, Value


def backtest(engine: Engine, inputs: Iterable[Input]) -> Iterator[Event]:
    """Every event, in order, as the inputs are pushed."""
    for item in inputs:
        yield from engine.push(item)


class Mark(Value, frozen=True):
    """What the account was worth at a moment, open trades included."""

    time_ms: int
    equity: Decimal


class Play:
    """Inputs pushed for somebody who waits for a few kinds of events. What comes by at every candle is kept here: the
    closed candles of the entry timeframe by symbol and, while a trade waits or is open, what the account is worth.
    """

    def __init__(self, engine: Engine, kinds: frozenset[type[Event]]) -> None:
        self.candles: dict[str, list[Candle]] = {each.symbol: [] for each in engine.config.instruments}
        self.marks: list[Mark] = []
        self._engine = engine
        self._kinds = kinds

    def told(self, inputs: Iterable[Input]) -> Iterator[list[Event]]:
        """What each input made known of these kinds. Inputs that told nothing are left out, and so is history."""
        engine, kinds, candles, entry = self._engine, self._kinds, self.candles, self._engine.config.timeframes.entry
        for item in inputs:
            events = engine.push(item)
            if not events or type(item) is History:
                continue
            closed_ms = 0
            heard: list[Event] = []
            for event in events:
                if type(event) is CandleClosed:
                    candle = event.candle
                    if candle.timeframe is entry:
                        closed_ms = candle.close_ms
                        candles[candle.symbol].append(candle)
                elif type(event) in kinds:
                    heard.append(event)
            if heard:
                yield heard
            if closed_ms and engine.has_trades:
                self.mark(closed_ms)

    def mark(self, time_ms: int) -> None:
        """Note what the account is worth; of several words on one moment the last one counts."""
        if self.marks and self.marks[-1].time_ms == time_ms:
            self.marks.pop()
        self.marks.append(Mark(time_ms, self._engine.equity))
