"""Broker wall time → UTC.

MetaTrader stamps bars and ticks with the trade server's wall clock and does not say which one that is. Most metals
and forex brokers run it seven hours ahead of New York, so that the day ends at the New York close all year round.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.types import HOUR_MS
from feeds.base import FeedError

NEW_YORK_CLOSE = "America/New_York+7"

_SPEC = re.compile(r"(?P<zone>[A-Za-z][A-Za-z0-9_/\-]*?)(?P<shift>[+-]\d{1,2})?")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time belongs to no zone yet


class ServerTime:
    """A clock on a broker's wall: an IANA zone (`Europe/Athens`), or one plus whole hours (`America/New_York+7`).

    FeedError when the zone does not exist. Offsets are looked up once per hour of wall time.
    """

    def __init__(self, spec: str = NEW_YORK_CLOSE) -> None:
        match = _SPEC.fullmatch(spec)
        try:
            self._zone = ZoneInfo(match["zone"] if match else spec)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise FeedError(
                f"server time {spec!r} is unknown; use an IANA zone such as Europe/Athens, or {NEW_YORK_CLOSE}"
            ) from None
        self._shift = dt.timedelta(hours=int((match and match["shift"]) or 0))
        self._offsets: dict[int, tuple[int, int]] = {}

    def utc_ms(self, wall_ms: int, not_before_ms: int = 0) -> int:
        """`wall_ms` is the wall time read as if it were UTC.

        The hour that a clock set back shows twice is taken to be the first one, unless that would lie before
        `not_before_ms` (the row above).
        """
        hour = wall_ms // HOUR_MS
        first, second = self._offsets.get(hour) or self._look_up(hour)
        return wall_ms - first if wall_ms - first >= not_before_ms else wall_ms - second

    def _look_up(self, hour: int) -> tuple[int, int]:
        """Milliseconds ahead of UTC in that hour of wall time: the first time it shows, and the second."""
        wall = _EPOCH + dt.timedelta(hours=hour) - self._shift
        offsets = tuple(wall.replace(tzinfo=self._zone, fold=fold).utcoffset() for fold in (0, 1))
        first, second = (
            ((offset or dt.timedelta()) + self._shift) // dt.timedelta(milliseconds=1) for offset in offsets
        )
        # In the hour that a clock set forward skips, the two differ the other way round; it has one reading only.
        self._offsets[hour] = (first, min(first, second))
        return self._offsets[hour]
