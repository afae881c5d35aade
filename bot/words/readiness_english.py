"""English for what must be shown on paper before real money, and for the question that is asked twice."""

from __future__ import annotations

READY = "<b>Ready for live</b> · {since}"
NOT_READY = "<b>Not ready for live</b>, {failed} of {count} fail · {since}"
SINCE, NOT_BEGUN = "paper since {day} {year}", "no paper yet"
LINE = "{symbol}{name}: <b>{found}</b>, {bound} {needed} · {verdict}"
SYMBOLS = ("⚠️ ", "")
VERDICTS = ("fail", "pass")
BOUNDS = {"days": "at least", "sharpe": "above", "drawdown": "below", "win_rate": "above"}
UNKNOWN = "too little to tell"
NAMES = {
    "days": "Days of paper",
    "sharpe": "Sharpe ratio",
    "drawdown": "Deepest drawdown",
    "win_rate": "Won",
}
ASKED_TWICE = "You will be asked twice."
SURE_QUESTION = "⚠️ <b>This is for real money. Set {after} all the same?</b>"
SURE_ABOUT = "From the next signal on; no orders are sent yet. /mode {before} takes it back for later ones."
SURE_YES = "Yes, real money"
ASKED_AGAIN = "Asked once more: the message has another question now."
