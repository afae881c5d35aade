"""/audit: who tried what, who changed what, and who was turned away."""

import pytest
from sqlalchemy.event import listens_for
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from bot.desk.audits import Sought, read_sought
from engine.events import Event
from engine.types import DAY_MS
from storage.database import reading, transaction
from storage.settings import find_setting
from tests.bot.desk_room import DANA, MALLORY, NOOR, VERA, Room

pytest_plugins = ["tests.bot.desk_fixtures"]


async def test_an_audit_tells_attempts_changes_and_refusals_newest_first(room):
    await room.say("/start", by=MALLORY)
    await room.say("/pause", by=VERA)
    await room.say("/risk 0.5")
    await room.tap(room.answer(), "Set 0.50 %")
    await room.say("/audit")

    assert room.answer().text.splitlines() == [
        "<b>Audit</b> · 17:45:01 UTC",
        "17:45 UTC <b>Dana</b> /audit",
        "17:44 UTC <b>Dana</b> risk 1.0 → 0.5",
        "17:45 UTC <b>Dana</b> y:risk:3",
        "17:45 UTC <b>Dana</b> /risk 0.5",
        "17:45 UTC <b>Vera</b> /pause · ⛔ not in this role",
        "17:45 UTC <b>Mallory</b> /start · ⛔ a stranger",
    ]
    assert room.answer().labels == ["‹", "1/1", "›", "Refresh"]


async def risk_set(room: Room) -> list[Event]:
    """What the engine says of Dana's wish, not stored yet."""
    await room.say("/risk 0.5")
    question = room.answer()
    await room.desk.handle(room.pressed(question.data("Set 0.50 %"), DANA, question.message_id))
    return room.engine.push(room.commands.pop())


async def test_a_change_and_its_row_are_stored_together_or_not_at_all(room):
    events = await risk_set(room)

    async def store_and_fail() -> None:
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        await store_and_fail()
    assert [row for row in await room.audit() if row.before is not None] == []
    assert await stored(room, "risk") is None

    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, events)
    assert [(row.before, row.after) for row in await room.audit() if row.before is not None] == [("1.0", "0.5")]
    assert await stored(room, "risk") == "0.5"


async def test_a_change_whose_row_the_database_refuses_is_not_stored(room):
    events = await risk_set(room)
    async with transaction(room.database) as conn:
        await conn.exec_driver_sql("DROP TABLE audit")

    with pytest.raises(SQLAlchemyError, match="audit"):
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)

    assert await stored(room, "risk") is None


def fail_at_rows(room: Room, error: Exception) -> None:
    """From now on no row of the audit is written."""

    @listens_for(room.database.sync_engine, "before_cursor_execute")
    def refuse(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "INTO audit" in statement:
            raise error


async def test_a_change_whose_row_a_lost_connection_takes_along_is_not_stored(room):
    events = await risk_set(room)
    fail_at_rows(room, ConnectionResetError("gone"))

    with pytest.raises(ConnectionResetError):
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)

    assert await stored(room, "risk") is None


async def test_a_fault_of_ours_in_telling_who_wished_keeps_nothing_from_being_stored(room):
    events = await risk_set(room)
    fail_at_rows(room, ZeroDivisionError("ours"))

    with capture_logs() as logs:
        async with transaction(room.database) as conn:
            await room.handlers.handle(conn, events)

    assert await stored(room, "risk") == "0.5"
    assert [(line["event"], line["error"]) for line in logs] == [("wish not answered", "ZeroDivisionError: ours")]


async def stored(room: Room, name: str) -> str | None:
    async with reading(room.database) as conn:
        return await find_setting(conn, name, str)


async def test_pages_turn_in_place_and_keep_whose_rows_they_show(room):
    for number in range(1, 20):
        await room.say(f"/why {number}")
        await room.say("/status", by=NOOR)
    await room.say("/audit 12 dana")
    page = room.answer()
    assert page.labels[1] == "1/2"
    assert len(page.text.splitlines()) == 1 + 8

    await room.tap(page, "›")

    assert page.labels[1] == "2/2"
    rows = page.text.splitlines()[1:]
    # The audit's own row and those of the tap came in between: twelve of Dana's newest, and none of Noor's.
    assert len(rows) == 4
    assert all("<b>Dana</b> /why" in row for row in rows)


async def test_rows_of_another_day_say_which(room):
    await room.say("/status")
    room.pass_ms(DAY_MS)
    await room.say("/audit")

    assert room.answer().text.splitlines()[2] == "3 Apr 17:45 UTC <b>Dana</b> /status"


async def test_nobody_of_that_name_is_said_in_one_line(room):
    await room.say("/audit Zoe")

    assert room.answer().text == "<b>Audit</b>: nothing yet · Zoe · 17:45:00 UTC"


@pytest.mark.parametrize(
    ("words", "sought"),
    [
        ("", Sought(50, "")),
        ("7", Sought(7, "")),
        ("Dana", Sought(50, "Dana")),
        ("9999999 Dana Scully", Sought(500, "Dana Scully")),
        ("Zoë", Sought(50, "Zoë")),
        ("0", None),
        ("-3", None),
        ("50 60", None),
        ("50 %", None),
        ("a~b", None),
        ("a:b", None),
        ("ä" * 13, None),  # 26 bytes
    ],
)
def test_how_many_and_whose_rows_are_meant(words, sought):
    assert read_sought(words.split()) == sought
