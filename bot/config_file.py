"""`config.toml` and the environment → one frozen `Config`. Read once, handed down; nobody reads it again."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.inspect import EnumType, StructType, Type, VarTupleType, type_info

from bot.config import Config, ConfigError
from bot.config_rules import check_config
from engine.config import StrategiesConfig

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 — the variable's name, not a secret
WANTED = {
    "int": "a whole number, without quotes",
    "float": "a number, without quotes",
    "decimal": 'a number such as "0.75", without a comma or a sign of percent',
    "bool": "true or false, without quotes",
    "str": "a text in quotes",
    "object": "a table of keys",
}
TOKEN_SHAPE = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{30,64}")


def load_config(path: Path) -> Config:
    """Read and check the whole file. ConfigError names the key, what was found and what would do."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; copy config.toml from the project, or name one with --config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    try:
        config = msgspec.convert(completed(raw), Config, dec_hook=from_text)
        config.engine_config()
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{path}: {explain(str(error), raw)}") from None
    problems = check_config(config)
    if problems:
        raise ConfigError(f"{path}: {problems[0]}")
    return config


def completed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file's values with its strategies' tables laid over each strategy's own defaults.

    What such a table leaves out would else become the default of any strategy, and not of this one.
    """
    engine = raw.get("engine")
    if not isinstance(engine, Mapping):
        return dict(raw)
    own = msgspec.to_builtins(StrategiesConfig())
    return {**raw, "engine": {**engine, "strategies": _over(own, engine.get("strategies", {}))}}


def _over(default: object, given: object) -> object:
    """Tables are laid over each other key by key; of anything else what is given counts."""
    if not (isinstance(default, Mapping) and isinstance(given, Mapping)):
        return given
    return {**default, **{name: _over(default.get(name), value) for name, value in given.items()}}


def from_text(kind: type, value: object) -> object:
    """The one type of ours that TOML has no word for."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"expected {kind.__name__}")


def explain(message: str, raw: dict[str, object]) -> str:
    """msgspec's message with the key first, as it stands in the file, and what was found there."""
    text, _, place = message.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.+)`", text)
    if unknown:
        full = f"{key}.{unknown[1]}" if key else unknown[1]
        return f"{full}: unknown key; remove it or correct the spelling"
    missing = re.fullmatch(r"Object missing required field `(.+)`", text)
    if missing:
        full = f"{key}.{missing[1]}" if key else missing[1]
        return f"{full}: missing; it must be set"
    if not key:
        return text
    found = _found(raw, key)
    if isinstance(found, Mapping):  # a rule over several values has named them
        return f"{key}: {text}"
    return f"{key}: {complaint(text, found, key)}"


def complaint(text: str, found: object, key: str) -> str:
    """msgspec's message about one value: the value, and what would do at this place."""
    shown, choices = _shown(found), _choices(key)
    if choices:
        return f"{shown} is none of {', '.join(choices)}"
    if text.startswith("Expected `array`"):
        return f"{shown} must stand in a list, [{shown}]"
    kind = re.match(r"Expected `(\w+)(?: \| null)?`|Invalid (\w+) string", text)
    wanted = WANTED.get(kind[1] or kind[2]) if kind else None
    return f"{shown} must be {wanted}" if wanted else f"{text}, found {shown}"


def _steps(key: str) -> list[tuple[str, str]]:
    """A path such as `channels[0].theme` → names and indices, one of the two empty."""
    return re.findall(r"([^.\[\]]+)|\[(\d+)\]", key)


def _found(raw: object, key: str) -> object:
    """The value at a path; None where there is none, which TOML cannot say."""
    for name, index in _steps(key):
        try:
            raw = raw[int(index)] if index else raw[name]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _shown(found: object) -> str:
    return "nothing" if found is None else repr(found)[:60]


def _choices(key: str) -> tuple[str, ...]:
    """What may stand at a path where one of a few words is wanted."""
    kind: Type | None = type_info(Config)
    for name, index in _steps(key):
        if index and isinstance(kind, VarTupleType):
            kind = kind.item_type
        elif isinstance(kind, StructType):
            kind = next((field.type for field in kind.fields if field.encode_name == name), None)
    return tuple(repr(choice.value) for choice in kind.cls) if isinstance(kind, EnumType) else ()


def read_token(folder: Path) -> str | None:
    """The bot token from the environment, or from `assay.env` beside the configuration; None when neither has one.

    ConfigError when it has not a token's shape, or when others may read the file. The token itself is never told.
    """
    token, source = os.environ.get(TOKEN_VARIABLE), f"environment variable {TOKEN_VARIABLE}"
    path = folder / "assay.env"
    if not token and path.exists():
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others may read the token; run: chmod 600 {path}")
        for line in path.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == TOKEN_VARIABLE:
                token, source = value.strip().strip("'\""), str(path)
    if not token:
        return None
    if not TOKEN_SHAPE.fullmatch(token):
        raise ConfigError(f"{source}: this is not a bot token (digits, a colon, 35 characters); ask @BotFather again")
    return token
