"""Whatever flows in, Telegram accepts what comes out, and what a reader needs is still there."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import MOST_TARGETS
from bot.sandbox.telegram_html import parse_html
from bot.words import admin_messages, alerts, questions, usage
from bot.words.admin_audit import audit_page
from bot.words.admin_messages import Check
from bot.words.alert_english import ChannelProblem
from bot.words.captions import risk_reward, signal_caption
from bot.words.languages import LANGUAGES, Language
from bot.words.live_block import progress_bar
from bot.words.messages import closed_reply, signal_post, target_reply
from bot.words.post import Post
from bot.words.reasons import why, why_refused, why_toast
from bot.words.report_captions import DailyFigures, Refused, daily_report
from bot.words.wording import Market, Style, Voice, duration, r, ratio, signed, tidy, utf16_length, visible_length
from engine.events import SetupRejected
from engine.performance import measure
from engine.types import CloseReason, Direction, Instrument, Reason, ReasonCode, Role, Setup, Strategy, Timeframe, Trade
from storage.audit import AuditEntry
from tests.builders import GOLD, START_MS, closed, ended, opened, reason, secured, setup, signal, trade

ISOLATES = ("\u2066", "\u2069")  # ours, in right-to-left texts only
FORBIDDEN = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2067\u2068\x00\x1b")
NASTY = ("<b>", "</pre>", "&amp;", "&", "\u202e", "\u2066x", "\n\n", "\ud800", "🤑" * 60, "{r}", "a" * 4000, "\x00")

hostile = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(NASTY), max_size=4).map("".join), st.just(""), st.just("FVG")
)
DETAILS = ("OB", "IFVG", "SD", "day", "round", "Asia", "ranging", "pin bar", "doji", "val", "vwap", "band", "rsi")
changes = st.builds(
    "{}{}{}:{}".format,
    st.sampled_from("+-"),
    st.sampled_from(["", "against."]),
    st.sampled_from(ReasonCode) | hostile,
    hostile | st.sampled_from(DETAILS),
)
languages = st.sampled_from(list(LANGUAGES.values()))
symbols = st.text("ABCXYZ0189.#_<&>", min_size=1, max_size=20)
ids = st.builds("{}_20240403_{:03}".format, st.text("ABCXYZ<&", min_size=1, max_size=8), st.integers(1, 999))


@st.composite
def reason_values(draw: st.DrawFn) -> Reason:
    low, high = sorted(draw(st.lists(st.integers(1, 10**7), min_size=2, max_size=2)))
    return reason(
        draw(st.sampled_from(ReasonCode)),
        draw(st.integers(-10, 40)),
        low,
        high,
        role=draw(st.sampled_from(Role)),
        timeframe=draw(st.sampled_from(Timeframe)),
        direction=draw(st.sampled_from(Direction)),
        detail=draw(hostile | st.sampled_from(DETAILS)),
        strength=draw(st.none() | st.integers(0, 100)),
    )


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    """Either way, one to five targets: TP1 at one R or more, each of the others beyond the one before."""
    risk = draw(st.integers(20, 50_000))
    further = draw(st.lists(st.integers(1, 5 * risk), max_size=MOST_TARGETS - 1))
    ways = list(accumulate(further, initial=draw(st.integers(risk, 5 * risk))))
    up = draw(st.booleans())
    entry = draw(st.integers(26 * risk, 10**7))
    way = 1 if up else -1
    return setup(
        symbol=draw(symbols),
        kind=draw(hostile),
        direction=Direction.UP if up else Direction.DOWN,
        entry=entry,
        stop=entry - way * risk,
        targets=tuple(entry + way * each for each in ways),
        score=draw(st.integers(0, 100)),
        reasons=tuple(draw(st.lists(reason_values(), max_size=12))),
        strategy=draw(st.sampled_from(Strategy)),
        proof=draw(st.integers(0, entry)),
        stop_basis=draw(hostile | st.sampled_from(["sweep", "leg", "OB", "SD"])),
        again_of_ms=draw(st.none() | st.integers(0, START_MS)),
        changed=tuple(draw(st.lists(changes, max_size=8))),
    )


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    """A trade in any state, filled within a quarter of its risk."""
    proposed = draw(setups())
    steps, further = draw(st.integers(1, 500)), len(proposed.targets) - 1
    each = draw(st.sampled_from(sorted({0, steps // (further + 1), steps // (further + 2)})))
    split = (*(each for _ in range(further)), steps - further * each)
    made = signal(proposed, id=draw(ids), lots=Decimal(steps) / 100, lot_steps=steps, split=split)
    slip = draw(st.integers(-(proposed.risk // 5), proposed.risk // 5))
    at_price = {"opened_price": proposed.entry + slip}
    now = max(1, proposed.entry + draw(st.integers(-2 * proposed.risk, 6 * proposed.risk)))
    kind = draw(st.sampled_from(["pending", "open", "secured", "done", "banked", "ended"]))
    if kind == "pending":
        return trade(made)
    if kind == "ended":
        return ended(draw(st.sampled_from([CloseReason.EXPIRED, CloseReason.CANCELLED])), made)
    running = opened(made, price=now, **at_price)
    if kind == "open":
        return running
    if kind == "done":
        return closed(running, now, draw(st.sampled_from([CloseReason.STOP, CloseReason.DESK])))
    if not further:  # its only target ends it
        return closed(running, now, CloseReason.TARGET)
    banked = secured(made, price=now, hit=draw(st.integers(1, further)), stop=proposed.entry)
    if kind == "secured":
        return banked
    return closed(banked, now, draw(st.sampled_from([CloseReason.BREAKEVEN, CloseReason.TARGET, CloseReason.DESK])))


def voice_of(of: Trade | Setup, **changes: object) -> Voice:
    symbol = of.symbol
    return Voice(instrument=msgspec.structs.replace(GOLD, symbol=symbol), market=Market.SIMULATED, **changes)


def check(text: str, limit: int = 4096) -> str:
    """Telegram takes it: well formed, only tags we mean, within the limit, no direction tricks. Returns what shows."""
    parsed = parse_html(text)
    assert {entity.type for entity in parsed.entities} <= {"bold", "pre", "blockquote", "expandable_blockquote"}
    assert parsed.text.strip()
    assert utf16_length(parsed.text) == visible_length(text) <= limit
    assert not FORBIDDEN & set(parsed.text)
    for line in parsed.text.splitlines():
        assert re.sub("[^\u2066\u2069]", "", line) == "".join(ISOLATES) * line.count(ISOLATES[0]), "closed, not nested"
    return parsed.text


def check_post(post: Post) -> str:
    for row in post.buttons:
        for button in row:
            assert button.label
            assert len((button.data or "").encode()) <= 64
            assert len(button.copy or "") <= 256
    return check(post.text)


@settings(max_examples=150, deadline=None)
@given(
    trades(),
    st.sampled_from(["$", "EUR", "<&>", "₿"]),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    languages,
    st.booleans(),
    st.sampled_from([0, 15]),
)
def test_a_caption_always_fits_and_never_loses_what_a_reader_acts_on(
    of: Trade, currency: str, zone: str, language: Language, is_brief: bool, delay_min: int
) -> None:
    voice = voice_of(of, currency=currency, zone=zone, language=language, is_brief=is_brief, delay_min=delay_min)
    text = check(signal_caption(of, voice), limit=1024)
    proposed = of.signal.setup
    entry, stop, *targets = (f"{price / 100:.2f}" for price in (proposed.entry, proposed.stop, *proposed.targets))
    block = [
        f"{proposed.direction.order} {proposed.symbol}",
        f"Entry {entry}",
        f"SL {stop}",
        *(f"TP{number} {target}" for number, target in enumerate(targets, 1)),
    ]
    after = text.splitlines()[len(block) :]

    assert text.splitlines()[: len(block)] == block
    assert (after[0] if len(targets) > 1 else after[1])[0] in "⏳🟢🔒✅🔴⚪"
    plain = re.sub("[\u2066\u2069]", "", text)
    assert ratio(risk_reward(proposed)) in plain
    assert of.id in plain
    assert plain.endswith(f"\n{voice.mark()}")


@settings(max_examples=60, deadline=None)
@given(trades())
def test_every_message_to_admins_about_a_trade_is_accepted(of: Trade) -> None:
    voice = voice_of(of)
    check_post(questions.close_question(of, voice, "1", START_MS))
    check_post(questions.close_done(of, voice, "Dana", START_MS))
    check_post(admin_messages.trades_page([of] * 7, {of.symbol: voice}, 2, START_MS, voice))
    check_post(admin_messages.signals_page([of] * 7, {of.symbol: voice}, 1, START_MS, voice))


@settings(max_examples=100, deadline=None)
@given(trades(), languages, st.booleans(), st.sampled_from([0, 15]))
def test_every_message_about_a_trade_is_accepted(of: Trade, language: Language, is_brief: bool, delay_min: int) -> None:
    voice = voice_of(of, language=language, is_brief=is_brief, delay_min=delay_min)
    check_post(signal_post(of, voice))
    check(why(of, voice))
    check(why_toast(of, voice).replace("&", "&amp;").replace("<", "&lt;"), limit=200)
    if of.is_done:
        check_post(closed_reply(of, voice))
    elif of.targets_hit:
        check_post(target_reply(of, voice))


@settings(max_examples=60, deadline=None)
@given(trades())
def test_a_bar_has_twelve_to_sixteen_cells_before_the_stop_moves_and_an_edge_for_each_target(of: Trade) -> None:
    if of.opened_price is None:
        return
    targets = len(of.signal.setup.targets)
    _, cells, end = progress_bar(of).split("\u00a0")
    parts = cells.split("|")

    assert len(parts) in (targets, targets + 1)
    assert min(map(len, parts)) >= 1
    assert len("".join(parts)) <= 16
    assert "▱▰" not in "".join(parts), "it fills from the left without gaps"
    assert end == f"TP{targets}"
    if of.stop == of.signal.setup.stop:
        assert len(parts) == targets + 1
        assert len("".join(parts)) >= 12


@settings(max_examples=40, deadline=None)
@given(
    st.lists(trades(), max_size=25), st.lists(st.tuples(hostile, hostile, st.integers(1, 99)), max_size=12), languages
)
def test_a_report_always_fits_a_caption(
    some: list[Trade], refusals: list[tuple[str, str, int]], language: Language
) -> None:
    figures = DailyFigures(
        date(2024, 4, 3),
        START_MS,
        tuple(of for of in some if of.is_done),
        tuple(of for of in some if not of.is_done),
        measure(of for of in some if of.is_done),
        refused=len(refusals),
        refusals=tuple(Refused(*refusal) for refusal in refusals),
    )
    voice = Voice(instrument=GOLD, market=Market.REPLAY, language=language)
    post = daily_report(figures, voice)
    text = check(post.text, limit=1024)

    assert voice.mark() in text
    assert voice.report_words.DRAWDOWN.partition("{")[0] in text or not figures.recent.trades
    for table in (part for part in post.text.split("<pre>")[1:]):
        assert all(len(line) <= 30 for line in parse_html(table.split("</pre>")[0]).text.splitlines())


@settings(max_examples=60, deadline=None)
@given(hostile, setups())
def test_names_and_titles_from_outside_do_no_harm(text: str, proposed: Setup) -> None:
    style = Style()
    check_post(questions.risk_set(Decimal(1), Decimal("0.5"), text, START_MS, style))
    check_post(questions.paused(text, None, text, START_MS, style))
    check_post(alerts.channel_broken(text, ChannelProblem.GONE, 1))
    check_post(alerts.maybe_doubled(text, text))
    check_post(usage.no_such_trade(text, [text]))
    check_post(usage.no_such_symbol(text, [text]))
    check_post(usage.risk_out_of_bounds(text, Decimal("0.1"), Decimal(2), is_above=True))
    check_post(admin_messages.health([Check(text, False, text)] * 8, START_MS, style))
    entry = AuditEntry(START_MS, 7, text, text, False, None, {"text": text, "why": text}, text, text)
    kept = msgspec.structs.replace(entry, before=None, after=None)
    check_post(audit_page([entry, kept] * 4, 1, 1, 50, "Dana", START_MS, style))
    check_post(admin_messages.start([text], style))
    check_post(admin_messages.welcome([text], style))
    check(why_refused(SetupRejected(0, proposed, (text, "score"), ((text, text),)), voice_of(proposed)))
    assert utf16_length(usage.not_yours_toast(text)) <= 200


@given(hostile)
def test_tidy_text_is_one_short_line_without_direction_marks(text: str) -> None:
    tidied = tidy(text)

    assert len(tidied) <= 48
    assert not FORBIDDEN & set(tidied)
    assert "\n" not in tidied
    tidied.encode("utf-8")


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3))
def test_signs_are_true_and_zero_has_none(value: Decimal, digits: int) -> None:
    text = signed(value, digits)

    assert "-" not in text
    assert abs(Decimal(text.replace("−", "-")) - value) <= Decimal(1).scaleb(-digits) / 2
    assert (text[0] in "+−") == (text.strip("+−0.") != "")


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (42_999, "42 s"),
        (72_000, "1 min 12 s"),
        (300_000, "5 min"),
        (47 * 60_000 + 59_000, "47 min"),
        (64 * 60_000, "1 h 04 min"),
        (51 * 3_600_000, "2 d 3 h"),
    ],
)
def test_durations_are_as_fine_as_a_reader_needs(ms: int, text: str) -> None:
    assert duration(ms).replace("\u00a0", " ") == text


def test_r_rounds_half_away_from_zero() -> None:
    assert [r(Decimal(text)) for text in ("0.125", "-0.125", "0.004", "-0.004")] == [
        "+0.13R",
        "−0.13R",
        "0.00R",
        "0.00R",
    ]


def test_other_instruments_say_their_own_pip() -> None:
    sizes = {"0.1": "0.10", "0.0001": "0.0001", "1": "1.00", "0.01": "0.01"}

    def pip_of(size: str) -> Instrument:
        return msgspec.structs.replace(GOLD, pip_size=Decimal(size))

    notes = {size: Voice(instrument=pip_of(size)).pip_note().replace("\u00a0", " ") for size in sizes}
    assert notes == {size: f"1 pip = {text}" for size, text in sizes.items()}
