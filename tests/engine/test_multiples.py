"""Settings with decimals against whole ticks: exact, and rounded the way that is asked for."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.multiples import beyond, times, times_up

MULTIPLES = st.decimals("0", "100", allow_nan=False, allow_infinity=False, places=6)


@pytest.mark.parametrize(
    ("ticks", "multiple", "down", "up"),
    [(7, "1.5", 10, 11), (10, "1.5", 15, 15), (3, "0.33", 0, 1), (0, "2.5", 0, 0), (1, "4", 4, 4)],
)
def test_a_multiple_of_ticks_is_whole_again(ticks, multiple, down, up):
    assert (times(ticks, Decimal(multiple)), times_up(ticks, Decimal(multiple))) == (down, up)


@given(ticks=st.integers(0, 10**7), multiple=MULTIPLES)
def test_it_is_what_decimal_arithmetic_says(ticks, multiple):
    exact = ticks * multiple

    assert times(ticks, multiple) == exact.to_integral_value(ROUND_FLOOR)
    assert times_up(ticks, multiple) == exact.to_integral_value(ROUND_CEILING)


@given(amount=st.integers(0, 10**7), multiple=MULTIPLES, of=st.integers(0, 10**7))
def test_an_amount_is_beyond_a_multiple_as_decimal_arithmetic_says(amount, multiple, of):
    found = beyond(amount, multiple, of)

    assert (found > 0, found < 0) == (amount > multiple * of, amount < multiple * of)
