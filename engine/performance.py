"""Closed trades → how it went: win rate, average, profit factor, drawdown. In R; money is for who knows the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from engine.types import Trade

FEW_TRADES = 30  # over fewer, a win rate of a half is not known to better than 18 points either way (95 %)


class Performance(msgspec.Struct, frozen=True):
    """`win_rate` is won over won plus lost. It and `profit_factor` are None where there is nothing to divide by.

    `drawdown_r` is the deepest fall of the running total under its earlier high, zero or negative; the total starts
    at zero. `drawdown_from_ms` and `drawdown_to_ms` are the closes of its first and its deepest trade, None when it
    never fell. `drawdown_now_r` is how far the total stands under its high at the end.
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
    drawdown_now_r: float
    drawdown_from_ms: int | None
    drawdown_to_ms: int | None
    losing_run: int  # the most losses without another result between
    ambiguous: int

    @property
    def is_few(self) -> bool:
        """Too few trades to say anything by."""
        return self.trades < FEW_TRADES


class Part(msgspec.Struct, frozen=True):
    """The trades that have something in common, such as a session."""

    name: str
    performance: Performance


class _Fall:
    """The running total's way down from its high, trade by trade."""

    def __init__(self) -> None:
        self._total = self._high = 0.0
        self._began_ms: int | None = None
        self.under = self.worst = 0.0
        self.worst_ms: tuple[int | None, int | None] = (None, None)

    def add(self, result_r: float, closed_ms: int | None) -> None:
        self._total += result_r
        if self._total >= self._high:
            self._high, self._began_ms, self.under = self._total, None, 0.0
            return
        if self._began_ms is None:
            self._began_ms = closed_ms
        self.under = self._total - self._high
        if self.under < self.worst:
            self.worst, self.worst_ms = self.under, (self._began_ms, closed_ms)


def measure(trades: Iterable[Trade]) -> Performance:
    """Trades in the order they closed; those that never opened have no result and are left out."""
    counted = [trade for trade in trades if trade.opened_price is not None and trade.is_done]
    results = [trade.result_r for trade in counted]
    gains = sum(r for r in results if r > 0)
    losses = -sum(r for r in results if r < 0)
    won, lost = sum(r > 0 for r in results), sum(r < 0 for r in results)
    fall = _Fall()
    for trade in counted:
        fall.add(trade.result_r, trade.closed_ms)
    return Performance(
        trades=len(results),
        won=won,
        lost=lost,
        flat=len(results) - won - lost,
        total_r=sum(results),
        average_r=sum(results) / len(results) if results else 0.0,
        win_rate=won / (won + lost) if won + lost else None,
        profit_factor=gains / losses if losses else None,
        drawdown_r=fall.worst,
        drawdown_now_r=fall.under,
        drawdown_from_ms=fall.worst_ms[0],
        drawdown_to_ms=fall.worst_ms[1],
        losing_run=_longest_losing_run(results),
        ambiguous=sum(trade.ambiguous for trade in counted),
    )


def parts_of(trades: Iterable[Trade], name: Callable[[Trade], str]) -> list[Part]:
    """Each group by itself, the one with the most trades first: losing ones stand where winning ones would."""
    groups: dict[str, list[Trade]] = {}
    for trade in trades:
        groups.setdefault(name(trade), []).append(trade)
    found = [Part(key, measure(group)) for key, group in groups.items()]
    return sorted(found, key=lambda part: (-part.performance.trades, part.name))


def _longest_losing_run(results: Iterable[float]) -> int:
    longest = run = 0
    for r in results:
        run = run + 1 if r < 0 else 0
        longest = max(longest, run)
    return longest
