"""Which levels a chart names, and how."""

from __future__ import annotations

from bot.levels import pool_levels
from engine.types import LiquidityPool, PoolKind, SwingKind

HIGH, LOW = SwingKind.HIGH, SwingKind.LOW


def labels(*pools: LiquidityPool) -> list[tuple[str, int]]:
    return sorted((level.label, level.price) for level in pool_levels(pools))


def pool(kind: PoolKind, side: SwingKind, level: int, name: str = "") -> LiquidityPool:
    return LiquidityPool(kind, side, level, 0, 1, name)


def test_levels_are_called_as_traders_call_them() -> None:
    assert labels(
        pool(PoolKind.DAY, HIGH, 101),
        pool(PoolKind.WEEK, LOW, 102),
        pool(PoolKind.MONTH, HIGH, 103),
        pool(PoolKind.SESSION, LOW, 104, "Asia"),
        pool(PoolKind.SESSION, HIGH, 105, "London"),
        pool(PoolKind.SESSION, HIGH, 106, "New York"),
        pool(PoolKind.EQUAL, HIGH, 107),
        pool(PoolKind.EQUAL, LOW, 108),
    ) == [
        ("Asia L", 104),
        ("EQH", 107),
        ("EQL", 108),
        ("London H", 105),
        ("NY H", 106),
        ("PDH", 101),
        ("PMH", 103),
        ("PWL", 102),
    ]


def test_plain_swings_are_too_many_to_name() -> None:
    assert labels(pool(PoolKind.SWING, HIGH, 101)) == []


def test_one_price_has_one_name_that_of_the_longest_period() -> None:
    assert labels(
        pool(PoolKind.WEEK, HIGH, 101), pool(PoolKind.DAY, HIGH, 101), pool(PoolKind.SESSION, HIGH, 101, "New York")
    ) == [("PWH", 101)]
