"""Small readers of signals, each written from the grammar that a kind of copier program follows.

They see the visible text only, as a copier does, and know nothing of how the message is made.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PRICE = r"(\d+(?:\.\d+)?)"


class Order(NamedTuple):
    side: str
    symbol: str
    entry: str
    stop: str
    targets: tuple[str, ...]


def by_position(text: str) -> Order:
    """One value a line for five lines: the last word counts, and must be a number from the second line on."""
    first, *rest = [line.rstrip() for line in text.splitlines()[:5]]
    side = next(word for word in ("BUY", "SELL") if word in first.upper())
    values = [line.split()[-1] for line in rest]
    for value in values:
        float(value)
    return Order(side, first.split()[-1], values[0], values[1], (values[2], values[3]))


def by_token(text: str) -> Order:
    """Words and numbers in a row: entry is the first price after the symbol, a stop the first after `SL`, targets the
    first after `TP` and the one that follows it. Signs a western keyboard does not have are thrown away first.
    """
    plain = re.sub(r"[^\x00-\x7f]", " ", text.upper())
    plain = re.sub(r"TP\s*[123]?\s", " TP ", plain).replace("SL", " SL ")
    tokens = re.sub(r"(\d+\.\d+)", r" \1 ", plain).split()
    side = next(token for token in tokens if token in ("BUY", "SELL"))
    symbol = tokens[tokens.index(side) + 1]

    def price_after(start: int) -> int:
        return next(i for i in range(start, len(tokens)) if re.fullmatch(PRICE, tokens[i]))

    entry, stop, first = (price_after(tokens.index(word)) for word in (symbol, "SL", "TP"))
    second = price_after(first + 1)
    return Order(side, symbol, tokens[entry], tokens[stop], (tokens[first], tokens[second]))


def by_line(text: str) -> Order:
    """Every line that opens with a keyword and a price counts, wherever it stands; `a-b` would be two entries."""
    found: dict[str, list[str]] = {"entry": [], "stop": [], "target": []}
    keywords = {
        "entry": r"(?:entry|buy|sell)",
        "stop": r"(?:sl|stop(?: ?loss)?)",
        "target": r"(?:tp|target|take.?profit) ?\d?",
    }
    for line in text.splitlines():
        for name, keyword in keywords.items():
            match = re.match(rf"{keyword}\s*[:@=]?\s*{PRICE}(?:\s*-\s*{PRICE})?", line, re.IGNORECASE)
            if match:
                found[name] += [price for price in match.groups() if price]
    sides = re.findall(r"\b(buy|sell)\b\s+(\S+)", text, re.IGNORECASE)
    ((side, symbol),) = sides
    (entry,), (stop,) = found["entry"], found["stop"]
    return Order(side, symbol, entry, stop, tuple(found["target"]))


def by_pattern(text: str) -> Order:
    """The first match of each of the regular expressions that most private copiers are made of."""
    side, symbol = _first(r"\b(BUY|SELL)\b\s+(?:LIMIT\s+|STOP\s+)?(\S+)", text).groups()
    return Order(
        side,
        symbol,
        _first(rf"\bentry\b\s*[:@]?\s*{PRICE}", text)[1],
        _first(rf"\b(?:SL|stop\s*loss)\b\s*[:@]?\s*{PRICE}", text)[1],
        (_first(rf"\bTP\s*1\b\s*[:@]?\s*{PRICE}", text)[1], _first(rf"\bTP\s*2\b\s*[:@]?\s*{PRICE}", text)[1]),
    )


def _first(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.IGNORECASE)
    assert match is not None, f"{pattern} finds nothing"
    return match


COPIERS = (by_position, by_token, by_line, by_pattern)
