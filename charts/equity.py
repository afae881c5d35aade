"""Reports as pictures: the day's headline, key numbers, the equity as steps, and the day's trades."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate

from charts.canvas import LINES, SHADE, WASH, Canvas
from charts.frame import draw_footer, tone_color
from charts.layout import Box, round_step
from charts.picture import DailyPicture, EquityPoint, NumberCard, PeriodPicture, TradeRow
from charts.theme import (
    AXIS,
    BOLD,
    DATE,
    DAY_RESULT,
    LABEL,
    MARGIN,
    MEDIUM,
    NUMBER,
    REGULAR,
    ROW,
    SMALLEST,
    STRONG,
    TITLE,
    TRADE,
    WIDTH,
)
from charts.wording import day_text, month_text, short_number
from engine.types import DAY_MS, Direction

_LEFT, _RIGHT = MARGIN, WIDTH - MARGIN
_CARDS = Box(_LEFT, 138, _RIGHT, 254)
_CARD_GAP = 18
_PLOT_TOP, _PLOT_RIGHT = 332, 1154
_ROWS_BOTTOM, _ROW_PITCH, _ROW_HEIGHT = 898, 64, 58
_MOST_ROWS, _LARGEST = 4, 3  # up to four trades are all shown, of more only the three largest
_ZERO_X, _BAR_HEIGHT = 830, 27
_BAR_R, _BAR_LEFT, _BAR_RIGHT = 113, 190, 215  # pixels of one R, and the most a bar may take to either side
_AXIS_PITCH = 34  # at the least, between the middles of two labels
_WEEK_MS = 7 * DAY_MS
_SHORT_MS, _LONG_MS = 10 * DAY_MS, 150 * DAY_MS


def draw_daily(canvas: Canvas, picture: DailyPicture) -> None:
    draw_title(canvas, picture)
    draw_cards(canvas, picture.cards, _CARDS)
    shown, more = _shown_rows(picture.rows)
    lines = max(1, len(shown) + (1 if more else 0))
    rows_top = _ROWS_BOTTOM - lines * _ROW_PITCH + (_ROW_PITCH - _ROW_HEIGHT)
    plot = Box(_LEFT + 4, _PLOT_TOP, _PLOT_RIGHT, rows_top - 107)
    _draw_equity_title(canvas, picture)
    draw_equity(canvas, picture.equity, plot, picture.today_ms, picture.no_equity)
    canvas.text(_LEFT, rows_top - 28, picture.rows_title, TRADE, canvas.theme.text, role="title")
    _draw_rows(canvas, shown, rows_top)
    _draw_last_line(canvas, picture, more, rows_top + len(shown) * _ROW_PITCH)
    draw_footer(canvas, picture.footnote, picture.mark)


def draw_title(canvas: Canvas, picture: DailyPicture | PeriodPicture) -> None:
    """What and whose on the left, the result on the right."""
    theme = canvas.theme
    color = tone_color(theme, picture.tone)
    first = canvas.text(_RIGHT, 58, picture.headline, DAY_RESULT, color, weight=BOLD, align="right", role="header")
    note = canvas.text(
        _RIGHT, 106, picture.headline_note, ROW, theme.second, weight=REGULAR, align="right", role="header"
    )
    words, size = canvas.fitted(picture.title, first.left - _LEFT - 24, TITLE, ROW, BOLD)
    canvas.text(_LEFT, 52, words, size, theme.text, weight=BOLD, role="header")
    words, size = canvas.fitted(picture.subtitle, note.left - _LEFT - 24, ROW, SMALLEST, REGULAR)
    canvas.text(_LEFT, 100, words, size, theme.second, weight=REGULAR, role="header")


def draw_cards(canvas: Canvas, cards: tuple[NumberCard, ...], room: Box) -> None:
    """Key numbers side by side: the name above, the number large, a remark to its right where it fits."""
    theme = canvas.theme
    width = (room.width - _CARD_GAP * (len(cards) - 1)) / max(1, len(cards))
    for k, card in enumerate(cards):
        left = room.left + k * (width + _CARD_GAP)
        inner = Box(left + 22, room.top, left + width - 18, room.bottom)
        canvas.box(Box(left, room.top, left + width, room.bottom), theme.card, radius=14)
        words, size = canvas.fitted(card.name, inner.width, AXIS, SMALLEST, REGULAR)
        canvas.text(inner.left, room.top + 35, words, size, theme.second, weight=REGULAR, role="card")
        words, size = canvas.fitted(card.value, inner.width, NUMBER, TRADE, BOLD)
        color = tone_color(theme, card.tone)
        value = canvas.text(inner.left, room.top + 81, words, size, color, weight=BOLD, role="card")
        note, small = canvas.fitted(card.note, inner.right - value.right - 12, LABEL, SMALLEST, REGULAR)
        if note == card.note:  # half a number says something else
            y = room.top + 83
            canvas.text(inner.right, y, note, small, theme.second, weight=REGULAR, align="right", role="card")


def _draw_equity_title(canvas: Canvas, picture: DailyPicture) -> None:
    theme, y = canvas.theme, 299
    x = canvas.text(_LEFT, y, picture.equity_title, TRADE, theme.text, role="title").right + 32
    canvas.text(x, y, picture.equity_note, LABEL, theme.second, weight=REGULAR, role="title")
    canvas.text(_RIGHT, y, picture.equity_total, STRONG, theme.gold, weight=BOLD, align="right", role="title")


def draw_equity(canvas: Canvas, equity: tuple[EquityPoint, ...], plot: Box, today_ms: int | None, empty: str) -> None:
    """The running result as steps from zero, one a closed trade; red below the old high, today in gold."""
    theme = canvas.theme
    totals = [0.0, *(point.total_r for point in equity)]
    y_of = _scale(canvas, totals, plot)
    slot = plot.width / len(totals)
    xs = [plot.left + k * slot for k in range(len(totals) + 1)]
    today = next((k for k, p in enumerate(equity) if today_ms is not None and p.time_ms >= today_ms), None)
    if today is not None:
        canvas.box(Box(xs[today] + slot / 2, plot.top, plot.right, plot.bottom), theme.gold, 0.12)
    for k, (total, high) in enumerate(zip(totals, accumulate(totals, max), strict=True)):
        if total < high:
            canvas.box(Box(xs[k], y_of(high), xs[k + 1], y_of(total)), theme.loss, theme.box_alpha, z=WASH)
    steps = [point for k, total in enumerate(totals) for point in ((xs[k], y_of(total)), (xs[k + 1], y_of(total)))]
    canvas.line(steps, theme.gold, 3.4)
    canvas.dot(plot.right, steps[-1][1], 8, theme.gold, theme.gold, 0)
    if not equity:
        middle = (plot.left + plot.right) / 2
        canvas.text(middle, plot.middle - 30, empty, ROW, theme.second, weight=REGULAR, align="center", role="empty")
    _draw_days(canvas, equity, xs, plot)


class _Scale:
    """R to pixels within a plot."""

    def __init__(self, low: float, high: float, plot: Box) -> None:
        self._low, self._plot = low, plot
        self._pixels = plot.height / (high - low)

    def __call__(self, value: float) -> float:
        return self._plot.bottom - (value - self._low) * self._pixels


def _scale(canvas: Canvas, totals: list[float], plot: Box) -> _Scale:
    """The scale that holds all totals with some air, and its lines and labels at round R."""
    theme = canvas.theme
    low, high = min(totals), max(totals)
    air = max((high - low) * 0.1, 1.2 - (high - low) / 2)
    y_of = _Scale(low - air, high + air, plot)
    hundredths = Decimal("0.01")
    most = max(2, min(5, int(plot.height / _AXIS_PITCH)))
    step = round_step(int(100 * (high - low + 2 * air)), hundredths, most=most)
    first = int(-100 * (air - low) // step) + 1
    for k in range(first, int(100 * (high + air) // step) + 1):
        value = k * step / 100
        y = y_of(value)
        color = theme.grid if k else theme.zero
        canvas.line([(plot.left, y), (plot.right, y)], color, 1.4, z=SHADE)
        sign = "+" if k > 0 else "−" if k < 0 else ""
        size = abs(value)
        words = f"{sign}{short_number(size)}R" if size < 10_000 else f"{sign}{short_number(size / 1000)}kR"
        canvas.text(plot.right + 15, y, words, AXIS, theme.second, weight=REGULAR, role="axis")
    return y_of


def _draw_days(canvas: Canvas, equity: tuple[EquityPoint, ...], xs: list[float], plot: Box) -> None:
    """When the first trade was closed, and the first of each week where there is room; over a few days of each day,
    over many months of each month.
    """
    free, shown = plot.left, ""
    span_ms = equity[-1].time_ms - equity[0].time_ms if equity else 0
    for x, point in zip(xs[1:], equity, strict=False):
        words = month_text(point.time_ms) if span_ms > _LONG_MS else day_text(point.time_ms)
        # The epoch was a Thursday; shifted by three days a week begins on Monday.
        unit = str((point.time_ms + 3 * DAY_MS) // _WEEK_MS) if _SHORT_MS < span_ms <= _LONG_MS else words
        width = canvas.width(words, DATE, REGULAR)
        if unit != shown and x >= free and x + width <= plot.right + 20:
            canvas.text(x, plot.bottom + 29, words, DATE, canvas.theme.second, weight=REGULAR, role="time")
            free = x + width + 60
            shown = unit


def _shown_rows(rows: tuple[TradeRow, ...]) -> tuple[tuple[TradeRow, ...], int]:
    """The rows to draw, in the order given, and how many are left out."""
    if len(rows) <= _MOST_ROWS:
        return rows, 0
    by_size = sorted(range(len(rows)), key=lambda k: -abs(rows[k].result_r))
    kept = sorted(by_size[:_LARGEST])
    return tuple(rows[k] for k in kept), len(rows) - _LARGEST


def _draw_rows(canvas: Canvas, rows: tuple[TradeRow, ...], top: float) -> None:
    gain = max((row.result_r for row in rows), default=0.0)
    loss = max((-row.result_r for row in rows), default=0.0)
    scale = min(_BAR_R, _BAR_RIGHT / max(gain, 0.01), _BAR_LEFT / max(loss, 0.01))
    bars_left = _ZERO_X - max(loss, 0.0) * scale
    for k, row in enumerate(rows):
        _draw_row(canvas, row, top + k * _ROW_PITCH, scale, bars_left)


def _draw_row(canvas: Canvas, row: TradeRow, top: float, scale: float, bars_left: float) -> None:
    theme, y = canvas.theme, top + _ROW_HEIGHT / 2
    canvas.box(Box(_LEFT, top, _RIGHT, top + _ROW_HEIGHT), theme.card, radius=9)
    side = theme.profit if row.direction is Direction.UP else theme.loss
    rounded = round(row.result_r, 2)
    color = theme.profit if rounded > 0 else theme.loss if rounded < 0 else theme.text
    result = canvas.text(_RIGHT - 20, y, row.result, TRADE, color, weight=BOLD, align="right", role="row")
    canvas.text(_LEFT + 22, y, row.time, ROW, theme.second, weight=REGULAR, role="row")
    canvas.text(_LEFT + 112, y, row.direction.order, ROW, side, weight=BOLD, role="row")
    words, size = canvas.fitted(row.kind, 206, ROW, SMALLEST)
    canvas.text(_LEFT + 192, y, words, size, theme.text, weight=MEDIUM, role="row")
    words, size = canvas.fitted(row.outcome, min(bars_left, result.left) - _LEFT - 410 - 16, ROW, SMALLEST, REGULAR)
    canvas.text(_LEFT + 410, y, words, size, theme.second, weight=REGULAR, role="row")
    canvas.line([(_ZERO_X, y - 21), (_ZERO_X, y + 21)], theme.zero, 1.4)
    bar = _bar(row.result_r, scale, y)
    if row.banked_r is None:
        canvas.box(bar, color, z=LINES)
        return
    canvas.outline(bar, color, 3)
    canvas.box(_bar(row.banked_r, scale, y), theme.profit if row.banked_r > 0 else theme.loss, z=LINES)


def _bar(value: float, scale: float, y: float) -> Box:
    ends = sorted((_ZERO_X, _ZERO_X + max(-_BAR_LEFT, min(_BAR_RIGHT, value * scale))))
    return Box(ends[0], y - _BAR_HEIGHT / 2, ends[1], y + _BAR_HEIGHT / 2)


def _draw_last_line(canvas: Canvas, picture: DailyPicture, more: int, top: float) -> None:
    """How many trades are not shown; or, on a day without any, that there were none."""
    words = f"and {more} more" if more else "" if picture.rows else picture.no_rows
    if not words:
        return
    if not picture.rows:
        canvas.box(Box(_LEFT, top, _RIGHT, top + _ROW_HEIGHT), canvas.theme.card, radius=9)
    canvas.text(_LEFT + 22, top + _ROW_HEIGHT / 2, words, ROW, canvas.theme.second, weight=REGULAR, role="row")
