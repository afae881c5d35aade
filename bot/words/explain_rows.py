"""What the sections of `explain` share: named rows that fit a terminal of 80 columns, and small words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from bot.words import explain_english as words
from bot.words.wording import DOT, Voice, signed
from engine.types import ChartView, Price

Row: TypeAlias = tuple[str, str]  # name and text; a row without a name goes on with the one above

ROW_WIDTH = 60  # characters of text: what 80 columns leave beside the names and a frame


def rows(name: str, texts: Sequence[str]) -> Iterator[Row]:
    """One row a text, the name before the first; `none` when there is nothing."""
    for number, text in enumerate(texts or [words.NONE]):
        yield (name if number == 0 else ""), text


def packed(items: Sequence[str]) -> list[str]:
    """The items side by side, as many in a text as a row can hold."""
    texts: list[str] = []
    for item in items:
        if texts and len(texts[-1]) + len(DOT) + len(item) <= ROW_WIDTH:
            texts[-1] += DOT + item
        else:
            texts.append(item)
    return texts


def missing_candles(chart: ChartView, ready_after: int) -> int:
    """Candles until it is ready. The window holds at least as many as are needed."""
    return 0 if chart.is_ready else max(1, ready_after - len(chart.candles))


def when(time_ms: int, voice: Voice) -> str:
    return f"{voice.day(time_ms)} {voice.clock(time_ms)}"


def pips(ticks: int, voice: Voice) -> str:
    """A distance, without a sign: `22.0 pips`."""
    return words.PIPS.format(pips=signed(abs(voice.instrument.pips(ticks)), 1).removeprefix("+"))


def place(price: Price, low: Price, high: Price, between: str = words.INSIDE) -> str:
    """Where price stands to a band, or to a line where both ends are one."""
    if price < low:
        return words.BELOW
    if price > high:
        return words.ABOVE
    return words.AT if low == high else between
