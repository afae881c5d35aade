"""Replaying our own black box: what a replay kept says again what the replay said."""

from pathlib import Path

import msgspec
import pytest

from bot.config_file import load_config
from bot.play.player import open_player, play
from bot.play.tape import Tape, recognise_all, tape_of_files, tape_of_journals
from bot.words.wording import Market
from engine.config import EngineConfig
from engine.engine import Engine
from storage import journal
from tests.bot.command_line import run
from tests.bot.recordings import simulated_files
from tests.bot.stage import SHIPPED, config_in, simulated_day, transcript
from tests.databases import placed


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    return simulated_files(tmp_path_factory.mktemp("recorded"))


async def told(tape: Tape) -> str:
    """What readers saw of it."""
    async with open_player(
        placed(tape.config),
        Market.REPLAY,
        tape.begin_ms,
        speed=None,
        port=0,
        draws=False,
        listens=False,
        engine=tape.engine,
    ) as player:
        await play(player, tape.inputs)
        return transcript(player.sandbox)


def of_files(files: tuple[Path, Path], folder: Path) -> Tape:
    config = load_config(SHIPPED)
    sources, history = (recognise_all([path], config, None) for path in files)
    return tape_of_files(config, sources, history, folder, skips_bad=False, progress=lambda *_: None)


async def test_readers_of_a_replayed_journal_see_what_readers_of_the_replay_saw(files, tmp_path):
    first = await told(of_files(files, tmp_path / "first"))
    kept = journal.journal_files(tmp_path / "first" / "journal")
    again = await told(tape_of_journals(load_config(SHIPPED), kept, tmp_path / "again"))

    assert again == first
    assert "TP1" in first
    assert "Closed" in first


def test_its_table_is_that_of_the_replay(files, tmp_path, capsys):
    ticks, candles = files
    assert run("replay", ticks, "--history", candles, "--keep", tmp_path / "kept", "--no-charts") == 0
    first = capsys.readouterr().out

    assert run("replay", *journal.journal_files(tmp_path / "kept" / "journal"), "--no-charts") == 0
    assert capsys.readouterr().out == first
    assert "2 closed, 0 open" in first


def journals(folder: Path, *, configs: tuple[EngineConfig, ...] | None = None, skipped: int = 0) -> list[Path]:
    """A morning as two runs journaled it, the second after `skipped` inputs that are nowhere."""
    _, history, live = simulated_day()
    configs = configs or (config_in(folder).engine_config(),) * 2
    engine, last_number = Engine(configs[0]), 0
    for config, inputs in zip(configs, ([*history, *live[:600]], live[600 + skipped : 700]), strict=True):
        written = journal.Journal(
            folder, live[0].time_ms, code="1", config=config, snapshot=engine.snapshot(), after=last_number
        )
        for item in inputs:
            engine.push(item)
            written.append(item)
        written.close()
        last_number = written.last_number + skipped
    return journal.journal_files(folder)


def test_journals_are_replayed_in_the_order_they_were_written_however_a_shell_sorts_them(tmp_path, capsys):
    found = journals(tmp_path / "journal")
    assert sorted(found, key=str) == found[::-1], "a shell puts ….2.jsonl before ….jsonl"

    assert run("replay", *found, "--no-charts") == 0
    in_order = capsys.readouterr().out
    assert run("replay", *found[::-1], "--no-charts") == 0
    assert capsys.readouterr().out == in_order
    assert "0 closed, 1 open" in in_order


def test_a_journal_missing_between_two_others_is_noticed(tmp_path, capsys):
    found = journals(tmp_path / "journal", skipped=50)
    whole = len(simulated_day()[1]) + 600

    assert run("replay", *found, "--no-charts") == 2
    assert f"{found[1]}: begins with input {whole + 51}, not {whole + 1}; name all between" in capsys.readouterr().err


def test_journals_of_two_configurations_are_not_played_as_one(tmp_path, capsys):
    config = config_in(tmp_path).engine_config()
    found = journals(tmp_path / "journal", configs=(config, msgspec.structs.replace(config, stall_after_s=301)))

    assert run("replay", *found, "--no-charts") == 2
    assert f"{found[1]}: another configuration came into force; replay it by itself" in capsys.readouterr().err


def test_a_journal_of_another_engine_says_which_version_wrote_it(tmp_path, capsys):
    path = journals(tmp_path / "journal")[0]
    header, *lines = path.read_bytes().splitlines(keepends=True)
    strange = msgspec.json.decode(header) | {"snapshot": "Z2FyYmFnZQ=="}
    path.write_bytes(msgspec.json.encode(strange) + b"\n" + b"".join(lines))

    assert run("replay", path, "--no-charts") == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint == f"assay: {path}: written by version 1 with another engine; replay it with that version"
