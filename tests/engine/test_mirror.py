"""Up and down are treated alike: the mirrored market gives the mirrored findings, scores, signals and trades."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from engine.config import DetectorsConfig, EngineConfig
from engine.engine import Engine
from engine.events import Event, LiquiditySwept, PoolFormed, SetupRejected, SignalIssued, TargetHit, TradeClosed
from engine.types import Direction, PoolKind, Strategy, SwingKind, Timeframe
from tests.builders import instrument
from tests.engine.market_data import (
    BOUNDLESS,
    CRAMPED,
    EAGER,
    EURO,
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
from tests.engine.mirror import assert_views_mirrored, mirrored
from tests.engine.variants import BOTH, eager

CENTRE = 21_000  # above every price, a multiple of the round-number step and of the profile's


def quick(detectors: DetectorsConfig = CRAMPED) -> EngineConfig:
    return eager(instrument(typical_spread=0), detectors=detectors)


def assert_mirrored(settings: EngineConfig, inputs: list, centre: int) -> list[Event]:
    """Equal as collections: of two things at one moment, the mirror may tell the other first."""
    engine, mirror = Engine(settings), Engine(settings)
    said = heard(engine, inputs)
    turned = heard(mirror, [mirrored(item, centre) for item in inputs])
    expected = Counter(mirrored(event, centre) for event in said)
    only_turned, only_said = Counter(turned) - expected, expected - Counter(turned)
    first = sorted([*only_turned, *only_said], key=lambda event: event.time_ms)[:2]
    assert not first, "\n".join(map(repr, first))
    symbol = settings.instruments[0].symbol
    assert_views_mirrored(mirror.view(symbol), engine.view(symbol), centre)
    return said


def assert_lively(said: list[Event]) -> None:
    """A silent market would agree with its mirror too."""
    setups = [e.setup for e in said if isinstance(e, SetupRejected)]
    setups += [e.signal.setup for e in said if isinstance(e, SignalIssued)]
    assert {(setup.strategy, setup.direction) for setup in setups} == {(s, d) for s in Strategy for d in Direction}
    assert {type(event) for event in said} >= {SignalIssued, TargetHit, TradeClosed}


@BOTH
@given(candles=candle_lists(timeframe=Timeframe.M5))
def test_any_candles_upside_down_give_the_same_upside_down(detectors, candles):
    assert_mirrored(quick(detectors), as_inputs(candles), CENTRE)


@BOTH
@pytest.mark.parametrize("seed", range(2))
def test_a_random_walk_upside_down_gives_the_same_upside_down(detectors, seed):
    candles = as_inputs(walk(seed, 2500, timeframe=Timeframe.M5))

    said = assert_mirrored(quick(detectors), candles, CENTRE)

    assert_lively(said)
    assert {e.sweep.pool.kind for e in said if isinstance(e, LiquiditySwept)} >= {PoolKind.ROUND, PoolKind.EQUAL}
    assert {(e.pool.kind, e.pool.side) for e in said if isinstance(e, PoolFormed)} >= {
        (PoolKind.EQUAL, side) for side in SwingKind
    }


def test_ticks_upside_down_give_the_same_upside_down():
    ticks = walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000, spread=0)

    assert_lively(assert_mirrored(quick(), ticks, 462_000))


@pytest.mark.parametrize(
    ("recording", "of", "centre"),
    [(recorded_gold, instrument(typical_spread=0), 561_000), (recorded_euro, EURO, 200_000)],
)
def test_recorded_candles_upside_down_give_the_same_upside_down(recording, of, centre):
    quiet = instrument(of.symbol, typical_spread=0, round_step=of.round_step)

    assert_lively(
        assert_mirrored(
            config(quiet, strategies=EAGER, gate=TALKATIVE, limits=BOUNDLESS), as_inputs(recording(4000)), centre
        )
    )
