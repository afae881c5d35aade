"""One timeframe: the order inside a step, and when its rules begin to speak."""

from __future__ import annotations

from decimal import Decimal

from engine.chart import Chart
from engine.config import DetectorsConfig, TimeframesConfig
from engine.events import (
    Event,
    LiquiditySwept,
    PoolFormed,
    StructureBroken,
    SwingConfirmed,
    TimeframeReady,
    ZoneChanged,
    ZoneFormed,
)
from engine.types import HOUR_MS, Candle, LiquidityPool, PoolKind, SwingKind, Timeframe, ZoneKind, ZoneStatus
from tests.builders import at, instrument
from tests.engine.market_data import MONDAY_MS, config, line, of_type, peaks

SMALL = DetectorsConfig(atr_period=2)


def chart(wing: int = 1, timeframe: Timeframe = Timeframe.M15, detectors: DetectorsConfig = SMALL) -> Chart:
    settings = config(detectors=detectors, timeframes=TimeframesConfig(ready_after=20))
    return Chart.new(instrument(), timeframe, wing, settings)


def said(of: Chart, candles: list[Candle]) -> list[list[Event]]:
    return [of.on_candle(candle, is_history=False) for candle in candles]


def test_a_candle_is_tested_against_the_old_levels_before_the_swing_it_confirms_is_registered():
    """The last candle confirms the low of 102 and closes above the high of 112: first the break, then the swing."""
    rows = ("105/110/104/108", "108/112/107/109", "109/111/103/105", "105/108/102/106", "106/116/105/114")

    last = said(chart(), line(*rows))[-1]

    assert [e.broken.level for e in of_type(last, StructureBroken)] == [112]
    assert [(e.swing.kind, e.swing.price) for e in of_type(last, SwingConfirmed)] == [(SwingKind.LOW, 102)]
    kinds = [type(event) for event in last]
    assert kinds.index(StructureBroken) < kinds.index(SwingConfirmed)


def test_a_level_is_not_tested_by_the_candle_that_confirms_it():
    """The high of 112 is confirmed by a candle that trades below it; only a later one can sweep it."""
    steps = said(chart(), line("105/110/104/108", "108/112/107/109", "109/111/103/105", "105/113/102/106"))

    assert of_type(steps[2], SwingConfirmed)
    assert [of_type(step, LiquiditySwept) for step in steps[:3]] == [[], [], []]
    assert [e.sweep.pool.level for e in of_type(steps[3], LiquiditySwept)] == [112]


def test_a_gap_is_tested_from_the_candle_after_the_one_that_completed_it():
    """On the candle itself low equals top by construction."""
    rows = ("100/104/98/103", "103/105/101/104", "104/118/103/117", "116/120/110/119", "119/121/110/120")

    steps = said(chart(), line(*rows))

    (formed,) = (e.zone for e in of_type(steps[3], ZoneFormed) if e.zone.kind is ZoneKind.GAP)
    assert (formed.bottom, formed.top) == (105, 110)
    assert of_type(steps[3], ZoneChanged) == []
    assert [(e.zone_id, e.status) for e in of_type(steps[4], ZoneChanged)] == [(formed.id, ZoneStatus.TOUCHED)]


def test_the_previous_days_high_can_be_swept_by_the_first_candle_of_the_new_day():
    """New York's session ends with the day; its levels are the same here, and the wick takes both highs."""
    before = line("100/110/99/105", start_ms=at("2024-01-08 21:45"))
    after = line("105/112/104/106", start_ms=at("2024-01-08 23:00"))

    first = said(chart(), [*before, *after])[-1]

    assert [(e.pool.label, e.pool.level) for e in of_type(first, PoolFormed)] == [
        ("day", 110),
        ("day", 99),
        ("New York", 110),
        ("New York", 99),
    ]
    assert [(e.sweep.pool.label, e.sweep.pool.level, e.sweep.extreme) for e in of_type(first, LiquiditySwept)] == [
        ("day", 110, 112),
        ("New York", 110, 112),
    ]


def test_a_finished_session_replaces_the_levels_of_its_own_name_only():
    """In winter Asia ends at 08:00 UTC, London at 13:00, New York at 22:00: on Tuesday noon Monday's London rests."""
    hours = [100 + hour for hour in range(24 + 12)]
    candles = [line(f"{p}/{p + 1}/{p - 1}/{p}", start_ms=MONDAY_MS + h * HOUR_MS)[0] for h, p in enumerate(hours)]
    of = chart()

    steps = said(of, candles)

    formed = {h: [p.label for p in pools] for h, step in enumerate(steps) if (pools := _pools_of_periods(step))}
    assert formed == {
        8: ["Asia", "Asia"],
        13: ["London", "London"],
        22: ["day", "day", "New York", "New York"],
        24 + 8: ["Asia", "Asia"],
    }
    lows = {(p.label, p.level) for p in of.pools.all() if p.kind is not PoolKind.SWING and p.side is SwingKind.LOW}
    assert lows == {("Asia", 121), ("London", 107), ("day", 99), ("New York", 112)}


def _pools_of_periods(step: list[Event]) -> list[LiquidityPool]:
    return [event.pool for event in of_type(step, PoolFormed)]


def test_only_the_entry_timeframe_keeps_the_levels_of_periods():
    days = line(*["100/110/99/105"] * 60, timeframe=Timeframe.H1)

    assert not [e for step in said(chart(timeframe=Timeframe.H1), days) for e in of_type(step, PoolFormed)]


def test_equal_highs_are_told_with_the_swing_that_makes_them_and_swept_from_the_next_candle_on():
    """An ATR of about 10: the highs of 120 and 119 are nearer than a fifth of it; stops rest above 120."""
    of = chart(detectors=DetectorsConfig(atr_period=2, equal_atr=Decimal("0.2"), equal_atr_period=2))
    steps = said(of, peaks(110, 120, 112, 119, 108, 121, depth=10))

    formed = [[(e.pool.kind, e.pool.side, e.pool.level) for e in of_type(step, PoolFormed)] for step in steps]

    assert formed == [[], [], [], [], [(PoolKind.EQUAL, SwingKind.HIGH, 120)], []]
    kinds = [type(event) for event in steps[4]]
    assert kinds.index(SwingConfirmed) < kinds.index(PoolFormed)
    assert [(e.sweep.pool.kind, e.sweep.pool.level) for e in of_type(steps[5], LiquiditySwept)] == [
        (PoolKind.SWING, 119),
        (PoolKind.SWING, 120),
        (PoolKind.EQUAL, 120),
    ]


def test_a_sweep_is_measured_by_the_averages_before_it():
    """All the wick, a way back of seven ticks, one and a half times the volume before."""
    before = peaks(110, 120, 112, depth=10, volume=10.0)
    (raid,) = line("114/121/114/114", volume=15.0, start_ms=before[-1].close_ms)
    of = chart(detectors=DetectorsConfig(atr_period=3, volume_period=3))

    *_, last = said(of, [*before, raid])

    atr = (10 + 15 + 13) / 3  # 120 is 15 above the close of 105, 102 is 13 below that of 115
    (found,) = (e.sweep for e in of_type(last, LiquiditySwept))
    assert found.strength == round(40 + 40 * 7 / atr + 20 * 0.75)


def test_a_timeframe_is_ready_once_after_its_twentieth_candle():
    of = chart()
    steps = said(of, peaks(*range(100, 125)))

    assert [i for i, step in enumerate(steps) if of_type(step, TimeframeReady)] == [19]
    assert of.is_ready


def test_only_the_last_findings_are_kept_for_look_backs():
    of = chart()
    said(of, peaks(*[100, 110] * 60))

    view = of.view()

    assert len(view.swings) == 24
    assert view.swings[-1].known_ms == view.candles[-1].close_ms
