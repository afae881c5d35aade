"""What is said about the candles: zones, liquidity levels, breaks of structure, sweeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from charts.canvas import DASHED, DOTTED, SHADE, Canvas
from charts.layout import Box, Placer, spread
from charts.picture import Band, BreakLine, Level, Scene, SweepMark
from charts.theme import LABEL, REGULAR, SMALLEST
from charts.view import AREA, LABEL_COLUMN, View
from engine.types import Direction

_GAP = 6  # between a line and its label
_EDGE_ALPHA = 0.55
_STRONGER = 1.25  # fill of the highest time frame's zones and of the entry's
_TOP_ROW, _BOTTOM_ROW = AREA.top + 57, AREA.bottom - 20  # tags for what is out of view
_COLUMN = Box(AREA.right - LABEL_COLUMN, AREA.top + 42, AREA.right, AREA.bottom)


def draw_bands(canvas: Canvas, scene: Scene, view: View, right: float) -> None:
    """Zones from their first candle to `right`, filled and edged, cut at the picture's edge."""
    theme = canvas.theme
    for band in scene.bands:
        box = _band_box(band, view, right)
        if box.height <= 0:
            continue
        color = _band_color(canvas, band)
        canvas.box(box, color, theme.zone_alpha * (_STRONGER if band.is_strong else 1))
        for price in (band.top, band.bottom):
            if view.shows(price):
                y = view.y(price)
                canvas.line([(box.left, y), (box.right, y)], color, 1.2, alpha=_EDGE_ALPHA, z=SHADE)


def draw_levels(canvas: Canvas, scene: Scene, view: View) -> None:
    for level in scene.levels:
        if view.shows(level.price):
            y = view.y(level.price)
            line = [(view.x(level.from_ms), y), (AREA.right, y)]
            canvas.line(line, _level_color(canvas, level), 1.5, dash=DOTTED, z=SHADE + 1)


def draw_column(canvas: Canvas, scene: Scene, view: View) -> None:
    """Names of zones and levels at the right edge: beside what they name, never on each other."""
    lines = [Box(_COLUMN.left, view.y(tag.price) - 1, _COLUMN.right, view.y(tag.price) + 1) for tag in scene.tags]
    names = [
        (view.y(level.price) - LABEL / 2 - _GAP, level.label, _level_color(canvas, level))
        for level in scene.levels
        if view.shows(level.price)
    ]
    bands = [(band, _band_box(band, view, AREA.right)) for band in scene.bands]
    names += [(box.middle, band.label, _band_ink(canvas, band)) for band, box in bands if box.height > 0]
    fitted = [(y, *canvas.fitted(words, LABEL_COLUMN - 6, LABEL, SMALLEST), color) for y, words, color in names]
    sizes = [canvas.label_box(words, size) for _, words, size, _ in fitted]
    places = _column_places([y for y, *_ in fitted], sizes, Placer(_COLUMN, lines))
    for (_, words, size, color), place in zip(fitted, places, strict=True):
        if place:
            canvas.text(place.right, place.middle, words, size, color, align="right", halo=5, role="column")


def _column_places(
    wanted: Sequence[float], sizes: Sequence[tuple[float, float]], placer: Placer
) -> Sequence[Box | None]:
    """Beside what they name and off the tags' lines; where that would turn their order around, in order instead."""
    places = [_beside(y, size, placer) for y, size in zip(wanted, sizes, strict=True)]
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    tops = [place.top for index in order if (place := places[index]) is not None]
    if len(tops) == len(wanted) and tops == sorted(tops):
        return places
    pitch = max(height for _, height in sizes)
    low, high = _COLUMN.top + pitch / 2, _COLUMN.bottom - pitch / 2
    middles = dict(zip(order, spread([wanted[index] for index in order], pitch, low, high), strict=True))
    return [Box.around(_column_x(size), middles[index], *size) for index, size in enumerate(sizes)]


def _beside(y: float, size: tuple[float, float], placer: Placer) -> Box | None:
    for reach in (60, int(AREA.height)):
        place = placer.place(Box.around(_column_x(size), each, *size) for each in _nearby(y, reach))
        if place:
            return place
    return None


def _column_x(size: tuple[float, float]) -> float:
    return AREA.right - 4 - size[0] / 2


def _nearby(y: float, reach: int) -> Iterator[float]:
    yield y
    for away in range(4, reach, 4):
        yield y - away
        yield y + away


def draw_edge_tags(canvas: Canvas, scene: Scene, view: View, placer: Placer) -> None:
    """What lies out of view: its name, price and an arrow at the edge; the nearest on each side."""
    beyond = [(level.label, level.price, _level_color(canvas, level)) for level in scene.levels]
    beyond += [
        (band.label, band.bottom if band.bottom > view.high else band.top, _band_ink(canvas, band))
        for band in scene.bands
        if band.bottom > view.high or band.top < view.low
    ]
    above = sorted((tag for tag in beyond if tag[1] > view.high), key=lambda tag: tag[1])
    below = sorted((tag for tag in beyond if tag[1] < view.low), key=lambda tag: -tag[1])
    for tags, arrow, y in ((above[:2], "↑", _TOP_ROW), (below[:2], "↓", _BOTTOM_ROW)):
        for label, price, color in tags:
            words = f"{label} {scene.price_text(price)} {arrow}"
            width, height = canvas.label_box(words, LABEL)
            row = range(int(AREA.left), int(AREA.right - width - 2 * _GAP), 20)
            place = placer.place(Box(x, y - height / 2, x + width + 2 * _GAP, y + height / 2) for x in row)
            if place:
                canvas.text(place.left, y, words, LABEL, color, halo=5, role="edge")


def draw_breaks(canvas: Canvas, scene: Scene, view: View, placer: Placer) -> None:
    for line in scene.breaks:
        if view.shows(line.price):
            _draw_break(canvas, line, view, placer)


def _draw_break(canvas: Canvas, line: BreakLine, view: View, placer: Placer) -> None:
    is_up = line.direction is Direction.UP
    color = canvas.theme.up if is_up else canvas.theme.down
    left, right, y = view.x(line.from_ms), view.x(line.to_ms), view.y(line.price)
    canvas.line([(left, y), (right, y)], color, 1.7, dash=DASHED)
    if left > AREA.left:
        canvas.dot(left, y, 3.5, color, color, 0)
    width, height = canvas.label_box(line.label, LABEL)
    placer.take(Box(left, y - 1, right, y + 1))
    place = placer.place(_beside_line(left, right, y, width, height, -1 if is_up else 1))
    if place:
        canvas.text(place.left, place.middle, line.label, LABEL, color, halo=5, role="mark")


def _beside_line(left: float, right: float, y: float, width: float, height: float, side: int) -> Iterator[Box]:
    """Along the line on the side price broke out to, then on the other, then further away."""
    near = height / 2 + 3
    for away in (side * near, -side * near, side * (near + 22), -side * (near + 22), side * (near + 44)):
        for x in ((left + right) / 2, left + width / 2, right - width / 2, left - width / 2, right + width / 2):
            yield Box.around(x, y + away, width, height)


def draw_sweeps(canvas: Canvas, scene: Scene, view: View, placer: Placer) -> None:
    for sweep in scene.sweeps:
        if view.shows(sweep.level) and view.shows(sweep.extreme):
            _draw_sweep(canvas, sweep, view, placer)


def _draw_sweep(canvas: Canvas, sweep: SweepMark, view: View, placer: Placer) -> None:
    gold, x, y = canvas.theme.gold, view.x(sweep.at_ms), view.y(sweep.extreme)
    left, level = view.x(sweep.from_ms), view.y(sweep.level)
    canvas.line([(left, level), (x, level)], gold, 1.7, dash=DASHED)
    if left > AREA.left:
        canvas.dot(left, level, 3.5, gold, gold, 0)
    canvas.dot(x, y, 9.5, "none", gold, 2.2)
    placer.take(Box.around(x, y, 32, 24))
    placer.take(Box(left, level - 1, x, level + 1))
    words = f"Sweep {sweep.label}".rstrip()
    width, height = canvas.label_box(words, LABEL)
    aside, away = width / 2 + 18, height / 2 + 14
    outward = 1 if sweep.extreme < sweep.level else -1
    rows = (outward * away, -outward * away, -outward * (away + height))
    spots = [(-aside, 0.0), (aside, 0.0), *((dx, dy) for dy in rows for dx in (0.0, -aside, aside))]
    place = placer.place(Box.around(x + dx, y + dy, width, height) for dx, dy in spots)
    if place:
        canvas.text(place.left, place.middle, words, LABEL, gold, halo=5, role="mark")


def draw_swings(canvas: Canvas, scene: Scene, view: View, placer: Placer) -> None:
    """Names of swings, only where they hide nothing."""
    for swing in scene.swings:
        if not view.shows(swing.price):
            continue
        width, height = canvas.label_box(swing.label, SMALLEST, REGULAR)
        x, y, side = view.x(swing.at_ms), view.y(swing.price), -1 if swing.is_high else 1
        spots = (
            Box.around(x + dx, y + side * (height / 2 + away), width + 2 * _GAP, height)
            for away in (3, 12)
            for dx in (0, -width / 3, width / 3)
        )
        place = placer.place(spots, only_free=True)
        if place:
            words, color = swing.label, canvas.theme.second
            left = place.left + _GAP
            canvas.text(left, place.middle, words, SMALLEST, color, weight=REGULAR, halo=5, role="swing")


def _level_color(canvas: Canvas, level: Level) -> str:
    return canvas.theme.gold if level.is_liquidity else canvas.theme.second


def _band_box(band: Band, view: View, right: float) -> Box:
    top, bottom = max(view.y(band.top), AREA.top), min(view.y(band.bottom), AREA.bottom)
    return Box(view.start(band.from_ms), top, right, bottom)


def _band_color(canvas: Canvas, band: Band) -> str:
    return canvas.theme.bullish if band.direction is Direction.UP else canvas.theme.bearish


def _band_ink(canvas: Canvas, band: Band) -> str:
    return canvas.theme.bullish_ink if band.direction is Direction.UP else canvas.theme.bearish_ink
