"""Money of any instrument in the account's currency, by crosses that are quoted, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import AccountConfig
from engine.rates import conversion, converted
from engine.types import Instrument
from tests.builders import instrument


def pair(base: str, quote: str, tick_size: str = "0.00001") -> Instrument:
    symbol = base + quote
    return instrument(symbol, short=symbol, base=base, quote=quote, tick_size=Decimal(tick_size), digits=5)


GOLD, EURUSD, USDJPY, EURJPY = (
    pair("XAU", "USD", "0.01"),
    pair("EUR", "USD"),
    pair("USD", "JPY", "0.001"),
    pair("EUR", "JPY", "0.001"),
)
EURGBP, GBPUSD, COIN = pair("EUR", "GBP"), pair("GBP", "USD"), pair("BTC", "USDT", "0.01")
EURO, DOLLAR = AccountConfig(currency="EUR", equal_currencies=()), AccountConfig()
QUOTES = {"EURUSD": (107_990, 108_010), "USDJPY": (149_990, 150_010), "GBPUSD": (125_000, 125_000)}


def rate(of: Instrument, among: list[Instrument], account: AccountConfig, price: int = 1) -> Decimal | None:
    return converted(conversion(of, among, account), of, price, QUOTES.get)


def test_in_the_accounts_own_currency_nothing_is_converted():
    assert conversion(GOLD, [GOLD, EURUSD], DOLLAR) == ()
    assert rate(GOLD, [GOLD], DOLLAR) == 1


def test_tether_counts_as_dollars():
    assert rate(COIN, [COIN], DOLLAR) == 1


def test_the_instrument_itself_comes_first_and_its_own_price_counts():
    """Yen of USDJPY in dollars: one over the price at which it was filled, not over the last quote."""
    assert rate(USDJPY, [EURUSD, USDJPY], DOLLAR, 160_000) == 1 / Decimal(160)


def test_a_cross_is_taken_at_the_middle_of_its_last_quote():
    """Pounds of EURGBP in dollars, by GBPUSD; dollars of gold in euros, by one over EURUSD 1.08."""
    assert rate(EURGBP, [EURGBP, GBPUSD], DOLLAR) == Decimal("1.25")
    assert rate(GOLD, [GOLD, EURUSD], EURO) == 1 / Decimal("1.08")


def test_two_steps_are_taken_where_one_does_not_lead_there():
    """Yen in euros: yen → dollars by USDJPY 150, dollars → euros by EURUSD 1.08."""
    assert rate(USDJPY, [USDJPY, EURUSD], EURO, 150_000) == 1 / Decimal(150) / Decimal("1.08")


def test_the_shorter_way_is_taken_where_there_are_two():
    assert [hop.instrument for hop in conversion(USDJPY, [USDJPY, EURUSD, EURJPY], EURO)] == [EURJPY]


def test_without_a_way_there_is_an_error_and_never_a_guess():
    with pytest.raises(ValueError, match="EURGBP is EUR in GBP; money in USD needs a rate that is not known"):
        conversion(pair("EUR", "GBP"), [EURGBP, USDJPY], DOLLAR)


def test_while_a_cross_has_no_quote_there_is_no_rate():
    assert rate(GOLD, [GOLD, pair("EUR", "USD"), EURJPY], EURO) == 1 / Decimal("1.08")
    assert converted(conversion(GOLD, [GOLD, EURUSD], EURO), GOLD, 1, lambda _: None) is None


@given(st.permutations([GOLD, EURUSD, USDJPY, GBPUSD, EURGBP]))
def test_the_length_of_the_way_does_not_hang_on_the_order_of_the_instruments(among):
    assert {of.symbol: len(conversion(of, among, EURO)) for of in among} == {
        "XAUUSD": 1,
        "EURUSD": 1,
        "USDJPY": 2,
        "GBPUSD": 1,
        "EURGBP": 1,
    }
