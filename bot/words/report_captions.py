"""The words under a report's picture. Figures come in as plain values; nothing is looked up here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from bot.words.captions import CAPTION_LIMIT
from bot.words.post import Post
from bot.words.reasons import refusal_name
from bot.words.wording import (
    DOT,
    NBSP,
    Html,
    Voice,
    bold,
    counted,
    join,
    lines,
    number,
    percent,
    r,
    say,
    signed,
    steps_r,
    table,
    tidy,
    visible_length,
)
from engine.performance import Performance
from engine.types import Trade

ROW_LIMIT = 30  # characters a phone of 360 px shows in one line
_MOST_ROWS = 12


class Refused(msgspec.Struct, frozen=True):
    """How many setups were refused for one reason. `needed` is the limit, in the gate's words."""

    code: str
    needed: str
    count: int


class DailyFigures(msgspec.Struct, frozen=True):
    """One trading day of one instrument, which ends at `end_ms`.

    `ended` are the trades that ended today, oldest first, those never filled included; `running` are still open. Of a
    day long over it is only known how many were: `carried`. `recent` are the last 30 days. `refused` counts setups,
    `refusals` their reasons, of which one setup may have several; most frequent first. `late` when the report should
    have been out before.
    """

    day: date
    end_ms: int
    ended: tuple[Trade, ...]
    running: tuple[Trade, ...]
    recent: Performance
    refused: int = 0
    refusals: tuple[Refused, ...] = ()
    carried: int = 0
    late: bool = False
    head: str | None = None  # of the record, the entry of this report included


def daily_report(figures: DailyFigures, voice: Voice, picture: bytes | None = None) -> Post:
    """The day in R first; open trades are shown and not counted."""
    if not figures.ended and not figures.running and not figures.carried:
        return Post(voice.directed(_quiet_day(figures, voice)), picture=picture)
    text = Html()
    for rows in range(_MOST_ROWS, -1, -1):
        text = voice.directed(_busy_day(figures, voice, rows))
        if visible_length(text) <= CAPTION_LIMIT:
            break
    return Post(text, picture=picture)


def _busy_day(figures: DailyFigures, voice: Voice, most_rows: int) -> Html:
    closed = [trade for trade in figures.ended if trade.opened_price is not None]
    return lines(
        *_head(figures, voice),
        "",
        _headline(closed, voice),
        _counts(figures, closed, voice),
        "",
        *_trade_table(closed, figures.running, voice, most_rows),
        _extremes(closed, voice),
        *(_banked(trade, voice) for trade in figures.running[:2] if trade.fills),
        "",
        *_recent(figures.recent, voice),
        _record(figures, voice),
        say("{mark} · {pip_note}", mark=bold(voice.mark()), pip_note=voice.pip_note()),
    )


def _quiet_day(figures: DailyFigures, voice: Voice) -> Html:
    recent = figures.recent
    if figures.refused:
        setups = counted(figures.refused, voice.report_words.SETUP_COUNT)
        said = say(voice.report_words.NO_SIGNALS_REFUSED, setups=setups)
    else:
        said = say(voice.report_words.NO_SIGNALS)
    refusals = [
        say(voice.report_words.REFUSAL, count=refused.count, name=refusal_name(refused.code, refused.needed, voice))
        for refused in figures.refusals[:6]
    ]
    return lines(
        *_head(figures, voice),
        "",
        said,
        join(DOT, *refusals) if figures.refused else None,
        "",
        join(DOT, _total(recent, voice), _drawdown(recent, voice) if recent.trades else None),
        _record(figures, voice),
        bold(voice.mark()),
    )


def _record(figures: DailyFigures, voice: Voice) -> Html | None:
    """What whoever reads this holds against everybody who would edit the past."""
    return None if figures.head is None else say(voice.report_words.RECORD, head=figures.head)


def _head(figures: DailyFigures, voice: Voice) -> tuple[Html | None, ...]:
    day = figures.day
    name = f"{voice.words.WEEKDAYS[day.weekday()]} {day.day}{NBSP}{voice.words.MONTHS[day.month - 1]}{NBSP}{day.year}"
    return (
        say(voice.report_words.DAILY, symbol=tidy(voice.instrument.symbol)),
        say(voice.report_words.DAY_ENDS, day=name, time=voice.clock(figures.end_ms)),
        say(voice.report_words.LATE, moment=voice.moment(figures.end_ms)) if figures.late else None,
    )


def _headline(closed: Sequence[Trade], voice: Voice) -> Html:
    total = sum((_r(trade) for trade in closed), Decimal(0))
    ticks = sum((Decimal(trade.total_steps) / trade.signal.lot_steps for trade in closed), Decimal(0))
    money = sum((voice.result_money(trade) for trade in closed), Decimal(0))
    return say(
        voice.report_words.HEADLINE,
        r=r(total),
        pips=voice.in_pips(ticks),
        money=voice.signed_money(money),
    )


def _counts(figures: DailyFigures, closed: Sequence[Trade], voice: Voice) -> Html:
    """Won and lost are always said; what did not happen is left out."""
    won = sum(trade.total_steps > 0 for trade in closed)
    lost = sum(trade.total_steps < 0 for trade in closed)
    rare = {
        voice.report_words.FLAT: len(closed) - won - lost,
        voice.report_words.STILL_OPEN: len(figures.running) + figures.carried,
        voice.report_words.NOT_FILLED: len(figures.ended) - len(closed),
    }
    parts = [say(voice.report_words.WON, count=won), say(voice.report_words.LOST, count=lost)]
    parts += [say(sentence, count=count) for sentence, count in rare.items() if count]
    signals = counted(len(figures.ended) + len(figures.running) + figures.carried, voice.report_words.SIGNAL_COUNT)
    return say(voice.report_words.COUNTS, signals=signals, parts=join(voice.words.COMMA, *parts))


def _trade_table(closed: Sequence[Trade], running: Sequence[Trade], voice: Voice, most_rows: int) -> list[Html]:
    """One row a trade. Too many: those with the largest results either way, then how many more there are."""
    everything = [*closed, *running]
    loudest = sorted(everything, key=lambda trade: abs(_r(trade)), reverse=True)[:most_rows]
    shown = [trade for trade in everything if trade in loudest]
    found = [table(_rows(shown, voice))] if shown else []
    if len(shown) < len(everything):
        found.append(say(voice.report_words.AND_MORE, count=len(everything) - len(shown)))
    return found


def _rows(trades: Sequence[Trade], voice: Voice) -> list[str]:
    """Columns as wide as they need; pips give way where a row would wrap on a phone."""
    cells = [
        (number(trade.id), trade.direction.order, _ending(trade, voice), r(_r(trade)), _pips(trade, voice))
        for trade in trades
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    rows = [
        f"{name:<{widths[0]}} {order:<{widths[1]}} {ending:<{widths[2]}}  {result:>{widths[3]}}  {pips:>{widths[4]}}"
        for name, order, ending, result, pips in cells
    ]
    if max(map(len, rows)) <= ROW_LIMIT:
        return rows
    return [row[: -widths[4]].rstrip() for row in rows]


def _ending(trade: Trade, voice: Voice) -> str:
    if trade.reason is None:
        return voice.report_words.OPEN_ROW
    return voice.report_words.ENDINGS.get(trade.reason, "").format(number=trade.targets_hit)


def _extremes(closed: Sequence[Trade], voice: Voice) -> Html | None:
    if len(closed) < 2:
        return None
    best, worst = max(closed, key=_r), min(closed, key=_r)
    return say(
        voice.report_words.BEST_AND_WORST,
        best=number(best.id),
        best_r=r(_r(best)),
        worst=number(worst.id),
        worst_r=r(_r(worst)),
    )


def _banked(trade: Trade, voice: Voice) -> Html:
    return say(voice.report_words.HAS_BANKED, number=number(trade.id), r=r(trade.banked_r))


def _recent(recent: Performance, voice: Voice) -> list[Html]:
    """Drawdown and ambiguous fills are always there, also when they are ugly."""
    if not recent.trades:
        return [_total(recent, voice)]
    won, factor = None, None
    if recent.win_rate is not None:
        won = say(voice.report_words.WIN_RATE, percent=percent(recent.win_rate * 100, 0))
    if recent.profit_factor is not None:
        factor = say(voice.report_words.PROFIT_FACTOR, factor=signed(recent.profit_factor, 2).lstrip("+"))
    return [
        join(DOT, _total(recent, voice), won),
        join(DOT, say(voice.report_words.AVERAGE, r=r(recent.average_r)), factor, _drawdown(recent, voice)),
        say(voice.report_words.AMBIGUOUS, count=recent.ambiguous),
    ]


def _total(recent: Performance, voice: Voice) -> Html:
    if not recent.trades:
        return say(voice.report_words.THIRTY_DAYS_EMPTY)
    trades = counted(recent.trades, voice.report_words.TRADE_COUNT)
    total = say(voice.report_words.THIRTY_DAYS, r=r(recent.total_r), trades=trades)
    return join(voice.words.COMMA, total, say(voice.report_words.TOO_FEW) if recent.is_few else None)


def _drawdown(recent: Performance, voice: Voice) -> Html:
    return say(voice.report_words.DRAWDOWN, r=r(recent.drawdown_r, 1), now=r(recent.drawdown_now_r, 1))


def _r(trade: Trade) -> Decimal:
    return steps_r(trade, trade.total_steps) if trade.opened_price is not None else Decimal(0)


def _pips(trade: Trade, voice: Voice) -> str:
    return voice.pips(Decimal(trade.total_steps) / trade.signal.lot_steps)
