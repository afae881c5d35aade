"""The account as it was stored: the newest state, and every movement in order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.account import booked, new_account
from engine.config import AccountConfig
from engine.events import EquityMarked
from engine.types import Book, Entry
from storage.account import find_account, marks_between, movements_between, save_account, save_marks
from storage.database import reading, transaction

pytestmark = pytest.mark.both_databases

WON = Entry(10, Book.CASH, Book.RESULT, Decimal("50.10"), "A")
PAID = Entry(10, Book.COMMISSION, Book.CASH, Decimal("0.35"), "A")
LOST = Entry(20, Book.RESULT, Book.CASH, Decimal("12.00"), "B")


async def test_before_anything_was_booked_there_is_no_account(engine: AsyncEngine) -> None:
    async with reading(engine) as conn:
        assert await find_account(conn) is None


async def test_the_account_is_the_last_one_and_movements_know_the_balance_after_them(engine: AsyncEngine) -> None:
    first = booked(new_account(AccountConfig()), [WON, PAID])
    second = booked(first, [LOST])
    async with transaction(engine) as conn:
        await save_account(conn, first, [WON, PAID], time_ms=10)
        await save_account(conn, second, [LOST], time_ms=20)
        await save_account(conn, second, [], time_ms=30)

    async with reading(engine) as conn:
        assert await find_account(conn) == second
        assert await movements_between(conn, 0, 100) == [
            (WON, Decimal("10050.10")),
            (PAID, Decimal("10049.75")),
            (LOST, Decimal("10037.75")),
        ]
        assert await movements_between(conn, 20, 21) == [(LOST, Decimal("10037.75"))]


async def test_the_stored_movements_make_the_stored_account(engine: AsyncEngine) -> None:
    account = booked(new_account(AccountConfig()), [WON, PAID, LOST])
    async with transaction(engine) as conn:
        await save_account(conn, account, [WON, PAID, LOST], time_ms=20)

    async with reading(engine) as conn:
        entries = [entry for entry, _ in await movements_between(conn, 0, 100)]
        assert booked(new_account(AccountConfig()), entries) == await find_account(conn)


async def test_marks_come_back_by_time_and_of_a_moment_the_last_one_counts(engine: AsyncEngine) -> None:
    early, late = (EquityMarked(at, Decimal(10_000), Decimal("9998.75")) for at in (10, 30))
    over, last = (EquityMarked(20, Decimal(10_000), Decimal(equity)) for equity in (1, "10012.50"))
    async with transaction(engine) as conn:
        await save_marks(conn, [late, over])
        await save_marks(conn, [over, last, early])
        await save_marks(conn, [])

    async with reading(engine) as conn:
        assert await marks_between(conn, 0, 100) == [early, last, late]
        assert await marks_between(conn, 10, 30) == [early, last]
