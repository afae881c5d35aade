"""Rows of text → ticks and candles. Pure: a parser remembers the row above and nothing else.

Prices go from text to integer ticks without ever being floats. What cannot be believed raises `BadCell`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from engine.events import Tick
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Instrument, Timeframe
from feeds.formats import Format, Layout
from feeds.server_time import ServerTime

Row: TypeAlias = Tick | Candle

_EARLIEST_MS = 315_532_800_000  # 1980: earlier means that the column is not in milliseconds
_LATEST_MS = 4_102_444_800_000  # 2100
_PRICE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_VOLUME = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")
_WALL_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?", re.ASCII)
_ISO_UTC = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3})?(Z|\+00:00)", re.ASCII)
_HISTDATA_TIME = re.compile(r"(\d{8}) (\d\d)(\d\d)(\d\d)", re.ASCII)
_HISTDATA_BEHIND_MS = 5 * HOUR_MS  # New York winter time, all year round
_MEMORY = 100_000  # price texts remembered per column


class BadCell(ValueError):
    """One cell of a row cannot be believed; `remedy` says what would do."""

    def __init__(self, column: str, value: str, remedy: str) -> None:
        super().__init__(f"{column}: {value!r}; {remedy}")
        self.column = column
        self.value = value
        self.remedy = remedy


class Prices(dict[str, int]):
    """Price text → ticks, for one column. Remembered, because a market says the same few thousand prices again.

    A price off the instrument's grid is refused, unless the source declares a finer `grid`: then it is rounded to the
    nearest tick, halves up.
    """

    def __init__(self, column: str, instrument: Instrument, grid: Decimal | None) -> None:
        super().__init__()
        self._column = column
        self._instrument = instrument
        self._grid = grid if grid is not None and grid < instrument.tick_size else None

    def __missing__(self, text: str) -> int:
        if not _PRICE.fullmatch(text):
            raise BadCell(self._column, text, "needs a positive number such as 2300.15")
        number = Decimal(text)
        tick = self._instrument.tick_size
        if number % (self._grid or tick):
            raise BadCell(self._column, text, self._off_grid())
        ticks = int((number / tick).to_integral_value(ROUND_HALF_UP))
        if ticks <= 0:
            raise BadCell(self._column, text, "needs a number above zero")
        if len(self) >= _MEMORY:
            self.clear()
        self[text] = ticks
        return ticks

    def _off_grid(self) -> str:
        if self._grid is not None:
            return f"needs a multiple of {self._grid}, the grid declared for {self._instrument.symbol}"
        return (
            f"needs a multiple of {self._instrument.tick_size}, the tick of {self._instrument.symbol},"
            " or a finer grid declared for this symbol"
        )


def parser_of(
    layout: Layout,
    instrument: Instrument,
    timeframe: Timeframe | None,
    *,
    grid: Decimal | None = None,
    server_time: ServerTime | None = None,
) -> Callable[[list[str]], Row | None]:
    """The parser of one file: a row's cells in, a tick or candle out, or None for a row that says nothing new.

    Raises BadCell. `timeframe` is needed for candles. Rows of one file must go through one parser, in their order.
    """
    if layout.format in (Format.TICKS, Format.BOOK):
        return _QuoteRows(layout, instrument, grid)
    if layout.format is Format.TRADES:
        return _TradeRows(instrument, grid)
    server_time = server_time or ServerTime()
    if layout.format is Format.MT5_TICKS:
        return _Mt5TickRows(instrument, grid, server_time)
    if timeframe is None:
        raise ValueError("candles need their timeframe")
    return _CandleRows(layout, instrument, timeframe, grid, server_time)


def time_of(layout: Layout, cells: list[str], server_time: ServerTime, not_before_ms: int = 0) -> tuple[int, int]:
    """When a candle opened: (UTC, on the clock that draws its boundaries), both in milliseconds."""
    if layout.format is Format.CANDLES:
        time_ms = _iso_ms(cells[0])
        return time_ms, time_ms
    if layout.format is Format.HISTDATA_M1:
        match = _HISTDATA_TIME.fullmatch(cells[0])
        if match is None:
            raise BadCell("time", cells[0], "needs a time such as 20120201 000000")
        wall_ms = _day_ms("time", cells[0], match[1]) + _clock_ms("time", cells[0], *match.groups()[1:])
        return wall_ms + _HISTDATA_BEHIND_MS, wall_ms
    wall_ms = _mt5_wall_ms(cells[0], cells[1] if layout.columns[1] == "<TIME>" else "00:00:00")
    return server_time.utc_ms(wall_ms, not_before_ms), wall_ms


class _QuoteRows:
    """`timestamp_utc_ms,bid,ask` and what may follow. Resting sizes are not volume and are left out."""

    def __init__(self, layout: Layout, instrument: Instrument, grid: Decimal | None) -> None:
        self._symbol = instrument.symbol
        self._bids = Prices("bid", instrument, grid)
        self._asks = Prices("ask", instrument, grid)
        self._volume = layout.columns.index("volume") if "volume" in layout.columns else None
        self._last_ms = 0

    def __call__(self, cells: list[str]) -> Tick:
        time_ms = _epoch_ms(cells[0])
        bid, ask = self._bids[cells[1]], self._asks[cells[2]]
        if ask < bid:
            raise BadCell("ask", cells[2], f"needs at least the bid, {cells[1]}")
        if time_ms < self._last_ms:
            raise BadCell("timestamp_utc_ms", cells[0], f"needs at least {self._last_ms}, the time of the row above")
        volume = None if self._volume is None else _volume("volume", cells[self._volume])
        self._last_ms = time_ms
        return Tick(self._symbol, time_ms, bid, ask, None, volume)


class _TradeRows:
    """Trades without a book: they say what was paid, so the ask is put a typical spread above it."""

    def __init__(self, instrument: Instrument, grid: Decimal | None) -> None:
        self._symbol = instrument.symbol
        self._spread = instrument.typical_spread
        self._prices = Prices("price", instrument, grid)
        self._last_ms = 0

    def __call__(self, cells: list[str]) -> Tick:
        time_ms = _epoch_ms(cells[0])
        price, volume = self._prices[cells[1]], _volume("qty", cells[2])
        if time_ms < self._last_ms:
            raise BadCell("timestamp_utc_ms", cells[0], f"needs at least {self._last_ms}, the time of the row above")
        self._last_ms = time_ms
        return Tick(self._symbol, time_ms, price, price + self._spread, price, volume)


class _Mt5TickRows:
    """MetaTrader's tick export. An empty cell means: as it was."""

    def __init__(self, instrument: Instrument, grid: Decimal | None, server_time: ServerTime) -> None:
        self._symbol = instrument.symbol
        self._prices = [Prices(column, instrument, grid) for column in ("<BID>", "<ASK>", "<LAST>")]
        self._server_time = server_time
        self._bid: int | None = None
        self._ask: int | None = None
        self._last_ms = 0

    def __call__(self, cells: list[str]) -> Tick | None:
        time_ms = self._server_time.utc_ms(_mt5_wall_ms(cells[0], cells[1]), self._last_ms)
        if time_ms < self._last_ms:
            raise BadCell("<TIME>", f"{cells[0]} {cells[1]}", "needs at least the time of the row above")
        bids, asks, lasts = self._prices
        bid = bids[cells[2]] if cells[2] else self._bid
        ask = asks[cells[3]] if cells[3] else self._ask
        last = lasts[cells[4]] if cells[4].strip("0.") else None  # brokers without an exchange write 0
        if bid is not None and ask is not None and ask < bid:
            raise BadCell("<ASK>", cells[3], f"needs at least the bid, {cells[2] or 'unchanged from above'}")
        volume = _volume("<VOLUME>", cells[5]) if cells[5] and last is not None else None
        self._bid, self._ask, self._last_ms = bid, ask, time_ms
        if bid is None or ask is None:
            return None
        return Tick(self._symbol, time_ms, bid, ask, last, volume)


class _CandleRows:
    """Candles of every layout. `volume` 0 means that the source has none, and so does a spread of 0."""

    def __init__(
        self,
        layout: Layout,
        instrument: Instrument,
        timeframe: Timeframe,
        grid: Decimal | None,
        server_time: ServerTime,
    ) -> None:
        self._layout = layout
        self._symbol = instrument.symbol
        self._timeframe = timeframe
        self._server_time = server_time
        self._open = next(i for i, name in enumerate(layout.columns) if name.strip("<>").lower() == "open")
        self._names = layout.columns[self._open : self._open + 5]
        self._prices = [Prices(name, instrument, grid) for name in self._names[:4]]
        self._spread = next((i for i, name in enumerate(layout.columns) if "spread" in name.lower()), None)
        # A point is the unit the file's prices are written in: the declared grid, else the tick.
        self._point = (grid or instrument.tick_size) / instrument.tick_size
        # H4 and D1 begin where the broker's day begins, at a whole hour; shorter ones divide the hour evenly.
        self._grid_ms = min(timeframe.ms, HOUR_MS)
        self._last_ms = -1

    def __call__(self, cells: list[str]) -> Candle:
        layout, at = self._layout, self._open
        open_ms, wall_ms = time_of(layout, cells, self._server_time, self._last_ms + 1)
        if wall_ms % self._grid_ms:
            raise BadCell(layout.columns[0], cells[0], f"needs the open of a {self._timeframe} candle")
        if open_ms <= self._last_ms:
            raise BadCell(layout.columns[0], cells[0], "needs a time after that of the row above")
        opened, high, low, close = (prices[cells[at + i]] for i, prices in enumerate(self._prices))
        if high < max(opened, low, close):
            raise BadCell(self._names[1], cells[at + 1], "needs the highest price of its row")
        if low > min(opened, close):
            raise BadCell(self._names[2], cells[at + 2], "needs the lowest price of its row")
        volume = _volume(self._names[4], cells[at + 4])
        spread = self._spread_ticks(cells)
        self._last_ms = open_ms
        close_ms = open_ms + self._timeframe.ms
        return Candle(
            self._symbol, self._timeframe, open_ms, close_ms, opened, high, low, close, volume=volume, spread=spread
        )

    def _spread_ticks(self, cells: list[str]) -> int | None:
        if self._spread is None:
            return None
        text = cells[self._spread]
        if not text.isdecimal() or len(text) > 9:
            raise BadCell(self._layout.columns[self._spread], text, "needs a whole number of points")
        return int((int(text) * self._point).to_integral_value(ROUND_HALF_UP)) or None


def _epoch_ms(text: str) -> int:
    if text.isdecimal() and len(text) < 15:
        time_ms = int(text)
        if _EARLIEST_MS <= time_ms < _LATEST_MS:
            return time_ms
    raise BadCell("timestamp_utc_ms", text, "needs milliseconds since 1970 such as 1398902400043")


def _iso_ms(text: str) -> int:
    if _ISO_UTC.fullmatch(text):
        try:
            return round(dt.datetime.fromisoformat(text).timestamp() * 1000)
        except ValueError:
            pass
    raise BadCell("timestamp_utc", text, "needs a UTC time such as 2024-10-23T04:30:00Z")


def _mt5_wall_ms(date: str, clock: str) -> int:
    match = _WALL_TIME.fullmatch(clock)
    if match is None:
        raise BadCell("<TIME>", clock, "needs a time such as 14:05:00.123")
    return _day_ms("<DATE>", date, date.replace(".", "")) + _clock_ms("<TIME>", clock, *match.groups())


def _day_ms(column: str, value: str, digits: str) -> int:
    """Milliseconds from 1970 to the beginning of a day written YYYYMMDD."""
    try:
        return (dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal() - _EPOCH_DAY) * DAY_MS
    except ValueError:
        raise BadCell(column, value, "needs a day of the calendar such as 2024.10.23") from None


_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


def _clock_ms(
    column: str, value: str, hour: str | None, minute: str | None, second: str | None, fraction: str | None = None
) -> int:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise BadCell(column, value, "needs a time of the day")
    return hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000 + int(fraction or 0)


def _volume(column: str, text: str) -> float | None:
    """None for 0: a source that counts nothing writes zero."""
    if not _VOLUME.fullmatch(text):
        raise BadCell(column, text, "needs a number, zero or more")
    return float(text) or None
