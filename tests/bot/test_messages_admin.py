"""The admin chat: answers, questions and alerts, to the letter."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from bot.words import admin_messages, alerts, questions, usage
from bot.words.admin_english import COMMANDS
from bot.words.admin_messages import Check, StatusFigures
from bot.words.alert_english import ChannelProblem
from bot.words.alerts import RestartFigures
from bot.words.buttons import button, read_tap
from bot.words.post import Post
from bot.words.reasons import why, why_refused, why_toast
from bot.words.wording import Market, Style, utf16_length
from engine.events import FeedRecovered, FeedStalled, SetupRejected
from engine.types import CloseReason, Direction, Mode, ReasonCode, Role, Timeframe, Trade
from tests.bot.reader import VOICE, golden, shown, states, visible
from tests.builders import at, closed, gold, opened, reason, secured, setup, signal, trade

STYLE = Style(market=Market.SIMULATED)
VOICES = {"XAUUSD": VOICE}
NOW_MS = at("2024-04-03 17:45:02")
FIGURES = StatusFigures(
    now_ms=NOW_MS,
    up_ms=(11 * 60 + 43) * 60_000,
    tick_age_ms=200,
    open_trades=2,
    open_r=3.09,
    closed_today=1,
    today_r=-1.0,
    risk_percent=Decimal(1),
    signals_today=3,
    most_signals=8,
    outbox_waiting=0,
    edit_every_ms=5000,
    feeds=(("XAUUSD", "ok"),),
    daily_limit_r=-3.0,
)


def numbered(number: str) -> Trade:
    return opened(signal(id=f"XAU_20240403_{number}"))


def labels(post: Post) -> list[list[str]]:
    return [[button.label for button in row] for row in post.buttons]


def test_status_is_one_table_a_phone_does_not_wrap() -> None:
    post = admin_messages.status(FIGURES, STYLE)

    assert shown(post.text) == golden("status")
    assert labels(post) == [["Trades", "Pause", "Risk"], ["Report", "Health", "Refresh"]]
    assert all(len(line) <= 30 for line in visible(post.text).splitlines()[1:-1])


def test_a_paused_desk_says_so_first_and_offers_to_resume() -> None:
    everything = admin_messages.status(msgspec.structs.replace(FIGURES, is_paused=True), STYLE)
    one = admin_messages.status(msgspec.structs.replace(FIGURES, paused_symbols=("BTCUSDT",)), STYLE)

    assert everything.text.startswith("<b>Paused</b> · PAPER")
    assert labels(everything)[0] == ["Trades", "Resume", "Risk"]
    assert one.text.startswith("<b>Running, BTCUSDT paused</b>")


def test_open_trades_are_listed_with_stop_and_next_target() -> None:
    # 2274.10 → 2295.00 is 2.2717R: 0.75R banked and half of it running; 773 of 920 ticks is 0.84R.
    first = secured(price=gold("2295.00"))
    second = opened(signal(id="XAU_20240403_003"), price=gold("2281.83"))
    post = admin_messages.trades_page([first, second], VOICES, 1, at("2024-04-03 17:45:10"), STYLE)

    assert shown(post.text) == golden("trades")
    assert labels(post) == [["Close 002", "Close 003"], ["‹", "1/1", "›", "Refresh"]]
    assert post.buttons[0][1].data == "x:XAU_20240403_003"


def test_trades_come_five_a_page_and_a_page_that_is_gone_shows_the_last() -> None:
    seven = [numbered(f"{index:03}") for index in range(1, 8)]
    post = admin_messages.trades_page(seven, VOICES, 9, NOW_MS, STYLE)

    assert labels(post) == [["Close 006", "Close 007"], ["‹", "2/2", "›", "Refresh"]]
    assert [tap.data for tap in post.buttons[1]] == ["t:1", "t:2", "t:2", "t:2"]


def test_no_open_trades_is_said_in_one_line() -> None:
    post = admin_messages.trades_page([], {}, 1, NOW_MS, STYLE)

    assert shown(post.text) == "<b>No open trades</b>\n\n17:45:02 UTC"


def test_latest_signals_say_what_became_of_them() -> None:
    both = [numbered("003"), states()["tp2"]]
    post = admin_messages.signals_page(both, VOICES, 1, at("2024-04-03 17:45:10"), STYLE)

    assert shown(post.text) == golden("signals")


def test_risk_asks_first_and_says_what_a_trade_would_risk() -> None:
    post = questions.risk_question(Decimal(1), Decimal("0.5"), Decimal(50), "17", at("2024-04-03 17:47"), STYLE)
    yes, no = post.buttons[0]

    assert shown(post.text) == golden("risk_question")
    assert (shown(yes.label), yes.style, yes.data) == ("Set 0.50 %", "success", "y:17")
    assert (shown(no.label), no.style, no.data) == ("Keep 1.00 %", None, "n:17")


def test_the_answer_names_who_and_when() -> None:
    post = questions.risk_set(Decimal(1), Decimal("0.5"), "Dana", at("2024-04-03 17:46:12"), STYLE)

    assert shown(post.text) == golden("risk_set")
    assert post.buttons == ()


def test_mode_asks_first_and_says_what_it_means() -> None:
    post = questions.mode_question(Mode.PAPER, Mode.SIGNAL, "18", at("2024-04-03 17:47"), STYLE)

    assert shown(post.text) == golden("mode_question")
    assert labels(post) == [["Set signal", "Keep paper"]]


def test_closing_asks_first_with_the_result_of_the_whole_trade() -> None:
    # 24 lot steps; 1104 ticks of 920 risked: 1.20R, and 11.04 × 100 × 0.24 = 264.96.
    big = signal(id="XAU_20240403_003", lots=Decimal("0.24"), lot_steps=24, split=(12, 12))
    post = questions.close_question(opened(big, price=gold("2285.14")), VOICE, "19", at("2024-04-03 17:47:30"))

    assert shown(post.text) == golden("close_question")
    assert [(button.label, button.style) for button in post.buttons[0]] == [
        ("Close now", "danger"),
        ("Keep it open", None),
    ]


def test_closing_is_confirmed_with_price_and_result() -> None:
    done = closed(numbered("003"), gold("2281.40"), CloseReason.DESK)

    assert shown(questions.close_done(done, VOICE, "Dana", at("2024-04-03 17:46:12")).text) == golden("close_done")


def test_pausing_says_for_what_and_until_when() -> None:
    now_ms = at("2024-04-03 17:46:12")
    all_day = questions.paused(None, None, "Dana", now_ms, STYLE)
    hours = questions.paused("XAUUSD", at("2024-04-04 01:46"), "Dana", now_ms, STYLE)

    assert shown(all_day.text) == (
        "New signals are <b>paused</b>, all symbols, until /resume. Open trades go on. Dana, 17:46:12 UTC."
    )
    assert "XAUUSD, until 4 Apr 01:46 UTC. Open" in shown(hours.text)
    assert labels(all_day) == [["Resume"]]


def test_health_repeats_in_full_what_is_broken() -> None:
    checks = [
        Check("Feed", True, "tick 0.2 s ago"),
        Check("Database", True, "ok, 3.1 MB"),
        Check("Charts", False, "no answer for 31 s, signals go out as text"),
    ]

    assert shown(admin_messages.health(checks, NOW_MS, STYLE).text) == golden("health")


def test_why_lists_every_reason_with_its_points() -> None:
    assert shown(why(trade(), VOICE)) == golden("why")


def test_a_tap_on_why_fits_a_toast_and_names_the_counter_evidence() -> None:
    toast = why_toast(trade(), VOICE)

    assert toast == (
        "H4 up · H1 gap 2266.64–2271.01 held · sweep of 2267.64 · CHoCH 2274.48 · entry at gap 2272.87–2274.14"
        " · against: H1 gap overhead"
    )
    assert utf16_length(toast) <= 200


def test_a_refused_setup_says_by_how_much_it_failed() -> None:
    against = reason(
        ReasonCode.COUNTER_TREND, 0, gold("2265.67"), role=Role.AGAINST, timeframe=Timeframe.H4, detail="BOS"
    )
    weak = setup(
        direction=Direction.DOWN,
        score=48,
        known_ms=at("2024-04-03 10:45"),
        reasons=(
            reason(ReasonCode.ZONE_HELD, 29, 1, 2, role=Role.SETUP, timeframe=Timeframe.H1, detail="OB"),
            reason(ReasonCode.STRUCTURE, 19, 1, role=Role.ENTRY, timeframe=Timeframe.M15, detail="BOS"),
            against,
        ),
    )
    event = SetupRejected(weak.known_ms, weak, ("score", "risk_reward"), (("48", "80"), ("1.2", "1.5")))

    assert shown(why_refused(event, VOICE)) == golden("why_refused")


def test_an_unknown_refusal_is_still_said() -> None:
    event = SetupRejected(0, setup(), ("moon_phase",), ())

    assert why_refused(event, VOICE).splitlines()[1] == "moon phase"


def test_a_stalled_feed_says_since_when_and_what_waits() -> None:
    event = FeedStalled(at("2024-04-03 17:45:32"), "XAUUSD", NOW_MS, gold("2294.87"))

    assert shown(alerts.feed_stalled(event, VOICE, 2).text) == golden("feed_stalled")
    assert shown(alerts.feed_stalled(event, VOICE, 0).text).endswith("No new signals until it is back.")


def test_the_all_clear_is_one_quiet_line() -> None:
    post = alerts.feed_back(FeedRecovered(NOW_MS, "XAUUSD", 72_000), trades_checked=2)

    assert shown(post.text) == golden("feed_back")
    assert post.silent


def test_a_restart_says_why_and_what_it_found() -> None:
    figures = RestartFigures(
        time_ms=at("2024-04-03 17:48:31"),
        away_ms=42_000,
        reason="stopped by the system, out of memory",
        trades_resumed=2,
        messages_edited=2,
        messages_lost=0,
        messages_doubled=0,
        filled_from_ms=at("2024-04-03 17:47:49"),
    )

    assert shown(alerts.restarted(figures, STYLE).text) == golden("restarted")


def test_delivery_troubles_say_what_to_do() -> None:
    assert alerts.channel_broken("Gold Signals", ChannelProblem.NO_RIGHT, 3).text == golden("channel_broken")
    assert alerts.maybe_doubled("Signal 004", "Gold Signals").text == golden("maybe_doubled")


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            usage.usage_risk(Decimal("0.1"), Decimal("2.0"), Decimal(1)),
            "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
        ),
        (
            usage.risk_out_of_bounds("5", Decimal("0.1"), Decimal(2), is_above=True),
            "5 is above the limit of 2.0 %. Usage: /risk 0.5",
        ),
        (
            usage.risk_out_of_bounds("0.01", Decimal("0.25"), Decimal(2), is_above=False),
            "0.01 is under the limit of 0.25 %. Usage: /risk 0.5",
        ),
        (usage.usage_mode(Mode.PAPER), "Usage: /mode signal or /mode paper. Now paper."),
        (
            usage.no_such_trade("9", ["XAU_20240403_002", "XAU_20240403_003"]),
            "No open trade 9. Open: 002, 003.",
        ),
        (usage.no_such_trade("<b>", []), "No open trade <b>. None is open."),
        (usage.usage_chart("XAUUSD"), "Usage: /chart XAUUSD M15 (M15, H1 or H4)."),
        (usage.usage_pause("XAUUSD"), "Usage: /pause, /pause XAUUSD or /pause XAUUSD 2h."),
        (usage.no_such_symbol("GBP", ["XAUUSD"]), "No symbol GBP. There is XAUUSD."),
        (usage.unknown_command(), "Unknown command. /help lists them."),
    ],
)
def test_a_wrong_argument_gets_one_line_with_an_example(found: Post, line: str) -> None:
    assert shown(visible(found.text)) == line


def test_old_buttons_are_answered_in_the_toast() -> None:
    assert shown(usage.old_keyboard_toast(at("2024-04-03 17:30"), "trades", STYLE)) == (
        "This keyboard is from before 17:30 UTC. Send /trades again."
    )
    assert usage.not_yours_toast("Dana") == "Only Dana can confirm this."
    assert shown(usage.risk_done_toast(Decimal("0.5"))) == "Already done: risk is 0.50 %."
    assert usage.close_done_toast("XAU_20240403_002") == "Already done: 002 is closed."


def test_commands_fit_telegrams_menu() -> None:
    assert all(1 <= len(name) <= 32 and name.isascii() and name.islower() for name in COMMANDS)
    assert all(1 <= len(text) <= 256 for text in COMMANDS.values())
    assert all(f"/{name} · " in visible(admin_messages.help_text().text) for name in COMMANDS)


def test_a_simulated_market_is_named_wherever_the_bot_introduces_itself() -> None:
    assert "SIMULATED" in admin_messages.start(["XAUUSD"], STYLE).text
    assert "made by a computer" in admin_messages.welcome(["XAUUSD"], STYLE).text
    assert "recorded" in admin_messages.welcome(["XAUUSD"], Style(market=Market.REPLAY)).text


@pytest.mark.parametrize("data", ["", "c", "c:M15", "q:1", "y:", "trades"])
def test_a_tap_that_no_button_sends_means_nothing(data: str) -> None:
    assert read_tap(data) is None


def test_callback_data_beyond_telegrams_64_bytes_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        button("x", admin_messages.Tap.CLOSE, "é" * 40)
