"""`replay` and `demo`: a recorded or simulated market through the same service as live, into the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import chain, dropwhile
from pathlib import Path

import msgspec
import structlog

from bot.app import App, listen, open_app
from bot.clock import MarketClock
from bot.config import AdminConfig, BoardConfig, ChannelConfig, Config, ConfigError, Role, TelegramConfig
from bot.config_rules import LEAST_BOARD_S
from bot.fault import fault
from bot.play.market_time import MarketTime
from bot.sandbox.flood import FloodLimits
from bot.sandbox.server import DANA, Sandbox
from bot.service import known_at_ms
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import CandleClosed, CandleInput, Event, History, Input, SignalIssued, Tick
from engine.performance import Performance, measure
from engine.types import Candle, CandlePrice, Instrument, Trade
from feeds.simulated import simulated
from storage.database import reading
from storage.trades import closed_between

log = structlog.get_logger(__name__)

SIMULATED_START_MS = 1_767_564_000_000  # Sunday 4 January 2026, 22:00 UTC: a trading week begins
CANDLES_BEFORE = 3  # how many candles before its first signal the demo begins to publish
BOARD_EVERY_S = 5  # of the reader's time
FIRST_CHANNEL_ID = -1_001_000_000_900


class Outcome(msgspec.Struct, frozen=True):
    """What a replay came to, for the closing table."""

    signals: int
    performance: Performance
    open_trades: int
    messages_sent: int
    edits_made: int
    late_inputs: int
    from_ms: int
    to_ms: int


def for_replay(
    config: Config, symbols: Iterable[str], folder: Path, feed: str | None, *, by_bid: frozenset[str]
) -> Config:
    """The configuration with these symbols only, fed by `feed` (None: as they were), its data in `folder`, and the
    sandbox's admin.

    A symbol that no channel carries gets one. `by_bid` are symbols without trades: their candles are made of bids.
    """
    wanted = set(symbols)
    instruments = tuple(
        msgspec.structs.replace(
            i, feed=feed or i.feed, candle_price=CandlePrice.BID if i.symbol in by_bid else i.candle_price
        )
        for i in config.instruments
        if i.symbol in wanted
    )
    channels = []
    for channel in config.channels:
        carried = tuple(symbol for symbol in channel.symbols if symbol in wanted)
        if carried:
            channels.append(msgspec.structs.replace(channel, symbols=carried))
            wanted -= set(carried)
    for number, symbol in enumerate(sorted(wanted)):
        channels.append(ChannelConfig(f"{symbol} Signals", FIRST_CHANNEL_ID - number, (symbol,)))
    return msgspec.structs.replace(
        config,
        instruments=tuple(instruments),
        channels=tuple(channels),
        telegram=TelegramConfig(admins=(AdminConfig(DANA.id, DANA.first_name, Role.OWNER),)),
        board=BoardConfig(every_s=0),
        storage=msgspec.structs.replace(config.storage, folder=folder, url=None),
    )


def open_sandbox(config: Config, clock: Callable[[], int], *, port: int, label: str | None) -> Sandbox:
    """A local Telegram with the configured channels, and flood control on the same clock as the bot."""
    sandbox = Sandbox(clock=clock, port=port, flood=FloodLimits(), label=label)
    topics: dict[int, dict[int, str]] = {}
    for channel in config.channels:
        if channel.thread_id is None:
            sandbox.add_channel(channel.chat_id, channel.name)
        else:
            topics.setdefault(channel.chat_id, {})[channel.thread_id] = channel.name
    for chat_id, names in topics.items():
        sandbox.add_group(chat_id, next(iter(names.values())), topics=names)
    return sandbox


async def start_sandbox(sandbox: Sandbox, port: int) -> None:
    """ConfigError when somebody else has the port."""
    try:
        await sandbox.start()
    except OSError as error:
        raise ConfigError(
            f"port {port} is taken ({error.strerror}); end the other program, or set sandbox.port"
        ) from None


class Player(msgspec.Struct):
    """A service on market time with a sandbox around it."""

    app: App
    sandbox: Sandbox
    market_time: MarketTime


@asynccontextmanager
async def open_player(
    config: Config,
    market: Market,
    begin_ms: int,
    *,
    speed: float | None,
    port: int,
    draws: bool,
    listens: bool,
    engine: Engine | None = None,
) -> AsyncIterator[Player]:
    """`begin_ms` is the first live moment; with `listens` the admin chat is answered. Boards change every few seconds
    of the reader's, however fast the market goes.
    """
    clock = MarketClock(begin_ms)
    if speed is not None:  # at full speed nobody watches the boards, and they would be most of the work
        every_s = max(config.board.every_s, round(BOARD_EVERY_S * speed), LEAST_BOARD_S)
        config = msgspec.structs.replace(config, board=BoardConfig(every_s))
    sandbox = open_sandbox(config, clock.now_ms, port=port, label=market.upper())
    await start_sandbox(sandbox, port)
    commands: list[MarketTime] = []
    try:
        async with open_app(
            config,
            token=sandbox.token,
            base_url=sandbox.base_url,
            base_file_url=sandbox.base_file_url,
            clock=clock,
            market=market,
            submit=lambda command: commands[0].submit(command),
            draws=draws,
            engine=engine,
        ) as app:
            await app.desk.announce(app.recovered)
            market_time = MarketTime(app.service, clock, speed)
            commands.append(market_time)
            listening = asyncio.create_task(listen(app), name="listen") if listens else None
            if listening is not None:
                listening.add_done_callback(_tell_if_it_failed)
            try:
                yield Player(app, sandbox, market_time)
            finally:
                if listening is not None:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
    finally:
        await sandbox.stop()


def _tell_if_it_failed(listening: asyncio.Task[None]) -> None:
    """The market goes on for those who watch it."""
    error = None if listening.cancelled() else listening.exception()
    if error is not None:
        log.error("the admins are not heard any more", **fault(error))


async def play(
    player: Player, inputs: Iterable[Input], on_events: Callable[[list[Event]], None] | None = None
) -> Outcome:
    """Warm up with the history at the beginning, then play what is live. Returns when all is sent."""
    stream = iter(inputs)
    first: list[Input] = []

    def history() -> Iterator[History]:
        for item in stream:
            if not isinstance(item, History):
                first.append(item)
                return
            yield item

    await player.app.service.warm_up(history())
    from_ms = _begin_ms(first[0]) if first else 0
    signals = 0

    def count(events: list[Event]) -> None:
        nonlocal signals
        signals += sum(isinstance(event, SignalIssued) for event in events)
        if on_events is not None:
            on_events(events)

    await player.market_time.play(chain(first, stream), count)
    return await outcome(player, signals, from_ms)


def _begin_ms(item: Input) -> int:
    """From when on an input tells of the market: a candle from its open."""
    return item.candle.open_ms if isinstance(item, CandleInput) else known_at_ms(item) or 0


async def outcome(player: Player, signals: int, from_ms: int) -> Outcome:
    engine, outbox = player.app.service.engine, player.app.outbox
    async with reading(player.app.service.database) as conn:
        symbols = [instrument.symbol for instrument in player.app.config.instruments]
        closed: list[Trade] = await closed_between(conn, symbols, 0, 2**62)
    return Outcome(
        signals=signals,
        performance=measure(closed),
        open_trades=len(engine.open_trades()),
        messages_sent=outbox.stats.sent,
        edits_made=outbox.stats.edited,
        late_inputs=engine.late_inputs,
        from_ms=from_ms,
        to_ms=engine.time_ms,
    )


class Scouted(msgspec.Struct):
    """How far the simulated market runs unpublished: its candles until then, and where publishing begins."""

    candles: list[Candle]
    begin_ms: int


def scout(config: Config, instrument: Instrument, seed: int, progress: Callable[[int], None]) -> Scouted:
    """Run the seeded market through an engine of its own until the first signal; nothing is published.

    `progress` is told the market's time now and then.
    """
    engine = Engine(config.engine_config())
    frame = config.engine.timeframes.entry
    candles: list[Candle] = []
    for number, tick in enumerate(simulated(instrument, seed=seed, start_ms=SIMULATED_START_MS)):
        if number % 5000 == 0:
            progress(tick.time_ms)
        for event in engine.push(tick):
            if isinstance(event, CandleClosed) and event.candle.timeframe is frame:
                candles.append(event.candle)
            elif isinstance(event, SignalIssued):
                begin_ms = event.time_ms - CANDLES_BEFORE * frame.ms
                return Scouted([candle for candle in candles if candle.close_ms <= begin_ms], begin_ms)
    raise AssertionError("the simulated market never ends")


def demo_stream(instrument: Instrument, seed: int, scouted: Scouted) -> Iterator[Input]:
    """The scouted candles as history, then the same seeded market tick by tick."""

    def is_past(tick: Tick) -> bool:
        return tick.time_ms < scouted.begin_ms

    yield from (History(candle) for candle in scouted.candles)
    yield from dropwhile(is_past, simulated(instrument, seed=seed, start_ms=SIMULATED_START_MS))
