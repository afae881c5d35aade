"""The market itself: sessions, grid, axes, candles and price tags."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import mplfinance
import pandas as pd

from charts.canvas import DOTTED, LINES, SHADE, Canvas
from charts.layout import Box, round_step, spread
from charts.picture import Scene, Tag, TagKind
from charts.theme import AXIS, BOLD, REGULAR, SMALLEST, STRONG, WIDTH, Theme
from charts.view import AREA, View
from charts.wording import clock_text, day_text
from engine.types import DAY_MS, HOUR_MS

mpf: Any = mplfinance  # it ships no types

_BODY = 0.68  # of the slot
_TAG_HEIGHT, _TAG_PITCH = 42, 46
_TAG = Box(AREA.right + 2, 0, WIDTH - 8, 0)
_TIME_LINE = AREA.bottom + 25
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 168, 336, 672)


def draw_sessions(canvas: Canvas, scene: Scene, view: View) -> None:
    """Every second session is shaded, counted back from the last so that the present one always is."""
    theme, candles = canvas.theme, view.candle_boxes()
    for place, span in enumerate(reversed(scene.sessions)):
        left = view.start(span.from_ms)
        is_last = place == 0 and span.to_ms > scene.time_ms
        right = AREA.right if is_last else min(view.start(span.to_ms), view.right)
        if right <= left:
            continue
        if place % 2 == 0:
            canvas.box(Box(left, AREA.top, right, AREA.bottom), theme.session, theme.session_alpha)
        if left > AREA.left:
            canvas.line([(left, AREA.top), (left, AREA.bottom)], theme.session, 1, alpha=0.07, z=SHADE)
        _draw_session_name(canvas, span.name, Box(left + 10, AREA.top, right - 10, AREA.bottom), candles)


def _draw_session_name(canvas: Canvas, name: str, room: Box, candles: list[Box]) -> None:
    """At the upper edge, as far left as it hides no candle; not at all where it would always do."""
    width, height = canvas.label_box(name, SMALLEST, REGULAR)
    y = AREA.top + 23
    for x in range(int(room.left), int(room.right - width), 10):
        place = Box(x, y - height / 2, x + width, y + height / 2)
        if not any(place.overlap(candle) for candle in candles):
            canvas.text(x, y, name, SMALLEST, canvas.theme.second, weight=REGULAR, halo=3, role="session")
            return


def draw_axes(canvas: Canvas, scene: Scene, view: View, tags: list[Box]) -> None:
    """Grid and labels at round prices and round hours. A label that a price tag would touch is left out."""
    theme = canvas.theme
    step = round_step(int(view.high - view.low), scene.tick_size, most=9)
    for price in range(-int(-view.low // step) * step, int(view.high) + 1, step):
        y = view.y(price)
        canvas.line([(AREA.left - 8, y), (AREA.right, y)], theme.grid, 1.2, z=SHADE)
        label = Box(AREA.right, y - 22, WIDTH, y + 22)
        if AREA.holds(Box(AREA.left, y - 14, AREA.right, y + 14)) and not any(label.overlap(tag) for tag in tags):
            words, size = canvas.fitted(scene.price_text(price), WIDTH - AREA.right - 20, AXIS, SMALLEST, REGULAR)
            canvas.text(AREA.right + 14, y, words, size, theme.second, weight=REGULAR, role="axis")
    for x, words in _time_labels(canvas, view):
        canvas.line([(x, AREA.top), (x, AREA.bottom)], theme.grid, 1.2, z=SHADE)
        canvas.text(x, _TIME_LINE, words, AXIS, theme.second, weight=REGULAR, align="center", role="time")


def _time_labels(canvas: Canvas, view: View) -> list[tuple[float, str]]:
    """Candles that open on a round hour, far enough apart; midnight is told as the date.

    Where a market's H4 and days begin at another hour, no candle does: then the first one of a date stands for it.
    """
    if not view.candles:
        return []
    per_hour = view.slot * HOUR_MS / view.step_ms
    step_ms = HOUR_MS * next((hours for hours in _HOURS if hours * per_hour >= 130), _HOURS[-1])
    opens = [row[0] for row in view.candles]
    labels = [(each, clock_text(each) if each % DAY_MS else day_text(each)) for each in opens if each % step_ms == 0]
    gap = 30
    if not labels and step_ms >= DAY_MS:
        labels = [(each, day_text(each)) for before, each in pairwise(opens) if each // DAY_MS > before // DAY_MS]
        gap = 80
    return _apart(canvas, view, labels, gap)


def _apart(canvas: Canvas, view: View, labels: Sequence[tuple[int, str]], gap: float) -> list[tuple[float, str]]:
    """From left to right those that have room, by the middle of their candle."""
    placed: list[tuple[float, str]] = []
    free = AREA.left
    for time_ms, words in labels:
        x, half = view.x(time_ms), canvas.width(words, AXIS, REGULAR) / 2
        if x - half >= free and x + half <= AREA.right:
            placed.append((x, words))
            free = x + half + gap
    return placed


def draw_candles(canvas: Canvas, view: View) -> None:
    theme, rows = canvas.theme, view.candles
    if not rows:
        return
    first = -(view.left - AREA.left) / view.slot - 0.5
    axes = canvas.axes(AREA, (first, first + AREA.width / view.slot), (view.low, view.high))
    frame = pd.DataFrame(
        [row[1:] for row in rows],
        index=pd.to_datetime([row[0] for row in rows], unit="ms"),
        columns=["Open", "High", "Low", "Close"],
        dtype=float,
    )
    mpf.plot(
        frame,
        type="candle",
        ax=axes,
        style=_style(theme),
        xlim=axes.get_xlim(),
        ylim=axes.get_ylim(),
        update_width_config={"candle_width": _BODY, "candle_linewidth": 1.8 if view.slot > 8 else 1.2},
    )
    axes.set_axis_off()


def _style(theme: Theme) -> Any:
    sides = {"up": theme.up, "down": theme.down}
    colors = mpf.make_marketcolors(**sides, edge=sides, wick=sides, ohlc=sides, volume=sides)
    return mpf.make_mpf_style(marketcolors=colors, gridstyle="", y_on_right=False)


def tag_boxes(scene: Scene, view: View) -> list[tuple[Tag, Box]]:
    """A place for each price tag beside its price, moved just enough that none covers another."""
    tags = sorted({tag.price: tag for tag in reversed(scene.tags)}.values(), key=lambda tag: -tag.price)
    edge = _TAG_HEIGHT / 2
    middles = spread([view.y(tag.price) for tag in tags], _TAG_PITCH, AREA.top + edge, AREA.bottom - edge)
    return [(tag, Box(_TAG.left, y - edge, _TAG.right, y + edge)) for tag, y in zip(tags, middles, strict=True)]


def draw_tags(canvas: Canvas, scene: Scene, view: View, tags: list[tuple[Tag, Box]]) -> None:
    theme = canvas.theme
    fills = {
        TagKind.TARGET: (theme.tag_green, theme.tag_text),
        TagKind.STOP: (theme.tag_red, theme.tag_text),
        TagKind.ENTRY: (theme.entry_tag, theme.entry_tag_text),
    }
    for tag, box in tags:
        fill, ink = fills[tag.kind]
        canvas.box(box, fill, radius=7, z=LINES)
        y = view.y(tag.price)
        if abs(y - box.middle) > 2:  # moved aside: a hair shows where it belongs
            canvas.line([(AREA.right - 6, y), (box.left, box.middle)], fill, 1.5)
        words, size = canvas.fitted(scene.price_text(tag.price), box.width - 8, STRONG, SMALLEST, BOLD)
        pad = 12 if canvas.width(words, size, BOLD) < box.width - 24 else 4
        canvas.text(box.left + pad, box.middle, words, size, ink, weight=BOLD, role="tag")


def draw_leads(canvas: Canvas, view: View, tags: list[tuple[Tag, Box]], from_x: float) -> None:
    """Dotted lines from the position to its price tags."""
    theme = canvas.theme
    colors = {TagKind.TARGET: theme.profit, TagKind.STOP: theme.loss, TagKind.ENTRY: theme.text}
    for tag, _ in tags:
        y = view.y(tag.price)
        canvas.line([(from_x, y), (AREA.right, y)], colors[tag.kind], 1.5, dash=DOTTED)
