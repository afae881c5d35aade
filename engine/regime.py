"""How the market moves: trending, ranging, volatile or quiet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.config import RegimeConfig
from engine.types import Regime

# Named through its class, an enum's member costs a search each time.
VOLATILE: Final = Regime.VOLATILE
TRENDING: Final = Regime.TRENDING
QUIET: Final = Regime.QUIET
RANGING: Final = Regime.RANGING


@dataclass(slots=True)
class RegimeReader:
    """The regime of one timeframe. None until it was read, for which all three readings must be there.

    In this order: volatile by a high ATR percentile, trending by ADX and efficiency together, quiet by a low ATR
    percentile, else ranging. Each has a threshold to enter and a milder one (`…_stay`) that holds only while it is
    the regime; a reading equal to its threshold is on the regime's side.
    Source: ours; 25 and 20 are what Wilder's ADX is commonly read by.
    """

    trend_adx: float
    trend_adx_stay: float
    trend_efficiency: float
    trend_efficiency_stay: float
    volatile_percentile: float
    volatile_percentile_stay: float
    quiet_percentile: float
    quiet_percentile_stay: float
    regime: Regime | None = None

    @classmethod
    def new(cls, config: RegimeConfig) -> RegimeReader:
        return cls(
            trend_adx=float(config.trend_adx),
            trend_adx_stay=float(config.trend_adx_stay),
            trend_efficiency=float(config.trend_efficiency),
            trend_efficiency_stay=float(config.trend_efficiency_stay),
            volatile_percentile=float(config.volatile_percentile),
            volatile_percentile_stay=float(config.volatile_percentile_stay),
            quiet_percentile=float(config.quiet_percentile),
            quiet_percentile_stay=float(config.quiet_percentile_stay),
        )

    def on_candle(self, adx: float, efficiency: float, atr_percentile: float) -> tuple[Regime | None, Regime] | None:
        """The regime before and after this candle when they differ."""
        before = self.regime
        after = self._read(before, adx, efficiency, atr_percentile)
        if after is before:
            return None
        self.regime = after
        return before, after

    def _read(self, before: Regime | None, adx: float, efficiency: float, atr_percentile: float) -> Regime:
        if atr_percentile >= (self.volatile_percentile_stay if before is VOLATILE else self.volatile_percentile):
            return VOLATILE
        if before is TRENDING:
            trends = adx >= self.trend_adx_stay and efficiency >= self.trend_efficiency_stay
        else:
            trends = adx >= self.trend_adx and efficiency >= self.trend_efficiency
        if trends:
            return TRENDING
        if atr_percentile <= (self.quiet_percentile_stay if before is QUIET else self.quiet_percentile):
            return QUIET
        return RANGING
