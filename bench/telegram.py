"""A sandbox in a process of its own, as Telegram is: what it does costs our loop nothing, and it says when it heard."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

import msgspec

from bot.clock import WallClock
from bot.sandbox.flood import FloodLimits
from bot.sandbox.server import Sandbox


class Heard(msgspec.Struct, frozen=True):
    """A request that was carried out, or refused. `time_ms` is when it had been read and judged."""

    method: str
    chat_id: int
    time_ms: int
    has_picture: bool
    is_refused: bool


class Telegram:
    """The other end of the pipe."""

    def __init__(self, pipe: Connection, token: str, base_url: str, base_file_url: str) -> None:
        self._pipe = pipe
        self.token, self.base_url, self.base_file_url = token, base_url, base_file_url

    async def heard(self) -> list[Heard]:
        """Everything since it was asked last."""
        self._pipe.send("heard")
        while not self._pipe.poll():  # noqa: ASYNC110 — a pipe sets no event of ours
            await asyncio.sleep(0.005)
        return msgspec.convert(self._pipe.recv(), list[Heard])


@asynccontextmanager
async def telegram(channels: Sequence[int]) -> AsyncIterator[Telegram]:
    """Running, with flood control on and these channels in it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, list(channels)), name="telegram", daemon=True
    )
    process.start()
    try:
        yield Telegram(ours, *await asyncio.to_thread(ours.recv))
    finally:
        ours.send("end")
        await asyncio.to_thread(process.join, 5)


def _serve(pipe: Connection, channels: Sequence[int]) -> None:
    asyncio.run(_answer(pipe, channels))


async def _answer(pipe: Connection, channels: Sequence[int]) -> None:
    sandbox = Sandbox(clock=WallClock().now_ms, flood=FloodLimits())
    for number, chat_id in enumerate(channels):
        sandbox.add_channel(chat_id, f"Channel {number}")
    await sandbox.start()
    pipe.send((sandbox.token, sandbox.base_url, sandbox.base_file_url))
    while await asyncio.to_thread(pipe.recv) == "heard":
        heard = [
            Heard(
                one.method,
                int(str(one.params.get("chat_id", 0))),
                one.time_ms,
                bool(one.uploads),
                one.refusal is not None,
            )
            for one in sandbox.requests
        ]
        sandbox.requests.clear()
        pipe.send(msgspec.to_builtins(heard))
    await sandbox.stop()
