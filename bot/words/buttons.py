"""What a tap sends back. Short, since Telegram allows 64 bytes; `read_tap` is the other half of every maker here."""

from __future__ import annotations

import enum
from typing import NamedTuple

from bot.words.post import Button


class Tap(enum.StrEnum):
    """The first letters of callback data."""

    CHART = "c"  # c:M15:XAU_20240403_002
    WHY = "w"  # w:XAU_20240403_002
    TRADES = "t"  # t:2, the page
    SIGNALS = "s"  # s:2
    CLOSE = "x"  # x:XAU_20240403_002, asks first
    YES = "y"  # y:17, the question's number
    NO = "n"
    MENU = "m"  # m:status


class Tapped(NamedTuple):
    """`value` is the id, page, question or menu entry; `timeframe` only for charts."""

    tap: Tap
    value: str
    timeframe: str = ""


def button(label: str, tap: Tap, *values: object, style: str | None = None) -> Button:
    """ValueError when the data is longer than Telegram allows."""
    data = ":".join([tap, *map(str, values)])
    if len(data.encode()) > 64:
        raise ValueError(f"callback data {data!r} is longer than 64 bytes")
    return Button(label, data=data, style=style)


def read_tap(data: str) -> Tapped | None:
    """What a tap meant; None for data that no button of ours sends."""
    kind, _, rest = data.partition(":")
    if kind not in list(Tap) or not rest:
        return None
    if kind == Tap.CHART:
        timeframe, _, value = rest.partition(":")
        return Tapped(Tap.CHART, value, timeframe) if value else None
    return Tapped(Tap(kind), rest)
