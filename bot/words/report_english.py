"""The reports' English. As `english.py`: fields arrive escaped, another language is another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from engine.types import CloseReason


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

    NO_SIGNALS = "<b>No signals today.</b>"
    NO_SIGNALS_REFUSED = "<b>No signals today.</b> {setups} refused:"
    REFUSAL = "{count} {name}"

    THIRTY_DAYS = "30 days: <b>{r}</b> in {trades}"
    THIRTY_DAYS_EMPTY = "30 days: no closed trades yet"
    WIN_RATE = "{percent} won"
    AVERAGE = "Average {r}"
    PROFIT_FACTOR = "profit factor {factor}"
    DRAWDOWN = "drawdown {r}"
    AMBIGUOUS = "Ambiguous fills: {count}"

    # How a trade ended, in the table; at most four letters.
    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP2",
        CloseReason.STOP: "stop",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "desk",
    }
    OPEN_ROW = "open"
