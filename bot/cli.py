"""The command line: what can be run, with help that teaches and errors of one line."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import re
import signal
import sys
import tomllib
from collections.abc import Coroutine, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn, TypeAlias

import structlog
from sqlalchemy.exc import DBAPIError

from bot.check.command import run_check
from bot.config import ConfigError
from bot.delivery.telegram_client import TokenInUse, TokenRefused
from bot.live import run_live
from bot.play.demo import run_demo
from bot.play.explain import run_explain
from bot.play.replay import run_replay
from bot.record.command import run_export, run_verify
from bot.research.command import run_backtest, run_walkforward
from bot.research.trials import TrialError
from bot.restore import run_restore
from bot.setup.command import run_setup
from bot.watch import is_database_damaged, is_database_locked
from engine.types import Mode
from feeds.base import FeedError
from storage.database import SchemaError, Unreachable
from storage.instance import AlreadyRunning
from storage.journal import JournalError

DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d")

# What a user can mend: told in one line, without a traceback.
MENDABLE = (
    ConfigError,
    FeedError,
    AlreadyRunning,
    SchemaError,
    Unreachable,
    JournalError,
    TrialError,
    TokenRefused,
    TokenInUse,
    OSError,
)


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 done, 1 something is wrong (`check`), 2 a user's mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    # Both end in order, also where a shell started us with Ctrl-C switched off (`run_bot.py demo &`).
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    # A replay tells its story by itself; the plumbing is of interest only when something is wrong with it.
    _set_up_log(logging.DEBUG if options.verbose else options.log_level)
    try:
        done = options.run(options)
        # What only computes needs no loop, and without one Ctrl-C ends it at once.
        return int(asyncio.run(done) if isinstance(done, Coroutine) else done)
    except KeyboardInterrupt:
        return 130
    except (BaseExceptionGroup, *MENDABLE, DBAPIError) as raised:
        error: BaseException = raised
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if not isinstance(error, MENDABLE) and not (is_database_locked(error) or is_database_damaged(error)):
            raise
        return _complain(error)


def _complain(error: BaseException) -> int:
    if isinstance(error, DBAPIError):
        remedy = "bring a backup back: run_bot.py restore"
        if is_database_locked(error):
            remedy = "close the program that holds it"
        print(f"assay: the database cannot be used ({error.orig}); {remedy}", file=sys.stderr)
    elif isinstance(error, OSError) and error.strerror and error.filename:
        print(f"assay: {error.filename}: {error.strerror}", file=sys.stderr)
    else:
        print(f"assay: {error}", file=sys.stderr)
    return 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, like everything else that a user can mend."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"assay: {message}; see: {self.prog} --help\n")


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def _parser() -> _Parser:
    parser = _Parser(
        prog="run_bot.py",
        description="Assay: trading signals for Telegram, with a track record anybody can check.",
        epilog="No account yet? Start with: make demo",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = _Parser(add_help=False)
    common.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE", help="default: config.toml")
    common.add_argument("--verbose", action="store_true", help="log plumbing too")
    market = (_add_demo, _add_replay, _add_explain, _add_backtest, _add_walkforward)
    for add in (*market, _add_run, _add_setup_and_check, _add_record):
        add(commands, common)
    return parser


def _add_demo(commands: _Commands, common: _Parser) -> None:
    demo = commands.add_parser(
        "demo",
        parents=[common],
        help="a living channel in the browser, no account needed",
        description="A living channel in the browser: a simulated market, the real engine, and a local Telegram. No "
        "account is needed, nothing is kept. Ctrl-C stops it.",
    )
    demo.add_argument("--seed", type=int, default=239, help="which simulated market (default: %(default)s)")
    demo.add_argument("--speed", type=_speed, default=300.0, help="market time over real time (default: 300)")
    demo.add_argument("--port", type=_port, default=None, help="of the page (default: as configured; 0: any)")
    demo.set_defaults(run=run_demo, log_level=logging.WARNING)


def _add_replay(commands: _Commands, common: _Parser) -> None:
    replay = commands.add_parser(
        "replay",
        parents=[common],
        help="recorded ticks or candles through the whole service",
        description="Streams recorded markets through the same engine, storage, charts and outbox as live. Reads "
        "csv and csv.gz (ticks, candles, trades, book ticker), MetaTrader exports, HistData M1, and our own journals.",
    )
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE")
    replay.add_argument("--history", nargs="+", type=Path, default=[], metavar="FILE", help="candles to warm up with")
    replay.add_argument("--speed", type=_speed, default=None, help="market time over real time, or max (default: max)")
    replay.add_argument("--symbol", help="what the files hold, where their names do not say")
    replay.add_argument("--no-charts", action="store_true", help="send texts without pictures")
    replay.add_argument("--skip-bad", action="store_true", help="count broken lines and go on")
    replay.add_argument("--port", type=_port, default=0, help="of the sandbox page (default: any)")
    replay.add_argument("--keep", type=Path, metavar="DIR", help="keep database and journal here")
    replay.add_argument("--database", metavar="URL", help="keep the database there instead; it must be empty")
    replay.add_argument("--stay", action="store_true", help="leave the page up at the end, until Ctrl-C")
    replay.set_defaults(run=run_replay, log_level=logging.WARNING)


def _add_explain(commands: _Commands, common: _Parser) -> None:
    explain = commands.add_parser(
        "explain",
        parents=[common],
        help="what the engine saw at one moment, and why it did or did not signal",
        description="Plays files up to a moment, prints what was known then and what was decided, point by point, and "
        "draws it. Reads what `replay` reads.",
    )
    explain.add_argument("files", nargs="+", type=Path, metavar="FILE")
    explain.add_argument("--symbol", required=True, help="which of the symbols in the files")
    explain.add_argument(
        "--at",
        required=True,
        type=_moment,
        dest="at_ms",
        metavar="TIME",
        help="such as 2026-04-02T14:15Z; a date is its 00:00 UTC",
    )
    explain.add_argument("--history", nargs="+", type=Path, default=[], metavar="FILE", help="candles to warm up with")
    explain.add_argument("--out", type=Path, metavar="PNG", help="the chart (default: explain_SYMBOL_TIME.png, here)")
    explain.add_argument("--skip-bad", action="store_true", help="leave broken lines out and go on")
    explain.set_defaults(run=run_explain, log_level=logging.WARNING)


def _add_backtest(commands: _Commands, common: _Parser) -> None:
    backtest = commands.add_parser(
        "backtest",
        parents=[common],
        help="recorded markets through the live engine, judged honestly",
        description="Pushes recorded ticks or candles through the very engine that runs live, and writes a report: "
        "what it came to, how far that can be trusted, every trade with its chart and reasons. Reads what `replay` "
        "reads, but no journals.",
    )
    backtest.add_argument("files", nargs="+", type=Path, metavar="FILE")
    backtest.add_argument("--history", nargs="+", type=Path, default=[], metavar="FILE", help="candles to warm up with")
    backtest.add_argument(
        "--from",
        type=_moment,
        dest="from_ms",
        metavar="TIME",
        help="such as 2026-04-02T14:15Z; a date is its 00:00 UTC; what comes before warms up",
    )
    backtest.add_argument(
        "--to",
        type=_moment,
        dest="to_ms",
        metavar="TIME",
        help="where to stop: that moment, and a date's whole day, are left out",
    )
    backtest.add_argument(
        "--mode",
        type=_mode,
        metavar="{signal,paper}",
        help="signal: without limits on loss; paper: with them (default: as configured)",
    )
    backtest.add_argument("--symbol", help="what the files hold, where their names do not say")
    backtest.add_argument("--out", type=Path, default=Path("backtest"), metavar="DIR", help="default: backtest")
    _add_trials(backtest)
    backtest.add_argument(
        "--set",
        action="append",
        type=_setting,
        default=[],
        dest="changes",
        metavar="KEY=VALUE",
        help="try a change without writing it down: a key of [engine] and a value as in the file; may be repeated",
    )
    backtest.add_argument("--note", default="", help="what this variant is, for the log")
    backtest.add_argument("--skip-bad", action="store_true", help="leave broken lines out and go on")
    backtest.set_defaults(run=run_backtest, log_level=logging.WARNING)


def _add_walkforward(commands: _Commands, common: _Parser) -> None:
    walk = commands.add_parser(
        "walkforward",
        parents=[common],
        help="search settings on the past, try them on what came after",
        description="Searches the settings declared under [research] on a stretch of candles and tries what it chose "
        "on the stretch after, again and again. Only what happened where no search had looked is told. Interrupted, "
        "it goes on where it was.",
    )
    walk.add_argument("files", nargs="+", type=Path, metavar="FILE", help="candles")
    walk.add_argument(
        "--from",
        type=_moment,
        dest="from_ms",
        metavar="TIME",
        help="where the first search begins: such as 2026-04-02T14:15Z; a date is its 00:00 UTC",
    )
    walk.add_argument(
        "--to",
        type=_moment,
        dest="to_ms",
        metavar="TIME",
        help="where the last test ends: that moment, and a date's whole day, are left out",
    )
    walk.add_argument("--symbol", help="what the files hold, where their names do not say")
    walk.add_argument("--seed", type=int, default=1, help="of the search (default: %(default)s)")
    walk.add_argument("--processes", type=_count, default=os.cpu_count() or 1, help="at work (default: %(default)s)")
    walk.add_argument("--out", type=Path, default=Path("walkforward"), metavar="DIR", help="default: walkforward")
    _add_trials(walk)
    walk.set_defaults(run=run_walkforward, log_level=logging.WARNING, history=[], skip_bad=False)


def _add_trials(parser: _Parser) -> None:
    parser.add_argument(
        "--trials",
        type=Path,
        metavar="FILE",
        help="the log of variants tried (default: trials.jsonl in the data folder)",
    )


def _add_run(commands: _Commands, common: _Parser) -> None:
    run = commands.add_parser(
        "run",
        parents=[common],
        help="the live service",
        description="The live service: prices from Binance, signals to your channels. The bot token comes from "
        "TELEGRAM_BOT_TOKEN or assay.env; without one it speaks to the local sandbox. SIGTERM or Ctrl-C stops it.",
    )
    run.add_argument("--sandbox", action="store_true", help="speak to the local sandbox even if there is a token")
    run.set_defaults(run=run_live, log_level=logging.INFO)


def _add_setup_and_check(commands: _Commands, common: _Parser) -> None:
    setup = commands.add_parser(
        "setup",
        parents=[common],
        help="from a bot token to a working channel",
        description="Asks for the bot token, finds your channel and your id, writes the configuration and assay.env, "
        "posts a test message and deletes it.",
    )
    setup.set_defaults(run=_setup, log_level=logging.WARNING)
    check = commands.add_parser(
        "check",
        parents=[common],
        help="say what is wrong and how to mend it",
        description="Looks at the configuration, the token, the channels, the database and the feeds, and says what is "
        "wrong and how to mend it. Exit code 1 when something is.",
    )
    check.set_defaults(run=_check, log_level=logging.WARNING)


def _add_record(commands: _Commands, common: _Parser) -> None:
    check = commands.add_parser(
        "verify",
        parents=[common],
        help="is the track record what it was?",
        description="Recomputes the hash chain over every signal and outcome, and compares it with the bot's tables, "
        "with heads that were published, and with candles of another source. Exit code 1 when something differs.",
    )
    check.add_argument(
        "--head", nargs="+", default=[], metavar="N:HASH", help="as daily reports show it; several narrow it down"
    )
    check.add_argument("--prices", nargs="+", type=Path, default=[], metavar="FILE", help="candles of another source")
    check.add_argument("--symbol", help="what the files hold, where their names do not say")
    check.add_argument(
        "--tolerance",
        type=_pips,
        default=Decimal(5),
        metavar="PIPS",
        help="how far sources may differ (default: %(default)s)",
    )
    check.set_defaults(run=run_verify, log_level=logging.WARNING)
    restore = commands.add_parser(
        "restore",
        parents=[common],
        help="bring the database back from a backup, or prove that it could be",
        description="Takes the newest backup (or the one named) and the copies of the record made after it, checks "
        "pages, references and the record's chain, and puts the result in place of the database; what was there is set "
        "aside. The bot must not be running.",
    )
    restore.add_argument("backup", nargs="?", type=Path, metavar="FILE", help="default: the newest one")
    restore.add_argument("--check", action="store_true", help="prove it and change nothing")
    restore.set_defaults(run=run_restore, log_level=logging.WARNING)
    export = commands.add_parser(
        "export-record",
        parents=[common],
        help="the track record as a file anybody can check",
        description="Writes record.jsonl, one entry a line, and check_record.py, which checks it with Python alone "
        "against a head read in the channel.",
    )
    export.add_argument("--out", type=Path, default=Path("record"), metavar="DIR", help="default: record")
    export.set_defaults(run=run_export, log_level=logging.WARNING)


async def _setup(options: argparse.Namespace) -> int:
    return await run_setup(input, getpass.getpass, print, options.config)


async def _check(options: argparse.Namespace) -> int:
    return await run_check(options.config, print)


def _speed(text: str) -> float | None:
    """`max` or a positive number."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is neither max nor a number above 0, such as 60")
    return speed


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def _pips(text: str) -> Decimal:
    try:
        pips = Decimal(text)
    except ArithmeticError:
        pips = Decimal(-1)
    if not pips.is_finite() or pips < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pips, such as 5")
    return pips


def _moment(text: str) -> int:
    """An ISO date, which is its 00:00 UTC, or an ISO time with its zone → milliseconds UTC."""
    try:
        moment: datetime | None = datetime.fromisoformat(f"{text}T00:00Z" if DATE_SHAPE.fullmatch(text) else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 9999:
        known = "a date, such as 2026-04-02, nor a time with a zone, such as 2026-04-02T14:15Z or …+02:00"
        raise argparse.ArgumentTypeError(f"{text!r} is neither {known}")
    return int(moment.timestamp() * 1000)


def _mode(text: str) -> Mode:
    if text not in (Mode.SIGNAL, Mode.PAPER):
        raise argparse.ArgumentTypeError(f"{text!r} is neither signal nor paper")
    return Mode(text)


def _setting(text: str) -> tuple[str, object]:
    """`gate.max_spread_r=0.1`: the key, and the value as TOML reads it; what TOML does not know is a word."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, such as gate.max_spread_r=0.1")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; 0 to 65535, 0 means any free one")
    return int(text)


def _set_up_log(level: int) -> None:
    """One line, one fact, to stderr; the libraries' own chatter only when it matters."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING)
