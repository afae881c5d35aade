"""The command line, run in this process; by default with the shipped configuration."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.cli import main
from tests.bot.stage import SHIPPED


def run(*arguments: object, config: Path = SHIPPED) -> int:
    """Exit code, also where the arguments themselves are refused."""
    with _left_as_it_was():
        try:
            return main([*map(str, arguments), "--config", str(config)])
        except SystemExit as stopped:
            return int(stopped.code or 0)


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
