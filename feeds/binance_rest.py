"""Binance's past: candles and trades by REST, and how a hole in the stream is filled from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import TypeAlias

import httpx
import structlog

from engine.types import MINUTE_MS, Candle, Timeframe
from feeds.base import FeedDisconnected, FeedError
from feeds.binance_messages import FEED, INTERVALS, Parser, Trade
from feeds.binance_tape import Gap
from feeds.reconnect import Backoff, worth_another_try

PAGE = 1000  # the venue's maximum
LONG_MS = 5 * MINUTE_MS  # outages up to here are filled from trades alone

Sleep: TypeAlias = Callable[[int], Awaitable[None]]  # milliseconds

log = structlog.get_logger()


class Rest:
    """The venue's REST side. Every request is tried again until it succeeds, waiting as long as the venue asks;
    FeedError when trying again cannot help.
    """

    def __init__(
        self, client: httpx.AsyncClient, parser: Parser, clock_ms: Callable[[], int], random: Random, sleep: Sleep
    ) -> None:
        self._client = client
        self._parser = parser
        self._clock_ms = clock_ms
        self._random = random
        self._sleep = sleep

    async def newest_trade(self, symbol: str) -> Trade | None:
        trades = await self._trades(symbol, limit=1)
        return trades[-1] if trades else None

    async def trade(self, symbol: str, trade_id: int) -> Trade:
        return (await self._page(symbol, trade_id, trade_id))[0]

    async def first_trade_after(self, symbol: str, time_ms: int) -> Trade | None:
        trades = await self._trades(symbol, limit=1, startTime=time_ms + 1)
        return trades[0] if trades else None

    async def trades(self, symbol: str, first_id: int, last_id: int) -> AsyncIterator[Trade]:
        """Trades `first_id` to `last_id`, both included, oldest first."""
        while first_id <= last_id:
            for trade in await self._page(symbol, first_id, last_id):
                yield trade
                first_id = trade.id + 1

    async def trades_since(self, symbol: str, time_ms: int, last_id: int) -> list[Trade]:
        """Trades from `time_ms` on up to `last_id`, found by going back page by page."""
        found: list[Trade] = []
        while True:
            first_id = max(0, last_id - PAGE + 1)
            page = await self._page(symbol, first_id, last_id, is_from_the_end=True)
            found[:0] = [trade for trade in page if trade.time_ms >= time_ms]
            # A page that begins later than asked holds the first trade there ever was.
            if page[0].time_ms < time_ms or page[0].id > first_id or first_id == 0:
                return found
            last_id = first_id - 1

    async def candles(self, symbol: str, timeframe: Timeframe, from_ms: int, until_ms: int) -> list[Candle]:
        """Candles that open at `from_ms` or later and close by `until_ms`. Without a trade there is no candle."""
        found: list[Candle] = []
        while from_ms + timeframe.ms <= until_ms:
            body = await self._get(
                "/api/v3/klines",
                symbol=symbol,
                interval=INTERVALS[timeframe],
                startTime=from_ms,
                endTime=until_ms - 1,
                limit=PAGE,
            )
            page = self._parser.klines(symbol, timeframe, body)
            if not page:
                break
            for kline in page:
                if kline.candle is not None and from_ms <= kline.open_ms <= until_ms - timeframe.ms:
                    found.append(kline.candle)
            from_ms = max(from_ms, page[-1].open_ms) + timeframe.ms
        return found

    async def _page(self, symbol: str, first_id: int, last_id: int, *, is_from_the_end: bool = False) -> list[Trade]:
        """As many of these trades as fit a page, counted from either end.

        FeedDisconnected when the venue does not have them yet: its REST side may be a moment behind its streams.
        """
        count = min(PAGE, last_id - first_id + 1)
        page = [trade for trade in await self._trades(symbol, limit=count, fromId=first_id) if trade.id <= last_id]
        if not page or (page[-1].id != last_id if is_from_the_end else page[0].id != first_id):
            raise FeedDisconnected(f"{FEED}: trades {first_id} to {last_id} of {symbol} are not there yet")
        return page

    async def _trades(self, symbol: str, **params: int) -> list[Trade]:
        return self._parser.trades(symbol, await self._get("/api/v3/aggTrades", symbol=symbol, **params))

    async def _get(self, path: str, **params: str | int) -> bytes:
        backoff = Backoff(self._random)
        await self._sleep(backoff.wait_ms(self._clock_ms()))
        while True:
            wait_ms = 0
            try:
                response = await self._client.get(path, params=params)
                response.raise_for_status()
            except (httpx.HTTPError, OSError) as error:
                if not worth_another_try(error):
                    raise FeedError(f"{FEED}: {path} for {params.get('symbol')} failed: {_told(error)}") from error
                if isinstance(error, httpx.HTTPStatusError):
                    wait_ms = _asked_to_wait_ms(error.response)
                log.warning("rest request failed", feed=FEED, path=path, error=_told(error), asked_to_wait_ms=wait_ms)
            else:
                return response.content
            await self._sleep(max(wait_ms, backoff.wait_ms(self._clock_ms())))


@asynccontextmanager
async def rest_of(
    url: str,
    parser: Parser,
    *,
    clock_ms: Callable[[], int],
    random: Random,
    sleep: Sleep,
    proxy: str | None,
) -> AsyncIterator[Rest]:
    """A client of the venue. Proxies in the environment are not used; `proxy` is."""
    async with httpx.AsyncClient(base_url=url, timeout=10, trust_env=False, proxy=proxy) as client:
        yield Rest(client, parser, clock_ms, random, sleep)


async def fetch(rest: Rest, symbol: str, gap: Gap, m15_count: int) -> tuple[list[Candle | Trade], Trade | None]:
    """What fills a gap, oldest first, and the last trade it reaches up to (None: nobody has ever traded).

    Short gaps come as trades. Long ones as the trades of the minute that was cut, candles of one and of fifteen
    minutes, and the trades of the last minute. A first history is `m15_count` candles of fifteen minutes and the rest
    up to the newest trade.
    """
    last = await rest.newest_trade(symbol) if gap.until_id is None else await rest.trade(symbol, gap.until_id)
    if last is None:
        return [], None
    if gap.after_ms is None:
        quarter_ms = last.time_ms - last.time_ms % Timeframe.M15.ms
        return await _candles_then_trades(rest, quarter_ms - m15_count * Timeframe.M15.ms, last), last
    after_id = gap.after_id
    if after_id is None:
        first = await rest.first_trade_after(symbol, gap.after_ms)
        after_id = first.id - 1 if first else last.id
    if last.id <= after_id:
        return [], last
    minute_ms = gap.after_ms - gap.after_ms % MINUTE_MS + MINUTE_MS
    is_long = last.time_ms - gap.after_ms > LONG_MS
    parts: list[Candle | Trade] = []
    async for trade in rest.trades(symbol, after_id + 1, last.id):
        if is_long and trade.time_ms >= minute_ms:
            return parts + await _candles_then_trades(rest, minute_ms, last), last
        parts.append(trade)
    return parts, last


async def _candles_then_trades(rest: Rest, from_ms: int, last: Trade) -> list[Candle | Trade]:
    """From a full minute up to and including a trade."""
    m1, m15 = Timeframe.M1, Timeframe.M15
    quarter_ms, minute_ms = _floor(last.time_ms, m15), _floor(last.time_ms, m1)
    parts: list[Candle | Trade] = []
    if from_ms <= quarter_ms:
        first_quarter_ms = from_ms + -from_ms % m15.ms
        parts += await rest.candles(last.symbol, m1, from_ms, first_quarter_ms)
        parts += await rest.candles(last.symbol, m15, first_quarter_ms, quarter_ms)
        from_ms = quarter_ms
    parts += await rest.candles(last.symbol, m1, from_ms, minute_ms)
    return parts + await rest.trades_since(last.symbol, minute_ms, last.id)


def _floor(time_ms: int, timeframe: Timeframe) -> int:
    return time_ms - time_ms % timeframe.ms


def _asked_to_wait_ms(response: httpx.Response) -> int:
    seconds = response.headers.get("Retry-After", "")
    return int(seconds) * 1000 if seconds.isdecimal() and len(seconds) < 8 else 0


def _told(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code} {error.response.text[:100]!r}"
    return f"{type(error).__name__} {error}".strip()


async def sleep_ms(duration_ms: int) -> None:
    await asyncio.sleep(duration_ms / 1000)
