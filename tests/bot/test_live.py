"""The live service against a small Binance and a local Telegram: candles, answers, and restarts without a hole."""

import asyncio
import errno
import os
import sqlite3
from contextlib import asynccontextmanager

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.config import BinanceConfig, ChannelConfig, FeedsConfig
from bot.config_file import load_config
from bot.live import serve
from bot.play.player import for_replay, open_sandbox
from engine.types import Timeframe
from storage import journal
from storage.candles import last_candles
from storage.database import open_database, reading
from tests.bot.stage import SHIPPED
from tests.databases import placed
from tests.feeds.binance_line import QUARTER, assert_same, market, of_deals, streamed
from tests.feeds.venue import Venue, Wait

SYMBOL, CHANNEL, DANA = "BTCUSDT", -1_001_000_000_002, 1001


def config_for(folder, venue: Venue):
    config = for_replay(load_config(SHIPPED), [SYMBOL], folder, None, by_bid=frozenset())
    binance = BinanceConfig(
        symbols=(SYMBOL,),
        stream_url=f"ws://{venue.address}",
        rest_url=f"http://{venue.address}",
        history_candles=40,
    )
    channel = ChannelConfig("Bitcoin", CHANNEL, (SYMBOL,))
    return placed(msgspec.structs.replace(config, feeds=FeedsConfig(binance=binance), channels=(channel,)))


@asynccontextmanager
async def serving(config, sandbox):
    task = asyncio.create_task(serve(config, token=sandbox.token, sandbox=sandbox))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stored(config) -> dict[int, tuple[int, int, int, int, float]]:
    database = await open_database(config.storage.database_url)
    try:
        async with reading(database) as conn:
            candles = await last_candles(conn, SYMBOL, Timeframe.M15, 1000)
    finally:
        await database.dispose()
    return {c.open_ms: (c.open, c.high, c.low, c.close, c.volume) for c in candles}


async def until_true(question, seconds: float = 15) -> None:
    """Asks again and again; another task answers."""
    async with asyncio.timeout(seconds):
        while not await question():  # noqa: ASYNC110 — the database sets no event for us
            await asyncio.sleep(0.02)


@pytest.mark.both_databases
async def test_candles_are_kept_admins_are_answered_and_a_restart_leaves_no_hole(tmp_path):
    deals = market(3, 900)
    half = len(deals) // 2
    async with Venue(streamed(deals[:half], after=60), deals=deals[:60]) as venue:
        config = config_for(tmp_path, venue)
        sandbox = open_sandbox(config, lambda: deals[0].time_ms, port=0, label=None)
        await sandbox.start()
        async with serving(config, sandbox) as service:
            await sandbox.say("/status")

            async def is_answered() -> bool:
                return any("Running" in m.body.text for m in sandbox.messages(DANA))

            await until_true(is_answered)
            venue.is_awaited.set()
            last = max(at for at in of_deals(deals[:half], QUARTER)) - QUARTER

            async def has_candles() -> bool:
                return not service.done() and last in await stored(config)

            await until_true(has_candles)
        first_run = await stored(config)

    # Away while the market went on: the rest of the first half was the past when it comes back.
    async with Venue(streamed(deals, after=half + 200), deals=deals[: half + 200]) as venue:
        config = config_for(tmp_path, venue)
        async with serving(config, sandbox) as service:
            venue.is_awaited.set()
            complete = of_deals(deals, QUARTER)
            last = sorted(complete)[-2]

            async def has_all() -> bool:
                return not service.done() and last in await stored(config)

            async def has_told() -> bool:
                return any("Restarted" in m.body.text for m in sandbox.messages(DANA))

            await until_true(has_all)
            await until_true(has_told)
        found = await stored(config)
    await sandbox.stop()

    # Where the service was stopped, trades of the very millisecond it had reached cannot be told from those it has: its
    # candle may lack some of their volume.
    stopped_in = max(first_run) + QUARTER
    found[stopped_in], complete[stopped_in] = (*found[stopped_in][:4], 0.0), (*complete[stopped_in][:4], 0.0)
    assert_same(found, complete, last + 1)


@pytest.mark.parametrize("part", ["_hear", "think", "listen"])
async def test_when_one_part_dies_the_service_ends(tmp_path, monkeypatch, part):
    async def die(*_):
        raise RuntimeError("gone")

    async with Venue([]) as venue:
        config = config_for(tmp_path, venue)
        sandbox = open_sandbox(config, lambda: 0, port=0, label=None)
        await sandbox.start()
        monkeypatch.setattr(f"bot.live.{part}", die)
        with pytest.raises(ExceptionGroup) as ended:
            async with asyncio.timeout(15):
                await serve(config, token=sandbox.token, sandbox=sandbox)
        await sandbox.stop()

    assert ended.group_contains(RuntimeError, match="gone")


class Disk:
    """Once it `refuses` no table takes anything more, whatever the database."""

    def __init__(self) -> None:
        self.refuses: Exception | None = None
        self.refused = 0

    def take(self, conn, cursor, statement: str, *_) -> None:
        if self.refuses is not None and statement.startswith(("INSERT", "UPDATE")):
            self.refused += 1
            raise self.refuses


@pytest.fixture
def disk():
    found = Disk()
    event.listen(Engine, "before_cursor_execute", found.take)
    yield found
    event.remove(Engine, "before_cursor_execute", found.take)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full"),
        (sqlite3.OperationalError("database is locked"), "Another program holds the database"),
    ],
)
async def test_what_keeps_it_from_storing_is_told_once_and_waited_for_and_nothing_is_missing_afterwards(
    tmp_path, monkeypatch, disk, why, said
):
    monkeypatch.setattr("bot.live.ROOM_EVERY_S", 0.02)
    deals, fills = market(3, 900), asyncio.Event()
    complete = of_deals(deals, QUARTER)
    first, last = sorted(complete)[1], sorted(complete)[-2]
    begin = next(number for number, deal in enumerate(deals) if deal.time_ms >= first + QUARTER) + 1
    script = [*streamed(deals[:begin], after=60), Wait(fills), *streamed(deals, after=begin)]
    async with Venue(script, deals=deals[:60]) as venue:
        config = config_for(tmp_path, venue)
        sandbox = open_sandbox(config, lambda: deals[0].time_ms, port=0, label=None)
        await sandbox.start()

        def told(words: str) -> int:
            return sum(words in message.body.text for message in sandbox.messages(DANA))

        async with serving(config, sandbox) as service:
            venue.is_awaited.set()

            async def has_stored(at: int) -> bool:
                assert not service.done(), service.exception()
                return at in await stored(config)

            async def has_begun_anew_and_failed_again() -> bool:
                lives = len(journal.journal_files(config.storage.folder / "journal"))
                return lives > 2 and disk.refused > 3

            await until_true(lambda: has_stored(first))
            disk.refuses = why
            fills.set()
            await until_true(has_begun_anew_and_failed_again)
            assert not await has_stored(last)
            assert told(said) == 1
            disk.refuses = None
            await until_true(lambda: has_stored(last))
        await sandbox.stop()
    found = await stored(config)

    assert told(said) == 1
    # As above: of the very millisecond in which it stopped, not all volume need be there.
    assert [(at, bar[:4]) for at, bar in found.items()] == [(at, complete[at][:4]) for at in sorted(complete)[:-1]]
