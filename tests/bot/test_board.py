"""The pinned board: what it says, and that there is always exactly one, whoever deletes, unpins or forbids it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.board import Boards
from bot.clock import MarketClock
from bot.config import BoardConfig
from bot.delivery.outbox import Priority
from bot.delivery.outcomes import Done, Flooded, Outcome
from bot.sandbox.chats import Chat, Message
from bot.sandbox.server import DANA, Sandbox
from bot.voices import Voices
from bot.words.board import BoardFigures, board_post
from bot.words.wording import Market, Style, Voice
from engine.events import Tick, TradeOpened
from engine.performance import measure
from engine.types import CloseReason, Trade
from storage.database import reading, transaction
from storage.outbox import waiting
from storage.schema import carried
from tests.bot.desk_room import CHANNEL, CONFIG, DESK_GROUP, NOW_MS, Room, open_room
from tests.bot.reader import VOICE, golden, shown, states
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day
from tests.bot.test_messages_properties import check, trades
from tests.bot.test_roof import index_of_first
from tests.builders import at, bitcoin, closed, gold, opened, secured, setup, signal, trade
from tests.databases import left_behind

pytest_plugins = ["tests.bot.desk_fixtures"]

STYLE = Style(market=Market.SIMULATED)
NOTHING = measure(())
MINUTE_MS = 60_000
GOLD_CHANNEL = -1001000000001


def third(**changes: object) -> Trade:
    """003, bought at 2290.20 and a little over an R ahead."""
    made = setup(
        entry=gold("2290.20"), stop=gold("2286.20"), targets=(gold("2296.20"), gold("2300.20")), proof=gold("2286.40")
    )
    return opened(signal(made, id="XAU_20240403_003", lots=Decimal("0.24")), price=gold("2295.00"), **changes)


def figures(**changes: object) -> BoardFigures:
    fields: dict[str, object] = {
        "now_ms": at("2024-04-03 17:45"),
        "symbols": ("XAUUSD",),
        "running": (secured(price=gold("2295.00")), third()),
        "today": measure([closed()]),
        "recent": measure([closed(), states()["tp2"], states()["tp2"], closed()]),
        "session": ("New York", at("2024-04-03 21:00")),
    }
    return BoardFigures(**(fields | changes))


def text(of: BoardFigures, style: Style = STYLE, voice: Voice = VOICE) -> str:
    return shown(board_post(of, "Gold & Bitcoin", lambda _: voice, style).text)


# What it says


def test_two_open_trades_read_as_designed() -> None:
    assert text(figures()) == golden("board_open")


def test_a_quiet_night_reads_as_designed() -> None:
    quiet = figures(now_ms=at("2024-04-04 02:10"), running=(), today=NOTHING, session=("Asia", at("2024-04-04 07:00")))

    assert text(quiet) == golden("board_quiet")


def test_a_closed_market_and_a_channel_without_a_past_say_so() -> None:
    told = text(figures(running=(), today=NOTHING, recent=NOTHING, session=None))

    assert "No open trades</b>\n\n<b>Today</b> no trades\n\nMarket closed\nUpdated 17:45 UTC" in told


def test_several_symbols_name_each_trades_own_and_the_channels_name_above() -> None:
    coin = setup(symbol="BTCUSDT", entry=6_000_000, stop=5_940_000, targets=(6_090_000, 6_150_000))
    held = opened(signal(coin, id="BTC_20240403_001"), price=6_030_000)
    both = figures(symbols=("XAUUSD", "BTCUSDT"), running=(third(), held))
    voices = {"XAUUSD": VOICE, "BTCUSDT": Voice(instrument=bitcoin())}

    told = shown(board_post(both, "Gold & Bitcoin", lambda each: voices[each.symbol], STYLE).text)

    assert told.startswith("<b>Assay · Gold &amp; Bitcoin</b>")
    assert "🟢 003 BUY XAUUSD 2290.20 → TP1 2296.20 · <b>+1.20R</b>" in told
    assert "🟢 001 BUY BTCUSDT 60000.00 → TP1 60900.00 · <b>+0.50R</b>" in told


def test_of_more_than_eight_the_eight_that_moved_most_are_told_newest_last() -> None:
    many = tuple(
        opened(signal(id=f"XAU_20240403_{number:03}"), price=gold("2274.10") + (46 * number if number % 2 else -46))
        for number in range(1, 12)
    )
    told = text(figures(running=many)).split("\n\n")[1].split("\n")

    assert told[0].startswith("<b>Open 11</b>")
    # Nos. 3, 5, 7, 9 and 11 moved most; of the others, all at −0.05R and 001 at +0.05R, the oldest three come first.
    assert [line.split(" ")[1] for line in told[1:-1]] == ["001", "002", "003", "004", "005", "007", "009", "011"]
    assert told[-1] == "and 3 more"


def test_a_trade_that_still_enters_and_a_flat_one_are_called_what_they_are() -> None:
    flat = closed(opened(), gold("2274.10"), CloseReason.DESK)
    told = text(figures(running=(trade(),), today=measure([flat, closed()])))

    assert "⏳ 002 BUY 2274.10 → TP1 2287.90 · entering" in told
    assert "<b>Today</b> −1.00R closed · 0 won, 1 lost, 1 flat" in told


def test_times_are_told_in_the_channels_zone() -> None:
    told = text(figures(), Style(zone="America/New_York"))

    assert "Session New York until 17:00 New York" in told
    assert "Updated 13:45 New York" in told


@given(st.lists(trades(), max_size=12), st.text(max_size=80), st.booleans())
def test_telegram_takes_whatever_is_on_it(running: list[Trade], name: str, is_mixed: bool) -> None:
    symbols = ("XAUUSD", "<b>") if is_mixed else ("XAU<&>",)
    post = board_post(figures(running=tuple(running), symbols=symbols), name, lambda _: VOICE, STYLE)

    check(post.text)


# How it lives in the channel


class Channel:
    """A sandbox whose clock the test turns; services come and go."""

    def __init__(self, folder: Path, clock: MarketClock, sandbox: Sandbox) -> None:
        self.folder, self.clock, self.sandbox = folder, clock, sandbox

    async def live(self, minutes: int, between: Callable[[], None] = lambda: None) -> None:
        """A service for so long; `between` happens when half of the time is over."""
        config = msgspec.structs.replace(config_in(self.folder), board=BoardConfig(60))
        async with on_stage(config, self.sandbox, self.clock) as stage:
            for minute in range(minutes):
                if minute == minutes // 2:
                    between()
                self.clock.move_to(self.clock.now_ms() + MINUTE_MS - (4_000 if minute else 0))
                # The house looks every second; here when something may have become due, and a pin waits its turn.
                for wait_ms in (0, 2_000, 2_000):
                    self.clock.move_to(self.clock.now_ms() + wait_ms)
                    await stage.app.service.keep_boards()
                    await stage.app.outbox.run_due()

    @property
    def boards(self) -> list[Message]:
        return boards(self.sandbox)

    @property
    def chat(self) -> Chat:
        return self.sandbox.chat(GOLD_CHANNEL)


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    clock = MarketClock(NOW_MS)
    async with sandbox_for(config_in(tmp_path), clock) as sandbox:
        yield Channel(tmp_path, clock, sandbox)


def boards(sandbox: Sandbox) -> list[Message]:
    return [message for message in sandbox.messages(GOLD_CHANNEL) if message.body.text.startswith("Assay · XAUUSD")]


async def test_one_board_is_made_pinned_and_edited_every_minute(channel):
    await channel.live(4)

    (board,) = channel.boards
    assert channel.chat.pinned == [board.id]
    assert "Updated 17:49 UTC" in shown(board.body.text)
    assert channel.sandbox.accepted["pinChatMessage"] == 1
    assert channel.sandbox.accepted["editMessageText"] == 3
    assert board.silent


async def test_a_restart_goes_on_with_the_same_message_and_pins_nothing_again(channel):
    await channel.live(2)
    before = [message.id for message in channel.boards]
    await channel.live(2)

    assert [message.id for message in channel.boards] == before
    assert "Updated 17:49 UTC" in shown(channel.boards[0].body.text)
    assert channel.sandbox.accepted["pinChatMessage"] == 1


async def test_a_board_that_somebody_deleted_is_made_and_pinned_anew_and_other_pins_stay(channel):
    rules = await channel.sandbox.post(GOLD_CHANNEL, "The rules of this channel")
    channel.chat.pinned.append(rules.id)
    deleted = []

    def delete() -> None:
        deleted.extend(channel.boards)
        channel.sandbox.messenger.remove(channel.boards[0])

    await channel.live(4, delete)

    (board,) = channel.boards
    assert board not in deleted
    assert channel.chat.pinned == [rules.id, board.id]
    assert channel.sandbox.messages(DANA.id) == []


async def test_a_board_that_somebody_unpinned_is_left_so_and_still_edited(channel):
    await channel.live(4, lambda: channel.chat.pinned.clear())

    assert channel.chat.pinned == []
    assert "Updated 17:49 UTC" in shown(channel.boards[0].body.text)


async def test_without_the_right_to_pin_it_stands_there_and_admins_are_told_once(channel):
    channel.chat.rights.remove("can_edit_messages")
    await channel.live(5)

    (told,) = channel.sandbox.messages(DANA.id)
    assert told.body.text.startswith("⚠️ The board of Gold Signals is not pinned\n")
    assert channel.sandbox.refused["pinChatMessage"] == 1
    assert "Updated 17:50 UTC" in shown(channel.boards[0].body.text)

    await channel.live(4, lambda: channel.chat.rights.add("can_edit_messages"))
    assert channel.chat.pinned == []
    await channel.live(60)
    assert channel.chat.pinned == [channel.boards[0].id]
    assert len([message for message in channel.sandbox.messages(DANA.id) if "board" in message.body.text]) == 1


async def test_an_opening_shows_on_the_board_at_once(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), msgspec.structs.replace(config_in(tmp_path), board=BoardConfig(3_600))
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        for item in live[: index_of_first(TradeOpened, history, live, config) + 1]:
            await stage.market_time.step(item)
        opened_ms = clock.now_ms()
        await stage.market_time.settle()
        told = shown(boards(sandbox)[0].body.text)

    assert "Open 1 · " in told
    assert f"Updated {shown(STYLE.clock(opened_ms))}" in told


async def test_a_crash_after_an_opening_and_before_its_board_is_made_up_for_at_the_next_start(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, hourly = MarketClock(begin_ms), BoardConfig(3_600)
    config = msgspec.structs.replace(config_in(tmp_path / "first"), board=hourly)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            for item in live[: index_of_first(TradeOpened, history, live, config) + 1]:
                await stage.market_time.step(item)
            left_behind(tmp_path / "first", tmp_path / "left")
        before = shown(boards(sandbox)[0].body.text)
        config = msgspec.structs.replace(config_in(tmp_path / "left"), board=hourly)
        async with on_stage(config, sandbox, clock) as stage:
            await stage.market_time.settle()
        after = shown(boards(sandbox)[0].body.text)

    assert "No open trades" in before
    assert "Open 1 · " in after


# What it may cost, and what may go wrong


@dataclass
class Pins:
    """Telegram's answers to pinning; done unless said otherwise."""

    outcomes: list[Outcome] = field(default_factory=list)
    asked: int = 0

    async def pin(self, chat_id: int, message_id: int) -> Outcome:
        self.asked += 1
        return self.outcomes.pop(0) if self.outcomes else Done()


@pytest.fixture
async def room(stages, tmp_path) -> AsyncIterator[Room]:
    async with open_room(stages, tmp_path, None, msgspec.structs.replace(CONFIG, board=BoardConfig(60))) as made:
        yield made


def boards_of(room: Room, pins: Pins | None = None) -> Boards:
    voices = Voices(room.config, Market.LIVE)
    return Boards(room.config, room.engine, room.channels, voices, pins or Pins(), room.handlers.tell_admins, NOW_MS)


async def show(room: Room, boards: Boards) -> list[int]:
    """Put it into the outbox; the priorities of what waits there."""
    await boards.show_due(room.database, room.clock.now_ms())
    async with reading(room.database) as conn:
        return [row.priority for row in await waiting(conn)]


async def test_the_board_waits_until_nothing_else_wants_to_be_said(room):
    boards = boards_of(room)
    await show(room, boards)
    await room.settle()
    room.pass_ms(60_000)

    await show(room, boards)
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 228_400, 228_420))
    while "Open +1.08R" not in room.answers(CHANNEL)[1].text:
        room.clock.move_to(await room.outbox.run_due() or room.clock.now_ms())

    assert "Updated 17:45 UTC" in room.answer(CHANNEL).text
    await room.settle()
    assert "Updated 17:46 UTC" in room.answer(CHANNEL).text


async def test_kept_waiting_for_five_minutes_it_takes_its_turn_among_live_edits(room):
    boards = boards_of(room)
    assert await show(room, boards) == [Priority.BOARD]
    await room.settle()

    room.pass_ms(5 * 60_000)
    assert await show(room, boards) == [Priority.BOARD]
    room.pass_ms(60_000)
    assert await show(room, boards) == [Priority.PROGRESS]


async def test_a_pin_that_telegram_puts_off_is_tried_again_when_it_said(room):
    pins = Pins([Flooded(120_000)])
    boards = boards_of(room, pins)
    await show(room, boards)
    await room.settle()
    asked = []
    for _ in range(4):
        await boards.pin(room.database, room.clock.now_ms())
        asked.append(pins.asked)
        room.pass_ms(60_000)

    assert asked == [1, 1, 2, 2]
    assert room.answers(DESK_GROUP) == []


async def test_a_pin_that_has_to_wait_for_the_chats_pace_is_asked_for_again_soon(room):
    pins = Pins([None])
    boards = boards_of(room, pins)
    await show(room, boards)
    await room.settle()
    for second in range(4):
        await boards.pin(room.database, room.clock.now_ms() + second * 1_000)

    assert pins.asked == 2, "the second time it was pinned"


async def test_a_board_that_telegram_will_not_take_is_offered_again_after_an_hour(room):
    boards = boards_of(room)
    room.telegram.refuses = True
    await show(room, boards)
    await room.settle()
    room.telegram.refuses = False
    before = len(room.telegram.messages)

    room.pass_ms(59 * 60_000)
    assert await show(room, boards) == []
    room.pass_ms(60_000)
    await show(room, boards)
    await room.settle()

    assert [message.text.startswith("<b>Assay") for message in room.telegram.messages[before:]] == [True]


async def test_a_board_tells_only_of_what_its_channel_carries(room):
    async with transaction(room.database) as conn:
        await conn.execute(delete(carried))
    await show(room, boards_of(room))
    await room.settle()

    assert "<b>No open trades</b>" in room.answer(CHANNEL).text


async def test_a_channel_that_hears_later_has_a_board_of_then(stages, tmp_path):
    late = msgspec.structs.replace(CONFIG.channels[0], delay_min=15)
    config = msgspec.structs.replace(CONFIG, board=BoardConfig(60), channels=(late,))
    async with open_room(stages, tmp_path, None, config) as room:
        assert await show(room, boards_of(room)) == [], "nothing waits to be sent"
        async with transaction(room.database) as conn:
            await room.channels.publish_due(conn, NOW_MS + 15 * MINUTE_MS)
        await room.settle()

        assert "DELAYED 15 MIN" in room.answer(CHANNEL).text
        assert "Updated 17:45 UTC" in room.answer(CHANNEL).text


async def test_without_a_period_there_is_no_board(room):
    room.config = msgspec.structs.replace(room.config, board=BoardConfig(0))
    boards = boards_of(room)

    assert await show(room, boards) == []
    assert boards.due_ms() > 10 * NOW_MS
