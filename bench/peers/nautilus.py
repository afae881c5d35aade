"""A program: nautilus_trader makes one M15 bar of quotes that were built beforehand, twice over.

`aggregator` is its bar builder alone. `engine` is the door its own strategies hear through: routing, cache, message bus
and the same bar builder behind them.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

import numpy as np
from nautilus_trader.backtest.data_client import BacktestMarketDataClient
from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import MessageBus, TestClock
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.data.aggregation import TimeBarAggregator
from nautilus_trader.data.engine import DataEngine
from nautilus_trader.data.messages import SubscribeBars
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.identifiers import ClientId, TraderId, Venue
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from bench.peers.serve import Answer, serve

M15_NS = 900 * 10**9
DIGITS = 5
EURUSD = TestInstrumentProvider.default_fx_ccy("EUR/USD")
SERIES = BarType.from_str(f"{EURUSD.id}-15-MINUTE-BID-INTERNAL")

Hear = Callable[[QuoteTick], None]


def main(path: str) -> None:
    with np.load(path) as data:
        start_ns = int(data["start_ms"]) * 10**6
        columns = [data[name].tolist() for name in ("time_ms", "bid", "ask")]
    size = Quantity.from_int(1)
    ticks = [
        QuoteTick(EURUSD.id, _price(bid), _price(ask), size, size, at * 10**6, at * 10**6)
        for at, bid, ask in zip(*columns, strict=True)
    ]

    def feed(build: Callable[[TestClock, list[Bar]], Hear]) -> Answer:
        """All ticks once; then, with our clock stopped, the bar is closed to show that they were heard."""
        clock, bars = TestClock(), []
        clock.set_time(start_ns)
        hear = build(clock, bars)
        gc.collect()
        start = time.perf_counter()
        for tick in ticks:
            hear(tick)
        seconds = time.perf_counter() - start
        for event in clock.advance_time(start_ns + M15_NS):
            event.handle()
        (bar,) = bars
        prices = {name: round(float(getattr(bar, name)) * 10**DIGITS) for name in ("open", "high", "low", "close")}
        return {"seconds": seconds, **prices}

    serve({"aggregator": lambda: feed(_aggregator), "engine": lambda: feed(_engine)})


def _aggregator(clock: TestClock, bars: list[Bar]) -> Hear:
    return TimeBarAggregator(EURUSD, SERIES, bars.append, clock).handle_quote_tick


def _engine(clock: TestClock, bars: list[Bar]) -> Hear:
    bus, cache = MessageBus(TraderId("BENCH-1"), clock), Cache()
    engine = DataEngine(bus, cache, clock)
    client, venue = ClientId("SIM"), Venue("SIM")
    engine.register_client(BacktestMarketDataClient(client, bus, cache, clock))
    cache.add_instrument(EURUSD)
    engine.start()
    bus.subscribe(f"data.bars.{SERIES}", bars.append)
    engine.execute(SubscribeBars(SERIES, client, venue, command_id=UUID4(), ts_init=clock.timestamp_ns()))
    return engine.process


def _price(ticks: int) -> Price:
    return Price(ticks / 10**DIGITS, DIGITS)


if __name__ == "__main__":
    main(sys.argv[1])
