"""Buttons under a signal, which every subscriber may tap; and a pause as the market meets it."""

import asyncio
from collections import Counter

import msgspec
import pytest

from bot.config import Config
from charts.picture import Scene, decode
from charts.render import draw
from engine.engine import Engine
from engine.events import CandleClosed, History, SetupRejected, SignalIssued, Tick
from engine.types import Candle, Timeframe
from feeds.simulated import simulated
from storage.database import transaction
from tests.bot.desk_room import CHANNEL, CONFIG, DANA, MALLORY, Room, Shown, open_room, sold
from tests.builders import at, instrument

pytest_plugins = ["tests.bot.desk_fixtures"]
OLD = "This button is from an earlier version of the channel and does nothing any more."


def picture(message: Shown) -> Scene:
    found = decode(message.png or b"")
    assert isinstance(found, Scene)
    return found


async def test_why_answers_any_subscriber_in_a_note(room):
    toast = await room.tap(room.answers(CHANNEL)[0], "Why", by=MALLORY)

    assert toast.startswith("H4 up")
    assert "against:" in toast
    assert len(toast) <= 200
    assert await room.audit() == []


@pytest.mark.parametrize("timeframe", ["M15", "H1", "H4"])
async def test_a_timeframe_redraws_the_picture_in_place(room, timeframe):
    signal = room.answers(CHANNEL)[0]
    text, buttons, count = signal.text, signal.buttons, len(room.telegram.messages)

    assert await room.tap(signal, timeframe, by=MALLORY) == f"{timeframe} chart is on its way."

    assert picture(signal).timeframe == timeframe
    assert (signal.text, signal.buttons, len(room.telegram.messages)) == (text, buttons, count)
    assert draw(signal.png or b"").startswith(b"\x89PNG")


async def test_a_channel_that_hears_later_gets_no_picture_of_now(stages, tmp_path):
    """Though it has no button for it: a client may send what it likes."""
    late = msgspec.structs.replace(CONFIG.channels[0], delay_min=15)
    config = msgspec.structs.replace(CONFIG, channels=(late,))
    async with open_room(stages, tmp_path, config=config) as room:
        signal, text = room.answers(CHANNEL)[0], room.answers(CHANNEL)[0].text

        assert await room.tap(signal, "H1", by=MALLORY) == "There is no H1 chart at the moment."

    assert (signal.png, signal.text) == (None, text)


async def test_higher_timeframes_show_where_the_trade_stands(room):
    signal = room.answers(CHANNEL)[1]
    await room.tap(signal, "H1", by=MALLORY)

    levels = {level.label: level.price for level in picture(signal).levels}
    assert levels == {"Entry": 227_410, "SL": 226_490, "TP1": 228_790, "TP2": 229_710}
    assert (picture(signal).order, picture(signal).id) == ("BUY", "XAU_20240403_003")


async def test_a_secured_trade_has_no_stop_beside_its_entry(room):
    signal = room.answers(CHANNEL)[0]
    await room.tap(signal, "H1", by=MALLORY)

    assert {level.label for level in picture(signal).levels} == {"Entry", "TP1", "TP2"}


async def test_its_own_timeframe_shows_how_the_trade_goes(room):
    signal = room.answers(CHANNEL)[0]
    await room.tap(signal, "M15", by=MALLORY)

    assert picture(signal).journey is not None
    assert picture(signal).id == "XAU_20240403_002"


async def test_a_signal_that_waits_shows_what_is_proposed(stages, tmp_path):
    async with open_room(stages, tmp_path, [sold(4)]) as room:
        await room.tap(room.answer(CHANNEL), "M15", by=MALLORY)

        assert picture(room.answer(CHANNEL)).headline == "Score 88 / 100"


async def test_a_live_edit_keeps_the_redrawn_picture(room):
    signal = room.answers(CHANNEL)[1]
    await room.tap(signal, "H1", by=MALLORY)
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 228_400, 228_420))
    await room.settle()

    assert "Open +1.08R" in signal.text
    assert picture(signal).timeframe == "H1"


async def test_a_closed_signal_shows_how_it_went(room):
    signal = room.answers(CHANNEL)[1]
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 226_000, 226_020))
    await room.settle()
    assert signal.labels == ["Why", "Chart"]

    await room.tap(signal, "Chart", by=MALLORY)

    assert picture(signal).title == "Stopped"
    assert "Stopped −1.53R" in signal.text


async def test_a_trade_that_closed_while_a_picture_was_asked_for_is_not_shown_open_again(room):
    signal = room.answers(CHANNEL)[1]
    data = signal.data("H1")
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 226_000, 226_020))

    await room.hear(room.pressed(data, CHANNEL, signal.message_id, MALLORY))

    assert "Stopped −1.53R" in signal.text
    assert signal.labels == ["Why", "Chart"]


async def test_a_trade_that_closes_while_its_picture_is_made_is_not_shown_open_again(room):
    signal = room.answers(CHANNEL)[1]
    tap = room.pressed(signal.data("H1"), CHANNEL, signal.message_id, MALLORY)
    async with transaction(room.database) as conn:
        heard = asyncio.create_task(room.desk.handle(tap))
        async with asyncio.timeout(5):
            while not room.is_writer_awaited():  # noqa: ASYNC110 # a lock tells nobody who waits for it
                await asyncio.sleep(0)
        await room.handlers.handle(conn, room.engine.push(Tick("XAUUSD", at("2024-04-03 17:46"), 226_000, 226_020)))
    await heard
    await room.settle()

    assert "Stopped −1.53R" in signal.text
    assert signal.labels == ["Why", "Chart"]


async def test_the_candle_that_still_forms_is_drawn_too(room):
    """A quote of 17:46 belongs to the quarter from 17:45, the hour from 17:00 and the four hours from 17:00."""
    signal = room.answers(CHANNEL)[0]
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 229_300, 229_320))
    for timeframe, opens in (("M15", "17:45"), ("H1", "17:00"), ("H4", "17:00")):
        await room.tap(signal, timeframe, by=MALLORY)
        *_, last = picture(signal).candles

        assert (last[0], last[4]) == (at(f"2024-04-03 {opens}"), 229_300), timeframe
        room.pass_ms(10_000)


async def test_the_next_milestone_brings_the_signals_own_picture_back(room):
    draws(room)
    signal = room.answers(CHANNEL)[1]
    await room.tap(signal, "H4", by=MALLORY)
    assert picture(signal).timeframe == "H4"

    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 228_800, 228_820))
    await room.settle()

    assert (picture(signal).timeframe, picture(signal).title) == ("M15", "TP1 hit")


def draws(room: Room) -> None:
    """Pictures of milestones too, which the other tests here do without."""
    room.handlers._draws = True


async def test_a_button_that_stands_under_another_message_is_old(room):
    first, second = room.answers(CHANNEL)
    before = (first.text, second.text)

    for data in ("c:H1:XAU_20240403_003", "c:H1:XAU_19990101_001", "w:XAU_20240403_003", "c:M5:XAU_20240403_002"):
        assert await room.tap_data(data, CHANNEL, first.message_id, MALLORY) == OLD
    assert await room.tap_data("c:H1:XAU_20240403_003", CHANNEL, 999, MALLORY) == OLD

    assert (first.png, second.png, first.text, second.text) == (None, None, *before)
    assert await room.audit() == []


async def test_one_message_is_redrawn_once_in_ten_seconds_and_the_note_says_when(room):
    first, second = room.answers(CHANNEL)
    await room.tap(first, "H1", by=MALLORY)
    room.people.move_to(room.people.now_ms() + 3_500)

    assert await room.tap(first, "H4") == "This chart was drawn just now. It can change again in 7 s."
    assert await room.tap(second, "H4") == "H4 chart is on its way."
    assert (picture(first).timeframe, picture(second).timeframe) == ("H1", "H4")

    room.people.move_to(room.people.now_ms() + 6_500)
    assert await room.tap(first, "H4") == "H4 chart is on its way."


async def test_a_thousand_taps_cost_six_edits_a_minute(room):
    first, second = room.answers(CHANNEL)
    notes = Counter()
    for number in range(1_000):
        room.people.move_to(room.people.now_ms() + 50)
        message = (first, second)[number % 2]
        notes[await room.tap(message, ("M15", "H1", "H4")[number % 3], by=MALLORY)] += 1

    assert room.telegram.edits == 6
    assert sum(count for note, count in notes.items() if note.endswith("chart is on its way.")) == 6
    assert notes["Many charts were drawn here just now. The next can come in 20 s."] > 0
    room.people.move_to(room.people.now_ms() + 60_000)
    await room.tap(first, "M15", by=MALLORY)
    assert room.telegram.edits == 7


async def test_a_crowd_that_taps_does_not_keep_a_result_waiting(room):
    """Redraws share what live edits have of the channel's minute: two closings find it free, and take a second each."""
    first, second = room.answers(CHANNEL)
    for number in range(30):
        await room.push(Tick("XAUUSD", at("2024-04-03 17:45") + 1_000 * number, 228_000 + 200 * (number % 2), 228_400))
        await room.desk.handle(room.pressed((first, second)[number % 2].data("H1"), CHANNEL, 1 + number % 2, MALLORY))
        await room.outbox.run_due()
        room.pass_ms(1_000)
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 226_000, 226_020))
    since_ms = room.clock.now_ms()
    while "Stopped" not in second.text:
        due_ms = await room.outbox.run_due()
        room.clock.move_to(max(due_ms or 0, room.clock.now_ms()))

    assert room.clock.now_ms() - since_ms <= 2_000


async def test_a_crowd_that_waits_for_its_notes_does_not_keep_an_admin_waiting(room):
    room.telegram.answers_taps.clear()
    why = room.answers(CHANNEL)[0].data("Why")
    async with asyncio.timeout(5):
        for _ in range(8):
            await room.hear(room.pressed(why, CHANNEL, 1, MALLORY))
        await room.say("/status")
    assert room.answer().text.startswith("<b>Running</b>")
    assert room.telegram.toasts == []

    room.telegram.answers_taps.set()
    await room.say("/status")
    assert len(room.telegram.toasts) == 8


async def test_without_anything_to_draw_the_note_says_so(room):
    signal = room.answers(CHANNEL)[0]
    room.desk._signal_buttons._draws = False

    assert await room.tap(signal, "H1") == "There is no H1 chart at the moment."


async def test_an_admin_who_taps_why_in_the_channel_gets_the_whole_of_it_in_his_own_chat(room):
    toast = await room.tap(room.answers(CHANNEL)[0], "Why", by=DANA)

    assert toast.startswith("H4 up")
    assert room.answer(DANA).text.startswith("<b>Why 002 BUY XAUUSD</b>")
    assert len(room.answers(CHANNEL)) == 2


# A pause as the market meets it


def first_signal_of_a_seed(config: Config) -> tuple[list[Candle], list[Tick], str]:
    """A seeded market: its candles until just before the first signal, the ticks from there to it, and its key."""
    engine = Engine(config.engine_config())
    past: list[Candle] = []
    ticks: list[Tick] = []
    for tick in simulated(config.instruments[0], seed=1, start_ms=at("2026-01-04 22:00")):
        ticks.append(tick)
        for event in engine.push(tick):
            if isinstance(event, SignalIssued):
                left = [each for each in ticks if each.time_ms >= past[-2].close_ms]
                return past[:-1], left, event.signal.setup.key
            if isinstance(event, CandleClosed) and event.candle.timeframe is Timeframe.M15:
                past.append(event.candle)
    raise AssertionError("the market ended without a signal")


@pytest.mark.parametrize("is_paused", [False, True])
async def test_a_paused_engine_refuses_the_signal_it_would_have_sent(stages, tmp_path, is_paused):
    config = msgspec.structs.replace(CONFIG, instruments=(instrument(feed="simulated"),))
    past, ticks, key = first_signal_of_a_seed(config)
    async with open_room(stages, tmp_path, [], config) as room:
        for candle in past:
            room.engine.push(History(candle))
        if is_paused:
            await room.say("/pause")
        events = [event for tick in ticks for event in room.engine.push(tick)]

    issued = [event.signal.setup.key for event in events if isinstance(event, SignalIssued)]
    paused = [event.setup.key for event in events if isinstance(event, SetupRejected) and event.refusals == ("paused",)]
    assert issued == ([] if is_paused else [key])
    assert (key in paused) is is_paused
