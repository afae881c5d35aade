"""Real recordings, where they are at hand."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from decimal import Decimal

import pytest

from engine.events import Tick
from engine.types import Timeframe
from feeds.replay import read, recognise, replay
from tests.feeds.makers import SHARED, coin, gold

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=f"recorded market data is not at {SHARED}")

TRADES = "btcusdt_trades_binance_spot_20240808.csv.gz"
BOOK = "btcusdt_bookticker_binance_spot_20240808.csv.gz"
MINUTE = 60_000


def aggregated_by_hand(period_ms: int) -> dict[int, tuple[Decimal, Decimal, Decimal, Decimal, Decimal, int]]:
    """Open, high, low, close, volume and count per period, straight from the file."""
    found: dict[int, tuple[Decimal, Decimal, Decimal, Decimal, Decimal, int]] = {}
    with gzip.open(SHARED / TRADES, "rt") as file:
        for row in csv.DictReader(file):
            at = int(row["timestamp_utc_ms"]) // period_ms * period_ms
            price, quantity = Decimal(row["price"]), Decimal(row["qty"])
            opened, high, low, _, volume, count = found.get(at, (price, price, price, price, Decimal(0), 0))
            found[at] = (opened, max(high, price), min(low, price), price, volume + quantity, count + 1)
    return found


def test_every_trade_and_quote_of_six_minutes_of_bitcoin_is_played():
    markets = {"BTCUSDT": coin()}
    items = list(replay([recognise(SHARED / name, markets) for name in (TRADES, BOOK)], [], markets))
    ticks = [item for item in items if isinstance(item, Tick)]

    assert Counter(tick.last is not None for tick in ticks) == {True: 9_757, False: 28_040}
    times = [item.time_ms for item in items]
    assert times == sorted(times)


@pytest.mark.parametrize("period_ms", [MINUTE, 15 * MINUTE])
def test_candles_of_the_played_trades_are_those_of_the_file(period_ms):
    markets = {"BTCUSDT": coin()}
    candles: dict[int, list[Tick]] = {}
    for item in replay([recognise(SHARED / name, markets) for name in (TRADES, BOOK)], [], markets):
        if isinstance(item, Tick) and item.last is not None:
            candles.setdefault(item.time_ms // period_ms * period_ms, []).append(item)

    expected = aggregated_by_hand(period_ms)
    assert len(expected) == {MINUTE: 7, 15 * MINUTE: 2}[period_ms]  # 23:54 to a second after midnight
    for at, (opened, high, low, close, volume, count) in expected.items():
        prices = [Decimal(tick.last or 0) / 100 for tick in candles[at]]
        assert (prices[0], max(prices), min(prices), prices[-1], len(prices)) == (opened, high, low, close, count)
        assert sum(tick.volume or 0 for tick in candles[at]) == pytest.approx(float(volume), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "symbol", "tick", "grid", "timeframe", "rows"),
    [
        ("xauusd_m1_mt5_2026-03-24_2026-05-28", "XAUUSD", "0.01", None, Timeframe.M1, 63_229),
        ("xauusd_h1_oanda_2006-03-20_2019-02-25", "XAUUSD", "0.01", "0.001", Timeframe.H1, 76_499),
        ("btcusdt_15m_binance_2024-10-23_2025-10-23", "BTCUSDT", "0.01", None, Timeframe.M15, 35_040),
        ("eurusd_ticks_dukascopy_2019-02-04_h00_h10_h23", "EURUSD", "0.00001", None, None, 14_804),
        ("usdjpy_ticks_nautilus_2019-01-01", "USDJPY", "0.001", None, None, 10_000),
    ],
)
def test_every_row_of_a_good_recording_is_read(name, symbol, tick, grid, timeframe, rows):
    instrument = gold(symbol, tick)
    source = recognise(SHARED / f"{name}.csv.gz", {symbol: instrument})
    assert source.timeframe is timeframe
    assert sum(1 for _ in read(source, instrument, grid=grid and Decimal(grid))) == rows


def test_minutes_in_which_the_ask_was_below_the_bid_are_refused():
    with gzip.open(SHARED / "gbpusd_m1_fxcm_2012-02.csv.gz", "rt") as file:
        crossed = sum(row["spread_points"].startswith("-") for row in csv.DictReader(file))
    pound = gold("GBPUSD", "0.00001")
    bad: list[str] = []
    source = recognise(SHARED / "gbpusd_m1_fxcm_2012-02.csv.gz", {"GBPUSD": pound})
    good = sum(1 for _ in read(source, pound, on_bad=lambda line: bad.append(line.column)))

    assert Counter(bad) == {"spread_points": crossed}
    assert good == 30_117 - crossed


def test_a_price_finer_than_the_tick_is_noticed_at_once():
    source = recognise(SHARED / "xauusd_ticks_oanda_2014-05-01_05-02.csv.gz", {"XAUUSD": gold()})
    first = next(iter(read(source, gold(), grid=Decimal("0.001"))))
    assert first == Tick("XAUUSD", 1398902400043, 129168, 129203)  # 1291.677 and 1292.033
