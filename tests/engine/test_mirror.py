"""Up and down are treated alike: the mirrored market gives the mirrored findings, scores, signals and trades."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from engine.config import EngineConfig
from engine.engine import Engine
from engine.events import Event, SetupRejected, SignalIssued, TargetHit, TradeClosed
from engine.types import Direction, Timeframe
from tests.builders import instrument
from tests.engine.market_data import (
    CRAMPED,
    EURO,
    QUICK,
    TALKATIVE,
    as_inputs,
    candle_lists,
    config,
    heard,
    recorded_euro,
    recorded_gold,
    walk,
    walk_ticks,
)
from tests.engine.mirror import mirrored

CENTRE = 20_000  # above every price, and a multiple of the round-number step


def quick() -> EngineConfig:
    return config(instrument(typical_spread=0), timeframes=QUICK, detectors=CRAMPED, gate=TALKATIVE)


def assert_mirrored(settings: EngineConfig, inputs: list, centre: int) -> list[Event]:
    """Equal as collections: of two things at one moment, the mirror may tell the other first."""
    said = heard(Engine(settings), inputs)
    turned = heard(Engine(settings), [mirrored(item, centre) for item in inputs])
    expected = Counter(mirrored(event, centre) for event in said)
    assert Counter(turned) == expected
    return said


def assert_lively(said: list[Event]) -> None:
    """A silent market would agree with its mirror too."""
    setups = [e.setup for e in said if isinstance(e, SetupRejected)]
    setups += [e.signal.setup for e in said if isinstance(e, SignalIssued)]
    assert {setup.direction for setup in setups} == set(Direction)
    assert {type(event) for event in said} >= {SignalIssued, TargetHit, TradeClosed}


@given(candle_lists(timeframe=Timeframe.M5))
def test_any_candles_upside_down_give_the_same_upside_down(candles):
    assert_mirrored(quick(), as_inputs(candles), CENTRE)


@pytest.mark.parametrize("seed", range(3))
def test_a_random_walk_upside_down_gives_the_same_upside_down(seed):
    assert_lively(assert_mirrored(quick(), as_inputs(walk(seed, 2500, timeframe=Timeframe.M5)), CENTRE))


def test_ticks_upside_down_give_the_same_upside_down():
    ticks = walk_ticks(seed=4, count=30_000, spread=0)

    assert_lively(assert_mirrored(quick(), ticks, 460_000))


@pytest.mark.parametrize(
    ("recording", "of", "centre"),
    [(recorded_gold, instrument(typical_spread=0), 540_000), (recorded_euro, EURO, 200_000)],
)
def test_recorded_candles_upside_down_give_the_same_upside_down(recording, of, centre):
    settings = config(instrument(of.symbol, typical_spread=0, round_step=of.round_step), gate=TALKATIVE)

    assert_lively(assert_mirrored(settings, as_inputs(recording(4000)), centre))
