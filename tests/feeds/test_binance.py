"""The Binance feed against a venue on this machine that cuts, delays, repeats and corrupts.

Whatever happens on the line, the candles folded from what the feed tells must be those of all trades, each taken once,
and nothing it tells may be late for the engine.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from engine.events import Heartbeat, History, Input, Tick
from engine.types import Timeframe
from feeds.base import FeedError
from feeds.binance import BinanceFeed
from tests.feeds.makers import SHARED, coin, utc_ms
from tests.feeds.venue import Deal, Happens, Outage, Step, Venue, Wait, book_frame, combined, kline_frame

START = utc_ms("2024-08-08 11:52")
MINUTE, QUARTER = 60_000, 900_000

Bar = tuple[int, int, int, int, float]  # open, high, low, close in ticks, volume


async def listen(venue: Venue, *, until_ms: int, **options: Any) -> tuple[list[Input], BinanceFeed]:
    """Everything the feed tells until prices of `until_ms` come."""
    waits: list[int] = options.pop("waits", [])

    async def no_sleep(duration_ms: int) -> None:
        waits.append(duration_ms)
        await asyncio.sleep(0)

    symbols = options.pop("symbols", ["BTCUSDT"])
    feed = BinanceFeed(
        [coin(symbol) for symbol in symbols],
        stream_url=f"ws://{venue.address}",
        rest_url=f"http://{venue.address}",
        clock_ms=options.pop("clock_ms", lambda: venue.now_ms),
        random=Random(1),  # noqa: S311
        sleep=no_sleep,
        **{"history_m15": 40, **options},
    )
    told: list[Input] = []
    async with asyncio.timeout(15), aclosing(feed.stream()) as stream:
        async for item in stream:
            told.append(item)
            venue.is_awaited.set()
            end_ms = item.candle.close_ms if isinstance(item, History) else item.time_ms
            if not isinstance(item, Heartbeat) and end_ms >= until_ms:
                break
    return told, feed


def folded(items: Iterable[Input], size: int, symbol: str = "BTCUSDT") -> dict[int, Bar]:
    """Candles of `size`, built as the engine would: an input older than its stream is an error here."""
    bars: dict[int, Bar] = {}
    now_ms = 0
    for item in items:
        if isinstance(item, Heartbeat):
            now_ms = max(now_ms, item.time_ms)
            continue
        if item.symbol != symbol or (isinstance(item, History) and item.candle.timeframe.ms > size):
            continue
        assert item.time_ms >= now_ms, f"{item} is late: the stream is at {now_ms}"
        if isinstance(item, History):
            c = item.candle
            assert c.open_ms // size == (c.close_ms - 1) // size
            now_ms, bar = c.close_ms, (c.open, c.high, c.low, c.close, c.volume or 0.0)
        elif isinstance(item, Tick):
            now_ms = item.time_ms
            if item.last is None:
                continue
            bar = (item.last, item.last, item.last, item.last, item.volume or 0.0)
        at = item.time_ms // size * size
        before = bars.get(at)
        bars[at] = bar if before is None else joined(before, bar)
    return bars


def joined(before: Bar, after: Bar) -> Bar:
    return before[0], max(before[1], after[1]), min(before[2], after[2]), after[3], before[4] + after[4]


def of_deals(deals: Iterable[Deal], size: int) -> dict[int, Bar]:
    """The same, straight from the trades."""
    bars: dict[int, Bar] = {}
    for deal in deals:
        price = int(Decimal(deal.price) * 100)
        at, bar = deal.time_ms // size * size, (price, price, price, price, float(deal.quantity))
        bars[at] = bar if at not in bars else joined(bars[at], bar)
    return bars


def assert_same(found: dict[int, Bar], expected: dict[int, Bar], until_ms: int) -> None:
    """Equal up to the sentinel that ends a test; volumes are sums of floats."""
    assert [at for at in found if at < until_ms] == [at for at in expected if at < until_ms]
    for at, bar in expected.items():
        if at < until_ms:
            assert found[at][:4] == bar[:4], at
            assert found[at][4] == pytest.approx(bar[4]), at


def market(seed: int, count: int, *, longest_ms: int = 9_000, symbol: str = "BTCUSDT") -> list[Deal]:
    """Trades with bursts in one millisecond and some at the very edges of a minute.

    The last few come slowly, beyond the quarter of an hour in which the others end.
    """
    random, time_ms, cents, deals = Random(seed), START, 6_000_000, []  # noqa: S311
    for number in range(count):
        dice = random.random()
        if dice < 0.1:
            time_ms = (time_ms // MINUTE + 1) * MINUTE - random.choice((0, 1))
        elif dice < 0.7:
            time_ms += random.randrange(longest_ms)
        cents += random.randrange(-500, 501)
        deals.append(Deal(1_000 + number, time_ms, f"{cents / 100:.2f}", f"{random.randrange(1, 999) / 1000}", symbol))
    ends = range(time_ms // QUARTER * QUARTER + QUARTER, time_ms + 2 * QUARTER, 5 * MINUTE)
    return deals + [Deal(1_000 + count + i, at, "60000.00", "1", symbol) for i, at in enumerate(ends)]


def streamed(deals: Sequence[Deal], after: int = 1) -> list[Happens]:
    """As the venue sends it: trades, quotes between them, and the candle of each minute when it is over.

    The first `after` trades belong to the past.
    """
    steps: list[Happens] = []
    for minute, group in itertools.groupby(deals, lambda deal: deal.time_ms // MINUTE):
        inside = list(group)
        for deal in inside:
            if deal.id < deals[0].id + after:
                continue
            steps += [Happens(deal.frame(), deal), Happens(book_frame(deal.price, str(Decimal(deal.price) + 1)))]
        if inside[-1].id >= deals[0].id + after:
            steps.append(Happens(kline_frame(minute * MINUTE, inside)))
    return steps


GARBAGE = [
    b"",
    b"\xff\xfe{",
    b"[" * 60_000,
    b"{" * 3,
    b"null",
    b'{"stream":"btcusdt@aggTrade"}',
    b'{"stream":"btcusdt@aggTrade","data":{"a":NaN}}',
    b'{"stream":"btcusdt@aggTrade","data":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    b'{"stream":"\xf0\x28\x8c\x28@aggTrade","data":{}}',
    b'{"stream":"btcusdt@somethingNew","data":{}}',
    b'{"stream":"btcusdt@bookTicker","data":{"s":"BTCUSDT","b":"NaN","a":"1"}}',
]


def troubled(deals: Sequence[Deal], after: int, seed: int) -> list[Step]:
    """The same market over a bad line. The last trade is always sent whole."""
    random = Random(seed)  # noqa: S311
    steps: list[Step] = []
    rest = streamed(deals, after)
    last = next(i for i in reversed(range(len(rest))) if rest[i].deal is not None)
    at = 0
    while at < len(rest):
        step, dice = rest[at], random.random()
        at += 1
        if at > last:
            steps.append(step)
        elif dice < 0.01:
            lost = random.choice((0, 1, 5, 60))
            steps.append(Outage(tuple(rest[at - 1 : min(at + lost, last)]), politely=random.random() < 0.5))
            at = min(at + lost, last)
        elif dice < 0.03:  # repeated, now or much later
            steps += [step, Happens(step.frame if dice < 0.02 else rest[random.randrange(at)].frame)]
        elif dice < 0.05:  # corrupted: it happened, but what comes is garbage
            steps.append(Happens(random.choice(GARBAGE), step.deal))
        elif dice < 0.06 and at < last:  # two frames in the wrong order
            steps += [Happens(rest[at].frame, step.deal), Happens(step.frame, rest[at].deal)]
            at += 1
        elif dice < 0.07:  # lost without a trace
            steps.append(Happens(None, step.deal))
        else:
            steps.append(step)
    return steps


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
        assert venue.connections == 2
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
