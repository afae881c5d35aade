"""What a signal and a plain chart show, read off the trade by hand."""

from __future__ import annotations

import pytest

from charts.picture import Band, BreakLine, Goal, Level, Position, Span, SweepMark, SwingName, Tag, TagKind
from charts.scene import candle_scene, decode, encode, signal_scene
from engine.types import (
    BreakKind,
    Direction,
    ReasonCode,
    Role,
    Scale,
    StructureBreak,
    Swing,
    SwingKind,
    SwingLabel,
    Timeframe,
    Zone,
    ZoneKind,
    ZoneStatus,
)
from tests.charts.makers import GOLD, M15, MARK, NOW, SESSIONS, candle, market, ms, reason, setup, trade, waves

UP, DOWN = Direction.UP, Direction.DOWN


def test_a_signal_shows_the_order_its_score_and_its_id():
    scene = signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK, theme="light")

    assert (scene.symbol, scene.timeframe, scene.order) == ("XAUUSD", "M15", "BUY")
    assert (scene.title, scene.headline) == ("Sweep + FVG", "Score 88 / 100")
    assert (scene.id, scene.mark, scene.theme) == ("XAU_20240403_002", "PAPER · SIMULATED", "light")
    assert scene.time_ms == NOW


def test_the_position_says_risk_and_reward_in_r_pips_and_share():
    scene = signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK)

    assert scene.position == Position(
        direction=UP,
        entry=Goal(227_410, "Entry"),
        stop=Goal(226_490, "SL  −1R", "92 pips"),
        targets=(Goal(228_790, "TP1  +1.5R", "138 pips · 50 %"), Goal(229_710, "TP2  +2.5R", "230 pips · 50 %")),
    )


def test_a_sell_has_its_stop_above_and_its_rewards_counted_downwards():
    sell = setup(direction=DOWN, entry=228_200, stop=228_650, targets=(227_750, 227_075))

    scene = signal_scene(trade(sell), market(waves()), SESSIONS, GOLD, MARK)

    assert scene.order == "SELL"
    assert scene.position is not None
    assert [goal.title for goal in scene.position.targets] == ["TP1  +1R", "TP2  +2.5R"]
    assert [goal.note for goal in scene.position.targets] == ["45 pips · 50 %", "112.5 pips · 50 %"]


def test_no_share_is_claimed_where_the_lot_step_does_not_allow_the_split():
    scene = signal_scene(trade(split=(0, 10)), market(waves()), SESSIONS, GOLD, MARK)

    assert scene.position is not None
    assert [goal.note for goal in scene.position.targets] == ["138 pips", "230 pips · 100 %"]


def test_the_price_tags_are_the_four_prices_of_the_caption_to_the_digit():
    scene = signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK)

    assert set(scene.tags) == {
        Tag(TagKind.ENTRY, 227_410),
        Tag(TagKind.STOP, 226_490),
        Tag(TagKind.TARGET, 228_790),
        Tag(TagKind.TARGET, 229_710),
    }
    assert [scene.price_text(tag.price) for tag in scene.tags] == ["2274.10", "2264.90", "2287.90", "2297.10"]
    assert all(scene.price_text(tag.price) == GOLD.format(tag.price) for tag in scene.tags)


def test_the_last_candle_is_the_last_one_that_had_closed():
    later = [candle(NOW, 227_400, 227_900, 227_400, 227_900)]

    scene = signal_scene(trade(), market(waves()) + later, SESSIONS, GOLD, MARK)

    assert scene.candles[-1] == (NOW - M15, 227_600, 227_640, 227_360, 227_400)
    assert len(scene.candles) == 66


def test_more_candles_are_shown_when_the_story_begins_earlier_but_not_more_than_eighty():
    def shown(begins: int) -> int:
        story = reason(ReasonCode.SWEEP, (227_000, 226_900), from_ms=NOW - begins * M15)
        return len(signal_scene(trade(setup([story])), market(waves(200)), SESSIONS, GOLD, MARK).candles)

    assert (shown(10), shown(70), shown(150)) == (66, 72, 80)


def test_zones_are_named_by_kind_and_by_the_time_frame_that_is_not_the_charts_own():
    reasons = [
        reason(ReasonCode.OPPOSING_ZONE, (227_600, 228_096), timeframe=Timeframe.H1, role=Role.AGAINST, detail="FVG"),
        reason(ReasonCode.ZONE_HELD, (226_664, 227_101), timeframe=Timeframe.H1, role=Role.SETUP, detail="FVG"),
        reason(ReasonCode.ZONE_STACKED, (225_333, 226_678), timeframe=Timeframe.H4, role=Role.SETUP, detail="OB"),
        reason(ReasonCode.ENTRY_ZONE, (227_287, 227_414), detail="FVG"),
    ]

    scene = signal_scene(trade(setup(reasons)), market(waves()), SESSIONS, GOLD, MARK)

    start = NOW - 10 * M15
    assert scene.bands == (
        Band("FVG", UP, 227_287, 227_414, start, is_strong=True),
        Band("H1 FVG", UP, 226_664, 227_101, start),
        Band("H4 OB", UP, 225_333, 226_678, start, is_strong=True),
        Band("H1 FVG", DOWN, 227_600, 228_096, start),
    )


@pytest.mark.parametrize(("direction", "label"), [(UP, "H1 Demand"), (DOWN, "H1 Supply")])
def test_a_base_is_called_by_its_side(direction: Direction, label: str):
    proposed = setup(
        [reason(ReasonCode.ZONE_HELD, (226_664, 227_101), timeframe=Timeframe.H1, role=Role.SETUP, detail="SD")],
        direction=direction,
        stop=227_410 - direction.sign * 920,
        targets=(227_410 + direction.sign * 1380, 227_410 + direction.sign * 2300),
    )

    scene = signal_scene(trade(proposed), market(waves()), SESSIONS, GOLD, MARK)

    assert [(band.label, band.direction) for band in scene.bands] == [(label, direction)]


def test_a_base_in_the_way_is_the_other_sides():
    ahead = reason(ReasonCode.OPPOSING_ZONE, (227_600, 228_096), role=Role.AGAINST, detail="SD")

    scene = signal_scene(trade(setup([ahead])), market(waves()), SESSIONS, GOLD, MARK)

    assert [(band.label, band.direction) for band in scene.bands] == [("Supply", DOWN)]


def test_at_most_five_zones_are_drawn_and_none_twice():
    same = reason(ReasonCode.ZONE_HELD, (226_000, 226_100), detail="OB")
    many = [reason(ReasonCode.OPPOSING_ZONE, (228_000 + k, 228_100 + k), detail="OB") for k in range(9)]

    scene = signal_scene(trade(setup([same, same, *many])), market(waves()), SESSIONS, GOLD, MARK)

    assert len(scene.bands) == 5
    assert len(set(scene.bands)) == 5


def test_only_breaks_of_the_charts_own_time_frame_are_drawn_up_to_the_candle_that_broke():
    reasons = [
        reason(ReasonCode.TREND_BREAK, (226_567,), timeframe=Timeframe.H4, detail="BOS"),
        reason(ReasonCode.STRUCTURE, (227_448,), detail="CHoCH"),
    ]

    scene = signal_scene(trade(setup(reasons)), market(waves()), SESSIONS, GOLD, MARK)

    assert scene.breaks == (BreakLine("CHoCH", UP, 227_448, NOW - 10 * M15, NOW - 1),)


def test_a_sweep_seen_on_the_hour_is_marked_at_the_quarter_that_made_the_wick():
    candles = market(waves())
    spike = candles[-3]
    candles[-3] = candle(spike.open_ms, spike.open, spike.high, 226_541, spike.close)
    swept = reason(ReasonCode.SWEEP, (226_764, 226_541), timeframe=Timeframe.H1)

    scene = signal_scene(trade(setup([swept])), candles, SESSIONS, GOLD, MARK)

    assert scene.sweeps == (SweepMark(226_764, 226_541, NOW - 10 * M15, NOW - 3 * M15),)


def test_sessions_are_those_that_have_candles_and_the_one_just_beginning():
    noon = ms("2024-04-03 12:00")
    first = [each for each in market(waves(), until_ms=noon) if each.close_ms > noon - 8 * M15]

    scene = candle_scene(first, [], [], SESSIONS, GOLD, MARK, noon)

    assert scene.sessions == (
        Span("London", ms("2024-04-03 07:00"), noon),
        Span("New York", noon, ms("2024-04-03 21:00")),
    )


def test_only_the_four_levels_nearest_to_the_entry_are_drawn():
    levels = [Level(f"L{k}", 227_410 + 1000 * k, 0) for k in (6, 1, 5, 2, 3, 4)]

    scene = signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK, levels)

    assert [level.label for level in scene.levels] == ["L1", "L2", "L3", "L4"]


def test_a_faded_range_is_drawn_from_the_candles_that_made_it_and_so_is_what_held():
    candles = market(waves(), wick=0)
    deep = candles[-30]
    candles[-30] = candle(deep.open_ms, deep.open, deep.high, 226_700, deep.close)
    reasons = [
        reason(ReasonCode.RANGE_EDGE, (226_700, 233_000), timeframe=Timeframe.H1, role=Role.SETUP, detail="discount"),
        reason(ReasonCode.KEY_LEVEL, (226_730,), strength=3),
    ]
    known = [Level("PDL", 226_700, 0), *(Level(f"L{k}", 227_410 + 1000 * k, 0) for k in (3, 1, 2))]

    scene = signal_scene(trade(setup(reasons)), candles, SESSIONS, GOLD, MARK, known)

    assert scene.levels == (
        Level("H1 Range L", 226_700, NOW - 30 * M15, is_liquidity=False),
        Level("H1 Range H", 233_000, 0, is_liquidity=False),  # made before the first candle shown
        Level("S/R ×3", 226_730, NOW - 10 * M15, is_liquidity=False),
        Level("L1", 228_410, 0),
        Level("L2", 229_410, 0),
    )


@pytest.mark.parametrize(
    ("prices", "pool", "label"),
    [
        ((226_764, 226_541), "London", "London L"),
        ((226_764, 226_980), "New York", "NY H"),
        ((226_764, 226_541), "day", "PDL"),
        ((227_000, 226_541), "round", "2270"),
        ((226_764, 226_541), "swing", ""),
    ],
)
def test_a_sweep_names_whose_stops_were_taken(prices: tuple[int, int], pool: str, label: str):
    swept = reason(ReasonCode.SWEEP, prices, detail=pool)

    scene = signal_scene(trade(setup([swept])), market(waves()), SESSIONS, GOLD, MARK)

    assert [sweep.label for sweep in scene.sweeps] == [label]


def test_hours_after_the_last_close_a_plain_chart_shows_the_price_of_now():
    near_the_close, near_price = Level("A", 227_401, 0), [Level(name, 228_000, 0) for name in "BCDE"]

    scene = candle_scene(
        market(waves()), [], [near_the_close, *near_price], SESSIONS, GOLD, MARK, NOW + 3 * 3_600_000, price=228_000
    )

    assert (scene.headline, scene.tags) == ("2280.00", (Tag(TagKind.ENTRY, 228_000),))
    assert [level.label for level in scene.levels] == ["B", "C", "D", "E"]


def test_a_plain_chart_shows_the_last_price_and_the_zones_nearest_to_it():
    def zone(bottom: int) -> tuple[Timeframe, Zone]:
        return Timeframe.H1, Zone(bottom, ZoneKind.BLOCK, DOWN, bottom + 50, bottom, 60, 0, 1)

    far_and_near = [zone(227_400 + 1000 * k) for k in (7, 1, 6, 2, 5, 3, 4)]

    scene = candle_scene(market(waves()), far_and_near, [], SESSIONS, GOLD, MARK, NOW + 60_000)

    assert scene.headline == "2274.00"
    assert scene.tags == (Tag(TagKind.ENTRY, 227_400),)
    assert [band.bottom for band in scene.bands] == [228_400, 229_400, 230_400, 231_400, 232_400]
    assert scene.bands[0].label == "H1 OB"
    assert (scene.order, scene.position, scene.time_ms) == ("", None, NOW + 60_000)


def test_a_zone_that_price_closed_through_is_drawn_as_what_it_is_now():
    broken = Zone(1, ZoneKind.GAP, DOWN, 227_500, 227_450, 60, 0, 1, status=ZoneStatus.BROKEN)

    scene = candle_scene(market(waves()), [(Timeframe.M15, broken)], [], SESSIONS, GOLD, MARK, NOW)

    assert [(band.label, band.direction) for band in scene.bands] == [("IFVG", UP)]


def test_a_plain_chart_shows_the_last_three_breaks_by_the_names_traders_use():
    def broken(ago: int, kind: BreakKind, **changes: object) -> StructureBreak:
        formed_ms = NOW - ago * M15
        return StructureBreak(kind, UP, 227_400 + ago, formed_ms - 5 * M15, 0, formed_ms, formed_ms + M15, **changes)

    breaks = [
        broken(150, BreakKind.BOS),  # its candle is no longer shown
        broken(40, BreakKind.BOS),
        broken(30, BreakKind.CHOCH),
        broken(20, BreakKind.CHOCH, is_displaced=True),
        broken(10, BreakKind.BOS, scale=Scale.SWING),
    ]

    scene = candle_scene(market(waves(200)), [], [], SESSIONS, GOLD, MARK, NOW, breaks=breaks)

    assert scene.breaks == (
        BreakLine("CHoCH", UP, 227_430, NOW - 35 * M15, NOW - 30 * M15),
        BreakLine("MSS", UP, 227_420, NOW - 25 * M15, NOW - 20 * M15),
        BreakLine("BOS", UP, 227_410, NOW - 15 * M15, NOW - 10 * M15),
    )


def test_a_plain_chart_names_the_last_eight_swings_the_newest_first_and_none_twice():
    def swing(ago: int, label: SwingLabel | None = SwingLabel.HIGHER_LOW, scale: Scale = Scale.INTERNAL) -> Swing:
        return Swing(SwingKind.LOW, 227_000 + ago, NOW - ago * M15, NOW, scale, label)

    swings = [swing(150), *(swing(ago) for ago in range(90, 10, -8)), swing(12, scale=Scale.SWING), swing(5, None)]

    scene = candle_scene(market(waves(200)), [], [], SESSIONS, GOLD, MARK, NOW, swings=swings)

    ages = [12, 18, 26, 34, 42, 50, 58, 66]
    assert scene.swings == tuple(SwingName("HL", 227_000 + ago, NOW - ago * M15, is_high=False) for ago in ages)


def test_a_chart_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one candle"):
        candle_scene([], [], [], SESSIONS, GOLD, MARK, NOW)


def test_a_scene_survives_the_database_and_equal_scenes_are_equal_bytes():
    scene = signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK)
    again = signal_scene(trade(), market(waves()), list(SESSIONS), GOLD, MARK)

    assert decode(encode(scene)) == scene
    assert encode(scene) == encode(again)
