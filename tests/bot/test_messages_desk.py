"""Symbols, settings, stops and the house: what the desk and the channel read of them, to the letter."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import admin_house, admin_messages, admin_settings, admin_symbols, questions, usage
from bot.words.admin_house import VersionFigures
from bot.words.admin_settings import Figure
from bot.words.admin_symbols import SymbolFigures
from bot.words.captions import signal_caption
from bot.words.messages import stop_moved_reply, target_reply
from bot.words.post import Post
from bot.words.settings_english import RISK, SECTIONS, WORDS
from bot.words.wording import Market, Style, Voice, utf16_length
from engine.settings import SETTINGS, Setting, text_of
from engine.trades import StopRefusal
from engine.types import Session, Trade
from tests.bot.reader import VOICE, golden, shown, visible
from tests.bot.test_messages_properties import check, check_post, hostile, trades, voice_of
from tests.builders import START_MS, at, bitcoin, gold, opened, secured, trade
from tests.engine.market_data import config

STYLE = Style(market=Market.SIMULATED)
NOW_MS = at("2024-04-03 17:45:02")
UNTIL_MS = at("2024-04-03 17:47")
FIGURES = {
    setting.name: Figure(setting, text_of(config(), setting.name), text_of(config(), setting.name))
    for setting in SETTINGS
} | {RISK: Figure(Setting(RISK, Decimal("0.1"), Decimal(2), Decimal("0.1")), "1.0", "1.0")}


def labels(post: Post) -> list[list[str]]:
    return [[shown(button.label) for button in row] for row in post.buttons]


def moved(stop: str) -> Trade:
    """The default trade at 2281.00, its stop put elsewhere by the desk."""
    return msgspec.structs.replace(opened(price=gold("2281.00")), stop=gold(stop))


def changed(name: str, now: str) -> Figure:
    return msgspec.structs.replace(FIGURES[name], now=now)


def test_symbols_tell_price_spread_session_and_feed_and_have_a_switch_each() -> None:
    coin = Voice(instrument=bitcoin(feed="binance"), market=Market.SIMULATED)
    figures = [
        SymbolFigures(VOICE, "ok", Session.NEW_YORK, gold("2292.00"), gold("2292.20"), 400),
        SymbolFigures(coin, "warming", Session.NEW_YORK, is_paused=True, until_ms=at("2024-04-03 19:45")),
    ]
    post = admin_symbols.symbols_page(figures, 1, NOW_MS, STYLE, all_paused=False)

    assert shown(post.text) == golden("symbols")
    assert labels(post) == [["Pause XAUUSD"], ["Resume BTCUSDT"], ["Pause all"], ["‹", "1/1", "›", "Refresh"]]


def test_symbols_that_are_paused_together_are_resumed_together() -> None:
    figures = [SymbolFigures(VOICE, "stalled", Session.ASIA, is_paused=True)] * 7
    post = admin_symbols.symbols_page(figures, 9, NOW_MS, STYLE, all_paused=True)

    assert labels(post) == [["Resume all"], ["‹", "2/2", "›", "Refresh"]]
    assert post.text.count("paused until /resume") == 2


def test_settings_come_by_section_with_what_was_changed_named() -> None:
    figures = FIGURES | {"gate.cooldown_min": changed("gate.cooldown_min", "60")}
    post = admin_settings.settings_page(figures, 1, NOW_MS, STYLE)

    assert shown(post.text) == golden("settings")
    assert labels(post)[-1] == ["‹", "1/4", "›", "Refresh"]
    assert labels(post)[1] == ["Cooldown after a stop", "Market still open"]


def test_every_setting_is_on_one_page_and_has_its_words() -> None:
    pages = [admin_settings.settings_page(FIGURES, page, NOW_MS, STYLE) for page in range(1, len(SECTIONS) + 1)]
    listed = [button.data for post in pages for row in post.buttons[:-1] for button in row]

    assert sorted(listed) == sorted(f"e:v:{figure.setting.key}" for figure in FIGURES.values())
    assert set(WORDS) == set(FIGURES)
    assert len({words.title for words in WORDS.values()}) == len(WORDS)
    assert all(len(words.title) <= 24 for words in WORDS.values())
    for page, post in enumerate(pages, 1):
        names = [data.partition("e:v:")[2] for row in post.buttons[:-1] for b in row if (data := b.data)]
        assert {admin_settings.section_page(f.setting.name) for f in FIGURES.values() if f.setting.key in names} == {
            page
        }


def test_one_setting_tells_what_it_does_its_bounds_and_how_to_change_it() -> None:
    figure = changed("gate.cooldown_min", "60")
    note = admin_settings.changed("gate.cooldown_min", "45", "60", "Dana", NOW_MS, STYLE)
    post = admin_settings.value_page(figure, note, NOW_MS, STYLE)

    assert shown(post.text) == golden("setting")
    assert labels(post) == [
        ["− · 55 min", "+ · 65 min"],
        ["0 min", "30 min", "120 min"],
        ["Type a value", "Reset to 45 min"],
        ["‹ Limits"],
    ]
    assert post.buttons[0][1].data == "e:s:cooldown_min:65"


def test_at_its_bounds_and_at_its_default_a_setting_offers_only_what_is_possible() -> None:
    lowest = admin_settings.value_page(changed("gate.cooldown_min", "0"), None, NOW_MS, STYLE)
    usual = admin_settings.value_page(FIGURES[RISK], None, NOW_MS, STYLE)

    assert labels(lowest)[0] == ["+ · 5 min"]
    assert labels(usual) == [
        ["− · 0.90 %", "+ · 1.10 %"],
        ["0.25 %", "0.50 %", "2.00 %"],
        ["Type a value"],
        ["‹ Trades and feed"],
    ]


@pytest.mark.parametrize("name", FIGURES)
@given(st.data())
def test_every_button_of_a_setting_stays_within_its_bounds_and_leaves_room_for_a_signature(name, data) -> None:
    setting = FIGURES[name].setting
    steps = data.draw(st.integers(0, int((setting.high - setting.low) / setting.step)))
    post = admin_settings.value_page(changed(name, f"{setting.low + steps * setting.step}"), None, NOW_MS, STYLE)

    check_post(post)
    for row in post.buttons:
        for button in row:
            assert button.data is not None
            assert len(button.data) <= 44
            if button.data.startswith("e:s:"):
                assert setting.low <= Decimal(button.data.rpartition(":")[2]) <= setting.high


def test_what_became_of_a_setting_is_said_in_one_line() -> None:
    values = ("gate.max_spread_r", "0.15", "0.15", "Dana", NOW_MS, STYLE)
    assert shown(admin_settings.changed(*values)) == "<b>Widest spread</b> stays <b>0.15R</b>. Dana, 17:45:02 UTC."
    assert shown(admin_settings.changed("stall_after_s", "60", "300", "Dana", NOW_MS, STYLE, is_default=True)) == (
        "<b>Feed counts as stalled</b> is <b>300 s</b> again, as in config.toml (was 60 s). Dana, 17:45:02 UTC."
    )


def test_withdrawing_asks_first() -> None:
    post = questions.cancel_question(trade(), "17", UNTIL_MS, STYLE)

    assert shown(post.text) == golden("cancel_question")
    assert [(b.label, b.style, b.data) for b in post.buttons[0]] == [
        ("Withdraw it", "danger", "y:17"),
        ("Let it wait", None, "n:17"),
    ]


def test_moving_a_stop_asks_first_and_shows_what_it_does_to_the_risk() -> None:
    post = questions.move_question(opened(price=gold("2281.00")), gold("2270.00"), VOICE, "18", UNTIL_MS)

    # 2274.10 → 2270.00 is 4.10 of a first risk of 9.20: 0.4457R.
    assert shown(post.text) == golden("move_question")
    assert [(b.label, b.style) for b in post.buttons[0]] == [("Move to 2270.00", "success"), ("Keep 2264.90", None)]


def test_the_desk_and_the_channel_hear_of_a_moved_stop() -> None:
    after = moved("2270.00")

    assert shown(questions.stop_moved(after, gold("2264.90"), VOICE, "Dana", NOW_MS).text) == golden("stop_moved")
    assert shown(stop_moved_reply(after, VOICE, gold("2264.90")).text) == golden("reply_stop_moved")
    assert shown(stop_moved_reply(moved("2274.10"), VOICE, gold("2264.90")).text) == golden("reply_stop_to_entry")
    assert shown(signal_caption(after, VOICE)) == golden("signal_stop_moved")


def test_the_bar_begins_at_the_stop_in_force() -> None:
    def bar(of: Trade) -> str:
        return shown(signal_caption(of, VOICE)).splitlines()[6]

    assert bar(opened(price=gold("2281.00"))) == "SL ▰▰▰▰|▰▰▰▱▱▱|▱▱▱▱ TP2"
    assert bar(moved("2270.00")) == "SL ▰▰|▰▰▰▱▱▱|▱▱▱▱ TP2"
    assert bar(moved("2274.10")) == "BE ▰▰▰▱▱▱|▱▱▱▱ TP2"
    assert bar(moved("2276.00")) == "SL ▰▰▰▱▱▱|▱▱▱▱ TP2"
    assert bar(secured(price=gold("2290.00"), stop=gold("2280.00"))) == "SL ▰▰▰▰▰▰|▱▱▱▱ TP2"


def test_a_stop_that_was_further_already_stays_when_tp1_is_reached() -> None:
    text = shown(target_reply(secured(stop=gold("2280.00")), VOICE).text)

    assert text.splitlines()[-1] == "SL stays at 2280.00. TP2 2297.10 stays."


@pytest.mark.parametrize("refusal", StopRefusal)
def test_a_stop_that_cannot_be_moved_there_says_why(refusal: StopRefusal) -> None:
    told = {
        StopRefusal.NOT_OPEN: "002 waits for its first price. /cancel 002 withdraws it.",
        StopRefusal.BEYOND_PRICE: (
            "Stop 2282.00 of 002 is not below the price 2281.00: it would be hit at once. /close 002 closes it."
        ),
        StopRefusal.WIDER: "Stop 2282.00 of 002 is farther away than the first one, 2264.90. Risk is never raised.",
        StopRefusal.THERE: "Stop of 002 is at 2282.00 already.",
    }
    post = usage.stop_refused(opened(price=gold("2281.00")), gold("2282.00"), refusal, VOICE)

    assert shown(post.text) == told[refusal]


def test_the_version_tells_what_runs() -> None:
    figures = VersionFigures("0.1.0", "3.11.7", 11 * 3_600_000, "0005", "ee95c0618b63", 2, 18)
    post = admin_house.version(figures, STYLE)

    assert shown(post.text) == golden("version")
    assert all(len(line) <= 30 for line in visible(post.text).splitlines())


def test_a_backup_tells_its_size_and_how_long_it_took() -> None:
    name = "backups/assay-20240403T174502Z.db"

    assert shown(admin_house.backed_up(48_230_400, 2_340, name).text) == golden("backup")
    assert "in 12 ms and checked: 312 kB" in shown(admin_house.backed_up(312_320, 12, name).text)
    assert "in 1 min 12 s and checked: 3.2 GB" in shown(admin_house.backed_up(3_200_000_000, 72_000, name).text)
    assert shown(admin_house.not_backed_up("OSError: no space left").text) == (
        "⚠️ <b>No backup:</b> OSError: no space left"
    )


def test_muting_says_until_when_and_what_rings_all_the_same() -> None:
    post = admin_house.muted(at("2024-04-03 19:45"), "Dana", NOW_MS, STYLE, in_group=True)

    assert shown(post.text) == golden("mute")
    assert labels(post) == [["Ring again"]]
    alone = admin_house.muted(None, "Dana", NOW_MS, STYLE, in_group=False)
    assert "until /mute off" in alone.text
    assert "alert chat" not in alone.text


def test_help_lists_every_command_in_its_group() -> None:
    assert shown(admin_messages.help_text().text) == golden("help")


@given(trades(), st.integers(1, 10**7))
def test_whatever_the_trade_and_the_stop_what_is_said_is_taken(of: Trade, stop: int) -> None:
    voice = voice_of(of)
    check_post(questions.cancel_question(of, "1", START_MS, voice))
    check_post(questions.cancel_kept(of, "Dana", START_MS, voice))
    check_post(questions.move_question(of, stop, voice, "1", START_MS))
    check_post(questions.stop_moved(of, stop, voice, "Dana", START_MS))
    check_post(questions.stop_kept(of, voice, "Dana", START_MS))
    check_post(stop_moved_reply(of, voice, stop))
    check_post(usage.open_already(of.id))
    for refusal in StopRefusal:
        check_post(usage.stop_refused(of, stop, refusal, voice))
    elsewhere = msgspec.structs.replace(of, stop=stop)
    check(signal_caption(elsewhere, voice), limit=1024)


@given(hostile)
def test_names_and_words_from_outside_do_no_harm_here_either(text: str) -> None:
    figure = FIGURES["gate.cooldown_min"]
    check_post(admin_settings.refused(figure, text))
    check_post(admin_settings.no_such_setting(text))
    check_post(admin_settings.which_setting(text, [figure, figure]))
    check_post(admin_settings.type_it(figure, in_group=True))
    check(admin_settings.changed("gate.cooldown_min", "1", "2", text, NOW_MS, STYLE))
    check_post(admin_house.muted(None, text, NOW_MS, STYLE, in_group=True))
    check_post(admin_house.unmuted(text, NOW_MS, STYLE))
    check_post(admin_house.not_backed_up(text))
    check_post(admin_house.version(VersionFigures(text, text, 0, text, text, 0, 1), STYLE))
    check_post(usage.no_such_waiting(text, [text]))
    check_post(usage.usage_cancel([text]))
    check_post(usage.off_grid(text, opened(), VOICE))
    named = Voice(instrument=msgspec.structs.replace(VOICE.instrument, feed=text))
    figures = SymbolFigures(named, text, Session.ASIA)
    check_post(admin_symbols.symbols_page([figures], 1, NOW_MS, STYLE, all_paused=False))
    assert utf16_length(admin_settings.done_toast(figure)) <= 200
    assert utf16_length(admin_symbols.done_toast(text, is_paused=True)) <= 200
