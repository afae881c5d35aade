"""Several live feeds as one stream, in the order in which their inputs arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from engine.events import Input
from feeds.base import Feed

_WAITING = 1_000  # inputs per feed; a feed that is ahead waits


async def merge(feeds: Sequence[Feed]) -> AsyncGenerator[Input, None]:
    """Inputs of all feeds, each feed's in its own order. Ends when all have ended.

    The first feed to fail ends the others, and its error is raised here. Close the stream (`aclosing`) when leaving it
    early: that closes the feeds.
    """
    inbox: asyncio.Queue[Input | _Ended] = asyncio.Queue(_WAITING * max(1, len(feeds)))
    tasks = [asyncio.create_task(_pump(feed, inbox), name=f"feed {feed.name}") for feed in feeds]
    running = len(tasks)
    try:
        while running:
            item = await inbox.get()
            if isinstance(item, _Ended):
                running -= 1
                if item.error is not None:
                    raise item.error
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Ended:
    """A feed has said all it had to say, or failed."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def _pump(feed: Feed, inbox: asyncio.Queue[Input | _Ended]) -> None:
    error: Exception | None = None
    try:
        async with aclosing(feed.stream()) as stream:
            async for item in stream:
                await inbox.put(item)
    except Exception as failure:  # raised again by merge, which the reader of the stream hears
        error = failure
    await inbox.put(_Ended(error))
