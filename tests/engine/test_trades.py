"""The life of a trade by hand: entry 10,000, one R is 100 ticks, TP1 at one R, TP2 at two."""

from __future__ import annotations

import pytest

from engine.events import (
    CandleInput,
    CloseTrade,
    Command,
    CommandRefused,
    Heartbeat,
    History,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.types import CloseReason, Direction, Timeframe, TradeStatus
from tests.builders import candle, opened, signal, tick
from tests.engine.following import BUY, ENTRY, SELL, desk, lived, minute, pending, quote, quotes, story, told
from tests.engine.market_data import MONDAY_MS, heard, of_type

BOTH = pytest.mark.parametrize("way", [BUY, SELL])
MINUTE_MS = 60_000


def stop_at(way: Direction) -> int:
    return ENTRY - 100 * way.sign


@BOTH
def test_a_trade_that_reaches_both_targets_makes_one_and_a_half_r(way):
    assert story(way, [0, 40, 100, 150, 200, 250]) == [
        "opened at 10000",
        "mark +0.40R",
        "TP1 5 steps +1.00R",
        f"stop {stop_at(way)} to 10000",
        "mark +1.25R",
        "closed target +1.50R",
    ]


@BOTH
def test_a_trade_that_goes_against_us_loses_one_r_at_the_stop(way):
    assert story(way, [0, -50, -99, -100, -300]) == [
        "opened at 10000",
        "mark -0.50R",
        "mark -0.99R",
        "closed stop -1.00R",
    ]


@BOTH
def test_after_the_first_target_the_rest_leaves_at_the_entry(way):
    assert story(way, [0, 100, 1, 0]) == [
        "opened at 10000",
        "TP1 5 steps +1.00R",
        f"stop {stop_at(way)} to 10000",
        "mark +0.51R",
        "closed breakeven +0.50R",
    ]


@BOTH
def test_a_gap_over_the_stop_leaves_at_the_first_price_beyond(way):
    assert story(way, [0, -130]) == ["opened at 10000", "closed stop -1.30R"]


@BOTH
def test_a_gap_over_the_moved_stop_takes_back_part_of_the_gain(way):
    assert story(way, [0, 100, -40])[-1] == "closed breakeven +0.30R"


@BOTH
def test_a_gap_over_a_target_is_paid_at_the_target(way):
    assert story(way, [0, 130])[1:3] == ["TP1 5 steps +1.00R", f"stop {stop_at(way)} to 10000"]


@BOTH
def test_a_gap_over_both_targets_takes_both_at_once_in_order(way):
    assert story(way, [0, 260]) == [
        "opened at 10000",
        "TP1 5 steps +1.00R",
        f"stop {stop_at(way)} to 10000",
        "closed target +1.50R",
    ]


@BOTH
def test_where_the_lot_step_allows_no_split_only_the_stop_moves_at_the_first_target(way):
    assert story(way, [0, 100, 200], split=(0, 1)) == [
        "opened at 10000",
        "TP1 0 steps +1.00R",
        f"stop {stop_at(way)} to 10000",
        "closed target +2.00R",
    ]
    assert story(way, [0, 100, 0], split=(0, 1))[-1] == "closed breakeven +0.00R"


@BOTH
@pytest.mark.parametrize("slip", [25, -25])
def test_a_first_price_a_quarter_r_away_still_opens(way, slip):
    assert story(way, [slip])[0] == f"opened at {ENTRY + slip * way.sign}"


@BOTH
@pytest.mark.parametrize("slip", [26, -26])
def test_a_first_price_farther_than_a_quarter_r_cancels_the_signal(way, slip):
    assert story(way, [slip, 0, 0]) == ["closed cancelled +0.00R"]


@BOTH
def test_r_is_measured_from_where_the_trade_opened(way):
    """Opened 20 ticks late: risk 120, so the stop is still one R away and TP1 only 80 ticks."""
    assert story(way, [20, -100]) == [f"opened at {ENTRY + 20 * way.sign}", "closed stop -1.00R"]
    assert story(way, [20, 100])[1] == "TP1 5 steps +0.67R"


def test_the_running_result_is_news_at_every_tenth_of_an_r():
    assert story(BUY, [0, 9, 10, 19, 20, 11, 10, 1]) == [
        "opened at 10000",
        "mark +0.10R",
        "mark +0.20R",
        "mark +0.10R",
    ]


def test_a_buy_pays_the_spread_when_it_opens_and_is_stopped_by_the_bid():
    engine = desk(pending(BUY))

    assert told(lived(engine, [tick(9996, 10_000, MONDAY_MS)])) == ["opened at 10000"]
    assert told(lived(engine, [tick(9901, 9905, MONDAY_MS + 1)])) == ["mark -0.99R"]
    assert told(lived(engine, [tick(9900, 9904, MONDAY_MS + 2)])) == ["closed stop -1.00R"]


def test_a_sell_opens_at_the_bid_and_can_be_stopped_at_an_ask_the_chart_never_shows():
    engine = desk(pending(SELL))

    assert told(lived(engine, [tick(10_000, 10_004, MONDAY_MS)])) == ["opened at 10000"]
    assert told(lived(engine, [tick(10_095, 10_099, MONDAY_MS + 1)])) == ["mark -0.99R"]
    assert told(lived(engine, [tick(10_096, 10_100, MONDAY_MS + 2)])) == ["closed stop -1.00R"]


def test_a_buys_target_waits_for_the_bid_and_a_sells_for_the_ask():
    buy, sell = desk(pending(BUY)), desk(pending(SELL))
    heard(buy, [tick(9998, 10_000, MONDAY_MS)])
    heard(sell, [tick(10_000, 10_002, MONDAY_MS)])

    assert "TP1" not in told(lived(buy, [tick(10_099, 10_101, MONDAY_MS + 1)]))[0]
    assert "TP1" in told(lived(buy, [tick(10_100, 10_102, MONDAY_MS + 2)]))[0]
    assert "TP1" not in told(lived(sell, [tick(9899, 9901, MONDAY_MS + 1)]))[0]
    assert "TP1" in told(lived(sell, [tick(9898, 9900, MONDAY_MS + 2)]))[0]


@BOTH
@pytest.mark.parametrize("beyond", [0, 10], ids=["touched", "passed"])
def test_a_candle_that_holds_stop_and_target_is_stopped_and_marked_ambiguous(way, beyond):
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [5, 100 + beyond, -100 - beyond, 20], 1)])

    assert told(said) == ["opened at 10000", "closed stop -1.00R"]
    assert said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_opens_beyond_the_stop_is_stopped_there_without_doubt(way):
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [-120, 250, -130], 1)])

    assert told(said) == ["opened at 10000", "closed stop -1.20R"]
    assert not said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_opens_beyond_the_target_has_reached_it_before_anything_else(way):
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [120, -130], 1)])

    assert told(said)[1:] == [
        "TP1 5 steps +1.00R",
        f"stop {stop_at(way)} to 10000",
        "mark +1.10R",
        "closed breakeven +0.50R",
    ]
    assert not said[-1].trade.ambiguous


@BOTH
@pytest.mark.parametrize("end", [-10, 0])
def test_a_candle_that_reaches_the_first_target_and_ends_at_the_entry_or_below_is_no_riddle(way, end):
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [10, 110, end], 1)])

    assert told(said)[-1] == "closed breakeven +0.50R"
    assert not said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_opens_below_the_entry_and_ends_there_was_at_the_first_target_in_between(way):
    """What is left meets its stop on the way back, at the entry and not where the candle opened."""
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [-10, 110, -20], 1)])

    assert told(said)[-1] == "closed breakeven +0.50R"
    assert not said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_reaches_the_first_target_from_below_the_entry_is_taken_at_its_worst(way):
    """It may have dipped before the target, but then again it may not."""
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [10, -10, 110, 105], 1)])

    assert told(said)[-1] == "closed breakeven +0.50R"
    assert said[-1].trade.ambiguous


@BOTH
def test_a_candle_with_both_targets_that_ends_below_the_entry_might_have_made_both(way):
    said = lived(desk(pending(way)), [minute(way, [0, 0]), minute(way, [10, 210, -10], 1)])

    assert told(said)[-1] == "closed breakeven +0.50R"
    assert said[-1].trade.ambiguous


def test_candles_open_a_trade_at_their_open_and_the_spread_is_paid():
    engine = desk(pending(BUY), spread=4)

    said = lived(engine, [CandleInput(candle(9998, 10_050, 9_950, 10_040, open_ms=MONDAY_MS, timeframe=Timeframe.M1))])

    assert (said[0].trade.opened_price, said[0].time_ms) == (10_002, MONDAY_MS)
    assert (said[-1].trade.best, said[-1].trade.worst) == (48, -52)


def test_a_signal_without_a_price_expires_at_its_own_time():
    engine = desk(pending(BUY))

    assert lived(engine, [Heartbeat("test", MONDAY_MS + 30 * MINUTE_MS - 1)]) == []
    said = lived(engine, [quote(BUY, 0, MONDAY_MS + 45 * MINUTE_MS)])

    assert told(said) == ["closed expired +0.00R"]
    assert said[0].time_ms == MONDAY_MS + 30 * MINUTE_MS
    assert engine.open_trades() == []


def close(of_id: str = "XAU_20240403_002") -> Command:
    return Command(7, CloseTrade(of_id))


@BOTH
def test_the_desk_closes_an_open_trade_at_the_last_price(way):
    engine = desk(pending(way))

    said = lived(engine, [*quotes(way, [0, 37]), close()])

    assert told(said)[-1] == "closed desk +0.37R"
    assert said[-1].time_ms == MONDAY_MS + 1000
    assert engine.open_trades() == []


def test_the_desk_closes_what_is_left_after_the_first_target():
    assert told(lived(desk(pending(BUY)), [*quotes(BUY, [0, 100, 60]), close()]))[-1] == "closed desk +0.80R"


def test_the_desk_cancels_a_signal_that_waits_for_its_price():
    assert told(lived(desk(pending(BUY)), [close()])) == ["closed cancelled +0.00R"]


def test_the_desk_cannot_close_what_is_not_open():
    engine = desk(pending(BUY))
    heard(engine, quotes(BUY, [0, -100]))

    assert of_type(engine.push(close()), CommandRefused)[0].why == "no_such_trade"


def test_excursions_and_times_are_kept():
    said = lived(desk(pending(BUY)), quotes(BUY, [0, -60, 80, 0, 100, 150, 0]))
    last = said[-1].trade

    assert (last.best, last.worst) == (150, -60)
    assert (last.opened_ms, last.closed_ms) == (MONDAY_MS, MONDAY_MS + 6000)
    assert [(f.price, f.lot_steps, f.ticks, f.target, f.time_ms) for f in last.fills] == [
        (10_100, 5, 100, 1, MONDAY_MS + 4000),
        (10_000, 5, 0, None, MONDAY_MS + 6000),
    ]


def test_statuses_follow_the_table():
    engine = desk(pending(BUY))
    seen = [engine.open_trades()[0].status]
    for item in quotes(BUY, [0, 100, 150]):
        engine.push(item)
        seen.append(engine.open_trades()[0].status)

    assert seen == [TradeStatus.PENDING, TradeStatus.OPEN, TradeStatus.SECURED, TradeStatus.SECURED]


def test_the_past_moves_open_trades_too():
    past = candle(10_000, 10_120, 9_990, 10_110, open_ms=MONDAY_MS, timeframe=Timeframe.M15, spread=0)

    assert told(lived(desk(pending(BUY)), [History(past)]))[:2] == ["opened at 10000", "TP1 5 steps +1.00R"]


def test_a_trade_followed_again_after_a_rebuild_is_not_news_until_it_moves():
    """Its entry 10,000, price 10,020: three quotes within a tenth of an R say nothing."""
    running = opened(signal(pending(BUY).signal.setup), price=10_020, opened_ms=MONDAY_MS)

    said = lived(desk(running), quotes(BUY, [21, 25, 29, 31, 20]))

    assert told(said) == ["mark +0.31R", "mark +0.20R"]


def test_nothing_is_said_of_a_trade_after_it_closed():
    said = lived(desk(pending(BUY)), quotes(BUY, [0, -100, -200, 300]))

    assert [type(e) for e in said] == [TradeOpened, TradeClosed]
    assert said[-1].trade.reason is CloseReason.STOP
    assert not of_type(said, TradeMarked)
