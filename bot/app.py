"""Builds the parts, starts them in order, ends them in reverse. Start-up is recovery, whatever happened before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

import msgspec
import structlog

from bot.clock import Clock, WallClock
from bot.config import Config
from bot.delivery.outbox import Alert, Outbox
from bot.delivery.telegram_client import TelegramClient
from bot.desk.commands import Desk
from bot.handlers import Handlers
from bot.painter import Painter
from bot.recovery import Recovered, recover
from bot.reports import Reports
from bot.service import Service
from bot.voices import Voices
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Command
from storage.database import migrate, open_database, transaction
from storage.instance import acquire, database_name
from storage.journal import Journal

log = structlog.get_logger()


class App(msgspec.Struct):
    """The running parts that drivers need."""

    config: Config
    service: Service
    outbox: Outbox
    client: TelegramClient
    desk: Desk
    recovered: Recovered


@asynccontextmanager
async def open_app(
    config: Config,
    *,
    token: str,
    base_url: str | None = None,
    base_file_url: str | None = None,
    clock: Clock,
    market: Market,
    submit: Callable[[Command], None],
    draws: bool = True,
    engine: Engine | None = None,
) -> AsyncIterator[App]:
    """Everything between a feed and Telegram. `submit` is where an admin's wish enters the stream of inputs.

    In an empty data folder a given `engine` begins instead of a fresh one. AlreadyRunning when another instance holds
    the data folder, the database or the token.
    """
    folder, url = config.storage.folder, config.storage.database_url
    async with AsyncExitStack() as stack:
        names = {"bot token": token, "database": database_name(url)} if base_url is None else {}
        stack.enter_context(acquire(folder, names, WallClock().now_ms()))
        database = await open_database(url)
        stack.push_async_callback(database.dispose)
        await migrate(database)
        engine_config = config.engine_config()
        recovered = await recover(engine_config, folder, database)
        given = engine if recovered.is_first_start else None
        if given is not None:
            recovered.engine = given
        journal = Journal(
            folder / "journal",
            clock.now_ms(),
            code=code_version(),
            config=engine_config,
            snapshot=recovered.engine.snapshot(),
            after=recovered.number,
        )
        client = _client(token, base_url, base_file_url)
        stack.push_async_callback(client.stop)
        painter = Painter(config.charts.workers)
        if draws:
            painter.start()
        stack.callback(painter.stop)
        voices = Voices(config, market)

        async def tell(alert: Alert) -> None:
            async with transaction(database) as conn:
                await handlers.trouble(conn, alert)
            outbox.wake()

        # In a replay pictures are waited for: how long drawing takes must not decide what is sent.
        deadline_s = config.charts.deadline_s if isinstance(clock, WallClock) else None
        outbox = Outbox(database, client, clock, painter.draw, alert=tell, draw_timeout_s=deadline_s)
        stack.callback(outbox.stop)
        await outbox.recover()
        reports = Reports(config, recovered.engine, outbox, voices, clock.now_ms(), draws=draws)
        desk = Desk(
            config,
            recovered.engine,
            outbox,
            database,
            voices,
            clock,
            client,
            reports,
            submit,
            last_quote=recovered.engine.quote_ms,
            draws=draws,
        )
        handlers = Handlers(config, recovered.engine, outbox, voices, desk.told, draws=draws)
        service = Service(
            engine=recovered.engine,
            journal=journal,
            database=database,
            outbox=outbox,
            handlers=handlers,
            reports=reports,
            clock=clock,
            snapshot_folder=folder / "snapshots",
            version=code_version(),
        )
        stack.push_async_callback(service.close)
        if given is not None:
            async with transaction(database) as conn:
                await handlers.introduce(conn)
        await service.handle_again(recovered.events)
        yield App(config, service, outbox, client, desk, recovered)


def _client(token: str, base_url: str | None, base_file_url: str | None) -> TelegramClient:
    if base_url is None or base_file_url is None:
        return TelegramClient(token)
    return TelegramClient(token, base_url=base_url, base_file_url=base_file_url)


def code_version() -> str:
    """As installed; `0` in a checkout that was never installed."""
    try:
        return version("assay")
    except PackageNotFoundError:
        return "0"


async def listen(app: App) -> None:
    """Hand every update to the desk. Runs until cancelled."""
    async for update in app.client.updates():
        await app.desk.handle(update)
