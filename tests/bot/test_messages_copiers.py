"""Copier programs read the whole message, in every state, and must always see the same one order."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from bot.words.captions import signal_caption
from bot.words.messages import closed_reply, first_target_reply
from engine.types import Direction
from tests.bot.copiers import COPIERS, Order
from tests.bot.reader import VOICE, states, visible
from tests.builders import gold, gold_reasons, opened, secured, setup, signal

ORDER = Order("BUY", "XAUUSD", "2274.10", "2264.90", ("2287.90", "2297.10"))


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("state", states())
def test_every_copier_reads_the_order_in_every_state(copier: Callable[[str], Order], state: str) -> None:
    assert copier(visible(signal_caption(states()[state], VOICE))) == ORDER


@pytest.mark.parametrize("copier", COPIERS)
def test_a_fill_elsewhere_and_an_unsplit_lot_do_not_confuse_them(copier: Callable[[str], Order]) -> None:
    small = signal(lots=Decimal("0.01"), lot_steps=1, split=(0, 1))

    assert copier(visible(signal_caption(opened(opened_price=gold("2274.35")), VOICE))) == ORDER
    assert copier(visible(signal_caption(secured(small), VOICE))) == ORDER


@pytest.mark.parametrize("copier", COPIERS)
def test_a_sell_is_read_as_a_sell(copier: Callable[[str], Order]) -> None:
    selling = setup(
        direction=Direction.DOWN,
        stop=gold("2283.30"),
        targets=(gold("2260.30"), gold("2251.10")),
        reasons=gold_reasons(),
    )
    text = visible(signal_caption(opened(signal(selling)), VOICE))

    assert copier(text) == Order("SELL", "XAUUSD", "2274.10", "2283.30", ("2260.30", "2251.10"))


def test_the_block_is_the_same_ascii_from_the_first_state_to_the_last() -> None:
    blocks = {tuple(visible(signal_caption(trade, VOICE)).splitlines()[:5]) for trade in states().values()}

    assert blocks == {("BUY XAUUSD", "Entry 2274.10", "SL 2264.90", "TP1 2287.90", "TP2 2297.10")}
    assert all(line.isascii() for line in blocks.pop())


@pytest.mark.parametrize("state", states())
def test_no_text_names_an_order_twice(state: str) -> None:
    assert len(re.findall("buy|sell", visible(signal_caption(states()[state], VOICE)), re.IGNORECASE)) == 1


def test_replies_carry_the_words_copiers_act_on_and_no_new_order() -> None:
    moved = visible(first_target_reply(secured(), VOICE).text)
    gone = visible(closed_reply(states()["cancelled"], VOICE).text)

    assert "Move SL to breakeven 2274.10" in moved
    assert "Remove the order" in gone
    assert not re.search(r"\b(buy|sell)\b", moved + gone, re.IGNORECASE)
