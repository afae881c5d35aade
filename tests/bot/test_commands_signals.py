"""Buttons under a signal, which every subscriber may tap; and a pause as the market meets it."""

import asyncio

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
from tests.bot.desk_room import CHANNEL, CONFIG, MALLORY, Shown, open_room, sold
from tests.builders import at, instrument

pytest_plugins = ["tests.bot.desk_fixtures"]


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

    assert await room.tap(signal, timeframe, by=MALLORY) == ""

    assert picture(signal).timeframe == timeframe
    assert (signal.text, signal.buttons, len(room.telegram.messages)) == (text, buttons, count)
    assert draw(signal.png or b"").startswith(b"\x89PNG")


async def test_a_channel_that_hears_later_gets_no_picture_of_now(stages, tmp_path):
    """Though it has no button for it: a client may send what it likes."""
    late = msgspec.structs.replace(CONFIG.channels[0], delay_min=15)
    config = msgspec.structs.replace(CONFIG, channels=(late,))
    async with open_room(stages, tmp_path, config=config) as room:
        signal, text = room.answers(CHANNEL)[0], room.answers(CHANNEL)[0].text

        assert await room.tap(signal, "H1", by=MALLORY) == ""

    assert (signal.png, signal.text) == (None, text)


async def test_higher_timeframes_show_where_the_trade_stands(room):
    signal = room.answers(CHANNEL)[1]
    await room.tap(signal, "H1", by=MALLORY)

    levels = {level.label: level.price for level in picture(signal).levels}
    assert levels == {"Entry": 227_410, "SL": 226_490, "TP1": 228_790, "TP2": 229_710}


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


async def test_a_button_names_the_signal_it_stands_under_or_does_nothing(room):
    first, second = room.answers(CHANNEL)
    before = (first.text, second.text)

    await room.hear(room.pressed("c:H1:XAU_20240403_003", CHANNEL, first.message_id, MALLORY))
    await room.hear(room.pressed("c:H1:XAU_19990101_001", CHANNEL, first.message_id, MALLORY))

    assert room.telegram.toasts == []
    assert (first.png, second.png, first.text, second.text) == (None, None, *before)


async def test_a_crowd_of_taps_leaves_requests_for_what_matters(room):
    first, second = room.answers(CHANNEL)
    for _ in range(20):
        for label in ("M15", "H1", "H4"):
            assert await room.tap(first, label, by=MALLORY) == ""
            assert await room.tap(second, label, by=MALLORY) == ""

    assert room.telegram.edits == 6
    room.pass_ms(60_000)
    await room.tap(first, "M15", by=MALLORY)
    assert room.telegram.edits == 7


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
