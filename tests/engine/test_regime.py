"""The regime on hand-drawn readings, at and around each threshold."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.config import RegimeConfig
from engine.regime import RegimeReader
from engine.types import Regime

QUIET, RANGING, TRENDING, VOLATILE = Regime.QUIET, Regime.RANGING, Regime.TRENDING, Regime.VOLATILE

# Trending from ADX 25 and efficiency 0.30 on, down to 20 and 0.15; volatile from the 90th percentile on, down to the
# 80th; quiet up to the 10th, up to the 20th once it is.
CONFIG = RegimeConfig()

Reading = tuple[float, float, float]


def regimes(*readings: Reading) -> list[Regime | None]:
    """The regime after each reading of ADX, efficiency and ATR percentile."""
    reader, seen = RegimeReader.new(CONFIG), []
    for reading in readings:
        reader.on_candle(*reading)
        seen.append(reader.regime)
    return seen


def percentiles(*values: float) -> list[Regime | None]:
    """With nothing of a trend."""
    return regimes(*((10.0, 0.1, value) for value in values))


def adxs(*values: float) -> list[Regime | None]:
    """With a path that is straight enough, in an ordinary market."""
    return regimes(*((value, 0.5, 50.0) for value in values))


def efficiencies(*values: float) -> list[Regime | None]:
    """With an ADX that is high enough, in an ordinary market."""
    return regimes(*((40.0, value, 50.0) for value in values))


def test_a_market_turns_volatile_at_the_90th_percentile_and_stays_so_down_to_the_80th():
    seen = percentiles(89.9, 90.0, 85.0, 80.0, 79.9, 85.0, 89.9, 90.0)

    assert seen == [RANGING, VOLATILE, VOLATILE, VOLATILE, RANGING, RANGING, RANGING, VOLATILE]


def test_a_market_turns_quiet_at_the_10th_percentile_and_stays_so_up_to_the_20th():
    seen = percentiles(10.1, 10.0, 15.0, 20.0, 20.1, 15.0, 10.1, 10.0)

    assert seen == [RANGING, QUIET, QUIET, QUIET, RANGING, RANGING, RANGING, QUIET]


def test_a_market_trends_from_an_adx_of_25_on_and_down_to_20():
    seen = adxs(24.9, 25.0, 22.0, 20.0, 19.9, 22.0, 24.9, 25.0)

    assert seen == [RANGING, TRENDING, TRENDING, TRENDING, RANGING, RANGING, RANGING, TRENDING]


def test_a_market_trends_from_an_efficiency_of_30_percent_on_and_down_to_15():
    """0.3 itself as three tenths of a path make it: 3 / 10."""
    seen = efficiencies(0.29, 3 / 10, 0.2, 0.15, 0.14, 0.2, 0.29, 0.3)

    assert seen == [RANGING, TRENDING, TRENDING, TRENDING, RANGING, RANGING, RANGING, TRENDING]


def test_a_trend_needs_both_a_high_adx_and_a_straight_path():
    assert regimes((40.0, 0.1, 50.0), (10.0, 0.9, 50.0), (40.0, 0.9, 50.0)) == [RANGING, RANGING, TRENDING]


def test_violence_comes_before_a_trend_and_a_trend_before_quiet():
    assert regimes((40.0, 0.9, 95.0), (40.0, 0.9, 5.0), (10.0, 0.1, 5.0)) == [VOLATILE, TRENDING, QUIET]


def test_a_milder_threshold_holds_only_for_the_regime_in_force():
    """The same three readings, mild in each way, after each regime. An interrupted trend must prove itself again."""
    mild_trend, mild_violence, mild_quiet = (22.0, 0.2, 50.0), (10.0, 0.1, 85.0), (10.0, 0.1, 15.0)

    trend, violence, quiet = (40.0, 0.9, 50.0), (10.0, 0.1, 95.0), (10.0, 0.1, 5.0)
    assert regimes(trend, mild_violence) == [TRENDING, RANGING]
    assert regimes(trend, mild_quiet) == [TRENDING, RANGING]
    assert regimes(violence, mild_trend) == [VOLATILE, RANGING]
    assert regimes(violence, mild_quiet) == [VOLATILE, RANGING]
    assert regimes(quiet, mild_trend) == [QUIET, RANGING]
    assert regimes(quiet, mild_violence) == [QUIET, RANGING]
    assert regimes(trend, violence, mild_trend) == [TRENDING, VOLATILE, RANGING]


def test_a_trend_that_is_mild_in_both_ways_goes_on_through_a_quiet_market():
    assert regimes((40.0, 0.9, 50.0), (22.0, 0.2, 5.0), (19.0, 0.2, 15.0)) == [TRENDING, TRENDING, RANGING]


def test_only_a_change_is_told_with_what_was_before():
    reader = RegimeReader.new(CONFIG)
    told = [reader.on_candle(10.0, 0.1, value) for value in (50.0, 60.0, 95.0, 85.0, 5.0, 15.0)]

    assert told == [(None, RANGING), None, (RANGING, VOLATILE), None, (VOLATILE, QUIET), None]


def test_the_thresholds_are_those_of_the_configuration():
    config = RegimeConfig(
        trend_adx=Decimal(50),
        trend_adx_stay=Decimal(45),
        trend_efficiency=Decimal("0.8"),
        trend_efficiency_stay=Decimal("0.7"),
        volatile_percentile=Decimal(99),
        volatile_percentile_stay=Decimal(98),
        quiet_percentile=Decimal(1),
        quiet_percentile_stay=Decimal(2),
    )
    made = RegimeReader.new(config)

    assert dataclasses.astuple(made) == (50.0, 45.0, 0.8, 0.7, 99.0, 98.0, 1.0, 2.0, None)


READINGS = st.tuples(
    st.sampled_from([10.0, 20.0, 22.0, 25.0, 40.0]),
    st.sampled_from([0.1, 0.15, 0.2, 0.3, 0.9]),
    st.sampled_from([5.0, 10.0, 15.0, 20.0, 50.0, 80.0, 85.0, 90.0, 100.0]),
)


@given(st.lists(READINGS, max_size=20), st.lists(READINGS, max_size=20))
def test_a_reader_woken_from_its_snapshot_reads_on_as_if_it_had_never_slept(before, after):
    awake = RegimeReader.new(CONFIG)
    for reading in before:
        awake.on_candle(*reading)
    woken = msgspec.msgpack.decode(msgspec.msgpack.encode(awake), type=RegimeReader)

    assert [woken.on_candle(*reading) for reading in after] == [awake.on_candle(*reading) for reading in after]


@given(st.lists(READINGS, max_size=40))
def test_every_change_is_told_once_and_follows_on_the_one_before(readings):
    reader = RegimeReader.new(CONFIG)
    told = [change for reading in readings if (change := reader.on_candle(*reading)) is not None]

    assert all(before is not after for before, after in told)
    assert [before for before, _ in told] == [None, *(after for _, after in told)][: len(told)]
    assert reader.regime is (told[-1][1] if told else None)
