"""How a trade went, as its picture tells it: 3 April 2024, gold, bought at 2274.10."""

from __future__ import annotations

import pytest

from charts.milestone import milestone_scene
from charts.picture import CardLine, Dot, Goal, Scene, Tone
from engine.types import CloseReason, Direction, Trade, TradeStatus
from tests.charts.makers import GOLD, M15, MARK, NOW, SESSIONS, candle, fill, market, ms, setup, trade, waves

OPENED = ms("2024-04-03 13:19")
AT_TP1 = ms("2024-04-03 15:38")
AT_TP2 = ms("2024-04-03 18:41")
TP1 = fill(228_790, 1380, AT_TP1, target=1)
TP2 = fill(229_710, 2300, AT_TP2, target=2)


def lived(**changes: object) -> Trade:
    return trade(**({"opened_ms": OPENED, "opened_price": 227_410, "best": 2300, "worst": -248} | changes))


def secured(**changes: object) -> Trade:
    life = {"status": TradeStatus.SECURED, "stop": 227_410, "fills": (TP1,), "targets_hit": 1}
    return lived(**(life | {"price": 228_790, "price_ms": AT_TP1} | changes))


def closed(reason: CloseReason, at_ms: int, **changes: object) -> Trade:
    return lived(**({"status": TradeStatus.CLOSED, "reason": reason, "closed_ms": at_ms} | changes))


def told(what: Trade, money: str = "") -> Scene:
    return milestone_scene(what, market(waves(140), until_ms=NOW + 40 * M15), SESSIONS, GOLD, MARK, money)


def test_at_the_first_target_the_result_counts_both_halves():
    scene = told(secured())

    assert (scene.title, scene.headline, scene.tone, scene.is_result) == ("TP1 hit", "+1.50R", Tone.PROFIT, True)
    assert scene.time_ms == AT_TP1
    assert scene.card == ()


def test_the_stop_moves_to_entry_when_the_first_target_fills():
    journey = told(secured()).journey

    assert journey is not None
    assert journey.stops == ((OPENED, 226_490), (AT_TP1, 227_410))
    assert journey.entry == Dot(OPENED, 227_410, "Entry", "13:19")
    assert journey.exits == (Dot(AT_TP1, 228_790, "TP1 15:38 · half", tone=Tone.PROFIT),)
    assert journey.waiting == (Goal(229_710, "TP2  +2.5R", "other half"),)
    assert journey.ends_ms is None


def test_after_the_last_target_a_card_sums_it_up():
    done = closed(CloseReason.TARGET, AT_TP2, stop=227_410, fills=(TP1, TP2), targets_hit=2)

    scene = told(done, "+$184.00")

    assert (scene.title, scene.headline, scene.time_ms) == ("Closed at TP2", "+2.00R", AT_TP2)
    assert scene.card == (
        CardLine("Result", "+2.00R", Tone.PROFIT),
        CardLine("Pips", "+184.0"),
        CardLine("Money", "+$184.00"),
        CardLine("Time", "5 h 22 m"),
        CardLine("Best", "+2.50R"),
        CardLine("Worst", "−0.27R"),
    )
    assert scene.journey is not None
    assert [dot.title for dot in scene.journey.exits] == ["TP1 15:38 · half", "TP2 18:41 · rest"]
    assert scene.journey.waiting == ()
    assert scene.journey.ends_ms == AT_TP2


def test_a_stop_filled_beyond_its_price_is_red_and_shows_where_it_was_filled():
    at_ms = ms("2024-04-03 14:06")
    slipped = fill(226_431, -979, at_ms, steps=10)

    scene = told(closed(CloseReason.STOP, at_ms, fills=(slipped,), best=377, worst=-979), "−$97.90")

    assert (scene.title, scene.headline, scene.tone) == ("Stopped", "−1.06R", Tone.LOSS)
    assert scene.journey is not None
    assert scene.journey.stops == ((OPENED, 226_490),)
    assert scene.journey.exits == (Dot(at_ms, 226_431, "Stop 14:06", tone=Tone.LOSS),)
    assert CardLine("Time", "47 m") in scene.card


def test_breakeven_keeps_what_was_banked():
    at_ms = ms("2024-04-03 16:41")
    rest = fill(227_410, 0, at_ms)

    scene = told(closed(CloseReason.BREAKEVEN, at_ms, stop=227_410, fills=(TP1, rest), targets_hit=1))

    assert (scene.title, scene.headline) == ("Closed at breakeven", "+0.75R")
    assert scene.journey is not None
    assert scene.journey.exits[-1] == Dot(at_ms, 227_410, "Breakeven 16:41")
    assert all(line.name != "Money" for line in scene.card)


def test_the_desk_can_close_at_a_price_that_was_nobodys_target():
    at_ms = ms("2024-04-03 14:50")

    scene = told(closed(CloseReason.DESK, at_ms, fills=(fill(228_140, 730, at_ms, steps=10),)))

    assert (scene.title, scene.headline) == ("Closed by the desk", "+0.79R")
    assert scene.journey is not None
    assert scene.journey.exits[0].title == "Closed 14:50"


def test_a_result_of_nothing_has_neither_sign_nor_colour():
    at_ms = ms("2024-04-03 14:50")

    scene = told(closed(CloseReason.DESK, at_ms, fills=(fill(227_410, 0, at_ms, steps=10),)))

    assert (scene.headline, scene.tone) == ("0.00R", Tone.PLAIN)


def test_without_a_split_the_candles_tell_when_the_first_target_was_reached():
    candles = market(waves(140), until_ms=NOW + 12 * M15)
    high = candles[-4]
    candles[-4] = candle(high.open_ms, high.open, 228_790, high.low, high.close)

    scene = milestone_scene(secured(fills=()), candles, SESSIONS, GOLD, MARK)

    assert scene.journey is not None
    assert scene.journey.stops[1] == (high.open_ms, 227_410)
    assert scene.journey.exits == (Dot(high.open_ms, 228_790, "TP1 15:15", tone=Tone.PROFIT),)


THREE = setup(targets=(228_790, 229_250, 229_710))


def of_three(split: tuple[int, ...], **changes: object) -> Trade:
    """Bought for three targets; the second is reached at 18:41."""
    life = {"opened_ms": OPENED, "opened_price": 227_410, "status": TradeStatus.SECURED, "stop": 227_410}
    now = {"targets_hit": 2, "price": 229_250, "price_ms": AT_TP2}
    return trade(THREE, split=split, **(life | now | changes))


def test_of_three_targets_each_tells_its_own_share_and_none_a_half():
    hits = (fill(228_790, 1380, AT_TP1, target=1), fill(229_250, 1840, AT_TP2, steps=3, target=2))
    first = told(of_three((5, 3, 2), fills=hits[:1], targets_hit=1, price=228_790, price_ms=AT_TP1))
    second = told(of_three((5, 3, 2), fills=hits))

    assert (first.title, second.title) == ("TP1 hit", "TP2 hit")
    assert first.journey is not None
    assert second.journey is not None
    assert [dot.title for dot in second.journey.exits] == ["TP1 15:38 · 50 %", "TP2 18:41 · 30 %"]
    assert first.journey.waiting == (Goal(229_250, "TP2  +2R", "30 %"), Goal(229_710, "TP3  +2.5R", "20 %"))
    assert second.journey.waiting == (Goal(229_710, "TP3  +2.5R", "20 %"),)
    assert first.journey.stops == second.journey.stops == ((OPENED, 226_490), (AT_TP1, 227_410))


def test_without_a_split_the_candles_tell_when_each_target_was_reached():
    rows = market(waves(140), until_ms=NOW + 30 * M15)
    first, second = rows[-20], rows[-10]
    rows[-20] = candle(first.open_ms, first.open, 228_800, first.low, first.close)
    rows[-10] = candle(second.open_ms, second.open, 229_250, second.low, second.close)

    running = milestone_scene(of_three((0, 0, 10)), rows, SESSIONS, GOLD, MARK).journey
    end = fill(229_710, 2300, AT_TP2 + M15, steps=10, target=3)
    over = {"status": TradeStatus.CLOSED, "reason": CloseReason.TARGET, "closed_ms": end.time_ms, "targets_hit": 3}
    done = milestone_scene(of_three((0, 0, 10), fills=(end,), **over), rows, SESSIONS, GOLD, MARK)

    assert running is not None
    assert [(dot.time_ms, dot.price, dot.title) for dot in running.exits] == [
        (first.open_ms, 228_790, "TP1 15:45"),
        (second.open_ms, 229_250, "TP2 18:15"),
    ]
    assert running.stops[1] == (first.open_ms, 227_410)
    assert running.waiting == (Goal(229_710, "TP3  +2.5R", ""),)
    assert done.title == "Closed at TP3"
    assert done.journey is not None
    assert [dot.title for dot in done.journey.exits] == ["TP1 15:45", "TP2 18:15", "TP3 18:56"]


def test_one_target_closes_all_without_a_milestone_before():
    end = fill(229_710, 2300, AT_TP2, steps=10, target=1)
    over = {"opened_ms": OPENED, "opened_price": 227_410, "status": TradeStatus.CLOSED, "closed_ms": AT_TP2}
    one = trade(setup(targets=(229_710,)), split=(10,), **over, reason=CloseReason.TARGET, fills=(end,), targets_hit=1)

    scene = told(one)

    assert (scene.title, scene.headline) == ("Closed at TP1", "+2.50R")
    assert scene.journey is not None
    assert [dot.title for dot in scene.journey.exits] == ["TP1 18:41"]


def test_no_candle_is_from_later_than_the_moment_it_speaks_of():
    scene = told(secured())

    assert scene.candles[-1][0] == ms("2024-04-03 15:30")
    assert scene.candles[0][0] == ms("2024-04-03 13:15") - 30 * M15


def test_a_trade_over_midnight_names_the_weekday_of_its_exit():
    at_ms = ms("2024-04-04 02:05")
    rest = fill(229_710, 2300, at_ms, steps=10, target=2)

    scene = told(closed(CloseReason.TARGET, at_ms, fills=(rest,), targets_hit=2, stop=227_410))

    assert scene.journey is not None
    assert scene.journey.exits[-1].title == "TP2 Thu 02:05"
    assert CardLine("Time", "12 h 46 m") in scene.card


def test_a_sell_that_wins_is_green_too():
    sell = setup(direction=Direction.DOWN, entry=228_200, stop=228_650, targets=(227_750, 227_075))
    at_ms = ms("2024-04-03 14:00")
    life = {"status": TradeStatus.SECURED, "opened_ms": OPENED, "opened_price": 228_200, "stop": 228_200}
    hit = {"fills": (fill(227_750, 450, at_ms, target=1),), "targets_hit": 1, "price": 227_750, "price_ms": at_ms}

    scene = told(trade(sell, **(life | hit)))

    assert (scene.order, scene.headline, scene.tone) == ("SELL", "+1.00R", Tone.PROFIT)


def test_a_trade_that_never_opened_has_no_milestone():
    with pytest.raises(ValueError, match="never opened"):
        told(trade())
