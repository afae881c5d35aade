"""What the definitions leave open, and a whole history from which they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import wraps
from typing import Any, TypeVar

from engine.config import DetectorsConfig
from engine.types import Candle, Direction, SwingKind

T = TypeVar("T")

UP, DOWN = Direction.UP, Direction.DOWN
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
NEVER = 10**9


@dataclass(frozen=True)
class Rules:
    """What the definitions leave open."""

    detectors: DetectorsConfig
    round_step: int = 1000
    day_start: str = "17:00 America/New_York"
    window: int = 200  # legs, blocks and their evidence are looked for among this many candles
    is_entry: bool = True  # periods, VWAP and profiles exist on the entry timeframe only


@dataclass
class Past:
    """All candles at once. Nothing in it changes, so each part of it is read once; `read` holds what was."""

    candles: Sequence[Candle]
    rules: Rules
    read: dict[Any, Any] = field(default_factory=dict)

    @property
    def detectors(self) -> DetectorsConfig:
        return self.rules.detectors

    def window(self, k: int) -> Sequence[Candle]:
        """The last candles up to and including k."""
        return self.candles[max(0, k - self.rules.window + 1) : k + 1]


def once(reading: Callable[..., T]) -> Callable[..., T]:
    """Remembers what a function reads from a past."""

    @wraps(reading)
    def read(past: Past, *of: object) -> T:
        key = (reading, *of)
        if key not in past.read:
            past.read[key] = reading(past, *of)
        return past.read[key]

    return read


def times(multiple: Decimal | int, measure: float) -> Fraction:
    """`multiple` × `measure` without rounding, so that a distance of exactly that much is told from one above."""
    return Fraction(multiple) * Fraction(measure)


def lowest(candles: Iterable[Candle]) -> int:
    return min(candle.low for candle in candles)


def highest(candles: Iterable[Candle]) -> int:
    return max(candle.high for candle in candles)


def side_against(direction: Direction) -> SwingKind:
    """The side a move comes from: lows for an upward one."""
    return LOW if direction is UP else HIGH
