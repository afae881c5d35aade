"""Recorded markets: files in, the same inputs out as a live feed would give. No asyncio, no clock; as fast as asked.

`recognise` says what a file is, `read` gives its rows, `replay` plays several files as one stream.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from engine.events import CandleInput, Heartbeat, History, Input, Tick
from engine.types import MINUTE_MS, Candle, Instrument, Timeframe
from feeds.base import BadLine, FeedError, UnknownFormat
from feeds.formats import Format, Kind, Layout, layout_of
from feeds.lines import lines
from feeds.rows import BadCell, Row, parser_of, time_of
from feeds.server_time import NEW_YORK_CLOSE, ServerTime

_FIRST_ROWS = 500  # rows looked at to tell the timeframe
_TIMEFRAMES = {timeframe.ms: timeframe for timeframe in Timeframe}

Timed = TypeVar("Timed", Tick, CandleInput, Tick | CandleInput, History)


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A file that was recognised. `timeframe` is None for ticks; `named` is the symbol that its name says, None where
    it says none.
    """

    path: Path
    symbol: str
    layout: Layout
    timeframe: Timeframe | None
    named: str | None

    @property
    def format(self) -> Format:
        return self.layout.format


def recognise(path: Path, instruments: Mapping[str, Instrument], symbol: str | None = None) -> Source:
    """Say what a file is from its header and first rows. UnknownFormat when it cannot be told.

    The symbol is the one given, else that of a configured instrument with which the file's name begins or which
    stands in it as a word, in upper or lower case.
    """
    bad: list[BadLine] = []  # left to `read`, unless nothing else can be seen
    first = [text for _, text in itertools.islice(lines(path, refuse=bad.append), _FIRST_ROWS)]
    layout = layout_of(first)
    if layout is None:
        if bad:
            raise bad[0]
        found = f"it begins with {first[0][:80]!r}" if first else "it is empty"
        known = "; ".join(Format)
        raise UnknownFormat(f"{path}: not a format we read, {found}; known are {known}")
    timeframe = None
    if layout.kind is Kind.CANDLES:
        timeframe = _timeframe_of(path, layout, first[layout.has_header :])
    named = _named(path, instruments)
    holds = symbol or named
    if holds is None:
        known = ", ".join(instruments) or "none"
        raise UnknownFormat(f"{path}: its name does not say which symbol it holds; give --symbol (configured: {known})")
    return Source(path, holds, layout, timeframe, named)


def read(
    source: Source,
    instrument: Instrument,
    *,
    grid: Decimal | None = None,
    server_time: str = NEW_YORK_CLOSE,
    on_bad: Callable[[BadLine], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Row]:
    """The rows of one file as ticks or candles, in its order.

    `grid`: a price step finer than the instrument's tick, as the file has it; prices are rounded to the tick, halves
    up. `server_time`: the clock of MetaTrader exports (see `ServerTime`). A row that cannot be believed raises BadLine,
    or goes to `on_bad` and is left out. `progress` is told now and then how many bytes of the file have been read.
    """
    refuse = on_bad or _raise
    layout, path = source.layout, source.path
    parse = parser_of(layout, instrument, source.timeframe, grid=grid, server_time=ServerTime(server_time))
    separator, width = layout.separator, len(layout.columns)
    rows = lines(path, refuse=refuse, progress=progress)
    for number, text in itertools.islice(rows, layout.has_header, None):
        cells = text.split(separator)
        bad: BadCell | None = None
        row = None
        if len(cells) == width:
            try:
                row = parse(cells)
            except BadCell as found:
                bad = found
        else:
            bad = _wrong_width(layout, cells, text)
        if bad is not None:
            refuse(BadLine(path, number, bad.column, bad.value, bad.remedy))
        elif row is not None:
            yield row


def replay(
    sources: Sequence[Source],
    history: Sequence[Source],
    instruments: Mapping[str, Instrument],
    *,
    feed: str = "replay",
    grids: Mapping[str, Decimal] | None = None,
    server_time: str = NEW_YORK_CLOSE,
    on_bad: Callable[[BadLine], None] | None = None,
    progress: Callable[[Path, int], None] | None = None,
) -> Iterator[Input]:
    """Play files as one stream: first all of `history`, then `sources`, each in time order over all symbols.

    History of a symbol ends before its first live input. Where several timeframes of it overlap, the finest one
    counts. Between live inputs a heartbeat tells each full minute that has passed (of several, the last), and a last
    one closes the last candle. Quotes and trades of one symbol are played together: a trade stands on the latest
    quote. `grids` are by symbol. FeedError when the files do not go together; BadLine as in `read`.
    """

    def rows(source: Source) -> Iterator[Row]:
        instrument = instruments.get(source.symbol)
        if instrument is None:
            raise FeedError(f"{source.path}: {source.symbol} is not a configured instrument; add it or give --symbol")
        tell = None if progress is None else lambda done: progress(source.path, done)
        grid = (grids or {}).get(source.symbol)
        return read(source, instrument, grid=grid, server_time=server_time, on_bad=on_bad, progress=tell)

    live = {symbol: _live(symbol, group, rows) for symbol, group in _by_symbol(sources).items()}
    past = {symbol: _past(symbol, group, rows) for symbol, group in _by_symbol(history).items()}
    return _play(live, past, feed)


def _play(
    live: dict[str, Iterator[Tick | CandleInput]],
    past: dict[str, list[Iterator[History]]],
    feed: str,
) -> Iterator[Input]:
    begun: list[Iterator[Tick | CandleInput]] = []
    first_ms: dict[str, int] = {}
    for symbol, items in live.items():
        first, items = _peek(items)
        begun.append(items)
        if first is not None:
            first_ms[symbol] = first.time_ms
    cut = [_cut(by_timeframe, first_ms.get(symbol)) for symbol, by_timeframe in past.items()]
    yield from heapq.merge(*cut, key=attrgetter("time_ms"))
    yield from _with_heartbeats(heapq.merge(*begun, key=attrgetter("time_ms")), feed)


def _with_heartbeats(items: Iterator[Tick | CandleInput], feed: str) -> Iterator[Input]:
    next_minute_ms: int | None = None
    end_ms = 0
    for item in items:
        time_ms = item.time_ms
        if next_minute_ms is None or time_ms >= next_minute_ms:
            minute_ms = time_ms - time_ms % MINUTE_MS
            if next_minute_ms is not None:
                yield Heartbeat(feed, minute_ms)
            next_minute_ms = minute_ms + MINUTE_MS
        if isinstance(item, CandleInput):
            end_ms = max(end_ms, item.candle.close_ms)
        yield item
    if next_minute_ms is not None:
        yield Heartbeat(feed, max(end_ms, next_minute_ms))


def _live(symbol: str, sources: list[Source], rows: Callable[[Source], Iterator[Row]]) -> Iterator[Tick | CandleInput]:
    """One symbol's live stream. Ticks and candles together, or two timeframes, would tell the same price twice."""
    kinds = {source.layout.kind for source in sources}
    timeframes = {source.timeframe for source in sources}
    if len(timeframes) > 1:
        names = ", ".join(str(source.path) for source in sources)
        raise FeedError(f"{symbol} is told twice by {names}; play one of them and give the others as history")
    groups = [[rows(source) for source in sources if source.layout.kind is kind] for kind in Kind if kind in kinds]
    streams = [_one_after_another([map(_as_live, items) for items in group]) for group in groups]
    return streams[0] if len(streams) == 1 else _on_the_book(*streams)


def _on_the_book(
    quotes: Iterator[Tick | CandleInput], trades: Iterator[Tick | CandleInput]
) -> Iterator[Tick | CandleInput]:
    """Trades with the latest quote. At the same millisecond the trade comes first: the quote is what it left."""
    book: Tick | None = None
    for tick in heapq.merge(trades, quotes, key=attrgetter("time_ms")):
        assert isinstance(tick, Tick)  # noqa: S101 - candles never come here, see _live
        if tick.last is None:
            book = tick
            yield tick
        elif book is None:
            yield tick
        else:
            yield Tick(tick.symbol, tick.time_ms, book.bid, book.ask, tick.last, tick.volume)


def _past(symbol: str, sources: list[Source], rows: Callable[[Source], Iterator[Row]]) -> list[Iterator[History]]:
    """One stream per timeframe, the finest first."""
    by_timeframe: dict[Timeframe, list[Iterator[History]]] = defaultdict(list)
    for source in sources:
        if source.timeframe is None:
            raise FeedError(f"{source.path}: history of {symbol} needs candles, and this is {source.format}")
        by_timeframe[source.timeframe].append(map(_as_history, rows(source)))
    finest_first = sorted(by_timeframe, key=lambda timeframe: timeframe.ms)
    return [_one_after_another(by_timeframe[timeframe]) for timeframe in finest_first]


def _cut(by_timeframe: list[Iterator[History]], live_ms: int | None) -> Iterator[History]:
    """Coarse candles up to where finer ones begin, those up to the first live input. The finest come first here."""
    parts: list[Iterator[History]] = []
    until_ms = live_ms
    for items in by_timeframe:
        first, items = _peek(items)
        parts.insert(0, _closed_by(until_ms, items))
        if first is not None:
            until_ms = first.time_ms if until_ms is None else min(until_ms, first.time_ms)
    return itertools.chain(*parts)


def _closed_by(until_ms: int | None, items: Iterator[History]) -> Iterator[History]:
    if until_ms is None:
        return items
    return itertools.takewhile(lambda item: item.candle.close_ms <= until_ms, items)


def _one_after_another(files: Iterable[Iterator[Timed]]) -> Iterator[Timed]:
    """Files of one kind in the order of their first rows. What an earlier file has told is not told again."""
    begun: list[tuple[int, Iterator[Timed]]] = []
    for items in files:
        first, items = _peek(items)
        if first is not None:
            begun.append((first.time_ms, items))
    told_ms = -1
    for _, items in sorted(begun, key=lambda pair: pair[0]):
        seam_ms = told_ms
        for item in items:
            told_ms = item.time_ms
            if told_ms > seam_ms:
                yield item
        told_ms = max(told_ms, seam_ms)


def _peek(items: Iterator[Timed]) -> tuple[Timed | None, Iterator[Timed]]:
    first = next(items, None)
    return first, items if first is None else itertools.chain((first,), items)


def _by_symbol(sources: Sequence[Source]) -> dict[str, list[Source]]:
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        groups[source.symbol].append(source)
    return groups


def _as_live(row: Row) -> Tick | CandleInput:
    return CandleInput(row) if isinstance(row, Candle) else row


def _as_history(row: Row) -> History:
    assert isinstance(row, Candle)  # noqa: S101 - _past refuses files of ticks
    return History(row)


def _timeframe_of(path: Path, layout: Layout, rows: Sequence[str]) -> Timeframe:
    """The most common distance of the first rows. Rows that cannot be read are left to `read`, which names them."""
    server_time, opens = ServerTime(), []
    for text in rows:
        try:
            opens.append(time_of(layout, text.split(layout.separator), server_time)[1])
        except (BadCell, IndexError):
            continue
    distances = Counter(after - before for before, after in itertools.pairwise(opens) if after > before)
    distance_ms = max(distances, key=lambda ms: (distances[ms], -ms), default=0)
    timeframe = _TIMEFRAMES.get(distance_ms)
    if not distances:
        raise UnknownFormat(f"{path}: no two candles in its first rows; from one nobody can tell the timeframe")
    if timeframe is None:
        raise UnknownFormat(
            f"{path}: candles {distance_ms // 1000} s apart; needs two or more of {', '.join(Timeframe)}"
        )
    return timeframe


def _named(path: Path, instruments: Mapping[str, Instrument]) -> str | None:
    name = path.name.upper()
    begins = [symbol for symbol in instruments if name.startswith(symbol.upper())]
    if begins:
        return max(begins, key=len)
    words = set(re.split(r"[^A-Z0-9]+", name))
    inside = [symbol for symbol in instruments if symbol.upper() in words]
    return inside[0] if len(inside) == 1 else None


def _wrong_width(layout: Layout, cells: list[str], text: str) -> BadCell:
    width = len(layout.columns)
    needs = f"needs {width} columns: {' '.join(layout.columns)}"
    if len(cells) < width:
        return BadCell(layout.columns[len(cells)], text, needs)
    return BadCell(str(width + 1), cells[width], needs)


def _raise(bad: BadLine) -> None:
    raise bad
