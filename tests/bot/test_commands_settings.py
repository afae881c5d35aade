"""Numbers changed from the admin chat: by keyboard or typed, at once, told in place, audited, and kept for later."""

import pytest

from engine.events import Command, CommandRefused, SetSetting
from storage.database import reading, transaction
from storage.settings import all_settings, find_setting
from tests.bot.desk_room import DANA, DESK_GROUP, NOOR
from tests.builders import at

pytest_plugins = ["tests.bot.desk_fixtures"]

COOLDOWN = "gate.cooldown_min"
IS_60 = "<b>Cooldown after a stop</b> is now <b>60 min</b> (was 45 min). Dana, 17:44:50 UTC.\n\n"
PAGE = "<b>Cooldown after a stop</b> · <b>{now} min</b>\nAfter a stop no new signal"


def now(room) -> int:
    return room.engine.in_force.gate.cooldown_min


async def open_cooldown(room):
    await room.say("/settings")
    page = room.answer()
    await room.tap(page, "Cooldown after a stop")
    return page


async def test_settings_are_paged_by_section_in_one_message(room):
    await room.say("/settings")
    page = room.answer()
    heads = [page.text.splitlines()[0]]
    for _ in range(4):
        await room.tap(page, "›")
        heads.append(page.text.splitlines()[0])

    sections = ["Limits", "Least scores", "Stops and targets", "Trades and feed", "Trades and feed"]
    assert heads == [f"<b>Settings · {section}</b>" for section in sections]
    assert room.answers() == [page]


async def test_a_tap_changes_a_number_at_once_in_the_same_message(room):
    page = await open_cooldown(room)
    assert page.text.startswith(PAGE.format(now=45))

    assert await room.tap(page, "60 min") == ""
    assert page.text.startswith(IS_60 + PAGE.format(now=60))
    assert now(room) == 60

    await room.tap(page, "− · 55 min")
    assert now(room) == 55
    await room.tap(page, "Reset to 45 min")
    assert "is <b>45 min</b> again, as in config.toml (was 55 min). Dana" in page.text
    assert (now(room), dict(room.engine.settings)) == (45, {})

    await room.tap(page, "‹ Limits")
    assert page.text.startswith("<b>Settings · Limits</b>")
    assert room.answers() == [page]


@pytest.mark.parametrize(
    "sent",
    [
        "/settings cooldown 60",
        "/settings cooldown_min 60",
        "/settings gate.cooldown_min 60",
        "/settings Cooldown after a stop +60",
        "/settings COOLDOWN-MIN 60.0",
    ],
)
async def test_a_number_can_be_typed_under_any_name_that_means_no_other(room, sent):
    await room.say(sent)

    assert now(room) == 60
    assert room.answer().text.startswith(IS_60)
    assert "Reset to 45 min" in room.answer().labels


async def test_without_a_value_the_setting_is_shown_and_default_puts_it_back(room):
    await room.say("/settings cooldown 60")
    await room.say("/settings cooldown")
    assert room.answer().text.startswith(PAGE.format(now=60))

    await room.say("/settings cooldown default")
    assert now(room) == 45


async def test_a_value_that_was_asked_for_may_be_typed_alone_once(room):
    page = await open_cooldown(room)
    await room.tap(page, "Type a value")
    assert room.answer().text == ("Send the new value, 0 min to 1440 min, or /settings cooldown_min 45. Now 45 min.")

    await room.say("90")
    assert now(room) == 90
    assert "is now <b>90 min</b> (was 45 min)" in room.answer().text
    await room.tap(room.answer(), "Reset to 45 min")
    assert now(room) == 45

    await room.say("80")
    assert room.answer().text == "Unknown command. /help lists them."
    assert now(room) == 45


async def test_a_typed_value_counts_for_two_minutes_and_for_the_one_who_was_asked(room):
    page = await open_cooldown(room)
    await room.tap(page, "Type a value")
    await room.say("70", by=NOOR)
    assert room.answer(NOOR).text == "Unknown command. /help lists them."

    room.people.move_to(at("2024-04-03 17:47:00.000"))
    await room.say("70")
    assert room.answer().text == "Unknown command. /help lists them."
    assert now(room) == 45


async def test_a_typed_value_that_will_not_do_gets_the_reason(room):
    page = await open_cooldown(room)
    await room.tap(page, "Type a value")
    await room.say("2000")

    assert room.answer().text == (
        "Not changed: cooldown_min must be 0 to 1440, not 2000. Usage: /settings cooldown_min 45"
    )


async def test_in_the_alert_chat_only_a_command_is_asked_for(room):
    await room.say("/settings cooldown", chat_id=DESK_GROUP, is_private=False)
    await room.tap(room.answer(DESK_GROUP), "Type a value")

    assert room.answer(DESK_GROUP).text == "Send /settings cooldown_min 45 (0 min to 1440 min). Now 45 min."


async def test_risk_among_the_settings_asks_first(room):
    await room.say("/settings risk")
    page = room.answer()
    await room.tap(page, "0.50 %")

    assert room.answer().text.startswith("<b>Change risk per trade?</b>\n1.00 % → <b>0.50 %</b>")
    assert room.engine.risk_percent == 1
    await room.tap(room.answer(), "Set 0.50 %")
    assert str(room.engine.risk_percent) == "0.5"

    await room.say("/settings risk default")
    assert room.answer().text.startswith("<b>Change risk per trade?</b>\n0.50 % → <b>1.00 %</b>")


async def test_an_old_button_does_what_it_says_and_says_when_it_is_so_already(room):
    page = await open_cooldown(room)
    plus = page.data("+ · 50 min")
    await room.say("/settings cooldown 50", by=NOOR)

    toast = await room.tap_data(plus, DANA, page.message_id)

    assert toast == "Already done: Cooldown after a stop is 50 min."
    assert page.text.startswith(PAGE.format(now=50))


async def test_two_taps_before_the_engine_spoke_are_told_once_each_and_change_it_once(room):
    page = await open_cooldown(room)
    data = page.data("60 min")
    for _ in range(2):
        await room.desk.handle(room.pressed(data, DANA, page.message_id))
    await room.settle()

    assert now(room) == 60
    assert page.text.startswith("<b>Cooldown after a stop</b> stays <b>60 min</b>. Dana, 17:44:50 UTC.\n\n")


@pytest.mark.parametrize(
    "data",
    ["e:s:cooldown_min:", "e:s:cooldown_min", "e:s:swing_wing:3", "e:x:cooldown_min", "e:v:", "e:d:balance", "e:::::"],
)
async def test_data_that_no_button_of_ours_sends_changes_nothing(room, data):
    page = await open_cooldown(room)
    text = page.text

    toast = await room.tap_data(data, DANA, page.message_id)

    assert toast == "This keyboard is from before 17:45 UTC. Send /settings again."
    assert (page.text, dict(room.engine.settings)) == (text, {})


@pytest.mark.parametrize("value", ["9999", "1e3", "-5", "NaN", "<b>"])
async def test_a_value_no_button_of_ours_has_is_refused_with_the_reason(room, value):
    page = await open_cooldown(room)
    await room.tap_data(f"e:s:cooldown_min:{value}", DANA, page.message_id)

    assert room.answer().text.startswith("Not changed: cooldown_min must be")
    assert dict(room.engine.settings) == {}


async def test_a_setting_button_under_another_answer_changes_nothing(room):
    await room.say("/trades")
    text = room.answer().text

    toast = await room.tap_data("e:s:cooldown_min:60", DANA, room.answer().message_id)

    assert toast == "This keyboard is from before 17:45 UTC. Send /settings again."
    assert (room.answer().text, now(room)) == (text, 45)


async def test_a_change_is_audited_and_stored_and_a_reset_takes_it_out(room):
    await room.say("/settings cooldown 60")

    changed, asked = await room.audit()
    assert (asked.action, asked.detail["text"]) == ("/settings", "/settings cooldown 60")
    assert (changed.action, changed.actor_name, changed.before, changed.after) == (COOLDOWN, "Dana", "45", "60")
    async with reading(room.database) as conn:
        assert await find_setting(conn, COOLDOWN, str) == "60"

    await room.say("/settings cooldown default")
    async with reading(room.database) as conn:
        assert COOLDOWN not in await all_settings(conn)


async def test_a_change_that_took_effect_in_a_crash_is_told_after_it_and_stays(room):
    await room.desk.handle(room.said("/settings cooldown 60"))
    lost = room.commands.pop()

    later = room.restarted()
    await later.push(lost)  # it was journaled, and is handled as new
    await later.settle()
    assert room.answer().text.startswith(IS_60)

    await later.tap(room.answer(), "Reset to 45 min")
    assert now(later) == 45


async def test_what_speaks_against_it_by_the_time_it_is_obeyed_is_told(room):
    await room.desk.handle(room.said("/settings farthest stop 5"))
    await room.push(Command(NOOR, SetSetting("confluence.min_stop_atr", "5.5")))
    await room.settle()

    assert room.answer().text == (
        "Not changed: 0 &lt; min_stop_atr &lt; max_stop_atr, not 5.5 and 5. Usage: /settings max_stop_atr 6"
    )
    assert (await room.audit(1))[0].allowed is False


async def test_a_refusal_nobody_waits_for_is_told_to_nobody(room):
    before = len(room.telegram.messages)
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [CommandRefused(0, NOOR, "bad_setting", "why not")])
    await room.settle()

    assert len(room.telegram.messages) == before


async def test_what_was_changed_shows_where_it_counts(room):
    await room.say("/settings max_signals_a_day 9")
    await room.say("/status")
    assert "of 9 today" in room.answer().text

    await room.say("/settings range fade 88")
    await room.say("/strategy")
    assert "ranging or quiet market · from 88/100" in room.answer().text

    room.pass_ms(60_000)
    await room.say("/settings stalled 30")
    await room.say("/health")
    assert "1 of 5 need a look" in room.answer().text
