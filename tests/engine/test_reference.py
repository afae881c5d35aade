"""The engine's detectors agree with the definitions read off literally over the whole history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.chart import Chart
from engine.config import BlockCandle, BlockOrigin, BreakBy, DetectorsConfig, GapThreshold, TimeframesConfig
from engine.engine import Engine
from engine.events import (
    CandleClosed,
    CandleInput,
    Event,
    InducementEnded,
    InducementFormed,
    LevelTouched,
    LiquiditySwept,
    PoolEnded,
    PoolFormed,
    RegimeChanged,
    StructureBroken,
    SwingConfirmed,
    TimeframeReady,
    ZoneChanged,
    ZoneEvicted,
    ZoneFormed,
    ZoneTouched,
)
from engine.types import (
    BreakKind,
    Candle,
    ChartView,
    Direction,
    InducementStatus,
    Instrument,
    PoolEnd,
    PoolKind,
    Readings,
    Regime,
    Scale,
    SwingLabel,
    Timeframe,
    Zone,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import instrument
from tests.engine import reference
from tests.engine.market_data import CRAMPED, EURO, candle_lists, config, heard, recorded_euro, recorded_gold, walk

GOLD = instrument()
LENGTH = 3000  # candles of a walk or recording
SAID_APART = {"zones", "pools", "atr", "readings", "breaks", "sweeps", "round_sweeps", "swings"}  # the last are events
ABOUT_CANDLES = (CandleClosed, TimeframeReady)

# What the detectors may be asked to do otherwise than by default.
VARIANTS = {
    "defaults": {},
    "breaks by wick": {"break_by": BreakBy.WICK, "blocks_break_by": BreakBy.WICK},
    "parsed blocks": {"block_candle": BlockCandle.PARSED},
    "joined gaps": {"join_gaps": True},
    "distances of exactly so many averages": {"atr_period": 1, "long_atr_period": 1, "volume_period": 1},
    "joined gaps above a threshold": {"join_gaps": True, "gap_threshold": GapThreshold.AUTO},
    "blocks of structure": {"blocks": (BlockOrigin.STRUCTURE,), "block_candle": BlockCandle.PARSED},
    "blocks of displacement": {"blocks": (BlockOrigin.DISPLACEMENT,), "blocks_break_by": BreakBy.WICK},
}


def varied(detectors: DetectorsConfig, variant: str) -> DetectorsConfig:
    return msgspec.structs.replace(detectors, **VARIANTS[variant])


class Both:
    """A chart and the reference over the same candles."""

    def __init__(
        self, candles: list[Candle], detectors: DetectorsConfig, of: Instrument = GOLD, window: int = 200
    ) -> None:
        timeframe = candles[0].timeframe if candles else Timeframe.M15
        timeframes = TimeframesConfig(window=window, ready_after=20)
        rules = reference.Rules(detectors, of.round_step, of.day_start, window, is_entry=timeframe is timeframes.entry)
        self.candles = candles
        self.chart = Chart.new(of, timeframe, config(of, detectors=detectors, timeframes=timeframes))
        self.past = reference.Past(candles, rules)

    def candle_by_candle(self) -> Iterator[int]:
        """What the engine has said by the end of each candle is what the definitions, read off the whole history, say
        is known by then. Stops after each for a closer look.
        """
        expected: dict[int, list[Event]] = defaultdict(list)
        for event in reference.events_of(self.past):
            expected[event.time_ms].append(event)
        for k, candle in enumerate(self.candles):
            said: list[Event] = []
            self.chart.on_candle(candle, said, is_history=False)
            assert_same([e for e in said if not isinstance(e, ABOUT_CANDLES)], expected.pop(candle.close_ms, []))
            yield k
        assert not expected

    def assert_same_to_the_end(self) -> None:
        """At every candle what was said, and at the last what is known."""
        for _ in self.candle_by_candle():
            pass
        if self.candles:
            self.assert_same_view()

    def assert_same_view(self) -> None:
        found = self.chart.view()
        expected = reference.chart_view(self.past, len(self.candles) - 1, is_ready=found.is_ready)
        for name in set(ChartView.__struct_fields__) - SAID_APART:
            assert getattr(found, name) == getattr(expected, name), name
        assert {_without_strength(zone) for zone in found.zones} == {_without_strength(z) for z in expected.zones}
        assert Counter(found.pools) == Counter(expected.pools)
        assert found.atr == (expected.atr and pytest.approx(expected.atr, rel=1e-9))
        assert_same_readings(found.readings, expected.readings)

    def assert_same_indicators(self, k: int) -> None:
        assert_same_readings(self.chart.view().readings, reference.readings(self.past, k))


def assert_same_readings(found: Readings, expected: Readings) -> None:
    for name in Readings.__struct_fields__:
        reading = getattr(expected, name)
        assert getattr(found, name) == (pytest.approx(reading, rel=1e-9) if type(reading) is float else reading), name


def assert_same(found: list[Event], expected: list[Event]) -> None:
    """Equal as collections. A strength made of floats may differ by one point where two ways to round meet."""
    if Counter(found) == Counter(expected):
        return
    found_counts, expected_counts = (Counter(map(_without_strength, side)) for side in (found, expected))
    assert found_counts - expected_counts == Counter()
    assert expected_counts - found_counts == Counter()
    strengths = {_without_strength(event): _strength(event) for event in found}
    for event in expected:
        assert abs(strengths[_without_strength(event)] - _strength(event)) <= 1


def _strength(said: Event | Zone) -> int:
    """The strength made of floats; that of a block is a sum of whole points."""
    match said:
        case ZoneFormed(zone=zone):
            return _strength(zone)
        case LiquiditySwept(sweep=sweep):
            return sweep.strength
        case Zone(kind=ZoneKind.GAP | ZoneKind.BASE, strength=strength) | ZoneTouched(strength=strength):
            return strength
    return 0


def _without_strength(said: Event | Zone) -> Event | Zone:
    match said:
        case ZoneFormed(zone=zone):
            return msgspec.structs.replace(said, zone=_without_strength(zone))
        case LiquiditySwept(sweep=sweep):
            return msgspec.structs.replace(said, sweep=msgspec.structs.replace(sweep, strength=0))
        case Zone(kind=ZoneKind.GAP | ZoneKind.BASE) | ZoneTouched():
            return msgspec.structs.replace(said, strength=0)
    return said


LISTS = st.sampled_from([Timeframe.M15, Timeframe.H1]).flatmap(lambda timeframe: candle_lists(timeframe=timeframe))


@settings(max_examples=200)
@given(LISTS, st.sampled_from(list(VARIANTS)))
def test_on_any_candles_every_finding_is_the_one_the_definition_gives(candles, variant):
    Both(candles, varied(CRAMPED, variant), window=20).assert_same_to_the_end()


@settings(max_examples=60)
@given(candle_lists(min_size=1))
def test_on_any_candles_every_indicator_is_the_one_the_definition_gives(candles):
    both = Both(candles, CRAMPED)

    for k in both.candle_by_candle():
        both.assert_same_indicators(k)


def random_walk(variant: str) -> Both:
    return Both(walk(list(VARIANTS).index(variant), LENGTH), varied(CRAMPED, variant), window=60)


@pytest.mark.parametrize("variant", VARIANTS)
def test_on_a_random_walk_every_finding_is_the_one_the_definition_gives(variant):
    random_walk(variant).assert_same_to_the_end()


def test_the_random_walks_show_everything_there_is_to_see():
    """Where a thing never happens both sides would agree on it."""
    seen = {sight for name in ("defaults", "joined gaps") for e in _told(name) for sight in _sights(e)}

    assert seen >= {
        *((SwingConfirmed, scale, label) for scale in Scale for label in (None, *SwingLabel)),
        *((StructureBroken, scale, kind, strong) for scale in Scale for kind in BreakKind for strong in (False, True)),
        *((ZoneFormed, kind, direction) for kind in ZoneKind for direction in Direction),
        *((ZoneFormed, word) for word in ("volume", "rejection", "round", "gap", "sweep", "displacement")),
        *((ZoneChanged, status) for status in ZoneStatus if status),
        *((ZoneTouched, touches) for touches in (2, 3)),
        *((ZoneEvicted, is_joined) for is_joined in (False, True)),
        *((PoolFormed, kind) for kind in PoolKind if kind not in {PoolKind.SWING, PoolKind.ROUND}),
        *((LiquiditySwept, kind, side) for kind in PoolKind if kind is not PoolKind.MONTH for side in Direction),
        *((PoolEnded, why) for why in PoolEnd),
        *((InducementFormed, direction) for direction in Direction),
        *((InducementEnded, how) for how in (InducementStatus.TAKEN, InducementStatus.CANCELLED)),
        *((LevelTouched, touches) for touches in (2, 3)),
        *((RegimeChanged, regime) for regime in Regime),
    }


def _told(variant: str) -> list[Event]:
    return reference.events_of(random_walk(variant).past)


def _sights(event: Event) -> list[tuple]:
    """What an event shows, without when and where."""
    match event:
        case SwingConfirmed(swing=swing):
            details = [(swing.scale, swing.label)]
        case StructureBroken(broken=broken):
            details = [(broken.scale, broken.kind, broken.is_displaced)]
        case ZoneFormed(zone=zone):
            details = [(zone.kind, zone.direction), *((word,) for word in zone.evidence)]
        case ZoneChanged(status=detail) | ZoneTouched(touches=detail) | PoolEnded(why=detail):
            details = [(detail,)]
        case ZoneEvicted(joined=joined):
            details = [(joined is not None,)]
        case PoolFormed(pool=pool):
            details = [(pool.kind,)]
        case LiquiditySwept(sweep=sweep):
            details = [(sweep.pool.kind, sweep.direction)]
        case InducementFormed(inducement=inducement):
            details = [(inducement.direction,)]
        case InducementEnded(inducement=inducement):
            details = [(inducement.status,)]
        case LevelTouched(level=level):
            details = [(level.touches,)]
        case RegimeChanged(after=after):
            details = [(after,)]
    return [(type(event), *detail) for detail in details]


@pytest.mark.parametrize("variant", VARIANTS)
def test_after_every_candle_of_recorded_gold_that_much_is_said_of_what_the_whole_history_tells(variant):
    Both(recorded_gold(LENGTH), varied(DetectorsConfig(), variant)).assert_same_to_the_end()


@pytest.mark.parametrize("variant", ["defaults", "breaks by wick", "joined gaps above a threshold"])
def test_after_every_candle_of_recorded_euro_that_much_is_said_of_what_the_whole_history_tells(variant):
    Both(recorded_euro(LENGTH), varied(DetectorsConfig(), variant), EURO).assert_same_to_the_end()


@pytest.mark.parametrize(
    "market", [lambda: walk(7, LENGTH, pace=20), lambda: recorded_gold(LENGTH)], ids=["walk", "gold"]
)
def test_on_long_runs_every_indicator_is_the_one_the_definition_gives(market):
    both = Both(market(), DetectorsConfig())

    for k in both.candle_by_candle():
        if k % 100 == 99:
            both.assert_same_indicators(k)


@pytest.mark.parametrize("timeframe", [Timeframe.H1, Timeframe.H4])
def test_the_higher_timeframes_find_in_their_closed_candles_what_the_definition_gives(timeframe):
    said = heard(Engine(config()), map(CandleInput, walk(5, 3000)))
    closed = [e.candle for e in said if isinstance(e, CandleClosed) and e.candle.timeframe is timeframe]
    mine = [e for e in said if getattr(e, "timeframe", None) is timeframe and not isinstance(e, ABOUT_CANDLES)]

    assert len(closed) > 150
    assert_same(mine, reference.events(closed, reference.Rules(DetectorsConfig(), is_entry=False)))
