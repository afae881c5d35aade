"""What a week, a month, or any time somebody asks about is told from, and the rows of its tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

import msgspec

from bot.words.report_english import Span
from bot.words.wording import NBSP, Style
from engine.performance import parts_of
from engine.types import Trade

MOST_ROWS = 6  # of a table; what is over goes into one row


class PeriodFigures(msgspec.Struct, frozen=True):
    """The days `first` to `last`, which end at `end_ms`, of one symbol or of a channel's; `scope` says whose.

    `trades` were closed in it, oldest first, and `days` says for each the day it belongs to. `running` were open at the
    end, `refused` counts setups. `money` is account currency; `pips` is None where symbols differ. `has_weekends` when
    there is a market on Saturday or Sunday. `due_ms` when the report should have been out long before.
    """

    span: Span
    scope: str
    first: date
    last: date
    end_ms: int
    trades: tuple[Trade, ...]
    days: tuple[date, ...]
    running: int
    refused: int
    money: Decimal
    pips: Decimal | None
    has_weekends: bool
    due_ms: int | None = None

    @property
    def is_of_months(self) -> bool:
        """Too long to be told day by day."""
        return (self.last - self.first).days > 41


class Row(msgspec.Struct, frozen=True):
    """One line of a table: a name, how many trades, and what they came to. `rows` is more than one for a rest."""

    name: str
    trades: int
    total_r: float
    rows: int = 1


def day_rows(figures: PeriodFigures, style: Style) -> list[Row]:
    """Every day of a week, also the quiet ones; of a longer time the months that had trades, newest last."""
    if figures.is_of_months:
        pairs = groupby(zip(figures.days, figures.trades, strict=True), key=lambda pair: pair[0].replace(day=1))
        rows = [_row(month_name(month, style), [trade for _, trade in group]) for month, group in pairs]
        earlier = rows[:-MOST_ROWS]
        return [*([_together(style.report_words.EARLIER, earlier)] if earlier else []), *rows[-MOST_ROWS:]]
    by_day: dict[date, list[Trade]] = {}
    for day, trade in zip(figures.days, figures.trades, strict=True):
        by_day.setdefault(day, []).append(trade)
    return [_row(style.words.WEEKDAYS[day.weekday()], by_day.get(day, [])) for day in shown_days(figures)]


def shown_days(figures: PeriodFigures) -> list[date]:
    """Without weekends where there is no market, unless a trade says otherwise."""
    count = (figures.last - figures.first).days + 1
    every = [date.fromordinal(figures.first.toordinal() + offset) for offset in range(count)]
    has_weekends = figures.has_weekends or any(day.weekday() > 4 for day in figures.days)
    return [day for day in every if has_weekends or day.weekday() < 5]


def group_rows(figures: PeriodFigures, style: Style) -> tuple[list[Row], list[Row], list[Row]]:
    """By setup, by session, by symbol; the last is empty where there is only one."""
    setups = _rows(figures, lambda trade: style.reason_words.STRATEGIES[trade.signal.setup.strategy])
    sessions = _rows(figures, lambda trade: style.reason_words.SESSIONS[trade.signal.setup.session])
    symbols = _rows(figures, lambda trade: trade.symbol)
    return setups, sessions, symbols if figures.pips is None else []


def shortened(rows: Sequence[Row], most: int, style: Style) -> list[Row]:
    """At most so many: what is over stands together in the last."""
    if len(rows) <= most:
        return list(rows)
    over = rows[most - 1 :]
    name = style.report_words.OTHERS.format(count=sum(row.rows for row in over))
    return [*rows[: most - 1], _together(name, over)]


def span_days(figures: PeriodFigures, style: Style) -> str:
    """`April 2024`, `1–5 Apr 2024`, `29 Mar – 4 Apr 2024`."""
    if figures.span is Span.MONTHLY:
        return f"{style.report_words.MONTHS[figures.first.month - 1]}{NBSP}{figures.first.year}"
    days = shown_days(figures) or [figures.first, figures.last]
    return f"{days_name(days[0], days[-1], style)}{NBSP}{days[-1].year}"


def days_name(first: date, last: date, style: Style) -> str:
    """Without the year of the last."""
    end = f"{last.day}{NBSP}{style.words.MONTHS[last.month - 1]}"
    if first == last:
        return end
    if first.year != last.year:
        begin = f"{first.day}{NBSP}{style.words.MONTHS[first.month - 1]}{NBSP}{first.year}"
        return style.report_words.FROM_TO.format(first=begin, last=end)
    if first.month != last.month:
        begin = f"{first.day}{NBSP}{style.words.MONTHS[first.month - 1]}"
        return style.report_words.FROM_TO.format(first=begin, last=end)
    return f"{first.day}–{end}"


def month_name(month: date, style: Style) -> str:
    """`Apr 2024`."""
    return f"{style.words.MONTHS[month.month - 1]}{NBSP}{month.year}"


def steady(value: float) -> float:
    """Without the last bits of a sum, so that caption and picture round a half the same way."""
    return round(value, 6)


def _rows(figures: PeriodFigures, name: Callable[[Trade], str]) -> list[Row]:
    parts = parts_of(figures.trades, name)
    return [Row(part.name, part.performance.trades, part.performance.total_r) for part in parts]


def _row(name: str, trades: Sequence[Trade]) -> Row:
    return Row(name, len(trades), sum(trade.result_r for trade in trades))


def _together(name: str, rows: Sequence[Row]) -> Row:
    return Row(name, sum(row.trades for row in rows), sum(row.total_r for row in rows), sum(row.rows for row in rows))
