"""What the desk reads of the numbers it may change: by section, one with its keyboard, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bot.words import admin_english, usage_english
from bot.words import settings_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Button, Post
from bot.words.settings_english import RISK, SECTIONS, WORDS
from bot.words.wording import Html, Style, join, lines, say, tidy
from engine.settings import Setting
from engine.types import Strategy

_GIVEN = 40  # characters of what an admin typed
# Round values a trader may want at once.
_PRESETS = {
    RISK: "0.25 0.5 1 2",
    "gate.max_signals_a_day": "3 5 10 20",
    "gate.max_signals_a_day_per_symbol": "1 2 4 8",
    "gate.cooldown_min": "0 30 60 120",
    "gate.min_open_min": "0 30 60 120",
    "gate.min_risk_reward": "1 1.5 2 3",
    "gate.max_spread_r": "0.03 0.05 0.1 0.15",
    "confluence.stop_buffer_atr": "0 0.25 0.5 1",
    "confluence.min_stop_atr": "0.5 1 1.5 2",
    "confluence.max_stop_atr": "3 4 6 8",
    "confluence.first_target_r": "1 1.5 2 3",
    "confluence.max_target_r": "2 3 4 6",
    "trades.max_slip_r": "0.1 0.25 0.5 1",
    "trades.mark_step_r": "0.05 0.1 0.25 0.5",
    "trades.entry_expiry_min": "15 30 60 240",
    "stall_after_s": "30 60 300 900",
} | {f"strategies.{strategy}.min_score": "60 70 80 90" for strategy in Strategy}


class Figure(msgspec.Struct, frozen=True):
    """A setting with its value now and the configuration's, as they are written."""

    setting: Setting
    now: str
    default: str


def settings_page(figures: Mapping[str, Figure], page: int, now_ms: int, style: Style) -> Post:
    """One section's numbers, counted from 1; a page that does not exist shows the nearest."""
    pages = len(SECTIONS)
    page = min(max(page, 1), pages)
    section = list(SECTIONS)[page - 1]
    shown = [figure for name, figure in figures.items() if name.startswith(SECTIONS[section])]
    text = join(
        "\n\n",
        say(english.PAGE_HEAD, section=section),
        lines(*map(_line, shown)),
        lines(say(english.PAGE_NOTE), style.clock_s(now_ms)),
    )
    openers = tuple(button(title(each.setting.name), Tap.SETTING, "v", each.setting.key) for each in shown)
    rows = (openers[index : index + 2] for index in range(0, len(openers), 2))
    pager = (
        button(admin_english.BACK, Tap.SETTING, "p", max(page - 1, 1)),
        button(admin_english.PAGE.format(page=page, pages=pages), Tap.SETTING, "p", page),
        button(admin_english.FORWARD, Tap.SETTING, "p", min(page + 1, pages)),
        button(admin_english.MENU["refresh"], Tap.SETTING, "p", page),
    )
    return Post(text, buttons=(*rows, pager))


def value_page(figure: Figure, note: Html | None, now_ms: int, style: Style) -> Post:
    """One number, what it does, and everything it can be changed to. `note` says what has just become of it."""
    name, now, default = figure.setting.name, figure.now, figure.default
    about = lines(
        say(english.VALUE_HEAD, title=title(name), value=shown(name, now)),
        say(WORDS[name].meaning),
    )
    bounds = {"low": shown(name, figure.setting.low), "high": shown(name, figure.setting.high)}
    small = lines(
        say(english.VALUE_DEFAULT, default=shown(name, default), **bounds),
        say(english.VALUE_KEY, name=name),
        style.clock_s(now_ms),
    )
    rows = (_steps(figure), _presets(figure), _last_row(figure), (_back(name),))
    return Post(join("\n\n", note, about, small), buttons=tuple(row for row in rows if row))


def changed(
    name: str, before: str, after: str, who: str, time_ms: int, style: Style, *, is_default: bool = False
) -> Html:
    """What became of it, who did it, and when."""
    sentence = english.KEPT if before == after else english.PUT_BACK if is_default else english.SET
    return say(
        sentence,
        title=title(name),
        before=shown(name, before),
        after=shown(name, after),
        name=tidy(who),
        time=style.clock_s(time_ms),
    )


def refused(figure: Figure, why: str) -> Post:
    """`why` is the configuration's own sentence."""
    key, example = figure.setting.key, figure.default
    return Post(say(english.REFUSED, why=tidy(why, 200), key=key, example=example))


def type_it(figure: Figure, *, in_group: bool) -> Post:
    """How a value that has no button is said. In a group only commands are heard."""
    name, setting = figure.setting.name, figure.setting
    return Post(
        say(
            english.TYPE_IN_GROUP if in_group else english.TYPE_IT,
            low=shown(name, setting.low),
            high=shown(name, setting.high),
            key=setting.key,
            example=figure.default,
            now=shown(name, figure.now),
        )
    )


def no_such_setting(given: str) -> Post:
    return Post(say(english.NO_SUCH_SETTING, given=tidy(given, _GIVEN)))


def which_setting(given: str, found: Sequence[Figure]) -> Post:
    keys = ", ".join(figure.setting.key for figure in found)
    first = found[0]
    return Post(
        say(
            english.WHICH_SETTING,
            given=tidy(given, _GIVEN),
            keys=keys,
            first=first.setting.key,
            example=first.default,
        )
    )


def done_toast(figure: Figure) -> str:
    name = figure.setting.name
    done = english.DONE.format(title=title(name), value=shown(name, figure.now))
    return usage_english.ALREADY_DONE.format(what=done)


def title(name: str) -> str:
    return WORDS[name].title


def shown(name: str, value: str | Decimal) -> str:
    """A value with its unit: `45 min`, `0.15R`, `1.00 %`."""
    number = Decimal(value)
    text = f"{number:.2f}" if name == RISK else _plain(number)
    return f"{text}{WORDS[name].unit}".replace(" ", "\u00a0")


def section_page(name: str) -> int:
    """Where it is listed, counted from 1."""
    return 1 + next(index for index, begins in enumerate(SECTIONS.values()) if name.startswith(begins))


def _line(figure: Figure) -> Html:
    name = figure.setting.name
    is_changed = Decimal(figure.now) != Decimal(figure.default)
    default = say(english.PAGE_DEFAULT, value=shown(name, figure.default)) if is_changed else ""
    return say(english.PAGE_LINE, title=title(name), value=shown(name, figure.now), default=default)


def _steps(figure: Figure) -> tuple[Button, ...]:
    """One step down and up. The label is the value it leads to, so that an old button does what it says."""
    setting, now = figure.setting, Decimal(figure.now)
    ways = ((english.LESS, now - setting.step), (english.MORE, now + setting.step))
    return tuple(_set(figure, value, label) for label, value in ways if setting.low <= value <= setting.high)


def _presets(figure: Figure) -> tuple[Button, ...]:
    setting, now = figure.setting, Decimal(figure.now)
    values = map(Decimal, _PRESETS[setting.name].split())
    return tuple(_set(figure, value) for value in values if setting.low <= value <= setting.high and value != now)


def _set(figure: Figure, value: Decimal, label: str = "{value}") -> Button:
    setting = figure.setting
    return button(label.format(value=shown(setting.name, value)), Tap.SETTING, "s", setting.key, _plain(value))


def _last_row(figure: Figure) -> tuple[Button, ...]:
    setting = figure.setting
    typed = button(english.TYPE, Tap.SETTING, "t", setting.key)
    if Decimal(figure.now) == Decimal(figure.default):
        return (typed,)
    label = english.RESET.format(value=shown(setting.name, figure.default))
    return typed, button(label, Tap.SETTING, "d", setting.key)


def _back(name: str) -> Button:
    page = section_page(name)
    return button(english.BACK_TO.format(section=list(SECTIONS)[page - 1]), Tap.SETTING, "p", page)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
