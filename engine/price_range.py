"""What price did between two looks at it."""

from __future__ import annotations

import msgspec

from engine.types import Price


class PriceRange(msgspec.Struct, frozen=True):
    """Bid prices, and the spread to the ask. For a tick all four are the bid."""

    open: Price
    high: Price
    low: Price
    close: Price
    spread: int
