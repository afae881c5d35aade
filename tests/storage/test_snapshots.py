"""A snapshot is whole or it is not used."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from storage.snapshots import Snapshot, load, save


def test_the_newest_comes_back(tmp_path: Path) -> None:
    save(tmp_path, 99, "1", b"old")
    save(tmp_path, 100, "1", b"\x00new\xff")

    found = load(tmp_path)
    assert (found.snapshot, found.corrupt) == (Snapshot(100, "1", b"\x00new\xff"), ())


def test_a_first_start_has_none(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere").snapshot is None
    assert load(tmp_path).snapshot is None


def test_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    for number in (1, 20, 300):
        save(tmp_path, number, "1", b"state")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["000000000000020.snapshot", "000000000000300.snapshot"]


def test_saving_the_same_number_again_is_harmless(tmp_path: Path) -> None:
    save(tmp_path, 5, "1", b"first")
    save(tmp_path, 5, "2", b"second")

    assert load(tmp_path).snapshot == Snapshot(5, "2", b"second")
    assert len(list(tmp_path.iterdir())) == 1


@given(state=st.binary(max_size=200), data=st.data())
@hypothesis_settings(max_examples=100, deadline=None)
def test_one_damaged_bit_anywhere_falls_back_to_the_one_before_and_says_so(state: bytes, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder, 1, "1", b"before")
        newest = save(folder, 2, "1", state)
        content = bytearray(newest.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        newest.write_bytes(content)

        found = load(folder)
        assert (found.snapshot, found.corrupt) == (Snapshot(1, "1", b"before"), (newest,))


def test_every_length_a_torn_write_may_leave_is_noticed(tmp_path: Path) -> None:
    save(tmp_path, 1, "1", b"before")
    newest = save(tmp_path, 2, "1", b"after")
    content = newest.read_bytes()
    for length in range(len(content)):
        newest.write_bytes(content[:length])
        assert load(tmp_path).snapshot == Snapshot(1, "1", b"before")


def test_when_none_is_whole_all_are_named(tmp_path: Path) -> None:
    paths = [save(tmp_path, number, "1", b"state") for number in (1, 2)]
    for path in paths:
        path.write_bytes(b"")

    found = load(tmp_path)
    assert (found.snapshot, found.corrupt) == (None, (paths[1], paths[0]))


def test_a_crash_while_writing_leaves_the_old_one(tmp_path: Path) -> None:
    save(tmp_path, 1, "1", b"before")
    (tmp_path / "000000000000002.snapshot.tmp").write_bytes(b"half of it")

    assert load(tmp_path).snapshot == Snapshot(1, "1", b"before")


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "000000000000002.snapshot").mkdir()  # in the way

    with pytest.raises(OSError, match="directory"):
        save(tmp_path, 2, "1", b"state")
    assert list(tmp_path.glob("*.tmp")) == []
