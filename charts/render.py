"""`draw`: the one function a worker process is called with. Picture in, PNG out.

Give `warm` to the pool as its initializer, so that a new worker's first picture is no slower than the rest.
"""

from __future__ import annotations

from decimal import Decimal

from charts.canvas import Canvas
from charts.chart import draw_axes, draw_candles, draw_leads, draw_sessions, draw_tags, tag_boxes
from charts.equity import draw_daily
from charts.frame import draw_footer, draw_header
from charts.layout import Box, Placer
from charts.marks import draw_bands, draw_breaks, draw_column, draw_edge_tags, draw_levels, draw_sweeps, draw_swings
from charts.period import draw_period
from charts.picture import DailyPicture, PeriodPicture, Picture, Scene, decode, encode
from charts.position import card_box, draw_card, draw_journey, draw_position, journey_right, keep_dots_clear
from charts.theme import theme
from charts.view import AREA, view_of
from engine.types import DAY_MS, Timeframe


def draw(spec: bytes) -> bytes:
    """PNG of 1280×960 for what `encode` made; the same bytes in, the same bytes out. ValueError for anything else."""
    return compose(decode(spec)).png()


def warm() -> None:
    """Pay for everything that only the first picture costs: fonts, styles, the plotting libraries' own caches."""
    tiny = Scene(
        theme="dark",
        mark="−",
        symbol="XAUUSD",
        timeframe=Timeframe.M15,
        time_ms=DAY_MS,
        tick_size=Decimal("0.01"),
        digits=2,
        candles=((0, 100, 120, 90, 110),),
        headline="0",
    )
    draw(encode(tiny))


def compose(picture: Picture) -> Canvas:
    """Everything put on a canvas, not yet painted."""
    canvas = Canvas(theme(picture.theme))
    match picture:
        case Scene():
            _draw_scene(canvas, picture)
        case DailyPicture():
            draw_daily(canvas, picture)
        case PeriodPicture():
            draw_period(canvas, picture)
    return canvas


def _draw_scene(canvas: Canvas, scene: Scene) -> None:
    view = view_of(scene)
    tags = tag_boxes(scene, view)
    draw_header(canvas, scene)
    draw_footer(canvas, scene.id, scene.mark)
    draw_sessions(canvas, scene, view)
    draw_axes(canvas, scene, view, [box for _, box in tags])
    draw_candles(canvas, view)
    draw_levels(canvas, scene, view)
    draw_bands(canvas, scene, view, journey_right(scene.journey, view) if scene.journey else AREA.right)
    placer = Placer(Box(AREA.left, AREA.top + 40, AREA.right, AREA.bottom), view.candle_boxes())
    if not scene.position and not scene.journey:
        draw_leads(canvas, view, tags, view.right)
    if scene.position:
        covered = draw_position(canvas, scene.position, view)
        placer.take(Box(covered.left, AREA.top, AREA.right, AREA.bottom))
        draw_leads(canvas, view, tags, covered.right)
    if scene.card:
        placer.take(card_box(scene.card))
        draw_card(canvas, scene.card)
    if scene.journey:
        keep_dots_clear(scene.journey, view, placer)
        draw_sweeps(canvas, scene, view, placer)
        draw_journey(canvas, scene.journey, view, placer)
    else:
        draw_column(canvas, scene, view)
        draw_sweeps(canvas, scene, view, placer)
    draw_breaks(canvas, scene, view, placer)
    draw_edge_tags(canvas, scene, view, placer)
    draw_swings(canvas, scene, view, placer)
    draw_tags(canvas, scene, view, tags)
