"""The languages a channel can be written in: one set of tables each, with the same names and the same `{fields}`.

Pictures and the admin chat are English. What copier programs read, and what traders everywhere write the same way
(BUY, SL, TP1, BOS), is never translated.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from bot.words.arabic import Arabic
from bot.words.english import English
from bot.words.reason_arabic import ReasonArabic
from bot.words.reason_english import ReasonEnglish
from bot.words.reason_spanish import ReasonSpanish
from bot.words.report_arabic import ReportArabic
from bot.words.report_english import ReportEnglish
from bot.words.report_spanish import ReportSpanish
from bot.words.spanish import Spanish


class LanguageCode(enum.StrEnum):
    """As in ISO 639-1."""

    ENGLISH = "en"
    SPANISH = "es"
    ARABIC = "ar"


class Language(msgspec.Struct, frozen=True):
    """A language's sentences. English is the pattern: the other tables are checked against it."""

    signals: type[English]
    reasons: type[ReasonEnglish]
    reports: type[ReportEnglish]
    is_right_to_left: bool = False


ENGLISH = Language(English, ReasonEnglish, ReportEnglish)
LANGUAGES: Mapping[LanguageCode, Language] = {
    LanguageCode.ENGLISH: ENGLISH,
    LanguageCode.SPANISH: Language(Spanish, ReasonSpanish, ReportSpanish),
    LanguageCode.ARABIC: Language(Arabic, ReasonArabic, ReportArabic, is_right_to_left=True),
}
