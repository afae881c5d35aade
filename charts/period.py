"""A week or a month as a picture: key numbers, the equity as steps, a calendar of days, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from charts.canvas import LINES, Canvas
from charts.equity import draw_cards, draw_equity, draw_title
from charts.frame import draw_footer
from charts.layout import Box
from charts.picture import DayCell, Group, GroupRow, PeriodPicture, Week
from charts.theme import BOLD, LABEL, MARGIN, MEDIUM, REGULAR, ROW, SMALLEST, TRADE, WIDTH
from charts.wording import signed

_LEFT, _RIGHT = MARGIN, WIDTH - MARGIN
_CARDS = Box(_LEFT, 138, _RIGHT, 250)
_TITLE_Y = 287
_PLOT_TOP, _PLOT_RIGHT = 314, 1154
_BOTTOM = 888
_DATES = 58  # under the plot
_LEAST_PLOT = 104
_CALENDAR_RIGHT = 648
_GROUPS_LEFT = 700
_WEEK_NAMES = 86  # the calendar's first column
_HEAD, _PITCH, _LEAST_PITCH, _BETWEEN = 36, 38, 31, 8  # of groups: title, row, row where many, gap
_CELL_PITCH, _CELL_GAP = 58, 8
_NAME, _RESULT = 230, 190  # the most that a group's names and results may take
_BAR = 24
_FAINTEST, _STRONGEST = 0.34, 0.6  # of a cell's colour; stronger, and its number could not be read


def draw_period(canvas: Canvas, picture: PeriodPicture) -> None:
    draw_title(canvas, picture)
    draw_cards(canvas, picture.cards, _CARDS)
    theme = canvas.theme
    x = canvas.text(_LEFT, _TITLE_Y, picture.equity_title, TRADE, theme.text, role="title").right + 32
    canvas.text(x, _TITLE_Y, picture.equity_note, LABEL, theme.second, weight=REGULAR, role="title")
    most = _BOTTOM - _PLOT_TOP - _LEAST_PLOT - _DATES
    wanted = max(_height(picture.left), _height(picture.right), _calendar_height(picture))
    top = _BOTTOM - min(most, wanted)
    draw_equity(canvas, picture.equity, Box(_LEFT + 4, _PLOT_TOP, _PLOT_RIGHT, top - _DATES), None, picture.no_equity)
    if picture.weeks:
        _draw_calendar(canvas, picture, Box(_LEFT, top, _CALENDAR_RIGHT, _BOTTOM))
    else:
        _draw_groups(canvas, picture.left, Box(_LEFT, top, _CALENDAR_RIGHT - 40, _BOTTOM))
    _draw_groups(canvas, picture.right, Box(_GROUPS_LEFT, top, _RIGHT, _BOTTOM))
    draw_footer(canvas, picture.footnote, picture.mark)


def _calendar_height(picture: PeriodPicture) -> float:
    return _HEAD + _CELL_PITCH * len(picture.weeks) if picture.weeks else 0.0


def _height(groups: tuple[Group, ...], pitch: float = _PITCH) -> float:
    return sum(_HEAD + pitch * len(group.rows) for group in groups) + _BETWEEN * max(0, len(groups) - 1)


def _draw_calendar(canvas: Canvas, picture: PeriodPicture, room: Box) -> None:
    theme = canvas.theme
    pitch = min(_CELL_PITCH, (room.height - _HEAD) / len(picture.weeks))
    width = (room.width - _WEEK_NAMES + _CELL_GAP) / max(1, len(picture.columns))
    lefts = [room.left + _WEEK_NAMES + k * width for k in range(len(picture.columns))]
    for left, name in zip(lefts, picture.columns, strict=True):
        middle = left + (width - _CELL_GAP) / 2
        canvas.text(middle, room.top + 12, name, LABEL, theme.second, weight=REGULAR, align="center", role="calendar")
    results = [day.result_r for week in picture.weeks for day in week.days if day.result_r is not None]
    largest = max((abs(result) for result in results), default=0.0)
    digits = _digits(canvas, results, width - _CELL_GAP - 14)
    for k, week in enumerate(picture.weeks):
        top = room.top + _HEAD + k * pitch
        _draw_week(
            canvas, week, lefts, Box(room.left, top, width - _CELL_GAP, top + pitch - _CELL_GAP), largest, digits
        )


def _draw_week(canvas: Canvas, week: Week, lefts: list[float], row: Box, largest: float, digits: int) -> None:
    """`row` is where it stands; its right edge is the width of a cell."""
    y = row.middle
    canvas.text(row.left, y, week.name, LABEL, canvas.theme.second, weight=REGULAR, role="calendar")
    for left, day in zip(lefts, week.days, strict=True):
        if day.is_inside:
            _draw_day(canvas, day, Box(left, row.top, left + row.right, row.bottom), largest, digits)


def _draw_day(canvas: Canvas, day: DayCell, cell: Box, largest: float, digits: int) -> None:
    """A cell's strength is its result beside the largest; a day without a trade is a dot."""
    theme, middle = canvas.theme, (cell.left + cell.right) / 2
    canvas.box(cell, theme.card, radius=9)
    if day.result_r is None:
        canvas.dot(middle, cell.middle, 3, theme.zero, theme.zero, 0)
        return
    words = signed(day.result_r, digits)
    if float(words.replace("−", "-")):
        strength = _FAINTEST + (_STRONGEST - _FAINTEST) * abs(day.result_r) / largest
        canvas.box(cell, theme.profit if day.result_r > 0 else theme.loss, strength, radius=9)
    words, size = canvas.fitted(words, cell.width - 4, ROW, SMALLEST)
    canvas.text(middle, cell.middle, words, size, theme.text, align="center", role="calendar")


def _digits(canvas: Canvas, results: list[float], width: float) -> int:
    """As many decimals as the widest number has room for, the same for all: two, one or none."""
    for digits in (2, 1):
        if all(canvas.width(signed(result, digits), SMALLEST) <= width for result in results):
            return digits
    return 0


def _draw_groups(canvas: Canvas, groups: tuple[Group, ...], room: Box) -> None:
    pitch = _PITCH
    every = [row for group in groups for row in group.rows]
    if every and _height(groups) > room.height:
        pitch = max(_LEAST_PITCH, int((room.height - _height(groups, 0)) / len(every)))
    columns = _columns(canvas, every, room)
    top = room.top
    for group in groups:
        canvas.text(room.left, top + 12, group.title, LABEL, canvas.theme.second, weight=REGULAR, role="group")
        top += _HEAD
        for k, row in enumerate(group.rows):
            _draw_row(canvas, row, columns, top + (k + 0.5) * pitch)
        bottom = top + pitch * len(group.rows)
        canvas.line([(columns.zero, top + 2), (columns.zero, bottom - 2)], canvas.theme.zero, 1.4)
        top = bottom + _BETWEEN


@dataclass(frozen=True, slots=True)
class _Columns:
    """Of groups: names begin at `left`, counts end at `counts`, results at `right`; bars to either side of `zero`."""

    left: float
    counts: float
    zero: float
    scale: float  # pixels of one R
    right: float


def _columns(canvas: Canvas, rows: list[GroupRow], room: Box) -> _Columns:
    """Names and numbers as wide as they need; bars take what is left, one scale for all groups of a column."""
    names = max((canvas.width(row.name, ROW, MEDIUM) for row in rows), default=0.0)
    counts = max((canvas.width(str(row.count), ROW, REGULAR) for row in rows), default=0.0)
    results = max((canvas.width(row.result, TRADE, BOLD) for row in rows), default=0.0)
    counts_right = room.left + min(names, _NAME) + 14 + counts
    left, right = counts_right + 24, room.right - min(results, _RESULT) - 16
    bars = [row.result_r for row in rows if not row.is_rest]
    gain, loss = max(bars, default=0.0), -min(bars, default=0.0)
    gain, loss = max(gain, 0.0), max(loss, 0.0)
    scale = max(right - left, 0.0) / ((gain + loss) or 1.0)
    return _Columns(room.left, counts_right, left + loss * scale, scale, room.right)


def _draw_row(canvas: Canvas, row: GroupRow, columns: _Columns, y: float) -> None:
    theme = canvas.theme
    rounded = round(row.result_r, 2)
    color = theme.profit if rounded > 0 else theme.loss if rounded < 0 else theme.second
    words, size = canvas.fitted(row.result, _RESULT, TRADE, SMALLEST, BOLD)
    canvas.text(columns.right, y, words, size, color, weight=BOLD, align="right", role="group")
    count = canvas.text(
        columns.counts, y, str(row.count), ROW, theme.second, weight=REGULAR, align="right", role="group"
    )
    words, size = canvas.fitted(row.name, min(_NAME, count.left - columns.left - 10), ROW, SMALLEST)
    canvas.text(columns.left, y, words, size, theme.second if row.is_rest else theme.text, role="group")
    ends = sorted((columns.zero, columns.zero + row.result_r * columns.scale))
    if not row.is_rest and ends[1] - ends[0] >= 1:
        canvas.box(Box(ends[0], y - _BAR / 2, ends[1], y + _BAR / 2), color, z=LINES)
