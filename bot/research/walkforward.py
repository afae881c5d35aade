"""Walk-forward: settings are searched on a stretch of the past and tried on the stretch after it, again and again.

Only what happened in the stretches that no search has seen is told. A search's own score is never a result.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from bot.config import Config, ConfigError, EngineSection, SearchConfig, SearchRange
from bot.config_file import explain
from bot.research.backtest import Lived, Run, run
from bot.research.search import QUARTERS, Choice, read_evaluated, search
from bot.research.trials import variant_of
from bot.voices import Voices
from bot.words.wording import Market
from engine.backtest import Mark
from engine.engine import Engine
from engine.events import CandleInput, Command, History, Input, Pause, TradeClosed
from engine.types import Candle

WARM_MS = 120 * 86_400_000  # before each window, so that the slow averages of H4 are ready
LONGEST_WAIT_MS = 60 * 86_400_000  # after a test, until its last trade has ended
NOBODY = 0


class Window(msgspec.Struct, frozen=True):
    """Search in `[train_ms, test_ms)`, try in `[test_ms, end_ms)`."""

    number: int
    train_ms: int
    test_ms: int
    end_ms: int


class Walked(msgspec.Struct, frozen=True):
    """A window, the settings its search chose (None: none could be judged, so the defaults were tried), and what they
    came to afterwards.
    """

    window: Window
    choice: dict[str, float] | None
    variants: tuple[str, ...]  # all that the search tried
    run: Run


def windows(from_ms: int, to_ms: int, settings: SearchConfig) -> list[Window]:
    """As many as fit, the last test maybe shorter. ConfigError when not one fits."""
    found: list[Window] = []
    train_ms = from_ms
    while (test_ms := _months_later(train_ms, settings.train_months)) < to_ms:
        end_ms = min(_months_later(test_ms, settings.test_months), to_ms)
        found.append(Window(len(found) + 1, train_ms, test_ms, end_ms))
        train_ms = _months_later(train_ms, settings.test_months)
    if not found:
        raise ConfigError(
            f"the files cover less than research.train_months = {settings.train_months} and something to test on"
        )
    return found


def walk(
    config: Config,
    inputs: Sequence[CandleInput],
    found: Sequence[Window],
    *,
    seed: int,
    folder: Path,
    processes: int,
    on_done: Callable[[Walked], None],
) -> list[Walked]:
    """Every window, in parallel. The same seed gives the same result, whatever the number of processes."""
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_another(folder, config, inputs, seed)
    jobs = [(config, _around(inputs, window), window, seed, folder) for window in found]
    walked, others = [], multiprocessing.active_children()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for each in pool.map(_walk_one, jobs):
                on_done(each)
                walked.append(each)
        except BaseException:  # else an interrupted search would go on for as long as its windows last
            for worker in set(multiprocessing.active_children()).difference(others):
                worker.terminate()
            raise
    return walked


def _walk_one(job: tuple[Config, Sequence[CandleInput], Window, int, Path]) -> Walked:
    config, inputs, window, seed, folder = job
    kept = folder / f"window_{window.number:02}.jsonl"

    def evaluate(choice: Choice) -> Iterator[list[float]]:
        return _quarters(with_settings(config, choice), inputs, window)

    settings = config.research
    choice = search(settings.search, evaluate, trials=settings.trials, seed=seed + window.number, kept=kept)
    # From the file: what was evaluated before an interruption was tried as well.
    looked_at = (with_settings(config, each.choice) for each in read_evaluated(kept) if not each.is_refused)
    variants = tuple(variant_of(each.engine_config()) for each in looked_at)
    chosen = with_settings(config, choice or {})
    return Walked(window, None if choice is None else dict(choice), variants, _tried(chosen, inputs, window))


def with_settings(config: Config, settings: Mapping[str, object]) -> Config:
    """The configuration with these settings of `[engine]`, by their place in it, written as in the file. A number will
    do where the file has one in quotes, and 2.0 for 2. ValueError when it does not allow them, or has no such setting.
    """
    raw = msgspec.to_builtins(config.engine)
    for key, value in settings.items():
        *path, name = key.split(".")
        table = raw
        for part in path:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        if not isinstance(table, dict) or name not in table:
            raise ValueError(f"no setting engine.{key}{_instead(path, table)}")
        table[name] = _whole(value) if isinstance(table[name], int) else value
    try:
        engine = msgspec.convert(raw, EngineSection)
    except msgspec.ValidationError as error:
        raise ValueError(explain(str(error).replace("at `$", "at `$.engine"), {"engine": raw})) from None
    changed = msgspec.structs.replace(config, engine=engine)
    changed.engine_config()
    return changed


def _instead(path: Sequence[str], table: object) -> str:
    """What there is where a key was looked for in vain."""
    return f"; {'.'.join(('engine', *path))} has {', '.join(table)}" if isinstance(table, dict) and table else ""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def check_ranges(config: Config, ranges: Sequence[SearchRange]) -> None:
    """ConfigError for a range that is none, or of a setting that there is not."""
    if not ranges:
        raise ConfigError("research.search: no ranges are declared; name at least one setting to search")
    for each in ranges:
        for value in (each.low, each.high):
            try:
                with_settings(config, {each.key: value})
            except ValueError as error:
                raise ConfigError(f"research.search {each.key} = {value:g}: {error}") from None


def _quarters(config: Config, inputs: Sequence[CandleInput], window: Window) -> Iterator[list[float]]:
    """R of the trades that ended in each quarter of the stretch that is searched, computed as it is asked for."""
    engine, results = Engine(config.engine_config()), list[float]()
    ends = [window.train_ms + (window.test_ms - window.train_ms) * n // QUARTERS for n in range(1, QUARTERS + 1)]
    for item in inputs:
        while item.time_ms >= ends[0]:
            yield results
            results = []
            ends.pop(0)
            if not ends:
                return
        if item.time_ms < window.train_ms:
            engine.push(History(item.candle))
        else:
            ended = (event.trade for event in engine.push(item) if isinstance(event, TradeClosed))
            results += [trade.result_r for trade in ended if trade.opened_price is not None]
    for _ in ends:
        yield results
        results = []


def _tried(config: Config, inputs: Sequence[CandleInput], window: Window) -> Run:
    """The stretch that no search has seen; then, under a pause, until its last trade has ended."""
    engine = Engine(config.engine_config())

    def heard() -> Iterator[Input]:
        is_over = False
        for item in inputs:
            if item.time_ms < window.test_ms:
                yield History(item.candle)
                continue
            if item.time_ms >= window.end_ms:
                if not is_over:
                    is_over = True
                    yield Command(NOBODY, Pause())
                if not engine.open_trades():
                    return
            yield item

    return run(engine, heard(), Voices(config, Market.REPLAY), config.engine.account.balance)


def joined(walked: Sequence[Walked]) -> Run:
    """The unseen stretches one after another, as one account."""
    first, last = walked[0].run, walked[-1].run
    lived: list[Lived] = []
    days: set[int] = set()
    candles: dict[str, dict[int, Candle]] = {symbol: {} for symbol in first.symbols}
    refusals: dict[str, int] = {}
    for each in walked:
        lived += each.run.lived
        days |= {day for day in each.run.days if day * 86_400_000 < each.window.end_ms}
        for symbol, rows in each.run.candles.items():
            candles[symbol] |= {candle.open_ms: candle for candle in rows}
        for code, count in each.run.refusals.items():
            refusals[code] = refusals.get(code, 0) + count
    return msgspec.structs.replace(
        first,
        to_ms=last.to_ms,
        lived=tuple(sorted(lived, key=lambda one: one.closed_ms)),
        marks=tuple(_added_up([each.run for each in walked])),
        days=tuple(sorted(days)),
        candles={symbol: [rows[key] for key in sorted(rows)] for symbol, rows in candles.items()},
        refusals=refusals,
        signals=sum(each.run.signals for each in walked),
        still_open=tuple(trade for each in walked for trade in each.run.still_open),
        account=None,
    )


def _added_up(runs: Sequence[Run]) -> Iterator[Mark]:
    """What one account would have been worth. The last trades of a stretch live on beside the first of the next, so
    each mark adds what every stretch has made by then.
    """
    moments = sorted((mark.time_ms, number, mark.equity) for number, each in enumerate(runs) for mark in each.marks)
    worth, made = runs[0].start, [Decimal(0)] * len(runs)
    for time_ms, number, equity in moments:
        gain = equity - runs[number].start
        worth += gain - made[number]
        made[number] = gain
        yield Mark(time_ms, worth)


def _around(inputs: Sequence[CandleInput], window: Window) -> list[CandleInput]:
    return [i for i in inputs if window.train_ms - WARM_MS <= i.time_ms < window.end_ms + LONGEST_WAIT_MS]


def _refuse_another(folder: Path, config: Config, inputs: Iterable[CandleInput], seed: int) -> None:
    """What a search left is good for the same search only."""
    heard = [item.candle for item in inputs]
    same = msgspec.json.encode([variant_of(config.engine_config()), msgspec.to_builtins(config.research), seed, heard])
    mark = folder / "search.json"
    digest = hashlib.sha256(same).hexdigest().encode()
    if mark.exists() and mark.read_bytes() != digest:
        raise ConfigError(
            f"{folder}: holds another search, of other files, settings, ranges or seed; name a new folder"
        )
    mark.write_bytes(digest)


def _months_later(time_ms: int, months: int) -> int:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    month = moment.month - 1 + months
    later = moment.replace(year=moment.year + month // 12, month=month % 12 + 1, day=min(moment.day, 28))
    return int(later.timestamp() * 1000)
