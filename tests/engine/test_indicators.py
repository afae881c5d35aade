"""Averages against numbers from outside the code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.indicators import AverageTrueRange, AverageVolume, true_range
from tests.engine.market_data import line


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
    assert true_range(line(row)[0], previous_close) == reach


def test_the_first_average_is_the_plain_mean_and_then_each_candle_weighs_one_in_three():
    """True ranges 6, 9, 12: mean 9. Then 15: 9 + 6 ÷ 3 = 11. Then 5: 11 − 6 ÷ 3 = 9."""
    atr = AverageTrueRange(3)
    values = []
    for candle in line("100/103/97/100", "100/104/95/100", "100/106/94/100", "100/108/93/100", "100/102/97/100"):
        atr.on_candle(candle)
        values.append(atr.value)

    assert values == [None, None, 9.0, 11.0, 9.0]


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
    atr, values = AverageTrueRange(14), []
    for candle in line(*((close, high, low, close) for high, low, close in days)):
        atr.on_candle(candle)
        values.append(atr.value)

    assert values[:13] == [None] * 13
    assert [value / 10_000 for value in values[13:]] == pytest.approx(QQQQ_ATR, abs=1e-6)


def test_the_mean_volume_needs_its_whole_period_and_skips_candles_without_volume():
    mean, values = AverageVolume(2), []
    for volume in (10.0, None, 30.0, None, 50.0):
        mean.on_candle(line("100/101/99/100", volume=volume)[0])
        values.append(mean.value)

    assert values == [None, None, 20.0, 20.0, 40.0]
