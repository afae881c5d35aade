"""The English of `explain`: what an operator reads in a terminal. Plain text; `{fields}` arrive with their units."""

from __future__ import annotations

from engine.types import Direction, Missing, ZoneKind, ZoneStatus

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
CANDLE = "closed {time} · open {open}, high {high}, low {low}, close {close}"
TREND = "Trend"
TREND_SINCE = "{way} since {broken} {level}, known {time}; its swing was known {swing_time}"
NO_TREND = "none yet, no structure was broken"
RANGE = "Dealing range"
IN_RANGE = "{range} · price in {half}, {share} above the low"
AT_MIDDLE = "{range} · price in the middle"
NOT_YET = "none yet"
ATR = "ATR"
PIPS = "{pips} pips"
ZONE_ABOVE = "Zones above"
ZONE_HERE = "Zones here"
ZONE_BELOW = "Zones below"
ZONE = "{side} {kind} {range} · {away} · strength {strength}{evidence} · {status} · known {time}"
AWAY = "{pips} pips away"
HERE = "price is in it"
POOLS_ABOVE = "Stops above"
POOLS_BELOW = "Stops below"
POOL = "{name}{level} ({pips})"
POOLS = "{pools} pips"
SWEEPS = "Last sweeps"
SWEEP = "{name}{level}, wick to {extreme}, turned {strength}/100 · {time}"
BREAKS = "Last breaks"
BREAK = "{broken} {way} {level} · {time}"
NONE = "none"

SIDES = {Direction.UP: "bullish", Direction.DOWN: "bearish"}
SWINGS = ("swing low ", "swing high ")
EVIDENCE = {"volume": "high volume", "rejection": "rejection wick", "round": "round number"}
STATUSES = {
    ZoneStatus.FRESH: "fresh",
    ZoneStatus.TOUCHED: "touched",
    ZoneStatus.HALF: "half filled",
    ZoneStatus.FILLED: "filled",
}
BROKEN = {ZoneKind.GAP: "inverted", ZoneKind.BLOCK: "breaker"}  # what a zone is once price closed beyond it

# What was decided.
SETUP = "Setup"
PROPOSED = "{order} · {kind} · {strategy} · score {score}/100"
ENTRY = "Entry"
STOP = "Stop"
STOPPED = "{price} · {pips} pips"
TARGET = "TP{number}"
TARGETED = "{price} · {r} · {pips} pips"
RATIO = "R:R"
GATE = "Gate"
PASSED = "passed: {id} · {lots}, risk {money} ({percent})"
REFUSED = "refused: {reason}"
NO_SETUP = "No setup"
MISSING = {
    Missing.QUOTE: "there was no quote yet",
    Missing.READY: "not ready: {unready}",
    Missing.BREAK: "this close broke no {timeframe} structure; {last}",
    Missing.MOVEMENT: "{timeframe} broke {way}, but price stands still: there is no distance for a stop",
    Missing.NEAR_STOP: "{timeframe} broke {way}, but the stop would be {stop} pips away, at most {most} are allowed",
}
UNREADY = "{timeframe} needs {missing} more"
LAST_BREAK = "the last break was {broken}"
NEVER_BROKEN = "none was broken so far"
ONLY_HISTORY = "history only warms up; what is given to be played begins {time}"
LAST_SETUP = "Last setup"
EARLIER = "{time} · {order} · {kind} · score {score}/100 · {outcome}"
BECAME = "signal {id}"
NO_EARLIER = "none since {time}"

# Errors, and what stands after the sections.
OUTSIDE = "--at {at}: not in the files; for {symbol} they cover {begin} to {end}"
NO_CANDLE = "--at {at}: no {timeframe} candle of {symbol} had closed by then; give candles to warm up with --history"
NOT_IN_FILES = "--symbol {symbol}: not in the files, which hold {held}"
SKIPPED = "Broken lines skipped: {count}"
CHART = "Chart: {path}"
REFUSED_TITLE = "{kind} · refused"  # of the picture
