"""The paper account: as it stands, the movements that made it so in the order they were booked, and what it was worth
between them, open trades included.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.events import EquityMarked
from engine.types import Account, Book, Entry
from storage.database import upsert
from storage.schema import account, equity_marks, movements


async def save_account(conn: AsyncConnection, now: Account, entries: Sequence[Entry], *, time_ms: int) -> None:
    """Write the account over what it was, and add the movements that led there."""
    await upsert(conn, account, [{"id": 1, "body": msgspec.json.encode(now).decode(), "changed_ms": time_ms}])
    if not entries:
        return
    balance, rows = now.balance - sum((_to_cash(entry) for entry in entries), Decimal(0)), []
    for entry in entries:
        balance += _to_cash(entry)
        rows.append(
            {
                "time_ms": entry.time_ms,
                "trade_id": entry.trade_id,
                "debit": entry.debit.value,
                "credit": entry.credit.value,
                "amount": str(entry.amount),
                "balance": str(balance),
            }
        )
    await conn.execute(insert(movements), rows)


async def find_account(conn: AsyncConnection) -> Account | None:
    """None before anything was booked."""
    body = await conn.scalar(select(account.c.body))
    return None if body is None else msgspec.json.decode(body, type=Account)


async def movements_between(conn: AsyncConnection, from_ms: int, to_ms: int) -> list[tuple[Entry, Decimal]]:
    """Those booked in `[from_ms, to_ms)`, each with the balance after it."""
    columns = movements.c
    query = (
        select(columns.time_ms, columns.debit, columns.credit, columns.amount, columns.trade_id, columns.balance)
        .where(columns.time_ms >= from_ms, columns.time_ms < to_ms)
        .order_by(columns.id)
    )
    return [
        (Entry(time_ms, Book(debit), Book(credit), Decimal(amount), trade_id), Decimal(balance))
        for time_ms, debit, credit, amount, trade_id, balance in await conn.execute(query)
    ]


async def save_marks(conn: AsyncConnection, marks: Sequence[EquityMarked]) -> None:
    """Of several at one moment the last one counts."""
    rows = [{"time_ms": each.time_ms, "balance": str(each.balance), "equity": str(each.equity)} for each in marks]
    await upsert(conn, equity_marks, rows)


async def marks_between(conn: AsyncConnection, from_ms: int, to_ms: int) -> list[EquityMarked]:
    """Those of `[from_ms, to_ms)`, by time."""
    columns = equity_marks.c
    query = select(columns.time_ms, columns.balance, columns.equity).order_by(columns.time_ms)
    rows = await conn.execute(query.where(columns.time_ms >= from_ms, columns.time_ms < to_ms))
    return [EquityMarked(time_ms, Decimal(balance), Decimal(equity)) for time_ms, balance, equity in rows]


def _to_cash(entry: Entry) -> Decimal:
    """What it adds to the balance."""
    if Book.CASH not in (entry.debit, entry.credit):
        return Decimal(0)
    return entry.amount if entry.debit is Book.CASH else -entry.amount
