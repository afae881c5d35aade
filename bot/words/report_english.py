"""The reports' English. As `english.py`: fields arrive escaped, another language is another table."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import ClassVar

from engine.types import CloseReason


class Span(enum.StrEnum):
    """What time a report is about."""

    TODAY = "today"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    ALL = "all"


class ReportEnglish:
    DAILY = "<b>Daily report · {symbol}</b>"
    DAY_ENDS = "{day} · day ends {time}"
    HEADLINE = "<b>{r}</b> · {pips} · {money}"
    COUNTS = "{signals}: {parts}"
    SIGNAL_COUNT: tuple[str, ...] = ("{count} signal", "{count} signals")  # one, more
    TRADE_COUNT: tuple[str, ...] = ("{count} trade", "{count} trades")
    SETUP_COUNT: tuple[str, ...] = ("{count} setup", "{count} setups")
    WON = "{count} won"
    LOST = "{count} lost"
    FLAT = "{count} flat"
    STILL_OPEN = "{count} open"
    NOT_FILLED = "{count} not filled"
    AND_MORE = "and {count} more"
    BEST_AND_WORST = "Best {best} {best_r} · worst {worst} {worst_r}"
    HAS_BANKED = "{number} has banked {r}; it counts when closed."

    RECORD = "Record <code>{head}</code>"  # entries and hash, as `verify --head` wants them

    NO_SIGNALS = "<b>No signals today.</b>"
    NO_SIGNALS_REFUSED = "<b>No signals today.</b> {setups} refused:"
    REFUSAL = "{count} {name}"

    THIRTY_DAYS = "30 days: <b>{r}</b> in {trades}"
    THIRTY_DAYS_EMPTY = "30 days: no closed trades yet"
    WIN_RATE = "{percent} won"
    AVERAGE = "Average {r}"
    PROFIT_FACTOR = "profit factor {factor}"
    DRAWDOWN = "drawdown {r}, now {now}"
    TOO_FEW = "too few to say anything"
    LATE = "Late: due {moment}."
    AMBIGUOUS = "Ambiguous fills: {count}"

    # A week, a month, or any time somebody asked about.
    PERIODS: ClassVar[Mapping[Span, str]] = {
        Span.TODAY: "Today so far",
        Span.WEEKLY: "Weekly report",
        Span.MONTHLY: "Monthly report",
        Span.DAYS_7: "Performance, 7 days",
        Span.DAYS_30: "Performance, 30 days",
        Span.DAYS_90: "Performance, 90 days",
        Span.ALL: "Performance, all",
    }
    PERIOD_TITLE = "<b>{title} · {scope}</b>"
    UNTIL = "{days} · {time}"
    FROM_TO = "{first} – {last}"
    MONTHS: tuple[str, ...] = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    PERIOD_HEADLINE = "<b>{r}</b> · {money}"
    PERIOD_COUNTS = "{trades}: {parts}"
    NO_TRADES = "<b>No closed trades.</b>"
    NO_TRADES_REFUSED = "<b>No closed trades.</b> {setups} refused."
    WORST_DRAWDOWN = "Drawdown worst {r} ({days}), now {now}"
    NO_DRAWDOWN = "Drawdown 0.0R"
    LOSING_RUN: tuple[str, ...] = ("Longest losing run {count} trade", "Longest losing run {count} trades")
    BEST = "Best {r} · {name}"
    WORST = "Worst {r} · {name}"
    OPEN_COUNT: tuple[str, ...] = (
        "{count} trade open at the end, not counted",
        "{count} trades open at the end, not counted",
    )
    DAY_COLUMN = "Day"
    MONTH_COLUMN = "Month"
    SETUP_COLUMN = "Setup"
    SESSION_COLUMN = "Session"
    SYMBOL_COLUMN = "Symbol"
    COUNT_COLUMN = "n"
    R_COLUMN = "R"
    OTHERS = "{count} others"
    EARLIER = "earlier"

    # How a trade ended, in the table; at most four letters.
    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP{number}",
        CloseReason.STOP: "stop",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "desk",
        CloseReason.TRAILED: "trl",
        CloseReason.TIME: "time",
        CloseReason.WEEKEND: "wknd",
        CloseReason.NEWS: "news",
    }
    OPEN_ROW = "open"


# On the pictures, which are English everywhere.
BY_DAY, BY_MONTH, BY_SETUP, BY_SESSION, BY_SYMBOL = "By day", "By month", "By setup", "By session", "By symbol"
WIN_RATE_CARD, FACTOR_CARD, AVERAGE_CARD = "Win rate", "Profit factor", "Per trade"
WORST_CARD, NOW_CARD = "Worst drawdown", "Drawdown now"
OF = "{count} of {of}"
NOTHING = "–"
FOOTNOTE = "1R = first risk"
FOOTNOTE_FEW = "1R = first risk · {trades}, too few to say anything"
EQUITY_TITLE = "Equity"
STEP_NOTE = ("one step per closed trade", "one step per {count} closed trades")
