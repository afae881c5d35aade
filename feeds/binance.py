"""Binance's public streams: trades and quotes as they happen, without an account, and without a hole.

One connection carries everything. When it is lost, when a frame cannot be read or a trade id is skipped, live ticks
wait until what was missed has been fetched and told as history. A connection that is about to end is replaced before
it is dropped.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from engine.events import Heartbeat, Input
from engine.types import Candle, Instrument, Timeframe
from feeds.base import BadMessage, FeedDisconnected, FeedError
from feeds.binance_messages import FEED, Book, Kline, Parser, Shutdown, Trade
from feeds.binance_rest import Rest, Sleep, fetch, rest_of, sleep_ms
from feeds.binance_tape import Gap, Tape
from feeds.reconnect import Backoff, worth_another_try

STREAM_URL = "wss://data-stream.binance.vision"
REST_URL = "https://data-api.binance.vision"
HISTORY_M15 = 6_464  # 400 candles of four hours and a little

_STREAMS = ("aggTrade", "bookTicker", "kline_1m")
_MAX_FRAME = 1 << 16  # bytes; real ones have about 300
_INBOX = 10_000
_RENEW_MS = 23 * 3_600_000  # the venue ends a connection after 24 hours
_JITTER_MS = 1_200_000
_BEAT_MS = 1_000
_FUTURE_MS = 600_000
_PATIENCE = 5  # attempts to fetch trades that were announced
_TOO_GREAT = 1009  # close code: we refused a frame for its size

log = structlog.get_logger()


class _Opened(NamedTuple):
    """A new connection speaks. `overlaps`: the one before it still did."""

    overlaps: bool


class _Frame(NamedTuple):
    content: bytes
    heard_ms: int  # local clock


class _Filled(NamedTuple):
    symbol: str
    parts: list[Candle | Trade]
    last: Trade | None
    is_all: bool  # it reaches up to the newest trade there is


_Note = _Opened | _Frame | _Filled | Exception


class BinanceFeed:
    """A `Feed` of the given instruments.

    `clock_ms` is a monotonic clock; only differences count. `lateness_ms`: how far one stream of the venue may be
    behind another; heartbeats keep that distance. `since_ms` names for each symbol the moment up to which an earlier
    run has everything. `rejected` counts refused messages by reason.
    """

    name = FEED

    def __init__(
        self,
        instruments: Sequence[Instrument],
        *,
        clock_ms: Callable[[], int],
        random: Random,
        stream_url: str = STREAM_URL,
        rest_url: str = REST_URL,
        lateness_ms: int = 2_000,
        silence_ms: int = 30_000,
        history_m15: int = HISTORY_M15,
        since_ms: Mapping[str, int] | None = None,
        proxy: str | None = None,
        sleep: Sleep = sleep_ms,
    ) -> None:
        streams = "/".join(f"{i.symbol.lower()}@{stream}" for i in instruments for stream in _STREAMS)
        self._url = f"{stream_url}/stream?streams={quote(streams, safe='@/')}"
        self._rest_url = rest_url
        self._clock_ms = clock_ms
        self._random = random
        self._silence_s = silence_ms / 1000
        self._history_m15 = history_m15
        self._proxy = proxy
        self._sleep = sleep
        self._parser = Parser(instruments)
        self._tapes = {i.symbol: Tape(i, (since_ms or {}).get(i.symbol)) for i in instruments}
        self._venue = _VenueClock(lateness_ms)
        self._backoff = Backoff(random)
        self._must_renew = asyncio.Event()
        self._renew_ms = 0
        self.rejected: Counter[str] = Counter()

    @property
    def mismatches(self) -> int:
        """Minutes that the venue saw otherwise than its own trades add up to."""
        return sum(tape.counts["mismatch"] for tape in self._tapes.values())

    @property
    def checked(self) -> int:
        """Minutes that were compared with the venue's candles."""
        return sum(tape.counts["checked"] for tape in self._tapes.values())

    async def history(self, symbol: str, timeframe: Timeframe, until_ms: int, count: int) -> list[Candle]:
        until_ms -= until_ms % timeframe.ms
        async with self._rest() as rest:
            return await rest.candles(symbol, timeframe, until_ms - count * timeframe.ms, until_ms)

    async def stream(self) -> AsyncGenerator[Input, None]:
        """History up to now, then ticks and heartbeats. Ends only by being closed, or with FeedError."""
        inbox: asyncio.Queue[_Note] = asyncio.Queue(_INBOX)
        tasks: set[asyncio.Task[None]] = set()

        def start(work: Coroutine[Any, Any, None]) -> None:
            task = asyncio.create_task(_tell_failure(work, inbox))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async with self._rest() as rest:
            try:
                start(self._stay_connected(inbox))
                while True:
                    for item in self._on_note(await inbox.get()):
                        yield item
                    for tape in self._tapes.values():
                        gap = tape.take_gap()
                        if gap is not None:
                            start(self._fill(rest, tape.symbol, gap, inbox))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _rest(self) -> AbstractAsyncContextManager[Rest]:
        return rest_of(
            self._rest_url,
            self._parser,
            clock_ms=self._clock_ms,
            random=self._random,
            sleep=self._sleep,
            proxy=self._proxy,
        )

    def _on_note(self, note: _Note) -> list[Input]:
        match note:
            case _Frame(content, heard_ms):
                return self._on_frame(content, heard_ms)
            case _Filled(symbol, parts, last, is_all):
                if parts:
                    log.info("hole filled", feed=FEED, symbol=symbol, parts=len(parts))
                return list(self._tapes[symbol].fill(parts, last, is_all=is_all))
            case _Opened(overlaps):
                self._venue.opened()
                for tape in self._tapes.values():
                    tape.doubt(reconnected=not overlaps)
                return []
        raise note

    def _on_frame(self, content: bytes, heard_ms: int) -> list[Input]:
        told: list[Input] = []
        self._venue.heard(heard_ms)
        if heard_ms >= self._renew_ms:
            self._must_renew.set()
        try:
            message = self._parser.frame(content)
            match message:
                case Trade():
                    self._venue.says(message.time_ms, heard_ms, content)
                    told += self._tapes[message.symbol].on_trade(message)
                case Book():
                    told += self._tapes[message.symbol].on_book(message)
                case Kline():
                    self._venue.says(message.event_ms, heard_ms, content)
                    self._tapes[message.symbol].on_kline(message)
                case Shutdown():
                    self._must_renew.set()
        except BadMessage as bad:
            self._refuse(bad)
        return told + self._beat()

    def _beat(self) -> list[Input]:
        """A heartbeat when a second has passed and nothing is missing."""
        beat_ms = self._venue.complete_ms
        if beat_ms < self._venue.beat_ms + _BEAT_MS or not all(tape.is_whole for tape in self._tapes.values()):
            return []
        self._venue.beat_ms = beat_ms
        for tape in self._tapes.values():
            tape.on_beat(beat_ms)
        return [Heartbeat(FEED, beat_ms)]

    def _refuse(self, bad: BadMessage) -> None:
        self.rejected[bad.reason] += 1
        log.warning("message refused", feed=FEED, reason=bad.reason, size=len(bad.frame))
        if not bad.reason.startswith(_STREAMS[1:]):  # it may have been a trade
            for tape in self._tapes.values():
                tape.doubt()

    async def _fill(self, rest: Rest, symbol: str, gap: Gap, inbox: asyncio.Queue[_Note]) -> None:
        backoff = Backoff(self._random)
        for attempt in itertools.count():
            # A trade that was heard and is not there after a while had a wrong id: then what REST knows is all.
            is_all = attempt >= _PATIENCE
            if is_all:
                gap = msgspec.structs.replace(gap, until_id=None)
            await self._sleep(backoff.wait_ms(self._clock_ms()))
            try:
                parts, last = await fetch(rest, symbol, gap, self._history_m15)
            except (FeedDisconnected, BadMessage) as error:
                log.warning("hole not filled yet", feed=FEED, symbol=symbol, error=str(error))
            else:
                await inbox.put(_Filled(symbol, parts, last, is_all))
                return

    async def _stay_connected(self, inbox: asyncio.Queue[_Note]) -> None:
        """One connection after another. The next begins to speak before the last is dropped, unless that one broke."""
        before: asyncio.Task[None] | None = None
        reader: asyncio.Task[None] | None = None
        try:
            while True:
                line = await self._dial()
                before = None if reader is None or reader.done() else reader
                if before is None:
                    await inbox.put(_Opened(overlaps=False))
                speaks = asyncio.Event()
                reader = asyncio.create_task(self._listen(line, inbox, speaks))
                await _first_of(speaks.wait(), reader)
                if before is not None:
                    if reader.done() and not before.done():
                        reader = before  # the new one broke at once; the old one still works
                        continue
                    await _cancelled(before)
                    await inbox.put(_Opened(overlaps=True))
                self._must_renew.clear()
                await _first_of(self._must_renew.wait(), reader)
        finally:
            for task in (before, reader):
                if task is not None:
                    await _cancelled(task)

    async def _dial(self) -> ClientConnection:
        while True:
            await self._sleep(self._backoff.wait_ms(self._clock_ms()))
            try:
                # Compression costs time on small frames and invites bombs.
                line = await connect(
                    self._url, compression=None, max_size=_MAX_FRAME, proxy=self._proxy, close_timeout=1
                )
            except Exception as error:  # every library below has its own base; see worth_another_try
                if not worth_another_try(error):
                    raise FeedError(
                        f"{FEED}: cannot connect: {error}; check feeds.binance in the configuration"
                    ) from error
                log.warning("connection failed", feed=FEED, error=f"{type(error).__name__}: {error}")
            else:
                now_ms = self._clock_ms()
                self._backoff.succeeded(now_ms)
                self._renew_ms = now_ms + _RENEW_MS + int((2 * self._random.random() - 1) * _JITTER_MS)
                log.info("connected", feed=FEED)
                return line

    async def _listen(self, line: ClientConnection, inbox: asyncio.Queue[_Note], speaks: asyncio.Event) -> None:
        """Hand on frames until the connection breaks or falls silent."""
        try:
            while True:
                async with asyncio.timeout(self._silence_s):
                    content = await line.recv(decode=False)
                await inbox.put(_Frame(content, self._clock_ms()))
                speaks.set()
        except (ConnectionClosed, TimeoutError, OSError) as error:
            if isinstance(error, ConnectionClosed) and error.sent is not None and error.sent.code == _TOO_GREAT:
                self.rejected["frame.size"] += 1
            log.warning("disconnected", feed=FEED, error=f"{type(error).__name__}: {error}")
        finally:
            await line.close()


class _VenueClock:
    """How far the venue's streams are known to be complete.

    What it says at a moment arrives behind what it said before on another stream, by no more than `lateness_ms`. So
    while it talks, all is complete up to that long ago; and when frames have gone on coming for that long without a
    newer time in them, up to the latest time heard. Silence proves nothing: only frames move this clock.
    """

    def __init__(self, lateness_ms: int) -> None:
        self._lateness_ms = lateness_ms
        self._latest_ms = 0  # the greatest time in a frame
        self._since_ms = 0  # local time passed since then, as far as frames came
        self._heard_ms: int | None = None  # local time of the last frame
        self._latest_heard_ms: int | None = None  # local time when `_latest_ms` came; None until the first on this line
        self.beat_ms = 0  # the last heartbeat

    @property
    def complete_ms(self) -> int:
        return self._latest_ms - max(0, self._lateness_ms - self._since_ms)

    def heard(self, local_ms: int) -> None:
        if self._heard_ms is not None:
            # One long wait may be a line that was stuck; it counts as a short one.
            self._since_ms += min(local_ms - self._heard_ms, _BEAT_MS)
        self._heard_ms = local_ms

    def opened(self) -> None:
        """After a time without a connection the local clock says little: a machine may have slept."""
        self._latest_heard_ms = None

    def says(self, time_ms: int, local_ms: int, frame: bytes) -> None:
        """A time in a frame. BadMessage for one far in the future, since it would make all the others late."""
        if self._latest_heard_ms is not None:
            expected_ms = self._latest_ms + local_ms - self._latest_heard_ms
            if time_ms > expected_ms + _FUTURE_MS:
                raise BadMessage(FEED, "frame.future", frame)
        if time_ms > self._latest_ms:
            self._latest_ms, self._since_ms = time_ms, 0
            self._latest_heard_ms = local_ms


async def _tell_failure(work: Coroutine[Any, Any, None], inbox: asyncio.Queue[_Note]) -> None:
    try:
        await work
    except Exception as error:  # handed to whoever reads the stream, and raised there
        await inbox.put(error)


async def _first_of(signal: Coroutine[Any, Any, Any], task: asyncio.Task[None]) -> None:
    """Return when either is done; the task goes on. Raises what it died of: a line that breaks only ends it."""
    waiting = asyncio.create_task(signal)
    try:
        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if task.done():
        task.result()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
