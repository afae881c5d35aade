"""Candles, settings, the audit, days and schedules."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.types import Mode, Timeframe
from storage.audit import AuditEntry, latest_entries, record
from storage.candles import candles_between, last_candles, save_candles
from storage.daily import DayResult, days_between, save_day
from storage.database import reading, transaction
from storage.progress import claim_period, last_applied, last_done, save_applied
from storage.settings import all_settings, find_setting, save_setting
from tests.builders import START_MS, candle, candles

pytestmark = pytest.mark.both_databases

M15 = Timeframe.M15


async def test_candles_come_back_exactly_and_in_order(engine: AsyncEngine) -> None:
    bare = candle(100, 105, 95, 102)
    full = candle(102, 110, 101, 108, open_ms=START_MS + M15.ms, volume=0.1 + 0.2, ticks=77, spread=0)
    other = candle(7, open_ms=START_MS, timeframe=Timeframe.H1)
    async with transaction(engine) as conn:
        await save_candles(conn, [full, other, bare])

    async with reading(engine) as conn:
        assert await last_candles(conn, "XAUUSD", M15, 10) == [bare, full]
        assert await last_candles(conn, "XAUUSD", M15, 1) == [full]
        assert await last_candles(conn, "EURUSD", M15, 1) == []
        assert await candles_between(conn, "XAUUSD", M15, START_MS, START_MS + M15.ms) == [bare]


async def test_a_closed_candle_does_not_change(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_candles(conn, candles([(100, 105, 95, 102)]))
        await save_candles(conn, candles([(100, 999, 95, 102), (102, 104, 101, 103)]))
        await save_candles(conn, [])

    async with reading(engine) as conn:
        assert await last_candles(conn, "XAUUSD", M15, 10) == candles([(100, 105, 95, 102), (102, 104, 101, 103)])


async def test_settings_survive_with_their_type(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_setting(conn, "risk", Decimal("1.0"), changed_ms=1, changed_by=None)
        await save_setting(conn, "risk", Decimal("0.50"), changed_ms=2, changed_by=7_000_000_001)
        await save_setting(conn, "mode", Mode.PAPER, changed_ms=3, changed_by=7)

    async with reading(engine) as conn:
        assert await find_setting(conn, "risk", Decimal) == Decimal("0.50")
        assert str(await find_setting(conn, "risk", Decimal)) == "0.50"
        assert await find_setting(conn, "mode", Mode) is Mode.PAPER
        assert await find_setting(conn, "never", bool) is None
        assert await all_settings(conn) == {"mode": "paper", "risk": "0.50"}
        with pytest.raises(msgspec.ValidationError):
            await find_setting(conn, "mode", int)


async def test_the_audit_keeps_strangers_too_newest_first(engine: AsyncEngine) -> None:
    stranger = AuditEntry(
        START_MS, 5_000_000_000, "<b>x</b>'; DROP TABLE audit; --", "/close", allowed=False, chat_id=-1
    )
    admin = AuditEntry(
        START_MS,
        7,
        "Ann",
        "/risk",
        allowed=True,
        chat_id=-100123,
        detail={"text": "/risk 0.5"},
        before="1.0",
        after="0.5",
    )
    async with transaction(engine) as conn:
        await record(conn, stranger)
        await record(conn, admin)
        await record(conn, admin)  # doing it twice is two rows

    async with reading(engine) as conn:
        assert await latest_entries(conn, 10) == [admin, admin, stranger]
        assert await latest_entries(conn, 1) == [admin]


def day(name: str, **changes: object) -> DayResult:
    fields: dict[str, object] = {
        "day": name,
        "channel": "-100123",
        "from_ms": START_MS,
        "to_ms": START_MS + 1,
        "signals": 3,
        "won": 1,
        "lost": 1,
        "even": 0,
        "open": 1,
        "refused": 4,
        "ambiguous": 0,
        "result_r": 1.0,
        "pips": Decimal("128.0"),
        "money": Decimal("94.40"),
        "saved_ms": START_MS,
        "numbers": {"profit_factor": 1.48, "best": "002"},
    }
    return msgspec.convert(fields | changes, DayResult)


async def test_a_day_is_one_row_a_channel_and_exact_to_the_cent(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await save_day(conn, day("2024-04-03", won=9))
        for result in (day("2024-04-04"), day("2024-04-03"), day("2024-04-02"), day("2024-04-03", channel="-100999")):
            await save_day(conn, result)

    async with reading(engine) as conn:
        found = await days_between(conn, "-100123", "2024-04-03", "2024-04-05")
        assert found == [day("2024-04-03"), day("2024-04-04")]
        assert str(found[0].money) == "94.40"
        assert await days_between(conn, "-100123", "2024-04-03", "2024-04-03") == []


async def test_the_last_input_is_zero_before_the_first(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        assert await last_applied(conn) == 0
        await save_applied(conn, 41, START_MS)
        await save_applied(conn, 2**40, START_MS + 1)
        assert await last_applied(conn) == 2**40


async def test_a_report_goes_out_once_even_when_the_process_stops_before_saying_so(engine: AsyncEngine) -> None:
    async def report_and_die() -> None:
        async with transaction(engine) as conn:
            assert await claim_period(conn, "daily:-100123", "2024-04-03", START_MS)
            raise RuntimeError("power failed before the commit")

    with pytest.raises(RuntimeError, match="power failed"):
        await report_and_die()

    async with transaction(engine) as conn:
        assert await claim_period(conn, "daily:-100123", "2024-04-03", START_MS)
    async with transaction(engine) as conn:
        assert not await claim_period(conn, "daily:-100123", "2024-04-03", START_MS)
        assert await claim_period(conn, "daily:-100999", "2024-04-03", START_MS)


@given(periods=st.lists(st.dates(), max_size=8))
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_only_a_later_period_can_be_claimed(engine: AsyncEngine, periods: list[object]) -> None:
    async with engine.connect() as conn:  # never committed: each example starts from nothing
        newest = ""
        for period in map(str, periods):
            assert await claim_period(conn, "daily", period, 0) is (period > newest)
            newest = max(newest, period)
        assert await last_done(conn, "daily") == (newest or None)
