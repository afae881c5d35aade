"""One timeframe of one symbol: its window of closed candles and every detector that reads them."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.blocks import new_block
from engine.config import EngineConfig
from engine.events import (
    CandleClosed,
    Event,
    LiquiditySwept,
    PoolFormed,
    StructureBroken,
    SwingConfirmed,
    TimeframeReady,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
)
from engine.gaps import new_gap
from engine.indicators import AverageTrueRange, AverageVolume
from engine.liquidity import EqualLevels, PoolBook, PreviousPeriod, pool_of
from engine.structure import Structure
from engine.swings import confirmed_swings
from engine.types import (
    Candle,
    ChartView,
    Instrument,
    LiquidityPool,
    PoolKind,
    StructureBreak,
    Sweep,
    Swing,
    Timeframe,
    ZoneKind,
)
from engine.zones import ZoneBook

T = TypeVar("T")

PERIODS = (PoolKind.DAY, PoolKind.WEEK, PoolKind.MONTH, PoolKind.SESSION)

RECENT = 24  # breaks, sweeps and swings kept for look-backs


class Chart(msgspec.Struct):
    """Feeds each closed candle to the detectors, always in the same order.

    1. zones change status, 2. levels are swept or broken, 3. new zones are made, 4. swings are registered. A swing
    confirmed by a candle is registered after that candle was tested against the old levels, so no break is lost.
    `periods` (previous day, week, month and sessions) are kept on the entry timeframe only.
    """

    symbol: str
    timeframe: Timeframe
    wing: int
    window: int
    ready_after: int
    round_step: int
    atr: AverageTrueRange
    volume: AverageVolume
    zones: ZoneBook
    pools: PoolBook
    equal: EqualLevels
    periods: list[PreviousPeriod]
    structure: Structure = msgspec.field(default_factory=Structure)
    candles: list[Candle] = msgspec.field(default_factory=list)
    breaks: list[StructureBreak] = msgspec.field(default_factory=list)
    sweeps: list[Sweep] = msgspec.field(default_factory=list)
    swings: list[Swing] = msgspec.field(default_factory=list)
    count: int = 0

    @classmethod
    def new(cls, instrument: Instrument, timeframe: Timeframe, wing: int, config: EngineConfig) -> Chart:
        detectors = config.detectors
        is_entry = timeframe is config.timeframes.entry
        return cls(
            symbol=instrument.symbol,
            timeframe=timeframe,
            wing=wing,
            window=config.timeframes.window,
            ready_after=config.timeframes.ready_after,
            round_step=instrument.round_step,
            atr=AverageTrueRange(detectors.atr_period),
            volume=AverageVolume(detectors.volume_period),
            zones=ZoneBook(detectors.active_zones),
            pools=PoolBook(detectors.active_pools),
            equal=EqualLevels(detectors.equal_atr, AverageTrueRange(detectors.equal_atr_period)),
            periods=[PreviousPeriod(kind, instrument.day_start) for kind in PERIODS] if is_entry else [],
        )

    @property
    def is_ready(self) -> bool:
        """Enough candles for every rule on this timeframe."""
        return self.count >= self.ready_after and self.atr.value is not None

    def on_candle(self, candle: Candle, is_history: bool) -> list[Event]:
        """What this candle, just closed, made known."""
        now_ms = candle.close_ms
        events: list[Event] = [CandleClosed(now_ms, candle, is_history)]
        was_ready = self.is_ready
        self.candles.append(candle)
        if len(self.candles) > self.window:
            del self.candles[0]
        self.count += 1
        for zone in self.zones.on_candle(candle):
            events.append(ZoneChanged(now_ms, self.symbol, self.timeframe, zone.id, zone.status))
        broken = self._levels(candle, events)
        self._new_zones(candle, broken, events)
        self.atr.on_candle(candle)
        self.volume.on_candle(candle)
        self.equal.on_candle(candle)
        for swing in confirmed_swings(self.candles, self.wing):
            self._register(swing, events)
        if self.is_ready and not was_ready:
            events.append(TimeframeReady(now_ms, self.symbol, self.timeframe))
        return events

    def _levels(self, candle: Candle, events: list[Event]) -> StructureBreak | None:
        """Sweeps and breaks of levels known before this candle."""
        finished = [pool for period in self.periods for pool in period.on_candle(candle)]
        for pool in finished:
            self.pools.expire(pool.kind, pool.name)
        for pool in finished:
            self._add(pool, events)
        for sweep in self.pools.on_candle(candle, self.atr.value, self.volume.value):
            _keep(self.sweeps, sweep)
            events.append(LiquiditySwept(candle.close_ms, self.symbol, self.timeframe, sweep))
        broken = self.structure.on_candle(candle)
        if broken is not None:
            _keep(self.breaks, broken)
            events.append(StructureBroken(candle.close_ms, self.symbol, self.timeframe, broken))
        return broken

    def _new_zones(self, candle: Candle, broken: StructureBreak | None, events: list[Event]) -> None:
        """Order blocks and gaps. The ATR and mean volume are those before this candle."""
        made = []
        if broken is not None:
            block = new_block(self.candles, broken, self.volume.value, self.round_step)
            if block is not None:
                of = block.candle
                made.append(
                    (ZoneKind.BLOCK, broken.direction, of.high, of.low, block.strength, block.evidence, of.open_ms)
                )
        gap = new_gap(self.candles, self.atr.value, self.volume.value)
        if gap is not None:
            made.append((ZoneKind.GAP, gap.direction, gap.top, gap.bottom, gap.strength, (), gap.formed_ms))
        for zone_values in made:
            zone, evicted = self.zones.add(*zone_values, known_ms=candle.close_ms)
            if evicted is not None:
                events.append(ZoneEvicted(candle.close_ms, self.symbol, self.timeframe, evicted))
            events.append(ZoneFormed(candle.close_ms, self.symbol, self.timeframe, zone))

    def _register(self, swing: Swing, events: list[Event]) -> None:
        self.structure.register(swing)
        _keep(self.swings, swing)
        self.pools.add(pool_of(swing))
        events.append(SwingConfirmed(swing.known_ms, self.symbol, self.timeframe, swing))
        equal = self.equal.register(swing)
        if equal is not None:
            self._add(equal, events)

    def _add(self, pool: LiquidityPool, events: list[Event]) -> None:
        self.pools.add(pool)
        events.append(PoolFormed(pool.known_ms, self.symbol, self.timeframe, pool))

    def view(self) -> ChartView:
        """All that is known now, as values."""
        structure = self.structure
        return ChartView(
            timeframe=self.timeframe,
            is_ready=self.is_ready,
            candles=tuple(self.candles),
            atr=self.atr.value,
            trend=structure.trend,
            last_break=structure.last_break,
            range_low=structure.bottom,
            range_high=structure.top,
            zones=tuple(self.zones.zones.values()),
            pools=self.pools.all(),
            breaks=tuple(self.breaks),
            sweeps=tuple(self.sweeps),
            swings=tuple(self.swings),
        )


def _keep(recent: list[T], item: T) -> None:
    recent.append(item)
    if len(recent) > RECENT:
        del recent[0]
