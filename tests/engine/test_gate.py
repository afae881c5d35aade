"""The gate: each refusal alone, with the numbers the reader is told, and all of them together."""

from __future__ import annotations

import msgspec
import pytest

from engine.config import GateConfig
from engine.gate import Standing, refusals
from engine.types import Direction, Instrument, Setup
from tests.builders import GOLD, at, bitcoin, setup

CALM = Standing(
    is_paused=False,
    min_score=80,
    lot_steps=20,
    open_directions=(),
    last_stop_ms=None,
    signals_today=0,
    signals_today_symbol=0,
)
WEDNESDAY_MS = at("2024-04-03 13:15")


def gold_setup(**changes: object) -> Setup:
    """Risk 1000 ticks, TP2 at 1500: just enough; spread 150: just enough; score 80: just enough."""
    fields = {"entry": 230_000, "stop": 229_000, "targets": (231_000, 231_500), "spread": 150, "score": 80}
    return setup(**(fields | changes))


def refused(of: Setup, standing: Standing = CALM, traded: Instrument = GOLD) -> list[tuple[str, tuple[str, str]]]:
    return refusals(of, traded, GateConfig(), standing)


def standing(**changes: object) -> Standing:
    return msgspec.structs.replace(CALM, **changes)


def test_a_setup_that_is_just_good_enough_passes():
    assert refused(gold_setup()) == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"score": 79}, ("score", ("79", "80"))),
        ({"targets": (231_000, 231_499)}, ("risk_reward", ("1.4", "1.5"))),
        ({"targets": (231_000, 231_200)}, ("risk_reward", ("1.2", "1.5"))),
        ({"spread": 151}, ("spread", ("0.16", "0.15"))),
        ({"spread": 400}, ("spread", ("0.40", "0.15"))),
    ],
)
def test_a_setup_that_is_not_good_enough_is_refused_with_its_number(changes, refusal):
    assert refused(gold_setup(**changes)) == [refusal]


def test_each_strategy_is_held_to_its_own_least_score():
    """The score is the setup's, the least score that of its strategy; equal is enough."""
    strict, mild = standing(min_score=81), standing(min_score=30)

    assert refused(gold_setup(score=80), strict) == [("score", ("80", "81"))]
    assert refused(gold_setup(score=30), mild) == []
    assert refused(gold_setup(score=29), mild) == [("score", ("29", "30"))]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"is_paused": True}, ("paused", ("paused", "running"))),
        ({"lot_steps": 0}, ("lots", ("0", "0.01"))),
        ({"open_directions": (Direction.UP,)}, ("open_trade", ("1", "0"))),
        ({"open_directions": (Direction.DOWN,)}, ("opposite_trade", ("1", "0"))),
        ({"last_stop_ms": WEDNESDAY_MS - 44 * 60_000}, ("cooldown", ("44", "45"))),
        ({"signals_today_symbol": 4}, ("day_limit_symbol", ("4", "4"))),
        ({"signals_today": 15}, ("day_limit", ("15", "15"))),
    ],
)
def test_a_good_setup_at_the_wrong_moment_is_refused_with_its_number(changes, refusal):
    assert refused(gold_setup(), standing(**changes)) == [refusal]


@pytest.mark.parametrize(
    "changes",
    [
        {"open_directions": ()},
        {"last_stop_ms": WEDNESDAY_MS - 45 * 60_000},
        {"signals_today_symbol": 3, "signals_today": 14},
        {"lot_steps": 1},
    ],
)
def test_what_is_just_allowed_passes(changes):
    assert refused(gold_setup(), standing(**changes)) == []


@pytest.mark.parametrize("direction", list(Direction))
def test_a_trade_that_is_open_is_named_by_whether_it_goes_the_other_way(direction):
    """A sell stops above its entry and aims below it."""
    sell = {"direction": Direction.DOWN, "stop": 231_000, "targets": (229_000, 228_500)}
    of = gold_setup(**(sell if direction is Direction.DOWN else {}))

    assert refused(of, standing(open_directions=(direction.opposite,))) == [("opposite_trade", ("1", "0"))]
    assert refused(of, standing(open_directions=(direction,))) == [("open_trade", ("1", "0"))]


@pytest.mark.parametrize(
    ("moment", "passes"),
    [
        ("2024-04-05 19:59", True),  # Friday 15:59 in New York; gold closes at 17:00
        ("2024-04-05 20:00", False),
        ("2024-04-05 21:00", False),  # the very close
        ("2024-04-03 20:15", False),  # Wednesday, 45 minutes before the daily break
        ("2024-04-03 21:00", False),  # the break begins; an hour later gold is open again
        ("2024-04-03 22:00", True),  # and now it is
    ],
)
def test_no_gold_signal_goes_out_in_the_last_hour_before_a_close(moment, passes):
    said = refused(gold_setup(known_ms=at(moment)))

    assert said == ([] if passes else [("closing", ("60", "market closes"))])


def test_crypto_never_closes():
    assert refused(gold_setup(known_ms=at("2024-04-06 12:00")), traded=bitcoin()) == []


def test_everything_that_is_wrong_is_said_at_once():
    worst = standing(
        is_paused=True,
        lot_steps=0,
        open_directions=(Direction.DOWN, Direction.UP),
        last_stop_ms=at("2024-04-05 20:30"),
        signals_today=15,
        signals_today_symbol=4,
    )
    bad = gold_setup(score=10, targets=(230_500, 231_000), spread=500, known_ms=at("2024-04-05 20:45"))

    assert [code for code, _ in refused(bad, worst)] == [
        "paused",
        "score",
        "risk_reward",
        "spread",
        "lots",
        "open_trade",
        "opposite_trade",
        "cooldown",
        "day_limit_symbol",
        "day_limit",
        "closing",
    ]
