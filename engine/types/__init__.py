"""The words of the house: what is traded, what was seen, what was proposed, and what became of it.

Prices are counts of the instrument's tick (`Price`), times are milliseconds UTC, results are kept as whole numbers
(ticks times lot steps) so that sums, hashes and stored values are exact. R, pips and money are derived when read.
"""

from engine.types.findings import (
    BreakKind,
    ChartView,
    LiquidityPool,
    MarketView,
    PoolKind,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    Zone,
    ZoneKind,
    ZoneStatus,
)
from engine.types.market import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Candle,
    CandlePrice,
    Direction,
    Instrument,
    MarketHours,
    Price,
    Session,
    Timeframe,
    Value,
)
from engine.types.proposals import Missing, NoSetup, Reason, ReasonCode, Role, Setup
from engine.types.trading import CloseReason, Fill, Mode, Signal, Trade, TradeStatus

__all__ = [
    "DAY_MS",
    "HOUR_MS",
    "MINUTE_MS",
    "BreakKind",
    "Candle",
    "CandlePrice",
    "ChartView",
    "CloseReason",
    "Direction",
    "Fill",
    "Instrument",
    "LiquidityPool",
    "MarketHours",
    "MarketView",
    "Missing",
    "Mode",
    "NoSetup",
    "PoolKind",
    "Price",
    "Reason",
    "ReasonCode",
    "Role",
    "Session",
    "Setup",
    "Signal",
    "StructureBreak",
    "Sweep",
    "Swing",
    "SwingKind",
    "Timeframe",
    "Trade",
    "TradeStatus",
    "Value",
    "Zone",
    "ZoneKind",
    "ZoneStatus",
]
