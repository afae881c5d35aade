"""One timeframe: what its detectors say together, in which order, and when its rules begin to speak."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from engine.chart import Chart
from engine.config import (
    BlockCandle,
    BlockOrigin,
    BreakBy,
    DetectorsConfig,
    GapThreshold,
    IndicatorsConfig,
    TimeframesConfig,
)
from engine.events import (
    CandleClosed,
    Event,
    InducementEnded,
    InducementFormed,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
    StructureBroken,
    SwingConfirmed,
    TimeframeReady,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
    ZoneTouched,
)
from engine.types import (
    HOUR_MS,
    BreakKind,
    Candle,
    Direction,
    Inducement,
    InducementStatus,
    KeyLevel,
    LiquidityPool,
    PoolEnd,
    PoolKind,
    Regime,
    Scale,
    SwingKind,
    Timeframe,
    Zone,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import at, instrument
from tests.engine.market_data import MONDAY_MS, candle_lists, config, line, of_type, peaks, walk

M15_MS = 900_000
HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
UP, DOWN = Direction.UP, Direction.DOWN
GAP, BLOCK, BASE = ZoneKind
SMALL = {"internal_wing": 1, "equal_wing": 1, "swing_wing": 9, "atr_period": 2}
STRUCTURE_ONLY = (BlockOrigin.STRUCTURE,)


def chart(
    timeframe: Timeframe = Timeframe.M15, *, round_step: int = 1000, window: int = 200, **detectors: object
) -> Chart:
    """Swings of one candle a side, the larger of nine, an ATR of two candles, unless said otherwise."""
    settings = config(
        detectors=DetectorsConfig(**(SMALL | detectors)), timeframes=TimeframesConfig(ready_after=20, window=window)
    )
    return Chart.new(instrument(round_step=round_step), timeframe, settings)


def said(of: Chart, candles: list[Candle]) -> list[list[Event]]:
    told: list[list[Event]] = []
    for candle in candles:
        told.append([])
        of.on_candle(candle, told[-1], is_history=False)
    return told


def last(of: Chart, *rows: str) -> list[Event]:
    """What the last of these candles made known."""
    return said(of, line(*rows))[-1]


def opened(index: int) -> int:
    return MONDAY_MS + index * M15_MS


def closed(index: int) -> int:
    return opened(index + 1)


def zones(step: list[Event], kind: ZoneKind) -> list[Zone]:
    return [event.zone for event in of_type(step, ZoneFormed) if event.zone.kind is kind]


def test_a_candle_is_tested_against_the_old_levels_before_the_swing_it_confirms_is_registered():
    """The last candle confirms the low of 102 and closes above the high of 112: first the break, then the swing."""
    rows = ("105/110/104/108", "108/112/107/109", "109/111/103/105", "105/108/102/106", "106/116/105/114")

    step = last(chart(), *rows)

    assert [e.broken.level for e in of_type(step, StructureBroken)] == [112]
    assert [(e.swing.kind, e.swing.price) for e in of_type(step, SwingConfirmed)] == [(LOW, 102)]
    kinds = [type(event) for event in step]
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
    lows = {(p.label, p.level) for p in of.pools.all() if p.kind is not PoolKind.SWING and p.side is LOW}
    assert lows == {("Asia", 121), ("London", 107), ("day", 99), ("New York", 112)}


def _pools_of_periods(step: list[Event]) -> list[LiquidityPool]:
    return [event.pool for event in of_type(step, PoolFormed)]


def test_only_the_entry_timeframe_keeps_the_levels_of_periods():
    days = line(*["100/110/99/105"] * 60, timeframe=Timeframe.H1)

    assert not [e for step in said(chart(timeframe=Timeframe.H1), days) for e in of_type(step, PoolFormed)]


def test_equal_highs_are_told_with_the_swing_that_makes_them_and_swept_from_the_next_candle_on():
    """An ATR of about 10: the highs of 120 and 119 are nearer than a fifth of it; stops rest above 120."""
    of = chart(equal_atr=Decimal("0.2"), long_atr_period=2)
    steps = said(of, peaks(110, 120, 112, 119, 108, 121, depth=10))

    formed = [[(e.pool.kind, e.pool.side, e.pool.level) for e in of_type(step, PoolFormed)] for step in steps]

    assert formed == [[], [], [], [], [(PoolKind.EQUAL, HIGH, 120)], []]
    kinds = [type(event) for event in steps[4]]
    assert kinds.index(SwingConfirmed) < kinds.index(PoolFormed)
    assert [(e.sweep.pool.kind, e.sweep.pool.level) for e in of_type(steps[5], LiquiditySwept)] == [
        (PoolKind.SWING, 119),
        (PoolKind.SWING, 120),
        (PoolKind.EQUAL, 120),
    ]


# Highs of 120 and 119 with three lower ones on each side, not with five.
TWIN_PEAKS = (110, 111, 112, 120, 112, 110, 112, 119, 112, 110, 109)
CLOSE_BY = {"equal_atr": Decimal("0.2"), "long_atr_period": 2}  # a fifth of about 10 ticks


def test_equal_highs_come_from_swings_of_their_own_wing_that_are_told_by_nothing_else():
    """Stops rest above 120; a close beyond breaks the pool, and no structure."""
    of = chart(internal_wing=5, equal_wing=3, **CLOSE_BY)

    steps = said(of, [*peaks(*TWIN_PEAKS, depth=10), *line("104/123/103/122", start_ms=opened(len(TWIN_PEAKS)))])

    pool = LiquidityPool(PoolKind.EQUAL, HIGH, 120, opened(7), closed(10))
    told = (SwingConfirmed, LevelTouched, StructureBroken, LiquiditySwept, PoolFormed, PoolEnded)
    assert [of_type(step, *told) for step in steps] == [
        *[[]] * 10,
        [PoolFormed(closed(10), "XAUUSD", Timeframe.M15, pool)],
        [PoolEnded(closed(11), "XAUUSD", Timeframe.M15, pool, PoolEnd.BROKEN)],
    ]
    view = of.view()
    assert (view.swings, view.levels, view.pools, view.range_high) == ((), (), (), None)


def test_equal_lows_come_from_swings_of_their_own_wing_too():
    of = chart(internal_wing=5, equal_wing=3, **CLOSE_BY)
    lows = (200 - high for high in TWIN_PEAKS)

    steps = said(of, line(*((low + 5, low + 10, low, low + 5) for low in lows)))

    assert [e.pool for step in steps for e in of_type(step, PoolFormed)] == [
        LiquidityPool(PoolKind.EQUAL, LOW, 80, opened(7), closed(10))
    ]
    assert [e for step in steps for e in of_type(step, SwingConfirmed)] == []


@pytest.mark.parametrize(("equal_wing", "levels"), [(1, [120, 119]), (2, []), (3, [])])
def test_swings_of_a_narrower_wing_make_no_equal_highs(equal_wing, levels):
    """Falling highs two candles apart are swings of one candle a side, and of no more."""
    of = chart(internal_wing=1, equal_wing=equal_wing, **CLOSE_BY)

    steps = said(of, peaks(112, 120, 112, 119, 112, 118, 112, 117, depth=10))

    highs = [e.swing.price for step in steps for e in of_type(step, SwingConfirmed) if e.swing.kind is HIGH]
    found = [e.pool.level for step in steps for e in of_type(step, PoolFormed) if e.pool.side is HIGH]
    assert (highs, found) == ([120, 119, 118], levels)


def test_equal_highs_that_are_internal_swings_as_well_are_known_before_those():
    """Five lower ones on each side: three are enough for the pool, two candles later the high is a swing too."""
    slope = (108, 109, 110, 111, 112)
    of = chart(internal_wing=5, equal_wing=3, **CLOSE_BY)

    steps = said(of, peaks(*slope, 120, *slope[::-1], *slope[1:], 119, *slope[::-1], depth=10))

    formed = {i: e.pool.level for i, step in enumerate(steps) for e in of_type(step, PoolFormed)}
    highs = {i: e.swing.price for i, step in enumerate(steps) for e in of_type(step, SwingConfirmed)}
    assert formed == {15 + 3: 120}
    assert {i: price for i, price in highs.items() if price > 112} == {5 + 5: 120, 15 + 5: 119}


def test_a_sweep_is_measured_by_the_averages_before_it():
    """All the wick, a way back of seven ticks, one and a half times the volume before."""
    before = peaks(110, 120, 112, depth=10, volume=10.0)
    (raid,) = line("114/121/114/114", volume=15.0, start_ms=before[-1].close_ms)

    step = said(chart(atr_period=3, volume_period=3), [*before, raid])[-1]

    atr = (10 + 15 + 13) / 3  # 120 is 15 above the close of 105, 102 is 13 below that of 115
    (found,) = (e.sweep for e in of_type(step, LiquiditySwept))
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


def test_no_wing_fits_before_the_first_swing_and_no_average_before_its_candles():
    view = chart().view()

    assert (view.candles, view.atr, view.trend, view.range_low, view.range_high) == ((), None, None, None, None)
    assert not view.is_ready


# Structure

SUMMIT = ("108/110/106/109", "109/112/108/111", "111/120/110/113", "113/114/109/110", "110/111/107/108")
BREAKS_120 = "108/123/107/122"


def test_where_both_scales_break_the_same_level_only_the_larger_is_told():
    """The high of 120 is a swing of one candle a side and of two."""
    of = chart(swing_wing=2, blocks=STRUCTURE_ONLY)

    step = last(of, *SUMMIT, BREAKS_120)

    assert [(e.broken.scale, e.broken.level) for e in of_type(step, StructureBroken)] == [(Scale.SWING, 120)]
    assert [(z.bottom, z.top, z.strength) for z in zones(step, BLOCK)] == [(107, 111, 30)]
    assert [b.scale for b in of.view().breaks] == [Scale.SWING]


def test_the_smaller_structure_moves_on_all_the_same():
    """Its trend is up by the break that was not told, so that the next one down is a change of character."""
    of = chart(swing_wing=2)
    said(of, line(*SUMMIT, BREAKS_120))
    view = of.view()

    assert (view.trend, view.last_break.scale, view.last_break.level) == (UP, Scale.INTERNAL, 120)
    assert (view.swing_trend, view.swing_break.scale, view.swing_break.level) == (UP, Scale.SWING, 120)
    after = line("122/124/118/119", "119/120/112/114", "114/118/113/117", "117/118/110/111", start_ms=opened(6))
    found = [e.broken for step in said(of, after) for e in of_type(step, StructureBroken)]
    assert [(b.scale, b.kind, b.level) for b in found] == [(Scale.INTERNAL, BreakKind.CHOCH, 112)]
    assert (of.view().trend, of.view().swing_trend) == (DOWN, UP)


def test_breaks_of_different_levels_by_one_candle_are_both_told_the_larger_first():
    """Between the summit of 120 and the break the smaller structure made a high of 115."""
    of = chart(swing_wing=2, blocks=STRUCTURE_ONLY)

    step = last(of, *SUMMIT, "108/115/108/110", "110/112/108/109", "109/123/108/122")

    assert [(e.broken.scale, e.broken.level) for e in of_type(step, StructureBroken)] == [
        (Scale.SWING, 120),
        (Scale.INTERNAL, 115),
    ]
    assert [(z.formed_ms, z.strength) for z in zones(step, BLOCK)] == [(opened(4), 30), (opened(6), 20)]


def test_each_structure_has_its_own_dealing_range():
    """The summit bounds both; the smaller one has since made a high of 115 and a low of 107."""
    of = chart(swing_wing=2)
    said(of, line(*SUMMIT, "108/115/108/110", "110/112/108/109"))
    view = of.view()

    assert (view.range_low, view.range_high) == (107, 115)
    assert (view.swing_low, view.swing_high) == (107, 120)


def test_by_wick_the_candle_need_not_close_beyond():
    rows = (*SUMMIT, "108/121/107/115")

    assert of_type(last(chart(), *rows), StructureBroken) == []
    assert [e.broken.level for e in of_type(last(chart(break_by=BreakBy.WICK), *rows), StructureBroken)] == [120]


# A high of 112, a leg from the low of 100, a gap from 104 to 106, and a break with a body of 5 where an ATR and a half
# are 7.1 ticks.
LEG = ("100/104/98/103", "103/112/101/108", "108/109/102/103", "103/104/100/101", "101/108/101/107", "107/109/106/108")
GENTLY = "108/114/107/113"


def displaced(*rows: str, **detectors: object) -> bool:
    (told,) = of_type(last(chart(**detectors), *rows), StructureBroken)
    assert told.broken.level == 112
    return told.broken.is_displaced


def test_a_gap_in_the_leg_makes_displacement():
    assert displaced(*LEG, GENTLY)


def test_without_the_gap_there_is_none():
    """The wicks meet at 104."""
    assert not displaced(*LEG[:5], "107/109/104/108", GENTLY)


def test_a_body_is_measured_by_the_atr_before_the_break():
    """20 ticks: more than the 8.6 of an ATR and a half before it, less than the 20.8 after it."""
    assert displaced(*LEG[:5], "107/109/104/108", "108/129/107/128")


def test_without_an_atr_there_is_no_displacement():
    assert not displaced(*LEG[:5], "107/109/104/108", "108/129/107/128", atr_period=14)


def test_a_gap_from_before_the_leg_began_does_not_count():
    """After the gap price fell to 99, where the leg begins."""
    assert not displaced(*LEG, "108/109/99/100", "107/114/106/113")


def test_a_gap_counts_whatever_became_of_it():
    """Price closed at 103, below the gap, but the leg still begins at 100."""
    assert displaced(*LEG, "108/109/101/103", "107/114/106/113")


def test_a_gap_that_the_breaking_candle_completes_counts():
    """Its low of 110 lies above the high of 109 before last, and the candle between closed at 111."""
    assert displaced(*LEG[:5], "107/109/104/108", "108/112/107/111", "111/114/110/113")


# Gaps

# The third candle leaves a base behind, zone 1.
LADDER = (
    "100/104/98/103",
    "103/105/101/104",
    "104/118/103/117",
    "116/120/110/119",  # completes a gap from 105 to 110
    "121/135/121/134",  # from 118 to 121
    "133/140/125/139",  # from 120 to 125
    "139/141/130/135",
    "135/160/134/159",
    "159/165/150/160",  # from 141 to 150
)


def test_gaps_on_end_stay_apart_unless_they_are_to_be_joined():
    steps = said(chart(), line(*LADDER))

    assert [[(z.bottom, z.top) for z in zones(step, GAP)] for step in steps[3:]] == [
        [(105, 110)],
        [(118, 121)],
        [(120, 125)],
        [],
        [],
        [(141, 150)],
    ]
    assert not [e for step in steps for e in of_type(step, ZoneEvicted)]


def test_a_gap_that_follows_directly_on_one_takes_it_in():
    """The first has 68 points (size 5 of ATR 10, body 13 of 15), the second 25 (3 of 10, 3 of 15)."""
    of = chart(join_gaps=True)

    step = last(of, *LADDER[:5])

    first, second = of_type(step, ZoneEvicted, ZoneFormed)
    assert first == ZoneEvicted(closed(4), "XAUUSD", Timeframe.M15, zone_id=2, joined=3)
    assert second.zone == Zone(3, GAP, UP, 121, 105, 68, opened(2), closed(4))
    assert [z.id for z in of.view().zones if z.kind is GAP] == [3]


def test_a_third_gap_on_end_takes_in_the_two_joined_before():
    of = chart(join_gaps=True, blocks=STRUCTURE_ONLY)

    step = last(of, *LADDER[:6])

    assert [(e.zone_id, e.joined) for e in of_type(step, ZoneEvicted)] == [(3, 4)]
    assert zones(step, GAP) == [Zone(4, GAP, UP, 125, 105, 68, opened(2), closed(5))]


def test_a_gap_a_few_candles_later_is_another_one():
    of = chart(join_gaps=True)

    step = last(of, *LADDER)

    assert [(z.bottom, z.top) for z in zones(step, GAP)] == [(141, 150)]
    assert of_type(step, ZoneEvicted) == []


def test_a_gap_the_other_way_is_another_one():
    """Up to 121, and at once down again: 117 lies below the low of 121."""
    rows = (*LADDER[:4], "121/135/121/134", "133/134/113/114", "114/117/112/113")

    step = last(chart(join_gaps=True), *rows)

    assert [(z.direction, z.bottom, z.top) for z in zones(step, GAP)] == [(DOWN, 117, 121)]
    assert of_type(step, ZoneEvicted) == []


def test_joining_makes_its_own_room():
    """One gap may be watched: the older one is joined, not pushed out as well."""
    step = last(chart(join_gaps=True, active_zones=1), *LADDER[:5])

    assert [(e.zone_id, e.joined) for e in of_type(step, ZoneEvicted)] == [(2, 3)]


def test_a_zone_pushed_out_is_told_before_the_one_that_takes_its_place():
    step = last(chart(active_zones=1), *LADDER[:5])

    assert of_type(step, ZoneEvicted, ZoneFormed) == [
        ZoneEvicted(closed(4), "XAUUSD", Timeframe.M15, zone_id=2),
        *of_type(step, ZoneFormed),
    ]


@pytest.mark.parametrize(
    ("first", "second", "completes", "is_gap"),
    [
        ("100/104/98/103", "103/105/101/104", "116/120/110/119", True),  # bodies of 3, 1 and 12.5 %: mean 5.5
        ("100/104/98/103", "103/105/101/104", "116/240/110/235", True),  # the completing candle is not asked
        ("95/101/94/100", "98/105/97/104", "116/120/110/119", False),  # 5.3, 6.1 and 12.5: mean 8, its own included
    ],
)
def test_the_automatic_threshold_asks_for_a_middle_candle_of_twice_the_mean_body(first, second, completes, is_gap):
    rows = (first, second, "104/118/103/117", completes)

    assert bool(zones(last(chart(gap_threshold=GapThreshold.AUTO), *rows), GAP)) is is_gap
    assert zones(last(chart(), *rows), GAP)


def test_a_gap_below_the_threshold_is_no_displacement_either():
    """The middle candle's 5.9 % are less than twice the mean, for the first candle's body is half its open."""
    tall = ("70/110/69/105", *LEG)

    assert displaced(*tall, GENTLY, atr_period=2)
    assert not displaced(*tall, GENTLY, gap_threshold=GapThreshold.AUTO)


# Blocks and bases

RAID = (
    "105/106/101/102",
    "102/103/98/101",  # the low of 98
    "101/112/100/108",  # the high of 112
    "108/109/101/102",  # the last to fall before the gap
    "102/105/101/103",
    "102/104/96/103",  # sweeps 98 with a wick of 6 in 8
    "103/109/102/108",
    "108/114/107/113",  # breaks 112, and leaves a gap from 104 to 107
)


def test_what_the_market_did_before_a_break_is_the_blocks_evidence():
    """At the sweep 20 + 3 × 15, at the last candle to fall 20 + 2 × 15 + 5 points."""
    step = last(chart(), *RAID)

    assert [(z.formed_ms, z.bottom, z.top, z.strength, z.evidence) for z in zones(step, BLOCK)] == [
        (opened(5), 96, 104, 65, ("rejection", "gap", "sweep")),
        (opened(3), 101, 109, 55, ("gap", "sweep", "displacement")),
    ]
    assert {z.known_ms for z in zones(step, BLOCK)} == {closed(7)}


def test_only_the_origins_that_are_wanted_make_blocks():
    for origin, formed in ((BlockOrigin.STRUCTURE, 5), (BlockOrigin.DISPLACEMENT, 3)):
        found = zones(last(chart(blocks=(origin,)), *RAID), BLOCK)

        assert [z.formed_ms for z in found] == [opened(formed)]


def test_a_swept_round_number_is_told_but_is_no_sweep_of_stops():
    """No low was known before; the wick to 96 took 98 with it, below the last close of 102."""
    rows = ("104/106/99/105", "104/112/100/108", "108/109/101/102", *RAID[5:])
    of = chart(round_step=98)

    *_, raid, _, broke = said(of, line(*rows))

    assert [(e.sweep.pool.kind, e.sweep.pool.level) for e in of_type(raid, LiquiditySwept)] == [(PoolKind.ROUND, 98)]
    assert ([sweep.pool.level for sweep in of.view().round_sweeps], of.view().sweeps) == ([98], ())
    assert [(z.formed_ms, z.strength, z.evidence) for z in zones(broke, BLOCK)] == [
        (opened(3), 20 + 15 + 10 + 15, ("rejection", "round", "gap")),
        (opened(2), 20 + 15 + 5, ("gap", "displacement")),
    ]


def test_a_round_number_swept_after_a_low_takes_nothing_from_the_evidence():
    """96 took the low of 98; the candle after it wicks below the round number of 102, and below no low."""
    rows = (*RAID[:6], "103/109/101/108", RAID[7])

    *_, raid, later, broke = said(chart(round_step=102, blocks=STRUCTURE_ONLY), line(*rows))

    assert [e.sweep.pool.level for e in of_type(raid, LiquiditySwept) if e.sweep.pool.kind is PoolKind.SWING] == [98]
    assert [(e.sweep.pool.kind, e.sweep.pool.level) for e in of_type(later, LiquiditySwept)] == [(PoolKind.ROUND, 102)]
    assert ["sweep" in zone.evidence for zone in zones(broke, BLOCK)] == [True]


@pytest.mark.parametrize(("round_atr", "found"), [("0.5", ("round", "gap")), ("0.4", ("gap",))])
def test_how_near_a_round_number_counts_is_measured_by_the_atr(round_atr, found):
    """98 is two ticks below the block; the ATR before the break is 4.7."""
    of = chart(round_step=98, round_atr=Decimal(round_atr), blocks=STRUCTURE_ONLY)

    assert [z.evidence for z in zones(last(of, *LEG, GENTLY), BLOCK)] == [found]


def test_a_blocks_volume_is_held_against_the_mean_before_the_break():
    """The mean of the last two candles before the break is 15, after it 60."""
    volumes = (10.0, 10.0, 10.0, 31.0, 20.0, 10.0, 110.0)
    candles = [
        line(row, volume=volume, start_ms=opened(i))[0]
        for i, (row, volume) in enumerate(zip((*LEG, GENTLY), volumes, strict=True))
    ]

    step = said(chart(volume_period=2, blocks=STRUCTURE_ONLY), candles)[-1]

    assert [z.evidence for z in zones(step, BLOCK)] == [("volume", "gap")]


QUIET = ["100/102/98/100"] * 30


def parsed_low(spike: str, choice: BlockCandle) -> int:
    """The low of the block behind a break of 104, of quiet candles with an average range of 4 and a spike."""
    of = chart(long_atr_period=10, window=21, block_candle=choice, blocks=STRUCTURE_ONLY)
    rows = (*QUIET, "100/104/100/102", "102/103/99/101", spike, "101/103/99/100", "100/106/99/105")
    (block,) = zones(last(of, *rows), BLOCK)
    return block.bottom


@pytest.mark.parametrize(("spike", "low"), [("101/103/94/101", 99), ("101/102/94/101", 94)])
def test_a_candle_of_twice_the_long_atr_that_it_made_itself_is_very_volatile(spike, low):
    """Its own 9 ticks make the ATR 4.5, so that it just is; with 8 the ATR is 4.4, and it is not."""
    assert parsed_low(spike, BlockCandle.PARSED) == low
    assert parsed_low(spike, BlockCandle.RAW) == 94


def test_without_a_long_atr_no_candle_is_very_volatile():
    of = chart(block_candle=BlockCandle.PARSED, blocks=STRUCTURE_ONLY)

    step = last(of, "100/104/100/102", "102/112/101/103", "103/104/60/103", "103/104/100/102", "102/114/101/113")

    assert [z.bottom for z in zones(step, BLOCK)] == [60]


@pytest.mark.parametrize(("by", "status"), [(BreakBy.CLOSE, ZoneStatus.FILLED), (BreakBy.WICK, ZoneStatus.BROKEN)])
def test_what_breaks_a_block_is_a_setting(by, status):
    """The block from 100 to 104 meets a wick to 99 and a close at 103."""
    of = chart(blocks_break_by=by, blocks=STRUCTURE_ONLY)
    ((block,), step) = (zones(s, BLOCK) or s for s in said(of, line(*LEG, GENTLY, "113/114/99/103"))[-2:])

    assert [e.status for e in of_type(step, ZoneChanged) if e.zone_id == block.id][-1] is status


# An ATR of 8 before a departure of 22 ticks from one candle: 55 points, and 10, and 30.
PAUSE = ("100/105/95/100", "100/105/95/100", "100/104/98/101", "102/125/101/124")


def test_a_base_is_told_with_its_visits_and_each_of_them_wears_it():
    of = chart()
    formed = zones(last(of, *PAUSE), BASE)
    visits = line("124/128/110/112", "112/113/101/108", "108/112/102/110", "110/111/100/105", start_ms=opened(4))
    visits += line("105/106/97/99", "104/106/102/105", "105/106/100/104", start_ms=opened(8))

    told = [of_type(step, ZoneChanged, ZoneTouched) for step in said(of, visits)]

    assert formed == [Zone(formed[0].id, BASE, UP, 101, 98, 95, opened(2), closed(3))]
    base = formed[0].id
    mine = ("XAUUSD", Timeframe.M15, base)
    assert [[event for event in step if event.zone_id == base] for step in told] == [
        [],
        [ZoneChanged(closed(5), *mine, ZoneStatus.TOUCHED)],
        [],
        [ZoneTouched(closed(7), *mine, touches=2, strength=75)],
        [ZoneChanged(closed(8), *mine, ZoneStatus.HALF), ZoneChanged(closed(8), *mine, ZoneStatus.FILLED)],
        [],
        [],
    ]
    (standing,) = (zone for zone in of.view().zones if zone.id == base)
    assert (standing.touches, standing.strength, standing.touched_ms) == (2, 75, closed(5))


# Liquidity


def test_a_pool_that_price_closes_beyond_is_broken():
    step = last(chart(), *SUMMIT, BREAKS_120)

    pool = LiquidityPool(PoolKind.SWING, HIGH, 120, opened(2), closed(3))
    assert of_type(step, PoolEnded) == [PoolEnded(closed(5), "XAUUSD", Timeframe.M15, pool, PoolEnd.BROKEN)]
    assert of_type(step, LiquiditySwept) == []


def test_a_swept_pool_has_not_ended_otherwise():
    step = last(chart(), *SUMMIT, "108/121/107/115")

    assert [e.sweep.pool.level for e in of_type(step, LiquiditySwept)] == [120]
    assert of_type(step, PoolEnded) == []


def test_a_pool_pushed_out_by_a_newer_one_is_told_after_the_swing_that_did_it():
    step = last(chart(active_pools=1), *SUMMIT, "108/115/108/110", "110/112/108/109")

    assert [type(e) for e in of_type(step, SwingConfirmed, PoolEnded)] == [SwingConfirmed, PoolEnded]
    (ended,) = of_type(step, PoolEnded)
    assert (ended.pool.level, ended.why) == (120, PoolEnd.EVICTED)


def test_the_levels_of_a_period_are_replaced_by_those_of_the_next():
    """Monday's day and London session give way to Tuesday's on Wednesday."""
    days = [
        line(row, start_ms=at(f"2024-01-{8 + number:02} 12:00"))[0]
        for number, row in enumerate(("100/110/90/100", "100/105/95/100", "100/104/96/100"))
    ]

    step = said(chart(), days)[-1]

    ended, formed = of_type(step, PoolEnded), of_type(step, PoolFormed)
    assert {e.why for e in ended} == {PoolEnd.REPLACED}
    levels = [[(e.pool.label, e.pool.side, e.pool.level) for e in events] for events in (ended, formed)]
    assert levels == [
        [("day", HIGH, 110), ("day", LOW, 90), ("London", HIGH, 110), ("London", LOW, 90)],
        [("day", HIGH, 105), ("day", LOW, 95), ("London", HIGH, 105), ("London", LOW, 95)],
    ]
    assert of_type(step, PoolEnded, PoolFormed) == [*ended, *formed]


def test_a_level_that_was_taken_is_not_replaced():
    """Tuesday took Monday's high and left its low."""
    days = [
        line(row, start_ms=at(f"2024-01-{8 + number:02} 12:00"))[0]
        for number, row in enumerate(("100/110/90/100", "100/115/95/100", "100/104/96/100"))
    ]

    step = said(chart(), days)[-1]

    assert [(e.pool.label, e.pool.level) for e in of_type(step, PoolEnded)] == [("day", 90), ("London", 90)]


ROUND = (
    "990/995/989/994",
    "994/1003/993/1000",  # the high of 1003
    "1000/1001/992/993",
    "993/994/987/990",  # the low of 987
    "990/996/989/995",
    "995/1006/985/998",
)


def test_round_numbers_are_swept_after_the_pools_those_above_first():
    step = last(chart(round_step=10), *ROUND)

    assert [(e.sweep.pool.kind, e.sweep.pool.side, e.sweep.pool.level) for e in of_type(step, LiquiditySwept)] == [
        (PoolKind.SWING, HIGH, 1003),
        (PoolKind.SWING, LOW, 987),
        (PoolKind.ROUND, HIGH, 1000),
        (PoolKind.ROUND, LOW, 990),
    ]


def test_round_numbers_come_and_go_without_a_word():
    of = chart(round_step=10)

    steps = said(of, line(*ROUND))

    told = [e.pool for step in steps for e in of_type(step, PoolFormed, PoolEnded)]
    assert PoolKind.ROUND not in {pool.kind for pool in (*told, *of.view().pools)}
    assert [s.pool.known_ms for s in of.view().round_sweeps][-2:] == [closed(4)] * 2


def test_sweeps_of_round_numbers_are_kept_apart_from_those_of_pools():
    """The second candle closed at 1000, the fourth fell to 987 and closed at 990, the last went beyond both."""
    of = chart(round_step=10)
    said(of, line(*ROUND))
    view = of.view()

    assert [(s.pool.kind, s.pool.level, s.formed_ms) for s in view.sweeps] == [
        (PoolKind.SWING, 1003, opened(5)),
        (PoolKind.SWING, 987, opened(5)),
    ]
    assert [(s.pool.kind, s.pool.side, s.pool.level, s.formed_ms) for s in view.round_sweeps] == [
        (PoolKind.ROUND, HIGH, 1000, opened(1)),
        (PoolKind.ROUND, LOW, 990, opened(3)),
        (PoolKind.ROUND, HIGH, 1000, opened(5)),
        (PoolKind.ROUND, LOW, 990, opened(5)),
    ]


def test_round_numbers_do_not_crowd_out_the_sweeps_of_pools():
    """Two stops are taken; then thirty candles with lower and lower highs wick over 1000 and over nothing else."""
    of = chart(round_step=10, internal_wing=4)
    tent = ("991/992/991/991", "991/993/991/992", "992/994/991/993", "993/995/991/994")
    said(of, line(*tent, "994/999/991/994", *tent[::-1], "993/1009/991/994"))
    taken = of.view().sweeps

    said(of, line(*((995, 1040 - i, 991, 995) for i in range(30)), start_ms=opened(10)))

    assert [s.pool.level for s in taken] == [999]
    assert of.view().sweeps == taken
    assert len(of.view().round_sweeps) == 24


def test_the_first_candle_of_all_sweeps_no_round_number():
    assert of_type(last(chart(round_step=10), ROUND[-1]), LiquiditySwept) == []


# Inducement and key levels

# A break of 112 by the sixth candle; the low of 103 is the strong one; a pullback to 109 is known at the ninth.
RISE = (
    "100/104/99/103",
    "103/108/102/107",
    "107/112/106/108",
    "108/110/104/105",
    "105/109/103/106",
    "106/114/105/113",
    "113/118/111/117",
    "117/119/109/110",
    "110/116/110/115",
)
RESTING = Inducement(UP, 109, opened(7), closed(8), closed(5))


def inducing(**detectors: object) -> Chart:
    return chart(**({"internal_wing": 2, "inducement_wing": 1} | detectors))


def test_the_first_pullback_after_a_break_is_inducement():
    of = inducing()

    step = last(of, *RISE)

    assert of_type(step, InducementFormed) == [InducementFormed(closed(8), "XAUUSD", Timeframe.M15, RESTING)]
    assert of.view().inducement == RESTING


def test_a_pullback_to_the_strong_low_is_none():
    """It went to 101, below the low of 103 that the break came from, and closed above it."""
    steps = said(inducing(), line(*RISE[:7], "117/119/101/110", RISE[8]))

    assert [e for step in steps for e in of_type(step, InducementFormed)] == []


def test_a_break_that_was_not_told_has_its_inducement_too():
    """The high of 112 is one of three candles a side as well, and only the larger structure's break is told."""
    rows = ("98/101/97/100", *RISE[:5], "106/108/104/105", *RISE[5:])
    of = inducing(swing_wing=3)

    steps = said(of, line(*rows))

    assert [e.broken.scale for step in steps for e in of_type(step, StructureBroken)] == [Scale.SWING]
    assert [e.inducement.level for e in of_type(steps[-1], InducementFormed)] == [109]


def test_inducement_is_taken_by_a_later_candle_that_trades_beyond_it():
    assert of_type(last(inducing(), *RISE, "115/117/109/116"), InducementEnded) == []
    (ended,) = of_type(last(inducing(), *RISE, "115/117/108/116"), InducementEnded)

    assert (ended.inducement.status, ended.inducement.ended_ms) == (InducementStatus.TAKEN, closed(9))


CANCELS = ("115/117/110/116", "116/121/115/120")  # the first confirms the high of 119, the second breaks it


def test_the_next_break_cancels_inducement_that_still_rests():
    step = last(inducing(), *RISE, *CANCELS)

    assert [e.broken.level for e in of_type(step, StructureBroken)] == [119]
    (ended,) = of_type(step, InducementEnded)
    assert (ended.inducement.level, ended.inducement.status) == (109, InducementStatus.CANCELLED)
    assert ended.inducement.ended_ms == closed(10)


def test_a_break_is_told_before_what_it_cancels():
    step = last(inducing(), *RISE, *CANCELS)

    assert [type(e) for e in of_type(step, StructureBroken, InducementEnded)] == [StructureBroken, InducementEnded]


def test_a_candle_that_takes_inducement_and_breaks_has_taken_it():
    """Its wick to 108 came first."""
    step = last(inducing(), *RISE, CANCELS[0], "116/121/108/120")

    assert [e.inducement.status for e in of_type(step, InducementEnded)] == [InducementStatus.TAKEN]


def test_a_second_swing_at_a_price_touches_a_level_before_the_pool_of_equal_highs():
    """A quarter of an ATR of 14 reaches from 119 to 120."""
    of = chart(equal_atr=Decimal("0.2"), long_atr_period=2)

    steps = said(of, peaks(110, 120, 112, 119, 108, depth=10))

    level = KeyLevel(120, 2, opened(1), closed(4))
    assert [e.level for step in steps for e in of_type(step, LevelTouched)] == [level]
    assert [type(e) for e in of_type(steps[-1], SwingConfirmed, PoolFormed, LevelTouched)] == [
        SwingConfirmed,
        LevelTouched,
        PoolFormed,
    ]
    assert of.view().levels == (level,)


def test_what_a_swing_is_held_against_is_measured_with_the_candle_that_confirms_it():
    """Highs of 120 and 113: half an ATR is 6 ticks before the last candle and 8 after it."""
    of = chart(level_atr=Decimal("0.5"), equal_atr=Decimal("0.5"), long_atr_period=2)

    step = said(of, peaks(110, 120, 108, 113, 98, depth=10))[-1]

    assert [e.level.price for e in of_type(step, LevelTouched)] == [120]
    assert [(e.pool.kind, e.pool.level) for e in of_type(step, PoolFormed)] == [(PoolKind.EQUAL, 120)]


def test_without_an_atr_swings_make_no_levels():
    of = chart(atr_period=14)

    steps = said(of, peaks(110, 120, 112, 120, 108, depth=10))

    assert [e for step in steps for e in of_type(step, LevelTouched)] == []
    assert of.view().levels == ()


# Regime

BRISK = IndicatorsConfig(adx_period=2, efficiency_period=2, atr_rank_period=2)


def test_the_regime_is_told_when_it_changes():
    """Straight up in shrinking steps it trends; a step larger than the one before makes it volatile.

    An ADX of two candles is there with the fourth.
    """
    of = chart(atr_period=1, indicators=BRISK)
    rows = ("100/120/100/120", "120/138/120/138", "138/154/138/154", "154/168/154/168", "168/180/168/180")

    steps = said(of, line(*rows, "180/200/180/200"))

    assert [of_type(step, RegimeChanged) for step in steps] == [
        [],
        [],
        [],
        [RegimeChanged(closed(3), "XAUUSD", Timeframe.M15, None, Regime.TRENDING)],
        [],
        [RegimeChanged(closed(5), "XAUUSD", Timeframe.M15, Regime.TRENDING, Regime.VOLATILE)],
    ]
    assert of.view().regime is Regime.VOLATILE


# The order inside a step


def test_one_candle_makes_a_gap_blocks_and_a_base_in_this_order():
    """As in the raid, but the two candles before the break pause and the break is strong."""
    step = last(chart(), *RAID[:4], "102/103/96/103", "103/109/102/104", "108/130/107/129")

    assert [(e.zone.kind, e.zone.formed_ms) for e in of_type(step, ZoneFormed)] == [
        (GAP, opened(5)),
        (BLOCK, opened(4)),
        (BLOCK, opened(3)),
        (BASE, opened(4)),
    ]


def rank(event: Event) -> int:
    """The step in which a thing is told."""
    match event:
        case CandleClosed():
            return 0
        case ZoneChanged():
            return 10
        case ZoneTouched():
            return 11
        case InducementEnded(inducement=inducement):
            return 12 if inducement.status is InducementStatus.TAKEN else 30
        case PoolEnded(why=PoolEnd.REPLACED):
            return 20
        case PoolFormed(pool=pool) if pool.kind is not PoolKind.EQUAL:
            return 21
        case PoolEnded(why=PoolEnd.BROKEN):
            return 22
        case LiquiditySwept(sweep=sweep):
            return 24 if sweep.pool.kind is PoolKind.ROUND else 23
        case StructureBroken(broken=broken):
            return 25 if broken.scale is Scale.SWING else 26
        case ZoneEvicted() | ZoneFormed():
            return 30
        case RegimeChanged():
            return 40
        case SwingConfirmed(swing=swing):
            return 50 if swing.scale is Scale.INTERNAL else 52
        case LevelTouched():
            return 50
        case PoolFormed():
            return 51
        case InducementFormed():
            return 53
        case TimeframeReady():
            return 60
    raise AssertionError(event)


def in_order(candles: list[Candle]) -> set[int]:
    """Every step's events come in their order; which ranks there were."""
    of = chart(
        internal_wing=2, swing_wing=5, active_zones=4, inducement_wing=1, round_step=20, window=40, indicators=BRISK
    )
    seen = set()
    for step in said(of, candles):
        ranks = [rank(e) for e in step if not (isinstance(e, PoolEnded) and e.why is PoolEnd.EVICTED)]
        assert ranks == sorted(ranks), step
        seen.update(ranks)
    return seen


def test_a_long_walk_tells_everything_in_its_order():
    ranks = set().union(*(in_order(walk(seed, 600)) for seed in range(4)))

    assert ranks == {0, 10, 11, 12, 20, 21, 22, 23, 24, 25, 26, 30, 40, 50, 51, 52, 53, 60}


@given(candle_lists(max_size=80))
def test_any_market_is_told_in_its_order(candles):
    in_order(candles)


# Settings that make no sense


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"internal_wing": 0}, "internal_wing must be 1 or more, not 0"),
        ({"inducement_wing": 0}, "inducement_wing must be 1 or more, not 0"),
        ({"equal_wing": 0}, "equal_wing must be 1 or more, not 0"),
        ({"active_zones": 0}, "active_zones must be 1 or more, not 0"),
        ({"internal_wing": 5, "swing_wing": 5}, "swing_wing must be more than internal_wing 5, not 5"),
        ({"displacement_atr": Decimal(0)}, "displacement_atr must be above 0 and at most 10 ATRs, not 0"),
        ({"level_atr": Decimal("10.1")}, "level_atr must be above 0 and at most 10 ATRs, not 10.1"),
        ({"round_atr": Decimal(-1)}, "round_atr must be above 0"),
        ({"equal_atr": Decimal(0)}, "equal_atr must be above 0"),
        ({"blocks": ()}, "blocks must name structure, displacement, or both, each once"),
        ({"blocks": (BlockOrigin.STRUCTURE,) * 2}, "each once"),
    ],
)
def test_detectors_that_make_no_sense_are_refused_by_name(wrong, why):
    with pytest.raises(ValueError, match=why):
        DetectorsConfig(**wrong)


def test_a_swing_must_fit_into_the_window():
    assert chart(swing_wing=10, window=21)
    for wings in ({"swing_wing": 11}, {"equal_wing": 11}):
        with pytest.raises(ValueError, match="a swing with a wing of 11 does not fit into a window of 21"):
            chart(window=21, **wings)


@pytest.mark.parametrize("name", ["bollinger_period", "efficiency_period"])
def test_what_is_read_off_the_window_must_fit_into_it(name):
    assert chart(window=30, indicators=IndicatorsConfig(**{name: 29}))
    with pytest.raises(ValueError, match=f"{name} must be less than the window of 30 candles, not 30"):
        chart(window=30, indicators=IndicatorsConfig(**{name: 30}))
