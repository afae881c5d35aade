"""A sheet of 1280×960 pixels on which boxes, lines, dots and words are put, and its PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from charts.layout import Box
from charts.theme import HEIGHT, MEDIUM, WIDTH, Theme, font, printable

Align = Literal["left", "center", "right"]
_ALIGNED: dict[Align, float] = {"left": 0.0, "center": 0.5, "right": 1.0}

# Back to front. Candles stand above what is shaded, below what is said about them.
SHADE, WASH, CANDLES, LINES, WORDS = 1, 3, 5, 7, 9

_DPI = 72  # a point is then a pixel: line widths and type sizes read as in the theme
_CAP_HEIGHT = 0.711  # of Roboto, in parts of its size: capitals and digits centre on the given y
_LINE_HEIGHT = 1.18

DASHED = (0, (5, 4))
DOTTED = (0, (1.2, 2.4))


class Canvas:
    """Draws at once what it is told. `theme` is there for those who draw; the canvas only fills the background."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        # Not through pyplot: it keeps every figure alive until told otherwise.
        self.figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=theme.background)
        self._agg: Any = FigureCanvasAgg(self.figure)  # most of its methods carry no types
        self._pixels = Affine2D().scale(1, -1).translate(0, HEIGHT)

    def png(self) -> bytes:
        """Equal drawings give equal bytes: nothing in the file tells when or by what it was made."""
        self._agg.draw()
        buffer = io.BytesIO()
        image = Image.frombuffer("RGBA", (WIDTH, HEIGHT), self._agg.buffer_rgba(), "raw", "RGBA", 0, 1)
        image.convert("RGB").save(buffer, "png", compress_level=6)
        return buffer.getvalue()

    def axes(self, area: Box, x: tuple[float, float], y: tuple[float, float]) -> Axes:
        """Invisible axes over `area`, for those who draw in other units than pixels."""
        place = (area.left / WIDTH, 1 - area.bottom / HEIGHT, area.width / WIDTH, area.height / HEIGHT)
        axes = self.figure.add_axes(place, zorder=CANDLES)
        axes.set_axis_off()
        axes.set_xlim(*x)
        axes.set_ylim(*y)
        return axes

    def box(self, box: Box, color: str, alpha: float = 1.0, radius: float = 0.0, z: float = SHADE) -> None:
        corner, width, height = (box.left, box.top), box.width, box.height
        shape: Rectangle | FancyBboxPatch
        if radius:
            style = f"round,pad=0,rounding_size={radius}"
            shape = FancyBboxPatch(corner, width, height, boxstyle=style, mutation_aspect=1)
        else:
            shape = Rectangle(corner, width, height)
        shape.set(facecolor=color, alpha=alpha, linewidth=0, zorder=z)
        self._add(shape)

    def outline(self, box: Box, color: str, width: float, z: float = LINES) -> None:
        """A frame that lies within `box`, edge and all."""
        inner = box.grown(-width / 2)
        shape = Rectangle((inner.left, inner.top), inner.width, inner.height)
        shape.set(facecolor="none", edgecolor=color, linewidth=width, zorder=z, joinstyle="miter")
        self._add(shape)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        color: str,
        width: float,
        *,
        dash: tuple[float, tuple[float, ...]] | None = None,
        alpha: float = 1.0,
        z: float = LINES,
    ) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        line = Line2D(xs, ys, color=color, linewidth=width, alpha=alpha, zorder=z)
        line.set(linestyle=dash or "-", solid_capstyle="butt", solid_joinstyle="miter", dash_capstyle="butt")
        self._add(line)

    def dot(self, x: float, y: float, radius: float, fill: str, edge: str, width: float, z: float = LINES) -> None:
        """A disc, or a ring when `fill` is `none`."""
        shape = Circle((x, y), radius)
        shape.set(facecolor=fill, edgecolor=edge, linewidth=width, zorder=z)
        self._add(shape)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        color: str,
        *,
        weight: int = MEDIUM,
        align: Align = "left",
        halo: float = 0,
        role: str = "",
    ) -> Box:
        """Words whose capitals centre on `y`. Returns where they stand. `role` names the kind of label.

        `halo` is the width of a rim in the background's colour, for words that may stand on candles and lines.
        """
        words = printable(words)
        text = Text(x, y + size * _CAP_HEIGHT / 2, words, color=color, fontproperties=font(size, weight))
        # A dollar sign or a brace in a symbol is itself, not a formula.
        text.set(parse_math=False, horizontalalignment=align, verticalalignment="baseline", zorder=WORDS, gid=role)
        if halo:
            text.set_path_effects([withStroke(linewidth=halo, foreground=self.theme.background, alpha=0.75)])
        self._add(text)
        width = self.width(words, size, weight)
        left = x - width * _ALIGNED[align]
        return Box(left, y - size * _LINE_HEIGHT / 2, left + width, y + size * _LINE_HEIGHT / 2)

    def width(self, words: str, size: float, weight: int = MEDIUM) -> float:
        """Pixels the words take."""
        renderer = self._agg.get_renderer()
        return float(renderer.get_text_width_height_descent(printable(words), font(size, weight), False)[0])

    def label_box(self, words: str, size: float, weight: int = MEDIUM) -> tuple[float, float]:
        """Width and height to keep free for the words."""
        return self.width(words, size, weight), size * _LINE_HEIGHT

    def fitted(
        self, words: str, width: float, size: float, smallest: float, weight: int = MEDIUM, *, middle: bool = False
    ) -> tuple[str, float]:
        """Words and size that fit: first smaller, then cut with `…` at the end, or in the `middle`."""
        # Even of the narrowest letters no more than this fit; a very long text is not measured letter by letter.
        whole = printable(words)
        most = int(width / (smallest * 0.2)) + 2
        if len(whole) > most:
            size = smallest
        while size > smallest and self.width(whole, size, weight) > width:
            size -= 1
        keep, words = min(len(whole), most + 1), whole
        while keep > 1 and self.width(words, size, weight) > width:
            keep -= 1
            tail = keep * 2 // 5 if middle else 0
            words = f"{whole[: keep - tail].rstrip()}…{whole[len(whole) - tail :]}"
        return words, size

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._pixels)
        self.figure.add_artist(artist)
