"""Support and resistance made of drawn swings. Unless said otherwise the ATR is 40 and the reach a quarter of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.levels import KeyLevels
from engine.types import KeyLevel, Price, Swing, SwingKind
from tests.builders import swing

HIGH, LOW = SwingKind.HIGH, SwingKind.LOW
ATR = 40.0
CENTRE = 20_000


def book(*prices: Price, capacity: int = 20, tolerance: str = "0.25") -> KeyLevels:
    """Levels of one swing high each: the first known at 10, the next at 20, and so on."""
    made = KeyLevels(capacity, Decimal(tolerance).as_integer_ratio())
    for number, price in enumerate(prices, start=1):
        assert made.register(swing(HIGH, price, 10 * number - 5, 10 * number), ATR) is None
    return made


def at(of: KeyLevels, price: Price, known_ms: int, kind: SwingKind = LOW, atr: float | None = ATR) -> KeyLevel | None:
    """What a swing at this price touches."""
    return of.register(swing(kind, price, known_ms - 5, known_ms), atr)


def touched(of: KeyLevels, price: Price, known_ms: int = 1000, kind: SwingKind = LOW) -> Price | None:
    level = at(of, price, known_ms, kind)
    return None if level is None else level.price


def test_a_single_swing_is_no_level_yet():
    assert book(100, 200).all() == ()


def test_the_second_swing_makes_the_level_at_the_price_of_the_first_whatever_its_side():
    of = book(100)

    assert at(of, 104, known_ms=60) == KeyLevel(100, touches=2, formed_ms=5, known_ms=60)
    assert at(of, 97, known_ms=90, kind=HIGH) == KeyLevel(100, touches=3, formed_ms=5, known_ms=90)
    assert of.all() == (KeyLevel(100, touches=3, formed_ms=5, known_ms=90),)


@pytest.mark.parametrize(("price", "level"), [(89, None), (90, 100), (100, 100), (110, 100), (111, None)])
def test_a_swing_as_far_away_as_the_reach_still_touches(price, level):
    assert touched(book(100), price) == level


def test_a_distance_of_exactly_the_reach_is_not_lost_to_rounding():
    """0.29 of an ATR of 100 is 29; in binary fractions it is a little less."""
    assert at(book(100, tolerance="0.29"), 129, 60, atr=100.0) is not None


def test_a_level_does_not_wander_with_the_swings_that_touch_it():
    of = book(100)
    at(of, 109, 60)

    assert touched(of, 111, 70) is None


def test_without_an_atr_a_swing_is_passed_over():
    of = book(100)

    assert at(of, 100, 60, atr=None) is None
    assert at(of, 200, 70, atr=None) is None
    assert at(of, 200, 80) is None
    assert at(of, 100, 90) == KeyLevel(100, touches=2, formed_ms=5, known_ms=90)


def test_where_nothing_moves_only_the_same_price_touches():
    of = book(100)

    assert at(of, 101, 60, atr=0.0) is None
    assert at(of, 100, 70, atr=0.0).touches == 2


def test_of_several_levels_in_reach_the_nearest_is_touched():
    assert touched(book(100, 115), 107) == 100
    assert touched(book(100, 115), 108) == 115
    assert touched(book(115, 100, 130), 122) == 115


@pytest.mark.parametrize("kind", list(SwingKind))
def test_of_two_equally_near_the_one_touched_last_is_touched(kind):
    assert touched(book(100, 120), 110, kind=kind) == 120
    assert touched(book(120, 100), 110, kind=kind) == 100

    again = book(100, 120)
    at(again, 99, 60)

    assert touched(again, 110, kind=kind) == 100


@pytest.mark.parametrize(("kind", "level"), [(HIGH, 120), (LOW, 100)])
def test_of_two_equally_near_and_touched_together_a_high_touches_the_upper_and_a_low_the_lower(kind, level):
    of = book()
    at(of, 120, 60, HIGH)
    at(of, 100, 60, LOW)

    assert touched(of, 110, kind=kind) == level


def test_levels_are_told_by_price_and_only_those_touched_twice():
    of = book(300, 100, 200)
    at(of, 301, 60)
    at(of, 99, 70)

    assert [(level.price, level.touches) for level in of.all()] == [(100, 2), (300, 2)]


def test_a_full_book_lets_the_level_touched_longest_ago_go():
    of = book(100, 200, 300, 400, capacity=3)

    assert touched(of, 100, 60) is None  # gone, and so made anew, which costs 200 its place
    assert touched(of, 200, 70) is None
    assert touched(of, 400, 80) == 400


def test_a_touch_keeps_a_level_in_the_book():
    of = book(100, 200, capacity=2)
    at(of, 101, 60)
    at(of, 300, 70)

    assert touched(of, 102, 80) == 100
    assert touched(of, 200, 90) is None


def test_a_level_let_go_is_told_no_more():
    of = book(100, 200, capacity=2)
    at(of, 100, 60)
    at(of, 200, 70)
    assert [level.price for level in of.all()] == [100, 200]

    at(of, 300, 80)

    assert [level.price for level in of.all()] == [200]


def test_a_candle_that_makes_two_levels_costs_the_two_touched_longest_ago_their_places():
    of = book(100, 200, capacity=2)
    at(of, 100, 60)
    at(of, 200, 70)

    at(of, 400, 80, HIGH)
    at(of, 300, 80, LOW)

    assert of.all() == ()
    assert [touched(of, price, 90) for price in (300, 400)] == [300, 400]


def test_levels_of_one_candle_that_are_touched_no_more_make_room_together():
    of = book(capacity=3)
    at(of, 300, 10, HIGH)
    at(of, 100, 10, LOW)
    at(of, 500, 20)
    at(of, 700, 30)

    assert touched(of, 500, 40) == 500
    assert touched(of, 300, 50) is None
    assert touched(of, 100, 60) is None


def test_the_high_and_the_low_of_one_candle_do_not_touch_each_other():
    of = book()

    assert at(of, 105, 60, HIGH) is None
    assert at(of, 100, 60, LOW) is None
    assert touched(of, 106, 70) == 105
    assert touched(of, 99, 80) == 100


def test_the_high_and_the_low_of_one_candle_can_touch_the_same_level():
    of = book(100)

    assert at(of, 104, 60, HIGH) == KeyLevel(100, touches=2, formed_ms=5, known_ms=60)
    assert at(of, 98, 60, LOW) == KeyLevel(100, touches=3, formed_ms=5, known_ms=60)


def test_a_new_level_does_not_take_the_place_of_one_that_the_same_candle_touches():
    """The high makes a level in a full book; the low renews the oldest. 200 has to go, not 100."""
    for first, second in (((300, HIGH), (101, LOW)), ((101, LOW), (300, HIGH))):
        of = book(100, 200, capacity=2)
        at(of, first[0], 60, first[1])
        at(of, second[0], 60, second[1])

        assert [level.price for level in of.all()] == [100]
        assert touched(of, 200, 70) is None


# What one candle confirms: a low, a high above it, or both, in a market in which prices meet again.
_SWINGS = st.lists(
    st.tuples(st.integers(100, 160), st.integers(1, 40), st.sampled_from(["low", "high", "both"])), max_size=60
)
_CAPACITY = st.integers(2, 5)
_ATR = st.sampled_from([0.0, 8.0, 13.3, 40.0])


def confirmed(drawn: Iterable[tuple[int, int, str]]) -> list[list[Swing]]:
    return [
        [
            swing(kind, price, 10 * k, 10 * k + 30)
            for name, kind, price in (("high", HIGH, low + size), ("low", LOW, low))
            if which in (name, "both")
        ]
        for k, (low, size, which) in enumerate(drawn)
    ]


def lived(of: KeyLevels, candles: Iterable[list[Swing]], atr: float) -> list[Counter[KeyLevel | None]]:
    """What each candle's swings touch, in no order."""
    return [Counter(of.register(each, atr) for each in swings) for swings in candles]


def upside_down(level: KeyLevel | None) -> KeyLevel | None:
    return None if level is None else msgspec.structs.replace(level, price=CENTRE - level.price)


@given(_SWINGS, _CAPACITY, _ATR)
def test_upside_down_the_same_levels_are_touched(drawn, capacity, atr):
    candles = confirmed(drawn)
    turned = [
        [swing(LOW if s.kind is HIGH else HIGH, CENTRE - s.price, s.formed_ms, s.known_ms) for s in reversed(swings)]
        for swings in candles
    ]
    of, other = book(capacity=capacity), book(capacity=capacity)

    told = lived(of, candles, atr)

    assert lived(other, turned, atr) == [Counter({upside_down(level): n for level, n in c.items()}) for c in told]
    assert other.all() == tuple(upside_down(level) for level in reversed(of.all()))


@given(_SWINGS, _CAPACITY, _ATR)
def test_which_swing_of_a_candle_comes_first_decides_nothing(drawn, capacity, atr):
    of, other = book(capacity=capacity), book(capacity=capacity)
    candles = confirmed(drawn)
    for swings in candles:
        before = {level.price: level for level in of.all()}
        lived(of, [swings], atr)
        lived(other, [swings[::-1]], atr)

        assert of.all() == other.all()
        assert len(of.all()) <= capacity
        grown = [level for level in of.all() if level != before.get(level.price)]
        assert all(level.known_ms == swings[0].known_ms for level in grown)


@given(_SWINGS, _CAPACITY, _ATR)
def test_a_swing_touches_the_nearest_level_in_reach_or_makes_one(drawn, capacity, atr):
    of = book(capacity=capacity)
    for swings in confirmed(drawn):
        for each in swings[:1]:
            level = of.register(each, atr)
            old = [known.value.price for known in of.before]
            reach = [price for price in old if 4 * abs(price - each.price) <= atr]
            if level is None:
                assert reach == []
                assert each.price in [known.value.price for known in of.levels]
            else:
                assert level.price in reach
                assert abs(level.price - each.price) == min(abs(price - each.price) for price in old)
                assert level.known_ms == each.known_ms
        prices = [level.value.price for level in of.levels]
        assert prices == sorted(set(prices))


@given(_SWINGS, _CAPACITY, st.data())
def test_stored_and_read_again_at_any_point_it_goes_on_as_before(drawn, capacity, data):
    swings = [each for candle in confirmed(drawn) for each in candle]
    stop = data.draw(st.integers(0, len(swings)))
    of = book(capacity=capacity)
    for each in swings[:stop]:
        of.register(each, ATR)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(of), type=KeyLevels)

    assert again == of
    assert [again.register(each, ATR) for each in swings[stop:]] == [of.register(each, ATR) for each in swings[stop:]]
    assert again.all() == of.all()
