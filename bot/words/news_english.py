"""The English of /news. As `english.py`: fields arrive escaped."""

from __future__ import annotations

NEWS = "<b>News</b> · {count} ahead that the gate heeds"
NONE_HEEDED = "<b>News</b> · none known within 7 days that the gate heeds"
MOMENT = "<b>{time}</b> · no new signals {begin}–{end}"
MOMENT_NOW = "<b>{time}</b> · no new signals until {end}"
MOMENT_FLAT = "<b>{time}</b> · no new signals {begin}–{end}, trades are closed {flat}"
MOMENT_FREE = "<b>{time}</b>"
ITEM = "{currency} {title} · {impact} · {symbols}"
MORE = "and {count} more"
LOWER = "{count} of lower impact within 7 days: signals pass."
RULE = "The gate heeds {impact}, {before} min before to {after} min after. {trades}"
FROM = {"low": "any impact", "medium": "medium and high impact", "high": "high impact"}
RULE_OFF = "The gate lets every signal pass: before_min and after_min are 0. {trades}"
TRADES_STAY = "Open trades stay."
TRADES_CLOSE = "Open trades are closed {flat} min before."
REACHES = "Calendar {name} reaches until {moment}."
ENDS = "⚠️ Calendar {name} reaches only until {moment}. Save a newer file in its place; it is read by itself."
EMPTY = "⚠️ Calendar {name} holds no announcement that can be read. Save another in its place; it is read by itself."
UNREADABLE = "⚠️ Rows of it that cannot be read: {count}."
TROUBLE = "⚠️ {trouble}\nWhat was read before still counts."
HEARD_BEFORE = "⚠️ No calendar is connected: this was heard before, and nothing new comes in."
