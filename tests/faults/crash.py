"""A crash of the process without ending it: at the wanted point every task is dropped, and nothing has effect any more.

Points are every commit, every drawing and both ends of every request: between two of them nothing changes that outlives
the process. `awaits` adds every suspension of every task and every begin of a transaction, to see that this is so.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine, Generator
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

NEVER = 1 << 40


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Dies at point `at`, counted from 0: from then on tasks end, commits fail and requests do not leave."""

    def __init__(self, at: int = NEVER, *, awaits: bool = False) -> None:
        self._at = at
        self._awaits = awaits
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections: list[Any] = []
        self.passed = 0
        self.is_dead = False

    def pass_by(self, point: str) -> None:
        if not self.is_dead and not self._awaits and point in ("await", "begin"):
            return
        if not self.is_dead and self.passed >= self._at:
            self.is_dead = True
            for task in self._tasks:
                if task is not asyncio.current_task():
                    task.cancel()
        if self.is_dead:
            raise Killed
        self.passed += 1

    def watch(self, engine: AsyncEngine) -> None:
        event.listen(engine.sync_engine, "begin", lambda _: self.pass_by("begin"))
        event.listen(engine.sync_engine, "commit", lambda _: self.pass_by("commit"))
        event.listen(engine.sync_engine, "connect", lambda connection, _: self._connections.append(connection))

    async def close_files(self) -> None:
        """As the system does when a process ends: a transaction under way is gone, and its lock with it."""
        for connection in self._connections:
            driver = connection.driver_connection
            if hasattr(driver, "terminate"):
                driver.terminate()  # without a last word
            else:
                await driver.close()
        self._connections.clear()
        self._tasks.clear()
        if self.is_dead and self._awaits:
            gc.collect()  # what a dropped task was reading keeps the file locked as long as it is remembered

    async def live(self, life: Coroutine[Any, Any, None]) -> bool:
        """One life of the process, with all its tasks. True when it was killed."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._task)
        loop.set_exception_handler(lambda _, __: None)  # what dropped tasks have to say
        try:
            await asyncio.wait([loop.create_task(life)])
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            loop.set_task_factory(None)
            loop.set_exception_handler(None)
        for task in self._tasks:
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, Killed) and not self.is_dead:
                raise error
        return self.is_dead

    def _task(self, loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(self._counted(coro), loop=loop, **more)
        self._tasks.add(task)
        return task

    async def _counted(self, coro: Any) -> Any:
        return await _Steps(coro, self)


class _Steps:
    """Runs a coroutine and passes by whenever it is about to wait."""

    def __init__(self, coro: Coroutine[Any, Any, Any], killer: Killer) -> None:
        self._coro = coro
        self._killer = killer

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        value: Any = None
        while True:
            try:
                waits_for = self._coro.send(value) if error is None else self._coro.throw(error)
            except StopIteration as ended:
                return ended.value
            value, error = None, None
            try:
                if not self._killer.is_dead:
                    self._killer.pass_by("await")
                value = yield waits_for
            except BaseException as raised:  # whatever it is belongs to the coroutine
                error = raised
