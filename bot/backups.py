"""When copies are made and how long they are kept: the database every day at 00:00 UTC, the track record every 6 h, and
for good each configuration that came into force.

What was missed while the bot was away is made once when it is back. The files' names are the memory: nothing else
remembers what was done.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.types import DAY_MS, HOUR_MS
from storage.backup import BackupFailed, back_up
from storage.database import reading
from storage.files import write_whole
from storage.increments import increment

log = structlog.get_logger(__name__)

FOLDER = "backups"
EVERY_MS = 6 * HOUR_MS
KEEP_DATABASE_MS = 30 * DAY_MS
KEEP_TRADES_MS = 90 * DAY_MS
AGAIN_MS = HOUR_MS  # after a failure
_NAME = re.compile(r"(assay|trades|config)-(\d{8}T\d{6}Z)\.(?:db|jsonl|toml)")


class Backups:
    """`run_due` now and then; `failed` is told, in one line, why there is no copy."""

    def __init__(self, database: AsyncEngine, url: str, folder: Path, failed: Callable[[str], Awaitable[None]]) -> None:
        self._database = database
        self._url = url
        self._is_file = make_url(url).get_backend_name() == "sqlite"  # else the server's own tools copy it
        self._folder = folder / FOLDER
        self._failed = failed
        self._not_before_ms = 0

    async def run_due(self, now_ms: int) -> None:
        """Make what is due, drop what is too old. A failure is told, and tried again in an hour."""
        if now_ms < self._not_before_ms:
            return
        made = await asyncio.to_thread(copies, self._folder)
        days, trades = made["assay"], made["trades"]
        try:
            if self._is_file and _slot(now_ms, DAY_MS) > _slot(max(days, default=0), DAY_MS):
                backup = await asyncio.to_thread(back_up, self._url, self._folder, now_ms)
                log.info("database backed up", file=backup.path.name, bytes=backup.size)
            if _slot(now_ms, EVERY_MS) > _slot(max(trades, default=0), EVERY_MS):
                async with reading(self._database) as conn:
                    path = await increment(conn, self._folder, max(trades, default=0), now_ms)
                log.info("track record copied", file=path.name)
            await asyncio.to_thread(_drop_old, self._folder, now_ms)
        except (BackupFailed, OSError) as error:
            self._not_before_ms = now_ms + AGAIN_MS
            log.error("no backup", error=str(error))
            await self._failed(str(error))


def keep_configuration(file: Path, folder: Path, now_ms: int) -> Path | None:
    """A copy for its owner alone, such as `config-20240403T174500Z.toml`; None where the newest one says the same."""
    content, kept = file.read_bytes(), copies(folder / FOLDER)["config"]
    if kept and next(reversed(kept.values())).read_bytes() == content:
        return None
    path = folder / FOLDER / f"config-{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dT%H%M%SZ}.toml"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content)
    path.chmod(0o600)
    return path


def copies(folder: Path) -> dict[str, dict[int, Path]]:
    """The copies in a folder by their time: of the database (`assay`), the record (`trades`), the configuration."""
    found: dict[str, dict[int, Path]] = {"assay": {}, "trades": {}, "config": {}}
    for path in folder.iterdir() if folder.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        if named is not None:
            moment = datetime.strptime(named[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            found[named[1]][int(moment.timestamp() * 1000)] = path
    return {kind: dict(sorted(each.items())) for kind, each in found.items()}


def _drop_old(folder: Path, now_ms: int) -> None:
    """The newest of each kind stays, however old: an old copy is better than none."""
    for kind, keep_ms in (("assay", KEEP_DATABASE_MS), ("trades", KEEP_TRADES_MS)):
        for time_ms, path in list(copies(folder)[kind].items())[:-1]:
            if time_ms < now_ms - keep_ms:
                path.unlink()


def _slot(time_ms: int, length_ms: int) -> int:
    return time_ms // length_ms
