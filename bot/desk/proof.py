"""What has been shown on paper so far, as the readiness report wants it: read from what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.account import cash_of
from engine.config import ReadinessConfig
from engine.engine import Engine
from engine.events import EquityMarked
from engine.readiness import Criterion, Worth, readiness
from engine.types import Entry, Mode, Trade
from storage.account import marks_between, movements_between
from storage.trades import closed_between


class Proof(msgspec.Struct, frozen=True):
    """The report. `since_ms` is the first movement it rests on; None before there is one."""

    criteria: tuple[Criterion, ...]
    since_ms: int | None

    @property
    def is_enough(self) -> bool:
        return all(each.passed for each in self.criteria)


async def shown_on_paper(conn: AsyncConnection, engine: Engine, now_ms: int, config: ReadinessConfig) -> Proof:
    """Of the latest stretch of paper: what was issued after the last trade of another mode. A symbol that is traded no
    more counts as it did.
    """
    closed = [trade for trade in await closed_between(conn, None, 0, now_ms + 1) if trade.opened_ms is not None]
    running = [trade for trade in engine.open_trades() if trade.opened_ms is not None]
    begin_ms = max((trade.signal.issued_ms for trade in (*closed, *running) if not _is_paper(trade)), default=0)
    paper = {trade.id for trade in (*closed, *running) if _is_paper(trade) and trade.signal.issued_ms > begin_ms}
    others = [trade for trade in (*closed, *running) if trade.id not in paper]
    alone_ms = max((now_ms if trade.closed_ms is None else trade.closed_ms for trade in others), default=-1)
    movements = [moved for moved in await movements_between(conn, 0, now_ms + 1) if moved[0].trade_id in paper]
    marks = await marks_between(conn, alone_ms + 1, now_ms + 1)
    if (movements or marks) and engine.mode is Mode.PAPER and alone_ms < now_ms:  # as it stands now
        marks.append(EquityMarked(now_ms, engine.account.balance, engine.equity))
    worths = curve(movements, marks)
    shown = readiness([trade for trade in closed if trade.id in paper], worths, config)
    return Proof(tuple(shown), worths[0].time_ms if worths else None)


def curve(movements: Sequence[tuple[Entry, Decimal]], marks: Sequence[EquityMarked] = ()) -> list[Worth]:
    """What the account was worth at each movement and each mark, by time, as if there had been no other movements.

    It begins with what stood there before the first. `movements` come with the balance after them; `marks` are of
    moments at which none but these trades were open. Where there is no mark, only the balance is known.
    """
    moved: dict[int, Decimal] = {}
    for entry, _ in movements:
        moved[entry.time_ms] = moved.get(entry.time_ms, Decimal(0)) + cash_of([entry])
    floating = {mark.time_ms: mark.equity - mark.balance for mark in marks}
    moments = sorted(moved.keys() | floating.keys())
    if not moments:
        return []
    balance = movements[0][1] - cash_of([movements[0][0]]) if movements else marks[0].balance
    worths = [Worth(moments[0], balance)]
    for moment_ms in moments:
        balance += moved.get(moment_ms, Decimal(0))
        worths.append(Worth(moment_ms, balance + floating.get(moment_ms, Decimal(0))))
    return worths


def _is_paper(trade: Trade) -> bool:
    return trade.signal.mode is Mode.PAPER
