"""Nothing repaints and nothing is back-dated: what is said is known when it is said, and stays said."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import DetectorsConfig, EngineConfig, GapThreshold
from engine.engine import Engine
from engine.events import (
    CandleClosed,
    History,
    InducementEnded,
    InducementFormed,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
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
    ZoneTouched,
)
from engine.types import PoolKind, Timeframe
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
from tests.engine.variants import VARIANTS, eager
from tests.engine.witness import Lives, assert_dated, finding_of, sworn

FINDINGS = (
    SwingConfirmed,
    StructureBroken,
    ZoneFormed,
    ZoneChanged,
    ZoneTouched,
    ZoneEvicted,
    PoolFormed,
    PoolEnded,
    LiquiditySwept,
    InducementFormed,
    InducementEnded,
    LevelTouched,
    RegimeChanged,
)
EVERYTHING = (*FINDINGS, CandleClosed, SetupRejected, SignalIssued, TradeOpened, TradeClosed, TargetHit)

AUTO = msgspec.structs.replace(VARIANTS, gap_threshold=GapThreshold.AUTO)
BOTH = pytest.mark.parametrize("detectors", [CRAMPED, AUTO], ids=["usual", "variants"])


def quick(detectors: DetectorsConfig = CRAMPED) -> EngineConfig:
    return eager(instrument(typical_spread=1), detectors=detectors)


M5_LISTS = candle_lists(timeframe=Timeframe.M5)


@BOTH
@given(candles=M5_LISTS)
def test_on_any_candles_everything_is_said_when_it_becomes_known_and_nothing_goes_back(detectors, candles):
    sworn(Engine(quick(detectors)), as_inputs(candles))


@BOTH
@pytest.mark.parametrize("seed", range(2))
def test_on_random_walks_everything_is_said_when_it_becomes_known_and_nothing_goes_back(detectors, seed):
    said = sworn(Engine(quick(detectors)), as_inputs(walk(seed, 1500, pace=12, timeframe=Timeframe.M5)))

    assert Counter(map(type, said)).keys() >= set(EVERYTHING)


def test_the_walks_used_here_have_gaps_that_join():
    said = heard(Engine(quick(AUTO)), as_inputs(walk(0, 1500, pace=12, timeframe=Timeframe.M5)))

    assert any(event.joined is not None for event in said if isinstance(event, ZoneEvicted))


def test_on_ticks_everything_is_said_when_it_becomes_known():
    said = sworn(Engine(quick()), walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000))

    assert Counter(map(type, said)).keys() >= set(EVERYTHING)


@pytest.mark.parametrize(("recording", "of"), [(recorded_gold, instrument()), (recorded_euro, EURO)])
def test_on_recorded_candles_everything_is_said_when_it_becomes_known(recording, of):
    settings = config(of, strategies=EAGER, gate=TALKATIVE, limits=BOUNDLESS)

    said = sworn(Engine(settings), as_inputs(recording(4000)), of.symbol)

    assert Counter(map(type, said)).keys() >= set(EVERYTHING) - {ZoneEvicted}


@BOTH
@given(candles=M5_LISTS, data=st.data())
def test_a_run_that_stops_early_has_said_the_beginning_of_what_the_whole_run_says(detectors, candles, data):
    k = data.draw(st.integers(0, len(candles)))
    whole = heard(Engine(quick(detectors)), as_inputs(candles))

    part = heard(Engine(quick(detectors)), as_inputs(candles[:k]))

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


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(1, 800))
def test_what_comes_later_does_not_change_what_was_seen(seed, k):
    """The view after k candles is the same whether the market then rises, falls or is never heard of again."""
    candles = walk(seed, 801, pace=12, timeframe=Timeframe.M5)
    engine, other = Engine(quick()), Engine(quick())
    heard(engine, as_inputs(candles[:k]))
    before = engine.view("XAUUSD")
    said = heard(other, as_inputs(candles[:k]))

    engine.push(as_inputs(candles)[k])

    assert other.view("XAUUSD") == before
    assert all(finding.known_ms <= before.time_ms for finding in map(finding_of, said) if finding is not None)
    assert all(swing.known_ms <= before.time_ms for swing in before.entry.swings)


@given(M5_LISTS)
def test_the_past_is_seen_as_it_was_lived_only_nothing_is_proposed(candles):
    lived = heard(Engine(quick()), as_inputs(candles))
    told = heard(Engine(quick()), map(History, candles))

    assert [e for e in told if isinstance(e, FINDINGS)] == [e for e in lived if isinstance(e, FINDINGS)]
    assert not [e for e in told if isinstance(e, SetupRejected | SignalIssued)]
    assert all(e.is_history for e in told if isinstance(e, CandleClosed))


SAID = heard(Engine(quick()), as_inputs(walk(1, 1000, pace=12, timeframe=Timeframe.M5)))


@pytest.mark.parametrize(
    "kind",
    [SwingConfirmed, StructureBroken, ZoneFormed, PoolFormed, LiquiditySwept, InducementFormed, InducementEnded,
     LevelTouched, CandleClosed, SetupRejected, SignalIssued],
)  # fmt: skip
def test_the_witness_notices_what_is_told_a_candle_late_or_early(kind):
    first = next(e for e in SAID if isinstance(e, kind))

    assert_dated(first)
    for shift_ms in (-Timeframe.M5.ms, Timeframe.M5.ms):
        with pytest.raises(AssertionError):
            assert_dated(msgspec.structs.replace(first, time_ms=first.time_ms + shift_ms))


@pytest.mark.parametrize(
    "kind",
    [ZoneFormed, ZoneChanged, ZoneTouched, ZoneEvicted, PoolEnded, InducementFormed, InducementEnded, LevelTouched,
     RegimeChanged],
)  # fmt: skip
def test_the_witness_notices_what_is_told_twice(kind):
    lives = Lives()
    for event in SAID:
        lives.follow(event)
        pool = event.pool if isinstance(event, PoolEnded) else None
        if isinstance(event, kind) and (pool is None or pool.kind not in (PoolKind.SWING, PoolKind.ROUND)):
            break

    with pytest.raises((AssertionError, KeyError)):
        lives.follow(event)
