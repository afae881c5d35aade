"""What runs in the process that is killed: an outbox with the real client, and wishes without end."""

from __future__ import annotations

import asyncio
import itertools
from multiprocessing.synchronize import Event

import structlog

from bot.clock import WallClock
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.pacing import Limits
from bot.delivery.telegram_client import TelegramClient
from bot.words.post import Post
from storage.database import transaction
from tests.databases import open_url
from tests.faults.stories import ADMIN, CHANNEL

QUICK = Limits(chat_gap_ms=0, chat_per_minute=100_000, overall_per_second=10_000)


def child(database: str, token: str, base_url: str, begun: Event) -> None:
    """Runs until it is killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(_trade(database, token, base_url, begun))


async def _trade(database: str, token: str, base_url: str, begun: Event) -> None:
    engine = await open_url(database)
    client = TelegramClient(token, base_url=base_url)
    outbox = Outbox(engine, client, WallClock(), _as_it_is, limits=QUICK, probe_chat=ADMIN)
    await outbox.recover()
    running = asyncio.create_task(outbox.run())
    begun.set()
    for number in itertools.count(1):
        for state in ("opened", "+0.4 R", "TP1"):
            picture = b"\x89PNG" if state == "TP1" else None
            async with transaction(engine) as conn:
                await outbox.put(
                    conn,
                    f"signal:{number}",
                    CHANNEL,
                    Post(f"XAU_{number:03} {state}", picture=picture),
                    priority=Priority.OPENING_OR_CLOSING,
                )
            outbox.wake()
            await asyncio.sleep(0.02)
        if running.done():
            running.result()


async def _as_it_is(picture: bytes) -> bytes:
    return picture
