"""The real thing: a process killed by the system at a moment of chance, and another that takes up what it left."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock, WallClock
from bot.delivery.outbox import Outbox
from bot.delivery.slots import decode
from bot.delivery.telegram_client import TelegramClient
from bot.delivery.verdicts import REPEAT_MARK
from bot.sandbox.chats import Person
from bot.sandbox.server import Sandbox
from storage.database import reading, transaction
from storage.doubts import spend
from storage.messages import find_message
from storage.outbox import rows_of
from storage.schema import messages
from tests.bot.sandbox_bot import png
from tests.databases import cut_off, fresh_database, url_of
from tests.faults.child import child
from tests.faults.run import Result
from tests.faults.stories import ADMIN, CHANNEL

BEGIN_S = 60.0  # at most, for the child to be there
LONGEST_LIFE_S = 1.0
FAULT_SHARE = 0.1


class _Time:
    """The wall's, until the clock of the second life runs ahead of it."""

    def __init__(self) -> None:
        self.ahead = MarketClock()

    def __call__(self) -> int:
        return max(WallClock().now_ms(), self.ahead.now_ms())


async def kill_runs(seeds: Iterable[int]) -> list[tuple[int, Result]]:
    """One after another, each with a sandbox, a file and a process of its own."""
    return [(seed, await kill_run(seed)) for seed in seeds]


async def kill_run(seed: int) -> Result:
    chance = Random(seed)  # noqa: S311 — a moment, not a secret
    time = _Time()
    sandbox = Sandbox(clock=time, admins=(Person(ADMIN, "Dana"),))
    sandbox.add_channel(CHANNEL, "Gold")
    await sandbox.start()
    hello = await sandbox.post(CHANNEL, "hello")
    sandbox.faults.wild(chance, FAULT_SHARE)
    try:
        with tempfile.TemporaryDirectory(prefix="assay-faults-") as folder:
            database = Path(folder) / "assay.db"
            engine = await fresh_database(database)
            async with transaction(engine) as conn:
                await spend(conn, CHANNEL, hello.id)  # as heard
            await engine.dispose()
            await _live_and_die(database, sandbox, chance.uniform(0.01, LONGEST_LIFE_S))
            sandbox.faults.calm()
            return await _second_life(database, sandbox, time)
    finally:
        await sandbox.stop()


async def _live_and_die(database: Path, sandbox: Sandbox, life_s: float) -> None:
    # A server that has everything imported already forks the children: starting anew would take most of the time.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.child"])
    begun = context.Event()
    given = (url_of(database), sandbox.token, sandbox.base_url, begun)
    process = context.Process(target=child, args=given, daemon=True)
    process.start()
    try:
        if not await asyncio.to_thread(begun.wait, BEGIN_S):
            raise RuntimeError("the child did not begin")
        await asyncio.sleep(life_s)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        cut_off(database)


async def _second_life(database: Path, sandbox: Sandbox, time: _Time) -> Result:
    result = Result(struck=True)
    clock = time.ahead
    clock.move_to(WallClock().now_ms())
    engine = await fresh_database(database)
    wanted = await _wanted(engine)
    client = TelegramClient(sandbox.token, base_url=sandbox.base_url)
    outbox = Outbox(engine, client, clock, _drawn, draw_timeout_s=None, probe_chat=ADMIN)
    await outbox.recover()
    while (due_ms := await outbox.run_due()) is not None:
        clock.move_to(due_ms)
    outbox.stop()
    await sandbox.let_arrive()
    result.found, result.twins = outbox.stats.found, outbox.stats.twins
    result.points = len(wanted)
    await _judge(engine, sandbox, wanted, result)
    await client.stop()
    await engine.dispose()
    return result


async def _drawn(_: bytes) -> bytes:
    return png()


async def _wanted(engine: AsyncEngine) -> dict[str, str]:
    """The text of each message the first life had committed to: its last wish, or what stands already."""
    wanted: dict[str, str] = {}
    async with reading(engine) as conn:
        for key in (await conn.scalars(select(messages.c.key))).all():
            message, rows = await find_message(conn, key), await rows_of(conn, key)
            body = rows[-1].body if rows else (message.sent_body if message is not None else None)
            if body is not None:
                wanted[key] = decode(body).text
    return wanted


async def _judge(engine: AsyncEngine, sandbox: Sandbox, wanted: dict[str, str], result: Result) -> None:
    texts = [message.body.text for message in sandbox.messages(CHANNEL)]
    async with reading(engine) as conn:
        for key, text in wanted.items():
            name = text.split()[0]
            copies = [shown for shown in texts if shown.startswith(f"{name} ")]
            marked = sum(shown.endswith(REPEAT_MARK) for shown in copies)
            result.marked += marked
            result.lost += not copies
            result.doubled += max(0, len(copies) - marked - 1)
            message = await find_message(conn, key)
            live = None if message is None else sandbox.chat(CHANNEL).messages.get(message.message_id or 0)
            if len(copies) - marked > 1 or live is None or live.body.text.removesuffix(f"\n{REPEAT_MARK}") != text:
                result.wrong.append(f"{key}: wanted {text!r}, there are {copies}, known {live and live.body.text!r}")
    result.strays = len(sandbox.messages(ADMIN))


def kill_table(results: list[tuple[int, Result]]) -> str:
    """One line, and every broken promise with its seed."""
    sums = {
        "found": sum(result.found for _, result in results),
        "twins deleted": sum(result.twins for _, result in results),
        "repeated marked": sum(result.marked for _, result in results),
        "lost": sum(result.lost for _, result in results),
        "doubled": sum(result.doubled for _, result in results),
        "forwards left": sum(result.strays for _, result in results),
    }
    wished = sum(result.points for _, result in results)
    line = f"{len(results)} processes killed by SIGKILL, {wished} messages: "
    line += ", ".join(f"{name} {count}" for name, count in sums.items())
    wrong = [f"kill seed {seed}: {'; '.join(result.wrong)}" for seed, result in results if result.wrong]
    return "\n".join([line, *wrong])
