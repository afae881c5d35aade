"""Checks requests against the official Bot API schema: `problems(request)` is empty when Telegram would understand.

The schema is reference material beside the checkout, so a test that needs it skips where it is absent.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.ledger import Request

SCHEMA_FILE = Path(__file__).parents[2].parent / "shared" / "reference" / "telegram_bot_api_10.1.json"


def official_schema() -> "Schema":
    if not SCHEMA_FILE.exists():
        pytest.skip("the Bot API schema (../shared/reference) is not on this machine")
    return Schema(json.loads(SCHEMA_FILE.read_text()))


class Schema:
    def __init__(self, described: dict[str, Any]) -> None:
        self._methods = described["methods"]
        self._types = described["types"]

    def problems(self, request: Request) -> list[str]:
        """One line for every missing, unknown or ill-typed parameter; empty when all is well."""
        method = self._methods.get(request.method)
        if method is None:
            return [f"{request.method}: no such method"]
        fields = {field["name"]: field for field in method.get("fields", [])}
        given = {*request.params, *request.uploads}
        attached = set(re.findall(r"attach://([\w.-]+)", json.dumps(dict(request.params))))
        found = [f"{name} is missing" for name, field in fields.items() if field["required"] and name not in given]
        found += [f"{name} is unknown" for name in given - fields.keys() - attached]
        for name in request.params.keys() & fields.keys():
            found += self._received(request.params[name], fields[name]["types"], name)
        return [f"{request.method}: {problem}" for problem in sorted(found)]

    def _received(self, value: object, types: list[str], place: str) -> list[str]:
        """Forms carry everything as text; what should not be a text is read as JSON first."""
        if isinstance(value, str) and not {"String", "InputFile"} & set(types):
            try:
                value = json.loads(value)
            except ValueError:
                return [f"{place} is {value!r}, not {' or '.join(types)}"]
        return self._any_of(value, types, place)

    def _any_of(self, value: object, types: list[str], place: str) -> list[str]:
        attempts = [self._check(value, name, place) for name in types]
        return min(attempts, key=len)

    def _check(self, value: object, name: str, place: str) -> list[str]:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{place} is not an array"]
            inner = name.removeprefix("Array of ")
            return [
                problem for index, item in enumerate(value) for problem in self._check(item, inner, f"{place}[{index}]")
            ]
        simple = {"String": str, "InputFile": str, "Integer": int, "Boolean": bool, "Float": (int, float)}
        if name in simple:
            wrong = not isinstance(value, simple[name]) or (name != "Boolean" and isinstance(value, bool))
            return [f"{place} is {value!r}, not {name}"] if wrong else []
        described = self._types[name]
        if "subtypes" in described:
            return self._any_of(value, described["subtypes"], place)
        return self._object(value, described, place)

    def _object(self, value: object, described: dict[str, Any], place: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{place} is not an object"]
        fields = {field["name"]: field for field in described.get("fields", [])}
        found = [f"{place}.{name} is unknown" for name in value.keys() - fields.keys()]
        for name, field in fields.items():
            if name in value:
                found += self._any_of(value[name], field["types"], f"{place}.{name}")
            elif field["required"]:
                found.append(f"{place}.{name} is missing")
        return found
