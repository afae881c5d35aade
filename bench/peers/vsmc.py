"""pyvsmc: the detectors that we have too, once over whole columns. numba is installed, so its compiled paths run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyvsmc

WINDOW = 2  # candles a side: its default, and our M15 wing

Column = npt.NDArray[np.float64]


def detections(first: Column, high: Column, low: Column, close: Column) -> None:
    """Where things are, and nothing of what became of them."""
    _levels(high, low, close)
    pyvsmc.detect_fvg(high, low, close=close)
    pyvsmc.detect_order_blocks(first, high, low, close, window_size=WINDOW)


def lives(first: Column, high: Column, low: Column, close: Column) -> None:
    """The same with what became of each zone (mitigation), which our engine always follows."""
    _levels(high, low, close)
    pyvsmc.detect_fvg(high, low, close=close, compute_mitigation=True)
    pyvsmc.detect_order_blocks(first, high, low, close, window_size=WINDOW, compute_mitigation=True)


def _levels(high: Column, low: Column, close: Column) -> None:
    pyvsmc.detect_swings(high, low, WINDOW)
    pyvsmc.detect_structure(high, low, close, WINDOW)
    pyvsmc.detect_liquidity(high, low, close)
    pyvsmc.detect_zones(high, low, close)
