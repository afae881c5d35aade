"""`config.toml` changed as a careful hand would: only the lines that are meant, with every comment kept."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from bot.config import AdminConfig, ChannelConfig, Role

PROFILE = ("language", "detail", "min_score", "delay_min", "quiet_hours", "silent", "protect_content")


def toml_string(text: str) -> str:
    """A basic string that reads back as `text`, whatever is in it. Lone surrogates are not text."""
    # JSON escapes quotes, backslashes and control characters as TOML does; DEL alone TOML wants escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def admins_line(admins: Iterable[AdminConfig]) -> str:
    people = (
        f'{{ id = {admin.id}, name = {toml_string(admin.name)}, role = "{admin.role}" }}'
        if admin.role is not Role.ADMIN
        else f"{{ id = {admin.id}, name = {toml_string(admin.name)} }}"
        for admin in admins
    )
    return f"admins = [{', '.join(people)}]"


def channel_table(channel: ChannelConfig) -> str:
    """A `[[channels]]` table with the words that explain it."""
    topic = "# thread_id = 5" if channel.thread_id is None else f"thread_id = {channel.thread_id}"
    symbols = ", ".join(toml_string(symbol) for symbol in channel.symbols)
    rows = [
        "[[channels]]",
        f"name = {toml_string(channel.name)}",
        f"chat_id = {channel.chat_id}",
        _explained(topic, "a topic of a forum group"),
        f"symbols = [{symbols}]",
        _explained(f"theme = {toml_string(channel.theme)}", 'or "light"' if channel.theme == "dark" else 'or "dark"'),
        _explained(f"zone = {toml_string(channel.zone)}", "in which times are told, by name"),
        f"reports = [{', '.join(toml_string(kind) for kind in channel.reports)}]   # or some of them; [] for none",
        _explained(
            f"report_at = {toml_string(channel.report_at)}",
            "when a day is over (before noon: the day before), local time of report_zone",
        ),
        f"report_zone = {toml_string(channel.report_zone)}",
        _explained(
            f"report_weekday = {toml_string(channel.report_weekday)}",
            "the last day of a week; the monthly report goes out on the 1st",
        ),
        *_profile_rows(channel),
    ]
    return "\n".join(rows) + "\n"


def _profile_rows(channel: ChannelConfig) -> Iterator[str]:
    """What is not as usual in the channel's profile."""
    values = msgspec.to_builtins(channel)
    for field in msgspec.structs.fields(ChannelConfig):
        if field.name in PROFILE and getattr(channel, field.name) != field.default:
            value = values[field.name]
            # JSON writes whole numbers, truth and lists of plain words as TOML does.
            yield f"{field.name} = {toml_string(value) if isinstance(value, str) else json.dumps(value)}"


def with_admins(text: str, admins: Sequence[AdminConfig]) -> str:
    """The file with `telegram.admins` set, whose own comment stays. Comments inside a list of many lines go with it."""
    sections = _sections(_ended(text))
    wanted = admins_line(admins)
    for section in sections:
        if _header(section) != {"telegram": {}}:
            continue
        for index, statement in enumerate(section[1:], start=1):
            if "admins" in tomllib.loads(statement):
                section[index] = f"{wanted}{_comment(statement)}\n"
                return _joined(sections)
        section.insert(1, f"{wanted}\n")
        return _joined(sections)
    return f"{_ended(text)}\n[telegram]\n{wanted}\n"


def with_channel(text: str, channel: ChannelConfig, without: Collection[str]) -> str:
    """The file with this channel first, and without those of the given keys (see `ChannelConfig.key`)."""
    kept: list[list[str]] = []
    is_placed = False
    for section in _sections(_ended(text)):
        if _header(section) != {"channels": [{}]}:
            kept.append(section)
            continue
        table, tail = _split_tail(section)
        stays = _key(table) not in without
        if not is_placed:
            kept.append([channel_table(channel), *(["\n"] if stays else [])])
            is_placed = True
        elif not stays and not "".join(tail).strip():
            tail = []
        kept.append([*(table if stays else []), *tail])
    return _joined(kept) if is_placed else f"{_ended(text)}\n{channel_table(channel)}"


def _explained(setting: str, words: str) -> str:
    return f"{setting:<31} # {words}"


def _sections(text: str) -> list[list[str]]:
    """Statements by table: each list begins with its header, but for the first one, which has none."""
    sections: list[list[str]] = [[]]
    for statement in _statements(text):
        if statement.lstrip().startswith("["):
            sections.append([])
        sections[-1].append(statement)
    return sections


def _statements(text: str) -> list[str]:
    """The lines of a valid file, those together that make one value: a list or a text may have many lines."""
    found: list[str] = []
    waiting = ""
    # Not `splitlines`: it also breaks at signs that may stand inside a text.
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        waiting += line
        if _is_whole(waiting):
            found.append(waiting)
            waiting = ""
    return found


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _header(section: Sequence[str]) -> dict[str, Any]:
    """`{"telegram": {}}` for `[telegram]`, `{"channels": [{}]}` for `[[channels]]`."""
    if not section or not section[0].lstrip().startswith("["):
        return {}
    return tomllib.loads(section[0])


def _key(table: Iterable[str]) -> str:
    (values,) = tomllib.loads("".join(table))["channels"]
    return msgspec.convert(values, ChannelConfig).key


def _split_tail(section: list[str]) -> tuple[list[str], list[str]]:
    """A table, and the empty lines and comments after its last value: they belong to what comes next."""
    end = len(section)
    while not tomllib.loads(section[end - 1]):
        end -= 1
    return section[:end], section[end:]


def _comment(statement: str) -> str:
    """What stands behind the value: found where the statement is whole without it."""
    for place in (match.start() for match in re.finditer("#", statement)):
        if _is_whole(statement[:place]):
            value = statement[:place]
            return statement[len(value.rstrip()) :].rstrip("\r\n")
    return ""


def _joined(sections: Iterable[Iterable[str]]) -> str:
    return "".join(statement for section in sections for statement in section)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
