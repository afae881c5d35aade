"""A market played through the engine without the world around it: what happened to each signal, and to the account."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from bot.service import known_at_ms
from bot.voices import Voices
from engine.backtest import Mark, Play
from engine.engine import Engine
from engine.events import (
    BreakerTripped,
    CandleInput,
    Command,
    Event,
    History,
    Input,
    Pause,
    Resume,
    SetupRejected,
    SignalIssued,
    TradeClosed,
)
from engine.types import DAY_MS, Account, Candle, CloseReason, Regime, Trade

_HEARD: frozenset[type[Event]] = frozenset((SignalIssued, TradeClosed, SetupRejected, BreakerTripped))
NOBODY = 0  # who paused the engine while it only warmed up


class Lived(msgspec.Struct, frozen=True):
    """A closed trade, its money in the account's currency, and what the market was like when it was issued."""

    trade: Trade
    pips: Decimal
    money: Decimal
    regime: Regime | None

    @property
    def closed_ms(self) -> int:
        return self.trade.closed_ms or 0

    @property
    def was_opened(self) -> bool:
        return self.trade.opened_price is not None


class Run(msgspec.Struct, frozen=True):
    """What a backtest came to. `lived` in the order they ended, those never opened included; `days` are UTC days with
    a market, in order, as days since 1970.
    """

    from_ms: int
    to_ms: int
    symbols: tuple[str, ...]
    start: Decimal  # the account's balance at first
    lived: tuple[Lived, ...]
    still_open: tuple[Trade, ...]
    signals: int
    refusals: dict[str, int]
    marks: tuple[Mark, ...]
    days: tuple[int, ...]
    candles: dict[str, list[Candle]]  # of the entry timeframe, for drawing
    late_inputs: int
    halted_ms: int | None = None  # when the drawdown breaker tripped; nobody re-arms it here
    account: Account | None = None  # at the end; None where several runs were joined

    @property
    def closed(self) -> list[Lived]:
        """Those that were in the market."""
        return [each for each in self.lived if each.was_opened]


def run(
    engine: Engine,
    inputs: Iterable[Input],
    voices: Voices,
    start: Decimal,
    *,
    on_ended: Callable[[Lived], None] | None = None,
) -> Run:
    """Push every input and keep what matters. `start` is the balance the account begins with."""
    play = Play(engine, _HEARD)
    listener = _Listener(engine, play, voices, start, on_ended)
    for events in play.told(inputs):
        for event in events:
            listener.hear(event)
    return listener.result()


def between(inputs: Iterable[Input], from_ms: int | None, to_ms: int | None) -> Iterator[Input]:
    """The inputs of a stretch. What comes before it warms the engine up: candles as history, ticks under a pause."""
    is_paused = False
    for item in inputs:
        known_ms = item.candle.open_ms if isinstance(item, CandleInput) else known_at_ms(item)
        if to_ms is not None and known_ms is not None and known_ms >= to_ms:
            return
        if from_ms is None or known_ms is None or isinstance(item, History):
            yield item
        elif known_ms >= from_ms:
            if is_paused:
                yield Command(NOBODY, Resume())
                is_paused = False
            yield item
        elif isinstance(item, CandleInput):
            yield History(item.candle)
        else:
            if not is_paused:
                yield Command(NOBODY, Pause())
                is_paused = True
            yield item


class _Listener:
    """Collects while the engine speaks."""

    def __init__(
        self, engine: Engine, play: Play, voices: Voices, start: Decimal, on_ended: Callable[[Lived], None] | None
    ) -> None:
        self._engine = engine
        self._play = play
        self._voices = voices
        self._start = start
        self._on_ended = on_ended
        self._regimes: dict[str, Regime | None] = {}
        self._lived: list[Lived] = []
        self._refusals: Counter[str] = Counter()
        self._signals = 0
        self._halted_ms: int | None = None

    def hear(self, event: Event) -> None:
        match event:
            case SignalIssued(_, trade):
                self._signals += 1
                self._regimes[trade.id] = self._engine.regime(trade.symbol)
            case TradeClosed(time_ms, trade):
                pips, money = self._voices.pips_and_money(trade)
                lived = Lived(trade, pips, money, self._regimes.pop(trade.id, None))
                self._lived.append(lived)
                self._play.mark(time_ms)
                if self._on_ended is not None:
                    self._on_ended(lived)
            case SetupRejected(_, _, codes):
                self._refusals.update(codes)
            case BreakerTripped(time_ms):
                self._halted_ms = time_ms

    def result(self) -> Run:
        candles = self._play.candles
        traded = [rows for rows in candles.values() if rows]
        to_ms = max((rows[-1].close_ms for rows in traded), default=0)
        return Run(
            from_ms=min((rows[0].open_ms for rows in traded), default=0),
            to_ms=to_ms,
            symbols=tuple(candles),
            start=self._start,
            lived=tuple(self._lived),
            still_open=tuple(self._engine.open_trades()),
            signals=self._signals,
            refusals=dict(self._refusals.most_common()),
            marks=tuple(self._play.marks),
            days=tuple(sorted({day for rows in traded for day in _days(rows)})),
            candles=candles,
            late_inputs=self._engine.late_inputs,
            halted_ms=self._halted_ms,
            account=self._engine.account,
        )


def _days(candles: list[Candle]) -> Iterator[int]:
    """The UTC days candles opened in, as days since 1970, going from each day's first candle to the next's."""
    at = 0
    while at < len(candles):
        day = candles[at].open_ms // DAY_MS
        yield day
        at = bisect_left(candles, (day + 1) * DAY_MS, at, key=lambda candle: candle.open_ms)


def ending_of(trade: Trade) -> str:
    """`target`, `stop`, …; empty for one that lives."""
    return CloseReason(trade.reason).value if trade.reason is not None else ""
