"""The engine's one door: commands, stalls, limits, ids, and trades of an earlier life."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from engine.config import EngineConfig, GateConfig, StrategiesConfig
from engine.confluence import evidence_names, proposals
from engine.counter_evidence import evidence_against
from engine.engine import Engine
from engine.events import (
    CloseTrade,
    Command,
    CommandRefused,
    Event,
    FeedRecovered,
    FeedStalled,
    Heartbeat,
    Pause,
    Resume,
    SetMode,
    SetRisk,
    SetStrategy,
    SettingChanged,
    SetupRejected,
    SignalIssued,
    TradeClosed,
    TradeOpened,
)
from engine.evidence import case_of, evidence_for
from engine.triggers import moment_of
from engine.types import DAY_MS, CloseReason, Direction, Mode, ReasonCode, Setup, Strategy, Timeframe, Trade
from tests.builders import at, bitcoin, closed, ended, instrument, opened, signal, tick
from tests.engine.market_data import (
    CRAMPED,
    EAGER,
    MONDAY_MS,
    QUICK,
    TALKATIVE,
    as_inputs,
    config,
    heard,
    of_type,
    walk,
    walk_ticks,
)

MINUTE_MS = 60_000
TICKS = walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000)


def quick(**gate: object) -> EngineConfig:
    rules = GateConfig(**({name: getattr(TALKATIVE, name) for name in TALKATIVE.__struct_fields__} | gate))
    return config(timeframes=QUICK, detectors=CRAMPED, strategies=EAGER, gate=rules)


def issued(events: list[Event]) -> list[SignalIssued]:
    return of_type(events, SignalIssued)


def order(action: object) -> Command:
    return Command(7, action)


SAID = heard(Engine(quick()), TICKS)


def test_the_walk_used_here_gives_signals():
    assert len(issued(SAID)) >= 5


def test_a_signals_id_is_its_instruments_name_its_date_and_its_count():
    days = [f"{datetime.fromtimestamp(e.time_ms / 1000, UTC):%Y%m%d}" for e in issued(SAID)]

    assert [e.signal.id for e in issued(SAID)] == [
        f"XAU_{day}_{days[: i + 1].count(day):03}" for i, day in enumerate(days)
    ]


def test_a_signal_opens_on_the_first_price_after_it():
    first = issued(SAID)[0]
    begun = next(e for e in SAID if isinstance(e, TradeOpened | TradeClosed) and e.trade.id == first.signal.id)

    assert begun.time_ms >= first.time_ms
    assert begun.time_ms == next(t.time_ms for t in TICKS if t.time_ms >= first.time_ms)


def test_a_decision_uses_the_last_quote_before_the_close_whatever_revealed_it():
    """The first price after the close is far away: the setup does not know it yet, and the signal is cancelled."""
    first = issued(SAID)[0]
    before = [t for t in TICKS if t.time_ms < first.time_ms]
    engine = Engine(quick())
    heard(engine, before)

    said = engine.push(tick(before[-1].bid + 5000, before[-1].ask + 5000, first.time_ms + 1000))

    (signal_issued,) = issued(said)
    assert signal_issued.signal.setup == first.signal.setup
    assert signal_issued.signal.setup.entry in (before[-1].bid, before[-1].ask)
    assert [e.trade.reason for e in of_type(said, TradeClosed)] == [CloseReason.CANCELLED]


@pytest.mark.parametrize("symbol", [None, "XAUUSD"])
def test_while_paused_setups_are_refused_and_open_trades_go_on(symbol):
    first = issued(SAID)[0]
    until = next(i for i, t in enumerate(TICKS) if t.time_ms >= first.time_ms) + 1

    engine = Engine(quick())
    heard(engine, TICKS[:until])
    engine.push(order(Pause(symbol)))
    rest = heard(engine, TICKS[until:])

    assert issued(rest) == []
    assert any("paused" in e.refusals for e in of_type(rest, SetupRejected))
    assert [e.trade.id for e in of_type(rest, TradeClosed)] == [first.signal.id]


def test_after_resuming_signals_go_out_again():
    engine = Engine(quick())

    said = heard(engine, [order(Pause()), *TICKS[:100], order(Resume()), *TICKS[100:]])

    assert [e for e in said if not isinstance(e, SettingChanged)] == SAID


def test_a_pause_of_one_symbol_leaves_the_others_alone():
    engine = Engine(config(instrument(), bitcoin()))

    engine.push(order(Pause("BTCUSDT")))

    assert (engine.is_paused("BTCUSDT"), engine.is_paused("XAUUSD")) == (True, False)


def test_a_pause_with_an_end_is_decided_by_the_setups_moment_not_by_what_revealed_it():
    """Paused until a minute after a close that proposes. The tick that reveals the close comes later than that."""
    first = issued(SAID)[0]
    before = [t for t in TICKS if t.time_ms < first.time_ms]
    late = tick(before[-1].bid, before[-1].ask, first.time_ms + 5 * MINUTE_MS)

    engine = Engine(quick())
    heard(engine, [order(Pause(None, first.time_ms + MINUTE_MS)), *before])
    said = engine.push(late)

    assert {e.refusals for e in of_type(said, SetupRejected)} == {("paused",)}
    assert not engine.is_paused("XAUUSD")


def test_a_pause_that_ran_out_is_not_reported_any_more():
    engine = Engine(config())
    heard(engine, [order(Pause(None, MONDAY_MS)), tick(time_ms=MONDAY_MS)])

    (changed,) = engine.push(order(Pause("XAUUSD")))

    assert (changed.before, changed.after) == ("running", "XAUUSD")


def test_commands_take_the_streams_time():
    engine = Engine(config())
    engine.push(Heartbeat("test", MONDAY_MS))

    assert engine.push(order(SetRisk(Decimal("0.5")))) == [SettingChanged(MONDAY_MS, 7, "risk", "1.0", "0.5")]
    assert engine.push(order(SetMode(Mode.SIGNAL))) == [SettingChanged(MONDAY_MS, 7, "mode", "paper", "signal")]
    assert (engine.risk_percent, engine.mode) == (Decimal("0.5"), Mode.SIGNAL)


def test_risk_and_mode_take_effect_from_the_next_signal_on():
    said = heard(Engine(quick()), [order(SetRisk(Decimal("0.5"))), order(SetMode(Mode.SIGNAL)), *TICKS])
    half, whole = issued(said)[0].signal, issued(SAID)[0].signal

    assert half.setup == whole.setup
    assert half.mode is Mode.SIGNAL
    one_pair = 2 * half.risk_money / half.lot_steps
    assert 50 - one_pair < half.risk_money <= 50
    assert half.risk_percent == half.risk_money / 100


def test_a_strategy_is_switched_and_the_answer_names_those_that_are_on():
    engine = Engine(config())
    engine.push(Heartbeat("test", MONDAY_MS))
    said = [
        engine.push(order(SetStrategy(strategy, is_on)))
        for strategy, is_on in (
            (Strategy.SWEEP_REVERSAL, False),
            (Strategy.SWEEP_REVERSAL, False),  # already off: the wish is still answered
            (Strategy.TREND_CONTINUATION, False),
            (Strategy.RANGE_FADE, False),
            (Strategy.RANGE_FADE, True),
            (Strategy.TREND_CONTINUATION, True),
        )
    ]

    all_three, but_one = "trend_continuation, sweep_reversal, range_fade", "trend_continuation, range_fade"
    assert [event for events in said for event in events] == [
        SettingChanged(MONDAY_MS, 7, "strategies", before, after)
        for before, after in (
            (all_three, but_one),
            (but_one, but_one),
            (but_one, "range_fade"),
            ("range_fade", "none"),
            ("none", "range_fade"),
            ("range_fade", but_one),  # always in the order of preference, however they were switched
        )
    ]
    assert engine.strategies_on == {Strategy.TREND_CONTINUATION, Strategy.RANGE_FADE}


def test_at_the_first_start_the_configuration_says_which_strategies_are_on():
    off = msgspec.structs.replace(StrategiesConfig().range_fade, is_on=False)

    engine = Engine(config(strategies=StrategiesConfig(range_fade=off)))

    assert engine.strategies_on == {Strategy.TREND_CONTINUATION, Strategy.SWEEP_REVERSAL}


def proposals_in(said: list[Event]) -> list[Setup]:
    """All that was proposed, whether it went out or not, in order."""
    return [
        event.signal.setup if isinstance(event, SignalIssued) else event.setup
        for event in of_type(said, SignalIssued, SetupRejected)
    ]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_strategy_that_is_switched_off_proposes_nothing(strategy):
    said = heard(Engine(quick()), [order(SetStrategy(strategy, False)), *TICKS])

    assert {setup.strategy for setup in proposals_in(SAID)} == set(Strategy)
    assert {setup.strategy for setup in proposals_in(said)} == set(Strategy) - {strategy}


def test_trades_of_a_strategy_that_is_switched_off_go_on():
    first = issued(SAID)[0]
    until = next(i for i, t in enumerate(TICKS) if t.time_ms >= first.time_ms) + 1
    engine = Engine(quick())
    heard(engine, TICKS[:until])

    (trade,) = engine.open_trades()
    rest = heard(engine, [*(order(SetStrategy(strategy, False)) for strategy in Strategy), *TICKS[until:]])

    assert proposals_in(rest) == []
    (end,) = of_type(rest, TradeClosed)
    assert end == next(e for e in of_type(SAID, TradeClosed) if e.trade.id == trade.id)


def test_a_strategy_that_is_switched_on_again_proposes_again():
    off, on = (order(SetStrategy(Strategy.TREND_CONTINUATION, is_on)) for is_on in (False, True))

    said = heard(Engine(quick()), [off, *TICKS[:100], on, *TICKS[100:]])

    assert [e for e in said if not isinstance(e, SettingChanged)] == SAID


def above_least(setup: Setup, of: EngineConfig) -> int:
    return setup.score - of.strategies.of(setup.strategy).min_score


STEEP = StrategiesConfig(
    **{
        strategy.value: msgspec.structs.replace(EAGER.of(strategy), min_score=score)
        for strategy, score in zip(Strategy, (70, 45, 40), strict=True)
    }
)


@pytest.mark.parametrize("strategies", [EAGER, STEEP], ids=["equal least scores", "different least scores"])
def test_of_several_setups_at_one_close_the_one_furthest_above_its_own_least_score_is_judged_first(strategies):
    settings = msgspec.structs.replace(quick(), strategies=strategies)
    closes: dict[int, list[Setup]] = {}
    for setup in proposals_in(heard(Engine(settings), TICKS)):
        closes.setdefault(setup.known_ms, []).append(setup)
    several = [setups for setups in closes.values() if len(setups) > 1]

    assert several
    for setups in several:
        order_of = list(Strategy)
        ranks = [(-above_least(setup, settings), order_of.index(setup.strategy)) for setup in setups]
        assert ranks == sorted(ranks)  # of equals the first in the order of preference
    assert any(setups[0].strategy is not min(setups, key=lambda s: order_of.index(s.strategy)) for setups in several)


def test_of_two_setups_one_way_at_one_close_the_first_goes_out_and_the_second_meets_its_trade():
    outcomes: dict[int, list[Event]] = {}
    for event in of_type(SAID, SignalIssued, SetupRejected):
        outcomes.setdefault(event.time_ms, []).append(event)
    pairs = [events for events in outcomes.values() if len(events) > 1 and isinstance(events[0], SignalIssued)]

    assert pairs
    for _, second in pairs:
        assert isinstance(second, SetupRejected)
        assert "open_trade" in second.refusals


def test_no_two_trades_of_a_symbol_are_open_opposite_ways_and_a_refusal_names_the_one_in_the_way():
    alive: dict[str, Direction] = {}
    refused: Counter[str] = Counter()
    for event in of_type(SAID, SignalIssued, SetupRejected, TradeClosed):
        if isinstance(event, TradeClosed):
            del alive[event.trade.id]
            continue
        setup = event.trade.signal.setup if isinstance(event, SignalIssued) else event.setup
        refusals = event.refusals if isinstance(event, SetupRejected) else ()
        assert ("open_trade" in refusals) == (setup.direction in alive.values()), event
        assert ("opposite_trade" in refusals) == (setup.direction.opposite in alive.values()), event
        refused.update(refusals)
        if isinstance(event, SignalIssued):
            alive[event.trade.id] = setup.direction

    assert refused.keys() >= {"open_trade", "opposite_trade"}


def test_each_setup_is_held_to_its_own_strategys_least_score():
    strict = StrategiesConfig(
        **{
            strategy.value: msgspec.structs.replace(EAGER.of(strategy), min_score=score)
            for strategy, score in zip(Strategy, (98, 99, 100), strict=True)
        }
    )
    said = heard(Engine(msgspec.structs.replace(quick(), strategies=strict)), TICKS)

    limits = {(e.setup.strategy, e.limits[e.refusals.index("score")][1]) for e in of_type(said, SetupRejected)}
    assert limits == set(zip(Strategy, ("98", "99", "100"), strict=True))
    assert issued(said) == []


def test_every_setup_that_a_close_makes_is_judged_and_no_other():
    """Asked of the view at every close, also of those the engine does not look at closely."""
    settings = quick()
    engine = Engine(settings)
    counted = 0
    for item in as_inputs(walk(2, 1500, timeframe=Timeframe.M5)):
        before = engine.view("XAUUSD").proposed
        said = engine.push(item)
        seen = msgspec.structs.replace(engine.view("XAUUSD"), proposed=before)
        made = [each for each in proposals(seen, settings, engine.strategies_on).values() if isinstance(each, Setup)]
        assert sorted(proposals_in(said), key=_strategy) == sorted(made, key=_strategy)
        counted += len(made)

    assert counted > 20


def _strategy(setup: Setup) -> str:
    return setup.strategy


def test_the_same_idea_comes_again_only_when_something_has_changed():
    """Whether it went out or was refused: what was said of it is remembered either way."""
    last: dict[tuple[str, str], Setup] = {}
    again = 0
    for setup in proposals_in(SAID):
        before = last.get((setup.strategy, setup.direction))
        if before is not None and before.proof == setup.proof:
            assert evidence_names(before.reasons) != evidence_names(setup.reasons)
            assert setup.again_of_ms == before.known_ms
            assert setup.changed
            again += 1
        else:
            assert (setup.again_of_ms, setup.changed) == (None, ())
        last[setup.strategy, setup.direction] = setup

    assert again


@pytest.mark.parametrize("percent", ["0.09", "2.01", "0", "-1", "NaN", "sNaN", "Infinity"])
def test_a_risk_out_of_bounds_is_refused(percent):
    engine = Engine(config())

    assert engine.push(order(SetRisk(Decimal(percent)))) == [CommandRefused(0, 7, "out_of_bounds")]
    assert engine.risk_percent == 1


@pytest.mark.parametrize("action", [Pause("SILVER"), Resume("SILVER")])
def test_a_symbol_nobody_trades_cannot_be_paused(action):
    assert Engine(config()).push(order(action)) == [CommandRefused(0, 7, "unknown_symbol")]


def test_an_unknown_trade_cannot_be_closed():
    assert Engine(config()).push(order(CloseTrade("XAU_20240108_001"))) == [CommandRefused(0, 7, "no_such_trade")]


def test_what_is_no_input_is_refused():
    with pytest.raises(TypeError, match="not an input"):
        Engine(config()).push("tick")


def test_a_silent_feed_is_called_stalled_once_and_then_recovered():
    engine = Engine(config())
    engine.push(tick(100, time_ms=MONDAY_MS))

    assert engine.push(Heartbeat("test", MONDAY_MS + 300_000)) == []
    assert engine.push(Heartbeat("test", MONDAY_MS + 300_001)) == [
        FeedStalled(MONDAY_MS + 300_001, "XAUUSD", MONDAY_MS, 100)
    ]
    assert engine.push(Heartbeat("test", MONDAY_MS + 310_000)) == []
    assert engine.push(tick(101, time_ms=MONDAY_MS + 320_000)) == [
        FeedRecovered(MONDAY_MS + 320_000, "XAUUSD", 320_000)
    ]


def test_a_closed_market_is_silent_by_right():
    """Last price on Friday at 21:59; gold opens again on Sunday at 23:00."""
    engine = Engine(config())
    engine.push(tick(100, time_ms=at("2024-01-05 21:59")))
    beats = [at("2024-01-05 22:04"), at("2024-01-06 12:00"), at("2024-01-07 23:04:59")]

    assert not of_type(heard(engine, [Heartbeat("test", beat) for beat in beats]), FeedStalled)
    assert of_type(engine.push(Heartbeat("test", at("2024-01-07 23:05"))), FeedStalled)


def test_the_daily_limit_holds_for_the_trading_day():
    one_a_day = heard(Engine(quick(max_signals_a_day_per_symbol=1)), TICKS)

    days = [(event.time_ms - at("2024-01-07 22:00") - 1) // 86_400_000 for event in issued(one_a_day)]
    assert len(days) == len(set(days)) > 0
    assert any("day_limit_symbol" in e.refusals for e in of_type(one_a_day, SetupRejected))


def test_after_a_stop_the_same_direction_cools_down():
    said = heard(Engine(quick(cooldown_min=600)), TICKS)
    stop = next(e for e in of_type(said, TradeClosed) if e.trade.reason is CloseReason.STOP)
    later = [e for e in said if e.time_ms >= stop.time_ms and isinstance(e, SetupRejected | SignalIssued)]
    same_way = [
        e
        for e in later
        if isinstance(e, SetupRejected)
        and e.setup.direction is stop.trade.direction
        and e.time_ms < stop.time_ms + 600 * MINUTE_MS
    ]

    assert same_way
    assert all("cooldown" in e.refusals for e in same_way)


def rebuilt(of: Trade, **gate: object) -> list[Event]:
    """What is said by an engine that begins with a trade of an earlier life."""
    engine = Engine(quick(**gate))
    engine.adopt([of])
    return heard(engine, TICKS)


def refusals_at(said: list[Event], time_ms: int) -> tuple[str, ...]:
    return next(e.refusals for e in of_type(said, SetupRejected) if e.time_ms == time_ms)


def test_a_rebuilt_engine_remembers_the_stop_that_began_a_cooldown():
    first = issued(SAID)[0]
    lost = opened(signal(first.signal.setup, issued_ms=first.time_ms - DAY_MS))
    stopped = closed(lost, reason=CloseReason.STOP, closed_ms=first.time_ms - 9 * MINUTE_MS)

    assert refusals_at(rebuilt(stopped, cooldown_min=10), first.time_ms) == ("cooldown",)
    assert issued(rebuilt(stopped, cooldown_min=9))[0].time_ms == first.time_ms


def test_a_rebuilt_engine_counts_the_signals_of_the_day():
    first = issued(SAID)[0]
    earlier = ended(of=signal(first.signal.setup, issued_ms=first.time_ms - MINUTE_MS))

    assert refusals_at(rebuilt(earlier, max_signals_a_day_per_symbol=1), first.time_ms) == ("day_limit_symbol",)


def test_a_rebuilt_engine_goes_on_counting_ids():
    number_two = issued(SAID)[1]
    earlier = ended(of=signal(number_two.signal.setup, issued_ms=number_two.time_ms - MINUTE_MS))

    again = issued(rebuilt(earlier))[1]

    assert (number_two.signal.id, again.signal.id) == ("XAU_20240108_002", "XAU_20240108_003")


def test_a_rebuilt_engine_does_not_propose_again_what_was_a_trade_already():
    first = of_type(SAID, SetupRejected, SignalIssued)[0]
    setup = first.signal.setup if isinstance(first, SignalIssued) else first.setup

    again = of_type(rebuilt(ended(of=signal(setup, issued_ms=setup.known_ms - MINUTE_MS))), SetupRejected, SignalIssued)

    proposed = [e.signal.setup if isinstance(e, SignalIssued) else e.setup for e in again]
    assert not [s for s in proposed if (s.known_ms, s.strategy) == (setup.known_ms, setup.strategy)]
    assert proposed, "others are proposed as before"


def test_a_rebuilt_engine_follows_what_is_open():
    engine = Engine(config())
    engine.adopt([closed(), opened(), ended()])

    assert engine.open_trades() == [opened()]


def test_open_trades_come_in_the_order_they_were_issued():
    early, late = (opened(signal(id=f"XAU_20240403_00{n}", issued_ms=MONDAY_MS + n)) for n in (1, 2))
    engine = Engine(config())
    engine.adopt([late, early])

    assert [trade.id for trade in engine.open_trades()] == [early.id, late.id]


def test_the_view_says_what_is_not_there_with_none():
    view = Engine(config()).view("XAUUSD")

    assert (view.bid, view.ask, view.unfinished, view.trend.trend, view.entry.atr) == (None,) * 5
    assert [chart.timeframe for chart in (view.entry, view.setup, view.trend)] == [
        Timeframe.M15,
        Timeframe.H1,
        Timeframe.H4,
    ]
    with pytest.raises(KeyError):
        Engine(config()).view("SILVER")


def test_triggers_see_without_a_view_what_the_view_would_show_them():
    """`Market.moment` is asked at every close, `moment_of` where there is a view: they must agree."""
    engine, lookback = Engine(quick()), 20
    seen = set()
    for item in as_inputs(walk(1, 1500, pace=12, timeframe=Timeframe.M5)):  # each push ends at a close
        engine.push(item)
        market = engine._state.markets["XAUUSD"]
        given, shown = market.moment(lookback), moment_of(engine.view("XAUUSD"), lookback)
        assert msgspec.structs.replace(given, sweeps=tuple(given.sweeps)) == shown
        seen.add((given.is_ready, given.broken is not None, given.regime))

    assert {(True, True), (True, False), (False, False)} <= {(ready, broke) for ready, broke, _ in seen}


def test_a_decision_sees_at_a_glance_all_that_it_would_use_of_the_view():
    """Either way at every close, also where nothing sets a strategy off; and however short the look-back."""
    settings = quick()
    engine, of = Engine(settings), settings.confluence
    shortest = msgspec.structs.replace(of, lookback=1)
    parts: set[str] = set()
    for item in as_inputs(walk(2, 900, timeframe=Timeframe.M5)):
        engine.push(item)
        market = engine._state.markets["XAUUSD"]
        if not market.moment(of.lookback).is_ready:
            continue
        glance, view = market.glance(of.lookback), engine.view("XAUUSD")
        for direction in Direction:
            seen, whole = case_of(glance, of, direction), case_of(view, of, direction)
            target = seen.entry + direction.sign * round(3 * (view.entry.atr or 0))
            assert evidence_for(seen) == evidence_for(whole)
            assert evidence_against(seen, target) == evidence_against(whole, target)
            brief = case_of(market.glance(1), shortest, direction)
            assert evidence_for(brief) == evidence_for(case_of(view, shortest, direction))
            parts |= {each.part for each in evidence_for(seen)}
            parts |= {each.code for each in evidence_against(seen, target)}
        assert proposals(glance, settings, frozenset(Strategy)) == proposals(view, settings, frozenset(Strategy))

    assert parts >= {"zone_held", "entry_zone", "key_level", "sweep", ReasonCode.OPPOSING_ZONE, ReasonCode.NO_SWEEP}
