"""What a chart names: the sessions its candles lie in, the levels where stops rest, and those where price turned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from charts.evidence import SessionSpan, touched_label
from charts.picture import Level
from charts.wording import pool_label
from engine.hours import sessions_between
from engine.types import (
    Candle,
    ChartView,
    InducementStatus,
    LiquidityPool,
    PoolKind,
    SwingKind,
    ValueArea,
)

# Of several at one price the last counts.
_RANKS = (PoolKind.EQUAL, PoolKind.SESSION, PoolKind.DAY, PoolKind.WEEK, PoolKind.MONTH)
_LEAST_TOUCHES = 2  # of support or resistance: one swing alone is neither


def session_spans(candles: Sequence[Candle], until_ms: int) -> list[SessionSpan]:
    """The sessions the candles lie in, and the one running now."""
    if not candles:
        return []
    return [(name.value, start, end) for name, start, end in sessions_between(candles[0].open_ms, until_ms + 1)]


def pool_levels(pools: Iterable[LiquidityPool]) -> list[Level]:
    """`PDH`, `Asia L`, `EQH`: one label a price, that of the longest period."""
    found: dict[int, Level] = {}
    for pool in sorted((p for p in pools if p.kind in _RANKS), key=lambda p: _RANKS.index(p.kind)):
        label = pool_label(pool.label, is_high=pool.side is SwingKind.HIGH)
        found[pool.level] = Level(label, pool.level, pool.formed_ms)
    return list(found.values())


def chart_levels(chart: ChartView, area: ValueArea | None) -> list[Level]:
    """`IDM` while it rests, `S/R ×3` by its touches, and the last day's `POC`, `VAH` and `VAL`."""
    found = []
    rests = chart.inducement
    if rests is not None and rests.status is InducementStatus.RESTING:
        found.append(Level("IDM", rests.level, rests.formed_ms))
    found += [
        Level(touched_label(level.touches), level.price, level.formed_ms, is_liquidity=False)
        for level in chart.levels
        if level.touches >= _LEAST_TOUCHES
    ]
    if area is not None:
        prices = {"POC": area.poc, "VAH": area.high, "VAL": area.low}
        found += [Level(label, price, area.from_ms, is_liquidity=False) for label, price in prices.items()]
    return found
