"""A small Binance on 127.0.0.1: streams a script of frames, answers REST from what has happened, and misbehaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

MINUTE = 60_000


@dataclass(frozen=True)
class Deal:
    """A trade as the venue knows it."""

    id: int
    time_ms: int
    price: str
    quantity: str
    symbol: str = "BTCUSDT"

    def frame(self) -> bytes:
        data = {"e": "aggTrade", "E": self.time_ms + 1, "s": self.symbol, **self.row()}
        return combined(f"{self.symbol.lower()}@aggTrade", data)

    def row(self) -> dict[str, object]:
        """As REST has it. Each stands for two trades of the tape."""
        first = self.id * 2
        return {
            "a": self.id,
            "p": self.price,
            "q": self.quantity,
            "f": first,
            "l": first + 1,
            "T": self.time_ms,
            "m": True,
            "M": True,
        }


@dataclass(frozen=True)
class Happens:
    """Something on the market: a trade for the books, a frame for the listeners, or both."""

    frame: bytes | None = None
    deal: Deal | None = None


@dataclass(frozen=True)
class Outage:
    """All connections break; then the market goes on without anybody hearing it."""

    unheard: tuple[Happens, ...] = ()
    politely: bool = True


@dataclass(frozen=True)
class Wait:
    """The market holds still until somebody sets the event."""

    until: asyncio.Event


Step = Happens | Outage | Wait


@dataclass
class Venue:
    script: Sequence[Step]
    deals: list[Deal] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # REST answers to give first
    rest_lags: int = 0  # this many times REST does not know the newest trade yet
    steps_ahead: int = 1  # frames that may be on the line before the listeners have taken them
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    now_ms: int = 0
    is_awaited: asyncio.Event = field(default_factory=asyncio.Event)  # the market begins when the past has been told

    async def __aenter__(self) -> Venue:
        self._listeners: set[ServerConnection] = set()
        self._somebody = asyncio.Event()
        self._server: Server = await serve(
            self._talk, "127.0.0.1", 0, process_request=self._answer, compression=None, close_timeout=0.1
        )
        self._market = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._market.cancel()
        self._server.close()
        await asyncio.gather(self._market, self._server.wait_closed(), return_exceptions=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _run(self) -> None:
        if self.deals:
            self._book(self.deals.pop())
            await self.is_awaited.wait()
        for number, step in enumerate(self.script):
            if number % self.steps_ahead == 0:
                await self._until_taken()
            match step:
                case Happens(frame, deal):
                    await self._somebody.wait()
                    self._book(deal)
                    if frame is not None:
                        await self._send(frame)
                case Outage(unheard, politely):
                    for listener in list(self._listeners):
                        self._leave(listener)
                        if politely:
                            await listener.close(1001)
                        else:
                            listener.transport.abort()
                    for thing in unheard:
                        self._book(thing.deal)
                case Wait(until):
                    await until.wait()

    async def _until_taken(self) -> None:
        """Frames are taken in order, so an answered ping says that all before it have been."""
        for listener in list(self._listeners):
            try:
                await (await listener.ping())
            except ConnectionClosed:
                self._leave(listener)

    def _book(self, deal: Deal | None) -> None:
        if deal is not None:
            self.deals.append(deal)
            self.now_ms = max(self.now_ms, deal.time_ms)

    async def _send(self, frame: bytes) -> None:
        for listener in list(self._listeners):
            try:
                await listener.send(frame, text=True)
            except ConnectionClosed:
                self._leave(listener)

    async def _talk(self, connection: ServerConnection) -> None:
        self.connections += 1
        self._listeners.add(connection)
        self._somebody.set()
        await connection.wait_closed()
        self._leave(connection)

    def _leave(self, connection: ServerConnection) -> None:
        self._listeners.discard(connection)
        if not self._listeners:
            self._somebody.clear()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        if not url.path.startswith("/api/"):
            return None
        self.requests.append(request.path)
        if self.refusals:
            status, headers = self.refusals.pop(0)
            response = connection.respond(HTTPStatus(status), "no")
            response.headers.update(headers)
            return response
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        rows = self._klines(query) if url.path.endswith("klines") else self._trades(query)
        return connection.respond(HTTPStatus.OK, json.dumps(rows))

    def _trades(self, query: dict[str, str]) -> list[dict[str, object]]:
        known = [deal for deal in self.deals if deal.symbol == query["symbol"]]
        if self.rest_lags:
            self.rest_lags -= 1
            known = known[:-1]
        limit = int(query.get("limit", "500"))
        if "fromId" in query:
            found = [deal for deal in known if deal.id >= int(query["fromId"])][:limit]
        elif "startTime" in query:
            found = [deal for deal in known if deal.time_ms >= int(query["startTime"])][:limit]
        else:
            found = known[-limit:]
        return [deal.row() for deal in found]

    def _klines(self, query: dict[str, str]) -> list[list[object]]:
        """The unfinished candle is among them, as it is on the real venue; so are those without a trade."""
        size = {"1m": MINUTE, "15m": 15 * MINUTE}[query["interval"]]
        known = [deal for deal in self.deals if deal.symbol == query["symbol"]]
        first = max(int(query["startTime"]), known[0].time_ms // size * size)
        rows: list[list[object]] = []
        for at in range(-(-first // size) * size, min(int(query["endTime"]), self.now_ms) + 1, size):
            inside = [deal for deal in known if at <= deal.time_ms < at + size]
            rows.append(kline_row(at, size, inside) if inside else [at, *["1"] * 4, "0", at + size - 1, "0", 0, *"000"])
        return rows[: int(query["limit"])]


def kline_row(at: int, size: int, deals: Sequence[Deal]) -> list[object]:
    prices = [deal.price for deal in deals]
    highest, lowest = max(prices, key=Decimal), min(prices, key=Decimal)
    volume = str(sum(Decimal(deal.quantity) for deal in deals))
    return [at, prices[0], highest, lowest, prices[-1], volume, at + size - 1, "0", 2 * len(deals), "0", "0", "0"]


def kline_frame(at: int, deals: Sequence[Deal], *, is_closed: bool = True, **changed: object) -> bytes:
    _, o, h, low, c, v, end, _, n, *_ = kline_row(at, MINUTE, deals)
    bar = {"t": at, "T": end, "s": deals[0].symbol, "i": "1m", "o": o, "c": c, "h": h, "l": low, "v": v, "n": n}
    data = {"e": "kline", "E": at + MINUTE, "s": deals[0].symbol, "k": {**bar, "x": is_closed, **changed}}
    return combined(f"{deals[0].symbol.lower()}@kline_1m", data)


def book_frame(bid: str, ask: str, symbol: str = "BTCUSDT") -> bytes:
    return combined(f"{symbol.lower()}@bookTicker", {"u": 1, "s": symbol, "b": bid, "B": "1", "a": ask, "A": "1"})


def combined(stream: str, data: object) -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()
