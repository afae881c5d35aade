"""The pinned board: how a channel stands, at a glance, in one text that is edited at a steady pace."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.words import alert_english
from bot.words.direction import in_one_piece
from bot.words.post import Post
from bot.words.wording import Html, Style, Voice, bold, counted, lines, number, percent, r, say, tidy
from engine.events import NewsItem
from engine.performance import Performance
from engine.types import Trade

LISTED = 8  # open trades; of more those that have moved most

VoiceOf = Callable[[Trade], Voice]


class BoardFigures(msgspec.Struct, frozen=True):
    """`session` is its name and end, None while all of the channel's markets are closed; `news` what comes next."""

    now_ms: int
    symbols: tuple[str, ...]
    running: tuple[Trade, ...]
    today: Performance
    recent: Performance  # of 30 days
    session: tuple[str, int] | None
    news: NewsItem | None = None


def board_post(figures: BoardFigures, channel: str, voice_of: VoiceOf, style: Style) -> Post:
    """`channel` is its name, said where it carries several symbols."""
    what = figures.symbols[0] if len(figures.symbols) == 1 else channel
    session = style.words.BOARD_CLOSED
    if figures.session is not None:
        name, end_ms = figures.session
        session = say(
            style.words.BOARD_SESSION,
            name=style.reason_words.SESSIONS.get(name, name),
            time=style.clock_since(end_ms, figures.now_ms),
        )
    text = lines(
        say(style.words.BOARD_TITLE, what=tidy(what)),
        bold(style.mark()),
        "",
        *_open(figures, voice_of, style),
        "",
        _today(figures, style),
        _recent(figures.recent, style),
        "",
        session,
        _news(figures, style),
        say(style.words.BOARD_UPDATED, time=style.clock(figures.now_ms)),
        style.words.BOARD_RISK,
    )
    return Post(style.directed(text), silent=True)


def not_pinned(channel: str) -> Post:
    """For admins: the board stands in the channel, and the bot may not pin it."""
    return Post(lines(say(alert_english.NOT_PINNED, channel=tidy(channel)), alert_english.NOT_PINNED_REMEDY))


def _open(figures: BoardFigures, voice_of: VoiceOf, style: Style) -> list[Html]:
    """Newest last."""
    running = figures.running
    if not running:
        return [Html(style.words.BOARD_NONE_OPEN)]
    head = say(style.words.BOARD_OPEN, count=len(running), r=r(sum(trade.result_r for trade in running)))
    moved = sorted(running, key=lambda trade: -abs(trade.result_r))[:LISTED]
    is_mixed = len(figures.symbols) > 1
    told = [_line(trade, voice_of(trade), is_mixed=is_mixed) for trade in running if trade in moved]
    more = [say(style.words.BOARD_MORE, count=len(running) - len(told))] if len(told) < len(running) else []
    return [head, *told, *more]


def _line(trade: Trade, voice: Voice, *, is_mixed: bool) -> Html:
    """`🟢 003 BUY 2290.20 → TP1 2296.20 · +1.20R`; the symbol only where the channel has several."""
    setup, next_target = trade.signal.setup, min(trade.targets_hit, len(trade.signal.setup.targets) - 1)
    entry = setup.entry if trade.opened_price is None else trade.opened_price
    state, result = "🔒" if trade.targets_hit else "🟢", bold(r(trade.result_r))
    if trade.opened_price is None:
        state, result = "⏳", say(voice.words.BOARD_ENTERING)
    return say(
        "{state} {number} {order}{symbol} {entry} → TP{next} {target} · {result}",
        state=state,
        number=number(trade.id),
        order=setup.direction.order,
        symbol=f" {tidy(setup.symbol)}" if is_mixed else "",
        entry=voice.price(entry),
        next=next_target + 1,
        target=voice.price(setup.targets[next_target]),
        result=result,
    )


def _news(figures: BoardFigures, style: Style) -> Html | None:
    """Nothing where nothing is known: that no news comes cannot be said."""
    item = figures.news
    if item is None:
        return None
    time = style.clock_ahead(item.time_ms, figures.now_ms)
    return say(style.words.BOARD_NEWS, time=time, currency=tidy(item.currency), title=in_one_piece(tidy(item.title)))


def _today(figures: BoardFigures, style: Style) -> Html:
    today = figures.today
    if not today.trades:
        return Html(style.words.BOARD_NOTHING_CLOSED if figures.running else style.words.BOARD_NO_TRADES)
    sentence = style.words.BOARD_TODAY_FLAT if today.flat else style.words.BOARD_TODAY
    return say(sentence, r=r(today.total_r), won=today.won, lost=today.lost, flat=today.flat)


def _recent(recent: Performance, style: Style) -> Html | None:
    if not recent.trades:
        return None
    values = {"r": r(recent.total_r), "trades": counted(recent.trades, style.report_words.TRADE_COUNT)}
    if recent.win_rate is None:
        return say(style.words.BOARD_RECENT_FLAT, **values)
    return say(style.words.BOARD_RECENT, share=percent(100 * recent.win_rate, 0), **values)
