"""Each part of the evidence on the drawn market: what earns it, how much, and what just fails to."""

from __future__ import annotations

import msgspec
import pytest

from engine.kill_zones import KillZone
from engine.types import (
    BreakKind,
    Candle,
    Direction,
    InducementStatus,
    KeyLevel,
    MarketView,
    Pattern,
    PatternKind,
    PoolKind,
    Readings,
    Regime,
    Scale,
    SwingKind,
    Timeframe,
    ValueArea,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import broken, candle, pool, zone
from tests.engine.drawn_market import (
    BLOCK,
    DOWN,
    GAP,
    H1_MS,
    H4_MS,
    M15_MS,
    NOW_MS,
    ROUND_LOW,
    TOUCHED,
    UP,
    ago,
    case,
    evidence,
    h1,
    h4,
    held,
    induced,
    inverted,
    m15,
    raided,
    shift,
    view,
)
from tests.engine.mirror import mirrored


def prices(of: MarketView, part: str, direction: Direction = UP) -> tuple[int, ...] | None:
    """The prices a part speaks of; None where nothing speaks for it."""
    found = evidence(of, direction).get(part)
    return None if found is None else found.reason.prices


def percent(of: MarketView, part: str) -> int:
    """How much of a part's points it deserves; 0 where nothing speaks for it."""
    found = evidence(of).get(part)
    return 0 if found is None else found.share * 100 // 300


def test_the_drawn_market_speaks_for_everything_but_the_edge_of_a_range():
    assert set(evidence(view())) == {
        "trend", "trend_break", "trend_half", "trend_swing", "trend_average", "regime",
        "zone_held", "zone_stacked", "setup_trend", "ote", "inducement",
        "structure", "sweep", "entry_zone", "pattern", "key_level", "value", "stretched", "kill_zone",
    }  # fmt: skip


def test_nothing_speaks_for_a_trade_in_an_empty_market():
    """Outside every kill zone, which is all that is left."""
    empty = msgspec.structs.replace(
        view(), trend=h4_empty(), setup=h1_empty(), entry=m15_empty(), bid=230_000, ask=230_000
    )

    assert evidence(empty, kill_zones=()) == {}


def h4_empty() -> object:
    return h4(trend=None, last_break=None, range_low=None, range_high=None, swing_trend=None, swing_break=None,
              regime=None, readings=Readings())  # fmt: skip


def h1_empty() -> object:
    return h1(trend=None, last_break=None, range_low=None, range_high=None, zones=(), pools=(), inducement=None,
              regime=None, readings=Readings())  # fmt: skip


def m15_empty() -> object:
    return m15(trend=None, breaks=(), zones=(), sweeps=(), pools=(), levels=(), pattern=None, readings=Readings())


def test_the_times_of_a_reason_are_those_of_what_it_speaks_of():
    """From where it begins on the chart to when it became a fact."""
    found = evidence(view())
    times = {
        part: (each.reason.timeframe.value, each.reason.from_ms, each.reason.known_ms) for part, each in found.items()
    }

    last_h4, last_h1 = ("H4", NOW_MS - H4_MS, NOW_MS), ("H1", NOW_MS - H1_MS, NOW_MS)
    last_m15 = ("M15", NOW_MS - M15_MS, NOW_MS)
    assert times == {
        "trend": ("H4", NOW_MS - 9 * H4_MS, NOW_MS - 2 * H4_MS),
        "trend_break": ("H4", NOW_MS - 9 * H4_MS, NOW_MS - 2 * H4_MS),
        "trend_half": last_h4,
        "trend_swing": ("H4", 0, NOW_MS - 20 * H4_MS),
        "trend_average": last_h4,
        "regime": last_h4,
        "zone_held": ("H1", ago(40), ago(30)),
        "zone_stacked": ("H1", 0, ago(30)),
        "setup_trend": ("H1", 0, NOW_MS - H1_MS),
        "ote": last_h1,
        "inducement": ("H1", ago(20), ago(9)),  # known when it was taken
        "structure": ("M15", ago(13), NOW_MS),
        "sweep": ("M15", ago(33), ago(10) + M15_MS),
        "entry_zone": ("M15", ago(2), ago(0)),
        "pattern": last_m15,
        "key_level": ("M15", ago(90), ago(12)),
        "value": last_m15,
        "stretched": last_m15,
        "kill_zone": last_m15,
    }
    assert {each.reason.direction for each in found.values()} == {UP}


# Trend timeframe


def test_a_trend_that_turned_up_counts_but_its_break_was_no_break_with_the_trend():
    turned = view(trend=h4(last_break=broken(BreakKind.CHOCH, UP, 228_000)))

    assert prices(turned, "trend") == (228_000,)
    assert prices(turned, "trend_break") is None


@pytest.mark.parametrize("trend", [DOWN, None])
def test_another_trend_or_none_counts_for_nothing(trend):
    other = evidence(view(trend=h4(trend=trend, swing_trend=trend)))

    assert not {"trend", "trend_break", "trend_swing"} & set(other)


@pytest.mark.parametrize(
    ("low", "high", "is_right"),
    [
        (229_000, 232_000, True),
        (229_000, 230_000, True),  # the middle itself: right for both
        (229_000, 229_999, False),
        (231_000, 232_000, True),  # far below the range
        (229_500, 229_500, False),  # no height, no halves
        (None, 232_000, False),
        (229_000, None, False),
    ],
)
def test_a_buy_belongs_into_the_lower_half_of_the_h4_range_by_how_low_the_pullback_came(low, high, is_right):
    """To 229,500, ten candles ago."""
    assert prices(view(trend=h4(range_low=low, range_high=high)), "trend_half") == ((low, high) if is_right else None)


def test_the_half_is_asked_of_the_pullback_within_the_look_back_wherever_the_entry_is():
    """A range from 229,000 to 230,100: its middle 229,550 lies between the raid and the entry at 230,020.

    In the last ten candles price came down to 229,650 only.
    """
    high_up = view(trend=h4(range_high=230_100))

    assert evidence(high_up)["trend_half"].reason.detail == "discount"
    assert "trend_half" not in evidence(high_up, lookback=10)
    assert "trend_half" in evidence(view(trend=h4(range_high=230_300)), lookback=10)  # the middle itself


def test_a_sell_belongs_into_the_upper_half_by_how_high_the_pullback_came():
    """To 230,010, which is the middle of 229,000 to 231,020."""
    exactly, above = view(trend=h4(range_high=231_020)), view(trend=h4(range_high=231_021))

    assert evidence(exactly, DOWN)["trend_half"].reason.detail == "premium"
    assert prices(above, "trend_half", DOWN) is None
    assert prices(msgspec.structs.replace(above, bid=230_015), "trend_half", DOWN) is None  # not by the entry


@pytest.mark.parametrize(
    ("slow", "fast", "worth"),
    [
        (229_999.9, 229_000.0, 100),
        (230_000.0, 229_000.0, 0),  # at the average is not beyond it
        (229_000.0, 230_000.0, 50),  # between the two
        (229_000.0, 230_500.0, 50),
        (None, 229_000.0, 0),
        (230_500.0, 229_000.0, 0),
    ],
)
def test_the_close_beyond_the_slow_average_counts_whole_when_beyond_the_fast_one_too(slow, fast, worth):
    assert percent(view(trend=h4(readings=Readings(ema_slow=slow, ema_fast=fast))), "trend_average") == worth


def test_the_regime_is_told_with_the_strength_of_its_trend():
    assert evidence(view())["regime"].reason.strength == 31
    unknown = evidence(view(trend=h4(readings=Readings())))["regime"].reason
    assert (unknown.detail, unknown.strength) == ("trending", None)


def test_the_regime_that_is_told_is_that_of_h4_whatever_h1_does():
    ranging_h1 = h1(regime=Regime.RANGING, readings=Readings(adx=12.0))

    told = evidence(view(setup=ranging_h1))["regime"].reason
    assert (told.timeframe, told.detail, told.strength) == (Timeframe.H4, "trending", 31)
    assert "regime" not in evidence(view(trend=h4(regime=None), setup=ranging_h1))


# Setup timeframe


@pytest.mark.parametrize(
    "changed",
    [
        held(status=ZoneStatus.FILLED),
        held(status=ZoneStatus.BROKEN),  # works the other way now
        held(known_ms=NOW_MS),  # known only now: nothing has tested it
        held(direction=DOWN),
        zone(229_000, 229_499, UP, known_ms=ago(30)),  # not reached
        zone(230_011, 230_100, UP, known_ms=ago(30)),  # above all
        zone(229_601, 229_700, UP, status=ZoneStatus.HALF, known_ms=ago(30)),  # the raid closed below, at 229,600
    ],
    ids=["filled", "broken", "new", "the other way", "not reached", "above", "closed beyond"],
)
def test_a_zone_that_was_not_tested_or_did_not_hold_gives_nothing(changed):
    seen = view(setup=h1(zones=(changed,)), bid=230_010, ask=230_010)

    assert prices(seen, "zone_held") is None
    assert prices(mirrored(seen, 460_000), "zone_held", DOWN) is None


@pytest.mark.parametrize(
    "changed",
    [
        zone(229_000, 229_500, UP, known_ms=ago(30)),  # its top is the lowest low
        zone(229_600, 229_700, UP, status=ZoneStatus.HALF, known_ms=ago(30)),  # the raid closed on its bottom
        zone(229_450, 229_800, UP, known_ms=ago(0)),  # only the last candle tested it, by its low of 229,800
        zone(229_450, 229_700, UP, known_ms=0, status=ZoneStatus.FRESH),
    ],
    ids=["just reached", "closed on its edge", "tested once", "fresh"],
)
def test_a_zone_that_was_just_tested_and_just_held_counts(changed):
    seen = view(setup=h1(zones=(changed,)), bid=230_010, ask=230_010)
    upside_down = (460_000 - changed.top, 460_000 - changed.bottom)

    assert prices(seen, "zone_held") == (changed.bottom, changed.top)
    assert prices(mirrored(seen, 460_000), "zone_held", DOWN) == upside_down


@pytest.mark.parametrize(("kind", "name"), [(ZoneKind.BLOCK, "BB"), (ZoneKind.GAP, "IFVG"), (ZoneKind.BASE, "SD")])
def test_a_broken_zone_holds_the_other_way_under_its_new_name(kind, name):
    """A zone that price once closed above: a breaker, an inverted gap, a supply that became demand."""
    found = evidence(view(setup=h1(zones=(inverted(kind=kind),))))["zone_held"]

    assert (found.reason.prices, found.reason.detail, found.reason.direction) == ((229_450, 229_700), name, UP)


@pytest.mark.parametrize(
    ("broken_ms", "is_held"),
    [
        (ago(1), True),  # the candle before the last one, from 229,650, is the visit
        (ago(0) - 1, True),
        (ago(0), False),  # that visit was the candle that turned it; the last one stayed above 229,700
        (NOW_MS, False),
    ],
)
def test_a_zone_that_turned_is_tested_by_a_visit_after_it_turned(broken_ms, is_held):
    """Price was in it at the raid too, when it was known but had not turned."""
    turned = inverted(broken_ms)
    expected = (229_450, 229_700) if is_held else None

    assert prices(view(setup=h1(zones=(turned,))), "zone_held") == expected
    mirror = mirrored(view(setup=h1(zones=(turned,)), bid=230_010, ask=230_010), 460_000)
    assert prices(mirror, "zone_held", DOWN) == (expected and (230_300, 230_550))


@pytest.mark.parametrize(("broken_ms", "is_held"), [(ago(9), True), (ago(9) - 1, False)])
def test_a_close_beyond_a_zone_counts_against_it_only_after_it_turned(broken_ms, is_held):
    """The raid closed at 229,600 below its 229,610, fifteen minutes after its open ten candles ago."""
    turned = inverted(broken_ms, bottom=229_610)

    assert (prices(view(setup=h1(zones=(turned,))), "zone_held") is not None) == is_held


def test_a_zone_that_turned_but_was_not_visited_since_is_not_stacked_either():
    """A breaker across the gap, stacked on it only once price came back to it."""
    visited, not_visited = (inverted(ms, id=2, kind=ZoneKind.BLOCK, strength=40) for ms in (ago(1), ago(0)))

    assert prices(view(setup=h1(zones=(GAP, visited))), "zone_stacked") == (229_450, 229_700)
    assert prices(view(setup=h1(zones=(GAP, not_visited))), "zone_stacked") is None


def test_of_several_held_zones_the_strongest_is_told_then_the_newest_then_the_first():
    weak, strong = held(id=4, strength=59, bottom=229_400), held(id=5, strength=61, bottom=229_420)
    newer = held(id=6, strength=61, bottom=229_440, known_ms=ago(29))
    alike = held(id=7, strength=61, bottom=229_460, known_ms=ago(29))

    assert prices(view(setup=h1(zones=(weak, GAP, strong))), "zone_held") == (229_420, 229_700)
    assert prices(view(setup=h1(zones=(weak, strong, newer))), "zone_held") == (229_440, 229_700)
    assert prices(view(setup=h1(zones=(alike, newer))), "zone_held") == (229_440, 229_700)


@pytest.mark.parametrize(
    ("other", "is_stacked"),
    [
        (BLOCK, True),
        (held(id=2, kind=ZoneKind.BASE, strength=10), True),
        (held(id=2, strength=10), False),  # of the same kind
        (
            zone(229_300, 229_450, UP, ZoneKind.BLOCK, id=2, known_ms=ago(30)),
            False,
        ),  # not tested: the raid stopped above
        (zone(229_701, 229_900, UP, ZoneKind.BLOCK, id=2, known_ms=ago(9)), False),  # held, but begins above the gap
        (zone(229_700, 229_900, UP, ZoneKind.BLOCK, id=2, known_ms=ago(9)), True),  # one tick in common
    ],
)
def test_a_second_zone_counts_when_it_is_of_another_kind_held_too_and_overlaps(other, is_stacked):
    expected = (other.bottom, other.top) if is_stacked else None

    assert prices(view(setup=h1(zones=(GAP, other))), "zone_stacked") == expected


@pytest.mark.parametrize("trend", [DOWN, None])
def test_without_an_h1_trend_there_is_no_leg_to_retrace(trend):
    found = evidence(view(setup=h1(trend=trend)))

    assert not {"setup_trend", "ote"} & set(found)


@pytest.mark.parametrize(
    ("high", "band"),
    [
        (230_600, (229_342, 229_612)),  # 1100 of 1600 back
        (230_309, (229_280, 229_501)),  # 809 of 1309: 0.61803
        (230_308, None),  # 808 of 1308: 0.6177
        (229_500, None),
        (None, None),
    ],
)
def test_a_pullback_counts_from_the_optimal_entrys_near_level_on(high, band):
    """The leg from 229,000 up; the raid came back to 229,500."""
    assert prices(view(setup=h1(range_high=high)), "ote") == band


def test_a_pullback_below_where_the_leg_began_has_undone_it():
    assert prices(view(setup=h1(range_low=229_500)), "ote") is not None
    assert prices(view(setup=h1(range_low=229_501)), "ote") is None


@pytest.mark.parametrize(
    ("found", "is_told"),
    [
        (induced(), True),
        (induced(InducementStatus.RESTING), False),
        (induced(InducementStatus.CANCELLED), False),
        (induced(direction=DOWN), False),
        (None, False),
    ],
)
def test_early_stops_count_when_they_were_taken_the_way_of_the_trade(found, is_told):
    assert prices(view(setup=h1(inducement=found)), "inducement") == ((229_600,) if is_told else None)


@pytest.mark.parametrize(
    ("low", "high", "is_edge"),
    [(229_500, 231_580, True), (229_500, 231_579, False), (230_500, 231_000, True), (230_020, 230_020, False)],
    ids=["a quarter of 2080", "a quarter of 2079", "below it", "no range"],
)
def test_the_outer_quarter_of_the_h1_range_is_its_edge_by_the_entry(low, high, is_edge):
    assert prices(view(setup=h1(range_low=low, range_high=high)), "range_edge") == ((low, high) if is_edge else None)


# Entry timeframe


@pytest.mark.parametrize(
    ("broken", "worth"),
    [
        (shift(), 100),
        (shift(is_displaced=False), 85),
        (shift(BreakKind.BOS), 70),
        (shift(BreakKind.BOS, is_displaced=False), 70),
        (shift(candles_ago=1), 0),
        (shift(direction=DOWN), 0),
    ],
    ids=["MSS", "CHoCH", "displaced BOS", "BOS", "a candle ago", "the other way"],
)
def test_the_break_of_this_close_counts_by_its_kind(broken, worth):
    assert percent(view(entry=m15(breaks=(shift(candles_ago=5), broken))), "structure") == worth


LARGER = shift(BreakKind.BOS, scale=Scale.SWING, level=229_940)


def test_of_two_breaks_of_one_close_the_internal_one_counts_in_whichever_order_they_are_told():
    for breaks in ((shift(), LARGER), (LARGER, shift())):
        found = evidence(view(entry=m15(breaks=breaks)))["structure"]
        assert (found.share, found.reason.prices, found.reason.detail) == (300, (229_950,), "MSS")


def test_a_larger_break_alone_counts_as_what_it_is():
    """The internal structure broke five candles ago, or never."""
    for internal in (shift(candles_ago=5), None):
        found = evidence(view(entry=m15(breaks=(LARGER,), last_break=internal)))["structure"]
        assert (found.share, found.reason.prices, found.reason.detail) == (210, (229_940,), "BOS")  # 70 % of 300


def test_the_latest_sweep_within_the_look_back_counts_and_stops_before_round_numbers():
    older, newer = raided(pool(229_560), candles_ago=12), raided(pool(229_540), candles_ago=4)
    early, other_side = raided(candles_ago=20), raided(pool(230_000, SwingKind.HIGH), 230_020, candles_ago=1)
    by_number = raided(ROUND_LOW, candles_ago=2)

    assert prices(view(entry=m15(sweeps=(early, older, newer, other_side))), "sweep") == (229_540, 229_500)
    assert prices(view(entry=m15(sweeps=(newer,), round_sweeps=(by_number,))), "sweep") == (229_540, 229_500)
    assert prices(view(entry=m15(sweeps=(early, other_side))), "sweep") is None


@pytest.mark.parametrize("strength", [0, 50, 100])
def test_a_swept_round_number_deserves_a_third_however_decidedly_price_turned(strength):
    alone = evidence(view(entry=m15(sweeps=(), round_sweeps=(raided(ROUND_LOW, strength=strength),))))["sweep"]

    assert (alone.share, alone.reason.detail, alone.reason.strength) == (100, "round", strength)  # of 300
    assert (alone.reason.prices, alone.reason.known_ms) == ((229_550, 229_500), ago(9))


def test_a_swept_round_number_is_told_where_no_other_sweep_within_the_look_back_goes_the_way_of_the_trade():
    early, other_side = raided(candles_ago=20), raided(pool(230_000, SwingKind.HIGH), 230_020, candles_ago=1)
    older, newer = (
        raided(pool(level, kind=PoolKind.ROUND), candles_ago=n) for level, n in ((229_600, 9), (229_700, 8))
    )
    by_numbers = m15(sweeps=(early, other_side), round_sweeps=(older, newer))

    assert prices(view(entry=by_numbers), "sweep") == (229_700, 229_500)
    assert prices(view(entry=by_numbers), "sweep", DOWN) == (230_000, 230_020)
    above = raided(pool(230_000, SwingKind.HIGH, PoolKind.ROUND), 230_010, candles_ago=1)
    for unfit in (raided(ROUND_LOW, candles_ago=20), above):
        assert prices(view(entry=m15(sweeps=(), round_sweeps=(unfit,))), "sweep") is None
    assert prices(view(entry=m15(sweeps=(), round_sweeps=(raided(ROUND_LOW, candles_ago=19),))), "sweep") is not None


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"status": TOUCHED}, True),
        ({"status": ZoneStatus.HALF}, False),
        ({"direction": DOWN}, False),
        ({"kind": ZoneKind.BLOCK}, False),
        ({"kind": ZoneKind.BASE}, False),
        ({"formed_ms": ago(19), "known_ms": ago(18)}, True),
        ({"formed_ms": ago(20), "known_ms": ago(18)}, False),
    ],
)
def test_the_leg_that_confirmed_left_a_gap_that_is_still_open(changes, is_told):
    gap = zone(229_860, 229_900, UP, ZoneKind.GAP, id=7, formed_ms=ago(2), known_ms=ago(0))
    gap = msgspec.structs.replace(gap, **changes)

    assert prices(view(entry=m15(zones=(gap,))), "entry_zone") == ((229_860, 229_900) if is_told else None)


def test_of_several_gaps_of_the_leg_the_newest_is_told():
    gaps = [zone(229_860 + i, 229_900, id=i, formed_ms=ago(9 - i), known_ms=ago(7 - i)) for i in range(3)]

    assert prices(view(entry=m15(zones=tuple(gaps))), "entry_zone") == (229_862, 229_900)


def turned(*last: Candle, pattern: Pattern | None = None) -> MarketView:
    """The drawn M15 chart with other candles at its end, and what its last one is said to complete."""
    candles = (*m15().candles[: -len(last)], *last) if last else m15().candles
    return view(entry=m15(candles=candles, pattern=pattern))


PAUSE = candle(229_790, 229_880, 229_700, 229_795, open_ms=ago(1))  # inside the 229,650–229,900 before it
PIN = candle(229_810, 229_830, 229_600, 229_820, open_ms=ago(1))  # 210 of 230 ticks below its body
SHOOTING = candle(229_700, 229_910, 229_680, 229_690, open_ms=ago(1))  # 210 of 230 above
LAST = candle(229_850, 230_010, 229_800, 230_000, open_ms=ago(0))


def test_a_candle_that_turns_counts_whole_and_the_pause_before_the_last_one_half():
    pin_now = Pattern(PatternKind.PIN_BAR, UP, ago(0), NOW_MS)
    assert (percent(turned(pattern=pin_now), "pattern"), prices(turned(pattern=pin_now), "pattern")) == (
        100,
        (229_800, 230_010),
    )
    assert percent(turned(PAUSE, LAST), "pattern") == 50
    assert prices(turned(PAUSE, LAST), "pattern") == (229_700, 229_880)
    assert evidence(turned(PAUSE, LAST))["pattern"].reason.known_ms == NOW_MS - M15_MS
    assert percent(turned(PIN, LAST), "pattern") == 100
    assert evidence(turned(PIN, LAST))["pattern"].reason.detail == "pin bar"


def test_a_pattern_the_other_way_or_none_counts_for_nothing():
    against = Pattern(PatternKind.ENGULFING, DOWN, ago(0), NOW_MS)
    hesitating = Pattern(PatternKind.DOJI, None, ago(0), NOW_MS)

    for pattern in (against, hesitating, None):
        assert percent(turned(pattern=pattern), "pattern") == 0
    assert percent(turned(SHOOTING, LAST), "pattern") == 0


@pytest.mark.parametrize(
    ("price", "is_told"),
    [(229_450, True), (229_449, False), (229_550, True), (229_551, False)],
)
def test_a_level_within_a_quarter_atr_of_the_extreme_held(price, is_told):
    """The raid's low at 229,500; a quarter of 200 is 50."""
    level = KeyLevel(price, 2, ago(90), ago(40))

    assert prices(view(entry=m15(levels=(level,))), "key_level") == ((price,) if is_told else None)


def test_of_two_levels_that_held_the_one_touched_more_often_is_told_then_the_later():
    often, seldom = KeyLevel(229_460, 3, ago(90), ago(40)), KeyLevel(229_510, 2, ago(90), ago(30))
    later = KeyLevel(229_530, 3, ago(90), ago(39))

    assert prices(view(entry=m15(levels=(often, seldom))), "key_level") == (229_460,)
    assert prices(view(entry=m15(levels=(often, seldom, later))), "key_level") == (229_530,)


def test_of_two_levels_alike_in_all_the_mirrored_market_tells_the_mirrored_one():
    """Both touched by the swings of one candle, both twenty ticks from the extreme."""
    alike = tuple(KeyLevel(price, 2, ago(90), ago(40)) for price in (229_480, 229_520))
    drawn, centre = view(bid=230_010, ask=230_010, entry=m15(levels=alike)), 460_000
    turned = mirrored(drawn, centre)
    turned = msgspec.structs.replace(
        turned, entry=msgspec.structs.replace(turned.entry, levels=tuple(reversed(turned.entry.levels)))
    )  # levels come by price

    assert prices(turned, "key_level", DOWN) == mirrored_prices(prices(drawn, "key_level"), centre)


def mirrored_prices(of: tuple[int, ...] | None, centre: int) -> tuple[int, ...]:
    assert of is not None
    return tuple(centre - price for price in of)


def test_a_level_above_the_entry_is_no_support():
    """One ATR is 4000 here, a quarter 1000: the level at 230,020 is in reach, but it is the entry."""
    at_entry, below = KeyLevel(230_020, 4, ago(90), ago(40)), KeyLevel(230_019, 2, ago(90), ago(40))

    assert prices(view(entry=m15(levels=(at_entry,), atr=4000.0)), "key_level") is None
    assert prices(view(entry=m15(levels=(below, at_entry), atr=4000.0)), "key_level") == (230_019,)


def day(low: int, high: int) -> ValueArea:
    return ValueArea((low + high) // 2, high, low, NOW_MS - 16 * H1_MS, NOW_MS - 15 * H1_MS)


@pytest.mark.parametrize(
    ("area", "vwap", "worth", "detail"),
    [
        (day(230_021, 231_000), None, 100, "val"),
        (day(230_020, 231_000), None, 0, ""),  # at its edge is not below
        (day(229_000, 231_000), 230_020.5, 50, "vwap"),
        (day(229_000, 231_000), 230_020.0, 0, ""),
        (None, 230_020.5, 50, "vwap"),
        (None, None, 0, ""),
    ],
)
def test_a_buy_is_cheap_below_the_last_days_value_and_half_so_below_the_vwap(area, vwap, worth, detail):
    changed = view(entry=m15(readings=Readings(value_area=area, vwap=vwap)))

    assert percent(changed, "value") == worth
    assert not worth or evidence(changed)["value"].reason.detail == detail


def test_a_sell_is_dear_above_the_last_days_value():
    found = evidence(view(entry=m15(readings=Readings(value_area=day(229_000, 229_999)))), DOWN)["value"]

    assert (found.reason.detail, found.reason.prices) == ("vah", (229_999,))


@pytest.mark.parametrize(
    ("band", "rsi", "told"),
    [
        (229_800.5, 50.0, ((229_800,), "band", None)),  # the wick went to 229,800 and the close came back
        (229_800.0, 50.0, None),  # touched, not left
        (230_000.0, 50.0, ((230_000,), "band", None)),  # closed on it: back inside
        (230_000.1, 50.0, None),  # closed outside
        (None, 30.0, ((), "rsi", 30)),
        (None, 30.1, None),
        (230_000.1, 22.4, ((), "rsi", 22)),
    ],
)
def test_a_stretched_market_came_back_from_the_band_or_is_spent_by_its_rsi(band, rsi, told):
    found = evidence(view(entry=m15(readings=Readings(band_low=band, rsi=rsi)))).get("stretched")

    reason = None if found is None else found.reason
    assert told == (None if reason is None else (reason.prices, reason.detail, reason.strength))


def test_a_sell_is_stretched_by_the_upper_band_or_an_rsi_of_seventy():
    """High 230,010, close 230,000."""
    for readings, is_told in (
        (Readings(band_high=230_009.5), True),
        (Readings(band_high=230_010.0), False),
        (Readings(rsi=70.0), True),
        (Readings(rsi=69.9), False),
    ):
        assert ("stretched" in evidence(view(entry=m15(readings=readings)), DOWN)) == is_told


def test_the_kill_zones_are_those_of_the_configuration():
    """The last candle opened at 09:00 in New York: a window's start counts, its end does not."""
    fix = KillZone("Fix", "09:00", "09:01")

    assert evidence(view(), kill_zones=(fix,))["kill_zone"].reason.detail == "Fix"
    assert evidence(view(), kill_zones=(KillZone("Early", "08:00", "09:00"), fix))["kill_zone"].reason.detail == "Fix"
    assert "kill_zone" not in evidence(view(), kill_zones=(KillZone("Early", "08:00", "09:00"),))
    assert "kill_zone" not in evidence(view(), kill_zones=())


def test_the_case_is_entered_at_the_side_that_pays_the_spread():
    assert (case(view()).entry, case(view(), DOWN).entry) == (230_020, 230_000)


def test_the_look_back_bounds_how_far_price_went_against_the_trade():
    """The raid is ten candles back; without it the low is 229,650."""
    assert case(view()).extreme == 229_500
    assert case(view(), lookback=10).extreme == 229_650
    assert case(view(), DOWN).extreme == 230_010


def test_a_sell_reads_the_same_timeframes():
    assert {each.reason.timeframe for each in evidence(view(), DOWN).values()} <= {
        Timeframe.H4,
        Timeframe.H1,
        Timeframe.M15,
    }
