"""Everything that is wrong with a `config.toml`, where `load_config` stops at the first."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from bot.config import Config, ConfigError
from bot.config_file import complaint, completed, from_text, load_config
from bot.config_rules import check_config


def examine(path: Path) -> tuple[Config | None, list[str]]:
    """The configuration, None when values are missing or of wrong types; and one line for each problem.

    ConfigError when there is no file, or it is not TOML.
    """
    try:
        return load_config(path), []
    except ConfigError as error:
        first = str(error)
    raw = completed(_read(path, first))
    problems = list(_problems(raw, Config, ""))
    broken = {re.split(r"[.\[:]", problem)[0] for problem in problems}
    if not broken & {"instruments", "channels"}:  # what is wrong elsewhere hides nothing about these
        sound = {name: raw[name] for name in Config.__struct_fields__ if name in raw and name not in broken}
        config = msgspec.convert(sound, Config, dec_hook=from_text)
        problems += check_config(config)
        if not broken and problems:
            return config, problems
    # When nothing was found here, `load_config` has refused a rule over several sections.
    return None, problems or [first.removeprefix(f"{path}: ")]


def _read(path: Path, complaint: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise ConfigError(complaint) from None


def _problems(value: object, kind: Any, place: str) -> Iterator[str]:
    """What keeps a value from being of its kind: in its parts, or, when all parts are well, in how they go together."""
    inside = list(_inside(value, kind, place))
    yield from inside
    if inside:
        return
    try:
        msgspec.convert(value, kind, dec_hook=from_text)
    except (msgspec.ValidationError, ValueError) as error:
        text = str(error).partition(" - at `$")[0]
        where = f"{place}: " if place else ""
        yield f"{where}{text if isinstance(value, Mapping) else complaint(text, value, place)}"


def _inside(value: object, kind: Any, place: str) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, Mapping):
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        below = f"{place}." if place else ""
        for name in sorted(value.keys() - fields.keys()):
            yield f"{below}{name}: unknown key; remove it or correct the spelling"
        for name, field in fields.items():
            if name in value:
                yield from _problems(value[name], field.type, f"{below}{name}")
            elif field.required:
                yield f"{below}{name}: missing; it must be set"
    elif get_origin(kind) is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, get_args(kind)[0], f"{place}[{index}]")
