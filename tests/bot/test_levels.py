"""Which levels a chart names, and how."""

from __future__ import annotations

from bot.levels import chart_levels, pool_levels
from engine.types import (
    ChartView,
    Direction,
    Inducement,
    InducementStatus,
    KeyLevel,
    LiquidityPool,
    PoolKind,
    SwingKind,
    Timeframe,
    ValueArea,
)

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


def chart(*levels: KeyLevel, inducement: Inducement | None = None) -> ChartView:
    unknown = (True, (), None, None, None, None, None, (), (), (), (), ())
    return ChartView(Timeframe.H1, *unknown, inducement=inducement, levels=levels)


def test_support_is_named_by_its_touches_and_a_single_swing_is_none() -> None:
    found = chart_levels(chart(KeyLevel(101, 1, 5, 6), KeyLevel(102, 3, 7, 8)), None)

    assert [(level.label, level.price, level.from_ms, level.is_liquidity) for level in found] == [
        ("S/R ×3", 102, 7, False)
    ]


def test_an_inducement_is_named_while_it_rests() -> None:
    rests = Inducement(Direction.UP, 101, 5, 6, 4)
    taken = Inducement(Direction.UP, 101, 5, 6, 4, InducementStatus.TAKEN, 9)

    assert [(level.label, level.is_liquidity) for level in chart_levels(chart(inducement=rests), None)] == [
        ("IDM", True)
    ]
    assert chart_levels(chart(inducement=taken), None) == []


def test_the_value_area_is_named_from_the_day_it_is_of() -> None:
    found = chart_levels(chart(), ValueArea(poc=105, high=109, low=102, from_ms=7, known_ms=8))

    assert [(level.label, level.price, level.from_ms) for level in found] == [
        ("POC", 105, 7),
        ("VAH", 109, 7),
        ("VAL", 102, 7),
    ]
    assert not any(level.is_liquidity for level in found)
