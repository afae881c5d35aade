"""One timeframe: the order inside a step, and when its rules begin to speak."""

from __future__ import annotations

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
from engine.types import Candle, PoolKind, SwingKind, Timeframe, ZoneKind, ZoneStatus
from tests.builders import at, instrument
from tests.engine.market_data import config, line, of_type, peaks

SMALL = DetectorsConfig(atr_period=2)


def chart(wing: int = 1, timeframe: Timeframe = Timeframe.M15) -> Chart:
    settings = config(detectors=SMALL, timeframes=TimeframesConfig(ready_after=20))
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
    before = line("100/110/99/105", start_ms=at("2024-01-08 21:45"))
    after = line("105/112/104/106", start_ms=at("2024-01-08 23:00"))

    first = said(chart(), [*before, *after])[-1]

    assert [(e.pool.kind, e.pool.level) for e in of_type(first, PoolFormed)] == [
        (PoolKind.DAY, 110),
        (PoolKind.DAY, 99),
    ]
    assert [(e.sweep.pool.level, e.sweep.extreme) for e in of_type(first, LiquiditySwept)] == [(110, 112)]


def test_only_the_entry_timeframe_keeps_the_previous_day():
    days = line(*["100/110/99/105"] * 60, timeframe=Timeframe.H1)

    assert not [e for step in said(chart(timeframe=Timeframe.H1), days) for e in of_type(step, PoolFormed)]


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
