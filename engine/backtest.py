"""Inputs → the engine → everything it said. No files, no printing; live runs the same `push`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.engine import Engine
from engine.events import Event, Input


def backtest(engine: Engine, inputs: Iterable[Input]) -> Iterator[Event]:
    """Every event, in order, as the inputs are pushed."""
    for item in inputs:
        yield from engine.push(item)
