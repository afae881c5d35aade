"""What sections of the configuration have in common: frozen, strict about names, and checked by name."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of config sections."""


def refuse_below_one(section: Section, but: tuple[str, ...] = ()) -> None:
    """Whole numbers here are counts: periods, wings, sizes of books."""
    for name in section.__struct_fields__:
        value = getattr(section, name)
        if type(value) is int and value < 1 and name not in but:
            raise ValueError(f"{name} must be 1 or more, not {value}")


def refuse_not_finite(section: Section) -> None:
    """First of all checks: a Decimal that is not a number cannot be compared, and an endless one passes any bound."""
    for name in section.__struct_fields__:
        value = getattr(section, name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, Decimal) and not number.is_finite():
                raise ValueError(f"{name} must be a finite number, not {number}")


def refuse_negative(section: Section, *names: str) -> None:
    for name in names:
        if getattr(section, name) < 0:
            raise ValueError(f"{name} must be 0 or more, not {getattr(section, name)}")


def refuse_not_positive(section: Section, *names: str) -> None:
    for name in names:
        if getattr(section, name) <= 0:
            raise ValueError(f"{name} must be above 0, not {getattr(section, name)}")
