"""The account's currency and the rounding of results: the same in messages, reports and the record."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from bot.config import Config
from bot.config_file import load_config
from bot.voices import Voices
from bot.words.captions import signal_caption
from bot.words.wording import Market
from engine.types import CloseReason, Mode
from tests.bot.reader import shown
from tests.bot.stage import SHIPPED
from tests.builders import closed, gold, opened, secured, setup, signal


def house(**account: object) -> Config:
    config = load_config(SHIPPED)
    changed = msgspec.structs.replace(config.engine.account, **account)
    return msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, account=changed))


OUNCES = house(currency="XAU", digits=6, balance=Decimal("0.5"))


def test_an_account_kept_in_ounces_is_told_in_parts_of_one():
    lost = closed(opened(signal(risk_money=Decimal("0.004056"))))
    voices = Voices(OUNCES, Market.LIVE)

    caption = shown(signal_caption(lost, voices.of_trade(lost)))

    # 0.10 lot lost 9.20 on ten ounces: 92.00 dollars, at 2264.90 an ounce 0.0406198… ounces.
    assert "🔴 <b>Stopped −1.00R</b> · −92.0 pips · −XAU 0.040620" in caption
    assert "risk XAU 0.004056" in caption
    assert voices.pips_and_money(lost) == (Decimal("-92.0"), Decimal("-0.040620"))


@pytest.mark.parametrize(("digits", "told"), [(0, "-92.00"), (2, "-92.00"), (3, "-92.000")])
def test_money_has_two_decimals_or_as_many_as_the_account(digits, told):
    voices = Voices(house(digits=digits), Market.LIVE)

    assert str(voices.pips_and_money(closed(opened()))[1]) == told
    assert voices.style(Mode.PAPER).money(Decimal(-92)) == f"${told[1:]}"


def test_what_floats_is_told_as_finely_as_it_is_booked():
    floating = opened(price=gold("2274.11"), money=Decimal("-0.000010"))

    # A tick on ten ounces is 0.10 dollars, 0.000044 ounces at 2274.11; booked was the commission.
    assert Voices(OUNCES, Market.LIVE).of_trade(floating).result(floating).money == "+XAU\u00a00.000034"


def test_halves_of_a_pip_go_the_same_way_in_messages_and_in_the_record():
    near = signal(setup(targets=(gold("2274.15"), gold("2297.10"))))
    trade = closed(secured(near), gold("2274.10"), CloseReason.BREAKEVEN)
    voices = Voices(load_config(SHIPPED), Market.LIVE)

    # Half of it made five ticks, the other half nothing: a quarter of a pip.
    assert voices.of_trade(trade).result(trade).pips.replace("\u00a0", " ") == "+0.3 pips"
    assert str(voices.pips_and_money(trade)[0]) == "0.3"
