"""The report's drawings: small SVGs that take their colours from the page. Values in, markup out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from bot.words.wording import MINUS

WIDTH, HEIGHT = 960, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 14, 12, 26
_MOST_POINTS = 1200

Point = tuple[float, float]


class _Scale:
    """Values → places on the page."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], height: int) -> None:
        self.low_x, self.high_x = min(xs), max(xs)
        self.low_y, self.high_y = min(ys), max(ys)
        if self.high_y - self.low_y < 1e-9:
            self.low_y, self.high_y = self.low_y - 1, self.high_y + 1
        self._height = height

    def x(self, value: float) -> float:
        span = self.high_x - self.low_x or 1
        return _LEFT + (value - self.low_x) / span * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low_y) / (self.high_y - self.low_y)
        return self._height - _BOTTOM - share * (self._height - _TOP - _BOTTOM)


def curve(points: Sequence[Point], labels: Sequence[tuple[float, str]], unit: str) -> Markup:
    """A line over time with its drawdown shaded. `labels` stand under the axis at their x."""
    points = _thinned(points)
    highs, high = [], float("-inf")
    for _, y in points:
        high = max(high, y)
        highs.append(high)
    scale = _Scale([x for x, _ in points], [y for _, y in points], HEIGHT)
    line = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)
    back = " ".join(
        f"{scale.x(x):.1f},{scale.y(top):.1f}" for (x, _), top in zip(reversed(points), reversed(highs), strict=True)
    )
    ticks = _ticks(scale.low_y, scale.high_y)
    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{scale.y(t):.1f}" y2="{scale.y(t):.1f}"/>'
        f'<text class="axis" x="{_LEFT - 8}" y="{scale.y(t) + 4:.1f}" '
        f'text-anchor="end">{_told(f"{t:,.10g}")}{unit}</text>'
        for t in ticks
    )
    words = "".join(
        f'<text class="axis{" spare" if number % 2 else ""}" x="{scale.x(x):.1f}" y="{HEIGHT - 6}" '
        f'text-anchor="middle">{Markup.escape(text)}</text>'
        for number, (x, text) in enumerate(labels)
    )
    return _svg(
        HEIGHT, f'{grid}{words}<polygon class="fall" points="{line} {back}"/><polyline class="line" points="{line}"/>'
    )


def histogram(values: Sequence[float], step: float) -> Markup:
    """How often each result came, in steps of so many R; losses and gains in their colours."""
    height = 200
    cells: dict[int, int] = {}
    for value in values:
        cell = int(value // step)
        cells[cell] = cells.get(cell, 0) + 1
    first, last = min(cells), max(cells)
    most = max(cells.values())
    wide = (WIDTH - _LEFT - _RIGHT) / (last - first + 1)
    bars = []
    for cell in range(first, last + 1):
        count = cells.get(cell, 0)
        tall = count / most * (height - _TOP - _BOTTOM)
        x, kind = _LEFT + (cell - first) * wide, "loss" if cell < 0 else "gain"
        told = _told(f"{cell * step:+.2f}R to {(cell + 1) * step:+.2f}R: {count}")
        bars.append(
            f'<rect class="{kind}" x="{x + 1:.1f}" y="{height - _BOTTOM - tall:.1f}" width="{max(wide - 2, 1):.1f}" '
            f'height="{tall:.1f}"><title>{told}</title></rect>'
        )
        if cell * step == int(cell * step):
            number = _whole(int(cell * step))
            bars.append(f'<text class="axis" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{number}R</text>')
    return _svg(height, "".join(bars))


def scatter(points: Sequence[tuple[float, float, float]], across: str, upwards: str) -> Markup:
    """Each trade a dot: how far it went against us, how far for us, coloured by how it ended."""
    height = 300
    scale = _Scale([x for x, _, _ in points] + [0.0], [y for _, y, _ in points] + [0.0], height)
    axes = (
        f'<line class="grid" x1="{scale.x(0):.1f}" x2="{scale.x(0):.1f}" y1="{_TOP}" y2="{height - _BOTTOM}"/>'
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{scale.y(0):.1f}" y2="{scale.y(0):.1f}"/>'
        f'<text class="axis" x="{_LEFT}" y="{height - 6}">{_told(f"{scale.low_x:+.1f}")}R {across}</text>'
        f'<text class="axis" x="{_LEFT}" y="{_TOP + 10}">{_told(f"{scale.high_y:+.1f}")}R {upwards}</text>'
    )
    dots = "".join(
        f'<circle class="{"gain" if r > 0 else "loss"}" cx="{scale.x(x):.1f}" cy="{scale.y(y):.1f}" r="3"/>'
        for x, y, r in points
    )
    return _svg(height, axes + dots)


def _whole(number: int) -> str:
    return _told(f"{number:+d}") if number else "0"


def _told(number: str) -> str:
    """With a true minus, as everywhere in the report."""
    return number.replace("-", MINUS)


def _svg(height: int, inside: str) -> Markup:
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{inside}</svg>')  # noqa: S704 — numbers and escaped


def _thinned(points: Sequence[Point]) -> list[Point]:
    """So few that a browser draws them at once, with each stretch's highest and lowest kept."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    size = 2 * len(points) // _MOST_POINTS + 1
    kept: list[Point] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        kept += sorted({min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1]), part[-1]})
    return kept


def _ticks(low: float, high: float) -> list[float]:
    """Three to eight round numbers between two values."""
    power = 10.0 ** math.floor(math.log10(high - low))
    step = next(each for each in (2 * power, power, power / 2, power / 5) if (high - low) / each >= 3)
    first = math.ceil(low / step)
    return [step * number for number in range(first, math.floor(high / step) + 1)]
