"""Real money: only after paper has shown enough, asked twice, of an owner. And the breaker that an owner re-arms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import accumulate, pairwise
from math import ceil, sqrt
from pathlib import Path
from statistics import mean, stdev

import msgspec
import pytest

from bot.config import EngineSection
from bot.desk.proof import curve
from engine.account import new_account
from engine.config import ReadinessConfig
from engine.events import Command, CommandRefused, EquityMarked, Rearm, SetMode
from engine.readiness import Worth
from engine.trading_config import AccountConfig
from engine.types import DAY_MS, Book, CloseReason, Entry, Mode, Trade
from storage.account import save_account, save_marks
from storage.database import transaction
from storage.signals import save_signals
from storage.trades import Standing, save_trades
from tests.bot.desk_room import CONFIG, DANA, DESK_GROUP, NOW_MS, OWEN, Room, Stage, open_room
from tests.builders import at, closed, gold, opened, setup, signal
from tests.builders import trade as pending

pytest_plugins = ["tests.bot.desk_fixtures"]

BEGIN_MS = at("2024-03-01 10:00")
ALLOWED = msgspec.structs.replace(CONFIG, engine=EngineSection(account=AccountConfig(allows_live=True)))
REPORT = (
    "<b>Ready for live</b> · paper since 1 Mar 2024\n"
    "Days of paper: <b>33</b>, at least 30 · pass\n"
    "Sharpe ratio: <b>{sharpe}</b>, above 1.50 · pass\n"
    "Deepest drawdown: <b>0.00 %</b>, below 10.00 % · pass\n"
    "Won: <b>60.00 %</b>, above 55.00 % · pass"
)
SURE = (
    "⚠️ <b>This is for real money. Set live all the same?</b>\n"
    "From the next signal on; no orders are sent yet. /mode paper takes it back for later ones.\n"
    "Only you can confirm, until 17:47:00 UTC."
)
LIVE = "Mode is now <b>live</b> (was paper). Owen, 17:44:50 UTC."
STAYS = "Mode stays <b>paper</b>. Owen, 17:45:00 UTC."
LATE = "Nobody confirmed in time. Nothing was changed."
AGAIN = "Asked once more: the message has another question now."


@pytest.fixture
async def allowed(stages: dict[str, Stage], tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(stages, tmp_path, [], ALLOWED) as room:
        yield room


def past_trade(number: int, mode: Mode = Mode.PAPER) -> Trade:
    """Three of five won."""
    known_ms = BEGIN_MS + number * DAY_MS
    made = signal(setup(known_ms=known_ms), id=f"XAU_PAST_{number:03}", issued_ms=known_ms, mode=mode)
    price, why = (None, CloseReason.STOP) if number % 5 > 2 else (gold("2297.10"), CloseReason.TARGET)
    return closed(opened(made, opened_ms=known_ms), price, why, closed_ms=known_ms + 1)


async def prove(room: Room, days: int = 31, mode: Mode = Mode.PAPER, last: Mode | None = None) -> None:
    """A trade each day; the account gains some money each day, whatever the trade says."""
    entries = []
    async with transaction(room.database) as conn:
        for day in range(days):
            trade = past_trade(day, (last or mode) if day == days - 1 else mode)
            await save_signals(conn, [trade.signal])
            await save_trades(conn, [Standing(trade, Decimal(0), Decimal(0), trade.closed_ms or 0)])
            gain = Decimal(30 + 20 * (day % 2))
            entries.append(Entry(BEGIN_MS + day * DAY_MS, Book.CASH, Book.RESULT, gain, trade.id))
        now = msgspec.structs.replace(new_account(AccountConfig()), cash=10_000 + sum(each.amount for each in entries))
        await save_account(conn, now, entries, time_ms=NOW_MS)


async def asked_twice(room: Room) -> None:
    await prove(room)
    await room.say("/mode live", OWEN)
    await room.tap(room.answer(OWEN), "Set live", OWEN)


async def test_without_paper_trades_live_is_not_asked_about_and_the_report_says_why(allowed):
    await allowed.say("/mode live", OWEN)

    assert allowed.answer(OWEN).text == (
        "<b>Not ready for live</b>, 4 of 4 fail · no paper yet\n"
        "⚠️ Days of paper: <b>0</b>, at least 30 · fail\n"
        "⚠️ Sharpe ratio: <b>too little to tell</b>, above 1.50 · fail\n"
        "⚠️ Deepest drawdown: <b>too little to tell</b>, below 10.00 % · fail\n"
        "⚠️ Won: <b>too little to tell</b>, above 55.00 % · fail\n\n"
        f"{STAYS}"
    )
    assert allowed.answer(OWEN).buttons == ()


async def test_trades_of_another_mode_prove_nothing(allowed):
    await prove(allowed, mode=Mode.SIGNAL)
    await allowed.say("/mode live", OWEN)

    assert allowed.answer(OWEN).text.startswith("<b>Not ready for live</b>, 4 of 4 fail · no paper yet\n")


async def test_trades_of_a_symbol_that_was_taken_out_count_as_they_did(allowed):
    """Else whoever takes out a market that lost would be readier for it."""
    await prove(allowed)
    now_ms = BEGIN_MS + 31 * DAY_MS
    async with transaction(allowed.database) as conn:
        for number in range(20):
            made = signal(setup(symbol="XAGUSD", known_ms=now_ms + number), id=f"XAG_{number:03}", issued_ms=now_ms)
            lost = closed(opened(made, opened_ms=now_ms), None, CloseReason.STOP, closed_ms=now_ms + 1)
            await save_signals(conn, [lost.signal])
            await save_trades(conn, [Standing(lost, Decimal(0), Decimal(0), now_ms + 1)])
    await allowed.say("/mode live", OWEN)

    assert "⚠️ Won: <b>37.26 %</b>, above 55.00 % · fail" in allowed.answer(OWEN).text  # 19 of 51


async def test_a_trade_in_another_mode_ends_a_stretch_of_paper(allowed):
    await prove(allowed, last=Mode.SIGNAL)
    await allowed.say("/mode live", OWEN)

    assert allowed.answer(OWEN).text.startswith("<b>Not ready for live</b>, 4 of 4 fail · no paper yet\n")


async def test_one_criterion_that_fails_is_enough(stages, tmp_path):
    section = msgspec.structs.replace(ALLOWED.engine, readiness=ReadinessConfig(min_days=34))
    async with open_room(stages, tmp_path, [], msgspec.structs.replace(ALLOWED, engine=section)) as strict:
        await prove(strict)
        await strict.say("/mode live", OWEN)
        answer = strict.answer(OWEN)

    assert answer.text.startswith("<b>Not ready for live</b>, 1 of 4 fail · paper since 1 Mar 2024\n")
    assert "⚠️ Days of paper: <b>33</b>, at least 34 · fail\n" in answer.text
    assert answer.text.endswith(STAYS)
    assert answer.buttons == ()


async def test_what_has_been_proven_is_shown_with_the_first_of_two_questions(allowed):
    await prove(allowed, 30)
    await allowed.say("/mode live", OWEN)

    question = allowed.answer(OWEN)
    ends = list(accumulate([30, 50] * 15 + [0] * 4, initial=10_000))[1:]  # of 1 March to 3 April
    returns = [after / before - 1 for before, after in pairwise(ends)]
    sharpe = ceil(100 * mean(returns) / stdev(returns) * sqrt(365)) / 100
    assert question.text == (
        "<b>Change mode?</b>\n"
        "paper → <b>live</b>: signals are for real money; no orders are sent yet\n"
        "From the next signal on. Open trades keep theirs.\n\n"
        f"{REPORT.format(sharpe=sharpe)}\n\n"
        "You will be asked twice.\n"
        "Only you can confirm, until 17:47:00 UTC."
    )
    assert question.labels == ["Set live", "Keep paper"]


async def test_yes_asks_once_more_in_the_same_message_and_changes_nothing_yet(allowed):
    await asked_twice(allowed)

    question = allowed.answer(OWEN)
    assert len(allowed.answers(OWEN)) == 1
    assert question.text == SURE
    assert question.labels == ["Keep paper", "Yes, real money"]  # not where the first yes stood
    assert allowed.engine.mode is Mode.PAPER


async def test_the_second_yes_sets_live_mode_once(allowed):
    await asked_twice(allowed)
    question = allowed.answer(OWEN)
    yes = question.data("Yes, real money")
    await allowed.desk.handle(allowed.pressed(yes, OWEN, question.message_id, OWEN))
    await allowed.desk.handle(allowed.pressed(yes, OWEN, question.message_id, OWEN))

    assert allowed.commands == [Command(OWEN, SetMode(Mode.LIVE))]
    await allowed.settle()
    assert (question.text, question.buttons) == (LIVE, ())
    assert allowed.engine.mode is Mode.LIVE
    assert [(row.action, row.before, row.after) for row in await allowed.audit() if row.before] == [
        ("mode", "paper", "live")
    ]


async def test_a_double_tap_on_the_first_yes_is_not_the_second_yes(allowed):
    await prove(allowed)
    await allowed.say("/mode live", OWEN)
    question = allowed.answer(OWEN)
    first = question.data("Set live")
    for _ in range(3):
        await allowed.desk.handle(allowed.pressed(first, OWEN, question.message_id, OWEN))

    assert allowed.telegram.toasts == ["", AGAIN, AGAIN]
    assert allowed.commands == []
    await allowed.settle()
    assert question.text == SURE
    assert [row.detail["why"] for row in await allowed.audit() if not row.allowed] == ["answered"] * 2

    await allowed.tap(question, "Yes, real money", OWEN)
    assert await allowed.tap_data(first, OWEN, question.message_id, OWEN) == "Already done: mode is live."


@pytest.mark.parametrize("times", [1, 2])
async def test_no_keeps_paper_at_either_question(allowed, times):
    await prove(allowed)
    await allowed.say("/mode live", OWEN)
    question = allowed.answer(OWEN)
    if times == 2:
        await allowed.tap(question, "Set live", OWEN)
    yes = question.data(["Set live", "Yes, real money"][times - 1])
    await allowed.tap(question, "Keep paper", OWEN)

    assert question.text.startswith("Mode stays <b>paper</b>. Owen, 17:45:0")
    assert question.buttons == ()
    assert await allowed.tap_data(yes, OWEN, question.message_id, OWEN) == "Already done: mode is paper."
    assert allowed.engine.mode is Mode.PAPER


async def test_a_no_from_the_first_keyboard_still_is_a_no(allowed):
    await prove(allowed)
    await allowed.say("/mode live", OWEN)
    question = allowed.answer(OWEN)
    no = question.data("Keep paper")
    await allowed.tap(question, "Set live", OWEN)

    await allowed.tap_data(no, OWEN, question.message_id, OWEN)
    assert question.text.startswith("Mode stays <b>paper</b>. Owen, 17:45:0")
    assert question.buttons == ()


async def test_both_questions_have_to_be_answered_within_the_same_two_minutes(allowed):
    await prove(allowed)
    await allowed.say("/mode live", OWEN)
    question = allowed.answer(OWEN)
    first = question.data("Set live")
    allowed.people.move_to(at("2024-04-03 17:46:59"))
    await allowed.tap(question, "Set live", OWEN)
    assert question.text == SURE
    allowed.people.move_to(at("2024-04-03 17:47"))

    assert await allowed.tap(question, "Yes, real money", OWEN) == LATE
    assert (question.text, question.buttons) == (LATE, ())
    assert await allowed.tap_data(first, OWEN, question.message_id, OWEN) == LATE
    assert allowed.engine.mode is Mode.PAPER


async def test_a_second_question_from_before_a_restart_is_old(allowed):
    await asked_twice(allowed)
    question = allowed.answer(OWEN)
    allowed.pass_ms(30_000)

    later = allowed.restarted()
    assert await later.tap(question, "Yes, real money", OWEN) == (
        "This keyboard is from before 17:45 UTC. Send /mode again."
    )
    assert later.engine.mode is Mode.PAPER


async def test_both_questions_are_only_for_the_owner_who_was_asked(allowed):
    await prove(allowed)
    await allowed.say("/mode live", OWEN, chat_id=DESK_GROUP, is_private=False)
    question = allowed.answer(DESK_GROUP)

    assert await allowed.tap(question, "Set live", DANA) == "Only Owen can confirm this."
    await allowed.tap(question, "Set live", OWEN)
    assert await allowed.tap(question, "Yes, real money", DANA) == "Only Owen can confirm this."
    assert allowed.engine.mode is Mode.PAPER


async def test_a_second_yes_that_cannot_be_taken_leaves_its_question_open(allowed):
    await asked_twice(allowed)
    question = allowed.answer(OWEN)
    allowed.is_full = True
    await allowed.hear(allowed.pressed(question.data("Yes, real money"), OWEN, question.message_id, OWEN))
    assert question.text == SURE

    allowed.is_full = False
    await allowed.tap(question, "Yes, real money", OWEN)
    assert question.text == LIVE


async def test_live_mode_that_the_engine_refuses_is_told_in_place(allowed):
    await asked_twice(allowed)
    question = allowed.answer(OWEN)
    await allowed.desk.handle(allowed.pressed(question.data("Yes, real money"), OWEN, question.message_id, OWEN))
    allowed.commands.clear()
    async with transaction(allowed.database) as conn:
        await allowed.handlers.handle(conn, [CommandRefused(allowed.engine.time_ms, OWEN, "live_not_allowed")])
    await allowed.settle()

    assert question.text == "Live mode needs allows_live = true under [engine.account]. Mode stays paper."


def test_the_curve_begins_before_the_first_movement_and_knows_of_no_others():
    movements = [
        (Entry(1, Book.CASH, Book.RESULT, Decimal(50), "a"), Decimal(10_050)),
        (Entry(2, Book.COMMISSION, Book.CASH, Decimal(7), "b"), Decimal(12_043)),  # 2000 were paid in meanwhile
    ]

    assert curve([]) == []
    assert curve(movements) == [Worth(1, Decimal(10_000)), Worth(1, Decimal(10_050)), Worth(2, Decimal(10_043))]


def test_between_movements_open_trades_count_at_their_marks():
    """A trade falls to -400, wins 50 at its first target with 60 still floating, and its rest is given up at 0."""
    movements = [
        (Entry(3, Book.CASH, Book.RESULT, Decimal(50), "a"), Decimal(10_050)),
        (Entry(3, Book.COMMISSION, Book.CASH, Decimal(2), "a"), Decimal(10_048)),
    ]
    marks = [(1, 10_000, 9_600), (2, 10_000, 10_110), (3, 10_048, 10_108), (4, 10_048, 10_048)]

    worths = curve(movements, [EquityMarked(at, Decimal(balance), Decimal(equity)) for at, balance, equity in marks])

    assert [(each.time_ms, each.equity) for each in worths] == [
        *((1, 10_000), (1, 9_600), (2, 10_110), (3, 10_108), (4, 10_048)),
    ]


def test_before_any_movement_the_curve_begins_with_the_balance_of_the_first_mark():
    worths = curve([], [EquityMarked(5, Decimal(9_000), Decimal(8_950))])

    assert worths == [Worth(5, Decimal(9_000)), Worth(5, Decimal(8_950))]


async def marked(room: Room, time_ms: int, equity: int) -> None:
    async with transaction(room.database) as conn:
        await save_marks(conn, [EquityMarked(time_ms, Decimal(10_000), Decimal(equity))])


async def test_a_dip_of_open_trades_between_bookings_counts_as_drawdown(allowed):
    await prove(allowed)
    await marked(allowed, BEGIN_MS + 5 * DAY_MS + 1, 8_900)  # 1,100 under a high of 10,240: 240 were booked
    await allowed.say("/mode live", OWEN)

    assert "⚠️ Deepest drawdown: <b>10.74 %</b>, below 10.00 % · fail\n" in allowed.answer(OWEN).text


async def test_marks_of_a_time_when_trades_of_another_mode_were_open_too_do_not_count(allowed):
    await prove(allowed)
    since_ms, until_ms = BEGIN_MS - DAY_MS, BEGIN_MS + 5 * DAY_MS
    long = signal(setup(known_ms=since_ms), id="XAU_LONG_001", issued_ms=since_ms, mode=Mode.SIGNAL)
    trade = closed(opened(long, opened_ms=since_ms), None, CloseReason.STOP, closed_ms=until_ms)
    async with transaction(allowed.database) as conn:
        await save_signals(conn, [trade.signal])
        await save_trades(conn, [Standing(trade, Decimal(0), Decimal(0), until_ms)])
    await marked(allowed, until_ms, 8_900)
    await allowed.say("/mode live", OWEN)
    before = allowed.answer(OWEN).text
    await marked(allowed, until_ms + 1, 8_900)
    await allowed.say("/mode live", OWEN)

    assert "Deepest drawdown: <b>0.00 %</b>" in before
    assert "Deepest drawdown: <b>10.74 %</b>" in allowed.answer(OWEN).text


def running(mode: Mode, *, opened_ms: int | None = BEGIN_MS - DAY_MS, issued_ms: int = BEGIN_MS - DAY_MS) -> Trade:
    """In the market, or without `opened_ms` on its way there; it stands at its entry."""
    made = signal(setup(known_ms=issued_ms), id="XAU_LONG_001", issued_ms=issued_ms, mode=mode, expires_ms=NOW_MS)
    return pending(made) if opened_ms is None else opened(made, opened_ms=opened_ms)


async def asked(stages: dict[str, Stage], folder: Path, *trades: Trade, days: int = 31, now: Mode = Mode.PAPER) -> str:
    """What an owner reads who asks for live beside these trades, after days of paper and a dip on the sixth."""
    async with open_room(stages, folder, trades, ALLOWED) as room:
        await prove(room, days)
        await marked(room, BEGIN_MS + 5 * DAY_MS + 1, 8_900)
        room.engine.push(Command(OWEN, SetMode(now)))
        await room.say("/mode live", OWEN)
        return room.answer(OWEN).text


async def test_while_a_trade_of_another_mode_is_open_only_what_was_booked_counts(stages, tmp_path):
    text = await asked(stages, tmp_path, running(Mode.SIGNAL))

    assert "Days of paper: <b>30</b>" in text  # to the last booking: what is open now is not of paper alone
    assert "Deepest drawdown: <b>0.00 %</b>" in text


async def test_an_open_trade_of_paper_counts_as_paper_before_anything_is_booked(stages, tmp_path):
    text = await asked(stages, tmp_path, running(Mode.PAPER), days=0)

    assert "Days of paper: <b>28</b>" in text  # from the mark on the sixth day of 33 until now
    assert "Deepest drawdown: <b>11.00 %</b>" in text


async def test_a_signal_of_another_mode_ends_no_paper_before_it_has_opened(stages, tmp_path):
    late_ms = BEGIN_MS + 32 * DAY_MS
    text = await asked(stages, tmp_path, running(Mode.SIGNAL, opened_ms=None, issued_ms=late_ms))

    assert "Days of paper: <b>33</b>" in text
    assert "Deepest drawdown: <b>10.74 %</b>" in text


async def test_days_in_another_mode_are_no_days_of_paper(stages, tmp_path):
    text = await asked(stages, tmp_path, now=Mode.SIGNAL)

    assert "Days of paper: <b>30</b>" in text
    assert "Deepest drawdown: <b>10.74 %</b>" in text


# The breaker

# 10,000 paid in; 002 has 0.05 lot open at +17.90, 003 has 0.10 lot at +4.60: 89.50 and 46.00.
REARM = (
    "<b>Re-arm the drawdown breaker?</b>\n"
    "Equity is <b>$10,135.50</b>; the drawdown is counted from $11,200.00.\n"
    "Re-armed, it is counted from equity as it is then, and trips at about $9,135.50. New signals come again.\n"
    "Only you can confirm, until 17:47:00 UTC."
)
REARMED = "Drawdown breaker is <b>re-armed</b> at $10,135.50, from where the drawdown is counted. Owen, 17:44:50 UTC."
TRIPPED = "⛔ Drawdown breaker tripped: no new signals until an owner sends /rearm."


def trip(room: Room) -> None:
    room.engine.adopt_account(msgspec.structs.replace(room.engine.account, is_tripped=True, high=Decimal(11_200)))


async def test_what_has_not_tripped_needs_no_rearming(room):
    await room.say("/rearm", OWEN)

    assert room.answer(OWEN).text == "The drawdown breaker is not tripped: there is nothing to re-arm."
    assert room.answer(OWEN).buttons == ()


async def test_rearming_asks_first_with_equity_and_where_the_drawdown_is_counted_from(room):
    trip(room)
    await room.say("/rearm", OWEN)

    assert room.answer(OWEN).text == REARM
    assert room.answer(OWEN).labels == ["Re-arm it", "Keep it tripped"]
    assert room.engine.account.is_tripped


async def test_yes_rearms_once_is_told_in_place_and_to_the_other_admins_and_audited(room):
    trip(room)
    await room.say("/rearm", OWEN)
    question = room.answer(OWEN)
    yes = question.data("Re-arm it")
    for _ in range(2):
        await room.desk.handle(room.pressed(yes, OWEN, question.message_id, OWEN))

    assert room.commands == [Command(OWEN, Rearm())]
    assert room.telegram.toasts == ["", "Already done: breaker is re-armed."]
    await room.settle()
    assert (question.text, question.buttons) == (REARMED, ())
    assert not room.engine.account.is_tripped
    assert await room.tap_data(yes, OWEN, question.message_id, OWEN) == "Already done: breaker is re-armed."
    alert = "Drawdown breaker re-armed at $10,135.50. The drawdown is counted from there."
    assert room.answer(DESK_GROUP).text == alert
    changes = [row for row in await room.audit() if row.before is not None]
    assert [(row.actor_name, row.action, row.before, row.after, row.allowed) for row in changes] == [
        ("Owen", "rearm", "tripped", "armed $10,135.50", True)
    ]


async def test_no_leaves_it_tripped(room):
    trip(room)
    await room.say("/rearm", OWEN)
    question = room.answer(OWEN)
    yes = question.data("Re-arm it")
    await room.tap(question, "Keep it tripped", OWEN)

    assert question.text == "Drawdown breaker stays <b>tripped</b>: no new signals. Owen, 17:45:00 UTC."
    assert await room.tap_data(yes, OWEN, question.message_id, OWEN) == "Already done: breaker is tripped."
    assert room.engine.account.is_tripped


async def test_after_two_minutes_it_stays_tripped(room):
    trip(room)
    await room.say("/rearm", OWEN)
    room.people.move_to(at("2024-04-03 17:47"))

    assert await room.tap(room.answer(OWEN), "Re-arm it", OWEN) == LATE
    assert room.engine.account.is_tripped


async def test_whoever_comes_second_hears_that_there_is_nothing_to_rearm(room):
    trip(room)
    for _ in range(2):
        await room.say("/rearm", OWEN)
    first, second = room.answers(OWEN)[-2:]
    for question in (first, second):
        data = question.data("Re-arm it")
        await room.desk.handle(room.pressed(data, OWEN, question.message_id, OWEN))
    await room.settle()

    assert first.text == REARMED
    assert second.text == "The drawdown breaker is not tripped: there is nothing to re-arm."


async def test_a_rearming_that_took_effect_in_a_crash_is_told_after_it(room):
    trip(room)
    await room.say("/rearm", OWEN)
    question = room.answer(OWEN)
    await room.desk.handle(room.pressed(question.data("Re-arm it"), OWEN, question.message_id, OWEN))
    lost = room.commands.pop()

    later = room.restarted()
    await later.push(lost)
    await later.settle()

    assert room.answer(OWEN).text == REARMED


async def test_status_says_that_the_breaker_is_tripped_and_how_to_rearm_it(room):
    await room.say("/status")
    assert TRIPPED not in room.answer().text

    trip(room)
    await room.say("/status")
    assert room.answer().text.splitlines()[1] == TRIPPED

    await room.push(Command(OWEN, SetMode(Mode.SIGNAL)))  # there limits on loss do not count
    await room.say("/status")
    assert TRIPPED not in room.answer().text
