"""English for /settings: what each number is called, counted in, and does. As `english.py`: fields arrive escaped."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """`unit` stands after a value, with its space; a title of at most 24 characters fits a button."""

    title: str
    unit: str
    meaning: str


RISK = "account.risk_percent"  # no setting of the engine's: it has a command of its own, which asks first

WORDS = {
    RISK: Words("Risk per trade", " %", "Of the account's balance, from entry to stop. A change asks first."),
    "gate.max_signals_a_day": Words("Signals a day", "", "All symbols together, in one trading day."),
    "gate.max_signals_a_day_per_symbol": Words("Signals a day, a symbol", "", "Of one symbol in one trading day."),
    "gate.cooldown_min": Words(
        "Cooldown after a stop",
        " min",
        "After a stop no new signal of that symbol and direction for this long.",
    ),
    "gate.min_open_min": Words("Market still open", " min", "A signal needs a market that stays open this long."),
    "gate.min_risk_reward": Words("Least reward", "R", "From entry to the last target, against entry to stop."),
    "gate.max_spread_r": Words("Widest spread", "R", "A spread that costs more of the risk gives no signal."),
    "strategies.trend_continuation.min_score": Words(
        "Trend continuation", "/100", "The least score with which a setup becomes a signal."
    ),
    "strategies.sweep_reversal.min_score": Words(
        "Sweep reversal", "/100", "The least score with which a setup becomes a signal."
    ),
    "strategies.range_fade.min_score": Words(
        "Range fade", "/100", "The least score with which a setup becomes a signal."
    ),
    "confluence.stop_buffer_atr": Words("Stop buffer", " ATR", "How far beyond its proof a stop is laid."),
    "confluence.min_stop_atr": Words("Nearest stop", " ATR", "A stop nearer to entry is laid out to this distance."),
    "confluence.max_stop_atr": Words("Farthest stop", " ATR", "A stop farther from entry makes no setup."),
    "confluence.first_target_r": Words("Nearest TP1", "R", "TP1 lies no nearer to entry than this."),
    "confluence.max_target_r": Words("Farthest target", "R", "Liquidity farther away is no target."),
    "trades.max_slip_r": Words(
        "Slip at entry", "R", "A first price farther from the proposed entry cancels the signal."
    ),
    "trades.mark_step_r": Words(
        "Step of live edits", "R", "A result that moved by this is news. For trades that open from now on."
    ),
    "trades.entry_expiry_min": Words("Expiry of a signal", " min", "A signal without a price for so long expires."),
    "stall_after_s": Words("Feed counts as stalled", " s", "After so long without a price while the market is open."),
}

# Pages of /settings, in order; each shows the settings whose names begin so.
SECTIONS = {
    "Limits": ("gate.",),
    "Least scores": ("strategies.",),
    "Stops and targets": ("confluence.",),
    "Trades and feed": ("account.", "trades.", "stall_after_s"),
}

PAGE_HEAD = "<b>Settings · {section}</b>"
PAGE_LINE = "{title} <b>{value}</b>{default}"
PAGE_DEFAULT = " · default {value}"
PAGE_NOTE = "What is not listed stands in config.toml and counts after a restart."
VALUE_HEAD = "<b>{title}</b> · <b>{value}</b>"
VALUE_DEFAULT = "Default {default} · {low} to {high}"
VALUE_KEY = "engine.{name}"
SET = "<b>{title}</b> is now <b>{after}</b> (was {before}). {name}, {time}."
PUT_BACK = "<b>{title}</b> is <b>{after}</b> again, as in config.toml (was {before}). {name}, {time}."
KEPT = "<b>{title}</b> stays <b>{after}</b>. {name}, {time}."
REFUSED = "Not changed: {why}. Usage: /settings {key} {example}"
TYPE_IT = "Send the new value, {low} to {high}, or /settings {key} {example}. Now {now}."
TYPE_IN_GROUP = "Send /settings {key} {example} ({low} to {high}). Now {now}."
NO_SUCH_SETTING = "No setting {given}. Usage: /settings cooldown 60. /settings lists them."
WHICH_SETTING = "{given} may be {keys}. Usage: /settings {first} {example}"
DONE = "{title} is {value}"

LESS, MORE = "− · {value}", "+ · {value}"
TYPE, RESET, BACK_TO = "Type a value", "Reset to {value}", "‹ {section}"
