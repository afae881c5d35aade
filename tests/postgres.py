"""A real PostgreSQL for the tests: started from the system's packages on first use, on a socket of its own."""

from __future__ import annotations

import atexit
import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

USER = "assay"
_numbers = itertools.count(1)


class NoPostgres(Exception):
    """There is none here; the text says what is missing."""


@cache
def server() -> Path:
    """The folder with its socket; the server ends with this process. NoPostgres where it cannot be had."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:  # it refuses to run as root
        account = _account()
        os.chown(folder, account.pw_uid, account.pw_gid)
    # As a server in use is: with a language's order of letters, which is not that of their codes.
    order = ("--locale-provider=icu", "--icu-locale=en-US")
    _run(programs / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync", *order)
    _start(programs, folder)
    return folder


def new_database(template: str) -> str:
    """The name of a database that nobody has used, a copy of `template`, which nobody may have open."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return name


def url_of(name: str) -> str:
    return f"postgresql+asyncpg://{USER}@/{name}?host={server()}"


def command(statement: str) -> None:
    """Have the server itself do something. A program kept for it: starting one takes longer than what it does."""
    psql = _psql()
    assert psql.stdin is not None
    assert psql.stdout is not None
    psql.stdin.write(f"{statement};\n\\echo done\n")
    psql.stdin.flush()
    told = list(iter(psql.stdout.readline, "done\n"))
    if errors := [line for line in told if line.startswith("ERROR")]:
        raise RuntimeError(f"{statement}: {errors[0].strip()}")


def copy(name: str, other: str) -> None:
    """Everything committed in one database into another, an empty one, while the first is in use."""
    where = ("-h", server(), "-U", USER)
    dumped = subprocess.run(  # noqa: S603 — the system's own
        [_programs() / "pg_dump", *where, name], check=True, capture_output=True, timeout=60
    )
    subprocess.run(  # noqa: S603 — the system's own
        [_programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", *where, other],
        check=True,
        input=dumped.stdout,
        capture_output=True,
        timeout=60,
    )


@cache
def _psql() -> subprocess.Popen[str]:
    words = [_programs() / "psql", "-qAt", "-h", server(), "-U", USER, "postgres"]
    return subprocess.Popen(  # noqa: S603 — the system's own
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _start(programs: Path, folder: Path) -> None:
    """A child that ends with us, also when we are killed."""
    # Nobody pulls the plug on a test, and nobody outside this machine's tests needs to reach it.
    settings = ("listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off")
    command = [programs / "postgres", "-D", folder / "data", "-k", folder]
    command += [word for setting in settings for word in ("-c", setting)]
    server = subprocess.Popen(  # noqa: S603 — the system's own
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        preexec_fn=_end_with_parent,
        **_as_whom(),
    )
    atexit.register(server.send_signal, signal.SIGQUIT)
    for _ in range(300):  # it answers "starting up" at first, and is asked without a pause of ours
        if server.poll() is not None:
            raise NoPostgres(f"postgres ended with code {server.returncode}")
        asked = [programs / "pg_isready", "-q", "-h", folder]
        if subprocess.run(asked, check=False, timeout=30).returncode == 0:  # noqa: S603 — the system's own
            return
    raise NoPostgres("postgres does not answer")


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def _as_whom() -> dict[str, Any]:
    """Root may not run it."""
    return {"user": _account().pw_uid, "group": _account().pw_gid} if os.geteuid() == 0 else {}


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(  # noqa: S603 — the system's own
        words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, cwd="/", **_as_whom()
    )
    if done.returncode:
        raise NoPostgres(f"{Path(words[0]).name} failed with code {done.returncode}")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if path:
        return Path(path).parent
    raise NoPostgres("no PostgreSQL server is installed; Debian's package is called postgresql")


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("root may not run PostgreSQL, and there is no user postgres") from None
