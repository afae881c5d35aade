"""The three strategies on the drawn market: what sets each off, what it is worth to each, and what it lacks."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.config import (
    SCORE_PARTS,
    StrategiesConfig,
    StrategyConfig,
    WeightsConfig,
)
from engine.confluence import proposals
from engine.types import (
    BreakKind,
    Direction,
    MarketView,
    Missing,
    NoSetup,
    PoolKind,
    ReasonCode,
    Regime,
    Role,
    Scale,
    Setup,
    Strategy,
    SwingKind,
)
from tests.builders import pool
from tests.engine.drawn_market import (
    ALL_ON,
    BEST,
    CONTINUATION,
    DOWN,
    FADE,
    NOW_MS,
    REVERSAL,
    ROUND_LOW,
    UP,
    against,
    answer,
    edge,
    h1,
    h4,
    held,
    m15,
    now_swept,
    proposed,
    raided,
    ranging,
    settings,
    shift,
    told,
    view,
    volatile,
)
from tests.engine.market_data import config
from tests.engine.mirror import mirrored

EACH = pytest.mark.parametrize("strategy", list(Strategy))


# What it is worth


def test_a_continuation_of_the_drawn_trend_is_worth_96_points_and_every_point_has_its_reason():
    setup = proposed(view())

    assert [told(reason) for reason in setup.reasons] == [
        ("trend", "trend", 22, (228_000,), "BOS", None),
        ("trend", "trend_break", 4, (228_000,), "BOS", None),
        ("trend", "trend_half", 5, (229_000, 232_000), "discount", None),
        ("trend", "trend_swing", 3, (227_000,), "CHoCH", None),
        ("trend", "trend_average", 3, (228_500, 230_000), "", None),
        ("trend", "regime", 3, (), "trending", 31),
        ("setup", "zone_held", 15, (229_450, 229_700), "FVG", None),  # 12 for being there, 6 × 0.60 for its strength
        ("setup", "zone_stacked", 2, (229_300, 229_500), "OB", None),
        ("setup", "structure", 7, (228_500,), "CHoCH", None),
        ("setup", "ote", 4, (229_342, 229_612), "", None),  # 1600 ticks below 230,600 by 0.786 and 0.618
        ("setup", "inducement", 4, (229_600,), "", None),
        ("entry", "structure", 10, (229_950,), "MSS", None),
        ("entry", "sweep", 5, (229_550, 229_500), "swing", 80),  # 4 for the sweep, 2 × 0.80 for how it turned
        ("entry", "entry_zone", 3, (229_860, 229_900), "FVG", None),
        ("entry", "pattern", 2, (229_800, 230_010), "engulfing", None),
        ("entry", "key_level", 1, (229_520,), "", 3),
        ("entry", "value", 1, (230_100,), "val", None),
        ("entry", "kill_zone", 2, (), "New York", None),
        ("against", "opposing_zone", 0, (230_500, 230_650), "OB", None),
    ]
    assert [setup.score_of(role) for role in Role] == [40, 32, 24, 0]
    assert setup.score == 96


def test_a_reversal_in_the_drawn_market_is_worth_92_points():
    setup = proposed(volatile(), REVERSAL)

    assert [told(reason)[:3] for reason in setup.reasons] == [
        ("trend", "trend", 8),
        ("trend", "trend_half", 18),
        ("trend", "trend_swing", 8),
        ("trend", "regime", 6),
        ("setup", "zone_held", 13),  # 16 × (⅔ + ⅓ × 0.60) = 13.87
        ("setup", "zone_stacked", 2),
        ("setup", "structure", 5),
        ("setup", "ote", 4),
        ("setup", "inducement", 4),
        ("entry", "structure", 8),
        ("entry", "sweep", 7),  # 8 × (⅔ + ⅓ × 0.80) = 7.47
        ("entry", "entry_zone", 2),
        ("entry", "pattern", 2),
        ("entry", "key_level", 2),
        ("entry", "value", 1),
        ("entry", "stretched", 1),
        ("entry", "kill_zone", 1),
        ("against", "opposing_zone", 0),
    ]
    assert [setup.score_of(role) for role in Role] == [40, 28, 24, 0]
    assert setup.score == 92


def test_a_fade_at_the_edge_of_the_drawn_range_is_worth_96_points():
    setup = proposed(ranging(), FADE)

    assert [told(reason) for reason in setup.reasons] == [
        ("trend", "trend", 6, (228_000,), "BOS", None),
        ("trend", "trend_half", 18, (229_000, 232_000), "discount", None),
        ("trend", "trend_swing", 8, (227_000,), "CHoCH", None),
        ("trend", "regime", 8, (), "ranging", 31),
        ("setup", "zone_held", 13, (229_450, 229_700), "FVG", None),  # 16 × (⅔ + ⅓ × 0.60) = 13.87
        ("setup", "zone_stacked", 2, (229_300, 229_500), "OB", None),
        ("setup", "structure", 4, (228_500,), "CHoCH", None),
        ("setup", "inducement", 5, (229_600,), "", None),
        ("setup", "range_edge", 8, (229_900, 231_600), "discount", None),
        ("entry", "structure", 2, (229_950,), "MSS", None),
        ("entry", "sweep", 7, (229_850, 229_800), "swing", 80),
        ("entry", "pattern", 4, (229_800, 230_010), "engulfing", None),
        ("entry", "key_level", 4, (229_520,), "", 3),
        ("entry", "value", 3, (230_100,), "val", None),
        ("entry", "stretched", 3, (229_850,), "band", None),
        ("entry", "kill_zone", 1, (), "New York", None),
        ("against", "opposing_zone", 0, (230_500, 230_650), "OB", None),
    ]
    assert [setup.score_of(role) for role in Role] == [40, 32, 24, 0]
    assert setup.score == 96


def points(of: MarketView, code: ReasonCode, strategy: Strategy = CONTINUATION) -> int:
    """Of a code that only one timeframe uses; 0 where there is no such reason."""
    return sum(reason.points for reason in proposed(of, strategy).reasons if reason.code is code)


@pytest.mark.parametrize(
    ("broken", "worth"),
    [
        (shift(BreakKind.CHOCH), 10),
        (shift(BreakKind.CHOCH, is_displaced=False), 8),  # 85 %
        (shift(BreakKind.BOS), 7),  # 70 %, displaced or not
        (shift(BreakKind.BOS, is_displaced=False), 7),
    ],
    ids=["MSS", "CHoCH", "displaced BOS", "BOS"],
)
def test_a_shift_confirms_most_a_change_of_character_less_a_break_least(broken, worth):
    setup = proposed(view(entry=m15(breaks=(broken,))))

    assert [r.points for r in setup.reasons if (r.role, r.code) == (Role.ENTRY, ReasonCode.STRUCTURE)] == [worth]


@pytest.mark.parametrize(("strength", "worth"), [(0, 12), (33, 13), (50, 15), (100, 18)])
def test_a_held_zone_earns_two_thirds_for_being_there_and_one_by_its_strength(strength, worth):
    """Of 18 points: 12 and up to 6."""
    assert points(view(setup=h1(zones=(held(strength=strength),))), ReasonCode.ZONE_HELD) == worth


@pytest.mark.parametrize(("strength", "worth"), [(0, 4), (49, 4), (50, 5), (99, 5), (100, 6)])
def test_a_sweep_earns_two_thirds_for_itself_and_one_by_how_decidedly_price_turned(strength, worth):
    """Of 6 points: 4 and up to 2."""
    assert points(view(entry=m15(sweeps=(raided(strength=strength),))), ReasonCode.SWEEP) == worth


def test_the_regime_earns_points_only_where_it_is_the_one_the_strategy_likes_best():
    assert points(view(), ReasonCode.REGIME) == 3
    assert points(volatile(), ReasonCode.REGIME) == 0
    assert points(volatile(), ReasonCode.REGIME, REVERSAL) == 6
    assert points(view(), ReasonCode.REGIME, REVERSAL) == 0
    assert points(ranging(), ReasonCode.REGIME, FADE) == 8
    assert points(ranging(trend=h4(regime=Regime.QUIET)), ReasonCode.REGIME, FADE) == 0


@pytest.mark.parametrize(
    ("strategy", "on_h4", "on_h1", "worth"),
    [
        (CONTINUATION, Regime.TRENDING, Regime.VOLATILE, 3),
        (CONTINUATION, Regime.VOLATILE, Regime.TRENDING, 0),
        (CONTINUATION, None, Regime.TRENDING, 0),
        (CONTINUATION, Regime.TRENDING, Regime.RANGING, None),
        (REVERSAL, Regime.VOLATILE, Regime.QUIET, 6),
        (REVERSAL, Regime.RANGING, Regime.VOLATILE, 0),
        (REVERSAL, Regime.VOLATILE, Regime.TRENDING, None),
        (FADE, Regime.RANGING, Regime.QUIET, 8),
        (FADE, Regime.QUIET, Regime.RANGING, 0),
        (FADE, Regime.RANGING, Regime.VOLATILE, None),
    ],
)
def test_the_regime_earns_points_on_the_trend_timeframe_and_gives_leave_on_the_setup_timeframe(
    strategy, on_h4, on_h1, worth
):
    """As shipped. None: the strategy stays away."""
    drawn = ranging(trend=h4(regime=on_h4), setup=edge(regime=on_h1))

    found = proposals(drawn, config(), ALL_ON)[strategy]

    if worth is None:
        assert found == NoSetup(Missing.REGIME)
    else:
        assert isinstance(found, Setup)
        assert [r.points for r in found.reasons if r.code is ReasonCode.REGIME] == ([worth] if worth else [])


def test_what_a_strategy_gives_no_points_for_is_no_reason_of_it():
    codes = {reason.code for reason in proposed(view()).reasons}

    assert not codes & {ReasonCode.STRETCHED, ReasonCode.RANGE_EDGE}


def test_half_of_a_single_point_is_none():
    """Dear by the value area, cheap by the VWAP: worth half of 1 here and half of 3 to a fade."""
    entry = m15(readings=msgspec.structs.replace(m15().readings, value_area=None))

    assert ReasonCode.VALUE not in {reason.code for reason in proposed(view(entry=entry)).reasons}
    faded = msgspec.structs.replace(entry, sweeps=(now_swept(),))
    assert points(ranging(entry=faded), ReasonCode.VALUE, FADE) == 1


# What sets it off


@EACH
def test_each_strategy_finds_its_setup_in_the_market_drawn_for_it(strategy):
    setup = proposals(BEST[strategy](), config(), ALL_ON)[strategy]

    assert isinstance(setup, Setup)
    assert setup.score >= StrategiesConfig().of(strategy).min_score
    assert (setup.strategy, setup.direction, setup.known_ms) == (strategy, UP, NOW_MS)
    assert setup.key == f"XAUUSD:M15:{strategy}:up:{NOW_MS}"


@EACH
def test_each_strategy_finds_the_mirrored_setup_in_the_mirrored_market(strategy):
    """Without a spread, so that bid and ask are one."""
    drawn = BEST[strategy](bid=230_010, ask=230_010)
    centre = 460_000

    assert proposed(mirrored(drawn, centre), strategy) == mirrored(proposed(drawn, strategy), centre)


def test_one_close_can_set_off_several():
    """A change of character, with the trend, after a sweep at this very close at the edge of the range.

    As shipped, no regime lets a continuation and a fade both trade.
    """
    found = proposals(ranging(), settings(), ALL_ON)

    assert all(isinstance(setup, Setup) for setup in found.values())
    assert list(found) == list(Strategy)
    shipped = proposals(ranging(), config(), ALL_ON)
    assert shipped == found | {CONTINUATION: NoSetup(Missing.REGIME)}


def test_a_continuation_needs_no_sweep_and_no_change_of_character():
    assert isinstance(answer(view(entry=m15(breaks=(shift(BreakKind.BOS),), sweeps=()))), Setup)


def test_a_reversal_does_not_ask_for_the_trend():
    assert isinstance(answer(view(trend=h4(trend=DOWN)), REVERSAL), Setup)
    assert isinstance(answer(view(trend=h4(trend=None, last_break=None)), REVERSAL), Setup)


def test_a_fade_needs_no_break():
    assert isinstance(answer(ranging(entry=m15(breaks=(), sweeps=(now_swept(),))), FADE), Setup)


def test_the_edge_of_the_range_is_its_outer_quarter_by_the_close():
    """The close at 230,000 is 500 ticks above the low: a quarter of 2000, more than a quarter of 1999."""
    inside, outside = edge(range_low=229_500, range_high=231_500), edge(range_low=229_500, range_high=231_499)

    assert isinstance(answer(ranging(setup=inside), FADE), Setup)
    assert answer(ranging(setup=outside), FADE) == NoSetup(Missing.EDGE, UP)


def test_a_close_that_swept_both_sides_fades_the_edge_it_stands_at():
    """In whichever order its sweeps are told: the mirrored market tells the other side first."""
    high = raided(pool(230_005, SwingKind.HIGH), 230_010, candles_ago=0)
    for sweeps in ((now_swept(), high), (high, now_swept())):
        assert proposed(ranging(entry=m15(sweeps=sweeps)), FADE).direction is UP


def test_a_close_that_swept_both_sides_away_from_an_edge_misses_it_either_way_and_one_side_twice_the_one_way():
    lows = (now_swept(), now_swept(pool(229_860)))
    high = raided(pool(230_005, SwingKind.HIGH), 230_010, candles_ago=0)
    inside = edge(range_low=229_000)

    assert answer(ranging(setup=inside, entry=m15(sweeps=lows)), FADE) == NoSetup(Missing.EDGE, UP)
    assert answer(ranging(setup=inside, entry=m15(sweeps=(*lows, high))), FADE) == NoSetup(Missing.EDGE)


@EACH
def test_a_break_or_sweep_the_other_way_proposes_the_other_way(strategy):
    drawn = BEST[strategy](bid=230_010, ask=230_010)

    assert proposed(mirrored(drawn, 460_000), strategy).direction is Direction.DOWN


# What is missing

OLD = m15(breaks=(shift(candles_ago=1),))
NO_BREAK = m15(breaks=())
HIGH_SWEPT = raided(pool(230_000, SwingKind.HIGH), 230_020)


@pytest.mark.parametrize(
    ("strategy", "changed", "why"),
    [
        (CONTINUATION, view(entry=NO_BREAK), NoSetup(Missing.BREAK)),
        (CONTINUATION, view(entry=OLD), NoSetup(Missing.BREAK)),
        (CONTINUATION, view(trend=h4(trend=DOWN)), NoSetup(Missing.TREND, UP)),
        (CONTINUATION, view(trend=h4(trend=None)), NoSetup(Missing.TREND, UP)),
        (CONTINUATION, view(entry=m15(breaks=(shift(direction=DOWN),))), NoSetup(Missing.TREND, DOWN)),
        (REVERSAL, view(entry=NO_BREAK), NoSetup(Missing.BREAK)),
        (REVERSAL, view(entry=OLD), NoSetup(Missing.BREAK)),
        (REVERSAL, view(entry=m15(breaks=(shift(BreakKind.BOS),))), NoSetup(Missing.BREAK)),
        (REVERSAL, view(entry=m15(sweeps=())), NoSetup(Missing.SWEEP, UP)),
        (REVERSAL, view(entry=m15(sweeps=(raided(candles_ago=20),))), NoSetup(Missing.SWEEP, UP)),
        (REVERSAL, view(entry=m15(sweeps=(HIGH_SWEPT,))), NoSetup(Missing.SWEEP, UP)),
        (REVERSAL, view(entry=m15(sweeps=(), round_sweeps=(raided(ROUND_LOW),))), NoSetup(Missing.SWEEP, UP)),
        (FADE, ranging(entry=m15(sweeps=())), NoSetup(Missing.SWEEP)),
        (FADE, ranging(entry=m15(sweeps=(raided(candles_ago=1),))), NoSetup(Missing.SWEEP)),
        (FADE, ranging(entry=m15(sweeps=(), round_sweeps=(now_swept(ROUND_LOW),))), NoSetup(Missing.SWEEP)),
        (FADE, ranging(setup=edge(range_low=229_000)), NoSetup(Missing.EDGE, UP)),
        (FADE, ranging(setup=edge(range_low=None)), NoSetup(Missing.EDGE, UP)),
        (FADE, ranging(setup=edge(range_low=230_000, range_high=230_000)), NoSetup(Missing.EDGE, UP)),
    ],
)
def test_what_a_strategy_waits_for_is_named_when_it_is_missing(strategy, changed, why):
    assert answer(changed, strategy) == why


@pytest.mark.parametrize("candles_ago", [19, 0])
def test_a_sweep_within_the_look_back_is_enough_for_a_reversal(candles_ago):
    swept = raided(extreme=229_600, candles_ago=candles_ago)

    assert isinstance(answer(view(entry=m15(sweeps=(swept,), round_sweeps=(raided(ROUND_LOW),))), REVERSAL), Setup)


def test_a_shorter_look_back_forgets_sooner():
    assert isinstance(answer(view(), REVERSAL, lookback=11), Setup)
    assert answer(view(), REVERSAL, lookback=10) == NoSetup(Missing.SWEEP, UP)


@EACH
@pytest.mark.parametrize("timeframe", ["entry", "setup", "trend"])
def test_no_strategy_speaks_before_every_timeframe_is_ready(strategy, timeframe):
    drawn = BEST[strategy]()
    early = msgspec.structs.replace(getattr(drawn, timeframe), is_ready=False)

    assert answer(msgspec.structs.replace(drawn, **{timeframe: early}), strategy) == NoSetup(Missing.READY)


@EACH
def test_no_strategy_speaks_without_a_quote(strategy):
    assert answer(BEST[strategy](bid=None, ask=None), strategy) == NoSetup(Missing.QUOTE)


@EACH
@pytest.mark.parametrize("atr", [None, 0.0])
def test_no_strategy_speaks_where_nothing_moves(strategy, atr):
    drawn = BEST[strategy]()
    still = msgspec.structs.replace(drawn, entry=msgspec.structs.replace(drawn.entry, atr=atr))

    assert answer(still, strategy) == NoSetup(Missing.MOVEMENT, UP)


@EACH
def test_no_strategy_takes_a_stop_that_is_too_far(strategy):
    """Entry at 230,020. The raid is at 229,500, the last sweep of the range at 229,800; a quarter ATR and 20 beyond."""
    drawn = BEST[strategy]()
    atr, distance = (40.0, 220 + 10 + 20) if strategy is FADE else (90.0, 520 + 22 + 20)
    calm = msgspec.structs.replace(drawn, entry=msgspec.structs.replace(drawn.entry, atr=atr))

    assert answer(calm, strategy) == NoSetup(Missing.FAR_STOP, UP, distance, int(6 * atr))


def test_a_stop_at_exactly_the_farthest_distance_is_taken():
    """520 to the raid, 50 and 20 beyond it: 590 ticks, 2.95 ATRs."""
    assert isinstance(answer(view(), max_stop_atr=Decimal("2.95")), Setup)
    assert answer(view(), max_stop_atr=Decimal("2.949")) == NoSetup(Missing.FAR_STOP, UP, 590, 589)


# Regimes and switches


@pytest.mark.parametrize("regime", [*Regime, None])
def test_a_fade_stays_away_from_a_market_that_trends_or_jumps(regime):
    setup = answer(ranging(setup=edge(regime=regime)), FADE)

    assert isinstance(setup, Setup) == (regime in (Regime.RANGING, Regime.QUIET))
    if not isinstance(setup, Setup):
        assert setup == NoSetup(Missing.REGIME)


@pytest.mark.parametrize(
    ("strategy", "regimes"),
    [
        (CONTINUATION, {Regime.TRENDING, Regime.VOLATILE}),
        (REVERSAL, {Regime.VOLATILE, Regime.RANGING, Regime.QUIET}),
    ],
)
def test_the_others_trade_the_regimes_they_are_made_for_and_never_an_unknown_one(strategy, regimes):
    for regime in (*Regime, None):
        found = proposals(view(setup=h1(regime=regime)), config(), ALL_ON)[strategy]

        assert isinstance(found, Setup) == (regime in regimes)
        assert isinstance(found, Setup) or found == NoSetup(Missing.REGIME)


def test_an_internal_change_of_character_counts_where_a_larger_break_spoke_for_it():
    """Both scales broke the same level: the larger one was told, a BOS; the internal one was the change."""
    larger = shift(BreakKind.BOS, scale=Scale.SWING)
    entry = m15(breaks=(larger,), last_break=shift(BreakKind.CHOCH))

    setup = proposed(view(entry=entry), REVERSAL)

    assert [(r.detail, r.points) for r in setup.reasons if (r.role, r.code) == (Role.ENTRY, ReasonCode.STRUCTURE)] == [
        ("MSS", 8)
    ]
    for internal in (None, shift(BreakKind.CHOCH, candles_ago=1)):  # none, or one of an earlier close
        alone = m15(breaks=(larger,), last_break=internal)
        assert answer(view(entry=alone), REVERSAL) == NoSetup(Missing.BREAK)
        assert isinstance(answer(view(entry=alone)), Setup)  # to go on, the larger one is enough


def test_a_larger_change_of_character_does_not_turn_an_internal_break_with_the_trend_into_a_reversal():
    both = m15(breaks=(shift(BreakKind.BOS), shift(BreakKind.CHOCH, scale=Scale.SWING)))

    assert answer(view(entry=both), REVERSAL) == NoSetup(Missing.BREAK)


def test_a_swept_round_number_earns_a_third_and_is_not_what_the_stop_lies_beyond():
    by_number = m15(sweeps=(), round_sweeps=(raided(ROUND_LOW),))

    setup = proposed(view(entry=by_number))

    assert points(view(entry=by_number), ReasonCode.SWEEP) == 2  # of 6
    assert setup.stop_basis == "FVG"
    assert [reason.code for reason in against(setup)] == [ReasonCode.OPPOSING_ZONE, ReasonCode.NO_SWEEP]
    assert setup.score == 96 - 5 + 2  # the raid earned 5


@pytest.mark.parametrize("candles_ago", [19, 10, 0])
def test_swept_round_numbers_set_nothing_off_however_many_they_are(candles_ago):
    """Neither does a stop taken too long ago, or on the other side, beside them."""
    numbers = tuple(raided(pool(229_550 + 10 * i, kind=PoolKind.ROUND), candles_ago=candles_ago) for i in range(3))
    beside = m15(sweeps=(raided(candles_ago=20), HIGH_SWEPT), round_sweeps=numbers)

    assert answer(volatile(entry=beside), REVERSAL) == NoSetup(Missing.SWEEP, UP)
    assert answer(ranging(entry=beside), FADE) == NoSetup(Missing.SWEEP)


@EACH
def test_the_configuration_says_in_which_regimes_a_strategy_trades(strategy):
    drawn = BEST[strategy]()
    own = msgspec.structs.replace(StrategiesConfig().of(strategy), regimes=(Regime.QUIET,))
    only_quiet = config(strategies=StrategiesConfig(**{strategy.value: own}))

    assert proposals(drawn, only_quiet, ALL_ON)[strategy] == NoSetup(Missing.REGIME)


@EACH
def test_a_strategy_that_is_off_says_so_and_the_others_do_not_notice(strategy):
    everything = proposals(ranging(), settings(), ALL_ON)

    found = proposals(ranging(), settings(), ALL_ON - {strategy})

    assert found == everything | {strategy: NoSetup(Missing.OFF)}
    assert proposals(ranging(), settings(), frozenset()) == dict.fromkeys(Strategy, NoSetup(Missing.OFF))


# The tables of points


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_table_gives_40_points_to_h4_35_to_h1_and_25_to_m15(strategy):
    weights = StrategiesConfig().of(strategy).weights

    assert [sum(getattr(weights, name) for name in names) for names in SCORE_PARTS.values()] == [40, 35, 25]
    assert sum(getattr(weights, name) for name in weights.__struct_fields__) == 100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"trend": 23},
            "the trend parts (trend, trend_break, trend_half, trend_swing, trend_average, regime) must sum"
            " to 40 points, not 41",
        ),
        (
            {"zone_held": 17},
            "the setup parts (zone_held, zone_stacked, setup_trend, ote, inducement, range_edge) must"
            " sum to 35 points, not 34",
        ),
        (
            {"kill_zone": 3},
            "the entry parts (structure, sweep, entry_zone, pattern, key_level, value, stretched,"
            " kill_zone) must sum to 25 points, not 26",
        ),
        ({"trend": 27, "trend_break": -1}, "points cannot be negative: trend_break = -1"),
        ({"sweep": -2, "structure": 18}, "points cannot be negative: sweep = -2"),
    ],
)
def test_a_table_that_does_not_sum_as_stated_or_takes_points_away_is_refused(changes, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole text is compared
        WeightsConfig(**changes)
    assert str(refused.value) == message


def test_points_may_move_within_a_timeframe():
    assert WeightsConfig(trend=21, regime=4).regime == 4


@pytest.mark.parametrize("score", [-1, 101])
def test_a_least_score_beyond_the_scale_is_refused(score):
    with pytest.raises(ValueError, match=f"min_score must be 0 to 100 points, not {score}"):
        StrategyConfig(min_score=score)


def test_a_strategy_without_a_regime_is_refused():
    with pytest.raises(ValueError, match="regimes must name at least one"):
        StrategyConfig(regimes=())


@pytest.mark.parametrize("kind", [kind for kind in PoolKind if kind is not PoolKind.ROUND])
def test_stops_of_any_kind_of_pool_set_off_a_reversal_and_a_fade(kind):
    """Round numbers, which hold no stops of note, are kept apart; see above."""
    low = pool(229_550, kind=kind)

    assert isinstance(answer(view(entry=m15(sweeps=(raided(low),))), REVERSAL), Setup)
    assert isinstance(answer(ranging(entry=m15(sweeps=(now_swept(low),))), FADE), Setup)
