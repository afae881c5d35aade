"""A setting with decimals times whole ticks, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

# Of every setting that was asked for: `lru_cache` costs as much as the sum.
_FRACTIONS: Final[dict[Decimal, tuple[int, int]]] = {}


def fraction(multiple: Decimal) -> tuple[int, int]:
    """Numerator and denominator, the latter above 0."""
    found = _FRACTIONS.get(multiple)
    if found is None:
        found = _FRACTIONS[multiple] = multiple.as_integer_ratio()
    return found


def times(ticks: int, multiple: Decimal) -> int:
    """In whole ticks, rounded down."""
    numerator, denominator = fraction(multiple)
    return ticks * numerator // denominator


def times_up(ticks: int, multiple: Decimal) -> int:
    """In whole ticks, rounded up."""
    numerator, denominator = fraction(multiple)
    return (ticks * numerator + denominator - 1) // denominator


def beyond(amount: int, multiple: Decimal, of: int) -> int:
    """Above 0 where an amount is more than so many times another, below 0 where it is less."""
    numerator, denominator = fraction(multiple)
    return amount * denominator - of * numerator
