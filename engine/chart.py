"""One timeframe of one symbol: its window of closed candles and every detector that reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

from engine.bases import new_base
from engine.blocks import Latest, Leg, Surroundings, is_displaced, leg_start, new_blocks
from engine.config import BlockCandle, BreakBy, DetectorsConfig, EngineConfig, GapThreshold
from engine.events import (
    CandleClosed,
    Event,
    InducementEnded,
    InducementFormed,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
    StructureBroken,
    SwingConfirmed,
    TimeframeReady,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
    ZoneTouched,
)
from engine.gaps import Gap, MeanBody, new_gap
from engine.indicators import AverageTrueRange, AverageVolume, Indicators, true_range
from engine.inducement import InducementWatch
from engine.levels import KeyLevels
from engine.liquidity import EqualLevels, PoolBook, pool_of, round_sweeps
from engine.patterns import pattern_of
from engine.periods import PreviousPeriods
from engine.regime import RegimeReader
from engine.structure import Structure
from engine.swings import SwingFinder
from engine.types import (
    Candle,
    ChartView,
    Direction,
    Instrument,
    LiquidityPool,
    PoolEnd,
    Readings,
    Scale,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    Timeframe,
    Zone,
    ZoneKind,
)
from engine.zones import Draft, ZoneBook

T = TypeVar("T")

RECENT = 24  # breaks, sweeps and swings kept for look-backs


@dataclass(slots=True)
class Chart:
    """Feeds each closed candle to the detectors, always in the same order.

    1. zones change status and inducement is taken, 2. levels are swept or broken, 3. new zones are made, 4. averages
    take the candle in, 5. swings are registered. A swing confirmed by a candle is registered after that candle was
    tested against the old levels, so no break is lost. `periods` (previous day, week, month and sessions) and what
    belongs to a trading day are kept on the entry timeframe only.
    """

    symbol: str
    timeframe: Timeframe
    config: DetectorsConfig
    window: int
    ready_after: int
    round_step: int
    displacement: float  # in ATRs
    round_reach: float  # in ATRs
    atr: AverageTrueRange
    long_atr: AverageTrueRange
    volume: AverageVolume
    indicators: Indicators
    regime: RegimeReader
    zones: ZoneBook
    pools: PoolBook
    equal: EqualLevels
    levels: KeyLevels
    inducement: InducementWatch
    equal_swings: SwingFinder
    internal_swings: SwingFinder
    large_swings: SwingFinder
    structure: Structure  # internal
    large_structure: Structure
    periods: PreviousPeriods | None = None
    mean_body: MeanBody | None = None  # where gaps have an automatic threshold
    latest: Latest = field(default_factory=Latest)
    candles: list[Candle] = field(default_factory=list)
    swapped: list[bool] = field(default_factory=list)  # very volatile candles, where blocks are parsed
    breaks: list[StructureBreak] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    round_sweeps: list[Sweep] = field(default_factory=list)  # apart: they are many, and few stops rest there
    swings: list[Swing] = field(default_factory=list)
    count: int = 0
    stirred_ms: int = 0  # close of the last candle that broke structure or swept liquidity, round numbers apart

    @classmethod
    def new(cls, instrument: Instrument, timeframe: Timeframe, config: EngineConfig) -> Chart:
        detectors = config.detectors
        is_entry = timeframe is config.timeframes.entry
        by_wick = detectors.break_by is BreakBy.WICK
        return cls(
            symbol=instrument.symbol,
            timeframe=timeframe,
            config=detectors,
            window=config.timeframes.window,
            ready_after=config.timeframes.ready_after,
            round_step=instrument.round_step,
            displacement=float(detectors.displacement_atr),
            round_reach=float(detectors.round_atr),
            atr=AverageTrueRange(detectors.atr_period),
            long_atr=AverageTrueRange(detectors.long_atr_period),
            volume=AverageVolume(detectors.volume_period),
            indicators=Indicators.new(detectors.indicators, instrument, has_day=is_entry),
            regime=RegimeReader.new(detectors.regime),
            zones=ZoneBook(detectors.active_zones, detectors.blocks_break_by is BreakBy.WICK),
            pools=PoolBook(detectors.active_pools),
            equal=EqualLevels(detectors.equal_atr.as_integer_ratio()),
            equal_swings=SwingFinder(Scale.INTERNAL, detectors.equal_wing),
            levels=KeyLevels(detectors.active_levels, detectors.level_atr.as_integer_ratio()),
            inducement=InducementWatch(detectors.inducement_wing),
            internal_swings=SwingFinder(Scale.INTERNAL, detectors.internal_wing),
            large_swings=SwingFinder(Scale.SWING, detectors.swing_wing),
            structure=Structure(by_wick),
            large_structure=Structure(by_wick),
            periods=PreviousPeriods(instrument.day_start) if is_entry else None,
            mean_body=MeanBody() if detectors.gap_threshold is GapThreshold.AUTO else None,
        )

    @property
    def is_ready(self) -> bool:
        """Enough candles for swings, zones and levels. Slower readings are None, and give no points, until theirs."""
        return self.count >= self.ready_after and self.atr.value is not None

    def on_candle(self, candle: Candle, events: list[Event], *, is_history: bool) -> None:
        """Tell in `events` what this candle, just closed, made known."""
        events.append(CandleClosed(candle.close_ms, candle, is_history))
        was_ready = self.is_ready
        self._append(candle)
        self._advance(candle, events)
        gap = new_gap(self.candles, self.atr.value, self.volume)
        if gap is not None:
            gap = self._admitted(gap)
        self._take_liquidity(candle, events)
        broken = self._break_structure(candle, gap, events)
        self._new_zones(gap, broken, events)
        self._average(candle, events)
        self._register_swings(candle, events)
        if not was_ready and self.is_ready:
            events.append(TimeframeReady(candle.close_ms, self.symbol, self.timeframe))

    def _append(self, candle: Candle) -> None:
        self.count += 1
        self.candles.append(candle)
        if len(self.candles) > self.window:
            self.candles.pop(0)
            if self.swapped:
                self.swapped.pop(0)

    # 1. What was there before

    def _advance(self, candle: Candle, events: list[Event]) -> None:
        zones, now_ms, low, high, close = self.zones, candle.close_ms, candle.low, candle.high, candle.close
        while (moved := zones.next_changed(low, high, close, now_ms)) is not None:
            events.append(ZoneChanged(now_ms, self.symbol, self.timeframe, moved.zone.id, moved.status))
        while (zone := zones.next_visited(low, high)) is not None:
            events.append(ZoneTouched(now_ms, self.symbol, self.timeframe, zone.id, zone.touches, zone.strength))
        taken = self.inducement.on_candle(candle)
        if taken is not None:
            events.append(InducementEnded(now_ms, self.symbol, self.timeframe, taken))

    # 2. Levels

    def _take_liquidity(self, candle: Candle, events: list[Event]) -> None:
        if self.periods is not None:
            finished = self.periods.on_candle(candle)
            if finished:
                self._replace_periods(finished, events)
        taken = self.pools.on_candle(candle, self.atr.value, self.volume)
        for pool in taken.broken:
            events.append(PoolEnded(candle.close_ms, self.symbol, self.timeframe, pool, PoolEnd.BROKEN))
        for sweep in taken.swept:
            _keep(self.sweeps, sweep)
            self.stirred_ms = candle.close_ms
            self.latest.note_sweep(sweep.direction, sweep.formed_ms)
            events.append(LiquiditySwept(candle.close_ms, self.symbol, self.timeframe, sweep))
        if len(self.candles) > 1:
            for sweep in round_sweeps(candle, self.candles[-2], self.round_step, self.atr.value, self.volume):
                _keep(self.round_sweeps, sweep)
                events.append(LiquiditySwept(candle.close_ms, self.symbol, self.timeframe, sweep))

    def _replace_periods(self, finished: tuple[LiquidityPool, ...], events: list[Event]) -> None:
        now_ms = finished[0].known_ms
        for pool in finished:
            old = self.pools.expire(pool)
            if old is not None:
                events.append(PoolEnded(now_ms, self.symbol, self.timeframe, old, PoolEnd.REPLACED))
        for pool in finished:
            self._add_pool(pool, events)

    def _break_structure(self, candle: Candle, gap: Gap | None, events: list[Event]) -> tuple[Leg, ...]:
        """The legs of the breaks that are told. Where both scales broke one level, the larger speaks for both."""
        large = self.large_structure.on_candle(candle)
        internal = self.structure.on_candle(candle)
        if gap is not None:
            self.latest.note_gap(gap.direction, gap.formed_ms)
        if large is None and internal is None:
            return ()
        told: list[Leg] = []
        cancelled = None
        if large is not None:
            told.append(self._turn(self.large_structure, large, candle))
        if internal is not None:
            leg = self._turn(self.structure, internal, candle)
            if large is None or (large.kind, large.price) != (internal.kind, internal.price):
                told.append(leg)
            cancelled = self.inducement.on_break(leg.broken)
        for leg in told:
            _keep(self.breaks, leg.broken)
            self.stirred_ms = candle.close_ms
            events.append(StructureBroken(candle.close_ms, self.symbol, self.timeframe, leg.broken))
        if cancelled is not None:
            events.append(InducementEnded(candle.close_ms, self.symbol, self.timeframe, cancelled))
        return tuple(told)

    def _turn(self, structure: Structure, swing: Swing, candle: Candle) -> Leg:
        direction = Direction.UP if swing.kind is SwingKind.HIGH else Direction.DOWN
        start = leg_start(self.candles, swing.formed_ms, direction)
        around = self._around(direction)
        broken = structure.turn(swing, candle, is_displaced=is_displaced(self.candles, start, around))
        return Leg(broken, start, around)

    def _around(self, direction: Direction) -> Surroundings:
        atr = self.atr.value
        return Surroundings(
            round_step=self.round_step,
            round_reach=0.0 if atr is None else self.round_reach * atr,
            displacement=inf if atr is None else self.displacement * atr,
            average_volume=self.volume.value,
            gap_ms=self.latest.gap_ms(direction),
            sweep_ms=self.latest.sweep_ms(direction),
        )

    # 3. New zones. The ATR and mean volume are those before this candle.

    def _admitted(self, gap: Gap) -> Gap | None:
        """The gap, unless the threshold finds it too small."""
        if self.mean_body is not None and not self.mean_body.is_dwarfed_by(self.candles[-2]):
            return None
        return gap

    def _new_zones(self, gap: Gap | None, legs: tuple[Leg, ...], events: list[Event]) -> None:
        if gap is not None:
            self._add_gap(gap, events)
        for leg in legs:
            blocks = new_blocks(
                self.candles,
                self.swapped,
                leg.start,
                leg.broken,
                leg.around,
                self.config.blocks,
                self.config.block_candle,
            )
            direction = leg.broken.direction
            for block in blocks:
                of = block.candle
                self._add_zone(
                    Draft(ZoneKind.BLOCK, direction, of.high, of.low, block.strength, of.open_ms, block.evidence),
                    events,
                )
        base = new_base(self.candles, self.atr.value, self.displacement)
        if base is not None:
            self._add_zone(
                Draft(ZoneKind.BASE, base.direction, base.top, base.bottom, base.strength, base.formed_ms), events
            )

    def _add_gap(self, gap: Gap, events: list[Event]) -> None:
        draft = Draft(ZoneKind.GAP, gap.direction, gap.top, gap.bottom, gap.strength, gap.formed_ms)
        if self.config.join_gaps:
            before = self.zones.gap_known_at(gap.direction, self.candles[-2].close_ms)
            if before is not None:
                draft = Draft(
                    ZoneKind.GAP,
                    gap.direction,
                    max(before.top, gap.top),
                    min(before.bottom, gap.bottom),
                    max(before.strength, gap.strength),
                    before.formed_ms,
                )
                self.zones.forget(before.id)
                now_ms = self.candles[-1].close_ms
                events.append(ZoneEvicted(now_ms, self.symbol, self.timeframe, before.id, self.zones.next_id))
        self._add_zone(draft, events)

    def _add_zone(self, draft: Draft, events: list[Event]) -> None:
        now_ms = self.candles[-1].close_ms
        zone, evicted = self.zones.add(draft, now_ms)
        if evicted is not None:
            events.append(ZoneEvicted(now_ms, self.symbol, self.timeframe, evicted))
        events.append(ZoneFormed(now_ms, self.symbol, self.timeframe, zone))

    # 4. Averages

    def _average(self, candle: Candle, events: list[Event]) -> None:
        candles, indicators = self.candles, self.indicators
        reach = true_range(candle, candles[-2] if len(candles) > 1 else None)
        self.atr.on_range(reach)
        self.long_atr.on_range(reach)
        self.volume.on_candle(candle)
        self.equal.on_candle(candle)
        if self.mean_body is not None:
            self.mean_body.on_candle(candle)
        if self.config.block_candle is BlockCandle.PARSED:
            long_atr = self.long_atr.value
            self.swapped.append(long_atr is not None and candle.range >= 2 * long_atr)
        indicators.on_candle(candles, self.atr.value)
        if indicators.tell_regime:
            changed = self.regime.on_candle(
                indicators.adx.index, indicators.efficiency.ratio, indicators.atr_rank.percentile
            )
            if changed is not None:
                before, after = changed
                events.append(RegimeChanged(candle.close_ms, self.symbol, self.timeframe, before, after))

    # 5. Swings

    def _register_swings(self, candle: Candle, events: list[Event]) -> None:
        for swing in self.internal_swings.on_candle(self.candles):
            self.structure.register(swing)
            self._tell_swing(swing, events)
            self._add_pool(pool_of(swing), events, is_told=False)
            level = self.levels.register(swing, self.atr.value)
            if level is not None:
                events.append(LevelTouched(candle.close_ms, self.symbol, self.timeframe, level))
        for swing in self.equal_swings.on_candle(self.candles):
            equal = self.equal.register(swing, self.long_atr.value)
            if equal is not None:
                self._add_pool(equal, events)
        for swing in self.large_swings.on_candle(self.candles):
            self.large_structure.register(swing)
            self._tell_swing(swing, events)
        found = self.inducement.confirm(self.candles, self._strong())
        if found is not None:
            events.append(InducementFormed(candle.close_ms, self.symbol, self.timeframe, found))

    def _strong(self) -> int | None:
        """The internal structure's strong extreme: the low of an upward trend, the high of a downward one."""
        structure = self.structure
        return structure.bottom if structure.trend is Direction.UP else structure.top

    def _tell_swing(self, swing: Swing, events: list[Event]) -> None:
        _keep(self.swings, swing)
        events.append(SwingConfirmed(swing.known_ms, self.symbol, self.timeframe, swing))

    def _add_pool(self, pool: LiquidityPool, events: list[Event], *, is_told: bool = True) -> None:
        """Watch a pool. That of a swing needs no words of its own: the swing was told."""
        evicted = self.pools.add(pool)
        if is_told:
            events.append(PoolFormed(pool.known_ms, self.symbol, self.timeframe, pool))
        if evicted is not None:
            events.append(PoolEnded(pool.known_ms, self.symbol, self.timeframe, evicted, PoolEnd.EVICTED))

    def view(self) -> ChartView:
        """All that is known now, as values."""
        return self.glance(self.window, self.zones.all())

    def glance(self, last: int, zones: tuple[Zone, ...]) -> ChartView:
        """So many of the candles, these zones, and all the rest."""
        structure, large = self.structure, self.large_structure
        return ChartView(
            timeframe=self.timeframe,
            is_ready=self.is_ready,
            candles=tuple(self.candles[-last:]),
            atr=self.atr.value,
            trend=structure.trend,
            last_break=structure.last_break,
            range_low=structure.bottom,
            range_high=structure.top,
            zones=zones,
            pools=self.pools.all(),
            breaks=tuple(self.breaks),
            sweeps=tuple(self.sweeps),
            round_sweeps=tuple(self.round_sweeps),
            swings=tuple(self.swings),
            swing_trend=large.trend,
            swing_break=large.last_break,
            swing_low=large.bottom,
            swing_high=large.top,
            inducement=self.inducement.current,
            levels=self.levels.all(),
            pattern=pattern_of(self.candles),
            regime=self.regime.regime,
            readings=self.indicators.readings(self.candles),
        )

    def outline(self, zones: tuple[Zone, ...] = (), pools: tuple[LiquidityPool, ...] = ()) -> ChartView:
        """What a decision looks at above its own timeframe: the last candle, structure and averages, and these."""
        structure, large, indicators = self.structure, self.large_structure, self.indicators
        return ChartView(
            timeframe=self.timeframe,
            is_ready=self.is_ready,
            candles=(self.candles[-1],),
            atr=self.atr.value,
            trend=structure.trend,
            last_break=structure.last_break,
            range_low=structure.bottom,
            range_high=structure.top,
            zones=zones,
            pools=pools,
            breaks=(),
            sweeps=(),
            swings=(),
            swing_trend=large.trend,
            swing_break=large.last_break,
            inducement=self.inducement.current,
            regime=self.regime.regime,
            readings=Readings(
                ema_fast=indicators.ema_fast.value,
                ema_slow=indicators.ema_slow.value,
                rsi=indicators.rsi.value,
                adx=indicators.adx.value,
            ),
        )


def _keep(recent: list[T], item: T) -> None:
    recent.append(item)
    if len(recent) > RECENT:
        recent.pop(0)
