"""The whole backtest against others running a trivial strategy: same candles, as many trades, theirs told beforehand.

Ours finds its trades: every detector on three timeframes, confluence, gate, trades and the account. Theirs open and
close at candles that are handed to them. Frames, bars and inputs are built before the clock runs.
"""

from __future__ import annotations

import contextlib
import tempfile
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from bench.market import ROOT, Candles, random_walk, real_year
from bench.measure import Stint, in_turn, timed
from bench.report import Result, Row, Target, Tell
from bench.worker import PeerMissing, Worker
from bot.config_file import load_config
from bot.play.player import for_replay
from bot.research.backtest import Lived
from bot.research.backtest import run as backtest
from bot.voices import Voices
from bot.words.wording import Market
from engine.engine import Engine

ROUNDS = 7
WALK = 24_000
PEERS = {
    "nautilus_trader": ("bench.peers.nautilus_backtest", Target("≥", 2)),
    "backtrader": ("bench.peers.backtrader_peer", Target("≥", 4)),
    "backtesting.py": ("bench.peers.backtesting_py", None),
}


def run(tell: Tell) -> Result:
    candles, skipped = real_year(), list[str]()
    if candles is None:
        skipped.append("real EURUSD candles: the recordings (../shared/data) are not here; a random walk instead")
        candles = random_walk(WALK)
    inputs = candles.inputs()
    config = for_replay(load_config(ROOT / "config.toml"), ["EURUSD"], Path("unused"), None, by_bid=frozenset())
    voices = Voices(config, Market.REPLAY)

    def ours() -> float:
        engine = Engine(config.engine_config())
        return timed(lambda: backtest(engine, inputs, voices, Decimal(10_000)))

    trades = backtest(Engine(config.engine_config()), inputs, voices, Decimal(10_000)).closed
    what = f"{len(candles):,} M15 candles, {len(trades)} trades"
    tell(f"backtests: {what}")
    with contextlib.ExitStack() as stack:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "orders.npz"
        told = _write(path, candles, trades)
        stints: dict[str, Stint] = {}
        for name, (module, _) in PEERS.items():
            try:
                stints[name] = _stint(tell, name, stack.enter_context(Worker(module, path)), told)
            except PeerMissing as missing:
                skipped.append(f"{name}: {missing}")
        found = in_turn(ours, stints, ROUNDS)
    rows = [
        Row(
            what,
            len(candles) / v.our_seconds,
            "candles/s",
            name,
            len(candles) / v.their_seconds,
            v.ratio,
            PEERS[name][1],
        )
        for name, v in found.items()
    ]
    return Result("backtests", tuple(rows or [Row(what, len(candles) / ours(), "candles/s")]), tuple(skipped))


def _stint(tell: Tell, name: str, worker: Worker, told: int) -> Stint:
    """One run of a peer, which must have made the trades it was told to."""

    def stint() -> float:
        answer = worker.ask("run")
        if answer["trades"] != told:
            raise ValueError(f"{name} made {answer['trades']} trades and was told to make {told}")
        tell(f"backtests: {name}")
        return answer["seconds"]

    return stint


def _write(path: Path, candles: Candles, trades: Sequence[Lived]) -> int:
    """The candles, and at which of them a peer opens and closes; how many trades that makes.

    Ours may open while another trade of the other strategy is open; a peer that nets positions may not, so entries
    that fall into an open trade follow right after it.
    """
    times = candles.open_ms.tolist()
    enters, ways, leaves, free = list[int](), list[int](), list[int](), 0
    for each in trades:
        enter = max(bisect_left(times, each.trade.opened_ms or 0), free)
        leave = max(bisect_left(times, each.closed_ms), enter + 1)
        if leave + 2 >= len(times):
            break
        enters.append(enter)
        ways.append(each.trade.direction.sign)
        leaves.append(leave)
        free = leave + 2
    prices = {name: getattr(candles, name) / 10**5 for name in ("open", "high", "low", "close")}
    np.savez(
        path,
        **prices,
        volume=candles.volume.astype(float),
        open_ms=candles.open_ms,
        enters=enters,
        ways=ways,
        leaves=leaves,
    )
    return len(enters)
