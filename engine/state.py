"""What the engine remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.market import Market
from engine.treasury import Purse
from engine.types import Mode, Strategy

ALL = "*"  # every symbol, as a key of `paused`


@dataclass(slots=True)
class Issued:
    """That a signal went out: for the daily limits and for counting ids."""

    time_ms: int
    symbol: str


@dataclass(slots=True)
class EngineState:
    """Everything the engine remembers. Encoded whole, it is the snapshot."""

    markets: dict[str, Market]
    risk_percent: Decimal
    mode: Mode
    is_on: dict[Strategy, bool]  # by strategy, in the enum's order
    purse: Purse
    beat_ms: int = 0  # the latest heartbeat of any feed
    paused: dict[str, int | None] = field(default_factory=dict)  # symbol or ALL → until when, None: open end
    issued: list[Issued] = field(default_factory=list)  # the last three days
    unknown_symbols: int = 0
    settings: dict[str, str] = field(default_factory=dict)  # what admins changed, over the configuration

    def is_in_force(self, key: str, at_ms: int) -> bool:
        """Whether a pause, of a symbol or of ALL, holds at a moment."""
        if key not in self.paused:
            return False
        until_ms = self.paused[key]
        return until_ms is None or at_ms < until_ms

    def is_paused(self, symbol: str, at_ms: int) -> bool:
        """Whether new signals of a symbol are held back at a moment."""
        return self.is_in_force(ALL, at_ms) or self.is_in_force(symbol, at_ms)


@dataclass(slots=True)
class Snapshot:
    """The state as it is kept, under the digest of the engine and configuration that made it."""

    digest: str
    state: EngineState


@dataclass(slots=True)
class Header:
    """As much of a snapshot as tells whether the rest can be read."""

    digest: str
