"""The Binance feed against a venue on this machine that cuts, delays, repeats and corrupts.

Whatever happens on the line, the candles folded from what the feed tells must be those of all trades, each taken once,
and nothing it tells may be late for the engine.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
from random import Random
from typing import Any

import pytest

from engine.events import Heartbeat, History, Tick
from engine.types import Timeframe
from feeds.base import FeedError
from feeds.binance import BinanceFeed
from tests.feeds.binance_line import (
    GARBAGE,
    MINUTE,
    QUARTER,
    START,
    assert_same,
    folded,
    listen,
    market,
    of_deals,
    streamed,
    troubled,
)
from tests.feeds.makers import SHARED, coin
from tests.feeds.venue import Deal, Happens, Outage, Step, Venue, Wait, book_frame, combined


async def test_a_quiet_line_gives_every_trade_live_and_agrees_with_the_venues_candles():
    deals = market(1, 300)
    end_ms = deals[-1].time_ms
    async with Venue(streamed(deals), deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=end_ms)

    assert_same(folded(told, MINUTE), of_deals(deals, MINUTE), end_ms)
    assert feed.mismatches == 0
    assert feed.checked > 5
    assert not feed.rejected


@pytest.mark.parametrize("seed", range(8))
async def test_no_candle_is_missing_or_double_whatever_happens_on_the_line(seed):
    deals = market(seed, 700)
    end_ms = deals[-1].time_ms
    async with Venue(troubled(deals, 50, seed), deals=deals[:50]) as venue:
        told, feed = await listen(venue, until_ms=end_ms)
        assert venue.connections > 1

    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), end_ms)
    assert feed.mismatches == 0
    assert feed.rejected


async def test_a_long_outage_is_filled_with_candles_and_a_short_one_with_trades():
    deals = market(3, 900)
    steps = streamed(deals, 100)
    unheard = next(i for i, s in enumerate(steps) if s.deal and s.deal.time_ms > deals[200].time_ms + 40 * MINUTE)
    heard = next(i for i, s in enumerate(steps) if s.deal == deals[200])
    script: list[Step] = [*steps[:heard], Outage(tuple(steps[heard:unheard])), *steps[unheard:]]
    end_ms = deals[-1].time_ms
    async with Venue(script, deals=deals[:100]) as venue:
        told, feed = await listen(venue, until_ms=end_ms)
        klines = [request for request in venue.requests if "klines" in request]

    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), end_ms)
    assert feed.mismatches == 0
    assert any("interval=15m" in request for request in klines)
    assert any("interval=1m" in request for request in klines)
    sizes = {item.candle.timeframe for item in told if isinstance(item, History)}
    assert sizes == {Timeframe.M1, Timeframe.M15}


async def test_history_comes_first_and_ends_before_the_first_live_price():
    deals = market(4, 400)
    end_ms = deals[-1].time_ms
    async with Venue(streamed(deals, 300), deals=deals[:300]) as venue:
        told, _ = await listen(venue, until_ms=end_ms)

    kinds = [type(item) for item in told if not isinstance(item, Heartbeat)]
    first = kinds.index(Tick)
    assert first > 5
    assert History not in kinds[first:]
    assert told[0].time_ms == START // QUARTER * QUARTER


async def test_history_reaches_back_as_far_as_it_is_asked_to():
    deals = market(4, 900)
    end_ms = deals[-1].time_ms
    async with Venue(streamed(deals, 800), deals=deals[:800]) as venue:
        told, _ = await listen(venue, until_ms=end_ms, history_m15=2)
    now_ms = deals[799].time_ms // QUARTER * QUARTER
    assert told[0].time_ms == now_ms - 2 * QUARTER


async def test_a_restart_goes_on_after_the_last_moment_it_knows():
    deals = market(5, 400)
    known_ms = deals[150].time_ms
    end_ms = deals[-1].time_ms
    async with Venue(streamed(deals, 300), deals=deals[:300]) as venue:
        told, feed = await listen(venue, until_ms=end_ms, since_ms={"BTCUSDT": known_ms})

    missed = [deal for deal in deals if deal.time_ms > known_ms]
    assert_same(folded(told, QUARTER), of_deals(missed, QUARTER), end_ms)
    assert feed.mismatches == 0


async def test_rest_is_tried_again_as_long_and_as_late_as_the_venue_asks():
    deals = market(6, 120)
    refusals = [(500, {}), (429, {"Retry-After": "7"}), (418, {"Retry-After": "120"}), (200, {})]
    waits: list[int] = []
    async with Venue(streamed(deals, 60), deals=deals[:60], refusals=refusals[:3], rest_lags=3) as venue:
        told, _ = await listen(venue, until_ms=deals[-1].time_ms, waits=waits)

    assert 7_000 in waits
    assert 120_000 in waits
    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), deals[-1].time_ms)


async def test_a_request_that_is_refused_as_such_ends_the_feed():
    deals = market(6, 20)
    async with Venue(streamed(deals), deals=deals[:1], refusals=[(400, {})]) as venue:
        with pytest.raises(FeedError, match=r"/api/v3/aggTrades for BTCUSDT failed: HTTP 400 'no'"):
            await listen(venue, until_ms=deals[-1].time_ms)


@pytest.mark.parametrize("by", ["age", "notice"])
async def test_a_connection_is_replaced_before_it_ends_and_nothing_is_told_twice(by):
    deals = market(7, 300)
    two_lines = asyncio.Event()
    steps: list[Step] = list(streamed(deals))
    notice = (
        combined("!serverShutdown", {"e": "serverShutdown", "E": START}) if by == "notice" else book_frame("1", "2")
    )
    steps[100:100] = [Happens(notice), Wait(two_lines)]
    clock = itertools.count(0)

    class Watched(Venue):
        async def _talk(self, connection: Any) -> None:
            if self.connections == 1:
                assert len(self._listeners) == 1  # the first is still there
                two_lines.set()
            await super()._talk(connection)

    def clock_ms() -> int:
        aged = 24 * 3_600_000 if by == "age" and next(clock) > 60 else 0
        return venue.now_ms - START + aged

    async with Watched(steps, deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=deals[-1].time_ms, clock_ms=clock_ms)
        assert venue.connections >= 2

    assert_same(folded(told, MINUTE), of_deals(deals, MINUTE), deals[-1].time_ms)
    assert feed.mismatches == 0


async def test_a_line_that_falls_silent_is_given_up():
    deals = market(8, 60)
    never = asyncio.Event()
    steps: list[Step] = list(streamed(deals))

    class Waking(Venue):
        async def _talk(self, connection: Any) -> None:
            if self.connections:
                never.set()
            await super()._talk(connection)

    steps.insert(50, Wait(never))
    async with Waking(steps, deals=deals[:1]) as venue:
        told, _ = await listen(venue, until_ms=deals[-1].time_ms, silence_ms=50)
        assert venue.connections >= 2  # on a busy machine a pause of ours may look like one of theirs
    assert_same(folded(told, MINUTE), of_deals(deals, MINUTE), deals[-1].time_ms)


async def test_a_frame_too_great_breaks_the_line_and_is_counted():
    deals = market(9, 60)
    steps: list[Step] = list(streamed(deals))
    steps.insert(40, Happens(b"7" * 200_000))
    async with Venue(steps, deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=deals[-1].time_ms)
        assert venue.connections == 2
    assert feed.rejected["frame.size"] == 1
    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), deals[-1].time_ms)


async def test_every_refused_frame_is_counted_by_reason_and_the_line_goes_on():
    deals = market(10, 60)
    steps: list[Step] = list(streamed(deals))
    steps[30:30] = [Happens(garbage) for garbage in GARBAGE]
    async with Venue(steps, deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=deals[-1].time_ms)
        assert venue.connections == 1
    assert sum(feed.rejected.values()) == len(GARBAGE)
    assert feed.rejected["frame.stream"] == 1
    assert feed.rejected["bookTicker.price"] == 1
    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), deals[-1].time_ms)


async def test_a_time_far_ahead_is_refused_and_does_not_make_the_others_late():
    deals = market(11, 60)
    steps: list[Step] = list(streamed(deals))
    ahead = Deal(deals[30].id, deals[30].time_ms + 3_600_000, "1.00", "1")
    steps.insert(58, Happens(ahead.frame()))
    async with Venue(steps, deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=deals[-1].time_ms)
    assert feed.rejected["frame.future"] == 1
    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), deals[-1].time_ms)


async def test_a_trade_that_comes_twice_is_dropped_without_asking_anybody():
    deals = market(11, 60)
    steps = [again for step in streamed(deals) for again in (step, Happens(step.frame))]
    async with Venue(steps, deals=deals[:1]) as venue:
        told, feed = await listen(venue, until_ms=deals[-1].time_ms)
        assert sum("aggTrades" in request for request in venue.requests) == 2  # the newest, and its minute
    assert_same(folded(told, MINUTE), of_deals(deals, MINUTE), deals[-1].time_ms)
    assert feed.mismatches == 0


async def test_a_trade_id_that_never_was_does_not_make_the_feed_deaf():
    deals = market(11, 60)
    steps: list[Step] = list(streamed(deals))
    steps.insert(58, Happens(Deal(10**12, deals[30].time_ms, "1.00", "1").frame()))
    async with Venue(steps, deals=deals[:1]) as venue:
        told, _ = await listen(venue, until_ms=deals[-1].time_ms)
    assert_same(folded(told, QUARTER), of_deals(deals, QUARTER), deals[-1].time_ms)


async def test_a_candle_the_venue_sees_otherwise_is_counted():
    deals = market(12, 100)
    steps: list[Step] = list(streamed(deals))
    at = next(i for i in range(100, len(steps)) if b"kline" in (steps[i].frame or b""))  # type: ignore[union-attr]
    frame = json.loads(steps[at].frame)  # type: ignore[union-attr]
    frame["data"]["k"]["n"] += 1
    steps[at] = Happens(json.dumps(frame).encode())
    async with Venue(steps, deals=deals[:1]) as venue:
        _, feed = await listen(venue, until_ms=deals[-1].time_ms)
    assert feed.mismatches == 1


async def test_heartbeats_follow_the_venue_by_the_allowed_lateness_and_never_outrun_it():
    deals = market(13, 200, longest_ms=900)
    steps = [step for step in streamed(deals) if b"kline" not in (step.frame or b"")]
    async with Venue(steps, deals=deals[:1]) as venue:
        told, _ = await listen(venue, until_ms=deals[-1].time_ms, lateness_ms=2_000)

    beats = [item.time_ms for item in told if isinstance(item, Heartbeat)]
    assert len(beats) > 20
    assert all(after >= before + 1_000 for before, after in itertools.pairwise(beats))
    latest_ms = 0
    for item in told:
        if isinstance(item, Heartbeat):
            assert item.time_ms <= latest_ms
        elif isinstance(item, Tick) and item.last is not None:
            latest_ms = item.time_ms


async def test_a_quote_is_told_only_when_it_has_moved_and_a_trade_stands_on_the_latest():
    first, second, end = (Deal(n, START + n * 10, "100.02", "1") for n in (1, 2, 3))
    steps = [
        Happens(book_frame("100.00", "100.10")),
        Happens(first.frame(), first),
        Happens(book_frame("100.00", "100.10")),
        Happens(book_frame("100.05", "100.10")),
        Happens(second.frame(), second),
        Happens(end.frame(), end),
    ]
    before = Deal(0, START - 1, "99.00", "1")
    async with Venue(steps, deals=[before]) as venue:
        told, _ = await listen(venue, until_ms=end.time_ms)

    quotes = [(item.bid, item.ask, item.last is None) for item in told if isinstance(item, Tick)]
    assert quotes[:5] == [
        (9_900, 9_901, False),  # the newest trade of the past, without a book
        (10_000, 10_010, True),
        (10_000, 10_010, False),
        (10_005, 10_010, True),
        (10_005, 10_010, False),
    ]


async def test_two_symbols_share_a_line_and_each_is_whole():
    bitcoin = market(15, 300)
    tokens = market(16, 40, longest_ms=60_000, symbol="PAXGUSDT")
    end_ms = max(bitcoin[-1].time_ms, tokens[-1].time_ms)
    last = Deal(bitcoin[-1].id + 1, end_ms + QUARTER, "1.00", "1")
    deals = sorted([*bitcoin, *tokens], key=lambda deal: deal.time_ms)
    random = Random(5)  # noqa: S311
    steps: list[Step] = []
    for deal in [*deals, last]:
        is_lost = random.random() < 0.05 and deal is not last
        steps.append(Happens(b"garbage" if is_lost else deal.frame(), deal))
    start = [Deal(999, START - 5_000, "60000.00", "1"), Deal(999, START - 5_000, "2400.00", "1", "PAXGUSDT")]
    async with Venue(steps, deals=list(start)) as venue:
        told, _ = await listen(venue, until_ms=last.time_ms, symbols=["BTCUSDT", "PAXGUSDT"])

    for symbol in ("BTCUSDT", "PAXGUSDT"):
        own = [deal for deal in [*start, *deals] if deal.symbol == symbol]
        assert_same(folded(told, QUARTER, symbol), of_deals(own, QUARTER), end_ms)


async def test_a_fault_of_ours_while_listening_ends_the_stream_and_is_no_broken_line():
    deals, faults = market(11, 60), [ZeroDivisionError("ours")]

    def clock_ms() -> int:
        if venue.is_awaited.is_set() and faults:
            raise faults.pop()
        return venue.now_ms

    async with Venue(streamed(deals), deals=deals[:1]) as venue:
        with pytest.raises(ZeroDivisionError, match="ours"):
            await listen(venue, until_ms=deals[-1].time_ms, clock_ms=clock_ms)


async def test_candles_of_the_past_can_be_asked_for():
    deals = market(17, 300)
    async with Venue([], deals=deals) as venue:
        feed = BinanceFeed(
            [coin()],
            rest_url=f"http://{venue.address}",
            clock_ms=lambda: 0,
            random=Random(1),  # noqa: S311
        )
        until_ms = START + 20 * MINUTE + 30_000
        found = await feed.history("BTCUSDT", Timeframe.M1, until_ms, 5)

    expected = of_deals(deals, MINUTE)
    minutes = [START + n * MINUTE for n in range(15, 20) if START + n * MINUTE in expected]
    assert [(c.open_ms, c.close_ms) for c in found] == [(at, at + MINUTE) for at in minutes]
    assert [(c.open, c.high, c.low, c.close) for c in found] == [expected[at][:4] for at in minutes]


async def test_a_history_longer_than_a_page_is_whole_and_no_page_is_longer_than_the_venue_allows():
    """2500 candles at the venue's most, 1000 a page: three pages."""
    begin_ms = START - START % QUARTER
    deals = [Deal(1_000 + n, begin_ms + n * QUARTER, "60000.00", "1") for n in range(2_500)]
    async with Venue([], deals=deals) as venue:
        feed = BinanceFeed(
            [coin()],
            rest_url=f"http://{venue.address}",
            clock_ms=lambda: 0,
            random=Random(1),  # noqa: S311
        )
        venue.now_ms = until_ms = begin_ms + 2_500 * QUARTER
        found = await feed.history("BTCUSDT", Timeframe.M15, until_ms, 2_500)

    assert [candle.open_ms for candle in found] == [deal.time_ms for deal in deals]
    assert len(venue.requests) == 3
    assert all("limit=1000" in request for request in venue.requests)


@pytest.mark.skipif(not SHARED.exists(), reason=f"recorded market data is not at {SHARED}")
@pytest.mark.parametrize("seed", [None, 1])
async def test_six_minutes_of_recorded_bitcoin_survive_the_line(seed):
    steps: list[Happens] = []
    deals: list[Deal] = []
    with gzip.open(SHARED / "binance_ws" / "spot_btcusdt_20240808.ns_json.gz", "rb") as file:
        for line in file:
            frame = line.split(b" ", 1)[1].strip()
            if b'"btcusdt@bookTicker"' in frame:
                steps.append(Happens(frame))
            elif b'"btcusdt@trade"' in frame:
                data = json.loads(frame)["data"]
                deals.append(Deal(data["t"], data["T"], data["p"], data["q"]))
                steps.append(Happens(deals[-1].frame(), deals[-1]))
    assert len(deals) == 9_757
    last = deals[-1]
    script: list[Step] = list(steps)
    if seed is not None:
        random = Random(seed)  # noqa: S311
        at = len(script) - 40
        while (at := at - random.randrange(1, 4_000)) > 0:
            lost = random.randrange(30)
            unheard = tuple(step for step in script[at : at + lost] if isinstance(step, Happens))
            script[at : at + lost] = [Outage(unheard, politely=False)]
    async with Venue(script, steps_ahead=100) as venue:
        told, feed = await listen(venue, until_ms=last.time_ms)
        assert (venue.connections > 3) is (seed is not None)

    assert_same(folded(told, MINUTE), of_deals(deals, MINUTE), last.time_ms // MINUTE * MINUTE)
    assert not feed.rejected
