"""Position size by hand: gold is 100 ounces a lot, so 0.01 lot moves one dollar with the price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk import Bound, Means, Size, margin, position_size, volatility_scale
from engine.types import Instrument
from tests.builders import GOLD, bitcoin, instrument

HALVES = (50, 50)
YEN = instrument(
    "USDJPY",
    tick_size=Decimal("0.001"),
    digits=3,
    pip_size=Decimal("0.01"),
    contract_size=Decimal(100_000),
    base="USD",
    quote="JPY",
)


def sized(
    of: Instrument, risk: Decimal | int, ticks: int, entry: int = 230_000, rate: Decimal = Decimal(1), **bounds: object
) -> Size:
    return position_size(of, Means(Decimal(risk), **bounds), rate, entry, ticks, HALVES)


def gold_size(balance: int, distance: str, percent: str = "1", shares: tuple[int, ...] = HALVES) -> Size:
    means = Means(balance * Decimal(percent) / 100)
    return position_size(GOLD, means, Decimal(1), 230_000, GOLD.to_price(distance), shares)


@pytest.mark.parametrize(
    ("balance", "distance", "lots", "money"),
    [
        (10_000, "5.00", "0.20", "100.00"),  # one percent is 100 USD, five dollars away: 0.20 lot
        (500, "12.00", "0.00", "0.00"),  # 0.01 lot already risks 12 of 5 USD: rejected, never rounded up
        (10_000, "9.20", "0.10", "92.00"),  # 10.87 steps
        (1_000, "9.99", "0.01", "9.99"),
        (1_000, "10.00", "0.01", "10.00"),
        (1_000, "10.01", "0.00", "0.00"),
    ],
)
def test_lots_lose_no_more_than_the_risk_at_the_stop(balance, distance, lots, money):
    size = gold_size(balance, distance)

    assert (size.lots, size.risk_money) == (Decimal(lots), Decimal(money))


def test_lots_are_floored_so_that_every_target_closes_whole_steps():
    """9,500 USD could take 0.19 lot; halves of that do not exist, so it is 0.18."""
    size = gold_size(9_500, "5.00")

    assert (size.lots, size.split, size.risk_money) == (Decimal("0.18"), (9, 9), Decimal("90.00"))


def test_the_smallest_lot_cannot_be_split_and_closes_whole_at_the_last_target():
    size = gold_size(1_000, "9.00")

    assert (size.lots, size.lot_steps, size.split) == (Decimal("0.01"), 1, (0, 1))


def test_uneven_shares_close_in_their_proportion():
    assert gold_size(10_000, "5.00", shares=(60, 40)).split == (12, 8)
    assert gold_size(10_000, "5.00", shares=(75, 25)).split == (15, 5)


@pytest.mark.parametrize(
    ("budget", "shares", "split"),
    [
        ("100", (33, 33, 34), (7, 6, 7)),  # 20 steps: 6.6 and 13.2 are closed by then
        ("15", (33, 33, 34), (1, 1, 1)),  # 3: 0.99 and 1.98
        ("10", (33, 33, 34), (0, 0, 2)),  # 2: one of the three would close nothing
        ("995", (33, 67), (66, 133)),  # 199: 65.67; all of them, and not 100
        ("35", (90, 10), (6, 1)),  # 7: 6.3; a tenth of them is no lot step
        ("20", (60, 40), (2, 2)),  # 4: 2.4
        ("25", (60, 40), (3, 2)),
        ("95", (75, 25), (14, 5)),  # 19: 14.25; three quarters hold of 16, and half of it would go for tenths
        ("95", (50, 30, 20), (10, 5, 4)),  # 9.5 and 15.2
        ("105", (75, 25), (15, 5)),  # 21: of 20 it holds exactly
        ("510", (50, 30, 20), (51, 31, 20)),  # 102: 51 and 81.6
    ],
)
def test_shares_that_the_lot_step_does_not_hold_are_met_to_the_nearest_step(budget, shares, split):
    size = position_size(GOLD, Means(Decimal(budget)), Decimal(1), 230_000, 500, shares)

    assert (size.split, size.lot_steps) == (split, sum(split))


def test_what_is_closed_at_a_target_is_never_less_than_the_least_lot():
    """A broker whose least lot is 0.10 in steps of 0.01: 0.12 lot cannot be halved, 0.20 can."""
    strict = instrument(lot_min=Decimal("0.10"))

    assert sized(strict, 60, 500).split == (0, 12)
    assert sized(strict, 100, 500).split == (10, 10)
    assert sized(strict, 40, 500).split == (0, 0)
    for shares in ((75, 25), (25, 75)):  # a quarter of 0.20 is too little, whichever target it is for
        assert position_size(strict, Means(Decimal(100)), Decimal(1), 230_000, 500, shares).split == (0, 20)


def test_a_least_lot_between_two_steps_is_not_undercut():
    """0.015 in steps of 0.01: 0.01 is less, 0.02 is the smallest there is."""
    odd = instrument(lot_min=Decimal("0.015"))

    assert sized(odd, 9, 500).lots == 0
    assert sized(odd, 10, 500).lots == Decimal("0.02")


def test_the_largest_lot_is_the_brokers():
    small = instrument(lot_max=Decimal("0.05"))

    size = sized(small, 100, 500)

    assert (size.lots, size.bound) == (Decimal("0.04"), Bound.LOT_MAX)


def test_a_step_that_floats_would_lose_is_kept():
    """In floats 0.29 / 0.01 is 28.999…: 58 steps must not become 57."""
    assert gold_size(2_900, "0.50").lot_steps == 58


def test_yen_are_worth_what_the_price_says():
    """100,000 USD a lot, 0.240 yen away: 24,000 yen a lot, at 150.000 that is 160 USD. 100 USD are 0.62 lot."""
    size = sized(YEN, 100, 240, entry=150_000, rate=1 / Decimal(150))

    assert (size.lots, size.risk_money) == (Decimal("0.62"), Decimal("99.20"))


def test_a_coin_is_a_lot_of_one():
    """600 USD away: 100 USD are 0.166 coins, of which halves make 0.166."""
    assert sized(bitcoin(), 100, 60_000, entry=6_000_000).lots == Decimal("0.166")


def test_commission_is_lost_at_the_stop_too():
    """The worked example: five dollars away and 7 USD a lot, 507 USD a lot; 100 USD are 0.19 lot and 96.33 USD."""
    dear = instrument(commission_per_lot=Decimal(7))

    whole = position_size(dear, Means(Decimal(100)), Decimal(1), 230_000, 500, (100,))

    assert (whole.lots, whole.split, whole.risk_money) == (Decimal("0.19"), (19,), Decimal("96.33"))


@pytest.mark.parametrize(
    ("bounds", "lots", "bound"),
    [
        ({}, "0.20", Bound.RISK),
        ({"notional": Decimal(23_000)}, "0.10", Bound.NOTIONAL),  # gold at 2,300: 230,000 USD a lot
        ({"notional": Decimal(45_999)}, "0.18", Bound.NOTIONAL),  # 0.19 lot, in halves
        ({"margin": Decimal(230)}, "0.10", Bound.MARGIN),  # a hundredth of that
        ({"margin": Decimal("22.99")}, "0.00", Bound.MARGIN),
        ({"margin": Decimal(-1)}, "0.00", Bound.MARGIN),
        ({"margin": Decimal(460), "notional": Decimal(46_000)}, "0.20", Bound.RISK),
    ],
)
def test_the_tightest_bound_decides(bounds, lots, bound):
    size = sized(GOLD, 100, 500, **bounds)

    assert (size.lots, size.bound) == (Decimal(lots), bound)


def test_margin_is_what_is_moved_over_the_leverage():
    thirty = instrument(leverage=Decimal(30))

    assert margin(thirty, 10, 230_000, Decimal(1)) == Decimal(23_000) / 30


@pytest.mark.parametrize(
    ("percentile", "scale"), [(None, 1), (0.0, 1), (50.0, 1), (60.0, "0.9"), (75.0, "0.75"), (100.0, "0.5")]
)
def test_a_market_that_moves_more_than_usual_is_traded_smaller(percentile, scale):
    assert volatility_scale(percentile) == Decimal(scale)


SHARES = st.sampled_from([(50, 50), (60, 40), (75, 25), (33, 67), (90, 10), (33, 33, 34), (50, 30, 20)])
PERCENTS = st.integers(1, 20).map(lambda tenths: Decimal(tenths) / 10)


@given(st.integers(100, 1_000_000), PERCENTS, st.integers(1, 20_000), SHARES)
def test_no_size_risks_more_than_allowed_or_splits_unevenly(balance, percent, risk, shares):
    size = position_size(GOLD, Means(balance * percent / 100), Decimal(1), 230_000, risk, shares)

    assert size.lots == size.lot_steps * GOLD.lot_step
    assert sum(size.split) == size.lot_steps
    assert GOLD.money(risk, size.lots) <= balance * percent / 100
    assert size.risk_money == GOLD.money(risk, size.lots)
    assert size.lots <= GOLD.lot_max
    if size.split[0]:
        for part, share in zip(size.split, shares, strict=True):
            assert abs(part - Decimal(size.lot_steps * share) / 100) < 1
    if shares == (50, 50):
        assert size.split[0] in (0, size.split[1])
