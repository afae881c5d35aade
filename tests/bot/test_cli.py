"""The command line: a user's mistake gives one line that names it, and exit code 2."""

import signal
from pathlib import Path

import pytest

from bot.cli import main
from feeds.simulated import simulated
from tests.bot.command_line import words
from tests.bot.stage import SHIPPED, config_in

MONDAY_MS = 1_767_650_400_000  # 5 January 2026, 22:00 UTC
TICKS = "timestamp_utc_ms,bid,ask\n"


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: object) -> int:
    return main([*words(arguments), "--config", str(SHIPPED)])


def ticks_file(folder: Path, count: int, name: str = "xauusd_ticks.csv") -> Path:
    """A quiet stretch of the simulated market, in this project's format."""
    gold = config_in(folder).instruments[0]
    quotes = simulated(gold, seed=2, start_ms=MONDAY_MS)
    rows = [
        f"{t.time_ms},{gold.format(t.bid)},{gold.format(t.ask)}\n" for t, _ in zip(quotes, range(count), strict=False)
    ]
    path = folder / name
    path.write_text(TICKS + "".join(rows))
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TICKS + "1767650400000,2300.10,nan\n", "line 2, column ask: found 'nan'"),
        (TICKS + "1767650400000,2300.10,2300.05\n", "line 2, column ask: found '2300.05'"),
        (TICKS + "1767650400000,-5,2300.05\n", "line 2, column bid: found '-5'"),
        (TICKS + "1767650400000,2300.1\n", "line 2"),
        (TICKS + "1767650400000,2300.10,2300.30\n1767650300000,2300.10,2300.30\n", "line 3, column timestamp_utc_ms"),
        (TICKS + "1767650400000,2300.1234,2300.30\n", "line 2, column bid: found '2300.1234'"),
        ("hello\n", "not a format we read"),
    ],
)
def test_a_broken_file_is_told_by_line_column_and_value(tmp_path, capsys, content, said):
    path = tmp_path / "xauusd.csv"
    path.write_text(content)

    assert run("replay", path, "--no-charts") == 2
    complaint = [line for line in capsys.readouterr().err.splitlines() if line.startswith("assay: ")]
    assert len(complaint) == 1
    assert said in complaint[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay", "nothing.csv"], "nothing.csv: no such file"),
        (["replay", SHIPPED, "--symbol", "FOO"], "--symbol FOO: not configured; known: XAUUSD"),
    ],
)
def test_a_wrong_argument_is_named(capsys, arguments, said):
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("option", "value"), [("--speed", "-3"), ("--speed", "fast"), ("--port", "70000")])
def test_a_number_that_cannot_be_is_refused_with_its_bounds(capsys, option, value):
    with pytest.raises(SystemExit) as stopped:
        run("replay", "x.csv", option, value)

    assert stopped.value.code == 2
    assert repr(value) in capsys.readouterr().err


def test_broken_lines_may_be_skipped_and_are_counted(tmp_path, capsys):
    path = ticks_file(tmp_path, 200)
    path.write_text(path.read_text() + "1767650400000,1,2\nnonsense\n")

    assert run("replay", path, "--skip-bad", "--no-charts") == 0
    assert "Broken lines skipped │ 2 " in capsys.readouterr().out


def test_a_folder_to_keep_things_in_must_be_new(tmp_path, capsys):
    assert run("replay", ticks_file(tmp_path, 10), "--keep", tmp_path) == 2
    assert "not empty; name a new folder" in capsys.readouterr().err


def test_the_journal_of_a_replay_replays_to_the_same_end(tmp_path, capsys):
    ticks = ticks_file(tmp_path, 4000)

    assert run("replay", ticks, "--keep", tmp_path / "kept", "--no-charts") == 0
    first = capsys.readouterr().out
    journals = sorted((tmp_path / "kept" / "journal").glob("*.jsonl"))
    assert run("replay", *journals, "--no-charts") == 0

    assert capsys.readouterr().out == first
    assert "Market time" in first


def test_journals_are_not_mixed_with_other_files(tmp_path, capsys):
    ticks = ticks_file(tmp_path, 50)
    run("replay", ticks, "--keep", tmp_path / "kept", "--no-charts")
    journal = next((tmp_path / "kept" / "journal").glob("*.jsonl"))

    assert run("replay", journal, ticks) == 2
    assert "journals are replayed by themselves" in capsys.readouterr().err


def test_a_token_of_the_wrong_shape_stops_the_live_service(capsys, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "nonsense-token")

    assert run("run") == 2
    said = capsys.readouterr().err
    assert "this is not a bot token" in said
    assert "nonsense" not in said


@pytest.mark.parametrize("command", ["demo", "replay", "run", "setup", "check"])
def test_every_command_explains_itself(capsys, command):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])

    assert stopped.value.code == 0
    assert "--config" in capsys.readouterr().out
