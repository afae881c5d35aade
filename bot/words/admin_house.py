"""What the desk reads of the house itself: what runs here, backups, and who has muted what."""

from __future__ import annotations

import msgspec

from bot.words import admin_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Post
from bot.words.wording import NBSP, Style, duration, lines, say, table, tidy

_LABEL = 8  # characters of the table's first column
_UNITS = ("bytes", "kB", "MB", "GB")


class VersionFigures(msgspec.Struct, frozen=True):
    """`schema` is the database's revision, `config` a digest of everything configured."""

    version: str
    python: str
    up_ms: int
    schema: str
    config: str
    settings_changed: int
    settings: int


def version(figures: VersionFigures, style: Style) -> Post:
    rows = {
        "up": duration(figures.up_ms),
        "schema": tidy(figures.schema, 20),
        "config": tidy(figures.config, 20),
        "settings": english.SO_MANY_SETTINGS.format(count=figures.settings_changed, of=figures.settings),
    }
    return Post(
        lines(
            say(english.VERSION, version=tidy(figures.version), python=tidy(figures.python)),
            table(f"{english.VERSION_ROWS[row]:<{_LABEL}}{value}" for row, value in rows.items()),
            say("<b>{mark}</b>", mark=style.mark()),
        )
    )


def muted(until_ms: int | None, name: str, now_ms: int, style: Style, *, in_group: bool) -> Post:
    """`in_group`: alerts go to a chat that others hear too."""
    until = english.MUTED_FOR_EVER
    if until_ms is not None:
        until = english.MUTED_UNTIL.format(time=style.clock_since(until_ms, now_ms))
    return Post(
        lines(
            say(english.MUTED, until=until, name=tidy(name), time=style.clock_s(now_ms)),
            say(english.MUTED_GROUP) if in_group else None,
        ),
        buttons=((button(english.RING, Tap.MENU, "mute:off"),),),
    )


def unmuted(name: str, now_ms: int, style: Style) -> Post:
    return Post(say(english.UNMUTED, name=tidy(name), time=style.clock_s(now_ms)))


def backed_up(size: int, took_ms: int, path: str) -> Post:
    return Post(say(english.BACKED_UP, took=_took(took_ms), size=_size(size), path=tidy(path, 200)))


def not_backed_up(why: str) -> Post:
    return Post(say(english.NOT_BACKED_UP, why=tidy(why, 200)))


def backing_up() -> Post:
    return Post(say(english.BACKING_UP))


def _took(ms: int) -> str:
    if ms < 1000:
        return f"{ms}{NBSP}ms"
    return f"{ms / 1000:.1f}{NBSP}s" if ms < 60_000 else duration(ms)


def _size(size: int) -> str:
    """`312 kB`, in thousands as disks are sold."""
    amount, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.1f}{NBSP}{unit}" if unit in _UNITS[2:] else f"{amount:.0f}{NBSP}{unit}"
