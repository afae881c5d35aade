"""Kill zones: the hours of a day in which New York's and London's desks move the market."""

from __future__ import annotations

from functools import lru_cache

from engine.hours import NEW_YORK, wall_ms
from engine.types import DAY_MS, MINUTE_MS, Value


@lru_cache(maxsize=64)
def wall_minutes(text: str) -> int:
    """`07:30` → minutes after midnight. ValueError when it is no time of a day."""
    hour, _, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise ValueError(f"{text!r} is not a wall time such as '07:30'")
    return int(hour) * 60 + int(minute)


class KillZone(Value, frozen=True):
    """A window of New York wall time, `[start, end)`; one that ends before its start runs over midnight."""

    name: str
    start: str  # HH:MM
    end: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a kill zone needs a name")
        if wall_minutes(self.start) == wall_minutes(self.end):
            raise ValueError(f"kill zone {self.name} begins and ends at {self.start}: it covers no time")

    def contains(self, minutes: int) -> bool:
        first, last = wall_minutes(self.start), wall_minutes(self.end)
        return first <= minutes < last if first < last else minutes >= first or minutes < last


# ICT's windows. Source: innercircletrading.blog; others differ by an hour.
KILL_ZONES = (
    KillZone("Asia", "20:00", "00:00"),
    KillZone("London", "02:00", "05:00"),
    KillZone("New York", "07:00", "10:00"),
    KillZone("London close", "10:00", "12:00"),
)


def kill_zone_at(time_ms: int, zones: tuple[KillZone, ...] = KILL_ZONES) -> str | None:
    """The name of the first kill zone a moment lies in."""
    return _kill_zone(wall_ms(NEW_YORK, time_ms) % DAY_MS // MINUTE_MS, zones)


@lru_cache(maxsize=4096)
def _kill_zone(minutes: int, zones: tuple[KillZone, ...]) -> str | None:
    for zone in zones:
        if zone.contains(minutes):
            return zone.name
    return None
