"""One file: whole, cut short and spoiled."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Tick
from engine.types import Candle, Instrument, Timeframe
from feeds.base import BadLine, FeedError
from feeds.formats import layout_of
from feeds.replay import Source, read, recognise
from feeds.rows import BadCell, Prices, Row, parser_of
from tests.feeds.makers import coin, gold, utc_ms, write

TICKS = "timestamp_utc_ms,bid,ask\n"
CANDLES = "timestamp_utc,open,high,low,close,volume,spread_points\n"
MT5_TICKS = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
MT5_BARS = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
MT5_DAYS = MT5_BARS.replace("<TIME>\t", "")
M1 = Timeframe.M1


def rows(path: Path, text: str, instrument: Instrument | None = None, **options: object) -> list[Row]:
    instrument = instrument or gold()
    write(path, text)
    source = recognise(path, {instrument.symbol: instrument}, instrument.symbol)
    return list(read(source, instrument, **options))  # type: ignore[arg-type]


def refusals(path: Path, text: str, instrument: Instrument | None = None) -> tuple[list[str], list[Row]]:
    """What is said about a file's bad lines, without the path, and the good rows."""
    bad: list[BadLine] = []
    good = rows(path, text, instrument, on_bad=bad.append)
    return [str(line).removeprefix(f"{path}, ") for line in bad], good


def test_our_ticks_are_read_with_and_without_volume(tmp_path):
    plain = rows(tmp_path / "a.csv", TICKS + "1398902400043,1291.67,1292.03\n1398902400043,1291.6,1292\n")
    assert plain == [
        Tick("XAUUSD", 1398902400043, 129167, 129203),
        Tick("XAUUSD", 1398902400043, 129160, 129200),
    ]

    traded = rows(tmp_path / "b.csv.gz", "timestamp_utc_ms,bid,ask,volume\n1398902400043,1291.67,1292.03,2.5\n")
    assert traded == [Tick("XAUUSD", 1398902400043, 129167, 129203, None, 2.5)]


def test_resting_sizes_of_quotes_are_not_taken_for_volume(tmp_path):
    text = "timestamp_utc_ms,bid,ask,bid_volume,ask_volume\n1549238400994,1.14543,1.14545,2.06,1.0\n"
    assert rows(tmp_path / "a.csv", text, gold("EURUSD", "0.00001")) == [Tick("EURUSD", 1549238400994, 114543, 114545)]


def test_a_book_ticker_gives_quotes(tmp_path):
    text = (
        "timestamp_utc_ms,bid,ask,bid_volume,ask_volume,update_id\n"
        "1723161255359,61837.63000000,61837.64000000,3.78826000,1.54698000,50093239212\n"
    )
    assert rows(tmp_path / "a.csv", text, coin()) == [Tick("BTCUSDT", 1723161255359, 6183763, 6183764)]


def test_trades_without_a_book_put_the_ask_a_typical_spread_above_the_price(tmp_path):
    text = "timestamp_utc_ms,price,qty,buyer_is_maker,trade_id\n1723161255342,61837.63000000,0.02000000,1,3735683259\n"
    assert rows(tmp_path / "a.csv", text, coin(typical_spread=3)) == [
        Tick("BTCUSDT", 1723161255342, 6183763, 6183766, 6183763, 0.02)
    ]


def test_our_candles_are_read_with_volume_and_spread_and_zero_means_not_known(tmp_path):
    text = CANDLES + (
        "2026-03-24T14:00:00Z,4381.49,4387.04,4380.75,4386.67,611,12\n"
        "2026-03-24T14:01:00Z,4387.12,4391.36,4384.9,4384.98,0,0\n"
    )
    first = utc_ms("2026-03-24 14:00")
    assert rows(tmp_path / "a.csv", text) == [
        Candle("XAUUSD", M1, first, first + 60_000, 438149, 438704, 438075, 438667, 611.0, 0, 12),
        Candle("XAUUSD", M1, first + 60_000, first + 120_000, 438712, 439136, 438490, 438498, None, 0, None),
    ]


def test_metatrader_ticks_repeat_what_an_empty_cell_leaves_out(tmp_path):
    text = MT5_TICKS + (
        "2026.03.24\t16:00:00.123\t4381.49\t\t\t\t2\r\n"
        "2026.03.24\t16:00:00.200\t\t4381.61\t\t\t4\r\n"
        "2026.03.24\t16:00:00.200\t4381.50\t\t0\t0\t2\r\n"
        "2026.03.24\t16:00:01.000\t\t\t4381.55\t3\t88\r\n"
    )
    at = utc_ms("2026-03-24 13:00")  # New York keeps summer time: the server is three hours ahead of UTC
    assert rows(tmp_path / "a.csv", text) == [
        Tick("XAUUSD", at + 200, 438149, 438161),
        Tick("XAUUSD", at + 200, 438150, 438161),
        Tick("XAUUSD", at + 1000, 438150, 438161, 438155, 3.0),
    ]


def test_metatrader_bars_come_in_broker_time_and_the_broker_can_be_named(tmp_path):
    text = MT5_BARS + (
        "2026.03.24\t16:00:00\t4381.49\t4387.04\t4380.75\t4386.67\t611\t0\t12\n"
        "2026.03.24\t16:15:00\t4386.67\t4387.04\t4380.75\t4386.67\t600\t0\t12\n"
    )
    by_default = rows(tmp_path / "a.csv", text)
    in_athens = rows(tmp_path / "a.csv", text, server_time="Europe/Athens")  # still on winter time that day

    assert [c.open_ms for c in by_default] == [utc_ms("2026-03-24 13:00"), utc_ms("2026-03-24 13:15")]
    assert [c.open_ms for c in in_athens] == [utc_ms("2026-03-24 14:00"), utc_ms("2026-03-24 14:15")]
    assert [c.timeframe for c in by_default] == [Timeframe.M15, Timeframe.M15]
    assert (by_default[0].volume, by_default[0].spread) == (611.0, 12)


def test_daily_metatrader_bars_have_no_time_and_begin_at_the_brokers_midnight(tmp_path):
    text = MT5_DAYS + (
        "2026.01.06\t4381.49\t4387.04\t4380.75\t4386.67\t611\t0\t12\n"
        "2026.01.07\t4386.67\t4387.04\t4380.75\t4386.67\t600\t0\t12\n"
    )
    days = rows(tmp_path / "a.csv", text)
    assert [(c.timeframe, c.open_ms) for c in days] == [
        (Timeframe.D1, utc_ms("2026-01-05 22:00")),  # 17:00 New York
        (Timeframe.D1, utc_ms("2026-01-06 22:00")),
    ]


def test_histdata_minutes_are_in_new_york_winter_time_all_year(tmp_path):
    text = "20120701 000000;1.30650;1.30660;1.30640;1.30650;0\n20120701 000100;1.30650;1.30660;1.30640;1.30650;0\n"
    candles = rows(tmp_path / "a.csv", text, gold("EURUSD", "0.00001"))
    at = utc_ms("2012-07-01 05:00")
    assert candles[0] == Candle("EURUSD", M1, at, at + 60_000, 130650, 130660, 130640, 130650)
    assert candles[1].open_ms == at + 60_000


GOOD = "1398902400043,1291.67,1292.03\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1398902400050,NaN,1292.03", "column bid: found 'NaN'; needs a positive number such as 2300.15"),
        ("1398902400050,-1.5,1292.03", "column bid: found '-1.5'; needs a positive number such as 2300.15"),
        ("1398902400050,1291.67,1e400", "column ask: found '1e400'; needs a positive number such as 2300.15"),
        ("1398902400050,1_000.00,1292.03", "column bid: found '1_000.00'; needs a positive number such as 2300.15"),
        ("1398902400050,0.00,1292.03", "column bid: found '0.00'; needs a number above zero"),
        ("1398902400050,1292.04,1292.03", "column ask: found '1292.03'; needs at least the bid, 1292.04"),
        (
            "1398902400042,1291.67,1292.03",
            "column timestamp_utc_ms: found '1398902400042'; needs at least 1398902400043, the time of the row above",
        ),
        (
            "1398902400,1291.67,1292.03",
            "column timestamp_utc_ms: found '1398902400'; needs milliseconds since 1970 such as 1398902400043",
        ),
        (
            "1398902400050,1291.67",
            "column ask: found '1398902400050,1291.67'; needs 3 columns: timestamp_utc_ms bid ask",
        ),
        ("1398902400050,1291.67,1292.03,7", "column 4: found '7'; needs 3 columns: timestamp_utc_ms bid ask"),
        (
            "1398902400050,1291.675,1292.03",
            "column bid: found '1291.675'; needs a multiple of 0.01, the tick of XAUUSD,"
            " or a finer grid declared for this symbol",
        ),
        (
            "1398902400050,１２９１,1292.03",
            "column bid: found '" + "\\ufffd" * 12 + "'; needs a positive number such as 2300.15",
        ),
        (
            "1398902400050,1291.67," + "9" * 70,
            "column ask: found '" + "9" * 60 + "'…; needs a positive number such as 2300.15",
        ),
    ],
)
def test_a_bad_tick_is_named_by_line_column_and_value_and_left_out(tmp_path, line, said):
    path = tmp_path / "a.csv"
    told, good = refusals(path, TICKS + GOOD + line + "\n" + GOOD)

    assert told == [f"line 3, {said}"]
    assert good == [Tick("XAUUSD", 1398902400043, 129167, 129203)] * 2


OPEN = "2026-03-24T14:00:00Z,10.00,12.00,9.00,11.00,5,1\n2026-03-24T14:01:00Z,10.00,12.00,9.00,11.00,5,1\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-03-24T14:02:00Z,10,12,9,13,5,1", "column high: found '12'; needs the highest price of its row"),
        ("2026-03-24T14:02:00Z,10,12,10.5,11,5,1", "column low: found '10.5'; needs the lowest price of its row"),
        ("2026-03-24T14:02:00Z,10,12,9,11,inf,1", "column volume: found 'inf'; needs a number, zero or more"),
        ("2026-03-24T14:02:00Z,10,12,9,11,-1,1", "column volume: found '-1'; needs a number, zero or more"),
        ("2026-03-24T14:02:00Z,10,12,9,11,5,-4", "column spread_points: found '-4'; needs a whole number of points"),
        (
            "2026-03-24T14:02:30Z,10,12,9,11,5,1",
            "column timestamp_utc: found '2026-03-24T14:02:30Z'; needs the open of a M1 candle",
        ),
        (
            "2026-03-24T14:01:00Z,10,12,9,11,5,1",
            "column timestamp_utc: found '2026-03-24T14:01:00Z'; needs a time after that of the row above",
        ),
        (
            "2026-03-24T14:02:00,10,12,9,11,5,1",
            "column timestamp_utc: found '2026-03-24T14:02:00'; needs a UTC time such as 2024-10-23T04:30:00Z",
        ),
        (
            "2026-02-30T14:02:00Z,10,12,9,11,5,1",
            "column timestamp_utc: found '2026-02-30T14:02:00Z'; needs a UTC time such as 2024-10-23T04:30:00Z",
        ),
    ],
)
def test_a_bad_candle_is_named_and_left_out(tmp_path, line, said):
    told, good = refusals(tmp_path / "a.csv", CANDLES + OPEN + line + "\n")

    assert told == [f"line 4, {said}"]
    assert len(good) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026.03.24\t25:00:00\t4381.49\t\t\t\t2", "column <TIME>: found '25:00:00'; needs a time of the day"),
        ("2026.03.24\tnoon\t4381.49\t\t\t\t2", "column <TIME>: found 'noon'; needs a time such as 14:05:00.123"),
        (
            "2026.13.24\t16:00:02\t4381.49\t\t\t\t2",
            "column <DATE>: found '2026.13.24'; needs a day of the calendar such as 2024.10.23",
        ),
        ("2026.03.24\t16:00:02\t4390.00\t\t\t\t2", "column <ASK>: found ''; needs at least the bid, 4390.00"),
        (
            "2026.03.24\t15:59:59\t4381.49\t\t\t\t2",
            "column <TIME>: found '2026.03.24 15:59:59'; needs at least the time of the row above",
        ),
    ],
)
def test_a_bad_metatrader_tick_is_named_and_leaves_the_quote_as_it_was(tmp_path, line, said):
    begin = "2026.03.24\t16:00:01.000\t4381.49\t4381.61\t\t\t6\n"
    end = "2026.03.24\t16:00:03.000\t\t4381.62\t\t\t4\n"
    told, good = refusals(tmp_path / "a.csv", MT5_TICKS + begin + line + "\n" + end)

    assert told == [f"line 3, {said}"]
    assert [(tick.bid, tick.ask) for tick in good] == [(438149, 438161), (438149, 438162)]


def test_without_anybody_to_tell_a_bad_line_stops_the_reading(tmp_path):
    path = tmp_path / "gold.csv"
    with pytest.raises(BadLine) as caught:
        rows(path, TICKS + GOOD + "1398902400050,NaN,1292.03\n")
    error = caught.value
    assert (error.path, error.line, error.column, error.value) == (path, 3, "bid", "NaN")
    assert str(error) == f"{path}, line 3, column bid: found 'NaN'; needs a positive number such as 2300.15"
    assert isinstance(error, FeedError)


def test_a_finer_grid_is_accepted_only_when_declared_and_rounds_halves_up(tmp_path):
    text = TICKS + "1398902400043,1291.664,1291.665\n"
    assert rows(tmp_path / "a.csv", text, grid=Decimal("0.001")) == [Tick("XAUUSD", 1398902400043, 129166, 129167)]

    with pytest.raises(BadLine, match=r"needs a multiple of 0.001, the grid declared for XAUUSD"):
        rows(tmp_path / "a.csv", TICKS + "1398902400043,1291.6745,1291.675\n", grid=Decimal("0.001"))


def test_spread_points_are_points_of_the_declared_grid(tmp_path):
    text = CANDLES + OPEN.replace(",5,1\n", ",0,2505\n")
    candles = rows(tmp_path / "a.csv", text, grid=Decimal("0.001"))
    assert [candle.spread for candle in candles] == [251, 251]  # 2.505 USD in ticks of 0.01


def test_a_file_cut_in_the_middle_of_a_line_is_noticed(tmp_path):
    told, good = refusals(tmp_path / "a.csv", TICKS + GOOD + "13989024")
    assert told == ["line 3, column bid: found '13989024'; needs 3 columns: timestamp_utc_ms bid ask"]
    assert len(good) == 1


def test_a_truncated_gzip_file_gives_what_it_has_and_is_reported(tmp_path):
    path = tmp_path / "a.csv.gz"
    # Each line is different enough not to be squeezed into nothing.
    text = TICKS + "".join(
        f"{1398902400000 + i * i % 977 + i * 1000},{1200 + i * 7919 % 1000},2300\n" for i in range(5000)
    )
    whole = gzip.compress(text.encode())
    path.write_bytes(whole)
    source = recognise(path, {"XAUUSD": gold()}, "XAUUSD")
    path.write_bytes(whole[: len(whole) // 2])
    bad: list[BadLine] = []

    good = list(read(source, gold(), on_bad=bad.append))

    assert 1000 < len(good) < 4000
    assert [line.value for line in bad] == ["damaged gzip data"]
    assert bad[0].line == len(good) + 2  # the header, and the line that was not finished
    assert bad[0].remedy == "needs the whole file; fetch it again"
    with pytest.raises(BadLine, match="damaged gzip data"):
        list(read(source, gold()))


def test_a_line_without_end_is_refused_without_being_held_in_memory(tmp_path):
    told, good = refusals(tmp_path / "a.csv.gz", TICKS + GOOD + "7" * 2_000_000 + "\n" + GOOD)
    assert told == ["line 3, column -: found '" + "7" * 60 + "'…; needs a line of at most 4096 bytes"]
    assert len(good) == 2


def test_line_numbers_are_those_of_an_editor_blank_lines_and_byte_order_mark_included(tmp_path):
    told, good = refusals(tmp_path / "a.csv", "\ufeff" + TICKS + "\r\n" + GOOD + "\nx\n")
    assert told == ["line 5, column bid: found 'x'; needs 3 columns: timestamp_utc_ms bid ask"]
    assert len(good) == 1


def test_progress_counts_the_bytes_of_the_compressed_file(tmp_path):
    path = write(tmp_path / "a.csv.gz", TICKS + GOOD * 50_000)
    seen: list[int] = []
    source = recognise(path, {"XAUUSD": gold()}, "XAUUSD")

    assert sum(1 for _ in read(source, gold(), progress=seen.append)) == 50_000
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_a_missing_file_is_named():
    with pytest.raises(FeedError, match=r"^nowhere.csv: cannot be read \(No such file or directory\); check the name"):
        recognise(Path("nowhere.csv"), {}, "XAUUSD")


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**7), st.integers(0, 10**4)), min_size=1))
def test_ticks_written_down_are_read_back_the_same(steps):
    time_ms, ticks = 1398902400000, []
    for step_ms, bid, spread in steps:
        time_ms += step_ms
        ticks.append(Tick("XAUUSD", time_ms, bid, bid + spread))
    layout = layout_of(["timestamp_utc_ms,bid,ask"])
    assert layout is not None
    parse = parser_of(layout, gold(), None)
    written = [f"{t.time_ms},{t.bid / 100:.2f},{t.ask / 100:.2f}" for t in ticks]

    assert [parse(line.split(",")) for line in written] == ticks


@given(st.text(max_size=30) | st.from_regex(r"[0-9+\-.eE_nNaA ]{1,12}", fullmatch=True))
def test_whatever_stands_in_a_price_cell_it_is_an_exact_price_or_refused(text):
    try:
        ticks = Prices("bid", gold(), None)[text]
    except BadCell:
        return
    assert Decimal(text) == Decimal(ticks) / 100
    assert ticks > 0


def test_a_source_is_a_value():
    layout = layout_of(["timestamp_utc_ms,bid,ask"])
    assert layout is not None
    assert Source(Path("a"), "X", layout, None, None) == Source(Path("a"), "X", layout, None, None)
