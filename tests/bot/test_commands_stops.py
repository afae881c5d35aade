"""An admin moves a stop or withdraws a signal: asked first, told to subscribers, and repeated by a replay."""

import msgspec
import pytest

from engine.engine import Engine
from engine.events import Tick, TradeOpened, Withdraw
from engine.types import CloseReason, Trade, TradeStatus
from storage.database import reading
from storage.trades import find_trade
from tests.bot.desk_room import CHANNEL, DANA, NOOR, open_room, sold
from tests.builders import at, gold, setup, signal, trade

pytest_plugins = ["tests.bot.desk_fixtures"]


def quote(price: str, time: str = "2024-04-03 17:46") -> Tick:
    return Tick("XAUUSD", at(time), gold(price), gold(price) + 20)


def bought(number: int) -> Trade:
    """Waiting for its first price."""
    known_ms = at("2024-04-03 17:30")
    made = signal(setup(known_ms=known_ms), id=f"XAU_20240403_{number:03}", issued_ms=known_ms)
    return trade(msgspec.structs.replace(made, expires_ms=at("2024-04-03 20:00")))


async def move(room, sent: str = "/move_sl 003 2270", by: int = DANA):
    await room.say(sent, by=by)
    await room.tap(room.answer(by), next(label for label in room.answer(by).labels if label.startswith("Move")), by=by)


async def test_subscribers_see_the_new_stop_and_hear_of_it(room):
    first, second = room.answers(CHANNEL)
    await move(room)

    assert "Since 16:01 UTC · stop at 2270.00" in second.text
    assert "\nSL ▰▰|" in second.text
    assert second.text.startswith("<pre>BUY XAUUSD\nEntry 2274.10\nSL 2264.90\n"), "copiers must not see a new trade"
    assert room.answer(CHANNEL).text == (
        "<b>Move SL to 2270.00</b> · was 2264.90\nBy the desk. Hit there, the trade ends at −0.45R."
    )
    assert "stop at 2270.00" not in first.text


async def test_moved_twice_it_is_told_twice_in_the_order_it_happened(room):
    await move(room)
    await room.push(quote("2279.00", "2024-04-03 17:45:30"))
    await move(room, "/move_sl 003 be")

    assert [message.text.splitlines()[0] for message in room.answers(CHANNEL)[-2:]] == [
        "<b>Move SL to 2270.00</b> · was 2264.90",
        "<b>Move SL to breakeven 2274.10</b> · was 2270.00",
    ]


async def test_the_moved_stop_is_stored_and_audited(room):
    await move(room)

    async with reading(room.database) as conn:
        stored = await find_trade(conn, "XAU_20240403_003")
    assert stored is not None
    assert stored.stop == gold("2270.00")
    row = (await room.audit(1))[0]
    assert (row.action, row.actor_name) == ("move_sl XAU_20240403_003", "Dana")
    assert (row.before, row.after) == ("2264.90", "2270.00")


async def test_the_trade_then_closes_at_the_moved_stop(room):
    await move(room)
    await room.push(quote("2270.00"))
    await room.settle()

    assert room.answer(CHANNEL).text.startswith("🔴 <b>Stop 2270.00 hit</b> · −0.45R")


async def test_a_stop_moved_to_entry_closes_at_breakeven(room):
    await move(room, "/move_sl 003 be")
    await room.push(quote("2274.10"))
    await room.settle()

    assert room.answer(CHANNEL).text.startswith("🔒 <b>Closed at breakeven</b> · 0.00R")


async def test_a_price_that_came_first_leaves_the_stop_where_it_was_and_says_so(room):
    await room.say("/move_sl 003 2278")
    question = room.answer()
    await room.push(quote("2276.00"))
    await room.tap(question, "Move to 2278.00")

    assert question.text == (
        "Stop 2278.00 of 003 is not below the price 2276.00: it would be hit at once. /close 003 closes it."
    )
    assert [trade.stop for trade in room.engine.open_trades()] == [gold("2274.10"), gold("2264.90")]


async def test_a_trade_that_closed_first_has_no_stop_to_move(room):
    await room.say("/move_sl 003 2270")
    question = room.answer()
    await room.push(quote("2264.90"))
    await room.tap(question, "Move to 2270.00")

    assert question.text == "No open trade 003. None is open."


async def test_of_two_who_move_it_each_hears_what_became_of_his(room):
    for by, sent in ((DANA, "/move_sl 003 2270"), (NOOR, "/move_sl 003 2271")):
        await room.say(sent, by=by)
        data = room.answer(by).buttons[0][0].data
        await room.desk.handle(room.pressed(data, by, room.answer(by).message_id, by))
    await room.settle()

    assert "is now <b>2270.00</b> (was 2264.90)" in room.answer(DANA).text
    assert "is now <b>2271.00</b> (was 2270.00)" in room.answer(NOOR).text


async def test_a_move_that_took_effect_in_a_crash_is_told_after_it(room):
    await room.say("/move_sl 003 2270")
    data = room.answer().data("Move to 2270.00")
    await room.desk.handle(room.pressed(data, DANA, room.answer().message_id))
    lost = room.commands.pop()

    later = room.restarted()
    await later.push(lost)  # it was journaled, and is handled as new
    await later.settle()

    assert "is now <b>2270.00</b> (was 2264.90)" in room.answer().text
    assert room.answer(CHANNEL).text.startswith("<b>Move SL to 2270.00</b>")


async def test_a_replay_of_the_same_commands_ends_the_same(room):
    before = room.engine.snapshot()
    await room.say("/move_sl 003 2270")
    data = room.answer().data("Move to 2270.00")
    await room.desk.handle(room.pressed(data, DANA, room.answer().message_id))
    (command,) = room.commands
    await room.settle()

    again = Engine.restore(room.engine.config, before)
    again.push(command)
    assert again.open_trades() == room.engine.open_trades()


async def test_a_waiting_signal_is_withdrawn_after_a_question(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(4)]) as room:
        await room.say("/cancel 4")
        question = room.answer()
        await room.tap(question, "Withdraw it")

        assert question.text == "<b>004 SELL XAUUSD</b> withdrawn. Dana, 17:44:50 UTC."
        assert room.engine.open_trades() == []
        assert room.answer(CHANNEL).text == "⚪ <b>Cancelled</b>: withdrawn before entry. Remove the order."
        row = (await room.audit(1))[0]
        assert (row.action, row.before) == ("cancel XAU_20240403_004", "waiting")
        async with reading(room.database) as conn:
            stored = await find_trade(conn, "XAU_20240403_004")
        assert stored is not None
        assert stored.reason is CloseReason.CANCELLED


async def test_a_waiting_signal_is_withdrawn_by_its_button_and_kept_by_the_other(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(4)]) as room:
        await room.say("/trades")
        await room.tap(room.answer(), "Withdraw 004")
        question = room.answer()
        yes = question.data("Withdraw it")
        await room.tap(question, "Let it wait")

        assert question.text == "<b>004 SELL XAUUSD</b> goes on waiting. Dana, 17:45:01 UTC."
        assert await room.tap_data(yes, DANA, question.message_id) == "Already done: 004 goes on waiting."
        assert len(room.engine.open_trades()) == 1


async def test_what_opened_while_the_question_stood_is_not_closed_by_it(stages, tmp_path):
    async with open_room(stages, tmp_path, [bought(4)]) as room:
        await room.say("/cancel 4")
        question = room.answer()
        events = await room.push(quote("2274.10"))
        assert any(isinstance(event, TradeOpened) for event in events)
        await room.tap(question, "Withdraw it")

        assert question.text == "004 is open. /close 004 closes it, /move_sl 004 be moves its stop to entry."
        assert [trade.status for trade in room.engine.open_trades()] == [TradeStatus.OPEN]


async def test_what_opens_between_the_tap_and_the_engine_is_not_closed_either(stages, tmp_path):
    async with open_room(stages, tmp_path, [bought(4)]) as room:
        await room.say("/cancel 4")
        question = room.answer()
        await room.desk.handle(room.pressed(question.data("Withdraw it"), DANA, question.message_id))
        assert [command.action for command in room.commands] == [Withdraw("XAU_20240403_004")]
        await room.push(quote("2274.10"))
        await room.settle()

        assert question.text == "004 is open. /close 004 closes it, /move_sl 004 be moves its stop to entry."
        assert len(room.engine.open_trades()) == 1


@pytest.mark.parametrize("sent", ["/close 4", "/move_sl 4 be", "/move_sl 4 2280"])
async def test_what_waits_can_only_be_withdrawn_and_is_told_how(stages, tmp_path, sent):
    async with open_room(stages, tmp_path, [sold(4)]) as room:
        await room.say(sent)

        assert room.answer().text == "004 waits for its first price. /cancel 004 withdraws it."


async def test_what_waits_is_named_where_one_is_asked_for(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(4), sold(5)]) as room:
        await room.say("/cancel")
        assert room.answer().text == "Usage: /cancel 003, for a signal that waits. Waiting: 004, 005."
        await room.say("/close")
        assert room.answer().text == "Usage: /close 002. None is open."
