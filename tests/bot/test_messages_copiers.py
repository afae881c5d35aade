"""Copier programs read the whole message, in every state, and must always see the same one order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.words.captions import signal_caption
from bot.words.messages import closed_reply, target_reply
from engine.types import Direction
from tests.bot.copiers import COPIERS, Order, by_gold_ea, by_line, by_meaning, by_pattern
from tests.bot.reader import VOICE, states, visible
from tests.builders import gold, gold_reasons, opened, secured, setup, signal

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "telegram"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="real messages (../shared/data/telegram) are not here")
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
    moved = visible(target_reply(secured(), VOICE).text)
    gone = visible(closed_reply(states()["cancelled"], VOICE).text)

    assert "Move SL to breakeven 2274.10" in moved
    assert "Remove the order" in gone
    assert not re.search(r"\b(buy|sell)\b", moved + gone, re.IGNORECASE)


@pytest.mark.parametrize("state", states())
def test_a_copier_that_wants_the_symbol_first_reads_nothing_rather_than_something_else(state: str) -> None:
    """Two grammars cannot both be met by one block: this one gets no order, and never a wrong one."""
    assert by_gold_ea(visible(signal_caption(states()[state], VOICE))) is None
    own = "XAUUSD SELL\nENTRY x 4910-4912\nSL 4920\nTP 4900\nTP 4890"
    assert by_gold_ea(own) == Order("SELL", "XAUUSD", "4910", "4920", ("4900", "4890"))


@pytest.mark.parametrize("state", ["tp2", "breakeven", "stopped", "desk", "expired", "cancelled"])
def test_no_reply_is_an_order_even_to_the_most_tolerant(state: str) -> None:
    assert by_meaning(visible(closed_reply(states()[state], VOICE).text)) is None
    assert by_meaning(visible(target_reply(secured(), VOICE).text)) is None


@pytest.mark.parametrize("state", states())
def test_no_word_stands_there_that_would_change_the_order_for_cornix(state: str) -> None:
    """`above` and `below` make a breakout of it, `zone` one entry of two, leverage and amounts another size."""
    order = "\n".join(visible(signal_caption(states()[state], VOICE)).splitlines()[:10])

    assert not re.search(r"above|below|zone|\blev|amount per trade|take.?profit \d", order, re.IGNORECASE)


# The readers themselves, on what channels really write


def real_orders() -> Iterator[tuple[str, str, Order]]:
    """Id, message and order of the recorded messages whose order is known in figures."""
    for path in sorted(REAL.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            told = row.get("expected_by_source_parser") or row["expected"]
            if len(row["message"]) >= 10 and (order := _order(told)) is not None:  # shorter ones are placeholders
                yield row["id"], row["message"], order


def _order(told: dict[str, Any]) -> Order | None:
    if told.get("type", "new_trade") != "new_trade" or "entry" not in told:
        return None
    if "type" in told:
        prices = [told["entry"][name] for name in ("high", "low", "price") if name in told["entry"]]
        targets, stop, side = told["takeProfits"], told["stopLoss"], told["direction"].upper()
        if stop is None:
            return None
        # Of a zone the copier takes the first price as written: the high one buying, the low one selling.
        entry = prices[-1 if side == "SELL" else 0]
        return _figures(Order(side, told["symbol"], entry, stop, tuple(targets)))
    targets = told.get("tps", told.get("tp"))
    known = [target for target in (targets if isinstance(targets, list) else [targets]) if target != "open"]
    return _figures(Order(told["side"], told["symbol"], told["entry"], told["sl"], tuple(known)))


def _figures(order: Order) -> Order:
    """With prices as plain decimals, however they were written."""
    return Order(order.side, order.symbol, _plain(order.entry), _plain(order.stop), tuple(map(_plain, order.targets)))


def _plain(price: object) -> str:
    return f"{float(str(price)):g}"


@needs_real
def test_the_tolerant_reader_reads_real_messages_as_their_own_parsers_do() -> None:
    """87 of 95. The others are written in words, without labels, or read by a rule of their own parser."""
    orders = list(real_orders())
    read = {name: by_meaning(message) for name, message, _ in orders}
    wrong = {name for name, _, order in orders if (found := read[name]) is not None and _figures(found) != order}

    assert len(orders) == 95
    assert {name for name, found in read.items() if found is None} == {
        "test_53",  # "S .l for both Trade 1290"
        "test_75",  # the entry stands before the side
        "test_94",  # emoji spelled out as words between label and price
        "test_117",  # coloured dots instead of labels
        "test_123",  # three bare numbers
    }
    assert wrong == {
        "test_70",  # a second entry that its parser takes for the target
        "disabled_test_115",  # three entries with a target each
        "test_118",  # "81.139½"
        "tolerate-more-than-six-targets",  # its parser stops at six
    }


@needs_real
def test_the_strict_readers_read_the_real_message_that_keeps_to_their_grammar() -> None:
    (message,) = [message for name, message, _ in real_orders() if name == "labelled-fields"]
    expected = Order("BUY", "XAUUSD", "4345.16", "4330.16", ("4350.16", "4355.16", "4385.16"))

    assert by_line(message) == by_pattern(message) == by_meaning(message) == expected


@needs_real
def test_what_asks_for_no_new_trade_is_no_order() -> None:
    rows = [json.loads(line) for line in (REAL / "ttmt_test_corpus.jsonl").read_text("utf-8").splitlines()]
    others = [row["message"] for row in rows if row["expected"]["type"] != "new_trade"]

    assert len(others) == 3
    assert [by_meaning(message) for message in others] == [None] * 3
