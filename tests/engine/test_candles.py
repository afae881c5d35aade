"""Ticks become M15, closed M15 become H1 and H4, and silence makes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.candles import CandleBuilder
from engine.config import AccountConfig
from engine.engine import Engine
from engine.events import (
    AccountChanged,
    BreakerTripped,
    CandleClosed,
    CandleInput,
    EquityMarked,
    FeedRecovered,
    FeedStalled,
    Heartbeat,
    History,
    LimitHit,
    SetupRejected,
    SignalIssued,
    Tick,
)
from engine.trading_config import Capital
from engine.types import Candle, CandlePrice, Timeframe
from tests.builders import at, bitcoin, instrument, tick
from tests.engine.market_data import (
    BOUNDLESS,
    CRAMPED,
    MONDAY_MS,
    QUICK,
    TALKATIVE,
    config,
    heard,
    line,
    of_type,
    walk_ticks,
)

# What symbols share is the account: sizes from what was paid in, and margin for all of them.
APART = AccountConfig(risk_of=Capital.START, max_margin_percent=Decimal(100_000))
ACCOUNTS = (AccountChanged, EquityMarked, LimitHit, BreakerTripped)

M1, M15, H1, H4 = Timeframe.M1, Timeframe.M15, Timeframe.H1, Timeframe.H4
MINUTE_MS, HOUR_MS = 60_000, 3_600_000

Facts = tuple[int, int, int, int, int, float | None]


@dataclass
class Group:
    """Prices that fell into one interval, in order."""

    prices: list[int]
    volumes: list[float]

    def facts(self, open_ms: int) -> Facts:
        total = sum(self.volumes) if self.volumes else None
        return open_ms, self.prices[0], max(self.prices), min(self.prices), self.prices[-1], total


def grouped(ticks: Iterable[Tick], interval: Callable[[int], int]) -> list[Facts]:
    """The literal group-by: ticks by the open of their interval, the last interval left out as unfinished."""
    groups: dict[int, Group] = defaultdict(lambda: Group([], []))
    for each in ticks:
        group = groups[interval(each.time_ms)]
        group.prices.append(each.bid)
        if each.volume is not None:
            group.volumes.append(each.volume)
    return [group.facts(open_ms) for open_ms, group in list(groups.items())[:-1]]


def utc_grid(length_ms: int) -> Callable[[int], int]:
    return lambda time_ms: time_ms - time_ms % length_ms


def new_york_h4(time_ms: int) -> int:
    """The latest of 17, 21, 1, 5, 9 and 13 o'clock in New York, as a wall clock shows it."""
    local = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(ZoneInfo("America/New_York"))
    opened = local.replace(minute=0, second=0, microsecond=0) - timedelta(hours=(local.hour - 1) % 4)
    return int(opened.timestamp() * 1000)


def closed(said: Iterable[object], timeframe: Timeframe) -> list[Candle]:
    return [e.candle for e in said if isinstance(e, CandleClosed) and e.candle.timeframe is timeframe]


def facts(candle: Candle) -> Facts:
    return candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume


@pytest.mark.parametrize("seed", range(3))
def test_candles_are_what_grouping_the_ticks_gives(seed):
    ticks = walk_ticks(seed, 20_000, start_ms=at("2024-01-08 09:07"))

    said = heard(Engine(config()), ticks)

    expected = {frame: grouped(ticks, utc_grid(frame.ms)) for frame in (M15, H1)} | {H4: grouped(ticks, new_york_h4)}
    assert len(expected[H4]) > 3
    for timeframe, groups in expected.items():
        assert [facts(candle) for candle in closed(said, timeframe)] == groups


def test_crypto_counts_its_h4_from_midnight_utc():
    ticks = walk_ticks(7, 20_000, symbol="BTCUSDT", start_ms=at("2024-07-08 09:07"))

    said = heard(Engine(config(bitcoin())), ticks)

    assert [facts(candle) for candle in closed(said, H4)] == grouped(ticks, utc_grid(4 * HOUR_MS))


def minutes(ticks: Iterable[Tick]) -> list[Candle]:
    """The M1 candles another program would have recorded from these ticks."""
    of_minute: dict[int, list[Tick]] = defaultdict(list)
    for each in ticks:
        of_minute[each.time_ms - each.time_ms % MINUTE_MS].append(each)
    made = []
    for open_ms, group in of_minute.items():
        prices = [t.bid for t in group]
        volumes = [t.volume for t in group if t.volume is not None]
        ends = (prices[0], max(prices), min(prices), prices[-1])
        total = sum(volumes) if volumes else None
        made.append(Candle("XAUUSD", M1, open_ms, open_ms + MINUTE_MS, *ends, total, len(group)))
    return made


@pytest.mark.parametrize("wrap", [CandleInput, History])
def test_recorded_minutes_make_the_candles_that_the_ticks_made(wrap):
    ticks = walk_ticks(5, 20_000, start_ms=at("2024-01-08 09:07"))
    from_ticks = heard(Engine(config()), ticks)

    from_minutes = heard(Engine(config()), map(wrap, minutes(ticks)))

    for timeframe in (M15, H1, H4):
        made = closed(from_minutes, timeframe)
        assert [(*facts(c), c.ticks) for c in made][: len(closed(from_ticks, timeframe))] == [
            (*facts(c), c.ticks) for c in closed(from_ticks, timeframe)
        ]


def test_an_interval_without_a_price_makes_no_candle():
    ticks = [tick(100, time_ms=MONDAY_MS), tick(103, time_ms=MONDAY_MS + 50 * MINUTE_MS)]
    end = Heartbeat("test", MONDAY_MS + HOUR_MS)

    said = heard(Engine(config()), [*ticks, end])

    assert [(c.open_ms, c.open, c.close) for c in closed(said, M15)] == [
        (MONDAY_MS, 100, 100),
        (MONDAY_MS + 45 * MINUTE_MS, 103, 103),
    ]
    assert [(c.open_ms, c.open, c.close) for c in closed(said, H1)] == [(MONDAY_MS, 100, 103)]


def test_a_tick_at_the_boundary_belongs_to_the_next_candle():
    engine = Engine(config())
    engine.push(tick(100, time_ms=MONDAY_MS))

    said = engine.push(tick(500, time_ms=MONDAY_MS + M15.ms))

    assert [(c.high, c.close_ms) for c in closed(said, M15)] == [(100, MONDAY_MS + M15.ms)]


def test_a_heartbeat_closes_the_candle_of_a_quiet_market():
    engine = Engine(config())
    engine.push(tick(100, time_ms=MONDAY_MS))

    assert closed(engine.push(Heartbeat("test", MONDAY_MS + M15.ms - 1)), M15) == []
    assert [c.close for c in closed(engine.push(Heartbeat("test", MONDAY_MS + M15.ms)), M15)] == [100]


def test_a_heartbeat_moves_time_only_for_its_own_feed():
    engine = Engine(config(instrument(), bitcoin(feed="binance")))
    heard(engine, [tick(100, time_ms=MONDAY_MS), tick(100, time_ms=MONDAY_MS, symbol="BTCUSDT")])

    said = engine.push(Heartbeat("binance", MONDAY_MS + M15.ms))

    assert [candle.symbol for candle in closed(said, M15)] == ["BTCUSDT"]


def test_a_tick_later_than_its_heartbeat_is_counted_and_not_folded_in():
    engine = Engine(config())
    heard(engine, [tick(100, time_ms=MONDAY_MS), Heartbeat("test", MONDAY_MS + 2000)])

    assert engine.push(tick(999, time_ms=MONDAY_MS + 1999)) == []
    assert engine.late_inputs == 1
    said = engine.push(Heartbeat("test", MONDAY_MS + M15.ms))
    assert [candle.high for candle in closed(said, M15)] == [100]


def test_a_tick_at_the_very_moment_of_the_heartbeat_is_in_time():
    engine = Engine(config())
    heard(engine, [Heartbeat("test", MONDAY_MS), tick(100, time_ms=MONDAY_MS)])

    assert engine.late_inputs == 0


def test_a_candle_that_begins_before_the_stream_is_counted_and_not_folded_in():
    first, second = line("100/101/99/100", "100/102/98/101")
    engine = Engine(config())
    heard(engine, [CandleInput(second)])

    assert engine.push(CandleInput(first)) == []
    assert engine.push(CandleInput(second)) == []
    assert engine.late_inputs == 2


def test_a_symbol_nobody_configured_is_counted():
    engine = Engine(config())
    candle = line("100/101/99/100", symbol="SILVER")[0]

    assert heard(engine, [tick(symbol="SILVER"), CandleInput(candle), History(candle)]) == []
    assert engine.unknown_symbols == 3


def test_a_candle_without_a_spread_leaves_at_the_typical_one():
    engine = Engine(config(instrument(typical_spread=20)))

    engine.push(CandleInput(line("100/105/95/102")[0]))

    assert (engine.view("XAUUSD").bid, engine.view("XAUUSD").ask) == (102, 122)


def test_candles_of_trades_are_made_of_trades_and_quotes_only_move_time():
    engine = Engine(config(bitcoin(candle_price=CandlePrice.LAST)))
    quote = Tick("BTCUSDT", MONDAY_MS, 90, 110)
    trades = [Tick("BTCUSDT", MONDAY_MS + i, 90, 110, price, 2.0) for i, price in enumerate((100, 104, 97, 101))]

    said = heard(engine, [quote, *trades, Tick("BTCUSDT", MONDAY_MS + M15.ms, 95, 115)])

    assert [facts(candle) for candle in closed(said, M15)] == [(MONDAY_MS, 100, 104, 97, 101, 8.0)]


def test_the_unfinished_candle_is_for_drawing_and_is_not_among_the_closed():
    engine = Engine(config())
    heard(engine, [tick(100, time_ms=MONDAY_MS), tick(107, time_ms=MONDAY_MS + 1)])

    view = engine.view("XAUUSD")

    assert (view.unfinished.open, view.unfinished.close, view.unfinished.ticks) == (100, 107, 2)
    assert view.entry.candles == ()


def test_at_most_two_hundred_candles_are_kept():
    engine = Engine(config())
    heard(engine, [History(candle) for candle in line(*["100/101/99/100"] * 230)])

    candles = engine.view("XAUUSD").entry.candles

    assert len(candles) == 200
    assert candles[-1].close_ms == MONDAY_MS + 230 * M15.ms


def test_a_recorded_hour_goes_into_h1_and_h4_and_is_completed_by_live_quarters():
    """History of H1 up to 02:00, then live: the H4 from 22:00 to 02:00 comes from H1, the next from M15."""
    hours = line(
        "100/110/90/105",
        "105/120/100/115",
        "115/118/80/90",
        "90/95/85/94",
        timeframe=H1,
        start_ms=at("2024-01-07 22:00"),
    )
    quarters = line(*["94/99/93/98"] * 16, start_ms=at("2024-01-08 02:00"))

    said = heard(Engine(config()), [*map(History, hours), *map(CandleInput, quarters)])

    assert [facts(c)[:5] for c in closed(said, H4)] == [
        (at("2024-01-07 22:00"), 100, 120, 80, 94),
        (at("2024-01-08 02:00"), 94, 99, 93, 98),
    ]
    assert len(closed(said, H1)) == 8
    assert len(closed(said, M15)) == 16


def test_an_h4_half_told_by_history_is_finished_by_live_quarters():
    hours = line("100/110/90/105", "105/120/100/115", timeframe=H1, start_ms=at("2024-01-07 22:00"))
    quarters = line(*["115/117/95/116"] * 8, start_ms=at("2024-01-08 00:00"))

    said = heard(Engine(config()), [*map(History, hours), *map(CandleInput, quarters)])

    assert [facts(c)[:5] for c in closed(said, H4)] == [(at("2024-01-07 22:00"), 100, 120, 90, 116)]


def test_a_live_candle_of_a_higher_timeframe_is_refused():
    hour = line("100/110/90/105", timeframe=H1)[0]

    with pytest.raises(ValueError, match="give it as history"):
        Engine(config()).push(CandleInput(hour))


def test_a_recorded_candle_of_the_whole_interval_is_taken_as_it_is():
    """With its volume, its spread and its count of ticks."""
    (quarter,) = line("100/110/90/105", volume=3.0)
    quarter = msgspec.structs.replace(quarter, ticks=9, spread=7)

    assert closed(heard(Engine(config()), [CandleInput(quarter)]), M15) == [quarter]


@pytest.mark.parametrize("ticks", [0, 9])
def test_a_whole_recorded_candle_counts_at_least_one_tick(ticks):
    """A source that does not count says 0."""
    (quarter,) = line("100/110/90/105")

    (made,) = closed(heard(Engine(config()), [CandleInput(msgspec.structs.replace(quarter, ticks=ticks))]), M15)

    assert made == msgspec.structs.replace(quarter, ticks=ticks or 1)


def test_a_whole_candle_that_grows_is_no_longer_the_recorded_one():
    (quarter,) = line("100/110/90/105", volume=3.0)
    by_tick, by_candle = (CandleBuilder("XAUUSD", M15, "00:00 UTC") for _ in range(2))
    for builder in (by_tick, by_candle):
        builder.fold(quarter)
        assert builder.unfinished() == quarter

    by_tick.add(120, MONDAY_MS + MINUTE_MS, 2.0)
    by_candle.fold(line("105/106/80/100", volume=2.0, timeframe=M1, start_ms=MONDAY_MS + MINUTE_MS)[0])

    assert facts(by_tick.finish()) == (MONDAY_MS, 100, 120, 90, 120, 5.0)
    assert facts(by_candle.finish()) == (MONDAY_MS, 100, 110, 80, 100, 5.0)


def test_a_finished_whole_candle_leaves_nothing_behind():
    first, second = line("100/110/90/105", "105/106/104/105", volume=3.0)
    builder = CandleBuilder("XAUUSD", M15, "00:00 UTC")
    builder.fold(first)
    builder.finish()

    builder.add(200, second.open_ms, None)

    assert facts(builder.finish()) == (second.open_ms, 200, 200, 200, 200, None)


def test_a_recorded_part_of_an_interval_makes_the_whole_interval():
    """A minute alone is a candle of a quarter of an hour with one minute in it."""
    (minute,) = line("100/110/90/105", timeframe=M1, start_ms=MONDAY_MS + MINUTE_MS)
    builder = CandleBuilder("XAUUSD", M15, "00:00 UTC")

    builder.fold(minute)

    made = builder.finish()
    assert (made.timeframe, made.open_ms, made.close_ms) == (M15, MONDAY_MS, MONDAY_MS + M15.ms)


@pytest.mark.parametrize("timeframe", [M1, M15])
def test_a_recorded_spread_stays_when_only_a_price_is_added(timeframe):
    (recorded,) = line("100/110/90/105", timeframe=timeframe)
    builder = CandleBuilder("XAUUSD", M15, "00:00 UTC")
    builder.fold(msgspec.structs.replace(recorded, spread=7))

    builder.add(120, MONDAY_MS + MINUTE_MS, None)

    assert builder.finish().spread == 7


def test_an_empty_builder_has_no_candle_to_give():
    with pytest.raises(ValueError, match="no M15 candle of XAUUSD is open"):
        CandleBuilder("XAUUSD", M15, "00:00 UTC").finish()


@settings(max_examples=12)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_heartbeats_that_do_not_outrun_the_ticks_change_nothing(seed, beat_seed):
    ticks = walk_ticks(seed, 6000, mean_gap_ms=45_000, pace=12)
    with_beats = list(beaten(ticks, beat_seed))
    settings_ = config(timeframes=QUICK, gate=TALKATIVE, detectors=CRAMPED)

    plain = heard(Engine(settings_), ticks)
    beating = [e for e in heard(Engine(settings_), with_beats) if not isinstance(e, FeedStalled | FeedRecovered)]

    assert len(with_beats) > len(ticks)
    assert of_type(plain, SetupRejected, SignalIssued)
    assert beating == plain


def beaten(ticks: list[Tick], seed: int) -> Iterable[Tick | Heartbeat]:
    """The ticks with heartbeats between them, none later than the next tick."""
    chance = seed + 1
    for before, after in zip([ticks[0], *ticks], ticks, strict=False):
        for _ in range(chance % 3):
            chance = chance * 1_103_515_245 % 2**31 + 12345
            yield Heartbeat("test", before.time_ms + chance % (after.time_ms - before.time_ms + 1))
        chance = chance * 1_103_515_245 % 2**31 + 12345
        yield after


@settings(max_examples=8)
@given(st.integers(0, 100))
def test_symbols_do_not_touch_each_other(seed):
    chance = Random(seed)  # noqa: S311 - a market, not a secret
    gold_ticks = walk_ticks(seed, 6000, mean_gap_ms=45_000, pace=12)
    coin_ticks = walk_ticks(seed + 1, 6000, mean_gap_ms=45_000, pace=12, symbol="BTCUSDT")
    rules = {"timeframes": QUICK, "gate": TALKATIVE, "detectors": CRAMPED, "account": APART, "limits": BOUNDLESS}
    both = config(instrument(), bitcoin(), **rules)

    queues = [list(reversed(gold_ticks)), list(reversed(coin_ticks))]
    mixed = []
    while any(queues):
        mixed.append(chance.choice([q for q in queues if q]).pop())
    together = heard(Engine(both), mixed)

    alone = [event for event in heard(Engine(both), gold_ticks) if not isinstance(event, ACCOUNTS)]
    assert [e for e in together if symbol_of(e) == "XAUUSD"] == alone
    assert {symbol_of(e) for e in of_type(together, SetupRejected, SignalIssued)} == {"XAUUSD", "BTCUSDT"}


def symbol_of(event: object) -> str | None:
    """None for what is said of the account they share."""
    if isinstance(event, ACCOUNTS):
        return None
    for name in ("candle", "setup", "trade"):
        if hasattr(event, name):
            return getattr(event, name).symbol
    return event.symbol
