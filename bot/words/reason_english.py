"""The English of reasons: why a setup was proposed, and what speaks against it. As `english.py`: another language is
another table with the same names. What a code's prices and detail mean stands with `ReasonCode`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.types import PatternKind, PoolKind, ReasonCode, Regime, Role, Strategy


class ReasonEnglish:
    STRATEGIES: ClassVar[Mapping[Strategy, str]] = {
        Strategy.TREND_CONTINUATION: "Trend continuation",
        Strategy.SWEEP_REVERSAL: "Sweep reversal",
        Strategy.RANGE_FADE: "Range fade",
    }

    # Brief ones follow the timeframe's name in the caption; full ones stand alone under Why.
    BRIEF: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "trend {way}, {broken} {level}",
        ReasonCode.TREND_BREAK: "{broken} {level}",
        ReasonCode.TREND_HALF: "{half} of {range}",
        ReasonCode.TREND_SWING: "swing trend {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} slow EMA {level}",
        ReasonCode.REGIME: "{name} market",
        ReasonCode.ZONE_HELD: "{zone} {range} held",
        ReasonCode.ZONE_STACKED: "{zone} {range} overlapping",
        ReasonCode.OTE: "pullback into OTE {range}",
        ReasonCode.INDUCEMENT: "inducement {level} taken",
        ReasonCode.RANGE_EDGE: "{quarter} of {range}",
        ReasonCode.STRUCTURE: "{broken} {level}",
        ReasonCode.SWEEP: "sweep of {pool}{level}",
        ReasonCode.ENTRY_ZONE: "entry at {zone} {range}",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} {level} held",
        ReasonCode.VALUE: "price {cheap} {value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "{name} kill zone",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "trend {other_way} since {level}",
        ReasonCode.WRONG_HALF: "{other_half} of {range}",
        ReasonCode.NO_SWEEP: "stops rest at {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "inducement {level} not taken",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} ahead",
        ReasonCode.ROUND_AHEAD: "round number {level} ahead",
        ReasonCode.EXHAUSTED: "{exhausted}{strength}",
    }
    FULL: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{way} since {broken} {level}, {when}",
        ReasonCode.TREND_BREAK: "last break {level} was a {broken}",
        ReasonCode.TREND_HALF: "price in the {half} of {range}",
        ReasonCode.TREND_SWING: "swing trend {way} since {broken} {level}, {when}",
        ReasonCode.TREND_AVERAGE: "closed at {extreme}, {beyond} the slow EMA {level}",
        ReasonCode.REGIME: "{name} market{strength}",
        ReasonCode.ZONE_HELD: "{zone} {range} tested and held",
        ReasonCode.ZONE_STACKED: "{zone} {range} overlaps it",
        ReasonCode.OTE: "pullback reached the OTE band {range}",
        ReasonCode.INDUCEMENT: "inducement {level} taken, early stops are gone",
        ReasonCode.RANGE_EDGE: "price in the {quarter} of {range}",
        ReasonCode.STRUCTURE: "{broken} {level}, {when}",
        ReasonCode.SWEEP: "sweep of {pool}{level}, wick to {extreme}{strength}",
        ReasonCode.ENTRY_ZONE: "{zone} {range} at entry",
        ReasonCode.PATTERN: "{pattern}, candle {range}",
        ReasonCode.KEY_LEVEL: "{behind} {level} held{strength}",
        ReasonCode.VALUE: "price {cheap} {whole_value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "{name} kill zone",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "trend is {other_way} since {level}, {when}",
        ReasonCode.WRONG_HALF: "price in the {other_half} of {range}",
        ReasonCode.NO_SWEEP: "stops still rest at {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "inducement {level} not taken, early stops still rest",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} before TP1{strength}",
        ReasonCode.ROUND_AHEAD: "round number {level} before TP1",
        ReasonCode.EXHAUSTED: "move may be exhausted: {exhausted}{strength}",
    }
    TIPS: ClassVar[Mapping[ReasonCode, str]] = {  # where a toast has less room still
        ReasonCode.TREND: "{way}",
        ReasonCode.TREND_HALF: "{half}",
        ReasonCode.TREND_SWING: "swing {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} slow EMA",
        ReasonCode.REGIME: "{name}",
        ReasonCode.RANGE_EDGE: "{quarter} of range",
        ReasonCode.OTE: "OTE reached",
        ReasonCode.INDUCEMENT: "inducement taken",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.WRONG_HALF: "{other_half}",
        ReasonCode.NO_INDUCEMENT: "inducement rests",
        ReasonCode.ROUND_AHEAD: "{level} ahead",
    }
    STRENGTHS: ClassVar[Mapping[ReasonCode, str]] = {  # what a reason's number is, where it has one
        ReasonCode.SWEEP: ", turned {number}/100",
        ReasonCode.REGIME: ", ADX {number}",
        ReasonCode.KEY_LEVEL: ", touched {number}×",
        ReasonCode.LEVEL_AHEAD: ", touched {number}×",
        ReasonCode.STRETCHED: ", RSI {number}",
        ReasonCode.EXHAUSTED: ", RSI {number}",
    }
    NOUNS: ClassVar[Mapping[ReasonCode, str]] = {  # what a setup proposed again has gained or lost: two words or so
        ReasonCode.TREND: "trend {broken}",
        ReasonCode.TREND_BREAK: "trend break",
        ReasonCode.TREND_HALF: "right half",
        ReasonCode.TREND_SWING: "swing {broken}",
        ReasonCode.TREND_AVERAGE: "slow EMA",
        ReasonCode.REGIME: "{name} market",
        ReasonCode.ZONE_HELD: "held {zone}",
        ReasonCode.ZONE_STACKED: "second {zone}",
        ReasonCode.OTE: "OTE pullback",
        ReasonCode.INDUCEMENT: "taken inducement",
        ReasonCode.RANGE_EDGE: "range edge",
        ReasonCode.STRUCTURE: "{broken}",
        ReasonCode.SWEEP: "{pool}sweep",
        ReasonCode.ENTRY_ZONE: "entry {zone}",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} held",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.STRETCHED: "{stretch}",
        ReasonCode.KILL_ZONE: "{name} kill zone",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.COUNTER_TREND: "counter {broken}",
        ReasonCode.WRONG_HALF: "wrong half",
        ReasonCode.NO_SWEEP: "resting {pool}stops",
        ReasonCode.NO_INDUCEMENT: "resting inducement",
        ReasonCode.LEVEL_AHEAD: "{ahead} ahead",
        ReasonCode.ROUND_AHEAD: "round number",
        ReasonCode.EXHAUSTED: "{exhausted} RSI",
    }

    # The words in between. Pairs are for a seller and a buyer, for down and up, or for a low and a high.
    ZONES: ClassVar[Mapping[str, tuple[str, str]]] = {  # by what a zone is now, see `Zone.name`
        "FVG": ("gap", "gap"),
        "IFVG": ("inverted gap", "inverted gap"),
        "OB": ("order block", "order block"),
        "BB": ("breaker", "breaker"),
        "SD": ("supply zone", "demand zone"),
    }
    POOLS: ClassVar[Mapping[PoolKind, tuple[str, str]]] = {  # a plain swing needs no name
        PoolKind.EQUAL: ("equal lows ", "equal highs "),
        PoolKind.DAY: ("previous day low ", "previous day high "),
        PoolKind.WEEK: ("previous week low ", "previous week high "),
        PoolKind.MONTH: ("previous month low ", "previous month high "),
        PoolKind.SESSION: ("{name} low ", "{name} high "),  # the session that made it
        PoolKind.ROUND: ("round number ", "round number "),
    }
    PATTERNS: ClassVar[Mapping[PatternKind, str]] = {
        PatternKind.ENGULFING: "{tone} engulfing",
        PatternKind.PIN_BAR: "{tone} pin bar",
        PatternKind.INSIDE_BAR: "inside bar",
        PatternKind.DOJI: "doji",
    }
    REGIMES: ClassVar[Mapping[Regime, str]] = {
        Regime.TRENDING: "trending",
        Regime.RANGING: "ranging",
        Regime.VOLATILE: "volatile",
        Regime.QUIET: "quiet",
    }
    SESSIONS: ClassVar[Mapping[str, str]] = {"Asia": "Asia", "London": "London", "New York": "New York"}
    VALUES: ClassVar[Mapping[str, str]] = {"val": "VAL", "vah": "VAH", "vwap": "VWAP"}
    WHOLE_VALUES: ClassVar[Mapping[str, str]] = {
        "val": "the last day's VAL",
        "vah": "the last day's VAH",
        "vwap": "today's VWAP",
    }
    STRETCHED: ClassVar[Mapping[str, str]] = {
        "band": "back inside the Bollinger band {level}",
        "rsi": "{gone}{strength}",
    }
    STRETCHES: ClassVar[Mapping[str, str]] = {"band": "band turn", "rsi": "{gone} RSI"}
    BREAK = "break"
    WAYS: tuple[str, ...] = ("down", "up")
    TONES: tuple[str, ...] = ("bearish", "bullish")
    HALVES: tuple[str, ...] = ("premium", "discount")  # the half a seller, a buyer wants
    QUARTERS: tuple[str, ...] = ("top quarter", "bottom quarter")
    SIDES: tuple[str, ...] = ("below", "overhead")  # where a zone stands in a seller's, a buyer's way
    BEYOND: tuple[str, ...] = ("below", "above")  # where a close stands that points a seller's, a buyer's way
    BEHIND: tuple[str, ...] = ("resistance", "support")  # what holds behind a seller, a buyer; the other one is ahead
    GONE: tuple[str, ...] = ("overbought", "oversold")  # what a seller, a buyer likes to find
    ROLES: ClassVar[Mapping[Role, str]] = {
        Role.TREND: "trend",
        Role.SETUP: "setup",
        Role.ENTRY: "entry",
        Role.AGAINST: "Against",
    }

    # Where the stop lies: beyond what proves the idea wrong.
    BEYOND_PROOF = "beyond {basis} at {price}"
    SWEPT = "the sweep"
    LEGS: tuple[str, ...] = ("the leg's high", "the leg's low")
    ZONE_BASIS = "the {zone}"

    # A setup proposed before.
    AGAIN = "Again: {before}"
    LAST_SEEN = "last seen {time}"
    SINCE_THEN = "last seen {time}, since then {changes}"
    GAINED = "+ {noun}"
    LOST = "− {noun}"
    MORE_CHANGES = "{changes} and {count} more"
