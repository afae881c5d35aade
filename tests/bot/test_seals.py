"""Callback data is sealed: for one message, by this bot, for as long as its kind lives."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words.buttons import Broken, Tap, Tapped, button, read_tap, seal, seal_key, unseal
from bot.words.post import Button, Post
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS
from tests.builders import at

KEY = seal_key("123456789:" + "A" * 35)
HERE, NOW_MS = "desk:trades:1001/17@1", at("2026-01-05 12:34:56")
values = st.text(string.ascii_letters + string.digits + "._#+-:", min_size=1, max_size=44)


def closed(data: str, key: bytes = KEY, place: str = HERE, now_ms: int = NOW_MS) -> str:
    post = seal(Post("", ((Button("Tap", data=data),),)), key, place, now_ms)
    sent = post.buttons[0][0].data
    assert sent is not None
    return sent


@given(st.sampled_from(Tap), values)
def test_what_is_sealed_opens_as_what_it_was_and_fits(tap, value):
    made = button("Tap", tap, "M15", value[:36]) if tap is Tap.CHART else button("Tap", tap, value)
    assert made.data is not None
    sent = closed(made.data)

    assert len(sent.encode()) <= 64
    assert unseal(sent, KEY, HERE, NOW_MS) == read_tap(made.data)


@given(st.data())
def test_no_letter_of_sealed_data_can_be_changed(data):
    sent = closed(data.draw(st.sampled_from(["t:2", "x:XAU_20240403_002", "y:risk:17", "c:M15:XAU_20240403_002"])))
    place = data.draw(st.integers(0, len(sent) - 1))
    other = data.draw(st.characters().filter(lambda letter: letter != sent[place]))

    assert unseal(sent[:place] + other + sent[place + 1 :], KEY, HERE, NOW_MS) is Broken.FORGED


@given(st.text())
def test_nothing_made_up_opens(data):
    assert unseal(data, KEY, HERE, NOW_MS) is Broken.FORGED


@pytest.mark.parametrize("data", ["t:2", "w:XAU_20240403_002", "y:risk:17"])
def test_a_seal_counts_for_its_message_and_its_bot_alone(data):
    sent = closed(data)

    assert isinstance(unseal(sent, KEY, HERE, NOW_MS), Tapped)
    assert unseal(sent, KEY, "desk:trades:1001/18@1", NOW_MS) is Broken.FORGED
    assert unseal(sent, seal_key("123456789:" + "B" * 35), HERE, NOW_MS) is Broken.FORGED


def test_the_seal_of_a_shorter_life_does_not_open_one_without_end():
    end = closed("t:2").partition("~")[2][:5]
    assert unseal(f"w:2~{end}{closed('w:2').partition('~')[2]}", KEY, HERE, NOW_MS) is Broken.FORGED
    assert unseal(f"t:2~{closed('t:2').partition('~')[2][5:]}", KEY, HERE, NOW_MS) is Broken.FORGED


@pytest.mark.parametrize(
    ("data", "lives_ms", "at_most_ms"),
    [
        ("t:2", 2 * DAY_MS, 2 * DAY_MS + HOUR_MS),
        ("m:pause", 2 * DAY_MS, 2 * DAY_MS + HOUR_MS),
        ("y:risk:17", 2 * MINUTE_MS, 3 * MINUTE_MS),
        ("n:risk:17", 2 * MINUTE_MS, 3 * MINUTE_MS),
    ],
)
def test_what_changes_things_can_be_tapped_for_its_time_and_no_longer(data, lives_ms, at_most_ms):
    sent = closed(data)

    assert isinstance(unseal(sent, KEY, HERE, NOW_MS + lives_ms - 1), Tapped)
    assert unseal(sent, KEY, HERE, NOW_MS + at_most_ms) is Broken.EXPIRED


@pytest.mark.parametrize("data", ["w:XAU_20240403_002", "c:H4:XAU_20240403_002"])
def test_a_signals_own_buttons_never_expire(data):
    assert isinstance(unseal(closed(data), KEY, HERE, NOW_MS + 5 * 365 * DAY_MS), Tapped)


def test_the_same_message_within_the_hour_is_the_same_message():
    assert closed("t:2", now_ms=at("2026-01-05 12:00:01")) == closed("t:2", now_ms=at("2026-01-05 12:59:59"))


def test_buttons_that_copy_stay_as_they_are():
    post = Post("", ((Button("Entry", copy="2274.10"),),))

    assert seal(post, KEY, HERE, NOW_MS) is post


def test_data_that_would_leave_no_room_for_its_seal_is_refused_when_it_is_made():
    button("Tap", Tap.CLOSE, "X" * 45)
    with pytest.raises(ValueError, match="64 bytes"):
        button("Tap", Tap.CLOSE, "X" * 46)
