"""Where a send may be, what counts as having seen it, and what follows when it was not seen: without a network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.outcomes import Flooded, Forwarded, NotSent, Outcome, Refused, Unknown
from bot.delivery.settling import (
    LOOK_AHEAD,
    MOST_LOOKS,
    Look,
    Repeat,
    Round,
    SendAgain,
    Sight,
    after_round,
    fits,
    is_numbered,
    sight,
)
from bot.words.post import Post
from storage.outbox import Action, OutboxRow, RowState


def walk(after_id: int, taken: set[int], there: set[int]) -> list[int]:
    """The ids one round looks at, where `there` are messages nobody told of."""
    done = Round(-1001, after_id, frozenset({1}), frozenset())
    seen: list[int] = []
    known = set(taken)
    while (candidate := done.next_id(known)) is not None:
        seen.append(candidate)
        what = Sight.SOMETHING if candidate in there else Sight.NOTHING
        done.note(candidate, what)
        if what is Sight.SOMETHING:
            known.add(candidate)
    return seen


def test_looking_passes_over_what_is_known_and_ends_a_little_beyond_the_last() -> None:
    assert walk(10, {11, 13}, set()) == [12, 14, 15, 16]
    assert walk(10, set(), {11, 13}) == [11, 12, 13, 14, 15, 16]


@given(st.sets(st.integers(1, 15)), st.sets(st.integers(1, 15)))
def test_every_message_near_the_known_ones_is_looked_at(taken: set[int], there: set[int]) -> None:
    there -= taken
    seen = walk(0, taken, there)

    assert len(seen) == len(set(seen)) <= MOST_LOOKS
    reached = max(taken, default=0)
    for number in sorted(there):
        if number <= reached + LOOK_AHEAD:
            reached = max(reached, number)
            assert number in seen


@pytest.mark.parametrize(
    ("text", "photo", "same"),
    [
        ("BUY XAU_004 < 3345", False, True),
        ("BUY XAU_004 < 3345", True, True),
        ("  BUY\u200e XAU_004\n<  3345 ", False, True),
        ("BUY XAU_004 < 3345\nrepeat", False, True),
        ("BUY XAU_005 < 3345", False, False),
        ("", True, False),
    ],
)
def test_a_message_is_known_by_its_visible_words(text: str, photo: bool, same: bool) -> None:
    post = Post("<b>BUY</b> <code>XAU_004</code> &lt; 3345")
    assert fits(post, with_photo=True, seen=Forwarded(1, text, photo)) is same


def test_a_photo_is_not_ours_where_none_was_uploaded() -> None:
    assert not fits(Post("BUY"), with_photo=False, seen=Forwarded(1, "BUY", photo=True))


def test_a_photo_without_words_is_never_ours() -> None:
    assert not fits(Post(""), with_photo=True, seen=Forwarded(1, "", photo=True))


@pytest.mark.parametrize(
    ("outcome", "seen"),
    [
        (Forwarded(7, "x", photo=False), Sight.SOMETHING),
        (Refused(400, "Bad Request: message to forward not found"), Sight.NOTHING),
        (Refused(400, "Bad Request: MESSAGE_ID_INVALID"), Sight.NOTHING),
        (Refused(400, "Bad Request: the message can't be forwarded"), Sight.SEALED),
        (Refused(400, "Bad Request: CHAT_FORWARDS_RESTRICTED"), Sight.SEALED),
        (Refused(400, "Bad Request: chat not found"), Sight.BLIND),
        (Refused(403, "Forbidden: bot was blocked by the user"), Sight.BLIND),
        (Refused(401, "Unauthorized"), None),
        (Flooded(1_000), None),
        (NotSent("no route"), None),
        (Unknown("reset"), None),
    ],
)
def test_only_a_missing_message_is_a_missing_message(outcome: Outcome, seen: Sight | None) -> None:
    assert sight(outcome) is seen


def row(probes: int) -> OutboxRow:
    return OutboxRow(
        1,
        "signal:1",
        -1001,
        Action.SEND,
        0,
        '{"text":"x"}',
        None,
        RowState.UNKNOWN,
        attempts=1,
        created_ms=0,
        not_before_ms=0,
        expires_ms=None,
        error=None,
        after_id=10,
        doubts=1,
        doubt_ms=0,
        probes=probes,
    )


def test_it_takes_two_rounds_and_a_minute_to_send_again() -> None:
    done = Round(-1001, 10, frozenset({1}), frozenset())

    assert after_round(row(0), done, 5_000, 60_000) == Look(60_000, 1)
    assert after_round(row(0), done, 90_000, 60_000) == Look(95_000, 1)  # Telegram was away: two rounds all the same
    assert after_round(row(1), done, 59_999, 60_000) == Look(64_999, 2)
    assert after_round(row(1), done, 60_000, 60_000) == SendAgain()


def test_a_round_that_could_not_see_everything_proves_nothing() -> None:
    for sealed in (Sight.SEALED, Sight.BLIND):
        done = Round(-1001, 10, frozenset({1}), frozenset())
        done.note(11, sealed)
        assert done.next_id({11}) is None
        assert after_round(row(1), done, 60_000, 60_000) == Repeat()
    many = Round(-1001, 10, frozenset({1}), frozenset(), looks=MOST_LOOKS)
    assert after_round(row(1), many, 60_000, 60_000) == Repeat()


def test_only_channels_and_supergroups_count_up_by_one() -> None:
    assert [is_numbered(chat) for chat in (-1001000000001, -100200, 1001)] == [True, False, False]
