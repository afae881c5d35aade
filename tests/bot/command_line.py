"""The command line, run in this process; by default with the shipped configuration."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import structlog

from bot.cli import main
from tests.bot.stage import SHIPPED
from tests.databases import Kind, kind, url_of

_numbers = count(1)


def run(*arguments: object, config: Path = SHIPPED) -> int:
    """Exit code, also where the arguments themselves are refused."""
    with _left_as_it_was():
        try:
            return main([*words(arguments), "--config", str(config)])
        except SystemExit as stopped:
            return int(stopped.code or 0)


def words(arguments: Sequence[object]) -> list[str]:
    """With the database that the test runs on, where a command takes one."""
    told = [str(argument) for argument in arguments]
    if kind() is Kind.POSTGRESQL and told[0] == "replay" and "--database" not in told:
        kept = told[told.index("--keep") + 1] if "--keep" in told else f"replay {next(_numbers)}"
        told += ["--database", url_of(Path(kept) / "assay.db", is_bare=True)]
    return told


@contextmanager
def _left_as_it_was() -> Iterator[None]:
    """Signals and the log belong to the process, and the process to all tests."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        structlog.reset_defaults()
        for number, handler in before.items():
            signal.signal(number, handler)
