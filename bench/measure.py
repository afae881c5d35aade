"""The arithmetic of a fair comparison: who is timed when, and what is made of the numbers."""

from __future__ import annotations

import dataclasses
import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from engine.events import Event, Input

Stint = Callable[[], float]  # does its work and says how many seconds that took


@dataclasses.dataclass(frozen=True, slots=True)
class Versus:
    """Seconds of ours and theirs, in the order they were taken: each of theirs between two of ours."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.theirs or len(self.ours) != 2 * len(self.theirs):
            raise ValueError("each of theirs needs one of ours before it and one after it")

    @property
    def ratio(self) -> float:
        """How many times longer theirs takes: the median over the rounds of theirs ÷ the mean of its two neighbours.

        A machine that slows down during a round slows both sides of it, so the ratio stays.
        """
        return statistics.median(
            theirs * 2 / (self.ours[2 * i] + self.ours[2 * i + 1]) for i, theirs in enumerate(self.theirs)
        )

    @property
    def our_seconds(self) -> float:
        return statistics.median(self.ours)

    @property
    def their_seconds(self) -> float:
        return statistics.median(self.theirs)


def in_turn(ours: Stint, theirs: Mapping[str, Stint], rounds: int) -> dict[str, Versus]:
    """Ours, one of theirs, ours, the next of theirs, … ours. What one peer is followed by, the next one begins with."""
    own: dict[str, list[float]] = {name: [] for name in theirs}
    other: dict[str, list[float]] = {name: [] for name in theirs}
    before = ours()
    for _ in range(rounds):
        for name, stint in theirs.items():
            other[name].append(stint())
            after = ours()
            own[name] += [before, after]
            before = after
    return {name: Versus(tuple(own[name]), tuple(other[name])) for name in theirs}


def timed(work: Callable[[], object]) -> float:
    """Seconds on the wall, garbage of before cleared away first; the collector stays on, as it is in real use."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Pushed(Protocol):
    """An engine, as far as a benchmark needs one."""

    def push(self, item: Input, /) -> list[Event]: ...


def push_all(engine: Pushed, inputs: Iterable[Input]) -> None:
    push = engine.push
    for item in inputs:
        push(item)


def exponent(sizes: Sequence[float], totals: Sequence[float]) -> float:
    """The b of total = a · size^b that fits best on logarithms; 1 is a cost per candle that does not grow."""
    x, y = [math.log(size) for size in sizes], [math.log(total) for total in totals]
    return statistics.linear_regression(x, y).slope


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that is not exceeded by `percent` of them (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def quietest_total(passes: Sequence[Sequence[float]]) -> list[float]:
    """Running totals over stretches that were timed several times; of each stretch the fastest pass counts.

    Other programs can only add to a time, so the least disturbed pass is the nearest to what the work costs.
    """
    total, totals = 0.0, []
    for stretch in zip(*passes, strict=True):
        total += min(stretch)
        totals.append(total)
    return totals


def differences(readings: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(readings)]
