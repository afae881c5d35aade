"""Two instances would say everything twice; the second stops and names the first."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from storage.instance import AlreadyRunning, acquire, database_name
from tests.builders import at

NOW_MS = at("2026-04-02 10:00:05")
TOKEN = "123456:ABC-not-a-real-token"

HOLD = """
import sys
from pathlib import Path
from storage.instance import acquire
lock = acquire(Path(sys.argv[1]), dict(pair.split("=", 1) for pair in sys.argv[2:]), 1775124005000)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """So that a bot that really runs on this machine does not mind the tests."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def hold(folder: Path, *names: str) -> subprocess.Popen[str]:
    """A second process that has taken the locks."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", HOLD, str(folder), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_the_first_is_until_the_first_is_killed(tmp_path: Path) -> None:
    with hold(tmp_path / "data") as first:
        with pytest.raises(AlreadyRunning) as raised:
            acquire(tmp_path / "data", {}, NOW_MS)
        text = str(raised.value)
        assert f"another instance uses this data folder {tmp_path / 'data'}: process {first.pid} on " in text
        assert "since 2026-04-02 10:00:05 UTC" in text
        assert "\n" not in text
        first.kill()

    acquire(tmp_path / "data", {}, NOW_MS).release()


def test_the_same_token_with_another_folder_is_noticed_and_never_shown(
    tmp_path: Path, own_temporary_folder: Path
) -> None:
    with hold(tmp_path / "one", f"bot token={TOKEN}") as first:
        with pytest.raises(AlreadyRunning, match="another instance uses this bot token: process") as raised:
            acquire(tmp_path / "two", {"bot token": TOKEN}, NOW_MS)
        assert TOKEN not in str(raised.value)
        for path in own_temporary_folder.rglob("*.lock"):
            assert TOKEN not in path.name + path.read_text()
        acquire(tmp_path / "two", {"bot token": "another"}, NOW_MS).release()
        first.kill()


def test_who_is_refused_holds_nothing(tmp_path: Path) -> None:
    with acquire(tmp_path / "one", {"bot token": TOKEN}, NOW_MS):
        with pytest.raises(AlreadyRunning):
            acquire(tmp_path / "two", {"database": "x", "bot token": TOKEN}, NOW_MS)
        acquire(tmp_path / "two", {"database": "x"}, NOW_MS).release()


def test_after_release_the_next_may_start(tmp_path: Path) -> None:
    for _ in range(2):
        with acquire(tmp_path, {"bot token": TOKEN}, NOW_MS):
            pass


def test_one_database_is_known_by_any_way_to_write_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_name("sqlite+aiosqlite:///var/../assay.db") == f"sqlite:{tmp_path.resolve() / 'assay.db'}"
    assert database_name(f"sqlite:///{tmp_path}/assay.db") == database_name("sqlite+aiosqlite:///assay.db")

    asyncpg = database_name("postgresql+asyncpg://ann:secret@db.example:5432/assay")
    assert asyncpg == "postgresql:db.example:5432/assay"
    assert asyncpg != database_name("postgresql+asyncpg://db.example:5432/other")
