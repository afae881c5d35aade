"""A program: backtesting.py (AGPL-3.0) runs a strategy that only does what it was told."""

from __future__ import annotations

import gc
import sys
import time

from backtesting import Backtest, Strategy

from bench.peers.orders import Orders
from bench.peers.serve import Answer, serve


def main(path: str) -> None:
    orders = Orders(path)

    class Told(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            candle = len(self.data) - 1
            if candle in orders.leaves:
                self.position.close()
            way = orders.way.get(candle)
            if way is not None:
                (self.buy if way > 0 else self.sell)(size=1)

    def run() -> Answer:
        test = Backtest(orders.frame, Told, cash=1_000_000, finalize_trades=True)
        gc.collect()
        start = time.perf_counter()
        stats = test.run()
        return {"seconds": time.perf_counter() - start, "trades": int(stats["# Trades"])}

    serve({"run": run})


if __name__ == "__main__":
    main(sys.argv[1])
