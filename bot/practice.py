"""What a compiled engine does while it is made, so that the compiler knows what happens often and what seldom.

A simulated market, tick by tick, then its candles. Nothing of it is kept.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

TICKS = 1_500_000  # about five months


def practise(engine_in: str, ticks: int = TICKS) -> int:
    """With the engine found in this folder; how many candles it was."""
    sys.path.insert(0, engine_in)
    # Only now: the engine is found by that path.
    from bot.config_file import load_config
    from engine.engine import Engine
    from engine.events import CandleClosed, CandleInput
    from feeds.simulated import simulated

    config = load_config(Path(__file__).parents[1] / "config.toml").engine_config()
    gold = next(each for each in config.instruments if each.symbol == "XAUUSD")
    heard, again, candles = Engine(config), Engine(config), []
    for tick in islice(simulated(gold, seed=1, start_ms=1_704_664_800_000), ticks):
        candles += [event.candle for event in heard.push(tick) if type(event) is CandleClosed]
    entry = [candle for candle in candles if candle.timeframe is config.timeframes.entry]
    for candle in entry:
        again.push(CandleInput(candle))
    return len(entry)


if __name__ == "__main__":
    practise(sys.argv[1])
