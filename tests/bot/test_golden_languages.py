"""The seeded simulated day as readers in each language meet it, and that no sentence goes unread.

What the day does not bring about (a target reached, an expiry, a month's report, every refusal) stands in the golden
files made of example trades, `tests/golden/languages`. The admin chat is English; its sentences have files of their
own in `tests/golden/messages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from string import Formatter

import msgspec
import pytest

from bot.clock import MarketClock
from bot.config import BoardConfig, ChannelConfig, Config
from bot.words.direction import END, LEFT_TO_RIGHT
from bot.words.languages import LANGUAGES, LanguageCode
from bot.words.report_english import Span
from engine.events import NewsItem
from engine.types import HOUR_MS, Impact
from tests.bot.reader import shown
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day, transcript
from tests.bot.test_languages import FOLDER, TABLES, names, sentences

DAY = FOLDER.parent / "simulated_day"  # and a language's code
ZONES = {LanguageCode.ENGLISH: "UTC", LanguageCode.SPANISH: "Europe/Madrid", LanguageCode.ARABIC: "Asia/Riyadh"}
EACH = pytest.mark.parametrize("code", list(LanguageCode))
FIGURE = re.compile(r"[+−]?\$?\d[\d,]*\.\d+R?")  # prices, R, pips and money; times and counts have no point
HEAD = re.compile(r"<code>\d+:[0-9a-f]{32}</code>")

# By the sentence that opens each: what the day brings about. The rest is made by hand.
ON_THE_DAY = (
    *("ENTERING", "OPEN", "SECURED", "STOPPED", "CLOSED_AT_BREAKEVEN"),  # the signal's states, the live block with them
    *("TARGET_REACHED", "STOP_SLIPPED", "BREAKEVEN_REPLY"),
    *("BOARD_OPEN", "BOARD_NONE_OPEN", "BOARD_TODAY", "BOARD_CLOSED", "BOARD_NEWS"),
)
REPORTS_ON_THE_DAY = ("DAILY", "NO_TRADES")


def channel_in(config: Config, code: LanguageCode) -> ChannelConfig:
    """Its week ends on the day's evening."""
    number = list(LanguageCode).index(code)
    return msgspec.structs.replace(
        config.channels[0],
        name=f"Gold {code}",
        chat_id=config.channels[0].chat_id - number,
        language=code,
        zone=ZONES[code],
        report_weekday="Thu",
    )


def in_every_language(folder: Path) -> Config:
    """Told in steps of half an R and with a board every four hours, so that people can read what comes of it."""
    config = config_in(folder)
    trades = msgspec.structs.replace(config.engine.trades, mark_step_r=Decimal("0.5"))
    return msgspec.structs.replace(
        config,
        channels=tuple(channel_in(config, code) for code in LanguageCode),
        engine=msgspec.structs.replace(config.engine, trades=trades),
        board=BoardConfig(every_s=4 * 3_600),
    )


async def played(folder: Path) -> dict[LanguageCode, str]:
    """Once for all languages. The calendar has something for the evening after."""
    begin_ms, history, live = simulated_day()
    config, clock = in_every_language(folder), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play([NewsItem(begin_ms + 26 * HOUR_MS, "USD", Impact.HIGH, "Industrial Production m/m"), *live])
        return {channel.language: transcript(sandbox, channel.chat_id) for channel in config.channels}


def readable(text: str) -> str:
    """Isolates as ⟪ ⟫, since nobody can see them; without the record's heads, which rest on every channel's words."""
    return HEAD.sub("<code>…</code>", shown(text)).replace(LEFT_TO_RIGHT, "⟪").replace(END, "⟫")


def golden_day(code: LanguageCode) -> Path:
    return DAY.with_name(f"{DAY.name}.{code}.txt")


async def test_readers_of_each_language_see_the_golden_day_and_the_same_figures(tmp_path, request):
    seen = {code: readable(text) for code, text in (await played(tmp_path)).items()}

    if request.config.getoption("--bless"):
        for code, text in seen.items():
            golden_day(code).write_text(text, "utf-8")
    for code, text in seen.items():
        assert text == golden_day(code).read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"
    figures = {code: FIGURE.findall(text.replace("⟫", "").replace("⟪", "")) for code, text in seen.items()}
    assert len(figures[LanguageCode.ENGLISH]) > 100
    assert figures[LanguageCode.SPANISH] == figures[LanguageCode.ENGLISH]
    assert figures[LanguageCode.ARABIC] == figures[LanguageCode.ENGLISH]


@EACH
def test_the_day_shows_what_it_is_meant_to_show(code: LanguageCode) -> None:
    text = re.sub("[⟪⟫]", "", golden_day(code).read_text("utf-8"))
    language = LANGUAGES[code]
    heads = [getattr(language.signals, name) for name in ON_THE_DAY]
    heads += [getattr(language.reports, name) for name in REPORTS_ON_THE_DAY]
    heads.append(language.reports.PERIODS[Span.WEEKLY])

    assert [head for head in heads if not re.search(pattern(head), text)] == []


# Nothing that can be said goes unread


def golden_texts(code: LanguageCode) -> str:
    """All that is blessed in a language, for whole sentences to be found in: without marks, on one kind of space."""
    files = (golden_day(code), FOLDER / f"{code}.txt", FOLDER.parent / "targets" / f"{code}.txt")
    texts = [file.read_text("utf-8") for file in files]
    return re.sub("[⟪⟫]", "", "\n".join(texts))


def pattern(sentence: str) -> str:
    """The sentence with anything in its fields. Phrases may begin a line, and are capitalised there."""
    parts = Formatter().parse(shown(sentence))
    return "".join(re.escape(said) + (r"[^\n]*?" if field is not None else "") for said, field, _, _ in parts)


def unread(code: LanguageCode, part: str, text: str) -> Iterator[tuple[str, str]]:
    table = getattr(LANGUAGES[code], part)
    for name in sorted(names(table)):
        for sentence in sentences(getattr(table, name)):
            if not re.search(pattern(sentence), text, re.IGNORECASE):
                yield name, sentence


@EACH
@pytest.mark.parametrize("part", TABLES)
def test_every_sentence_stands_in_a_golden_file_of_its_language(code: LanguageCode, part: str) -> None:
    assert list(unread(code, part, golden_texts(code))) == []
