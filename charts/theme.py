"""Colours, type and sizes of every picture, in pixels of 1280×960.

Colour means direction; gold is liquidity and the brand only. Every text colour reaches 4.2:1 on its background.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties

WIDTH, HEIGHT = 1280, 960
MARGIN = 30
HEADER = 112
PRICE_AXIS = 160
FOOT = 104  # time axis and footer

SYMBOL, SYMBOL_SMALLEST = 46, 34
TITLE = 42
RESULT, DAY_RESULT = 44, 54
NUMBER = 38
STRONG = 30  # direction, setup, score, price tags
TRADE = 28  # the least for anything a trade depends on
ROW = 26
AXIS, DATE = 25, 24
LABEL = 24
SMALLEST = 23

REGULAR, MEDIUM, BOLD = 400, 500, 700


@dataclass(frozen=True, slots=True)
class Theme:
    """One palette. The `_alpha` numbers are shares of 1; `_ink` is for words that stand on a zone of that colour."""

    background: str
    grid: str
    card: str
    text: str
    second: str
    zero: str
    up: str
    down: str
    profit: str
    loss: str
    tag_green: str
    tag_red: str
    tag_text: str
    entry_tag: str
    entry_tag_text: str
    bullish: str
    bullish_ink: str
    bearish: str
    bearish_ink: str
    gold: str
    session: str
    session_alpha: float
    zone_alpha: float
    box_alpha: float


DARK = Theme(
    background="#131722",
    grid="#1E2430",
    card="#1C2230",
    text="#E3E6EC",
    second="#9299A9",
    zero="#5A6272",
    up="#26A69A",
    down="#EF5350",
    profit="#1FAF8B",
    loss="#E84F54",
    tag_green="#0F8469",
    tag_red="#D23B43",
    tag_text="#FFFFFF",
    entry_tag="#C9CED8",
    entry_tag_text="#131722",
    bullish="#5B8DEF",
    bullish_ink="#6F9BF2",
    bearish="#E0915A",
    bearish_ink="#E0915A",
    gold="#D8B56A",
    session="#FFFFFF",
    session_alpha=0.03,
    zone_alpha=0.15,
    box_alpha=0.17,
)

LIGHT = Theme(
    background="#FFFFFF",
    grid="#EEF0F4",
    card="#F3F5F8",
    text="#171B24",
    second="#5F6775",
    zero="#A2A9B5",
    up="#138A7C",
    down="#DB3F45",
    profit="#0F8467",
    loss="#D0323A",
    tag_green="#0F8467",
    tag_red="#D0323A",
    tag_text="#FFFFFF",
    entry_tag="#2A303C",
    entry_tag_text="#FFFFFF",
    bullish="#2F6BDE",
    bullish_ink="#255EC9",
    bearish="#B45A12",
    bearish_ink="#A04E0D",
    gold="#856110",
    session="#1B2A5C",
    session_alpha=0.03,
    zone_alpha=0.12,
    box_alpha=0.12,
)

_THEMES = {"dark": DARK, "light": LIGHT}


def theme(name: str) -> Theme:
    """ValueError for a name that is neither `dark` nor `light`."""
    try:
        return _THEMES[name]
    except KeyError:
        raise ValueError(f"theme {name!r} is neither dark nor light") from None


def _families() -> list[str]:
    fallback = ["DejaVu Sans"]
    package = find_spec("font_roboto")
    if package is None or package.origin is None:
        return fallback
    folder = Path(package.origin).parent / "files"
    # DejaVu Sans has no medium weight; its regular is what we want then, and not worth a line in the log.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for weight in ("Regular", "Medium", "Bold"):
        font_manager.fontManager.addfont(folder / f"Roboto-{weight}.ttf")
    return ["Roboto", *fallback]


_FAMILIES = _families()


@cache
def font(size: float, weight: int) -> FontProperties:
    """Roboto, and DejaVu Sans for the signs it lacks. At 72 dots an inch a point is a pixel."""
    return FontProperties(family=_FAMILIES, size=size, weight=weight)


@cache
def _glyphs() -> frozenset[int]:
    """Code points that at least one of the fonts can draw."""
    names = {font_manager.findfont(FontProperties(family=family)) for family in _FAMILIES}
    return frozenset(code for name in names for code in font_manager.get_font(name).get_charmap())


def printable(text: str) -> str:
    """What the fonts can show: control and direction marks vanish, any other unknown sign becomes a box."""
    return "".join(_shown(sign) for sign in text)


def _shown(sign: str) -> str:
    if sign.isspace():
        return " "
    if not sign.isprintable():
        return ""
    return sign if ord(sign) in _glyphs() else "□"
