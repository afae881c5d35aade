"""Stands beside the engine and swears, at every push, that nothing is said early, late or out of order."""

from __future__ import annotations

from collections.abc import Iterable

from engine.engine import Engine
from engine.events import (
    CandleClosed,
    Event,
    Input,
    LiquiditySwept,
    PoolFormed,
    SetupRejected,
    SignalIssued,
    StructureBroken,
    SwingConfirmed,
    TradeClosed,
    TradeOpened,
    ZoneFormed,
)
from engine.types import LiquidityPool, Setup, StructureBreak, Sweep, Swing, Zone, ZoneStatus

Finding = Swing | StructureBreak | Zone | LiquidityPool | Sweep


def finding_of(event: Event) -> Finding | None:
    """What a detector found, if that is what the event tells."""
    match event:
        case SwingConfirmed(swing=found) | StructureBroken(broken=found) | ZoneFormed(zone=found):
            return found
        case PoolFormed(pool=found) | LiquiditySwept(sweep=found):
            return found
    return None


def sworn(engine: Engine, inputs: Iterable[Input], symbol: str = "XAUUSD") -> list[Event]:
    """Everything the engine says to these inputs, each push checked. One symbol: between several, time is not one."""
    said: list[Event] = []
    for item in inputs:
        before_ms = engine.view(symbol).time_ms
        events = engine.push(item)
        after_ms = engine.view(symbol).time_ms
        for event in events:
            assert before_ms <= event.time_ms <= after_ms, f"said between {before_ms} and {after_ms}: {event}"
            assert_dated(event)
            before_ms = event.time_ms  # within a push, too, time only moves on
        said += events
    return said


def assert_dated(event: Event) -> None:
    """Known exactly when it is said, and not before it happened or before what it rests on."""
    now_ms = event.time_ms
    found = finding_of(event)
    if found is not None:
        assert found.known_ms == now_ms, event
        assert found.formed_ms < found.known_ms, event
    match event:
        case CandleClosed(candle=candle):
            assert candle.close_ms == now_ms, event
        case StructureBroken(broken=broken):
            assert broken.level_formed_ms < broken.level_known_ms <= broken.formed_ms < broken.known_ms, event
        case LiquiditySwept(sweep=sweep):
            assert sweep.pool.formed_ms < sweep.pool.known_ms <= sweep.known_ms, event
            assert sweep.pool.formed_ms < sweep.formed_ms, event
        case ZoneFormed(zone=zone):
            assert (zone.status, zone.touched_ms) == (ZoneStatus.FRESH, None), event
        case SetupRejected(setup=setup):
            _assert_setup(setup, now_ms)
        case SignalIssued(trade=trade):
            _assert_setup(trade.signal.setup, now_ms)
            assert trade.signal.issued_ms == now_ms < trade.signal.expires_ms, event
        case TradeOpened(trade=trade):
            assert trade.signal.issued_ms <= trade.opened_ms == now_ms, event
        case TradeClosed(trade=trade):
            assert trade.closed_ms == now_ms, event


def _assert_setup(setup: Setup, now_ms: int) -> None:
    assert setup.known_ms == now_ms
    for reason in setup.reasons:
        assert reason.from_ms <= reason.known_ms <= now_ms, reason
