"""The benchmarks' own honesty: what they are fed, and what they make of the seconds. Nothing is timed here."""

import numpy as np
import pytest

from bench.delivery import _took
from bench.market import M15_MS, config, quotes, random_walk
from bench.measure import Versus, differences, exponent, in_turn, percentile, quietest_total
from bench.report import Result, Row, Target, figure, write
from bench.telegram import Heard
from engine.engine import Engine
from engine.events import CandleClosed, CandleInput, Heartbeat
from engine.hours import is_open


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.columns().values(), other.columns().values(), strict=True))


def test_the_same_seed_draws_the_same_market_and_another_seed_another():
    assert same(random_walk(500, seed=7), random_walk(500, seed=7))
    assert not same(random_walk(500, seed=7), random_walk(500, seed=8))
    assert quotes(50, 0, 110_000, 10, seed=7) == quotes(50, 0, 110_000, 10, seed=7)
    assert quotes(50, 0, 110_000, 10, seed=7) != quotes(50, 0, 110_000, 10, seed=8)


def test_a_shorter_walk_is_the_beginning_of_a_longer_one():
    assert same(random_walk(300), random_walk(500).between(0, 300))


def test_a_random_walk_is_a_market_of_possible_candles():
    walk = random_walk(2000)

    assert (walk.low <= np.minimum(walk.open, walk.close)).all()
    assert (walk.high >= np.maximum(walk.open, walk.close)).all()
    assert (walk.low > 0).all()
    assert (walk.open[1:] == walk.close[:-1]).all()


def test_a_random_walk_rests_at_the_weekend_and_at_no_other_time():
    walk = random_walk(2000)
    hours = config().instruments[0].hours

    assert all(is_open(at, hours) for at in walk.open_ms.tolist())
    assert sorted(set(np.diff(walk.open_ms).tolist())) == [M15_MS, 49 * 60 * 60_000 + M15_MS]


def test_every_candle_of_the_walk_is_taken_by_the_engine():
    engine = Engine(config())
    inputs = random_walk(200).inputs()

    closed = [event.candle for item in inputs for event in engine.push(item) if isinstance(event, CandleClosed)]

    assert [c.open_ms for c in closed if c.timeframe == "M15"] == [item.candle.open_ms for item in inputs]
    assert {c.timeframe for c in closed} == {"M15", "H1", "H4"}
    assert all(isinstance(item, CandleInput) for item in inputs)


def test_no_tick_of_an_interval_closes_its_candle_and_the_heartbeat_after_it_does():
    engine = Engine(config())
    start_ms = random_walk(1).open_ms.tolist()[0]

    events = [event for tick in quotes(5000, start_ms, 110_000, 10) for event in engine.push(tick)]
    at_the_end = engine.push(Heartbeat(config().instruments[0].feed, start_ms + M15_MS))

    assert events == []
    assert [event.candle.ticks for event in at_the_end if isinstance(event, CandleClosed)] == [5000]


def test_more_ticks_than_milliseconds_are_refused():
    with pytest.raises(ValueError, match="an interval holds"):
        quotes(M15_MS, 0, 110_000, 10)


def test_each_of_theirs_is_held_against_the_two_of_ours_around_it():
    # Rounds: 6 against the mean of 1 and 3, 20 against that of 3 and 5, 10 against that of 5 and 5.
    versus = Versus(ours=(1.0, 3.0, 3.0, 5.0, 5.0, 5.0), theirs=(6.0, 20.0, 10.0))

    assert versus.ratio == 3.0  # the middle of 3, 5 and 2
    assert (versus.our_seconds, versus.their_seconds) == (4.0, 10.0)


def test_a_machine_twice_as_slow_in_one_round_changes_no_ratio():
    steady = Versus(ours=(1.0, 1.0, 1.0, 1.0), theirs=(30.0, 30.0))
    disturbed = Versus(ours=(1.0, 1.0, 2.0, 2.0), theirs=(30.0, 60.0))

    assert steady.ratio == disturbed.ratio == 30.0


def test_ours_and_theirs_take_turns_and_neighbours_share_a_reading():
    order = []
    seconds = iter(range(1, 100))

    def stint(name):
        def work():
            order.append(name)
            return float(next(seconds))

        return work

    found = in_turn(stint("us"), {"a": stint("a"), "b": stint("b")}, rounds=2)

    assert order == ["us", "a", "us", "b", "us", "a", "us", "b", "us"]
    assert found["a"] == Versus(ours=(1.0, 3.0, 5.0, 7.0), theirs=(2.0, 6.0))
    assert found["b"] == Versus(ours=(3.0, 5.0, 7.0, 9.0), theirs=(4.0, 8.0))


def test_a_comparison_without_a_neighbour_is_refused():
    with pytest.raises(ValueError, match="one after it"):
        Versus(ours=(1.0,), theirs=(2.0,))


def test_the_exponent_tells_linear_from_quadratic_cost():
    assert exponent([25, 50, 100], [5.0, 10.0, 20.0]) == pytest.approx(1.0)
    assert exponent([25, 50, 100], [625.0, 2500.0, 10000.0]) == pytest.approx(2.0)


def test_of_each_stretch_the_least_disturbed_pass_counts():
    assert quietest_total([[1.0, 9.0, 2.0], [4.0, 3.0, 2.5]]) == [1.0, 4.0, 6.0]
    assert differences([0.0, 1.0, 4.0]) == [1.0, 3.0]


def test_a_percentile_is_one_of_the_values():
    values = [float(value) for value in range(1, 1001)]

    assert percentile(values, 50) == 500.0
    assert percentile(values, 99.9) == 999.0
    assert percentile([7.0], 99.9) == 7.0


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("speed", 10.0, "s", "them", 300.0, 30.0, Target("≥", 30)), True),
        (Row("speed", 10.0, "s", "them", 299.0, 29.9, Target("≥", 30)), False),
        (Row("growth", 1.05, "", target=Target("≤", 1.05, of="ours")), True),
        (Row("growth", 1.06, "", target=Target("≤", 1.05, of="ours")), False),
        (Row("only told", 1.0, "s"), None),
    ],
)
def test_a_target_is_met_when_it_is_reached(row, met):
    assert row.is_met is met


def test_a_result_is_written_with_its_verdicts_and_what_was_left_out(tmp_path):
    result = Result("speed", (Row("speed", 2.0, "s", target=Target("≤", 1.0, of="ours")),), ("a peer: not here",))

    text = write(result, tmp_path).read_text("utf-8")

    assert '"is_met": false' in text
    assert "a peer: not here" in text


@pytest.mark.parametrize(
    ("value", "text"), [(24_683.0, "24,700"), (100.4, "100"), (1.0499, "1.05"), (0.0123, "0.0123"), (0.0, "0")]
)
def test_figures_have_three_digits(value, text):
    assert figure(value) == text


def test_a_round_of_delivery_counts_from_the_close_and_keeps_refusals_apart():
    heard = [
        Heard("sendMessage", -1, 1_090, has_picture=False, is_refused=False),
        Heard("sendPhoto", -2, 1_070, has_picture=True, is_refused=False),
        Heard("sendPhoto", -3, 1_080, has_picture=True, is_refused=True),
        Heard("editMessageMedia", -1, 1_500, has_picture=True, is_refused=False),
        Heard("editMessageCaption", -2, 1_600, has_picture=False, is_refused=False),
    ]
    took = _took(heard, 1_000, {-1: 1_010, -2: 1_020}, 12.0)

    assert (took.sent, took.pictured, took.refused, took.work_ms) == ([71, 91], [71, 501], 1, 12.0)
    assert sorted(took.issued) == [51, 81]
