"""The whole engine against libraries of Smart Money Concepts: a history in one go, and one candle more, live.

Ours is every detector on M15, H1 and H4 with confluence, gate and trades. Theirs is the detectors alone, on M15 alone.
What either side needs (inputs, frames, columns) is built before the clock runs.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from bench.market import Candles, config, random_walk, real_year
from bench.measure import Stint, Versus, in_turn, push_all, timed
from bench.report import Result, Row, Target, Tell
from bench.worker import PeerMissing, Worker
from engine.engine import Engine
from engine.events import CandleInput, SignalIssued

LONG = 400_000  # candles of the random walk
ROUNDS = 3  # of the real year; the long walk is walked once, it takes minutes
COUNTED = 25_000  # candles whose events are counted, outside any time
WARM_UP = 2_000  # candles on which the peers may compile
LIVE = 100  # candles pushed for the cost of one, between two recomputations of theirs
SMART_MONEY = "smartmoneyconcepts"
AIM = Target("≥", 50_000, of="ours")
YEAR_TARGET, WALK_TARGET = Target("≥", 10), Target("≥", 30)
LIVE_TARGET = Target("≥", 50_000)

Peer = Callable[[int], float]  # seconds over the first so many candles of its market
Peers = dict[str, Peer]


def run(tell: Tell) -> Result:
    rows: list[Row] = []
    skipped: list[str] = []
    year = real_year()
    if year is None:
        skipped.append("real EURUSD candles: the recordings (../shared/data) are not here")
    else:
        name = f"{len(year):,} real candles"
        with _peers(year, skipped) as peers:
            rows += _batch(tell, name, year, peers, YEAR_TARGET, ROUNDS)
            rows += _live(tell, year, peers)
    walk = random_walk(LONG)
    with _peers(walk, skipped) as peers:
        rows += _batch(tell, f"{LONG:,} random-walk candles", walk, peers, WALK_TARGET, rounds=1)
    return Result("smc", tuple(rows), tuple(dict.fromkeys(skipped)))


def _batch(tell: Tell, name: str, candles: Candles, peers: Peers, target: Target, rounds: int) -> list[Row]:
    inputs, size = candles.inputs(), len(candles)
    tell(f"smc: {name}: {_said(inputs[:COUNTED])}")

    def ours() -> float:
        tell(f"smc: {name}, Assay")
        return timed(lambda: push_all(Engine(config()), inputs))

    found = in_turn(ours, {peer: _told(tell, f"{name}, {peer}", stint, size) for peer, stint in peers.items()}, rounds)
    own = [seconds for versus in found.values() for seconds in versus.ours] or [ours()]
    rows = [Row(f"{name} in one go", size / statistics.median(own), "candles/s", target=AIM)]
    return rows + [
        _row(f"{name} in one go", peer, versus, target, lambda seconds: size / seconds, "candles/s")
        for peer, versus in found.items()
    ]


def _said(inputs: list[CandleInput]) -> str:
    """That the engine had something to say, so that nobody times one that is asleep."""
    engine = Engine(config())
    said = Counter(type(event) for item in inputs for event in engine.push(item))
    return f"the first {len(inputs):,} make {said.total():,} events, {said[SignalIssued]} signals"


def _live(tell: Tell, candles: Candles, peers: Peers) -> list[Row]:
    """One closed candle more: a push for us, the frame again for them."""
    inputs, done = candles.inputs(), len(candles) - LIVE * (ROUNDS * len(peers) + 1)
    engine = Engine(config())
    push_all(engine, inputs[:done])
    ahead: Iterator[list[CandleInput]] = (inputs[at : at + LIVE] for at in range(done, len(inputs), LIVE))

    def ours() -> float:
        part = next(ahead)
        return timed(lambda: push_all(engine, part)) / len(part)

    stints = {peer: _told(tell, f"one candle more, {peer}", stint, done) for peer, stint in peers.items()}
    return [
        _row(f"one candle more, live, after {done:,}", peer, versus, LIVE_TARGET, lambda seconds: seconds * 1e6, "µs")
        for peer, versus in in_turn(ours, stints, ROUNDS).items()
    ]


def _row(what: str, peer: str, versus: Versus, target: Target, figure: Callable[[float], float], unit: str) -> Row:
    """Targets were set against smartmoneyconcepts; the others are told beside it."""
    ours, theirs = figure(versus.our_seconds), figure(versus.their_seconds)
    return Row(what, ours, unit, peer, theirs, versus.ratio, target if peer == SMART_MONEY else None)


def _told(tell: Tell, what: str, peer: Peer, size: int) -> Stint:
    def stint() -> float:
        tell(f"smc: {what}")
        return peer(size)

    return stint


@contextlib.contextmanager
def _peers(candles: Candles, skipped: list[str]) -> Iterator[Peers]:
    """All peers that can be had, with the candles given to them and their code warm."""
    peers: Peers = {}
    for needed, beside in (("smartmoneyconcepts", _smart_money), ("pyvsmc", _vsmc)):
        try:
            peers |= beside(candles)
        except ImportError:
            skipped.append(f"{needed} is not installed; `make bench` installs it")
    with contextlib.ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            np.savez(folder / "candles.npz", **_prices(candles), open_ms=candles.open_ms)
            worker = stack.enter_context(Worker("bench.peers.py_indicators", folder / "candles.npz"))
            peers["PyIndicators"] = lambda rows: worker.ask("run", rows=rows)["seconds"]
        except PeerMissing as missing:
            skipped.append(f"PyIndicators: {missing}")
        for peer in peers.values():
            peer(WARM_UP)
        yield peers


def _smart_money(candles: Candles) -> Mapping[str, Peer]:
    import pandas as pd

    from bench.peers.smart_money import indicators

    whole = pd.DataFrame(_prices(candles), index=pd.to_datetime(candles.open_ms, unit="ms"))

    def run(rows: int) -> float:
        frame = whole.iloc[:rows].copy()
        return timed(lambda: indicators(frame))

    return {SMART_MONEY: run}


def _vsmc(candles: Candles) -> Mapping[str, Peer]:
    from bench.peers.vsmc import detections, lives

    prices = _prices(candles)

    def run(detect: Callable[..., None]) -> Peer:
        return lambda rows: timed(lambda: detect(*(prices[name][:rows] for name in ("open", "high", "low", "close"))))

    return {"pyvsmc, zones found": run(detections), "pyvsmc, zones followed": run(lives)}


def _prices(candles: Candles) -> dict[str, np.ndarray]:
    """What the peers are given: prices as decimals, in floats."""
    columns = candles.columns()
    del columns["open_ms"]
    volume = columns.pop("volume").astype(float)
    tick = float(config().instruments[0].tick_size)
    return {name: column * tick for name, column in columns.items()} | {"volume": volume}
