"""Rows of the outbox and the messages they are about."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database import reading, transaction
from storage.messages import (
    MessageState,
    add_message,
    find_message,
    forget_look,
    last_requests,
    leave_group,
    mark_edited,
    mark_sent,
    mark_state,
)
from storage.outbox import (
    Action,
    RowState,
    add_row,
    change_row,
    fail_row,
    find_row,
    interrupted,
    remove_row,
    remove_rows,
    rows_of,
    send_elsewhere,
    waiting,
)
from storage.schema import outbox

pytestmark = pytest.mark.both_databases

GOLD, OTHER = -100, -200


async def queue(conn: AsyncConnection, key: str, *, chat: int = GOLD, reply_to: str | None = None) -> None:
    await add_message(conn, key, chat, thread_id=None, reply_to_key=reply_to, created_ms=1)
    await row(conn, key, chat=chat)


async def row(conn: AsyncConnection, key: str, *, chat: int = GOLD, action: Action = Action.SEND, **more: Any) -> None:
    await add_row(conn, key, chat, action, priority=0, body='{"text":"hello"}', now_ms=1, **more)


async def sent(conn: AsyncConnection, key: str, message_id: int, sent_ms: int = 5) -> None:
    message = await find_message(conn, key)
    assert message is not None
    await mark_sent(conn, message, message_id, body="{}", picture_sha="sha", has_photo=True, sent_ms=sent_ms)


async def test_a_message_is_what_was_last_written_of_it(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await sent(conn, "signal:1", 42)
        await mark_edited(conn, "signal:1", body='{"text":"TP1"}', picture_sha="tp1", has_photo=True, edited_ms=9)

    async with reading(engine) as conn:
        found = await find_message(conn, "signal:1")
        assert await find_message(conn, "signal:2") is None
    assert found is not None
    assert (found.chat_id, found.message_id, found.state) == (GOLD, 42, MessageState.SENT)
    assert (found.sent_body, found.picture_sha, found.sent_ms, found.edited_ms) == ('{"text":"TP1"}', "tp1", 5, 9)


async def test_a_message_has_one_key(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        with pytest.raises(IntegrityError):
            await queue(conn, "signal:1")


async def test_a_second_copy_stays_known_as_one(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await mark_state(conn, "signal:1", MessageState.REPEATED)
        await sent(conn, "signal:1", 42)
        found = await find_message(conn, "signal:1")

    assert found is not None
    assert found.state is MessageState.REPEATED


async def test_an_id_given_twice_belongs_to_the_newer_message(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        for key in ("signal:1", "signal:2"):
            await queue(conn, key)
            await sent(conn, key, 42)
        first, second = await find_message(conn, "signal:1"), await find_message(conn, "signal:2")

    assert first is not None
    assert second is not None
    assert (first.message_id, first.state, first.is_over) == (None, MessageState.DELETED, True)
    assert (second.message_id, second.is_over) == (42, False)


async def test_a_look_can_be_forgotten(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await sent(conn, "signal:1", 42)
        await forget_look(conn, "signal:1")
        found = await find_message(conn, "signal:1")

    assert found is not None
    assert (found.sent_body, found.picture_sha, found.has_photo) == (None, None, True)


async def test_rows_wait_in_the_order_they_were_written_until_they_fail(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await queue(conn, "tp1:1", reply_to="signal:1")
        await row(conn, "signal:1", action=Action.EDIT, picture=b"tp1")
        (edit,) = (await rows_of(conn, "signal:1"))[1:]
        found = [(one.message_key, one.action, one.has_picture, one.reply_to_key) for one in await waiting(conn)]
        await fail_row(conn, edit, "refused")
        left = [one.message_key for one in await waiting(conn)]

    assert found == [
        ("signal:1", Action.SEND, False, None),
        ("tp1:1", Action.SEND, False, "signal:1"),
        ("signal:1", Action.EDIT, True, None),
    ]
    assert left == ["signal:1", "tp1:1"]


async def test_only_the_last_failure_of_a_message_is_kept(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        for error in ("first", "second"):
            await row(conn, "signal:1", action=Action.EDIT)
            await fail_row(conn, (await rows_of(conn, "signal:1"))[-1], error)
        errors = list(await conn.scalars(select(outbox.c.error).where(outbox.c.state == RowState.FAILED)))

    assert errors == ["second"]


async def test_a_number_is_never_given_again_so_order_stays_order(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        (first,) = await rows_of(conn, "signal:1")
        await remove_row(conn, first.id)
        await row(conn, "signal:1", action=Action.EDIT)
        (second,) = await rows_of(conn, "signal:1")

    assert second.id > first.id


async def test_what_a_crash_interrupted_is_found(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await queue(conn, "signal:2")
        (first,) = await rows_of(conn, "signal:1")
        await change_row(conn, first.id, state=RowState.SENDING, attempts=1)

    async with reading(engine) as conn:
        assert [(one.id, one.attempts) for one in await interrupted(conn)] == [(first.id, 1)]
        assert await find_row(conn, 999) is None


async def test_a_message_leaves_with_all_its_rows(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "signal:1")
        await queue(conn, "signal:2")
        await remove_rows(conn, "signal:1")
        assert await conn.scalar(select(func.count()).select_from(outbox)) == 1


async def test_when_a_group_moves_sends_follow_and_edits_of_the_old_do_not(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        await queue(conn, "old")
        (send,) = await rows_of(conn, "old")
        await remove_row(conn, send.id)
        await sent(conn, "old", 42)
        await row(conn, "old", action=Action.EDIT)
        await queue(conn, "new")
        await send_elsewhere(conn, GOLD, OTHER)
        await leave_group(conn, GOLD, OTHER)
        found = [(one.message_key, one.chat_id) for one in await waiting(conn)]
        old, new = await find_message(conn, "old"), await find_message(conn, "new")

    assert found == [("new", OTHER)]
    assert old is not None
    assert new is not None
    assert (old.chat_id, old.state, new.chat_id, new.state) == (GOLD, MessageState.DELETED, OTHER, MessageState.QUEUED)


async def test_the_last_minute_can_be_told_after_a_restart(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        for key, message_id, sent_ms in (("a", 1, 100), ("b", 2, 300)):
            await queue(conn, key)
            await sent(conn, key, message_id, sent_ms)
        await mark_edited(conn, "a", body="{}", picture_sha=None, has_photo=False, edited_ms=200)
        assert await last_requests(conn, 200) == [(GOLD, 200), (GOLD, 300)]
