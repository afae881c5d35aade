"""A program: backtrader (GPL-3.0) runs a strategy that only does what it was told."""

from __future__ import annotations

import gc
import sys
import time
from typing import Any

import backtrader as bt

from bench.peers.orders import Orders
from bench.peers.serve import Answer, serve


def main(path: str) -> None:
    orders = Orders(path)

    class Told(bt.Strategy):
        def __init__(self) -> None:
            self.done = 0

        def next(self) -> None:
            candle = len(self) - 1
            if candle in orders.leaves:
                self.close()
            way = orders.way.get(candle)
            if way is not None:
                (self.buy if way > 0 else self.sell)(size=1)

        def notify_trade(self, trade: Any) -> None:
            self.done += trade.isclosed

    def run() -> Answer:
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(1_000_000)
        cerebro.adddata(bt.feeds.PandasData(dataname=orders.frame))
        cerebro.addstrategy(Told)
        gc.collect()
        start = time.perf_counter()
        (strategy,) = cerebro.run()
        return {"seconds": time.perf_counter() - start, "trades": strategy.done}

    serve({"run": run})


if __name__ == "__main__":
    main(sys.argv[1])
