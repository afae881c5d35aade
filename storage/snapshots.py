"""The engine's state from time to time, so that a start need not hear everything again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from storage.files import write_whole

KEPT = 2  # the newest and the one before, in case the newest cannot be read
_DIGEST_BYTES = 32


class Snapshot(msgspec.Struct, frozen=True):
    """The engine after input `number`, as code of `version` wrote it."""

    number: int
    version: str
    state: bytes


class Loaded(msgspec.Struct, frozen=True):
    """The newest snapshot that is whole, and the newer ones that are not."""

    snapshot: Snapshot | None
    corrupt: tuple[Path, ...] = ()


def save(folder: Path, number: int, version: str, state: bytes) -> Path:
    """Write it whole or not at all, and drop all but the newest two."""
    folder.mkdir(parents=True, exist_ok=True)
    content = msgspec.msgpack.encode(Snapshot(number, version, state))
    path = folder / f"{number:015}.snapshot"
    write_whole(path, _digest(content) + content)
    for old in _newest_first(folder)[KEPT:]:
        old.unlink()
    return path


def load(folder: Path) -> Loaded:
    """The newest that is whole. A damaged one is passed over and named; it is never used in part."""
    corrupt: list[Path] = []
    for path in _newest_first(folder):
        content = path.read_bytes()
        if content[:_DIGEST_BYTES] == _digest(content[_DIGEST_BYTES:]):
            snapshot = msgspec.msgpack.decode(content[_DIGEST_BYTES:], type=Snapshot)
            return Loaded(snapshot, tuple(corrupt))
        corrupt.append(path)
    return Loaded(None, tuple(corrupt))


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.snapshot"), reverse=True)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
