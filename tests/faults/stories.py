"""What the bot is doing when it dies, and what Telegram does to it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.faults import Fault, Mishap

CHANNEL = -1001000000001
ADMIN = 1001


@dataclass(frozen=True, slots=True)
class Put:
    """A wish put into the outbox: the message `key` looking so, or gone."""

    key: str
    text: str = ""
    picture: bytes | None = None
    reply_to: str | None = None
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """`before` stands in the channel when the process starts; `wishes` are then in its outbox.

    `ends` gives the text of each message at the end, and whether it has a picture; a key that is missing has no
    message then. `chatter`: another admin posts just before each new message of the bot's arrives.
    """

    name: str
    wishes: tuple[Put, ...]
    ends: dict[str, tuple[str, bool]]
    before: tuple[Put, ...] = (Put("board", "board of 3 April"),)
    chatter: bool = False
    methods: tuple[str, ...] = ("sendMessage", "sendPhoto")  # that meet the fault
    later: tuple[Put, ...] = ()  # wished for when the outcome of the first request may still be unknown
    has_admins: bool = True
    protects: bool = False  # nothing may be forwarded


BOARD = {"board": ("board of 3 April", False)}
OPENED = Put("signal", "<b>BUY</b> XAU_004 &lt; 3345.20")
CHARTED = Put("signal", "<b>BUY</b> XAU_004 &lt; 3345.20", b"entry")
WORDS = "BUY XAU_004 < 3345.20"
EDITS = ("editMessageText", "editMessageCaption", "editMessageMedia")

STORIES = (
    Story("send", (OPENED,), BOARD | {"signal": (WORDS, False)}),
    Story("send with picture", (CHARTED,), BOARD | {"signal": (WORDS, True)}),
    Story("send among other admins", (OPENED,), BOARD | {"signal": (WORDS, False)}, chatter=True),
    Story(
        "send, edit and answer",
        (CHARTED, Put("signal", "XAU_004 TP1", b"tp1"), Put("tp1", "XAU_004: TP1 reached", reply_to="signal")),
        BOARD | {"signal": ("XAU_004 TP1", True), "tp1": ("XAU_004: TP1 reached", False)},
    ),
    Story("send and delete", (OPENED,), BOARD, later=(Put("signal", deletes=True),)),
    Story(
        "send, then edit",
        (OPENED,),
        BOARD | {"signal": ("XAU_004 +1 R", False)},
        later=(Put("signal", "XAU_004 +1 R"),),
    ),
    Story(
        "send, two at once",
        (OPENED, Put("next", "BTC_001")),
        BOARD | {"signal": (WORDS, False), "next": ("BTC_001", False)},
    ),
    Story("send, no admins", (OPENED,), BOARD | {"signal": (WORDS, False)}, has_admins=False),
    Story("send, protected", (OPENED,), BOARD | {"signal": (WORDS, False)}, protects=True),
    Story("send, first of all", (OPENED,), {"signal": (WORDS, False)}, before=()),
    Story(
        "edit text",
        (Put("signal", "XAU_004 +0.4 R"),),
        BOARD | {"signal": ("XAU_004 +0.4 R", False)},
        before=(Put("board", "board of 3 April"), OPENED),
        methods=EDITS,
    ),
    Story(
        "edit with picture",
        (Put("signal", "XAU_004 closed", b"closed"),),
        BOARD | {"signal": ("XAU_004 closed", True)},
        before=(Put("board", "board of 3 April"), OPENED),
        methods=EDITS,
    ),
    Story(
        "edit, then edit again",
        (Put("signal", "XAU_004 +0.4 R"),),
        BOARD | {"signal": ("XAU_004 closed", False)},
        before=(Put("board", "board of 3 April"), OPENED),
        later=(Put("signal", "XAU_004 closed"),),
        methods=EDITS,
    ),
    Story(
        "edit, then edit with picture",
        (Put("signal", "XAU_004 TP1", b"tp1"),),
        BOARD | {"signal": ("XAU_004 closed", True)},
        before=(Put("board", "board of 3 April"), CHARTED),
        later=(Put("signal", "XAU_004 closed", b"closed"),),
        methods=EDITS,
    ),
    Story(
        "delete",
        (Put("signal", deletes=True),),
        BOARD,
        before=(Put("board", "board of 3 April"), OPENED),
        methods=("deleteMessage",),
    ),
)


@dataclass(frozen=True, slots=True)
class Weather:
    """What Telegram does: to the first request the story is about, and to the first look at a candidate."""

    name: str
    fault: Fault | None = None
    look: Fault | None = None
    plain_only: bool = False  # to the bot the same as another one: met by the plain story alone


WEATHERS = (
    Weather("fair"),
    Weather("answer lost", Fault(Mishap.ANSWER_LOST)),
    Weather("request lost", Fault(Mishap.REQUEST_LOST)),
    Weather("late by 3 s", Fault(Mishap.LATE, delay_ms=3_000)),
    Weather("late by 40 s", Fault(Mishap.LATE, delay_ms=40_000)),
    Weather("late by 10 min", Fault(Mishap.LATE, delay_ms=600_000)),
    Weather("429", Fault(Mishap.REFUSED, 429, 7_000)),
    Weather("500", Fault(Mishap.REFUSED, 500), plain_only=True),
    Weather("502 after all", Fault(Mishap.FAILED_AFTER, 502), plain_only=True),
    Weather("answer lost, look lost", Fault(Mishap.ANSWER_LOST), Fault(Mishap.ANSWER_LOST)),
    Weather("answer lost, look flooded", Fault(Mishap.ANSWER_LOST), Fault(Mishap.REFUSED, 429, 9_000)),
)
