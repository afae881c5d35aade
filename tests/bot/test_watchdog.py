"""Stalls of the event loop are seen, counted for as long as they lasted, and logged when they are long."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.watchdog import Lateness, Watchdog


class Loop:
    """A loop's clock: each sleep takes as long as asked, and what the next of `lates_ms` says on top."""

    def __init__(self, lates_ms: list[float]) -> None:
        self.now_s = 1_000.0
        self._lates_ms = iter(lates_ms)

    def time(self) -> float:
        return self.now_s

    async def sleep(self, duration_s: float) -> None:
        late_ms = next(self._lates_ms, None)
        if late_ms is None:
            raise EOFError
        self.now_s += duration_s + late_ms / 1_000


async def watched(lates_ms: list[float]) -> Watchdog:
    loop = Loop(lates_ms)
    watchdog = Watchdog(loop.time, loop.sleep)
    with pytest.raises(EOFError):
        await watchdog.run()
    return watchdog


async def test_a_punctual_loop_is_late_by_nothing():
    watchdog = await watched([0.0] * 100)

    assert (watchdog.loop.count, watchdog.loop.worst_ms) == (100, pytest.approx(0, abs=1e-6))


async def test_a_stall_counts_for_every_sample_it_swallowed():
    watchdog = await watched([0.0, 100.0, 0.0])

    assert watchdog.loop.count == 3 + 4  # 100, 80, 60, 40 and 20 ms late
    assert watchdog.loop.worst_ms == pytest.approx(100)
    assert 60 <= watchdog.loop.percentile(70) <= 66


async def test_only_long_stalls_are_logged():
    with capture_logs() as logs:
        await watched([240.0, 260.0, 1.0])

    assert logs == [{"event": "event loop stalled", "late_ms": 260, "log_level": "warning"}]


def test_of_a_thousand_quick_and_two_slow_the_slow_ones_are_the_last_thousandth():
    lateness = Lateness()
    for _ in range(1_000):
        lateness.note(1.0)
    for _ in range(2):
        lateness.note(80.0)

    assert 1.0 <= lateness.percentile(50) <= 1.1
    assert 1.0 <= lateness.percentile(99) <= 1.1
    assert lateness.percentile(99.9) == pytest.approx(80)


def test_before_the_first_there_is_nothing_to_tell():
    assert (Lateness().percentile(99), Lateness().worst_ms) == (0, 0)


@given(st.lists(st.floats(0, 100_000), min_size=1, max_size=200), st.sampled_from([50, 90, 99, 99.9, 100]))
def test_a_percentile_is_never_too_low_and_at_most_a_tenth_too_high(durations: list[float], percent: float):
    lateness = Lateness()
    for duration in durations:
        lateness.note(duration)
    exact = sorted(durations)[max(0, ceil(len(durations) * percent / 100) - 1)]

    assert exact * (1 - 1e-9) <= lateness.percentile(percent) <= max(exact * 1.1000001, 0.01)
