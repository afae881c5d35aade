"""Stop after any input, start from the snapshot, go on: events and ids are those of the unbroken run."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import EngineConfig, GapThreshold
from engine.engine import Engine, SnapshotMismatch
from engine.events import (
    Command,
    Event,
    Heartbeat,
    Input,
    Pause,
    PoolFormed,
    Resume,
    SetRisk,
    SetSetting,
    SetStrategy,
    SettingChanged,
    SetupRejected,
    SignalIssued,
    TargetHit,
    Tick,
    TradeClosed,
    TradeOpened,
)
from engine.types import PoolKind, Strategy
from feeds.simulated import simulated
from tests.builders import bitcoin, instrument, tick
from tests.engine.market_data import (
    EAGER,
    MONDAY_MS,
    QUICK,
    TALKATIVE,
    as_inputs,
    config,
    heard,
    walk,
    walk_ticks,
)
from tests.engine.variants import VARIANTS, eager

# Every detector remembers something: the variants remember more than the usual ones.
EVERY_MEMORY = msgspec.structs.replace(VARIANTS, gap_threshold=GapThreshold.AUTO)


def two_markets() -> EngineConfig:
    return eager(instrument(), bitcoin(), detectors=EVERY_MEMORY)


def everything_that_can_happen() -> list[Input]:
    """Two symbols' ticks by time, heartbeats, late ticks, a stall, and an admin's commands, strategies switched too."""
    gold = walk_ticks(4, 9_000, mean_gap_ms=30_000)
    coin = walk_ticks(8, 3_000, mean_gap_ms=90_000, symbol="BTCUSDT", start=6_000_000, pace=300)
    inputs: list[Input] = sorted([*gold, *coin], key=lambda item: item.time_ms)
    inputs.insert(3000, Command(1, SetRisk(Decimal("0.7"))))
    inputs.insert(4000, Command(1, Pause("BTCUSDT", inputs[4000].time_ms + 3_600_000)))
    inputs.insert(7000, Command(1, Pause()))
    inputs.insert(7500, Command(1, Resume()))
    inputs.insert(3500, Command(1, SetSetting("gate.cooldown_min", "30")))
    inputs.insert(6500, Command(1, SetSetting("strategies.range_fade.min_score", "35")))
    inputs.insert(8500, Command(1, SetSetting("gate.cooldown_min", None)))
    for n, k in enumerate(range(5200, 12_000, 400)):
        inputs.insert(k, Command(1, SetStrategy(list(Strategy)[n % 3], n % 2 == 1)))
    for k in range(500, 11_000, 500):
        if isinstance(inputs[k], Tick):
            inputs.insert(k, Heartbeat("test", inputs[k].time_ms))
    inputs.insert(5000, tick(time_ms=MONDAY_MS))  # late by hours
    return inputs


INPUTS = everything_that_can_happen()
UNBROKEN = [Engine(two_markets())]
STEPS = [UNBROKEN[0].push(item) for item in INPUTS]
SAID = [event for step in STEPS for event in step]


def restarted(engine: Engine) -> Engine:
    return Engine.restore(engine.config, engine.snapshot())


def test_the_run_used_here_has_signals_that_live_and_end():
    assert {type(event) for event in SAID} >= {SignalIssued, TargetHit, TradeClosed, SetupRejected, SettingChanged}
    assert {e.trade.signal.setup.strategy for e in SAID if isinstance(e, SignalIssued)} == set(Strategy)
    open_at_a_switch = [k for k, item in enumerate(INPUTS) if is_switch(item) and is_open_after(k)]
    assert open_at_a_switch


def test_the_run_used_here_has_equal_levels_and_leaves_sweeps_of_both_kinds_and_turned_zones_behind():
    entry = UNBROKEN[0].view("XAUUSD").entry

    assert PoolKind.EQUAL in {event.pool.kind for event in SAID if isinstance(event, PoolFormed)}
    assert entry.sweeps
    assert entry.round_sweeps
    assert [zone for zone in entry.zones if zone.broken_ms is not None]


def is_switch(item: Input) -> bool:
    return isinstance(item, Command) and isinstance(item.action, SetStrategy)


def is_open_after(k: int) -> bool:
    """Whether a trade is in the market once these many inputs were taken."""
    before = [event for step in STEPS[:k] for event in step]
    opened = {event.trade.id for event in before if isinstance(event, TradeOpened)}
    return bool(opened - {event.trade.id for event in before if isinstance(event, TradeClosed)})


@settings(max_examples=15)
@given(st.lists(st.integers(0, len(INPUTS)), min_size=1, max_size=3).map(sorted))
def test_restarts_after_any_inputs_change_nothing(stops):
    engine, said, at = Engine(two_markets()), [], 0
    for stop in stops:
        said += heard(engine, INPUTS[at:stop])
        engine, at = restarted(engine), stop
    said += heard(engine, INPUTS[at:])

    assert said == SAID
    assert engine.snapshot() == UNBROKEN[0].snapshot()


def moments_of(*kinds: type) -> list[int]:
    """The inputs just after which something of this kind was said."""
    return [k + 1 for k, step in enumerate(STEPS) if any(isinstance(event, kinds) for event in step)]


def test_a_restart_after_a_strategy_was_switched_changes_nothing():
    k = next(k for k, item in enumerate(INPUTS) if is_switch(item) and is_open_after(k)) + 1
    engine = Engine(two_markets())
    heard(engine, INPUTS[:k])

    again = restarted(engine)

    assert again.strategies_on == engine.strategies_on != set(Strategy)
    assert again.snapshot() == engine.snapshot()
    assert heard(again, INPUTS[k:]) == [event for step in STEPS[k:] for event in step]


@pytest.mark.parametrize("kind", [SignalIssued, TargetHit, TradeClosed])
def test_a_restart_in_the_middle_of_a_trade_changes_nothing(kind):
    k = moments_of(kind)[0]
    engine = Engine(two_markets())
    heard(engine, INPUTS[:k])

    again = restarted(engine)

    assert again.open_trades() == engine.open_trades()
    assert heard(again, INPUTS[k:]) == [event for step in STEPS[k:] for event in step]


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_a_restart_between_candles_changes_nothing(k):
    inputs = as_inputs(walk(2, 1000))
    whole = config(strategies=EAGER, gate=TALKATIVE)
    engine = Engine(whole)
    before = heard(engine, inputs[:k])

    assert before + heard(restarted(engine), inputs[k:]) == heard(Engine(whole), inputs)


def test_a_restart_in_the_simulated_market_changes_nothing():
    ticks = list(islice(simulated(instrument(), seed=5, start_ms=MONDAY_MS), 20_000))
    engine = Engine(config(timeframes=QUICK, strategies=EAGER, gate=TALKATIVE))
    unbroken = heard(engine, ticks)
    broken = Engine(engine.config)
    said: list[Event] = heard(broken, ticks[:13_337])

    said += heard(restarted(broken), ticks[13_337:])

    assert said == unbroken != []


def test_the_clock_counts_and_settings_survive():
    engine = Engine(two_markets())
    heard(engine, [*INPUTS[:4500], tick(symbol="SILVER")])

    again = restarted(engine)

    for name in (
        "time_ms",
        "late_inputs",
        "unknown_symbols",
        "risk_percent",
        "mode",
        "strategies_on",
        "settings",
        "in_force",
    ):
        assert getattr(again, name) == getattr(engine, name), name
    assert again.is_paused("BTCUSDT") is engine.is_paused("BTCUSDT")
    assert again.view("XAUUSD") == engine.view("XAUUSD")


def test_a_snapshot_of_another_configuration_is_refused():
    engine = Engine(two_markets())
    other = msgspec.structs.replace(engine.config, stall_after_s=301)

    with pytest.raises(SnapshotMismatch, match="another version or configuration"):
        Engine.restore(other, engine.snapshot())


def test_a_damaged_snapshot_is_refused():
    engine = Engine(two_markets())
    heard(engine, INPUTS[:2000])
    whole = engine.snapshot()
    at = whole.index(b"\xa5state") + len(b"\xa5state")  # where the state itself begins; no value begins with c1

    for damaged in (b"", b"{}", whole[:100], whole[:-1], whole[:at] + b"\xc1" + whole[at + 1 :]):
        with pytest.raises(SnapshotMismatch, match="not a snapshot"):
            Engine.restore(engine.config, damaged)


def test_a_snapshot_does_not_grow_with_history():
    """Windows, books and look-backs are bounded, so after they are full only numbers change."""
    engine, sizes = Engine(config(strategies=EAGER, gate=TALKATIVE)), []
    candles = as_inputs(walk(4, 9_000, pace=40))
    for start in range(0, len(candles), 3_000):
        heard(engine, candles[start : start + 3_000])
        sizes.append(len(engine.snapshot()))

    assert max(sizes) < 200_000
    assert sizes[2] < 1.15 * sizes[1]


def test_looking_leaves_no_trace_in_a_snapshot():
    """A zone is made anew when somebody looks at it, which the bytes must not tell."""
    seen, unseen = Engine(config(strategies=EAGER)), Engine(config(strategies=EAGER))
    candles = as_inputs(walk(4, 600, pace=40))
    heard(unseen, candles)
    for item in candles:
        seen.push(item)
        seen.view("XAUUSD")

    assert seen.snapshot() == unseen.snapshot()
