"""Binance's frames and REST answers → checked values. Pure; prices become ticks here.

Fields that we do not know are ignored, since the venue adds some now and then; a field that is missing or absurd
refuses the whole message.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

import msgspec

from engine.types import Candle, Instrument, Price, Timeframe
from feeds.base import BadMessage
from feeds.rows import BadCell, Prices

FEED = "binance"
INTERVALS = {
    Timeframe.M1: "1m",
    Timeframe.M5: "5m",
    Timeframe.M15: "15m",
    Timeframe.H1: "1h",
    Timeframe.H4: "4h",
    Timeframe.D1: "1d",
}
_MICROSECONDS = 100_000_000_000_000  # times above are microseconds
_EARLIEST_MS = 1_400_000_000_000  # before Binance
_LATEST_MS = 4_102_444_800_000
_LARGEST = Decimal(10) ** 15


class Trade(msgspec.Struct, frozen=True, gc=False):
    """Trades of one taker at one price (`aggTrade`). `id` has no holes; `count` is how many trades it stands for."""

    symbol: str
    id: int
    time_ms: int
    price: Price
    quantity: Decimal
    count: int


class Book(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask. Spot gives no time with it."""

    symbol: str
    bid: Price
    ask: Price


class Kline(msgspec.Struct, frozen=True, gc=False):
    """A candle as the venue sees it. `candle` is None when nobody traded in it."""

    symbol: str
    open_ms: int
    candle: Candle | None
    volume: Decimal
    is_closed: bool
    event_ms: int


class Shutdown(msgspec.Struct, frozen=True, gc=False):
    """This connection will be closed by the venue."""


Message: TypeAlias = Trade | Book | Kline | Shutdown


class _Envelope(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _AggTrade(msgspec.Struct):
    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741
    T: int
    s: str = ""  # REST leaves it out


class _BookTicker(msgspec.Struct):
    s: str
    b: str
    a: str


class _Bar(msgspec.Struct):
    t: int
    i: str
    o: str
    c: str
    h: str
    l: str  # noqa: E741
    v: str
    n: int
    x: bool


class _KlineUpdate(msgspec.Struct):
    E: int
    s: str
    k: _Bar


# Open time, open, high, low, close, volume, close time, quote volume, number of trades, and three more.
_RestBar: TypeAlias = tuple[int, str, str, str, str, str, int, str, int, str, str, str]

_envelope = msgspec.json.Decoder(_Envelope)
_agg_trade = msgspec.json.Decoder(_AggTrade)
_book_ticker = msgspec.json.Decoder(_BookTicker)
_kline = msgspec.json.Decoder(_KlineUpdate)
_rest_trades = msgspec.json.Decoder(list[_AggTrade])
_rest_bars = msgspec.json.Decoder(list[_RestBar])


class _Refused(ValueError):
    """A code that says what is wrong with a message."""


class Parser:
    """Reads what the venue says about the given instruments. Raises BadMessage with a reason such as `frame.json` or
    `aggTrade.price`: what was being read, and what was wrong with it.
    """

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._prices = {i.symbol: Prices("price", i, None) for i in instruments}

    def frame(self, frame: bytes) -> Message:
        """One frame of a combined stream."""
        what = "frame"
        try:
            envelope = _envelope.decode(frame)
            name, _, what = envelope.stream.partition("@")
            if envelope.stream == "!serverShutdown":
                return Shutdown()
            if what == "aggTrade":
                return self._trade(_agg_trade.decode(envelope.data), name)
            if what == "bookTicker":
                return self._book(_book_ticker.decode(envelope.data), name)
            if what == "kline_1m":
                return self._kline(_kline.decode(envelope.data), name)
            what = "frame"
            raise _Refused("stream")
        except BadCell:
            raise BadMessage(FEED, f"{what}.price", frame) from None
        except _Refused as refused:
            raise BadMessage(FEED, f"{what}.{refused}", frame) from None
        except msgspec.ValidationError:
            raise BadMessage(FEED, f"{what}.schema", frame) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadMessage(FEED, f"{what}.json", frame) from None

    def trades(self, symbol: str, body: bytes) -> list[Trade]:
        """REST: a page of aggregate trades."""
        try:
            return [self._trade(row, symbol.lower(), symbol) for row in _rest_trades.decode(body)]
        except (BadCell, _Refused, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadMessage(FEED, "rest.trades", body) from error

    def klines(self, symbol: str, timeframe: Timeframe, body: bytes) -> list[Kline]:
        """REST: a page of candles, those without a trade among them."""
        try:
            return [
                self._candle(symbol, timeframe, row[0], row[1:5], row[5], row[8], is_closed=True, event_ms=row[6] + 1)
                for row in _rest_bars.decode(body)
            ]
        except (BadCell, ValueError, msgspec.DecodeError, RecursionError) as error:
            raise BadMessage(FEED, "rest.klines", body) from error

    def _trade(self, row: _AggTrade, stream: str, symbol: str = "") -> Trade:
        symbol = symbol or row.s
        prices = self._prices_of(symbol, stream)
        if row.a < 0 or not 0 <= row.f <= row.l:
            raise _Refused("id")
        quantity = _quantity(row.q)
        if not quantity:
            raise _Refused("quantity")
        return Trade(symbol, row.a, _time_ms(row.T), prices[row.p], quantity, row.l - row.f + 1)

    def _book(self, row: _BookTicker, stream: str) -> Book:
        prices = self._prices_of(row.s, stream)
        bid, ask = prices[row.b], prices[row.a]
        if bid > ask:
            raise _Refused("crossed")
        return Book(row.s, bid, ask)

    def _kline(self, row: _KlineUpdate, stream: str) -> Kline:
        self._prices_of(row.s, stream)
        bar = row.k
        if bar.i != "1m":
            raise _Refused("interval")
        texts = (bar.o, bar.h, bar.l, bar.c)
        event_ms = _time_ms(row.E)
        return self._candle(row.s, Timeframe.M1, bar.t, texts, bar.v, bar.n, is_closed=bar.x, event_ms=event_ms)

    def _candle(
        self,
        symbol: str,
        timeframe: Timeframe,
        open_time: int,
        texts: tuple[str, str, str, str],
        volume_text: str,
        count: int,
        *,
        is_closed: bool,
        event_ms: int,
    ) -> Kline:
        prices = self._prices[symbol]
        open_ms, volume = _time_ms(open_time), _quantity(volume_text)
        if open_ms % timeframe.ms:
            raise _Refused("time")
        candle = None
        if count > 0:
            opened, high, low, close = (prices[text] for text in texts)
            try:
                candle = Candle(
                    symbol,
                    timeframe,
                    open_ms,
                    open_ms + timeframe.ms,
                    opened,
                    high,
                    low,
                    close,
                    volume=float(volume) or None,
                    ticks=count,
                )
            except ValueError:
                raise _Refused("range") from None
        return Kline(symbol, open_ms, candle, volume, is_closed, event_ms)

    def _prices_of(self, symbol: str, stream: str) -> Prices:
        prices = self._prices.get(symbol)
        if prices is None or symbol.lower() != stream:
            raise _Refused("symbol")
        return prices


def _time_ms(time: int) -> int:
    time_ms = time // 1000 if time > _MICROSECONDS else time
    if not _EARLIEST_MS < time_ms < _LATEST_MS:
        raise _Refused("time")
    return time_ms


def _quantity(text: str) -> Decimal:
    try:
        quantity = Decimal(text)
    except ArithmeticError:
        raise _Refused("quantity") from None
    if not quantity.is_finite() or not 0 <= quantity < _LARGEST:
        raise _Refused("quantity")
    return quantity
