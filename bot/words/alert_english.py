"""English for alerts about the machine and the program. As `admin_english.py`: fields arrive escaped."""

from __future__ import annotations

LEFT_OUT = ("{count} more like it was not told.", "{count} more like it were not told.")

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
