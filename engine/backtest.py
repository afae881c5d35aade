"""Inputs → the engine → everything it said. No files, no printing; live runs the same `push`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.engine import Engine
from engine.events import Event, History, Input


def backtest(engine: Engine, inputs: Iterable[Input]) -> Iterator[Event]:
    """Every event, in order, as the inputs are pushed."""
    for item in inputs:
        yield from engine.push(item)


def told(engine: Engine, inputs: Iterable[Input], kinds: frozenset[type[Event]]) -> Iterator[list[Event]]:
    """What each input made known, as far as it is of these kinds. Inputs with nothing of them are left out, and what
    history makes known.
    """
    for item in inputs:
        events = engine.push(item)
        if type(item) is History:
            continue
        heard = [event for event in events if type(event) in kinds]
        if heard:
            yield heard
