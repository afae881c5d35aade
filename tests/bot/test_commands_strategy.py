"""Strategies on and off from the admin chat: at once, as a pause is, told in place, audited, and kept for later."""

import pytest

from engine.events import Command, SetStrategy
from engine.types import Strategy
from storage.database import reading
from storage.settings import find_setting
from tests.bot.desk_room import CONFIG, DANA, DESK_GROUP, NOOR

pytest_plugins = ["tests.bot.desk_fixtures"]

ALL = frozenset(Strategy)
TREND, REVERSAL, FADE = Strategy
SCORES = {each: CONFIG.engine.strategies.of(each).min_score for each in Strategy}
LISTED = (
    "<b>Strategies</b>\n\n"
    "🟢 <b>Trend continuation</b> · on\n"
    f"trending or volatile market · from {SCORES[TREND]}/100 · 2 today, 2 this week\n\n"
    "🟢 <b>Sweep reversal</b> · on\n"
    f"volatile, ranging or quiet market · from {SCORES[REVERSAL]}/100 · 0 today, 0 this week\n\n"
    "🟢 <b>Range fade</b> · on\n"
    f"ranging or quiet market · from {SCORES[FADE]}/100 · 0 today, 0 this week\n\n"
    "17:45:00 UTC"
)
SWITCHES = ["Switch trend continuation off", "Switch sweep reversal off", "Switch range fade off", "Refresh"]
FADE_IS_OFF = "<b>Range fade</b> is now <b>off</b>; its open trades go on. Dana, 17:44:50 UTC."
FADE_IS_ON = "<b>Range fade</b> is now <b>on</b>. Dana, 17:44:50 UTC."


async def test_strategies_are_listed_with_when_they_speak_and_how_often_they_did(room):
    await room.say("/strategy")

    assert room.answer().text == LISTED
    assert room.answer().labels == SWITCHES


@pytest.mark.parametrize("sent", ["/strategy range fade off", "/strategy range_fade OFF", "/strategy off fade"])
async def test_one_is_switched_off_at_once_and_the_list_shows_it(room, sent):
    await room.say(sent)

    assert room.engine.strategies_on == ALL - {FADE}
    assert room.answer().text == f"{FADE_IS_OFF}\n\n" + LISTED.replace(
        "🟢 <b>Range fade</b> · on", "⚪ <b>Range fade</b> · off"
    )
    assert room.answer().labels == [*SWITCHES[:2], "Switch range fade on", "Refresh"]


async def test_what_is_so_already_stays_and_says_so(room):
    await room.say("/strategy range fade on")

    assert room.answer().text == f"<b>Range fade</b> stays <b>on</b>. Dana, 17:45:00 UTC.\n\n{LISTED}"
    assert [row.action for row in await room.audit()] == ["/strategy"]


async def test_a_tap_under_the_list_turns_one_over_in_the_same_message(room):
    await room.say("/strategy")
    listed = room.answer()

    assert await room.tap(listed, "Switch range fade off") == ""
    assert listed.text.startswith(f"{FADE_IS_OFF}\n\n")
    assert room.engine.strategies_on == ALL - {FADE}

    assert await room.tap(listed, "Switch range fade on") == ""
    assert listed.text.startswith(f"{FADE_IS_ON}\n\n")
    assert room.engine.strategies_on == ALL
    assert room.answers() == [listed]


async def test_an_old_button_does_what_it_says_and_not_the_opposite(room):
    await room.say("/strategy")
    listed = room.answer()
    off = listed.data("Switch range fade off")
    await room.say("/strategy range fade off", by=NOOR)

    assert await room.tap_data(off, DANA, listed.message_id) == "Already done: range fade is off."
    assert room.engine.strategies_on == ALL - {FADE}
    assert "Switch range fade on" in listed.labels


async def test_two_taps_before_the_engine_spoke_leave_it_off_and_say_so(room):
    await room.say("/strategy")
    listed = room.answer()
    off = listed.data("Switch range fade off")
    for _ in range(2):
        await room.desk.handle(room.pressed(off, DANA, listed.message_id))
    await room.settle()

    assert room.engine.strategies_on == ALL - {FADE}
    assert listed.text.startswith("<b>Range fade</b> stays <b>off</b>. Dana, 17:44:50 UTC.\n\n")


async def test_refresh_brings_the_list_up_to_date_in_place(room):
    await room.say("/strategy")
    listed = room.answer()
    await room.say("/strategy sweep off", by=NOOR)

    await room.tap(listed, "Refresh")

    assert "⚪ <b>Sweep reversal</b> · off" in listed.text
    assert room.answers() == [listed]


async def test_when_all_are_off_the_list_says_what_that_means(room):
    for strategy in Strategy:
        await room.say(f"/strategy {strategy} off")

    assert room.engine.strategies_on == frozenset()
    assert "<b>Strategies</b> · all are off: no new signals\n\n" in room.answer().text


async def test_status_names_what_is_switched_off(room):
    await room.say("/strategy trend off")
    await room.say("/status")
    assert "\nOff     trend continuation\n" in room.answer().text

    await room.say("/strategy sweep off")
    await room.say("/status")
    assert "\nOff     2 of 3 strategies\n" in room.answer().text


async def test_a_switch_is_audited_and_stored_for_the_next_start(room):
    await room.say("/strategy range fade off")

    changed, asked = await room.audit()
    assert (asked.action, asked.detail["text"]) == ("/strategy", "/strategy range fade off")
    assert (changed.action, changed.actor_name, changed.allowed) == ("strategies", "Dana", True)
    assert changed.before != changed.after
    assert "range_fade" in changed.before
    assert "range_fade" not in changed.after
    async with reading(room.database) as conn:
        assert await find_setting(conn, "strategies", str) == changed.after


async def test_in_the_alert_chat_it_is_answered_there(room):
    await room.say("/strategy fade off", chat_id=DESK_GROUP, is_private=False)

    assert room.answer(DESK_GROUP).text.startswith(FADE_IS_OFF)
    assert room.answers(DANA) == []


async def test_a_switch_that_took_effect_in_a_crash_is_told_after_it(room):
    await room.desk.handle(room.said("/strategy range fade off"))
    lost = room.commands.pop()

    later = room.restarted()
    await later.push(lost)  # it was journaled, and is handled as new
    await later.settle()
    assert room.answer().text.startswith(FADE_IS_OFF)

    await later.tap(room.answer(), "Switch range fade on")
    assert room.answer().text.startswith(FADE_IS_ON)


async def test_a_list_from_before_a_restart_still_works(room):
    await room.say("/strategy")
    later = room.restarted()

    assert await later.tap(room.answer(), "Switch sweep reversal off") == ""
    assert later.engine.strategies_on == ALL - {REVERSAL}


async def test_a_switch_by_the_program_itself_is_told_to_nobody(room):
    before = len(room.telegram.messages)
    await room.push(Command(0, SetStrategy(TREND, False)))
    await room.settle()

    assert len(room.telegram.messages) == before
    assert (await room.audit(1))[0].actor_id is None


@pytest.mark.parametrize(
    "data", ["m:strategy:range_fade", "m:strategy:off", "m:strategy:", "m:strategy:scalping:off", "m:strategy:::"]
)
async def test_data_that_no_switch_of_ours_sends_changes_nothing(room, data):
    await room.say("/strategy")

    toast = await room.tap_data(data, DANA, room.answer().message_id)

    assert toast == "This keyboard is from before 17:45 UTC. Send /strategy again."
    assert room.engine.strategies_on == ALL
    assert room.answer().text == LISTED


@pytest.mark.parametrize("place", [(DANA, 999), (None, None)])
async def test_a_switch_under_a_message_nobody_knows_is_old(room, place):
    toast = await room.tap_data("m:strategy:range_fade:off", *place)

    assert toast == "This keyboard is from before 17:45 UTC. Send /strategy again."
    assert room.engine.strategies_on == ALL


async def test_a_switch_does_not_overwrite_another_answer(room):
    await room.say("/trades")
    trades = room.answer()
    text = trades.text

    await room.tap_data("m:strategy:range_fade:off", DANA, trades.message_id)

    assert (trades.text, room.engine.strategies_on) == (text, ALL)
