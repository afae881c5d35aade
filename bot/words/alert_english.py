"""English for alerts: first what, then since when and how much, then what happens now or what to do.

As in `admin_english.py` fields arrive escaped.
"""

from __future__ import annotations

import enum


class ChannelProblem(enum.StrEnum):
    """Why a channel cannot be written to."""

    NO_RIGHT = "no_right"
    GONE = "gone"
    NO_EDIT = "no_edit"


LEFT_OUT = ("{count} more like it was not told.", "{count} more like it were not told.")
NO_BACKUP = "⚠️ <b>No backup could be made</b>\n{why}\nTrying again in an hour."
LIMITS = {
    "daily_loss": (
        "⛔ <b>Daily loss limit reached</b>",
        "Lost {found}, at most {needed}. No new signals{until}.",
    ),
    "weekly_loss": (
        "⛔ <b>Weekly loss limit reached</b>",
        "Lost {found}, at most {needed}. No new signals{until}.",
    ),
    "losing_streak": (
        "⛔ <b>{found} losses in a row</b>",
        "No new signals{until}, a pause of {needed} min.",
    ),
}
BREAKER_TRIPPED = "⛔ <b>Drawdown breaker tripped</b>"
BREAKER_NOTE = "Equity is {found}, the limit {needed}. No new signals until an owner sends /rearm."
LIMIT_UNTIL = " until {time}"
TRADES_GO_ON = ("{count} open trade goes on: {trades}", "{count} open trades go on: {trades}")
NO_TRADE_GOES_ON = "No trade is open."
MORE_TRADES = "and {count} more"
BREAKER_REARMED = "Drawdown breaker re-armed at {equity}. The drawdown is counted from there."
FEED_STALLED = "⚠️ <b>Feed stalled: {symbol}</b>"
FEED_STALLED_SINCE = "No tick for {silent}, last {price} at {time}. Market should be open."
NO_NEW_SIGNALS = "No new signals until it is back{waiting}."
TRADES_WAIT = ("; {count} trade waits", "; {count} trades wait")
FEED_BACK = "Feed is back: {symbol}, quiet for {silent}.{checked}"
CHECKED = (" {count} trade checked over the gap, {hit}.", " {count} trades checked over the gap, {hit}.")
NOTHING_MISSED = "nothing was missed"
MISSED = "{count} moved meanwhile"
RESTARTED = "⚠️ <b>Restarted</b> at {time}, away {away}"
RESTART_REASON = "Reason: {reason}"
RESTART_COUNTS = "{trades} resumed, {messages} edited, {lost} lost, {doubled} doubled"
RESTART_FILLED = "Prices filled from {time}; {hit}"
NOTHING_HIT = "nothing was hit"
HIT = ("{count} trade moved", "{count} trades moved")
TRADES = ("{count} trade", "{count} trades")
MESSAGES = ("{count} message", "{count} messages")
CHANNEL_BROKEN = "⚠️ <b>Channel {channel}: {problem}</b>"
CHANNEL_PROBLEMS = {
    ChannelProblem.NO_RIGHT: "no right to post",
    ChannelProblem.NO_EDIT: "no right to edit",
    ChannelProblem.GONE: "not found",
}
MESSAGES_WAIT = ("{count} message waits.", "{count} messages wait.")
CHANNEL_REMEDIES = {
    ChannelProblem.NO_RIGHT: (
        "Make the bot an admin with “Post messages” and “Edit messages”; they go out by themselves."
    ),
    ChannelProblem.NO_EDIT: "Give the bot the right “Edit messages”; they go out by themselves.",
    ChannelProblem.GONE: (
        "Check the chat id in config.toml and that the bot is a member; it is tried again when it is let in."
    ),
}
CHANNEL_MENDED = "Channel {channel} can be written to again; {waiting}."
MESSAGES_GO = ("{count} message goes out", "{count} messages go out")
OUTBOX_FULL = "⚠️ <b>Outbox full: {waiting} messages wait</b>"
OUTBOX_FULL_NOTE = (
    "Telegram takes too little. Progress edits are left out for now; signals and results are kept and go out."
)
NOT_PINNED = "⚠️ <b>The board of {channel} is not pinned</b>"
NOT_PINNED_REMEDY = (
    "It stands there and is kept up to date. Give the bot the right to pin messages (in a channel that is “Edit "
    "messages”), and it will be pinned within the hour."
)
MAYBE_DOUBLED = "⚠️ <b>One message may be doubled</b>"
MAYBE_DOUBLED_NOTE = (
    "{what}, channel {channel}: Telegram did not say whether it arrived. The second copy is marked “repeat”."
)

# A message that Telegram did not take as it was, by what became of it.
MESSAGE_TROUBLE = "⚠️ <b>{what}, {channel}: {trouble}</b>"
MESSAGE_TROUBLES = {
    "refused": "Telegram refused it",
    "markup": "sent without formatting",
    "picture": "sent without its picture",
    "moved": "the group has moved",
    "token refused": "the bot token is refused, nothing goes out",
}
MESSAGE_NAMES = {
    "signal": "Signal",
    "tp1": "TP{number} reply",
    "stop": "Stop reply",
    "end": "Closing reply",
    "daily": "Daily report",
    "weekly": "Weekly report",
    "monthly": "Monthly report",
    "board": "Board",
}

# The machine and the program.
CLOCK = "⚠️ <b>The clock is {off} {way}</b>"
AHEAD, BEHIND = "ahead", "behind"
CLOCK_NOTE = "Measured against Telegram's. Times told are wrong by as much; set the machine's clock (NTP)."
CLOCK_OVER = "The clock is right again."
DATABASE = "⚠️ <b>The database is slow</b>"
DATABASE_NOTE = "Storing took {time}. Signals are late by as much; look at the disk and what else uses it."
DATABASE_OVER = "The database is quick again."
DISK = "⚠️ <b>The disk is nearly full: {free} MB free</b>"
DISK_NOTE = "When nothing is left the program waits, for it says nothing that is not stored. Make room now."
DISK_OVER = "There is room on the disk again."
OUTBOX = "⚠️ <b>Messages wait for {age}</b>"
OUTBOX_NOTE = "{waiting} of them. They go out by themselves when Telegram takes them; /health tells more."
OUTBOX_OVER = "No message waits for long any more."
DISK_FULL = "⛔ <b>The disk is full</b>"
DISK_FULL_NOTE = "Nothing can be stored, so nothing is said. Make room: the program then goes on by itself."
DATABASE_LOCKED = "⛔ <b>Another program holds the database</b>"
DATABASE_LOCKED_NOTE = "Nothing can be stored, so nothing is said. Close it: this program then goes on by itself."
DATABASE_DAMAGED = "⛔ <b>The database is damaged</b>"
DATABASE_DAMAGED_NOTE = "The program has stopped, open trades are not followed. Bring a backup back: run_bot.py restore"

# Why the program began anew.
REASONS = {
    "stopped": "it was stopped",
    "rebuilt": "version or configuration changed; rebuilt from stored candles",
    "vanished": "it ended without a word: killed, crashed, or the power went",
    "failed": "it ended by an error: {error}",
}
REPLAYED = ("{count} input heard again from the journal", "{count} inputs heard again from the journal")
MIGRATED = "Database brought up to date: {steps}"
