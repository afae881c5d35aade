"""What speaks against a trade: each alone, with its prices, and never with points."""

from __future__ import annotations

import pytest

from engine.counter_evidence import evidence_against
from engine.types import (
    BreakKind,
    Direction,
    InducementStatus,
    KeyLevel,
    MarketView,
    PoolKind,
    Readings,
    Reason,
    ReasonCode,
    Role,
    SwingKind,
    Timeframe,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import broken, pool, zone
from tests.engine.drawn_market import (
    DOWN,
    GAP,
    H1_MS,
    H4_MS,
    M15_MS,
    NOW_MS,
    REVERSAL,
    ROUND_LOW,
    UP,
    against,
    ago,
    case,
    h1,
    h4,
    induced,
    m15,
    proposed,
    raided,
    view,
)

ENTRY, TARGET = 230_020, 230_700  # of the drawn buy
CLEAR = h1(zones=(GAP,))


def clear(**changes: object) -> MarketView:
    """The drawn market without the block in the way: nothing speaks against a buy."""
    return view(**({"setup": CLEAR} | changes))


def said(of: MarketView, direction: Direction = UP, target: int = TARGET) -> list[Reason]:
    return evidence_against(case(of, direction), target)


def codes(of: MarketView, direction: Direction = UP, target: int = TARGET) -> list[ReasonCode]:
    return [reason.code for reason in said(of, direction, target)]


def reason(
    code: ReasonCode,
    timeframe: Timeframe,
    prices: tuple[int, ...],
    from_ms: int,
    known_ms: int,
    detail: str = "",
    strength: int | None = None,
) -> Reason:
    """Against a buy: it points down."""
    return Reason(Role.AGAINST, code, timeframe, DOWN, 0, prices, from_ms, known_ms, detail, strength)


LAST_H4 = (NOW_MS - H4_MS, NOW_MS)
LAST_H1 = (NOW_MS - H1_MS, NOW_MS)
LAST_M15 = (NOW_MS - M15_MS, NOW_MS)


def test_nothing_speaks_against_a_buy_that_is_free_ahead():
    assert said(clear()) == []


COUNTER = broken(BreakKind.CHOCH, DOWN, 230_500, level_formed_ms=ago(60), formed_ms=ago(50), known_ms=ago(34))
UNTAKEN = pool(229_400, formed_ms=ago(70))
WORN = KeyLevel(230_400, 3, ago(80), ago(20))
SUPPLY = zone(230_500, 230_650, DOWN, ZoneKind.BASE, id=3, formed_ms=ago(60), known_ms=ago(40))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            clear(trend=h4(trend=DOWN, last_break=COUNTER)),
            reason(ReasonCode.COUNTER_TREND, Timeframe.H4, (230_500,), ago(60), ago(34), "CHoCH"),
        ),
        (
            clear(trend=h4(range_high=229_900)),  # the pullback came down to 229,500 only
            reason(ReasonCode.WRONG_HALF, Timeframe.H4, (229_000, 229_900), *LAST_H4, "premium"),
        ),
        (
            clear(setup=h1(zones=(GAP,), readings=Readings(rsi=70.0))),
            reason(ReasonCode.EXHAUSTED, Timeframe.H1, (), *LAST_H1, "", 70),
        ),
        (
            clear(setup=h1(zones=(GAP, SUPPLY))),
            reason(ReasonCode.OPPOSING_ZONE, Timeframe.H1, (230_500, 230_650), ago(60), ago(40), "SD"),
        ),
        (
            clear(entry=m15(levels=(WORN,))),
            reason(ReasonCode.LEVEL_AHEAD, Timeframe.M15, (230_400,), ago(80), ago(20), "", 3),
        ),
        (
            clear(round_step=500),
            reason(ReasonCode.ROUND_AHEAD, Timeframe.M15, (230_500,), *LAST_M15),
        ),
        (
            clear(entry=m15(sweeps=(), pools=(UNTAKEN, pool(229_100)))),
            reason(ReasonCode.NO_SWEEP, Timeframe.M15, (229_400,), ago(70), ago(70), "swing"),
        ),
        (
            clear(setup=h1(zones=(GAP,), inducement=induced(InducementStatus.RESTING))),
            reason(ReasonCode.NO_INDUCEMENT, Timeframe.H1, (229_600,), ago(20), ago(16)),
        ),
    ],
    ids=lambda value: value.code.value if isinstance(value, Reason) else "",
)
def test_each_thing_that_speaks_against_is_told_alone(changed, expected):
    assert said(changed) == [expected]


def test_all_of_it_together_is_told_trend_first_and_takes_no_points_away():
    worst = view(
        trend=h4(trend=DOWN, last_break=COUNTER, range_high=229_900),
        setup=h1(zones=(GAP, SUPPLY), readings=Readings(rsi=71.6), inducement=induced(InducementStatus.RESTING)),
        entry=m15(levels=(WORN,)),
        round_step=500,
    )

    setup = proposed(worst, REVERSAL)

    assert [(r.code.value, r.points, r.strength) for r in against(setup)] == [
        ("counter_trend", 0, None),
        ("wrong_half", 0, None),
        ("exhausted", 0, 72),
        ("opposing_zone", 0, None),
        ("level_ahead", 0, 3),
        ("round_ahead", 0, None),
        ("no_inducement", 0, None),
    ]
    assert setup.score == sum(r.points for r in setup.reasons)


@pytest.mark.parametrize(
    ("low", "high", "is_wrong"),
    [(229_000, 230_000, False), (229_000, 229_999, True), (229_500, 229_500, False), (None, 229_900, False)],
    ids=["the middle", "just above it", "no range", "half a range"],
)
def test_the_upper_half_is_wrong_for_a_buy(low, high, is_wrong):
    assert codes(clear(trend=h4(range_low=low, range_high=high))) == [ReasonCode.WRONG_HALF] * is_wrong


def test_the_half_is_wrong_by_the_pullback_within_the_look_back_not_by_the_entry():
    """The middle of the range is 229,550: price came down to 229,500 at the raid, to 229,650 in the last ten."""
    high_up = clear(trend=h4(range_high=230_100))

    assert codes(high_up) == []
    assert [r.code for r in evidence_against(case(high_up, lookback=9), TARGET)] == [
        ReasonCode.WRONG_HALF,
        ReasonCode.NO_SWEEP,  # the raid is past as well
    ]


def test_the_lower_half_is_wrong_for_a_sell_and_is_called_by_its_name():
    (found,) = [r for r in said(clear(round_step=0), DOWN, 229_400) if r.code is ReasonCode.WRONG_HALF]

    assert (found.detail, found.direction) == ("discount", UP)


@pytest.mark.parametrize(
    ("direction", "rsi", "is_spent"), [(UP, 69.9, False), (UP, 70.0, True), (DOWN, 30.0, True), (DOWN, 30.1, False)]
)
def test_an_h1_rsi_that_is_far_gone_the_way_of_the_trade_speaks_against_it(direction, rsi, is_spent):
    found = codes(clear(setup=h1(zones=(GAP,), readings=Readings(rsi=rsi))), direction, TARGET)

    assert (ReasonCode.EXHAUSTED in found) == is_spent


@pytest.mark.parametrize(
    ("opposing", "is_told"),
    [
        (zone(230_700, 230_800, DOWN), True),  # begins at the target
        (zone(230_701, 230_800, DOWN), False),
        (zone(229_900, 230_020, DOWN), True),  # ends at the entry
        (zone(229_900, 230_019, DOWN), False),
        (zone(230_500, 230_600, UP), False),
        (zone(230_500, 230_600, UP, status=ZoneStatus.BROKEN), True),  # works the other way now
        (zone(230_500, 230_600, DOWN, status=ZoneStatus.FILLED), False),
        (zone(230_500, 230_600, DOWN, status=ZoneStatus.HALF), True),
    ],
)
def test_a_zone_the_other_way_is_in_the_way_up_to_the_first_target(opposing, is_told):
    assert codes(clear(setup=h1(zones=(opposing,)))) == [ReasonCode.OPPOSING_ZONE] * is_told


def test_of_several_in_the_way_the_nearest_is_told():
    zones = (zone(230_600, 230_650, DOWN, id=1), zone(230_300, 230_680, DOWN, id=2), zone(230_400, 230_450, DOWN, id=3))
    levels = (KeyLevel(230_200, 2, 0, 1), KeyLevel(230_300, 3, 0, 1), KeyLevel(230_600, 9, 0, 1))

    found = said(clear(setup=h1(zones=zones), entry=m15(levels=levels)))

    assert [reason.prices for reason in found] == [(230_300, 230_680), (230_300,)]


def test_of_several_levels_in_the_way_of_a_sell_the_nearest_is_the_highest():
    levels = (KeyLevel(229_500, 9, 0, 1), KeyLevel(229_700, 3, 0, 1), KeyLevel(229_900, 2, 0, 1))

    found = [r for r in said(clear(entry=m15(levels=levels)), DOWN, 229_400) if r.code is ReasonCode.LEVEL_AHEAD]

    assert [r.prices for r in found] == [(229_700,)]


@pytest.mark.parametrize(("price", "is_told"), [(230_020, False), (230_021, True), (230_699, True), (230_700, False)])
def test_a_level_counts_strictly_between_entry_and_first_target(price, is_told):
    level = KeyLevel(price, 3, ago(80), ago(20))

    assert codes(clear(entry=m15(levels=(level,)))) == [ReasonCode.LEVEL_AHEAD] * is_told


@pytest.mark.parametrize(
    ("direction", "step", "target", "number"),
    [
        (UP, 500, 230_501, (230_500,)),
        (UP, 500, 230_500, None),  # the target is there already
        (UP, 20, 230_700, (230_040,)),  # the entry stands on one; the next one counts
        (UP, 0, 240_000, None),  # not known
        (DOWN, 500, 229_499, (229_500,)),
        (DOWN, 500, 229_500, None),
    ],
)
def test_the_next_round_number_before_the_first_target_is_told(direction, step, target, number):
    found = [r.prices for r in said(clear(round_step=step), direction, target) if r.code is ReasonCode.ROUND_AHEAD]

    assert found == ([] if number is None else [number])


def test_stops_that_still_rest_behind_are_told_only_where_none_were_taken():
    resting = m15(sweeps=(), pools=(pool(229_100), pool(229_400), pool(230_900, SwingKind.HIGH)))

    assert [r.prices for r in said(clear(entry=resting))] == [(229_400,)]
    assert codes(clear(entry=m15(pools=resting.pools))) == []
    assert codes(clear(entry=m15(sweeps=(), pools=()))) == []


@pytest.mark.parametrize(("direction", "side"), [(UP, SwingKind.LOW), (DOWN, SwingKind.HIGH)])
def test_of_several_that_rest_at_one_level_the_first_is_told(direction, side):
    alike = tuple(pool(229_400 if direction is UP else 230_500, side, kind) for kind in (PoolKind.DAY, PoolKind.WEEK))

    found = said(clear(entry=m15(sweeps=(), pools=alike)), direction, 230_700 if direction is UP else 229_400)

    assert [r.detail for r in found if r.code is ReasonCode.NO_SWEEP] == ["day"]


@pytest.mark.parametrize("candles_ago", [19, 0])
def test_a_swept_round_number_takes_no_stops_so_those_that_rest_are_told_all_the_same(candles_ago):
    number = raided(ROUND_LOW, candles_ago=candles_ago)

    assert codes(clear(entry=m15(sweeps=(), round_sweeps=(number,)))) == [ReasonCode.NO_SWEEP]
    assert codes(clear(entry=m15(round_sweeps=(number,)))) == []


def test_for_a_sell_the_nearest_high_rests_behind():
    resting = m15(sweeps=(), pools=(pool(230_900, SwingKind.HIGH), pool(230_500, SwingKind.HIGH), pool(229_100)))

    found = [r for r in said(clear(entry=resting), DOWN, 229_400) if r.code is ReasonCode.NO_SWEEP]

    assert [(r.prices, r.direction) for r in found] == [((230_500,), UP)]


@pytest.mark.parametrize("status", [InducementStatus.TAKEN, InducementStatus.CANCELLED])
def test_early_stops_that_were_taken_or_given_up_do_not_speak_against(status):
    assert codes(clear(setup=h1(zones=(GAP,), inducement=induced(status)))) == []


def test_early_stops_of_the_other_way_do_not_concern_this_trade():
    assert codes(clear(setup=h1(zones=(GAP,), inducement=induced(InducementStatus.RESTING, DOWN)))) == []
