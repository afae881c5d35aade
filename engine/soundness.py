"""What must hold of a price and a zone, whoever makes one. Asked for each of them, so it is apart: most modules of
values cannot be compiled (`make compiled`), this one can. They know this, so this knows none of their types; a zone's
fields are declared where they are read, or they would be compared as any objects are.
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
        check_volume(tick.volume)


def check_zone(zone: Any) -> None:
    """ValueError unless its bottom is below its top and it was known no earlier than it formed."""
    top: int = zone.top
    bottom: int = zone.bottom
    formed_ms: int = zone.formed_ms
    known_ms: int = zone.known_ms
    if not bottom < top:
        raise ValueError(f"zone bottom {bottom} must be below its top {top}")
    if known_ms < formed_ms:
        raise ValueError(f"zone known at {known_ms}, before it formed at {formed_ms}")


def check_volume(volume: float) -> None:
    """ValueError unless it is a number from 0 on."""
    if not 0 <= volume < inf:  # NaN fails both
        raise ValueError(f"volume {volume} is not a number from 0 on")
