"""One instance at a time on a data folder, a database, a bot token: two would say everything twice.

The locks are the operating system's and end with the process, however it ends: there is no stale lock to remove. They
are those of one machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec
from sqlalchemy.engine import make_url


class AlreadyRunning(Exception):
    """Somebody else holds it; the text names who, in one line."""


class _Holder(msgspec.Struct, frozen=True):
    """What a lock file says about the process that holds it."""

    pid: int
    host: str
    since_ms: int


class InstanceLock:
    """Held until `release`, or the end of the process."""

    def __init__(self) -> None:
        self._handles: list[int] = []

    def __enter__(self) -> InstanceLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        while self._handles:
            os.close(self._handles.pop())

    def take(self, path: Path, what: str, holder: _Holder) -> None:
        # The file stays when the lock goes: removing it would let two processes lock two files of one name.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._handles.append(handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another instance uses this {what}: {_describe(os.read(handle, 4096))}") from None
        os.ftruncate(handle, 0)
        os.write(handle, msgspec.json.encode(holder))


def acquire(folder: Path, names: Mapping[str, str], now_ms: int) -> InstanceLock:
    """Lock the data folder, and each name on this machine: `{"bot token": token, "database": database_name(url)}`.

    The keys are shown to the reader; the values are hashed and never shown. AlreadyRunning when any is taken; then
    none is held.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shared = _shared_folder() if names else folder
    holder = _Holder(os.getpid(), socket.gethostname(), now_ms)
    lock = InstanceLock()
    try:
        lock.take(folder / "instance.lock", f"data folder {folder}", holder)
        for what, name in names.items():
            digest = hashlib.sha256(f"{what}\0{name}".encode()).hexdigest()
            lock.take(shared / f"{digest}.lock", what, holder)
    except (AlreadyRunning, OSError):
        lock.release()
        raise
    return lock


def database_name(url: str) -> str:
    """What makes two URLs the same database: the file's full path, or server and name. Holds no password."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:{Path(parsed.database or '').resolve()}"
    return f"{parsed.get_backend_name()}:{parsed.host or ''}:{parsed.port or ''}/{parsed.database or ''}"


def _shared_folder() -> Path:
    """Where all instances of this user on this machine meet, whatever their data folder."""
    folder = Path(tempfile.gettempdir()) / f"assay-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it or set TMPDIR to a folder of your own")
    return folder


def _describe(written: bytes) -> str:
    try:
        holder = msgspec.json.decode(written, type=_Holder)
    except msgspec.MsgspecError:
        return "it has only just started"
    since = datetime.fromtimestamp(holder.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"process {holder.pid} on {holder.host} since {since}; stop it first"
