"""What may be chosen about a trade's life: limit entry, any number of targets, the stop after the first, trailing,
and leaving by time, before the weekend and before news. Entry 10,000, one R is 100 ticks, TP1 at one R, TP2 at two.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.config import EngineConfig, NewsConfig, TradesConfig
from engine.engine import Engine
from engine.events import CandleInput, Event, Heartbeat, NewsItem, StopMoved, TradeClosed, TradeOpened
from engine.exits import trailing_stop
from engine.orders import cushion, ordered
from engine.trades import LEGAL, IllegalTransition, Position, tighten_stop, turned
from engine.trading_config import AfterFirst, Cost, Trailing
from engine.types import (
    CloseReason,
    Direction,
    Impact,
    MarketHours,
    Order,
    ReasonCode,
    StopBy,
    SwingKind,
    Timeframe,
    Trade,
    TradeStatus,
)
from tests.builders import at, candle, closed, instrument, opened, reason, secured, setup, signal, swing, tick, trade
from tests.engine.following import BUY, ENTRY, SELL, desk, lived, minute, pending, quote, quotes, story, told
from tests.engine.market_data import MONDAY_MS, config, heard, of_type

BOTH = pytest.mark.parametrize("way", [BUY, SELL])
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
FRIDAY_MS = at("2024-01-12 20:00")  # 15:00 in New York; metals close at 17:00


def stop_at(way: Direction, move: int = -100) -> int:
    return ENTRY + move * way.sign


# The table


def test_every_step_that_is_not_in_the_table_is_refused():
    states = {
        TradeStatus.PENDING: trade(),
        TradeStatus.OPEN: opened(),
        TradeStatus.SECURED: secured(),
        TradeStatus.CLOSED: closed(),
    }
    for before, of in states.items():
        for after in TradeStatus:
            for why in (None, *CloseReason):
                if why in LEGAL.get((before, after), ()):
                    assert turned(of, after, why).status is after
                else:
                    with pytest.raises(IllegalTransition):
                        turned(of, after, why)


def test_nothing_leads_out_of_closed_and_only_a_closed_trade_has_a_reason():
    assert not [step for step in LEGAL if step[0] is TradeStatus.CLOSED]
    assert all((None in reasons) is (after is not TradeStatus.CLOSED) for (_, after), reasons in LEGAL.items())
    assert set().union(*LEGAL.values()) == {None, *CloseReason}


# Limit entry


def limit(way: Direction, spread: int = 0, **changes: object) -> Engine:
    return desk(pending(way, order=Order.LIMIT, **changes), spread)


@BOTH
def test_a_limit_waits_for_its_price_however_far_it_is(way):
    engine = limit(way)

    assert told(lived(engine, quotes(way, [60, 30, 1]))) == []
    assert told(lived(engine, [quote(way, 0, MONDAY_MS + 5000)])) == ["opened at 10000"]


@BOTH
def test_a_limit_over_which_price_jumps_is_filled_better(way):
    assert told(lived(limit(way), quotes(way, [60, -40, 100])))[:2] == [
        f"opened at {ENTRY - 40 * way.sign}",
        f"TP1 5 steps {140 / 60:+.2f}R",
    ]


def test_a_buys_limit_waits_for_the_ask_and_a_sells_for_the_bid():
    buy, sell = limit(BUY), limit(SELL)

    assert told(lived(buy, [tick(9_999, 10_003, MONDAY_MS), tick(9_997, 10_001, MONDAY_MS + 1)])) == []
    assert told(lived(buy, [tick(9_996, 10_000, MONDAY_MS + 2)])) == ["opened at 10000"]
    assert told(lived(sell, [tick(9_997, 10_001, MONDAY_MS), tick(9_999, 10_003, MONDAY_MS + 1)])) == []
    assert told(lived(sell, [tick(10_000, 10_004, MONDAY_MS + 2)])) == ["opened at 10000"]


@BOTH
def test_a_limit_whose_stop_is_jumped_over_as_well_never_opens(way):
    assert told(lived(limit(way), quotes(way, [60, -100]))) == ["closed cancelled +0.00R"]


@BOTH
def test_a_limit_is_withdrawn_when_the_first_target_is_reached_without_it(way):
    said = lived(limit(way), quotes(way, [60, 99, 100, 0]))

    assert told(said) == ["closed cancelled +0.00R"]
    assert said[0].trade.price == ENTRY + 100 * way.sign


@BOTH
def test_a_limit_expires_at_its_own_time(way):
    engine = limit(way, expires_ms=MONDAY_MS + 5 * MINUTE_MS)

    said = lived(engine, [quote(way, 50, MONDAY_MS), quote(way, 0, MONDAY_MS + 6 * MINUTE_MS)])

    assert told(said) == ["closed expired +0.00R"]


@BOTH
def test_inside_a_candle_a_limit_is_filled_at_its_price_and_only_what_came_after_counts(way):
    said = lived(limit(way), [minute(way, [60, 70, -30, 20])])

    assert told(said)[0] == "opened at 10000"
    assert (said[-1].trade.best, said[-1].trade.worst) == (20, -30)


@BOTH
def test_inside_a_candle_a_limit_is_filled_as_soon_as_it_is_touched(way):
    assert told(lived(limit(way), [minute(way, [60, 1, 30])])) == []
    assert told(lived(limit(way), [minute(way, [60, 0, 5])])) == ["opened at 10000"]


@BOTH
def test_a_candle_that_takes_the_limit_and_the_stop_has_lost_without_doubt(way):
    said = lived(limit(way), [minute(way, [60, -130, 10])])

    assert told(said) == ["opened at 10000", "closed stop -1.00R"]
    assert not said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_takes_the_limit_and_touches_the_target_at_an_unknown_time_is_ambiguous(way):
    """Its high may have come before the entry: TP1 is not given, and the trade says that it hides something."""
    said = lived(limit(way), [minute(way, [60, 110, -10, 50])])

    assert told(said) == ["opened at 10000", "mark +0.50R"]
    assert said[-1].trade.ambiguous


@BOTH
def test_a_candle_that_takes_the_limit_and_closes_beyond_the_target_has_reached_it(way):
    said = lived(limit(way), [minute(way, [60, -10, 120])])

    assert told(said)[1] == "TP1 5 steps +1.00R"
    assert said[1].trade.ambiguous is False


ZONE = reason(ReasonCode.ENTRY_ZONE, 3, 9_940, 9_960)
LIMITS = TradesConfig(entry=Order.LIMIT)


def proposed(way: Direction = BUY, *reasons: object, spread: int = 4, **changes: object):
    sign = way.sign
    fields = {"entry": ENTRY, "stop": ENTRY - 100 * sign, "targets": (ENTRY + 100 * sign, ENTRY + 200 * sign)}
    return setup(direction=way, reasons=reasons, spread=spread, **(fields | changes))


def test_a_limit_is_put_at_the_near_edge_of_the_zone_where_the_bid_touches_it():
    upper = reason(ReasonCode.ENTRY_ZONE, 3, 10_040, 10_060)

    assert ordered(proposed(BUY, ZONE), LIMITS) == (proposed(BUY, ZONE, entry=9_964), Order.LIMIT)
    assert ordered(proposed(SELL, upper), LIMITS) == (proposed(SELL, upper, entry=10_040), Order.LIMIT)


@pytest.mark.parametrize(
    "zone",
    [
        reason(ReasonCode.ENTRY_ZONE, 3, 9_980, 9_996),  # price is there already
        reason(ReasonCode.ENTRY_ZONE, 3, 9_800, 9_890),  # beyond the stop
        reason(ReasonCode.ENTRY_ZONE, 3, 9_800, 9_896),  # its ask is the stop
        reason(ReasonCode.KILL_ZONE, 3),
    ],
)
def test_where_no_edge_lies_between_stop_and_price_the_order_is_at_market(zone):
    assert ordered(proposed(BUY, zone), LIMITS) == (proposed(BUY, zone), Order.MARKET)


def test_without_a_gap_the_zone_that_held_is_waited_for():
    held = reason(ReasonCode.ZONE_HELD, 18, 9_900, 9_930)

    assert ordered(proposed(BUY, held), LIMITS)[0].entry == 9_934
    assert ordered(proposed(BUY, held, ZONE), LIMITS)[0].entry == 9_964


def test_by_default_a_setup_is_ordered_as_it_was_proposed():
    of = proposed(BUY, ZONE)

    assert ordered(of, TradesConfig()) == (of, Order.MARKET)


# Targets


@BOTH
def test_four_targets_close_a_quarter_each(way):
    said = story(way, [0, 40, 100, 120, 180, 200], targets=(40, 80, 120, 200), split=(2, 2, 2, 2))

    assert [line for line in said if not line.startswith("mark")] == [
        "opened at 10000",
        "TP1 2 steps +0.40R",
        f"stop {stop_at(way)} to 10000",
        "TP2 2 steps +0.70R",
        "TP3 2 steps +0.90R",
        "closed target +1.10R",
    ]


@BOTH
def test_a_single_target_closes_everything(way):
    assert story(way, [0, 200], targets=(200,), split=(10,)) == ["opened at 10000", "closed target +2.00R"]


def test_targets_between_the_first_and_the_last_are_spread_evenly():
    four = TradesConfig(shares=(25, 25, 25, 25))

    assert ordered(proposed(BUY), four)[0].targets == (10_100, 10_133, 10_166, 10_200)
    assert ordered(proposed(SELL), four)[0].targets == (9_900, 9_867, 9_834, 9_800)
    assert ordered(proposed(BUY), TradesConfig(shares=(100,)))[0].targets == (10_200,)


# The stop after the first target


@BOTH
def test_a_stop_that_is_kept_may_still_lose_after_the_first_target(way):
    said = lived(desk(pending(way), after_first=AfterFirst.KEPT), quotes(way, [0, 100, 0, -100]))

    assert told(said) == ["opened at 10000", "TP1 5 steps +1.00R", "mark +0.50R", "closed stop +0.00R"]


@BOTH
def test_breakeven_may_lie_beyond_the_entry_so_that_costs_are_paid(way):
    of = pending(way, cushion=7)

    assert told(lived(desk(of), quotes(way, [0, 100, 8, 7])))[2:] == [
        f"stop {stop_at(way)} to {ENTRY + 7 * way.sign}",
        "mark +0.54R",
        "closed breakeven +0.54R",
    ]


@BOTH
def test_costs_larger_than_the_way_to_the_first_target_leave_the_stop_just_under_it(way):
    said = lived(desk(pending(way, cushion=500)), quotes(way, [0, 100, 99]))

    assert told(said)[2] == f"stop {stop_at(way)} to {ENTRY + 99 * way.sign}"
    assert (said[-1].trade.reason, said[-1].trade.total_steps) == (CloseReason.BREAKEVEN, 5 * 100 + 5 * 99)


def test_what_breakeven_covers_is_told_in_ticks():
    """7 USD a lot; a tick of gold is a dollar a lot. Yen: 100,000 × 0.001 = 100 yen a tick, 0.67 USD at 150."""
    gold = instrument(commission_per_lot=Decimal(7))
    yen = instrument(
        "USDJPY", tick_size=Decimal("0.001"), contract_size=Decimal(100_000), commission_per_lot=Decimal(7)
    )
    both = (Cost.SPREAD, Cost.COMMISSION)

    assert cushion(proposed(spread=20), gold, Decimal(1), ()) == 0
    assert cushion(proposed(spread=20), gold, Decimal(1), (Cost.SPREAD,)) == 20
    assert cushion(proposed(spread=20), gold, Decimal(1), both) == 27
    assert cushion(proposed(spread=20), yen, 1 / Decimal(150), (Cost.COMMISSION,)) == 11  # 10.5


# Trailing


def followed(way: Direction, best: int = 150, stop: int = 0, **changes: object) -> Position:
    """A secured trade, at its best now."""
    of = secured(signal(pending(way).signal.setup), ENTRY + best * way.sign, stop=stop_at(way, stop), **changes)
    return Position(of, price=ENTRY + best * way.sign, best=best, worst=0)


ATRS, SWINGS = TradesConfig(trailing=Trailing.ATR, trail_atr=Decimal(2)), TradesConfig(trailing=Trailing.STRUCTURE)


@BOTH
def test_the_chandelier_hangs_so_many_atrs_under_the_best_price(way):
    """2 × 30.2 = 60.4 ticks, rounded up: 61 behind 150."""
    assert trailing_stop(followed(way), [], 30.2, 4, MONDAY_MS, ATRS) == stop_at(way, 89)


def test_behind_a_new_swing_there_is_a_buffer_and_a_sells_spread():
    """A quarter of an ATR of 30.2, rounded up: 8 ticks; a spread of 4."""
    low, high = swing(SwingKind.LOW, 10_080, known_ms=MONDAY_MS), swing(SwingKind.HIGH, 9_920, known_ms=MONDAY_MS)

    assert trailing_stop(followed(BUY), [high, low], 30.2, 4, MONDAY_MS, SWINGS) == 10_072
    assert trailing_stop(followed(SELL), [low, high], 30.2, 4, MONDAY_MS, SWINGS) == 9_932


def test_an_old_swing_and_one_of_the_other_kind_are_not_followed():
    old, high = swing(SwingKind.LOW, 10_080, known_ms=MONDAY_MS - 1), swing(SwingKind.HIGH, 10_090, known_ms=MONDAY_MS)

    assert trailing_stop(followed(BUY), [old, high], 30.2, 4, MONDAY_MS, SWINGS) is None


def test_a_trade_with_two_targets_is_not_followed_before_the_first_and_one_with_a_single_target_is():
    two = Position(opened(signal(pending(BUY).signal.setup)), price=ENTRY, best=80)
    one = pending(BUY, targets=(200,), split=(10,)).signal

    assert trailing_stop(two, [], 30.0, 4, MONDAY_MS, ATRS) is None
    assert trailing_stop(Position(opened(one), price=ENTRY, best=80), [], 30.0, 4, MONDAY_MS, ATRS) == ENTRY + 20


@BOTH
@pytest.mark.parametrize("move", [-101, -1, 0, 150, 151])
def test_a_stop_never_moves_back_and_never_beyond_the_price(way, move):
    position = followed(way)

    assert tighten_stop(position, stop_at(way, move), StopBy.TRAIL, MONDAY_MS) == []
    assert position.trade.stop == ENTRY


@BOTH
def test_a_stop_that_followed_closes_the_trade_as_trailed(way):
    engine = desk(followed(way).trade)
    (position,) = engine._state.markets["XAUUSD"].positions
    (moved,) = tighten_stop(position, stop_at(way, 90), StopBy.TRAIL, MONDAY_MS)

    assert isinstance(moved, StopMoved)
    assert told(lived(engine, quotes(way, [120, 85]))) == ["mark +1.10R", "closed trailed +0.93R"]


@BOTH
def test_the_first_target_does_not_take_a_stop_back_that_is_beyond_the_entry_already(way):
    engine = desk(pending(way))
    heard(engine, quotes(way, [0, 80]))
    (position,) = engine._state.markets["XAUUSD"].positions
    tighten_stop(position, stop_at(way, 50), StopBy.DESK, MONDAY_MS + 1000)

    said = lived(engine, [quote(way, 100, MONDAY_MS + 2000), quote(way, 50, MONDAY_MS + 3000)])

    assert told(said) == ["TP1 5 steps +1.00R", "closed stop +0.75R"]


def trailing_market(kind: Trailing) -> list[Event]:
    """A rise with pullbacks on M15, an open BUY in it."""
    of = pending(BUY, risk=300, targets=(100, 5_000))
    engine = Engine(config(instrument(typical_spread=0), trades=TradesConfig(trailing=kind)))
    engine.adopt([of])
    price, inputs = ENTRY, []
    for index in range(120):
        step = 30 if index % 20 < 17 else -30
        last, price = price, price + step
        bounds = (max(last, price) + 5, min(last, price) - 5)
        of_candle = candle(last, *bounds, price, open_ms=MONDAY_MS + index * Timeframe.M15.ms, spread=0)
        inputs.append(CandleInput(of_candle))
    return lived(engine, inputs)


@pytest.mark.parametrize("kind", [Trailing.ATR, Trailing.STRUCTURE])
def test_in_a_rise_the_stop_climbs_behind_the_price_candle_by_candle(kind):
    said = trailing_market(kind)
    stops = [event.trade.stop for event in of_type(said, StopMoved)]
    trailed = [event for event in of_type(said, StopMoved) if event.trade.stop_by is StopBy.TRAIL]

    assert len(trailed) >= 3
    assert stops == sorted(stops)
    assert all(event.trade.stop < event.trade.price for event in trailed)
    assert all(event.time_ms % Timeframe.M15.ms == 0 for event in trailed)


# Leaving by the clock


@BOTH
def test_a_trade_that_was_long_enough_in_the_market_leaves_at_the_next_price(way):
    engine = desk(pending(way), max_hours=2)
    late_ms = MONDAY_MS + 2 * HOUR_MS

    assert told(lived(engine, [quote(way, 0, MONDAY_MS), Heartbeat("test", late_ms)])) == ["opened at 10000"]
    said = lived(engine, [quote(way, 33, late_ms + 5)])

    assert told(said)[-1] == "closed time +0.33R"
    assert (said[-1].time_ms, said[-1].trade.price) == (late_ms + 5, ENTRY + 33 * way.sign)


def test_whether_time_was_told_by_a_heartbeat_or_by_the_price_itself_changes_nothing():
    late = quote(BUY, 33, MONDAY_MS + 2 * HOUR_MS)
    with_beat, without = desk(pending(BUY), max_hours=2), desk(pending(BUY), max_hours=2)
    for engine in (with_beat, without):
        engine.push(quote(BUY, 0, MONDAY_MS))
    with_beat.push(Heartbeat("test", late.time_ms))

    assert lived(with_beat, [late]) == lived(without, [late]) != []


@BOTH
def test_the_price_that_takes_it_out_may_be_its_stop_or_its_target(way):
    def end(move: int) -> str:
        engine = desk(pending(way), max_hours=2)
        return told(lived(engine, [quote(way, 0, MONDAY_MS), quote(way, move, MONDAY_MS + 2 * HOUR_MS)]))[-1]

    assert end(-130) == "closed stop -1.30R"
    assert end(250) == "closed target +1.50R"
    assert end(110) == "closed time +1.05R"  # half at TP1, the rest at the price


def test_by_candles_it_leaves_at_the_next_open():
    engine = desk(pending(BUY), max_hours=1)

    said = lived(engine, [minute(BUY, [0, 10]), minute(BUY, [20, 90, 30], 60), minute(BUY, [50], 61)])

    assert told(said)[-1] == "closed time +0.20R"
    assert said[-1].time_ms == MONDAY_MS + HOUR_MS


def on_friday(hours: MarketHours = MarketHours.METALS, order: Order = Order.MARKET) -> Engine:
    engine = Engine(config(instrument(hours=hours), trades=TradesConfig(flat_before_weekend_min=30)))
    engine.adopt([pending(BUY, issued_ms=FRIDAY_MS, expires_ms=FRIDAY_MS + 10 * HOUR_MS, order=order)])
    return engine


def test_before_the_weekend_trades_are_closed():
    engine, close_ms = on_friday(), at("2024-01-12 21:30")

    assert told(lived(engine, [quote(BUY, 0, FRIDAY_MS), quote(BUY, 5, close_ms - 1)])) == ["opened at 10000"]
    assert told(lived(engine, [quote(BUY, 8, close_ms)])) == ["closed weekend +0.08R"]


def test_a_market_that_never_closes_has_no_weekend():
    said = lived(on_friday(MarketHours.ALWAYS), [quote(BUY, 0, FRIDAY_MS), quote(BUY, 5, at("2024-01-14 12:00"))])

    assert not of_type(said, TradeClosed)


def test_a_limit_order_does_not_wait_over_the_weekend():
    said = lived(on_friday(order=Order.LIMIT), [quote(BUY, 50, FRIDAY_MS), quote(BUY, 0, at("2024-01-12 21:30"))])

    assert told(said) == ["closed cancelled +0.00R"]


CPI = NewsItem(MONDAY_MS + HOUR_MS, "USD", Impact.HIGH, "CPI")


def news_desk(of: Trade | None = None, **news: object) -> Engine:
    rules: EngineConfig = config(news=NewsConfig(**({"flat_min": 15} | news)))
    engine = Engine(rules)
    engine.adopt([of or pending(BUY)])
    return engine


def test_before_news_of_its_currency_a_trade_is_closed():
    engine = news_desk()
    heard(engine, [CPI, quote(BUY, 0, MONDAY_MS), CPI])

    assert lived(engine, [quote(BUY, 3, CPI.time_ms - 15 * MINUTE_MS - 1)]) == []
    assert told(lived(engine, [quote(BUY, 4, CPI.time_ms - 15 * MINUTE_MS)])) == ["closed news +0.04R"]


def test_news_that_is_heard_late_sends_the_trade_out_at_the_next_price():
    engine = news_desk()
    heard(engine, [quote(BUY, 0, MONDAY_MS), quote(BUY, 1, CPI.time_ms - 5 * MINUTE_MS)])
    engine.push(CPI)

    assert told(lived(engine, [quote(BUY, 4, CPI.time_ms - 4 * MINUTE_MS)])) == ["closed news +0.04R"]


def test_news_that_is_heard_late_cancels_a_waiting_order_when_it_is_heard():
    """Ten minutes after trades were to be out: nobody knew then."""
    engine, heard_ms = news_desk(pending(BUY, order=Order.LIMIT, expires_ms=CPI.time_ms)), CPI.time_ms - 5 * MINUTE_MS
    heard(engine, [quote(BUY, 50, heard_ms), CPI])

    (ended,) = lived(engine, [quote(BUY, 50, heard_ms + MINUTE_MS)])

    assert told([ended]) == ["closed cancelled +0.00R"]
    assert (ended.time_ms, ended.trade.closed_ms) == (heard_ms, heard_ms)


@pytest.mark.parametrize(
    ("item", "rules"),
    [
        (msgspec.structs.replace(CPI, currency="JPY"), {}),
        (msgspec.structs.replace(CPI, impact=Impact.MEDIUM), {}),
        (CPI, {"flat_min": 0}),
        (msgspec.structs.replace(CPI, time_ms=MONDAY_MS - 1), {}),
    ],
    ids=["another currency", "too small", "not asked for", "past"],
)
def test_other_news_closes_nothing(item, rules):
    engine = news_desk(**rules)

    said = lived(engine, [quote(BUY, 0, MONDAY_MS), item, quote(BUY, 3, CPI.time_ms + HOUR_MS)])

    assert of_type(said, TradeOpened)
    assert not of_type(said, TradeClosed)


def test_the_first_of_several_reasons_to_leave_is_told():
    engine = Engine(config(trades=TradesConfig(max_hours=1), news=NewsConfig(flat_min=15)))
    engine.adopt([pending(BUY)])

    said = lived(engine, [CPI, quote(BUY, 0, MONDAY_MS), quote(BUY, 3, MONDAY_MS + 2 * HOUR_MS)])

    assert told(said)[-1] == "closed news +0.03R"
