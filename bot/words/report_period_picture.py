"""The picture of a week, a month, or any time somebody asks about: figures in, what to draw out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

from bot.words import report_english as english
from bot.words.report_english import Span
from bot.words.report_period import results_count
from bot.words.report_rows import (
    PeriodFigures,
    Row,
    day_rows,
    group_rows,
    shortened,
    shown_days,
    span_days,
    steady,
)
from bot.words.wording import DOT, Style, counted, percent, r, signed, tidy
from charts.picture import DayCell, EquityPoint, Group, GroupRow, NumberCard, PeriodPicture, Tone, Week
from engine.performance import Performance, measure
from engine.types import Trade

_MOST_STEPS = 160  # a step is then seven pixels wide
_MOST_SYMBOLS = 4


def period_picture(figures: PeriodFigures, style: Style, theme: str) -> PeriodPicture:
    style = style.in_english()
    performance = measure(figures.trades)
    title, subtitle = style.report_words.PERIODS[figures.span], f"{tidy(figures.scope)}{DOT}{span_days(figures, style)}"
    if figures.span is Span.MONTHLY:
        title, subtitle = span_days(figures, style), f"{tidy(figures.scope)}{DOT}{title.lower()}"
    total = steady(performance.total_r)
    each = -(-performance.trades // _MOST_STEPS)
    setups, sessions, symbols = group_rows(figures, style)
    by_day = [] if _is_calendar(figures) else day_rows(figures, style)
    by_day_title = english.BY_MONTH if figures.is_of_months else english.BY_DAY
    trades = str(counted(performance.trades, style.report_words.TRADE_COUNT))
    weekdays = _weekdays(figures)
    return PeriodPicture(
        theme=theme,
        mark=style.mark(),
        title=title.replace("\u00a0", " "),
        subtitle=subtitle,
        headline=r(total),
        tone=Tone.PLAIN if round(total, 2) == 0 else Tone.PROFIT if total > 0 else Tone.LOSS,
        headline_note=f"{trades}: {results_count(performance, style)}" if performance.trades else trades,
        cards=_cards(performance),
        equity_title=english.EQUITY_TITLE,
        equity_note=english.STEP_NOTE[each > 1].format(count=each),
        equity=_equity(figures.trades, max(1, each)),
        columns=tuple(style.words.WEEKDAYS[:weekdays]) if _is_calendar(figures) else (),
        weeks=_weeks(figures, weekdays, style) if _is_calendar(figures) else (),
        left=_groups((by_day_title, by_day)),
        right=_groups(
            (english.BY_SETUP, setups),
            (english.BY_SESSION, sessions),
            (english.BY_SYMBOL, shortened(symbols, _MOST_SYMBOLS, style)),
        ),
        footnote=english.FOOTNOTE_FEW.format(trades=trades)
        if performance.trades and performance.is_few
        else english.FOOTNOTE,
    )


def _cards(performance: Performance) -> tuple[NumberCard, ...]:
    """Drawdown stands as large as the win rate."""
    won, factor = "", english.NOTHING
    rate = average = english.NOTHING
    if performance.win_rate is not None:
        rate = percent(performance.win_rate * 100, 0)
        won = english.OF.format(count=performance.won, of=performance.won + performance.lost)
    if performance.profit_factor is not None:
        factor = signed(steady(performance.profit_factor), 2).lstrip("+")
    if performance.trades:
        average = r(steady(performance.average_r))
    return (
        NumberCard(english.WIN_RATE_CARD, rate, won),
        NumberCard(english.FACTOR_CARD, factor),
        NumberCard(english.AVERAGE_CARD, average),
        _fall(english.WORST_CARD, performance.drawdown_r),
        _fall(english.NOW_CARD, performance.drawdown_now_r),
    )


def _fall(name: str, fall_r: float) -> NumberCard:
    value = r(steady(fall_r), 1)
    return NumberCard(name, value, tone=Tone.LOSS if steady(fall_r) <= -0.05 else Tone.PLAIN)


def _equity(trades: Sequence[Trade], each: int) -> tuple[EquityPoint, ...]:
    """A point after every `each` trades, and after the last."""
    totals = [steady(total) for total in accumulate(trade.result_r for trade in trades)]
    kept = sorted({*range(each - 1, len(trades), each), len(trades) - 1}) if trades else []
    return tuple(EquityPoint(trades[k].closed_ms or 0, totals[k]) for k in kept)


def _is_calendar(figures: PeriodFigures) -> bool:
    return not figures.is_of_months and (figures.last - figures.first).days >= 7


def _weekdays(figures: PeriodFigures) -> int:
    return 7 if any(day.weekday() > 4 for day in shown_days(figures)) else 5


def _weeks(figures: PeriodFigures, weekdays: int, style: Style) -> tuple[Week, ...]:
    """From the Monday before the first day; weeks of which no day is shown are left out."""
    results: dict[date, float] = {}
    for day, trade in zip(figures.days, figures.trades, strict=True):
        results[day] = results.get(day, 0.0) + trade.result_r
    monday = figures.first - timedelta(days=figures.first.weekday())
    weeks = []
    while monday <= figures.last:
        days = [monday + timedelta(days=number) for number in range(weekdays)]
        inside = [day for day in days if figures.first <= day <= figures.last]
        if inside:
            name = f"{inside[0].day} {style.words.MONTHS[inside[0].month - 1]}"
            weeks.append(Week(name, tuple(_cell(day, results, is_inside=day in inside) for day in days)))
        monday += timedelta(days=7)
    return tuple(weeks)


def _cell(day: date, results: dict[date, float], *, is_inside: bool) -> DayCell:
    return DayCell(steady(results[day]) if day in results else None, is_inside)


def _groups(*groups: tuple[str, Sequence[Row]]) -> tuple[Group, ...]:
    return tuple(Group(title, tuple(_group_row(row) for row in rows)) for title, rows in groups if rows)


def _group_row(row: Row) -> GroupRow:
    total = steady(row.total_r)
    return GroupRow(tidy(row.name), row.trades, r(total), total, is_rest=row.rows > 1)
