"""Averages and indicators against numbers from outside the code: TA-Lib, pandas, published tables, and hands."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from math import isnan
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from engine.config import IndicatorsConfig
from engine.indicators import (
    Adx,
    AtrRank,
    AverageTrueRange,
    AverageVolume,
    EfficiencyRatio,
    Ema,
    Indicators,
    Rsi,
    bands,
    true_range,
)
from engine.types import Candle, Readings
from tests.builders import instrument
from tests.engine.market_data import candle_lists, line, recorded_gold, walk
from tests.engine.mirror import mirrored

# Short periods, so that short lists reach every reading.
SHORT = IndicatorsConfig(
    ema_fast=3,
    ema_slow=7,
    bollinger_period=4,
    rsi_period=3,
    adx_period=3,
    efficiency_period=5,
    atr_rank_period=6,
    profile_step=5,
)


@pytest.mark.parametrize(
    ("row", "previous_close", "reach"),
    [
        ("100/106/98/103", None, 8),
        ("100/106/98/103", 102, 8),
        ("100/106/98/103", 90, 16),  # gapped up
        ("100/106/98/103", 115, 17),  # gapped down
    ],
)
def test_true_range_is_the_greatest_distance_since_the_last_close(row, previous_close, reach):
    previous = None if previous_close is None else closing(previous_close)[0]

    assert true_range(line(row)[0], previous) == reach


def test_the_first_average_is_the_plain_mean_and_then_each_candle_weighs_one_in_three():
    """True ranges 6, 9, 12: mean 9. Then 15: 9 + 6 ÷ 3 = 11. Then 5: 11 − 6 ÷ 3 = 9."""
    assert values(AverageTrueRange(3), [6, 9, 12, 15, 5]) == [None, None, 9.0, 11.0, 9.0]


# The worked example of ChartSchool (StockCharts.com, "Average True Range (ATR)", worksheet cs-atr.xls): QQQQ in April
# and May 2010, the flash crash among them. High, low and close of thirty days; the 14-day ATR of days 14 to 30.
QQQQ = """
48.7 47.79 48.16  48.72 48.14 48.61  48.9 48.39 48.75  48.87 48.37 48.63  48.82 48.24 48.74
49.05 48.635 49.03  49.2 48.94 49.07  49.35 48.86 49.32  49.92 49.5 49.91  50.19 49.87 50.13
50.12 49.2 49.53  49.66 48.9 49.5  49.88 49.43 49.75  50.19 49.725 50.03  50.36 49.26 50.31
50.57 50.09 50.52  50.65 50.3 50.41  50.43 49.21 49.34  49.63 48.98 49.37  50.33 49.61 50.23
50.29 49.2 49.2375  50.17 49.43 49.93  49.32 48.08 48.43  48.5 47.64 48.18  48.3201 41.55 46.57
46.8 44.2833 45.41  47.8 47.31 47.77  48.39 47.2 47.72  48.66 47.9 48.62  48.79 47.7301 47.85
"""
QQQQ_ATR = [
    0.555, 0.593929, 0.585791, 0.568949, 0.615452, 0.617920, 0.642354, 0.674329, 0.692770,
    0.775429, 0.781470, 1.209229, 1.302620, 1.380290, 1.366698, 1.336219, 1.316482,
]  # fmt: skip


def test_the_average_true_range_is_the_one_chartschool_prints():
    figures = [int(Decimal(word) * 10_000) for word in QQQQ.split()]
    days = [tuple(figures[i : i + 3]) for i in range(0, len(figures), 3)]
    candles = line(*((close, high, low, close) for high, low, close in days))
    read = values(AverageTrueRange(14), true_ranges(candles))

    assert read[:13] == [None] * 13
    assert [value / 10_000 for value in read[13:]] == pytest.approx(QQQQ_ATR, abs=1e-6)


def test_the_mean_volume_needs_its_whole_period_and_skips_candles_without_volume():
    mean, values = AverageVolume(2), []
    for volume in (10.0, None, 30.0, None, 50.0):
        mean.on_candle(line("100/101/99/100", volume=volume)[0])
        values.append(mean.value)

    assert values == [None, None, 20.0, 20.0, 40.0]


def test_a_mean_of_whole_volumes_is_not_what_volumes_in_fractions_before_them_left_behind():
    """Of 2. A tenth and two tenths are not quite three tenths, and a sum that runs would never get rid of the rest."""
    mean, values = AverageVolume(2), []
    for volume in (0.1, 0.2, 0.3, 7.0, 8.0, 0.5):
        mean.on_candle(line("100/101/99/100", volume=volume)[0])
        values.append(mean.value)

    assert values == [None, (0.1 + 0.2) / 2, (0.2 + 0.3) / 2, (0.3 + 7.0) / 2, 7.5, 4.25]


def test_volumes_in_fractions_are_added_from_the_oldest_on():
    """The small ones first come to 1.5, which counts beside 2⁵³; one by one after it neither would."""
    mean = AverageVolume(3)
    for volume in (0.5, 0.75, 0.75, 2.0**53):
        mean.on_candle(line("100/101/99/100", volume=volume)[0])

    assert mean.value == (2**53 + 2) / 3 != 2**53 / 3


def test_no_volume_is_too_large_for_a_mean_and_its_snapshot():
    mean = AverageVolume(2)
    for volume in (1e300, 1e20, 4.0):
        mean.on_candle(line("100/101/99/100", volume=volume)[0])

    assert mean.value == 5e19 + 2
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(mean), type=AverageVolume) == mean


def values(of: Any, fields: Sequence[Any]) -> list[float | None]:
    """What an indicator reads after each candle, close, range or ATR it is fed."""
    feed = getattr(of, next(each for each in ("on_candle", "on_close", "on_range", "on_atr") if hasattr(of, each)))
    read = []
    for field in fields:
        feed(field)
        read.append(of.value)
    return read


def so_far(candles: Sequence[Candle]) -> list[list[Candle]]:
    """For each candle all up to it."""
    return [list(candles[: k + 1]) for k in range(len(candles))]


def true_ranges(candles: Sequence[Candle]) -> list[int]:
    return [true_range(candle, previous) for candle, previous in zip(candles, [None, *candles], strict=False)]


def read_all(
    of: Indicators, candles: Sequence[Candle], atr: AverageTrueRange | None = None, *, known: int = 0
) -> list[Readings]:
    """All readings after each candle it does not know yet, with the ATR of the same candles (of 3 unless given)."""
    atr = atr or AverageTrueRange(3)
    read = []
    for past, reach in list(zip(so_far(candles), true_ranges(candles), strict=True))[known:]:
        atr.on_range(reach)
        of.on_candle(past, atr.value)
        read.append(of.readings(past))
    return read


def near(value: float | None) -> Any:
    """Equal to one part in a thousand million, near zero to 1e-9; None is only equal to None."""
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)


def closes_of(candles: Sequence[Candle]) -> list[int]:
    return [candle.close for candle in candles]


def closing(*closes: int) -> list[Candle]:
    """Candles of which only the closes matter."""
    return line(*((close, close, close, close) for close in closes))


def test_the_first_exponential_average_is_the_plain_mean_and_then_each_close_weighs_half():
    """Of 3 candles a close weighs 2 / 4. (10 + 20 + 60) / 3 = 30; halfway to 50 is 40, halfway to 0 is 20."""
    assert values(Ema(3), [10, 20, 60, 50, 0]) == [None, None, 30.0, 40.0, 20.0]


# Mean 5 and deviation 2: the textbook's eight numbers. One more 2 for the first 2 changes nothing, then 13 for 4 does.
EIGHT = [2, 4, 4, 4, 5, 5, 7, 9]


def test_the_bands_stand_two_deviations_of_the_population_around_the_mean():
    read = [bands(past, 8, 2.0) for past in so_far(closing(*EIGHT, 2))]

    assert read == [None] * 7 + [(1.0, 5.0, 9.0)] * 2


def test_the_bands_of_a_market_that_stands_still_meet_at_its_price():
    assert bands(closing(*[500_001] * 4), 3, 2.5) == (500_001.0, 500_001.0, 500_001.0)


# The worked example of ChartSchool (StockCharts.com, "Relative Strength Index (RSI)", worksheet cs-rsi.xls): 33 closes
# of QQQQ and the 14-day RSI of days 15 to 33.
QQQQ_CLOSES = """
44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 46.0328 45.6140 46.2820 46.2820
46.0028 46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 45.7137 46.4515 45.7835 45.3548 44.0288 44.1783 44.2181 44.5672
43.4205 42.6628 43.1314
"""
QQQQ_RSI = [
    70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38,
    54.71, 50.42, 39.99, 41.46, 41.87, 45.46, 37.30, 33.08, 37.77,
]  # fmt: skip


def test_the_relative_strength_index_is_the_one_chartschool_prints():
    read = values(Rsi(14), [int(Decimal(word) * 10_000) for word in QQQQ_CLOSES.split()])

    assert read[:14] == [None] * 14
    assert [round(value, 2) for value in read[14:]] == QQQQ_RSI


def test_the_relative_strength_index_weighs_gains_against_losses():
    """Of 3. Changes +6, −3, +3: 9 of 12. Then −3: gains 9 × ⅔ = 6, losses 3 × ⅔ + 3 = 5. Flat: still 6 to 5."""
    read = values(Rsi(3), [100, 106, 103, 106, 103, 103])

    assert read == [None, None, None, 75.0, pytest.approx(600 / 11), pytest.approx(600 / 11)]


@pytest.mark.parametrize(("step", "expected"), [(1, 100.0), (-1, 0.0), (0, 50.0)])
def test_a_market_that_only_rises_reads_100_one_that_only_falls_0_and_one_that_stands_still_50(step, expected):
    assert values(Rsi(2), [100 + step * index for index in range(5)]) == [None, None, *[expected] * 3]


def test_the_directional_index_weighs_the_moves_beyond_the_candle_before():
    """Of 2. Beyond the candle before: up 4 | up 2 | down 6 | inside | 3 on both sides: none | up 4 and down 6: down.

    Sums: up 4 → 2 + 2 = 4, down 0: quotient 100. Up 2, down 6: |2 − 6| / 8 = 50; mean of the first two 75.
    Inside: up 1, down 3: 50, and 75 − 25 / 2 = 62.5. Equal: up 0.5, down 1.5: 50, and 56.25.
    Last: up 0.25, down 6.75: 6.5 / 7, and (56.25 + 650 / 7) / 2.
    """
    rows = ("100/110/100/105", "105/114/104/110", "110/116/105/110", "105/110/99/100", "105/109/100/105")
    read = values(Adx(2), line(*rows, "105/112/97/105", "105/116/91/105"))

    assert read == [None, None, None, 75.0, 62.5, 56.25, pytest.approx((56.25 + 650 / 7) / 2)]


def test_a_market_that_never_moved_beyond_a_candle_has_no_directional_index_but_zero():
    assert values(Adx(2), line(*["100/105/95/100"] * 5)) == [None, None, None, 0.0, 0.0]


def test_efficiency_is_the_net_move_over_the_path():
    """Of 3. From 100 to 103 by 2 + 1 + 2 = 5; then 102 to 107 by 1 + 2 + 4 = 7; then to 101 and back."""
    read = values(EfficiencyRatio(3), so_far(closing(100, 102, 101, 103, 107, 101, 95)))

    assert read == [None, None, None, 3 / 5, 5 / 7, 0.0, 8 / 16]


def test_a_straight_way_is_fully_efficient_and_no_way_at_all_is_not():
    assert values(EfficiencyRatio(2), so_far(closing(5, 6, 7, 7, 7))) == [None, None, 1.0, 1.0, 0.0]


def test_the_rank_of_an_atr_counts_itself_and_its_equals():
    """Of the last 4: of 1 2 3 4, three are not above 3; of 2 2 3 4, two are not above 2; 9 and 0 are the ends."""
    read = values(AtrRank(4), [1.0, 4.0, 2.0, 3.0, 2.0, 9.0, 0.0])

    assert read == [None, None, None, 75.0, 50.0, 100.0, 25.0]


def test_an_atr_alone_is_not_above_itself():
    assert values(AtrRank(1), [2.0, 1.0, 3.0]) == [100.0, 100.0, 100.0]


class Prices(NamedTuple):
    """Candles as TA-Lib takes them."""

    high: np.ndarray
    low: np.ndarray
    close: np.ndarray

    @classmethod
    def of(cls, candles: Sequence[Candle]) -> Prices:
        return cls(*(np.array([getattr(candle, name) for candle in candles], float) for name in cls._fields))


def as_ours(numbers: np.ndarray) -> list[Any]:
    """Their numbers as we must read them: None where they have none yet."""
    return [None if isnan(number) else near(number) for number in numbers.tolist()]


def banded(candles: Sequence[Candle], which: int) -> list[float | None]:
    """The lower band, the middle or the upper band of 20 candles."""
    found = [bands(list(candles[max(0, k - 19) : k + 1]), 20, 2.0) for k in range(len(candles))]
    return [None if each is None else each[which] for each in found]


def efficiencies(candles: Sequence[Candle], period: int) -> list[float | None]:
    windows = [list(candles[max(0, k - period) : k + 1]) for k in range(len(candles))]
    return values(EfficiencyRatio(period), windows)


TALIB: dict[str, tuple[Callable[[Sequence[Candle]], list[float | None]], Callable[[Prices], np.ndarray]]] = {
    "EMA": (lambda candles: values(Ema(50), closes_of(candles)), lambda prices: talib.EMA(prices.close, 50)),
    "SMA": (lambda candles: banded(candles, 1), lambda prices: talib.SMA(prices.close, 20)),
    "upper band": (lambda candles: banded(candles, 2), lambda prices: talib.BBANDS(prices.close, 20, 2, 2)[0]),
    "lower band": (lambda candles: banded(candles, 0), lambda prices: talib.BBANDS(prices.close, 20, 2, 2)[2]),
    "RSI": (lambda candles: values(Rsi(14), closes_of(candles)), lambda prices: talib.RSI(prices.close, 14)),
    "ADX": (lambda candles: values(Adx(14), candles), lambda prices: talib.ADX(*prices, 14)),
    "ADX of 2": (lambda candles: values(Adx(2), candles), lambda prices: talib.ADX(*prices, 2)),
    # Long enough that no walk stands still for all of it: there TA-Lib says 1 and we say 0.
    "efficiency": (lambda candles: efficiencies(candles, 20), lambda prices: talib.ER(prices.close, 20)),
    "efficiency of 8": (lambda candles: efficiencies(candles, 8), lambda prices: talib.ER(prices.close, 8)),
}


def reads_as_ours(name: str, candles: Sequence[Candle]) -> None:
    ours, theirs = TALIB[name]

    assert ours(candles) == as_ours(theirs(Prices.of(candles)))


@pytest.mark.parametrize("name", TALIB)
@pytest.mark.parametrize("seed", range(5))
def test_indicators_agree_with_talib_on_random_walks(name, seed):
    reads_as_ours(name, walk(seed, 700))


@pytest.mark.parametrize("name", TALIB)
def test_indicators_agree_with_talib_on_recorded_gold(name):
    reads_as_ours(name, recorded_gold(4000))


@pytest.mark.parametrize("seed", [*range(5), None])
def test_the_average_true_range_agrees_with_talib(seed):
    """TA-Lib leaves out the first candle, which has no close before it; so do we here. No seed: recorded gold."""
    candles = recorded_gold(4000) if seed is None else walk(seed, 700)
    read = values(AverageTrueRange(14), true_ranges(candles)[1:])

    assert [None, *read] == as_ours(talib.ATR(*Prices.of(candles), 14))


def ranks_as_pandas(atrs: Sequence[float], period: int) -> None:
    """A rank among equals is the highest of them: how many are not above."""
    theirs = 100 * pd.Series(atrs).rolling(period).rank(method="max", pct=True)

    assert values(AtrRank(period), atrs) == as_ours(theirs.to_numpy())


@pytest.mark.parametrize("seed", range(5))
def test_ranks_agree_with_pandas_where_many_are_equal(seed):
    """True ranges are whole ticks, a few dozen of them."""
    ranks_as_pandas([float(candle.high - candle.low) for candle in walk(seed, 700)], 20)


def test_ranks_agree_with_pandas_on_recorded_gold():
    atrs = values(AverageTrueRange(14), true_ranges(recorded_gold(4000)))

    ranks_as_pandas([atr for atr in atrs if atr is not None], 100)


def literal(candles: Sequence[Candle], atrs: Sequence[float | None], config: IndicatorsConfig) -> dict[str, Any]:
    """Readings of the last candle, each worked out from the whole past by its definition."""
    closes = closes_of(candles)
    found: dict[str, Any] = {}
    if len(closes) >= config.bollinger_period:
        window = closes[-config.bollinger_period :]
        reach = float(config.bollinger_width) * statistics.pstdev(window)
        found["sma"] = statistics.fmean(window)
        found["band_low"], found["band_high"] = found["sma"] - reach, found["sma"] + reach
    if len(closes) > config.efficiency_period:
        window = closes[-config.efficiency_period - 1 :]
        path = sum(abs(after - before) for before, after in pairwise(window))
        found["efficiency"] = abs(window[-1] - window[0]) / path if path else 0.0
    ranked = [atr for atr in atrs if atr is not None][-config.atr_rank_period :]
    if len(ranked) == config.atr_rank_period:
        found["atr_percentile"] = 100 * sum(atr <= ranked[-1] for atr in ranked) / len(ranked)
    return found


@given(candle_lists(max_size=60))
def test_running_sums_are_those_of_the_whole_past_worked_out_anew(candles):
    atrs = values(AverageTrueRange(3), true_ranges(candles))
    read = read_all(Indicators.new(SHORT, instrument(), has_day=False), candles)

    for index, readings in enumerate(read):
        expected = literal(candles[: index + 1], atrs[: index + 1], SHORT)
        for name in ("sma", "band_low", "band_high", "efficiency", "atr_percentile"):
            assert getattr(readings, name) == near(expected.get(name)), name


CENTRE = 20_000


def turned(readings: Readings) -> Readings:
    """The readings as they are in the mirrored market. The value area's ties are for its own tests."""

    def price(value: float | None) -> float | None:
        return None if value is None else CENTRE - value

    return msgspec.structs.replace(
        readings,
        ema_fast=price(readings.ema_fast),
        ema_slow=price(readings.ema_slow),
        sma=price(readings.sma),
        band_low=price(readings.band_high),
        band_high=price(readings.band_low),
        rsi=None if readings.rsi is None else 100 - readings.rsi,
        vwap=price(readings.vwap),
        value_area=None,
    )


@given(candle_lists(max_size=60))
def test_the_mirrored_market_reads_mirrored(candles):
    read = read_all(Indicators.new(SHORT, instrument(), has_day=True), candles)
    other = [mirrored(candle, CENTRE) for candle in candles]

    for theirs, ours in zip(read_all(Indicators.new(SHORT, instrument(), has_day=True), other), read, strict=True):
        expected = msgspec.structs.asdict(turned(ours))
        for name in expected.keys() - {"value_area"}:
            assert getattr(theirs, name) == near(expected[name]), name


@given(candle_lists(max_size=60))
def test_prices_four_times_as_large_read_four_times_as_large(candles):
    """By a power of two, so that not even the last digit differs."""
    prices = ("open", "high", "low", "close")
    large = [
        msgspec.structs.replace(candle, **{name: 4 * getattr(candle, name) for name in prices}) for candle in candles
    ]
    read, theirs_read = (read_all(Indicators.new(SHORT, instrument(), has_day=False), of) for of in (candles, large))

    for readings, theirs in zip(read, theirs_read, strict=True):
        for name in ("ema_fast", "ema_slow", "sma", "band_low", "band_high"):
            value = getattr(readings, name)
            assert getattr(theirs, name) == (None if value is None else 4 * value), name
        for name in ("rsi", "adx", "efficiency", "atr_percentile"):
            assert getattr(theirs, name) == getattr(readings, name), name


@given(candle_lists(max_size=60), st.data())
def test_indicators_woken_from_their_snapshot_read_on_as_if_they_had_never_slept(candles, data):
    awake, atr = Indicators.new(SHORT, instrument(), has_day=True), AverageTrueRange(3)
    cut = data.draw(st.integers(0, len(candles)))
    read_all(awake, candles[:cut], atr)
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
    woken, woken_atr = decode(encode(awake), type=Indicators), decode(encode(atr), type=AverageTrueRange)

    assert woken == awake
    assert read_all(woken, candles, woken_atr, known=cut) == read_all(awake, candles, atr, known=cut)
    assert encode(woken) == encode(awake)


def test_reading_changes_nothing():
    """A day and a half, so that the value area is among what is read."""
    of, candles = Indicators.new(SHORT, instrument(), has_day=True), walk(1, 140)
    read = read_all(of, candles)
    before = msgspec.msgpack.encode(of)

    assert of.readings(candles) == read[-1]
    assert msgspec.msgpack.encode(of) == before


def test_only_the_entry_timeframe_reads_the_day():
    """Candles of 15 minutes from midnight: the trading day ends at 22:00, so the second one began."""
    rows = ["100/102/98/100"] * 100
    candles = line(*rows, volume=2.0)

    last = read_all(Indicators.new(SHORT, instrument(), has_day=True), candles)[-1]
    assert last.vwap == 100.0
    assert last.value_area is not None
    last = read_all(Indicators.new(SHORT, instrument(), has_day=False), candles)[-1]
    assert (last.vwap, last.value_area) == (None, None)


def test_a_regime_can_be_read_when_all_three_of_its_readings_are_there():
    of, atr, candles = Indicators.new(SHORT, instrument(), has_day=False), AverageTrueRange(3), walk(1, 20)

    for past, reach in zip(so_far(candles), true_ranges(candles), strict=True):
        atr.on_range(reach)
        of.on_candle(past, atr.value)
        readings = of.readings(past)
        assert of.tell_regime == (None not in {readings.adx, readings.efficiency, readings.atr_percentile})


def test_every_reading_waits_for_its_period():
    """Closes: 3, 7, 4. Changes: 3, 5. Twice 3 candles for the ADX. Six ATRs of 3 candles. Volume is there at once."""
    read = read_all(Indicators.new(SHORT, instrument(), has_day=True), walk(1, 20))
    first = {
        name: next(index + 1 for index, readings in enumerate(read) if getattr(readings, name) is not None)
        for name in Readings.__struct_fields__
        if name != "value_area"
    }

    assert first == {
        "ema_fast": 3,
        "ema_slow": 7,
        "sma": 4,
        "band_low": 4,
        "band_high": 4,
        "rsi": 4,
        "adx": 6,
        "efficiency": 6,
        "atr_percentile": 8,
        "vwap": 1,
    }
