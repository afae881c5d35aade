"""What everybody may ask in some groups, how often, and that nothing else is heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bot.config import AdminConfig, ChannelConfig, TelegramConfig
from bot.config_rules import check_config
from bot.desk.public import Turns
from bot.words.languages import LanguageCode
from charts.picture import PeriodPicture, decode
from engine.types import HOUR_MS
from storage.carried import save_carried
from storage.database import transaction
from storage.signals import save_signals
from storage.trades import Standing, save_trades
from tests.bot.desk_room import CONFIG, DANA, DESK_GROUP, MALLORY, OTHER_GROUP, Room, Stage, open_room
from tests.builders import at, bitcoin, closed, opened, signal

pytest_plugins = ["tests.bot.desk_fixtures"]
PUBLIC = -5005
OPEN_CONFIG = msgspec.structs.replace(
    CONFIG, telegram=msgspec.structs.replace(CONFIG.telegram, public_chats=(PUBLIC, OTHER_GROUP))
)


@pytest.fixture
async def square(stages: dict[str, Stage], tmp_path: Path) -> AsyncIterator[Room]:
    """A room with a public group, and a trade that lost one R today."""
    async with open_room(stages, tmp_path, config=OPEN_CONFIG) as room:
        lost = closed(opened(signal(id="XAU_20240403_001")), closed_ms=at("2024-04-03 14:06"))
        async with transaction(room.database) as conn:
            # The stage has 002 of the same setup; another known moment makes another signal.
            early = msgspec.structs.replace(lost.signal.setup, known_ms=at("2024-04-03 10:00"))
            lost = msgspec.structs.replace(lost, signal=msgspec.structs.replace(lost.signal, setup=early))
            await save_signals(conn, [lost.signal])
            await save_trades(conn, [Standing(lost, Decimal(-92), Decimal(-92), 0)])
        yield room


async def ask(room: Room, text: str, by: int = MALLORY, chat: int = PUBLIC, **changes: object) -> None:
    await room.say(text, by, chat_id=chat, is_private=False, **changes)


async def test_everybody_may_ask_how_it_went_where_it_was_allowed(square: Room) -> None:
    await ask(square, "/performance")

    answer = square.answer(PUBLIC)
    assert answer.text.startswith(
        "<b>Performance, 30 days · XAUUSD</b>\n5 Mar – 3 Apr 2024 · 17:45 UTC\n\n<b>−1.00R</b>"
    )
    assert (
        "1 trade: 0 won, 1 lost · 0 % won\nAverage −1.00R · profit factor 0.00 · too few to say anything" in answer.text
    )
    assert answer.png is not None
    assert isinstance(decode(answer.png), PeriodPicture)
    assert await square.audit() == []


async def test_the_report_of_one_symbol_is_its_day(square: Room) -> None:
    await ask(square, "/report@assay_bot")

    assert square.answer(PUBLIC).text.startswith("<b>Daily report · XAUUSD</b>\nWed 3 Apr 2024")


async def test_the_report_of_several_symbols_is_one_message(stages: dict[str, Stage], tmp_path: Path) -> None:
    channels = (ChannelConfig("Both", -9, ("XAUUSD", "BTCUSDT")),)
    config = msgspec.structs.replace(OPEN_CONFIG, instruments=(*CONFIG.instruments, bitcoin()), channels=channels)
    async with open_room(stages, tmp_path, [], config) as room:
        await ask(room, "/report")
        await ask(room, "/report btc", by=DANA)

        texts = [message.text.partition("\n")[0] for message in room.answers(PUBLIC)]
    assert texts == ["<b>Today so far · Both</b>", "<b>Daily report · BTCUSDT</b>"]


async def late_square(stages: dict[str, Stage], folder: Path, said: str, **profile: object) -> str:
    """The answer, at 17:45, in a public chat that is a channel too: two trades lost, at 14:06 and at 17:40.

    The channel carries the second only.
    """
    channel = ChannelConfig("Late", PUBLIC, ("XAUUSD",), **profile)  # type: ignore[arg-type]
    config = msgspec.structs.replace(OPEN_CONFIG, channels=(*CONFIG.channels, channel))
    async with open_room(stages, folder, [], config) as room:
        async with transaction(room.database) as conn:
            for number, moment in enumerate(("14:06", "17:40"), 1):
                lost = closed(opened(signal(id=f"XAU_20240403_10{number}")), closed_ms=at(f"2024-04-03 {moment}"))
                known = msgspec.structs.replace(lost.signal.setup, known_ms=at(f"2024-04-03 0{number}:00"))
                lost = msgspec.structs.replace(lost, signal=msgspec.structs.replace(lost.signal, setup=known))
                await save_signals(conn, [lost.signal])
                await save_trades(conn, [Standing(lost, Decimal(-92), Decimal(-92), 0)])
            await save_carried(conn, {"XAU_20240403_102": [channel.key]})
        await ask(room, said)
        return room.answer(PUBLIC).text


async def test_a_chat_is_told_of_the_trades_it_carries(stages: dict[str, Stage], tmp_path: Path) -> None:
    assert "1 trade: 0 won, 1 lost" in await late_square(stages, tmp_path, "/performance")


async def test_a_chat_is_answered_in_its_language(stages: dict[str, Stage], tmp_path: Path) -> None:
    told = await late_square(stages, tmp_path, "/performance", language=LanguageCode.SPANISH)

    assert told.startswith("<b>Rendimiento, 30 días · XAUUSD</b>")


@pytest.mark.parametrize("said", ["/performance", "/report"])
async def test_a_chat_that_hears_later_is_not_answered_early(
    stages: dict[str, Stage], tmp_path: Path, said: str
) -> None:
    told = await late_square(stages, tmp_path, said, delay_min=15)

    assert "17:30 UTC" in told
    assert "No closed trades." in told
    assert "DELAYED 15 MIN" in told


async def other_group(stages: dict[str, Stage], folder: Path, said: str, *delays: int) -> str:
    """The answer in a group without signals, while channels with these delays carry gold. One trade was lost at 17:40,
    and another one runs since 17:35.
    """
    channels = tuple(ChannelConfig(f"Gold {n}", -9_000 - n, ("XAUUSD",), delay_min=n) for n in delays)
    config = msgspec.structs.replace(OPEN_CONFIG, channels=channels)
    lost = closed(opened(signal(id="XAU_20240403_101")), closed_ms=at("2024-04-03 17:40"))
    other = msgspec.structs.replace(lost.signal.setup, known_ms=at("2024-04-03 17:35"))
    runs = opened(signal(other, id="XAU_20240403_102", issued_ms=at("2024-04-03 17:35")))
    async with open_room(stages, folder, [], config) as room:
        async with transaction(room.database) as conn:
            for each in (lost, runs):
                await save_signals(conn, [each.signal])
                await save_trades(conn, [Standing(each, Decimal(-92), Decimal(-92), 0)])
        room.engine.adopt([runs])
        await ask(room, said)
        return room.answer(PUBLIC).text


@pytest.mark.parametrize("said", ["/performance", "/performance xauusd all", "/report", "/report XAUUSD"])
async def test_a_group_without_signals_hears_nothing_that_a_late_channel_has_not_shown(
    stages: dict[str, Stage], tmp_path: Path, said: str
) -> None:
    told = await other_group(stages, tmp_path, said, 0, 15)

    assert "17:30 UTC" in told
    assert "No closed trades." in told
    assert "1 trade open at the end" in told, "the lost one; not the one issued since then"
    assert "DELAYED 15 MIN" in told


async def test_where_nobody_hears_later_the_group_is_answered_as_of_now(
    stages: dict[str, Stage], tmp_path: Path
) -> None:
    assert "2 signals: 0 won, 1 lost, 1 open" in await other_group(stages, tmp_path, "/report", 0)


@pytest.mark.parametrize(
    "text",
    [
        "/status",
        "/pause",
        "/close 002",
        "/performance 5y",
        "/performance 7d 30d",
        "/report 7d",
        "hello",
        "/performance EURUSD",
    ],
)
async def test_everything_else_meets_silence(square: Room, text: str) -> None:
    await ask(square, text)

    assert square.answers(PUBLIC) == []
    assert square.commands == []


@pytest.mark.parametrize("changes", [{"is_bot": True}, {"is_forwarded": True}, {"is_edited": True}])
async def test_a_disguise_is_not_answered(square: Room, changes: dict[str, bool]) -> None:
    await ask(square, "/performance", **changes)

    assert square.answers(PUBLIC) == []


async def test_where_it_was_not_allowed_strangers_hear_nothing(room: Room) -> None:
    for chat in (OTHER_GROUP, DESK_GROUP):
        await ask(room, "/performance", chat=chat)
    await room.say("/performance", MALLORY)

    assert [room.answers(chat) for chat in (OTHER_GROUP, DESK_GROUP, MALLORY)] == [[], [], []]
    assert {entry.allowed for entry in await room.audit()} == {False}


async def test_a_command_for_another_bot_is_not_ours(square: Room) -> None:
    await ask(square, "/performance@other_bot")

    assert square.answers(PUBLIC) == []


async def test_a_flood_of_questions_is_answered_seldom(square: Room) -> None:
    """200 people ask 20 times each within a minute: the group hears three answers and then one every 20 s."""
    for _ in range(20):
        for person in range(200):
            await square.desk.handle(
                square.said("/performance", MALLORY, user_id=7000 + person, chat_id=PUBLIC, is_private=False)
            )
        square.people.move_to(square.people.now_ms() + 3_000)
    await square.settle()

    assert len(square.answers(PUBLIC)) == 3 + 57 // 20


async def test_one_person_does_not_silence_the_others(square: Room) -> None:
    for _ in range(5):
        await ask(square, "/performance", by=MALLORY)
    assert len(square.answers(PUBLIC)) == 2, "two at once, then one a minute"

    await ask(square, "/performance", user_id=8001)

    assert len(square.answers(PUBLIC)) == 3


async def test_the_same_update_twice_is_one_answer(square: Room) -> None:
    update = square.said("/performance", MALLORY, chat_id=PUBLIC, is_private=False)
    await square.hear(update)
    await square.hear(update)

    assert len(square.answers(PUBLIC)) == 1


async def test_the_desk_asks_as_often_as_it_likes_and_of_any_time(square: Room) -> None:
    for words in ("", " 7d", " 90D xau", " XAUUSD all"):
        await square.say(f"/performance{words}")
    await square.say("/performance tomorrow")

    heads = [answer.text.partition("\n")[0] for answer in square.answers(DANA)]
    assert heads == [
        "<b>Performance, 30 days · XAUUSD</b>",
        "<b>Performance, 7 days · XAUUSD</b>",
        "<b>Performance, 90 days · XAUUSD</b>",
        "<b>Performance, all · XAUUSD</b>",
        "Usage: /performance 30d XAUUSD (7d, 30d, 90d or all; without a symbol all of them).",
    ]


def test_turns_come_back_one_by_one_and_do_not_pile_up() -> None:
    turns = Turns(at_once=2, every_ms=1000)
    taken = []
    for now_ms in (0, 0, 0, 999, 1000, 1000, HOUR_MS, HOUR_MS, HOUR_MS):
        taken.append(turns.has("Mallory", now_ms))
        if taken[-1]:
            turns.take("Mallory", now_ms)

    assert taken == [True, True, False, False, True, False, True, True, False]


def test_more_askers_than_can_be_remembered_push_nobody_out() -> None:
    turns = Turns(at_once=1, every_ms=1000)
    for person in range(10_000):
        turns.take(person, 0)

    assert not turns.has("one more", 500)
    assert not turns.has(0, 500)
    assert turns.has("one more", 2000)


def test_only_groups_can_be_public() -> None:
    wrong = msgspec.structs.replace(CONFIG, telegram=TelegramConfig((AdminConfig(DANA, "Dana"),), public_chats=(1001,)))

    assert check_config(wrong) == ["telegram.public_chats: 1001 is no group; the ids of groups are negative"]
