"""Start-up is recovery: the newest snapshot, the journal after it, and what was known but not stored yet."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.config import EngineConfig
from engine.engine import ALL, RUNNING, Engine, SnapshotMismatch
from engine.events import Command, Event, History, Pause, SetMode, SetRisk
from engine.types import DAY_MS, Mode
from storage import journal, snapshots
from storage.candles import last_candles
from storage.database import reading
from storage.progress import last_applied
from storage.settings import find_setting
from storage.trades import latest_trades, open_trades

log = structlog.get_logger()

SYSTEM = 0  # the actor of what the program does by itself


class Recovered(msgspec.Struct):
    """The engine as it was. `events` are those of inputs that were journaled and not stored: handle them as new.

    `number` is that of the last input. `is_rebuilt`: made from stored candles, since version or configuration changed.
    """

    engine: Engine
    number: int = 0
    events: list[Event] = msgspec.field(default_factory=list)
    is_first_start: bool = False
    is_rebuilt: bool = False


async def recover(config: EngineConfig, folder: Path, database: AsyncEngine) -> Recovered:
    """Bring the engine to where it was. An empty folder gives a fresh one."""
    async with reading(database) as conn:
        applied = await last_applied(conn)
    loaded = snapshots.load(folder / "snapshots")
    for path in loaded.corrupt:
        log.error("snapshot is damaged, the one before it is used", path=str(path))
    if loaded.snapshot is None and applied == 0 and not journal.journal_files(folder / "journal"):
        return Recovered(Engine(config), is_first_start=True)
    try:
        number = loaded.snapshot.number if loaded.snapshot else 0
        engine = Engine.restore(config, loaded.snapshot.state) if loaded.snapshot else Engine(config)
    except SnapshotMismatch:
        return await _rebuild(config, database, applied)
    recovered = Recovered(engine, number)
    for found, item in journal.read_after(folder / "journal", number):
        events = engine.push(item)
        recovered.number = found
        if found > applied:
            recovered.events += events
    return recovered


async def _rebuild(config: EngineConfig, database: AsyncEngine, applied: int) -> Recovered:
    """Push all stored candles as history; take settings and open trades from the database."""
    engine = Engine(config)
    frame = config.timeframes.entry
    async with reading(database) as conn:
        for instrument in config.instruments:
            for candle in await last_candles(conn, instrument.symbol, frame, 20_000):
                engine.push(History(candle))
        risk = await find_setting(conn, "risk", str)
        mode = await find_setting(conn, "mode", str)
        paused = await find_setting(conn, "pause", str) or RUNNING
        symbols = [instrument.symbol for instrument in config.instruments]
        known = {trade.id: trade for trade in await latest_trades(conn, symbols, 50)}
        known |= {trade.id: trade for trade in await open_trades(conn)}
    if risk is not None:
        engine.push(Command(SYSTEM, SetRisk(Decimal(risk))))
    if mode is not None:
        engine.push(Command(SYSTEM, SetMode(Mode(mode))))
    for symbol in paused.split(", ") if paused != RUNNING else ():
        # When it was to end is not kept here: a pause that lasts too long does less harm than one forgotten.
        engine.push(Command(SYSTEM, Pause(None if symbol == ALL else symbol)))
    recent = [t for t in known.values() if not t.is_done or t.signal.issued_ms > engine.time_ms - 3 * DAY_MS]
    engine.adopt(sorted((t for t in recent if t.symbol in symbols), key=lambda trade: trade.signal.issued_ms))
    log.warning("engine rebuilt from stored candles: version or configuration changed", open_trades=len(recent))
    return Recovered(engine, applied, is_rebuilt=True)
