"""Start-up is recovery: the newest snapshot, the journal after it, and what was known but not stored yet."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.decisions import seen_at_decision
from engine.config import EngineConfig
from engine.engine import ALL, RUNNING, Engine, SnapshotMismatch
from engine.events import (
    CandleInput,
    Command,
    CommandRefused,
    Event,
    History,
    Input,
    Pause,
    Resume,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    Tick,
)
from engine.settings import SETTINGS
from engine.types import DAY_MS, Mode, Strategy
from storage import journal, snapshots
from storage.candles import last_candles
from storage.database import reading
from storage.progress import last_applied
from storage.settings import all_settings, find_setting
from storage.trades import latest_trades, open_trades
from storage.views import Seen

log = structlog.get_logger()

SYSTEM = 0  # the actor of what the program does by itself
STORED_CANDLES = 20_000  # of each symbol, for a rebuild
RECENT_INPUTS = 100_000  # more than an entry candle ever holds


class Recovered(msgspec.Struct):
    """The engine as it was. `events` are those of inputs that were journaled and not stored: handle them as new, with
    `seen`, on which the signals among them rest.

    `number` is that of the last input, `replayed` how many were heard again. `is_rebuilt`: made from stored candles,
    since version or configuration changed. `migrations` are the steps the database was taken through before.
    """

    engine: Engine
    number: int = 0
    events: list[Event] = msgspec.field(default_factory=list)
    seen: dict[str, Seen] = msgspec.field(default_factory=dict)
    is_first_start: bool = False
    is_rebuilt: bool = False
    replayed: int = 0
    migrations: tuple[str, ...] = ()


async def recover(config: EngineConfig, folder: Path, database: AsyncEngine) -> Recovered:
    """Bring the engine to where it was. An empty folder gives a fresh one."""
    async with reading(database) as conn:
        applied = await last_applied(conn)
    loaded = snapshots.load(folder / "snapshots")
    for path in loaded.corrupt:
        log.error("snapshot is damaged, the one before it is used", path=str(path))
    journals = journal.journal_files(folder / "journal")
    if loaded.snapshot is None and applied == 0 and not journals:
        return Recovered(Engine(config), is_first_start=True)
    try:
        recovered = _begin(config, loaded.snapshot, journals)
    except SnapshotMismatch:
        return await _rebuild(config, folder, database, applied)
    for number, item in journal.read_after(folder / "journal", recovered.number):
        _hear(recovered, number, item, applied)
    if recovered.number < applied:  # somebody took journals away: the engine would not know what it has said
        return await _rebuild(config, folder, database, applied)
    return recovered


def _begin(config: EngineConfig, snapshot: snapshots.Snapshot | None, journals: list[Path]) -> Recovered:
    """The engine of the snapshot; before there is one, that with which the oldest journal begins."""
    if snapshot is not None:
        return Recovered(Engine.restore(config, snapshot.state), snapshot.number)
    header = journal.header(journals[0]) if journals else None
    if header is None or header.snapshot is None:
        return Recovered(Engine(config))
    return Recovered(Engine.restore(config, header.snapshot), header.first_number - 1)


def _hear(recovered: Recovered, number: int, item: Input, applied: int) -> None:
    events = recovered.engine.push(item)
    recovered.number = number
    recovered.replayed += 1
    if number > applied:
        recovered.events += events
        recovered.seen |= seen_at_decision(recovered.engine, events)


async def _rebuild(config: EngineConfig, folder: Path, database: AsyncEngine, applied: int) -> Recovered:
    """Push all stored candles as history and what the journal has after them; take settings and trades from the
    database. Inputs after `applied` are handled as new.
    """
    engine = Engine(config)
    async with reading(database) as conn:
        for instrument in config.instruments:
            for candle in await last_candles(conn, instrument.symbol, config.timeframes.entry, STORED_CANDLES):
                engine.push(History(candle))
        later = _beyond_candles(engine, folder / "journal", applied)
        engine.push(Command(SYSTEM, Pause()))  # what was decided then is in the database
        for number, item in later:
            if number <= applied and not isinstance(item, Command):
                engine.push(item)
        engine.push(Command(SYSTEM, Resume()))
        await _restore_settings(engine, conn)
        await _adopt_trades(engine, conn)
    log.warning(
        "engine rebuilt from stored candles: version or configuration changed", open_trades=len(engine.open_trades())
    )
    recovered = Recovered(engine, applied, is_rebuilt=True)
    for number, item in later:
        if number > applied:
            _hear(recovered, number, item, applied)
    return recovered


def _beyond_candles(engine: Engine, folder: Path, applied: int) -> list[tuple[int, Input]]:
    """What was heard of the candle that was not closed yet: a trade that reached TP1 in it must not meet again the
    prices before. A symbol without candles is left to the feed's history, and so is all when the journal is unreadable.
    """
    known = {instrument.symbol: engine.heard_until_ms(instrument.symbol) for instrument in engine.config.instruments}

    def is_later(item: Input) -> bool:
        match item:
            case Tick(symbol=symbol, time_ms=time_ms):
                return time_ms >= known.get(symbol, 0) > 0
            case CandleInput(candle) | History(candle):
                is_fine = candle.timeframe.ms <= engine.config.timeframes.entry.ms
                return is_fine and candle.open_ms >= known.get(candle.symbol, 0) > 0
            case _:
                return isinstance(item, Command)

    files = journal.journal_files(folder)
    try:
        oldest = journal.header(files[0]).first_number - 1 if files else applied
        found = journal.read_after(folder, max(oldest, applied - RECENT_INPUTS))
        return [(number, item) for number, item in found if is_later(item)]
    except journal.JournalError as error:
        log.warning("journal not read; candles and the feed's history stand in for it", error=str(error))
        return []


async def _restore_settings(engine: Engine, conn: AsyncConnection) -> None:
    risk = await find_setting(conn, "risk", str)
    mode = await find_setting(conn, "mode", str)
    strategies = await find_setting(conn, "strategies", str)
    paused = await find_setting(conn, "pause", str) or RUNNING
    if risk is not None:
        engine.push(Command(SYSTEM, SetRisk(Decimal(risk))))
    if mode is not None:
        engine.push(Command(SYSTEM, SetMode(Mode(mode))))
    if strategies is not None:
        on = strategies_named(strategies)
        for strategy in Strategy:
            engine.push(Command(SYSTEM, SetStrategy(strategy, strategy in on)))
    for symbol in paused.split(", ") if paused != RUNNING else ():
        # When it was to end is not kept here: a pause that lasts too long does less harm than one forgotten.
        engine.push(Command(SYSTEM, Pause(None if symbol == ALL else symbol)))
    await _restore_numbers(engine, conn)


async def _restore_numbers(engine: Engine, conn: AsyncConnection) -> None:
    """In whatever order they do: one may be allowed only beside another. What does not do under the configuration of
    today is left out, and said.
    """
    stored = await all_settings(conn)
    left = {setting.name: str(stored[setting.name]) for setting in SETTINGS if setting.name in stored}
    while left:
        refused = {name: value for name, value in left.items() if _is_refused(engine, SetSetting(name, value))}
        if len(refused) == len(left):
            break
        left = refused
    for name, value in left.items():
        log.warning("setting of an admin will not do any more", name=name, value=value)


def _is_refused(engine: Engine, action: SetSetting) -> bool:
    return any(isinstance(event, CommandRefused) for event in engine.push(Command(SYSTEM, action)))


def strategies_named(value: str) -> frozenset[Strategy]:
    """Those that are on, of the setting `strategies`. A name this version does not know is left out."""
    names = {name.strip() for name in value.split(",")}
    return frozenset(strategy for strategy in Strategy if strategy.value in names)


async def _adopt_trades(engine: Engine, conn: AsyncConnection) -> None:
    """Those that are open, and those lately issued: limits and cooldowns count them."""
    symbols = [instrument.symbol for instrument in engine.config.instruments]
    known = {trade.id: trade for trade in await latest_trades(conn, symbols, 50)}
    known |= {trade.id: trade for trade in await open_trades(conn) if trade.symbol in symbols}
    recent = [t for t in known.values() if not t.is_done or t.signal.issued_ms > engine.time_ms - 3 * DAY_MS]
    engine.adopt(sorted(recent, key=lambda trade: trade.signal.issued_ms))
