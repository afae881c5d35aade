"""Draws pictures in worker processes, so that the loop never stalls."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

from charts.render import draw, warm


def _begin() -> None:
    # Ctrl-C reaches the whole process group; only the parent decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warm()


def _end_with_parent() -> None:
    """A parent that was killed cannot stop its workers; they must not outlive it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


class Painter:
    """A pool of spawned processes. `start` returns at once; the workers warm up while the service starts."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the loop and its threads
        self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_begin)
        for _ in range(self._workers):
            self._pool.submit(_nothing)  # a worker begins with its first task

    async def draw(self, spec: bytes) -> bytes:
        """PNG bytes. Whatever goes wrong in the worker is raised here; a broken pool is begun anew for the next."""
        if self._pool is None:
            self.start()
        pool = self._pool
        assert pool is not None  # noqa: S101 — for the type checker
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, draw, spec)
        except BrokenExecutor:  # a worker died
            self._pool = None
            raise

    def stop(self) -> None:
        """Does not wait for a picture that is being drawn."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _nothing() -> None:
    """Beginning the worker was the point."""
