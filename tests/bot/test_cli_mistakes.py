"""What a user gets for a mistake: one line that says what would do, exit code 2, and never a traceback."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.config_file import load_config
from bot.play.tape import recognise_all, tape_of_files
from feeds.formats import Format
from storage.instance import acquire
from tests.bot.command_line import run
from tests.bot.recordings import recording
from tests.bot.stage import SHIPPED
from tests.databases import rows, url_of

ROOT = SHIPPED.parent


def config_file(folder: Path, before: str, after: str) -> Path:
    """The shipped configuration with one change, its data below `folder`."""
    text = SHIPPED.read_text("utf-8").replace('folder = "var"', f'folder = "{(folder / "var").as_posix()}"')
    assert before in text
    path = folder / "config.toml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    return path


def only_line(capsys) -> str:
    told = capsys.readouterr().err
    assert told.count("\n") == 1, told
    return told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND; see: run_bot.py --help"),
        (["frob"], "invalid choice: 'frob'"),
        (["replay"], "the following arguments are required: FILE; see: run_bot.py replay --help"),
        (["replay", "x.csv", "--speed", "0"], "'0' is neither max nor a number above 0, such as 60"),
        (["replay", "x.csv", "--port", "70000"], "'70000' is not a port; 0 to 65535"),
        (["replay", "x.csv", "--histroy", "y.csv"], "unrecognized arguments: --histroy"),
        (["demo", "--seed", "two"], "argument --seed: invalid int value: 'two'"),
    ],
)
def test_wrong_arguments_get_one_line(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    told = only_line(capsys)
    assert told.startswith("assay: ")
    assert said in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.csv"], "assay: nothing.csv: no such file\n"),
        (["."], "assay: .: not a file\n"),
        (["xauusd.csv", "--keep", "."], "assay: --keep .: not empty; name a new folder\n"),
        (["xauusd.csv", "--symbol", "FOO"], "assay: --symbol FOO: not configured; known: XAUUSD, "),
        (["xauusd.csv", "--history", "nothing.csv"], "assay: nothing.csv: no such file\n"),
        (["other.csv"], "assay: other.csv: its name does not say which symbol it holds; give --symbol"),
    ],
)
def test_wrong_files_get_one_line(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    recording(tmp_path, Format.TICKS).with_name("other.csv").write_bytes((tmp_path / "xauusd.csv").read_bytes())

    assert run("replay", *arguments) == 2
    assert only_line(capsys).startswith(said)


@pytest.mark.parametrize("command", ["replay", "backtest"])
def test_a_file_taken_at_another_word_than_its_names_is_played_and_told_of(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    gold, config, told = tmp_path / "xauusd [bid].csv", config_file(tmp_path, "", ""), {}
    recording(tmp_path, Format.CANDLES).rename(gold)
    for symbol in ("PAXGUSDT", "XAUUSD"):
        assert run(command, gold, "--symbol", symbol, config=config) == 0
        told[symbol] = capsys.readouterr().err.splitlines()

    said = "xauusd [bid].csv: its name says XAUUSD, and it is taken for PAXGUSDT, as --symbol says"
    assert said in told["PAXGUSDT"]
    assert not any("its name says" in line for line in told["XAUUSD"])
    assert all(line.startswith("xauusd [bid].csv: ") for line in told["PAXGUSDT"] if line.startswith("xauusd"))


def test_only_files_that_say_another_symbol_are_told_of_history_among_them(tmp_path):
    config, told = load_config(SHIPPED), recording(tmp_path, Format.CANDLES).read_bytes()
    for name in ("paxgusdt.csv", "export.csv"):
        (tmp_path / name).write_bytes(told)
    live, *history = recognise_all(
        [tmp_path / name for name in ("export.csv", "xauusd.csv", "paxgusdt.csv")], config, "PAXGUSDT"
    )

    tape = tape_of_files(config, [live], history, tmp_path, skips_bad=False, progress=lambda *_: None)

    assert tape.notes == ("xauusd.csv: its name says XAUUSD, and it is taken for PAXGUSDT, as --symbol says",)


def test_history_of_what_is_not_played_is_refused(tmp_path, capsys):
    gold = recording(tmp_path, Format.TICKS)
    euro = gold.with_name("eurusd.csv")
    euro.write_bytes(gold.read_bytes())

    assert run("backtest", gold, "--history", euro) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == f"assay: {euro}: history of EURUSD, of which no other file tells; leave it out"


@pytest.mark.parametrize("command", ["replay", "backtest"])
def test_a_rate_that_no_file_gives_is_asked_for(tmp_path, capsys, command):
    path, gold = config_file(tmp_path, 'currency = "USD"', 'currency = "EUR"'), recording(tmp_path, Format.TICKS)

    assert run(command, gold, config=path) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(
        "assay: XAUUSD is XAU in USD; money in EUR needs a rate that is not known; give a file of EURUSD"
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("cooldown_min = 45", "cooldown_mins = 45", "engine.gate.cooldown_mins: unknown key; remove it or correct"),
        ('theme = "dark"', 'theme = "pink"', "channels.Gold Signals.theme: 'pink' is neither 'dark' nor 'light'"),
        ("min_score = 69", 'min_score = "high"', "engine.strategies.trend_continuation.min_score: "),
        ("[engine.gate]", "[engine.gate", "not valid TOML"),
        ('symbols = ["BTCUSDT", "PAXGUSDT"]', "symbols = []", "name symbols under feeds.binance.symbols"),
    ],
)
def test_a_wrong_configuration_is_told_by_key_and_value(tmp_path, capsys, before, after, said):
    path = config_file(tmp_path, before, after)

    assert run("run", "--sandbox", config=path) == 2
    told = only_line(capsys)
    assert told.startswith(f"assay: {path}: ")
    assert said in told
    assert not (tmp_path / "var").exists(), "nothing half-written"


def test_a_database_that_cannot_be_had_is_told_in_one_line(tmp_path, capsys):
    nobody = 'url = "postgresql+asyncpg://assay:secret@127.0.0.1:9/assay" #'
    path = config_file(tmp_path, "# url =", nobody)

    for command in (["verify"], ["export-record"]):
        assert run(*command, config=path) == 2
        told = only_line(capsys)
        assert told.startswith("assay: postgresql+asyncpg://assay:***@127.0.0.1:9/assay cannot be opened: ")


def test_a_database_to_replay_into_must_be_empty(tmp_path, capsys):
    wanted = ("replay", recording(tmp_path, Format.CANDLES), "--no-charts")
    wanted += ("--database", url_of(tmp_path / "other.db", is_bare=True))

    assert run(*wanted) == 0
    assert len(rows(tmp_path / "other.db", "SELECT open_ms FROM candles WHERE timeframe = 'M15'")) == 2
    assert run(*wanted) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(": not empty; name a new one")


def live_process(config: Path) -> subprocess.CompletedProcess[str]:
    """`run --sandbox` as a user starts it; it is expected to end by itself."""
    command = [sys.executable, "run_bot.py", "run", "--sandbox", "--config", str(config)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 — our own


def test_a_second_instance_on_the_same_folder_names_the_first(tmp_path):
    config = config_file(tmp_path, "port = 8080", "port = 0")
    with acquire(tmp_path / "var", {}, 1_767_650_400_000):
        second = live_process(config)

    assert second.returncode == 2
    complaint = second.stderr.splitlines()[-1]
    assert complaint == (
        f"assay: another instance uses this data folder {tmp_path / 'var'}: process {os.getpid()} on "
        f"{socket.gethostname()} since 2026-01-05 22:00:00 UTC; stop it first"
    )
    assert "Traceback" not in second.stderr
    [kept] = (tmp_path / "var" / "backups").glob("config-*.toml")
    assert kept.read_bytes() == config.read_bytes(), "what a start wanted is kept, come of it what may"


def test_a_configuration_that_cannot_be_copied_keeps_nobody_from_starting(tmp_path):
    config = config_file(tmp_path, "port = 8080", "port = 0")
    with acquire(tmp_path / "var", {}, 1_767_650_400_000):
        (tmp_path / "var" / "backups").write_text("no folder", "utf-8")
        started = live_process(config)

    assert "configuration not copied" in started.stderr
    assert "another instance uses this data folder" in started.stderr.splitlines()[-1]


def test_a_port_that_is_taken_is_named(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run("replay", recording(tmp_path, Format.TICKS), "--port", port, "--no-charts") == 2

    complaint = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(rf"assay: port {port} is taken \(.+\); end the other program, or set .*", complaint)


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("demo", "simulated market"),
        ("replay", "Streams recorded markets"),
        ("explain", "what was known then"),
        ("run", "The live service"),
        ("setup", "Asks for the bot token"),
        ("check", "what is wrong and how to mend it"),
    ],
)
def test_help_says_what_a_command_does(capsys, command, what):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])

    assert stopped.value.code == 0
    assert what in " ".join(capsys.readouterr().out.split())
