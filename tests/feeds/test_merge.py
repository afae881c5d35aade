"""Several feeds in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from engine.events import Heartbeat, Input
from engine.types import Candle, Timeframe
from feeds.base import FeedError
from feeds.merge import merge


class Scripted:
    """A feed that says what it is given, waiting for its turn where it is told to."""

    def __init__(self, name: str, *items: Input | asyncio.Event | Exception) -> None:
        self.name = name
        self.items = items
        self.is_closed = False

    async def stream(self) -> AsyncGenerator[Input, None]:
        try:
            for item in self.items:
                if isinstance(item, asyncio.Event):
                    await item.wait()
                elif isinstance(item, Exception):
                    raise item
                else:
                    yield item
        finally:
            self.is_closed = True

    async def history(self, symbol: str, timeframe: Timeframe, until_ms: int, count: int) -> list[Candle]:
        return []


def beat(feed: str, time_ms: int) -> Heartbeat:
    return Heartbeat(feed, time_ms)


async def test_inputs_come_in_the_order_in_which_they_arrive():
    turn = asyncio.Event()
    slow = Scripted("slow", turn, beat("slow", 1))
    quick = Scripted("quick", beat("quick", 5), beat("quick", 6))
    seen = []
    async for item in merge([slow, quick]):
        seen.append(item)
        if len(seen) == 2:
            turn.set()
    assert seen == [beat("quick", 5), beat("quick", 6), beat("slow", 1)]


async def test_a_dead_feed_ends_all_and_its_error_comes_out():
    waiting = Scripted("a", beat("a", 1), asyncio.Event())
    broken = Scripted("b", beat("b", 1), FeedError("gone for good"))
    seen = []

    async def listen() -> None:
        async with asyncio.timeout(5):
            async for item in merge([waiting, broken]):
                seen.append(item)

    with pytest.raises(FeedError, match="gone for good"):
        await listen()
    assert sorted(item.feed for item in seen) == ["a", "b"]
    assert waiting.is_closed


async def test_leaving_the_stream_closes_the_feeds():
    feeds = [Scripted("a", beat("a", 1), asyncio.Event()), Scripted("b", asyncio.Event())]
    async with aclosing(merge(feeds)) as stream:
        assert await anext(stream) == beat("a", 1)
    assert [feed.is_closed for feed in feeds] == [True, True]


async def test_a_feed_that_runs_ahead_is_held_back():
    said = 0

    class Endless(Scripted):
        async def stream(self) -> AsyncGenerator[Input, None]:
            nonlocal said
            while True:
                said += 1
                yield beat("endless", said)

    async with aclosing(merge([Endless("endless")])) as stream:
        for expected in range(1, 11):
            assert await anext(stream) == beat("endless", expected)
            await asyncio.sleep(0)
    assert said < 1_200


async def test_nothing_to_merge_is_an_empty_stream():
    assert [item async for item in merge([])] == []
