"""`explain` as it is typed: what it prints and leaves behind, and one line for each mistake."""

from __future__ import annotations

import csv
import gzip
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main
from engine.events import Tick
from engine.types import HOUR_MS
from tests.bot.stage import SHIPPED, SYMBOL, simulated_day
from tests.builders import GOLD, at

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: object) -> int:
    return main(["explain", *map(str, arguments), "--config", str(SHIPPED)])


@pytest.fixture
def ticks(tmp_path) -> Path:
    """Two hours of the simulated market, as if they had begun on Thursday 15 January 2026 at 13:30."""
    begin_ms, _, live = simulated_day()
    played = [tick for tick in live if isinstance(tick, Tick) and tick.time_ms < begin_ms + 2 * HOUR_MS]
    path = tmp_path / "xauusd_ticks.csv"
    rows = (_tick_row(tick, at("2026-01-15 13:30") - begin_ms) for tick in played)
    path.write_text("timestamp_utc_ms,bid,ask\n" + "".join(rows))
    return path


def _tick_row(tick: Tick, later_ms: int) -> str:
    return f"{tick.time_ms + later_ms},{GOLD.format(tick.bid)},{GOLD.format(tick.ask)}\n"


def test_the_command_prints_the_moment_and_leaves_its_chart_in_the_current_folder(ticks, monkeypatch, capsys):
    monkeypatch.chdir(ticks.parent)

    assert run("--symbol", SYMBOL, "--at", "2026-01-15T15:37+01:00", ticks) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["XAUUSD · 15 Jan 2026 14:37 UTC", "  As of   the last M15 close before it, 15 Jan 14:30 UTC"]
    needed = "not ready: H4 needs 39 more, H1 needs 39 more, M15 needs 36 more"
    assert f"  No setup    Trend continuation: {needed}" in printed
    assert f"              Range fade: {needed}" in printed
    assert printed[-1] == "Chart: explain_XAUUSD_20260115T1437Z.png"
    assert Path("explain_XAUUSD_20260115T1437Z.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("--symbol", SYMBOL, "--at", "2026-01-15T15:31Z"),
            "--at 2026-01-15T15:31Z: not in the files; for XAUUSD they cover 2026-01-15T13:30Z to 2026-01-15T15:30Z",
        ),
        (
            ("--symbol", SYMBOL, "--at", "2026-01-15"),
            "--at 2026-01-15T00:00Z: not in the files; for XAUUSD they cover 2026-01-15T13:30Z to 2026-01-15T15:30Z",
        ),
        (
            ("--symbol", SYMBOL, "--at", "2026-01-15T13:29Z"),
            "--at 2026-01-15T13:29Z: not in the files; for XAUUSD they cover 2026-01-15T13:30Z to 2026-01-15T15:30Z",
        ),
        (
            ("--symbol", SYMBOL, "--at", "2026-01-15T13:44Z"),
            "--at 2026-01-15T13:44Z: no M15 candle of XAUUSD had closed by then; "
            "give candles to warm up with --history",
        ),
        (("--symbol", "EURUSD", "--at", "2026-01-15T14:00Z"), "--symbol EURUSD: not in the files, which hold XAUUSD"),
    ],
    ids=["after the end", "a date", "before the beginning", "before the first close", "another symbol"],
)
def test_a_moment_that_is_not_in_the_files_is_refused_with_what_is(ticks, capsys, arguments, complaint):
    assert run(*arguments, ticks) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"assay: {complaint}"


@pytest.mark.parametrize(
    "text",
    ["2026-04-02T14:15", "2026-04-02 14:15", "02.04.2026", "2026-02-30", "yesterday", "0001-01-01T00:00+05:00", ""],
)
def test_a_time_without_a_zone_or_sense_is_refused_with_an_example(ticks, capsys, text):
    with pytest.raises(SystemExit):
        run("--symbol", SYMBOL, "--at", text, ticks)

    assert "is neither a date, such as 2026-04-02, nor a time with a zone, such as 2026-0" in capsys.readouterr().err


def test_broken_lines_are_counted_when_they_may_be_skipped(ticks, capsys):
    ticks.write_text(ticks.read_text() + "not a tick\n1768492800000,2300.00,2300.20\n")
    out = ticks.parent / "chart.png"
    options = ("--symbol", SYMBOL, "--at", "2026-01-15T15:45Z", "--out", out, ticks)

    assert run(*options) == 2
    assert "not a tick" in capsys.readouterr().err
    assert run(*options, "--skip-bad") == 0
    assert "Broken lines skipped: 1" in capsys.readouterr().err


def test_a_file_whose_name_says_no_symbol_holds_the_one_asked_for(ticks, capsys):
    nameless = ticks.rename(ticks.parent / "ticks.csv")

    assert run("--symbol", SYMBOL, "--at", "2026-01-15T14:30Z", "--out", ticks.parent / "chart.png", nameless) == 0
    assert capsys.readouterr().out.startswith("XAUUSD")


# Real gold


def _cut(name: str, to: Path, from_time: str, until_time: str) -> list[dict[str, str]]:
    """The rows of a recorded file from one time up to another, written anew."""
    source = SHARED / name
    if not source.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    with gzip.open(source, "rt") as file:
        header, *lines = file.read().splitlines()
    kept = [line for line in lines if from_time <= line < until_time]
    to.write_text("\n".join([header, *kept]) + "\n")
    return list(csv.DictReader([header, *kept]))


def test_gold_on_a_spring_afternoon_of_2026(tmp_path, capsys):
    minutes, candles_, out = (tmp_path / name for name in ("xauusd_m1.csv", "xauusd_m15.csv", "chart.png"))
    played = _cut("xauusd_m1_mt5_2026-03-24_2026-05-28.csv.gz", minutes, "2026-04-01", "2026-04-02T14:30")
    _cut("xauusd_m15_mt5_2021-06-14_2026-06-11.csv.gz", candles_, "2026-02-25", "2026-04-01")
    quarter = [row for row in played if "2026-04-02T14:00" <= row["timestamp_utc"] < "2026-04-02T14:15"]

    code = run("--symbol", SYMBOL, "--at", "2026-04-02T14:15Z", minutes, "--history", candles_, "--out", out)

    printed = capsys.readouterr().out
    open_, close = float(quarter[0]["open"]), float(quarter[-1]["close"])
    high, low = max(float(row["high"]) for row in quarter), min(float(row["low"]) for row in quarter)
    candle_ = f"2 Apr 14:15 UTC · O {open_:.2f} H {high:.2f} L {low:.2f} C {close:.2f}"
    assert code == 0
    assert printed.count("Ready          yes") == 3
    assert f"  Last candle    {candle_}" in printed.splitlines()
    assert "Decision at the M15 close of 2 Apr 14:15 UTC" in printed
    assert f"Chart: {out}" in printed
    assert out.read_bytes().startswith(PNG)
