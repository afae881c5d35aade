"""Limits on loss, as prop firms define them: counted from the day's or week's beginning or from a high, tested on
equity. What was lost stays lost until its period is over; the breaker stays tripped until somebody re-arms it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.account import rounded
from engine.events import BreakerTripped, Event, LimitHit
from engine.hours import trading_day, trading_week
from engine.trading_config import Basis, DrawdownFrom, LimitsConfig, PercentOf
from engine.types import MINUTE_MS, Account, Trade

Refusal = tuple[str, tuple[str, str]]  # code, (found, needed)


def turned_day(account: Account, equity: Decimal, now_ms: int, config: LimitsConfig) -> Account:
    """The account in the day a moment lies in. The same one when that day has not ended.

    Equity is what is known at the first look after the reset; the balance is exactly that of the reset, since nothing
    is booked before this was asked.
    """
    if now_ms < account.day_end_ms:
        return account
    basis = {Basis.BALANCE: account.balance, Basis.EQUITY: equity, Basis.HIGHER: max(account.balance, equity)}
    changes: dict[str, object] = {
        "day_end_ms": trading_day(now_ms, config.reset_at)[1],
        "day_basis": basis[config.basis],
        "is_day_lost": False,
    }
    if now_ms >= account.week_end_ms:
        changes |= {
            "week_end_ms": trading_week(now_ms, config.reset_at)[1],
            "week_basis": basis[config.basis],
            "is_week_lost": False,
        }
    if config.drawdown_from is DrawdownFrom.DAY_END:
        changes["high"] = max(account.high, account.balance)
    return msgspec.structs.replace(account, **changes)


def after_trade(account: Account, trade: Trade) -> Account:
    """A trade is over: the high, and losers in a row. An even trade neither ends a row nor lengthens it."""
    if trade.total_steps > 0:
        return msgspec.structs.replace(account, losses=0)
    if trade.total_steps < 0:
        return msgspec.structs.replace(account, losses=account.losses + 1, last_loss_ms=trade.closed_ms)
    return account


def with_high(account: Account, config: LimitsConfig) -> Account:
    """Money was booked: the balance may be higher than ever."""
    if config.drawdown_from is not DrawdownFrom.BALANCE or account.balance <= account.high:
        return account
    return msgspec.structs.replace(account, high=account.balance)


def watched(account: Account, equity: Decimal, now_ms: int, config: LimitsConfig) -> tuple[Account, list[Event]]:
    """The account after a look at its equity, and what is to be said of it: each limit once, when it is reached."""
    events: list[Event] = []
    changes: dict[str, bool] = {}
    for name, code, is_lost, basis, most in _loss_limits(account, config):
        loss = basis - equity
        if most and not is_lost and loss >= most:
            changes[name] = True
            events.append(LimitHit(now_ms, code, _money(loss, account), _money(most, account)))
    fall = most_fall(account, config)
    if fall and not account.is_tripped and account.high - equity >= fall:
        changes["is_tripped"] = True
        events.append(BreakerTripped(now_ms, equity, account.high - fall))
    return (msgspec.structs.replace(account, **changes) if changes else account), events


def floor(account: Account, config: LimitsConfig) -> Decimal:
    """Down to this equity, itself not included, `watched` has nothing to say. Below zero where there is no limit."""
    floors = [basis - most for _, _, is_lost, basis, most in _loss_limits(account, config) if most and not is_lost]
    fall = most_fall(account, config)
    if fall and not account.is_tripped:
        floors.append(account.high - fall)
    return max(floors, default=Decimal("-Infinity"))


def losing_streak(account: Account, now_ms: int, config: LimitsConfig) -> list[Event]:
    """The trade just booked was one loser too many."""
    if account.last_loss_ms != now_ms or not _is_streak(account, config):
        return []
    return [LimitHit(now_ms, "losing_streak", str(account.losses), str(config.losses_pause_min))]


def locks(account: Account, equity: Decimal, now_ms: int, config: LimitsConfig) -> tuple[Refusal, ...]:
    """What forbids new signals now."""
    found: list[Refusal] = []
    if account.is_tripped:
        found.append(
            ("drawdown", (_money(account.high - equity, account), _money(most_fall(account, config), account)))
        )
    for _, code, is_lost, basis, most in _loss_limits(account, config):
        if is_lost:
            found.append((code, (_money(basis - equity, account), _money(most, account))))
    if _is_streak(account, config) and account.last_loss_ms is not None:
        minutes = (now_ms - account.last_loss_ms) // MINUTE_MS
        if minutes < config.losses_pause_min:
            found.append(("losing_streak", (str(minutes), str(config.losses_pause_min))))
    return tuple(found)


def is_held_back(account: Account, config: LimitsConfig) -> bool:
    """Whether `locks` may have something to say."""
    return account.is_tripped or account.is_day_lost or account.is_week_lost or _is_streak(account, config)


def rearmed(account: Account, equity: Decimal) -> Account:
    """The breaker lets go, and the drawdown is counted from here."""
    return msgspec.structs.replace(account, is_tripped=False, high=equity)


def most_fall(account: Account, config: LimitsConfig) -> Decimal:
    """How far equity may be under the high; 0 where there is no breaker."""
    return _of(config.max_drawdown_percent, account, account.high, config)


def _loss_limits(account: Account, config: LimitsConfig) -> tuple[tuple[str, str, bool, Decimal, Decimal], ...]:
    """Field of its state, code, whether it is lost, what it counts from, and how much may be lost (0: no limit)."""
    day = _least(_of(config.daily_loss_percent, account, account.day_basis, config), config.daily_loss_money)
    week = _least(_of(config.weekly_loss_percent, account, account.week_basis, config), config.weekly_loss_money)
    return (
        ("is_day_lost", "daily_loss", account.is_day_lost, account.day_basis, day),
        ("is_week_lost", "weekly_loss", account.is_week_lost, account.week_basis, week),
    )


def _of(percent: Decimal, account: Account, reference: Decimal, config: LimitsConfig) -> Decimal:
    return percent * (account.paid_in if config.percent_of is PercentOf.START else reference) / 100


def _least(*limits: Decimal) -> Decimal:
    """The smallest of those there are."""
    return min((limit for limit in limits if limit), default=Decimal(0))


def _is_streak(account: Account, config: LimitsConfig) -> bool:
    return 0 < config.max_losses <= account.losses


def _money(amount: Decimal, account: Account) -> str:
    return f"{rounded(amount, 2):f} {account.currency}"
