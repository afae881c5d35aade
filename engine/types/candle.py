"""The candle. Apart from the other values, since this one is compiled (`make compiled`): nothing is read as often."""

from __future__ import annotations

from engine.soundness import check_volume
from engine.types.market import Price, Timeframe, Value


class Candle(Value, frozen=True):
    """A closed interval `[open_ms, close_ms)`. `volume` is None where the source has none; it is never zero for
    "unknown". `ticks` counts what went in. `spread` (ticks) is known for recorded candles that carry it.
    """

    symbol: str
    timeframe: Timeframe
    open_ms: int
    close_ms: int
    open: Price
    high: Price
    low: Price
    close: Price
    volume: float | None = None
    ticks: int = 0
    spread: int | None = None

    def __post_init__(self) -> None:
        """ValueError unless 0 < low ≤ open, close ≤ high, it covers time, and spread and volume are 0 or more."""
        low, high = self.low, self.high
        if not 0 < low <= self.open <= high or not low <= self.close <= high:
            raise ValueError(f"candle {self.open}/{high}/{low}/{self.close} is not low ≤ open, close ≤ high")
        if not 0 <= self.open_ms < self.close_ms:
            raise ValueError(f"candle from {self.open_ms} to {self.close_ms} covers no time")
        if self.spread is not None and self.spread < 0:
            raise ValueError(f"spread {self.spread} is below 0: ask below bid")
        if self.volume is not None:
            check_volume(self.volume)

    @property
    def range(self) -> int:
        return self.high - self.low

    @property
    def body(self) -> int:
        return abs(self.close - self.open)

    @property
    def is_up(self) -> bool:
        return self.close > self.open

    @property
    def is_down(self) -> bool:
        return self.close < self.open
