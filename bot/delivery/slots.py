"""What putting a post into the outbox does to its rows: one send, then one slot for edits, where the newest wins.

Everything here runs inside the caller's transaction, beside the state change it tells of.
"""

from __future__ import annotations

import enum

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.healing import next_heal_ms, rests
from bot.delivery.pictures import fingerprint
from bot.delivery.verdicts import marked
from bot.words.post import Post, made_late
from storage.messages import Message, MessageState, add_message, find_message, mark_state
from storage.outbox import Action, OutboxRow, RowState, add_row, change_row, remove_row, remove_rows, rows_of


class Priority(enum.IntEnum):
    """Smaller goes first."""

    OPENING_OR_CLOSING = 0
    RESULT = 1
    ADMIN_REPLY = 2
    REPORT = 3
    PROGRESS = 4
    BOARD = 5


def encode(post: Post) -> str:
    """As stored: the picture has its own column."""
    return msgspec.json.encode(msgspec.structs.replace(post, picture=None), enc_hook=_plain).decode()


def _plain(value: object) -> str:
    """Escaped text is a str of its own kind (`wording.Html`), which JSON need not know."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a post cannot hold a {type(value).__name__}")


def decode(body: str) -> Post:
    return msgspec.json.decode(body, type=Post)


def shown(message: Message, body: str) -> Post:
    """What Telegram is to show: a second copy keeps its mark through every edit."""
    post = decode(body)
    return marked(post) if message.state is MessageState.REPEATED else post


def stands(message: Message, body: str) -> bool:
    """Whether the message was last delivered with these words; False when that is not known."""
    return message.sent_body is not None and same_words(decode(message.sent_body), shown(message, body))


def same_words(one: Post, other: Post) -> bool:
    """Alike in all an edit can change but the picture."""
    return (one.text, one.buttons) == (other.text, other.buttons)


async def put_post(
    conn: AsyncConnection,
    key: str,
    chat_id: int,
    post: Post,
    *,
    priority: Priority,
    thread_id: int | None,
    reply_to: str | None,
    expires_ms: int | None,
    keep_picture: bool,
    now_ms: int,
) -> None:
    """The first time a send, from then on an edit. Progress that is somebody's first sight has no deadline."""
    message = await find_message(conn, key)
    if message is None:
        await add_message(conn, key, chat_id, thread_id=thread_id, reply_to_key=reply_to, created_ms=now_ms)
        await add_row(
            conn,
            key,
            chat_id,
            Action.SEND,
            priority=priority,
            body=encode(post),
            picture=post.picture,
            now_ms=now_ms,
            expires_ms=None if priority is Priority.PROGRESS else expires_ms,
        )
    elif not message.is_over:
        await _put_edit(
            conn, message, post, priority=priority, expires_ms=expires_ms, keep_picture=keep_picture, now_ms=now_ms
        )


async def put_deletion(conn: AsyncConnection, key: str, *, priority: Priority, now_ms: int) -> None:
    """What was not sent yet never will be; what may have been sent is deleted once that is known."""
    message = await find_message(conn, key)
    if message is None or message.is_over:
        return
    rows = await rows_of(conn, key)
    for row in rows:
        if row.state is RowState.PENDING:
            await remove_row(conn, row.id)
    if message.message_id is None and all(row.state is RowState.PENDING for row in rows):
        await mark_state(conn, key, MessageState.DELETED)
        return
    await add_row(conn, key, message.chat_id, Action.DELETE, priority=priority, body=encode(Post("")), now_ms=now_ms)


async def give_back(conn: AsyncConnection, row: OutboxRow, *, not_before_ms: int, error: str) -> None:
    """A row whose request did not succeed waits again; an edit gives way to a newer one of the same message."""
    rows = await rows_of(conn, row.message_key)
    newer = _slot([other for other in rows if other.id != row.id])
    if row.action is not Action.EDIT or newer is None:
        await change_row(conn, row.id, state=RowState.PENDING, not_before_ms=not_before_ms, error=error)
        return
    await remove_row(conn, row.id)
    await change_row(
        conn,
        newer.id,
        picture=newer.picture or row.picture,
        priority=min(newer.priority, row.priority),
        expires_ms=_later(newer.expires_ms, row.expires_ms),
        created_ms=row.created_ms,
        not_before_ms=not_before_ms,
        error=error,
        **_doubts(row),
    )


async def delivered(conn: AsyncConnection, row: OutboxRow, now_ms: int, body: str | None = None) -> None:
    """The message looks as the row, or this `body`, wants it. The row goes, unless an older edit may still arrive: then
    it rests until the message is to be edited once more, or hands that on to the edit behind it.
    """
    heal_ms = next_heal_ms(row, now_ms)
    if heal_ms is None:
        await remove_row(conn, row.id)
        return
    picture = row.picture if row.with_photo else None
    newer = _slot([other for other in await rows_of(conn, row.message_key) if other.id != row.id])
    if newer is not None:
        await remove_row(conn, row.id)
        await change_row(conn, newer.id, picture=newer.picture or picture, **_doubts(row))
        return
    await change_row(
        conn,
        row.id,
        state=RowState.PENDING,
        body=row.body if body is None else body,
        picture=picture,
        priority=Priority.REPORT,
        attempts=0,
        not_before_ms=heal_ms,
        expires_ms=None,
        error=None,
    )


async def catch_up(conn: AsyncConnection, row: OutboxRow, *, is_late: bool) -> OutboxRow:
    """A send that surely stands nowhere yet becomes what its message should look like by now, the edit behind it used
    up: nobody is to be rung for what is over. When it `is_late` it says so.
    """
    slot = _slot(await rows_of(conn, row.message_key))
    post = decode(row.body)
    picture, priority = row.picture, row.priority
    if slot is not None:
        post = msgspec.structs.replace(decode(slot.body), silent=post.silent)
        picture, priority = slot.picture or picture, min(priority, slot.priority)
        await remove_row(conn, slot.id)
    news = {"body": encode(made_late(post) if is_late else post), "picture": picture, "priority": priority}
    await change_row(conn, row.id, **news)
    return msgspec.structs.replace(row, **news)


async def add_picture_later(conn: AsyncConnection, row: OutboxRow, *, now_ms: int, not_before_ms: int) -> None:
    """The words went out alone: the picture becomes an edit, or part of the one that waits already."""
    slot = _slot(await rows_of(conn, row.message_key))
    if slot is None:
        await add_row(
            conn,
            row.message_key,
            row.chat_id,
            Action.EDIT,
            priority=row.priority,
            body=row.body,
            picture=row.picture,
            now_ms=now_ms,
            not_before_ms=not_before_ms,
        )
    elif slot.picture is None:
        begin_ms = not_before_ms if rests(slot, now_ms) else slot.not_before_ms
        await change_row(conn, slot.id, picture=row.picture, expires_ms=None, not_before_ms=begin_ms)


async def drop_message(conn: AsyncConnection, key: str, state: MessageState) -> None:
    """Nothing more can be done about it."""
    await remove_rows(conn, key)
    await mark_state(conn, key, state)


async def _put_edit(
    conn: AsyncConnection,
    message: Message,
    post: Post,
    *,
    priority: Priority,
    expires_ms: int | None,
    keep_picture: bool,
    now_ms: int,
) -> None:
    rows = await rows_of(conn, message.key)
    if any(row.action is Action.DELETE for row in rows):
        return
    slot = _slot(rows)
    picture = slot.picture if slot is not None and keep_picture and post.picture is None else post.picture
    # Loudness and protection belong to sending; two edits that differ in them alone are the same edit.
    body = encode(msgspec.structs.replace(post, silent=False, protect=False))
    if slot is not None and rests(slot, now_ms):
        await change_row(
            conn,
            slot.id,
            body=body,
            picture=picture or slot.picture,
            priority=priority,
            created_ms=now_ms,
            not_before_ms=now_ms,
            expires_ms=expires_ms,
        )
    elif _will_stand(message, rows, body, picture):
        if slot is not None:
            await delivered(conn, slot, now_ms, body)
    elif slot is None:
        await add_row(
            conn,
            message.key,
            message.chat_id,
            Action.EDIT,
            priority=priority,
            body=body,
            picture=picture,
            now_ms=now_ms,
            expires_ms=expires_ms,
        )
    else:
        await change_row(
            conn,
            slot.id,
            body=body,
            picture=picture,
            priority=min(slot.priority, priority),
            # Half of what a slot says must not outlive the deadline of the other half, but may outlast it.
            expires_ms=_later(slot.expires_ms, expires_ms),
        )


def _doubts(row: OutboxRow) -> dict[str, int | bool | None]:
    """What is known of an edit's requests of unknown outcome, for the edit that takes its place."""
    if row.doubt_ms is None:
        return {}
    return {"doubts": row.doubts, "doubt_ms": row.doubt_ms, "with_photo": row.with_photo}


def _slot(rows: list[OutboxRow]) -> OutboxRow | None:
    """The edit that still may be replaced: the last of a message's rows, if any."""
    last = rows[-1] if rows else None
    return last if last is not None and last.action is Action.EDIT and last.state is RowState.PENDING else None


def _will_stand(message: Message, rows: list[OutboxRow], body: str, picture: bytes | None) -> bool:
    """Whether the message looks so already, or will once the requests before the slot have succeeded."""
    before = rows[:-1] if _slot(rows) is not None else rows
    if not (same_words(decode(before[-1].body), decode(body)) if before else stands(message, body)):
        return False
    pictures = [row.picture for row in before if row.picture is not None]
    last_sha = fingerprint(pictures[-1]) if pictures else message.picture_sha
    return picture is None or fingerprint(picture) == last_sha


def _later(one: int | None, other: int | None) -> int | None:
    """The later of two deadlines; None is no deadline at all."""
    return None if one is None or other is None else max(one, other)
