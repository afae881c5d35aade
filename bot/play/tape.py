"""What `replay` and `explain` play: files recognised and checked, or a journal of ours, as one stream of inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from bot.config import Config, ConfigError, EngineSection
from bot.play.player import for_replay
from bot.service import known_at_ms
from engine.config import EngineConfig
from engine.engine import Engine, SnapshotMismatch
from engine.events import History, Input, Tick
from engine.rates import conversion
from engine.types import CandlePrice, Instrument
from feeds.base import BadLine
from feeds.formats import Kind
from feeds.replay import Source, read, recognise, replay
from storage import journal

FEED = "replay"


@dataclass(frozen=True)
class Tape:
    """`begin_ms` is the first live moment. `engine` is where a journal begins; None: afresh. `skipped` fills up while
    broken lines are left out.
    """

    config: Config
    begin_ms: int
    inputs: Iterator[Input]
    engine: Engine | None = None
    skipped: list[BadLine] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def recognise_all(paths: Sequence[Path], config: Config, symbol: str | None) -> list[Source]:
    """ConfigError for what is no file or no configured symbol; FeedError for what is no format of ours."""
    instruments = {instrument.symbol: instrument for instrument in config.instruments}
    if symbol is not None and symbol not in instruments:
        raise ConfigError(f"--symbol {symbol}: not configured; known: {', '.join(instruments)}")
    return [recognise(existing(path), instruments, symbol) for path in paths]


def doubts(sources: Sequence[Source]) -> list[str]:
    """Files that are taken at another word than their name's: a slip in --symbol makes a market of nonsense."""
    return [
        f"{source.path.name}: its name says {source.named}, and it is taken for {source.symbol}, as --symbol says"
        for source in sources
        if source.named not in (None, source.symbol)
    ]


def are_journals(paths: Sequence[Path]) -> bool:
    """Whether these are our own journals. ConfigError for what is no file, and for journals among other files."""
    journals = [journal.is_journal(existing(path)) for path in paths]
    if any(journals) and not all(journals):
        raise ConfigError("journals are replayed by themselves, not together with other files")
    return all(journals)


def existing(path: Path) -> Path:
    if not path.is_file():
        raise ConfigError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    return path


def tape_of_files(
    config: Config,
    sources: Sequence[Source],
    history: Sequence[Source],
    folder: Path,
    *,
    skips_bad: bool,
    progress: Callable[[Path, int], None],
) -> Tape:
    """Recorded ticks and candles, warmed by `history`. ConfigError where files are missing or too many."""
    by_bid, symbols = _without_trades(sources, config), {source.symbol for source in sources}
    for source in history:
        if source.symbol not in symbols:
            raise ConfigError(f"{source.path}: history of {source.symbol}, of which no other file tells; leave it out")
    played = for_replay(config, symbols, folder, FEED, by_bid=by_bid)
    _refuse_without_rates(played, config)
    instruments = {instrument.symbol: instrument for instrument in played.instruments}
    settings = config.feeds.replay
    skipped: list[BadLine] = []
    return Tape(
        config=played,
        begin_ms=_begin_ms(sources, instruments, config, skips_bad=skips_bad),
        inputs=replay(
            sources,
            history,
            instruments,
            feed=FEED,
            grids=settings.grid,
            server_time=settings.server_time,
            on_bad=skipped.append if skips_bad else None,
            progress=progress,
        ),
        skipped=skipped,
        notes=(
            *doubts([*sources, *history]),
            *(f"{symbol}: no trades in these files, so candles are made of bids" for symbol in sorted(by_bid)),
        ),
    )


def _refuse_without_rates(played: Config, config: Config) -> None:
    """Money of what is played must lead to the account's currency by what is played too."""
    account, symbols = config.engine.account, {instrument.symbol for instrument in played.instruments}
    for instrument in played.instruments:
        try:
            conversion(instrument, played.instruments, account)
        except ValueError as error:
            way = conversion(instrument, config.instruments, account)
            missing = ", ".join(hop.instrument.symbol for hop in way if hop.instrument.symbol not in symbols)
            raise ConfigError(f"{error}; give a file of {missing} too, or change engine.account.currency") from None


def tape_of_journals(config: Config, paths: Sequence[Path], folder: Path) -> Tape:
    """Our own black box: the engine as it was when the first file began, under the configuration it had then.

    In the order in which they were written, whatever the order given. ConfigError when one between them is missing,
    when another configuration came into force, and for what another version of the engine wrote.
    """
    paths = sorted(paths, key=lambda path: journal.header(path).first_number)
    engine = _engine_before(paths[0])
    engine_config = engine.config
    parts = {name: getattr(engine_config, name) for name in EngineSection.__struct_fields__}
    recorded = msgspec.structs.replace(
        config, instruments=engine_config.instruments, engine=EngineSection(**parts), storage=config.storage
    )
    symbols = [instrument.symbol for instrument in engine_config.instruments]
    played = for_replay(recorded, symbols, folder, None, by_bid=frozenset())

    def inputs() -> Iterator[Input]:
        return (item for _, item in _one_after_another(paths))

    live = (known_at_ms(item) for item in inputs() if not isinstance(item, History))
    begin_ms = next((time_ms for time_ms in live if time_ms is not None), engine.time_ms)
    return Tape(played, begin_ms, inputs(), engine)


def _engine_before(path: Path) -> Engine:
    header = journal.header(path)
    try:
        config = msgspec.json.decode(header.config, type=EngineConfig)
        return Engine(config) if header.snapshot is None else Engine.restore(config, header.snapshot)
    except (msgspec.MsgspecError, SnapshotMismatch):
        raise ConfigError(
            f"{path}: written by version {header.code} with another engine; replay it with that version"
        ) from None


def _one_after_another(paths: Sequence[Path]) -> Iterator[tuple[int, Input]]:
    config, following = journal.header(paths[0]).config, journal.header(paths[0]).first_number
    for path in paths:
        header = journal.header(path)
        if header.first_number != following:
            raise ConfigError(f"{path}: begins with input {header.first_number}, not {following}; name all between")
        if header.config != config:
            raise ConfigError(f"{path}: another configuration came into force; replay it by itself")
        for number, item in journal.read(path):
            yield number, item
            following = number + 1


def _without_trades(sources: Sequence[Source], config: Config) -> frozenset[str]:
    """Symbols whose candles would be made of trades, but whose files have only quotes."""
    priced = {source.symbol for source in sources if source.layout.kind in (Kind.CANDLES, Kind.TRADES)}
    return frozenset(
        source.symbol
        for source in sources
        if source.symbol not in priced and config.instrument(source.symbol).candle_price is CandlePrice.LAST
    )


def _begin_ms(
    sources: Sequence[Source], instruments: Mapping[str, Instrument], config: Config, *, skips_bad: bool
) -> int:
    grids, server_time = config.feeds.replay.grid, config.feeds.replay.server_time
    on_bad = (lambda _: None) if skips_bad else None  # each is counted when it is played
    firsts: list[int] = []
    for source in sources:
        instrument, grid = instruments[source.symbol], grids.get(source.symbol)
        rows = read(source, instrument, grid=grid, server_time=server_time, on_bad=on_bad)
        firsts += [row.time_ms if isinstance(row, Tick) else row.open_ms for row in islice(rows, 1)]
    if not firsts:
        raise ConfigError("the files hold not one line that can be read")
    return min(firsts)
