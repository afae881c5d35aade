"""The English of `explain`: what an operator reads in a terminal. Plain text; `{fields}` arrive with their units."""

from __future__ import annotations

from engine.types import Direction, InducementStatus, Missing, Strategy, SwingKind, ZoneKind, ZoneStatus

TITLE = "{symbol} · {moment}"
CHART_TITLES = ("{timeframe} · trend", "{timeframe} · setup", "{timeframe} · entry")
DECISION_TITLE = "Decision at the {timeframe} close of {time}"

# The moment.
AS_OF = "As of"
AT_CLOSE = "the {timeframe} close of that moment"
AFTER_CLOSE = "the last {timeframe} close before it, {time}"
QUOTE = "Quote"
QUOTED = "{bid} / {ask} · spread {spread} · {pip_note}"
NO_QUOTE = "none yet"
MARKET = "Market"
OPEN = "open"
CLOSED = "closed"
SESSION = "{name} session"
KILL_ZONE = "{name} kill zone"

# One timeframe.
READY = "Ready"
IS_READY = "yes"
NOT_READY = "no, {missing} more candles needed"
ONE_MISSING = "no, 1 more candle needed"
LAST_CANDLE = "Last candle"
CANDLE = "{time} · O {open} H {high} L {low} C {close}"
PATTERN = "Pattern"
REGIME = "Regime"
ADX = "ADX"
EFFICIENCY = "efficiency"
ATR_PERCENTILE = "ATR percentile"
NUMBER = "{name} {number}"
UNKNOWN = "–"
ATR = "ATR"
PIPS = "{pips} pips"
NONE = "none"
NOT_YET = "none yet"

# Structure.
TREND = "Trend"
SWING_TREND = "Swing trend"
TREND_SINCE = "{way} since {broken} {level} · {time}"
NO_TREND = "none yet, no structure was broken"
SWING_RANGE = "Swing range"
END = "{grade}{side} {price}"
STRONG = "strong "
WEAK = "weak "
LOW = "low"
HIGH = "high"
SWINGS = "Last swings"
LARGE_SWINGS = "Large swings"
SWING = "{name} {price}"
THEN = " → "  # from the older swing to the newer
SWING_SIDES = {SwingKind.LOW: "swing low", SwingKind.HIGH: "swing high"}
BREAKS = "Last breaks"
BREAK = "{scale}{broken} {way} {level} · {time}"
LARGE = "swing "  # before a break of the larger structure
RANGE = "Dealing range"
IN_RANGE = "{range} · price in {half}, {share} above the low"
AT_MIDDLE = "{range} · price in the middle"
OTE = "OTE band"
OTE_BAND = "{range} for {trade} · {place}"
TRADES = {Direction.UP: "buys", Direction.DOWN: "sells"}
INDUCEMENT = "Inducement"
INDUCED = "{side} {price} · {status} {time}"
INDUCEMENTS = {
    InducementStatus.RESTING: "rests since",
    InducementStatus.TAKEN: "taken",
    InducementStatus.CANCELLED: "cancelled",
}

# Indicators and levels.
EMA = "EMA"
FAST = "fast"
SLOW = "slow"
RSI = "RSI"
BANDS = "Bollinger"
BAND = "{range}, middle {middle} · {place}"
VWAP = "VWAP"
LINE = "{price} · {place}"
VALUE_AREA = "Value area"
AREA = "VAL {low} · POC {poc} · VAH {high} · {place}"
BELOW = "price below"
ABOVE = "price above"
INSIDE = "price inside"
BETWEEN = "price between"
AT = "price at it"
RESISTANCE = "Resistance"
SUPPORT = "Support"
KEY_LEVEL = "{price} ({away}) · touched {touches}×"
ZONE_ABOVE = "Zones above"
ZONE_HERE = "Zones here"
ZONE_BELOW = "Zones below"
ZONE = "{side}{kind} {range}"
HERE = "price in it"
STRENGTH = "strength {strength}"
VISITS = "visited {count}×"
KNOWN = "known {time}"
DETAIL = "  {text}"
POOLS_ABOVE = "Stops above"
POOLS_BELOW = "Stops below"
POOL = "{level} {name} ({away})"
SWEEPS = "Last sweeps"
SWEEP = "{level} {name}, wick to {extreme}"
TURNED = "turned {strength}/100"

SIDES = {Direction.UP: "bullish ", Direction.DOWN: "bearish "}
EVIDENCE = {  # for a zone
    "volume": "volume",
    "rejection": "rejection wick",
    "round": "round number",
    "gap": "gap",
    "sweep": "sweep",
    "displacement": "displacement",
}
STATUSES = {  # a breaker and an inverted gap say by their name that they are broken
    ZoneKind.GAP: {
        ZoneStatus.FRESH: "fresh",
        ZoneStatus.TOUCHED: "touched",
        ZoneStatus.HALF: "half filled (CE)",
        ZoneStatus.FILLED: "filled",
        ZoneStatus.DEAD: "dead",
    },
    ZoneKind.BLOCK: {
        ZoneStatus.FRESH: "fresh",
        ZoneStatus.TOUCHED: "tested",
        ZoneStatus.HALF: "mitigated",
        ZoneStatus.FILLED: "mitigated",
        ZoneStatus.DEAD: "dead",
    },
    ZoneKind.BASE: {
        ZoneStatus.FRESH: "fresh",
        ZoneStatus.TOUCHED: "tested",
        ZoneStatus.HALF: "half consumed",
        ZoneStatus.FILLED: "consumed",
        ZoneStatus.BROKEN: "flipped",
        ZoneStatus.DEAD: "dead",
    },
}

# What was decided.
SETUP = "Setup"
PROPOSED = "{order} · {kind} · score {score}/100"
STRATEGY = "Strategy"
AGAIN = "Again"
ENTRY = "Entry"
STOP = "Stop"
STOPPED = "{price} · {pips}{basis}"
TARGET = "TP{number}"
TARGETED = "{price} · {r} · {pips}"
RATIO = "R:R"
GATE = "Gate"
PASSED = "passed: {id} · {lots}, risk {money} ({percent})"
REFUSED = "refused: {reason}"
NO_SETUP = "No setup"
MISSING = {
    Missing.QUOTE: "there was no quote yet",
    Missing.READY: "not ready: {unready}",
    Missing.OFF: "switched off",
    Missing.REGIME: "does not trade while {setup} is {regime}",
    Missing.BREAK: "this close broke no {entry} structure",
    Missing.SWEEP: "no liquidity pool was swept before",
    Missing.EDGE: "not at the edge of the {setup} range",
    Missing.TREND: "the {trend} trend is not {way}",
    Missing.MOVEMENT: "price stands still: there is no distance for a stop",
    Missing.FAR_STOP: "the stop would be {stop} away, at most {most}",
    Missing.CHANGE: "nothing changed since it was last proposed",
}
MISSING_OF = {  # where a strategy asks for more or for something else
    (Strategy.SWEEP_REVERSAL, Missing.BREAK): "no change of character on {entry} at this close",
    (Strategy.RANGE_FADE, Missing.SWEEP): "this close swept no liquidity pool",
}
SILENT = "{strategy}{order}: {missing}"
TRIGGERED = " ({order})"  # where something had spoken for a trade
OTHERS = "Others"
BESIDE = "{strategy}: {setup}"
UNKNOWN_REGIME = "of unknown regime"
UNREADY = "{timeframe} needs {missing} more"
ONLY_HISTORY = "history only warms up; what is played begins {time}"
LAST_SETUP = "Last setup"
EARLIER = "{time} · {setup}"
BECAME = "signal {id}"
NO_EARLIER = "none since {time}"

# Errors, and what stands after the sections.
OUTSIDE = "--at {at}: not in the files; for {symbol} they cover {begin} to {end}"
NO_CANDLE = "--at {at}: no {timeframe} candle of {symbol} had closed by then; give candles to warm up with --history"
NOT_IN_FILES = "--symbol {symbol}: not in the files, which hold {held}"
SKIPPED = "Broken lines skipped: {count}"
CHART = "Chart: {path}"
REFUSED_TITLE = "{kind} · refused"  # of the picture
