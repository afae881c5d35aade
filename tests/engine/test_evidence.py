"""Each part of the evidence on the drawn market: what earns it, how much, and what just fails to."""

from __future__ import annotations

import msgspec
import pytest

from engine.hours import KillZone
from engine.types import (
    BreakKind,
    Candle,
    Direction,
    InducementStatus,
    KeyLevel,
    MarketView,
    Pattern,
    PatternKind,
    Readings,
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
              readings=Readings())  # fmt: skip


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
        "regime": last_h1,
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
        (229_020, 231_020, True),  # the middle itself is the entry: right for both
        (229_020, 231_019, False),
        (231_000, 232_000, True),  # far below the range
        (230_020, 230_020, False),  # no height, no halves
        (None, 232_000, False),
        (229_000, None, False),
    ],
)
def test_a_buy_belongs_into_the_lower_half_of_the_h4_range_by_its_entry(low, high, is_right):
    assert prices(view(trend=h4(range_low=low, range_high=high)), "trend_half") == ((low, high) if is_right else None)


def test_a_sell_belongs_into_the_upper_half_by_the_bid():
    """229,000 to 231,000 with the bid in its middle."""
    exactly, above = view(trend=h4(range_high=231_000)), view(trend=h4(range_high=231_001))

    assert evidence(exactly, DOWN)["trend_half"].reason.detail == "premium"
    assert prices(above, "trend_half", DOWN) is None


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
    unknown = evidence(view(setup=h1(readings=Readings())))["regime"].reason
    assert (unknown.detail, unknown.strength) == ("trending", None)


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
        zone(229_610, 229_700, UP, status=ZoneStatus.HALF, known_ms=ago(30)),  # the raid closed below, at 229,600
    ],
    ids=["filled", "broken", "new", "the other way", "not reached", "above", "closed beyond"],
)
def test_a_zone_that_was_not_tested_or_did_not_hold_gives_nothing(changed):
    assert prices(view(setup=h1(zones=(changed,))), "zone_held") is None


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
    assert prices(view(setup=h1(zones=(changed,))), "zone_held") == (changed.bottom, changed.top)


@pytest.mark.parametrize(("kind", "name"), [(ZoneKind.BLOCK, "BB"), (ZoneKind.GAP, "IFVG"), (ZoneKind.BASE, "SD")])
def test_a_broken_zone_holds_the_other_way_under_its_new_name(kind, name):
    """A zone that price once closed above: a breaker, an inverted gap, a supply that became demand."""
    once_bearish = held(kind=kind, direction=DOWN, status=ZoneStatus.BROKEN)

    found = evidence(view(setup=h1(zones=(once_bearish,))))["zone_held"]

    assert (found.reason.prices, found.reason.detail, found.reason.direction) == ((229_450, 229_700), name, UP)


def test_of_several_held_zones_the_strongest_is_told_then_the_newest():
    weak, strong = held(id=4, strength=59, bottom=229_400), held(id=5, strength=61, bottom=229_420)
    newer = held(id=6, strength=61, bottom=229_440, known_ms=ago(29))

    assert prices(view(setup=h1(zones=(weak, GAP, strong))), "zone_held") == (229_420, 229_700)
    assert prices(view(setup=h1(zones=(weak, strong, newer))), "zone_held") == (229_440, 229_700)


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


def test_the_latest_sweep_within_the_look_back_counts_and_stops_before_round_numbers():
    older, newer = raided(pool(229_560), candles_ago=12), raided(pool(229_540), candles_ago=4)
    early, other_side = raided(candles_ago=20), raided(pool(230_000, SwingKind.HIGH), 230_020, candles_ago=1)
    by_number = raided(ROUND_LOW, candles_ago=2)

    assert prices(view(entry=m15(sweeps=(early, older, newer, other_side))), "sweep") == (229_540, 229_500)
    assert prices(view(entry=m15(sweeps=(newer, by_number))), "sweep") == (229_540, 229_500)
    assert evidence(view(entry=m15(sweeps=(by_number,))))["sweep"].reason.detail == "round"
    assert prices(view(entry=m15(sweeps=(early, other_side))), "sweep") is None


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
