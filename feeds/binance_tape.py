"""One symbol's trades without holes: what is live, what is missing, and what fills it. Pure; no I/O, no clock.

Trade ids count up without gaps, so a missing one is seen at once. From there on trades are kept back until what was
missed has come in as history; then they go on as if nothing had happened.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec
import structlog

from engine.events import History, Tick
from engine.types import MINUTE_MS, Candle, Instrument, Price, Timeframe
from feeds.binance_messages import FEED, Book, Kline, Trade

_KEPT_BACK = 50_000  # trades; when there are more, they are dropped and fetched again
_REMEMBERED = 5  # minutes, for the comparison with the venue's candles

log = structlog.get_logger()


class Gap(msgspec.Struct, frozen=True):
    """Trades to fetch: those after `after_id` (at `after_ms`) up to `until_id`.

    Without `after_id` it is those after `after_ms`; without both, a first history. Without `until_id` there is no
    end but the newest trade.
    """

    after_id: int | None
    after_ms: int | None
    until_id: int | None


class _Minute(msgspec.Struct):
    """A minute as added up from trades."""

    open: Price
    high: Price
    low: Price
    close: Price
    volume: Decimal
    count: int

    def agrees(self, kline: Kline) -> bool:
        candle = kline.candle
        return candle is not None and (
            (self.open, self.high, self.low, self.close, self.volume, self.count)
            == (candle.open, candle.high, candle.low, candle.close, kline.volume, candle.ticks)
        )


class Tape:
    """One symbol from the first input to the last. Begins with everything missing.

    What it tells is in time order, so that nothing is late for the engine. `counts` holds `duplicate` (trades that
    came twice), `checked` and `mismatch` (minutes compared with the venue's own candles, and those that differed).
    """

    def __init__(self, instrument: Instrument, after_ms: int | None = None) -> None:
        """`after_ms`: everything up to this moment is known already, from an earlier run."""
        self.symbol = instrument.symbol
        self.counts: Counter[str] = Counter()
        self.is_whole = False
        self._is_being_filled = False
        self._is_doubted = False  # since the last gap was handed out
        self._typical_spread = instrument.typical_spread
        self._last_id: int | None = None
        self._last_ms = after_ms
        self._told_ms = after_ms or 0  # nothing may be told about a time before this
        self._book: Book | None = None
        self._told_book: Book | None = None
        self._kept: deque[tuple[Trade, Book | None]] = deque()
        self._minutes: dict[int, _Minute] = {}
        self._klines: dict[int, Kline] = {}
        self._compared_from_ms = 0 if after_ms is None else (after_ms // MINUTE_MS + 1) * MINUTE_MS

    def doubt(self, *, reconnected: bool = False) -> None:
        """Something may have been missed: a connection was lost, or a frame could not be read."""
        self.is_whole = False
        self._is_doubted = True
        if reconnected:
            self._book = self._told_book = None

    def take_gap(self) -> Gap | None:
        """What to fetch and hand to `fill`; None when nothing is missing or it is being fetched already."""
        if self.is_whole or self._is_being_filled:
            return None
        self._is_being_filled, self._is_doubted = True, False
        return Gap(self._last_id, self._last_ms, self._kept[0][0].id - 1 if self._kept else None)

    def on_trade(self, trade: Trade) -> list[Tick]:
        if self._last_id is not None and trade.id <= self._last_id:
            self.counts["duplicate"] += 1
            return []
        if self.is_whole and self._follows(trade):
            return [self._live(trade, self._book)]
        self.is_whole = False
        if len(self._kept) >= _KEPT_BACK:
            self._kept.clear()
        if not self._kept or trade.id > self._kept[-1][0].id:
            self._kept.append((trade, self._book))
        return []

    def on_book(self, book: Book) -> list[Tick]:
        """A quote is news when bid or ask has moved. It carries no time of its own: it is dated to the latest moment
        up to which the symbol is known to be complete, so that it never overtakes a trade.
        """
        self._book = book
        if not self.is_whole or book == self._told_book:
            return []
        self._told_book = book
        return [Tick(self.symbol, self._told_ms, book.bid, book.ask)]

    def on_kline(self, kline: Kline) -> None:
        """The venue's own candle of a minute, for comparison."""
        if kline.is_closed:
            self._klines[kline.open_ms] = kline
            _forget_oldest(self._klines)
            self._compare()

    def on_beat(self, beat_ms: int) -> None:
        """A heartbeat was sent: the symbol is complete up to there."""
        self._told_ms = max(self._told_ms, beat_ms)

    def fill(
        self, parts: Sequence[Candle | Trade], last: Trade | None, *, is_all: bool = False
    ) -> list[Tick | History]:
        """What was missing has come, in time order; it reaches up to `last` (None: nobody has ever traded).

        Trades of the last millisecond are told as live: the next one may carry the same time, and a candle that ends
        after them would make it late. Then follow the trades that were kept back, up to the next hole if there is one.
        `is_all`: the venue knows of no more, so what was kept beyond a hole never happened.
        """
        now = [part for part in parts if isinstance(part, Trade) and last and part.time_ms == last.time_ms]
        told: list[Tick | History] = list(self._as_history(parts[: len(parts) - len(now)]))
        told += [self._live(trade, self._book) for trade in now]
        if last is not None and (self._last_id is None or last.id > self._last_id):
            self._last_id, self._last_ms = last.id, last.time_ms
        self._is_being_filled = False
        while self._kept and (self._last_id is None or self._kept[0][0].id <= self._last_id + 1):
            trade, book = self._kept.popleft()
            if self._follows(trade):
                told.append(self._live(trade, book))
        if is_all:
            self._kept.clear()
        self.is_whole = not self._kept and not self._is_doubted
        return told

    def _as_history(self, parts: Sequence[Candle | Trade]) -> Iterator[History]:
        """Candles as they are; trades as a candle for each minute or piece of it."""
        for minute, group in groupby(parts, key=_minute_of):
            if minute is None:
                candles = [part for part in group if isinstance(part, Candle)]
                # Here candles stand in for trades: the comparison goes on with the minute after them.
                self._minutes.clear()
                self._compared_from_ms = candles[-1].close_ms
            else:
                candles = [self._piece([part for part in group if isinstance(part, Trade)])]
            self._told_ms = max(self._told_ms, candles[-1].close_ms)
            yield from map(History, candles)

    def _follows(self, trade: Trade) -> bool:
        return self._last_id is None or trade.id == self._last_id + 1

    def _live(self, trade: Trade, book: Book | None) -> Tick:
        self._last_id, self._last_ms = trade.id, trade.time_ms
        self._add_up(trade)
        self._told_book = book
        self._told_ms = time_ms = self._not_before_told(trade.time_ms)
        bid, ask = (book.bid, book.ask) if book else (trade.price, trade.price + self._typical_spread)
        return Tick(self.symbol, time_ms, bid, ask, trade.price, float(trade.quantity))

    def _piece(self, trades: list[Trade]) -> Candle:
        """Trades of one minute → a candle that covers no more than they do."""
        for trade in trades:
            self._add_up(trade)
        prices = [trade.price for trade in trades]
        open_ms = self._not_before_told(trades[0].time_ms)
        return Candle(
            self.symbol,
            Timeframe.M1,
            open_ms,
            max(open_ms, trades[-1].time_ms) + 1,
            prices[0],
            max(prices),
            min(prices),
            prices[-1],
            volume=float(sum(trade.quantity for trade in trades)),
            ticks=sum(trade.count for trade in trades),
        )

    def _not_before_told(self, time_ms: int) -> int:
        """A trade a moment older than what was told moves up to it, as long as it stays in its minute. Otherwise it is
        late, and the engine will count it as such.
        """
        is_same_minute = time_ms // MINUTE_MS == self._told_ms // MINUTE_MS
        return max(time_ms, self._told_ms) if is_same_minute else time_ms

    def _add_up(self, trade: Trade) -> None:
        at, price = trade.time_ms - trade.time_ms % MINUTE_MS, trade.price
        minute = self._minutes.get(at)
        if minute is None:
            self._minutes[at] = _Minute(price, price, price, price, trade.quantity, trade.count)
            _forget_oldest(self._minutes)
            self._compare()
            return
        minute.high, minute.low, minute.close = max(minute.high, price), min(minute.low, price), price
        minute.volume += trade.quantity
        minute.count += trade.count

    def _compare(self) -> None:
        """A minute is complete when a trade of a later one has come."""
        latest = max(self._minutes, default=0)
        for at in sorted(at for at in self._klines if at < latest):
            kline, minute = self._klines.pop(at), self._minutes.pop(at, None)
            if at < self._compared_from_ms:
                continue
            self._compared_from_ms = at + MINUTE_MS
            self.counts["checked"] += 1
            if not (kline.candle is None if minute is None else minute.agrees(kline)):
                self.counts["mismatch"] += 1
                log.warning("candle differs from the venue's", feed=FEED, symbol=self.symbol, open_ms=at)


def _minute_of(part: Candle | Trade) -> int | None:
    return part.time_ms // MINUTE_MS if isinstance(part, Trade) else None


def _forget_oldest(by_minute: dict[int, Kline] | dict[int, _Minute]) -> None:
    if len(by_minute) > _REMEMBERED:
        del by_minute[min(by_minute)]
