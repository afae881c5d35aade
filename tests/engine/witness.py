"""Stands beside the engine and swears, at every push, that nothing is said early, late or out of order."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engine.engine import Engine
from engine.events import (
    CandleClosed,
    Event,
    InducementEnded,
    InducementFormed,
    Input,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
    SetupRejected,
    SignalIssued,
    StructureBroken,
    SwingConfirmed,
    TradeClosed,
    TradeOpened,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
    ZoneTouched,
)
from engine.types import (
    Inducement,
    InducementStatus,
    KeyLevel,
    LiquidityPool,
    MarketView,
    PoolEnd,
    PoolKind,
    Regime,
    Setup,
    StructureBreak,
    Sweep,
    Swing,
    Timeframe,
    Zone,
    ZoneKind,
    ZoneStatus,
)

RECENT = 24  # sweeps seen at most
WORN = 10  # points of strength a base loses with each visit

Finding = Swing | StructureBreak | Zone | LiquidityPool | Sweep | Inducement | KeyLevel


def finding_of(event: Event) -> Finding | None:
    """What a detector found, if that is what the event tells."""
    match event:
        case SwingConfirmed(swing=found) | StructureBroken(broken=found) | ZoneFormed(zone=found):
            return found
        case PoolFormed(pool=found) | LiquiditySwept(sweep=found) | LevelTouched(level=found):
            return found
        case InducementFormed(inducement=found):
            return found
    return None


def sworn(engine: Engine, inputs: Iterable[Input], symbol: str = "XAUUSD") -> list[Event]:
    """Everything a new engine says to these inputs, each push checked, and at the end what is seen.

    One symbol: between several, time is not one.
    """
    said: list[Event] = []
    lives = Lives()
    for item in inputs:
        before_ms = engine.view(symbol).time_ms
        events = engine.push(item)
        after_ms = engine.view(symbol).time_ms
        for event in events:
            assert before_ms <= event.time_ms <= after_ms, f"said between {before_ms} and {after_ms}: {event}"
            assert_dated(event)
            lives.follow(event)
            before_ms = event.time_ms  # within a push, too, time only moves on
        said += events
    lives.assert_seen(engine.view(symbol))
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
            assert (zone.status, zone.touches) == (ZoneStatus.FRESH, 0), event
            assert (zone.touched_ms, zone.broken_ms) == (None, None), event
            assert 0 <= zone.strength <= 100, event
        case PoolFormed(pool=pool):
            assert pool.kind not in (PoolKind.SWING, PoolKind.ROUND), event
        case PoolEnded(pool=pool, why=why):
            assert pool.formed_ms < pool.known_ms <= now_ms, event
            if why is PoolEnd.BROKEN and pool.kind in (PoolKind.SWING, PoolKind.EQUAL):
                assert pool.known_ms < now_ms, event  # those of a period are tested by the candle that tells them
        case InducementFormed(inducement=found):
            assert found.break_known_ms <= found.formed_ms, event
            assert (found.status, found.ended_ms) == (InducementStatus.RESTING, None), event
        case InducementEnded(inducement=found):
            assert found.known_ms < found.ended_ms == now_ms, event
            assert found.status is not InducementStatus.RESTING, event
        case LevelTouched(level=level):
            assert level.touches >= 2, event
        case RegimeChanged(before=before, after=after):
            assert before is not after, event
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
    assert setup.again_of_ms is None or setup.again_of_ms < now_ms, setup
    for reason in setup.reasons:
        assert reason.from_ms <= reason.known_ms <= now_ms, reason


class Lives:
    """Follows every zone, pool, sweep, inducement, level and regime that is told of: nothing goes back, ends twice or
    is heard of after its end, and what is seen is what was told.
    """

    def __init__(self) -> None:
        self.zones: dict[tuple[Timeframe, int], Zone] = {}
        self.gone: set[tuple[Timeframe, int]] = set()
        self.joined: dict[tuple[Timeframe, int], Zone] = {}  # id of the gap to come → the one it takes in
        self.pools: dict[tuple[Timeframe, LiquidityPool], int] = {}
        self.sweeps: dict[Timeframe, list[Sweep]] = {}
        self.resting: dict[Timeframe, Inducement] = {}
        self.induced: set[tuple[Timeframe, int]] = set()
        self.levels: dict[tuple[Timeframe, int, int], KeyLevel] = {}
        self.regimes: dict[Timeframe, Regime] = {}

    def assert_seen(self, view: MarketView) -> None:
        """Every living zone with the times its changes were told at; the last sweeps, those of round numbers apart."""
        for chart in (view.trend, view.setup, view.entry):
            timeframe = chart.timeframe
            living = {key: zone for key, zone in self.zones.items() if key[0] is timeframe and key not in self.gone}
            assert {(timeframe, zone.id): zone for zone in chart.zones} == living
            told = self.sweeps.get(timeframe, [])
            of_pools = [sweep for sweep in told if sweep.pool.kind is not PoolKind.ROUND]
            of_numbers = [sweep for sweep in told if sweep.pool.kind is PoolKind.ROUND]
            assert chart.sweeps == tuple(of_pools[-RECENT:])
            assert chart.round_sweeps == tuple(of_numbers[-RECENT:])

    def follow(self, event: Event) -> None:
        if isinstance(event, LiquiditySwept):
            self.sweeps.setdefault(event.timeframe, []).append(event.sweep)
        match event:
            case ZoneFormed() | ZoneChanged() | ZoneTouched() | ZoneEvicted():
                self._zone(event)
            case PoolFormed(timeframe=timeframe, pool=pool):
                self.pools[timeframe, pool] = self.pools.get((timeframe, pool), 0) + 1
            case (
                PoolEnded(timeframe=timeframe, pool=pool) | LiquiditySwept(timeframe=timeframe, sweep=Sweep(pool=pool))
            ):
                self._pool(timeframe, pool)
            case InducementFormed(timeframe=timeframe, inducement=found):
                assert timeframe not in self.resting, event
                assert (timeframe, found.break_known_ms) not in self.induced, f"two of one break: {event}"
                self.induced.add((timeframe, found.break_known_ms))
                self.resting[timeframe] = found
            case InducementEnded(timeframe=timeframe, inducement=found):
                rested = self.resting.pop(timeframe)
                assert (rested.direction, rested.level, rested.formed_ms, rested.known_ms) == (
                    found.direction,
                    found.level,
                    found.formed_ms,
                    found.known_ms,
                ), event
            case LevelTouched(timeframe=timeframe, level=level):
                before = self.levels.get((timeframe, level.price, level.formed_ms))
                assert level.touches == (2 if before is None else before.touches + 1), event
                self.levels[timeframe, level.price, level.formed_ms] = level
            case RegimeChanged(timeframe=timeframe, before=was, after=now):
                assert self.regimes.get(timeframe) is was, event
                self.regimes[timeframe] = now

    def _zone(self, event: ZoneFormed | ZoneChanged | ZoneTouched | ZoneEvicted) -> None:
        if isinstance(event, ZoneFormed):
            key = event.timeframe, event.zone.id
            assert key not in self.zones, event
            self.zones[key] = event.zone
            older = self.joined.pop(key, None)
            if older is not None:
                assert event.zone.kind is older.kind is ZoneKind.GAP, event
                assert event.zone.direction is older.direction, event
                assert event.zone.bottom <= older.bottom < older.top <= event.zone.top, event
                assert event.zone.formed_ms == older.formed_ms, event
            return
        key = event.timeframe, event.zone_id
        zone = self.zones[key]
        assert key not in self.gone, event
        match event:
            case ZoneChanged(status=status):
                assert status == zone.status + 1, event
                self.zones[key] = _changed(zone, status, event.time_ms)
                if status is ZoneStatus.DEAD:
                    self.gone.add(key)
            case ZoneTouched(touches=touches, strength=strength):
                assert zone.kind is ZoneKind.BASE, event
                assert ZoneStatus.TOUCHED <= zone.status < ZoneStatus.FILLED, event
                assert touches == zone.touches + 1, event
                assert strength == max(zone.strength - WORN, 0), event
                self.zones[key] = msgspec.structs.replace(zone, touches=touches, strength=strength)
            case ZoneEvicted(joined=joined):
                self.gone.add(key)
                if joined is not None:
                    self.joined[event.timeframe, joined] = zone

    def _pool(self, timeframe: Timeframe, pool: LiquidityPool) -> None:
        if pool.kind in (PoolKind.SWING, PoolKind.ROUND):
            return  # never told of before
        self.pools[timeframe, pool] -= 1
        assert self.pools[timeframe, pool] >= 0, f"heard of after its end: {pool}"


def _changed(zone: Zone, status: ZoneStatus, now_ms: int) -> Zone:
    """A zone after the change told now. The first visit wears a base like every other."""
    if status is ZoneStatus.TOUCHED:
        strength = max(zone.strength - WORN, 0) if zone.kind is ZoneKind.BASE else zone.strength
        return msgspec.structs.replace(zone, status=status, touched_ms=now_ms, touches=1, strength=strength)
    if status is ZoneStatus.BROKEN:
        return msgspec.structs.replace(zone, status=status, broken_ms=now_ms)
    return msgspec.structs.replace(zone, status=status)
