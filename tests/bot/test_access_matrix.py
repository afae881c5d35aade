"""Who may do what: every command and every button, from every kind of sender, in every kind of chat.

`RULES` are written by hand, from what was promised; the rows are made of what the desk really knows. A command without
a line here fails.
"""

from typing import Any

import pytest

from bot.config import Role
from bot.delivery.outbox import Priority
from bot.delivery.updates import Update
from bot.desk.roles import ROLES
from bot.words.admin_english import COMMANDS, MENU
from bot.words.buttons import Tap, read_tap
from bot.words.english import English
from bot.words.post import Post
from engine.types import HOUR_MS, Strategy
from storage.database import transaction
from tests.bot.desk_room import CHANNEL, DANA, DESK_GROUP, MALLORY, NOOR, OTHER_GROUP, OWEN, VERA, Room

pytest_plugins = ["tests.bot.desk_fixtures"]

TRADE = "XAU_20240403_002"
ANONYMOUS = 1087968824  # the id Telegram gives every anonymous group administrator

# Who may at least: whoever looks on asks, an admin changes, and some things are an owner's alone.
RULES = {
    "viewer": """
        /start /help /foo /status /trades /signals /why /why_002 /chart /chart_xau /report /report_xau /health
        /risk /mode /strategy /symbols /news /version /settings /performance /performance_30d
    """,
    "admin": """
        /pause /pause_2h /resume /resume_xau /risk_0.5 /risk_99 /mode_signal /mode_fast /strategy_fade_off /close
        /close_002 /audit /audit_20_Dana /symbols_xau /settings_cooldown /settings_cooldown_60 /settings_risk_0.5
        /cancel /cancel_002 /move_sl /move_sl_002_be /mute /mute_2h /backup
    """,
    "owner": """
        /mode_live /mode_LIVE /rearm
    """,
}
BUTTON_RULES = {
    "viewer": "t:1 t:2 s:1 b:1 e:p:2 e:v:cooldown_min",
    "admin": f"x:{TRADE} k:{TRADE} a:1:50: a:2:20:Dana m:mute:off b:pause:XAUUSD b:resume:XAUUSD b:pause:* b:resume:* "
    "e:s:cooldown_min:60 e:d:cooldown_min e:t:cooldown_min e:s:risk_percent:0.5 "
    + " ".join(f"m:strategy:{each}:{state}" for each in Strategy for state in ("off", "on")),
    "owner": "",
}
# Buttons that do nothing at a message of the desk: those of signals, and the answers to questions nobody asked.
IDLE = [f"c:M15:{TRADE}", f"c:H1:{TRADE}", f"c:H4:{TRADE}", f"w:{TRADE}", "y:risk:1", "n:risk:1", "m:launch"]

# Where such a button stands, by how its data begins.
KINDS = {"b:": "symbols", "e:": "settings", "stra": "strategy", "mute": "mute"}

RANKS = ["viewer", "admin", "owner"]
LINES = {line.replace("_", " ").replace("/move sl", "/move_sl"): rank for rank in RANKS for line in RULES[rank].split()}
BUTTONS = {data: rank for rank in RANKS for data in BUTTON_RULES[rank].split()}
BUTTONS |= {f"m:{line[1:]}": rank for line, rank in LINES.items() if " " not in line and line != "/foo"}

PEOPLE = {"owner": OWEN, "admin": DANA, "viewer": VERA, "stranger": MALLORY}
# What makes a sender nobody, though the id is the owner's.
DISGUISES: dict[str, dict[str, Any]] = {
    "anonymous admin": {"user_id": ANONYMOUS, "sender_chat_id": DESK_GROUP},
    "anonymous admin with a borrowed id": {"sender_chat_id": DESK_GROUP},
    "channel": {"sender_chat_id": CHANNEL},
    "nobody": {"user_id": None},
    "bot": {"is_bot": True},
    "forwarded": {"is_forwarded": True},
    "edited": {"is_edited": True},
}
CHATS = ["own private", "other's private", "alert group", "other group", "channel"]
SPEAKS_IN = ["own private", "alert group"]


def place(chat: str, who: int) -> int:
    others = {"alert group": DESK_GROUP, "other group": OTHER_GROUP, "channel": CHANNEL, "other's private": NOOR}
    return who if chat == "own private" else others[chat]


def heard(room: Room, line: str, sender: str, chat: str) -> Update:
    if chat == "channel":  # a post there carries nobody's id, whoever wrote it
        return room.posted(line)
    who = PEOPLE.get(sender, OWEN)
    is_private = "private" in chat
    fields = {"chat_id": place(chat, who), "is_private": is_private, **DISGUISES.get(sender, {})}
    return room.said(line, who, **fields)


def expected(sender: str, chat: str, least: str) -> str:
    if chat not in SPEAKS_IN or sender not in RANKS:
        return "silence"
    return "answer" if RANKS.index(sender) >= RANKS.index(least) else f"Only {RANK_NAMES[least]} may do this."


RANK_NAMES = {"admin": "an admin", "owner": "an owner"}


def state(room: Room) -> object:
    """Everything that could be changed or learned."""
    telegram = room.telegram
    messages = [(message.text, message.buttons, message.png) for message in telegram.messages]
    return messages, list(telegram.toasts), list(room.commands), settings(room)


def settings(room: Room) -> object:
    engine = room.engine
    trades = [trade.id for trade in engine.open_trades()]
    stops = [trade.stop for trade in engine.open_trades()]
    changed = engine.settings
    return engine.risk_percent, engine.mode, engine.strategies_on, engine.is_paused("XAUUSD"), trades, stops, changed


async def hear(room: Room, update: Update) -> bool:
    """Whether anything became of it. Each within its own hour's budget of rows."""
    room.people.move_to(room.people.now_ms() + HOUR_MS)
    before = state(room)
    await room.hear(update)
    return state(room) != before


@pytest.mark.parametrize("chat", CHATS)
@pytest.mark.parametrize("sender", [*PEOPLE, *DISGUISES])
async def test_each_command_gets_what_the_rules_say(room, sender, chat):
    for line, least in LINES.items():
        told = len(room.telegram.messages)
        before = settings(room)
        happened = await hear(room, heard(room, line, sender, chat))
        row = next(row for row in await room.audit(5) if row.detail)  # the attempt, not what came of it
        wanted = expected(sender, chat, least)

        assert row.detail["text"] == line
        assert row.allowed is (wanted == "answer"), line
        if wanted == "silence":
            assert not happened, line
            continue
        answers = [message.text for message in room.telegram.messages[told:]]
        assert len(answers) == 1, line
        if wanted != "answer":
            assert (answers, row.detail["why"]) == ([wanted], "role")
            assert settings(room) == before
        else:
            assert not answers[0].startswith("Only "), line


@pytest.mark.parametrize("chat", CHATS)
@pytest.mark.parametrize("sender", PEOPLE)
async def test_each_button_gets_what_the_rules_say(room, sender, chat):
    """The message stands there, be it as it may, and the button is one the bot made for it."""
    who = PEOPLE[sender]
    message_id = None
    for data, least in {**BUTTONS, **dict.fromkeys(IDLE)}.items():
        if message_id is None or expected(sender, chat, "viewer") == "answer":  # a tap may have changed the last one
            message_id = await standing(room, place(chat, who), KINDS.get(data[:2], KINDS.get(data[2:6], "status")))
        before, toasts = settings(room), len(room.telegram.toasts)
        happened = await hear(room, room.pressed(data, place(chat, who), message_id, who))
        if chat == "channel" and data.startswith(("c:", "w:")):  # anybody's, but no signal stands there
            assert room.telegram.toasts[toasts:] == [English.OLD_SIGNAL]
            assert settings(room) == before
            continue
        row = next(row for row in await room.audit(5) if row.action == "tap")
        wanted = expected(sender, chat, least or "viewer")

        assert row.detail["text"] == data
        assert row.allowed is (wanted == "answer" and least is not None), data
        if wanted == "silence":
            assert not happened, data
            continue
        assert len(room.telegram.toasts) == toasts + 1, data
        toast = room.telegram.toasts[-1]
        if wanted != "answer":
            assert (toast, row.detail["why"]) == (wanted, "role")
        elif least is None:
            assert toast.startswith("This keyboard is from before "), data
        else:
            assert not toast.startswith(("Only ", "This keyboard")), data
        if wanted != "answer" or least is None:
            assert settings(room) == before, data


async def standing(room: Room, chat_id: int, kind: str) -> int:
    """A fresh answer of the desk in that chat."""
    key = f"desk:{kind}:{chat_id}/{len(room.telegram.messages)}"
    async with transaction(room.database) as conn:
        await room.outbox.put(conn, key, chat_id, Post(key), priority=Priority.ADMIN_REPLY)
    await room.settle()
    return len(room.telegram.messages)


@pytest.mark.parametrize("sender", PEOPLE)
async def test_under_a_signal_in_its_channel_its_own_buttons_are_anybodys_and_no_others_work(room, sender):
    signal = room.answers(CHANNEL)[0]
    for data in [*BUTTONS, *IDLE]:
        is_the_signals = data.startswith(("c:", "w:"))
        toasts = len(room.telegram.toasts)
        before = settings(room)
        await hear(room, room.pressed(data, CHANNEL, signal.message_id, PEOPLE[sender]))

        assert len(room.telegram.toasts) == toasts + is_the_signals, data
        assert settings(room) == before

    rows = [(row.detail["text"], row.allowed) for row in await room.audit()]
    assert rows[::-1] == [(data, False) for data in [*BUTTONS, *IDLE] if not data.startswith(("c:", "w:"))]


@pytest.mark.parametrize("chat_id", [DANA, DESK_GROUP])
@pytest.mark.parametrize("sender", [OWEN, NOOR, VERA, MALLORY])
async def test_a_question_is_answered_by_nobody_but_the_one_it_asked_whatever_his_role(room, sender, chat_id):
    await room.say("/risk 0.5", chat_id=chat_id, is_private=chat_id == DANA)
    question = room.answer(chat_id)
    for label in ("Set 0.50 %", "Keep 1.00 %"):
        await hear(room, room.pressed(question.data(label), chat_id, question.message_id, sender))

    hears = chat_id == DESK_GROUP and sender != MALLORY
    assert room.telegram.toasts == ["Only Dana can confirm this."] * 2 * hears
    assert room.engine.risk_percent == 1
    assert "Set 0.50 %" in question.labels
    taps = [row for row in await room.audit() if row.action == "tap"]
    assert [(row.actor_id, row.allowed) for row in taps] == [(sender, False)] * 2


def test_the_rules_have_a_line_for_every_command_the_desk_knows(room):
    known = set(room.desk._requests.by_name)

    assert {line[1:].split()[0] for line in LINES} - {"foo"} == known
    assert known <= set(COMMANDS)


def test_the_rules_have_a_line_for_every_line_of_the_role_table(room):
    for line, role in ROLES.items():
        command, _, word = line.partition(" ")
        name = "foo" if command == "unknown" else command
        lines = [each for each in LINES if each[1:].split()[0] == name and (" " in each) is bool(word)]
        if word not in ("", "*"):
            lines = [each for each in lines if each.lower().endswith(word)]
        assert lines, line
        assert Role(max((LINES[each] for each in lines), key=RANKS.index)).reaches(role)


def test_the_rules_have_a_line_for_every_kind_of_button():
    tapped = [read_tap(data) for data in [*BUTTONS, *IDLE]]
    assert {tap.tap for tap in tapped if tap is not None} == set(Tap)
    entries = {tap.value for tap in tapped if tap is not None and tap.tap is Tap.MENU}
    assert entries >= {entry for entry in MENU if entry != "refresh"}  # that one is a label


def test_every_role_has_somebody_who_plays_it(room):
    roles = {admin.id: admin.role for admin in room.config.telegram.admins}
    assert {name: roles.get(who) for name, who in PEOPLE.items()} == {
        "owner": Role.OWNER,
        "admin": Role.ADMIN,
        "viewer": Role.VIEWER,
        "stranger": None,
    }
