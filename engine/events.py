"""What may come in (`Input`) and what may go out (`Event`). One definition is journaled, stored and served.

Every event carries `time_ms`: the engine's time when it was said, which is the time it became known.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

import msgspec

from engine.soundness import check_tick
from engine.types import (
    Account,
    Candle,
    Entry,
    Impact,
    Inducement,
    KeyLevel,
    LiquidityPool,
    Mode,
    PoolEnd,
    Price,
    Regime,
    Setup,
    Signal,
    Strategy,
    StructureBreak,
    Sweep,
    Swing,
    Timeframe,
    Trade,
    Zone,
    ZoneStatus,
)


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True, omit_defaults=True, gc=False):
    """Base of inputs."""


class Tick(_Input, frozen=True):
    """One quote. `last` and `volume` belong to a trade and are None where the source has none."""

    symbol: str
    time_ms: int
    bid: Price
    ask: Price
    last: Price | None = None
    volume: float | None = None

    __post_init__ = check_tick  # type: ignore[misc]  # a `def` would cost as much as the check


class CandleInput(_Input, frozen=True, tag="Candle"):
    """A recorded candle of the live stream: time passes to its open, its range acts, time passes to its close."""

    candle: Candle

    @property
    def symbol(self) -> str:
        return self.candle.symbol

    @property
    def time_ms(self) -> int:
        return self.candle.open_ms


class History(_Input, frozen=True):
    """A candle of the past: warms detectors and moves open trades, never proposes a setup."""

    candle: Candle

    @property
    def symbol(self) -> str:
        return self.candle.symbol

    @property
    def time_ms(self) -> int:
        return self.candle.open_ms


class Heartbeat(_Input, frozen=True):
    """This feed is complete up to `time_ms`, in the venue's clock. Moves time for that feed's symbols only."""

    feed: str
    time_ms: int


EVERY_CURRENCY = "All"  # of an announcement that concerns all of them


class NewsItem(_Input, frozen=True):
    """An announcement that is to come: `time_ms` is when it is due, not when it was heard. It takes the stream's
    current time. Saying it again is harmless. `currency` may be EVERY_CURRENCY.
    """

    time_ms: int
    currency: str
    impact: Impact
    title: str


class Pause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """No new signals, for one symbol or (None) for all. Open trades go on."""

    symbol: str | None = None
    until_ms: int | None = None


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    symbol: str | None = None


class SetRisk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Risk per trade in percent of the account, from the next signal on."""

    percent: Decimal


class SetMode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    mode: Mode


class SetStrategy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Let a strategy propose, or not. Trades it has open go on."""

    strategy: Strategy
    is_on: bool


class SetSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Another value for one of `engine.settings.SETTINGS`; None for the one the configuration has."""

    name: str
    value: str | None


class CloseTrade(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Leave at the last price; a pending trade is cancelled."""

    trade_id: str


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Cancel a signal that waits for its first price. One that has opened meanwhile goes on."""

    trade_id: str


class MoveStop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Another stop for an open trade, behind the price and never farther away than the first."""

    trade_id: str
    stop: Price


class Rearm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Let a tripped breaker go. The drawdown is counted anew from the equity of this moment."""


Action: TypeAlias = (
    Pause | Resume | SetRisk | SetMode | SetStrategy | SetSetting | CloseTrade | Withdraw | MoveStop | Rearm
)


class Command(_Input, frozen=True):
    """An admin's wish. It takes the stream's current time, so a replay repeats it where it happened.

    `actor` is the admin's numeric Telegram id.
    """

    actor: int
    action: Action


Input: TypeAlias = Tick | CandleInput | History | Heartbeat | NewsItem | Command


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True, omit_defaults=True, gc=False):
    """Base of events."""

    time_ms: int


class CandleClosed(_Event, frozen=True):
    candle: Candle
    is_history: bool = False


class TimeframeReady(_Event, frozen=True):
    """Enough history for swings, zones and levels; before this the timeframe proposes nothing."""

    symbol: str
    timeframe: Timeframe


class SwingConfirmed(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    swing: Swing


class StructureBroken(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    broken: StructureBreak


class ZoneFormed(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    zone: Zone


class ZoneChanged(_Event, frozen=True):
    """Price went further into a zone than ever before."""

    symbol: str
    timeframe: Timeframe
    zone_id: int
    status: ZoneStatus


class ZoneTouched(_Event, frozen=True):
    """Price came back to a base once more; each visit leaves it weaker."""

    symbol: str
    timeframe: Timeframe
    zone_id: int
    touches: int
    strength: int


class ZoneEvicted(_Event, frozen=True):
    """A zone is no longer watched: the active set is full and it was the oldest, or `joined` names the newer gap that
    holds it.
    """

    symbol: str
    timeframe: Timeframe
    zone_id: int
    joined: int | None = None


class PoolFormed(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    pool: LiquidityPool


class LiquiditySwept(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    sweep: Sweep


class PoolEnded(_Event, frozen=True):
    """A pool is no longer watched, and not because it was swept. Round numbers come and go without a word."""

    symbol: str
    timeframe: Timeframe
    pool: LiquidityPool
    why: PoolEnd


class InducementFormed(_Event, frozen=True):
    symbol: str
    timeframe: Timeframe
    inducement: Inducement


class InducementEnded(_Event, frozen=True):
    """It was taken or cancelled; `inducement.ended_ms` is now."""

    symbol: str
    timeframe: Timeframe
    inducement: Inducement


class LevelTouched(_Event, frozen=True):
    """A second or later swing turned at a support or resistance."""

    symbol: str
    timeframe: Timeframe
    level: KeyLevel


class RegimeChanged(_Event, frozen=True):
    """The market moves otherwise than before. `before` is None for the first reading."""

    symbol: str
    timeframe: Timeframe
    before: Regime | None
    after: Regime


class SetupRejected(_Event, frozen=True):
    """A setup that the gate refused. `refusals` are codes such as `score`, `risk_reward`, `paused`, `cooldown`;
    `limits` gives for each the numbers behind it, (found, needed), already in the reader's unit.
    """

    setup: Setup
    refusals: tuple[str, ...]
    limits: tuple[tuple[str, str], ...] = ()


class SignalIssued(_Event, frozen=True):
    trade: Trade  # still pending

    @property
    def signal(self) -> Signal:
        return self.trade.signal


class TradeOpened(_Event, frozen=True):
    trade: Trade


class TargetHit(_Event, frozen=True):
    """`target` counts from 1. `closed_steps` is 0 when the lot step does not allow a split."""

    trade: Trade
    target: int
    closed_steps: int


class StopMoved(_Event, frozen=True):
    """`actor` is the admin who moved it; None when a target did."""

    trade: Trade
    before: Price
    actor: int | None = None


class TradeMarked(_Event, frozen=True):
    """The running result has moved by the configured step."""

    trade: Trade


class TradeClosed(_Event, frozen=True):
    """The end, with `trade.reason`. Cancelled and expired trades never opened and have no result."""

    trade: Trade


class AccountChanged(_Event, frozen=True):
    """Money was booked (`entries`), or a day began. `account` is what it is now."""

    account: Account
    entries: tuple[Entry, ...] = ()


class EquityMarked(_Event, frozen=True):
    """What the account is worth with its open trades, each time a result moved by the configured step or was booked."""

    balance: Decimal
    equity: Decimal


class LimitHit(_Event, frozen=True):
    """A limit on loss is reached; no new signals while it holds. `code` is that of the refusals to come, `found` and
    `needed` its numbers in the reader's unit.
    """

    code: str
    found: str
    needed: str


class BreakerTripped(_Event, frozen=True):
    """The drawdown is too deep. No new signals until an owner re-arms it, whatever restarts come between."""

    equity: Decimal
    floor: Decimal


class BreakerRearmed(_Event, frozen=True):
    actor: int
    equity: Decimal  # what the drawdown is counted from now


class FeedStalled(_Event, frozen=True):
    """No price for longer than allowed while the market should be open."""

    symbol: str
    last_ms: int
    last_price: Price


class FeedRecovered(_Event, frozen=True):
    symbol: str
    silent_ms: int


class SettingChanged(_Event, frozen=True):
    """A command took effect. `name` is `risk`, `mode`, `pause`, `strategies` or one of `engine.settings.SETTINGS`;
    values are in the reader's form. `is_default`: it is again what the configuration says.
    """

    actor: int
    name: str
    before: str
    after: str
    is_default: bool = False


class CommandRefused(_Event, frozen=True):
    """`detail` is a second code for `bad_stop` (see `engine.trades.StopRefusal`) and a sentence for `bad_setting`."""

    actor: int
    # A code: `no_such_trade`, `not_pending`, `bad_stop`, `out_of_bounds`, `unknown_symbol`, `bad_setting`,
    # `live_not_allowed`, `not_tripped`
    why: str
    detail: str = ""


Event: TypeAlias = (
    CandleClosed
    | TimeframeReady
    | SwingConfirmed
    | StructureBroken
    | ZoneFormed
    | ZoneChanged
    | ZoneTouched
    | ZoneEvicted
    | PoolFormed
    | LiquiditySwept
    | PoolEnded
    | InducementFormed
    | InducementEnded
    | LevelTouched
    | RegimeChanged
    | SetupRejected
    | SignalIssued
    | TradeOpened
    | TargetHit
    | StopMoved
    | TradeMarked
    | TradeClosed
    | AccountChanged
    | EquityMarked
    | LimitHit
    | BreakerTripped
    | BreakerRearmed
    | FeedStalled
    | FeedRecovered
    | SettingChanged
    | CommandRefused
)
