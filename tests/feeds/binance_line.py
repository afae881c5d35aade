"""What Binance tests share: a market, the ways to spoil its line, and candles folded from what a feed tells."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from engine.events import Heartbeat, History, Input, Tick
from feeds.binance import BinanceFeed
from tests.feeds.makers import coin, utc_ms
from tests.feeds.venue import Deal, Happens, Outage, Step, Venue, book_frame, kline_frame

START = utc_ms("2024-08-08 11:52")
MINUTE, QUARTER = 60_000, 900_000

Bar = tuple[int, int, int, int, float]  # open, high, low, close in ticks, volume


async def listen(venue: Venue, *, until_ms: int, **options: Any) -> tuple[list[Input], BinanceFeed]:
    """Everything the feed tells until prices of `until_ms` come."""
    waits: list[int] = options.pop("waits", [])

    async def no_sleep(duration_ms: int) -> None:
        waits.append(duration_ms)
        await asyncio.sleep(0)

    symbols = options.pop("symbols", ["BTCUSDT"])
    feed = BinanceFeed(
        [coin(symbol) for symbol in symbols],
        stream_url=f"ws://{venue.address}",
        rest_url=f"http://{venue.address}",
        clock_ms=options.pop("clock_ms", lambda: venue.now_ms),
        random=Random(1),  # noqa: S311
        sleep=no_sleep,
        **{"history_m15": 40, **options},
    )
    told: list[Input] = []
    async with asyncio.timeout(15), aclosing(feed.stream()) as stream:
        async for item in stream:
            told.append(item)
            venue.is_awaited.set()
            end_ms = item.candle.close_ms if isinstance(item, History) else item.time_ms
            if not isinstance(item, Heartbeat) and end_ms >= until_ms:
                break
    return told, feed


def folded(items: Iterable[Input], size: int, symbol: str = "BTCUSDT") -> dict[int, Bar]:
    """Candles of `size`, built as the engine would: an input older than its stream is an error here."""
    bars: dict[int, Bar] = {}
    now_ms = 0
    for item in items:
        if isinstance(item, Heartbeat):
            now_ms = max(now_ms, item.time_ms)
            continue
        if item.symbol != symbol or (isinstance(item, History) and item.candle.timeframe.ms > size):
            continue
        assert item.time_ms >= now_ms, f"{item} is late: the stream is at {now_ms}"
        if isinstance(item, History):
            c = item.candle
            assert c.open_ms // size == (c.close_ms - 1) // size
            now_ms, bar = c.close_ms, (c.open, c.high, c.low, c.close, c.volume or 0.0)
        elif isinstance(item, Tick):
            now_ms = item.time_ms
            if item.last is None:
                continue
            bar = (item.last, item.last, item.last, item.last, item.volume or 0.0)
        at = item.time_ms // size * size
        before = bars.get(at)
        bars[at] = bar if before is None else joined(before, bar)
    return bars


def joined(before: Bar, after: Bar) -> Bar:
    return before[0], max(before[1], after[1]), min(before[2], after[2]), after[3], before[4] + after[4]


def of_deals(deals: Iterable[Deal], size: int) -> dict[int, Bar]:
    """The same, straight from the trades."""
    bars: dict[int, Bar] = {}
    for deal in deals:
        price = int(Decimal(deal.price) * 100)
        at, bar = deal.time_ms // size * size, (price, price, price, price, float(deal.quantity))
        bars[at] = bar if at not in bars else joined(bars[at], bar)
    return bars


def assert_same(found: dict[int, Bar], expected: dict[int, Bar], until_ms: int) -> None:
    """Equal up to the sentinel that ends a test; volumes are sums of floats."""
    assert [at for at in found if at < until_ms] == [at for at in expected if at < until_ms]
    for at, bar in expected.items():
        if at < until_ms:
            assert found[at][:4] == bar[:4], (at, found[at], bar)
            assert found[at][4] == pytest.approx(bar[4]), (at, found[at], bar)


def market(seed: int, count: int, *, longest_ms: int = 9_000, symbol: str = "BTCUSDT") -> list[Deal]:
    """Trades with bursts in one millisecond and some at the very edges of a minute.

    The last few come slowly, beyond the quarter of an hour in which the others end.
    """
    random, time_ms, cents, deals = Random(seed), START, 6_000_000, []  # noqa: S311
    for number in range(count):
        dice = random.random()
        if dice < 0.1:
            time_ms = (time_ms // MINUTE + 1) * MINUTE - random.choice((0, 1))
        elif dice < 0.7:
            time_ms += random.randrange(longest_ms)
        cents += random.randrange(-500, 501)
        deals.append(Deal(1_000 + number, time_ms, f"{cents / 100:.2f}", f"{random.randrange(1, 999) / 1000}", symbol))
    ends = range(time_ms // QUARTER * QUARTER + QUARTER, time_ms + 2 * QUARTER, 5 * MINUTE)
    return deals + [Deal(1_000 + count + i, at, "60000.00", "1", symbol) for i, at in enumerate(ends)]


def streamed(deals: Sequence[Deal], after: int = 1) -> list[Happens]:
    """As the venue sends it: trades, quotes between them, and the candle of each minute when it is over.

    The first `after` trades belong to the past.
    """
    steps: list[Happens] = []
    for minute, group in itertools.groupby(deals, lambda deal: deal.time_ms // MINUTE):
        inside = list(group)
        for deal in inside:
            if deal.id < deals[0].id + after:
                continue
            steps += [Happens(deal.frame(), deal), Happens(book_frame(deal.price, str(Decimal(deal.price) + 1)))]
        if inside[-1].id >= deals[0].id + after:
            steps.append(Happens(kline_frame(minute * MINUTE, inside)))
    return steps


GARBAGE = [
    b"",
    b"\xff\xfe{",
    b"[" * 60_000,
    b"{" * 3,
    b"null",
    b'{"stream":"btcusdt@aggTrade"}',
    b'{"stream":"btcusdt@aggTrade","data":{"a":NaN}}',
    b'{"stream":"btcusdt@aggTrade","data":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    b'{"stream":"\xf0\x28\x8c\x28@aggTrade","data":{}}',
    b'{"stream":"btcusdt@somethingNew","data":{}}',
    b'{"stream":"btcusdt@bookTicker","data":{"s":"BTCUSDT","b":"NaN","a":"1"}}',
]


def troubled(deals: Sequence[Deal], after: int, seed: int) -> list[Step]:
    """The same market over a bad line. The last trade is always sent whole."""
    random = Random(seed)  # noqa: S311
    steps: list[Step] = []
    rest = streamed(deals, after)
    last = next(i for i in reversed(range(len(rest))) if rest[i].deal is not None)
    at = 0
    while at < len(rest):
        step, dice = rest[at], random.random()
        at += 1
        if at > last:
            steps.append(step)
        elif dice < 0.01:
            lost = random.choice((0, 1, 5, 60))
            steps.append(Outage(tuple(rest[at - 1 : min(at + lost, last)]), politely=random.random() < 0.5))
            at = min(at + lost, last)
        elif dice < 0.03:  # repeated, now or much later
            steps += [step, Happens(step.frame if dice < 0.02 else rest[random.randrange(at)].frame)]
        elif dice < 0.05:  # corrupted: it happened, but what comes is garbage
            steps.append(Happens(random.choice(GARBAGE), step.deal))
        elif dice < 0.06 and at < last:  # two frames in the wrong order
            steps += [Happens(rest[at].frame, step.deal), Happens(step.frame, rest[at].deal)]
            at += 1
        elif dice < 0.07:  # lost without a trace
            steps.append(Happens(None, step.deal))
        else:
            steps.append(step)
    return steps
