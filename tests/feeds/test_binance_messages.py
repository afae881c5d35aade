"""Binance's frames: hand-written, recorded, and fuzzed."""

from __future__ import annotations

import gzip
import itertools
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.types import Candle, Timeframe
from feeds.base import BadMessage
from feeds.binance_messages import Book, Kline, Parser, Shutdown, Trade
from tests.feeds.makers import SHARED, coin, gold

PARSER = Parser([coin()])
T = 1_723_161_255_342


def frame(stream: str, **data: object) -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def agg_trade(**changed: object) -> bytes:
    data = {"e": "aggTrade", "E": T + 1, "s": "BTCUSDT", "a": 7, "p": "61837.63000000", "q": "0.02", "f": 10, "l": 12}
    return frame("btcusdt@aggTrade", **{**data, "T": T, "m": True, "M": True, **changed})


def book(**changed: object) -> bytes:
    data = {"u": 5, "s": "BTCUSDT", "b": "61837.63", "B": "3.7", "a": "61837.64", "A": "1.5"}
    return frame("btcusdt@bookTicker", **{**data, **changed})


BAR = {"t": 1_723_161_240_000, "T": 1_723_161_299_999, "s": "BTCUSDT", "i": "1m", "o": "10.00", "c": "11.00"}
BAR |= {"h": "12.00", "l": "9.00", "v": "3.5", "n": 4, "x": True}


def kline(**changed: object) -> bytes:
    return frame("btcusdt@kline_1m", e="kline", E=1_723_161_300_012, s="BTCUSDT", k={**BAR, **changed})


def test_a_trade_is_read():
    assert PARSER.frame(agg_trade()) == Trade("BTCUSDT", 7, T, 6_183_763, Decimal("0.02"), 3)


def test_a_time_in_microseconds_is_the_same_moment():
    assert PARSER.frame(agg_trade(T=T * 1000 + 999)) == PARSER.frame(agg_trade())


def test_a_quote_is_read():
    assert PARSER.frame(book()) == Book("BTCUSDT", 6_183_763, 6_183_764)


def test_a_candle_is_read_and_one_without_a_trade_is_none():
    candle = Candle(
        "BTCUSDT", Timeframe.M1, 1_723_161_240_000, 1_723_161_300_000, 1000, 1200, 900, 1100, volume=3.5, ticks=4
    )
    at = (1_723_161_240_000, 1_723_161_300_012)
    assert PARSER.frame(kline()) == Kline("BTCUSDT", at[0], candle, Decimal("3.5"), True, at[1])
    assert PARSER.frame(kline(n=0, v="0")) == Kline("BTCUSDT", at[0], None, Decimal(0), True, at[1])


def test_the_end_of_a_connection_is_announced():
    assert PARSER.frame(frame("!serverShutdown", e="serverShutdown", E=T)) == Shutdown()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (agg_trade(p="NaN"), "aggTrade.price"),
        (agg_trade(p="-1.00"), "aggTrade.price"),
        (agg_trade(p="0.00"), "aggTrade.price"),
        (agg_trade(p="1e400"), "aggTrade.price"),
        (agg_trade(p="1.001"), "aggTrade.price"),
        (agg_trade(p=1.0), "aggTrade.schema"),
        (agg_trade(q="Infinity"), "aggTrade.quantity"),
        (agg_trade(q="-1"), "aggTrade.quantity"),
        (agg_trade(q="0"), "aggTrade.quantity"),
        (agg_trade(q="sNaN"), "aggTrade.quantity"),
        (agg_trade(q="much"), "aggTrade.quantity"),
        (agg_trade(T=0), "aggTrade.time"),
        (agg_trade(T=-T), "aggTrade.time"),
        (agg_trade(T=10**30), "aggTrade.time"),
        (agg_trade(a=-1), "aggTrade.id"),
        (agg_trade(f=13), "aggTrade.id"),
        (agg_trade(a=True), "aggTrade.schema"),
        (agg_trade(s="ETHUSDT"), "aggTrade.symbol"),
        (agg_trade(s="btcusdt"), "aggTrade.symbol"),
        (frame("ethusdt@aggTrade", **json.loads(agg_trade())["data"]), "aggTrade.symbol"),
        (frame("btcusdt@aggTrade", a=1), "aggTrade.schema"),
        (book(b="61837.65"), "bookTicker.crossed"),
        (book(a="nan"), "bookTicker.price"),
        (kline(h="8.00"), "kline_1m.range"),
        (kline(i="5m"), "kline_1m.interval"),
        (kline(t=1_723_161_240_001), "kline_1m.time"),
        (frame("btcusdt@depth", a=1), "frame.stream"),
        (b'{"result":null,"id":1}', "frame.schema"),
        (b'{"stream":"btcusdt@aggTrade","data":{"p":NaN}}', "frame.json"),
        (b'{"stream":"\xff"}', "frame.json"),
        (b"", "frame.json"),
        (agg_trade()[:-5], "frame.json"),
        (b"[" * 100_000, "frame.schema"),
        (b'{"stream":"btcusdt@aggTrade","data":' + b"[" * 100_000, "frame.json"),
    ],
)
def test_what_cannot_be_believed_is_refused_with_a_reason_and_its_bytes(content, reason):
    with pytest.raises(BadMessage) as caught:
        PARSER.frame(content)
    assert caught.value.reason == reason
    assert caught.value.frame == content
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_get_past_the_parser(content):
    with pytest.raises(BadMessage):
        PARSER.frame(content)


@pytest.mark.parametrize("whole", [agg_trade(), book(), kline()], ids=["trade", "book", "candle"])
def test_a_frame_with_one_byte_changed_is_read_or_refused_never_a_crash(whole):
    read = 0
    for at, byte in itertools.product(range(len(whole)), range(256)):
        try:
            message = PARSER.frame(whole[:at] + bytes([byte]) + whole[at + 1 :])
        except BadMessage:
            continue
        read += 1
        if isinstance(message, Trade):
            assert message.price > 0
            assert message.quantity > 0
        elif isinstance(message, Book):
            assert 0 < message.bid <= message.ask

    assert read > 9 * 10, "a digit makes another number"


def test_rest_pages_are_read_and_refused():
    row = b'[{"a":7,"p":"61837.63","q":"0.02","f":10,"l":12,"T":%d,"m":true,"M":true}]' % T
    assert PARSER.trades("BTCUSDT", row) == [Trade("BTCUSDT", 7, T, 6_183_763, Decimal("0.02"), 3)]
    bar = b'[[1723161240000,"10","12","9","11","3.5",1723161299999,"0",4,"0","0","0"]]'
    found = PARSER.klines("BTCUSDT", Timeframe.M1, bar)
    assert [kline.candle and kline.candle.close for kline in found] == [1100]
    for body in (b"{}", b"<html>", row.replace(b"61837.63", b"NaN"), b'[{"a":1}]'):
        with pytest.raises(BadMessage, match=r"rest\.trades"):
            PARSER.trades("BTCUSDT", body)
    for body in (b"{}", bar.replace(b'"12"', b'"8"'), bar.replace(b"1723161240000", b"1723161240001"), b"[[1]]"):
        with pytest.raises(BadMessage, match=r"rest\.klines"):
            PARSER.klines("BTCUSDT", Timeframe.M1, body)


@pytest.mark.skipif(not SHARED.exists(), reason=f"recorded market data is not at {SHARED}")
def test_recorded_frames_of_other_coins_are_read():
    """Spot frames of 2021 with one line cut in the middle; depth is not ours."""
    symbols = {"NKNUSDT": "0.00001", "BLZETH": "0.00000001", "LRCBTC": "0.00000001", "RUNEEUR": "0.001"}
    parser = Parser([gold(symbol, tick) for symbol, tick in symbols.items()])
    kinds: dict[str, int] = {}
    with gzip.open(SHARED / "binance_ws" / "cryptofeed_BINANCE.ws.1.0.txt.gz", "rb") as file:
        for line in file.read().splitlines()[1:]:
            try:
                message = parser.frame(line.split(b": ", 1)[-1])
            except BadMessage as bad:
                kind = bad.reason
            else:
                kind = type(message).__name__
            kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds["Trade"] == 2
    assert kinds["Kline"] == 2
    assert kinds["Book"] > 0
    assert set(kinds) <= {"Trade", "Kline", "Book", "frame.stream", "frame.json"}
