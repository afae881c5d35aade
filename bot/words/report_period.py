"""The words under the picture of a week, a month, or any time somebody asks about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.words import report_english
from bot.words.captions import CAPTION_LIMIT
from bot.words.post import Post
from bot.words.report_captions import ROW_LIMIT
from bot.words.report_english import Span
from bot.words.report_rows import (
    MOST_ROWS,
    PeriodFigures,
    Row,
    day_rows,
    days_name,
    group_rows,
    shortened,
    shown_days,
    span_days,
    steady,
)
from bot.words.wording import (
    DOT,
    NBSP,
    Html,
    Style,
    Voice,
    bold,
    counted,
    join,
    lines,
    percent,
    r,
    say,
    signed,
    table,
    tidy,
    visible_length,
)
from engine.performance import Performance, measure
from engine.types import Trade

_BAR_CELLS = 5


def period_report(figures: PeriodFigures, style: Style, picture: bytes | None = None) -> Post:
    """R first, drawdown as plain as the rest. Where it does not fit the longest table gets shorter, then goes."""
    tables = _tables(figures)
    text = _text(figures, style, tables)
    while visible_length(text) > CAPTION_LIMIT and tables:
        longest = max(tables, key=lambda each: len(each[1]))
        place = tables.index(longest)
        column, rows = tables.pop(place)
        if len(rows) > 3:
            tables.insert(place, (column, shortened(rows, len(rows) - 1)))
        text = _text(figures, style, tables)
    return Post(text, picture=picture)


def results_count(performance: Performance) -> Html:
    """`14 won, 15 lost, 1 flat`: won and lost are always said."""
    parts = [
        say(report_english.WON, count=performance.won),
        say(report_english.LOST, count=performance.lost),
        say(report_english.FLAT, count=performance.flat) if performance.flat else None,
    ]
    return join(", ", *parts)


def _text(figures: PeriodFigures, style: Style, tables: Sequence[tuple[str, list[Row]]]) -> Html:
    pip_note = style.pip_note() if isinstance(style, Voice) and figures.pips is not None else None
    mark = join(DOT, bold(style.mark()), pip_note if figures.trades else None)
    if not figures.trades:
        return lines(*_head(figures, style), "", _nothing(figures), _open(figures), mark)
    performance = measure(figures.trades)
    return lines(
        *_head(figures, style),
        "",
        _headline(figures, style, performance),
        *_counts(performance),
        _drawdown(figures, performance, style),
        counted(performance.losing_run, report_english.LOSING_RUN) if performance.losing_run > 1 else None,
        "",
        *(table(_printed(column, rows)) for column, rows in tables),
        *_extremes(figures.trades),
        _open(figures),
        say(report_english.AMBIGUOUS, count=performance.ambiguous),
        mark,
    )


def _head(figures: PeriodFigures, style: Style) -> list[Html | None]:
    days = span_days(figures)
    is_asked = figures.span not in (Span.WEEKLY, Span.MONTHLY)
    late = None if figures.due_ms is None else say(report_english.LATE, moment=style.moment(figures.due_ms))
    return [
        say(report_english.PERIOD_TITLE, title=report_english.PERIODS[figures.span], scope=tidy(figures.scope)),
        say(report_english.UNTIL, days=days, time=style.clock(figures.end_ms))
        if is_asked
        else say("{days}", days=days),
        late,
    ]


def _nothing(figures: PeriodFigures) -> Html:
    if not figures.refused:
        return say(report_english.NO_TRADES)
    return say(report_english.NO_TRADES_REFUSED, setups=counted(figures.refused, report_english.SETUP_COUNT))


def _open(figures: PeriodFigures) -> Html | None:
    return counted(figures.running, report_english.OPEN_COUNT) if figures.running else None


def _headline(figures: PeriodFigures, style: Style, performance: Performance) -> Html:
    total, money = r(steady(performance.total_r)), style.signed_money(figures.money)
    if figures.pips is None:
        return say(report_english.PERIOD_HEADLINE, r=total, money=money)
    return say(report_english.HEADLINE, r=total, pips=f"{signed(figures.pips, 1)}{NBSP}pips", money=money)


def _counts(performance: Performance) -> list[Html]:
    """What is divided by nothing is left out."""
    trades = counted(performance.trades, report_english.TRADE_COUNT)
    counts = say(report_english.PERIOD_COUNTS, trades=trades, parts=results_count(performance))
    won = factor = None
    if performance.win_rate is not None:
        won = say(report_english.WIN_RATE, percent=percent(performance.win_rate * 100, 0))
    if performance.profit_factor is not None:
        factor = say(report_english.PROFIT_FACTOR, factor=signed(steady(performance.profit_factor), 2).lstrip("+"))
    average = say(report_english.AVERAGE, r=r(steady(performance.average_r)))
    few = say(report_english.TOO_FEW) if performance.is_few else None
    return [join(DOT, counts, won), join(DOT, average, factor, few)]


def _drawdown(figures: PeriodFigures, performance: Performance, style: Style) -> Html:
    from_ms, to_ms = performance.drawdown_from_ms, performance.drawdown_to_ms
    if from_ms is None or to_ms is None:
        return say(report_english.NO_DRAWDOWN)
    return say(
        report_english.WORST_DRAWDOWN,
        r=r(steady(performance.drawdown_r), 1),
        days=_fall_days(figures, style.local(from_ms).date(), style.local(to_ms).date()),
        now=r(steady(performance.drawdown_now_r), 1),
    )


def _fall_days(figures: PeriodFigures, first: date, last: date) -> str:
    """With the year where it could be another than the last."""
    days = days_name(first, last)
    return days if figures.first.year == figures.last.year else f"{days}{NBSP}{last.year}"


def _extremes(trades: Sequence[Trade]) -> list[Html]:
    """By the whole id: in a week there are several 003."""
    if len(trades) < 2:
        return []
    best, worst = max(trades, key=lambda trade: trade.result_r), min(trades, key=lambda trade: trade.result_r)
    return [
        say(sentence, r=r(steady(trade.result_r)), name=tidy(trade.id))
        for sentence, trade in ((report_english.BEST, best), (report_english.WORST, worst))
    ]


def _tables(figures: PeriodFigures) -> list[tuple[str, list[Row]]]:
    """Those that have something to tell, the least wanted last."""
    setups, sessions, symbols = group_rows(figures)
    by_day: list[tuple[str, list[Row]]] = []
    if figures.is_of_months:
        by_day = [(report_english.MONTH_COLUMN, day_rows(figures))]
    elif len(shown_days(figures)) in range(2, 8):
        by_day = [(report_english.DAY_COLUMN, day_rows(figures))]
    wanted = [
        (report_english.SYMBOL_COLUMN, shortened(symbols, MOST_ROWS)),
        *by_day,
        (report_english.SETUP_COLUMN, setups),
        (report_english.SESSION_COLUMN, sessions),
    ]
    return [(column, rows) for column, rows in wanted if rows]


def _printed(column: str, rows: Sequence[Row]) -> list[str]:
    """Columns as wide as they need; a long name gives way where a row would wrap on a phone."""
    cells = [(column, report_english.COUNT_COLUMN, report_english.R_COLUMN)]
    cells += [(tidy(row.name), str(row.trades), r(steady(row.total_r))) for row in rows]
    counts = max(len(count) for _, count, _ in cells)
    results = max(len(result) for _, _, result in cells)
    names = min(ROW_LIMIT - counts - results - 3, max(len(name) for name, _, _ in cells))
    printed = [f"{_cut(name, names):<{names}} {count:>{counts}}  {result:>{results}}" for name, count, result in cells]
    if column != report_english.DAY_COLUMN:
        return printed
    bars = ["", *_bars(rows, ROW_LIMIT - len(printed[0]) - 2)]
    return [f"{row}  {bar}".rstrip() for row, bar in zip(printed, bars, strict=True)]


def _bars(rows: Sequence[Row], room: int) -> list[str]:
    """How large each is beside the largest, full cells for a gain and empty ones for a loss; none without room."""
    most = min(_BAR_CELLS, room)
    hundredths = [round(100 * steady(row.total_r)) for row in rows]
    largest = max(map(abs, hundredths), default=0)
    if most < 2 or not largest:
        return [""] * len(rows)
    return [("▰" if value > 0 else "▱") * -(-abs(value) * most // largest) for value in hundredths]


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
