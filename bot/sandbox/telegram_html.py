"""Telegram's HTML: tags in, plain text and entities out, with Telegram's own complaints.

Follows the parser of Telegram's open-source client library (tdlib): offsets in complaints count bytes of UTF-8,
offsets in entities count UTF-16 units, unknown named references such as `&ge;` stay as they are written.
"""

import re
from dataclasses import dataclass

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
REFERENCES = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
# What the attribute of a tag means to its entity; every other attribute is read and forgotten.
ATTRIBUTES = {
    ("a", "href"): "",
    ("code", "class"): "language-",
    ("span", "class"): "tg-",
    ("tg-emoji", "emoji-id"): "",
    ("blockquote", "expandable"): "",
}
LONGEST_REFERENCE = 10  # bytes, `&#` and digits together; longer ones are plain text
SPACES = b" \t\r\n\v\0"

_PLAIN = re.compile(rb"[^<&]+")
_TAG_NAME = re.compile(rb"[^ \t\r\n\v\0>]*")
_ATTRIBUTE_NAME = re.compile(rb"[^ \t\r\n\v\0=>/\"']*")
_BARE_VALUE = re.compile(rb"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(rb"&(?:#x([0-9A-Fa-f]*)|#([0-9]*)|([A-Za-z]*))")


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of text with a meaning; offset and length in UTF-16 units. `detail` is a URL, language or emoji."""

    type: str
    offset: int
    length: int
    detail: str = ""

    def as_json(self) -> dict[str, object]:
        value: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        key = {"text_link": "url", "pre": "language", "custom_emoji": "custom_emoji_id"}.get(self.type)
        if key is not None and self.detail:
            value[key] = self.detail
        return value


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text as the reader sees it, and what stands out in it."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


class HtmlError(ValueError):
    """The markup is broken; the message is Telegram's sentence after "can't parse entities: "."""


def utf16_length(text: str) -> int:
    """Telegram's way of counting: characters outside the Basic Multilingual Plane count as two."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse_html(markup: str) -> Formatted:
    """Raises HtmlError; nothing is trimmed or cleaned here."""
    return _Parser(markup).parse()


@dataclass(slots=True)
class _Open:
    """A start tag still waiting for its end."""

    name: str
    argument: str
    offset: int
    begin: int  # in the text so far, in characters


class _Parser:
    def __init__(self, markup: str) -> None:
        self.data = markup.encode() + b"\0"
        self.size = len(self.data) - 1
        self.at = 0
        self.text = ""
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> Formatted:
        while self.at < self.size:
            if (plain := _PLAIN.match(self.data, self.at, self.size)) is not None:
                self.at = plain.end()
                self._put(plain[0].decode())
            elif self.data[self.at] == ord("&"):
                self._put(self._reference() or self._literal_ampersand())
            elif self.data[self.at + 1] == ord("/"):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        if any("\ud800" <= character <= "\udfff" for character in self.text):
            raise HtmlError(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return Formatted(self.text, tuple(in_order(self.entities)))

    def _put(self, text: str) -> None:
        self.text += text
        self.units += utf16_length(text)

    def _literal_ampersand(self) -> str:
        self.at += 1
        return "&"

    def _reference(self) -> str:
        """The character that `&…;` stands for; empty when it is no reference Telegram knows."""
        found = _REFERENCE.match(self.data, self.at)
        if found is None:
            return ""
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            character = REFERENCES.get(name, "")
        else:
            short = found.end() - found.start() < LONGEST_REFERENCE
            digits, base = (decimal, 10) if hexadecimal is None else (hexadecimal, 16)
            code = int(digits, base) if digits and short else 0
            character = chr(code) if 0 < code < 0x10FFFF else ""
        if character:
            self.at = found.end() + (self.data[found.end()] == ord(";"))
        return character

    def _start_tag(self) -> None:
        begin = self.at
        name = self._take(_TAG_NAME, begin + 1).decode().lower()
        if self.data[self.at] == 0:
            raise HtmlError(f"Unclosed start tag at byte offset {begin}")
        if name not in TAGS:
            raise HtmlError(f'Unsupported start tag "{name}" at byte offset {begin}')
        argument = ""
        while self._skip_spaces() != ord(">"):
            attribute, value = self._attribute(name, begin)
            prefix = ATTRIBUTES.get((name, attribute))
            if prefix is not None and value.startswith(prefix):
                argument = value.removeprefix(prefix) or (attribute if attribute == "expandable" else "")
        self.at += 1
        if name == "span" and argument != "spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(name, argument, self.units, len(self.text)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        attribute = self._take(_ATTRIBUTE_NAME, self.at).decode()
        if not attribute:
            if self.data[self.at] == 0:
                raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            raise HtmlError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        following = self._skip_spaces()
        if following == 0:
            raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if following != ord("="):
            return attribute, ""
        self.at += 1
        if (quote := self._skip_spaces()) == 0:
            raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self._quoted(quote) if quote in b"'\"" else self._bare()
        if self.data[self.at] == 0:
            raise HtmlError(f"Unclosed start tag at byte offset {begin}")
        return attribute, value

    def _bare(self) -> str:
        begin = self.at
        value = self._take(_BARE_VALUE, begin).decode().lower()
        if self.data[self.at] not in SPACES + b">":
            raise HtmlError(f"Unexpected end of name token at byte offset {begin}")
        return value

    def _quoted(self, quote: int) -> str:
        self.at += 1
        value = b""
        while self.data[self.at] not in (quote, 0):
            character = self._reference() if self.data[self.at] == ord("&") else ""
            if character:
                value += character.encode(errors="replace")
            else:
                value += self.data[self.at : self.at + 1]
                self.at += 1
        if self.data[self.at] == quote:
            self.at += 1
        return value.decode()

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise HtmlError(f"Unexpected end tag at byte offset {begin}")
        found = self._take(_TAG_NAME, begin + 2).decode().lower()
        if self._skip_spaces() != ord(">"):
            raise HtmlError(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        tag = self.open.pop()
        if found and found != tag.name:
            raise HtmlError(f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{found}>"')
        if self.units > tag.offset:
            self._close(tag)

    def _close(self, tag: _Open) -> None:
        kind, detail = TAGS[tag.name], tag.argument
        length = self.units - tag.offset
        if kind == "blockquote":
            kind, detail = ("expandable_blockquote" if detail else kind), ""
        elif kind == "spoiler":
            detail = ""
        elif kind == "text_link":
            detail = checked_link(detail or self.text[tag.begin :])
            if not detail:
                return
        elif kind == "custom_emoji" and not (detail.isascii() and detail.isdigit() and int(detail)):
            raise HtmlError("Invalid custom emoji identifier specified")
        elif kind in ("pre", "code") and self._joins_last(kind, detail, tag.offset, length):
            return
        self.entities.append(Entity(kind, tag.offset, length, detail))

    def _joins_last(self, kind: str, language: str, offset: int, length: int) -> bool:
        """`<pre><code class="language-x">` over the same text is one block with a language."""
        last = self.entities[-1] if self.entities else None
        if last is None or {last.type, kind} != {"pre", "code"} or (last.offset, last.length) != (offset, length):
            return False
        if not (language or last.detail):
            return False
        self.entities[-1] = Entity("pre", offset, length, language or last.detail)
        return True

    def _take(self, pattern: re.Pattern[bytes], begin: int) -> bytes:
        found = pattern.match(self.data, begin)
        self.at = begin if found is None else found.end()
        return b"" if found is None else found[0]

    def _skip_spaces(self) -> int:
        """The first byte that is not a space, or zero at the end."""
        while self.at < self.size and self.data[self.at] in SPACES:
            self.at += 1
        return self.data[self.at]


def checked_link(url: str) -> str:
    """The address with its scheme, or empty when Telegram would drop the link in silence."""
    if re.fullmatch(r"(?i)(?:https?|tg|ton|tonsite)://\S+", url):
        return url
    if re.fullmatch(r"[^\s/:@.?#]+(?:\.[^\s/:@.?#]+)+(?:[:/?#]\S*)?", url):
        return f"http://{url}"
    return ""


ORDER = ("expandable_blockquote", "blockquote", "pre", "code", "text_link", "bold", "italic")


def in_order(entities: list[Entity]) -> list[Entity]:
    """By place, outer before inner."""

    def place(entity: Entity) -> tuple[int, int, int]:
        rank = ORDER.index(entity.type) if entity.type in ORDER else len(ORDER)
        return entity.offset, -entity.length, rank

    return sorted(entities, key=place)
