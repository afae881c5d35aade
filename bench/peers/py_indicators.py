"""A program: PyIndicators, the detectors that we have too, each once over a whole frame."""

from __future__ import annotations

import gc
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pyindicators

from bench.peers.serve import Answer, serve

DETECTORS = (
    pyindicators.swing_structure,
    pyindicators.market_structure_choch_bos,
    pyindicators.order_blocks,
    pyindicators.fair_value_gap,
    pyindicators.liquidity_sweeps,
    pyindicators.premium_discount_zones,
)


def main(path: str) -> None:
    with np.load(path) as columns:
        index = pd.to_datetime(columns["open_ms"], unit="ms", utc=True)
        prices = {name.capitalize(): columns[name].astype(float) for name in ("open", "high", "low", "close", "volume")}
    whole = pd.DataFrame(prices, index=index)

    def run(rows: int) -> Answer:
        """Each detector writes its columns into a frame of its own."""
        frames = [whole.iloc[:rows].copy() for _ in DETECTORS]
        gc.collect()
        start = time.perf_counter()
        for detect, frame in zip(DETECTORS, frames, strict=True):
            detect(frame)
        return {"seconds": time.perf_counter() - start}

    warnings.simplefilter("ignore")
    serve({"run": run})


if __name__ == "__main__":
    main(sys.argv[1])
