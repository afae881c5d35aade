"""smartmoneyconcepts: its eight indicators once over a whole frame, as its README calls them."""

from __future__ import annotations

import os
import warnings

import pandas as pd

os.environ["SMC_CREDIT"] = "0"  # it prints an advertisement on import otherwise
from smartmoneyconcepts import smc

SWING_LENGTH = 5  # candles a side, as in its own tests and nearest to our wings of two and three


def indicators(frame: pd.DataFrame) -> None:
    """`frame`: open, high, low, close, volume over a DatetimeIndex."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas complains of its idioms, thousands of times
        swings = smc.swing_highs_lows(frame, swing_length=SWING_LENGTH)
        smc.fvg(frame)
        smc.bos_choch(frame, swings)
        smc.ob(frame, swings)
        smc.liquidity(frame, swings)
        smc.previous_high_low(frame, time_frame="1D")
        smc.sessions(frame, session="London")
        smc.retracements(frame, swings)
