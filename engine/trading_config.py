"""The numbers of trading: the gate, news, the life of a trade, the account and its limits."""

from __future__ import annotations

import enum
from decimal import Decimal

from engine.hours import parse_day_start
from engine.section import Section, refuse_below_one, refuse_negative, refuse_not_finite, refuse_not_positive
from engine.types import Impact, Instrument, Mode, Order


class RiskGroup(Section, frozen=True):
    """What moves together: symbols, or currencies on either side of a symbol. At most so much risk is open in it."""

    name: str
    members: tuple[str, ...]
    max_risk_percent: Decimal  # of the account, entry to stop, all its open trades together

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        if not self.name or not self.members:
            raise ValueError("a group needs a name and members")
        refuse_not_positive(self, "max_risk_percent")

    def holds(self, instrument: Instrument) -> bool:
        return any(each in self.members for each in (instrument.symbol, instrument.base, instrument.quote))


class GateConfig(Section, frozen=True):
    min_confidence: Decimal = Decimal(75)  # percent, of rules and model together; asked only while a model is on
    min_risk_reward: Decimal = Decimal("1.5")  # entry→last target over entry→SL, net of spread
    cooldown_min: int = 45  # minutes after a stop, same symbol and direction
    max_signals_a_day: int = 15  # all symbols, per trading day
    max_signals_a_day_per_symbol: int = 2
    max_open_trades: int = 5  # all symbols, pending ones too
    max_open_trades_per_symbol: int = 1  # all the same way
    max_open_risk_percent: Decimal = Decimal(5)  # of the account, all open trades together
    groups: tuple[RiskGroup, ...] = ()
    max_spread_r: Decimal = Decimal("0.05")  # spread as a share of the first risk
    max_spread_times: Decimal = Decimal(3)  # of the symbol's own typical spread
    min_open_min: int = 60  # minutes the market must still be open
    rollover_min: int = 30  # minutes around 17:00 New York, where the market closes at weekends

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        refuse_below_one(self, but=("cooldown_min", "min_open_min", "rollover_min"))
        refuse_negative(self, "min_risk_reward", "cooldown_min", "min_open_min", "rollover_min")
        refuse_not_positive(self, "max_spread_r", "max_open_risk_percent")
        if not 0 <= self.min_confidence <= 100:
            raise ValueError(f"min_confidence must be 0 to 100, not {self.min_confidence}")
        if self.max_spread_times < 1:
            raise ValueError(f"max_spread_times must be 1 or more, not {self.max_spread_times}")
        names = [group.name for group in self.groups]
        if len(set(names)) != len(names):
            raise ValueError(f"groups must have different names, not {', '.join(names)}")


class NewsConfig(Section, frozen=True):
    """Announcements of either currency of a symbol."""

    impact: Impact = Impact.HIGH  # from this one on
    before_min: int = 30  # minutes before it without new signals; 0 with after_min 0: news is ignored
    after_min: int = 30
    flat_min: int = 0  # minutes before it at which open trades are closed, at most before_min; 0: they stay

    def __post_init__(self) -> None:
        refuse_negative(self, "before_min", "after_min", "flat_min")
        if self.flat_min > self.before_min:  # a signal in between would be closed as soon as it is open
            raise ValueError(f"flat_min must be 0 to before_min, which is {self.before_min}, not {self.flat_min}")


class AfterFirst(enum.StrEnum):
    """Where the stop goes when the first target is reached."""

    BREAKEVEN = "breakeven"
    KEPT = "kept"


class Trailing(enum.StrEnum):
    """What the stop follows once the first target is reached; from the opening on where there is but one target."""

    NONE = "none"
    ATR = "atr"  # so many ATRs behind the best price (LeBeau's chandelier exit)
    STRUCTURE = "structure"  # behind each newly confirmed swing


class Cost(enum.StrEnum):
    """What leaving at breakeven shall pay for."""

    SPREAD = "spread"
    COMMISSION = "commission"


class TradesConfig(Section, frozen=True):
    entry: Order = Order.MARKET
    limit_expiry_min: int = 240  # minutes a limit order waits for its price
    max_slip_r: Decimal = Decimal("0.25")  # a first price farther from the proposed entry cancels the signal
    mark_step_r: Decimal = Decimal("0.1")  # the running result is news when it moved by this
    entry_expiry_min: int = 30  # minutes without a price after which a signal expires
    shares: tuple[int, ...] = (50, 50)  # percent closed at each target
    after_first: AfterFirst = AfterFirst.BREAKEVEN
    breakeven_covers: tuple[Cost, ...] = ()
    trailing: Trailing = Trailing.NONE
    trail_atr: Decimal = Decimal(3)  # ATRs behind the best price
    trail_buffer_atr: Decimal = Decimal("0.25")  # beyond the swing, in ATRs (a SELL's spread is added)
    max_hours: int = 0  # in the trade; 0: as long as it takes
    flat_before_weekend_min: int = 0  # minutes before the weekly close; 0: trades are held over the weekend

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        refuse_below_one(self, but=("max_hours", "flat_before_weekend_min"))
        refuse_negative(self, "max_slip_r", "max_hours", "flat_before_weekend_min", "trail_buffer_atr")
        refuse_not_positive(self, "mark_step_r", "trail_atr")
        if not self.shares or sum(self.shares) != 100 or min(self.shares) < 1:
            raise ValueError(f"shares must be percentages that sum to 100, not {list(self.shares)}")
        if len(set(self.breakeven_covers)) != len(self.breakeven_covers):
            raise ValueError("breakeven_covers must name spread, commission, or both, each once")


class Capital(enum.StrEnum):
    """Of what risk is a percentage."""

    START = "start"  # what was paid in
    BALANCE = "balance"
    EQUITY = "equity"


MOST_DIGITS = 18  # of any currency's smallest unit


class AccountConfig(Section, frozen=True):
    """The reference account in which money is told."""

    currency: str = "USD"
    equal_currencies: tuple[str, ...] = ("USDT", "USDC")  # counted as the account currency, one to one
    digits: int = 2  # of its smallest unit: 2 for cents
    balance: Decimal = Decimal(10_000)  # paid in at the beginning
    risk_of: Capital = Capital.BALANCE
    risk_percent: Decimal = Decimal("1.0")  # of that, per trade
    min_risk_percent: Decimal = Decimal("0.1")  # bounds of /risk
    max_risk_percent: Decimal = Decimal("2.0")
    scale_by_volatility: bool = False  # less risk where the ATR ranks above its median
    max_notional: Decimal = Decimal(0)  # account currency a trade may move; 0: no limit
    max_margin_percent: Decimal = Decimal(100)  # of equity, all open trades together
    mode: Mode = Mode.PAPER
    allows_live: bool = False

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        if self.balance <= 0:
            raise ValueError(f"balance must be positive, not {self.balance}")
        refuse_negative(self, "digits", "max_notional")
        if self.digits > MOST_DIGITS:
            raise ValueError(f"digits must be 0 to {MOST_DIGITS}, not {self.digits}")
        refuse_not_positive(self, "min_risk_percent", "max_risk_percent", "max_margin_percent")
        if not Decimal("0.01") <= self.min_risk_percent <= self.max_risk_percent <= 5:
            raise ValueError(
                f"0.01 ≤ min_risk_percent ≤ max_risk_percent ≤ 5, not {self.min_risk_percent} and "
                f"{self.max_risk_percent}"
            )
        if not self.min_risk_percent <= self.risk_percent <= self.max_risk_percent:
            raise ValueError(
                f"risk_percent {self.risk_percent} is not between {self.min_risk_percent} and {self.max_risk_percent}"
            )
        if self.mode is Mode.LIVE and not self.allows_live:
            raise ValueError("mode is live, which needs allows_live = true")


class Basis(enum.StrEnum):
    """What the account was worth when the day or the week began."""

    BALANCE = "balance"
    EQUITY = "equity"
    HIGHER = "higher"  # of the two


class PercentOf(enum.StrEnum):
    """Of what the limits on loss are percentages."""

    START = "start"  # what was paid in
    BASIS = "basis"  # what the day, the week or the drawdown is counted from


class DrawdownFrom(enum.StrEnum):
    """What the drawdown is counted from. Re-arming the breaker begins anew from the equity of that moment."""

    START = "start"  # what was paid in
    BALANCE = "balance"  # the highest balance
    DAY_END = "day_end"  # the highest balance at the end of a day


class LimitsConfig(Section, frozen=True):
    """Limits on loss, tested on equity. They hold in paper and live mode. 0 switches one off."""

    daily_loss_percent: Decimal = Decimal(5)
    daily_loss_money: Decimal = Decimal(0)  # account currency; the smaller of the two counts
    weekly_loss_percent: Decimal = Decimal(10)
    weekly_loss_money: Decimal = Decimal(0)
    basis: Basis = Basis.BALANCE
    percent_of: PercentOf = PercentOf.START
    reset_at: str = "17:00 America/New_York"  # where a day of this account begins
    max_drawdown_percent: Decimal = Decimal(10)
    drawdown_from: DrawdownFrom = DrawdownFrom.BALANCE
    max_losses: int = 5  # in a row, then a pause
    losses_pause_min: int = 240

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        refuse_negative(self, *(n for n in self.__struct_fields__ if type(getattr(self, n)) in (int, Decimal)))
        for name in ("daily_loss_percent", "weekly_loss_percent", "max_drawdown_percent"):
            if getattr(self, name) >= 100:
                raise ValueError(f"{name} must be below 100, not {getattr(self, name)}")
        try:
            parse_day_start(self.reset_at)
        except ValueError as error:
            raise ValueError(f"reset_at: {error}") from None


class ReadinessConfig(Section, frozen=True):
    """What paper trading must have shown before money is at stake."""

    min_days: int = 30
    min_sharpe: Decimal = Decimal("1.5")  # of daily returns, a year of them
    max_drawdown_percent: Decimal = Decimal(10)
    min_win_percent: Decimal = Decimal(55)

    def __post_init__(self) -> None:
        refuse_not_finite(self)
        refuse_below_one(self)
