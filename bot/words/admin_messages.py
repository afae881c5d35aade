"""What the desk reads: status, lists of trades and signals, health, help. Questions stand in `questions.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bot.words import admin_english as english
from bot.words.admin_strategies import strategy_name
from bot.words.buttons import Tap, button
from bot.words.live_block import is_half, share_banked
from bot.words.post import Button, Post
from bot.words.wording import (
    DOT,
    Html,
    Market,
    Style,
    Voice,
    counted,
    duration,
    join,
    lines,
    number,
    percent,
    r,
    say,
    steps_r,
    table,
    tidy,
)
from engine.types import Strategy, Trade

PAGE_SIZE = 5
_LABEL, _ROW = 8, 30  # characters: a table's first column, and the most a phone shows in a line


class StatusFigures(msgspec.Struct, frozen=True):
    """What /status tells. R is of open trades and of today's closed ones; None where there is no such limit.

    `feeds` are (symbol, state) with the states `ok`, `stalled`, `closed` or `warming`.
    """

    now_ms: int
    up_ms: int
    tick_age_ms: int | None
    open_trades: int
    open_r: float
    closed_today: int
    today_r: float
    risk_percent: Decimal
    signals_today: int
    most_signals: int
    outbox_waiting: int
    edit_every_ms: int
    feeds: tuple[tuple[str, str], ...]
    is_database_ok: bool = True
    is_paused: bool = False
    paused_symbols: tuple[str, ...] = ()
    daily_limit_r: float | None = None
    strategies_off: tuple[Strategy, ...] = ()
    is_tripped: bool = False  # the drawdown breaker holds new signals back


class Check(msgspec.Struct, frozen=True):
    """One thing that can break, and how it is."""

    name: str
    is_ok: bool
    detail: str


def status(figures: StatusFigures, style: Style) -> Post:
    feeds = [f"{tidy(symbol)} {english.FEED_STATES.get(state, tidy(state))}" for symbol, state in figures.feeds]
    return Post(
        lines(
            _status_head(figures, style),
            say(english.TRIPPED) if figures.is_tripped else None,
            table(f"{english.ROWS[row]:<{_LABEL}}{value}" for row, value in _status_rows(figures).items()),
            join(DOT, *feeds, english.DATABASE[figures.is_database_ok], style.clock_s(figures.now_ms)),
        ),
        buttons=(
            (_menu("trades"), _menu("resume" if figures.is_paused else "pause"), _menu("risk")),
            (_menu("report"), _menu("health"), button(english.MENU["refresh"], Tap.MENU, "status")),
        ),
    )


def trades_page(trades: Sequence[Trade], voices: Mapping[str, Voice], page: int, now_ms: int, style: Style) -> Post:
    """Open trades, five a page, counted from 1; a page that no longer exists shows the last one."""
    pages, page, shown = _page(trades, page)
    if trades:
        total_r = sum((_r(trade) for trade in trades), Decimal(0))
        money = sum((voices[trade.symbol].result_money(trade) for trade in trades if trade.opened_ms), Decimal(0))
        head = join(DOT, counted(len(trades), english.OPEN_TRADES), r(total_r), style.signed_money(money))
    else:
        head = say(english.NO_OPEN_TRADES)
    parts = [head, *(_open_trade(trade, voices[trade.symbol]) for trade in shown), style.clock_s(now_ms)]
    closing = tuple(_end_button(trade) for trade in shown)
    pager = _pager(Tap.TRADES, page, pages)
    return Post(join("\n\n", *parts), buttons=(closing, pager) if closing else (pager,))


def signals_page(trades: Sequence[Trade], voices: Mapping[str, Voice], page: int, now_ms: int, style: Style) -> Post:
    """The latest signals and what became of them, newest first, five a page."""
    pages, page, shown = _page(trades, page)
    head = say(english.SIGNALS if trades else english.NO_SIGNALS)
    parts = [head, *(_signal(trade, voices[trade.symbol]) for trade in shown), style.clock_s(now_ms)]
    return Post(join("\n\n", *parts), buttons=(_pager(Tap.SIGNALS, page, pages),))


def health(checks: Sequence[Check], now_ms: int, style: Style) -> Post:
    """Everything that can break, what is broken said again below in full."""
    broken = [check for check in checks if not check.is_ok]
    head = say(english.UNHEALTHY, broken=len(broken), count=len(checks)) if broken else say(english.HEALTHY)
    width = max((len(tidy(check.name, 12)) for check in checks), default=0) + 2
    rows = [f"{tidy(check.name, 12):<{width}}{tidy(check.detail, _ROW - width)}" for check in checks]
    return Post(
        lines(
            join(DOT, head, style.clock_s(now_ms)),
            table(rows) if rows else None,
            *(say(english.BROKEN, name=tidy(check.name), detail=tidy(check.detail, 200)) for check in broken),
        ),
        buttons=((button(english.MENU["refresh"], Tap.MENU, "health"),),),
    )


def start(symbols: Sequence[str], style: Style) -> Post:
    names = ", ".join(tidy(symbol) for symbol in symbols)
    return Post(
        lines(say(english.START, symbols=names), say(english.START_NOTE), say("<b>{mark}</b>", mark=style.mark()))
    )


def help_text() -> Post:
    """Every command with what it does, what belongs together side by side."""
    groups = [
        lines(
            say(english.HELP_GROUP, group=group),
            *(say(english.HELP_LINE, command=name, description=text) for name, text in listed.items()),
        )
        for group, listed in english.COMMAND_GROUPS.items()
    ]
    return Post(join("\n\n", *groups, say(english.HELP_NOTE)))


def welcome(symbols: Sequence[str], style: Style) -> Post:
    """The first message of a channel: what it is, and where its prices come from."""
    about = {
        Market.LIVE: english.WELCOME_LIVE,
        Market.SIMULATED: english.WELCOME_SIMULATED,
        Market.REPLAY: english.WELCOME_REPLAY,
    }
    names = ", ".join(tidy(symbol) for symbol in symbols)
    return Post(
        lines(say(english.WELCOME, symbols=names), say(about[style.market]), say("<b>{mark}</b>", mark=style.mark())),
        silent=True,
    )


def _end_button(trade: Trade) -> Button:
    """What is open is closed, what waits is withdrawn. Both ask first."""
    if trade.opened_price is None:
        return button(english.CANCEL.format(number=number(trade.id)), Tap.CANCEL, trade.id)
    return button(english.CLOSE.format(number=number(trade.id)), Tap.CLOSE, trade.id)


def _status_head(figures: StatusFigures, style: Style) -> Html:
    if figures.is_paused:
        return say(english.PAUSED, mark=style.mark())
    if figures.paused_symbols:
        names = ", ".join(tidy(symbol) for symbol in figures.paused_symbols[:5])
        return say(english.PAUSED_SYMBOLS, symbols=names, mark=style.mark())
    return say(english.RUNNING, mark=style.mark())


def _status_rows(figures: StatusFigures) -> dict[str, str]:
    """Values by the name of their row, in the order they are read."""
    counts = (counted(figures.open_trades, english.OPEN_COUNT), say(english.CLOSED_COUNT, count=figures.closed_today))
    width = max(map(len, counts))
    rows: dict[str, str | None] = {
        "feed": _tick_age(figures.tick_age_ms),
        "open": f"{counts[0]:<{width}}  {r(figures.open_r)}",
        "today": f"{counts[1]:<{width}}  {r(figures.today_r)}",
        "limit": None if figures.daily_limit_r is None else english.A_DAY.format(r=r(figures.daily_limit_r)),
        "risk": english.A_TRADE.format(percent=percent(figures.risk_percent)),
        "signals": english.OF_TODAY.format(count=figures.signals_today, most=figures.most_signals),
        "off": _strategies_off(figures.strategies_off),
        "outbox": english.WAITING.format(count=figures.outbox_waiting),
        "edits": english.EVERY.format(time=duration(figures.edit_every_ms)),
        "up": duration(figures.up_ms),
    }
    return {row: value for row, value in rows.items() if value is not None}


def _strategies_off(off: Sequence[Strategy]) -> str | None:
    """What is switched off is said, lest somebody wait for its signals."""
    if len(off) > 1:
        return english.SO_MANY_OFF.format(count=len(off), of=len(Strategy))
    return strategy_name(off[0]) if off else None


def _tick_age(age_ms: int | None) -> str:
    if age_ms is None:
        return english.NO_TICK
    age = f"{max(age_ms, 0) / 1000:.1f} s" if age_ms < 10_000 else duration(age_ms)
    return english.TICK_AGO.format(age=age)


def _open_trade(trade: Trade, voice: Voice) -> Html:
    """`2274.10 → 2295.00 · SL 2274.10 · TP2 2297.10` under its name and result."""
    setup = trade.signal.setup
    next_target = min(trade.targets_hit, len(setup.targets) - 1)
    values = {
        "stop": voice.price(trade.stop),
        "target": f"TP{next_target + 1}",
        "level": voice.price(setup.targets[next_target]),
    }
    if trade.opened_price is None or trade.price is None:
        return lines(_trade_line(trade), say(english.TRADE_WAITS, **values))
    prices = {"entry": voice.price(trade.opened_price), "price": voice.price(trade.price)}
    return lines(_trade_line(trade), say(english.TRADE_PRICES, **prices, **values))


def _signal(trade: Trade, voice: Voice) -> Html:
    setup, issued_ms = trade.signal.setup, trade.signal.issued_ms
    note = say(
        english.SIGNAL_NOTE,
        ending=_state(trade),
        day=voice.day(issued_ms),
        time=voice.clock(issued_ms),
        kind=tidy(setup.kind),
        score=setup.score,
    )
    return lines(_trade_line(trade), note)


def _trade_line(trade: Trade) -> Html:
    share = None
    if not trade.is_done and (closed := share_banked(trade)):
        share = say(english.HALF_CLOSED) if is_half(trade) else say(english.SHARE_CLOSED, share=closed)
    return say(
        english.TRADE_LINE,
        symbol=_symbol(trade),
        number=number(trade.id),
        order=trade.direction.order,
        name=tidy(trade.symbol),
        r=r(_r(trade)),
        share="" if share is None else join("", DOT, share),
    )


def _symbol(trade: Trade) -> str:
    if trade.reason is not None:
        return english.END_SYMBOLS[trade.reason]
    if trade.opened_price is None:
        return english.PENDING_SYMBOL
    return english.SECURED_SYMBOL if trade.targets_hit else english.OPEN_SYMBOL


def _state(trade: Trade) -> str:
    if trade.reason is not None:
        return english.ENDINGS[trade.reason].format(number=trade.targets_hit)
    if trade.opened_price is None:
        return english.PENDING
    return english.SECURED.format(number=trade.targets_hit) if trade.targets_hit else english.OPEN


def _r(trade: Trade) -> Decimal:
    return steps_r(trade, trade.total_steps) if trade.opened_price is not None else Decimal(0)


def _page(trades: Sequence[Trade], page: int) -> tuple[int, int, Sequence[Trade]]:
    """How many pages there are, which one is shown, and what stands on it."""
    pages = max(1, -(-len(trades) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    return pages, page, trades[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _pager(tap: Tap, page: int, pages: int) -> tuple[Button, ...]:
    return (
        button(english.BACK, tap, max(page - 1, 1)),
        button(english.PAGE.format(page=page, pages=pages), tap, page),
        button(english.FORWARD, tap, min(page + 1, pages)),
        button(english.MENU["refresh"], tap, page),
    )


def _menu(entry: str) -> Button:
    return button(english.MENU[entry], Tap.MENU, entry)
