"""Builds the parts, starts them in order, ends them in reverse. Start-up is recovery, whatever happened before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.alerts import STOP, own_entry
from bot.board import Boards
from bot.clock import Clock, WallClock
from bot.config import Config
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Alert, Outbox, Sent
from bot.delivery.telegram_client import TelegramClient
from bot.desk.commands import Desk
from bot.desk.seals import Seals
from bot.handlers import Handlers
from bot.news import Calendar
from bot.painter import Painter
from bot.recovery import Recovered, recover
from bot.reports.scheduled import PATIENCE_MS, Reports
from bot.service import Service
from bot.version import code_version
from bot.voices import Voices
from bot.watchdog import Watchdog
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Command
from storage.audit import record
from storage.database import migrate, open_database, reading, transaction
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
    watchdog: Watchdog = msgspec.field(default_factory=Watchdog)


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
    calendar: Calendar | None = None,
) -> AsyncIterator[App]:
    """Everything between a feed and Telegram. `submit` is where an admin's wish enters the stream of inputs; `calendar`
    is only told of here.

    In an empty data folder a given `engine` begins instead of a fresh one. AlreadyRunning when another instance holds
    the data folder, the database or the token.
    """
    async with AsyncExitStack() as stack:
        names = {"bot token": token} if base_url is None else {}
        database, migrations = await _open_database(stack, config, names)
        recovered = await recover(config.engine_config(), config.storage.folder, database)
        recovered.migrations = migrations
        given = engine if recovered.is_first_start else None
        if given is not None:
            recovered.engine = given
        client = _client(token, base_url, base_file_url)
        stack.push_async_callback(client.stop)
        app = await _assemble(
            stack, config, database, recovered, client, clock, Voices(config, market), submit, token, draws, calendar
        )
        if given is not None:
            async with transaction(database) as conn:
                await app.service.handlers.introduce(conn)
        await app.service.handle_again(recovered.events, recovered.seen)
        if recovered.is_rebuilt:  # else the next start would find the snapshot of the other configuration again
            await app.service.snapshot()
        yield app


async def _open_database(
    stack: AsyncExitStack, config: Config, names: dict[str, str]
) -> tuple[AsyncEngine, tuple[str, ...]]:
    """The database at the newest schema, for this process alone, and the steps that took it there. `names` are locked
    beside it.
    """
    url = config.storage.database_url
    if names:
        names = names | {"database": database_name(url)}
    stack.enter_context(acquire(config.storage.folder, names, WallClock().now_ms()))
    database = await open_database(url)
    stack.push_async_callback(database.dispose)
    return database, await migrate(database)


async def _assemble(
    stack: AsyncExitStack,
    config: Config,
    database: AsyncEngine,
    recovered: Recovered,
    client: TelegramClient,
    clock: Clock,
    voices: Voices,
    submit: Callable[[Command], None],
    token: str,
    draws: bool,
    calendar: Calendar | None,
) -> App:
    """The parts around the engine, wired. What must be ended is on the stack, in the right order."""
    engine = recovered.engine
    journal = _journal(config, recovered, clock)
    people, watchdog = WallClock(), Watchdog()
    seals = Seals(token, people)

    def hearers() -> Handlers:
        return handlers  # made of parts that need the outbox

    outbox = await _outbox(stack, config, database, client, clock, seals, watchdog, draws, hearers)
    channels = ChannelOutbox(config, outbox, clock)
    async with reading(database) as conn:
        await channels.load(conn)
    reports = await _reports(config, engine, database, channels, clock, voices, draws)
    desk = Desk(
        config,
        engine,
        outbox,
        database,
        voices,
        clock,
        client,
        reports,
        submit,
        seals=seals,
        people=people,
        last_quote=engine.quote_ms,
        watchdog=watchdog,
        draws=draws,
        calendar=calendar,
    )
    handlers = Handlers(config, engine, channels, voices, clock, desk.told, draws=draws)
    boards = Boards(config, engine, channels, voices, outbox, handlers.tell_admins, clock.now_ms())
    service = Service(
        engine=engine,
        journal=journal,
        database=database,
        outbox=outbox,
        channels=channels,
        handlers=handlers,
        reports=reports,
        boards=boards,
        clock=clock,
        snapshot_folder=config.storage.folder / "snapshots",
        version=code_version(),
    )
    stack.push_async_exit(partial(_note_end, database, clock))
    stack.push_async_callback(service.close)
    return App(config, service, outbox, client, desk, recovered, watchdog)


def _journal(config: Config, recovered: Recovered, clock: Clock) -> Journal:
    """A new file, which begins with the engine as it was recovered."""
    engine = recovered.engine
    return Journal(
        config.storage.folder / "journal",
        clock.now_ms(),
        code=code_version(),
        config=engine.config,
        snapshot=engine.snapshot(),
        after=recovered.number,
    )


async def _outbox(
    stack: AsyncExitStack,
    config: Config,
    database: AsyncEngine,
    client: TelegramClient,
    clock: Clock,
    seals: Seals,
    watchdog: Watchdog,
    draws: bool,
    hearers: Callable[[], Handlers],
) -> Outbox:
    """With the painter of its pictures, and what an earlier process left in it taken up. Has nothing to tell the
    `hearers` before it is run.
    """
    painter = Painter(config.charts.workers)
    if draws:
        painter.start()
    stack.callback(painter.stop)

    async def tell(alert: Alert) -> None:
        async with transaction(database) as conn:
            await hearers().trouble(conn, alert, clock.now_ms())
        outbox.wake()

    async def note(conn: AsyncConnection, sent: Sent) -> None:
        await hearers().published(conn, sent)

    async def renew(conn: AsyncConnection, key: str) -> None:
        await hearers().renew(conn, key)

    outbox = Outbox(
        database,
        client,
        clock,
        painter.draw,
        alert=tell,
        sent=note,
        seal=seals.close,
        renew=renew,
        # In a replay pictures are waited for: how long drawing takes must not decide what is sent.
        draw_timeout_s=config.charts.deadline_s if isinstance(clock, WallClock) else None,
        most_rows=config.telegram.outbox_rows,
        probe_chat=config.telegram.probe_chat,
        watchdog=watchdog,
    )
    stack.callback(outbox.stop)
    await outbox.recover()
    return outbox


async def _reports(
    config: Config,
    engine: Engine,
    database: AsyncEngine,
    channels: ChannelOutbox,
    clock: Clock,
    voices: Voices,
    draws: bool,
) -> Reports:
    patience_ms = PATIENCE_MS if isinstance(clock, WallClock) else 0
    reports = Reports(config, engine, channels, voices, clock.now_ms(), draws=draws, patience_ms=patience_ms)
    async with transaction(database) as conn:
        await reports.start(conn, clock.now_ms())
    return reports


async def _note_end(
    database: AsyncEngine, clock: Clock, kind: type[BaseException] | None, error: BaseException | None, _: object
) -> None:
    """Leave word of why it ended, for the next start. What cannot be stored any more is not."""
    is_wanted = kind is None or issubclass(kind, asyncio.CancelledError | KeyboardInterrupt)
    why = "" if is_wanted or error is None else type(_first(error)).__name__
    try:
        async with transaction(database) as conn:
            await record(conn, own_entry(STOP, clock.now_ms(), error=why))
    except (SQLAlchemyError, OSError) as failure:
        log.error("end not written down", error=type(failure).__name__)


def _first(error: BaseException) -> BaseException:
    """The first of errors that came together."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _client(token: str, base_url: str | None, base_file_url: str | None) -> TelegramClient:
    if base_url is None or base_file_url is None:
        return TelegramClient(token)
    return TelegramClient(token, base_url=base_url, base_file_url=base_file_url)


async def listen(app: App) -> None:
    """Hand every update to the outbox and the desk. Runs until cancelled."""
    async for update in app.client.updates():
        await app.outbox.hear(update)
        await app.desk.handle(update)
