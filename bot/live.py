"""`run`: the live service. Feeds in, Telegram out; when one part dies all stop, and the supervisor starts afresh."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TypeAlias

import msgspec
import structlog

from bot.app import App, listen, open_app
from bot.backups import Backups, keep_configuration
from bot.clock import Clock, WallClock, steady_ms
from bot.compiled import is_in_use
from bot.config import AdminConfig, Config, ConfigError, Role, TelegramConfig
from bot.config_file import load_config, read_token
from bot.news import Calendar, open_calendar
from bot.play.player import open_sandbox, start_sandbox
from bot.sandbox.server import DANA, Sandbox
from bot.watch import Watch, free_mb, has_room, is_database_damaged, is_database_locked, is_disk_full
from bot.words.alerts import database_damaged, database_locked, disk_full, no_backup
from bot.words.post import Post
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Command, Input
from feeds.base import Feed
from feeds.binance import BinanceFeed
from feeds.merge import merge
from storage.database import transaction

log = structlog.get_logger()

Inbox: TypeAlias = asyncio.Queue[tuple[float, Input]]
"""Inputs, each with the loop's time at which it was heard."""

INBOX = 10_000  # inputs that may wait; a feed that is faster waits for us
BATCH = 1_000  # inputs in one transaction at the most
LAST_WORD_S = 5.0
BREATH_MS = 5  # how long inputs may run without letting the outbox and the admins in
TICK_MS = 1_000  # how often the day's housekeeping looks
CALENDAR_MS = 10_000  # and how often the calendar's file is looked at
ROOM_EVERY_S = 10.0  # how often a full disk or a locked database is looked at


async def run_live(options: argparse.Namespace) -> int:
    """Until SIGTERM or Ctrl-C."""
    config = load_config(options.config)
    token = None if options.sandbox else read_token(options.config.parent)
    if not config.feeds.binance.symbols:
        raise ConfigError(f"{options.config}: no live feed; name symbols under feeds.binance.symbols")
    try:
        keep_configuration(options.config, config.storage.folder, WallClock().now_ms())
    except OSError as error:  # the service waits for a full disk by itself; the next start copies it
        log.error("configuration not copied", error=str(error))
    if token is not None:
        if not config.telegram.admins:
            log.warning("nobody may command the bot; add yourself to telegram.admins, or run: python run_bot.py setup")
        elif not config.telegram.has_owner:
            log.warning('nobody is owner; write role = "owner" at one of telegram.admins')
        await serve(config, token=token, sandbox=None)
        return 0
    config = _with_dana(config)
    sandbox = open_sandbox(config, WallClock().now_ms, port=config.sandbox.port, label=None)
    await start_sandbox(sandbox, config.sandbox.port)
    log.info(
        "no Telegram: speaking to the sandbox", page=sandbox.url, reason="--sandbox" if options.sandbox else "no token"
    )
    try:
        await serve(config, token=sandbox.token, sandbox=sandbox)
    finally:
        await sandbox.stop()
    return 0


def live_feeds(config: Config, engine: Engine) -> list[Feed]:
    """The feeds that need no terminal. What the engine has heard before is not fetched again."""
    binance = config.feeds.binance
    since_ms = {symbol: engine.heard_until_ms(symbol) for symbol in binance.symbols}
    return [
        BinanceFeed(
            [config.instrument(symbol) for symbol in binance.symbols],
            stream_url=binance.stream_url,
            rest_url=binance.rest_url,
            clock_ms=steady_ms,
            random=SystemRandom(),
            lateness_ms=binance.lateness_ms,
            history_m15=binance.history_candles,
            since_ms={symbol: time_ms for symbol, time_ms in since_ms.items() if time_ms},
        )
    ]


async def serve(config: Config, *, token: str, sandbox: Sandbox | None) -> None:
    """Run until cancelled or told to stop. Whatever fails in one task ends all.

    A full disk and a locked database alone are waited for. Then all begins anew, as after a crash, and the feeds tell
    what was missed.
    """
    stopping = asyncio.Event()
    _stop_on_signal(stopping)
    while not stopping.is_set():
        try:
            await _serve(config, token, sandbox, stopping)
        except Exception as error:
            if is_disk_full(error):
                log.error("the disk is full; waiting for room", folder=str(config.storage.folder))
                await _until_room(config.storage.folder, stopping)
            elif is_database_locked(error):
                log.error("another program holds the database; trying again", folder=str(config.storage.folder))
                await _pause(stopping)
            else:
                raise


async def _until_room(folder: Path, stopping: asyncio.Event) -> None:
    """Or until somebody says stop."""
    while not stopping.is_set():
        await _pause(stopping)
        if await asyncio.to_thread(has_room, folder):
            return


async def _pause(stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), ROOM_EVERY_S)


async def _serve(config: Config, token: str, sandbox: Sandbox | None, stopping: asyncio.Event) -> None:
    """One life."""
    calendar = open_calendar(config)
    inbox: Inbox = asyncio.Queue(INBOX)
    loop = asyncio.get_running_loop()

    def submit(command: Command) -> None:
        inbox.put_nowait((loop.time(), command))

    async with open_app(
        config,
        token=token,
        base_url=sandbox.base_url if sandbox else None,
        base_file_url=sandbox.base_file_url if sandbox else None,
        clock=WallClock(),
        market=Market.LIVE,
        submit=submit,
        calendar=calendar,
    ) as app:
        await app.desk.announce(app.recovered)
        settle_memory()
        log.info(
            "started",
            symbols=[i.symbol for i in config.instruments],
            channels=len(config.channels),
            engine="compiled" if is_in_use() else "as written",
        )
        async with _last_word(app), asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(bring_news(calendar, inbox, WallClock()), name="calendar"),
                tasks.create_task(_hear(merge(live_feeds(config, app.service.engine)), inbox), name="feeds"),
                tasks.create_task(think(app, inbox), name="engine"),
                tasks.create_task(app.outbox.run(), name="outbox"),
                tasks.create_task(listen(app), name="admins"),
                tasks.create_task(_keep_house(app), name="house"),
                tasks.create_task(app.watchdog.run(), name="watchdog"),
            ]
            await stopping.wait()
            for task in running:
                task.cancel()
        log.info("stopped")


async def _hear(stream: AsyncGenerator[Input, None], inbox: Inbox) -> None:
    loop = asyncio.get_running_loop()
    async with aclosing(stream):  # else the feeds would go on until somebody collects the garbage
        async for item in stream:
            await inbox.put((loop.time(), item))
    raise RuntimeError("the feeds ended, though nobody asked them to")


async def bring_news(calendar: Calendar, inbox: Inbox, clock: Clock) -> None:
    """What the calendar has, before the first price if it can be, and what it gets later."""
    loop = asyncio.get_running_loop()
    while True:
        for item in calendar.due(clock.now_ms()):
            await inbox.put((loop.time(), item))
        await clock.sleep_ms(CALENDAR_MS)


async def think(app: App, inbox: Inbox) -> None:
    """Everything heard, in order; all that waits goes into one transaction."""
    service, watchdog = app.service, app.watchdog

    def take(heard: tuple[float, Input]) -> None:
        heard_s, item = heard
        service.push(item)
        watchdog.analysis.note(watchdog.now_ms() - heard_s * 1_000)

    try:
        while True:
            take(await inbox.get())
            breath_ms = watchdog.now_ms()
            for _ in range(min(inbox.qsize(), BATCH)):
                if watchdog.now_ms() - breath_ms > BREATH_MS:
                    await asyncio.sleep(0)
                    breath_ms = watchdog.now_ms()
                take(inbox.get_nowait())
            await service.commit()
    finally:
        while not inbox.empty():  # heard before we stopped; fetched again it could not be told apart from new
            take(inbox.get_nowait())


async def _keep_house(app: App) -> None:
    """Reports and boards at their time, a snapshot an hour, a new journal a day; and a look at how things are."""
    service, clock = app.service, WallClock()
    watch = Watch(
        service,
        app.outbox,
        service.handlers,
        clock,
        clock_skew_ms=lambda: app.client.clock_skew_ms,
        free_mb=partial(free_mb, app.config.storage.folder),
    )
    every_ms = app.config.storage.snapshot_every_min * 60_000
    next_snapshot_ms = clock.now_ms() + every_ms
    storage = app.config.storage
    backups = Backups(service.database, storage.database_url, storage.folder, partial(_no_backup, app))
    while True:
        await clock.sleep_ms(TICK_MS)
        await backups.run_due(clock.now_ms())
        await service.report()
        await service.keep_boards()
        await service.keep_journal()
        await watch.look()
        if clock.now_ms() >= next_snapshot_ms:
            next_snapshot_ms += every_ms
            await service.snapshot()


@asynccontextmanager
async def _last_word(app: App) -> AsyncIterator[None]:
    """When nothing can be stored nothing can be put in the outbox any more: the admins are told without it, if they
    can.
    """
    try:
        yield
    except BaseException as error:
        if is_disk_full(error):
            await _tell_directly(app, disk_full())
        elif is_database_locked(error):
            await _tell_directly(app, database_locked())
        elif is_database_damaged(error):
            await _tell_directly(app, database_damaged())
        raise


async def _tell_directly(app: App, post: Post) -> None:
    words = [asyncio.create_task(app.client.send(chat, post, None)) for chat in app.config.telegram.alert_chats]
    if words:
        await asyncio.wait(words, timeout=LAST_WORD_S)


async def _no_backup(app: App, why: str) -> None:
    async with transaction(app.service.database) as conn:
        await app.service.handlers.tell_admins(conn, f"backup:{app.service.clock.now_ms()}", no_backup(why))
    app.outbox.wake()


def settle_memory() -> None:
    """What start-up built stays for the program's life: the collector need not walk it again and again, which with
    many symbols stops the loop for long.
    """
    gc.collect()
    gc.freeze()


def _stop_on_signal(stopping: asyncio.Event) -> None:
    """A supervisor says SIGTERM, a person Ctrl-C; both end in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)


def _with_dana(config: Config) -> Config:
    """In the sandbox the person at the page is the admin."""
    return msgspec.structs.replace(
        config, telegram=TelegramConfig(admins=(AdminConfig(DANA.id, DANA.first_name, Role.OWNER),))
    )
