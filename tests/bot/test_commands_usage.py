"""How commands are spelled, and what wrong ones get."""

import pytest

from bot.desk.commands import COMMANDS
from bot.desk.words import Switch, find_id, read_command, read_duration_ms, read_percent, read_strategy, read_switch
from bot.words.admin_english import COMMANDS as DESCRIPTIONS
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Mode, Strategy
from tests.bot.desk_room import DESK_GROUP, Room

pytest_plugins = ["tests.bot.desk_fixtures"]

STRATEGIES = "There are trend continuation, sweep reversal, range fade."
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
    "/cancel": "Usage: /cancel 003, for a signal that waits. None waits.",
    "/cancel 9": "No signal 9 waits. None waits.",
    "/cancel 002": "002 is open. /close 002 closes it, /move_sl 002 be moves its stop to entry.",
    "/move_sl": "Usage: /move_sl 002 2274.10, or /move_sl 002 be for the entry. Open: 002, 003.",
    "/move_sl 003": "Usage: /move_sl 002 2274.10, or /move_sl 002 be for the entry. Open: 002, 003.",
    "/move_sl 003 up": "Usage: /move_sl 002 2274.10, or /move_sl 002 be for the entry. Open: 002, 003.",
    "/move_sl 9 2270": "No open trade 9. Open: 002, 003.",
    "/move_sl 003 2270.005": (
        "2270.005 is no price of XAUUSD, which moves in steps of 0.01. Usage: /move_sl 003 2264.90"
    ),
    "/move_sl 003 0": "0 is no price of XAUUSD, which moves in steps of 0.01. Usage: /move_sl 003 2264.90",
    "/move_sl 003 2264.90": "Stop of 003 is at 2264.90 already.",
    "/move_sl 002 be": "Stop of 002 is at 2274.10 already.",
    "/move_sl 003 2264.8": "Stop 2264.80 of 003 is farther away than the first one, 2264.90. Risk is never raised.",
    "/move_sl 003 2278.70": (
        "Stop 2278.70 of 003 is not below the price 2278.70: it would be hit at once. /close 003 closes it."
    ),
    "/mute soon": "Usage: /mute, /mute 2h or /mute off.",
    "/mute 2h now": "Usage: /mute, /mute 2h or /mute off.",
    "/settings scalping 5": "No setting scalping. Usage: /settings cooldown 60. /settings lists them.",
    "/settings <b>": "No setting &lt;b&gt;. Usage: /settings cooldown 60. /settings lists them.",
    "/settings 60": "No setting 60. Usage: /settings cooldown 60. /settings lists them.",
    "/settings cooldown 9999": (
        "Not changed: cooldown_min must be 0 to 1440, not 9999. Usage: /settings cooldown_min 45"
    ),
    "/settings cooldown 7.5": (
        "Not changed: cooldown_min must be a whole number, not 7.5. Usage: /settings cooldown_min 45"
    ),
    "/settings nearest stop 6": (
        "Not changed: 0 &lt; min_stop_atr &lt; max_stop_atr, not 6 and 6.0. Usage: /settings min_stop_atr 1"
    ),
    "/settings a day 9": (
        "a day may be max_signals_a_day, max_signals_a_day_per_symbol. Usage: /settings max_signals_a_day 15"
    ),
    "/settings risk 5": "5 is above the limit of 2.0 %. Usage: /risk 0.5",
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
    "/strategy fad": "Usage: /strategy range fade off. Now on.",
    "/strategy off": f"Usage: /strategy range fade off (or on). {STRATEGIES}",
    "/strategy scalping off": f"No strategy scalping. Usage: /strategy range fade off. {STRATEGIES}",
    "/strategy <b> on": f"No strategy &lt;b&gt;. Usage: /strategy range fade off. {STRATEGIES}",
    "/audit 0": "Usage: /audit, /audit 50 or /audit 50 Dana.",
    "/audit <b>": "Usage: /audit, /audit 50 or /audit 50 Dana.",
    "/audit 5 Dana 6:7": "Usage: /audit, /audit 50 or /audit 50 Dana.",
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


async def test_a_number_means_the_newest_signal_that_ends_so():
    assert find_id("002", ["XAU_20240405_002", "XAU_20240403_002"]) == "XAU_20240405_002"


@pytest.mark.parametrize(
    ("text", "is_answered"),
    [("/trades@assay_bot", True), ("/trades@other_bot", False), ("shall we close 002?", False)],
)
async def test_in_the_alert_chat_only_commands_to_this_bot_are_heard(room, text, is_answered):
    await room.say(text, chat_id=DESK_GROUP, is_private=False)

    assert bool(room.answers(DESK_GROUP)) is is_answered
    assert not [row for row in await room.audit() if not row.allowed]


def test_words_are_read_as_they_are_meant():
    assert read_command("/close@assay_bot  002 ") == read_command("/CLOSE@assay_bot 002")
    assert read_command("close 002") is None
    assert [str(read_percent(word)) for word in ("0.5", "0,5", "0.5%", "+2", "0.505", "½")] == [
        *("0.5", "0.5", "0.5", "2", "None", "None")
    ]
    assert [read_duration_ms(word) for word in ("45m", "2H", "1d", "30s", "0m", "31d", "2 h")] == [
        *(45 * MINUTE_MS, 2 * HOUR_MS, DAY_MS, None, None, None, None)
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("trend_continuation", Strategy.TREND_CONTINUATION),
        ("Trend Continuation", Strategy.TREND_CONTINUATION),
        ("trend-cont", Strategy.TREND_CONTINUATION),
        ("t", Strategy.TREND_CONTINUATION),
        ("sweepreversal", Strategy.SWEEP_REVERSAL),
        ("reversal", Strategy.SWEEP_REVERSAL),
        ("r", Strategy.RANGE_FADE),  # begins the whole name of one, and only a word of the other
        ("FADE", Strategy.RANGE_FADE),
        ("range_fade_", Strategy.RANGE_FADE),
        ("fade range", None),
        ("scalping", None),
        ("", None),
        ("_", None),
    ],
)
def test_a_strategy_is_known_by_the_beginning_of_its_name_or_of_a_word_of_it(text, meant):
    assert read_strategy(text) is meant


def test_on_and_off_stand_at_either_end_of_a_strategys_name():
    fade_off = Switch(Strategy.RANGE_FADE, False, "range fade")

    assert read_switch(("range", "fade", "off")) == read_switch(("OFF", "range", "fade")) == fade_off
    assert read_switch(("sweep", "On")) == Switch(Strategy.SWEEP_REVERSAL, True, "sweep")
    assert read_switch(("sweep",)) == Switch(Strategy.SWEEP_REVERSAL, None, "sweep")
    assert read_switch(("off",)) == Switch(None, False, "")
    assert read_switch(("on", "off")) == Switch(None, False, "on")
