"""The day's average price and value area against outside numbers, and on days small enough to be added up by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
import talib
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.config import IndicatorsConfig
from engine.hours import trading_day
from engine.profile import TradingDay
from engine.types import Candle, Timeframe, ValueArea
from tests.builders import at, instrument
from tests.engine.market_data import candle_lists, line, recorded_gold
from tests.engine.mirror import mirrored

NEW_YORK = "17:00 America/New_York"

# The trading days of January end and begin at 22:00 UTC; 8 January 2024 was a Monday.
MONDAY, TUESDAY = at("2024-01-07 22:00"), at("2024-01-08 22:00")

STEPS = st.sampled_from([1, 3, 5, 11])
PERCENTS = st.sampled_from([1, 50, 70, 99, 100])
# Of an hour, so that sixty candles are some days.
HOURLY = candle_lists(max_size=60, timeframe=Timeframe.H1)


def traded(*rows: tuple[int, int, int, float | None], start_ms: int = MONDAY) -> list[Candle]:
    """Consecutive candles of (low, high, close, volume); each opens where it closes."""
    return [
        candle
        for index, (low, high, close, volume) in enumerate(rows)
        for candle in line((close, high, low, close), start_ms=start_ms + index * Timeframe.M15.ms, volume=volume)
    ]


def area(*rows: tuple[int, int, int, float | None], step: int = 1, percent: int = 70) -> tuple[int, int, int]:
    """Point of control, low and high of a Monday's value area, as Tuesday's first candle makes them known."""
    running = TradingDay(NEW_YORK, step, percent)
    for candle in [*traded(*rows), *traded((500, 900, 700, 1000.0), start_ms=TUESDAY)]:
        running.on_candle(candle)
    found = running.value_area
    assert found is not None
    return found.poc, found.low, found.high


def areas_of(candles: Sequence[Candle], step: int, percent: int) -> list[ValueArea]:
    """Each finished day's value area, once."""
    running, found = TradingDay(NEW_YORK, step, percent), []
    for candle in candles:
        running.on_candle(candle)
        newest = running.value_area
        if newest is not None and newest not in found[-1:]:
            found.append(newest)
    return found


def test_the_average_price_weighs_each_candle_by_its_volume():
    """Typical prices (102 + 98 + 100) / 3 = 100 and (120 + 105 + 105) / 3 = 110: one of 100 and three of 110."""
    running = TradingDay(NEW_YORK, 1, 70)
    read = []
    for candle in traded((98, 102, 100, 1.0), (105, 120, 105, 3.0)):
        running.on_candle(candle)
        read.append(running.vwap)

    assert read == [100.0, (100 + 3 * 110) / 4]


def test_candles_without_volume_leave_the_average_where_it_is():
    running = TradingDay(NEW_YORK, 1, 70)
    read = []
    for candle in traded((300, 300, 300, None), (300, 300, 300, 0.0), (100, 100, 100, 2.0), (300, 300, 300, None)):
        running.on_candle(candle)
        read.append(running.vwap)

    assert read == [None, None, 100.0, 100.0]


def test_the_average_price_begins_anew_with_the_trading_day():
    """The candle of 21:45 still belongs to the day before, the one of 22:00 does not."""
    running = TradingDay(NEW_YORK, 1, 70)
    read = []
    for candle in [
        *traded((100, 100, 100, 5.0), start_ms=at("2024-01-08 21:30")),
        *traded((200, 200, 200, 5.0), (300, 300, 300, 5.0), start_ms=at("2024-01-08 21:45")),
    ]:
        running.on_candle(candle)
        read.append(running.vwap)

    assert read == [100.0, 150.0, 300.0]


def date_in_new_york(candle: Candle) -> date:
    """Of the trading day: from 17:00 of the day before, by the clock on the wall."""
    opened = datetime.fromtimestamp(candle.open_ms / 1000, UTC).astimezone(ZoneInfo("America/New_York"))
    return (opened + timedelta(hours=7)).date()


def reads_as_talib(candles: Sequence[Candle]) -> None:
    """TA-Lib's VWAP knows no days and is given one at a time; while there is no volume it says 0, and we say None."""
    running, ours, theirs = TradingDay(NEW_YORK, 1, 70), [], []
    for _, day in groupby(candles, date_in_new_york):
        rows = []
        for candle in day:
            running.on_candle(candle)
            ours.append(running.vwap)
            rows.append((candle.high, candle.low, candle.close, candle.volume or 0))
        theirs += talib.VWAP(*np.array(rows, float).T).tolist()

    assert ours == [pytest.approx(value, rel=1e-9) if value else None for value in theirs]


@given(HOURLY)
def test_the_average_price_agrees_with_talib(candles):
    reads_as_talib(candles)


def test_the_average_price_of_recorded_gold_agrees_with_talib():
    """Five weeks, with the change of the clocks in New York among them."""
    reads_as_talib(recorded_gold(2500))


def test_a_value_area_is_known_with_the_first_candle_after_its_day():
    running = TradingDay(NEW_YORK, 1, 70)
    read = []
    for candle in [
        *traded((100, 100, 100, 1.0), (100, 100, 100, 1.0)),
        *traded((200, 200, 200, 1.0), (200, 200, 200, 1.0), start_ms=TUESDAY + 30 * 60_000),
        *traded((300, 300, 300, 1.0), start_ms=at("2024-01-12 06:00")),
    ]:
        running.on_candle(candle)
        read.append(running.value_area)

    monday = ValueArea(100, 100, 100, from_ms=MONDAY, known_ms=at("2024-01-08 22:45"))
    tuesday = ValueArea(200, 200, 200, from_ms=TUESDAY, known_ms=at("2024-01-12 06:15"))
    assert read == [None, None, monday, monday, tuesday]


# The worked example of the Chicago Board of Trade, whose trademark Market Profile was ("70% Value Area Calculation", on
# its site in 2007): volume at each price from 101 to 110, 555 in all, of which the area from 105 to 108 holds 390.
CBOT = (10, 15, 20, 60, 70, 150, 90, 80, 50, 10)


@pytest.mark.parametrize(
    ("percent", "low", "high"),
    [(27, 106, 106), (43, 106, 107), (57, 106, 108), (70, 105, 108)],  # until it holds 150, 240, 320, and 390
)
def test_the_value_area_grows_as_in_the_example_of_the_board_of_trade(percent, low, high):
    """One price a step. By two, as in Dalton's Mind over Markets, 104 would have been in it too."""
    rows = [(price, price, price, float(volume)) for price, volume in enumerate(CBOT, start=101)]

    assert area(*rows, percent=percent) == (106, low, high)


# Point of control, low and high, as numbers of bins of 51 ticks, of ten days of gold from 1 October 2024; read off
# Wickra 2.0.0 (its ValueArea of 70 %, another writer's code), given each candle's first and last bin and its volume.
WICKRA = """
5219 5188 5239  5196 5191 5210  5189 5184 5209  5213 5196 5230  5187 5178 5198
5182 5160 5200  5131 5120 5142  5128 5114 5144  5178 5162 5200  5192 5187 5211
"""


def test_value_areas_of_recorded_gold_are_those_of_wickra():
    figures = [int(word) for word in WICKRA.split()]
    days = [tuple(figures[i : i + 3]) for i in range(0, len(figures), 3)]

    found = areas_of(recorded_gold(1200), 51, 70)[2:12]
    assert [(each.poc, each.low, each.high) for each in found] == [
        (51 * poc, 51 * low - 25, 51 * high + 25) for poc, low, high in days
    ]


def test_volume_is_spread_over_the_prices_a_candle_touched():
    """6 over 100–102: 2 each. 5 at 101: 7. Of 11, the 7 at 101 are 63 %; both neighbours hold 2, so both are taken."""
    assert area((100, 102, 101, 6.0), (101, 101, 101, 5.0)) == (101, 100, 102)
    assert area((100, 102, 101, 6.0), (101, 101, 101, 5.0), percent=63) == (101, 101, 101)


def test_the_area_grows_to_the_fuller_side():
    """At 100 to 104: 1 4 9 3 3, of 20. 70 % are 14. From 102 (9) to 101 (13), then of 1 and 3 the 3 (16)."""
    rows = [
        (price, price, price, volume) for price, volume in zip(range(100, 105), (1.0, 4.0, 9.0, 3.0, 3.0), strict=True)
    ]

    assert area(*rows, percent=45) == (102, 102, 102)
    assert area(*rows, percent=46) == (102, 101, 102)
    assert area(*rows) == (102, 101, 103)
    assert area(*rows, percent=80) == (102, 101, 103)
    assert area(*rows, percent=81) == (102, 101, 104)
    assert area(*rows, percent=100) == (102, 100, 104)


def test_at_the_edge_of_the_day_the_area_grows_to_the_other_side_only():
    """The high of the day is the fullest, and below it is a hole that nobody traded in."""
    rows = [(105, 105, 105, 5.0), (102, 102, 102, 4.0), (100, 100, 100, 1.0)]

    assert area(*rows) == (105, 102, 105)
    assert area(*((210 - high, 210 - low, 210 - close, volume) for low, high, close, volume in rows)) == (105, 105, 108)


def test_the_area_does_not_grow_to_prices_beyond_the_outermost_that_had_volume():
    """At 99 candles without volume only; above the fullest is a hole, as empty."""
    rows = [(99, 99, 99, 0.0), (100, 100, 100, 5.0), (103, 103, 103, 4.0)]

    assert area(*rows, percent=100) == (100, 100, 103)
    upside_down = ((200 - high, 200 - low, 200 - close, volume) for low, high, close, volume in rows)
    assert area(*upside_down, percent=100) == (100, 97, 100)


@pytest.mark.parametrize(
    ("close", "poc"),
    [
        (104, 103),  # nearest to the close
        (102, 101),
        (100, 101),  # 100 is as full, and farther from the middle of the day
        (105, 103),
    ],
)
def test_of_equally_full_prices_the_one_nearest_to_the_middle_and_then_to_the_close_counts(close, poc):
    """The day ran from 99 to 105, its middle is 102; 2 each at 100, 101 and 103."""
    rows = [(99, 105, 102, 0.0), (100, 101, 100, 4.0), (103, 103, 103, 2.0)]

    assert area(*rows, (close, close, close, 0.0), percent=1)[0] == poc


def test_of_two_prices_as_near_to_everything_the_lower_counts():
    assert area((101, 101, 101, 1.0), (103, 103, 103, 1.0), (102, 102, 102, 0.0), percent=1) == (101, 101, 101)


def test_bins_are_centred_on_multiples_of_the_step_and_told_by_their_edges():
    """Of 5: 98–102 is the bin of 100, 103–107 that of 105. From 102 to 103 a candle touches both, with half each."""
    assert area((102, 103, 102, 2.0), step=5, percent=100) == (100, 98, 107)
    assert area((102, 103, 103, 2.0), step=5, percent=100) == (105, 98, 107)
    assert area((102, 103, 103, 2.0), (98, 98, 98, 0.5), step=5, percent=60) == (100, 98, 102)
    assert area((103, 107, 104, 7.0), step=5) == (105, 103, 107)


def test_a_day_without_volume_counts_each_candle_once():
    """Time at price. The long candle gives each of its five prices a fifth, the two short ones all they have."""
    assert area((100, 104, 101, None), (103, 103, 103, None), (103, 103, 103, None)) == (103, 103, 103)
    assert area((100, 104, 101, 0.0), (103, 103, 103, None), (103, 103, 103, 0.0)) == (103, 103, 103)


def test_where_some_candles_have_volume_the_others_add_nothing():
    assert area((100, 100, 100, None), (100, 100, 100, None), (103, 103, 103, 0.25)) == (103, 103, 103)


@pytest.mark.parametrize("close", [100, 101])
def test_ten_tenths_are_as_full_as_one_whole(close):
    """1 at each of 91–100, a tenth at a time, and 1 at 101. The day's middle is 100.5, so its close decides."""
    tenths = [(91, 100, 100, 1.0)] * 10

    assert area(*tenths, (101, 101, 101, 1.0), (91, 110, close, 0.0), percent=1) == (close, close, close)


@pytest.mark.parametrize(
    ("profile_step", "round_step", "step"),
    [(0, 1000, 51), (0, 500, 25), (0, 100_000, 5001), (0, 19, 1), (0, 1, 1), (7, 1000, 7)],
)
def test_a_bin_is_a_twentieth_of_the_round_step_and_odd(profile_step, round_step, step):
    """A twentieth of 1000 is 50, so 51; of 500 it is 25."""
    made = TradingDay.new(IndicatorsConfig(profile_step=profile_step), instrument(round_step=round_step))

    assert made == TradingDay(NEW_YORK, step, 70)


def literal_area(day: Sequence[Candle], step: int, percent: int) -> tuple[int, int, int]:
    """The definition word for word: every bin of every candle, in fractions."""
    has_volume = any(candle.volume for candle in day)
    bins: Counter[int] = Counter()
    for candle in day:
        touched = sorted({round(price / step) for price in range(candle.low, candle.high + 1)})
        for centre in touched:
            bins[centre] += Fraction(candle.volume or 0 if has_volume else 1) / len(touched)
    middle = Fraction(min(candle.low for candle in day) + max(candle.high for candle in day), 2)
    fullest = max(bins.values())
    poc = min(
        (centre for centre, volume in bins.items() if volume == fullest),
        key=lambda centre: (abs(centre * step - middle), abs(centre * step - day[-1].close), centre),
    )
    filled = [centre for centre, volume in bins.items() if volume]
    taken = {poc}
    while 100 * sum(bins[centre] for centre in taken) < percent * sum(bins.values()):
        beside = [centre for centre in (min(taken) - 1, max(taken) + 1) if min(filled) <= centre <= max(filled)]
        taken |= {centre for centre in beside if bins[centre] == max(bins[other] for other in beside)}
    half = (step - 1) // 2
    return poc * step, min(taken) * step - half, max(taken) * step + half


def days_of(candles: Sequence[Candle]) -> list[list[Candle]]:
    days: dict[int, list[Candle]] = {}
    for candle in candles:
        days.setdefault(trading_day(candle.open_ms, NEW_YORK)[0], []).append(candle)
    return list(days.values())


@given(HOURLY, STEPS, PERCENTS)
def test_value_areas_are_those_of_the_definition(candles, step, percent):
    days = days_of(candles)

    assert areas_of(candles, step, percent) == [
        ValueArea(poc, high, low, trading_day(day[0].open_ms, NEW_YORK)[0], following[0].close_ms)
        for day, following in pairwise(days)
        for poc, low, high in [literal_area(day, step, percent)]
    ]


def test_value_areas_of_recorded_gold_are_those_of_the_definition():
    """Five weeks, with the change of the clocks in New York among them."""
    candles = recorded_gold(2500)
    days = days_of(candles)

    found = areas_of(candles, 51, 70)
    assert len(found) >= 25
    assert [(each.poc, each.low, each.high) for each in found] == [literal_area(day, 51, 70) for day in days[:-1]]


@given(HOURLY)
def test_the_average_price_is_that_of_the_day_worked_out_anew(candles):
    running = TradingDay(NEW_YORK, 1, 70)
    for index, candle in enumerate(candles):
        running.on_candle(candle)
        day = [each for each in days_of(candles[: index + 1])[-1] if each.volume]
        volume = sum(Fraction(each.volume) for each in day)
        worth = sum(Fraction(each.volume) * (each.high + each.low + each.close) / 3 for each in day)
        assert running.vwap == (pytest.approx(float(worth / volume), rel=1e-12) if volume else None)


@given(HOURLY, STEPS, PERCENTS)
def test_value_areas_of_the_mirrored_market_are_mirrored(candles, step, percent):
    """But for a day that ends in the very middle of its range, where of two prices as near the lower counts."""
    for day in days_of(candles):
        assume(2 * day[-1].close != min(candle.low for candle in day) + max(candle.high for candle in day))
    centre = 20_000 // step * step

    assert areas_of([mirrored(candle, centre) for candle in candles], step, percent) == [
        msgspec.structs.replace(each, poc=centre - each.poc, high=centre - each.low, low=centre - each.high)
        for each in areas_of(candles, step, percent)
    ]


@given(HOURLY, STEPS, PERCENTS)
def test_prices_and_bins_three_times_as_large_make_value_areas_three_times_as_large(candles, step, percent):
    """An edge is half a tick inside its bin's border: three of them are one tick more on either side."""
    prices = ("open", "high", "low", "close")
    larger = [
        msgspec.structs.replace(candle, **{name: 3 * getattr(candle, name) for name in prices}) for candle in candles
    ]

    assert areas_of(larger, 3 * step, percent) == [
        msgspec.structs.replace(each, poc=3 * each.poc, high=3 * each.high + 1, low=3 * each.low - 1)
        for each in areas_of(candles, step, percent)
    ]
