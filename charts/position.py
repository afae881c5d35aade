"""The position tool: what a trade risks for what, before it starts and as it was lived."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from charts.canvas import DASHED, LINES, SHADE, WASH, Align, Canvas
from charts.frame import tone_color
from charts.layout import Box, Placer, spread
from charts.picture import CardLine, Dot, Goal, Journey, Position, Tone
from charts.theme import BOLD, LABEL, REGULAR, ROW, SMALLEST, STRONG, TRADE
from charts.view import AREA, BOX_WIDTH, CARD_WIDTH, View
from engine.types import Direction

_WASH_ALPHA = 0.72  # of the background under the position, so that zones do not muddy it
_TITLE, _NOTE = 36, 28  # heights of the two lines of words
_LINE = 2.2
_PATH_DASH = (0, (1.3, 3.2))
_CARD_PITCH = 57


def draw_position(canvas: Canvas, position: Position, view: View) -> Box:
    """Reward and risk as boxes right of the candles, with their words inside. Returns what it covers."""
    theme, entry, stop = canvas.theme, view.y(position.entry.price), view.y(position.stop.price)
    last = view.y(position.targets[-1].price)
    left, right = view.right + 4, view.right + BOX_WIDTH
    whole = Box(left, min(last, stop), right, max(last, stop))
    canvas.box(whole, theme.background, _WASH_ALPHA, z=WASH)
    canvas.box(Box(left, min(entry, last), right, max(entry, last)), theme.profit, theme.box_alpha, z=WASH)
    canvas.box(Box(left, min(entry, stop), right, max(entry, stop)), theme.loss, theme.box_alpha, z=WASH)
    for goal, color in ((position.entry, theme.text), (position.stop, theme.loss)):
        canvas.line([(left, view.y(goal.price)), (right, view.y(goal.price))], color, _LINE)
    for goal in position.targets:
        canvas.line([(left, view.y(goal.price)), (right, view.y(goal.price))], theme.profit, _LINE)
    _draw_goals(canvas, position, view, left + 9, right - 6)
    return whole


def _draw_goals(canvas: Canvas, position: Position, view: View, left: float, right: float) -> None:
    """Words inside the box beside their lines; where it is too low for two lines each, the small ones go."""
    # Above the middle words hang under their line, below it they stand on it; the entry's always on the reward's side.
    goals = sorted((position.entry, position.stop, *position.targets), key=lambda goal: -goal.price)
    hangs = {id(goal): _hangs(goal, position) for goal in goals}
    blocks: list[tuple[Goal, Box]] = []
    for goal in goals:
        height, y = _TITLE + (_NOTE if goal.note else 0), view.y(goal.price)
        top = y + 4 if hangs[id(goal)] else y - 4 - height
        blocks.append((goal, Box(left, top, right, top + height)))
    has_notes = all(upper.bottom <= lower.top for (_, upper), (_, lower) in pairwise(blocks))
    if not has_notes:
        half = _TITLE / 2
        wanted = [view.y(goal.price) + (half + 2 if hangs[id(goal)] else -half - 2) for goal in goals]
        middles = spread(sorted(wanted), _TITLE - 2, AREA.top + 46 + half, AREA.bottom - half)
        blocks = [(goal, Box(left, y - half, right, y + half)) for goal, y in zip(goals, middles, strict=True)]
    for goal, box in blocks:
        words, size = canvas.fitted(goal.title, right - left, STRONG, SMALLEST)
        y = box.top + _TITLE / 2
        canvas.text(left, y, words, size, canvas.theme.text, weight=BOLD, role="goal")
        if goal.note and has_notes:
            note = goal.note
            if canvas.width(note, SMALLEST, REGULAR) > right - left:
                note = note.partition(" · ")[0]  # a whole distance rather than half a share
            words, size = canvas.fitted(note, right - left, LABEL, SMALLEST, REGULAR)
            y = box.top + _TITLE + _NOTE / 2 - 3
            canvas.text(left, y, words, size, canvas.theme.second, weight=REGULAR, role="goal")


def _hangs(goal: Goal, position: Position) -> bool:
    """Whether the words stand under their line, so that they are inside the box."""
    is_up = position.direction is Direction.UP
    return not is_up if goal in (position.entry, position.stop) else is_up


def journey_right(journey: Journey, view: View) -> float:
    """Where the boxes of a lived trade end: with the trade, or some way ahead while it is open."""
    if journey.ends_ms is None:
        return view.right + BOX_WIDTH
    return max(view.x(journey.ends_ms), view.x(journey.entry.time_ms) + view.slot)


def keep_dots_clear(journey: Journey, view: View, placer: Placer) -> None:
    for dot in (journey.entry, *journey.exits):
        placer.take(Box.around(view.x(dot.time_ms), view.y(dot.price), 22, 22))


def draw_journey(canvas: Canvas, journey: Journey, view: View, placer: Placer) -> None:
    """Boxes under the candles, the stop as it moved, the path from entry over the exits, and their words."""
    theme = canvas.theme
    left, right = view.x(journey.entry.time_ms), journey_right(journey, view)
    entry = view.y(journey.entry.price)
    goals = [view.y(price) for price in journey.targets]
    far = min(goals) if journey.direction is Direction.UP else max(goals)
    canvas.box(Box(left, min(entry, far), right, max(entry, far)), theme.profit, theme.box_alpha, z=WASH)
    for y in goals:
        canvas.line([(left, y), (right, y)], theme.profit, 1.7, dash=DASHED, z=SHADE + 1)
    _draw_stop(canvas, journey, view, right, placer)
    _draw_path(canvas, journey, view)
    for dot in journey.exits:
        _draw_exit_words(canvas, dot, view, placer)
    _draw_entry_words(canvas, journey, view, placer)
    ahead = [view.y(goal.price) for goal in journey.waiting]
    has_notes = all(abs(one - other) >= _TITLE + _NOTE for one, other in pairwise(ahead))
    for goal in journey.waiting:
        _draw_waiting(canvas, goal, view, right, placer, is_up=journey.direction is Direction.UP, has_note=has_notes)


def _draw_stop(canvas: Canvas, journey: Journey, view: View, right: float, placer: Placer) -> None:
    """The first risk as a red box, and the stop as a red line that steps where it was moved."""
    theme, entry = canvas.theme, view.y(journey.entry.price)
    places = [(view.x(time_ms), view.y(price)) for time_ms, price in journey.stops]
    (left, first), moved = places[0], places[1:]
    until = max(moved[0][0], left + view.slot) if moved else right
    canvas.box(Box(left, min(entry, first), until, max(entry, first)), theme.loss, theme.box_alpha, z=WASH)
    canvas.line([(left, entry), (until, entry)], theme.text, _LINE)
    points = [(left, first), (until, first)]
    for k, (_, y) in enumerate(moved):
        x = until if k == 0 else moved[k][0]
        points += [(x, y)]
        end = moved[k + 1][0] if k + 1 < len(moved) else right
        points += [(max(end, x), y)]
    canvas.line(points, theme.loss, 2.8)
    is_below = first > entry
    spots = _under(left, first, is_below=is_below)
    if moved:
        _place_words(canvas, placer, "Stop", LABEL, theme.second, spots)
        spots = _under(until + 8, moved[0][1], is_below=is_below)
        words = "Stop at entry" if journey.stops[-1][1] == journey.entry.price else "Stop moved"
        _place_words(canvas, placer, words, LABEL, theme.second, spots)
    elif journey.ends_ms is None:  # a stop that was hit is named by its exit
        _place_words(canvas, placer, "Stop", LABEL, theme.second, spots)


def _under(x: float, y: float, *, is_below: bool) -> list[tuple[float, float, Align]]:
    """Spots beside a line that begins at x: outside it first, then further away."""
    side = 1 if is_below else -1
    return [(x + 6, y + side * away, "left") for away in (22, 34, 48, 62)] + [(x + 6, y - side * 22, "left")]


def _draw_path(canvas: Canvas, journey: Journey, view: View) -> None:
    theme, dots = canvas.theme, (journey.entry, *journey.exits)
    points = [(view.x(dot.time_ms), view.y(dot.price)) for dot in dots]
    if len(points) > 1:
        canvas.line(points, theme.text, 1.8, dash=_PATH_DASH, alpha=0.8)
    fills = {Tone.PLAIN: theme.entry_tag, Tone.PROFIT: theme.profit, Tone.LOSS: theme.loss}
    for dot, (x, y) in zip(dots, points, strict=True):
        if y == points[0][1] and x == points[0][0] and dot is not dots[0]:
            x += view.slot  # left where and when it came in: both dots stay visible
        canvas.dot(x, y, 10, fills[dot.tone], theme.background, 2.5, z=LINES + 1)


def _draw_exit_words(canvas: Canvas, dot: Dot, view: View, placer: Placer) -> None:
    x, y = view.x(dot.time_ms), view.y(dot.price)
    spots: list[tuple[float, float, Align]] = []
    for away in (-26.0, 28.0, -50.0, 52.0):
        spots += [(x - 14, y + away, "right"), (x, y + away, "center"), (x + 14, y + away, "left")]
    spots += [(x + 18, y, "left"), (x - 18, y, "right")]
    _place_words(canvas, placer, dot.title, ROW, canvas.theme.text, spots, weight=BOLD)


def _draw_entry_words(canvas: Canvas, journey: Journey, view: View, placer: Placer) -> None:
    """`Entry` over its time, on the risk's side where there are fewer candles to hide."""
    theme, dot = canvas.theme, journey.entry
    x, y = view.x(dot.time_ms), view.y(dot.price)
    width = max(canvas.width(dot.title, TRADE, BOLD), canvas.width(dot.note, LABEL, REGULAR))
    height = 58.0
    side = 1 if journey.stops[0][1] < dot.price else -1
    place = placer.place(
        Box.around(x + dx, y + dy, width, height)
        for dy in (*(side * away for away in (62, 48, 78, 94, 110)), *(-side * away for away in (48, 80, 112, 144)))
        for dx in (width / 2 + 12, -width / 2 - 12)
    )
    if place:
        canvas.text(place.left, place.top + 16, dot.title, TRADE, theme.text, weight=BOLD, halo=5, role="mark")
        y = place.bottom - 14
        canvas.text(place.left, y, dot.note, LABEL, theme.second, weight=REGULAR, halo=5, role="mark")


def _draw_waiting(
    canvas: Canvas, goal: Goal, view: View, right: float, placer: Placer, *, is_up: bool, has_note: bool
) -> None:
    """`has_note`: there is room for the small words before the next target's line."""
    theme, y, side = canvas.theme, view.y(goal.price), 1 if is_up else -1
    spots: list[tuple[float, float, Align]] = [(right - 8, y + side * 24, "right"), (right - 8, y - side * 24, "right")]
    box = _place_words(canvas, placer, goal.title, STRONG, theme.text, spots, weight=BOLD)
    if box and goal.note and has_note:
        under: list[tuple[float, float, Align]] = [(right - 8, box.middle + 33, "right")]
        _place_words(canvas, placer, goal.note, LABEL, theme.second, under, weight=REGULAR)


def _place_words(
    canvas: Canvas,
    placer: Placer,
    words: str,
    size: float,
    color: str,
    spots: list[tuple[float, float, Align]],
    *,
    weight: int = 500,
) -> Box | None:
    """Words at the first free spot (x, middle, which side of x); nothing when there is none."""
    width, height = canvas.label_box(words, size, weight)
    place = placer.place(_boxes(spots, width, height))
    if place:
        canvas.text(place.left, place.middle, words, size, color, weight=weight, halo=5, role="mark")
    return place


def _boxes(spots: list[tuple[float, float, Align]], width: float, height: float) -> Iterator[Box]:
    shift = {"left": width / 2, "center": 0.0, "right": -width / 2}
    return (Box.around(x + shift[align], y, width, height) for x, y, align in spots)


def card_box(lines: tuple[CardLine, ...]) -> Box:
    """Where the card of a closed trade stands: right of the last candle, in the middle of the height."""
    height = _CARD_PITCH * len(lines) + 14
    return Box.around(AREA.right - CARD_WIDTH / 2 - 3, (AREA.top + AREA.bottom) / 2 + 16, CARD_WIDTH, height)


def draw_card(canvas: Canvas, lines: tuple[CardLine, ...]) -> None:
    box = card_box(lines)
    canvas.box(box, canvas.theme.card, radius=14, z=LINES)
    for k, line in enumerate(lines):
        y = box.top + 7 + _CARD_PITCH * (k + 0.5)
        name = canvas.text(box.left + 20, y, line.name, ROW, canvas.theme.second, weight=REGULAR, role="card")
        room = box.right - 18 - name.right - 12
        words, size = canvas.fitted(line.value, room, TRADE, SMALLEST, BOLD)
        color = tone_color(canvas.theme, line.tone)
        canvas.text(box.right - 18, y, words, size, color, weight=BOLD, align="right", role="card")
