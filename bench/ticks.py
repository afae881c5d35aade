"""The tick path: ticks a second through `Engine.push` while no candle closes, against nautilus_trader's aggregator."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.market import FIRST_PRICE, M15_MS, config, instrument, quotes, random_walk
from bench.measure import Stint, in_turn, push_all, timed
from bench.report import Result, Row, Target, Tell
from bench.worker import PeerMissing, Worker
from engine.engine import Engine
from engine.events import CandleClosed, Event, Heartbeat, Input, Tick

TICKS = 200_000
HISTORY = 4_000  # candles heard before, so that zones, pools and all three timeframes are there
SEARCHED = 100_000  # candles within which a trade must have been open
ROUNDS = 7
SERIES = "ticks into one M15 series, no trade open"
PEERS = {"aggregator": "nautilus TimeBarAggregator", "engine": "nautilus DataEngine"}
TARGET = Target("≥", 5)


def run(tell: Tell) -> Result:
    before = random_walk(HISTORY).inputs()
    engine = Engine(config())
    push_all(engine, before)
    start_ms, price = before[-1].candle.close_ms, before[-1].candle.close
    ticks = quotes(TICKS, start_ms, price, instrument().typical_spread)
    warm = engine.snapshot()

    def ours() -> float:
        fresh = Engine.restore(config(), warm)
        return timed(lambda: push_all(fresh, ticks))

    tell(f"ticks: {TICKS:,} through the engine alone")
    nothing = statistics.median(timed(lambda: push_all(_Deaf(), ticks)) for _ in range(ROUNDS))
    rows = [
        Row("ticks into a push that does nothing: Python's ceiling", TICKS / nothing, "ticks/s"),
        _with_a_trade(tell),
    ]
    skipped = []
    try:
        rows += _against_nautilus(tell, ours, ticks, _candle(Engine.restore(config(), warm), ticks, start_ms))
    except PeerMissing as missing:
        skipped.append(f"nautilus_trader: {missing}")
        alone = statistics.median(ours() for _ in range(ROUNDS))
        rows.append(Row(SERIES, TICKS / alone, "ticks/s"))
    return Result("ticks", tuple(rows), tuple(skipped))


class _Deaf:
    """What calling Python once a tick costs, before anything is done with it."""

    def push(self, _item: Input) -> list[Event]:
        return []


def _against_nautilus(tell: Tell, ours: Stint, ticks: Sequence[Tick], expected: dict[str, int]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ticks.npz"
        columns = {name: np.array([getattr(tick, name) for tick in ticks]) for name in ("time_ms", "bid", "ask")}
        np.savez(path, start_ms=ticks[0].time_ms, **columns)
        with Worker("bench.peers.nautilus", path) as nautilus:
            for job in PEERS:
                heard = nautilus.ask(job)
                del heard["seconds"]
                if heard != expected:
                    raise ValueError(f"the two sides heard different candles: {expected} and {heard}")
            tell(f"ticks: {len(ticks):,} in turn with nautilus_trader, {ROUNDS} rounds")
            stints = {job: lambda job=job: nautilus.ask(job)["seconds"] for job in PEERS}
            found = in_turn(ours, stints, ROUNDS)
    return [
        Row(
            SERIES,
            len(ticks) / versus.our_seconds,
            "ticks/s",
            PEERS[job],
            len(ticks) / versus.their_seconds,
            versus.ratio,
            TARGET if job == "aggregator" else None,
        )
        for job, versus in found.items()
    ]


def _candle(engine: Engine, ticks: Sequence[Tick], start_ms: int) -> dict[str, int]:
    """The M15 candle our engine makes of these ticks."""
    push_all(engine, ticks)
    closed = [e.candle for e in engine.push(Heartbeat(instrument().feed, start_ms + M15_MS)) if type(e) is CandleClosed]
    return {name: getattr(closed[0], name) for name in ("open", "high", "low", "close")}


def _with_a_trade(tell: Tell) -> Row:
    """The same path while a trade is followed: price idles about where it opened, so that no level is reached."""
    tell("ticks: the same with a trade open")
    engine = Engine(config())
    for item in random_walk(SEARCHED).inputs():
        engine.push(item)
        trade = next((trade for trade in engine.open_trades() if trade.opened_price is not None), None)
        if trade is not None and trade.price is not None:
            break
    else:
        raise ValueError(f"no trade was open within {SEARCHED:,} candles; draw another market")
    spread = instrument().typical_spread
    calm = [
        Tick(tick.symbol, tick.time_ms, trade.price + number % 3, trade.price + number % 3 + spread)
        for number, tick in enumerate(quotes(TICKS, item.candle.close_ms, FIRST_PRICE, spread))
    ]
    warm = engine.snapshot()
    middle = statistics.median(_once(warm, calm) for _ in range(ROUNDS))
    return Row("ticks, one trade open", TICKS / middle, "ticks/s")


def _once(warm: bytes, ticks: Sequence[Tick]) -> float:
    engine = Engine.restore(config(), warm)
    seconds = timed(lambda: push_all(engine, ticks))
    if not engine.open_trades():
        raise ValueError("the trade was closed on the way; the ticks must keep clear of its levels")
    return seconds
