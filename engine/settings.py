"""Which of the configuration's numbers an admin may change while the engine runs, and how far.

Only what is looked at afresh for each setup, signal or trade. What detectors are built with is not among them: another
window would make what they have found so far untrue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from engine.config import EngineConfig
from engine.types import Strategy

_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,4})?", re.ASCII)


class Setting(msgspec.Struct, frozen=True):
    """`name` is the key below `[engine]` in `config.toml`, in that key's unit. `step` is one tap's worth."""

    name: str
    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def key(self) -> str:
        """The shortest name that means no other: `cooldown_min`, and of a strategy's score the strategy."""
        *above, last = self.name.split(".")
        return above[-1] if last == "min_score" else last


def _setting(name: str, low: str, high: str, step: str) -> Setting:
    return Setting(name, Decimal(low), Decimal(high), Decimal(step))


SETTINGS = tuple(
    _setting(*row)
    for row in (
        ("gate.max_signals_a_day", "1", "200", "1"),
        ("gate.max_signals_a_day_per_symbol", "1", "50", "1"),
        ("gate.cooldown_min", "0", "1440", "5"),
        ("gate.min_open_min", "0", "1440", "15"),
        ("gate.min_risk_reward", "0.5", "5", "0.1"),
        ("gate.max_spread_r", "0.01", "1", "0.01"),
        *((f"strategies.{strategy}.min_score", "0", "100", "1") for strategy in Strategy),
        ("confluence.stop_buffer_atr", "0", "2", "0.05"),
        ("confluence.min_stop_atr", "0.1", "10", "0.1"),
        ("confluence.max_stop_atr", "0.5", "20", "0.5"),
        ("confluence.first_target_r", "0.5", "5", "0.1"),
        ("confluence.max_target_r", "1", "20", "0.5"),
        ("trades.max_slip_r", "0", "1", "0.05"),
        ("trades.mark_step_r", "0.05", "1", "0.05"),
        ("trades.entry_expiry_min", "1", "1440", "5"),
        ("stall_after_s", "10", "3600", "30"),
    )
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def value_of(config: EngineConfig, name: str) -> int | Decimal:
    """What the configuration says. ValueError for what is no setting."""
    _named(name)
    found: Any = config
    for part in name.split("."):
        found = getattr(found, part)
    value: int | Decimal = found
    return value


def text_of(config: EngineConfig, name: str) -> str:
    """The value as it is stored and told: `45`, `0.15`."""
    return _plain(value_of(config, name))


def read_value(config: EngineConfig, name: str, text: str) -> int | Decimal:
    """The value that is meant, within the setting's bounds. ValueError says what is wrong with it."""
    setting = _named(name)
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    if number is None:
        raise ValueError(f"{setting.key} must be a number, not {text[:20]}")
    if not setting.low <= number <= setting.high:
        bounds = f"{_plain(setting.low)} to {_plain(setting.high)}"
        raise ValueError(f"{setting.key} must be {bounds}, not {_plain(number)}")
    if isinstance(value_of(config, name), Decimal):
        return number
    if number != int(number):
        raise ValueError(f"{setting.key} must be a whole number, not {_plain(number)}")
    return int(number)


def with_settings(config: EngineConfig, values: Mapping[str, str]) -> EngineConfig:
    """The configuration with these values in it, checked all together as one from a file is. ValueError says what is
    wrong with them.
    """
    changes: dict[str, Any] = {}
    for name, text in values.items():
        *above, last = name.split(".")
        section = changes
        for part in above:
            section = section.setdefault(part, {})
        section[last] = read_value(config, name, text)
    changed: EngineConfig = _replaced(config, changes)
    return changed


def _replaced(section: Any, changes: Mapping[str, Any]) -> Any:
    news = {
        name: _replaced(getattr(section, name), change) if isinstance(change, Mapping) else change
        for name, change in changes.items()
    }
    return msgspec.structs.replace(section, **news)


def _named(name: str) -> Setting:
    if name not in _BY_NAME:
        raise ValueError(f"{name[:60]} is no setting that can be changed while the bot runs")
    return _BY_NAME[name]


def _plain(value: int | Decimal) -> str:
    """Without needless zeros, and never `1E+2`."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
