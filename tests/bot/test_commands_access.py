"""What is not for the desk leaves no trace, and strangers cannot fill the disk. Who may do what: the matrix."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.delivery.updates import PlaceChanged, Update
from bot.desk.access import AuditBudget
from engine.types import HOUR_MS
from tests.bot.desk_room import CHANNEL, DANA, DESK_GROUP, MALLORY, OTHER_GROUP, Room

pytest_plugins = ["tests.bot.desk_fixtures"]

GROUP: dict[str, Any] = {"chat_id": DESK_GROUP, "is_private": False}
ELSEWHERE: dict[str, Any] = {"chat_id": OTHER_GROUP, "is_private": False}


def state(room: Room) -> object:
    """Everything an intruder could have changed or learned."""
    telegram = room.telegram
    messages = [(message.chat_id, message.text, message.buttons, message.png) for message in telegram.messages]
    return messages, telegram.edits, list(telegram.toasts), room.engine.snapshot(), list(room.commands)


@pytest.mark.parametrize(
    "hear",
    [
        lambda room: room.posted("Gold looks strong today"),
        lambda room: room.said("Shall we meet?", MALLORY, **GROUP),
        lambda room: room.said("Shall we meet?", DANA, **ELSEWHERE),
        lambda room: room.said("", DANA),
        lambda _: PlaceChanged(1, CHANNEL, "Gold", "channel", MALLORY, "Mallory", "left", can_post=False),
    ],
)
async def test_what_is_not_for_us_leaves_no_trace(room, hear: Callable[[Room], Update]):
    before = state(room)
    await room.hear(hear(room))

    assert state(room) == before
    assert await room.audit() == []


async def test_any_word_of_a_stranger_in_private_is_audited(room):
    await room.say("hello?", by=MALLORY)

    assert [(row.actor_name, row.allowed) for row in await room.audit()] == [("Mallory", False)]


async def test_what_strangers_write_is_cut_and_made_harmless_before_it_is_stored(room):
    await room.hear(room.said("/start " + "\u202e\x00\ud800x" * 4000, MALLORY, user_name="\u202eyrollaM" * 100))

    row = (await room.audit())[0]
    assert len(row.detail["text"]) <= 120
    assert len(row.actor_name) <= 48
    assert "\u202e" not in row.detail["text"] + row.actor_name


async def test_a_flood_of_one_stranger_fills_no_disk(room):
    for _ in range(50):
        await room.say("/start", by=MALLORY)
    room.people.move_to(room.people.now_ms() + HOUR_MS)
    await room.say("/start", by=MALLORY)

    rows = await room.audit()
    assert len(rows) == 6
    assert rows[0].detail["left_out"] == 45


def test_a_flood_of_many_strangers_fills_no_disk_either():
    budget = AuditBudget(each=5, together=200)
    written = [budget.take(stranger, now_ms=0) for stranger in range(10_000) for _ in range(2)]

    assert sum(left_out is not None for left_out in written) == 200
    assert budget.take(1, HOUR_MS) == 20_000 - 200


async def test_a_flood_of_strangers_does_not_hide_an_admins_attempts(room):
    for _ in range(20):
        await room.say("/start", by=MALLORY)
    await room.say("/status")

    assert (await room.audit(1))[0].actor_name == "Dana"
