"""Whether live mode may be asked for: each criterion with what was found and what is needed, and the two questions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.words import admin_english
from bot.words import readiness_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Post
from bot.words.questions import mode_change, mode_kept, only_you, set_or_keep
from bot.words.wording import MINUS, NBSP, Html, Style, join, lines, say
from engine.readiness import Criterion
from engine.types import Mode

_DIGITS = {"days": 0, "sharpe": 2, "drawdown": 2, "win_rate": 2}
_PERCENTS = ("drawdown", "win_rate")
_EXCEED = ("sharpe", "win_rate")  # what is needed is not yet enough


def not_ready(
    criteria: Sequence[Criterion], since_ms: int | None, now: Mode, name: str, time_ms: int, style: Style
) -> Post:
    """Nothing is asked: the report, and that the mode stays as it is."""
    return Post(join("\n\n", report(criteria, since_ms, style), mode_kept(now, name, time_ms, style).text))


def live_question(
    criteria: Sequence[Criterion], since_ms: int | None, before: Mode, question: str, until_ms: int, style: Style
) -> Post:
    """The first of two."""
    text = join(
        "\n\n",
        lines(say(admin_english.MODE_QUESTION), mode_change(before, Mode.LIVE), say(admin_english.FROM_NEXT)),
        report(criteria, since_ms, style),
        lines(say(english.ASKED_TWICE), only_you(until_ms, style)),
    )
    return Post(text, buttons=(set_or_keep(Mode.LIVE.value, before.value, question),))


def live_question_again(before: Mode, question: str, until_ms: int, style: Style) -> Post:
    """The second. Its yes stands where the first had its no, so that a double tap cannot be both."""
    text = lines(
        say(english.SURE_QUESTION, after=Mode.LIVE.value),
        say(english.SURE_ABOUT, before=before.value),
        only_you(until_ms, style),
    )
    buttons = (
        button(admin_english.KEEP.format(value=before.value), Tap.NO, question),
        button(english.SURE_YES, Tap.YES, question, style="danger"),
    )
    return Post(text, buttons=(buttons,))


def report(criteria: Sequence[Criterion], since_ms: int | None, style: Style) -> Html:
    """`since_ms` is when the paper account first moved; None when it never did."""
    failed = sum(not each.passed for each in criteria)
    since = say(english.NOT_BEGUN)
    if since_ms is not None:
        since = say(english.SINCE, day=style.day(since_ms), year=style.local(since_ms).year)
    head = say(english.NOT_READY if failed else english.READY, failed=failed, count=len(criteria), since=since)
    return lines(head, *map(_line, criteria))


def _line(each: Criterion) -> Html:
    return say(
        english.LINE,
        symbol=english.SYMBOLS[each.passed],
        name=english.NAMES[each.name],
        found=english.UNKNOWN if each.found is None else _figure(each.name, each.found),
        bound=english.BOUNDS[each.name],
        needed=_figure(each.name, each.needed),
        verdict=english.VERDICTS[each.passed],
    )


def _figure(name: str, value: float) -> str:
    """Rounded so that no figure looks as if it had passed or failed when it has not."""
    way = ROUND_CEILING if name in _EXCEED else ROUND_FLOOR
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-_DIGITS[name]), way)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):f}{f'{NBSP}%' if name in _PERCENTS else ''}"


def asked_again_toast() -> str:
    """For a second tap on the first question's yes."""
    return english.ASKED_AGAIN
