"""How long one push takes that closes a candle: the heartbeat that ends an M15, or an M15, an H1 and an H4 at once."""

from __future__ import annotations

from time import perf_counter_ns

from bench.market import M15_MS, SYMBOL, config, instrument, random_walk
from bench.measure import percentile
from bench.report import Result, Row, Tell
from engine.engine import Engine
from engine.events import CandleClosed, Heartbeat, Tick

CANDLES = 160_000  # one in sixteen closes all three timeframes: 10,000 samples
WARM = 4_000  # candles not counted: the first H4 rules speak after 40 × 16
CLOSES = {1: "M15 alone", 3: "M15, H1 and H4 at once"}


def run(tell: Tell) -> Result:
    tell(f"latency: {CANDLES:,} random-walk candles, told by ticks and closed by heartbeats")
    samples = _samples()
    rows = []
    for closed, name in CLOSES.items():
        taken = samples[closed]
        rows += [
            Row(f"close of {name}, p{percent:g} of {len(taken):,}", percentile(taken, percent) / 1000, "µs")
            for percent in (50, 99, 99.9)
        ]
    return Result("latency", tuple(rows))


def _samples() -> dict[int, list[int]]:
    """Nanoseconds of each closing push, by how many candles it closed."""
    engine, symbol = Engine(config()), instrument()
    push, spread, feed = engine.push, symbol.typical_spread, symbol.feed
    samples: dict[int, list[int]] = {1: [], 2: [], 3: []}
    for number, (at, first, high, low, last, _) in enumerate(random_walk(CANDLES).rows()):
        between = (low, high) if last > first else (high, low)
        for quarter, price in enumerate((first, *between, last)):
            push(Tick(SYMBOL, at + quarter * M15_MS // 4, price, price + spread))
        beat = Heartbeat(feed, at + M15_MS)
        start = perf_counter_ns()
        events = push(beat)
        took = perf_counter_ns() - start
        if number >= WARM:
            samples[sum(type(event) is CandleClosed for event in events)].append(took)
    return samples
