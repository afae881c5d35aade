"""`check`: one line for each thing that must be in order, with what is wrong and what would do. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.check.config_problems import examine
from bot.check.feeds import feed_findings
from bot.check.findings import Finding, Mark, skipped, well, wrong
from bot.check.machine import chart_finding, database_finding, disk_finding, folder_finding
from bot.check.profiles import profile_findings
from bot.check.telegram import RUN_SETUP, telegram_findings
from bot.check.units import unit_findings
from bot.clock import Clock, WallClock
from bot.config import Config, ConfigError
from bot.config_file import read_token
from bot.delivery.telegram_client import OFFICIAL_FILE_URL, OFFICIAL_URL, TelegramClient

COLOURS = {Mark.WELL: "green", Mark.WRONG: "bold red", Mark.DOUBTFUL: "yellow", Mark.SKIPPED: "dim"}


def print_line(line: str) -> None:
    """To the terminal, the mark in colour where there is one that shows it."""
    text = Text(line)
    text.stylize(COLOURS.get(Mark(line[0]), "") if line[:1] in list(Mark) else "", 0, 1)
    Console(highlight=False).print(text, soft_wrap=True)


async def run_check(
    config_path: Path,
    say: Callable[[str], None] = print_line,
    *,
    base_url: str = OFFICIAL_URL,
    base_file_url: str = OFFICIAL_FILE_URL,
    clock: Clock | None = None,
) -> int:
    """Exit code: 0 all is well, 1 something is wrong, 2 the configuration cannot be read."""
    try:
        config, problems = examine(config_path)
    except ConfigError as error:
        say(str(wrong("config", str(error))))
        return 2
    failures = 0
    async for finding in _findings(config_path, config, problems, (base_url, base_file_url), clock or WallClock()):
        say(str(finding))
        failures += finding.mark is Mark.WRONG
    say(f"{failures} to mend." if failures else "All is well.")
    return 1 if failures else 0


async def _findings(
    config_path: Path, config: Config | None, problems: list[str], addresses: tuple[str, str], clock: Clock
) -> AsyncIterator[Finding]:
    for problem in problems:
        yield wrong("config", problem)
    if not problems:
        yield well("config", f"{config_path} is valid")
    token_finding, token = _token(config_path.parent)
    yield token_finding
    if config is None:
        yield skipped("the rest", f"mend {config_path} first")
        return
    for finding in (*unit_findings(config.engine), *profile_findings(config.channels)):
        yield finding
    if token is None:
        yield skipped("telegram", "needs a token; channels and admins were not looked at")
    else:
        client = TelegramClient(token, base_url=addresses[0], base_file_url=addresses[1])
        try:
            async for finding in telegram_findings(client, config.telegram, config.channels):
                yield finding
        finally:
            await client.stop()
    yield folder_finding(config.storage.folder)
    yield await database_finding(config.storage)
    yield disk_finding(config.storage.folder)
    async for finding in feed_findings(config, clock):
        yield finding
    yield await chart_finding()


def _token(folder: Path) -> tuple[Finding, str | None]:
    try:
        token = read_token(folder)
    except ConfigError as error:
        return wrong("token", str(error)), None
    if token is None:
        return skipped("token", f"there is none, so `run` speaks to the local sandbox; for Telegram {RUN_SETUP}"), None
    return well("token", "has the right shape"), token
