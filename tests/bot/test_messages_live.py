"""Real money and the breaker: what an owner reads before it is so, to the letter."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import admin_english, questions, usage
from bot.words import readiness as words
from bot.words.wording import Market, Style, utf16_length
from engine.config import ReadinessConfig
from engine.readiness import Criterion, readiness
from engine.types import Mode
from tests.bot.reader import golden, shown, visible
from tests.bot.test_messages_properties import check_post, hostile
from tests.builders import at

STYLE = Style(market=Market.LIVE)
SINCE_MS = at("2024-03-01 10:00")
NOW_MS = at("2024-04-03 17:45:02")
UNTIL_MS = at("2024-04-03 17:47")
PASSED = (
    Criterion("days", 33.31, 30, True),
    Criterion("sharpe", 1.62, 1.5, True),
    Criterion("drawdown", 4.2, 10, True),
    Criterion("win_rate", 57.9, 55, True),
)
FAILED = (PASSED[0], Criterion("sharpe", -0.4, 1.5, False), PASSED[2], Criterion("win_rate", None, 55, False))


def test_what_is_not_proven_is_told_with_what_is_needed_and_nothing_is_asked() -> None:
    post = words.not_ready(FAILED, SINCE_MS, Mode.PAPER, "Owen", NOW_MS, STYLE)

    assert shown(post.text) == golden("live_not_ready")
    assert post.buttons == ()


def test_live_is_asked_about_twice_and_the_second_yes_is_not_where_the_first_was() -> None:
    first = words.live_question(PASSED, SINCE_MS, Mode.PAPER, "mode:17", UNTIL_MS, STYLE)
    second = words.live_question_again(Mode.PAPER, "mode:17:2", UNTIL_MS, STYLE)

    assert shown(first.text) == golden("live_question")
    assert shown(second.text) == golden("live_question_again")
    assert [(b.label, b.style, b.data) for post in (first, second) for b in post.buttons[0]] == [
        ("Set live", "success", "y:mode:17"),
        ("Keep paper", None, "n:mode:17"),
        ("Keep paper", None, "n:mode:17:2"),
        ("Yes, real money", "danger", "y:mode:17:2"),
    ]


@pytest.mark.parametrize(
    ("found", "passed", "line"),
    [
        (Criterion("days", 29.99, 30, False), False, "⚠️ Days of paper: 29, at least 30 · fail"),
        (Criterion("sharpe", 1.4999, 1.5, False), False, "⚠️ Sharpe ratio: 1.50, above 1.50 · fail"),
        (Criterion("drawdown", 9.999, 10, True), True, "Deepest drawdown: 9.99 %, below 10.00 % · pass"),
        (Criterion("drawdown", 10.0, 10, False), False, "⚠️ Deepest drawdown: 10.00 %, below 10.00 % · fail"),
    ],
)
def test_no_figure_looks_as_if_it_had_come_out_otherwise(found: Criterion, passed: bool, line: str) -> None:
    assert shown(visible(words.report([found], SINCE_MS, STYLE))).splitlines()[1] == line


def test_every_criterion_of_the_report_has_its_name() -> None:
    codes = [each.name for each in readiness([], [], ReadinessConfig())]

    assert list(words.english.NAMES) == codes


def test_rearming_asks_first_and_its_answer_names_who_and_when() -> None:
    post = questions.rearm_question(Decimal(9_000), Decimal(10_120), Decimal(8_000), "rearm:9", UNTIL_MS, STYLE)

    assert shown(post.text) == golden("rearm_question")
    assert [(b.label, b.style, b.data) for b in post.buttons[0]] == [
        ("Re-arm it", "danger", "y:rearm:9"),
        ("Keep it tripped", None, "n:rearm:9"),
    ]
    assert shown(questions.rearmed(Decimal(9_000), "Owen", NOW_MS, STYLE).text) == golden("rearmed")


@given(hostile, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_names_and_figures_whatever_they_are_are_taken(name: str, found: float, needed: float) -> None:
    criteria = [Criterion(code, found, needed, found >= needed) for code in words.english.NAMES]
    check_post(words.not_ready(criteria, SINCE_MS, Mode.SIGNAL, name, NOW_MS, STYLE))
    check_post(words.live_question(criteria, None, Mode.SIGNAL, "mode:1", UNTIL_MS, STYLE))
    check_post(questions.rearmed(Decimal(found), name, NOW_MS, STYLE))
    check_post(questions.rearm_kept(name, NOW_MS, STYLE))


def test_toasts_fit() -> None:
    toasts = [words.asked_again_toast(), *(usage.rearm_done_toast(is_tripped=each) for each in (True, False))]

    assert all(utf16_length(toast) <= 200 for toast in toasts)
    assert visible(admin_english.TRIPPED) == admin_english.TRIPPED
