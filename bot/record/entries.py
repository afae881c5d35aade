"""What is written into the chain: a signal when it is decided, where it was published, and how it ended.

Text and whole numbers only. Prices are written as readers saw them; a result also as the ticks and lot steps it comes
from, so that sums over many trades are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.words.wording import Market
from engine.types import Instrument, Trade
from storage.ledger import EntryKind, Head, News, append


def issued_news(trade: Trade, instrument: Instrument, market: Market, time_ms: int) -> News:
    """A signal, as decided. `tick` is the size of a price step, `lots` what the reference account takes."""
    signal, setup = trade.signal, trade.signal.setup
    body = {
        "id": trade.id,
        "symbol": trade.symbol,
        "market": market.value,
        "mode": signal.mode.value,
        "strategy": setup.strategy.value,
        "timeframe": setup.timeframe.value,
        "order": setup.direction.order,
        "entry": instrument.format(setup.entry),
        "stop": instrument.format(setup.stop),
        "targets": [instrument.format(price) for price in setup.targets],
        "tick": str(instrument.tick_size),
        "score": setup.score,
        "lots": str(signal.lots),
        "risk_percent": str(signal.risk_percent),
        "known_ms": setup.known_ms,
        "expires_ms": signal.expires_ms,
    }
    return News(EntryKind.ISSUED, time_ms, body)


async def record_published(
    conn: AsyncConnection,
    trade_id: str,
    chat_id: int,
    message_id: int,
    text: str,
    time_ms: int,
    channel: str | None = None,
) -> None:
    """Telegram has the signal: in this chat, under this number, with these words.

    `channel` is its key where a chat alone does not name it: in a topic, or in a chat that got another number.
    """
    body = {"id": trade_id, "chat": chat_id, "message": message_id, "text": text}
    if channel is not None and channel != str(chat_id):
        body["channel"] = channel
    await append(conn, News(EntryKind.PUBLISHED, time_ms, body))


def closed_news(trade: Trade, instrument: Instrument, pips: Decimal, money: Decimal, time_ms: int) -> News:
    """How it ended. `steps` are ticks times lot steps, and R is `steps / (lot_steps * risk_ticks)`."""
    opened = trade.opened_price
    body = {
        "id": trade.id,
        "symbol": trade.symbol,
        "reason": None if trade.reason is None else trade.reason.value,
        "opened_ms": trade.opened_ms,
        "opened": None if opened is None else instrument.format(opened),
        "fills": [
            {
                "time_ms": fill.time_ms,
                "price": instrument.format(fill.price),
                "lot_steps": fill.lot_steps,
                "ticks": fill.ticks,
            }
            for fill in trade.fills
        ],
        "lot_steps": trade.signal.lot_steps,
        "risk_ticks": trade.risk,
        "steps": trade.total_steps if opened is not None else 0,
        "best_ticks": trade.best,
        "worst_ticks": trade.worst,
        "ambiguous": trade.ambiguous,
        "pips": str(pips),
        "money": str(money),
    }
    return News(EntryKind.CLOSED, time_ms, body)


class Reported(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a report covers: trades of `symbols` that ended in `[from_ms, to_ms)`, without those `left_out`."""

    name: str  # 2024-04-03
    channel: str
    symbols: tuple[str, ...]
    from_ms: int
    to_ms: int
    left_out: tuple[str, ...] = ()  # ids of those that were never told in the channel


async def record_report(conn: AsyncConnection, period: Reported, ended: Sequence[Trade], time_ms: int) -> Head:
    """The figures a report is about to tell; its head then vouches for them too."""
    body = {**msgspec.to_builtins(period), **figures([closed_steps(trade) for trade in ended])}
    return await append(conn, News(EntryKind.REPORTED, time_ms, body))


def closed_steps(trade: Trade) -> tuple[int, int, int]:
    """(steps, lot_steps, risk_ticks) of a trade that was opened."""
    return trade.total_steps, trade.signal.lot_steps, trade.risk


def figures(results: Sequence[tuple[int, int, int]]) -> dict[str, object]:
    """Counts and total R of opened trades; R exact until its two decimals, halves away from zero."""
    total = sum((Fraction(steps, lot_steps * risk) for steps, lot_steps, risk in results), Fraction(0))
    return {
        "won": sum(steps > 0 for steps, _, _ in results),
        "lost": sum(steps < 0 for steps, _, _ in results),
        "even": sum(steps == 0 for steps, _, _ in results),
        "r": _two_decimals(total),
    }


def _two_decimals(value: Fraction) -> str:
    hundredths = int(abs(value) * 100 + Fraction(1, 2))
    sign = "-" if value < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02}"
