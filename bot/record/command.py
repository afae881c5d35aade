"""`verify` and `export-record`: the record, checked and handed out."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from sqlalchemy import inspect, or_, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

import storage.check_record
from bot.config import Config, ConfigError
from bot.config_file import load_config
from bot.delivery.slots import decode
from bot.play.progress import bar_for_each, bars
from bot.play.tape import doubts, recognise_all
from bot.record.prices import Checked, against_prices
from bot.record.verify import Finding, Known, Promise, read_promise, verify
from bot.words.wording import tidy
from engine.types import Candle
from feeds.replay import read
from storage import ledger
from storage.database import open_database, reading
from storage.files import write_whole
from storage.schema import ledger as ledger_table
from storage.schema import messages, signals, trades

_SHOWN = 20  # findings; one fault can have many
_LONGEST = 400  # characters of one, which may quote an entry that somebody else wrote
_HEAD = re.compile(rf"<code>(\d+:[0-9a-f]{{{ledger.SHOWN_DIGITS}}})</code>")  # in a report, whatever its language


async def run_verify(options: argparse.Namespace) -> int:
    """Exit code 0 when the record holds, 1 when it does not."""
    promises = _promises(options.head)
    config = load_config(options.config)
    found, known = await _load(config)
    console = _console()
    findings = verify(found, promises, known)
    if options.prices:
        findings += _compare(config, found, options, console)
    _tell(console, found, promises, findings)
    return int(bool(findings))


async def run_export(options: argparse.Namespace) -> int:
    """Write the record, and the program that checks it, into a folder."""
    config = load_config(options.config)
    found, _ = await _load(config)
    lines = "".join(f"{line}\n" for line in ledger.exported(found))
    checker = Path(storage.check_record.__file__)

    def write() -> None:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "record.jsonl", lines.encode())
        write_whole(options.out / checker.name, checker.read_bytes())

    await asyncio.to_thread(write)
    head = ledger.end_of(found)
    _console().print(
        f"{head.count} entries in {options.out / 'record.jsonl'}\n"
        f"Check it, with Python alone: python {options.out / checker.name} {options.out / 'record.jsonl'} {head}\n"
        f"The last word is the head; take it from a report in the channel, not from here."
    )
    return 0


def _console() -> Console:
    """For what holds names of files and words of entries: nothing in them is markup."""
    return Console(soft_wrap=True, highlight=False, markup=False)


def _promises(heads: Sequence[str]) -> list[Promise]:
    try:
        return [read_promise(head) for head in heads]
    except ValueError as error:
        raise ConfigError(f"--head: {error}") from None


async def _load(config: Config) -> tuple[list[ledger.Entry], Known]:
    """The record and what stands beside it. ConfigError where there is no database, or none with a record."""
    url = config.storage.database_url
    file = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    if file is not None and not await asyncio.to_thread(Path(file).is_file):
        raise ConfigError(f"{file}: no such database; name the configuration of the bot whose record it is")
    database = await open_database(url)
    try:
        async with reading(database) as conn:
            names = await conn.run_sync(lambda sync: inspect(sync).get_table_names())
            if ledger_table.name not in names:
                raise ConfigError(f"{make_url(url).render_as_string()}: no record yet; it begins with the next start")
            found = await ledger.entries(conn)
            return found, await _known(conn, found[0].time_ms if found else 0)
    finally:
        await database.dispose()


async def _known(conn: AsyncConnection, since_ms: int) -> Known:
    """Signals since the record began, with their outcome and the words their messages show; and what reports show."""
    query = select(signals.c.id, trades.c.status, trades.c.opened_ms, trades.c.result_steps)
    query = query.join_from(signals, trades, signals.c.id == trades.c.signal_id, isouter=True)
    steps = {
        name: (0 if opened_ms is None else result) if status == "closed" else None
        for name, status, opened_ms, result in await conn.execute(query.where(signals.c.issued_ms >= since_ms))
    }
    texts: dict[str, list[str]] = {}
    heads: list[Promise] = []
    sent = select(messages.c.key, messages.c.sent_body).where(
        or_(messages.c.key.like("signal:%"), messages.c.key.like("daily:%")), messages.c.sent_body.is_not(None)
    )
    for key, body in await conn.execute(sent):
        kind, _, name = key.partition(":")
        text = decode(body).text
        if kind == "signal":
            texts.setdefault(name.partition("@")[0], []).append(text)
        else:
            heads += map(read_promise, _HEAD.findall(text))
    return Known(steps, texts, heads)


def _compare(
    config: Config, found: Sequence[ledger.Entry], options: argparse.Namespace, console: Console
) -> list[Finding]:
    """Outcomes beside the candles of other files."""
    findings: list[Finding] = []
    with bars(Console(stderr=True)) as progress:
        tell = bar_for_each(progress, options.prices)
        sources = recognise_all(options.prices, config, options.symbol)
        for doubt in doubts(sources):
            progress.console.print(doubt, style="yellow", markup=False, soft_wrap=True)
        for source in sources:
            if source.timeframe is None:
                raise ConfigError(f"--prices {source.path}: holds ticks; give candles")
            instrument = config.instrument(source.symbol)
            rows = read(
                source,
                instrument,
                grid=config.feeds.replay.grid.get(source.symbol),
                server_time=config.feeds.replay.server_time,
                progress=lambda done, path=source.path: tell(path, done),  # type: ignore[misc]
            )
            candles = [row for row in rows if isinstance(row, Candle)]
            tolerance = int(options.tolerance * instrument.pip_size / instrument.tick_size)
            checked = against_prices(found, candles, instrument, tolerance)
            console.print(_beside(checked, source.path, source.symbol, options.tolerance))
            findings += checked.findings
    return findings


def _beside(checked: Checked, path: Path, symbol: str, tolerance: object) -> str:
    agree = checked.covered - len({finding.what.partition(" ")[0] for finding in checked.findings})
    return (
        f"{path.name}: {agree} of {checked.covered} {symbol} outcomes agree within {tolerance} pips; "
        f"{checked.outside} lie outside the file"
    )


def _tell(
    console: Console, found: Sequence[ledger.Entry], promises: Sequence[Promise], findings: Sequence[Finding]
) -> None:
    kinds = [entry.kind for entry in found]
    counts = ", ".join(f"{kinds.count(kind)} {kind.value}" for kind in ledger.EntryKind)
    console.print(f"{len(found)} entries: {counts}\nHead {ledger.end_of(found)}")
    for finding in findings[:_SHOWN]:
        console.print(f"✗ {tidy(finding.what, _LONGEST)}", style="red")
    if len(findings) > _SHOWN:
        console.print(f"… and {len(findings) - _SHOWN} more")
    if findings:
        console.print("The record does not hold.", style="bold red")
        return
    console.print("✓ The record holds: the chain is whole, every outcome follows from it.", style="green")
    if promises:
        last = max(promise.count for promise in promises)
        console.print(f"✓ Entries 1 to {last} are what they were when the head was published.", style="green")
    else:
        console.print(
            "No head was given, so this proves only that the record is consistent in itself. "
            "Take a head from a daily report: verify --head 128:3f2a…"
        )
