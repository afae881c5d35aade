"""A sandbox on a clock the test turns by hand, and the real client library talking to it."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from telegram import Bot

from bot.sandbox.chats import Person
from bot.sandbox.flood import FloodLimits
from bot.sandbox.server import Sandbox

CHANNEL = -1001000000001
FORUM = -1001000000002
DANA = Person(1001, "Dana")
STRANGER = Person(2002, "Mallory")
NOON_MS = 1_712_145_600_000  # 3 April 2024 12:00 UTC


class Clock:
    """Market time, moved only by the test."""

    def __init__(self, now_ms: int = NOON_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


@asynccontextmanager
async def running(clock: Clock | None = None, flood: FloodLimits | None = None) -> AsyncIterator[Sandbox]:
    """A started sandbox with one channel, one forum (topic 5) and Dana."""
    sandbox = Sandbox(clock=clock or Clock(), flood=flood, label="SIMULATED", admins=(DANA,))
    sandbox.add_channel(CHANNEL, "Assay · XAUUSD", username="assay_gold")
    sandbox.add_group(FORUM, "Assay desk", topics={5: "XAUUSD"})
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@asynccontextmanager
async def talking(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(sandbox.token, base_url=sandbox.base_url, base_file_url=sandbox.base_file_url) as bot:
        yield bot


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop run until something is so; fails after five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 # the condition is another program's, it sets no event for us
            await asyncio.sleep(0)


def png(width: int = 4, height: int = 3, shade: int = 0) -> bytes:
    """A grey picture, whole and valid."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
