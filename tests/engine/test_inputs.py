"""What may come in: late, twice, crossed, broken, after a silence, of nobody's symbol. Refused or counted, by rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import inf, nan

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import TimeframesConfig
from engine.engine import Engine
from engine.events import (
    CandleClosed,
    CandleInput,
    Event,
    FeedRecovered,
    FeedStalled,
    Heartbeat,
    History,
    Input,
    SetupRejected,
    SignalIssued,
    Tick,
    TradeClosed,
)
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Candle, CandlePrice, CloseReason, Timeframe
from tests.builders import GOLD, at, bitcoin, candle, instrument, tick
from tests.engine.following import BUY, desk, pending
from tests.engine.market_data import MONDAY_MS, as_inputs, config, heard, line, of_type, walk, walk_ticks
from tests.engine.variants import eager

SECOND_MS = 1000
TICKS = walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000)


def seconds(*of: int) -> list[Tick]:
    """Quotes at these seconds of Monday; each says its own second, so that one can see which were taken."""
    return [tick(1000 + s, time_ms=MONDAY_MS + s * SECOND_MS) for s in of]


def closed(events: Iterable[Event], timeframe: Timeframe = Timeframe.M15) -> list[Candle]:
    return [e.candle for e in of_type(events, CandleClosed) if e.candle.timeframe is timeframe]


# Late and twice


def test_a_tick_older_than_the_stream_is_counted_and_not_folded():
    engine = Engine(config())

    said = heard(engine, seconds(10, 20, 15, 30, 900))

    (first,) = closed(said)
    assert (first.open, first.high, first.low, first.close, first.ticks) == (1010, 1030, 1010, 1030, 3)
    assert engine.late_inputs == 1
    assert engine.view("XAUUSD").bid == 1900


def test_two_quotes_of_one_moment_are_two_ticks_even_when_they_are_equal():
    """A venue may quote twice in a millisecond. The later of two different ones is the last."""
    engine = Engine(config())

    said = heard(engine, [*seconds(10, 10), tick(1007, time_ms=MONDAY_MS + 10 * SECOND_MS), *seconds(900)])

    (first,) = closed(said)
    assert (first.open, first.low, first.close, first.ticks) == (1010, 1007, 1007, 3)
    assert engine.late_inputs == 0


@given(st.lists(st.integers(0, 3600), max_size=40))
def test_ticks_in_any_order_count_as_if_the_late_ones_had_never_come(of):
    in_time: list[int] = []
    for second in of:
        if not in_time or second >= in_time[-1]:
            in_time.append(second)
    engine, other = Engine(config()), Engine(config())

    assert heard(engine, seconds(*of)) == heard(other, seconds(*in_time))
    assert engine.late_inputs == len(of) - len(in_time)
    assert engine.view("XAUUSD") == other.view("XAUUSD")


def test_a_candle_that_comes_again_is_counted_and_not_folded():
    candles = as_inputs(line("100/110/90/105", "105/108/101/102", "102/120/100/119"))
    engine, other = Engine(config()), Engine(config())

    said = heard(engine, [candles[0], candles[0], candles[1], candles[0], candles[1], candles[2]])

    assert said == heard(other, candles)
    assert engine.late_inputs == 3


def test_a_candle_that_overlaps_what_was_heard_is_late_and_one_that_begins_where_it_ends_is_not():
    """A quarter of an hour is over at 00:15. The five minutes from 00:10 on were in it."""
    quarter, overlapping, next_one = (
        candle(100, open_ms=MONDAY_MS + minute * MINUTE_MS, timeframe=timeframe)
        for minute, timeframe in ((0, Timeframe.M15), (10, Timeframe.M5), (15, Timeframe.M5))
    )
    engine = Engine(config())

    heard(engine, map(CandleInput, (quarter, overlapping)))
    assert engine.late_inputs == 1
    heard(engine, map(CandleInput, (next_one,)))
    assert engine.late_inputs == 1


@given(st.permutations(range(6)))
def test_candles_in_any_order_count_as_if_the_late_ones_had_never_come(order):
    candles = as_inputs(line(*["100/110/90/105"] * 6))
    in_time: list[int] = []
    for index in order:
        if not in_time or index > in_time[-1]:
            in_time.append(index)
    engine = Engine(config())

    assert heard(engine, [candles[i] for i in order]) == heard(Engine(config()), [candles[i] for i in in_time])
    assert engine.late_inputs == len(order) - len(in_time)


def test_a_past_candle_is_late_like_a_live_one():
    engine = Engine(config())
    heard(engine, [tick(100, time_ms=MONDAY_MS + HOUR_MS)])

    assert engine.push(History(candle(100, open_ms=MONDAY_MS))) == []
    assert engine.late_inputs == 1


def test_a_heartbeat_behind_the_stream_says_nothing_and_one_ahead_makes_older_ticks_late():
    engine = Engine(config())
    heard(engine, seconds(100))

    assert engine.push(Heartbeat("test", MONDAY_MS + 50 * SECOND_MS)) == []
    heard(engine, [Heartbeat("test", MONDAY_MS + 200 * SECOND_MS), *seconds(150, 200)])
    assert engine.late_inputs == 1
    assert engine.view("XAUUSD").bid == 1200


def test_a_heartbeat_of_another_feed_moves_nothing_here():
    engine = Engine(config(instrument(), bitcoin(feed="other")))
    heard(engine, seconds(1))

    assert engine.push(Heartbeat("other", MONDAY_MS + DAY_MS)) == []
    assert engine.heard_until_ms("XAUUSD") == MONDAY_MS + SECOND_MS
    assert engine.heard_until_ms("BTCUSDT") == MONDAY_MS + DAY_MS


# Broken


@pytest.mark.parametrize(
    ("bid", "ask"),
    [(0, 0), (0, 1), (-1, 1), (-2, -1), (101, 100), (nan, 100), (100, nan), (nan, nan), (100, 0), (-inf, 100)],
)
def test_a_quote_that_is_crossed_or_no_price_is_refused(bid, ask):
    with pytest.raises(ValueError, match="is not 0 < bid ≤ ask"):
        Tick("XAUUSD", MONDAY_MS, bid, ask)


def test_a_quote_without_a_spread_is_none_of_those():
    assert Tick("XAUUSD", MONDAY_MS, 1, 1).ask == 1


@pytest.mark.parametrize("last", [0, -1, nan])
def test_a_trade_at_no_price_is_refused(last):
    """It makes the candles where these are made of trades."""
    with pytest.raises(ValueError, match="last"):
        Tick("BTCUSDT", MONDAY_MS, 100, 101, last=last)


@pytest.mark.parametrize("volume", [-1.0, nan, inf, -inf])
def test_a_volume_that_is_no_number_from_zero_on_is_refused(volume):
    with pytest.raises(ValueError, match="is not a number from 0 on"):
        Tick("XAUUSD", MONDAY_MS, 100, 101, volume=volume)
    with pytest.raises(ValueError, match="is not a number from 0 on"):
        candle(100, volume=volume)


@pytest.mark.parametrize(
    "ends",
    [
        (0, 0, 0, 0),
        (-5, -1, -9, -5),
        (100, 110, 0, 100),
        (100, 99, 90, 95),  # opened above its high
        (100, 110, 101, 105),  # and below its low
        (100, 110, 90, 111),
        (100, 110, 90, 89),
        (nan, 110, 90, 100),
        (100, nan, 90, 100),
        (100, 110, nan, 100),
        (100, 110, 90, nan),
    ],
)
def test_a_candle_whose_prices_do_not_fit_together_is_refused(ends):
    with pytest.raises(ValueError, match="is not low ≤ open, close ≤ high"):
        candle(*ends)


def test_a_candle_with_a_crossed_quote_is_refused():
    """Its ask is the close plus the spread."""
    with pytest.raises(ValueError, match="spread"):
        candle(100, spread=-1)


@pytest.mark.parametrize(("open_ms", "close_ms"), [(-1, 5), (5, 5), (6, 5)])
def test_a_candle_that_covers_no_time_is_refused(open_ms, close_ms):
    with pytest.raises(ValueError, match="covers no time"):
        Candle("XAUUSD", Timeframe.M15, open_ms, close_ms, 100, 100, 100, 100)


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "sNaN", "Infinity", "-Infinity", "", "abc", "1.005"])
def test_a_text_that_is_no_price_on_the_grid_never_becomes_one(text):
    with pytest.raises(ValueError, match=r"is not a|off the XAUUSD grid"):
        GOLD.to_price(text)


@pytest.mark.parametrize("bid", ["1e400", "NaN", "Infinity", "100.5", '"100"', "null", "true"])
def test_a_recorded_price_that_is_no_whole_number_of_ticks_is_not_read(bid):
    recorded = f'{{"type":"Tick","symbol":"XAUUSD","time_ms":1,"bid":{bid},"ask":101}}'

    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(recorded, type=Input)


def test_a_refused_input_leaves_the_engine_as_it_was():
    engine = Engine(config())
    heard(engine, seconds(1, 2, 3))
    before = engine.snapshot()

    for broken in (CandleInput(candle(100, open_ms=MONDAY_MS, timeframe=Timeframe.H1)), "tick", None):
        with pytest.raises((ValueError, TypeError)):
            engine.push(broken)
    assert engine.snapshot() == before


# Not ours, or too coarse


@pytest.mark.parametrize(
    "item",
    [
        tick(symbol="SILVER"),
        CandleInput(candle(symbol="SILVER")),
        CandleInput(candle(symbol="SILVER", timeframe=Timeframe.H4)),
        History(candle(symbol="SILVER")),
    ],
)
def test_a_symbol_nobody_configured_is_counted_and_moves_nothing(item):
    engine = Engine(config())
    heard(engine, seconds(1))
    before = engine.view("XAUUSD"), engine.time_ms

    assert engine.push(item) == []
    assert (engine.view("XAUUSD"), engine.time_ms) == before
    assert (engine.unknown_symbols, engine.late_inputs) == (1, 0)


@pytest.mark.parametrize("timeframe", [Timeframe.H1, Timeframe.H4, Timeframe.D1])
def test_a_live_candle_of_a_higher_timeframe_is_refused(timeframe):
    with pytest.raises(ValueError, match=f"a live {timeframe} candle cannot be split into M15; give it as history"):
        Engine(config()).push(CandleInput(candle(open_ms=MONDAY_MS, timeframe=timeframe)))


@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.M5, Timeframe.M15])
def test_a_live_candle_up_to_the_entry_timeframe_is_taken(timeframe):
    fine = line(*["100/110/90/105"] * (2 * Timeframe.M15.ms // timeframe.ms), timeframe=timeframe)

    assert len(closed(heard(Engine(config()), as_inputs(fine)))) == 2


@pytest.mark.parametrize("kind", [CandleInput, History])
def test_a_candle_that_reaches_over_the_end_of_an_entry_candle_is_refused_and_nothing_moves(kind):
    """From 00:07 to 00:22: folded into the candle that ends at 00:15 it would tell what came after."""
    engine = Engine(config())
    heard(engine, as_inputs(line("100/110/90/105")))
    before = engine.snapshot()
    misplaced = candle(open_ms=MONDAY_MS + 22 * MINUTE_MS)

    with pytest.raises(ValueError, match="does not lie within one M15 candle"):
        engine.push(kind(misplaced))

    assert engine.snapshot() == before


def test_a_past_hour_goes_into_its_own_timeframe_and_those_above():
    engine = Engine(config())

    said = heard(engine, [History(c) for c in line(*["100/110/90/105"] * 4, timeframe=Timeframe.H1)])

    assert [len(closed(said, timeframe)) for timeframe in (Timeframe.M15, Timeframe.H1, Timeframe.H4)] == [0, 4, 1]


# The grid of past candles above the entry timeframe: H4 and D1 by the trading day, from 17:00 in New York


def past(opens: str, timeframe: Timeframe, length_ms: int = 0, **fields: object) -> History:
    whole = candle(100, 110, 90, 105, open_ms=at(opens), timeframe=timeframe, **fields)
    return History(msgspec.structs.replace(whole, close_ms=whole.open_ms + (length_ms or timeframe.ms)))


H1, H4, D1 = Timeframe.H1, Timeframe.H4, Timeframe.D1
DAILY = TimeframesConfig(Timeframe.M15, H4, D1)


@pytest.mark.parametrize(
    "item",
    [
        past("2024-01-07 22:00", H4),  # winter
        past("2024-01-08 02:00", H4),
        past("2024-01-08 18:00", H4),
        past("2024-07-07 21:00", H4),  # summer
        past("2024-07-08 01:00", H4),
        past("2024-01-08 00:00", H4, symbol="BTCUSDT"),  # whose day begins at midnight UTC
        past("2024-01-07 22:00", D1),
        past("2024-07-07 21:00", D1),
        past("2024-03-09 22:00", D1, 23 * HOUR_MS),  # the day on which New York's clocks go forward
        past("2024-11-02 21:00", D1, 25 * HOUR_MS),  # and back
        past("2024-01-08 00:00", D1, symbol="BTCUSDT"),
    ],
)
def test_a_past_candle_on_the_grid_of_its_timeframe_is_taken_as_it_is(item):
    engine = Engine(config(instrument(), bitcoin(), timeframes=DAILY))

    assert closed(engine.push(item), item.candle.timeframe) == [item.candle]
    assert engine.late_inputs == 0


@pytest.mark.parametrize(
    ("item", "begins", "ends"),
    [
        (past("2024-01-08 00:00", H4), "2024-01-07 22:00", "2024-01-08 02:00"),  # on the grid of midnight UTC
        (past("2024-01-07 21:00", H4), "2024-01-07 18:00", "2024-01-07 22:00"),  # summer's grid in winter
        (past("2024-07-07 22:00", H4), "2024-07-07 21:00", "2024-07-08 01:00"),  # and winter's in summer
        (past("2024-01-07 22:00", H4, HOUR_MS), "2024-01-07 22:00", "2024-01-08 02:00"),  # its first hour
        (past("2024-01-08 01:00", H4, HOUR_MS), "2024-01-07 22:00", "2024-01-08 02:00"),  # its last
        (past("2024-01-07 22:00", H4, 2 * H4.ms), "2024-01-07 22:00", "2024-01-08 02:00"),  # two of them
        (past("2024-01-08 00:00", D1), "2024-01-07 22:00", "2024-01-08 22:00"),
        (past("2024-03-09 22:00", D1), "2024-03-09 22:00", "2024-03-10 21:00"),  # an hour too long
        (past("2024-01-07 22:00", H4, symbol="BTCUSDT"), "2024-01-07 20:00", "2024-01-08 00:00"),
        (past("2024-01-08 00:30", H1), "2024-01-08 00:00", "2024-01-08 01:00"),
        (past("2024-01-08 00:00", H1, HOUR_MS // 2), "2024-01-08 00:00", "2024-01-08 01:00"),
    ],
)
@pytest.mark.parametrize("timeframes", [TimeframesConfig(), DAILY], ids=["usual", "daily"])
def test_a_past_candle_beside_the_grid_of_its_timeframe_is_refused_and_nothing_moves(item, begins, ends, timeframes):
    """Folded into the candle it lies in, it would tell what came after, or end it with a part missing."""
    engine = Engine(config(instrument(), bitcoin(), timeframes=timeframes))
    heard(engine, as_inputs(line("100/110/90/105", start_ms=at("2023-12-01 00:00"))))
    before, of = engine.snapshot(), item.candle
    said = (
        f"{of.symbol}: a candle from {of.open_ms} to {of.close_ms} does not lie within one {of.timeframe} candle, "
        f"which goes from {at(begins)} to {at(ends)}; give candles on that grid"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        engine.push(item)

    assert engine.snapshot() == before


# After a silence


WEEK_LATER_MS = MONDAY_MS + 7 * DAY_MS + 5 * MINUTE_MS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (seconds(1, 2), tick(3000, time_ms=WEEK_LATER_MS)),
        (
            [CandleInput(candle(1001, 1002, 1001, 1002, open_ms=MONDAY_MS, timeframe=Timeframe.M5))],
            CandleInput(candle(3000, open_ms=WEEK_LATER_MS, timeframe=Timeframe.M5)),
        ),
    ],
    ids=["ticks", "candles"],
)
def test_after_a_week_of_silence_the_old_candles_close_at_their_own_time_and_none_is_made_up(before, after):
    """Monday 00:00 UTC is 19:00 in New York: the H4 of metals ends at 21:00, 02:00 UTC."""
    engine = Engine(config())
    heard(engine, before)

    said = [e for e in engine.push(after) if isinstance(e, CandleClosed)]

    old = [(e.candle.timeframe, e.time_ms - MONDAY_MS, e.candle.open, e.candle.close) for e in said]
    assert old[:3] == [
        (Timeframe.M15, 15 * MINUTE_MS, 1001, 1002),
        (Timeframe.H1, HOUR_MS, 1001, 1002),
        (Timeframe.H4, 2 * HOUR_MS, 1001, 1002),
    ]
    assert old[3:] == []


def test_a_week_of_silence_is_no_stall_without_a_heartbeat_that_says_so():
    engine = Engine(config())

    said = heard(engine, [*seconds(1), tick(3000, time_ms=WEEK_LATER_MS), Heartbeat("test", WEEK_LATER_MS + 1)])

    assert not of_type(said, FeedStalled, FeedRecovered)


def test_a_signal_that_waits_through_a_week_of_silence_expires_at_its_own_time():
    engine = desk(pending(BUY))

    (end,) = of_type(engine.push(tick(10_000, time_ms=WEEK_LATER_MS)), TradeClosed)

    assert (end.trade.reason, end.time_ms) == (CloseReason.EXPIRED, MONDAY_MS + 30 * MINUTE_MS)


def test_detectors_go_on_after_a_week_of_silence():
    """What was known is known; times on the second side of the gap are the second side's own."""
    candles = walk(1, 600, timeframe=Timeframe.M5)
    apart = [
        *candles[:300],
        *(
            msgspec.structs.replace(c, open_ms=c.open_ms + 7 * DAY_MS, close_ms=c.close_ms + 7 * DAY_MS)
            for c in candles[300:]
        ),
    ]
    engine = Engine(eager(instrument()))

    said = heard(engine, as_inputs(apart))

    ends = [e.time_ms for e in said]
    assert ends == sorted(ends)
    assert len(closed(said, Timeframe.M5)) == 600
    gap_from, gap_to = apart[299].close_ms + HOUR_MS, apart[300].open_ms
    assert not [e for e in said if gap_from < e.time_ms <= gap_to]


# With and without heartbeats


def beats_between(ticks: Sequence[Tick], moments: Iterable[tuple[int, float]]) -> list[Input]:
    """The ticks, with a heartbeat after some of them, each at a share of the time to the next."""
    after: dict[int, list[float]] = {}
    for index, share in moments:
        after.setdefault(index % (len(ticks) - 1), []).append(share)
    mixed: list[Input] = []
    for index, (now, following) in enumerate(pairwise(ticks)):
        mixed.append(now)
        for share in sorted(after.get(index, ())):
            mixed.append(Heartbeat("test", now.time_ms + round(share * (following.time_ms - now.time_ms))))
    return [*mixed, ticks[-1]]


def without_stalls(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, FeedStalled | FeedRecovered)]


SOME = TICKS[:8000]
SOME_SAID = heard(Engine(eager(instrument())), SOME)


def test_the_ticks_used_here_make_trades():
    assert {type(e) for e in SOME_SAID} >= {SignalIssued, SetupRejected, TradeClosed}


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 0.999, 1.0])), min_size=1, max_size=60))
def test_heartbeats_that_do_not_outrun_the_ticks_change_nothing_but_stalls(moments):
    engine = Engine(eager(instrument()))

    said = heard(engine, beats_between(SOME, moments))

    assert without_stalls(said) == SOME_SAID
    assert engine.late_inputs == 0


def test_a_heartbeat_after_every_tick_changes_nothing_but_stalls():
    """At the very time of the next tick, which is then just not late."""
    engine = Engine(eager(instrument()))

    said = heard(engine, beats_between(SOME, [(i, 1.0) for i in range(len(SOME) - 1)]))

    assert without_stalls(said) == SOME_SAID
    assert of_type(said, FeedStalled)


# Candles of trades


def test_candles_of_trades_pass_over_quotes_without_one():
    engine = Engine(config(bitcoin(candle_price=CandlePrice.LAST)))
    quotes = [
        Tick("BTCUSDT", MONDAY_MS + n * SECOND_MS, 100, 101, last=last, volume=volume)
        for n, (last, volume) in enumerate([(None, None), (90, 1.0), (None, None), (120, 2.0)])
    ]

    said = heard(engine, [*quotes, Heartbeat("test", at("2024-01-08 00:15"))])

    (first,) = closed(said)
    assert (first.open, first.high, first.low, first.close, first.volume, first.ticks) == (90, 120, 90, 120, 3.0, 2)
