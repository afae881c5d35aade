"""Where a setup goes in, what proves it wrong, where it leaves, what it is called, and when it is proposed again."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.confluence import evidence_names
from engine.types import (
    ChartView,
    MarketView,
    Missing,
    NoSetup,
    Proposed,
    Session,
    Setup,
    Strategy,
    SwingKind,
    ZoneKind,
)
from tests.builders import candle, pool, zone
from tests.engine.drawn_market import (
    BEST,
    BLOCK,
    CONTINUATION,
    DOWN,
    FADE,
    GAP,
    NOW_MS,
    REVERSAL,
    ROUND_LOW,
    UP,
    against,
    ago,
    answer,
    h1,
    held,
    inverted,
    m15,
    proposed,
    raided,
    ranging,
    view,
    volatile,
)
from tests.engine.mirror import mirrored

ENTRY, RISK = 230_020, 590
BARE = h1(zones=())
CALM = m15(sweeps=(), pools=())  # no stops taken, none resting


# Entry, proof and stop


def test_the_stop_lies_beyond_the_raid_by_a_quarter_atr_and_the_spread():
    """In at the ask. The raid went to 229,500; 50 is a quarter of 200, the spread is 20."""
    setup = proposed(view())

    assert (setup.direction, setup.entry, setup.spread) == (UP, 230_020, 20)
    assert (setup.proof, setup.stop_basis, setup.stop) == (229_500, "sweep", 229_500 - 50 - 20)
    assert (setup.risk, setup.session, setup.known_ms) == (590, Session.NEW_YORK, NOW_MS)


def test_a_sell_goes_in_at_the_bid_and_its_stop_lies_above_by_the_same():
    """The drawn market upside down around 230,000, quoted 229,980 / 230,000: the raid went to 230,500."""
    turned = msgspec.structs.replace(mirrored(view(bid=230_000, ask=230_000), 460_000), bid=229_980, ask=230_000)

    setup = proposed(turned)

    assert (setup.direction, setup.entry, setup.spread) == (DOWN, 229_980, 20)
    assert (setup.proof, setup.stop) == (230_500, 230_500 + 50 + 20)


def test_the_proof_is_the_farthest_price_since_the_sweep():
    """Two candles after a raid at 229,600 price fell to 229,450; what came before the raid is past."""
    later = candle(229_700, 229_900, 229_450, 229_800, open_ms=ago(4))
    candles = tuple(later if c.open_ms == ago(4) else c for c in m15().candles)
    since = m15(candles=candles, sweeps=(raided(pool(229_620), 229_600, candles_ago=6),))

    assert (proposed(view(entry=since)).proof, proposed(view(entry=since)).stop_basis) == (229_450, "sweep")
    past = m15(candles=candles, sweeps=(raided(pool(229_620), 229_600, candles_ago=3),))
    assert proposed(view(entry=past)).proof == 229_650


@pytest.mark.parametrize(
    ("held_zone", "proof", "basis"),
    [
        (GAP, 229_450, "FVG"),
        (held(bottom=229_550), 229_500, "FVG"),  # the raid's wick went below it
        (held(kind=ZoneKind.BLOCK), 229_450, "OB"),
        (held(kind=ZoneKind.BASE), 229_450, "SD"),
        (inverted(kind=ZoneKind.BLOCK), 229_450, "BB"),
        (inverted(), 229_450, "IFVG"),
    ],
)
def test_without_a_sweep_the_far_edge_of_the_held_zone_proves_the_idea_wrong(held_zone, proof, basis):
    setup = proposed(view(entry=CALM, setup=h1(zones=(held_zone,))))

    assert (setup.proof, setup.stop_basis, setup.stop) == (proof, basis, proof - 50 - 20)


def test_without_a_sweep_and_a_zone_it_is_the_extreme_the_leg_came_from():
    setup = proposed(view(entry=CALM, setup=BARE))

    assert (setup.proof, setup.stop_basis) == (229_500, "leg")
    assert proposed(view(entry=CALM, setup=BARE), lookback=5).proof == 229_650


def test_a_swept_round_number_proves_nothing_wrong():
    """Six candles ago price went to 229,640 below a number; the zone, or where the leg came from, is the proof."""
    by_number = m15(sweeps=(), pools=(), round_sweeps=(raided(ROUND_LOW, 229_640, candles_ago=6),))

    for setup in (h1(), BARE):
        with_number, without = proposed(view(entry=by_number, setup=setup)), proposed(view(entry=CALM, setup=setup))
        assert (with_number.proof, with_number.stop, with_number.targets) == (
            without.proof,
            without.stop,
            without.targets,
        )
    assert (proposed(view(entry=by_number)).proof, proposed(view(entry=by_number)).stop_basis) == (229_450, "FVG")
    bare = proposed(view(entry=by_number, setup=BARE))
    assert (bare.proof, bare.stop_basis) == (229_500, "leg")


def test_a_later_swept_round_number_leaves_the_proof_to_the_raid():
    """The raid went to 229,500; the number was swept nine candles later, to 229,800."""
    both = m15(round_sweeps=(raided(ROUND_LOW, 229_800, candles_ago=1),))

    assert (proposed(view(entry=both)).proof, proposed(view(entry=both)).stop_basis) == (229_500, "sweep")


@pytest.mark.parametrize(
    ("atr", "stop"),
    [
        (518.0, 229_500 - 130 - 20),  # 129.5 is rounded to even; 670 away
        (670.0, 229_500 - 168 - 20),  # 708 away, farther than one ATR
        (740.0, 230_020 - 740),  # the proof with its buffer is 725 away
        (800.0, 230_020 - 800),
    ],
)
def test_a_stop_nearer_than_one_atr_is_moved_out_to_it(atr, stop):
    assert proposed(view(entry=m15(atr=atr))).stop == stop


def test_the_distances_of_the_stop_are_the_configurations():
    assert proposed(view(), stop_buffer_atr=Decimal("0.5")).stop == 229_500 - 100 - 20
    assert proposed(view(), min_stop_atr=Decimal(3)).stop == 230_020 - 600


def test_a_wide_spread_moves_the_stop_out_too():
    assert proposed(view(bid=229_900)).stop == 229_500 - 50 - 120


def test_a_stop_below_zero_is_too_far_however_far_it_may_be():
    """A buffer of 1200 ATRs is 240,000 ticks; more than the entry is worth cannot be lost."""
    found = answer(view(), stop_buffer_atr=Decimal(1200), max_stop_atr=Decimal(5000))

    assert found == NoSetup(Missing.FAR_STOP, UP, 520 + 240_000 + 20, 230_019)


def test_where_stop_and_entry_fall_together_nothing_moves():
    """An ATR of a third of a tick, no spread, and the quote is where the leg came from."""
    still = view(entry=m15(atr=0.3, sweeps=()), setup=BARE, bid=229_500, ask=229_500)

    assert answer(still) == NoSetup(Missing.MOVEMENT, UP)


def test_strategies_that_agree_on_the_way_agree_on_the_prices():
    """The last candle swept 229,800; one R is 290, so 230,900 is far enough beyond the first target."""
    setups = [proposed(ranging(), strategy) for strategy in Strategy]

    assert {(s.entry, s.stop, s.targets, s.proof, s.stop_basis) for s in setups} == {
        (230_020, 229_800 - 50 - 20, (230_700, 230_900), 229_800, "sweep")
    }


# Targets


def with_highs(*levels: int) -> ChartView:
    return m15(pools=tuple(pool(level, SwingKind.HIGH) for level in levels))


def targets(*levels: int, **confluence: object) -> tuple[int, ...]:
    """Targets in ticks from the entry, with pools that far above it and nowhere else; one R is 590."""
    above = with_highs(*(ENTRY + level for level in levels))
    setup = proposed(view(entry=above, setup=h1(pools=())), **confluence)
    assert setup.risk == RISK
    return tuple(target - ENTRY for target in setup.targets)


def test_the_next_two_pools_of_m15_and_h1_that_are_far_enough_are_the_targets():
    """230,900 on M15 is less than half an R beyond the first; 231,100 is on H1."""
    assert proposed(view()).targets == (230_700, 231_100)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((), (885, 1475)),  # one and a half and two and a half R
        ((589, 2361), (885, 1475)),  # nearer than one R, farther than four
        ((590, 2360), (590, 2360)),
        ((1000,), (1000, 1475)),
        ((680, 975), (680, 975)),  # half an R beyond the first
        ((680, 974), (680, 1475)),
        ((590, 884), (590, 1475)),  # the second at no less than one and a half R
        ((590, 885), (590, 885)),
        ((1474,), (1474, 1769)),  # a default nearer than half an R beyond the first moves out
        ((1534,), (885, 1534)),  # the only pool is too far to be the first
        ((1475, 2000), (885, 1475)),
    ],
)
def test_targets_by_the_pools_in_the_way(levels, expected):
    assert targets(*levels) == expected


@pytest.mark.parametrize(("second", "expected"), [(886, 1478), (887, 887)])
def test_half_a_tick_short_of_one_and_a_half_r_is_no_second_target(second, expected):
    """One R is 591 here, one and a half are 886.5; two and a half, rounded up, 1478."""
    entry = ENTRY + 1
    above = with_highs(entry + 591, entry + second)

    setup = proposed(view(bid=entry - 20, ask=entry, entry=above, setup=h1(pools=())))

    assert (setup.risk, [target - entry for target in setup.targets]) == (591, [591, expected])


def test_lows_are_no_targets_of_a_buy():
    low = m15(pools=(pool(ENTRY + 700, SwingKind.LOW),))

    assert proposed(view(entry=low, setup=h1(pools=()))).targets == (ENTRY + 885, ENTRY + 1475)


def test_the_multiples_of_r_are_the_configurations():
    assert targets(680, first_target_r=Decimal("1.2")) == (885, 1475)
    assert targets(700, max_target_r=Decimal("1.1")) == (885, 1475)
    assert targets(default_target_r=(Decimal("1.01"), Decimal(3))) == (596, 1770)  # 595.9, never nearer than promised


# What it is called

SUPPLY_HELD = held(kind=ZoneKind.BASE)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (view(), "Sweep + FVG"),
        (view(setup=BARE), "Sweep"),
        (view(setup=h1(zones=(SUPPLY_HELD,))), "Sweep + Demand"),
        (view(entry=CALM), "FVG + OB"),
        (view(entry=CALM, setup=h1(zones=(GAP,))), "FVG retest"),
        (view(entry=CALM, setup=h1(zones=(SUPPLY_HELD,))), "Demand retest"),
        (view(entry=CALM, setup=h1(zones=(BLOCK, held(kind=ZoneKind.BASE, strength=10)))), "OB + Demand"),
        (view(entry=CALM, setup=h1(zones=(inverted(),))), "IFVG retest"),
        (view(entry=CALM, setup=h1(zones=(inverted(kind=ZoneKind.BLOCK),))), "Breaker retest"),
        (view(entry=CALM, setup=BARE), "Structure break"),
    ],
)
def test_the_label_names_what_the_setup_is_made_of(changed, kind):
    assert proposed(changed).kind == kind


def test_a_sell_is_made_from_supply():
    turned = mirrored(view(bid=230_000, ask=230_000, setup=h1(zones=(SUPPLY_HELD,))), 460_000)

    assert proposed(turned).kind == "Sweep + Supply"


def test_a_zone_in_the_way_is_not_in_the_label():
    ahead = zone(230_500, 230_650, DOWN, ZoneKind.BASE, id=9, known_ms=ago(40))

    setup = proposed(view(entry=CALM, setup=h1(zones=(ahead,)), round_step=0))

    assert (setup.kind, len(against(setup))) == ("Structure break", 1)


# The same idea again

NAMES = (
    "against.opposing_zone:OB",
    "entry_zone:FVG",
    "inducement",
    "key_level",
    "ote",
    "pattern:engulfing",
    "regime:trending",
    "structure:CHoCH",
    "structure:MSS",
    "sweep:swing",
    "trend:BOS",
    "trend_average",
    "trend_break:BOS",
    "trend_half:discount",
    "trend_swing:CHoCH",
    "value:val",
    "zone_held:FVG",
    "zone_stacked:OB",
)
BEFORE_MS = ago(3)


def once(**changes: object) -> Proposed:
    """What the drawn continuation was proposed as three quarters of an hour before."""
    fields = {"strategy": CONTINUATION, "direction": UP, "proof": 229_500, "evidence": NAMES, "known_ms": BEFORE_MS}
    return Proposed(**(fields | changes))


def again(*before: Proposed, **changes: object) -> Setup | NoSetup:
    return answer(view(proposed=before, **changes))


def test_what_a_setup_rests_on_is_told_without_prices():
    assert evidence_names(proposed(view()).reasons) == NAMES


def test_a_first_proposal_is_not_again_of_anything():
    setup = proposed(view())

    assert (setup.again_of_ms, setup.changed) == (None, ())


def test_the_same_idea_is_not_proposed_twice():
    assert again(once()) == NoSetup(Missing.CHANGE, UP)


def test_nor_when_only_prices_and_points_are_different():
    """The zone wore off by ten points, and the quote is thirty ticks higher."""
    worn = h1(zones=(held(strength=50), *h1().zones[1:]))

    assert again(once(), setup=worn, bid=230_030, ask=230_050) == NoSetup(Missing.CHANGE, UP)


def test_nor_when_only_the_hour_is_another():
    """The kill zone ends or begins: its points come and go, the idea stays."""
    assert answer(view(proposed=(once(),)), kill_zones=()) == NoSetup(Missing.CHANGE, UP)


def test_it_is_proposed_again_when_something_is_new_or_gone():
    """Then there was no sweep and no gap, and a level stood in the way."""
    then = tuple(sorted({*NAMES, "against.level_ahead"} - {"entry_zone:FVG", "sweep:swing"}))

    setup = again(once(evidence=then))

    assert isinstance(setup, Setup)
    assert setup.again_of_ms == BEFORE_MS
    assert setup.changed == ("+entry_zone:FVG", "+sweep:swing", "-against.level_ahead")


def test_what_speaks_against_it_is_a_change_too():
    setup = again(once(), setup=h1(zones=(GAP, BLOCK)))

    assert isinstance(setup, Setup)
    assert setup.changed == ("-against.opposing_zone:OB",)


@pytest.mark.parametrize(
    "other",
    [once(proof=229_499), once(direction=DOWN), once(strategy=REVERSAL), once(strategy=FADE)],
    ids=["another proof", "the other way", "of a reversal", "of a fade"],
)
def test_another_idea_does_not_stand_in_its_way(other):
    setup = again(other)

    assert isinstance(setup, Setup)
    assert (setup.again_of_ms, setup.changed) == (None, ())


@pytest.mark.parametrize("strategy", list(Strategy))
def test_each_strategy_remembers_its_own(strategy):
    drawn: MarketView = BEST[strategy]()
    first = proposed(drawn, strategy)
    mine = Proposed(strategy, UP, first.proof, evidence_names(first.reasons), BEFORE_MS)
    others = [Proposed(s, UP, first.proof, ("trend:BOS",), BEFORE_MS) for s in Strategy if s is not strategy]

    remembering = msgspec.structs.replace(drawn, proposed=(*others, mine))

    assert answer(remembering, strategy) == NoSetup(Missing.CHANGE, UP)


def test_a_reversals_reasons_differ_from_a_continuations():
    """So that the two remember different things: a continuation gives no points for being stretched."""
    reversal = evidence_names(proposed(volatile(), REVERSAL).reasons)

    assert set(reversal) - set(NAMES) == {"regime:volatile", "stretched:band"}
