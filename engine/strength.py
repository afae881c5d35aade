"""Strength of what a detector finds: points from 0 to 100."""

from __future__ import annotations


def whole_points(points: float) -> int:
    """The nearest whole number, of two equally near the even one. Points are not below 0.

    `round` says the same, but the compiled engine must look for it, and hand it objects.
    """
    below = int(points)
    rest = points - below  # exact: both are small
    return below + 1 if rest > 0.5 or (rest == 0.5 and below % 2 == 1) else below
