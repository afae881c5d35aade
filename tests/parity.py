"""`make parity`: recordings through the whole service (`replay`) and through `backtest`, compared to the cent.

Says how much was compared and whether it was equal, never how it went: nobody shall choose by it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from bot.research.backtest import Lived
from engine.types import Account, Signal, Trade
from tests.databases import rows

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
COSTS = 'commission_per_lot = "7"\nswap_long = "-30.55"\nswap_short = "12.25"\n'  # so that money is more than R

TICK_DAYS = {
    "gold, eight days of 2014": (
        ("xauusd_ticks_oanda_2014-05-01_05-02", "xauusd_ticks_oanda_2014-05-04_05-09"),
        ("xauusd_h1_oanda_2006-03-20_2019-02-25",),
    ),
    "EURUSD, seven days of 2014": (("eurusd_ticks_oanda_2014-05-01_05-09",), ()),
    "EURUSD, three hours of 2019": (("eurusd_ticks_dukascopy_2019-02-04_h00_h10_h23",), ()),
    "USDJPY, three hours of 2019": (("usdjpy_ticks_nautilus_2019-01-01",), ()),
    "bitcoin, six minutes of 2024": (
        ("btcusdt_trades_binance_spot_20240808", "btcusdt_bookticker_binance_spot_20240808"),
        (),
    ),
}


class Ending(msgspec.Struct):
    """`account.json` of a backtest."""

    account: Account
    open: list[Trade]


class Compared(msgspec.Struct):
    """How many of each the backtest has, and what is not the same in the service; nothing of what they came to."""

    signals: int
    closed: int
    open: int
    movements: int
    differences: list[str]

    def __str__(self) -> str:
        found = "; ".join(self.differences) or "equal"
        counts = f"{self.signals} signals, {self.closed} closed trades, {self.open} open"
        return f"{counts}, {self.movements} movements of the account: {found}"


def compared(kept: Path, out: Path) -> Compared:
    """What `replay --keep` left in one folder against what `backtest --out` wrote into the other."""
    lived = msgspec.json.decode((out / "trades.json").read_bytes(), type=list[Lived])
    ending = msgspec.json.decode((out / "account.json").read_bytes(), type=Ending)
    signals = [each.trade.signal for each in lived] + [trade.signal for trade in ending.open]
    database = kept / "assay.db"
    told = {row[0]: msgspec.json.decode(row[1], type=Signal) for row in rows(database, _SIGNALS)}
    trades = {row[0]: (msgspec.json.decode(row[1], type=Trade), *row[2:]) for row in rows(database, _TRADES)}
    moved = rows(database, _MOVEMENTS)
    books = rows(database, "SELECT body FROM account")  # none before anything happened to it
    account = msgspec.json.decode(books[0][0], type=Account) if books else ending.account
    differences = [
        _differing("signals", {each.id: each for each in signals}, told),
        _differing(
            "closed trades",
            {each.trade.id: _closed(each) for each in lived},
            {key: row for key, row in trades.items() if row[0].closed_ms is not None},
        ),
        _differing(
            "open trades",
            {trade.id: _standing(trade) for trade in ending.open},
            {key: _standing(row[0]) for key, row in trades.items() if row[0].closed_ms is None},
        ),
        "" if account == ending.account else "the account differs",
        "" if _adds_up(moved, trades, account) else "the movements do not add up to the account",
    ]
    return Compared(len(signals), len(lived), len(ending.open), len(moved), [each for each in differences if each])


_SIGNALS = "SELECT id, body FROM signals"
_TRADES = "SELECT signal_id, body, result_r, pips, money FROM trades"
_MOVEMENTS = "SELECT trade_id, debit, credit, amount, balance FROM movements ORDER BY id"


def _closed(lived: Lived) -> tuple[object, ...]:
    """As the service keeps it: the trade whole, its R, and pips and money as they were told."""
    return (lived.trade, lived.trade.result_r, str(lived.pips), str(lived.money))


def _standing(trade: Trade) -> object:
    """A trade in the market without its running figures: those are stored when a mark is news."""
    return (trade.id, trade.status, trade.opened_ms, trade.opened_price, trade.stop, trade.fills, trade.money)


def _differing(what: str, ours: dict[str, object], theirs: dict[str, object]) -> str:
    wrong = sum(ours.get(key) != theirs.get(key) for key in ours.keys() | theirs.keys())
    return f"{wrong} {what} differ" if wrong else ""


def _adds_up(moved: Sequence[tuple[str, str, str, str, str]], trades: dict[str, tuple], account: Account) -> bool:
    """Every movement says the balance after it, and those of a trade are its money."""
    balance, of_trades = account.paid_in, dict.fromkeys(trades, Decimal(0))
    for trade_id, debit, credit, amount, after in moved:
        gain = Decimal(amount) * ((debit == "cash") - (credit == "cash"))
        balance += gain
        of_trades[trade_id] += gain
        if balance != Decimal(after):
            return False
    money = {key: row[0].money or Decimal(0) for key, row in trades.items()}
    return balance == account.balance and of_trades == money


def costly(shipped: str) -> str:
    """The configuration with commission and swap, and without limits on loss, which would end it after some trades."""
    assert 'mode = "paper" ' in shipped
    return shipped.replace("[[instruments]]\n", f"[[instruments]]\n{COSTS}").replace(
        'mode = "paper" ', 'mode = "signal"'
    )


class Run(msgspec.Struct):
    """Programs started in a folder of their own, with the shipped configuration made costly."""

    folder: Path
    live: list[Path]
    history: list[Path]

    def replay(self, name: str, hash_seed: int) -> Path:
        self._start("replay", "--no-charts", "--keep", self.folder / name, hash_seed=hash_seed)
        return self.folder / name

    def backtest(self, name: str, hash_seed: int) -> Path:
        out, log = self.folder / name, self.folder / f"{name}.trials"
        self._start("backtest", "--out", out, "--trials", log, hash_seed=hash_seed)
        return out

    def _start(self, command: str, *options: object, hash_seed: int) -> None:
        config = self.folder / "config.toml"
        config.write_text(costly((ROOT / "config.toml").read_text("utf-8")), "utf-8")
        words = [sys.executable, ROOT / "run_bot.py", command, *self.live, *options, "--config", config]
        if self.history:
            words += ["--history", *self.history]
        # What they print tells how it went.
        environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
        done = subprocess.run(  # noqa: S603 — our own program
            [str(word) for word in words], check=False, capture_output=True, cwd=self.folder, env=environment
        )
        if done.returncode:
            raise SystemExit(f"{command} ended with code {done.returncode}")


def digests(folder: Path, pattern: str = "*") -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob(pattern))}


def record(kept: Path) -> list[tuple[object, ...]]:
    """The hash chain that a replay left: every signal, message, outcome and reported figure."""
    return rows(kept / "assay.db", "SELECT * FROM ledger ORDER BY n")


def judge(run: Run, *, replays: int) -> tuple[str, bool]:
    """A line of counts, and whether all is the same."""
    kept, out, again = run.replay("kept 1", 1), run.backtest("out 1", 1), run.backtest("out 2", 2)
    found = compared(kept, out)
    files = digests(out)
    same = files == digests(again)
    line = f"{found}; backtest twice, {len(files)} files: {'the same bytes' if same else 'OTHER BYTES'}"
    if replays > 1:
        twice = run.replay("kept 2", 2)
        alike = record(kept) == record(twice) and digests(kept / "journal") == digests(twice / "journal")
        line += f"; replay twice, {len(record(kept))} entries: {'the same bytes' if alike else 'OTHER BYTES'}"
        same = same and alike
    return line, same and not found.differences


def main() -> int:
    parser = argparse.ArgumentParser(prog="make parity", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="default: every recorded tick day in ../shared/data")
    parser.add_argument("--history", nargs="+", type=Path, default=[], help="candles to warm up with")
    parser.add_argument("--once", action="store_true", help="replay once only")
    given = parser.parse_args()
    wanted = {", ".join(path.name for path in given.files): (given.files, given.history)}
    if not given.files:
        wanted = {name: (_shared(live), _shared(past)) for name, (live, past) in TICK_DAYS.items()}
    all_same = True
    for name, (live, history) in wanted.items():
        with tempfile.TemporaryDirectory(prefix="assay-parity-") as folder:
            run = Run(Path(folder), [path.resolve() for path in live], [path.resolve() for path in history])
            line, same = judge(run, replays=1 if given.once else 2)
        print(f"{name}: {line}", flush=True)
        all_same = all_same and same
    return int(not all_same)


def _shared(names: Sequence[str]) -> list[Path]:
    paths = [SHARED / f"{name}.csv.gz" for name in names]
    for path in paths:
        if not path.is_file():
            raise SystemExit(f"{path} is not here; name files of your own")
    return paths


if __name__ == "__main__":
    sys.exit(main())
