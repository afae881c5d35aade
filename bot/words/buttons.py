"""What a tap sends back. Short, since Telegram allows 64 bytes; `read_tap` is the other half of every maker here.

A client may send any data from anywhere, so what leaves is sealed: `seal` closes what `button` made, for one message
and for as long as its kind lives, and `unseal` opens it.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
from typing import NamedTuple

import msgspec

from bot.words.post import Button, Post

MOST_BYTES = 64
_MARK = "~"  # stands in no symbol, id or name of ours
_MAC = 11  # letters: 64 bits, which nobody can try out over Telegram
_MOMENT = 5  # letters of base 36: minutes since 1970, until 2085
_MINUTE_MS = 60_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Tap(enum.StrEnum):
    """The first letters of callback data."""

    CHART = "c"  # c:M15:XAU_20240403_002
    WHY = "w"  # w:XAU_20240403_002
    TRADES = "t"  # t:2, the page
    SIGNALS = "s"  # s:2
    CLOSE = "x"  # x:XAU_20240403_002, asks first
    CANCEL = "k"  # k:XAU_20240403_002, asks first
    SYMBOLS = "b"  # b:2, the page; b:pause:XAUUSD
    SETTING = "e"  # e:p:2, a page; e:v:cooldown_min, a setting; e:s:cooldown_min:60, set it; d: put back; t: type
    YES = "y"  # y:17, the question's number
    NO = "n"
    MENU = "m"  # m:status
    AUDIT = "a"  # a:2:50:Dana, the page, how many rows in all, whose


class Tapped(NamedTuple):
    """`value` is the id, page, question or menu entry; `timeframe` only for charts."""

    tap: Tap
    value: str
    timeframe: str = ""


class Life(NamedTuple):
    """How long a button can be tapped, in minutes. Its end is a multiple of `step`, so that the same message sent
    again a little later is still the same message.
    """

    minutes: int
    step: int


DESK_LIFE = Life(48 * 60, 60)
QUESTION_LIFE = Life(2, 1)  # the question itself knows its end to the millisecond, which is never later
# None: for ever. A signal is looked up for weeks, and its buttons change nothing but its own picture.
LIVES: dict[Tap, Life | None] = {Tap.CHART: None, Tap.WHY: None, Tap.YES: QUESTION_LIFE, Tap.NO: QUESTION_LIFE}


class Broken(enum.Enum):
    """Why sealed data does not open."""

    FORGED = "forged"  # not ours, altered, or taken from another message
    EXPIRED = "expired"


def button(label: str, tap: Tap, *values: object, style: str | None = None) -> Button:
    """ValueError when the data with its seal is longer than Telegram allows."""
    data = ":".join([tap, *map(str, values)])
    if len(data.encode()) + _seal_length(tap) > MOST_BYTES or _MARK in data:
        raise ValueError(f"callback data {data!r} leaves no room for its seal within {MOST_BYTES} bytes")
    return Button(label, data=data, style=style)


def read_tap(data: str) -> Tapped | None:
    """What a tap meant, seal aside; None for data that no button of ours sends."""
    kind, _, rest = unsealed(data).partition(":")
    if kind not in list(Tap) or not rest:
        return None
    if kind == Tap.CHART:
        timeframe, _, value = rest.partition(":")
        return Tapped(Tap.CHART, value, timeframe) if value else None
    return Tapped(Tap(kind), rest)


def unsealed(data: str) -> str:
    """Without the seal, whatever that is worth: for showing."""
    return data.partition(_MARK)[0]


def seal_key(token: str) -> bytes:
    """The key of all seals. It stands nowhere: who has the bot's token could write its keyboards anyway."""
    return hmac.digest(token.encode(), b"what buttons send back", hashlib.sha256)


def seal(post: Post, key: bytes, place: str, now_ms: int) -> Post:
    """The post with its buttons closed for the message `place`."""
    if not any(each.data for row in post.buttons for each in row):
        return post
    rows = tuple(tuple(_closed(each, key, place, now_ms) for each in row) for row in post.buttons)
    return msgspec.structs.replace(post, buttons=rows)


def unseal(data: str, key: bytes, place: str, now_ms: int) -> Tapped | Broken:
    """What was tapped at the message `place`."""
    written, mark, closing = data.rpartition(_MARK)
    tapped = read_tap(written)
    if tapped is None or not mark:
        return Broken.FORGED
    end, mac = closing[:-_MAC], closing[-_MAC:]
    if len(closing) + 1 != _seal_length(tapped.tap):
        return Broken.FORGED
    # Compared as bytes: what strangers send need not be ASCII.
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(key, place, written, end).encode()):
        return Broken.FORGED
    if end and now_ms >= int(end, 36) * _MINUTE_MS:
        return Broken.EXPIRED
    return tapped


def _closed(each: Button, key: bytes, place: str, now_ms: int) -> Button:
    tapped = None if each.data is None else read_tap(each.data)
    if each.data is None or tapped is None:
        return each
    life = LIVES.get(tapped.tap, DESK_LIFE)
    end = "" if life is None else _base36(-(-now_ms // (life.step * _MINUTE_MS)) * life.step + life.minutes)
    return msgspec.structs.replace(each, data=f"{each.data}{_MARK}{end}{_mac(key, place, each.data, end)}")


def _mac(key: bytes, place: str, written: str, end: str) -> str:
    text = "\0".join((place, written, end)).encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hmac.digest(key, text, hashlib.sha256)[:8]).decode().rstrip("=")


def _seal_length(tap: Tap) -> int:
    return len(_MARK) + _MAC + (0 if LIVES.get(tap, DESK_LIFE) is None else _MOMENT)


def _base36(minutes: int) -> str:
    digits = ""
    for _ in range(_MOMENT):
        minutes, digit = divmod(minutes, 36)
        digits = _DIGITS[digit] + digits
    return digits
