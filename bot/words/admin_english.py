"""The admin chat's English: commands, answers, questions. As `english.py`: fields arrive escaped."""

from __future__ import annotations

from engine.types import CloseReason

# As registered with Telegram, in the order of its menu, and grouped for /help.
COMMAND_GROUPS = {
    "Look": {
        "status": "how it stands",
        "symbols": "prices, feeds, sessions, paused or not",
        "trades": "open trades",
        "signals": "the latest signals",
        "why": "all that was seen at a signal: /why 002",
        "chart": "a picture: /chart XAUUSD M15",
        "report": "today so far",
        "performance": "how it went: /performance 30d XAUUSD",
        "news": "what is ahead: /news XAUUSD",
        "health": "feeds, database, delivery",
    },
    "Steer": {
        "pause": "no new signals: /pause XAUUSD 2h",
        "resume": "signals again",
        "risk": "percent a trade: /risk 0.5",
        "mode": "signal, paper or live: /mode paper",
        "rearm": "let a tripped drawdown breaker go",
        "strategy": "strategies on or off: /strategy range fade off",
        "settings": "limits, scores, stops: /settings cooldown 60",
    },
    "Trade": {
        "cancel": "withdraw a waiting signal: /cancel 003",
        "move_sl": "move a stop: /move_sl 002 2270.00",
        "close": "close a trade: /close 002",
    },
    "House": {
        "audit": "who did what: /audit 50 Dana",
        "mute": "lesser alerts without a sound: /mute 2h",
        "backup": "copy the database now",
        "version": "what runs here",
        "help": "this list",
        "start": "who I am",
    },
}
COMMANDS = {name: text for group in COMMAND_GROUPS.values() for name, text in group.items()}
START = "<b>Assay</b> watches {symbols} and speaks in its channel. This chat is the desk."
START_NOTE = "/status shows how it stands, /help what you can do."
HELP_GROUP = "<b>{group}</b>"
HELP_LINE = "/{command} · {description}"
HELP_NOTE = "What moves money or mode asks first. Pausing stops new signals only; open trades go on."
WELCOME = "<b>Assay · {symbols}</b>"
WELCOME_SIMULATED = (
    "Prices here are made by a computer; signals, trades and results are worked out from them as from real ones."
)
WELCOME_REPLAY = "These are recorded prices, played again. Nothing here can be traded now."
WELCOME_LIVE = "Signals with charts, edited as price moves, until they are closed. No advice; trading can lose money."

# /status
RUNNING = "<b>Running</b> · {mark}"
PAUSED = "<b>Paused</b> · {mark}"
PAUSED_SYMBOLS = "<b>Running, {symbols} paused</b> · {mark}"
ROWS = {
    "feed": "Feed",
    "open": "Open",
    "today": "Today",
    "limit": "Limit",
    "risk": "Risk",
    "signals": "Signals",
    "off": "Off",
    "outbox": "Outbox",
    "edits": "Edits",
    "up": "Up",
}
TICK_AGO = "tick {age} ago"
NO_TICK = "no tick yet"
TRIPPED = "⛔ Drawdown breaker tripped: no new signals until an owner sends /rearm."
OPEN_COUNT = ("{count} trade", "{count} trades")
CLOSED_COUNT = "{count} closed"
A_DAY = "{r} a day"
A_TRADE = "{percent} a trade"
OF_TODAY = "{count} of {most} today"
SO_MANY_OFF = "{count} of {of} strategies"
WAITING = "{count} waiting"
EVERY = "every {time}"
DATABASE = ("database broken", "database ok")
FEED_STATES = {"ok": "ok", "stalled": "stalled", "closed": "market closed", "warming": "warming up"}

# /trades and /signals
OPEN_TRADES = ("<b>{count} open trade</b>", "<b>{count} open trades</b>")
NO_OPEN_TRADES = "<b>No open trades</b>"
SIGNALS = "<b>Latest signals</b>"
NO_SIGNALS = "<b>No signals yet</b>"
TRADE_LINE = "{symbol} <b>{number} {order} {name}</b> {r}{share}"
HALF_CLOSED = "half closed"
SHARE_CLOSED = "{share} closed"
TRADE_PRICES = "{entry} → {price} · SL {stop} · {target} {level}"
TRADE_WAITS = "Enters at market · SL {stop} · {target} {level}"
SIGNAL_NOTE = "{ending} · {day} {time} · {kind} · {score}/100"
PENDING_SYMBOL, OPEN_SYMBOL, SECURED_SYMBOL = "⏳", "🟢", "🔒"
END_SYMBOLS = {
    CloseReason.TARGET: "✅",
    CloseReason.STOP: "🔴",
    CloseReason.BREAKEVEN: "🔒",
    CloseReason.DESK: "⚪",
    CloseReason.TRAILED: "🔒",
    CloseReason.TIME: "⚪",
    CloseReason.WEEKEND: "⚪",
    CloseReason.NEWS: "⚪",
    CloseReason.CANCELLED: "⚪",
    CloseReason.EXPIRED: "⚪",
}
ENDINGS = {
    CloseReason.TARGET: "closed at TP{number}",
    CloseReason.STOP: "stopped",
    CloseReason.BREAKEVEN: "closed at breakeven",
    CloseReason.DESK: "closed by the desk",
    CloseReason.TRAILED: "closed at its moved stop",
    CloseReason.TIME: "closed, time was up",
    CloseReason.WEEKEND: "closed before the weekend",
    CloseReason.NEWS: "closed before news",
    CloseReason.CANCELLED: "cancelled",
    CloseReason.EXPIRED: "expired",
}
PENDING, OPEN, SECURED = "entering", "open", "TP{number} hit"

# Questions and answers
ONLY_YOU = "Only you can confirm, until {time}."
FROM_NEXT = "From the next signal on. Open trades keep theirs."
RISK_QUESTION = "<b>Change risk per trade?</b>"
RISK_CHANGE = "{before} → <b>{after}</b> of the account, about {money} a trade"
RISK_SET = "Risk per trade is now <b>{after}</b> (was {before}). {name}, {time}."
RISK_KEPT = "Risk per trade stays <b>{before}</b>. {name}, {time}."
MODE_QUESTION = "<b>Change mode?</b>"
MODE_CHANGE = "{before} → <b>{after}</b>: {meaning}"
MODE_MEANINGS = {
    "signal": "signals are published only",
    "paper": "signals are traded on the paper account",
    "live": "signals are for real money; no orders are sent yet",
}
MODE_SET = "Mode is now <b>{after}</b> (was {before}). {name}, {time}."
MODE_KEPT = "Mode stays <b>{before}</b>. {name}, {time}."
REARM_QUESTION = "<b>Re-arm the drawdown breaker?</b>"
REARM_EQUITY = "Equity is <b>{equity}</b>; the drawdown is counted from {high}."
REARM_ABOUT = "Re-armed, it is counted from equity as it is then, and trips at about {floor}. New signals come again."
REARMED = "Drawdown breaker is <b>re-armed</b> at {equity}, from where the drawdown is counted. {name}, {time}."
REARM_KEPT = "Drawdown breaker stays <b>tripped</b>: no new signals. {name}, {time}."
CLOSE_QUESTION = "<b>Close {number} {order} {symbol} now?</b>"
CLOSE_RESULT = "{lots} at about {price} · result about <b>{r}</b>, {money}"
CLOSED = "<b>{number} {order} {symbol}</b> closed at {price} · <b>{r}</b>, {money}. {name}, {time}."
CANCEL_QUESTION = "<b>Withdraw {number} {order} {symbol}?</b>"
CANCEL_ABOUT = "It waits for its first price and has no result. Subscribers are told to remove the order."
WITHDRAWN = "<b>{number} {order} {symbol}</b> withdrawn. {name}, {time}."
CANCEL_KEPT = "<b>{number} {order} {symbol}</b> goes on waiting. {name}, {time}."
MOVE_QUESTION = "<b>Move the stop of {number} {order} {symbol}?</b>"
MOVE_PRICES = "{before} → <b>{after}</b>, price {price}"
MOVE_RISK = "Hit there, the trade ends at {before} → <b>{after}</b>. Subscribers are told at once."
MOVED = "Stop of <b>{number} {order} {symbol}</b> is now <b>{after}</b> (was {before}), {r} if hit. {name}, {time}."
MOVE_KEPT = "Stop of <b>{number} {order} {symbol}</b> stays at <b>{before}</b>. {name}, {time}."
CLOSE_KEPT = "<b>{number} {order} {symbol}</b> stays open. {name}, {time}."
EVERY_SYMBOL = "all symbols"
PAUSE_SET = "New signals are <b>paused</b>, {scope}, until {until}. Open trades go on. {name}, {time}."
UNTIL_RESUME = "/resume"
RESUME_SET = "New signals are <b>on</b> again, {scope}. {name}, {time}."
TOO_LATE = "Nobody confirmed in time. Nothing was changed."

# /strategy
STRATEGIES = "<b>Strategies</b>"
ALL_OFF = "<b>Strategies</b> · all are off: no new signals"
STRATEGY_LINE = "{symbol} <b>{strategy}</b> · {state}"
STRATEGY_ON, STRATEGY_OFF = "🟢", "⚪"
STATES = ("off", "on")
STRATEGY_NOTE = "{market} · from {score}/100 · {count}"
ANY_MARKET = "any market"
SOME_MARKETS, OR = "{regimes} market", "{most} or {last}"
ISSUED = "{today} today, {week} this week"
STRATEGY_SET = (
    "<b>{strategy}</b> is now <b>off</b>; its open trades go on. {name}, {time}.",
    "<b>{strategy}</b> is now <b>on</b>. {name}, {time}.",
)
STRATEGY_KEPT = "<b>{strategy}</b> stays <b>{state}</b>. {name}, {time}."
SWITCH = ("Switch {strategy} off", "Switch {strategy} on")

# /symbols
SYMBOLS = ("<b>{count} symbol</b>", "<b>{count} symbols</b>")
SYMBOL_LINE = "{symbol} <b>{name}</b> · {state}"
SYMBOL_ON, SYMBOL_OFF = "🟢", "⚪"
SYMBOL_PRICE = "{price} · spread {spread} pips · {session}"
SYMBOL_NO_PRICE = "no price yet · {session}"
SYMBOL_FEED = "Feed {feed}: {state}{age}"
SYMBOL_AGE = ", {age} ago"
SYMBOL_RUNS, SYMBOL_PAUSED, SYMBOL_PAUSED_UNTIL = "signals on", "paused until /resume", "paused until {until}"
PAUSE_ONE, RESUME_ONE, PAUSE_ALL, RESUME_ALL = "Pause {symbol}", "Resume {symbol}", "Pause all", "Resume all"
DONE_PAUSED, DONE_RESUMED = "{scope} paused", "{scope} running"

# /news, /mute, /backup, /version
NO_CALENDAR = (
    "<b>No calendar is connected.</b> The bot knows of no news: it warns of none and holds no signal back for any. "
    "Look at one yourself, and /pause before what matters."
)
MUTED = "Alerts of lower importance make no sound {until}. Stalled feeds and lost messages still ring. {name}, {time}."
MUTED_UNTIL, MUTED_FOR_EVER = "until {time}", "until /mute off"
MUTED_GROUP = "Alerts go to the alert chat: it falls silent when all its admins have muted."
UNMUTED = "All alerts ring again. {name}, {time}."
RING = "Ring again"
BACKED_UP = "<b>Backup made</b> in {took} and checked: {size}\n{path}"
NOT_BACKED_UP = "⚠️ <b>No backup:</b> {why}"
BACKING_UP = "A backup is being made. Its answer comes when it is done."
VERSION = "<b>Assay {version}</b> · Python {python}"
VERSION_ROWS = {"up": "Up", "schema": "Schema", "config": "Config", "settings": "Changed"}
SO_MANY_SETTINGS = "{count} of {of} settings"

# /why
WHY_BELOW = "What was seen then, part by part below."
WHY_NOT_KEPT = "<i>What else was seen then was not kept for this signal, so there is no more to tell and no chart.</i>"
GOES_ON = "{title}, goes on"
NAMED = "<b>{name}</b> {text}"
LISTED = "• {text}"

# /audit
AUDIT = "<b>Audit</b>"
NO_AUDIT = "<b>Audit</b>: nothing yet"
AUDIT_ROW = "{time} <b>{who}</b> {what}"
AUDIT_CHANGE = "{what} {before} → {after}"
AUDIT_REFUSED = "⛔ {why}"
PROGRAM = "Assay"
AUDIT_WHYS = {
    "": "refused",
    "stranger": "a stranger",
    "group": "not in this chat",
    "anonymous": "anonymous",
    "bot": "a bot",
    "forwarded": "forwarded",
    "edited": "edited",
    "channel": "in a channel",
    "role": "not in this role",
    "forged": "a forged button",
    "expired": "an expired button",
    "unplaced": "a button out of place",
    "old": "a question nobody remembers",
    "not yours": "somebody else was asked",
    "answered": "answered already",
    "late": "too late",
}

# /health
HEALTHY = "<b>Health: ok</b>"
UNHEALTHY = "⚠️ <b>Health: {broken} of {count} need a look</b>"
BROKEN = "⚠️ <b>{name}</b>: {detail}"

# Buttons
SET, KEEP, CLOSE_NOW, KEEP_OPEN, CLOSE = "Set {value}", "Keep {value}", "Close now", "Keep it open", "Close {number}"
CANCEL, CANCEL_NOW, KEEP_WAITING, MOVE = "Withdraw {number}", "Withdraw it", "Let it wait", "Move to {value}"
REARM_NOW, KEEP_TRIPPED = "Re-arm it", "Keep it tripped"
MENU = {
    "trades": "Trades",
    "pause": "Pause",
    "resume": "Resume",
    "risk": "Risk",
    "report": "Report",
    "health": "Health",
    "refresh": "Refresh",
}
BACK, FORWARD, PAGE = "‹", "›", "{page}/{pages}"
