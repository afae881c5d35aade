"""The engine's numbers, each with its unit and meaning. Read from `config.toml`, frozen, handed down."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.types import Instrument, Mode, Timeframe


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of config sections."""


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


class DetectorsConfig(_Section, frozen=True):
    wing_entry: int = 2  # candles on each side of a swing that must be lower (higher)
    wing_setup: int = 3
    wing_trend: int = 3
    atr_period: int = 14  # candles
    volume_period: int = 20  # candles
    active_zones: int = 40  # per timeframe and kind
    active_pools: int = 60  # per timeframe and side
    equal_atr: Decimal = Decimal("0.1")  # two swings nearer than this are equal highs (lows), in ATRs
    equal_atr_period: int = 200  # candles of that ATR; both as LuxAlgo has them

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, int) and value < 1:
                raise ValueError(f"{name} must be 1 or more, not {value}")
        if not 0 < self.equal_atr <= 10:  # NaN cannot be compared and is refused by the reader
            raise ValueError(f"equal_atr must be above 0 and at most 10 ATRs, not {self.equal_atr}")


class WeightsConfig(_Section, frozen=True):
    """Points of the confluence score. Trend parts sum to 40, setup parts to 35, entry parts to 25."""

    trend: int = 28  # H4 trend points the way of the trade
    trend_break: int = 6  # and its last break was a BOS
    trend_half: int = 6  # entry in the right half of the H4 dealing range
    zone_held: int = 24  # H1 gap or block tested and held; two thirds for being there, one by its strength
    zone_stacked: int = 3  # an H1 zone of the other kind overlaps it
    setup_trend: int = 8  # H1 trend points the way of the trade
    structure: int = 12  # M15 break of structure the way of the trade, full for a CHoCH
    sweep: int = 7  # M15 liquidity swept before
    entry_zone: int = 4  # the leg that broke structure left a gap
    kill_zone: int = 2  # within a kill zone

    def __post_init__(self) -> None:
        sums = {
            "trend + trend_break + trend_half": (self.trend + self.trend_break + self.trend_half, 40),
            "zone_held + zone_stacked + setup_trend": (self.zone_held + self.zone_stacked + self.setup_trend, 35),
            "structure + sweep + entry_zone + kill_zone": (
                self.structure + self.sweep + self.entry_zone + self.kill_zone,
                25,
            ),
        }
        for parts, (found, needed) in sums.items():
            if found != needed:
                raise ValueError(f"{parts} must sum to {needed} points, not {found}")


class ConfluenceConfig(_Section, frozen=True):
    lookback: int = 20  # entry candles within which the zone was tested and liquidity swept
    stop_buffer_atr: Decimal = Decimal("0.25")  # beyond the extreme, in entry ATRs (the spread is added)
    min_stop_atr: Decimal = Decimal("1.0")  # a nearer stop is moved out to this distance, in entry ATRs
    max_stop_atr: Decimal = Decimal("6.0")  # a farther stop makes no setup
    first_target_r: Decimal = Decimal("1.0")  # TP1 at no less than this
    default_target_r: tuple[Decimal, Decimal] = (Decimal("1.5"), Decimal("2.5"))  # where no pool serves as target
    max_target_r: Decimal = Decimal("4.0")  # pools farther away are no targets
    weights: WeightsConfig = WeightsConfig()

    def __post_init__(self) -> None:
        if self.lookback < 1:
            raise ValueError(f"lookback must be 1 candle or more, not {self.lookback}")
        if not 0 < self.min_stop_atr < self.max_stop_atr:
            raise ValueError(f"0 < min_stop_atr < max_stop_atr, not {self.min_stop_atr} and {self.max_stop_atr}")


class GateConfig(_Section, frozen=True):
    min_score: int = 80  # of 100
    min_risk_reward: Decimal = Decimal("1.5")  # entry→TP2 over entry→SL, net of spread
    cooldown_min: int = 45  # minutes after a stop, same symbol and direction
    max_signals_a_day: int = 15  # all symbols, per trading day
    max_signals_a_day_per_symbol: int = 4
    max_spread_r: Decimal = Decimal("0.15")  # spread as a share of the first risk
    min_open_min: int = 60  # minutes the market must still be open

    def __post_init__(self) -> None:
        if not 0 <= self.min_score <= 100:
            raise ValueError(f"min_score must be 0 to 100 points, not {self.min_score}")


class TradesConfig(_Section, frozen=True):
    max_slip_r: Decimal = Decimal("0.25")  # a first price farther from the proposed entry cancels the signal
    mark_step_r: Decimal = Decimal("0.1")  # the running result is news when it moved by this
    entry_expiry_min: int = 30  # minutes without a price after which a signal expires
    shares: tuple[int, ...] = (50, 50)  # percent closed at TP1 and TP2

    def __post_init__(self) -> None:
        if len(self.shares) != 2 or sum(self.shares) != 100 or min(self.shares) < 1:
            raise ValueError(f"shares must be two percentages that sum to 100, not {list(self.shares)}")


class AccountConfig(_Section, frozen=True):
    """The reference account in which money is told."""

    currency: str = "USD"
    equal_currencies: tuple[str, ...] = ("USDT", "USDC")  # counted as the account currency, one to one
    balance: Decimal = Decimal(10_000)
    risk_percent: Decimal = Decimal("1.0")  # of the balance, per trade
    min_risk_percent: Decimal = Decimal("0.1")  # bounds of /risk
    max_risk_percent: Decimal = Decimal("2.0")
    mode: Mode = Mode.PAPER

    def __post_init__(self) -> None:
        if self.balance <= 0:
            raise ValueError(f"balance must be positive, not {self.balance}")
        if not self.min_risk_percent <= self.risk_percent <= self.max_risk_percent:
            raise ValueError(
                f"risk_percent {self.risk_percent} is not between {self.min_risk_percent} and {self.max_risk_percent}"
            )


class EngineConfig(_Section, frozen=True):
    instruments: tuple[Instrument, ...]
    timeframes: TimeframesConfig = TimeframesConfig()
    detectors: DetectorsConfig = DetectorsConfig()
    confluence: ConfluenceConfig = ConfluenceConfig()
    gate: GateConfig = GateConfig()
    trades: TradesConfig = TradesConfig()
    account: AccountConfig = AccountConfig()
    stall_after_s: int = 300  # seconds without a price while the market should be open

    def __post_init__(self) -> None:
        detectors = self.detectors
        wing = max(detectors.wing_entry, detectors.wing_setup, detectors.wing_trend)
        if 2 * wing + 1 > self.timeframes.window:
            raise ValueError(f"a swing with a wing of {wing} does not fit into a window of {self.timeframes.window}")
        for name in ("symbol", "short"):
            values = [getattr(instrument, name) for instrument in self.instruments]
            twice = {value for value in values if values.count(value) > 1}
            if twice:
                raise ValueError(f"instruments must have different {name}s; twice: {', '.join(sorted(twice))}")
