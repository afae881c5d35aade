"""Early stops beyond the first pullback, on drawn candles. A pullback's wing is two candles unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inducement import InducementWatch
from engine.types import Candle, Direction, Inducement, InducementStatus, Price
from tests.builders import broken
from tests.engine.market_data import MONDAY_MS, candle_lists, line, walk
from tests.engine.mirror import mirrored

M15_MS = 900_000
UP, DOWN = Direction.UP, Direction.DOWN
RESTING, TAKEN, CANCELLED = InducementStatus
CENTRE = 20_000

# Lows of a rally that broke structure at the third candle, pulled back to 110 and went on.
RALLY = (100, 104, 108, 112, 115, 110, 113, 116)
BROKE, PULLED_BACK, KNOWN = 2, 5, 7


def lows(*prices: Price) -> list[Candle]:
    """Candles of which only the lows matter."""
    return line(*((low + 2, low + 4, low, low + 2) for low in prices))


def turned(candles: Sequence[Candle]) -> list[Candle]:
    return [mirrored(candle, CENTRE) for candle in candles]


def opened(index: int) -> int:
    return MONDAY_MS + index * M15_MS


def closed(index: int) -> int:
    return opened(index + 1)


def step(
    watch: InducementWatch, candles: Sequence[Candle], k: int, broke: Direction | None, strong: Price | None
) -> list[Inducement]:
    """One candle in the engine's order: taken, broken, confirmed."""
    told = [watch.on_candle(candles[k])]
    if broke is not None:
        told.append(watch.on_break(broken(direction=broke, formed_ms=candles[k].open_ms, known_ms=candles[k].close_ms)))
    told.append(watch.confirm(candles[: k + 1], strong))
    return [each for each in told if each is not None]


def lived(
    watch: InducementWatch, candles: Sequence[Candle], breaks: Mapping[int, Direction], strong: Price | None = None
) -> list[list[Inducement]]:
    """What each candle told, structure having broken at the candles of `breaks`."""
    return [step(watch, candles, k, breaks.get(k), strong) for k in range(len(candles))]


def told(
    candles: Sequence[Candle], breaks: Mapping[int, Direction], strong: Price | None = None, wing: int = 2
) -> list[tuple[int, InducementStatus, Price]]:
    """At which candle's close what was told of which level."""
    days = lived(InducementWatch(wing), candles, breaks, strong)
    return [(k, each.status, each.level) for k, day in enumerate(days) for each in day]


def test_the_first_low_after_a_break_upwards_is_known_when_its_right_wing_closes():
    watch = InducementWatch(2)
    candles = lows(*RALLY)

    *before, last = lived(watch, candles, {BROKE: UP})

    expected = Inducement(UP, 110, opened(PULLED_BACK), closed(KNOWN), closed(BROKE))
    assert before == [[]] * KNOWN
    assert last == [expected]
    assert watch.current == expected


def test_the_first_high_after_a_break_downwards_likewise():
    (found,) = lived(InducementWatch(2), turned(lows(*RALLY)), {BROKE: DOWN})[KNOWN]

    assert found == Inducement(DOWN, CENTRE - 110, opened(PULLED_BACK), closed(KNOWN), closed(BROKE))


def test_without_a_break_there_is_no_inducement():
    assert told(lows(*RALLY), {}) == []


def test_a_pullback_made_at_the_breaking_candle_or_before_it_is_not_one_after_the_break():
    assert told(lows(*RALLY), {PULLED_BACK - 1: UP}) == [(KNOWN, RESTING, 110)]
    assert told(lows(*RALLY), {PULLED_BACK: UP}) == []
    assert told(lows(*RALLY), {KNOWN: UP}) == []


@pytest.mark.parametrize("wing", [1, 2, 3])
def test_a_wing_of_n_needs_n_candles_on_each_side(wing):
    valley = (*range(200, 200 - wing, -1), 150, *range(160, 160 + wing))

    assert told(lows(120, *valley[:-1]), {0: UP}, wing=wing) == []
    assert told(lows(120, *valley), {0: UP}, wing=wing) == [(2 * wing + 1, RESTING, 150)]


def test_candles_too_few_for_both_wings_confirm_nothing():
    assert told(lows(115, 110, 113, 116), {0: UP}) == []


def test_of_two_equal_lows_the_last_one_is_the_pullback():
    assert told(lows(100, 104, 108, 112, 110, 115, 110, 113, 116), {BROKE: UP}) == [(8, RESTING, 110)]
    assert told(lows(100, 104, 108, 115, 112, 110, 110, 113, 116), {BROKE: UP}) == [(8, RESTING, 110)]


def test_the_same_upside_down():
    assert told(turned(lows(100, 104, 108, 112, 110, 115, 110, 113, 116)), {BROKE: DOWN}) == [
        (8, RESTING, CENTRE - 110)
    ]


def test_flat_candles_make_no_pullback():
    assert told(line(*["100/100/100/100"] * 9), {0: UP}) == []
    assert told(line(*["100/100/100/100"] * 9), {0: DOWN}) == []


@pytest.mark.parametrize(("strong", "found"), [(109, True), (110, False), (111, False), (None, True)])
def test_a_pullback_must_stay_above_the_strong_low_where_there_is_one(strong, found):
    expected = [(KNOWN, RESTING)] if found else []

    assert [(k, status) for k, status, _ in told(lows(*RALLY), {BROKE: UP}, strong)] == expected
    above = None if strong is None else CENTRE - strong
    assert [(k, status) for k, status, _ in told(turned(lows(*RALLY)), {BROKE: DOWN}, above)] == expected


def test_after_a_pullback_that_reached_the_strong_low_the_next_one_counts():
    candles = lows(*RALLY, 120, 114, 117, 121)

    assert told(candles, {BROKE: UP}, strong=110) == [(11, RESTING, 114)]


def test_a_break_has_one_inducement_only():
    candles = lows(*RALLY, 120, 114, 117, 121)

    assert told(candles, {BROKE: UP}) == [(KNOWN, RESTING, 110)]


def test_it_is_taken_by_a_candle_that_trades_below_it_and_only_once():
    watch = InducementWatch(2)

    days = lived(watch, lows(*RALLY, 110, 109, 108), {BROKE: UP})

    taken = Inducement(UP, 110, opened(PULLED_BACK), closed(KNOWN), closed(BROKE), TAKEN, closed(9))
    assert days[8:] == [[], [taken], []]
    assert watch.current == taken


def test_a_high_is_taken_by_a_candle_that_trades_above_it():
    assert told(turned(lows(*RALLY, 110, 109, 108)), {BROKE: DOWN})[1:] == [(9, TAKEN, CENTRE - 110)]


@pytest.mark.parametrize("next_break", list(Direction))
def test_the_next_break_either_way_cancels_it_while_it_rests(next_break):
    watch = InducementWatch(2)

    days = lived(watch, lows(*RALLY, 118), {BROKE: UP, 8: next_break})

    assert days[8] == [
        Inducement(UP, 110, opened(PULLED_BACK), closed(KNOWN), closed(BROKE), CANCELLED, closed(8)),
    ]
    assert watch.current.status is CANCELLED


def test_a_break_by_the_candle_that_takes_it_cancels_nothing():
    assert told(lows(*RALLY, 90), {BROKE: UP, 8: DOWN})[1:] == [(8, TAKEN, 110)]


def test_one_cancelled_is_not_taken_later():
    assert told(lows(*RALLY, 118, 105), {BROKE: UP, 8: UP})[1:] == [(8, CANCELLED, 110)]


def test_after_the_next_break_its_own_pullback_follows():
    """The second break, at 8, pulls back to 117 at 10."""
    watch = InducementWatch(2)

    days = lived(watch, lows(*RALLY, 120, 123, 117, 121, 125), {BROKE: UP, 8: UP})

    assert days[12] == [Inducement(UP, 117, opened(10), closed(12), closed(8))]
    assert watch.current == days[12][0]


def test_a_break_that_finds_no_pullback_before_the_next_one_has_none():
    """A low at 5 is known at 7; structure breaks again at 6, so it belongs to neither break."""
    assert told(lows(*RALLY), {BROKE: UP, 6: UP}) == []


def test_the_latest_stays_in_view_while_a_new_pullback_is_waited_for():
    watch = InducementWatch(2)
    lived(watch, lows(*RALLY, 118, 120), {BROKE: UP, 8: UP})

    assert (watch.current.level, watch.current.status) == (110, CANCELLED)


class Unread(Sequence[Candle]):
    """Candles nobody may look at."""

    def __len__(self) -> int:
        raise AssertionError("counted")

    def __getitem__(self, index: object) -> Candle:
        raise AssertionError("looked at")


def test_while_nothing_is_waited_for_no_candle_is_looked_at():
    watch = InducementWatch(2)
    assert watch.confirm(Unread(), 100) is None

    lived(watch, lows(*RALLY), {BROKE: UP})

    assert watch.confirm(Unread(), 100) is None


_BREAKS = st.dictionaries(st.integers(0, 79), st.sampled_from(Direction), max_size=12)
_WING = st.integers(1, 3)


@given(candle_lists(), _BREAKS, _WING, st.one_of(st.none(), st.integers(9_950, 10_050)))
def test_any_candles_upside_down_give_the_same_upside_down(candles, breaks, wing, strong):
    other = {k: direction.opposite for k, direction in breaks.items()}
    days = lived(InducementWatch(wing), candles, breaks, strong)
    expected = [
        [msgspec.structs.replace(each, direction=each.direction.opposite, level=CENTRE - each.level) for each in day]
        for day in days
    ]

    turned_strong = None if strong is None else CENTRE - strong
    assert lived(InducementWatch(wing), turned(candles), other, turned_strong) == expected


@given(candle_lists(), _BREAKS, _WING)
def test_everything_is_told_when_it_becomes_known_and_ends_once(candles, breaks, wing):
    days = lived(InducementWatch(wing), candles, breaks)

    resting = None
    for candle, day in zip(candles, days, strict=True):
        for each in day:
            if each.status is RESTING:
                assert resting is None
                assert each.known_ms == candle.close_ms
                assert each.break_known_ms <= each.formed_ms < each.known_ms
                resting = each
            else:
                assert each == msgspec.structs.replace(resting, status=each.status, ended_ms=candle.close_ms)
                assert each.ended_ms > each.known_ms
                resting = None


@given(candle_lists(), _BREAKS, _WING, st.data())
def test_stored_and_read_again_at_any_point_it_goes_on_as_before(candles, breaks, wing, data):
    stop = data.draw(st.integers(0, len(candles)))
    watch = InducementWatch(wing)
    for k in range(stop):
        step(watch, candles, k, breaks.get(k), None)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(watch), type=InducementWatch)

    assert again == watch
    for k in range(stop, len(candles)):
        assert step(again, candles, k, breaks.get(k), None) == step(watch, candles, k, breaks.get(k), None)


def test_a_random_walk_has_inducements_of_every_fate_both_ways():
    candles = walk(3, 600)
    breaks = {k: UP if k % 50 else DOWN for k in range(0, 600, 25)}
    seen = {(each.direction, each.status) for day in lived(InducementWatch(2), candles, breaks) for each in day}

    assert seen == {(direction, status) for direction in Direction for status in InducementStatus}
