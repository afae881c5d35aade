"""The engine's detectors agree with the definitions read off literally over the whole history."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings

from engine.chart import Chart
from engine.config import DetectorsConfig, TimeframesConfig
from engine.engine import Engine
from engine.events import CandleClosed, CandleInput, Event, LiquiditySwept, TimeframeReady, ZoneFormed
from engine.types import Candle, Instrument, Timeframe, ZoneKind
from tests.builders import instrument
from tests.engine import reference
from tests.engine.market_data import (
    CRAMPED,
    EURO,
    candle_lists,
    config,
    heard,
    recorded_euro,
    recorded_gold,
    walk,
)

DETECTED_BY_CANDLES = (CandleClosed, TimeframeReady)


def chart_of(
    candles: list[Candle], detectors: DetectorsConfig, wing: int, of: Instrument, window: int = 200
) -> tuple[Chart, list[Event]]:
    timeframe = candles[0].timeframe if candles else Timeframe.M15
    settings = config(of, detectors=detectors, timeframes=TimeframesConfig(window=window, ready_after=20))
    chart = Chart.new(of, timeframe, wing, settings)
    said = [event for candle in candles for event in chart.on_candle(candle, is_history=False)]
    return chart, [event for event in said if not isinstance(event, DETECTED_BY_CANDLES)]


def assert_same(found: list[Event], expected: list[Event]) -> None:
    """Equal as collections. A gap's or sweep's strength may differ by one point where two ways to round meet."""
    found_counts, expected_counts = (Counter(map(_without_strength, side)) for side in (found, expected))
    assert found_counts - expected_counts == Counter()
    assert expected_counts - found_counts == Counter()
    strengths = {_without_strength(event): _strength(event) for event in found}
    for event in expected:
        assert abs(strengths[_without_strength(event)] - _strength(event)) <= 1


def _strength(event: Event) -> int:
    match event:
        case ZoneFormed(zone=zone) if zone.kind is ZoneKind.GAP:
            return zone.strength
        case LiquiditySwept(sweep=sweep):
            return sweep.strength
    return 0


def _without_strength(event: Event) -> Event:
    match event:
        case ZoneFormed(zone=zone) if zone.kind is ZoneKind.GAP:
            return msgspec.structs.replace(event, zone=msgspec.structs.replace(zone, strength=0))
        case LiquiditySwept(sweep=sweep):
            return msgspec.structs.replace(event, sweep=msgspec.structs.replace(sweep, strength=0))
    return event


@settings(max_examples=200)
@given(candle_lists())
def test_on_any_candles_every_finding_is_the_one_the_definition_gives(candles):
    chart, said = chart_of(candles, CRAMPED, 2, instrument())

    assert_same(said, reference.events(candles, reference.Rules(2, CRAMPED)))
    assert (chart.structure.bottom, chart.structure.top) == reference.dealing_range(candles, 2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("wing", [1, 2, 5])
def test_on_random_walks_every_finding_is_the_one_the_definition_gives(seed, wing):
    candles = walk(seed * 10 + wing, 500)
    detectors = DetectorsConfig(active_zones=12, active_pools=15)

    _, said = chart_of(candles, detectors, wing, instrument(), window=60)

    assert_same(said, reference.events(candles, reference.Rules(wing, detectors, window=60)))


@pytest.mark.parametrize(("recording", "of"), [(recorded_gold, instrument()), (recorded_euro, EURO)])
def test_on_recorded_candles_every_finding_is_the_one_the_definition_gives(recording, of):
    candles = recording(3000)
    detectors = DetectorsConfig()

    chart, said = chart_of(candles, detectors, 2, of)

    assert_same(said, reference.events(candles, reference.Rules(2, detectors, of.round_step)))
    assert (chart.structure.bottom, chart.structure.top) == reference.dealing_range(candles, 2)


@pytest.mark.parametrize("timeframe", [Timeframe.H1, Timeframe.H4])
def test_the_higher_timeframes_find_in_their_closed_candles_what_the_definition_gives(timeframe):
    said = heard(Engine(config()), map(CandleInput, walk(5, 3000)))
    closed = [e.candle for e in said if isinstance(e, CandleClosed) and e.candle.timeframe is timeframe]
    mine = [e for e in said if getattr(e, "timeframe", None) is timeframe and not isinstance(e, DETECTED_BY_CANDLES)]

    assert len(closed) > 150
    assert_same(mine, reference.events(closed, reference.Rules(3, DetectorsConfig(), has_periods=False)))


@given(candle_lists(min_size=3))
def test_the_average_true_range_is_wilders(candles):
    chart, _ = chart_of(candles, CRAMPED, 2, instrument())

    assert chart.atr.value == pytest.approx(reference.wilder_atr(candles, 3)[-1], rel=1e-9)


@given(candle_lists(min_size=1))
def test_the_mean_volume_counts_only_candles_that_have_one(candles):
    chart, _ = chart_of(candles, CRAMPED, 2, instrument())

    assert chart.volume.value == reference.mean_volumes(candles, 3)[-1]
