"""Reports as pictures."""

from __future__ import annotations

from charts.canvas import Canvas
from charts.picture import DailyPicture


def draw_daily(canvas: Canvas, picture: DailyPicture) -> None:
    """The day."""
