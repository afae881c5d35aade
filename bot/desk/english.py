"""English for what the desk says beside `admin_english.py`. As there: fields arrive escaped."""

from __future__ import annotations

CHART = "<b>{symbol} {timeframe}</b> · {price} · {time}"
NO_CANDLES = "No candles of {symbol} {timeframe} yet."
SYMBOLS = "{count} symbols"
NO_REPORT = "No channel carries {symbol}, so it has no report."
STAYS_OPEN = "{number} stays open"
GOES_ON_WAITING = "{number} goes on waiting"

# /health: names of at most 12 characters, details that fit a phone.
DATABASE, OUTBOX, INPUTS = "Database", "Outbox", "Inputs"
ANSWERS_IN = "answers in {time} ms"
NOTHING_WAITS = "nothing waits"
WAITS = "{count} waiting, {age}"
ALL_TAKEN = "all taken"
NOT_TAKEN = "{late} late, {unknown} unknown"
QUIET = "{state}, {age}"
