"""A program: nautilus_trader's backtest engine runs a strategy that only does what it was told."""

from __future__ import annotations

import gc
import sys
import time

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

from bench.peers.orders import Orders
from bench.peers.serve import Answer, serve

VENUE = Venue("SIM")
EURUSD = TestInstrumentProvider.default_fx_ccy("EUR/USD", VENUE)
SERIES = BarType.from_str(f"{EURUSD.id}-15-MINUTE-LAST-EXTERNAL")
DIGITS, M15_NS = 5, 900 * 10**9
SIZE = Quantity.from_int(1_000)


class Told(Strategy):
    """Does what it was told, candle by candle."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self._orders = orders
        self._candle = 0

    def on_start(self) -> None:
        self.subscribe_bars(SERIES)

    def on_bar(self, _: Bar) -> None:
        candle = self._candle
        self._candle += 1
        if candle in self._orders.leaves:
            self.close_all_positions(EURUSD.id)
        way = self._orders.way.get(candle)
        if way is not None:
            side = OrderSide.BUY if way > 0 else OrderSide.SELL
            self.submit_order(self.order_factory.market(EURUSD.id, side, SIZE))


def main(path: str) -> None:
    orders = Orders(path)
    rows = zip(orders.open_ms, *(orders.frame[name].tolist() for name in ("Open", "High", "Low", "Close")), strict=True)
    bars = [
        Bar(SERIES, *(Price(price, DIGITS) for price in prices), SIZE, at * 10**6 + M15_NS, at * 10**6 + M15_NS)
        for at, *prices in rows
    ]

    def run() -> Answer:
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
        engine.add_venue(
            VENUE, OmsType.HEDGING, AccountType.MARGIN, base_currency=USD, starting_balances=[Money(1e6, USD)]
        )
        engine.add_instrument(EURUSD)
        engine.add_data(bars)
        engine.add_strategy(Told(orders))
        gc.collect()
        start = time.perf_counter()
        engine.run()
        seconds = time.perf_counter() - start
        trades = engine.cache.positions_closed_count()
        engine.dispose()
        return {"seconds": seconds, "trades": trades}

    serve({"run": run})


if __name__ == "__main__":
    main(sys.argv[1])
