"""`verify` and `export-record` on what the whole service left behind after the simulated day."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.clock import MarketClock
from storage.check_record import entry_hash
from storage.ledger import FIRST_HASH
from tests import databases
from tests.bot.command_line import run
from tests.bot.stage import SHIPPED, config_in, on_stage, sandbox_for, simulated_day
from tests.databases import Kept, Kind, kind, lay_out, take, url_of

_left: dict[Kind, tuple[Path, Kept]] = {}


@pytest.fixture
async def house(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose database holds the day. Played once, copied for each test."""
    if kind() not in _left:
        folder = tmp_path_factory.mktemp("day")
        await play(folder)
        _left[kind()] = (folder, take(folder / "assay.db"))
    folder, database = _left[kind()]
    shutil.copytree(folder, tmp_path / "var")
    lay_out(database, tmp_path / "var" / "assay.db")
    return house_at(tmp_path / "var")


def house_at(folder: Path) -> Path:
    """The shipped configuration, with its data and its database there."""
    shipped = SHIPPED.read_text("utf-8")
    placed = f'folder = "{folder}"\nurl = "{url_of(folder / "assay.db", is_bare=True)}"'
    config = folder.with_name("config.toml")
    config.write_text(shipped.replace('folder = "var"', placed), "utf-8")
    return config


async def play(folder: Path) -> None:
    begin_ms, history, live = simulated_day()
    config, clock = config_in(folder), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(live)


def tamper(config: Path, *statements: str) -> None:
    databases.rows(config.parent / "var" / "assay.db", *statements)


def rows(config: Path, query: str) -> list[tuple]:
    return databases.rows(config.parent / "var" / "assay.db", query)


def head_of(config: Path) -> str:
    [(count, last)] = rows(config, "SELECT n, hash FROM ledger ORDER BY n DESC LIMIT 1")
    return f"{count}:{last[:32]}"


# asyncio.run, inside the command, wants no loop around it: hence these tests are not async.


def test_every_signal_of_the_day_is_issued_published_and_ended_in_the_record(house):
    told = rows(house, "SELECT kind, signal_id FROM ledger WHERE signal_id IS NOT NULL")
    signals = {name for (name,) in rows(house, "SELECT id FROM signals")}
    done = {name for (name,) in rows(house, "SELECT signal_id FROM trades WHERE status = 'closed'")}

    assert signals
    assert sorted(name for kind, name in told if kind == "issued") == sorted(signals)
    assert sorted(name for kind, name in told if kind == "published") == sorted(signals)
    assert sorted(name for kind, name in told if kind == "closed") == sorted(done)


def test_verify_finds_nothing_wrong_with_an_honest_day(house, capsys):
    code = run("verify", "--head", head_of(house), config=house)

    said = capsys.readouterr().out
    assert code == 0, said
    assert "The record holds" in said
    assert "are what they were when the head was published" in said


def test_without_a_head_verify_says_how_little_that_proves(house, capsys):
    assert run("verify", config=house) == 0

    assert "proves only that the record is consistent in itself" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            'UPDATE ledger SET body = replace(body, \'"reason":"stop"\', \'"reason":"target"\')',
            "(closed) was changed after it was written",
        ),
        ("DELETE FROM ledger WHERE n = 2", "entry 2 is missing: 3 stands in its place"),
        ("DELETE FROM ledger WHERE n = (SELECT max(n) FROM ledger)", "it was cut short"),
        ("UPDATE trades SET result_steps = 0 WHERE status = 'closed'", "among the trades, not what the record says"),
        ("UPDATE messages SET sent_body = replace(sent_body, 'SL ', 'SL 1')", "shows another order than was issued"),
        (
            "UPDATE messages SET sent_body = replace(sent_body, '<code>', '<code>99') WHERE key LIKE 'daily:%'",
            "; the record ends at",
        ),
    ],
    ids=["edited", "deleted", "cut short", "other trades", "other message", "cut short after a report"],
)
def test_verify_names_what_was_tampered_with(house, capsys, statement: str, said: str):
    head = head_of(house)
    tamper(house, statement)

    assert run("verify", "--head", head, config=house) == 1

    told = capsys.readouterr().out
    assert said in told
    assert "The record does not hold" in told


def test_what_an_entry_says_does_not_write_to_the_terminal(house, capsys):
    tamper(house, """UPDATE ledger SET body = replace(body, '"id":"', '"id":"\\u001b]0;all is well\\u0007')""")

    assert run("verify", config=house) == 1
    told = capsys.readouterr().out
    assert "all is well" in told
    assert "\x1b" not in told


def test_verify_reads_the_heads_of_the_reports_that_were_sent(house, capsys):
    """A forger who makes all hashes anew and forgets what the channel shows."""
    [(shown,)] = rows(house, "SELECT min(n) FROM ledger WHERE kind = 'reported'")
    previous = FIRST_HASH
    for n, time_ms, name, body in rows(house, "SELECT n, time_ms, kind, body FROM ledger ORDER BY n"):
        content = {"n": n, "time_ms": time_ms + 1, "kind": name, "body": json.loads(body), "previous": previous}
        changed = entry_hash(content)
        tamper(
            house,
            f"UPDATE ledger SET time_ms = time_ms + 1, previous = '{previous}', hash = '{changed}' WHERE n = {n}",  # noqa: S608 — ours
        )
        previous = changed

    assert run("verify", config=house) == 1
    said = f"between entries 1 and {shown} the record is not what the reports show that were sent"
    assert said in capsys.readouterr().out


def other_source(config: Path, shift: str = "0") -> Path:
    """The day's candles as another source might have them: this much higher."""
    gold = config_in(config.parent).instruments[0]
    query = "SELECT open_ms, open, high, low, close FROM candles WHERE timeframe = 'M15' ORDER BY open_ms"
    lines = ["timestamp_utc,open,high,low,close,volume"]
    for open_ms, *prices in rows(config, query):
        moment = f"{datetime.fromtimestamp(open_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
        lines.append(",".join([moment, *(str(gold.to_decimal(ticks) + Decimal(shift)) for ticks in prices), "1"]))
    path = config.parent / "xauusd [elsewhere].csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_verify_holds_outcomes_against_candles_of_another_source(house, capsys):
    [(ended,)] = rows(house, "SELECT count(*) FROM ledger WHERE kind = 'closed'")

    assert run("verify", "--prices", other_source(house), config=house) == 0
    assert f"xauusd [elsewhere].csv: {ended} of {ended} XAUUSD outcomes agree within 5 pips" in capsys.readouterr().out

    assert run("verify", "--prices", other_source(house, "40.00"), config=house) == 1
    said = capsys.readouterr().out
    assert f"0 of {ended} XAUUSD outcomes agree" in said
    assert "; the other source traded " in said


def test_verify_tells_of_prices_taken_at_another_word_than_their_names(house, capsys):
    assert run("verify", "--prices", other_source(house), "--symbol", "PAXGUSDT", config=house) == 0
    said = "xauusd [elsewhere].csv: its name says XAUUSD, and it is taken for PAXGUSDT, as --symbol says"
    assert said in capsys.readouterr().err.splitlines()


def test_the_export_is_checked_by_the_program_beside_it(house, tmp_path, capsys):
    assert run("export-record", "--out", tmp_path / "out", config=house) == 0
    assert head_of(house) in capsys.readouterr().out

    checker, record = tmp_path / "out" / "check_record.py", tmp_path / "out" / "record.jsonl"
    command = [sys.executable, "-I", "-S", checker, record, head_of(house)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 — our own
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "The record holds")


@pytest.mark.sqlite_only("the file of a server is its own")
@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("command", ["verify", "export-record"])
def test_a_damaged_database_is_told_in_one_line(house, capsys, command, page):
    file = house.parent / "var" / "assay.db"
    pages = [b"", *(file.read_bytes()[at : at + 4096] for at in range(0, file.stat().st_size, 4096))]
    [(root,)] = rows(house, "SELECT rootpage FROM sqlite_master WHERE name = 'ledger'")
    spoilt = root if page else 1
    pages[spoilt] = b"\xff" * 4096
    file.write_bytes(b"".join(pages))

    assert run(command, config=house) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("assay: the database cannot be used (")
    assert said.endswith("); bring a backup back: run_bot.py restore")


def test_a_record_that_is_not_there_is_told_in_one_line(tmp_path, capsys):
    config = tmp_path / "config.toml"
    config.write_text(SHIPPED.read_text("utf-8").replace('folder = "var"', f'folder = "{tmp_path / "no"}"'), "utf-8")

    assert run("verify", config=config) == 2
    assert "no such database" in capsys.readouterr().err
    assert run("verify", "--head", "12", config=config) == 2
    assert "as the daily report shows it" in capsys.readouterr().err
