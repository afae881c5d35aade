"""What price did between two looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.types import Price


@dataclass(slots=True)
class PriceRange:
    """Bid prices, and the spread to the ask. For a tick all four are the bid. It is never changed."""

    open: Price
    high: Price
    low: Price
    close: Price
    spread: int
