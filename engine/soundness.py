"""What must hold of a price, a candle and a zone, whoever makes one. Asked for each of them, so it is apart: a value's
own module cannot be compiled (`make compiled`), this one can. That one knows this, so this knows none of its types.
"""

from __future__ import annotations

from math import inf
from typing import Any


def check_tick(tick: Any) -> None:
    """ValueError unless 0 < bid ≤ ask, the last price is above 0 and the volume a number from 0 on."""
    if not 0 < tick.bid <= tick.ask:
        raise ValueError(f"quote {tick.bid}/{tick.ask} is not 0 < bid ≤ ask")
    if tick.last is not None and not tick.last > 0:
        raise ValueError(f"last {tick.last} is not a price above 0")
    if tick.volume is not None:
        _check_volume(tick.volume)


def check_candle(candle: Any) -> None:
    """ValueError unless 0 < low ≤ open, close ≤ high, it covers time, and spread and volume are numbers from 0 on."""
    low, high = candle.low, candle.high
    if not 0 < low <= candle.open <= high or not low <= candle.close <= high:
        raise ValueError(f"candle {candle.open}/{high}/{low}/{candle.close} is not low ≤ open, close ≤ high")
    if not 0 <= candle.open_ms < candle.close_ms:
        raise ValueError(f"candle from {candle.open_ms} to {candle.close_ms} covers no time")
    if candle.spread is not None and candle.spread < 0:
        raise ValueError(f"spread {candle.spread} is below 0: ask below bid")
    if candle.volume is not None:
        _check_volume(candle.volume)


def check_zone(zone: Any) -> None:
    """ValueError unless its bottom is below its top and it was known no earlier than it formed."""
    if not zone.bottom < zone.top:
        raise ValueError(f"zone bottom {zone.bottom} must be below its top {zone.top}")
    if zone.known_ms < zone.formed_ms:
        raise ValueError(f"zone known at {zone.known_ms}, before it formed at {zone.formed_ms}")


def _check_volume(volume: float) -> None:
    if not 0 <= volume < inf:  # NaN fails both
        raise ValueError(f"volume {volume} is not a number from 0 on")
