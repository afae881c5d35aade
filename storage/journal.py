"""The black box: every input as it came, one JSON line each, one file a day of the writing clock.

The first line of a file is its header: where the numbers begin, which code and configuration heard what follows, and
the engine's state before it. A file is never opened again once it was left: a start begins a new one
(`2026-04-02.jsonl`, `2026-04-02.2.jsonl`), so only the last line of a file can be torn.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.events import Input
from storage.files import sync_folder, write_whole

FORMAT = 1
BATCH = 512  # inputs encoded and written together

_START = b'{"type":"journal"'  # what no other file of ours begins with
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl")
_encoder = msgspec.json.Encoder()


class JournalError(Exception):
    """A journal that cannot be trusted; the text names file, line and what was found."""


class Header(msgspec.Struct, frozen=True, tag="journal"):
    """First line of a file. `first_number` is that of the line after it."""

    format: int
    first_number: int
    code: str  # version of the program that wrote it
    config: msgspec.Raw  # JSON
    snapshot: bytes | None  # the engine before the first line


class Journal:
    """Numbers inputs from 1 and appends them. One writer a folder (see `storage.instance`).

    `torn_bytes` says how much of an unfinished last line was cut from the newest file, left by a crash.
    """

    def __init__(
        self,
        folder: Path,
        now_ms: int,
        *,
        code: str,
        config: object,
        snapshot: bytes | None = None,
        after: int = 0,
    ) -> None:
        """Begin a new file behind what is there. `after` is the highest number known from elsewhere (database,
        snapshot): numbers go on after it even where the files were taken away.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = journal_files(folder)
        self.torn_bytes = _cut_tail(files[-1]) if files else 0
        self.last_number = max(after, _last_number(files[-1]) if files else 0)
        self._folder = folder
        self._code = code
        self._config = msgspec.Raw(_encoder.encode(config))
        self._pending: list[Input] = []
        self._is_dirty = False
        self._open(now_ms, snapshot)

    def append(self, item: Input) -> int:
        """Number and remember it; written in batches. OSError as `flush`: the item is kept all the same."""
        self.last_number += 1
        self._pending.append(item)
        if len(self._pending) >= BATCH:
            self._write()
        return self.last_number

    def flush(self, *, sync: bool = True) -> None:
        """Hand everything to the operating system, and with `sync` to the disk.

        OSError when it cannot be written: nothing of the batch is left in the file, and the next call tries again.
        """
        self._write()
        if sync:
            self.sync()

    def sync(self) -> None:
        """Wait for the disk. May run in another thread while inputs are appended, not while the file is changed.

        OSError means that what was written since the last time may be lost, and no retry tells: stop the process.
        """
        if self._is_dirty:
            self._is_dirty = False
            os.fsync(self._file.fileno())

    def is_of(self, now_ms: int) -> bool:
        """Whether inputs heard at this time still belong to this file."""
        return utc_day(now_ms) <= self.day

    def rotate(self, now_ms: int, snapshot: bytes | None) -> None:
        """Close this file and begin the next, with the engine's state after the last input appended."""
        self.close()
        self._open(now_ms, snapshot)

    def close(self) -> None:
        self.flush()
        self._file.close()

    def _open(self, now_ms: int, snapshot: bytes | None) -> None:
        self.path = _next_path(self._folder, utc_day(now_ms))
        self.day = _order(self.path)[0]
        header = Header(FORMAT, self.last_number + 1, self._code, self._config, snapshot)
        write_whole(self.path, _encoder.encode(header) + b"\n")
        self._file = self.path.open("ab", buffering=0)
        self._size = self.path.stat().st_size

    def _write(self) -> None:
        if not self._pending:
            return
        lines = _encoder.encode_lines(self._pending)
        left = memoryview(lines)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            # Half a line here would make everything after it unreadable.
            self._file.truncate(self._size)
            raise
        self._size += len(lines)
        self._is_dirty = True
        self._pending.clear()


def utc_day(now_ms: int) -> str:
    """`2026-04-02`"""
    return datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()


def journal_files(folder: Path) -> list[Path]:
    """The folder's journals, oldest first. Their names sort as their numbers do."""
    return sorted((path for path in folder.glob("*.jsonl") if _NAME.fullmatch(path.name)), key=_order)


def is_journal(path: Path) -> bool:
    """By its first bytes, whatever it is called."""
    with path.open("rb") as file:
        return file.read(len(_START)) == _START


def header(path: Path) -> Header:
    with path.open("rb") as file:
        return _read_header(path, file)


def read(path: Path) -> Iterator[tuple[int, Input]]:
    """Every input with its number. An unfinished last line is not an input (see `torn_bytes`).

    JournalError, naming file and line, where anything else is not one.
    """
    decode = msgspec.json.Decoder(Input).decode
    with path.open("rb") as file:
        number = _read_header(path, file).first_number
        for line_number, line in enumerate(file, 2):
            if not line.endswith(b"\n"):
                return
            try:
                yield number, decode(line)
            except msgspec.MsgspecError as error:
                raise JournalError(f"{path}:{line_number}: {error}; found {line[:80]!r}") from error
            number += 1


def read_after(folder: Path, number: int) -> Iterator[tuple[int, Input]]:
    """Every input after `number`, over all files of the folder; those that end before it are not read.

    JournalError when inputs in between are missing.
    """
    expected = number + 1
    for path in _files_after(folder, number):
        first = header(path).first_number
        if first > expected:
            raise JournalError(f"{path}: begins with input {first}; inputs {expected} to {first - 1} are missing")
        for found, item in read(path):
            if found >= expected:
                yield found, item
                expected = found + 1


def torn_bytes(path: Path) -> int:
    """Length of an unfinished last line, as a crash leaves it; 0 when the file is whole."""
    with path.open("rb") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65_536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return size - (start + found + 1)
            end = start
    return size


def _files_after(folder: Path, number: int) -> list[Path]:
    """From the newest back to the one that holds the next input."""
    wanted: list[Path] = []
    for path in reversed(journal_files(folder)):
        wanted.insert(0, path)
        if header(path).first_number <= number + 1:
            break
    return wanted


def _read_header(path: Path, file: BinaryIO) -> Header:
    line = file.readline()
    try:
        found = msgspec.json.decode(line, type=Header)
    except msgspec.MsgspecError as error:
        raise JournalError(f"{path}:1: not a journal: {error}; found {line[:80]!r}") from error
    if found.format != FORMAT:
        raise JournalError(f"{path}:1: journal format {found.format}; this program reads format {FORMAT}")
    return found


def _last_number(path: Path) -> int:
    with path.open("rb") as file:
        first = _read_header(path, file).first_number
        return first - 1 + sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _cut_tail(path: Path) -> int:
    torn = torn_bytes(path)
    if torn:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - torn)
            os.fsync(file.fileno())
        sync_folder(path.parent)
    return torn


def _next_path(folder: Path, day: str) -> Path:
    """A free name that sorts behind all others, even when the clock was set back to an earlier day."""
    files = journal_files(folder)
    if not files or _order(files[-1])[0] < day:
        return folder / f"{day}.jsonl"
    newest_day, count = _order(files[-1])
    return folder / f"{newest_day}.{count + 1}.jsonl"


def _order(path: Path) -> tuple[str, int]:
    """Day and count: `2026-04-02.jsonl` is the first of its day, `2026-04-02.2.jsonl` the second."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise ValueError(f"{path.name} is not the name of a journal")
    return named[1], int(named[2] or 1)
