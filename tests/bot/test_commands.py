"""What an admin hears when he asks, or asks wrongly."""

import msgspec
import pytest

from bot.admin_english import COMMANDS as DESCRIPTIONS
from bot.commands import COMMANDS
from bot.desk_words import find_id, read_command, read_duration_ms, read_percent
from bot.recovery import Recovered
from engine.events import History, SetupRejected, SignalIssued, TradeClosed
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Mode
from storage.database import reading, transaction
from storage.settings import find_setting
from tests.bot.desk_room import CHANNEL, CONFIG, DANA, DESK_GROUP, NOOR, Room, open_room, sold, two_trades
from tests.builders import GOLD, at, bitcoin, candles, closed, setup, trade

pytest_plugins = ["tests.bot.desk_fixtures"]

USAGES = {
    "/risk": "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
    "/risk 5": "5 is above the limit of 2.0 %. Usage: /risk 0.5",
    "/risk 0.05": "0.05 is under the limit of 0.1 %. Usage: /risk 0.5",
    "/risk -1": "-1 is under the limit of 0.1 %. Usage: /risk 0.5",
    "/risk much": "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
    "/risk NaN": "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
    "/risk 1e-1": "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
    "/risk 0.5 now": "Usage: /risk 0.5 (percent a trade, 0.1 to 2.0). Now 1.00 %.",
    "/mode fast": "Usage: /mode signal or /mode paper. Now paper.",
    "/mode": "Usage: /mode signal or /mode paper. Now paper.",
    "/close 9": "No open trade 9. Open: 002, 003.",
    "/close": "Usage: /close 002. Open: 002, 003.",
    "/close 002 003": "Usage: /close 002. Open: 002, 003.",
    "/close <b>9</b>": "No open trade &lt;b&gt;9&lt;/b&gt;. Open: 002, 003.",
    "/why": "Usage: /why 002. Open: 002, 003.",
    "/why 77": "No signal 77. Usage: /why 002. Open: 002, 003.",
    "/chart XAU M7": "Usage: /chart XAUUSD M15 (M15, H1 or H4).",
    "/chart": "Usage: /chart XAUUSD M15 (M15, H1 or H4).",
    "/chart EURUSD M15": "No symbol EURUSD. There is XAUUSD.",
    "/pause tomorrow": "Usage: /pause, /pause XAUUSD or /pause XAUUSD 2h.",
    "/pause XAUUSD 99d": "Usage: /pause, /pause XAUUSD or /pause XAUUSD 2h.",
    "/pause EURUSD 2h": "No symbol EURUSD. There is XAUUSD.",
    "/resume EURUSD": "No symbol EURUSD. There is XAUUSD.",
    "/report EURUSD": "No symbol EURUSD. There is XAUUSD.",
    "/foo": "Unknown command. /help lists them.",
    "good morning": "Unknown command. /help lists them.",
}


async def test_a_wrong_argument_gets_one_line_that_says_how_it_is_done(room: Room):
    for sent in USAGES:
        await room.say(sent)

    assert dict(zip(USAGES, [message.text for message in room.answers()], strict=True)) == USAGES
    assert (room.engine.risk_percent, room.engine.mode, len(room.engine.open_trades())) == (1, Mode.PAPER, 2)


async def test_every_listed_command_answers_and_every_answered_command_is_listed(room):
    for name in DESCRIPTIONS:
        await room.say(f"/{name}")
        assert room.answer().text != "Unknown command. /help lists them.", name

    assert len(room.answers()) == len(DESCRIPTIONS)
    assert [name for name, _ in COMMANDS] == list(DESCRIPTIONS)
    assert set(room.desk._requests.by_name) == set(DESCRIPTIONS)


@pytest.mark.parametrize("spelling", ["/Status", "  /status  ", "/status@assay_bot", "/STATUS@ASSAY_BOT please"])
async def test_spelling_and_the_bots_own_name_do_not_matter(room, spelling):
    await room.say(spelling)

    assert room.answer().text.startswith("<b>Running</b> · PAPER\n<pre>Feed")


async def test_status_tells_how_it_stands(room):
    room.pass_ms(11 * HOUR_MS + 43 * MINUTE_MS)
    await room.say("/status")

    rows = room.answer().text.splitlines()
    assert rows[0] == "<b>Running</b> · PAPER"
    assert rows[2:6] == [
        "Open    2 trades  +2.22R",  # 0.75 banked, half of 1.95 running, and 0.50
        "Today   0 closed  0.00R",
        "Risk    1.00 % a trade",
        "Signals 0 of 15 today",  # the gold day ended at 21:00 UTC
    ]
    assert rows[8] == "Up      11 h 43 min</pre>"
    assert room.answer().labels == ["Trades", "Pause", "Risk", "Report", "Health", "Refresh"]


async def test_trades_lists_what_is_open_with_a_button_to_close_each(room):
    await room.say("/trades")

    assert room.answer().text.startswith(
        "<b>2 open trades</b> · +2.22R · +$204.50\n\n"
        "🔒 <b>002 BUY XAUUSD</b> +1.72R · half closed\n"
        "2274.10 → 2292.00 · SL 2274.10 · TP2 2297.10\n\n"
        "🟢 <b>003 BUY XAUUSD</b> +0.50R\n"
        "2274.10 → 2278.70 · SL 2264.90 · TP1 2287.90\n\n"
    )
    assert room.answer().labels[:2] == ["Close 002", "Close 003"]


async def test_signals_are_listed_newest_first_with_what_became_of_them(room):
    await room.say("/signals")

    lines = [line for line in room.answer().text.splitlines() if "BUY" in line]
    assert [line.split("<b>")[1][:3] for line in lines] == ["003", "002"]


async def test_the_report_tells_the_day_so_far(room):
    await room.say("/report")

    assert room.answer().text.startswith(
        "<b>Daily report · XAUUSD</b>\nWed 3 Apr 2024 · day ends 21:00 UTC\n\n<b>0.00R</b> · 0.0 pips · $0.00\n"
        "2 signals: 0 won, 0 lost, 2 open"
    )
    assert b'"type":"DailyPicture"' in (room.answer().png or b"")


@pytest.mark.parametrize(
    ("sent", "timeframe"), [("/chart xauusd h1", "H1"), ("/chart XAU M15", "M15"), ("/chart xau", "M15")]
)
async def test_a_chart_shows_the_market_as_it_stands(room, sent, timeframe):
    await room.say(sent)

    assert room.answer().text == f"<b>XAUUSD {timeframe}</b> · 2292.00 · 17:44:50 UTC\n<b>PAPER</b>"
    assert f'"timeframe":"{timeframe}"'.encode() in (room.answer().png or b"")


async def test_a_chart_without_candles_says_so(stages, tmp_path):
    config = msgspec.structs.replace(CONFIG, instruments=(GOLD, bitcoin()))
    async with open_room(stages, tmp_path, [], config) as room:
        await room.say("/chart btc H4")
        await room.say("/report btc")

    assert [message.text for message in room.answers()] == [
        "No candles of BTCUSDT H4 yet.",
        "No channel carries BTCUSDT, so it has no report.",
    ]


@pytest.mark.parametrize("word", ["002", "2", "XAU_20240403_002", "xau_20240403_002"])
async def test_why_tells_every_reason_of_a_signal_by_number_or_id(room, word):
    await room.say(f"/why {word}")

    assert room.answer().text.startswith("<b>Why 002 BUY XAUUSD</b> · 88/100\n\n<b>H4 trend 40/40</b>\n")


async def test_a_number_means_the_newest_signal_that_ends_so():
    assert find_id("002", ["XAU_20240405_002", "XAU_20240403_002"]) == "XAU_20240405_002"


async def test_why_of_a_symbol_tells_of_the_last_setup_that_became_no_signal(room):
    refused = SetupRejected(at("2024-04-03 10:45"), setup(score=71), ("score",), (("71", "80"),))
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [refused])

    await room.say("/why xau")

    assert room.answer().text.startswith("<b>No signal: BUY XAUUSD</b> · 13:15 UTC · 71/100\nScore under 80")


async def test_health_names_what_can_break(room):
    await room.say("/health")

    assert room.answer().text.startswith("<b>Health: ok</b>")
    assert [row.split()[0] for row in room.answer().text.splitlines()[2:]] == ["Database", "Outbox", "Inputs"]


async def test_health_asks_for_a_look_when_the_feed_is_silent_though_the_market_is_open(room):
    room.pass_ms(10 * MINUTE_MS)
    await room.say("/health")

    assert room.answer().text.startswith("⚠️ <b>Health: 1 of 4 need a look</b>")


async def test_pause_stops_new_signals_until_resume_and_says_who_did_it(room):
    await room.say("/pause")
    assert room.answer().text == (
        "New signals are <b>paused</b>, all symbols, until /resume. Open trades go on. Dana, 17:44:50 UTC."
    )
    assert room.engine.is_paused("XAUUSD")

    await room.say("/resume", by=NOOR)
    assert room.answer(NOOR).text == "New signals are <b>on</b> again, all symbols. Noor, 17:44:50 UTC."
    assert not room.engine.is_paused("XAUUSD")


@pytest.mark.parametrize("sent", ["/pause XAUUSD 2h", "/pause xau for 2h", "/pause 120m"])
async def test_a_pause_with_a_length_ends_by_itself(room, sent):
    await room.say(sent)
    assert "until 19:45 UTC" in room.answer().text

    await room.push(History(candles([(229_200,) * 4], start_ms=at("2024-04-03 19:15"))[0]))
    assert room.engine.is_paused("XAUUSD")
    await room.push(History(candles([(229_200,) * 4], start_ms=at("2024-04-03 19:30"))[0]))
    assert not room.engine.is_paused("XAUUSD")


async def test_risk_that_is_so_already_needs_no_question(room):
    await room.say("/risk 1%")

    assert room.answer().text == "Risk per trade stays <b>1.00 %</b>. Dana, 17:45:00 UTC."
    assert room.answer().buttons == ()


async def test_pages_and_refresh_change_the_same_message(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(number) for number in range(1, 8)]) as room:
        await room.say("/trades")
        page = room.answer()
        assert "001 SELL" in page.text
        assert "006 SELL" not in page.text

        assert await room.tap(page, "›") == ""

        assert room.answers() == [page]
        assert "006 SELL" in page.text
        assert page.labels == ["Close 006", "Close 007", "‹", "2/2", "›", "Refresh"]


async def test_refresh_under_status_brings_it_up_to_date_in_place(room):
    await room.say("/status")
    await room.say("/risk 0.5", by=NOOR)
    await room.tap(room.answer(NOOR), "Set 0.50 %", by=NOOR)
    status = room.answers()[0]

    await room.tap(status, "Refresh")

    assert room.answers() == [status]
    assert "Risk    0.50 % a trade" in status.text


async def test_pause_tapped_under_status_shows_there(room):
    await room.say("/status")
    status = room.answer()

    await room.tap(status, "Pause")
    assert status.text.startswith("<b>Paused</b> · PAPER")
    assert "Resume" in status.labels

    await room.tap(status, "Resume")
    assert status.text.startswith("<b>Running</b> · PAPER")
    assert room.answers() == [status]


async def test_resume_tapped_under_the_answer_of_pause_replaces_it(room):
    await room.say("/pause")
    await room.tap(room.answer(), "Resume")

    assert [message.text for message in room.answers()] == [
        "New signals are <b>on</b> again, all symbols. Dana, 17:44:50 UTC."
    ]


@pytest.mark.parametrize("label", ["Trades", "Risk", "Report", "Health"])
async def test_other_menu_buttons_answer_below(room, label):
    await room.say("/status")
    status = room.answer()
    text = status.text

    await room.tap(status, label)

    assert len(room.answers()) == 2
    assert status.text == text


async def test_the_menu_and_a_restart_are_announced(room):
    await room.desk.announce(Recovered(room.engine))
    await room.settle()

    assert room.telegram.menus == {DANA: DESCRIPTIONS, NOOR: DESCRIPTIONS}
    assert room.answer(DESK_GROUP).text.startswith("⚠️ <b>Restarted</b> at 17:45:00 UTC, away 10 s\n")
    assert "2 trades resumed" in room.answer(DESK_GROUP).text


async def test_a_first_start_is_no_restart(room):
    await room.desk.announce(Recovered(room.engine, is_first_start=True))
    await room.settle()

    assert room.answers(DESK_GROUP) == []


async def test_a_command_heard_twice_is_answered_once(room):
    update = room.said("/trades")
    await room.hear(update)
    await room.hear(update)

    assert len(room.answers()) == 1


async def test_an_answer_goes_where_it_was_asked_in_the_alert_chat_too(room):
    await room.say("/trades", chat_id=DESK_GROUP, is_private=False, thread_id=None)

    assert room.answers(DANA) == []
    assert room.answer(DESK_GROUP).text.startswith("<b>2 open trades</b>")


@pytest.mark.parametrize(
    ("text", "is_answered"),
    [("/trades@assay_bot", True), ("/trades@other_bot", False), ("shall we close 002?", False)],
)
async def test_in_the_alert_chat_only_commands_to_this_bot_are_heard(room, text, is_answered):
    await room.say(text, chat_id=DESK_GROUP, is_private=False)

    assert bool(room.answers(DESK_GROUP)) is is_answered
    assert not [row for row in await room.audit() if not row.allowed]


async def test_a_broken_database_silences_the_desk_and_stops_nothing(room):
    async with transaction(room.database) as conn:
        await conn.exec_driver_sql("DROP TABLE audit")

    await room.say("/status")
    await room.hear(room.pressed("m:status", DANA, 1))

    assert room.answers() == []


async def test_a_tap_that_telegram_forgot_changes_things_all_the_same(room):
    await room.say("/status")
    room.telegram.hears_taps = False

    await room.hear(room.pressed("m:pause", DANA, room.answer().message_id))

    assert room.engine.is_paused("XAUUSD")


async def test_settings_are_stored_for_the_next_start(room):
    await room.say("/risk 0.5")
    await room.tap(room.answer(), "Set 0.50 %")
    await room.say("/mode signal")
    await room.tap(room.answer(), "Set signal")

    async with reading(room.database) as conn:
        assert await find_setting(conn, "risk", str) == "0.5"
        assert await find_setting(conn, "mode", str) == "signal"


async def test_closed_trades_count_for_today(stages, tmp_path):
    stopped = closed(two_trades()[1], closed_ms=at("2024-04-03 17:00"))
    async with open_room(stages, tmp_path, [two_trades()[0]]) as room:
        issued = SignalIssued(stopped.signal.issued_ms, trade(stopped.signal))
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, [issued, TradeClosed(at("2024-04-03 17:00"), stopped)])
        await room.settle()
        await room.say("/status")

    assert "Today   1 closed  −1.00R" in room.answer().text


def test_words_are_read_as_they_are_meant():
    assert read_command("/close@assay_bot  002 ") == read_command("/CLOSE@assay_bot 002")
    assert read_command("close 002") is None
    assert [str(read_percent(word)) for word in ("0.5", "0,5", "0.5%", "+2", "0.505", "½")] == [
        *("0.5", "0.5", "0.5", "2", "None", "None")
    ]
    assert [read_duration_ms(word) for word in ("45m", "2H", "1d", "30s", "0m", "31d", "2 h")] == [
        *(45 * MINUTE_MS, 2 * HOUR_MS, DAY_MS, None, None, None, None)
    ]


def test_the_room_is_an_ordinary_configuration():
    assert CONFIG.channels_for("XAUUSD")[0].chat_id == CHANNEL
