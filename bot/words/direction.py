"""Right-to-left texts: numbers, prices and Latin words keep their own direction inside them.

Without isolates the bidirectional algorithm turns them round: after an Arabic word `+1.50R` shows as `R1.50+`, and a
range swaps its ends. See Unicode Standard Annex 9, Bidirectional Algorithm, 2.4 "Explicit Directional Isolates".
"""

from __future__ import annotations

import html
import re

LEFT_TO_RIGHT, END = "\u2066", "\u2069"

_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_WORD = rf"[^\s·{_RIGHT_TO_LEFT}]"
# What hangs together from left to right: words side by side, a number and its unit, `1 : 1.5`. Before a bracket or a
# signed number the sentence's own direction decides what comes next, and after a sentence's end another one begins.
_NEXT = rf"(?![(\[«]|[+−]\S){_WORD}"
_RUN = re.compile(rf"{_WORD}(?:{_WORD}|\u00a0(?={_WORD})| (?<![.!?]\s)(?={_NEXT}))*")
_BREAK = re.compile(r" (?=[(\[«]|[+−]\S)")
_HEAD = re.compile(r"^(?:(?![+\-−±#@&<$€£₿¥]\S)[^A-Za-z0-9])+")  # a sign belongs to its number, an emoji to the line
_TAIL = re.compile(r"[\s.,;:!?()\[\]{}«»\"“”…–—]+$")
# Tags; what is a paragraph of its own; and what is copied by a tap, which must hold no mark.
_ASIDE = re.compile(r"(<pre>.*?</pre>|<code>.*?</code>|<[^>]*>)", re.DOTALL)


def set_apart(text: str) -> str:
    """Plain text with every stretch that reads from left to right isolated. Doing it twice changes nothing."""
    return _RUN.sub(_isolated, text.replace(LEFT_TO_RIGHT, "").replace(END, ""))


def set_apart_html(text: str) -> str:
    """The same for Telegram HTML: tags, and the copier block and tables in `<pre>`, stay as they are.

    What a tap copies, in `<code>`, is isolated from outside.
    """
    return "".join(
        _aside(part) if number % 2 else html.escape(set_apart(html.unescape(part)), quote=False)
        for number, part in enumerate(_ASIDE.split(text))
    )


def _aside(part: str) -> str:
    return f"{LEFT_TO_RIGHT}{part}{END}" if part.startswith("<code>") else part


def in_one_piece(text: str) -> str:
    """Words from elsewhere that are to be set apart together, brackets and all, such as an announcement's title."""
    return _BREAK.sub("\u00a0", text)


def _isolated(found: re.Match[str]) -> str:
    run = found[0]
    head = len(run) - len(_HEAD.sub("", run))
    core = _TAIL.sub("", run[head:])
    closed = f"{core})"
    if core.count("(") > core.count(")") and run.startswith(closed, head):  # it was opened inside
        core = closed
    if not any(character.isascii() and character.isalnum() for character in core):
        return run
    return f"{run[:head]}{LEFT_TO_RIGHT}{core}{END}{run[head + len(core) :]}"
