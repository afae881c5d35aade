"""What a price is called, how fine its grid is and when it was paid change numbers and dates, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import ConfluenceConfig, DetectorsConfig, EngineConfig, StrategiesConfig, TradesConfig
from engine.engine import Engine
from engine.events import (
    CandleInput,
    Event,
    Input,
    SetupRejected,
    SignalIssued,
    StructureBroken,
    TargetHit,
    Tick,
    TradeClosed,
    ZoneFormed,
)
from engine.types import (
    DAY_MS,
    Candle,
    ChartView,
    Entry,
    Fill,
    Inducement,
    Instrument,
    KeyLevel,
    LiquidityPool,
    Proposed,
    Readings,
    Reason,
    ReasonCode,
    Setup,
    Signal,
    Strategy,
    StructureBreak,
    Sweep,
    Swing,
    Timeframe,
    Trade,
    Zone,
    ZoneKind,
)
from tests.builders import at, instrument
from tests.engine.market_data import CRAMPED, EAGER, as_inputs, candle_lists, heard, line, of_type, walk, walk_ticks
from tests.engine.variants import BOTH, eager

M5_LISTS = candle_lists(timeframe=Timeframe.M5)


def assert_lively(said: Sequence[Event]) -> None:
    """A silent market would agree with anything."""
    assert {type(event) for event in said} >= {SignalIssued, TargetHit, TradeClosed}
    proposed = [
        e.signal.setup if isinstance(e, SignalIssued) else e.setup for e in of_type(said, SignalIssued, SetupRejected)
    ]
    assert {setup.strategy for setup in proposed} == set(Strategy)


# The same ticks of another instrument


def finer() -> Instrument:
    """One tick is 0.00001 instead of 0.01, and a lot holds so much more that a tick on it is worth the same money."""
    return instrument(
        tick_size=Decimal("0.00001"), digits=5, pip_size=Decimal("0.0001"), contract_size=Decimal(100_000)
    )


def test_the_same_ticks_of_another_instrument_give_the_same_to_the_last_lot():
    ticks = walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000)

    said = heard(Engine(eager(instrument())), ticks)

    assert heard(Engine(eager(finer())), ticks) == said
    assert_lively(said)


@BOTH
@given(candles=M5_LISTS)
def test_any_candles_of_another_instrument_give_the_same(detectors, candles):
    inputs = as_inputs(candles)

    assert heard(Engine(eager(finer(), detectors=detectors)), inputs) == heard(
        Engine(eager(instrument(), detectors=detectors)), inputs
    )


# The same prices on a finer grid
#
# Rounding to whole ticks is finer on a finer grid, so what is rounded is left out here: no buffers beyond the proof,
# and marks at quarters of an R. Price bins are an odd number of ticks, so no value area is the same on both: no points
# for it. Powers of two, so that floats scale exactly too.

COARSE, FINE = 4, 16
NO_VALUE = StrategiesConfig(
    **{
        strategy.value: msgspec.structs.replace(
            EAGER.of(strategy),
            weights=msgspec.structs.replace(
                EAGER.of(strategy).weights,
                value=0,
                kill_zone=EAGER.of(strategy).weights.kill_zone + EAGER.of(strategy).weights.value,
            ),
        )
        for strategy in Strategy
    }
)
UNROUNDED = ConfluenceConfig(
    stop_buffer_atr=Decimal(0), min_stop_atr=Decimal("0.0001"), default_target_r=(Decimal("1.5"), Decimal("2.5"))
)

_PRICES = {
    Candle: ("open", "high", "low", "close"),
    Tick: ("bid", "ask"),
    Zone: ("top", "bottom"),
    StructureBreak: ("level",),
    LiquidityPool: ("level",),
    Swing: ("price",),
    Sweep: ("extreme",),
    Inducement: ("level",),
    KeyLevel: ("price",),
    Reason: ("prices",),
    Setup: ("entry", "stop", "targets", "spread", "proof"),
    Proposed: ("proof",),
    Fill: ("price", "ticks"),
    Trade: ("stop", "opened_price", "price", "best", "worst"),
    ChartView: ("atr", "range_low", "range_high", "swing_low", "swing_high"),
    Readings: ("ema_fast", "ema_slow", "sma", "band_low", "band_high", "vwap"),
}
_ROUNDED = {ReasonCode.OTE, ReasonCode.TREND_AVERAGE, ReasonCode.STRETCHED}


def scaled(value: Any, times: int) -> Any:
    """Any input, event or value on a grid that many times finer."""
    if isinstance(value, tuple):
        return tuple(scaled(item, times) for item in value)
    if not isinstance(value, msgspec.Struct):
        return value
    changed = {name: scaled(getattr(value, name), times) for name in value.__struct_fields__}
    for name in (*_PRICES.get(type(value), ()), *(("before",) if type(value).__name__ == "StopMoved" else ())):
        changed[name] = _times(getattr(value, name), times)
    if isinstance(value, Reason) and value.code in _ROUNDED:
        changed["prices"] = ()
    if isinstance(value, Readings):
        changed["value_area"] = None
    return type(value)(**changed)


def _times(price: Any, times: int) -> Any:
    if price is None:
        return None
    return tuple(times * each for each in price) if isinstance(price, tuple) else times * price


def on_grid(times: int, detectors: DetectorsConfig) -> EngineConfig:
    """Gold whose cent is that many ticks."""
    fine = instrument(tick_size=Decimal("0.01") / times, digits=6, typical_spread=times, round_step=250 * times)
    trades = TradesConfig(mark_step_r=Decimal("0.25"))
    return eager(fine, detectors=detectors, strategies=NO_VALUE, confluence=UNROUNDED, trades=trades)


def assert_scales(candles: Sequence[Candle], detectors: DetectorsConfig) -> list[Event]:
    coarse, fine = Engine(on_grid(COARSE, detectors)), Engine(on_grid(FINE, detectors))
    said = heard(coarse, as_inputs([scaled(candle, COARSE) for candle in candles]))

    found = heard(fine, as_inputs([scaled(candle, FINE) for candle in candles]))

    assert [scaled(event, 1) for event in found] == [scaled(event, FINE // COARSE) for event in said]
    before, after = coarse.view("XAUUSD"), fine.view("XAUUSD")
    for timeframe in ("trend", "setup", "entry"):
        assert scaled(getattr(after, timeframe), 1) == scaled(getattr(before, timeframe), FINE // COARSE)
    return said


@BOTH
@given(candles=M5_LISTS)
def test_any_candles_on_a_finer_grid_give_the_same_in_finer_numbers(detectors, candles):
    assert_scales(candles, detectors)


@BOTH
def test_a_random_walk_on_a_finer_grid_gives_the_same_in_finer_numbers(detectors):
    assert_lively(assert_scales(walk(2, 2500, timeframe=Timeframe.M5), detectors))


# The same market some weeks later

SPRING_MS = at("2024-05-06 00:00")  # a Monday; the clocks of London and New York changed in March and do in autumn
WEEK_MS = 7 * DAY_MS
# Weeks that lead into the same part of another month: months are of unequal length, and their levels tell.
WEEKS = st.sampled_from([-4, 4, 9, 13])


def later(value: Any, weeks: int) -> Any:
    """Any input, event or value that many weeks later. The date in a signal's id is one of the readers' numbers."""
    if isinstance(value, tuple):
        return tuple(later(item, weeks) for item in value)
    if not isinstance(value, msgspec.Struct):
        return value
    changed = {name: later(getattr(value, name), weeks) for name in value.__struct_fields__}
    for name in value.__struct_fields__:
        if name.endswith("_ms") and changed[name] is not None:
            changed[name] += weeks * WEEK_MS
    if isinstance(value, Signal):
        changed["id"] = re.sub(r"\d{8}", lambda date: _dated(date[0], weeks), value.id)
    if isinstance(value, Entry) and value.trade_id is not None:
        changed["trade_id"] = re.sub(r"\d{8}", lambda date: _dated(date[0], weeks), value.trade_id)
    return type(value)(**changed)


def _dated(date: str, weeks: int) -> str:
    return f"{datetime.strptime(date, '%Y%m%d').replace(tzinfo=UTC) + timedelta(weeks=weeks):%Y%m%d}"


def assert_shifts(config: EngineConfig, inputs: Sequence[Input], weeks: int) -> list[Event]:
    engine, moved = Engine(config), Engine(config)
    said = heard(engine, inputs)

    found = heard(moved, [later(item, weeks) for item in inputs])

    assert found == [later(event, weeks) for event in said]
    assert moved.view("XAUUSD") == later(engine.view("XAUUSD"), weeks)
    return said


@BOTH
@given(candles=candle_lists(min_size=1, timeframe=Timeframe.M5, start_ms=SPRING_MS), weeks=WEEKS)
def test_any_candles_some_weeks_later_give_the_same_some_weeks_later(detectors, candles, weeks):
    assert_shifts(eager(instrument(), detectors=detectors), as_inputs(candles), weeks)


@pytest.mark.parametrize("weeks", [-4, 13])
def test_a_random_walk_some_weeks_later_gives_the_same_some_weeks_later(weeks):
    candles = as_inputs(walk(2, 2500, timeframe=Timeframe.M5, start_ms=SPRING_MS))

    assert_lively(assert_shifts(eager(instrument()), candles, weeks))


def test_ticks_some_weeks_later_give_the_same_some_weeks_later():
    ticks = walk_ticks(seed=4, count=15_000, mean_gap_ms=20_000, start_ms=SPRING_MS)

    assert assert_shifts(eager(instrument()), ticks, 4)


def test_across_a_change_of_the_clocks_sessions_do_not_shift_with_the_weeks():
    """So that the tests above mean something: from winter to summer London opens an hour earlier."""
    candles = as_inputs(walk(2, 300, timeframe=Timeframe.M5, start_ms=at("2024-03-04 00:00")))

    with pytest.raises(AssertionError):
        assert_shifts(eager(instrument()), candles, 4)


# Candles of no range


@settings(max_examples=20)
@given(st.lists(st.integers(-9, 9), min_size=20, max_size=80), st.integers(0, 1))
def test_candles_of_no_range_leave_gaps_but_make_no_block_and_no_base(moves, volume):
    prices = [10_000 + sum(moves[:i]) for i in range(len(moves))]
    flat = line(*((p, p, p, p) for p in prices), timeframe=Timeframe.M5, volume=float(volume))

    said = heard(Engine(eager(instrument(), detectors=CRAMPED)), map(CandleInput, flat))

    higher = {Timeframe.M15, Timeframe.H1}  # folded from several, so they have a range
    assert {e.zone.kind for e in of_type(said, ZoneFormed) if e.timeframe not in higher} <= {ZoneKind.GAP}


def test_flat_candles_break_structure_all_the_same():
    """A rise, a fall back and a higher rise of candles without range: a break, and nothing to call its block."""
    prices = [*range(10_000, 10_060, 6), *range(10_050, 10_020, -6), *range(10_026, 10_090, 6)]
    flat = line(*((p, p, p, p) for p in prices), timeframe=Timeframe.M5)

    said = heard(Engine(eager(instrument())), map(CandleInput, flat))

    entry = [e for e in of_type(said, StructureBroken, ZoneFormed) if e.timeframe is Timeframe.M5]
    assert any(isinstance(event, StructureBroken) for event in entry)
    assert not [e for e in entry if isinstance(e, ZoneFormed) and e.zone.kind is not ZoneKind.GAP]
