"""/settings: every number that may be changed while the bot runs, by keyboard or typed.

Each change is a command of the engine like any other; risk goes through /risk, which asks first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.desk.access import Admin
from bot.desk.parts import Parts
from bot.desk.words import read_decimal
from bot.words import admin_settings
from bot.words.admin_settings import Figure
from bot.words.post import Post
from bot.words.settings_english import RISK
from bot.words.wording import Html
from engine.events import SetSetting
from engine.settings import SETTINGS, Setting, text_of, with_settings

TYPE_WITHIN_MS = 120_000  # so long a plain text is taken for the value that was asked for
BACK = ("default", "reset")
_RISK_STEP = Decimal("0.1")


class SettingsDesk:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._awaited: dict[int, tuple[str, int]] = {}  # admin → the setting he shall type, until when

    @property
    def figures(self) -> dict[str, Figure]:
        """Everything that can be changed, by its name in the configuration."""
        engine, account = self._parts.engine, self._parts.config.engine.account
        found = {
            setting.name: Figure(setting, text_of(engine.in_force, setting.name), text_of(engine.config, setting.name))
            for setting in SETTINGS
        }
        risk = Setting(RISK, account.min_risk_percent, account.max_risk_percent, _RISK_STEP)
        return found | {RISK: Figure(risk, str(engine.risk_percent), str(account.risk_percent))}

    def page(self, page: int) -> Post:
        return admin_settings.settings_page(self.figures, page, self._now_ms, self._parts.wording.style)

    def value(self, name: str, note: Html | None = None) -> Post:
        return admin_settings.value_page(self.figures[name], note, self._now_ms, self._parts.wording.style)

    def by_key(self, key: str) -> Figure | None:
        return next((figure for figure in self.figures.values() if figure.setting.key == key), None)

    def read(self, words: Sequence[str]) -> tuple[Figure, str | None] | Post:
        """`cooldown`, `cooldown 60` or `cooldown default`: the setting that is meant and the value; what is wrong."""
        *named, last = words
        is_value = bool(named) and (last.lower() in BACK or not last[:1].isalpha())
        given = " ".join(named if is_value else words)
        found = find_settings(given, list(self.figures.values()))
        if not found:
            return admin_settings.no_such_setting(given)
        if len(found) > 1:
            return admin_settings.which_setting(given, found)
        return found[0], last if is_value else None

    def change(self, admin: Admin, key: str, name: str, text: str) -> list[Post]:
        """Wish for it; what speaks against it is said at once. Risk is not for here."""
        figure = self.figures[name]
        value = None if text.lower() in BACK else text.replace(",", ".").removeprefix("+")
        settings = {each: known for each, known in self._parts.engine.settings.items() if each != name}
        try:
            with_settings(self._parts.engine.config, settings | ({} if value is None else {name: value}))
        except ValueError as error:
            return [admin_settings.refused(figure, str(error))]
        self._parts.wish(admin, key, SetSetting(name, value))
        return []

    def is_so(self, figure: Figure, text: str) -> bool:
        return Decimal(figure.now) == read_decimal(text)

    def ask_to_type(self, admin: Admin, figure: Figure) -> Post:
        self._awaited[admin.id] = (figure.setting.name, self._parts.people.now_ms() + TYPE_WITHIN_MS)
        return admin_settings.type_it(figure, in_group=admin.chat_id != admin.id)

    def awaited(self, admin: Admin) -> Figure | None:
        """The setting whose value this admin was asked to type, once."""
        name, until_ms = self._awaited.pop(admin.id, ("", 0))
        return self.figures[name] if self._parts.people.now_ms() < until_ms else None

    @property
    def _now_ms(self) -> int:
        return self._parts.clock.now_ms()


def find_settings(given: str, figures: Sequence[Figure]) -> list[Figure]:
    """Those that may be meant: the one of that key or name, else all with these letters in name or title."""
    wanted = _letters(given)
    exact = [each for each in figures if wanted in _names(each)]
    if exact or not wanted:
        return exact
    # Not by its beginning first: half a name must not change a number that another half would name as well.
    titles = {each.setting.name: _letters(admin_settings.title(each.setting.name)) for each in figures}
    return [each for each in figures if wanted in _letters(each.setting.name) or wanted in titles[each.setting.name]]


def _names(figure: Figure) -> tuple[str, ...]:
    """Those that mean this one alone. What /risk sets is called so here too."""
    names = (_letters(figure.setting.key), _letters(figure.setting.name))
    return (*names, "risk") if figure.setting.name == RISK else names


def _letters(text: str) -> str:
    """Spaces, dots, underscores and hyphens do not count."""
    return re.sub(r"[\s._-]", "", text).lower()
