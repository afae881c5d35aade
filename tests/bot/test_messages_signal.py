"""The signal message: what a subscriber reads in every state, to the letter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.words.buttons import Tap, Tapped, read_tap
from bot.words.captions import CAPTION_LIMIT, signal_caption
from bot.words.live_block import progress_bar
from bot.words.messages import closed_reply, signal_post, target_reply
from bot.words.wording import Voice, visible_length
from engine.types import CloseReason, Direction, Reason, ReasonCode, Role, Timeframe, Trade
from tests.bot.reader import VOICE, golden, shown, states, units, visible
from tests.builders import (
    GOLD,
    at,
    bitcoin,
    closed,
    ended,
    gold,
    gold_reasons,
    opened,
    reason,
    secured,
    setup,
    signal,
    trade,
)


@pytest.mark.parametrize("state", states())
def test_a_signal_reads_as_designed_in_every_state(state: str) -> None:
    assert shown(signal_caption(states()[state], VOICE)) == golden(f"signal_{state}")


@pytest.mark.parametrize("state", ["tp2", "breakeven", "stopped", "desk", "expired", "cancelled"])
def test_an_ending_is_told_in_a_reply(state: str) -> None:
    assert shown(closed_reply(states()[state], VOICE).text) == golden(f"reply_{state}")


def test_tp1_and_the_stop_moving_are_one_reply() -> None:
    assert shown(target_reply(secured(), VOICE).text) == golden("reply_tp1")


def test_a_stop_filled_beyond_its_price_says_so() -> None:
    slipped = closed(opened(best=377, worst=-979), gold("2264.31"))

    assert shown(closed_reply(slipped, VOICE).text) == golden("reply_stopped_beyond")


def test_a_lot_too_small_to_split_says_that_nothing_was_closed() -> None:
    small = signal(lots=Decimal("0.01"), lot_steps=1, split=(0, 1))
    caption = shown(signal_caption(secured(small), VOICE))

    assert "All closes at TP2, nothing before · R:R 1 : 2.5" in caption
    assert "🔒 <b>TP1 hit +1.50R</b> · +138.0 pips · +$13.80" in caption
    assert "Nothing closed, lot too small to split · stop at entry 2274.10" in caption
    assert shown(target_reply(secured(small), VOICE).text) == golden("reply_tp1_unsplit")


def test_uneven_shares_are_told_in_percent() -> None:
    uneven = secured(signal(split=(4, 6)))

    assert "Closes 40 %, 60 % at TP1, TP2 · R:R 1 : 2.5" in shown(signal_caption(uneven, VOICE))
    assert "Banked +0.60R, 40 % closed" in shown(signal_caption(uneven, VOICE))
    assert "40 % closed: +138.0 pips, +0.60R banked." in shown(target_reply(uneven, VOICE).text)


def test_a_fill_away_from_the_published_entry_is_said_while_the_block_stays() -> None:
    caption = visible(signal_caption(opened(opened_price=gold("2274.35")), VOICE))

    assert "Since 13:19 UTC at 2274.35" in shown(caption)
    assert caption.splitlines()[1] == "Entry 2274.10"


def test_a_spread_paid_at_the_start_shows_as_a_small_loss() -> None:
    # Bought at 2274.10, could leave at 2273.90: 20 ticks of 920.
    assert "🟢 <b>Open −0.02R</b> · −2.0 pips · −$2.00" in shown(signal_caption(opened(price=gold("2273.90")), VOICE))


def test_a_sell_is_told_from_its_own_side() -> None:
    selling = setup(
        direction=Direction.DOWN,
        entry=gold("2274.10"),
        stop=gold("2283.30"),
        targets=(gold("2260.30"), gold("2251.10")),
        reasons=(reason(ReasonCode.TREND, 40, gold("2280.00"), direction=Direction.DOWN, detail="BOS"),),
    )
    caption = shown(visible(signal_caption(opened(signal(selling), price=gold("2268.58")), VOICE)))

    assert caption.startswith("SELL XAUUSD\nEntry 2274.10\nSL 2283.30\nTP1 2260.30\nTP2 2251.10\n🟢 Open +0.60R")
    assert "Risk −92.0 pips · reward +138.0, then +230.0" in caption
    assert "H4 trend down, BOS 2280.00 · 40/40\nAgainst: nothing found" in caption


def test_times_are_told_in_the_channels_own_zone_by_name() -> None:
    caption = shown(signal_caption(opened(), Voice(instrument=GOLD, zone="America/New_York")))

    assert "Since 09:19 New York" in caption
    assert "3 Apr 2024 09:15 New York · 1 pip = 0.10" in caption


def test_an_opening_on_the_next_day_names_the_day() -> None:
    late = opened(
        signal(issued_ms=at("2024-04-03 23:45")),
        opened_ms=at("2024-04-04 00:02"),
    )

    assert "Since 4 Apr 00:02 UTC" in shown(signal_caption(late, VOICE))


def test_money_is_the_accounts_and_lots_and_prices_keep_their_decimals() -> None:
    coin = bitcoin()
    buying = setup(symbol="BTCUSDT", entry=6_000_000, stop=5_940_000, targets=(6_090_000, 6_150_000))
    held = opened(signal(buying, lots=Decimal("0.150"), lot_steps=150, split=(75, 75)), price=6_030_000)
    caption = shown(signal_caption(held, Voice(instrument=coin, currency="EUR", rate=Decimal("0.9"))))

    assert "Entry 60000.00\n" in caption
    # 300.00 on 0.150 coin is 45.00 in quote currency, 40.50 in the account's.
    assert "🟢 <b>Open +0.50R</b> · +300.0 pips · +EUR 40.50" in caption
    assert "0.150 lot · risk EUR 92.00" in caption


@pytest.mark.parametrize(
    ("price", "bar"),
    [
        ("2274.10", "SL ▰▰▰▰|▱▱▱▱▱▱|▱▱▱▱ TP2"),
        ("2276.39", "SL ▰▰▰▰|▱▱▱▱▱▱|▱▱▱▱ TP2"),  # 2.29 is just under a quarter of 9.20
        ("2276.40", "SL ▰▰▰▰|▰▱▱▱▱▱|▱▱▱▱ TP2"),
        ("2264.00", "SL ▱▱▱▱|▱▱▱▱▱▱|▱▱▱▱ TP2"),  # beyond the stop: stays inside the bar
        ("2269.50", "SL ▰▰▱▱|▱▱▱▱▱▱|▱▱▱▱ TP2"),
        ("2299.00", "SL ▰▰▰▰|▰▰▰▰▰▰|▰▰▰▰ TP2"),
    ],
)
def test_the_bar_fills_a_cell_for_each_quarter_r_from_the_stop(price: str, bar: str) -> None:
    assert shown(progress_bar(opened(price=gold(price)))) == bar


@pytest.mark.parametrize(
    ("first", "second", "cells"),
    [
        ("2283.30", "2287.90", [5, 5, 2]),  # 2.5R in all, ten quarters: twelve cells of 0.21R
        ("2310.90", "2329.30", [2, 9, 5]),  # 7R in all, twenty-eight quarters: sixteen cells
        ("2287.90", "2297.10", [4, 6, 4]),
    ],
)
def test_the_bar_keeps_twelve_to_sixteen_cells(first: str, second: str, cells: list[int]) -> None:
    wide = opened(signal(setup(targets=(gold(first), gold(second)))))
    bar = progress_bar(wide).replace("\u00a0", " ").split(" ")[1]

    assert [len(part) for part in bar.split("|")] == cells


def test_an_open_signal_offers_charts_why_and_copies_of_the_order() -> None:
    post = signal_post(opened(), VOICE, picture=b"{}")
    looks, copies = post.buttons

    assert [button.label for button in looks] == ["M15", "H1", "H4", "Why"]
    assert looks[0].data == "c:M15:XAU_20240403_002"
    assert looks[3].data == "w:XAU_20240403_002"
    assert [(button.label, button.copy) for button in copies] == [
        ("Copy", "BUY XAUUSD\nEntry 2274.10\nSL 2264.90\nTP1 2287.90\nTP2 2297.10"),
        ("Entry", "2274.10"),
        ("SL", "2264.90"),
        ("TP1", "2287.90"),
        ("TP2", "2297.10"),
    ]
    assert post.picture == b"{}"
    assert read_tap("c:M15:XAU_20240403_002") == Tapped(Tap.CHART, "XAU_20240403_002", "M15")


def test_after_tp1_only_what_still_counts_can_be_copied_alone() -> None:
    _, copies = signal_post(secured(), VOICE).buttons

    assert [(button.label, button.copy) for button in copies[1:]] == [("SL", "2274.10"), ("TP2", "2297.10")]
    assert (copies[0].copy or "").startswith("BUY XAUUSD\nEntry 2274.10\nSL 2264.90\n")


@pytest.mark.parametrize("state", ["tp2", "breakeven", "stopped", "desk", "expired", "cancelled"])
def test_a_closed_signal_offers_why_and_its_chart(state: str) -> None:
    (row,) = signal_post(states()[state], VOICE).buttons

    assert [button.label for button in row] == ["Why", "Chart"]


def test_a_trade_that_runs_has_no_closing_reply() -> None:
    with pytest.raises(ValueError, match="still open"):
        closed_reply(opened(), VOICE)


def test_the_desk_may_withdraw_a_signal_before_its_entry() -> None:
    withdrawn = ended(CloseReason.CANCELLED)

    assert "Withdrawn before entry, 13:52 UTC. No trade, no result." in shown(signal_caption(withdrawn, VOICE))
    assert "Remove the order" in closed_reply(withdrawn, VOICE).text


def test_many_reasons_make_a_line_each_part_and_at_most_four() -> None:
    twice = setup(reasons=gold_reasons() * 3)
    quote = signal_caption(trade(signal(twice)), VOICE).split("expandable>")[1].split("</blockquote>")[0]

    assert len(quote.splitlines()) == 4


class TestWhenTheCaptionGrows:
    """Lines are given up in a fixed order, and only as many as needed."""

    def caption(self, against: int, width: int = 30) -> str:
        return visible(signal_caption(self.closed_with(against, width), VOICE))

    def closed_with(self, against: int, width: int) -> Trade:
        items = tuple(
            reason(ReasonCode.OPPOSING_ZONE, 0, 1, 2, role=Role.AGAINST, detail=f"{index:02}" + "x" * width)
            for index in range(against)
        )
        long = setup(reasons=gold_reasons()[:-1] + items)
        return closed(secured(signal(long)), gold("2297.10"), CloseReason.TARGET, best=2300, worst=-248)

    def test_the_weakest_reasons_go_first(self) -> None:
        caption = self.caption(against=9)

        assert "19/25" not in caption
        assert "29/35" in caption
        assert "+1 more under Why" in caption
        assert caption.count("overhead") == 9, "counter-evidence stays while reasons can go"

    def test_then_the_second_and_later_items_against(self) -> None:
        caption = self.caption(against=12)

        assert "+3 more under Why" in caption
        assert "40/40" not in caption
        assert 1 < caption.count("overhead") < 12
        assert "best +2.50R" in caption

    def test_what_a_reader_needs_to_act_is_never_dropped(self) -> None:
        bulky = setup(kind="<" * 48, reasons=self.closed_with(40, 46).signal.setup.reasons)
        caption = visible(signal_caption(closed(opened(signal(bulky, id="I" * 48))), VOICE))

        assert caption.startswith("BUY XAUUSD\nEntry 2274.10\nSL 2264.90\nTP1 2287.90\nTP2 2297.10\n🔴 Stopped")
        assert "R:R" in caption
        assert "I" * 48 in caption
        assert caption.endswith("PAPER · SIMULATED")

    @pytest.mark.parametrize("against", range(1, 40, 3))
    def test_it_always_fits(self, against: int) -> None:
        text = signal_caption(self.closed_with(against, 46), VOICE)

        assert units(text) == visible_length(text) <= CAPTION_LIMIT


def test_each_line_goes_in_its_turn_as_room_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of sacrifice, seen by lowering the limit one unit at a time."""
    second = reason(ReasonCode.NO_SWEEP, 0, gold("2260.00"), role=Role.AGAINST, timeframe=Timeframe.M15)
    again = setup(reasons=(*gold_reasons(), second), again_of_ms=at("2024-04-03 12:30"), changed=("+ote",))
    done = closed(opened(signal(again)), best=377, worst=-920)
    gone: list[str] = []
    marks = {
        "entry part": "19/25",
        "setup part": "29/35",
        "trend part": "40/40",
        "second against": "2260.00",
        "excursions": "best +0.41R",
        "again": "Again: last seen",
        "session": "New York",
        "bar": "▱",
        "size": "0.10 lot",
        "quote": "Against",
    }
    for limit in range(750, 200, -1):
        monkeypatch.setattr("bot.words.captions.CAPTION_LIMIT", limit)
        caption = shown(visible(signal_caption(done, VOICE)))
        gone += [name for name, mark in marks.items() if mark not in caption and name not in gone]

    assert gone == list(marks)


def reasons_about(*found: Reason) -> str:
    return shown(visible(signal_caption(trade(signal(setup(reasons=found))), VOICE)))


@pytest.mark.parametrize(
    ("kind", "direction", "words"),
    [
        ("swing", Direction.UP, "sweep of 2267.64"),
        ("session", Direction.UP, "sweep of session low 2267.64"),
        ("day", Direction.DOWN, "sweep of previous day high 2267.64"),
        ("equal", Direction.UP, "sweep of equal lows 2267.64"),
        ("Asia", Direction.UP, "sweep of Asia low 2267.64"),
        ("New York", Direction.DOWN, "sweep of New York high 2267.64"),
        ("week", Direction.UP, "sweep of previous week low 2267.64"),
        ("month", Direction.DOWN, "sweep of previous month high 2267.64"),
    ],
)
def test_a_sweep_names_whose_stops_it_took(kind: str, direction: Direction, words: str) -> None:
    taken = reason(ReasonCode.SWEEP, 8, gold("2267.64"), gold("2265.41"), role=Role.ENTRY, detail=kind)
    of = setup(reasons=(taken,))
    if direction is Direction.DOWN:
        of = setup(
            direction=direction,
            reasons=(taken,),
            stop=gold("2283.30"),
            targets=(gold("2260.30"), gold("2251.10")),
        )

    assert words in shown(visible(signal_caption(trade(signal(of)), VOICE)))


def test_the_trends_last_break_is_said_once() -> None:
    caption = reasons_about(
        reason(ReasonCode.TREND, 20, gold("2265.67"), detail="BOS"),
        reason(ReasonCode.TREND_BREAK, 8, gold("2265.67"), detail="BOS"),
    )

    assert "H4 trend up, BOS 2265.67 · 28/40" in caption
