"""One drawn market, and what it is worth: 40 points for H4, 35 for H1, 25 for M15, each with its reason and prices.

Gold on 3 April 2024 at 13:15 UTC, 09:15 in New York, quoted 2300.00 / 2300.20; prices here are ticks of a cent. H4 has
broken upwards and price is in the lower half of its range; an H1 gap at 2294.50–2297.00 was tested and held; M15
raided a low at 2295.50 and has just closed above 2299.50.
"""

from __future__ import annotations

import msgspec
import pytest

from engine.config import ConfluenceConfig, WeightsConfig
from engine.confluence import propose
from engine.types import (
    BreakKind,
    ChartView,
    Direction,
    MarketView,
    Missing,
    NoSetup,
    ReasonCode,
    Role,
    Session,
    Setup,
    SwingKind,
    Timeframe,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import at, broken, candle, pool, sweep, zone

NOW_MS = at("2024-04-03 13:15")
M15_MS = Timeframe.M15.ms
UP, DOWN = Direction.UP, Direction.DOWN


def ago(candles: int) -> int:
    """The open of the M15 candle that many before the one that has just closed."""
    return NOW_MS - (candles + 1) * M15_MS


def chart(timeframe: Timeframe, **changes: object) -> ChartView:
    fields = {
        "timeframe": timeframe,
        "is_ready": True,
        "candles": (candle(230_000, open_ms=NOW_MS - timeframe.ms, timeframe=timeframe),),
        "atr": 200.0,
        "trend": None,
        "last_break": None,
        "range_low": None,
        "range_high": None,
    }
    empty = dict.fromkeys(("zones", "pools", "breaks", "sweeps", "swings"), ())
    return ChartView(**(fields | empty | changes))


def h4(**changes: object) -> ChartView:
    fields = {
        "trend": UP,
        "last_break": broken(BreakKind.BOS, UP, 228_000, known_ms=NOW_MS - 8 * 3_600_000),
        "range_low": 229_000,
        "range_high": 232_000,
    }
    return chart(Timeframe.H4, **(fields | changes))


def h1(**changes: object) -> ChartView:
    fields = {
        "trend": UP,
        "last_break": broken(BreakKind.CHOCH, UP, 228_500, known_ms=NOW_MS - 3_600_000),
        "zones": (
            zone(229_450, 229_700, UP, ZoneKind.GAP, id=1, strength=60, known_ms=ago(30), status=ZoneStatus.TOUCHED),
            zone(229_300, 229_500, UP, ZoneKind.BLOCK, id=2, strength=40, known_ms=ago(30), status=ZoneStatus.TOUCHED),
            zone(230_500, 230_650, DOWN, ZoneKind.BLOCK, id=3, known_ms=ago(40)),
        ),
        "pools": (pool(231_100, SwingKind.HIGH),),
    }
    return chart(Timeframe.H1, **(fields | changes))


def m15(**changes: object) -> ChartView:
    """Twenty-five candles: a fall to the raid ten candles ago, then a rise; the last one breaks 229,950."""
    raid = candle(229_650, 229_700, 229_500, 229_600, open_ms=ago(10))
    before = [candle(229_800, 229_850, 229_600, 229_650, open_ms=ago(i)) for i in range(24, 10, -1)]
    after = [candle(229_700, 229_900, 229_650, 229_800, open_ms=ago(i)) for i in range(9, 0, -1)]
    last = candle(229_850, 230_010, 229_800, 230_000, open_ms=ago(0))
    fields = {
        "candles": (*before, raid, *after, last),
        "trend": UP,
        "last_break": broken(BreakKind.CHOCH, UP, 229_950, formed_ms=ago(0), known_ms=NOW_MS),
        "zones": (zone(229_860, 229_900, UP, ZoneKind.GAP, id=7, formed_ms=ago(2), known_ms=ago(1) + M15_MS),),
        "sweeps": (sweep(pool(229_550), 229_500, formed_ms=ago(10)),),
        "pools": (pool(230_700, SwingKind.HIGH), pool(230_900, SwingKind.HIGH), pool(229_400)),
    }
    return chart(Timeframe.M15, **(fields | changes))


def view(**changes: object) -> MarketView:
    fields = {"trend": h4(), "setup": h1(), "entry": m15(), "bid": 230_000, "ask": 230_020}
    return MarketView(symbol="XAUUSD", time_ms=NOW_MS, **(fields | changes))


def proposed(of: MarketView, **settings: object) -> Setup:
    setup = propose(of, ConfluenceConfig(**settings))
    assert isinstance(setup, Setup)
    return setup


def points(setup: Setup) -> dict[ReasonCode, int]:
    """Points for; the break of H1 and of M15 share a code and are told apart by role elsewhere."""
    return {reason.code: reason.points for reason in setup.reasons if reason.role is not Role.AGAINST}


def against(setup: Setup) -> dict[ReasonCode, tuple[int, ...]]:
    return {reason.code: reason.prices for reason in setup.reasons if reason.role is Role.AGAINST}


def test_the_drawn_market_is_worth_ninety_six_points_and_every_point_has_its_reason():
    setup = proposed(view())

    assert [(r.role.value, r.code.value, r.points, r.prices, r.detail) for r in setup.reasons] == [
        ("trend", "trend", 28, (228_000,), "BOS"),
        ("trend", "trend_break", 6, (228_000,), "BOS"),
        ("trend", "trend_half", 6, (229_000, 232_000), "discount"),
        ("setup", "zone_held", 20, (229_450, 229_700), "FVG"),  # 24 × (200 + 60) ÷ 300
        ("setup", "zone_stacked", 3, (229_300, 229_500), "OB"),
        ("setup", "structure", 8, (228_500,), "CHoCH"),
        ("entry", "structure", 12, (229_950,), "CHoCH"),
        ("entry", "sweep", 7, (229_550, 229_500), "swing"),
        ("entry", "entry_zone", 4, (229_860, 229_900), "FVG"),
        ("entry", "kill_zone", 2, (), "New York"),
        ("against", "opposing_zone", 0, (230_500, 230_650), "OB"),
    ]
    assert [setup.score_of(role) for role in Role] == [40, 31, 25, 0]
    assert setup.score == 96


def test_entry_stop_and_targets_of_the_drawn_market():
    """Entry at the ask; stop under the raid by a quarter ATR and the spread; the next two pools that are far enough."""
    setup = proposed(view())

    assert (setup.direction, setup.entry, setup.spread) == (UP, 230_020, 20)
    assert setup.stop == 229_500 - 50 - 20
    assert setup.risk == 590
    assert setup.targets == (230_700, 231_100)  # 230,900 is less than half an R beyond the first
    assert (setup.kind, setup.session, setup.known_ms) == ("Sweep + FVG", Session.NEW_YORK, NOW_MS)
    assert setup.key == f"XAUUSD:M15:trend_continuation:up:{NOW_MS}"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (view(entry=m15(last_break=None)), NoSetup(Missing.BREAK)),
        (
            view(entry=m15(last_break=broken(BreakKind.CHOCH, UP, 229_950, known_ms=NOW_MS - M15_MS))),
            NoSetup(Missing.BREAK),
        ),
        (view(bid=None, ask=None), NoSetup(Missing.QUOTE)),
        (view(entry=m15(is_ready=False)), NoSetup(Missing.READY)),
        (view(setup=h1(is_ready=False)), NoSetup(Missing.READY)),
        (view(trend=h4(is_ready=False)), NoSetup(Missing.READY)),
        (view(entry=m15(atr=None)), NoSetup(Missing.MOVEMENT, UP)),
        # Six ATRs are 540; the raid at 229,500, a quarter ATR and the spread are 562 below the ask.
        (view(entry=m15(atr=90.0)), NoSetup(Missing.NEAR_STOP, UP, 562, 540)),
    ],
    ids=[
        "no break",
        "an old break",
        "no quote",
        "M15 not ready",
        "H1 not ready",
        "H4 not ready",
        "no ATR",
        "stop too far",
    ],
)
def test_nothing_is_proposed_and_the_first_thing_missing_is_named(changed, why):
    assert propose(changed, ConfluenceConfig()) == why


def test_a_stop_nearer_than_one_atr_is_moved_out_to_it():
    assert proposed(view(entry=m15(atr=595.0))).stop == 229_500 - 149 - 20
    assert proposed(view(entry=m15(atr=800.0))).stop == 230_020 - 800


def test_where_no_pool_serves_the_targets_are_one_and_a_half_and_two_and_a_half_r():
    setup = proposed(view(entry=m15(pools=()), setup=h1(pools=())))

    assert setup.targets == (230_020 + 885, 230_020 + 1475)


def test_pools_nearer_than_one_r_or_farther_than_four_are_no_targets():
    near, far = pool(230_020 + 589, SwingKind.HIGH), pool(230_020 + 4 * 590 + 1, SwingKind.HIGH)

    setup = proposed(view(entry=m15(pools=(near, far)), setup=h1(pools=())))

    assert setup.targets == (230_020 + 885, 230_020 + 1475)


def test_a_first_target_too_far_to_be_the_first_makes_room_for_one():
    """The only pool is at 2.6 R: it becomes TP2, and TP1 is the default."""
    only = pool(230_020 + 1534, SwingKind.HIGH)

    assert proposed(view(entry=m15(pools=(only,)), setup=h1(pools=()))).targets == (230_020 + 885, 230_020 + 1534)


def held(**changes: object) -> ChartView:
    """H1 with one gap under the market."""
    fields = {"id": 1, "strength": 60, "known_ms": ago(30), "status": ZoneStatus.TOUCHED}
    return h1(zones=(zone(229_450, 229_700, UP, ZoneKind.GAP, **(fields | changes)),))


def test_a_zone_counts_by_its_strength():
    assert points(proposed(view(setup=held(strength=0))))[ReasonCode.ZONE_HELD] == 16
    assert points(proposed(view(setup=held(strength=100))))[ReasonCode.ZONE_HELD] == 24


@pytest.mark.parametrize(
    "changed",
    [
        held(status=ZoneStatus.FILLED),
        held(known_ms=NOW_MS),  # known only now: nothing has tested it
        h1(zones=(zone(229_450, 229_700, DOWN, status=ZoneStatus.TOUCHED, known_ms=ago(30)),)),
        h1(zones=(zone(229_000, 229_499, UP, known_ms=ago(30)),)),  # not reached
        h1(zones=(zone(229_610, 229_700, UP, status=ZoneStatus.HALF, known_ms=ago(30)),)),  # closed below at 229,600
        h1(zones=()),
    ],
    ids=["filled", "new", "the other way", "not reached", "closed beyond", "none"],
)
def test_a_zone_that_was_not_tested_or_did_not_hold_gives_nothing(changed):
    setup = proposed(view(setup=changed))

    assert ReasonCode.ZONE_HELD not in points(setup)
    assert setup.kind == "Sweep"


def test_a_second_zone_counts_only_when_it_is_of_the_other_kind_and_overlaps():
    gap = zone(229_450, 229_700, UP, ZoneKind.GAP, id=1, strength=60, known_ms=ago(30))
    second_gap = zone(229_400, 229_600, UP, ZoneKind.GAP, id=2, strength=50, known_ms=ago(30))
    block_above = zone(229_701, 229_800, UP, ZoneKind.BLOCK, id=3, strength=50, known_ms=ago(8))

    for other in (second_gap, block_above):
        assert ReasonCode.ZONE_STACKED not in points(proposed(view(setup=h1(zones=(gap, other)))))


def test_a_break_with_the_trend_confirms_less_than_a_change_of_character():
    continuing = m15(last_break=broken(BreakKind.BOS, UP, 229_950, formed_ms=ago(0), known_ms=NOW_MS))

    assert proposed(view(entry=continuing)).score == 96 - 4  # 12 × 7 ÷ 10 = 8


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (view(entry=m15(sweeps=())), ReasonCode.SWEEP),
        (view(entry=m15(sweeps=(sweep(pool(229_550), formed_ms=ago(20)),))), ReasonCode.SWEEP),  # too long ago
        (view(entry=m15(sweeps=(sweep(pool(230_000, SwingKind.HIGH), formed_ms=ago(2)),))), ReasonCode.SWEEP),
        (view(entry=m15(zones=())), ReasonCode.ENTRY_ZONE),
        (view(trend=h4(trend=DOWN)), ReasonCode.TREND),
        (view(trend=h4(trend=None, last_break=None)), ReasonCode.TREND),
        (view(trend=h4(range_high=231_000)), ReasonCode.TREND_HALF),
        (view(trend=h4(range_high=None)), ReasonCode.TREND_HALF),
    ],
)
def test_what_is_missing_gives_no_points(changed, code):
    assert code not in points(proposed(changed))


def test_the_middle_of_the_range_is_the_right_half_for_both():
    """2 × entry = low + high."""
    setup = proposed(view(trend=h4(range_low=229_020, range_high=231_020)))

    assert ReasonCode.TREND_HALF in points(setup)
    assert ReasonCode.WRONG_HALF not in against(setup)


def test_a_range_of_no_height_has_no_halves():
    setup = proposed(view(trend=h4(range_low=230_020, range_high=230_020)))

    assert ReasonCode.TREND_HALF not in points(setup)
    assert ReasonCode.WRONG_HALF not in against(setup)


def test_outside_a_kill_zone_the_hour_gives_nothing():
    later = at("2024-04-03 17:15")
    shift = later - NOW_MS
    shifted = msgspec.structs.replace(
        view(entry=m15(last_break=broken(BreakKind.CHOCH, UP, 229_950, formed_ms=ago(0) + shift, known_ms=later))),
        time_ms=later,
    )

    assert ReasonCode.KILL_ZONE not in points(proposed(shifted))


def test_what_speaks_against_is_recorded_without_points():
    setup = proposed(
        view(
            trend=h4(trend=DOWN, last_break=broken(BreakKind.CHOCH, DOWN, 230_500), range_high=231_000),
            entry=m15(sweeps=()),
        )
    )

    assert against(setup) == {
        ReasonCode.COUNTER_TREND: (230_500,),
        ReasonCode.OPPOSING_ZONE: (230_500, 230_650),
        ReasonCode.WRONG_HALF: (229_000, 231_000),
        ReasonCode.NO_SWEEP: (229_400,),
    }
    assert all(reason.points == 0 for reason in setup.reasons if reason.role is Role.AGAINST)
    assert setup.score_of(Role.TREND) == 0


def test_a_zone_beyond_the_first_target_is_not_in_the_way():
    beyond = h1(zones=(zone(230_701, 230_800, DOWN, known_ms=ago(30)),))

    assert ReasonCode.OPPOSING_ZONE not in against(proposed(view(setup=beyond)))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (view(), "Sweep + FVG"),
        (view(entry=m15(sweeps=())), "FVG + OB"),
        (view(entry=m15(sweeps=()), setup=held()), "FVG retest"),
        (view(entry=m15(sweeps=()), setup=h1(zones=())), "Structure break"),
    ],
)
def test_the_label_names_what_the_setup_is_made_of(changed, kind):
    assert proposed(changed).kind == kind


def test_the_parts_of_the_score_must_sum_as_stated():
    assert WeightsConfig().trend + WeightsConfig().trend_break + WeightsConfig().trend_half == 40
    with pytest.raises(ValueError, match="must sum to 40 points, not 41"):
        WeightsConfig(trend=29)
    with pytest.raises(ValueError, match="must sum to 35 points, not 34"):
        WeightsConfig(zone_held=23)
    with pytest.raises(ValueError, match="must sum to 25 points, not 26"):
        WeightsConfig(kill_zone=3)
