"""Who may command: every command and every button, from every kind of sender and place."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.delivery.updates import PlaceChanged, Pressed, Update
from bot.desk.access import AuditBudget
from bot.words import admin_english
from bot.words.admin_english import COMMANDS
from bot.words.buttons import Tap, read_tap
from engine.types import HOUR_MS
from tests.bot.desk_room import CHANNEL, DANA, DESK_GROUP, MALLORY, NOOR, OTHER_GROUP, Room

pytest_plugins = ["tests.bot.desk_fixtures"]

ANONYMOUS = 1087968824  # the id Telegram gives every anonymous group administrator
TRADE = "XAU_20240403_002"
LINES = [f"/{name}" for name in COMMANDS] + ["/risk 0.5", "/mode signal", "/close 002", "/pause 2h", "/why 002", "/foo"]
BUTTONS = [
    *(f"c:{timeframe}:{TRADE}" for timeframe in ("M15", "H1", "H4")),
    *(f"{tap}:{TRADE}" for tap in (Tap.WHY, Tap.CLOSE)),
    *(f"{tap}:1" for tap in (Tap.TRADES, Tap.SIGNALS)),
    *(f"{tap}:risk:1" for tap in (Tap.YES, Tap.NO)),
    *(f"{Tap.MENU}:{entry}" for entry in (*admin_english.MENU, "status")),
]
GROUP: dict[str, Any] = {"chat_id": DESK_GROUP, "is_private": False}
ELSEWHERE: dict[str, Any] = {"chat_id": OTHER_GROUP, "is_private": False}

ANSWERED: dict[str, tuple[int, dict[str, Any]]] = {
    "an admin in his chat": (DANA, {}),
    "the other admin in hers": (NOOR, {}),
    "an admin in the alert chat": (DANA, GROUP),
}
REFUSED: dict[str, tuple[int, dict[str, Any], str]] = {
    "a stranger": (MALLORY, {}, "stranger"),
    "a stranger in the alert chat": (MALLORY, GROUP, "stranger"),
    "a stranger in a group": (MALLORY, ELSEWHERE, "stranger"),
    "an admin in another group": (DANA, ELSEWHERE, "group"),
    "an admin in a colleague's chat": (DANA, {"chat_id": NOOR}, "group"),
    "an anonymous admin": (DANA, GROUP | {"user_id": ANONYMOUS, "sender_chat_id": DESK_GROUP}, "anonymous"),
    "an anonymous admin with a borrowed id": (DANA, GROUP | {"sender_chat_id": DESK_GROUP}, "anonymous"),
    "a channel in the alert chat": (DANA, GROUP | {"sender_chat_id": CHANNEL}, "anonymous"),
    "a chat in private": (DANA, {"sender_chat_id": CHANNEL}, "anonymous"),
    "nobody": (DANA, {"user_id": None}, "stranger"),
    "another bot": (DANA, {"is_bot": True}, "bot"),
    "another bot in the alert chat": (DANA, GROUP | {"is_bot": True}, "bot"),
    "a forwarding admin": (DANA, {"is_forwarded": True}, "forwarded"),
    "a forwarding admin in the alert chat": (DANA, GROUP | {"is_forwarded": True}, "forwarded"),
    "an editing admin": (DANA, {"is_edited": True}, "edited"),
    "an editing admin in the alert chat": (DANA, GROUP | {"is_edited": True}, "edited"),
}


def state(room: Room) -> object:
    """Everything an intruder could have changed or learned."""
    telegram = room.telegram
    messages = [(message.chat_id, message.text, message.buttons, message.png) for message in telegram.messages]
    return messages, telegram.edits, list(telegram.toasts), room.engine.snapshot(), list(room.commands)


async def assert_turned_away(room: Room, updates: list[Update], why: str) -> None:
    before = state(room)
    for update in updates:
        room.people.move_to(room.people.now_ms() + HOUR_MS)  # each within its own hour's budget of rows
        await room.hear(update)

    assert state(room) == before
    rows = await room.audit()
    assert [(row.allowed, row.detail["why"]) for row in rows] == [(False, why)] * len(updates)
    heard = [update.data if isinstance(update, Pressed) else getattr(update, "text", "") for update in updates]
    assert [row.detail["text"] for row in reversed(rows)] == heard


@pytest.mark.parametrize("sender", ANSWERED)
async def test_each_command_of_an_admin_is_answered_and_audited(room, sender):
    who, place = ANSWERED[sender]
    chat_id = place.get("chat_id", who)
    for line in LINES:
        before = len(room.answers(chat_id))
        await room.say(line, by=who, **place)
        assert len(room.answers(chat_id)) == before + 1, line

    attempts = [row for row in await room.audit() if row.action.startswith("/")]
    assert [row.detail["text"] for row in reversed(attempts)] == LINES
    assert {(row.actor_id, row.chat_id, row.allowed) for row in attempts} == {(who, chat_id, True)}


@pytest.mark.parametrize("sender", REFUSED)
async def test_each_command_of_anybody_else_meets_silence_and_an_audit_row(room, sender):
    who, changes, why = REFUSED[sender]

    await assert_turned_away(room, [room.said(line, who, **changes) for line in LINES], why)


async def test_commands_in_channels_are_not_taken(room):
    await assert_turned_away(room, [room.posted(line) for line in LINES], "channel")


@pytest.mark.parametrize(("who", "chat_id"), [(DANA, DANA), (NOOR, NOOR), (NOOR, DESK_GROUP), (DANA, None)])
async def test_each_button_of_an_admin_is_answered_and_audited(room, who, chat_id):
    for data in BUTTONS:
        await room.tap_data(data, chat_id, None if chat_id is None else 999, by=who)

    taps = [row for row in await room.audit() if row.action == "tap"]
    assert [row.detail["text"] for row in reversed(taps)] == BUTTONS
    assert {(row.actor_id, row.allowed) for row in taps} == {(who, True)}


@pytest.mark.parametrize(
    ("who", "chat_id", "why"),
    [
        (MALLORY, MALLORY, "stranger"),
        (MALLORY, DANA, "stranger"),
        (MALLORY, DESK_GROUP, "stranger"),
        (MALLORY, OTHER_GROUP, "stranger"),
        (MALLORY, CHANNEL, "stranger"),
        (MALLORY, None, "stranger"),
        (DANA, NOOR, "group"),
        (DANA, OTHER_GROUP, "group"),
        (DANA, CHANNEL, "group"),
    ],
)
async def test_each_button_of_anybody_else_meets_silence_and_an_audit_row(room, who, chat_id, why):
    """Message 999 is none of ours, so the signal's own buttons are a stranger's there too."""
    updates = [room.pressed(data, chat_id, None if chat_id is None else 999, who) for data in BUTTONS]

    await assert_turned_away(room, updates, why)


@pytest.mark.parametrize("who", [MALLORY, DANA])
async def test_under_a_signal_in_its_channel_only_the_signals_own_buttons_work(room, who):
    signal = room.answers(CHANNEL)[0]
    for data in BUTTONS:
        room.people.move_to(room.people.now_ms() + HOUR_MS)
        toasts = len(room.telegram.toasts)
        await room.hear(room.pressed(data, CHANNEL, signal.message_id, who))

        is_the_signals = data.startswith(("c:", "w:"))
        assert len(room.telegram.toasts) == toasts + is_the_signals, data

    rows = [row.detail["text"] for row in await room.audit()]
    assert rows[::-1] == [data for data in BUTTONS if not data.startswith(("c:", "w:"))]
    assert len(room.engine.open_trades()) == 2
    assert not room.engine.is_paused("XAUUSD")


def test_the_matrix_has_every_command_and_every_button():
    assert {line[1:].split()[0] for line in LINES} >= set(COMMANDS)
    tapped = [read_tap(data) for data in BUTTONS]
    assert {tap.tap for tap in tapped if tap is not None} == set(Tap)
    assert {tap.value for tap in tapped if tap is not None and tap.tap is Tap.MENU} >= set(admin_english.MENU)


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
