"""Which program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def code_version() -> str:
    """As installed; `0` in a checkout that was never installed."""
    try:
        return version("assay")
    except PackageNotFoundError:
        return "0"
