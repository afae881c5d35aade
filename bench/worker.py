"""Peers that may not, or cannot, be imported beside us: programs in an environment of their own, told when to run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType

from bench.market import ROOT

PEERS = ROOT / ".venv-bench"


class PeerMissing(Exception):
    """The peer cannot be measured here; the text says why."""


class Worker:
    """A peer's program. It loads its data once, then does one job per line asked and answers with a line."""

    def __init__(self, module: str, data: Path) -> None:
        python = next((path for path in (PEERS / "bin/python", PEERS / "Scripts/python.exe") if path.exists()), None)
        if python is None:
            raise PeerMissing(f"{PEERS.name} is not there; `make bench` builds it")
        command = [str(python), "-m", module, str(data)]
        self._program = subprocess.Popen(  # noqa: S603 - our own module, under our own interpreter
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._read()  # ready

    def ask(self, job: str, **arguments: int | str) -> dict[str, float]:
        """Do one job. The answer holds `seconds`, by the program's own clock, and what else it has to tell."""
        assert self._program.stdin is not None  # noqa: S101 - it was opened with a pipe
        try:
            self._program.stdin.write(json.dumps({"job": job, **arguments}) + "\n")
            self._program.stdin.flush()
        except BrokenPipeError:
            raise PeerMissing("its program has ended") from None
        return self._read()

    def _read(self) -> dict[str, float]:
        assert self._program.stdout is not None  # noqa: S101 - it was opened with a pipe
        line = self._program.stdout.readline()
        if not line:
            raise PeerMissing(f"its program ended with code {self._program.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._program.stdin is not None  # noqa: S101 - it was opened with a pipe
        self._program.stdin.close()
        self._program.wait()
