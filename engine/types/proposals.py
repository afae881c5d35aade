"""What was proposed and why: reasons with their points, and the setup they make."""

from __future__ import annotations

import enum

from engine.types.market import Direction, Price, Session, Timeframe, Value


class ReasonCode(enum.StrEnum):
    """Why points were given, or what speaks against. A code, not a sentence: sentences are the reader's language.

    What `prices` holds is said per code: levels are one price, zones are (bottom, top), a sweep is (level, extreme).
    """

    TREND = "trend"  # (level of the last break,)
    TREND_BREAK = "trend_break"  # BOS in the trend's direction (level,)
    TREND_HALF = "trend_half"  # right half of the dealing range (low, high)
    ZONE_HELD = "zone_held"  # gap or block tested and held (bottom, top)
    ZONE_STACKED = "zone_stacked"  # a second zone of the other kind overlaps (bottom, top)
    STRUCTURE = "structure"  # a break in the trade's direction (level,)
    SWEEP = "sweep"  # (level, extreme)
    ENTRY_ZONE = "entry_zone"  # gap or block left by the leg that confirmed (bottom, top)
    KILL_ZONE = "kill_zone"  # ()
    DISPLACEMENT = "displacement"  # the confirming candle's body, in ticks: (body, atr)
    OPPOSING_ZONE = "opposing_zone"  # in the way (bottom, top)
    COUNTER_TREND = "counter_trend"  # (level of the last opposite break,)
    WRONG_HALF = "wrong_half"  # (low, high)
    NO_SWEEP = "no_sweep"  # liquidity on the other side still rests (level,)


class Role(enum.StrEnum):
    """Which part of the score a reason belongs to."""

    TREND = "trend"  # H4, 40 points
    SETUP = "setup"  # H1, 35 points
    ENTRY = "entry"  # M15, 25 points
    AGAINST = "against"  # counter-evidence, no points


class Reason(Value, frozen=True):
    """One piece of evidence with its points and the prices it speaks of.

    `from_ms` is where it begins on the chart, `known_ms` when it became a fact. `detail` names what `code` leaves
    open: the zone's kind (`FVG`, `OB`), the break's kind (`BOS`, `CHoCH`), the pool's name or kind, the kill zone's
    name. `strength` is that of the sweep it speaks of, 0–100.
    """

    role: Role
    code: ReasonCode
    timeframe: Timeframe
    direction: Direction
    points: int
    prices: tuple[int, ...]
    from_ms: int
    known_ms: int
    detail: str = ""
    strength: int | None = None


class Setup(Value, frozen=True):
    """A proposal: where in, where out, and why. Everything that decided it is in `reasons`.

    `kind` is the label readers see, such as `Sweep + FVG`. `targets` are in the order they are reached.
    """

    symbol: str
    timeframe: Timeframe
    strategy: str
    kind: str
    direction: Direction
    entry: Price
    stop: Price
    targets: tuple[Price, ...]
    spread: int  # ticks, at the time of the decision
    score: int
    reasons: tuple[Reason, ...]
    session: Session
    known_ms: int

    @property
    def key(self) -> str:
        """What makes it this setup and no other. The same inputs give the same key."""
        return f"{self.symbol}:{self.timeframe}:{self.strategy}:{self.direction}:{self.known_ms}"

    @property
    def risk(self) -> int:
        """Ticks from entry to stop."""
        return abs(self.entry - self.stop)

    def score_of(self, role: Role) -> int:
        return sum(reason.points for reason in self.reasons if reason.role is role)


class Missing(enum.StrEnum):
    """What a close lacks that would make it a setup. The first that applies, in this order."""

    QUOTE = "quote"  # no price yet
    READY = "ready"  # a timeframe has too few candles
    BREAK = "break"  # this close broke no structure of the entry timeframe
    MOVEMENT = "movement"  # the market stands still: no distance for a stop
    NEAR_STOP = "near_stop"  # the stop would be too far away


class NoSetup(Value, frozen=True):
    """Why a close proposes nothing.

    `direction` is that of the break, if there was one; `stop_ticks` how far away a stop too far would be, and
    `most_ticks` how far it may be.
    """

    missing: Missing
    direction: Direction | None = None
    stop_ticks: int | None = None
    most_ticks: int | None = None
