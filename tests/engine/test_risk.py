"""Position size by hand: gold is 100 ounces a lot, so 0.01 lot moves one dollar with the price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import AccountConfig
from engine.risk import Size, account_rate, position_size
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


def gold_size(balance: int, distance: str, percent: str = "1", shares: tuple[int, ...] = HALVES) -> Size:
    account = AccountConfig(balance=Decimal(balance))
    return position_size(GOLD, account, Decimal(percent), 230_000, GOLD.to_price(distance), shares)


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


def test_what_is_closed_at_a_target_is_never_less_than_the_least_lot():
    """A broker whose least lot is 0.10 in steps of 0.01: 0.12 lot cannot be halved, 0.20 can."""
    strict = instrument(lot_min=Decimal("0.10"))

    def split(percent: str) -> tuple[int, ...]:
        return position_size(strict, AccountConfig(), Decimal(percent), 230_000, 500, HALVES).split

    assert split("0.6") == (0, 12)
    assert split("1") == (10, 10)
    assert split("0.4") == (0, 0)


def test_the_largest_lot_is_the_brokers():
    small = instrument(lot_max=Decimal("0.05"))

    assert position_size(small, AccountConfig(), Decimal(1), 230_000, 500, HALVES).lots == Decimal("0.04")


def test_a_step_that_floats_would_lose_is_kept():
    """In floats 0.29 / 0.01 is 28.999…: 58 steps must not become 57."""
    assert gold_size(2_900, "0.50").lot_steps == 58


def test_yen_are_worth_what_the_price_says():
    """100,000 USD a lot, 0.240 yen away: 24,000 yen a lot, at 150.000 that is 160 USD. 100 USD are 0.62 lot."""
    size = position_size(YEN, AccountConfig(), Decimal(1), 150_000, 240, HALVES)

    assert (size.lots, size.risk_money) == (Decimal("0.62"), Decimal("99.20"))


def test_tether_counts_as_dollars_and_a_strange_currency_is_never_guessed():
    assert account_rate(bitcoin(), AccountConfig(), 6_000_000) == 1
    with pytest.raises(ValueError, match="money in USD needs a rate"):
        account_rate(instrument("EURGBP", base="EUR", quote="GBP"), AccountConfig(), 85_000)


SHARES = st.sampled_from([(50, 50), (60, 40), (75, 25), (33, 67), (90, 10)])
PERCENTS = st.integers(1, 20).map(lambda tenths: Decimal(tenths) / 10)


@given(st.integers(100, 1_000_000), PERCENTS, st.integers(1, 20_000), SHARES)
def test_no_size_risks_more_than_allowed_or_splits_unevenly(balance, percent, risk, shares):
    size = position_size(GOLD, AccountConfig(balance=Decimal(balance)), percent, 230_000, risk, shares)

    assert size.lots == size.lot_steps * GOLD.lot_step
    assert sum(size.split) == size.lot_steps
    assert GOLD.money(risk, size.lots) <= balance * percent / 100
    assert size.risk_money == GOLD.money(risk, size.lots)
    assert size.lots <= GOLD.lot_max
    if size.split[0]:
        assert size.split[0] * shares[1] == size.split[1] * shares[0]
