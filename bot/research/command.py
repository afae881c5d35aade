"""`backtest FILE…`: a recorded market through the live engine, judged in a report of its own."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.clock import WallClock
from bot.config import Config, ConfigError
from bot.config_file import load_config
from bot.play.progress import bar_for_each, bars
from bot.play.tape import Tape, recognise_all, tape_of_files
from bot.research.backtest import Lived, Run, between, ending_of, run
from bot.research.metrics import Figures, figures
from bot.research.report import About, halted, html, interval, percent, signed, verdict
from bot.research.trials import Trial, log_trials, read_trials, tried, variant_of
from bot.research.walkforward import Walked, check_ranges, joined, walk, windows, with_settings
from bot.version import code_version
from bot.voices import Voices
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import CandleInput, Heartbeat
from engine.types import Instrument, Mode
from storage.files import write_whole

LOG_NAME = "trials.jsonl"


def run_backtest(options: argparse.Namespace) -> int:
    """Exit code 0 when the files were played to their end and the report is written."""
    _refuse_impossible(options)
    config = _changed(load_config(options.config), options.changes)
    log = options.trials or config.storage.folder / LOG_NAME
    earlier = read_trials(log)
    console = Console(stderr=True)
    with bars(console) as progress:
        tape = _tape(options, _in_mode(config, options.mode), progress)
        engine, voices = Engine(tape.config.engine_config()), Voices(tape.config, Market.REPLAY)
        inputs = between(tape.inputs, options.from_ms, options.to_ms)
        found = run(engine, inputs, voices, tape.config.engine.account.balance)
    if not found.to_ms:
        frame = tape.config.engine.timeframes.entry.value
        raise ConfigError(f"not one {frame} candle closed; give longer files, or another --from and --to")
    variant = variant_of(config.engine_config())
    trial = _trial(found, variant, options.note)
    trials, variance = tried([*earlier, trial], found.symbols)
    judged = figures(found, trials, variance)
    log_trials(log, [msgspec.structs.replace(trial, sharpe=judged.moments.sharpe if judged.moments else None)])
    about = About(
        files=tuple(path.name for path in options.files),
        variant=variant,
        version=code_version(),
        currency=tape.config.engine.account.currency,
        money_digits=voices.money_digits,
        settings=msgspec.json.format(msgspec.json.encode(tape.config.engine_config())).decode(),
    )
    _write(options.out, found, judged, about, voices)
    Console().print(table(found, judged, about, len(tape.skipped)))
    _conclude([verdict(judged), halted(found)], judged, options.out, log)
    return 0


def _refuse_impossible(options: argparse.Namespace) -> None:
    """ConfigError for what would otherwise be noticed at the end only, or not at all."""
    if options.from_ms is not None and options.to_ms is not None and options.from_ms >= options.to_ms:
        begin, end = (
            f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%MZ}" for ms in (options.from_ms, options.to_ms)
        )
        raise ConfigError(f"--from {begin} is not before --to {end}; exchange them")
    if options.out.exists() and not options.out.is_dir():
        raise ConfigError(f"--out {options.out}: not a folder; name a new one")


def _changed(config: Config, changes: Sequence[tuple[str, object]]) -> Config:
    for key, value in changes:
        try:
            config = with_settings(config, {key: value})
        except ValueError as error:
            raise ConfigError(f"--set {key}={value}: {error}") from None
    return config


def _in_mode(config: Config, mode: Mode | None) -> Config:
    if mode is None:
        return config
    account = msgspec.structs.replace(config.engine.account, mode=mode)
    return msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, account=account))


def run_walkforward(options: argparse.Namespace) -> int:
    """Exit code 0 when every window was searched and tried."""
    _refuse_impossible(options)
    config = load_config(options.config)
    check_ranges(config, config.research.search)
    log = options.trials or config.storage.folder / LOG_NAME
    earlier = read_trials(log)
    console = Console(stderr=True)
    with bars(console) as progress:
        tape = _tape(options, _in_mode(config, Mode.SIGNAL), progress)  # limits on loss would hide what settings do
        inputs = [item for item in between(tape.inputs, None, options.to_ms) if not isinstance(item, Heartbeat)]
    candles = [item for item in inputs if isinstance(item, CandleInput)]
    if len(candles) < len(inputs) or not candles:
        raise ConfigError("walkforward needs candles, and nothing but candles; give files of one timeframe")
    found = windows(options.from_ms or candles[0].time_ms, candles[-1].candle.close_ms, config.research)
    with bars(console) as progress:
        task = progress.add_task("windows", total=len(found))
        walked = walk(
            tape.config,
            candles,
            found,
            seed=options.seed,
            folder=options.out / "search",
            processes=options.processes,
            on_done=lambda _: progress.advance(task),
        )
    whole, variant, voices = joined(walked), variant_of(config.engine_config()), Voices(tape.config, Market.REPLAY)
    now_ms = WallClock().now_ms()
    tries = dict.fromkeys(name for each in walked for name in each.variants)
    new = [Trial(now_ms, name, whole.symbols, whole.from_ms, whole.to_ms, 0, 0.0, None, "search") for name in tries]
    already = {trial.variant for trial in earlier if set(whole.symbols) <= set(trial.market)}
    new = [trial for trial in new if trial.variant not in already]
    log_trials(log, new)
    trials, variance = tried([*earlier, *new], whole.symbols)
    judged = figures(whole, max(trials, 1), variance)
    about = About(
        files=tuple(path.name for path in options.files),
        variant=f"{variant}, walked forward in {len(walked)} windows, seed {options.seed}",
        version=code_version(),
        currency=tape.config.engine.account.currency,
        money_digits=voices.money_digits,
        settings=msgspec.json.format(msgspec.json.encode([(each.window, each.choice) for each in walked])).decode(),
    )
    _write(options.out, whole, judged, about, voices)
    Console().print(windows_table(walked))
    Console().print(table(whole, judged, about, len(tape.skipped)))
    _conclude([verdict(judged)], judged, options.out, log)
    return 0


def _conclude(sentences: Sequence[str | None], judged: Figures, out: Path, log: Path) -> None:
    """What it shows, where to read on, and which log the chance of an edge allows for: another may know of more."""
    told = "\n".join(each for each in sentences if each)
    tries = "1 variant" if judged.trials == 1 else f"{judged.trials} variants"
    ends = f"Report: {out / 'report.html'}\nTrial log: {log}, {tries} tried"
    Console(soft_wrap=True).print(f"{told}\n\n{ends}", highlight=False, markup=False)


def windows_table(walked: Sequence[Walked]) -> Table:
    """What each search chose, and what that came to where it had not looked."""
    shown = Table(title="Tried on what no search had seen")
    for name in ("Window", "Tried", "Trades", "R", "Settings"):
        shown.add_column(name, overflow="fold")
    for each in walked:
        results = [one.trade.result_r for one in each.run.closed]
        begin, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (each.window.test_ms, each.window.end_ms))
        settings = "defaults: nothing could be judged"
        if each.choice is not None:
            settings = ", ".join(f"{key.partition('.')[2]} {value:g}" for key, value in each.choice.items())
        shown.add_row(
            str(each.window.number),
            f"{begin:%Y-%m-%d} to {end:%Y-%m-%d}",
            str(len(results)),
            signed(sum(results)),
            settings,
        )
    return shown


def _tape(options: argparse.Namespace, config: Config, progress: Progress) -> Tape:
    sources = recognise_all(options.files, config, options.symbol)
    history = recognise_all(options.history, config, options.symbol)
    tell = bar_for_each(progress, [source.path for source in (*history, *sources)])
    tape = tape_of_files(config, sources, history, config.storage.folder, skips_bad=options.skip_bad, progress=tell)
    for note in tape.notes:
        progress.console.print(note, style="yellow", markup=False, soft_wrap=True)
    return tape


def _trial(found: Run, variant: str, note: str) -> Trial:
    closed = found.closed
    return Trial(
        time_ms=WallClock().now_ms(),
        variant=variant,
        market=found.symbols,
        from_ms=found.from_ms,
        to_ms=found.to_ms,
        trades=len(closed),
        total_r=round(sum(each.trade.result_r for each in closed), 4),
        sharpe=None,
        note=note,
    )


def _write(folder: Path, found: Run, judged: Figures, about: About, voices: Voices) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "report.html", html(found, judged, about, voices).encode())
    write_whole(folder / "trades.csv", trades_csv(found, voices).encode())
    write_whole(folder / "trades.json", trades_json(found, voices))
    if found.account is not None:
        write_whole(folder / "account.json", account_json(found))


_COLUMNS = [
    "id",
    "symbol",
    "strategy",
    "kind",
    "direction",
    "score",
    "session",
    "mode",
    "issued_utc",
    "opened_utc",
    "closed_utc",
    "entry",
    "stop",
    "targets",
    "opened",
    "reason",
    "result_r",
    "pips",
    "money",
    "best_r",
    "worst_r",
    "lots",
    "ambiguous",
]


def trades_csv(found: Run, voices: Voices) -> str:
    """A row a trade, those never opened included; prices as the instrument writes them, times to the millisecond as a
    spreadsheet reads them, empty for what is not.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(each, voices.of_trade(each.trade).instrument) for each in found.lived)
    return text.getvalue()


def _cells(lived: Lived, instrument: Instrument) -> list[object]:
    trade, signal, setup = lived.trade, lived.trade.signal, lived.trade.signal.setup
    return [
        trade.id,
        trade.symbol,
        setup.strategy.value,
        setup.kind,
        trade.direction.order,
        setup.score,
        setup.session.value,
        signal.mode.value,
        _utc(signal.issued_ms),
        _utc(trade.opened_ms),
        _utc(trade.closed_ms),
        instrument.format(setup.entry),
        instrument.format(setup.stop),
        "/".join(map(instrument.format, setup.targets)),
        "" if trade.opened_price is None else instrument.format(trade.opened_price),
        ending_of(trade),
        f"{trade.result_r:.6f}",
        lived.pips,
        lived.money,
        f"{trade.r(trade.best):.6f}",
        f"{trade.r(trade.worst):.6f}",
        signal.lots,
        int(trade.ambiguous),
    ]


def _utc(time_ms: int | None) -> str:
    """`2024-04-03 13:15:30.250`."""
    if time_ms is None:
        return ""
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03}"


def trades_json(found: Run, voices: Voices) -> bytes:
    """The trades whole, with their reasons, as the engine has them: prices in ticks of `tick_size`."""
    told = [
        {"tick_size": voices.of_trade(each.trade).instrument.tick_size, **msgspec.structs.asdict(each)}
        for each in found.lived
    ]
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def account_json(found: Run) -> bytes:
    """How it stood at the end: the account's books, and the trades that were still open, prices in ticks."""
    return msgspec.json.format(msgspec.json.encode({"account": found.account, "open": found.still_open}), indent=1)


def table(found: Run, judged: Figures, about: About, skipped: int) -> Table:
    """The first page of the report, for the terminal."""
    factor = "–" if judged.profit_factor is None else f"{judged.profit_factor:.2f}"
    rows = {
        "Signals": f"{found.signals}; {judged.trades} trades, {judged.never_opened} never filled",
        "Result": f"{signed(judged.total_r)}R, {signed(float(judged.money), about.money_digits)} {about.currency}",
        "Average": f"{signed(judged.average_r)}R a trade (95 %: {interval(judged.average_interval)})",
        "Profit factor": f"{factor} (95 %: {interval(judged.factor_interval, 2, 'plain')})",
        "Won": f"{percent(judged.win_rate)} of {judged.won + judged.lost} "
        f"(95 %: {interval(judged.win_interval, 0, 'percent')})",
        "Deepest drawdown": f"{signed(judged.drawdown_r)}R (95 %: {interval(judged.drawdown_interval)})",
        "Worst losing streak": f"{judged.streak} (95 %: {interval(judged.streak_interval, 0, 'plain')})",
        "Sharpe, a year": signed(judged.daily.sharpe),
        "Chance of any edge": f"{percent(judged.deflated)} (variants tried: {judged.trials})",
        "Ambiguous fills": str(judged.ambiguous),
    }
    if skipped:
        rows["Broken lines skipped"] = str(skipped)
    shown = Table(title=f"Backtest {', '.join(found.symbols)}", show_header=False)
    for name, value in rows.items():
        shown.add_row(name, value)
    return shown
