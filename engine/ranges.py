"""Where a price stands in a range or in the leg that made it. Whole ticks, compared exactly.

A range lies between a low and a higher high. Where one of them is missing, or they are equal, there is no range, and
every question is answered with no.
"""

from __future__ import annotations

from engine.types import Direction, Price

OTE_NEAR = 618  # thousandths of the leg, measured back from its end
OTE_FAR = 786


def in_discount(price: Price, low: Price | None, high: Price | None) -> bool:
    """In the lower half of the range. The middle is neither discount nor premium."""
    if low is None or high is None or low >= high:
        return False
    return 2 * price < low + high


def is_right_half(direction: Direction, price: Price, low: Price | None, high: Price | None) -> bool:
    """Buy in the lower half of the range, sell in the upper. The middle is right for both."""
    if low is None or high is None or low >= high:
        return False
    return 2 * price <= low + high if direction is Direction.UP else 2 * price >= low + high


def ote_band(direction: Direction, low: Price | None, high: Price | None) -> tuple[Price, Price] | None:
    """Lower and upper bound of the optimal trade entry of a leg that ran this way from one end to the other.

    The leg is retraced by 0.618 to 0.786: for an upward leg below its high, for a downward leg above its low. Bounds
    between two ticks are rounded outward, so the band is for drawing; decide with `reached_ote`.
    Source: ICT's optimal trade entry, 62 to 79 %, here the Fibonacci ratios 0.618 and 0.786.
    """
    if low is None or high is None or low >= high:
        return None
    near = (high - low) * OTE_NEAR // 1000
    far = -((low - high) * OTE_FAR // 1000)
    return (high - far, high - near) if direction is Direction.UP else (low + near, low + far)


def reached_ote(direction: Direction, extreme: Price, low: Price | None, high: Price | None) -> bool:
    """Whether a pullback came as far back as the optimal trade entry, and its leg still stands.

    `extreme` is how far it came: its lowest low after an upward leg, its highest high after a downward one. The 0.618
    level itself counts, and so does where the leg began; beyond that the leg is undone. Source: as `ote_band`.
    """
    if low is None or high is None or low >= high:
        return False
    back = high - extreme if direction is Direction.UP else extreme - low
    leg = high - low
    return leg * OTE_NEAR <= 1000 * back and back <= leg


def at_edge(direction: Direction, price: Price, low: Price | None, high: Price | None) -> bool:
    """Buy in the lowest quarter of the range, sell in the highest. Its inner bound counts, and so does all beyond."""
    if low is None or high is None or low >= high:
        return False
    inwards = price - low if direction is Direction.UP else high - price
    return 4 * inwards <= high - low
