"""Nothing repaints and nothing is back-dated: what is said is known when it is said, and stays said."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import EngineConfig
from engine.engine import Engine
from engine.events import (
    CandleClosed,
    History,
    LiquiditySwept,
    PoolFormed,
    SetupRejected,
    SignalIssued,
    StructureBroken,
    SwingConfirmed,
    TargetHit,
    TradeClosed,
    TradeOpened,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
)
from engine.types import Timeframe
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
from tests.engine.witness import assert_dated, finding_of, sworn

FINDINGS = (SwingConfirmed, StructureBroken, ZoneFormed, ZoneChanged, ZoneEvicted, PoolFormed, LiquiditySwept)
EVERYTHING = (*FINDINGS, CandleClosed, SetupRejected, SignalIssued, TradeOpened, TradeClosed, TargetHit)


def quick() -> EngineConfig:
    """M5, M15 and H1, small books, and a gate that lets most setups out."""
    return config(instrument(typical_spread=1), timeframes=QUICK, detectors=CRAMPED, gate=TALKATIVE)


M5_LISTS = candle_lists(timeframe=Timeframe.M5)


@given(M5_LISTS)
def test_on_any_candles_everything_is_said_when_it_becomes_known(candles):
    sworn(Engine(quick()), as_inputs(candles))


@pytest.mark.parametrize("seed", range(3))
def test_on_random_walks_everything_is_said_when_it_becomes_known(seed):
    said = sworn(Engine(quick()), as_inputs(walk(seed, 1500, pace=12, timeframe=Timeframe.M5)))

    assert Counter(map(type, said)).keys() >= set(EVERYTHING)


def test_on_ticks_everything_is_said_when_it_becomes_known():
    said = sworn(Engine(quick()), walk_ticks(seed=3, count=30_000))

    assert Counter(map(type, said)).keys() >= set(EVERYTHING)


@pytest.mark.parametrize(("recording", "of"), [(recorded_gold, instrument()), (recorded_euro, EURO)])
def test_on_recorded_candles_everything_is_said_when_it_becomes_known(recording, of):
    said = sworn(Engine(config(of, gate=TALKATIVE)), as_inputs(recording(4000)), of.symbol)

    assert Counter(map(type, said)).keys() >= set(EVERYTHING) - {ZoneEvicted}


@given(M5_LISTS, st.data())
def test_a_run_that_stops_early_has_said_the_beginning_of_what_the_whole_run_says(candles, data):
    k = data.draw(st.integers(0, len(candles)))
    whole = heard(Engine(quick()), as_inputs(candles))

    part = heard(Engine(quick()), as_inputs(candles[:k]))

    assert part == whole[: len(part)]
    now_ms = candles[k - 1].close_ms if k else 0
    known = [event for event in whole if isinstance(event, FINDINGS) and event.time_ms <= now_ms]
    assert [event for event in part if isinstance(event, FINDINGS)] == known


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(1, 1200))
def test_a_long_run_that_stops_early_has_said_the_beginning_too(seed, k):
    candles = walk(seed, 1200, pace=12, timeframe=Timeframe.M5)

    part = heard(Engine(quick()), as_inputs(candles[:k]))

    assert part == heard(Engine(quick()), as_inputs(candles))[: len(part)]


@given(M5_LISTS)
def test_no_zone_goes_back_and_none_is_heard_of_after_it_left(candles):
    status: dict[tuple[Timeframe, int], int] = {}
    gone = set()
    for event in heard(Engine(quick()), as_inputs(candles)):
        match event:
            case ZoneFormed(timeframe=timeframe, zone=zone):
                assert (timeframe, zone.id) not in status
                status[timeframe, zone.id] = 0
            case ZoneChanged(timeframe=timeframe, zone_id=zone_id, status=now):
                assert (timeframe, zone_id) not in gone
                assert now == status[timeframe, zone_id] + 1
                status[timeframe, zone_id] = now
            case ZoneEvicted(timeframe=timeframe, zone_id=zone_id):
                gone.add((timeframe, zone_id))


@given(M5_LISTS)
def test_the_past_is_seen_as_it_was_lived_only_nothing_is_proposed(candles):
    lived = heard(Engine(quick()), as_inputs(candles))
    told = heard(Engine(quick()), map(History, candles))

    assert [e for e in told if isinstance(e, FINDINGS)] == [e for e in lived if isinstance(e, FINDINGS)]
    assert not [e for e in told if isinstance(e, SetupRejected | SignalIssued)]
    assert all(e.is_history for e in told if isinstance(e, CandleClosed))


def test_the_witness_notices_a_finding_told_a_candle_late_or_early():
    candles = walk(1, 300, timeframe=Timeframe.M5)
    first = next(e for e in heard(Engine(quick()), as_inputs(candles)) if finding_of(e) is not None)

    for shift_ms in (-Timeframe.M5.ms, Timeframe.M5.ms):
        with pytest.raises(AssertionError):
            assert_dated(msgspec.structs.replace(first, time_ms=first.time_ms + shift_ms))
