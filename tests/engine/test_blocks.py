"""Order blocks on drawn candles: the candle from which the move began that broke structure."""

from __future__ import annotations

from engine.blocks import Block, new_block
from engine.types import Candle, Direction
from tests.builders import broken
from tests.engine.market_data import MONDAY_MS, line

M15_MS = 900_000


def block(
    candles: list[Candle], direction: Direction = Direction.UP, *, swing_at: int = 0, **known: object
) -> Block | None:
    """The block behind a break by the last candle, of a swing made by the candle at that index."""
    of = broken(direction=direction, level_formed_ms=MONDAY_MS + swing_at * M15_MS)
    return new_block(candles, of, known.get("average"), known.get("round_step", 1000))


RALLY = ("110/115/108/111", "111/112/104/105", "105/107/101/103", "103/109/102/108", "108/118/107/117")


def test_behind_a_break_upwards_stands_the_lowest_candle_since_the_swing():
    candles = line(*RALLY)

    assert block(candles) == Block(candles[2], 40, ())


def test_behind_a_break_downwards_stands_the_highest_candle_since_the_swing():
    candles = line("100/102/95/96", "96/103/95/102", "102/109/101/107", "104/105/98/99", "99/100/90/91")

    assert block(candles, Direction.DOWN) == Block(candles[2], 40, ())


def test_the_swing_itself_and_the_breaking_candle_are_not_looked_at():
    candles = line("110/115/90/111", "111/112/104/105", "105/118/80/117")

    assert block(candles).candle is candles[1]


def test_of_equal_lows_the_nearest_to_the_move_counts():
    candles = line("110/115/108/111", "111/112/101/105", "105/107/101/103", "103/118/102/117")

    assert block(candles).candle is candles[2]


def test_a_break_right_after_the_swing_has_no_block():
    assert block(line("110/115/108/111", "111/118/107/117")) is None


def test_a_candle_without_a_range_makes_no_block():
    assert block(line("110/115/108/111", "101/101/101/101", "105/118/104/117")) is None


def test_evidence_is_volume_rejection_and_a_round_number():
    """Volume 41 against a mean of 20; a lower wick of 7 in a range of 11; 1000 lies in 995–1006."""
    rally = ("1010/1015/1008/1011", "1004/1006/995/1002", "1003/1018/1002/1017")
    candles = [*line(*rally[:1]), *line(rally[1], volume=41.0, start_ms=MONDAY_MS + M15_MS)]
    candles += line(rally[2], start_ms=MONDAY_MS + 2 * M15_MS)

    assert block(candles, average=20.0) == Block(candles[1], 100, ("volume", "rejection", "round"))


def test_twice_the_volume_and_sixty_percent_of_the_range_are_not_enough():
    """Volume 40 of mean 20; a wick of 6 in a range of 10; 1011–1021 holds no round number."""
    rally = ("1030/1035/1028/1031", "1020/1021/1011/1017", "1023/1038/1022/1037")
    candles = line(*rally, volume=40.0)

    assert block(candles, average=20.0) == Block(candles[1], 40, ())


def test_a_round_number_at_the_edge_counts():
    low_edge = line("1030/1035/1028/1031", "1005/1006/1000/1001", "1023/1038/1022/1037")
    high_edge = line("1030/1035/1028/1031", "996/1000/994/995", "1023/1038/1022/1037")

    assert block(low_edge).evidence == block(high_edge).evidence == ("round",)
