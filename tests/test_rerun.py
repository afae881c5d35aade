"""Twice over the same inputs, in two processes with different hash seeds: equal event lists, and not empty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Three simulated days on small timeframes, so that all kinds of events are among them.
PROGRAM = """
import hashlib
from itertools import islice

import msgspec

from engine.engine import Engine
from feeds.simulated import simulated
from tests.builders import instrument
from tests.engine.market_data import MONDAY_MS, QUICK, TALKATIVE, config, heard

ticks = list(islice(simulated(instrument(), seed=7, start_ms=MONDAY_MS), 40_000))
engine = Engine(config(timeframes=QUICK, gate=TALKATIVE))
said = heard(engine, ticks)
digest = hashlib.sha256(msgspec.json.encode(ticks) + msgspec.json.encode(said) + engine.snapshot()).hexdigest()
print(digest, len(said), *sorted({type(event).__name__ for event in said}), hash("XAUUSD"))
"""


def rerun(hash_seed: str) -> list[str]:
    """What a fresh process prints: a digest of everything, a count, the kinds of events, and a hash of a string."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_two_processes_with_different_hash_seeds_say_the_same():
    *first, first_hash = rerun("1")
    *second, second_hash = rerun("4242")

    assert first == second
    assert first_hash != second_hash  # the seeds did differ
    assert int(first[1]) > 1000
    assert {"SignalIssued", "TargetHit", "StopMoved", "TradeClosed", "SetupRejected", "ZoneEvicted"} <= set(first)
