"""What an admin hears when he asks, or asks wrongly."""

import msgspec
import pytest

from bot.recovery import Recovered
from bot.words.admin_english import COMMANDS as DESCRIPTIONS
from engine.events import History, SetupRejected, SignalIssued, TradeClosed
from engine.types import HOUR_MS, MINUTE_MS
from storage.database import reading, transaction
from storage.settings import find_setting
from tests.bot.desk_room import CHANNEL, CONFIG, DANA, DESK_GROUP, NOOR, OWEN, VERA, open_room, two_trades
from tests.builders import GOLD, at, bitcoin, candles, closed, setup, trade

pytest_plugins = ["tests.bot.desk_fixtures"]


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

    assert room.answer().text.startswith("<b>Why 002 BUY XAUUSD</b> · 88/100\n")
    assert "\n\n<b>H4 trend 40/40</b>\n" in room.answer().text


async def test_why_of_a_symbol_tells_of_the_last_setup_that_became_no_signal(room):
    refused = SetupRejected(at("2024-04-03 10:45"), setup(score=71), ("score",), (("71", "80"),))
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [refused])

    await room.say("/why xau")

    assert room.answer().text.startswith(
        "<b>No signal: BUY XAUUSD</b> · trend continuation · 13:15 UTC · 71/100\nScore under 80"
    )


async def test_health_names_what_can_break(room):
    await room.say("/health")

    assert room.answer().text.startswith("<b>Health: ok</b>")
    assert [row.split()[0] for row in room.answer().text.splitlines()[2:]] == ["Database", "Outbox", "Gold", "Inputs"]


async def test_health_asks_for_a_look_when_the_feed_is_silent_though_the_market_is_open(room):
    room.pass_ms(10 * MINUTE_MS)
    await room.say("/health")

    assert room.answer().text.startswith("⚠️ <b>Health: 1 of 5 need a look</b>")


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


async def test_the_menu_and_a_restart_are_announced(room):
    await room.desk.announce(Recovered(room.engine))
    await room.settle()

    changing = ("pause", "resume", "cancel", "move_sl", "close", "audit", "mute", "backup")
    for_admins = {name: text for name, text in DESCRIPTIONS.items() if name != "rearm"}
    for_viewers = {name: text for name, text in for_admins.items() if name not in changing}
    assert room.telegram.menus == {OWEN: DESCRIPTIONS, DANA: for_admins, NOOR: for_admins, VERA: for_viewers}
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


async def test_a_broken_database_silences_the_desk_and_stops_nothing(room):
    async with transaction(room.database) as conn:
        await conn.exec_driver_sql("DROP TABLE audit")

    await room.say("/status")
    await room.hear(room.pressed("m:status", DANA, 1))

    assert room.answers() == []


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


def test_the_room_is_an_ordinary_configuration():
    assert CONFIG.channels_for("XAUUSD")[0].chat_id == CHANNEL
