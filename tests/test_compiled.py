"""The compiled engine is the written one: the same bytes said and remembered, and never of other sources."""

from __future__ import annotations

import ast
import json
import pickle
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bot.compiled import BUILD, SEAL, digest, is_in_use, prefer
from bot.compiling import INTERPRETED, prepared
from bot.practice import practise

ROOT = Path(__file__).parents[1]
SOURCES = ("engine/gaps.py", "engine/types/market.py", "bot/compiling.py", "bot/practice.py", "bot/attribute_cache.h")

# Two simulated days of four symbols, and a random walk with trades in it; then on from a snapshot.
PROGRAM = """
import hashlib, json, pickle, sys
from bot.compiled import is_in_use, prefer
if sys.argv[1] == "compiled":
    prefer()
import msgspec
from bench.market import config, random_walk
from engine.engine import Engine
from engine.types import Candle, Timeframe
from tests.test_rerun import account

inputs = random_walk(6_000).inputs()
engine = Engine(config())
said = [event for item in inputs[:5_000] for event in engine.push(item)]
kept = engine.snapshot()
again = Engine.restore(config(), kept)
said += [event for item in inputs[5_000:] for event in again.push(item)]

def refused(**wrong):
    try:
        Candle("EURUSD", Timeframe.M15, **({"open_ms": 0, "close_ms": 900_000} | {n: 9 for n in PRICES} | wrong))
    except ValueError as error:
        return str(error)

PRICES = ("open", "high", "low", "close")
candle = Candle("EURUSD", Timeframe.M15, 0, 900_000, 5, 9, 2, 7, 3.5)
other = Candle("EURUSD", Timeframe.M15, 0, 900_000, 5, 9, 2, 7, 3.5, 1)
words = msgspec.json.encode(candle)
print(json.dumps({
    "candle": [repr(candle), words.decode(), candle.range, candle.body, candle.is_up, candle.is_down],
    "is itself": [
        candle == same and hash(candle) == hash(same) and candle != other
        for same in (pickle.loads(pickle.dumps(candle)), msgspec.json.decode(words, type=Candle))
    ],
    "refused": [refused(low=0), refused(open=10), refused(open_ms=900_000), refused(spread=-1), refused(volume=-1.0)],
    "is compiled": is_in_use(),
    "ticks": account(),
    "events": len(said),
    "closed": sum(type(event).__name__ == "TradeClosed" for event in said),
    "said": hashlib.sha256(msgspec.json.encode(said)).hexdigest(),
    "kept": hashlib.sha256(kept + again.snapshot()).hexdigest(),
}))
"""


def is_built() -> bool:
    seal = BUILD / SEAL
    return seal.is_file() and seal.read_text("utf-8") == digest()


def ran(which: str) -> dict[str, object]:
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PROGRAM, which], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(not is_built(), reason="no compiled engine of these sources; make compiled")
def test_both_engines_say_and_remember_the_same_bytes():
    compiled, written = ran("compiled"), ran("written")

    assert (compiled.pop("is compiled"), written.pop("is compiled")) == (True, False)
    assert compiled == written
    assert written["closed"]
    assert written["is itself"] == [True, True]
    assert None not in written["refused"]


def sources(folder: Path) -> Path:
    for name in SOURCES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", "utf-8")
    return folder


@pytest.mark.parametrize("changed", SOURCES)
def test_an_engine_compiled_of_other_sources_is_not_used(tmp_path, monkeypatch, changed):
    root, build = sources(tmp_path), tmp_path / "build"
    build.mkdir()
    (build / SEAL).write_text(digest(root), "utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "engine")

    assert prefer(build, root)
    assert sys.path[0] == str(build)

    (root / changed).write_text("# better\n", "utf-8")
    assert not prefer(build, root)


def test_a_new_source_file_makes_it_another_engine(tmp_path):
    before = digest(sources(tmp_path))
    (tmp_path / "engine" / "new.py").write_text("", "utf-8")

    assert digest(tmp_path) != before


def test_without_a_build_the_written_engine_runs(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "engine")
    before = list(sys.path)

    assert not prefer(tmp_path)
    assert sys.path == before


def test_it_is_too_late_once_the_engine_is_imported(tmp_path):
    with pytest.raises(RuntimeError, match="imported already"):
        prefer(tmp_path)


def test_the_suite_runs_on_the_written_engine():
    assert not is_in_use()


def test_every_interpreted_module_is_there():
    assert {name for name in INTERPRETED if not (ROOT / "engine" / f"{name}.py").is_file()} == set()


SOURCE = '''
from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from engine.types import HOUR_MS, Direction

HOURS = 4


class Draft(msgspec.Struct, frozen=True):
    """Nobody stores it."""

    top: int
    evidence: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.evidence)


@dataclass(slots=True)
class Ema:
    period: int
    value: float | None = None
    closes: list[int] = field(default_factory=list)

    def way(self, up: bool) -> Direction:
        match Direction.UP:
            case Direction.UP if up:
                return Direction.UP
            case _:
                return Direction.DOWN

    def lasts_ms(self) -> int:
        hours: int = HOURS
        return hours * HOUR_MS
'''


def test_a_prepared_module_does_what_it_did(monkeypatch):
    text = prepared(SOURCE)
    made: dict[str, object] = {"__name__": "engine.made"}
    monkeypatch.setitem(sys.modules, "engine.made", type(sys)("engine.made"))
    exec(compile(text, "made", "exec"), made)  # noqa: S102 - our own text
    draft, ema = made["Draft"](7), made["Ema"](20)

    assert (draft.top, draft.evidence, draft.is_known) == (7, (), False)
    assert made["Draft"](7, ("gap",)).is_known
    assert (ema.period, ema.value, ema.closes) == (20, None, [])
    assert [ema.way(up).name for up in (True, False)] == ["UP", "DOWN"]
    assert ema.lasts_ms() == 4 * 3_600_000


def test_a_prepared_module_keeps_its_fields_in_words():
    """Of `float | None` the compiler keeps only that it is a type, and a snapshot could not be read."""
    text = prepared(SOURCE)

    assert "setattr(Ema, '__annotations__', {'period': 'int', 'value': 'float | None', 'closes': 'list[int]'})" in text
    assert "slots" not in text


def test_a_member_is_looked_up_once_but_in_a_pattern_stays_what_it_is():
    names = [ast.unparse(node) for node in ast.walk(ast.parse(prepared(SOURCE))) if isinstance(node, ast.MatchValue)]

    assert names == ["Direction.UP"]
    assert prepared(SOURCE).count("Direction.UP") == 2  # the pattern, and where the name is made


def test_a_constant_is_final_and_what_is_imported_is_looked_up_once():
    text = prepared(SOURCE)

    assert "\nHOURS: Final = 4" in text
    assert "\nHOUR_MS_: Final = HOUR_MS" in text
    assert "return hours * HOUR_MS_" in text
    assert "def way(self, up: bool) -> Direction:" in text  # annotations are the compiler's


def test_what_begins_plainly_is_begun_by_its_own_code():
    """A dataclass with a list of its own is begun by the standard library's code, which nobody compiles."""
    plain = prepared(SOURCE.replace("field(default_factory=list)", "[]"))

    assert "@dataclass(init=True)" in prepared(SOURCE)
    assert "@dataclass(init=False)" in plain
    assert "def __init__(self, period: int, value: float | None=None" in plain.split("class Ema")[1]


VALUE = """
from __future__ import annotations

from engine.types.market import Value


class Bar(Value, frozen=True):
    low: int
    high: int
    volume: float | None = None

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("upside down")
"""


def test_a_public_value_stays_one(monkeypatch):
    """Compared and kept in a set by what it holds, checked when it is made or read, and fit for another process."""
    module = type(sys)("engine.made")
    monkeypatch.setitem(sys.modules, "engine.made", module)
    text = prepared(VALUE)
    exec(compile(text, "made", "exec"), module.__dict__)  # noqa: S102 - our own text
    bar = module.Bar(1, 2, 0.5)

    assert bar == module.Bar(1, 2, 0.5) != module.Bar(1, 2)
    assert len({bar, module.Bar(1, 2, 0.5), module.Bar(1, 2)}) == 2
    assert bar.__reduce__() == (module.Bar, (1, 2, 0.5))
    assert pickle.loads(pickle.dumps(bar)) == bar  # noqa: S301 - our own bytes
    assert msgspec.json.decode(b'{"low":1,"high":2,"volume":0.5}', type=module.Bar) == bar
    with pytest.raises(ValueError, match="upside down"):
        module.Bar(3, 2)
    with pytest.raises(msgspec.ValidationError, match="upside down"):
        msgspec.json.decode(b'{"low":3,"high":2}', type=module.Bar)
    assert "setattr(Bar, '__annotations__', {'low': 'int', 'high': 'int', 'volume': 'float | None'})" in text


def test_practice_hears_ticks_and_candles(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))

    assert practise(str(ROOT), ticks=3_000) > 10
