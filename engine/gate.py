"""Does a setup become a signal? Every refusal has a code and the numbers behind it."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal

import msgspec

from engine.config import GateConfig
from engine.hours import stays_open
from engine.types import MINUTE_MS, Direction, Instrument, Setup

Refusal = tuple[str, tuple[str, str]]  # code, (found, needed)


class Standing(msgspec.Struct, frozen=True):
    """What the gate must know besides the setup itself. Counts are of the trading day so far."""

    is_paused: bool
    min_score: int  # of the setup's strategy
    lot_steps: int  # what the account could take; 0 when even the smallest lot risks too much
    open_directions: tuple[Direction, ...]  # of the symbol's pending and open trades
    last_stop_ms: int | None  # same symbol and direction
    signals_today: int
    signals_today_symbol: int


def refusals(setup: Setup, instrument: Instrument, config: GateConfig, standing: Standing) -> list[Refusal]:
    """Everything that speaks against publishing this setup, most telling first. Empty: it passes."""
    found: list[Refusal] = []
    if standing.is_paused:
        found.append(("paused", ("paused", "running")))
    if setup.score < standing.min_score:
        found.append(("score", (str(setup.score), str(standing.min_score))))
    reward = abs(setup.targets[-1] - setup.entry)
    if reward < config.min_risk_reward * setup.risk:
        found.append(("risk_reward", (_ratio(reward, setup.risk, "0.1", ROUND_DOWN), str(config.min_risk_reward))))
    if setup.spread > config.max_spread_r * setup.risk:
        found.append(("spread", (_ratio(setup.spread, setup.risk, "0.01", ROUND_UP), str(config.max_spread_r))))
    if standing.lot_steps == 0:
        found.append(("lots", ("0", str(instrument.lot_min))))
    if setup.direction in standing.open_directions:
        found.append(("open_trade", ("1", "0")))
    if setup.direction.opposite in standing.open_directions:
        found.append(("opposite_trade", ("1", "0")))
    if standing.last_stop_ms is not None:
        minutes = (setup.known_ms - standing.last_stop_ms) // MINUTE_MS
        if minutes < config.cooldown_min:
            found.append(("cooldown", (str(minutes), str(config.cooldown_min))))
    for code, count, most in (
        ("day_limit_symbol", standing.signals_today_symbol, config.max_signals_a_day_per_symbol),
        ("day_limit", standing.signals_today, config.max_signals_a_day),
    ):
        if count >= most:
            found.append((code, (str(count), str(most))))
    if not stays_open(setup.known_ms, setup.known_ms + config.min_open_min * MINUTE_MS, instrument.hours):
        found.append(("closing", (str(config.min_open_min), "market closes")))
    return found


def _ratio(part: int, whole: int, places: str, rounding: str) -> str:
    """Rounded away from the limit it missed, so that nobody reads "1.5, needed 1.5"."""
    return str((Decimal(part) / whole).quantize(Decimal(places), rounding))
