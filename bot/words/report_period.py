"""The words under the picture of a week, a month, or any time somebody asks about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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
    tables = _tables(figures, _tabular(style))
    text = _text(figures, style, tables)
    while visible_length(text) > CAPTION_LIMIT and tables:
        longest = max(tables, key=lambda each: len(each[1]))
        place = tables.index(longest)
        column, rows = tables.pop(place)
        if len(rows) > 3:
            tables.insert(place, (column, shortened(rows, len(rows) - 1, _tabular(style))))
        text = _text(figures, style, tables)
    return Post(text, picture=picture)


def results_count(performance: Performance, style: Style) -> Html:
    """`14 won, 15 lost, 1 flat`: won and lost are always said."""
    parts = [
        say(style.report_words.WON, count=performance.won),
        say(style.report_words.LOST, count=performance.lost),
        say(style.report_words.FLAT, count=performance.flat) if performance.flat else None,
    ]
    return join(style.words.COMMA, *parts)


def _tabular(style: Style) -> Style:
    """How tables are written: columns of one width hold no other script than Latin."""
    return style.in_english() if style.language.is_right_to_left else style


def _text(figures: PeriodFigures, style: Style, tables: Sequence[tuple[str, list[Row]]]) -> Html:
    pip_note = style.pip_note() if isinstance(style, Voice) and figures.pips is not None else None
    mark = join(DOT, bold(style.mark()), pip_note if figures.trades else None)
    if not figures.trades:
        return style.directed(lines(*_head(figures, style), "", _nothing(figures, style), _open(figures, style), mark))
    performance = measure(figures.trades)
    text = lines(
        *_head(figures, style),
        "",
        _headline(figures, style, performance),
        *_counts(performance, style),
        _drawdown(figures, performance, style),
        counted(performance.losing_run, style.report_words.LOSING_RUN) if performance.losing_run > 1 else None,
        "",
        *(table(_printed(column, rows, _tabular(style))) for column, rows in tables),
        *_extremes(figures.trades, style),
        _open(figures, style),
        say(style.report_words.AMBIGUOUS, count=performance.ambiguous),
        mark,
    )
    return style.directed(text)


def _head(figures: PeriodFigures, style: Style) -> list[Html | None]:
    days = span_days(figures, style)
    is_asked = figures.span not in (Span.WEEKLY, Span.MONTHLY)
    late = None if figures.due_ms is None else say(style.report_words.LATE, moment=style.moment(figures.due_ms))
    return [
        say(style.report_words.PERIOD_TITLE, title=style.report_words.PERIODS[figures.span], scope=tidy(figures.scope)),
        say(style.report_words.UNTIL, days=days, time=style.clock(figures.end_ms))
        if is_asked
        else say("{days}", days=days),
        late,
    ]


def _nothing(figures: PeriodFigures, style: Style) -> Html:
    if not figures.refused:
        return say(style.report_words.NO_TRADES)
    return say(style.report_words.NO_TRADES_REFUSED, setups=counted(figures.refused, style.report_words.SETUP_COUNT))


def _open(figures: PeriodFigures, style: Style) -> Html | None:
    return counted(figures.running, style.report_words.OPEN_COUNT) if figures.running else None


def _headline(figures: PeriodFigures, style: Style, performance: Performance) -> Html:
    total, money = r(steady(performance.total_r)), style.signed_money(figures.money)
    if figures.pips is None:
        return say(style.report_words.PERIOD_HEADLINE, r=total, money=money)
    pips = style.words.PIPS.format(pips=signed(figures.pips, 1)).replace(" ", NBSP)
    return say(style.report_words.HEADLINE, r=total, pips=pips, money=money)


def _counts(performance: Performance, style: Style) -> list[Html]:
    """What is divided by nothing is left out."""
    trades = counted(performance.trades, style.report_words.TRADE_COUNT)
    counts = say(style.report_words.PERIOD_COUNTS, trades=trades, parts=results_count(performance, style))
    won = factor = None
    if performance.win_rate is not None:
        won = say(style.report_words.WIN_RATE, percent=percent(performance.win_rate * 100, 0))
    if performance.profit_factor is not None:
        factor = say(style.report_words.PROFIT_FACTOR, factor=signed(steady(performance.profit_factor), 2).lstrip("+"))
    average = say(style.report_words.AVERAGE, r=r(steady(performance.average_r)))
    few = say(style.report_words.TOO_FEW) if performance.is_few else None
    return [join(DOT, counts, won), join(DOT, average, factor, few)]


def _drawdown(figures: PeriodFigures, performance: Performance, style: Style) -> Html:
    from_ms, to_ms = performance.drawdown_from_ms, performance.drawdown_to_ms
    if from_ms is None or to_ms is None:
        return say(style.report_words.NO_DRAWDOWN)
    return say(
        style.report_words.WORST_DRAWDOWN,
        r=r(steady(performance.drawdown_r), 1),
        days=_fall_days(figures, style.local(from_ms).date(), style.local(to_ms).date(), style),
        now=r(steady(performance.drawdown_now_r), 1),
    )


def _fall_days(figures: PeriodFigures, first: date, last: date, style: Style) -> str:
    """With the year where it could be another than the last."""
    days = days_name(first, last, style)
    return days if figures.first.year == figures.last.year else f"{days}{NBSP}{last.year}"


def _extremes(trades: Sequence[Trade], style: Style) -> list[Html]:
    """By the whole id: in a week there are several 003."""
    if len(trades) < 2:
        return []
    best, worst = max(trades, key=lambda trade: trade.result_r), min(trades, key=lambda trade: trade.result_r)
    return [
        say(sentence, r=r(steady(trade.result_r)), name=tidy(trade.id))
        for sentence, trade in ((style.report_words.BEST, best), (style.report_words.WORST, worst))
    ]


def _tables(figures: PeriodFigures, style: Style) -> list[tuple[str, list[Row]]]:
    """Those that have something to tell, the least wanted last."""
    setups, sessions, symbols = group_rows(figures, style)
    by_day: list[tuple[str, list[Row]]] = []
    if figures.is_of_months:
        by_day = [(style.report_words.MONTH_COLUMN, day_rows(figures, style))]
    elif len(shown_days(figures)) in range(2, 8):
        by_day = [(style.report_words.DAY_COLUMN, day_rows(figures, style))]
    wanted = [
        (style.report_words.SYMBOL_COLUMN, shortened(symbols, MOST_ROWS, style)),
        *by_day,
        (style.report_words.SETUP_COLUMN, setups),
        (style.report_words.SESSION_COLUMN, sessions),
    ]
    return [(column, rows) for column, rows in wanted if rows]


def _printed(column: str, rows: Sequence[Row], style: Style) -> list[str]:
    """Columns as wide as they need; a long name gives way where a row would wrap on a phone."""
    cells = [(column, style.report_words.COUNT_COLUMN, style.report_words.R_COLUMN)]
    cells += [(tidy(row.name), str(row.trades), r(steady(row.total_r))) for row in rows]
    counts = max(len(count) for _, count, _ in cells)
    results = max(len(result) for _, _, result in cells)
    names = min(ROW_LIMIT - counts - results - 3, max(len(name) for name, _, _ in cells))
    printed = [f"{_cut(name, names):<{names}} {count:>{counts}}  {result:>{results}}" for name, count, result in cells]
    if column != style.report_words.DAY_COLUMN:
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
