"""What an admin may change while the engine runs: within bounds, checked as a file's values are, and repeatable."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import ConfluenceConfig, EngineConfig, GateConfig
from engine.engine import Engine, SnapshotMismatch
from engine.events import (
    Command,
    CommandRefused,
    Event,
    FeedStalled,
    Heartbeat,
    SetSetting,
    SettingChanged,
    SetupRejected,
    SignalIssued,
)
from engine.hours import trading_day
from engine.settings import SETTINGS, read_value, text_of, value_of, with_settings
from tests.builders import instrument, tick
from tests.engine.market_data import CRAMPED, EAGER, MONDAY_MS, QUICK, TALKATIVE, config, heard, of_type, walk_ticks

NAMES = [setting.name for setting in SETTINGS]
TICKS = walk_ticks(seed=4, count=6_000, mean_gap_ms=20_000)


def wish(name: str, value: str | None) -> Command:
    return Command(7, SetSetting(name, value))


def changed(engine: Engine, name: str, value: str | None) -> SettingChanged:
    (event,) = engine.push(wish(name, value))
    assert isinstance(event, SettingChanged), event
    return event


def refused(engine: Engine, name: str, value: str | None) -> str:
    (event,) = engine.push(wish(name, value))
    assert isinstance(event, CommandRefused), event
    assert (event.actor, event.why) == (7, "bad_setting")
    return event.detail


def test_every_settings_default_lies_within_its_bounds_and_its_name_is_a_key_of_the_configuration():
    plain = config()
    for setting in SETTINGS:
        assert setting.low <= Decimal(value_of(plain, setting.name)) <= setting.high, setting.name
        assert setting.step > 0
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    assert {"gate.cooldown_min", "strategies.range_fade.min_score", "stall_after_s"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_whatever_is_within_the_bounds_is_taken_or_refused_by_a_rule_over_several_values(name, data):
    setting = SETTINGS[NAMES.index(name)]
    steps = data.draw(st.integers(0, int((setting.high - setting.low) / setting.step)))
    text = f"{setting.low + steps * setting.step:f}"
    plain = config()

    try:
        after = with_settings(plain, {name: text})
    except ValueError as error:
        after, refusal = plain, str(error)
    else:
        refusal = None
    if refusal is not None:
        assert "stop_atr" in refusal or "target_r" in refusal
        return
    assert value_of(after, name) == Decimal(text)
    assert type(value_of(after, name)) is type(value_of(plain, name))
    others = [each for each in NAMES if each != name]
    assert [value_of(after, each) for each in others] == [value_of(plain, each) for each in others]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("gate.cooldown_min", "1441", "cooldown_min must be 0 to 1440, not 1441"),
        ("gate.cooldown_min", "-1", "cooldown_min must be 0 to 1440, not -1"),
        ("gate.cooldown_min", "7.5", "cooldown_min must be a whole number, not 7.5"),
        ("gate.cooldown_min", "soon", "cooldown_min must be a number, not soon"),
        ("gate.cooldown_min", "NaN", "cooldown_min must be a number, not NaN"),
        ("gate.cooldown_min", "1e2", "cooldown_min must be a number, not 1e2"),
        ("gate.cooldown_min", "", "cooldown_min must be a number, not "),
        ("gate.max_spread_r", "100000000000", "max_spread_r must be a number, not 100000000000"),
        ("strategies.range_fade.min_score", "101", "range_fade must be 0 to 100, not 101"),
        ("confluence.min_stop_atr", "6", "0 < min_stop_atr < max_stop_atr, not 6 and 6.0"),
        ("confluence.first_target_r", "4.5", "max_target_r must be at least first_target_r 4.5, not 4.0"),
        ("detectors.swing_wing", "20", "detectors.swing_wing is no setting that can be changed while the bot runs"),
        ("account.balance", None, "account.balance is no setting that can be changed while the bot runs"),
        ("gate", "1", "gate is no setting that can be changed while the bot runs"),
    ],
)
def test_what_will_not_do_is_refused_with_the_reason_and_changes_nothing(name, value, why):
    engine = Engine(config())
    before = engine.snapshot()

    assert refused(engine, name, value) == why
    assert engine.snapshot() == before
    assert engine.in_force == engine.config


def test_a_change_tells_before_and_after_and_counts_from_then_on():
    engine = Engine(config())
    engine.push(tick(time_ms=MONDAY_MS))

    event = changed(engine, "gate.cooldown_min", "60")

    assert event == SettingChanged(MONDAY_MS, 7, "gate.cooldown_min", "45", "60")
    assert (engine.in_force.gate.cooldown_min, engine.config.gate.cooldown_min) == (60, 45)
    assert engine.settings == {"gate.cooldown_min": "60"}


@pytest.mark.parametrize("back", [None, "45", "45.0"])
def test_back_at_the_configurations_value_it_is_no_admins_any_more(back):
    engine = Engine(config())
    untouched = engine.snapshot()
    changed(engine, "gate.cooldown_min", "60")

    assert changed(engine, "gate.cooldown_min", back) == SettingChanged(0, 7, "gate.cooldown_min", "60", "45", True)
    assert (engine.settings, engine.in_force) == ({}, engine.config)
    assert engine.snapshot() == untouched


def test_values_that_only_do_together_are_changed_in_the_order_that_does_and_back_likewise():
    engine = Engine(config())
    changed(engine, "confluence.max_stop_atr", "9")
    changed(engine, "confluence.min_stop_atr", "8")

    assert refused(engine, "confluence.max_stop_atr", None) == "0 < min_stop_atr < max_stop_atr, not 8 and 6.0"
    changed(engine, "confluence.min_stop_atr", None)
    changed(engine, "confluence.max_stop_atr", None)
    assert engine.in_force == engine.config


def test_a_raised_least_score_refuses_what_would_have_been_a_signal():
    def said(*wishes: Command) -> list[Event]:
        engine = Engine(config(timeframes=QUICK, detectors=CRAMPED, strategies=EAGER, gate=TALKATIVE))
        return heard(engine, [*wishes, *TICKS])

    usual = of_type(said(), SignalIssued)
    strict = said(*(wish(name, "100") for name in NAMES if name.endswith("min_score")))

    assert usual
    assert not of_type(strict, SignalIssued)
    assert all("score" in event.refusals for event in of_type(strict, SetupRejected))
    ids = {event.setup.known_ms for event in of_type(strict, SetupRejected)}
    assert usual[0].signal.setup.known_ms in ids


def test_a_gates_limit_counts_for_the_next_setup():
    def days(*wishes: Command) -> Counter[int]:
        engine = Engine(config(timeframes=QUICK, detectors=CRAMPED, strategies=EAGER, gate=TALKATIVE))
        issued = of_type(heard(engine, [*wishes, *TICKS]), SignalIssued)
        return Counter(trading_day(event.time_ms - 1, instrument().day_start)[0] for event in issued)

    assert max(days().values()) > 1
    assert set(days(wish("gate.max_signals_a_day", "1")).values()) == {1}


def test_a_shorter_patience_calls_a_feed_stalled_sooner():
    def stalled(*wishes: Command) -> list[Event]:
        engine = Engine(config())
        quiet = [tick(time_ms=MONDAY_MS), *wishes, Heartbeat("test", MONDAY_MS + 60_000)]
        return of_type(heard(engine, quiet), FeedStalled)

    assert stalled() == []
    assert len(stalled(wish("stall_after_s", "30"))) == 1


def test_a_signal_expires_as_was_set_when_it_was_issued():
    engine = Engine(config(timeframes=QUICK, detectors=CRAMPED, strategies=EAGER, gate=TALKATIVE))
    changed(engine, "trades.entry_expiry_min", "90")

    first = next(iter(of_type(heard(engine, TICKS), SignalIssued))).signal

    assert first.expires_ms - first.issued_ms == 90 * 60_000


def test_changes_survive_a_restart_and_a_snapshot_is_that_of_the_configuration():
    engine = Engine(config())
    changed(engine, "gate.cooldown_min", "60")
    changed(engine, "gate.max_spread_r", "0.2")

    again = Engine.restore(config(), engine.snapshot())

    assert again.in_force == engine.in_force != again.config
    assert again.settings == engine.settings == {"gate.cooldown_min": "60", "gate.max_spread_r": "0.2"}
    with pytest.raises(SnapshotMismatch):
        Engine.restore(engine.in_force, engine.snapshot())


def test_the_same_changes_at_the_same_inputs_say_the_same():
    def said() -> list[Event]:
        engine = Engine(config(timeframes=QUICK, detectors=CRAMPED, strategies=EAGER, gate=TALKATIVE))
        inputs = list(TICKS)
        for k, (name, value) in enumerate([(NAMES[6], "40"), ("gate.cooldown_min", "30"), (NAMES[6], None)]):
            inputs.insert(1000 * (k + 1), wish(name, value))
        return heard(engine, inputs)

    assert said() == said()
    assert len(of_type(said(), SettingChanged)) == 3


def test_a_value_is_told_as_it_is_written():
    plain = EngineConfig(
        (instrument(),),
        gate=GateConfig(max_spread_r=Decimal("0.10"), min_risk_reward=Decimal(2)),
        confluence=ConfluenceConfig(max_stop_atr=Decimal("1E+1")),
    )

    names = ("gate.max_spread_r", "gate.min_risk_reward", "confluence.max_stop_atr", "gate.cooldown_min")
    assert [text_of(plain, name) for name in names] == ["0.1", "2", "10", "45"]
    for name in NAMES:
        assert read_value(plain, name, text_of(plain, name)) == value_of(plain, name)


def test_a_snapshot_whose_settings_will_not_do_is_refused():
    engine = Engine(config())
    changed(engine, "gate.cooldown_min", "60")
    spoiled = msgspec.msgpack.decode(engine.snapshot())
    spoiled["state"]["settings"]["gate.cooldown_min"] = "9999"

    with pytest.raises(SnapshotMismatch, match="cooldown_min must be 0 to 1440"):
        Engine.restore(config(), msgspec.msgpack.encode(spoiled))
