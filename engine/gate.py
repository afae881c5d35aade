"""Does a setup become a signal? Every refusal has a code and the numbers behind it."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal

import msgspec

from engine.config import GateConfig
from engine.hours import from_rollover, is_open, stays_open, weekly_close
from engine.limits import Refusal
from engine.multiples import beyond
from engine.risk import Bound
from engine.types import MINUTE_MS, Direction, Instrument, MarketHours, Setup

_TENTH = Decimal("0.1")
_HUNDREDTH = Decimal("0.01")


class GroupRisk(msgspec.Struct, frozen=True):
    """What is at risk in a group with this trade, in percent of the account, and what may be."""

    name: str
    percent: Decimal
    most_percent: Decimal


class Announcement(msgspec.Struct, frozen=True):
    """News that forbids a signal: what it is, and the minutes to it; below 0 it is past."""

    title: str
    minutes: int


class Standing(msgspec.Struct, frozen=True):
    """What the gate must know besides the setup itself. Counts are of the trading day so far; risks are in percent of
    the account and include this trade.
    """

    is_paused: bool
    min_score: int  # of the setup's strategy
    lot_steps: int  # what the account could take; 0 when even the smallest lot is too much
    open_directions: tuple[Direction, ...]  # of the symbol's pending and open trades
    last_stop_ms: int | None  # same symbol and direction
    signals_today: int
    signals_today_symbol: int
    confidence: Decimal | None = None  # percent, of rules and model together; None: no model is on
    bound: Bound = Bound.RISK  # what the lots were bound by
    has_rate: bool = True  # money of this symbol can be told in the account's currency
    open_trades: int = 0  # all symbols, pending ones too
    open_risk_percent: Decimal = Decimal(0)
    group_risks: tuple[GroupRisk, ...] = ()
    typical_spread: int | None = None  # ticks; None: not known yet
    quote_age_s: int = 0
    max_quote_age_s: int = 300
    flat_before_weekend_min: int = 0  # minutes before the weekly close at which trades are closed; 0: they are held
    announcement: Announcement | None = None
    locks: tuple[Refusal, ...] = ()  # limits on loss that are reached


def refusals(setup: Setup, instrument: Instrument, config: GateConfig, standing: Standing) -> list[Refusal]:
    """Everything that speaks against publishing this setup, most telling first. Empty: it passes."""
    found: list[Refusal] = []
    if standing.is_paused:
        found.append(("paused", ("paused", "running")))
    found += standing.locks
    found += _of_setup(setup, config, standing)
    found += _of_size(instrument, config, standing)
    found += _of_trades(setup, config, standing)
    found += _of_moment(setup, instrument, config, standing)
    return found


def _of_setup(setup: Setup, config: GateConfig, standing: Standing) -> list[Refusal]:
    found: list[Refusal] = []
    if setup.score < standing.min_score:
        found.append(("score", (str(setup.score), str(standing.min_score))))
    confidence = standing.confidence
    if confidence is not None and confidence < config.min_confidence:
        found.append(("confidence", (str(confidence.quantize(_TENTH, ROUND_DOWN)), str(config.min_confidence))))
    risk, reward = abs(setup.entry - setup.stop), abs(setup.targets[-1] - setup.entry)
    if beyond(reward, config.min_risk_reward, risk) < 0:
        found.append(("risk_reward", (_ratio(reward, risk, _TENTH, ROUND_DOWN), str(config.min_risk_reward))))
    if beyond(setup.spread, config.max_spread_r, risk) > 0:
        found.append(("spread", (_ratio(setup.spread, risk, _HUNDREDTH, ROUND_UP), str(config.max_spread_r))))
    if standing.typical_spread is not None:
        usual = max(standing.typical_spread, 1)
        if beyond(setup.spread, config.max_spread_times, usual) > 0:
            times = _ratio(setup.spread, usual, _TENTH, ROUND_UP)
            found.append(("abnormal_spread", (times, str(config.max_spread_times))))
    return found


def _of_size(instrument: Instrument, config: GateConfig, standing: Standing) -> list[Refusal]:
    if not standing.has_rate:
        return [("no_rate", (instrument.quote, "a quote"))]
    if standing.lot_steps == 0:
        code = standing.bound.value if standing.bound in (Bound.NOTIONAL, Bound.MARGIN) else "lots"
        return [(code, ("0", str(instrument.lot_min)))]
    found: list[Refusal] = []
    if standing.open_risk_percent > config.max_open_risk_percent:
        found.append(("open_risk", (_percent(standing.open_risk_percent), str(config.max_open_risk_percent))))
    for group in standing.group_risks:
        if group.percent > group.most_percent:
            found.append(("group_risk", (f"{group.name} {_percent(group.percent)}", str(group.most_percent))))
    return found


def _of_trades(setup: Setup, config: GateConfig, standing: Standing) -> list[Refusal]:
    found: list[Refusal] = []
    same = standing.open_directions.count(setup.direction)
    if same >= config.max_open_trades_per_symbol:
        found.append(("open_trade", (str(same), str(config.max_open_trades_per_symbol - 1))))
    if setup.direction.opposite in standing.open_directions:
        found.append(("opposite_trade", ("1", "0")))
    if standing.last_stop_ms is not None:
        minutes = (setup.known_ms - standing.last_stop_ms) // MINUTE_MS
        if minutes < config.cooldown_min:
            found.append(("cooldown", (str(minutes), str(config.cooldown_min))))
    for code, count, most in (
        ("open_trades", standing.open_trades, config.max_open_trades),
        ("day_limit_symbol", standing.signals_today_symbol, config.max_signals_a_day_per_symbol),
        ("day_limit", standing.signals_today, config.max_signals_a_day),
    ):
        if count >= most:
            found.append((code, (str(count), str(most))))
    return found


def _of_moment(setup: Setup, instrument: Instrument, config: GateConfig, standing: Standing) -> list[Refusal]:
    now_ms, found = setup.known_ms, list[Refusal]()
    if standing.quote_age_s > standing.max_quote_age_s:
        found.append(("stale", (str(standing.quote_age_s), str(standing.max_quote_age_s))))
    if not stays_open(now_ms, now_ms + config.min_open_min * MINUTE_MS, instrument.hours):
        closing = ("closing", (str(config.min_open_min), "market closes"))
        found.append(closing if is_open(now_ms, instrument.hours) else ("closed", ("closed", "open")))
    elif _is_out_by_now(now_ms, instrument, standing.flat_before_weekend_min):
        found.append(("closing", (str(standing.flat_before_weekend_min), "market closes")))
    if instrument.hours is not MarketHours.ALWAYS:
        away_min = from_rollover(now_ms) // MINUTE_MS
        if away_min < config.rollover_min:
            found.append(("rollover", (str(away_min), str(config.rollover_min))))
    if standing.announcement is not None:
        found.append(("news", (standing.announcement.title, str(standing.announcement.minutes))))
    return found


def _is_out_by_now(now_ms: int, instrument: Instrument, flat_min: int) -> bool:
    """Whether trades are closed for the weekend by now: one that is issued would be cancelled at once."""
    close_ms = weekly_close(now_ms, instrument.hours) if flat_min else None
    return close_ms is not None and close_ms - now_ms <= flat_min * MINUTE_MS


def _ratio(part: int, whole: int, places: Decimal, rounding: str) -> str:
    """Rounded away from the limit it missed, so that nobody reads "1.5, needed 1.5"."""
    return str((Decimal(part) / whole).quantize(places, rounding))


def _percent(percent: Decimal) -> str:
    return str(percent.quantize(_HUNDREDTH, ROUND_UP))
