"""`explain --symbol … --at … FILE…`: what the engine saw at one moment, printed part by part and drawn."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from bot.config import Config, ConfigError
from bot.config_file import load_config
from bot.overview import explained_scene
from bot.play.progress import bar_for_each, bars
from bot.play.tape import Tape, are_journals, recognise_all, tape_of_files, tape_of_journals
from bot.service import known_at_ms
from bot.voices import Voices
from bot.words import explain_english as words
from bot.words.explain import Explained, Section, sections, setup_of
from bot.words.wording import NBSP, Market
from charts.picture import encode
from charts.render import draw
from engine.confluence import proposals
from engine.engine import Engine
from engine.events import Event, Heartbeat, History, Input, SetupRejected, SignalIssued, Tick
from engine.hours import slot
from engine.types import MarketView, NoSetup, Strategy
from feeds.base import UnknownFormat
from feeds.replay import Source

_PAUSE_EVERY = 1000  # inputs


async def run_explain(options: argparse.Namespace) -> int:
    """Exit code 0 when there was something to explain."""
    aside = Console(stderr=True)
    with bars(aside) as progress:
        tape = _tape(options, load_config(options.config), progress)
        engine = tape.engine or Engine(tape.config.engine_config())
        explained = await explain(engine, tape.inputs, options.symbol, options.at_ms, tape.begin_ms)
    skipped = [words.SKIPPED.format(count=len(tape.skipped))] if tape.skipped else []
    for note in (*tape.notes, *skipped):
        aside.print(Text(note, "yellow"), soft_wrap=True)
    quote = explained.view.bid or explained.view.entry.candles[-1].close
    voice = Voices(tape.config, Market.REPLAY).of_symbol(options.symbol, engine.mode, quote)
    console = Console()
    told = sections(explained, voice)
    console.print(panels(told) if console.is_terminal else Text(plain(told)), soft_wrap=not console.is_terminal)
    path = options.out or Path(default_name(options.symbol, options.at_ms))
    path.write_bytes(draw(encode(explained_scene(explained, voice))))
    console.print(Text(words.CHART.format(path=path)), soft_wrap=True)
    return 0


# Listening


async def explain(engine: Engine, inputs: Iterable[Input], symbol: str, at_ms: int, begin_ms: int) -> Explained:
    """Push what was known up to a moment, and say what the engine made of it.

    The last entry candle closed by then decides; a moment inside a candle adds nothing. `begin_ms` is the first live
    moment: what comes before it only warms up. ConfigError when the inputs do not cover the moment.
    """
    instrument = next(each for each in engine.config.instruments if each.symbol == symbol)
    until_ms, _ = slot(at_ms, engine.config.timeframes.entry, instrument.day_start)
    events: list[SignalIssued | SetupRejected] = []
    told_ms = 0  # beyond the last close: read to see whether the files reach to the moment, not pushed
    for number, item in enumerate(inputs):
        if number % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)  # where Ctrl-C is heard
        if not told_ms and _is_known(item, until_ms):
            events += _decisions(engine.push(item), symbol)
        elif not isinstance(item, History):
            told_ms = max(told_ms, known_at_ms(item) or 0)
            if told_ms >= at_ms >= begin_ms:
                break
    end_ms = max(told_ms, engine.heard_until_ms(symbol))
    if not begin_ms <= at_ms <= end_ms:
        at, begin, end = (f"{_utc(ms):%Y-%m-%dT%H:%MZ}" for ms in (at_ms, begin_ms, end_ms))
        raise ConfigError(words.OUTSIDE.format(at=at, symbol=symbol, begin=begin, end=end))
    events += _decisions(engine.push(Heartbeat(instrument.feed, until_ms)), symbol)
    return _explained(engine, engine.view(symbol), events, at_ms, begin_ms)


def _explained(
    engine: Engine, view: MarketView, events: Sequence[SignalIssued | SetupRejected], at_ms: int, begin_ms: int
) -> Explained:
    if not view.entry.candles:
        at = f"{_utc(at_ms):%Y-%m-%dT%H:%MZ}"
        raise ConfigError(words.NO_CANDLE.format(at=at, symbol=view.symbol, timeframe=view.entry.timeframe))
    close_ms = view.entry.candles[-1].close_ms
    before = [event for event in events if event.time_ms < close_ms]
    made = [event for event in events if event.time_ms == close_ms]
    made.sort(key=lambda event: isinstance(event, SetupRejected))  # what went out first, else the best of the refused
    return Explained(
        view=view,
        asked_ms=at_ms,
        close_ms=close_ms,
        begin_ms=begin_ms,
        ready_after=engine.config.timeframes.ready_after,
        decided=made[0] if made else None,
        beside=tuple(made[1:]),
        none=_silent(engine, view, close_ms) if close_ms > begin_ms else (),
        earlier=max(before, key=lambda event: (event.time_ms, isinstance(event, SignalIssued)), default=None),
        kill_zones=engine.config.confluence.kill_zones,
    )


def _silent(engine: Engine, view: MarketView, close_ms: int) -> tuple[tuple[Strategy, NoSetup], ...]:
    """Why strategies made nothing of this close, asked once more."""
    found = proposals(msgspec.structs.replace(view, time_ms=close_ms), engine.in_force, engine.strategies_on)
    return tuple((strategy, nothing) for strategy, nothing in found.items() if isinstance(nothing, NoSetup))


def _is_known(item: Input, until_ms: int) -> bool:
    """Whether it was heard before the entry candle that ends then closed. A command takes the stream's time."""
    if isinstance(item, Tick | Heartbeat):
        return item.time_ms < until_ms
    known_ms = known_at_ms(item)
    return known_ms is None or known_ms <= until_ms


def _decisions(events: Sequence[Event], symbol: str) -> list[SignalIssued | SetupRejected]:
    return [e for e in events if isinstance(e, SignalIssued | SetupRejected) and setup_of(e).symbol == symbol]


# Files


def _tape(options: argparse.Namespace, config: Config, progress: Progress) -> Tape:
    """The files as one stream of inputs. ConfigError when the symbol is not among them."""
    if are_journals(options.files):
        tape = tape_of_journals(config, options.files, config.storage.folder)
        held = {instrument.symbol for instrument in tape.config.instruments}
    else:
        sources = _recognised(options.files, config, options.symbol)
        history = _recognised(options.history, config, options.symbol)
        tell = bar_for_each(progress, [*options.history, *options.files])
        held = {source.symbol for source in sources}
        folder = config.storage.folder
        tape = tape_of_files(config, sources, history, folder, skips_bad=options.skip_bad, progress=tell)
    if options.symbol not in held:
        raise ConfigError(words.NOT_IN_FILES.format(symbol=options.symbol, held=", ".join(sorted(held))))
    return tape


def _recognised(paths: Sequence[Path], config: Config, symbol: str) -> list[Source]:
    """A file holds the symbol its name says; the one asked for where it says none."""
    found = []
    for path in paths:
        try:
            found += recognise_all([path], config, None)
        except UnknownFormat:
            found += recognise_all([path], config, symbol)
    return found


# Pages


def panels(told: Sequence[Section]) -> RenderableType:
    """For a terminal: a frame for each section, names and texts in columns."""
    return Group(*(Panel(_grid(section), title=Text(_spaced(section.title), "bold")) for section in told))


def _grid(section: Section) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    for name, text in section.rows:
        grid.add_row(Text(_spaced(name)), Text(_spaced(text)))
    return grid


def plain(told: Sequence[Section]) -> str:
    """For a file or a pipe: no frames and no wrapped lines, names and texts in columns."""
    parts = []
    for section in told:
        width = max(len(name) for name, _ in section.rows)
        rows = (f"  {name:{width}}  {text}" for name, text in section.rows)
        parts.append("\n".join([section.title, *rows]))
    return _spaced("\n\n".join(parts)) + "\n"


def _spaced(text: str) -> str:
    return text.replace(NBSP, " ")


# The picture


def default_name(symbol: str, at_ms: int) -> str:
    """`explain_XAUUSD_20260402T1415Z.png`."""
    return f"explain_{re.sub(r'[^A-Za-z0-9._-]', '_', symbol)}_{_utc(at_ms):%Y%m%dT%H%MZ}.png"


def _utc(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
