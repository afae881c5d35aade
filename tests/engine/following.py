"""One trade and the prices it lives through, told in a line per event.

The trade: entry 10,000, one R is 100 ticks, TP1 at one R, TP2 at two, five lot steps at each. Prices are given as
moves: ticks in the trade's favour at the side it can leave at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.config import TradesConfig
from engine.engine import Engine
from engine.events import (
    CandleInput,
    Event,
    Input,
    SignalIssued,
    StopMoved,
    TargetHit,
    Tick,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.types import Candle, Direction, Timeframe, Trade
from tests.builders import instrument, setup, signal, trade
from tests.engine.market_data import MONDAY_MS, config

ENTRY, R = 10_000, 100
BUY, SELL = Direction.UP, Direction.DOWN
TRADE_EVENTS = (SignalIssued, TradeOpened, TargetHit, StopMoved, TradeMarked, TradeClosed)


def pending(
    direction: Direction = BUY,
    *,
    symbol: str = "XAUUSD",
    risk: int = R,
    targets: tuple[int, int] = (R, 2 * R),
    split: tuple[int, int] = (5, 5),
    expires_ms: int = MONDAY_MS + 1_800_000,
    **changes: object,
) -> Trade:
    """A signal just issued, waiting for its first price."""
    sign = direction.sign
    proposed = setup(
        symbol=symbol,
        direction=direction,
        entry=ENTRY,
        stop=ENTRY - sign * risk,
        proof=ENTRY - sign * risk,
        targets=tuple(ENTRY + sign * move for move in targets),
        known_ms=MONDAY_MS,
        reasons=(),
    )
    fields = {"split": split, "lot_steps": sum(split), "issued_ms": MONDAY_MS, "expires_ms": expires_ms}
    return trade(signal(proposed, **(fields | changes)))


def desk(of: Trade, spread: int = 0, **trades: object) -> Engine:
    """An engine that follows this trade and nothing else."""
    engine = Engine(config(instrument(typical_spread=spread), trades=TradesConfig(**trades)))
    engine.adopt([of])
    return engine


def quote(direction: Direction, move: int, time_ms: int, spread: int = 0) -> Tick:
    """The quote at which a trade of this direction could leave `move` ticks in its favour."""
    leave = ENTRY + direction.sign * move
    bid = leave if direction is BUY else leave - spread
    return Tick("XAUUSD", time_ms, bid, bid + spread)


def quotes(direction: Direction, moves: Iterable[int], spread: int = 0, every_ms: int = 1000) -> list[Tick]:
    return [quote(direction, move, MONDAY_MS + i * every_ms, spread) for i, move in enumerate(moves)]


def minute(direction: Direction, moves: Sequence[int], index: int = 0) -> CandleInput:
    """The M1 candle of these moves, spread zero: first, lowest, highest and last are what it keeps."""
    prices = [ENTRY + direction.sign * move for move in moves]
    open_ms = MONDAY_MS + index * Timeframe.M1.ms
    ends = (prices[0], max(prices), min(prices), prices[-1])
    return CandleInput(Candle("XAUUSD", Timeframe.M1, open_ms, open_ms + Timeframe.M1.ms, *ends, spread=0))


def lived(engine: Engine, inputs: Iterable[Input]) -> list[Event]:
    """What is said about trades."""
    return [event for item in inputs for event in engine.push(item) if isinstance(event, TRADE_EVENTS)]


def told(events: Iterable[Event]) -> list[str]:
    """`TP1 5 steps`, `closed breakeven +0.50R`: one line per event, results in R."""
    return [_line(event) for event in events]


def _line(event: Event) -> str:
    result = f"{event.trade.result_r:+.2f}R"
    match event:
        case TradeOpened(trade=trade):
            return f"opened at {trade.opened_price}"
        case TargetHit(target=target, closed_steps=steps):
            return f"TP{target} {steps} steps {result}"
        case StopMoved(trade=trade, before=before):
            return f"stop {before} to {trade.stop}"
        case TradeMarked():
            return f"mark {result}"
        case TradeClosed(trade=trade):
            return f"closed {trade.reason} {result}"
    return type(event).__name__


def story(direction: Direction, moves: Iterable[int], spread: int = 0, **changes: object) -> list[str]:
    """What is told of a trade that lives through ticks at these moves."""
    of = pending(direction, **changes)
    return told(lived(desk(of, spread), quotes(direction, moves, spread)))
