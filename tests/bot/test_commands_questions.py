"""What moves money or mode asks first: answered once, in time, by the one it asked."""

from decimal import Decimal

import msgspec
import pytest

from engine.events import CloseTrade, Command, CommandRefused, MoveStop, SetMode, SetRisk, Tick
from engine.types import Mode
from storage.database import transaction
from tests.bot.desk_room import DANA, DESK_GROUP, MALLORY, NOOR, OWEN, Room, open_room
from tests.builders import at, gold, opened, setup, signal

pytest_plugins = ["tests.bot.desk_fixtures"]

MINUTE_MS = 60_000
MOVE = "/move_sl 003 2270"
YES = {"/risk 0.5": "Set 0.50 %", "/mode signal": "Set signal", "/close 003": "Close now", MOVE: "Move to 2270.00"}
NO = {"/risk 0.5": "Keep 1.00 %", "/mode signal": "Keep paper", "/close 003": "Keep it open", MOVE: "Keep 2264.90"}
CHANGES = {
    "/risk 0.5": SetRisk(Decimal("0.5")),
    "/mode signal": SetMode(Mode.SIGNAL),
    "/close 003": CloseTrade("XAU_20240403_003"),
    MOVE: MoveStop("XAU_20240403_003", gold("2270.00")),
}
ASKED = {
    "/risk 0.5": (
        "<b>Change risk per trade?</b>\n"
        "1.00 % → <b>0.50 %</b> of the account, about $50.00 a trade\n"
        "From the next signal on. Open trades keep theirs.\n"
        "Only you can confirm, until 17:47:00 UTC."
    ),
    "/mode signal": (
        "<b>Change mode?</b>\n"
        "paper → <b>signal</b>: signals are published only\n"
        "From the next signal on. Open trades keep theirs.\n"
        "Only you can confirm, until 17:47:00 UTC."
    ),
    "/close 003": (
        "<b>Close 003 BUY XAUUSD now?</b>\n"
        "0.10 lot at about 2278.70 · result about <b>+0.50R</b>, +$46.00\n"
        "Only you can confirm, until 17:47:00 UTC."
    ),
    MOVE: (
        "<b>Move the stop of 003 BUY XAUUSD?</b>\n"
        "2264.90 → <b>2270.00</b>, price 2278.70\n"
        "Hit there, the trade ends at −1.00R → <b>−0.45R</b>. Subscribers are told at once.\n"
        "Only you can confirm, until 17:47:00 UTC."
    ),
}
DONE = {
    "/risk 0.5": "Risk per trade is now <b>0.50 %</b> (was 1.00 %). Dana, 17:44:50 UTC.",
    "/mode signal": "Mode is now <b>signal</b> (was paper). Dana, 17:44:50 UTC.",
    "/close 003": "<b>003 BUY XAUUSD</b> closed at 2278.70 · <b>+0.50R</b>, +$46.00. Dana, 17:44:50 UTC.",
    MOVE: "Stop of <b>003 BUY XAUUSD</b> is now <b>2270.00</b> (was 2264.90), −0.45R if hit. Dana, 17:44:50 UTC.",
}
KEPT = {
    "/risk 0.5": "Risk per trade stays <b>1.00 %</b>. Dana, 17:45:00 UTC.",
    "/mode signal": "Mode stays <b>paper</b>. Dana, 17:45:00 UTC.",
    "/close 003": "<b>003 BUY XAUUSD</b> stays open. Dana, 17:45:00 UTC.",
    MOVE: "Stop of <b>003 BUY XAUUSD</b> stays at <b>2264.90</b>. Dana, 17:45:00 UTC.",
}
DONE_AGAIN = {
    "/risk 0.5": "Already done: risk is 0.50 %.",
    "/mode signal": "Already done: mode is signal.",
    "/close 003": "Already done: 003 is closed.",
    MOVE: "Already done: stop of 003 is 2270.00.",
}
KEPT_AGAIN = {
    "/risk 0.5": "Already done: risk is 1.00 %.",
    "/mode signal": "Already done: mode is paper.",
    "/close 003": "Already done: 003 stays open.",
    MOVE: "Already done: stop of 003 is 2264.90.",
}
QUESTIONS = list(YES)


def standing(room: Room) -> tuple[Decimal, Mode, list[int]]:
    return room.engine.risk_percent, room.engine.mode, [trade.stop for trade in room.engine.open_trades()]


UNTOUCHED = (Decimal("1.0"), Mode.PAPER, [gold("2274.10"), gold("2264.90")])


async def test_the_risk_in_money_is_that_of_the_account_as_it_is_now(room: Room):
    account = room.engine.account
    room.engine.adopt_account(msgspec.structs.replace(account, cash=account.cash - 2_000))
    await room.say("/risk 0.5", DANA)

    assert "about $40.00 a trade" in room.answer(DANA).text


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_a_question_says_what_would_change_and_changes_nothing(room, sent):
    await room.say(sent)

    assert room.answer().text == ASKED[sent]
    assert room.answer().labels == [YES[sent], NO[sent]]
    assert standing(room) == UNTOUCHED


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_yes_is_done_once_told_in_place_and_audited(room, sent):
    await room.say(sent)
    question = room.answer()
    yes = question.data(YES[sent])

    assert await room.tap(question, YES[sent]) == ""
    assert (question.text, question.buttons) == (DONE[sent], ())
    after = standing(room)
    assert after != UNTOUCHED

    assert await room.tap_data(yes, DANA, question.message_id) == DONE_AGAIN[sent]
    assert standing(room) == after
    assert question.text == DONE[sent]
    changes = [row for row in await room.audit() if row.before is not None]
    assert [(row.actor_name, row.allowed) for row in changes] == [("Dana", True)]


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_two_taps_before_the_engine_spoke_are_one_wish(room, sent):
    await room.say(sent)
    question = room.answer()
    yes = question.data(YES[sent])

    await room.desk.handle(room.pressed(yes, DANA, question.message_id))
    await room.desk.handle(room.pressed(yes, DANA, question.message_id))

    assert room.commands == [Command(DANA, CHANGES[sent])]
    assert room.telegram.toasts == ["", DONE_AGAIN[sent]]
    await room.settle()
    assert question.text == DONE[sent]


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_no_keeps_things_and_cannot_be_taken_back(room, sent):
    await room.say(sent)
    question = room.answer()
    yes = question.data(YES[sent])

    assert await room.tap(question, NO[sent]) == ""
    assert (question.text, question.buttons) == (KEPT[sent], ())
    assert await room.tap_data(yes, DANA, question.message_id) == KEPT_AGAIN[sent]
    assert standing(room) == UNTOUCHED


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_after_two_minutes_it_is_too_late(room, sent):
    await room.say(sent)
    question = room.answer()
    yes = question.data(YES[sent])
    room.people.move_to(at("2024-04-03 17:47"))

    late = "Nobody confirmed in time. Nothing was changed."
    assert await room.tap(question, YES[sent]) == late
    assert (question.text, question.buttons) == (late, ())
    assert await room.tap_data(yes, DANA, question.message_id) == late
    assert standing(room) == UNTOUCHED


async def test_a_moment_before_it_is_not_too_late(room):
    await room.say("/risk 0.5")
    room.people.move_to(at("2024-04-03 17:46:59.999"))
    await room.tap(room.answer(), "Set 0.50 %")

    assert room.engine.risk_percent == Decimal("0.5")


async def test_a_market_that_runs_faster_than_the_clock_leaves_people_their_two_minutes(room):
    room.clock.move_to(room.clock.now_ms() + 300 * MINUTE_MS)
    await room.say("/risk 0.5")
    assert "until 17:47:00 UTC" in room.answer().text
    room.clock.move_to(room.clock.now_ms() + 300 * MINUTE_MS)
    await room.tap(room.answer(), "Set 0.50 %")

    assert room.engine.risk_percent == Decimal("0.5")


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_only_who_was_asked_can_answer(room, sent):
    await room.say(sent, chat_id=DESK_GROUP, is_private=False)
    question = room.answer(DESK_GROUP)

    assert await room.tap(question, YES[sent], by=NOOR) == "Only Dana can confirm this."
    assert await room.tap(question, NO[sent], by=NOOR) == "Only Dana can confirm this."
    await room.hear(room.pressed(question.data(YES[sent]), DESK_GROUP, question.message_id, MALLORY))
    assert question.text == ASKED[sent]
    assert standing(room) == UNTOUCHED

    await room.tap(question, YES[sent], by=DANA)
    assert question.text == DONE[sent]


@pytest.mark.parametrize("sent", QUESTIONS)
async def test_a_question_from_before_a_restart_is_old(room, sent):
    await room.say(sent)
    question = room.answer()
    room.pass_ms(30_000)

    later = room.restarted()
    toast = await later.tap(question, YES[sent])

    command = sent[1:].split()[0]
    assert toast == f"This keyboard is from before 17:45 UTC. Send /{command} again."
    assert standing(later) == UNTOUCHED


async def test_asking_twice_and_confirming_twice_changes_once(room):
    await room.say("/risk 0.5")
    await room.say("/risk 0.5", by=NOOR)
    await room.tap(room.answer(NOOR), "Set 0.50 %", by=NOOR)

    assert await room.tap(room.answer(DANA), "Set 0.50 %") == "Already done: risk is 0.50 %."
    assert room.answer(DANA).text == "Risk per trade stays <b>0.50 %</b>. Dana, 17:45:01 UTC."


async def test_a_trade_that_ended_before_the_tap_needs_no_closing(room):
    await room.say("/close 003")
    await room.push(Tick("XAUUSD", at("2024-04-03 17:45:30"), 226_000, 226_020))
    question = room.answer()

    assert await room.tap(question, "Close now") == "Already done: 003 is closed."
    assert question.text == "No open trade 003. None is open."


async def test_a_trade_that_ends_between_tap_and_engine_is_told_as_gone(room):
    await room.say("/close 003")
    question = room.answer()
    await room.desk.handle(room.pressed(question.data("Close now"), DANA, question.message_id))
    await room.push(Tick("XAUUSD", at("2024-04-03 17:45:30"), 226_000, 226_020))
    await room.settle()

    assert question.text == "No open trade 003. None is open."
    assert (await room.audit(1))[0].action == "no_such_trade"


async def test_two_admins_closing_one_trade_each_hear_the_truth(room):
    for admin in (DANA, NOOR):
        await room.say("/close 003", by=admin)
    questions = {admin: room.answer(admin) for admin in (DANA, NOOR)}
    for admin, question in questions.items():
        await room.desk.handle(room.pressed(question.data("Close now"), admin, question.message_id, admin))
    await room.settle()

    assert questions[DANA].text == DONE["/close 003"]
    assert questions[NOOR].text == "No open trade 003. Open: 002."


async def test_closing_by_a_button_asks_in_a_message_of_its_own(room):
    await room.say("/trades")
    listed = room.answer()
    await room.tap(listed, "Close 003")

    assert room.answer().text == ASKED["/close 003"]
    assert "Close 003" in listed.labels
    await room.tap(room.answer(), "Close now")
    assert room.answer().text == DONE["/close 003"]
    assert "⚪ <b>Closed by the desk</b> at 2278.70 · +0.50R" in room.answer(-1001).text


async def test_a_wish_that_took_effect_in_a_crash_is_told_after_it(room):
    await room.say("/risk 0.5")
    await room.desk.handle(room.pressed(room.answer().data("Set 0.50 %"), DANA, room.answer().message_id))
    lost = room.commands.pop()

    later = room.restarted()
    await later.push(lost)  # it was journaled, and is handled as new
    await later.settle()

    assert room.answer().text == DONE["/risk 0.5"]


async def test_a_wish_of_the_program_itself_is_told_to_nobody(room):
    before = len(room.telegram.messages)
    await room.push(Command(0, SetRisk(Decimal("0.7"))))
    await room.settle()

    assert len(room.telegram.messages) == before
    assert (await room.audit(1))[0].actor_id is None


async def test_a_command_that_cannot_be_taken_leaves_its_question_open(room):
    await room.say("/risk 0.5")
    question = room.answer()

    room.is_full = True
    await room.hear(room.pressed(question.data("Set 0.50 %"), DANA, question.message_id))

    assert question.text == ASKED["/risk 0.5"]
    assert room.engine.risk_percent == 1

    room.is_full = False
    await room.tap(question, "Set 0.50 %")
    assert question.text == DONE["/risk 0.5"]


async def test_a_command_heard_again_does_not_open_an_answered_question_again(room):
    asking = room.said("/risk 0.5")
    await room.hear(asking)
    question = room.answer()
    yes = question.data("Set 0.50 %")
    await room.tap(question, "Keep 1.00 %")

    await room.hear(asking)

    assert (question.text, question.buttons) == (KEPT["/risk 0.5"], ())
    assert await room.tap_data(yes, DANA, question.message_id) == "Already done: risk is 1.00 %."


async def test_a_number_closes_the_newest_trade_that_ends_so(room_of_namesakes):
    await room_of_namesakes.say("/close 2")
    await room_of_namesakes.tap(room_of_namesakes.answer(), "Close now")

    assert [trade.id for trade in room_of_namesakes.engine.open_trades()] == ["XAU_20240402_002"]


@pytest.fixture
async def room_of_namesakes(stages, tmp_path):
    yesterday = signal(setup(known_ms=at("2024-04-02 13:15")), id="XAU_20240402_002", issued_ms=at("2024-04-02 13:15"))
    async with open_room(stages, tmp_path, [opened(yesterday), opened()]) as room:
        yield room


async def test_each_wish_hears_of_its_own_trade_in_whichever_order_they_close(room):
    questions = []
    for sent in ("/close 002", "/close 003"):
        await room.say(sent)
        questions.append(room.answer())
    for question in questions:
        await room.desk.handle(room.pressed(question.data("Close now"), DANA, question.message_id))
    room.commands.reverse()
    await room.settle()

    assert [question.text[:7] for question in questions] == ["<b>002 ", "<b>003 "]
    assert all("closed at" in question.text for question in questions)


async def test_a_refusal_is_told_to_the_admin_it_was_meant_for(room):
    await room.say("/close 002", by=DANA)
    await room.say("/close 003", by=NOOR)
    for admin in (DANA, NOOR):
        question = room.answer(admin)
        await room.desk.handle(room.pressed(question.data("Close now"), admin, question.message_id, admin))
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [CommandRefused(room.engine.time_ms, NOOR, "no_such_trade")])
    room.commands.clear()
    await room.settle()

    assert room.answer(NOOR).text == "No open trade 003. Open: 002, 003."
    assert room.answer(DANA).text.startswith("<b>Close 002 BUY XAUUSD now?</b>")


async def test_live_mode_is_not_even_asked_about_where_the_configuration_does_not_allow_it(room):
    await room.say("/mode live", OWEN)

    assert room.answer(OWEN).text == "Live mode needs allows_live = true under [engine.account]. Mode stays paper."
    assert room.engine.mode is Mode.PAPER
