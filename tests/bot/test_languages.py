"""A reader in any language reads the same facts, whole sentences, and no price turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words.direction import END, LEFT_TO_RIGHT, in_one_piece, set_apart, set_apart_html
from bot.words.languages import ENGLISH, LANGUAGES, Language, LanguageCode
from bot.words.wording import Market, Voice, counted, tidy
from tests.bot.bidi import displayed
from tests.bot.gallery import DETAILS, ROLES, posts, toasts
from tests.bot.gallery_rare import buttons_of, changes, counts, dates, phrases, stops
from tests.bot.reader import shown, visible
from tests.builders import GOLD, trade

FOLDER = Path(__file__).parents[1] / "golden" / "languages"
EACH = pytest.mark.parametrize("code", list(LanguageCode))
OTHERS = pytest.mark.parametrize("code", [code for code in LanguageCode if code is not LanguageCode.ENGLISH])
TABLES = ("signals", "reasons", "reports")
# A sign, a currency, digits with their separators; a range, a ratio and the R stay with them.
NUMBER = re.compile(r"[+−]?[$€]?\d(?:[\d.,:/–]*\d)?(?:[\u00a0 ]:[\u00a0 ]\d[\d.]*\d)?[R×%]?")


def voice_in(code: LanguageCode, **changes: object) -> Voice:
    return Voice(instrument=GOLD, market=Market.SIMULATED, language=LANGUAGES[code], **changes)


def names(table: type) -> set[str]:
    """Those a table gives itself, not those it would inherit."""
    return {name for name in vars(table) if name.isupper()}


def sentences(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from sentences(item)
    else:
        assert isinstance(value, tuple)
        for item in value:
            yield from sentences(item)


def fields(value: object) -> list[set[str]]:
    """What each sentence leaves open; forms of one plural count as one, since `one trade` need not say the number."""
    found = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in sentences(value)]
    return [set().union(*found)] if isinstance(value, tuple) else found


@OTHERS
@pytest.mark.parametrize("part", TABLES)
def test_every_language_has_every_sentence_with_the_same_fields(code: LanguageCode, part: str) -> None:
    ours, english = getattr(LANGUAGES[code], part), getattr(ENGLISH, part)

    assert names(ours) == names(english)
    for name in sorted(names(english)):
        mine, original = getattr(ours, name), getattr(english, name)
        assert type(mine) is type(original), name
        if isinstance(original, Mapping):
            assert list(mine) == list(original), name
        assert fields(mine) == fields(original), name
        assert all(text.strip() for text in sentences(mine)), name


@pytest.mark.parametrize("part", TABLES)
def test_every_sentence_is_said_somewhere(part: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in Path("bot").rglob("*.py"))

    unsaid = [name for name in names(getattr(ENGLISH, part)) if not re.search(rf"\w\.{name}\b", source)]

    assert unsaid == []


@EACH
def test_every_message_reads_as_blessed(code: LanguageCode, request: pytest.FixtureRequest) -> None:
    """One file a language; isolates are shown as ⟪ ⟫, since nobody can see them."""
    voice = voice_in(code)
    parts = [f"=== {name}\n{post.text}" for name, post in posts(voice).items()]
    parts += [f"=== {name}\n{text}" for name, text in toasts(voice).items()]
    brief = {name: post for name, post in posts(voice_in(code, is_brief=True)).items() if name == "signal tp1"}
    parts += [f"=== brief {name}\n{post.text}" for name, post in brief.items()]
    parts += [f"=== mark of a delayed channel\n{voice_in(code, delay_min=15).mark()}"]
    parts += [f"=== mark of recorded prices\n{msgspec.structs.replace(voice, market=Market.REPLAY).mark()}"]
    parts += ["=== buttons\n" + "\n".join(buttons_of(posts(voice))), "=== dates\n" + "\n".join(dates(voice))]
    parts += [f"=== phrases\n{phrases(voice, DETAILS, ROLES)}", f"=== stops\n{stops(voice)}"]
    parts += [f"=== changes\n{changes(voice, DETAILS)}", f"=== counts\n{counts(voice)}"]
    text = shown("\n\n".join(parts)).replace(LEFT_TO_RIGHT, "⟪").replace(END, "⟫") + "\n"
    golden = FOLDER / f"{code}.txt"
    if request.config.getoption("--bless"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"


@OTHERS
@pytest.mark.parametrize("part", TABLES)
def test_no_english_is_left_in_another_language(code: LanguageCode, part: str) -> None:
    """But for the words that traders everywhere write so."""
    kept = {"pips", "stop", "gap", "order", "block", "breaker", "doji", "inside", "premium", "drawdown", "asia", "open"}
    kept |= {"paper", "swing", "vwap", "assay"}
    if LANGUAGES[code].is_right_to_left:  # tables of one width hold no other script than Latin
        kept |= {"month", "setup", "session", "symbol", "others", "earlier"}
    ours, english = getattr(LANGUAGES[code], part), getattr(ENGLISH, part)
    for name in sorted(names(english)):
        same = set(sentences(getattr(ours, name))) & set(sentences(getattr(english, name)))
        words = {word for text in same for word in re.findall("[a-z]{4,}", re.sub("{.*?}|<.*?>", "", text.lower()))}
        assert words <= kept, name


# Right to left


def turned(text: str, bases: tuple[int | None, ...] = (None, 0, 1)) -> list[str]:
    """Lines whose numbers a screen shows otherwise than they were written; whichever way its paragraphs run."""
    found = []
    for line in text.splitlines():
        for base in bases:
            on_screen = displayed(line, base)
            left = sorted(NUMBER.findall(on_screen))
            if left != sorted(NUMBER.findall(re.sub("[\u2066-\u2069]", "", line))):
                found.append(f"{line!r} shows {on_screen!r}")
    return found


def test_without_isolates_numbers_would_be_turned_round() -> None:
    assert turned("تحقق +1.50R") != []
    assert turned(set_apart("تحقق +1.50R")) == []


@EACH
def test_no_number_is_turned_round_on_the_screen(code: LanguageCode) -> None:
    voice = voice_in(code, delay_min=15, zone="America/New_York")
    bases = (None, 0, 1) if voice.language.is_right_to_left else (None,)
    texts = {name: visible(post.text) for name, post in posts(voice).items()} | toasts(voice)
    for name, text in texts.items():
        assert turned(text, bases) == [], name


WORDS = (
    *("مفتوحة", "النصف،", "السعر", "·", "→", "🔒", "New York", "BUY", "TP1", "XAU_20240403_002", "13:15", "88/100"),
    *(
        "+1.50R",
        "−92.0",
        "+$138.00",
        "−$1,092.50",
        "2266.64–2271.01",
        "0.92\u00a0%",
        "1\u00a0:\u00a02.5",
        "(0.92\u00a0%)",
    ),
)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_numbers_stand_whatever_is_written_around_them(some: list[str]) -> None:
    text = " ".join(some)
    apart = set_apart(text)

    assert turned(apart) == []
    assert set_apart(apart) == apart
    assert re.sub("[\u2066-\u2069]", "", apart) == text


@given(st.text(alphabet="ab1م<>&;() \n·", max_size=40))
def test_setting_apart_keeps_html_what_it_was(text: str) -> None:
    markup = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    apart = set_apart_html(f"<b>{markup}</b>")

    assert re.sub("[\u2066-\u2069]", "", apart) == f"<b>{markup}</b>"
    assert apart.count(LEFT_TO_RIGHT) == apart.count(END)


def test_numbers_of_two_sentences_are_not_read_as_one() -> None:
    """In one run they would change places: “after TP1. 0.0 pips” would be read “after 0.0 TP1. pips”."""
    assert set_apart("بعد TP1. 0.0 نقطة") == "بعد \u2066TP1\u2069. \u20660.0\u2069 نقطة"


def test_brackets_of_words_from_elsewhere_stay_around_what_they_hold() -> None:
    title = in_one_piece("CPI (MoM) (Jul)")

    assert set_apart(f"خبر {title}") == "خبر \u2066CPI\u00a0(MoM)\u00a0(Jul)\u2069"
    assert set_apart("(0.92\u00a0%)") == "(\u20660.92\u00a0%\u2069)"


def test_what_a_tap_copies_holds_no_mark() -> None:
    """The record's head goes from here into `verify --head`."""
    apart = set_apart_html("السجل <code>7:9223f71f</code>")

    assert apart == "السجل \u2066<code>7:9223f71f</code>\u2069"
    assert set_apart_html(apart) == apart


@EACH
def test_the_block_for_copiers_is_the_same_in_every_language(code: LanguageCode) -> None:
    block = posts(voice_in(code))["signal opened"].text.partition("</pre>")[0]

    assert block == "<pre>BUY XAUUSD\nEntry 2274.10\nSL 2264.90\nTP1 2287.90\nTP2 2297.10"
    buttons = [button for row in posts(voice_in(code))["signal opened"].buttons for button in row]
    order, *prices = [button.copy for button in buttons if button.copy]
    assert order == block.removeprefix("<pre>")
    assert prices == ["2274.10", "2264.90", "2287.90", "2297.10"]


@given(st.text(alphabet="ab\u061c\u200e\u200f\u202a\u202e\u2066\u2069", max_size=20))
def test_no_direction_mark_comes_in_from_outside(text: str) -> None:
    assert not set(tidy(text)) & set("\u061c\u200e\u200f\u202a\u202e\u2066\u2069")


# Plurals


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        (LanguageCode.ENGLISH, {0: "0 trades", 1: "1 trade", 2: "2 trades", 11: "11 trades"}),
        (LanguageCode.SPANISH, {0: "0 operaciones", 1: "1 operación", 2: "2 operaciones", 11: "11 operaciones"}),
        (
            LanguageCode.ARABIC,  # none, one, two, few, many, others: CLDR's categories
            {
                0: "لا صفقات",
                1: "صفقة واحدة",
                2: "صفقتان",
                3: "3 صفقات",
                11: "11 صفقة",
                100: "100 صفقة",
                103: "103 صفقات",
            },
        ),
    ],
)
def test_what_is_counted_agrees_with_its_number(code: LanguageCode, counts: dict[int, str]) -> None:
    forms = LANGUAGES[code].reports.TRADE_COUNT

    assert {count: counted(count, forms) for count in counts} == counts


def test_a_language_is_no_more_than_its_tables() -> None:
    assert msgspec.structs.fields(Language)[0].name == "signals"
    assert voice_in(LanguageCode.SPANISH).mark(trade().signal.mode) == "PAPER · SIMULADO"
