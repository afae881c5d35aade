"""From a quarter hour that 50 symbols close at once to Telegram's wire: thinking, storing, drawing, sending, for real.

The real service, outbox, client and painter on the wall clock; the sandbox, with flood control on, in a process of its
own. Five of the symbols issue a signal at that close, each in a channel of its own, since a channel takes one message
a second.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import structlog

from bench.market import ROOT
from bench.measure import percentile
from bench.report import Result, Row, Target, Tell
from bench.telegram import Heard, Telegram, telegram
from bot.app import App, open_app
from bot.clock import WallClock
from bot.config import ChannelConfig, Config, StorageConfig, TelegramConfig
from bot.config_file import load_config
from bot.delivery.outbox import Priority
from bot.live import TICK_MS, Inbox, settle_memory, think
from bot.play.player import SIMULATED_START_MS, scout
from bot.watchdog import SAMPLE_MS, Lateness
from bot.words.post import Post
from bot.words.wording import Market
from charts.picture import encode
from charts.render import draw
from charts.scene import candle_scene
from engine.engine import Engine
from engine.events import Event, History, Input, SignalIssued, Tick
from engine.types import Candle, Timeframe
from feeds.simulated import simulated

SYMBOLS, SIGNALS = 50, 5
SEED, QUIET_SEED = 239, 240  # a market whose next signal is known, and one that says nothing at that close
TEXT_ROUNDS, PICTURE_ROUNDS = 12, 3
FIRST_CHANNEL = -1_001_000_000_700  # and downwards, others for every round: in a minute one takes only so many
PRACTICE = -1_001_000_000_699  # where a picture is sent before, so that the worker is warm and the line open
BOARD_S, QUIET_S = 1.2, 1.5  # until boards are pinned, and of ticks before the close: each request has its second
QUARTER_MS = Timeframe.M15.ms


class Prepared(msgspec.Struct):
    """All symbols a moment before the close, what they hear until then, and the prices that reveal it."""

    config: Config
    state: bytes
    before: list[Tick]
    close: list[Tick]
    example: bytes  # a picture like theirs


class Heardof(msgspec.Struct):
    """What one round took, in ms after the prices of the close were handed in."""

    issued: list[float]  # the requests that first showed the signals, each in ms after `push` had returned its signal
    sent: list[float]  # the same requests, in order
    pictured: list[float]  # the requests that first showed their charts
    refused: int
    work_ms: float  # CPU time of our process, all threads, from the close until everything was heard


class Telling:
    """An engine with a note of when `push` has returned a signal, by its symbol."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.issued_ms: dict[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def push(self, item: Input) -> list[Event]:
        events = self._engine.push(item)
        now_ms = time.time_ns() / 1e6
        self.issued_ms |= {event.trade.symbol: now_ms for event in events if isinstance(event, SignalIssued)}
        return events


def run(tell: Tell) -> Result:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return asyncio.run(_run(tell))


async def _run(tell: Tell) -> Result:
    tell(f"delivery: {SYMBOLS} symbols up to a quarter hour at whose close {SIGNALS} of them issue a signal")
    prepared = _prepare()
    analysis, loop, work = Lateness(), Lateness(), Lateness()
    chart_ms = _chart_work(prepared.example)
    async with telegram([*_channels(range(TEXT_ROUNDS + PICTURE_ROUNDS + 1)), PRACTICE]) as world:
        tell(f"delivery: the close, {TEXT_ROUNDS} times, signals as text")
        texts = [
            await _round(number, prepared, world, analysis, loop, work, draws=False) for number in range(TEXT_ROUNDS)
        ]
        tell(f"delivery: the close, {PICTURE_ROUNDS} times, signals with their charts")
        pictures = [
            await _round(TEXT_ROUNDS + number, prepared, world, analysis, loop, work, draws=True)
            for number in range(PICTURE_ROUNDS)
        ]
        tell("delivery: the close, with a painter that does nothing for five seconds")
        last = TEXT_ROUNDS + PICTURE_ROUNDS
        late = await _round(last, prepared, world, Lateness(), loop, work, draws=True, frozen_s=5.0)
    issued = [taken for each in texts for taken in each.issued]
    sent = [taken for each in texts for taken in each.sent]
    works = [each.work_ms for each in texts]
    refused = sum(each.refused for each in [*texts, *pictures, late])
    deadline_ms = prepared.config.charts.deadline_s * 1_000

    def figure(what: str, found: float, target: float | None = None, unit: str = "ms") -> Row:
        return Row(what, found, unit, target=None if target is None else Target("≤", target, of="ours"))

    return Result(
        "delivery",
        (
            figure(f"tick to analysis at the close, p99 of {analysis.count:,}", analysis.percentile(99), 100),
            figure(f"SignalIssued to its request on the wire, text, p50 of {len(issued)}", percentile(issued, 50)),
            figure(f"SignalIssued to its request on the wire, text, p99 of {len(issued)}", percentile(issued, 99), 100),
            figure(f"close heard to signal on the wire, text, p50 of {len(sent)}", percentile(sent, 50)),
            figure(f"close heard to signal on the wire, text, p99 of {len(sent)}", percentile(sent, 99)),
            figure("close heard to the first chart, worst round", max(each.pictured[0] for each in pictures), 1_000),
            figure("close heard to the fifth chart, worst round", max(each.pictured[-1] for each in pictures), 2_500),
            figure("chart too late: close heard to the last text", late.sent[-1], deadline_ms),
            figure("chart too late: close heard to the last chart, drawn after all", late.pictured[-1]),
            figure(f"event loop late, p99.9 of {loop.count:,} samples", loop.percentile(99.9), 20),
            figure("event loop late, worst", loop.worst_ms),
            figure(f"the loop's own work between two of {work.count:,} samples, CPU, p99.9", work.percentile(99.9), 20),
            figure("the loop's own work between two samples, CPU, worst", work.worst_ms),
            figure("all our work from the close to five signals sent as text, CPU, median", percentile(works, 50)),
            figure("one chart, CPU, median", chart_ms),
            figure("requests refused by flood control", refused, 0, "requests"),
        ),
    )


def _prepare() -> Prepared:
    """One market is drawn for the five and one for the others, and each symbol hears its copy."""
    config = _config()
    loud, quiet = config.instruments[0], config.instruments[SIGNALS]
    scouted = scout(msgspec.structs.replace(config, instruments=(loud,)), loud, SEED, lambda _: None)
    close_ms = scouted.begin_ms + 3 * QUARTER_MS
    ticks = {
        instrument.symbol: _between(instrument.symbol, seed, scouted.begin_ms, close_ms)
        for instrument, seed in ((loud, SEED), (quiet, QUIET_SEED))
    }
    candles = {
        loud.symbol: scouted.candles,
        quiet.symbol: _candles(config, quiet.symbol, scouted.begin_ms),
    }
    engine = Engine(config.engine_config())
    for number, instrument in enumerate(config.instruments):
        source = (loud if number < SIGNALS else quiet).symbol
        for candle in candles[source]:
            own = msgspec.to_builtins(candle) | {"symbol": instrument.symbol}  # a compiled candle is no struct
            engine.push(History(msgspec.convert(own, Candle)))
    last = close_ms - QUARTER_MS // 15
    for number, instrument in enumerate(config.instruments):
        source = (loud if number < SIGNALS else quiet).symbol
        for tick in ticks[source]:
            if tick.time_ms < last:
                engine.push(msgspec.structs.replace(tick, symbol=instrument.symbol))
    view = engine.view(loud.symbol)
    example = encode(candle_scene(view.entry.candles, [], [], [], loud, "", view.time_ms, "dark"))

    def copies(wanted: range) -> list[Tick]:
        heard = [
            msgspec.structs.replace(tick, symbol=instrument.symbol)
            for number, instrument in enumerate(config.instruments)
            for tick in ticks[(loud if number < SIGNALS else quiet).symbol]
            if tick.time_ms in wanted
        ]
        return sorted(heard, key=lambda tick: tick.time_ms)

    first = {tick.symbol: tick for tick in reversed(copies(range(close_ms, close_ms + QUARTER_MS)))}
    # The signals' symbols stand anywhere among the others, as they would.
    order = sorted(first.values(), key=lambda tick: _place(tick.symbol))
    return Prepared(config, engine.snapshot(), copies(range(last, close_ms)), order, example)


def _place(symbol: str) -> int:
    """An order that is arbitrary, and the same on every machine."""
    return int(symbol[1:]) * 37 % (SYMBOLS + 3)


def _config() -> Config:
    """`config.toml` with gold fifty times over, in five channels, and limits that let five signals out at once."""
    config = load_config(ROOT / "config.toml")
    gold = config.instrument("XAUUSD")
    names = [f"G{number:02}" for number in range(SYMBOLS)]
    instruments = [msgspec.structs.replace(gold, symbol=name, short=name, feed="simulated") for name in names]
    channels = [
        ChannelConfig(f"Channel {number}", chat_id, tuple(names[number::SIGNALS]))
        for number, chat_id in enumerate(_channels(range(1)))
    ]
    return msgspec.structs.replace(
        config, instruments=tuple(instruments), channels=tuple(channels), telegram=TelegramConfig()
    )


def _between(symbol: str, seed: int, from_ms: int, close_ms: int) -> list[Tick]:
    """The market's ticks up to the first after the close."""
    instrument = _config().instrument(symbol)
    found = []
    for tick in simulated(instrument, seed=seed, start_ms=SIMULATED_START_MS):
        if tick.time_ms >= from_ms:
            found.append(tick)
        if tick.time_ms >= close_ms:
            return found
    raise AssertionError("the simulated market never ends")


def _candles(config: Config, symbol: str, until_ms: int) -> list[Candle]:
    instrument = config.instrument(symbol)
    engine = Engine(msgspec.structs.replace(config, instruments=(instrument,)).engine_config())
    found: list[Candle] = []
    for tick in simulated(instrument, seed=QUIET_SEED, start_ms=SIMULATED_START_MS):
        if tick.time_ms >= until_ms:
            return found
        closed = (getattr(event, "candle", None) for event in engine.push(tick))
        found += [candle for candle in closed if candle is not None and candle.timeframe is Timeframe.M15]
    raise AssertionError("the simulated market never ends")


def _channels(rounds: range) -> list[int]:
    return [FIRST_CHANNEL - SIGNALS * number - place for number in rounds for place in range(SIGNALS)]


async def _round(
    number: int,
    prepared: Prepared,
    world: Telegram,
    analysis: Lateness,
    loop: Lateness,
    work: Lateness,
    *,
    draws: bool,
    frozen_s: float = 0,
) -> Heardof:
    with tempfile.TemporaryDirectory() as folder:
        storage = StorageConfig(folder=Path(folder))
        chats = _channels(range(number, number + 1))
        channels = [
            msgspec.structs.replace(channel, chat_id=chat_id)
            for channel, chat_id in zip(prepared.config.channels, chats, strict=True)
        ]
        config = msgspec.structs.replace(prepared.config, storage=storage, channels=tuple(channels))
        house_ms = number % TEXT_ROUNDS * TICK_MS / TEXT_ROUNDS
        engine = Engine.restore(config.engine_config(), prepared.state)
        telling = Telling(engine)
        async with _serving(config, engine, world, loop, work, house_ms, draws=draws) as (app, inbox):
            await _practise(app, world, prepared.example if draws else None)
            await _hand_in(inbox, prepared.before)
            await world.heard()  # what was said until now
            app.service.engine = cast("Engine", telling)
            painters = multiprocessing.active_children() if frozen_s else []
            frozen = [process.pid for process in painters if process.name != "telegram"]
            _tell_all(frozen, signal.SIGSTOP)
            app.watchdog.analysis = analysis
            began_ms, began_work_s = time.time_ns() / 1e6, time.process_time()
            now_s = asyncio.get_running_loop().time()
            for tick in prepared.close:
                inbox.put_nowait((now_s, tick))
            heard = await _until_shown(world, chats, draws=draws and not frozen_s)
            work_ms = (time.process_time() - began_work_s) * 1_000
            if frozen_s:
                await asyncio.sleep(frozen_s - (time.time_ns() / 1e6 - began_ms) / 1_000)
                _tell_all(frozen, signal.SIGCONT)
                heard += await _until_shown(world, chats, draws=True)
    by_chat = {config.channels_for(symbol)[0].chat_id: issued_ms for symbol, issued_ms in telling.issued_ms.items()}
    return _took(heard, began_ms, by_chat, work_ms)


@asynccontextmanager
async def _serving(
    config: Config, engine: Engine, world: Telegram, loop: Lateness, work: Lateness, house_ms: float, *, draws: bool
) -> AsyncIterator[tuple[App, Inbox]]:
    """The parts of the live service that are between a feed and Telegram."""
    inbox: Inbox = asyncio.Queue(10_000)
    async with open_app(
        config,
        token=world.token,
        base_url=world.base_url,
        base_file_url=world.base_file_url,
        clock=WallClock(),
        market=Market.SIMULATED,
        submit=lambda _: None,
        draws=draws,
        engine=engine,
    ) as app:
        settle_memory()
        await app.service.keep_boards()
        tasks = [asyncio.create_task(work) for work in (think(app, inbox), app.outbox.run())]
        await asyncio.sleep(BOARD_S)
        await app.service.keep_boards()  # which are sent, and pinned now
        app.watchdog.loop = loop
        more = (app.watchdog.run(), _own_work(work), _keep_boards(app, house_ms))
        tasks += [asyncio.create_task(work) for work in more]
        try:
            yield app, inbox
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _own_work(work: Lateness) -> None:
    """As the watchdog samples, but CPU time: what other programs take from us is not in it."""
    while True:
        before_s = time.thread_time()
        await asyncio.sleep(SAMPLE_MS / 1_000)
        work.note((time.thread_time() - before_s) * 1_000)


async def _keep_boards(app: App, after_ms: float) -> None:
    """As the house does, each second; `after_ms` moves it against the close, so that it meets every part of it."""
    await asyncio.sleep(after_ms / 1_000)
    while True:
        await app.service.keep_boards()
        await asyncio.sleep(TICK_MS / 1_000)


def _chart_work(picture: bytes) -> float:
    """CPU ms of drawing it, warm."""
    taken = []
    for _ in range(6):
        before_s = time.process_time()
        draw(picture)
        taken.append((time.process_time() - before_s) * 1_000)
    return percentile(taken[1:], 50)


async def _practise(app: App, world: Telegram, picture: bytes | None) -> None:
    """A first message elsewhere: a service that has run for a while has its worker and its line warm."""
    async with app.service.database.begin() as conn:
        post = Post("practice", picture=picture)
        await app.outbox.put(conn, "practice", PRACTICE, post, priority=Priority.REPORT)
    app.outbox.wake()
    heard: list[Heard] = []
    while not any(one.has_picture or picture is None for one in heard):
        await asyncio.sleep(0.05)
        heard += await world.heard()


async def _hand_in(inbox: Inbox, ticks: list[Tick]) -> None:
    """The last minute before the close, in a second."""
    loop = asyncio.get_running_loop()
    for tick in ticks:
        await inbox.put((loop.time(), tick))
        await asyncio.sleep(QUIET_S / len(ticks))


async def _until_shown(world: Telegram, chats: list[int], *, draws: bool) -> list[Heard]:
    """All that was heard until every channel has its signal, and with `draws` its chart."""
    heard: list[Heard] = []
    async with asyncio.timeout(30):
        while {one.chat_id for one in heard if one.has_picture or (_is_send(one) and not draws)} < set(chats):
            await asyncio.sleep(0.02)
            heard += [one for one in await world.heard() if one.chat_id in chats]
    return heard


def _took(heard: list[Heard], began_ms: float, issued_ms: dict[int, float], work_ms: float) -> Heardof:
    fine = [one for one in heard if not one.is_refused]
    first = {one.chat_id: one.time_ms + 1 for one in reversed(fine) if _is_send(one)}  # the end of its millisecond
    pictured = [one.time_ms + 1 - began_ms for one in fine if one.has_picture]
    return Heardof(
        [time_ms - issued_ms[chat_id] for chat_id, time_ms in first.items()],
        sorted(time_ms - began_ms for time_ms in first.values()),
        sorted(pictured)[:SIGNALS],
        len(heard) - len(fine),
        work_ms,
    )


def _is_send(one: Heard) -> bool:
    return one.method.startswith("send")


def _tell_all(processes: list[int | None], number: signal.Signals) -> None:
    for process in processes:
        if process is not None:
            os.kill(process, number)
