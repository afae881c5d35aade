"""The engine's numbers, each with its unit and meaning. Read from `config.toml`, frozen, handed down."""

from __future__ import annotations

import enum
from decimal import Decimal

from engine.kill_zones import KILL_ZONES, KillZone
from engine.section import Section as _Section
from engine.section import refuse_below_one as _refuse_below_one
from engine.section import refuse_negative as _refuse_negative
from engine.section import refuse_not_finite as _refuse_not_finite
from engine.section import refuse_not_positive as _refuse_not_positive
from engine.trading_config import (
    AccountConfig,
    GateConfig,
    LimitsConfig,
    NewsConfig,
    ReadinessConfig,
    TradesConfig,
)
from engine.types import Instrument, Regime, Strategy, Timeframe

__all__ = [
    "AccountConfig",
    "BlockCandle",
    "BlockOrigin",
    "BreakBy",
    "ConfluenceConfig",
    "DetectorsConfig",
    "EngineConfig",
    "GapThreshold",
    "GateConfig",
    "IndicatorsConfig",
    "LimitsConfig",
    "NewsConfig",
    "ReadinessConfig",
    "RegimeConfig",
    "StrategiesConfig",
    "StrategyConfig",
    "TimeframesConfig",
    "TradesConfig",
    "WeightsConfig",
]


class TimeframesConfig(_Section, frozen=True):
    """The triple: M15 hears ticks, the two others are folded from it."""

    entry: Timeframe = Timeframe.M15
    setup: Timeframe = Timeframe.H1
    trend: Timeframe = Timeframe.H4
    window: int = 200  # candles kept per timeframe for look-backs and charts
    ready_after: int = 40  # candles before a timeframe's rules may speak

    def __post_init__(self) -> None:
        if not self.entry.ms < self.setup.ms < self.trend.ms:
            raise ValueError("timeframes must grow from entry over setup to trend, such as M15, H1, H4")
        if self.setup.ms % self.entry.ms or self.trend.ms % self.entry.ms:
            raise ValueError("setup and trend timeframes must be multiples of the entry timeframe")
        if not 20 <= self.ready_after <= self.window <= 1000:
            raise ValueError("20 ≤ ready_after ≤ window ≤ 1000 candles")


class IndicatorsConfig(_Section, frozen=True):
    ema_fast: int = 50  # candles
    ema_slow: int = 200
    bollinger_period: int = 20
    bollinger_width: Decimal = Decimal(2)  # standard deviations
    rsi_period: int = 14
    adx_period: int = 14
    efficiency_period: int = 20
    atr_rank_period: int = 100  # ATRs among which the present one is ranked
    value_area_percent: int = 70  # of a day's volume
    profile_step: int = 0  # ticks of one price bin, odd; 0: a twentieth of the round step

    def __post_init__(self) -> None:
        _refuse_not_finite(self)
        _refuse_below_one(self, but=("profile_step",))
        if self.ema_fast >= self.ema_slow:
            raise ValueError(f"ema_fast must be less than ema_slow {self.ema_slow}, not {self.ema_fast}")
        if not 0 < self.bollinger_width <= 10:
            raise ValueError(f"bollinger_width must be above 0 and at most 10, not {self.bollinger_width}")
        if self.value_area_percent > 100:
            raise ValueError(f"value_area_percent must be at most 100, not {self.value_area_percent}")
        if self.profile_step < 0 or (self.profile_step and self.profile_step % 2 == 0):
            raise ValueError(f"profile_step must be an odd number of ticks, or 0, not {self.profile_step}")


class RegimeConfig(_Section, frozen=True):
    """Two thresholds each, so that a market at the edge does not flicker: one to enter, a milder one to stay."""

    trend_adx: Decimal = Decimal(25)  # trending from this ADX and this efficiency on
    trend_adx_stay: Decimal = Decimal(20)
    trend_efficiency: Decimal = Decimal("0.30")
    trend_efficiency_stay: Decimal = Decimal("0.15")
    volatile_percentile: Decimal = Decimal(90)  # volatile from this ATR percentile on
    volatile_percentile_stay: Decimal = Decimal(80)
    quiet_percentile: Decimal = Decimal(10)  # quiet up to this ATR percentile
    quiet_percentile_stay: Decimal = Decimal(20)

    def __post_init__(self) -> None:
        _refuse_not_finite(self)
        for name in ("trend_adx", "trend_efficiency", "volatile_percentile"):
            if not 0 <= getattr(self, f"{name}_stay") <= getattr(self, name):
                raise ValueError(f"{name}_stay must be 0 to {name} {getattr(self, name)}")
        if not self.quiet_percentile <= self.quiet_percentile_stay < self.volatile_percentile_stay:
            raise ValueError("quiet_percentile ≤ quiet_percentile_stay < volatile_percentile_stay")


class BreakBy(enum.StrEnum):
    """What carries price beyond a level."""

    CLOSE = "close"
    WICK = "wick"


class GapThreshold(enum.StrEnum):
    """Which gaps are too small to be one."""

    NONE = "none"
    AUTO = "auto"  # body of the middle candle over twice the mean body so far, both relative to the open (LuxAlgo)


class BlockOrigin(enum.StrEnum):
    """Which candle stands for an order block."""

    STRUCTURE = "structure"  # the extreme candle behind a break (LuxAlgo, smartmoneyconcepts)
    DISPLACEMENT = "displacement"  # the last opposite candle before a strong one that broke structure (ICT)


class BlockCandle(enum.StrEnum):
    """By which prices a structure block's candle is chosen."""

    RAW = "raw"  # lowest low, highest high
    PARSED = "parsed"  # high and low of a very volatile candle swapped, so that a spike is not chosen by its wick


class DetectorsConfig(_Section, frozen=True):
    """Each with its unit; sources and variants stand with the detectors."""

    internal_wing: int = 5  # candles on each side of a swing of the internal structure
    swing_wing: int = 50  # and of the larger one
    break_by: BreakBy = BreakBy.CLOSE  # what breaks structure
    displacement_atr: Decimal = Decimal("1.5")  # a body larger than this many ATRs is displacement
    atr_period: int = 14  # candles
    long_atr_period: int = 200  # candles; the measure of equal levels and of very volatile candles (LuxAlgo)
    volume_period: int = 20  # candles
    gap_threshold: GapThreshold = GapThreshold.NONE
    join_gaps: bool = False  # a gap that follows directly on one of its direction takes it in
    blocks: tuple[BlockOrigin, ...] = (BlockOrigin.STRUCTURE, BlockOrigin.DISPLACEMENT)
    block_candle: BlockCandle = BlockCandle.RAW
    blocks_break_by: BreakBy = BreakBy.CLOSE  # what turns a block into a breaker
    round_atr: Decimal = Decimal("0.1")  # a round number nearer than this to a block is evidence for it
    equal_wing: int = 3  # candles on each side of a swing that may make equal highs (lows)
    equal_atr: Decimal = Decimal("0.1")  # two swings nearer than this are equal highs (lows), in long ATRs
    inducement_wing: int = 2  # candles on each side of a pullback
    level_atr: Decimal = Decimal("0.25")  # swings nearer than this make one support or resistance, in ATRs
    active_zones: int = 40  # per timeframe and kind
    active_pools: int = 60  # per timeframe and side
    active_levels: int = 20  # per timeframe
    indicators: IndicatorsConfig = IndicatorsConfig()
    regime: RegimeConfig = RegimeConfig()

    def __post_init__(self) -> None:
        _refuse_not_finite(self)
        _refuse_below_one(self)
        if self.swing_wing <= self.internal_wing:
            raise ValueError(f"swing_wing must be more than internal_wing {self.internal_wing}, not {self.swing_wing}")
        for name in ("displacement_atr", "round_atr", "equal_atr", "level_atr"):
            if not 0 < getattr(self, name) <= 10:
                raise ValueError(f"{name} must be above 0 and at most 10 ATRs, not {getattr(self, name)}")
        if not self.blocks or len(set(self.blocks)) != len(self.blocks):
            raise ValueError("blocks must name structure, displacement, or both, each once")


# The parts of the score and which role each belongs to: H4 trend 40, H1 setup 35, M15 entry 25 points.
SCORE_PARTS = {
    ("trend", 40): ("trend", "trend_break", "trend_half", "trend_swing", "trend_average", "regime"),
    ("setup", 35): ("zone_held", "zone_stacked", "setup_trend", "ote", "inducement", "range_edge"),
    ("entry", 25): (
        "structure",
        "sweep",
        "entry_zone",
        "pattern",
        "key_level",
        "value",
        "stretched",
        "kill_zone",
    ),
}


class WeightsConfig(_Section, frozen=True):
    """Points of a strategy's score. Trend parts sum to 40, setup parts to 35, entry parts to 25."""

    trend: int = 22  # H4 internal structure points the way of the trade
    trend_break: int = 4  # and its last break was a BOS
    trend_half: int = 5  # the pullback reached the right half of the H4 dealing range
    trend_swing: int = 3  # H4 swing structure points the way of the trade
    trend_average: int = 3  # H4 closed beyond its slow average
    regime: int = 3  # H4 moves as the strategy likes it best
    zone_held: int = 18  # H1 zone tested and held; two thirds for being there, one by its strength
    zone_stacked: int = 2  # an H1 zone of another kind overlaps it
    setup_trend: int = 7  # H1 structure points the way of the trade
    ote: int = 4  # the pullback reached the optimal trade entry of the H1 leg
    inducement: int = 4  # H1 early stops were taken before
    range_edge: int = 0  # at the outer quarter of the H1 dealing range
    structure: int = 10  # M15 break the way of the trade: all for an MSS, 85 % for a CHoCH, 70 % for a BOS
    sweep: int = 6  # M15 liquidity swept before; two thirds for the sweep, one by how decidedly price turned
    entry_zone: int = 3  # the leg that broke structure left a gap
    pattern: int = 2  # M15 candles turn the way of the trade
    key_level: int = 1  # M15 support or resistance held
    value: int = 1  # M15 on the cheap side of the last day's value area, or of the VWAP
    stretched: int = 0  # M15 came back from outside the bands or from an extreme RSI
    kill_zone: int = 2  # within a kill zone

    def __post_init__(self) -> None:
        for (role, needed), names in SCORE_PARTS.items():
            points = [getattr(self, name) for name in names]
            if min(points) < 0:
                raise ValueError(f"points cannot be negative: {names[points.index(min(points))]} = {min(points)}")
            if sum(points) != needed:
                raise ValueError(
                    f"the {role} parts ({', '.join(names)}) must sum to {needed} points, not {sum(points)}"
                )


class StrategyConfig(_Section, frozen=True):
    """`regimes` are those of the setup timeframe in which it may propose. The trend timeframe in `best_regime` earns
    the regime's points.
    """

    is_on: bool = True  # at the first start; /strategy changes it
    regimes: tuple[Regime, ...] = tuple(Regime)
    best_regime: Regime = Regime.TRENDING
    min_score: int = 69  # of 100
    weights: WeightsConfig = WeightsConfig()

    def __post_init__(self) -> None:
        if not 0 <= self.min_score <= 100:
            raise ValueError(f"min_score must be 0 to 100 points, not {self.min_score}")
        if not self.regimes:
            raise ValueError("regimes must name at least one; to switch a strategy off, say is_on = false")


REVERSAL_WEIGHTS = WeightsConfig(
    trend=8, trend_break=0, trend_half=18, trend_swing=8, trend_average=0, regime=6,
    zone_held=16, zone_stacked=2, setup_trend=5, ote=4, inducement=4, range_edge=4,
    structure=8, sweep=8, entry_zone=2, pattern=2, key_level=2, value=1, stretched=1, kill_zone=1,
)  # fmt: skip

FADE_WEIGHTS = WeightsConfig(
    trend=6, trend_break=0, trend_half=18, trend_swing=8, trend_average=0, regime=8,
    zone_held=16, zone_stacked=2, setup_trend=4, ote=0, inducement=5, range_edge=8,
    structure=2, sweep=8, entry_zone=0, pattern=4, key_level=4, value=3, stretched=3, kill_zone=1,
)  # fmt: skip


class StrategiesConfig(_Section, frozen=True):
    """One table for each strategy; the order is the order of preference where scores are equal."""

    trend_continuation: StrategyConfig = StrategyConfig(regimes=(Regime.TRENDING, Regime.VOLATILE))
    sweep_reversal: StrategyConfig = StrategyConfig(
        regimes=(Regime.VOLATILE, Regime.RANGING, Regime.QUIET),
        best_regime=Regime.VOLATILE,
        min_score=70,
        weights=REVERSAL_WEIGHTS,
    )
    range_fade: StrategyConfig = StrategyConfig(
        regimes=(Regime.RANGING, Regime.QUIET), best_regime=Regime.RANGING, min_score=76, weights=FADE_WEIGHTS
    )

    def of(self, strategy: Strategy) -> StrategyConfig:
        found: StrategyConfig = getattr(self, strategy)
        return found


class ConfluenceConfig(_Section, frozen=True):
    lookback: int = 20  # entry candles within which the zone was tested and liquidity swept
    stop_buffer_atr: Decimal = Decimal("0.25")  # beyond the proof, in entry ATRs (the spread is added)
    min_stop_atr: Decimal = Decimal("1.0")  # a nearer stop is moved out to this distance, in entry ATRs
    max_stop_atr: Decimal = Decimal("6.0")  # a farther stop makes no setup
    first_target_r: Decimal = Decimal("1.0")  # TP1 at no less than this
    default_target_r: tuple[Decimal, Decimal] = (Decimal("1.5"), Decimal("2.5"))  # where no pool serves as target
    max_target_r: Decimal = Decimal("4.0")  # pools farther away are no targets
    kill_zones: tuple[KillZone, ...] = KILL_ZONES

    def __post_init__(self) -> None:
        _refuse_not_finite(self)
        if self.lookback < 1:
            raise ValueError(f"lookback must be 1 candle or more, not {self.lookback}")
        _refuse_negative(self, "stop_buffer_atr")
        if not 0 < self.min_stop_atr < self.max_stop_atr:
            raise ValueError(f"0 < min_stop_atr < max_stop_atr, not {self.min_stop_atr} and {self.max_stop_atr}")
        _refuse_not_positive(self, "first_target_r")
        first, second = self.default_target_r
        if not 0 < first < second:
            raise ValueError(f"default_target_r must be two numbers above 0 that grow, not {first} and {second}")
        if self.max_target_r < self.first_target_r:
            raise ValueError(
                f"max_target_r must be at least first_target_r {self.first_target_r}, not {self.max_target_r}"
            )


class EngineConfig(_Section, frozen=True):
    instruments: tuple[Instrument, ...]
    timeframes: TimeframesConfig = TimeframesConfig()
    detectors: DetectorsConfig = DetectorsConfig()
    confluence: ConfluenceConfig = ConfluenceConfig()
    strategies: StrategiesConfig = StrategiesConfig()
    gate: GateConfig = GateConfig()
    news: NewsConfig = NewsConfig()
    trades: TradesConfig = TradesConfig()
    account: AccountConfig = AccountConfig()
    limits: LimitsConfig = LimitsConfig()
    readiness: ReadinessConfig = ReadinessConfig()
    stall_after_s: int = 300  # seconds without a price while the market should be open

    def __post_init__(self) -> None:
        wing = max(self.detectors.swing_wing, self.detectors.equal_wing)
        if 2 * wing + 1 > self.timeframes.window:
            raise ValueError(f"a swing with a wing of {wing} does not fit into a window of {self.timeframes.window}")
        lookback, window = self.confluence.lookback, self.timeframes.window
        if lookback > window:
            raise ValueError(
                f"engine.confluence.lookback must be at most engine.timeframes.window {window}, not {lookback}"
            )
        for name in ("bollinger_period", "efficiency_period"):
            period = getattr(self.detectors.indicators, name)
            if period >= window:
                raise ValueError(
                    f"engine.detectors.indicators.{name} must be less than the window of {window} candles, not {period}"
                )
        if self.stall_after_s < 1:
            raise ValueError(f"engine.stall_after_s must be 1 second or more, not {self.stall_after_s}")
        for name in ("symbol", "short"):
            values = [getattr(instrument, name) for instrument in self.instruments]
            twice = {value for value in values if values.count(value) > 1}
            if twice:
                raise ValueError(f"instruments must have different {name}s; twice: {', '.join(sorted(twice))}")
