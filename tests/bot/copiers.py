"""Small readers of signals, each written from the grammar that a kind of copier program follows.

They see the visible text only, as a copier does, and know nothing of how the message is made.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

PRICE = r"(\d+(?:\.\d+)?)"


class Order(NamedTuple):
    side: str
    symbol: str
    entry: str
    stop: str
    targets: tuple[str, ...]


def by_position(text: str) -> Order:
    """One value a line for five lines, or four if there are no more: the last word counts, and must be a number from
    the second line on. So it knows two targets, and takes what stands in the fifth line for the second. See
    `ParseSignal` of oogunjob/FX-Signal-Copier-Telegram-Bot.
    """
    first, *rest = [line.rstrip() for line in text.splitlines()[:5]]
    side = next(word for word in ("BUY", "SELL") if word in first.upper())
    entry, stop, *targets = [line.split()[-1] for line in rest]
    for value in (entry, stop, *targets):
        float(value)
    return Order(side, first.split()[-1], entry, stop, tuple(targets))


def by_token(text: str) -> Order:
    """Words and numbers in a row: entry is the first price after the symbol, a stop the first after `SL`, targets the
    first after `TP` and each that follows a `TP` at once. Signs a western keyboard does not have are thrown away first.
    """
    plain = re.sub(r"[^\x00-\x7f]", " ", text.upper())
    plain = re.sub(r"TP\s*\d?\s", " TP ", plain).replace("SL", " SL ")
    tokens = re.sub(r"(\d+\.\d+)", r" \1 ", plain).split()
    side = next(token for token in tokens if token in ("BUY", "SELL"))
    symbol = tokens[tokens.index(side) + 1]

    def price_after(start: int) -> int:
        return next(i for i in range(start, len(tokens)) if re.fullmatch(PRICE, tokens[i]))

    entry, stop, first = (price_after(tokens.index(word)) for word in (symbol, "SL", "TP"))
    targets = [b for a, b in pairwise(tokens[first:]) if a == "TP" and re.fullmatch(PRICE, b)]
    return Order(side, symbol, tokens[entry], tokens[stop], (tokens[first], *targets))


def by_line(text: str) -> Order:
    """Cornix's rules: every line that opens with a keyword and a price counts, wherever it stands; `a-b` are two
    entries, which no order of ours may have, and a second buy or sell would be a second order.
    """
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
    numbered = (re.search(rf"\bTP\s*{n}\b\s*[:@]?\s*{PRICE}", text, re.IGNORECASE) for n in range(1, 10))
    return Order(
        side,
        symbol,
        _first(rf"\bentry\b\s*[:@]?\s*{PRICE}", text)[1],
        _first(rf"\b(?:SL|stop\s*loss)\b\s*[:@]?\s*{PRICE}", text)[1],
        tuple(found[1] for found in numbered if found),
    )


def by_gold_ea(text: str) -> Order | None:
    """The symbol first, `XAUUSD SELL`; then `ENTRY x 4910-4912` in exactly three words, `SL n` and `TP n` in exactly
    two. What is not written so is not for it.
    """
    lines = [line.upper().split() for line in text.splitlines() if line.strip()]
    if len(lines) < 5 or len(lines[0]) != 2 or lines[0][1] not in ("BUY", "SELL"):
        return None
    entries = [words[2].split("-")[0] for words in lines if words[0] == "ENTRY" and len(words) == 3]
    stops = [words[1] for words in lines if words[0] == "SL" and len(words) == 2]
    targets = [words[1] for words in lines if words[0] == "TP" and len(words) == 2]
    if not (entries and stops and targets):
        return None
    return Order(lines[0][1], lines[0][0], entries[0], stops[0], tuple(targets))


_NAMES = {"GOLD": "XAUUSD", "XAU": "XAUUSD"}
_CODES = "AUD|BTC|CAD|CHF|EUR|GBP|JPY|MXN|NZD|USDT?|XAU"
_SYMBOL = re.compile(rf"(?:({_CODES})[ /]*({_CODES})|\b(GOLD|US30)\b)")
_BUY, _SELL = r"BUY(?:ING)?|BOUGHT|LONG|BULLISH", r"SELL(?:ING)?|SOLD|SHORT|BEARISH"
_SIDE = re.compile(rf"(?P<buy>{_BUY})|(?P<sell>{_SELL})")
_NUMBER = r"(?:\d+\.\d+|\d{2,})"  # a single digit counts targets, it is no price
_GAP = r"[^0-9A-Z]*(?:\([^0-9)]*\)[^0-9A-Z]*)?"
_STOP = re.compile(rf"(?:S ?\.? ?L\b|SL(?=[\d_])|(?<!SELL )(?<!BUY )STOP ?/? ?(?:LOS[SE])?\b){_GAP}({_NUMBER})")
_TARGET = re.compile(
    rf"(?:\bT ?\.? ?P\b|\bTP(?=\d)|\bTAKE ?PROFIT\b|\bTARGET(?: PROFIT)?\b|TARGETING)"
    rf"[ .]*(?:\d(?![\d.]))?{_GAP}({_NUMBER}(?: *[-/&] *{_NUMBER})*)"
)
_ENTRY = re.compile(
    rf"(?:{_BUY}|{_SELL}|\bENTRY(?: PRICE| POINT)?|\bENTER|\bEN|\bAT|\bFROM|\bCMP|\bLEVEL|\bZONE|\bPRICE|@)"
    rf"(?: *(?:LIMIT|STOP|NOW|AGAIN|MARKET|SET AT|ON))*{_GAP}({_NUMBER})"
)


def by_meaning(text: str) -> Order | None:
    """Keywords wherever they stand and however they are spelled, as the most tolerant copiers read: nicknames of
    symbols, dotted `S.L`, zones of which the first price counts, bare prices on lines of their own as targets. None
    without a side, a symbol, an entry and a stop.
    """
    plain = unicodedata.normalize("NFKC", text).upper().replace("\u2013", "-")
    plain = re.sub(r"[^\x0a\x20-\x7e]", " ", plain).replace("_", " ")
    plain = re.sub(r"[ \t]+", " ", plain)
    side, symbol, stop = _SIDE.search(plain), _SYMBOL.search(plain), _STOP.search(plain)
    if side is None or symbol is None or stop is None:
        return None
    rest = plain[: stop.start()] + "\n" + plain[stop.end() :]
    targets = [price for found in _TARGET.finditer(rest) for price in re.findall(_NUMBER, found[1])]
    rest = _TARGET.sub("\n", rest)
    entry = _ENTRY.search(rest) or _ENTRY.search(_SYMBOL.sub(" ", rest))
    if entry is None:
        return None
    if not targets:
        after = rest[entry.end() :].partition("\n")[2]
        targets = [price for line in re.findall(rf"(?m)^ ?((?:{_NUMBER}[ /]*)+)$", after) for price in line.split("/")]
    first, second, nickname = symbol.groups()
    name = _NAMES.get(nickname, nickname) if nickname else _NAMES.get(first, first) if not second else first + second
    return Order("BUY" if side["buy"] else "SELL", name, entry[1], stop[1], tuple(each.strip() for each in targets))


def _first(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.IGNORECASE)
    assert match is not None, f"{pattern} finds nothing"
    return match


COPIERS = (by_position, by_token, by_line, by_pattern, by_meaning)
