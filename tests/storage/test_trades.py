"""Signals, trades and refusals come back as they were written, however often they were written."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.events import SetupRejected
from engine.types import CloseReason, Fill, Mode, Strategy, Trade
from storage.carried import save_carried
from storage.database import open_database, reading, transaction
from storage.schema import metadata, partial_closes, signals, trades
from storage.signals import (
    count_by_strategy,
    count_signals,
    find_signal,
    latest_signals,
    rejections_between,
    save_rejections,
    save_signals,
    signals_between,
)
from storage.trades import (
    Standing,
    closed_between,
    fills_of,
    find_trade,
    first_close_ms,
    latest_trades,
    open_trades,
    save_trades,
)
from tests.builders import START_MS, at, closed, ended, gold, opened, secured, setup, signal, trade

pytestmark = pytest.mark.both_databases

HOUR_MS = 3_600_000


async def save(engine: AsyncEngine, *lives: Trade) -> None:
    """Each trade with its signal; its result does not matter here."""
    async with transaction(engine) as conn:
        for life in lives:
            await save_signals(conn, [life.signal])
            await save_trades(conn, [Standing(life, Decimal(0), Decimal(0), life.price_ms or START_MS)])


async def rows_in(engine: AsyncEngine, name: str) -> int:
    async with reading(engine) as conn:
        return (await conn.execute(select(func.count()).select_from(metadata.tables[name]))).scalar_one()


def numbered(count: int, symbol: str = "XAUUSD") -> Trade:
    """A pending trade, `count` hours after the first."""
    when_ms = START_MS + count * HOUR_MS
    made = signal(setup(symbol=symbol, known_ms=when_ms), id=f"{symbol[:3]}_20240403_{count:03}", issued_ms=when_ms)
    return trade(made)


async def test_a_trade_in_the_middle_of_its_life_is_there_after_a_restart(engine: AsyncEngine, url: str) -> None:
    half_way = secured(price=gold("2290.00"))
    await save(engine, half_way)

    again = await open_database(url)  # the first was never closed
    async with reading(again) as conn:
        assert await open_trades(conn) == [half_way]
        assert await find_signal(conn, half_way.id) == half_way.signal
    await again.dispose()


async def test_saving_twice_is_harmless(engine: AsyncEngine) -> None:
    done = closed(secured(), gold("2297.10"), CloseReason.TARGET)
    await save(engine, done)
    await save(engine, done)

    assert [await rows_in(engine, name) for name in ("signals", "trades", "partial_closes")] == [1, 1, 2]


async def test_the_numbers_beside_a_trade_are_those_a_trader_would_write_down(engine: AsyncEngine) -> None:
    """Half at TP1, +138.0 pips, half at TP2, +230.0: +184.0 pips by share, +2.00R on 92.0 pips of risk.

    On 0.10 lot of 100 ounces a pip of 0.10 is 1 USD. The exact result: 5 steps × 1380 ticks + 5 steps × 2300.
    """
    done = closed(secured(), gold("2297.10"), CloseReason.TARGET, closed_ms=at("2024-04-03 18:37"))
    async with transaction(engine) as conn:
        await save_signals(conn, [done.signal])
        await save_trades(conn, [Standing(done, Decimal("184.0"), Decimal("184.00"), done.closed_ms or 0)])
        row = (await conn.execute(select(trades))).one()._mapping

    assert {name: row[name] for name in row if name != "body"} == {
        "signal_id": "XAU_20240403_002",
        "symbol": "XAUUSD",
        "status": "closed",
        "opened_ms": at("2024-04-03 13:19"),
        "closed_ms": at("2024-04-03 18:37"),
        "reason": "target",
        "result_r": 2.0,
        "result_steps": 18_400,
        "pips": "184.0",
        "money": "184.00",
        "session": "New York",
        "updated_ms": at("2024-04-03 18:37"),
    }


async def test_each_part_is_written_once_and_stays(engine: AsyncEngine) -> None:
    running = secured()
    await save(engine, running)
    async with transaction(engine) as conn:
        await conn.execute(partial_closes.update().values(price=1))  # so that writing it again would show

    await save(engine, closed(running, gold("2297.10"), CloseReason.TARGET, closed_ms=at("2024-04-03 18:37")))

    async with reading(engine) as conn:
        assert await fills_of(conn, running.id) == [
            Fill(price=1, lot_steps=5, ticks=1380, time_ms=at("2024-04-03 15:02"), target=1),
            Fill(price=229710, lot_steps=5, ticks=2300, time_ms=at("2024-04-03 18:37"), target=2),
        ]
        assert list(await conn.scalars(select(partial_closes.c.seq).order_by(partial_closes.c.seq))) == [1, 2]


async def test_a_trade_without_its_signal_is_refused(engine: AsyncEngine) -> None:
    async def orphan() -> None:
        async with transaction(engine) as conn:
            await save_trades(conn, [Standing(trade(), Decimal(0), Decimal(0), 0)])

    with pytest.raises(IntegrityError):
        await orphan()


async def test_two_ids_for_one_setup_are_refused(engine: AsyncEngine) -> None:
    await save(engine, trade(signal(id="XAU_20240403_001")))

    with pytest.raises(IntegrityError, match=r"signals[._]key"):
        await save(engine, trade(signal(id="XAU_20240403_002")))


async def test_what_was_published_is_not_edited(engine: AsyncEngine) -> None:
    await save(engine, trade(signal()))
    await save(engine, trade(signal(mode=Mode.SIGNAL)))

    async with reading(engine) as conn:
        found = await find_signal(conn, "XAU_20240403_002")
        assert found == signal()
        assert await conn.scalar(select(signals.c.mode)) == "paper"


async def test_open_trades_are_those_that_are_not_over(engine: AsyncEngine) -> None:
    first, second, third = (numbered(count) for count in (1, 2, 3))
    await save(engine, third, opened(first.signal), closed(opened(second.signal)))

    async with reading(engine) as conn:
        assert [found.id for found in await open_trades(conn)] == ["XAU_20240403_001", "XAU_20240403_003"]
        assert await find_trade(conn, second.id) == closed(opened(second.signal))
        assert await find_trade(conn, "XAU_20240403_009") is None


async def test_a_day_includes_its_start_and_not_its_end(engine: AsyncEngine) -> None:
    from_ms, to_ms = at("2024-04-02 21:00"), at("2024-04-03 21:00")
    times = {1: from_ms - 1, 2: from_ms, 3: to_ms - 1, 4: to_ms}
    await save(engine, *(closed(opened(numbered(n).signal), closed_ms=time_ms) for n, time_ms in times.items()))
    await save(engine, ended(of=numbered(5).signal, closed_ms=from_ms + 1))  # expired, never opened
    await save(engine, closed(opened(numbered(6, "EURUSD").signal), closed_ms=from_ms))

    async with reading(engine) as conn:
        found = await closed_between(conn, ["XAUUSD"], from_ms, to_ms)
        assert [life.id[-3:] for life in found] == ["002", "005", "003"]
        both = await closed_between(conn, ["XAUUSD", "EURUSD"], from_ms, to_ms)
        assert [life.id for life in both][:2] == ["EUR_20240403_006", "XAU_20240403_002"]
        assert await closed_between(conn, [], from_ms, to_ms) == []


async def test_signals_are_counted_by_the_time_they_were_issued(engine: AsyncEngine) -> None:
    await save(engine, *(numbered(count) for count in (0, 1, 2, 3)), numbered(1, "EURUSD"))
    first, last = START_MS + HOUR_MS, START_MS + 3 * HOUR_MS

    async with reading(engine) as conn:
        assert await count_signals(conn, ["XAUUSD"], first, last) == 2
        found = await signals_between(conn, ["XAUUSD"], first, last)
        assert [made.id for made in found] == ["XAU_20240403_001", "XAU_20240403_002"]
        newest = await latest_signals(conn, ["XAUUSD"], 2)
        assert [made.id for made in newest] == ["XAU_20240403_003", "XAU_20240403_002"]
        assert await find_signal(conn, "nobody") is None


async def test_a_channel_is_counted_what_it_carries(engine: AsyncEngine) -> None:
    """Two ended, at one and at two hours; the channel carries the second, and one that still runs."""
    ends = [closed(opened(numbered(hour).signal), closed_ms=START_MS + hour * HOUR_MS) for hour in (1, 2)]
    await save(engine, *ends, numbered(3))
    async with transaction(engine) as conn:
        await save_carried(conn, {ends[1].id: ["-1001"]})
        await save_carried(conn, {numbered(3).id: ["-1001", "-1002"]})

    async with reading(engine) as conn:
        assert await count_signals(conn, ["XAUUSD"], START_MS, START_MS + 9 * HOUR_MS, "-1001") == 2
        assert await count_signals(conn, ["XAUUSD"], START_MS, START_MS + 9 * HOUR_MS, "-1002") == 1
        assert await first_close_ms(conn, ["XAUUSD"], START_MS + 9 * HOUR_MS) == START_MS + HOUR_MS
        assert await first_close_ms(conn, ["XAUUSD"], START_MS + 9 * HOUR_MS, "-1001") == START_MS + 2 * HOUR_MS
        assert await first_close_ms(conn, ["XAUUSD"], START_MS + HOUR_MS) is None, "not yet"


async def test_signals_are_counted_for_each_strategy(engine: AsyncEngine) -> None:
    strategies = (Strategy.RANGE_FADE, Strategy.SWEEP_REVERSAL, Strategy.RANGE_FADE, Strategy.RANGE_FADE)
    for hour, strategy in enumerate(strategies):
        made = numbered(hour).signal
        of = msgspec.structs.replace(made.setup, strategy=strategy)
        await save(engine, trade(msgspec.structs.replace(made, setup=of)))
    await save(engine, numbered(1, "EURUSD"))

    async with reading(engine) as conn:
        found = await count_by_strategy(conn, ["XAUUSD"], START_MS, START_MS + 3 * HOUR_MS)
    assert found == {"range_fade": 2, "sweep_reversal": 1}


async def test_the_latest_trades_are_those_that_changed_last(engine: AsyncEngine) -> None:
    early, late = numbered(1), numbered(2)
    await save(engine, opened(late.signal, price_ms=at("2024-04-03 16:00")))
    await save(engine, opened(early.signal, price_ms=at("2024-04-03 16:30")))

    async with reading(engine) as conn:
        assert [life.id for life in await latest_trades(conn, ["XAUUSD"], 1)] == [early.id]


async def test_a_refused_setup_can_be_asked_about(engine: AsyncEngine) -> None:
    refused = SetupRejected(
        time_ms=START_MS,
        setup=setup(score=74),
        refusals=("score", "cooldown"),
        limits=(("74", "80"), ("12 min", "45 min")),
    )
    async with transaction(engine) as conn:
        await save_rejections(conn, [refused])
        await save_rejections(conn, [refused])

    async with reading(engine) as conn:
        assert await rejections_between(conn, ["XAUUSD"], START_MS, START_MS + 1) == [refused]
        assert await rejections_between(conn, ["XAUUSD"], START_MS - 1, START_MS) == []
        assert await rejections_between(conn, ["EURUSD"], START_MS, START_MS + 1) == []
