"""A bot's house that is in order, to be spoiled and checked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from bot.check.command import run_check
from bot.clock import MarketClock
from bot.config_file import TOKEN_VARIABLE
from bot.sandbox.server import Sandbox
from tests.bot.newcomer import GOLD, SHIPPED, TOKEN
from tests.bot.sandbox_bot import NOON_MS

CLOSED = "127.0.0.1:9"  # nobody listens there


class Venue:
    """As much of Binance as is asked: what time it is there, and whether a stream would open."""

    def __init__(self) -> None:
        self.body = json.dumps({"serverTime": NOON_MS}).encode()
        self.status = HTTPStatus.OK
        self.address = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Venue"]:
        async with serve(self._listen, "127.0.0.1", 0, process_request=self._answer) as server:
            self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        if request.path == "/stream?streams=btcusdt@bookTicker":
            return None
        assert request.path == "/api/v3/time"
        return Response(self.status, "", Headers({"Content-Length": str(len(self.body))}), self.body)

    async def _listen(self, connection: ServerConnection) -> None:
        await connection.wait_closed()


class House:
    """A folder with a configuration that is in order, and the venue it speaks to."""

    def __init__(self, folder: Path, venue: Venue) -> None:
        self.venue = venue
        self.path = folder / "config.toml"
        self.var = folder / "var"
        self.lines: list[str] = []
        config = SHIPPED.read_text("utf-8")
        config = config[: config.index("[[channels]]")] + config[config.index("[feeds.binance]") :]
        config += f'\n[[channels]]\nname = "Gold"\nchat_id = {GOLD}\nsymbols = ["BTCUSDT"]\n'
        self.path.write_text(config, "utf-8")
        self.change("admins = []", 'admins = [{ id = 1001, name = "Dana", role = "owner" }]')
        self.change('folder = "var"', f"folder = {json.dumps(str(self.var))}")
        self.change("wss://data-stream.binance.vision", f"ws://{venue.address}")
        self.change("https://data-api.binance.vision", f"http://{venue.address}")

    def change(self, old: str, new: str) -> None:
        text = self.path.read_text("utf-8")
        assert old in text
        self.path.write_text(text.replace(old, new, 1), "utf-8")

    async def check(self) -> int:
        return await run_check(self.path, self.lines.append, clock=MarketClock(NOON_MS))

    def wrong(self) -> list[str]:
        return [line for line in self.lines if line.startswith("✗")]

    def about(self, subject: str) -> list[str]:
        return [line for line in self.lines if line.split()[1] == subject]


class Open(House):
    """A house with a channel of its own."""

    def __init__(self, folder: Path, venue: Venue, sandbox: Sandbox) -> None:
        super().__init__(folder, venue)
        self.sandbox = sandbox
        self.base_url = sandbox.base_url
        self.write_token(TOKEN)

    def write_token(self, token: str, mode: int = 0o600) -> None:
        env = self.path.with_name("assay.env")
        env.write_text(f"{TOKEN_VARIABLE}={token}\n")
        env.chmod(mode)

    async def check(self) -> int:
        return await run_check(
            self.path,
            self.lines.append,
            base_url=self.base_url,
            base_file_url=self.sandbox.base_file_url,
            clock=MarketClock(NOON_MS),
        )
