"""The whole service on a stretch of the seeded simulated market, into a sandbox: what the roof tests play."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import takewhile
from pathlib import Path

from bot.app import App, open_app
from bot.clock import MarketClock
from bot.config import Config
from bot.config_file import load_config
from bot.play.market_time import MarketTime
from bot.play.player import demo_stream, for_replay, open_sandbox, scout
from bot.sandbox.server import Sandbox
from bot.service import known_at_ms
from bot.words.wording import Market
from engine.events import Event, History, Input
from engine.types import HOUR_MS
from tests.databases import placed

SEED = 239  # within a day: a stop, TP1 and breakeven, a report
SYMBOL = "XAUUSD"
SHIPPED = Path(__file__).parents[2] / "config.toml"


def config_in(folder: Path) -> Config:
    return for_replay(load_config(SHIPPED), [SYMBOL], folder, "simulated", by_bid=frozenset())


@cache
def simulated_day(seed: int = SEED) -> tuple[int, tuple[History, ...], tuple[Input, ...]]:
    """When publishing begins, the history before, and twenty hours of ticks."""
    config = config_in(Path("unused"))
    scouted = scout(config, config.instruments[0], seed, lambda _: None)
    end_ms = scouted.begin_ms + 20 * HOUR_MS
    stream = demo_stream(config.instruments[0], seed, scouted)
    played = list(takewhile(lambda item: (known_at_ms(item) or 0) < end_ms, stream))
    history = tuple(item for item in played if isinstance(item, History))
    live = tuple(item for item in played if not isinstance(item, History))
    return scouted.begin_ms, history, live


@dataclass
class Stage:
    """A service on market time, and the sandbox it speaks to, which outlives it."""

    app: App
    sandbox: Sandbox
    market_time: MarketTime

    async def play(self, inputs: Iterable[Input]) -> list[Event]:
        events: list[Event] = []
        await self.market_time.play(inputs, events.extend)
        return events


@asynccontextmanager
async def sandbox_for(config: Config, clock: MarketClock) -> AsyncIterator[Sandbox]:
    sandbox = open_sandbox(config, clock.now_ms, port=0, label="SIMULATED")
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@asynccontextmanager
async def on_stage(
    config: Config, sandbox: Sandbox, clock: MarketClock, *, speed: float | None = None, draws: bool = False
) -> AsyncIterator[Stage]:
    """Texts only, unless it `draws`: pictures are tested by themselves, and drawing them takes most of the time."""
    driver: list[MarketTime] = []
    async with open_app(
        placed(config),
        token=sandbox.token,
        base_url=sandbox.base_url,
        base_file_url=sandbox.base_file_url,
        clock=clock,
        market=Market.SIMULATED,
        submit=lambda command: driver[0].submit(command),
        draws=draws,
    ) as app:
        driver.append(MarketTime(app.service, clock, speed))
        yield Stage(app, sandbox, driver[0])


def transcript(sandbox: Sandbox, chat_id: int | None = None) -> str:
    """What a reader of the channels, or of one, saw, request by request. Of an edit only the lines that changed."""
    seen, before = [], {}
    for request in sandbox.requests:
        if not request.method.startswith(("send", "edit")):
            continue
        here = int(str(request.params["chat_id"]))
        if here < 0 and chat_id in (None, here):
            text = str(request.params.get("text") or request.params.get("caption"))
            reply = " as a reply" if request.params.get("reply_parameters") is not None else ""
            when = datetime.fromtimestamp(request.time_ms / 1000, UTC)
            signal_id = "".join(re.findall(r"[A-Z]+_\d{8}_\d{3}", text)[:1])
            which = here, signal_id or text.partition("\n")[0]  # a signal by its id, a board by its title
            known = before.get(which, "").split("\n") if request.method.startswith("edit") else []
            shown = [line for line in text.split("\n") if line not in known]
            before[which] = text
            seen.append(f"{when:%Y-%m-%d %H:%M:%S} {request.method}{reply} {signal_id}\n" + "\n".join(shown) + "\n")
    return "\n".join(seen)
