"""What every picture has: the header's words, the footer, and the furniture of cards, pills and tags."""

from __future__ import annotations

from charts.canvas import LINES, Canvas
from charts.layout import Box
from charts.picture import Scene, Tone
from charts.theme import (
    BOLD,
    DATE,
    HEIGHT,
    MARGIN,
    REGULAR,
    RESULT,
    ROW,
    SMALLEST,
    STRONG,
    SYMBOL,
    SYMBOL_SMALLEST,
    TRADE,
    WIDTH,
    Theme,
)
from charts.wording import clock_text, date_text

NAME = "Assay"
_FOOT_LINE = HEIGHT - 35


def tone_color(theme: Theme, tone: Tone) -> str:
    return {Tone.PLAIN: theme.text, Tone.PROFIT: theme.profit, Tone.LOSS: theme.loss}[tone]


def draw_header(canvas: Canvas, scene: Scene) -> None:
    """Symbol, time frame, direction and title on the left; score or result and the moment on the right."""
    theme, right = canvas.theme, WIDTH - MARGIN
    moment = f"{date_text(scene.time_ms)}  {clock_text(scene.time_ms)} UTC"
    large, top, below = (RESULT, 39, 84) if scene.is_result else (STRONG, 41, 79)
    color = tone_color(theme, scene.tone)
    first = canvas.text(right, top, scene.headline, large, color, weight=BOLD, align="right", role="header")
    second = canvas.text(right, below, moment, ROW, theme.second, weight=REGULAR, align="right", role="header")
    _draw_name(canvas, scene, min(first.left, second.left) - 24)


def _draw_name(canvas: Canvas, scene: Scene, limit: float) -> None:
    theme, y = canvas.theme, 57
    order = canvas.width(scene.order, STRONG, BOLD) + 2 * 24 + 18 if scene.order else 0
    frame = canvas.width(scene.timeframe, STRONG) + 18
    title = min(canvas.width(scene.title, TRADE), 150) + 20 if scene.title else 0
    room = limit - MARGIN - order - frame - title
    words, size = canvas.fitted(scene.symbol, room, SYMBOL, SYMBOL_SMALLEST, BOLD, middle=True)
    x = canvas.text(MARGIN, y, words, size, theme.text, weight=BOLD, role="header").right + 18
    x = canvas.text(x, y, scene.timeframe, STRONG, theme.second, weight=REGULAR, role="header").right + 18
    if scene.order:
        pill = Box(x, y - 24, x + order - 18, y + 24)
        canvas.box(pill, theme.tag_green if scene.order == "BUY" else theme.tag_red, radius=7)
        middle = (pill.left + pill.right) / 2
        canvas.text(middle, y, scene.order, STRONG, theme.tag_text, weight=BOLD, align="center", role="header")
        x = pill.right + 20
    if scene.title:
        words, small = canvas.fitted(scene.title, limit - x, STRONG, SMALLEST)
        canvas.text(x, y, words, small, theme.text, role="header")


def draw_footer(canvas: Canvas, note: str, mark: str) -> None:
    """The brand, an id or a remark, and how real it is."""
    theme, y = canvas.theme, _FOOT_LINE
    canvas.box(Box(MARGIN, y - 10, MARGIN + 20, y + 10), theme.gold, z=LINES)
    canvas.box(Box(MARGIN + 6, y - 4, MARGIN + 14, y + 4), theme.background, z=LINES)
    x = canvas.text(MARGIN + 33, y, NAME, ROW, theme.gold, weight=BOLD, role="footer").right + 14
    end = WIDTH - MARGIN
    words, size = canvas.fitted(mark, (end - x) * 0.6, DATE, SMALLEST)
    limit = canvas.text(end, y, words, size, theme.second, align="right", role="footer").left - 24
    words, size = canvas.fitted(note, limit - x, DATE, SMALLEST, REGULAR)
    canvas.text(x, y, words, size, theme.second, weight=REGULAR, role="footer")
