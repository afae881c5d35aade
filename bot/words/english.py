"""The channel's English: every sentence a subscriber reads, apart from where it stands. Another language is another
table with the same names; reasons have their own in `reason_english.py`. `{fields}` arrive escaped, with their units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class English:
    MONTHS: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    WEEKDAYS: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    MOMENT = "{day}\u00a0{year} {time}"

    UNITS: tuple[str, ...] = ("d", "h", "min", "s")
    PIPS = "{pips} pips"
    LOT = "{lots} lot"
    COMMA = ", "
    SEMICOLON = "; "

    # What a result is worth, at the foot of every text.
    MODES: ClassVar[Mapping[str, str]] = {"signal": "SIGNAL", "paper": "PAPER", "live": "LIVE"}
    MARKETS: ClassVar[Mapping[str, str]] = {"simulated": "SIMULATED", "replay": "REPLAY"}
    DELAYED = "DELAYED {minutes} MIN"

    # The live block: state, then what stands beside it. No figure may follow SL, TP, target or entry: a tolerant copier
    # takes the next number for a price, on the next line too.
    ENTERING = "⏳ <b>Entering at market</b> · price {price}"
    ENTERING_NOTE = "Opens at the next price · expires {time}"
    WAITING = "⏳ <b>Limit order at {price}</b>"
    WAITING_NOTE = "Opens there or better · expires {time}"
    OPEN = "🟢 <b>Open {r}</b> · {pips} · {money}"
    SINCE = "Since {time}"
    SINCE_AT = "Since {time} at {price}"
    SECURED = "🔒 <b>TP{number} hit {r}</b> · {pips} · {money}"
    STOP_AT_ENTRY = "stop at entry {price}"
    STOP_AT = "stop at {price}"
    HALF_BANKED = "Half banked {r}"
    SHARES_BANKED = "Banked {r}, {share} closed"
    NOTHING_BANKED = "Nothing closed, lot too small to split"
    CLOSED_AT_TARGET = "✅ <b>TP{number} hit, closed {r}</b> · {pips} · {money}"
    CLOSED_AT_BREAKEVEN = "🔒 <b>Closed at breakeven {r}</b> · {pips} · {money}"
    STOPPED = "🔴 <b>Stopped {r}</b> · {pips} · {money}"
    CLOSED_BY_DESK = "⚪ <b>Closed by the desk {r}</b> · {pips} · {money}"
    CLOSED_BY_TRAIL = "🔒 <b>Moved stop hit, closed {r}</b> · {pips} · {money}"
    CLOSED_BY_TIME = "⚪ <b>Time is up {r}</b> · {pips} · {money}"
    CLOSED_FOR_WEEKEND = "⚪ <b>Closed before the weekend {r}</b> · {pips} · {money}"
    CLOSED_FOR_NEWS = "⚪ <b>Closed before news {r}</b> · {pips} · {money}"
    LIVED = "After {lived}"
    EXCURSIONS = "best {best} · worst {worst}"
    EXPIRED = "⚪ <b>Expired, not filled</b>"
    EXPIRED_NOTE = "No price came by {time}. No trade, no result."
    CANCELLED = "⚪ <b>Cancelled, not filled</b>"
    CANCELLED_TOO_FAR = "Price was at {price}, too far from {entry}, {time}. No trade, no result."
    CANCELLED_NOTE = "Withdrawn before entry, {time}. No trade, no result."

    # The plan and the fine print.
    PLAN = "Risk {stop} · reward {rewards}"
    THEN = ", then "  # before the last of several rewards
    PLAN_ONE = "All closes at TP1 · R:R {ratio}"
    PLAN_HALVES = "Half closes at each target · R:R {ratio}"
    PLAN_SEVERAL = "Closes {shares} at {targets} · R:R {ratio}"
    PLAN_WHOLE = "All closes at TP{number}, nothing before · R:R {ratio}"
    SIZE = "{lots} · risk {money} ({percent})"
    SETUP = "<b>{kind} · score {score}/100</b>"
    BET = "{strategy} · {timeframe}"
    BET_IN_SESSION = "{strategy} · {timeframe} · {session}"
    PIP_NOTE = "1 pip = {size}"
    SCORED = "{timeframe} {phrases}\u00a0·\u00a0{points}/{most}"  # the points never alone on a line
    AGAINST = "Against: {items}"
    NOTHING_AGAINST = "nothing found"
    MORE_UNDER_WHY = "+{count} more under Why"

    # Replies. "Move SL to breakeven" and "Remove the order" are the words public copiers look for.
    TARGET_REACHED = "🎯 <b>TP{number} {price} reached</b> · {r}"
    HALF_CLOSED = "Half closed: {pips}, {r} banked."
    SHARE_CLOSED = "{share} closed: {pips}, {r} banked."
    FURTHER_CLOSED = "{share} closed: {pips}, {r} banked in all."
    NONE_CLOSED = "Nothing closed: {lots} cannot be split."
    MOVE_STOP = "Move SL to breakeven {price}."
    STOP_STAYS = "SL stays at {price}."
    NEXT_TARGET = "Next is TP{number} {price}."
    LAST_TARGET = "TP{number} {price} stays."
    STOP_MOVED = "<b>Move SL to {price}</b> · was {before}"
    STOP_MOVED_TO_ENTRY = "<b>Move SL to breakeven {price}</b> · was {before}"
    STOP_MOVED_NOTE = "By the desk. Hit there, the trade ends at {r}."
    BREAKEVEN_REPLY = "🔒 <b>Closed at breakeven</b> · {r}"
    REST_LEFT = "Rest left at {price} after TP{number}. {pips} · {money} · {duration}"
    ALL_LEFT = "All left at {price} after TP{number}. {pips} · {money} · {duration}"
    LAST_TARGET_REACHED = "✅ <b>TP{number} {price} reached</b> · {r}"
    ALL_CLOSED = "All closed: {pips} · {money} · {duration}"
    STOP_HIT = "🔴 <b>Stop {price} hit</b> · {r}"
    STOP_SLIPPED = "🔴 <b>Stop {price} hit, filled at {filled}</b> · {r}"
    JUMPED = "Price jumped over the stop. {pips} · {money} · {duration}"
    BEST_AND_WORST = "Best {best} · worst {worst}"
    EXPIRED_REPLY = "⚪ <b>Expired</b>: no price came by {time}. Remove the order."
    CANCELLED_TOO_FAR_REPLY = "⚪ <b>Cancelled</b>: price was at {price}, too far from {entry}. Remove the order."
    CANCELLED_REPLY = "⚪ <b>Cancelled</b>: withdrawn before entry. Remove the order."
    DESK_REPLY = "⚪ <b>Closed by the desk</b> at {price} · {r}"
    TRAIL_REPLY = "🔒 <b>Moved stop reached</b> at {price} · {r}"
    TIME_REPLY = "⚪ <b>Time is up: closed</b> at {price} · {r}"
    WEEKEND_REPLY = "⚪ <b>Closed before the weekend</b> at {price} · {r}"
    NEWS_REPLY = "⚪ <b>Closed before news</b> at {price} · {r}"
    DESK_NOTE = "{pips} · {money} · {duration}"
    HAPPENED_OFFLINE = "Happened {time}, while offline."

    # The pinned board.
    BOARD_TITLE = "<b>Assay · {what}</b>"
    BOARD_OPEN = "<b>Open {count}</b> · {r}"
    BOARD_NONE_OPEN = "<b>No open trades</b>"
    BOARD_MORE = "and {count} more"
    BOARD_ENTERING = "entering"
    BOARD_TODAY = "<b>Today</b> {r} closed · {won} won, {lost} lost"
    BOARD_TODAY_FLAT = "<b>Today</b> {r} closed · {won} won, {lost} lost, {flat} flat"
    BOARD_NOTHING_CLOSED = "<b>Today</b> nothing closed yet"
    BOARD_NO_TRADES = "<b>Today</b> no trades"
    BOARD_RECENT = "<b>30 days</b> {r} in {trades} · {share} won"
    BOARD_RECENT_FLAT = "<b>30 days</b> {r} in {trades}"
    BOARD_SESSION = "Session {name} until {time}"
    BOARD_CLOSED = "Market closed"
    BOARD_NEWS = "News {time} · {currency} {title}"
    BOARD_UPDATED = "Updated {time}"
    BOARD_RISK = "Trading is risky. Past results promise nothing."

    # Under the signal. A timeframe's button is its name.
    WHY_BUTTON = "Why"
    COPY_BUTTON = "Copy"  # the whole order; a price's button is its name
    COPY_ENTRY = "Entry"
    COPY_STOP = "SL"
    COPY_TARGET = "TP{number}"
    CHART_BUTTON = "Chart"

    # What a tap there is told, at most 200 units.
    CHART_COMING = "{timeframe} chart is on its way."
    CHART_SOON = "This chart was drawn just now. It can change again in {seconds} s."
    CHARTS_SOON = "Many charts were drawn here just now. The next can come in {seconds} s."
    NO_CHART = "There is no {timeframe} chart at the moment."
    OLD_SIGNAL = "This button is from an earlier version of the channel and does nothing any more."

    # Why, in full.
    WHY = "<b>Why {number} {order} {symbol}</b> · {score}/100"
    WHY_BET = "{strategy} · {kind}"
    WHY_STOP = "Stop {price}, {basis}"
    WHY_ROLE = "{timeframe} {role} {points}/{most}"
    WHY_NO_TIMEFRAME = "{role} {points}/{most}"
    WHY_TIP_AGAINST = "against: {items}"
    NO_SIGNAL = "<b>No signal: {order} {symbol}</b> · {strategy} · {time} · {score}/100"
    SCORE_UNDER = "Score under {needed}: {weakest}"
    WEAK_TREND = "{timeframe} trend is {way}, {points}/{most}"
    WEAK_ROLE = "{role} {points}/{most}"

    # Refusals: to be counted in a report, and in full. (found, needed) come from the gate, in the reader's unit.
    REFUSED_BRIEF: ClassVar[Mapping[str, str]] = {
        "paused": "paused",
        "score": "score under {needed}",
        "confidence": "confidence under {needed} %",
        "risk_reward": "risk:reward under 1 : {needed}",
        "spread": "spread over {needed}R",
        "lots": "too small for a lot",
        "open_trade": "trade open already",
        "opposite_trade": "trade open the other way",
        "cooldown": "cooldown after a stop",
        "day_limit_symbol": "daily limit reached",
        "day_limit": "daily limit of all markets reached",
        "closing": "market about to close",
        "news": "news blackout",
        "closed": "market closed",
        "rollover": "around the rollover",
        "stale": "price too old",
        "abnormal_spread": "spread wider than usual",
        "no_rate": "no exchange rate",
        "notional": "too large to move",
        "margin": "not enough margin",
        "open_trades": "enough trades open",
        "open_risk": "enough risk open",
        "group_risk": "enough risk open in its group",
        "daily_loss": "daily loss limit",
        "weekly_loss": "weekly loss limit",
        "losing_streak": "too many losses in a row",
        "drawdown": "drawdown breaker",
    }
    REFUSED: ClassVar[Mapping[str, str]] = {
        "paused": "New signals are paused",
        "confidence": "Confidence of rules and model {found} %, needs {needed} %",
        "risk_reward": "R:R 1 : {found}, needs 1 : {needed}",
        "spread": "Spread {found}R, at most {needed}R",
        "lots": "Even the smallest lot, {needed}, risks too much",
        "open_trade": "A trade this way is open already",
        "opposite_trade": "A trade the other way is open",
        "cooldown": "{found} min after a stop, needs {needed} min",
        "day_limit_symbol": "{found} signals today, at most {needed}",
        "day_limit": "{found} signals in all markets today, at most {needed}",
        "closing": "Market closes within {found} min",
        "news": "News blackout: {found}",
        "closed": "Market is closed",
        "rollover": "{found} min from the rollover, needs {needed} min",
        "stale": "Last price is {found} s old, at most {needed} s",
        "abnormal_spread": "Spread {found} times the usual, at most {needed} times",
        "no_rate": "No exchange rate from {found} yet",
        "notional": "Even the smallest lot, {needed}, moves more than allowed",
        "margin": "Not enough margin for the smallest lot, {needed}",
        "open_trades": "{found} trades open, at most {needed}",
        "open_risk": "Open risk would be {found} %, at most {needed} %",
        "group_risk": "Open risk in {found} %, at most {needed} %",
        "daily_loss": "Daily loss limit reached: {found} of {needed}",
        "weekly_loss": "Weekly loss limit reached: {found} of {needed}",
        "losing_streak": "Paused after losses in a row: {found} of {needed} min",
        "drawdown": "Drawdown breaker has tripped: {found} under the high, at most {needed}",
    }
