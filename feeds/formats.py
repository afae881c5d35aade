"""Which text formats we read, and how a file says which one it is. Recognised from its content, never guessed."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Sequence


class Format(enum.StrEnum):
    """One way of writing a market down. The value is what an error message calls it."""

    TICKS = "ticks: timestamp_utc_ms,bid,ask[,volume]"
    CANDLES = "candles: timestamp_utc,open,high,low,close,volume[,spread_points]"
    TRADES = "trades: timestamp_utc_ms,price,qty,buyer_is_maker,trade_id"
    BOOK = "book ticker: timestamp_utc_ms,bid,ask,bid_volume,ask_volume,update_id"
    MT5_TICKS = "MetaTrader ticks: tab-separated <DATE> <TIME> <BID> <ASK> <LAST> <VOLUME> <FLAGS>"
    MT5_BARS = "MetaTrader bars: tab-separated <DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>"
    HISTDATA_M1 = "HistData M1: 20120201 000000;open;high;low;close;volume"


class Kind(enum.Enum):
    """What a file holds. Quotes and trades of one symbol may be played together; candles stand alone."""

    QUOTES = enum.auto()
    TRADES = enum.auto()
    CANDLES = enum.auto()


_KINDS = {
    Format.TICKS: Kind.QUOTES,
    Format.BOOK: Kind.QUOTES,
    Format.MT5_TICKS: Kind.QUOTES,
    Format.TRADES: Kind.TRADES,
    Format.CANDLES: Kind.CANDLES,
    Format.MT5_BARS: Kind.CANDLES,
    Format.HISTDATA_M1: Kind.CANDLES,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """A format as one file has it: its columns, in order."""

    format: Format
    columns: tuple[str, ...]
    separator: str = ","
    has_header: bool = True

    @property
    def kind(self) -> Kind:
        return _KINDS[self.format]


_QUOTE = ("timestamp_utc_ms", "bid", "ask")
_SIZES = ("bid_volume", "ask_volume")
_OHLC = ("timestamp_utc", "open", "high", "low", "close", "volume")
_MT5_QUOTE = ("<DATE>", "<TIME>", "<BID>", "<ASK>", "<LAST>", "<VOLUME>")
_MT5_OHLC = ("<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>", "<VOL>", "<SPREAD>")
_HISTDATA = ("time", "open", "high", "low", "close", "volume")

_HEADERS = {
    (layout.separator, layout.columns): layout
    for layout in (
        Layout(Format.TICKS, _QUOTE),
        Layout(Format.TICKS, (*_QUOTE, "volume")),
        Layout(Format.TICKS, (*_QUOTE, *_SIZES)),
        Layout(Format.BOOK, (*_QUOTE, *_SIZES, "update_id")),
        Layout(Format.TRADES, ("timestamp_utc_ms", "price", "qty", "buyer_is_maker", "trade_id")),
        Layout(Format.CANDLES, _OHLC),
        Layout(Format.CANDLES, (*_OHLC, "spread_points")),
        Layout(Format.MT5_TICKS, _MT5_QUOTE, "\t"),
        Layout(Format.MT5_TICKS, (*_MT5_QUOTE, "<FLAGS>"), "\t"),
        Layout(Format.MT5_BARS, ("<DATE>", "<TIME>", *_MT5_OHLC), "\t"),
        Layout(Format.MT5_BARS, ("<DATE>", *_MT5_OHLC), "\t"),  # daily bars have no time
    )
}
_NUMBER = r"\d+(\.\d+)?"
_HISTDATA_ROW = re.compile(rf"\d{{8}} \d{{6}}(;{_NUMBER}){{4}};\d+", re.ASCII)


def layout_of(first: Sequence[str]) -> Layout | None:
    """The layout that a file's first lines declare; None when it is none of ours.

    Header names count exactly. HistData has no header, so all the lines given must look like it.
    """
    if not first:
        return None
    for separator in (",", "\t"):
        layout = _HEADERS.get((separator, tuple(first[0].split(separator))))
        if layout is not None:
            return layout
    if all(_HISTDATA_ROW.fullmatch(line) for line in first):
        return Layout(Format.HISTDATA_M1, _HISTDATA, ";", has_header=False)
    return None
