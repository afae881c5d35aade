"""The engines on which properties are tried: small books, low thresholds, the usual detectors and their variants."""

from __future__ import annotations

import msgspec
import pytest

from engine.config import BlockCandle, BreakBy, DetectorsConfig, EngineConfig
from engine.types import Instrument
from tests.engine.market_data import BOUNDLESS, CRAMPED, EAGER, QUICK, TALKATIVE, config

# The other variant of each detector that has one. The automatic threshold of gaps, which is relative to price, apart.
VARIANTS = msgspec.structs.replace(
    CRAMPED,
    break_by=BreakBy.WICK,
    join_gaps=True,
    block_candle=BlockCandle.PARSED,
    blocks_break_by=BreakBy.WICK,
)
BOTH = pytest.mark.parametrize("detectors", [CRAMPED, VARIANTS], ids=["usual", "variants"])


def eager(*instruments: Instrument, detectors: DetectorsConfig = CRAMPED, **sections: object) -> EngineConfig:
    """M5, M15 and H1, low least scores, and a gate that lets most setups out."""
    usual = {"timeframes": QUICK, "strategies": EAGER, "gate": TALKATIVE, "limits": BOUNDLESS}
    return config(*instruments, detectors=detectors, **(usual | sections))
