"""/why for the desk: what the engine saw when it issued a signal, part by part, in as many messages as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bot.words import admin_english as english
from bot.words.english import English
from bot.words.explain import Section
from bot.words.explain_rows import Row
from bot.words.post import Post
from bot.words.reasons import why
from bot.words.wording import DOT, Html, Voice, bold, lines, number, say, tidy, visible_length
from engine.types import Trade

MOST_UNITS = 4096  # of one message, as Telegram counts: UTF-16 units without the tags
MOST_ENTITIES = 100  # bold words and quotes of one message; Telegram ignores what is beyond


class _Block(msgspec.Struct, frozen=True):
    """A section or a piece of one: a bold title and lines, which fold away when they are many."""

    title: str
    rows: tuple[Html, ...]
    folds: bool

    @property
    def text(self) -> Html:
        rows = lines(*self.rows)
        return lines(bold(self.title), Html(f"<blockquote expandable>{rows}</blockquote>") if self.folds else rows)


def why_posts(trade: Trade, told: Sequence[Section], picture: bytes | None) -> list[Post]:
    """The chart, then all sections; only the last, the decision, stands open. Without a picture texts alone."""
    head = _head(trade)
    blocks = [block for section in told for block in _cut(section, folds=section is not told[-1])]
    texts = _packed(blocks)
    if picture is None:
        return [Post(text) for text in _led(head, texts)]
    return [Post(lines(head, say(english.WHY_BELOW)), picture=picture), *(Post(text) for text in texts)]


def why_short(trade: Trade, voice: Voice) -> Post:
    """For a signal whose view was not kept: its reasons, and that there is no more."""
    return Post(lines(why(trade, voice), "", say(english.WHY_NOT_KEPT)))


def _head(trade: Trade) -> Html:
    setup = trade.signal.setup
    return say(
        English.WHY,
        number=number(trade.id),
        order=setup.direction.order,
        symbol=tidy(setup.symbol),
        score=setup.score,
    )


def _led(head: Html, texts: Sequence[Html]) -> list[Html]:
    """The head above the first text where there is room for it, else by itself."""
    first = lines(head, "", *texts[:1])
    return [first, *texts[1:]] if _is_sendable(first) else [head, *texts]


def _cut(section: Section, *, folds: bool) -> Iterator[_Block]:
    """A section in pieces that fit into a message each; nearly always one."""
    piece = _Block(section.title, (), folds)
    for row in _rows(section.rows):
        longer = msgspec.structs.replace(piece, rows=(*piece.rows, row))
        if piece.rows and not _fits([longer]):
            yield piece
            longer = _Block(english.GOES_ON.format(title=section.title), (row,), folds)
        piece = longer
    yield piece


def _rows(rows: Sequence[Row]) -> Iterator[Html]:
    """`Trend up since …` on one line; a name with several texts stands above them."""
    for name, texts in _grouped(rows):
        if len(texts) == 1:
            yield say(english.NAMED, name=name, text=texts[0])
        else:
            yield bold(name)
            yield from (say(english.LISTED, text=text) for text in texts)


def _grouped(rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """Each name with its texts. An indented one goes on with the text above: a phone wraps lines by itself."""
    groups: list[tuple[str, list[str]]] = []
    for name, text in rows:
        if name or not groups:
            groups.append((name, [text]))
        elif text.startswith(" "):
            groups[-1][1][-1] += DOT + text.strip()
        else:
            groups[-1][1].append(text)
    return groups


def _packed(blocks: Sequence[_Block]) -> list[Html]:
    """As few messages as hold all blocks in their order."""
    pages: list[list[_Block]] = []
    for block in blocks:
        if pages and _fits([*pages[-1], block]):
            pages[-1].append(block)
        else:
            pages.append([block])
    return [_page(page) for page in pages]


def _page(blocks: Sequence[_Block]) -> Html:
    return Html("\n\n".join(block.text for block in blocks))


def _fits(blocks: Sequence[_Block]) -> bool:
    return _is_sendable(_page(blocks))


def _is_sendable(text: Html) -> bool:
    return visible_length(text) <= MOST_UNITS and text.count("</") <= MOST_ENTITIES
