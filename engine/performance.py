"""Closed trades → how it went: win rate, average, profit factor, drawdown. In R; money is for who knows the account."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engine.types import Trade


class Performance(msgspec.Struct, frozen=True):
    """`win_rate` is won over won plus lost. It and `profit_factor` are None where there is nothing to divide by.

    `drawdown_r` is the deepest fall of the running total under its earlier high, zero or negative; the total starts
    at zero.
    """

    trades: int
    won: int
    lost: int
    flat: int
    total_r: float
    average_r: float
    win_rate: float | None
    profit_factor: float | None
    drawdown_r: float
    ambiguous: int


def measure(trades: Iterable[Trade]) -> Performance:
    """Trades in the order they closed; those that never opened have no result and are left out."""
    results: list[float] = []
    ambiguous = 0
    for trade in trades:
        if trade.opened_price is not None and trade.is_done:
            results.append(trade.result_r)
            ambiguous += trade.ambiguous
    gains = sum(r for r in results if r > 0)
    losses = -sum(r for r in results if r < 0)
    won, lost = sum(r > 0 for r in results), sum(r < 0 for r in results)
    total = high = drawdown = 0.0
    for r in results:
        total += r
        high = max(high, total)
        drawdown = min(drawdown, total - high)
    return Performance(
        trades=len(results),
        won=won,
        lost=lost,
        flat=len(results) - won - lost,
        total_r=total,
        average_r=total / len(results) if results else 0.0,
        win_rate=won / (won + lost) if won + lost else None,
        profit_factor=gains / losses if losses else None,
        drawdown_r=drawdown,
        ambiguous=ambiguous,
    )
