"""A trade in the hands of the live service: a lost line, SIGTERM, a restart, and still one message that is edited."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from itertools import pairwise

import msgspec
import pytest

from bot.clock import MarketClock, WallClock
from bot.config import BinanceConfig, FeedsConfig
from bot.config_file import load_config
from bot.delivery.outbox import Outbox
from bot.live import serve
from bot.play.player import SIMULATED_START_MS, for_replay, open_sandbox
from engine.engine import Engine
from engine.events import TradeOpened
from feeds.simulated import simulated
from storage import journal, snapshots
from tests.bot.stage import SHIPPED, on_stage
from tests.databases import placed
from tests.feeds.venue import Deal, Happens, Outage, Venue, book_frame

SYMBOL, DANA = "BTCUSDT", 1001
SEED = 1  # a BUY that opens within a second


def config_for(folder, venue=None):
    """Bitcoin with candles of bids, since the simulated market that opens the trade has no trades."""
    config = for_replay(load_config(SHIPPED), [SYMBOL], folder, None, by_bid=frozenset({SYMBOL}))
    if venue is None:
        return config
    binance = BinanceConfig(
        symbols=(SYMBOL,), stream_url=f"ws://{venue.address}", rest_url=f"http://{venue.address}", history_candles=40
    )
    return placed(msgspec.structs.replace(config, feeds=FeedsConfig(binance=binance)))


def until_a_trade_opens(config):
    """The simulated market up to the first trade, and that trade."""
    engine, inputs = Engine(config.engine_config()), []
    for tick in simulated(config.instruments[0], seed=SEED, start_ms=SIMULATED_START_MS):
        inputs.append(tick)
        for event in engine.push(tick):
            if isinstance(event, TradeOpened):
                return inputs, event.trade
    raise AssertionError("the simulated market never ends")


async def open_a_trade(folder, sandbox, clock):
    """An earlier run leaves a trade open, and its message in the channel."""
    inputs, trade = until_a_trade_opens(config_for(folder))
    async with on_stage(config_for(folder), sandbox, clock) as stage:
        for tick in inputs:
            stage.app.service.push(tick)
        clock.move_to(trade.opened_ms)
        await stage.app.service.commit()
        await stage.market_time.settle()
    return trade


def walk(begin_ms, first_id, *cents):
    """A trade a second, from price to price in small steps."""
    path = [price for a, b in pairwise(cents) for price in range(a, b, 20 if b > a else -20)]
    return [
        Deal(first_id + number, begin_ms + number * 1000, f"{price / 100:.2f}", "0.5")
        for number, price in enumerate([*path, cents[-1]])
    ]


def streamed(deals):
    """Each trade, and the quote it leaves behind."""
    return [
        step
        for deal in deals
        for step in (
            Happens(deal.frame(), deal),
            Happens(book_frame(deal.price, f"{float(deal.price) + 0.01:.2f}")),
        )
    ]


@asynccontextmanager
async def serving(folder, venue, sandbox):
    """The live service, ended by the signal a supervisor sends."""
    config = config_for(folder, venue)
    service = asyncio.create_task(serve(config, token=sandbox.token, sandbox=sandbox))
    venue.is_awaited.set()
    yield service
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await service


async def until_true(service, question) -> None:
    async with asyncio.timeout(15):
        while not question():
            assert not service.done(), service.exception()
            await asyncio.sleep(0.02)


async def test_an_open_trade_goes_on_through_a_lost_line_sigterm_and_a_restart(tmp_path):
    clock = MarketClock(SIMULATED_START_MS)
    sandbox = open_sandbox(config_for(tmp_path), WallClock().now_ms, port=0, label=None)
    await sandbox.start()
    trade = await open_a_trade(tmp_path, sandbox, clock)
    (channel,) = config_for(tmp_path).channels
    entry, target = trade.opened_price, trade.signal.setup.targets[0]
    up = walk(trade.opened_ms + 2_000, 1_000, entry, target + 20)
    half, back_again = len(up) // 2, len(up) // 2 + 5
    (message,) = [m for m in sandbox.messages(channel.chat_id) if trade.id in m.body.text]

    def replies():
        return [m.body.text for m in sandbox.messages(channel.chat_id) if m.reply_to is message]

    lost = Outage(tuple(streamed(up[half:back_again])))
    script = [*streamed(up[1:half]), lost, *streamed(up[back_again:])]
    async with Venue(script, deals=up[:1]) as venue, serving(tmp_path, venue, sandbox) as service:
        await until_true(service, lambda: len(replies()) == 1)
        assert venue.connections == 2
    assert "TP1" in replies()[0]

    # The market comes back to the entry while nobody listens, and the rest is closed there.
    down = walk(up[-1].time_ms + 1_000, up[-1].id + 1, target, entry - 40)
    async with (
        Venue(streamed(down[-3:]), deals=[*up, *down[:-3]]) as venue,
        serving(tmp_path, venue, sandbox) as service,
    ):
        await until_true(service, lambda: len(replies()) == 2)
    assert "Closed at breakeven" in replies()[1]
    await sandbox.stop()

    shown = sandbox.chat(channel.chat_id).messages[message.id].body.text
    assert trade.id in shown
    assert "Closed at breakeven" in shown
    edited = {r.params["message_id"] for r in sandbox.requests if r.method.startswith("edit")}
    assert {str(key) for key in edited} == {str(message.id)}
    restarts = [m.body.text for m in sandbox.messages(DANA) if "Restarted" in m.body.text]
    assert len(restarts) == 2
    assert_whole(tmp_path)


def assert_whole(folder) -> None:
    """Inputs are numbered through all three runs, and the last was ended in order: its snapshot has them all."""
    numbers = [number for number, _ in journal.read_after(folder / "journal", 0)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(journal.journal_files(folder / "journal")) == 3
    assert snapshots.load(folder / "snapshots").snapshot.number == numbers[-1]


async def test_when_the_outbox_dies_the_service_ends(tmp_path, monkeypatch):
    async def die(_):
        raise OSError("the line is dead")

    async with Venue([]) as venue:
        config = config_for(tmp_path, venue)
        sandbox = open_sandbox(config, lambda: 0, port=0, label=None)
        await sandbox.start()
        monkeypatch.setattr(Outbox, "run", die)
        with pytest.raises(ExceptionGroup) as ended:
            async with asyncio.timeout(15):
                await serve(config, token=sandbox.token, sandbox=sandbox)
        await sandbox.stop()

    assert ended.group_contains(OSError, match="the line is dead")
