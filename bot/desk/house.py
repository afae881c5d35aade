"""Commands about the house itself: news, mute, backup, version. None of them reaches the engine."""

from __future__ import annotations

import asyncio
import hashlib
import platform
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from bot.backups import FOLDER
from bot.clock import steady_ms
from bot.desk.access import Admin
from bot.desk.parts import Parts, Put
from bot.desk.words import read_duration_ms
from bot.fault import fault
from bot.mutes import mute, unmute
from bot.version import code_version
from bot.words import admin_house, usage
from bot.words.admin_news import Coming, NewsFigures, news
from bot.words.post import Post
from engine.events import NewsItem
from engine.settings import SETTINGS
from storage.backup import BackupFailed, back_up
from storage.database import reading, schema_revision, transaction

log = structlog.get_logger(__name__)

PATIENCE_S = 2.0  # a backup that takes longer is told of when it is done; until then the desk hears others
_DIGEST = 12  # characters

PutAll = Callable[[Sequence[Put]], Awaitable[None]]


class House:
    """`put` is how an answer that comes later gets into its chat."""

    def __init__(self, parts: Parts, put: PutAll) -> None:
        self._parts = parts
        self._put = put
        self._started_ms = parts.people.now_ms()
        self._backup: asyncio.Task[Post] | None = None
        self._telling: asyncio.Task[None] | None = None

    def news(self, symbols: Sequence[str]) -> Post:
        """What the engine knows is ahead of these symbols, since it will act on that and nothing else."""
        parts, concerned = self._parts, defaultdict[NewsItem, list[str]](list)
        for symbol in symbols:
            for item in parts.engine.news(symbol):
                concerned[item].append(symbol)
        known = [Coming(item, tuple(of)) for item, of in concerned.items()]
        figures = NewsFigures(
            now_ms=parts.clock.now_ms(),
            known=tuple(sorted(known, key=lambda each: (each.item.time_ms, each.item.currency, each.item.title))),
            rules=parts.engine.in_force.news,
            calendar=None if parts.calendar is None else parts.calendar.state,
        )
        return news(figures, parts.wording.style)

    async def version(self) -> Post:
        async with reading(self._parts.database) as conn:
            schema = await schema_revision(conn)
        config = msgspec.json.encode(self._parts.config, enc_hook=str)  # a path is its text
        figures = admin_house.VersionFigures(
            version=code_version(),
            python=platform.python_version(),
            up_ms=self._parts.people.now_ms() - self._started_ms,
            schema=schema,
            config=hashlib.sha256(config).hexdigest()[:_DIGEST],
            settings_changed=len(self._parts.engine.settings),
            settings=len(SETTINGS),
        )
        return admin_house.version(figures, self._parts.wording.style)

    async def mute(self, admin: Admin, words: Sequence[str]) -> Post:
        """`/mute`, `/mute for 2h`, `/mute off`: for the one who says it."""
        said = [word.lower() for word in words if word.lower() != "for"]
        length_ms = read_duration_ms(said[0]) if len(said) == 1 else None
        if said and said != ["off"] and length_ms is None:
            return usage.usage_mute()
        now_ms, style = self._parts.clock.now_ms(), self._parts.wording.style
        until_ms = None if length_ms is None else now_ms + length_ms
        async with transaction(self._parts.database) as conn:
            if said == ["off"]:
                await unmute(conn, admin.id)
            else:
                await mute(conn, admin.id, until_ms, now_ms)
        if said == ["off"]:
            return admin_house.unmuted(admin.name, now_ms, style)
        in_group = bool(self._parts.config.telegram.alert_chat)
        return admin_house.muted(until_ms, admin.name, now_ms, style, in_group=in_group)

    async def backup(self, admin: Admin, key: str) -> list[Post]:
        """Told at once when it is quick; else the message `key` says first that it is under way."""
        if self._backup is not None and not self._backup.done():
            return [admin_house.backing_up()]
        self._backup = asyncio.create_task(self._back_up(), name="backup")
        await asyncio.wait({self._backup}, timeout=PATIENCE_S)
        if self._backup.done():
            return [self._backup.result()]
        await self._put([Put(key, admin.chat_id, admin.thread_id, admin_house.backing_up())])
        self._telling = asyncio.create_task(self._tell_later(self._backup, admin, key), name="backup told")
        return []

    async def _tell_later(self, backup: asyncio.Task[Post], admin: Admin, key: str) -> None:
        try:
            await self._put([Put(key, admin.chat_id, admin.thread_id, await backup)])
        except Exception as error:  # the boundary: nobody waits for this task
            log.error("backup not told", **fault(error))

    async def _back_up(self) -> Post:
        url = self._parts.database.url.render_as_string(hide_password=False)
        folder = self._parts.config.storage.folder / FOLDER
        begun_ms = steady_ms()
        try:
            made = await asyncio.to_thread(back_up, url, folder, self._parts.clock.now_ms())
        except BackupFailed as error:
            log.error("no backup", error=str(error))
            return admin_house.not_backed_up(str(error))
        log.info("backup made", path=str(made.path), bytes=made.size)
        return admin_house.backed_up(made.size, steady_ms() - begun_ms, f"{folder.name}/{made.path.name}")
