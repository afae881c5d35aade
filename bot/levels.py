"""What a chart names: the sessions its candles lie in, and the levels where stops rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from charts.evidence import SessionSpan
from charts.picture import Level
from engine.hours import sessions_between
from engine.types import Candle, LiquidityPool, PoolKind, Session, SwingKind

# Of several at one price the last counts. Plain swings have no label.
_LABELS = {
    PoolKind.EQUAL: ("EQL", "EQH"),
    PoolKind.SESSION: ("{session} L", "{session} H"),
    PoolKind.DAY: ("PDL", "PDH"),
    PoolKind.WEEK: ("PWL", "PWH"),
    PoolKind.MONTH: ("PML", "PMH"),
}
_SHORT = {Session.NEW_YORK.value: "NY"}


def session_spans(candles: Sequence[Candle], until_ms: int) -> list[SessionSpan]:
    """The sessions the candles lie in, and the one running now."""
    if not candles:
        return []
    return [(name.value, start, end) for name, start, end in sessions_between(candles[0].open_ms, until_ms + 1)]


def pool_levels(pools: Iterable[LiquidityPool]) -> list[Level]:
    """`PDH`, `Asia L`, `EQH`: one label a price, that of the longest period."""
    found: dict[int, Level] = {}
    ranks = list(_LABELS)
    for pool in sorted((p for p in pools if p.kind in _LABELS), key=lambda p: ranks.index(p.kind)):
        label = _LABELS[pool.kind][pool.side is SwingKind.HIGH]
        session = _SHORT.get(pool.name, pool.name)
        found[pool.level] = Level(label.format(session=session), pool.level, pool.formed_ms)
    return list(found.values())
