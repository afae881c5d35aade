"""`replay FILE…`: what was asked for, played through the whole service, and summed up in a table."""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import inspect

from bot.config import Config, ConfigError
from bot.config_file import load_config
from bot.play.player import Outcome, open_player, play
from bot.play.progress import bar_for_each, bars
from bot.play.tape import Tape, are_journals, recognise_all, tape_of_files, tape_of_journals
from bot.words.wording import Market, r
from engine.events import Event, SignalIssued, TradeClosed
from storage.database import open_database, reading


async def run_replay(options: argparse.Namespace) -> int:
    """Exit code 0 when the files were played to their end."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="assay-replay-") as temporary, bars(console) as progress:
        folder = _kept(options.keep) or Path(temporary)
        tape = _tape(options, folder, progress, console)
        for note in tape.notes:
            console.print(note, style="yellow", markup=False, soft_wrap=True)
        async with open_player(
            await _in_database(tape.config, options.database),
            Market.REPLAY,
            tape.begin_ms,
            speed=options.speed,
            port=options.port,
            draws=not options.no_charts,
            listens=options.speed is not None or options.stay,
            engine=tape.engine,
        ) as player:
            player.sandbox.pace = "as fast as it goes" if options.speed is None else f"market runs {options.speed:g}×"
            console.print(f"Channel and admin chat: {player.sandbox.url}")
            result = await play(player, tape.inputs, lambda events: _tell(console, events))
            progress.stop()
            Console().print(_table(result, len(tape.skipped)))
            if options.stay:
                console.print(f"The page stays up: {player.sandbox.url}  (Ctrl-C ends it)")
                await player.market_time.linger()
    return 0


def _kept(folder: Path | None) -> Path | None:
    """A folder to keep things in must be new: a replay never mixes with what another left."""
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"--keep {folder}: not empty; name a new folder")
    return folder


async def _in_database(config: Config, url: str | None) -> Config:
    """The same with its database elsewhere. ConfigError when there is something in it."""
    if url is None:
        return config
    database = await open_database(url)
    async with reading(database) as conn:
        tables = await conn.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.dispose()
    if tables:
        raise ConfigError(f"--database {database.url.render_as_string()}: not empty; name a new one")
    return msgspec.structs.replace(config, storage=msgspec.structs.replace(config.storage, url=url))


def _tape(options: argparse.Namespace, folder: Path, progress: Progress, console: Console) -> Tape:
    config = load_config(options.config)
    if are_journals(options.files):
        return tape_of_journals(config, options.files, folder)
    sources = recognise_all(options.files, config, options.symbol)
    history = recognise_all(options.history, config, options.symbol)
    for source in (*sources, *history):
        what = source.format.partition(":")[0]
        console.print(f"{source.path.name}: {source.symbol} {source.timeframe or ''} {what}", style="dim", markup=False)
    paths = [source.path for source in (*history, *sources)]
    tell = bar_for_each(progress, paths)
    return tape_of_files(config, sources, history, folder, skips_bad=options.skip_bad, progress=tell)


def _tell(console: Console, events: list[Event]) -> None:
    """Signals and ends, one line each, above the progress bar."""
    for event in events:
        if isinstance(event, SignalIssued | TradeClosed):
            trade, when = event.trade, datetime.fromtimestamp(event.time_ms / 1000, UTC)
            words = f"{trade.direction.order} {trade.signal.setup.kind}"
            if trade.reason is not None:
                words = f"closed: {trade.reason.value} {r(trade.result_r)}"
            console.print(f"{when:%Y-%m-%d %H:%M} {trade.id} {words}", highlight=False)


def _table(result: Outcome, skipped: int) -> Table:
    done = result.performance
    begin, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (result.from_ms, result.to_ms))
    rows = {
        "Market time": f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC",
        "Signals": str(result.signals),
        "Trades": f"{done.trades} closed, {result.open_trades} open",
        "Win rate": "–" if done.win_rate is None else f"{done.win_rate:.0%} of {done.won + done.lost}",
        "Result": f"{r(done.total_r)}, average {r(done.average_r)}",
        "Drawdown": r(done.drawdown_r),
        "Ambiguous fills": str(done.ambiguous),
        "Messages sent": str(result.messages_sent),
        "Edits made": str(result.edits_made),
        "Late inputs": str(result.late_inputs),
    }
    if skipped:
        rows["Broken lines skipped"] = str(skipped)
    table = Table(title="Replay", show_header=False)
    for name, value in rows.items():
        table.add_row(name, value)
    return table
