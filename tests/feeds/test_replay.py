"""What a file is, and how several of them become one stream."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import CandleInput, Heartbeat, History, Tick
from engine.types import Candle, Timeframe
from feeds.base import BadLine, FeedError, UnknownFormat
from feeds.formats import Format
from feeds.replay import _with_heartbeats, recognise, replay
from tests.feeds.makers import coin, gold, utc_ms, write

MARKETS = {"XAUUSD": gold(), "BTCUSDT": coin(typical_spread=5)}
NOON = utc_ms("2026-03-24 12:00")
MINUTE = 60_000


def ticks_text(*rows: tuple[int, str, str]) -> str:
    return "timestamp_utc_ms,bid,ask\n" + "".join(f"{at},{bid},{ask}\n" for at, bid, ask in rows)


def candles_text(*opens: str, price: str = "10") -> str:
    """Flat candles opening at `HH:MM` on 24 March 2026."""
    rows = "".join(f"2026-03-24T{at}:00Z,{price},{price},{price},{price},1\n" for at in opens)
    return "timestamp_utc,open,high,low,close,volume\n" + rows


def play(live: list[Path], history: list[Path] | None = None, **options: object) -> list[object]:
    found = [[recognise(path, MARKETS) for path in paths] for paths in (live, history or [])]
    return list(replay(*found, MARKETS, **options))  # type: ignore[arg-type]


HEADS = {
    "timestamp_utc_ms,bid,ask\n": (Format.TICKS, None),
    "timestamp_utc_ms,bid,ask,volume\n": (Format.TICKS, None),
    "timestamp_utc_ms,bid,ask,bid_volume,ask_volume\n": (Format.TICKS, None),
    "timestamp_utc_ms,bid,ask,bid_volume,ask_volume,update_id\n": (Format.BOOK, None),
    "timestamp_utc_ms,price,qty,buyer_is_maker,trade_id\n": (Format.TRADES, None),
    "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n": (Format.MT5_TICKS, None),
    candles_text("10:00", "10:05", "10:10"): (Format.CANDLES, Timeframe.M5),
    candles_text("08:00", "12:00", "16:00"): (Format.CANDLES, Timeframe.H4),
    "20120201 000000;1.30650;1.30660;1.30640;1.30650;0\n20120201 000100;1.3065;1.3066;1.3064;1.3065;0\n": (
        Format.HISTDATA_M1,
        Timeframe.M1,
    ),
}


@pytest.mark.parametrize(("text", "expected"), HEADS.items())
@pytest.mark.parametrize("name", ["XAUUSD.csv", "XAUUSD.csv.gz"])
def test_a_file_is_recognised_by_what_is_in_it(tmp_path, text, expected, name):
    source = recognise(write(tmp_path / name, text), MARKETS)
    assert (source.format, source.timeframe, source.symbol) == (*expected, "XAUUSD")


def test_gzip_is_seen_by_content_whatever_the_name_says(tmp_path):
    packed = write(tmp_path / "xauusd.gz", ticks_text((NOON, "1", "2"))).rename(tmp_path / "xauusd.csv")
    plain = write(tmp_path / "x", ticks_text((NOON, "1", "2"))).rename(tmp_path / "xauusd.csv.gz")
    assert play([packed]) == play([plain])


def test_the_timeframe_is_the_most_common_distance_so_holes_do_not_matter(tmp_path):
    path = write(tmp_path / "xauusd_h1.csv", candles_text("01:00", "05:00", "06:00", "07:00", "11:00"))
    assert recognise(path, MARKETS).timeframe is Timeframe.H1


def test_what_is_not_recognised_is_refused_with_a_list_of_what_would_be(tmp_path):
    path = write(tmp_path / "xauusd.csv", "time,bid,ask\n1,2,3\n")
    with pytest.raises(UnknownFormat, match=r"not a format we read, it begins with 'time,bid,ask'; known are ticks: "):
        recognise(path, MARKETS)
    with pytest.raises(UnknownFormat, match="not a format we read, it is empty; known are"):
        recognise(write(tmp_path / "xauusd2.csv", ""), MARKETS)
    with pytest.raises(UnknownFormat, match=r"candles 120 s apart; needs two or more of M1, M5, M15, H1, H4, D1"):
        recognise(write(tmp_path / "xauusd3.csv", candles_text("10:00", "10:02", "10:04")), MARKETS)
    with pytest.raises(UnknownFormat, match="no two candles in its first rows"):
        recognise(write(tmp_path / "xauusd4.csv", candles_text()), MARKETS)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("xauusd_ticks_2014.csv", "XAUUSD"),
        ("XAUUSDm_M1.csv", "XAUUSD"),
        ("BTCUSDT-trades.csv", "BTCUSDT"),
        ("DAT_ASCII_XAUUSD_M1_2012.csv", "XAUUSD"),
    ],
)
def test_the_symbol_is_read_from_the_file_name(tmp_path, name, symbol):
    assert recognise(write(tmp_path / name, ticks_text()), MARKETS).symbol == symbol


def test_of_two_symbols_with_which_a_name_begins_the_longer_one_is_meant(tmp_path):
    markets = {"BTCUSD": coin(), "BTCUSDT": coin()}
    assert recognise(write(tmp_path / "btcusdt.csv", ticks_text()), markets).symbol == "BTCUSDT"


@pytest.mark.parametrize("name", ["gold.csv", "from_xauusd_or_btcusdt.csv"])
def test_a_name_without_a_symbol_asks_for_one(tmp_path, name):
    path = write(tmp_path / name, ticks_text())
    with pytest.raises(UnknownFormat, match=r"give --symbol \(configured: XAUUSD, BTCUSDT\)"):
        recognise(path, MARKETS)
    assert recognise(path, MARKETS, "XAUUSD").symbol == "XAUUSD"


def test_an_unknown_symbol_is_refused_when_it_is_played(tmp_path):
    source = recognise(write(tmp_path / "gold.csv", ticks_text((NOON, "1", "2"))), MARKETS, "GOLD")
    with pytest.raises(FeedError, match="GOLD is not a configured instrument"):
        list(replay([source], [], MARKETS))


def test_ticks_are_played_with_a_heartbeat_for_each_minute_that_has_passed(tmp_path):
    path = write(
        tmp_path / "xauusd.csv",
        ticks_text((NOON + 500, "10", "11"), (NOON + MINUTE, "10", "11"), (NOON + 7 * MINUTE + 1, "10", "11")),
    )
    assert play([path]) == [
        Tick("XAUUSD", NOON + 500, 1000, 1100),
        Heartbeat("replay", NOON + MINUTE),
        Tick("XAUUSD", NOON + MINUTE, 1000, 1100),
        Heartbeat("replay", NOON + 7 * MINUTE),  # one for the gap
        Tick("XAUUSD", NOON + 7 * MINUTE + 1, 1000, 1100),
        Heartbeat("replay", NOON + 8 * MINUTE),  # the last minute is over as well
    ]


def test_candles_are_played_and_the_last_heartbeat_closes_the_last_one(tmp_path):
    path = write(tmp_path / "xauusd.csv", candles_text("12:00", "12:15"))
    m15 = Timeframe.M15
    first = Candle("XAUUSD", m15, NOON, NOON + 15 * MINUTE, 1000, 1000, 1000, 1000, 1.0)
    second = Candle("XAUUSD", m15, NOON + 15 * MINUTE, NOON + 30 * MINUTE, 1000, 1000, 1000, 1000, 1.0)
    assert play([path], feed="tape") == [
        CandleInput(first),
        Heartbeat("tape", NOON + 15 * MINUTE),
        CandleInput(second),
        Heartbeat("tape", NOON + 30 * MINUTE),
    ]


def test_symbols_are_merged_in_time_order_and_the_first_file_goes_first_when_equal(tmp_path):
    gold_file = write(tmp_path / "xauusd.csv", ticks_text((NOON, "10", "11"), (NOON + 20, "12", "13")))
    coin_file = write(tmp_path / "btcusdt.csv", ticks_text((NOON, "1", "2"), (NOON + 10, "3", "4")))
    items = play([gold_file, coin_file])
    assert [(item.symbol, item.bid) for item in items if isinstance(item, Tick)] == [
        ("XAUUSD", 1000),
        ("BTCUSDT", 100),
        ("BTCUSDT", 300),
        ("XAUUSD", 1200),
    ]


def test_files_of_one_symbol_follow_each_other_whatever_their_order_and_nothing_is_told_twice(tmp_path):
    early = write(tmp_path / "xauusd_1.csv", ticks_text((NOON, "10", "11"), (NOON + 20, "12", "13")))
    late = write(tmp_path / "xauusd_2.csv", ticks_text((NOON + 10, "99", "99"), (NOON + 30, "14", "15")))
    bids = [item.bid for item in play([late, early, early]) if isinstance(item, Tick)]
    assert bids == [1000, 1200, 1400]


def test_a_trade_stands_on_the_latest_quote_and_before_the_first_on_a_typical_spread(tmp_path):
    trades = write(
        tmp_path / "btcusdt_trades.csv",
        "timestamp_utc_ms,price,qty,buyer_is_maker,trade_id\n"
        f"{NOON},10.00,0.5,1,1\n{NOON + 10},10.03,0.25,0,2\n{NOON + 20},10.05,1,0,3\n",
    )
    book = write(tmp_path / "btcusdt_book.csv", ticks_text((NOON + 5, "10.01", "10.02"), (NOON + 10, "10.04", "10.05")))
    assert play([book, trades])[:-1] == [
        Tick("BTCUSDT", NOON, 1000, 1005, 1000, 0.5),
        Tick("BTCUSDT", NOON + 5, 1001, 1002),
        Tick("BTCUSDT", NOON + 10, 1001, 1002, 1003, 0.25),
        Tick("BTCUSDT", NOON + 10, 1004, 1005),
        Tick("BTCUSDT", NOON + 20, 1004, 1005, 1005, 1.0),
    ]


def test_history_ends_before_the_first_live_price(tmp_path):
    history = write(tmp_path / "xauusd_m15.csv", candles_text("11:30", "11:45", "12:00", "12:15"))
    live = write(tmp_path / "xauusd.csv", ticks_text((NOON + 14 * MINUTE, "10", "11")))
    items = play([live], [history])
    assert [item.candle.open_ms for item in items if isinstance(item, History)] == [
        NOON - 30 * MINUTE,
        NOON - 15 * MINUTE,  # the one from 12:00 closes after 12:14, when live prices begin
    ]
    assert [type(item) for item in items] == [History, History, Tick, Heartbeat]


def test_a_candle_that_closes_at_the_first_live_price_is_still_history(tmp_path):
    history = write(tmp_path / "xauusd_m15.csv", candles_text("11:30", "11:45", "12:00"))
    live = write(tmp_path / "xauusd.csv", ticks_text((NOON + 15 * MINUTE, "10", "11")))
    assert sum(isinstance(item, History) for item in play([live], [history])) == 3


def test_of_two_timeframes_of_history_the_finer_counts_from_where_it_begins(tmp_path):
    hours = write(tmp_path / "xauusd_h1.csv", candles_text("08:00", "09:00", "10:00", "11:00"))
    quarters = write(tmp_path / "xauusd_m15.csv", candles_text("10:30", "10:45", "11:00"))
    live = write(tmp_path / "xauusd.csv", ticks_text((NOON, "10", "11")))
    found = [
        (item.candle.timeframe, (item.candle.open_ms - NOON) // MINUTE)
        for item in play([live], [quarters, hours])
        if isinstance(item, History)
    ]
    h1, m15 = Timeframe.H1, Timeframe.M15
    assert found == [(h1, -240), (h1, -180), (m15, -90), (m15, -75), (m15, -60)]


def test_history_of_two_symbols_is_merged_in_time_and_each_is_cut_by_its_own_prices(tmp_path):
    paths = [write(tmp_path / f"{name}_m15.csv", candles_text("11:30", "11:45")) for name in ("xauusd", "btcusdt")]
    live = [
        write(tmp_path / "xauusd.csv", ticks_text((NOON, "10", "11"))),
        write(tmp_path / "btcusdt.csv", ticks_text((NOON - 10 * MINUTE, "10", "11"))),
    ]
    found = [item.symbol for item in play(live, paths) if isinstance(item, History)]
    assert found == ["XAUUSD", "BTCUSDT", "XAUUSD"]


def test_ticks_are_no_history(tmp_path):
    path = write(tmp_path / "xauusd.csv", ticks_text((NOON, "10", "11")))
    with pytest.raises(FeedError, match=r"history of XAUUSD needs candles, and this is ticks: "):
        play([path], [path])


def test_the_same_price_is_not_told_twice_by_candles_and_ticks(tmp_path):
    ticks = write(tmp_path / "xauusd.csv", ticks_text((NOON, "10", "11")))
    candles = write(tmp_path / "xauusd_m15.csv", candles_text("12:00", "12:15"))
    with pytest.raises(FeedError, match=r"XAUUSD is told twice by .*; play one of them and give the others as history"):
        play([ticks, candles])


def test_bad_lines_progress_and_grids_reach_the_files(tmp_path):
    path = write(tmp_path / "xauusd.csv", ticks_text((NOON, "10.001", "11.006"), (NOON, "nan", "1")))
    bad: list[BadLine] = []
    done: list[tuple[Path, int]] = []

    items = play(
        [path],
        on_bad=bad.append,
        grids={"XAUUSD": Decimal("0.001")},
        progress=lambda at, count: done.append((at, count)),
    )

    assert items[0] == Tick("XAUUSD", NOON, 1000, 1101)
    assert [line.line for line in bad] == [3]
    assert done[-1] == (path, path.stat().st_size)


@given(st.lists(st.integers(0, 400_000), max_size=60))
def test_a_heartbeat_never_runs_ahead_of_the_next_price_and_never_goes_back(steps_ms):
    times = [NOON + passed for passed in itertools.accumulate(steps_ms)]
    items = list(_with_heartbeats(iter([Tick("X", at, 1, 1) for at in times]), "replay"))

    assert [item.time_ms for item in items if isinstance(item, Tick)] == times
    seen = [item.time_ms for item in items]
    assert seen == sorted(seen)
    beats = [item.time_ms for item in items if isinstance(item, Heartbeat)]
    assert beats == sorted(set(beats))
    # Every minute in which prices ended has been closed by a heartbeat before the next price.
    minutes = {at // MINUTE for at in times}
    assert len(beats) == len(minutes)
