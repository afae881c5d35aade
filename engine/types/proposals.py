"""What was proposed and why: reasons with their points, and the setup they make."""

from __future__ import annotations

import enum

from engine.types.market import Direction, Price, Session, Timeframe, Value


class Strategy(enum.StrEnum):
    """What a setup bets on."""

    TREND_CONTINUATION = "trend_continuation"  # the trend goes on after a pullback into a held zone
    SWEEP_REVERSAL = "sweep_reversal"  # stops were taken, and structure turned
    RANGE_FADE = "range_fade"  # the edge of a range held again


class ReasonCode(enum.StrEnum):
    """Why points were given, or what speaks against. A code, not a sentence: sentences are the reader's language.

    What `prices` holds is said per code: levels are one price, zones are (bottom, top), a sweep is (level, extreme).
    """

    # Trend timeframe
    TREND = "trend"  # (level of the last break,)
    TREND_BREAK = "trend_break"  # BOS in the trade's direction (level,)
    TREND_HALF = "trend_half"  # right half of the dealing range (low, high)
    TREND_SWING = "trend_swing"  # the larger structure points the same way (level of its last break,)
    TREND_AVERAGE = "trend_average"  # beyond the slow average (average, close)
    REGIME = "regime"  # the way the market moves suits the strategy (); `detail` is the regime, `strength` the ADX
    # Setup timeframe
    ZONE_HELD = "zone_held"  # gap, block or base tested and held (bottom, top)
    ZONE_STACKED = "zone_stacked"  # a second zone of another kind overlaps (bottom, top)
    OTE = "ote"  # the pullback reached the optimal trade entry (low, high of that band)
    INDUCEMENT = "inducement"  # early stops were taken (level,)
    RANGE_EDGE = "range_edge"  # at the outer quarter of the dealing range (low, high)
    # Entry timeframe
    STRUCTURE = "structure"  # a break in the trade's direction (level,)
    SWEEP = "sweep"  # (level, extreme)
    ENTRY_ZONE = "entry_zone"  # gap left by the leg that confirmed (bottom, top)
    PATTERN = "pattern"  # the candles turn the way of the trade (low, high of the last one)
    KEY_LEVEL = "key_level"  # support or resistance held (price,); `strength` is the touches
    VALUE = "value"  # beyond the last day's value area or the VWAP on the cheap side (level,)
    STRETCHED = "stretched"  # closed back from outside the Bollinger band or from an extreme RSI (band,)
    KILL_ZONE = "kill_zone"  # ()
    # Against
    OPPOSING_ZONE = "opposing_zone"  # in the way (bottom, top)
    COUNTER_TREND = "counter_trend"  # (level of the last opposite break,)
    WRONG_HALF = "wrong_half"  # (low, high)
    NO_SWEEP = "no_sweep"  # liquidity on the other side still rests (level,)
    NO_INDUCEMENT = "no_inducement"  # early stops on the way still rest (level,)
    LEVEL_AHEAD = "level_ahead"  # support or resistance before the first target (price,); `strength` is the touches
    ROUND_AHEAD = "round_ahead"  # a round number before the first target (price,)
    EXHAUSTED = "exhausted"  # RSI of the setup timeframe is far gone the way of the trade (); `strength` is the RSI


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
    name, the pattern's. `strength` is that of the sweep it speaks of, 0–100, or what its code says.
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
    `proof` is the price that proves the idea wrong; the stop lies beyond it. `stop_basis` says what it is: `sweep`, a
    zone's name, or `leg`. `again_of_ms` is when the same idea was last proposed, `changed` what is different since:
    `+sweep:day` is new, `-against.no_sweep:swing` is gone; each is a reason's code and detail.
    """

    symbol: str
    timeframe: Timeframe
    strategy: Strategy
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
    proof: Price = 0
    stop_basis: str = "leg"
    again_of_ms: int | None = None
    changed: tuple[str, ...] = ()

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
    """What a close lacks that would make it a strategy's setup. The first that applies, in this order."""

    OFF = "off"  # the strategy is switched off
    QUOTE = "quote"  # no price yet
    READY = "ready"  # a timeframe has too few candles
    REGIME = "regime"  # the strategy does not trade a market that moves like this
    BREAK = "break"  # this close broke no structure of the entry timeframe
    SWEEP = "sweep"  # no liquidity was swept before
    EDGE = "edge"  # price is not at the edge of a range
    TREND = "trend"  # the trend timeframe does not point the way of the break
    MOVEMENT = "movement"  # the market stands still: no distance for a stop
    FAR_STOP = "far_stop"  # the stop would be too far away
    CHANGE = "change"  # it is the setup last proposed, and nothing has changed


class NoSetup(Value, frozen=True):
    """Why a close is no setup of this strategy.

    `direction` is that of the trigger, if there was one; `stop_ticks` how far away a stop too far would be, and
    `most_ticks` how far it may be.
    """

    missing: Missing
    direction: Direction | None = None
    stop_ticks: int | None = None
    most_ticks: int | None = None
