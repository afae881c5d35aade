"""What a compiled engine does while it is made, so that the compiler knows what happens often and what seldom.

A simulated market, tick by tick, then its candles. Nothing of it is kept.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

TICKS = 1_500_000  # about five months


def main(build: str) -> None:
    """Practise with the engine of this folder."""
    sys.path.insert(0, build)
    # Only now: the engine is found by that path.
    from bot.config import load_config
    from engine.engine import Engine
    from engine.events import CandleClosed, CandleInput
    from feeds.simulated import simulated

    config = load_config(Path(__file__).parents[1] / "config.toml").engine_config()
    gold = next(each for each in config.instruments if each.symbol == "XAUUSD")
    heard, again, candles = Engine(config), Engine(config), []
    for tick in islice(simulated(gold, seed=1, start_ms=1_704_664_800_000), TICKS):
        candles += [event.candle for event in heard.push(tick) if type(event) is CandleClosed]
    for candle in candles:
        if candle.timeframe is config.timeframes.entry:
            again.push(CandleInput(candle))


if __name__ == "__main__":
    main(sys.argv[1])
