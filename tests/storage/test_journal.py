"""The black box gives back what it heard, whatever happened to the machine."""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.events import (
    CandleInput,
    CloseTrade,
    Command,
    Heartbeat,
    History,
    Input,
    Pause,
    Resume,
    SetMode,
    SetRisk,
    Tick,
)
from engine.types import Mode
from storage.journal import (
    Journal,
    JournalError,
    header,
    is_journal,
    journal_files,
    read,
    read_after,
    torn_bytes,
    utc_day,
)
from tests.builders import at, candle, tick

NOW_MS = at("2026-04-02 12:00")
LATER_MS = at("2026-04-03 00:00")


def begin(folder: Path, now_ms: int = NOW_MS, snapshot: bytes | None = None, after: int = 0) -> Journal:
    return Journal(folder, now_ms, code="0.1.0", config={"score": 80}, snapshot=snapshot, after=after)


def ticks(count: int, first: int = 1) -> list[Input]:
    """Quotes that can be told apart: the bid is the number."""
    return [tick(number, time_ms=number) for number in range(first, first + count)]


def write(folder: Path, items: list[Input], now_ms: int = NOW_MS) -> Path:
    journal = begin(folder, now_ms)
    for item in items:
        journal.append(item)
    journal.close()
    return journal.path


prices = st.integers(1, 10**12)
times = st.integers(0, 2**48)
words = st.text(max_size=20)
amounts = st.none() | st.floats(min_value=0, allow_infinity=False)
quotes = st.builds(
    lambda symbol, time_ms, bid, spread, last, volume: Tick(symbol, time_ms, bid, bid + spread, last, volume),
    words,
    times,
    prices,
    st.integers(0, 10**6),
    st.none() | prices,
    amounts,
)
recorded = st.builds(
    lambda low, up, high, start, volume: candle(low, low + up + high, low, low + up, open_ms=start, volume=volume),
    prices,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    times,
    amounts,
)
actions = st.one_of(
    st.builds(Pause, st.none() | words, st.none() | times),
    st.builds(Resume, st.none() | words),
    st.builds(SetRisk, st.decimals(min_value=0, max_value=5, places=2)),
    st.builds(SetMode, st.sampled_from(Mode)),
    st.builds(CloseTrade, words),
)
inputs = st.one_of(
    quotes,
    st.builds(CandleInput, recorded),
    st.builds(History, recorded),
    st.builds(Heartbeat, words, times),
    st.builds(Command, st.integers(0, 2**52), actions),
)


@given(heard=st.lists(inputs, max_size=30), breaks=st.sets(st.integers(0, 30)))
@hypothesis_settings(max_examples=60, deadline=None)
def test_what_was_heard_comes_back_the_same_over_any_number_of_files(heard: list[Input], breaks: set[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = begin(folder)
        numbers = []
        for index, item in enumerate(heard):
            if index in breaks:
                journal.rotate(NOW_MS + index * 86_400_000, snapshot=b"state")
            numbers.append(journal.append(item))
        journal.close()

        assert numbers == list(range(1, len(heard) + 1))
        assert list(read_after(folder, 0)) == list(zip(numbers, heard, strict=True))


def test_a_file_opens_with_what_is_needed_to_hear_it_again(tmp_path: Path) -> None:
    write(tmp_path, ticks(3))
    journal = begin(tmp_path, LATER_MS, snapshot=b"\x00\xffengine")
    journal.close()

    found = header(tmp_path / "2026-04-03.jsonl")
    assert (found.format, found.first_number, found.code, found.snapshot) == (1, 4, "0.1.0", b"\x00\xffengine")
    assert json.loads(bytes(found.config)) == {"score": 80}


def test_files_are_named_for_the_day_they_were_written_and_counted_within_it(tmp_path: Path) -> None:
    for now_ms in (NOW_MS, NOW_MS, LATER_MS - 1, LATER_MS, LATER_MS + 1):
        write(tmp_path, ticks(1), now_ms)

    assert [path.name for path in journal_files(tmp_path)] == [
        "2026-04-02.jsonl",
        "2026-04-02.2.jsonl",
        "2026-04-02.3.jsonl",
        "2026-04-03.jsonl",
        "2026-04-03.2.jsonl",
    ]


def test_the_tenth_file_of_a_day_comes_after_the_ninth(tmp_path: Path) -> None:
    for _ in range(11):
        write(tmp_path, ticks(1))

    assert [number for number, _ in read_after(tmp_path, 0)] == list(range(1, 12))


def test_a_clock_that_was_set_back_does_not_mix_the_order(tmp_path: Path) -> None:
    write(tmp_path, ticks(2), LATER_MS)
    write(tmp_path, ticks(2, first=3), NOW_MS)

    assert [path.name for path in journal_files(tmp_path)] == ["2026-04-03.jsonl", "2026-04-03.2.jsonl"]
    assert list(read_after(tmp_path, 0)) == list(enumerate(ticks(4), 1))


def test_the_day_changes_at_midnight_utc(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    assert journal.is_of(LATER_MS - 1)
    assert not journal.is_of(LATER_MS)
    assert utc_day(LATER_MS - 1) == "2026-04-02"
    journal.rotate(LATER_MS, snapshot=None)
    assert journal.path.name == "2026-04-03.jsonl"
    assert journal.is_of(LATER_MS)
    journal.close()


def test_every_byte_a_crash_may_leave_of_the_last_line_is_cut_and_nothing_else(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", ticks(3)).read_bytes()
    last_line = len(whole) - (whole[:-1].rfind(b"\n") + 1)

    for kept in range(last_line):
        folder = tmp_path / str(kept)
        folder.mkdir()
        path = folder / "2026-04-02.jsonl"
        path.write_bytes(whole[: len(whole) - last_line + kept])

        assert torn_bytes(path) == kept
        assert list(read(path)) == list(enumerate(ticks(2), 1))

        journal = begin(folder)
        assert journal.torn_bytes == kept
        assert journal.append(tick(3, time_ms=3)) == 3
        journal.close()
        assert torn_bytes(path) == 0
        assert list(read_after(folder, 0)) == list(enumerate(ticks(3), 1))


def test_what_was_flushed_is_there_after_a_kill_and_what_was_not_is_not(tmp_path: Path) -> None:
    killed = begin(tmp_path)
    for item in ticks(5):
        killed.append(item)
    killed.flush()
    killed.append(tick(6))  # heard, and never flushed; then the process is gone

    again = begin(tmp_path)
    assert again.last_number == 5
    assert again.append(tick(6, time_ms=6)) == 6
    again.close()
    assert list(read_after(tmp_path, 0)) == list(enumerate(ticks(6), 1))


def test_a_broken_line_in_the_middle_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, ticks(5))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[3][:20] + b"\n", *lines[4:]]))

    with pytest.raises(JournalError, match=r"2026-04-02\.jsonl:4: JSON is malformed.*symb") as raised:
        list(read(path))
    assert "\n" not in str(raised.value)


def test_an_input_that_cannot_be_is_named_too(tmp_path: Path) -> None:
    path = write(tmp_path, ticks(2))
    path.write_bytes(path.read_bytes().replace(b'"ask":2', b'"ask":1'))

    with pytest.raises(JournalError, match=r"\.jsonl:3: quote 2/1 is not 0 < bid ≤ ask"):
        list(read(path))


def test_missing_inputs_are_noticed(tmp_path: Path) -> None:
    for first in (1, 11, 21):
        write(tmp_path, ticks(10, first))
    (tmp_path / "2026-04-02.2.jsonl").unlink()

    with pytest.raises(JournalError, match=r"2026-04-02\.3\.jsonl: begins with input 21; inputs 11 to 20 are missing"):
        list(read_after(tmp_path, 5))
    assert [number for number, _ in read_after(tmp_path, 20)] == list(range(21, 31))


def test_reading_after_a_number_leaves_older_files_alone(tmp_path: Path) -> None:
    for first in (1, 11, 21):
        write(tmp_path, ticks(10, first))
    (tmp_path / "2026-04-02.jsonl").write_text("not even a journal")

    assert [number for number, _ in read_after(tmp_path, 10)] == list(range(11, 31))
    assert [number for number, _ in read_after(tmp_path, 25)] == list(range(26, 31))
    assert list(read_after(tmp_path, 30)) == []
    assert list(read_after(tmp_path / "nowhere", 0)) == []


def test_numbers_are_never_given_twice_even_when_the_files_were_taken_away(tmp_path: Path) -> None:
    journal = begin(tmp_path, after=1000)
    assert journal.append(tick()) == 1001
    journal.close()

    assert begin(tmp_path, after=7).append(tick()) == 1002


def test_a_journal_is_recognised_by_what_is_in_it(tmp_path: Path) -> None:
    path = write(tmp_path, ticks(1))
    renamed = path.rename(tmp_path / "tuesday.txt")
    other = tmp_path / "ticks.csv"
    other.write_text("timestamp_utc_ms,bid,ask\n")
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    assert is_journal(renamed)
    assert not is_journal(other)
    assert not is_journal(empty)
    assert list(read(renamed)) == [(1, tick(1, time_ms=1))]
    with pytest.raises(JournalError, match=r"ticks\.csv:1: not a journal"):
        header(other)


def test_a_journal_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, ticks(1))
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))

    with pytest.raises(JournalError, match="journal format 2; this program reads format 1"):
        list(read(path))


def test_a_full_disk_leaves_no_half_line_and_nothing_is_lost_when_there_is_room_again(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    for item in ticks(3):
        journal.append(item)
    journal.flush()
    good = journal.path.stat().st_size
    for item in ticks(300, first=4):
        journal.append(item)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (good + 1000, limits[1]))  # a write is cut short, then refused
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert journal.path.stat().st_size == good

    journal.close()
    assert list(read_after(tmp_path, 0)) == list(enumerate(ticks(303), 1))


async def test_the_disk_is_waited_for_in_a_thread_while_inputs_go_on(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    expected = ticks(5000)
    syncing: asyncio.Future[None] | None = None
    for item in expected:
        journal.append(item)
        if journal.last_number % 500 == 0:
            journal.flush(sync=False)
            syncing = asyncio.ensure_future(asyncio.to_thread(journal.sync))
            await asyncio.sleep(0)
    assert syncing is not None
    await syncing
    journal.close()

    assert list(read_after(tmp_path, 0)) == list(enumerate(expected, 1))


def test_beginning_a_file_leaves_no_temporary_one(tmp_path: Path) -> None:
    write(tmp_path, ticks(1))

    assert [path.name for path in tmp_path.iterdir()] == ["2026-04-02.jsonl"]
