"""The gate: each refusal alone, with the numbers the reader is told, and all of them together."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.config import GateConfig
from engine.gate import Announcement, GroupRisk, Standing, refusals
from engine.risk import Bound
from engine.types import Direction, Instrument, MarketHours, Setup
from tests.builders import GOLD, at, bitcoin, instrument, setup

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
    """Risk 1000 ticks, TP2 at 1500: just enough; spread 50: just enough; score 80: just enough."""
    fields = {"entry": 230_000, "stop": 229_000, "targets": (231_000, 231_500), "spread": 50, "score": 80}
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
        ({"spread": 51}, ("spread", ("0.06", "0.05"))),
        ({"spread": 400}, ("spread", ("0.40", "0.05"))),
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
        ({"signals_today_symbol": 2}, ("day_limit_symbol", ("2", "2"))),
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
        {"signals_today_symbol": 1, "signals_today": 14},
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


CLOSING, CLOSED = ("closing", ("60", "market closes")), ("closed", ("closed", "open"))


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2024-04-05 19:59", []),  # Friday 15:59 in New York; gold closes at 17:00
        ("2024-04-05 20:00", [CLOSING]),
        ("2024-04-05 20:45", [CLOSING, ("rollover", ("15", "30"))]),
        ("2024-04-05 21:00", [CLOSED, ("rollover", ("0", "30"))]),  # the very close
        ("2024-04-06 12:00", [CLOSED]),
        ("2024-04-03 20:15", [CLOSING]),  # Wednesday, 45 minutes before the daily break
        ("2024-04-03 21:00", [CLOSED, ("rollover", ("0", "30"))]),  # the break; an hour later gold is open again
        ("2024-04-03 22:00", []),  # and now it is
    ],
)
def test_no_gold_signal_goes_out_in_the_last_hour_before_a_close_or_in_a_break(moment, said):
    assert refused(gold_setup(known_ms=at(moment))) == said


OUT = ("closing", ("120", "market closes"))


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2024-04-05 18:59", []),  # Friday 14:59 in New York
        ("2024-04-05 19:00", [OUT]),
        ("2024-04-05 19:59", [OUT]),
        ("2024-04-05 20:00", [CLOSING]),
        ("2024-04-03 19:30", []),  # Wednesday: the break is no weekend
    ],
)
def test_no_signal_goes_out_when_trades_are_closed_for_the_weekend_already(moment, said):
    assert refused(gold_setup(known_ms=at(moment)), standing(flat_before_weekend_min=120)) == said


def test_where_there_is_no_weekend_nothing_is_closed_for_it():
    friday = gold_setup(symbol="BTCUSDT", known_ms=at("2024-04-05 19:30"))

    assert refused(friday, standing(flat_before_weekend_min=120), bitcoin()) == []


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2024-04-03 20:30", []),  # Wednesday 16:30 in New York
        ("2024-04-03 20:31", [("rollover", ("29", "30"))]),
        ("2024-04-03 21:29", [("rollover", ("29", "30"))]),
        ("2024-04-03 21:30", []),
        ("2024-01-10 22:15", [("rollover", ("15", "30"))]),  # an hour later by UTC in winter
    ],
)
def test_around_the_rollover_no_currency_signal_goes_out(moment, said):
    euro = instrument("EURUSD", hours=MarketHours.FOREX)

    assert refused(gold_setup(known_ms=at(moment)), traded=euro) == said


@pytest.mark.parametrize("moment", ["2024-04-06 12:00", "2024-04-03 21:00"])
def test_crypto_never_closes_and_has_no_rollover(moment):
    assert refused(gold_setup(known_ms=at(moment)), traded=bitcoin()) == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"lot_steps": 0, "bound": Bound.MARGIN}, ("margin", ("0", "0.01"))),
        ({"lot_steps": 0, "bound": Bound.NOTIONAL}, ("notional", ("0", "0.01"))),
        ({"lot_steps": 0, "bound": Bound.LOT_MAX}, ("lots", ("0", "0.01"))),
        ({"lot_steps": 0, "has_rate": False}, ("no_rate", ("USD", "a quote"))),
        ({"open_trades": 5}, ("open_trades", ("5", "5"))),
        ({"open_risk_percent": Decimal("5.001")}, ("open_risk", ("5.01", "5"))),
        ({"quote_age_s": 301}, ("stale", ("301", "300"))),
        ({"typical_spread": 16}, ("abnormal_spread", ("3.2", "3"))),
        ({"announcement": Announcement("USD CPI", 12)}, ("news", ("USD CPI", "12"))),
        ({"locks": (("daily_loss", ("500.00 USD", "500.00 USD")),)}, ("daily_loss", ("500.00 USD", "500.00 USD"))),
    ],
)
def test_what_the_account_the_feed_and_the_calendar_forbid_is_refused_with_its_number(changes, refusal):
    assert refused(gold_setup(), standing(**changes)) == [refusal]


@pytest.mark.parametrize(
    "changes",
    [
        {"open_trades": 4},
        {"open_risk_percent": Decimal(5)},
        {"quote_age_s": 300},
        {"typical_spread": None},
        {"group_risks": (GroupRisk("gold", Decimal(2), Decimal(2)),)},
    ],
)
def test_what_is_at_its_limit_is_not_beyond_it(changes):
    assert refused(gold_setup(), standing(**changes)) == []


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (None, []),  # no model is on
        ("100", []),
        ("75", []),
        ("74.99", [("confidence", ("74.9", "75"))]),
        ("0", [("confidence", ("0.0", "75"))]),
    ],
)
def test_three_quarters_is_the_least_confidence_while_a_model_is_on(confidence, said):
    sure = None if confidence is None else Decimal(confidence)

    assert refused(gold_setup(), standing(confidence=sure)) == said


def test_the_least_confidence_is_the_operators():
    half = standing(confidence=Decimal(50))

    assert refusals(gold_setup(), GOLD, GateConfig(min_confidence=Decimal(50)), half) == []
    assert refusals(gold_setup(), GOLD, GateConfig(min_confidence=Decimal("50.5")), half) == [
        ("confidence", ("50.0", "50.5"))
    ]


def test_every_group_that_would_risk_too_much_is_named():
    metals = GroupRisk("metals", Decimal("2.0001"), Decimal(2))
    calm, dollar = GroupRisk("calm", Decimal(1), Decimal(2)), GroupRisk("dollar", Decimal("3.5"), Decimal("3.0"))

    assert refused(gold_setup(), standing(group_risks=(metals, calm, dollar))) == [
        ("group_risk", ("metals 2.01", "2")),
        ("group_risk", ("dollar 3.50", "3.0")),
    ]


def test_three_times_the_usual_spread_is_not_yet_abnormal():
    assert refused(gold_setup(spread=48), standing(typical_spread=16)) == []
    assert refused(gold_setup(spread=49), standing(typical_spread=16)) == [("abnormal_spread", ("3.1", "3"))]


def test_where_no_spread_at_all_is_usual_a_tick_is_not_abnormal():
    assert refused(gold_setup(spread=3), standing(typical_spread=0)) == []
    assert refused(gold_setup(spread=4), standing(typical_spread=0)) == [("abnormal_spread", ("4.0", "3"))]


def test_two_trades_of_a_symbol_one_way_where_that_is_allowed():
    rules = GateConfig(max_open_trades_per_symbol=2)
    one, two = (standing(open_directions=(Direction.UP,) * count) for count in (1, 2))

    assert refusals(gold_setup(), GOLD, rules, one) == []
    assert refusals(gold_setup(), GOLD, rules, two) == [("open_trade", ("2", "1"))]


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
        "rollover",
    ]
