"""A real PostgreSQL for the tests: started from the system's packages on first use, on a socket of its own."""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

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
    _run(programs / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    # Nobody pulls the plug on a test, and nobody outside this machine's tests needs to reach it.
    settings = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    _run(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", settings, "start")
    atexit.register(_run, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    return folder


def new_database(template: str = "template1") -> str:
    """The URL of a database that nobody has used, a copy of `template`."""
    folder, name = server(), f"test_{next(_numbers)}"
    command = [_programs() / "createdb", "-h", folder, "-U", USER, "-T", template, name]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 — the system's own
    return f"postgresql+asyncpg://{USER}@/{name}?host={folder}"


def _run(*command: object) -> None:
    as_whom = {"user": _account().pw_uid, "group": _account().pw_gid} if os.geteuid() == 0 else {}
    words = [str(word) for word in command]
    done = subprocess.run(  # noqa: S603 — the system's own
        words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, cwd="/", **as_whom
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
