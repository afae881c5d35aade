"""Signals with one to five targets: what readers see, what copiers read, what admins are told."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import MOST_TARGETS
from bot.words import admin_messages
from bot.words.alerts import message_name
from bot.words.captions import copier_block, signal_caption
from bot.words.direction import END, LEFT_TO_RIGHT
from bot.words.languages import LANGUAGES, LanguageCode
from bot.words.messages import closed_reply, signal_post, target_reply
from bot.words.report_picture import daily_picture
from bot.words.wording import Market, Voice
from engine.types import CloseReason, Direction, Setup, Signal, Trade
from tests.bot.copiers import COPIERS, Order, by_meaning, by_position
from tests.bot.gallery_targets import FIVE, HALF_FIRST, ONE, THREE, UNSPLIT, day, states_of, target_posts
from tests.bot.reader import VOICE, shown, visible
from tests.bot.test_languages import FOLDER, turned
from tests.builders import GOLD, START_MS, closed, gold, opened, secured, setup, signal

GOLDEN = FOLDER.parent / "targets"
EACH = pytest.mark.parametrize("code", list(LanguageCode))


def voice_in(code: LanguageCode) -> Voice:
    return Voice(instrument=GOLD, market=Market.SIMULATED, language=LANGUAGES[code])


@EACH
def test_other_numbers_of_targets_than_two_read_as_blessed(code: LanguageCode, request: pytest.FixtureRequest) -> None:
    """One file a language; isolates are shown as ⟪ ⟫, since nobody can see them."""
    text = "\n\n".join(f"=== {name}\n{post.text}" for name, post in target_posts(voice_in(code)).items())
    text = shown(text).replace(LEFT_TO_RIGHT, "⟪").replace(END, "⟫") + "\n"
    golden = GOLDEN / f"{code}.txt"
    if request.config.getoption("--bless"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"


@EACH
def test_no_number_is_turned_round_on_the_screen(code: LanguageCode) -> None:
    bases = (None, 0, 1) if voice_in(code).language.is_right_to_left else (None,)
    for name, post in target_posts(voice_in(code)).items():
        assert turned(visible(post.text), bases) == [], name


# What can be copied


@pytest.mark.parametrize(
    ("hit", "labels"),
    [
        (0, ["Copy", "Entry", "SL", "TP1", "TP2", "TP3", "TP4", "TP5"]),
        (1, ["Copy", "SL", "TP2", "TP3", "TP4", "TP5"]),
        (4, ["Copy", "SL", "TP5"]),
    ],
)
def test_targets_that_were_reached_can_no_longer_be_copied(hit: int, labels: list[str]) -> None:
    _, copies = signal_post(secured(FIVE, hit=hit) if hit else opened(FIVE), VOICE).buttons

    assert [button.label for button in copies] == labels
    assert copies[-1].copy == "2297.10"


def test_the_most_targets_fill_a_row_of_buttons_and_no_more() -> None:
    _, copies = signal_post(opened(FIVE), VOICE).buttons

    assert len(FIVE.split) == MOST_TARGETS
    assert len(copies) == 8, "Telegram allows so many side by side"


# What copiers read


@st.composite
def orders(draw: st.DrawFn) -> Signal:
    """Gold either way with one to five targets, each a tick or more beyond the one before.

    Of two the shares are equal: the figures of two uneven ones are known to be taken for targets by the most tolerant.
    """
    count = draw(st.integers(1, MOST_TARGETS))
    risk = draw(st.integers(100, 3_000))
    ways = sorted(draw(st.sets(st.integers(risk, 6 * risk), min_size=count, max_size=count)))
    direction = draw(st.sampled_from(Direction))
    entry = draw(st.integers(200_000, 300_000))
    of = setup(
        direction=direction,
        entry=entry,
        stop=entry - direction.sign * risk,
        targets=tuple(entry + direction.sign * way for way in ways),
    )
    steps = count * draw(st.integers(1, 20))
    even = (steps // count,) * count
    whole = (0,) * (count - 1) + (steps,)
    uneven = (*(steps // (count + 1) for _ in range(count - 1)), steps - (count - 1) * (steps // (count + 1)))
    split = draw(st.sampled_from([even, whole] if count == 2 else [even, whole, uneven]))
    return signal(of, lot_steps=steps, lots=Decimal(steps) / 100, split=split)


@st.composite
def lives(draw: st.DrawFn) -> Trade:
    states = states_of(draw(orders()))
    return states[draw(st.sampled_from(sorted(states)))]


def order_of(of: Setup, known: int = MOST_TARGETS) -> Order:
    entry, stop, *targets = (f"{price / 100:.2f}" for price in (of.entry, of.stop, *of.targets))
    return Order(of.direction.order, "XAUUSD", entry, stop, tuple(targets[:known]))


@settings(max_examples=120, deadline=None)
@given(lives(), st.sampled_from([LanguageCode.ENGLISH, LanguageCode.SPANISH]))
def test_every_copier_reads_entry_stop_and_all_the_targets_it_knows(of: Trade, code: LanguageCode) -> None:
    text, proposed = visible(signal_caption(of, voice_in(code))), of.signal.setup

    for copier in COPIERS:
        if copier is not by_position:
            assert copier(text) == order_of(proposed), copier.__name__
        elif len(proposed.targets) > 1:
            assert copier(text) == order_of(proposed, known=2), "its grammar ends with TP2"


@given(orders())
def test_what_the_button_copies_is_read_by_every_copier(of: Signal) -> None:
    for copier in COPIERS:
        known = 2 if copier is by_position else MOST_TARGETS
        assert copier(copier_block(of.setup, VOICE)) == order_of(of.setup, known), copier.__name__


@pytest.mark.parametrize("state", states_of(ONE))
def test_a_copier_that_goes_by_position_takes_no_other_line_for_a_second_target(state: str) -> None:
    """It reads the fifth line of whatever has more than four, and reads nothing where that one is empty."""
    with pytest.raises(IndexError):
        by_position(visible(signal_caption(states_of(ONE)[state], VOICE)))


@pytest.mark.parametrize("hit", [1, 2])
def test_no_reply_to_a_target_is_an_order_even_to_the_most_tolerant(hit: int) -> None:
    assert by_meaning(visible(target_reply(secured(THREE, hit=hit), VOICE).text)) is None


# What admins and reports are told


def lists_of(*trades: Trade) -> str:
    voices = {"XAUUSD": VOICE}
    pages = (admin_messages.trades_page, admin_messages.signals_page)
    return "\n".join(shown(visible(page(trades, voices, 1, START_MS, VOICE).text)) for page in pages)


@pytest.mark.parametrize(
    ("of", "lines"),
    [
        (secured(THREE), ["BUY XAUUSD +1.50R · 40 % closed", "TP2 2292.50", "TP1 hit · "]),
        (secured(THREE, hit=2), ["BUY XAUUSD +1.80R · 70 % closed", "TP3 2297.10", "TP2 hit · "]),
        (secured(HALF_FIRST), ["BUY XAUUSD +1.50R · 50 % closed"]),
        (secured(UNSPLIT, hit=2), ["BUY XAUUSD +2.00R\n", "TP3 2297.10", "TP2 hit · "]),
        (secured(), ["BUY XAUUSD +1.50R · half closed", "TP2 2297.10", "TP1 hit · "]),
        (closed(secured(THREE, hit=2), gold("2297.10"), CloseReason.TARGET), ["closed at TP3 · "]),
        (closed(opened(ONE), gold("2297.10"), CloseReason.TARGET), ["closed at TP1 · "]),
    ],
)
def test_an_admins_lists_tell_which_target_and_how_much_is_closed(of: Trade, lines: list[str]) -> None:
    text = lists_of(of)

    assert [line for line in lines if line not in text] == []


def test_the_days_picture_tells_the_last_target_and_what_was_taken() -> None:
    figures = day()
    halves = msgspec.structs.replace(figures, running=(*figures.running, secured(), opened(THREE)))
    rows = daily_picture(halves, (), VOICE, 0, "dark").rows

    assert [shown(row.outcome) for row in rows] == ["TP3", "TP1", "open, 70 % taken", "open, half taken", "open"]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("tp1:XAU_20240403_002@-1001", "TP1 reply XAU_20240403_002"),
        ("tp1:XAU_20240403_002:3@-1001", "TP3 reply XAU_20240403_002"),
        ("stop:XAU_20240403_002:1712150000000@-1001", "Stop reply XAU_20240403_002"),
        ("signal:XAU_20240403_002@-1001", "Signal XAU_20240403_002"),
    ],
)
def test_a_message_that_went_wrong_is_called_by_its_target(key: str, name: str) -> None:
    assert message_name(key) == name


def test_a_stop_the_desk_put_at_entry_names_no_target_when_none_was_reached() -> None:
    done = closed(opened(stop=gold("2274.10")), None, CloseReason.BREAKEVEN)

    assert shown(closed_reply(done, VOICE).text).splitlines()[1] == "All closed: 0.0 pips · $0.00 · 47 min"
