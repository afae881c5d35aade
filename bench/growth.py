"""Does a candle cost more when there is much history? Time, snapshot and memory from 25k to 400k candles."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator

from bench.market import Candles, config, random_walk
from bench.measure import differences, exponent, push_all, quietest_total
from bench.report import Result, Row, Target, Tell
from engine.engine import Engine

STRETCH = 25_000  # candles between two readings of the clock
SIZES = (25_000, 50_000, 100_000, 200_000, 400_000)
TRACED = (15_000, 30_000, 60_000)  # tracing makes each candle several times dearer
PASSES = 2


def run(tell: Tell) -> Result:
    walk = random_walk(max(SIZES))
    passes: list[list[float]] = []
    snapshots: dict[int, int] = {}
    for number in range(PASSES):
        tell(f"growth: {max(SIZES):,} random-walk candles, pass {number + 1} of {PASSES}")
        readings, snapshots = _one_pass(walk)
        passes.append(differences(readings))
    totals = quietest_total(passes)
    rows = [
        Row(f"CPU time of {size:,} candles, for each", totals[size // STRETCH - 1] / size * 1e6, "µs") for size in SIZES
    ]
    fitted = exponent(SIZES, [totals[size // STRETCH - 1] for size in SIZES])
    rows.append(Row("growth exponent of total time, 25k to 400k", fitted, "", target=Target("≤", 1.05, of="ours")))
    rows += [Row(f"snapshot of a symbol after {size:,} candles", snapshots[size] / 1024, "KiB") for size in SIZES]
    tell("growth: memory, traced")
    rows += [Row(f"memory of a symbol after {size:,} candles", held / 1024, "KiB") for size, held in _traced(walk)]
    return Result("growth", tuple(rows))


def _one_pass(walk: Candles) -> tuple[list[float], dict[int, int]]:
    """Readings of the CPU clock at every stretch, snapshots left out of them, and the snapshots' sizes in bytes."""
    engine = Engine(config())
    readings, snapshots, spent = [0.0], {}, 0.0
    for end in range(STRETCH, len(walk) + 1, STRETCH):
        inputs = walk.between(end - STRETCH, end).inputs()
        gc.collect()
        start = time.process_time()
        push_all(engine, inputs)
        spent += time.process_time() - start
        readings.append(spent)
        if end in SIZES:
            snapshots[end] = len(engine.snapshot())
    return readings, snapshots


def _traced(walk: Candles) -> Iterator[tuple[int, int]]:
    """Sizes, and the bytes an engine holds after so many candles. Its events are dropped as they come.

    Another engine goes ahead untraced: what is cached per date is common to all symbols and bounded by the caches.
    """
    push_all(Engine(config()), walk.between(0, max(TRACED)).inputs())
    engine_config, done = config(), 0
    tracemalloc.start()
    try:
        engine = Engine(engine_config)
        for size in TRACED:
            for start in range(done, size, 1000):
                push_all(engine, walk.between(start, start + 1000).inputs())
            done = size
            gc.collect()
            yield size, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
