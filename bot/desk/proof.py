"""What has been shown on paper so far, as the readiness report wants it: read from what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.account import cash_of
from engine.config import ReadinessConfig
from engine.engine import Engine
from engine.readiness import Criterion, Worth, readiness
from engine.types import Entry, Mode, Trade
from storage.account import movements_between
from storage.trades import closed_between


class Proof(msgspec.Struct, frozen=True):
    """The report. `since_ms` is the first movement it rests on; None before there is one."""

    criteria: tuple[Criterion, ...]
    since_ms: int | None

    @property
    def is_enough(self) -> bool:
        return all(each.passed for each in self.criteria)


async def shown_on_paper(
    conn: AsyncConnection, engine: Engine, symbols: Sequence[str], now_ms: int, config: ReadinessConfig
) -> Proof:
    """Of the latest stretch of paper: what was issued after the last trade of another mode."""
    closed = [trade for trade in await closed_between(conn, symbols, 0, now_ms + 1) if trade.opened_ms is not None]
    running = engine.open_trades()
    begin_ms = max((_issued_ms(trade) for trade in (*closed, *running) if not _is_paper(trade)), default=0)
    paper = [trade for trade in closed if _is_paper(trade) and _issued_ms(trade) > begin_ms]
    ids = {trade.id for trade in (*paper, *running) if _is_paper(trade) and _issued_ms(trade) > begin_ms}
    movements = [moved for moved in await movements_between(conn, 0, now_ms + 1) if moved[0].trade_id in ids]
    worths = curve(movements)
    if worths and engine.mode is Mode.PAPER:  # as it stands now, open trades included
        floating = engine.equity - engine.account.balance
        worths.append(Worth(max(now_ms, worths[-1].time_ms), worths[-1].equity + floating))
    return Proof(tuple(readiness(paper, worths, config)), worths[0].time_ms if worths else None)


def curve(movements: Sequence[tuple[Entry, Decimal]]) -> list[Worth]:
    """What the account was worth after each movement, as if there had been no others. It begins with what stood there
    before the first; `movements` come with the balance after them.
    """
    if not movements:
        return []
    first, balance = movements[0]
    worths = [Worth(first.time_ms, balance - cash_of([first]))]
    for entry, _ in movements:
        worths.append(Worth(entry.time_ms, worths[-1].equity + cash_of([entry])))
    return worths


def _is_paper(trade: Trade) -> bool:
    return trade.signal.mode is Mode.PAPER


def _issued_ms(trade: Trade) -> int:
    return trade.signal.issued_ms
