"""What an admin typed → what he means. Pure; whatever cannot be meant is None, and the caller says how it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bot.words.report_english import Span
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Instrument, Mode, Strategy, Timeframe

_COMMAND = re.compile(r"/(\w{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.ASCII | re.DOTALL)
_DURATION = re.compile(r"(\d{1,5})(m|min|h|d)", re.ASCII)
_PERCENT = re.compile(r"[+-]?\d{1,6}(?:[.,]\d{1,2})?", re.ASCII)
_PRICE = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
_UNITS = {"m": MINUTE_MS, "min": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
ASKED_SPANS = (Span.DAYS_7, Span.DAYS_30, Span.DAYS_90, Span.ALL)
_LONGEST_PAUSE_MS = 30 * DAY_MS


class Switch(msgspec.Struct, frozen=True):
    """`/strategy range fade off`: which one, and whether it shall be on; None for what was not said or is unknown."""

    strategy: Strategy | None
    is_on: bool | None
    given: str  # the name as it was typed


class Typed(msgspec.Struct, frozen=True):
    """`/close@assay_bot 002`. The name is lower case; `to` is the bot it was said to, None when nobody was named."""

    name: str
    to: str | None
    words: tuple[str, ...]


def read_command(text: str) -> Typed | None:
    """None for what is no command."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    return Typed(found[1].lower(), found[2], tuple((found[3] or "").split()))


def read_percent(word: str) -> Decimal | None:
    """`0.5`, `0,5` or `0.5%`, with at most two decimals; bounds are the caller's business."""
    number = word.removesuffix("%")
    return Decimal(number.replace(",", ".")) if _PERCENT.fullmatch(number) else None


def read_decimal(word: str) -> Decimal | None:
    """`2270.5` or `2270,5`: a positive number as prices are typed."""
    return Decimal(word.replace(",", ".")) if _PRICE.fullmatch(word) else None


def read_duration_ms(word: str) -> int | None:
    """`45m`, `2h`, `1d`: from a minute to thirty days."""
    found = _DURATION.fullmatch(word.lower())
    if found is None:
        return None
    length_ms = int(found[1]) * _UNITS[found[2]]
    return length_ms if MINUTE_MS <= length_ms <= _LONGEST_PAUSE_MS else None


class Asked(msgspec.Struct, frozen=True):
    """`/performance 7d XAUUSD`: how far back, and of which symbol; None for all."""

    span: Span
    symbol: str | None


def read_performance(words: Sequence[str], instruments: Sequence[Instrument]) -> Asked | None:
    """Both in any order, both may be left out: then thirty days of all. None for anything else."""
    spans = [Span(word.lower()) for word in words if word.lower() in ASKED_SPANS]
    rest = [word for word in words if word.lower() not in ASKED_SPANS]
    symbols = [read_symbol(word, instruments) for word in rest]
    if len(spans) > 1 or len(symbols) > 1 or None in symbols:
        return None
    return Asked(spans[0] if spans else Span.DAYS_30, symbols[0] if symbols else None)


def read_mode(word: str) -> Mode | None:
    return Mode(word.lower()) if word.lower() in list(Mode) else None


def read_switch(words: Sequence[str]) -> Switch:
    """A strategy's name of any number of words, with `on` or `off` after or before it."""
    name = list(words)
    is_on = None
    for end in (-1, 0):
        if is_on is None and name and name[end].lower() in ("on", "off"):
            is_on = name.pop(end).lower() == "on"
    given = " ".join(name)
    return Switch(read_strategy(given), is_on, given)


def read_strategy(text: str) -> Strategy | None:
    """A name by its beginning, else by that of one of its words, if only one is meant: `fade`, `Range-Fade`, `sweep`.

    Spaces, underscores and hyphens do not count.
    """
    wanted = re.sub(r"[\s_-]", "", text).lower()
    if not wanted:
        return None
    found = [each for each in Strategy if each.value.replace("_", "").startswith(wanted)]
    if not found:
        found = [each for each in Strategy if any(word.startswith(wanted) for word in each.value.split("_"))]
    return found[0] if len(found) == 1 else None


def read_timeframe(word: str, known: Sequence[Timeframe]) -> Timeframe | None:
    return next((timeframe for timeframe in known if timeframe == word.upper()), None)


def read_symbol(word: str, instruments: Sequence[Instrument]) -> str | None:
    """A symbol or its short name, in any case; an exact spelling goes first."""
    for named in (
        lambda instrument: instrument.symbol == word,
        lambda instrument: word.upper() in (instrument.symbol.upper(), instrument.short.upper()),
    ):
        for instrument in instruments:
            if named(instrument):
                return instrument.symbol
    return None


def find_id(word: str, newest_first: Sequence[str]) -> str | None:
    """A whole id, or the newest one that ends in this number: `2` and `002` both mean `XAU_20240403_002`."""
    wanted = word.upper()
    for known in newest_first:
        if known.upper() == wanted:
            return known
    if not (word.isascii() and word.isdigit() and len(word) <= 6):
        return None
    return next((known for known in newest_first if _ends_in(known, int(word))), None)


def _ends_in(known: str, number: int) -> bool:
    ending = known.rpartition("_")[2]
    return ending.isdecimal() and int(ending) == number
