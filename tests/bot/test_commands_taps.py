"""Taps on the desk's keyboards: pages, menus, and keyboards nobody knows any more."""

import pytest

from bot.words.post import Post
from engine.events import CloseTrade, Command
from engine.types import DAY_MS, HOUR_MS
from storage.database import transaction
from tests.bot.desk_room import CHANNEL, DANA, DESK_GROUP, MALLORY, NOOR, open_room, sold

pytest_plugins = ["tests.bot.desk_fixtures"]


async def test_pages_and_refresh_change_the_same_message(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(number) for number in range(1, 8)]) as room:
        await room.say("/trades")
        page = room.answer()
        assert "001 SELL" in page.text
        assert "006 SELL" not in page.text

        assert await room.tap(page, "›") == ""

        assert room.answers() == [page]
        assert "006 SELL" in page.text
        assert page.labels == ["Withdraw 006", "Withdraw 007", "‹", "2/2", "›", "Refresh"]


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


async def test_a_tap_that_telegram_forgot_changes_things_all_the_same(room):
    await room.say("/status")
    room.telegram.hears_taps = False

    await room.hear(room.pressed("m:pause", DANA, room.answer().message_id))

    assert room.engine.is_paused("XAUUSD")


async def test_a_page_from_before_a_restart_still_turns(room):
    await room.say("/trades")
    later = room.restarted()
    later.engine.push(Command(DANA, CloseTrade("XAU_20240403_003")))

    assert await later.tap(room.answer(), "Refresh") == ""
    assert room.answer().text.startswith("<b>1 open trade</b>")


@pytest.mark.parametrize(
    ("data", "command"),
    [
        ("t:2", "trades"),
        ("s:1", "signals"),
        ("x:XAU_20240403_002", "trades"),
        ("m:pause", "status"),
        ("m:risk", "status"),
    ],
)
@pytest.mark.parametrize("place", [(DANA, 999), (None, None)])
async def test_a_keyboard_nobody_knows_any_more_is_old(room, data, command, place):
    assert await room.tap_data(data, *place) == f"This keyboard is from before 17:45 UTC. Send /{command} again."
    assert room.answers() == []
    assert not room.engine.is_paused("XAUUSD")
    assert len(room.engine.open_trades()) == 2


@pytest.mark.parametrize(
    "data", ["y:risk:1", "n:close:7", "y:", "", "z:1", "m:launch", "x:", "t:-1", "y:../../etc", "c:M15"]
)
async def test_data_that_no_button_of_ours_sends_changes_nothing(room, data):
    await room.say("/status")
    before = [message.text for message in room.answers()]

    await room.hear(room.pressed(data, DANA, room.answer().message_id))

    assert not room.engine.is_paused("XAUUSD")
    assert len(room.engine.open_trades()) == 2
    if data != "t:-1":
        assert [message.text for message in room.answers()] == before


async def test_a_desk_button_pressed_at_a_signal_does_not_overwrite_it(room):
    signal = room.answers(-1001)[0]
    before = signal.text

    toast = await room.tap_data("t:1", DANA, signal.message_id)

    assert toast == "This keyboard is from before 17:45 UTC. Send /trades again."
    assert signal.text == before


async def test_a_desk_button_pressed_at_an_alert_does_not_overwrite_it(room):
    async with transaction(room.database) as conn:
        await room.handlers.tell_admins(conn, "FeedStalled:XAUUSD:1", Post("the feed is silent"))
    await room.settle()
    alert = room.answer(DESK_GROUP)

    assert await room.tap_data("t:1", DESK_GROUP, alert.message_id) == (
        "This keyboard is from before 17:45 UTC. Send /trades again."
    )
    assert alert.text == "the feed is silent"


OLD = "This keyboard is from before 17:45 UTC. Send /{} again."


async def test_a_keyboard_works_for_two_days_and_then_says_that_it_has_expired(room):
    await room.say("/status")
    status = room.answer()

    room.people.move_to(room.people.now_ms() + 2 * DAY_MS - 1)
    assert await room.tap(status, "Pause") == ""
    assert room.engine.is_paused("XAUUSD")

    room.people.move_to(room.people.now_ms() + 2 * DAY_MS + HOUR_MS)
    assert await room.tap(status, "Resume") == "This keyboard has expired. Send /status again."
    assert room.engine.is_paused("XAUUSD")
    row = (await room.audit(1))[0]
    assert (row.actor_id, row.allowed, row.detail) == (DANA, False, {"text": "m:resume", "why": "expired"})


@pytest.mark.parametrize("data", ["m:pause", "x:XAU_20240403_002", "m:pause~", "m:pause~AAAAAAAAAAA", "m:pause~1~2"])
async def test_data_an_admins_client_made_up_does_nothing_and_is_audited(room, data):
    await room.say("/status")
    status = room.answer()

    await room.hear(room.pressed(data, DANA, status.message_id, is_genuine=False))

    assert room.telegram.toasts == [OLD.format("trades" if data[0] == "x" else "status")]
    assert not room.engine.is_paused("XAUUSD")
    assert room.answers() == [status]
    row = (await room.audit(1))[0]
    assert (row.allowed, row.detail) == (False, {"text": data.partition("~")[0], "why": "forged"})


async def test_a_button_does_nothing_at_another_message_than_its_own(room):
    await room.say("/status")
    pause = room.answer().data("Pause")
    await room.say("/status", by=NOOR)

    assert await room.tap_data(pause, NOOR, room.answer(NOOR).message_id, by=NOOR) == OLD.format("status")
    assert not room.engine.is_paused("XAUUSD")
    assert (await room.audit(1))[0].detail["why"] == "forged"


async def test_a_strangers_forged_tap_under_a_signal_meets_silence_and_an_audit_row(room):
    signal = room.answers(CHANNEL)[0]
    for data in ("c:H1:XAU_20240403_002", signal.data("H1").replace("H1", "H4")):
        await room.hear(room.pressed(data, CHANNEL, signal.message_id, MALLORY, is_genuine=False))

    assert room.telegram.toasts == []
    assert signal.png is None
    assert [(row.actor_id, row.allowed) for row in await room.audit()] == [(MALLORY, False)] * 2


async def test_a_signals_buttons_work_for_weeks_and_after_a_restart(room):
    signal = room.answers(CHANNEL)[0]
    room.pass_ms(40 * DAY_MS)

    assert (await room.restarted().tap(signal, "Why", by=MALLORY)).startswith("H4 up")


async def test_buttons_of_before_the_token_was_changed_are_no_buttons(room):
    await room.say("/status")
    status = room.answer()
    later = room.restarted(token="987654321:" + "Z" * 35)

    assert await later.tap(status, "Pause") == OLD.format("status")
    assert not later.engine.is_paused("XAUUSD")


async def test_two_admins_who_tap_at_the_same_time_are_heard_one_after_the_other(room):
    """Both see the same status in the alert chat; what the first one did is not done again."""
    await room.say("/status", chat_id=DESK_GROUP, is_private=False)
    status = room.answer(DESK_GROUP)
    data = status.data("Pause")
    for admin in (DANA, NOOR, DANA):
        await room.desk.handle(room.pressed(data, DESK_GROUP, status.message_id, admin))
    await room.settle()

    assert status.text.startswith("<b>Paused</b>")
    assert "Resume" in status.labels
    changes = [(row.actor_id, row.before, row.after) for row in await room.audit() if row.before != row.after]
    assert changes == [(DANA, "running", "*")]


async def test_two_admins_who_ask_the_same_are_told_apart_and_the_second_is_told_how_it_stands(room):
    questions = {}
    for admin in (DANA, NOOR):
        await room.say("/risk 0.5", by=admin)
        questions[admin] = room.answer(admin)
    for admin, question in questions.items():
        await room.desk.handle(room.pressed(question.data("Set 0.50 %"), admin, question.message_id, admin))
    await room.settle()

    assert questions[DANA].text == "Risk per trade is now <b>0.50 %</b> (was 1.00 %). Dana, 17:44:50 UTC."
    assert questions[NOOR].text == "Risk per trade is now <b>0.50 %</b> (was 0.50 %). Noor, 17:44:50 UTC."
    changed = [(row.actor_id, row.before, row.after) for row in await room.audit() if row.before is not None]
    assert len(changed) == 2


async def test_a_question_from_before_a_restart_is_an_old_one(room):
    await room.say("/risk 0.5")
    question = room.answer()

    assert await room.restarted().tap(question, "Set 0.50 %") == OLD.format("risk")
    assert room.engine.risk_percent == 1
    assert (await room.audit(1))[0].detail["why"] == "old"
