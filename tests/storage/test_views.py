"""What was seen at a signal comes back whole for as long as the signal is known, and never in part."""

from __future__ import annotations

import zlib

import alembic.command
import msgspec
import pytest
from alembic.config import Config
from sqlalchemy import Connection, inspect, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.types import (
    ChartView,
    Direction,
    Inducement,
    KeyLevel,
    MarketView,
    Missing,
    NoSetup,
    Pattern,
    PatternKind,
    Readings,
    Regime,
    Strategy,
    Timeframe,
    ValueArea,
)
from storage.database import MIGRATIONS, migrate, open_database, reading, transaction
from storage.schema import views
from storage.signals import find_signal, save_signals
from storage.views import Seen, find_view, save_views
from tests.builders import START_MS, broken, candle, candles, gold, pool, signal, sweep, swing, zone

pytestmark = pytest.mark.both_databases

ID = "XAU_20240403_002"


def chart(timeframe: Timeframe, count: int = 3) -> ChartView:
    """Something of everything, so that nothing may be lost on the way."""
    first_ms = START_MS - count * timeframe.ms
    rows = [
        (227_000 + 7919 * n % 997, 228_000 + 104_729 * n % 991, 226_000, 227_000 + 6101 * n % 983) for n in range(count)
    ]
    closed = [
        msgspec.structs.replace(each, volume=15_485_863 * number % 100_003 / 7, spread=20)
        for number, each in enumerate(candles(rows, start_ms=first_ms, timeframe=timeframe))
    ]
    return ChartView(
        timeframe=timeframe,
        is_ready=True,
        candles=tuple(closed),
        atr=145.625,
        trend=Direction.UP,
        last_break=broken(),
        range_low=gold("2228.00"),
        range_high=gold("2288.00"),
        zones=(zone(gold("2266.64"), gold("2271.01"), evidence=("volume", "gap")),),
        pools=(pool(gold("2262.40")),),
        breaks=(broken(),),
        sweeps=(sweep(),),
        swings=(swing(),),
        inducement=Inducement(Direction.UP, gold("2265.00"), 0, 1, 0),
        levels=(KeyLevel(gold("2270.00"), 3, 0, 1),),
        pattern=Pattern(PatternKind.PIN_BAR, Direction.UP, 0, 1),
        regime=Regime.TRENDING,
        readings=Readings(rsi=0.1 + 0.2, value_area=ValueArea(3, 4, 2, 0, 1)),
    )


def seen(count: int = 3) -> Seen:
    none = ((Strategy.SWEEP_REVERSAL, NoSetup(Missing.FAR_STOP, Direction.UP, 90, 80)),)
    return Seen(view(count), none)


def view(count: int = 3) -> MarketView:
    trend, setup, entry = (chart(frame, count) for frame in (Timeframe.H4, Timeframe.H1, Timeframe.M15))
    forming = candle(gold("2274.10"), volume=None)
    return MarketView("XAUUSD", START_MS, gold("2274.00"), gold("2274.10"), trend, setup, entry, forming)


async def test_a_view_comes_back_as_it_was(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_signals(conn, [signal()])
        await save_views(conn, {ID: seen()})

    async with reading(engine) as conn:
        assert await find_view(conn, ID) == seen()


async def test_what_was_seen_at_a_decision_is_not_seen_anew(engine: AsyncEngine) -> None:
    later = Seen(msgspec.structs.replace(view(), bid=gold("2280.00")))
    async with transaction(engine) as conn:
        await save_signals(conn, [signal()])
        await save_views(conn, {ID: seen()})
        await save_views(conn, {ID: later})

    async with reading(engine) as conn:
        assert await find_view(conn, ID) == seen()


async def test_full_windows_take_less_than_forty_kilobytes(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_signals(conn, [signal()])
        await save_views(conn, {ID: seen(200)})
        assert len(await conn.scalar(views.select().with_only_columns(views.c.body)) or b"") < 40_000


async def test_a_signal_without_a_view_has_none(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_signals(conn, [signal()])

    async with reading(engine) as conn:
        assert await find_view(conn, ID) is None


async def test_a_view_needs_its_signal(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with transaction(engine) as conn:
            await save_views(conn, {ID: seen()})


async def test_a_view_of_another_make_is_none_rather_than_half_of_one(engine: AsyncEngine) -> None:
    fields = msgspec.to_builtins(seen())
    fields["view"]["tide"] = "a later version's"

    async with transaction(engine) as conn:
        await save_signals(conn, [signal()])
        await save_views(conn, {ID: seen()})
        await conn.execute(update(views).values(body=zlib.compress(msgspec.msgpack.encode(fields))))
        assert await find_view(conn, ID) is None


async def test_signals_of_the_first_schema_go_on_without_views(url: str) -> None:
    def upgrade_to_the_first(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0001")

    engine = await open_database(url)
    async with transaction(engine) as conn:
        await conn.run_sync(upgrade_to_the_first)
        await save_signals(conn, [signal()])
        assert "views" not in await conn.run_sync(lambda sync: inspect(sync).get_table_names())

    await migrate(engine)

    async with transaction(engine) as conn:
        assert await find_signal(conn, ID) == signal()
        assert await find_view(conn, ID) is None
        await save_views(conn, {ID: seen()})
    await engine.dispose()
