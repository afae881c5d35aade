"""What the database remembers of a request: claimed in one transaction before it, settled in another after it.

A crash between the two leaves the claim, and so the knowledge that nobody knows, and of where to look.
"""

from __future__ import annotations

import enum

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.adoption import watch_for_twin
from bot.delivery.healing import must_heal
from bot.delivery.outcomes import Delivered, Outcome
from bot.delivery.pictures import fingerprint
from bot.delivery.settling import FIRST_LOOK_MS
from bot.delivery.slots import add_picture_later, catch_up, delivered, drop_message, encode, give_back, shown, stands
from bot.delivery.verdicts import Failed, Moved, OtherKind, Rewritten, Settled, Shut, Unclear, Verdict, WithoutPicture
from storage.messages import (
    Message,
    MessageState,
    find_message,
    forget_look,
    leave_group,
    mark_edited,
    mark_photo,
    mark_sent,
    mark_state,
)
from storage.outbox import (
    Action,
    OutboxRow,
    RowState,
    change_row,
    fail_row,
    find_row,
    remove_row,
    remove_rows,
    rows_of,
    send_elsewhere,
)

PICTURE_AGAIN_MS = 5_000
MOST_PICTURE_TRIES = 5
MOST_KINDS_TRIED = 5
CATCH_UP_AFTER_MS = 60_000  # a send that waited so long goes out as the message should look by now
LATE_AFTER_MS = 120_000  # and after so long it says when it happened
LONGEST_EDIT_WAIT_MS = 60_000
LONGEST_REPEAT_WAIT_MS = 600_000


class AlertKind(enum.StrEnum):
    REFUSED = "refused"  # Telegram will not take it; `detail` has its words
    REPEATED = "repeated"  # a send of unknown outcome was sent again, marked
    MARKUP = "markup"  # went out without formatting, or without buttons
    PICTURE = "picture"  # went out without its picture
    MOVED = "moved"  # the group became a supergroup; `detail` is its new id
    BROKEN = "broken"  # nothing can be written in the chat; `detail` is a ChannelProblem
    MENDED = "mended"  # it can be written to again
    FULL = "full"  # more waits than the outbox holds; `detail` says how many rows
    TOKEN_REFUSED = "token refused"  # noqa: S105 — nothing goes out; all waits


class Alert(msgspec.Struct, frozen=True):
    """Something the people in charge should know. `key` names the message."""

    kind: AlertKind
    key: str
    chat_id: int
    detail: str


class Sent(msgspec.Struct, frozen=True):
    """A new message that stands in a chat. `text` is the HTML it was sent with."""

    key: str
    chat_id: int
    message_id: int
    text: str
    time_ms: int


class Expired(msgspec.Struct, frozen=True):
    """An edit came to its turn too late to be worth sending as it was; its row is gone."""

    key: str


class Attempt(msgspec.Struct, frozen=True):
    """One request, with the row and the message as they were when it was decided."""

    row: OutboxRow
    message: Message
    png: bytes | None  # to be uploaded
    picture_late: bool  # wanted, and not there yet
    reply_to: int | None
    is_repeat: bool


async def claim(
    conn: AsyncConnection,
    row_id: int,
    *,
    picture: bytes | None,
    png: bytes | None,
    now_ms: int,
    highest_id: int | None = None,
) -> Attempt | Alert | Expired | None:
    """Write down that the request is about to be made.

    `picture` is what the row wanted drawn a moment ago and `png` what came of it; `highest_id` is known in the chat.
    Anything but an attempt means: no request now; the row has gone, has changed, or waits for its picture.
    """
    row = await find_row(conn, row_id)
    message = None if row is None else await find_message(conn, row.message_key)
    if row is None or message is None:
        return None
    is_nowhere = row.action is Action.SEND and row.state is RowState.PENDING and not row.doubts
    if is_nowhere and now_ms - row.created_ms >= CATCH_UP_AFTER_MS:
        row = await catch_up(conn, row, is_late=now_ms - row.created_ms >= LATE_AFTER_MS)
    if row.picture != picture:
        return None
    if row.expires_ms is not None and row.expires_ms <= now_ms:
        return await _expire(conn, row, now_ms)
    late = png is None and picture is not None and fingerprint(picture) != message.picture_sha
    is_there = png is None and stands(message, row.body) and not must_heal(row, message, now_ms)
    if row.action is Action.EDIT and is_there:
        if late:
            return await _postpone_picture(conn, row, now_ms)
        await delivered(conn, row, now_ms)
        return None
    if row.state is RowState.REPEAT:
        await mark_state(conn, row.message_key, MessageState.REPEATED)
        message = msgspec.structs.replace(message, state=MessageState.REPEATED)
    row = msgspec.structs.replace(
        row,
        state=RowState.SENDING,
        attempts=row.attempts + 1,
        after_id=row.after_id if row.doubts else highest_id,
        with_photo=png is not None or (row.with_photo and row.doubts > 0),
    )
    await change_row(
        conn,
        row.id,
        state=row.state,
        attempts=row.attempts,
        after_id=row.after_id,
        with_photo=row.with_photo,
    )
    is_repeat = row.action is Action.SEND and message.state is MessageState.REPEATED
    return Attempt(row, message, png, late, await _parent_id(conn, message), is_repeat)


async def settle(
    conn: AsyncConnection, attempt: Attempt, outcome: Outcome, verdict: Verdict, *, now_ms: int, repeat_after_ms: int
) -> Alert | None:
    """Bring row and message to where the outcome leaves them."""
    row = attempt.row
    match verdict:
        case Settled():
            await _succeeded(conn, attempt, outcome, now_ms)
            return _alert(AlertKind.REPEATED, row, "") if attempt.is_repeat else None
        case Unclear(why):
            await unclear(conn, row, why, now_ms=now_ms, repeat_after_ms=repeat_after_ms)
        case Moved(new_chat_id):
            await send_elsewhere(conn, row.chat_id, new_chat_id)
            await leave_group(conn, row.chat_id, new_chat_id)
            await change_row(conn, row.id, state=RowState.PENDING)
            return _alert(AlertKind.MOVED, row, str(new_chat_id))
        case Rewritten(post, why):
            await change_row(conn, row.id, body=encode(post))
            await _again(conn, row, why)
            return _alert(AlertKind.MARKUP, row, why)
        case WithoutPicture(why):
            await change_row(conn, row.id, picture=None)
            await _again(conn, msgspec.structs.replace(row, picture=None), why)
            return _alert(AlertKind.PICTURE, row, why)
        case OtherKind(has_photo) if row.attempts < MOST_KINDS_TRIED:
            await mark_photo(conn, row.message_key, has_photo=has_photo)
            await _again(conn, row, "the other kind of message")
        case OtherKind():
            return await _failed(conn, row, Failed("neither text nor caption can be edited"))
        case Shut(why=why) if row.chat_id < 0:
            await _again(conn, row, why)
        case Shut(why=why):  # somebody blocked the bot: what it had to tell him cannot wait for that to end
            return await _failed(conn, row, Failed(why))
        case Failed():
            return await _failed(conn, row, verdict)
        case _:
            await _again(conn, row, "not taken yet")
    return None


async def unclear(conn: AsyncConnection, row: OutboxRow, why: str, *, now_ms: int, repeat_after_ms: int) -> None:
    """It may have arrived. What changes nothing twice is simply done again, and an edit once more when no older one can
    arrive after it; a send is searched for.

    Where that is impossible it waits, longer each time, to be repeated marked.
    """
    if row.action is Action.SEND:
        doubt = {"doubts": row.doubts + 1, "doubt_ms": now_ms, "probes": 0, "error": why}
        if row.after_id is not None:
            await change_row(conn, row.id, state=RowState.UNKNOWN, not_before_ms=now_ms + FIRST_LOOK_MS, **doubt)
            return
        wait_ms = min(repeat_after_ms * 2 ** min(max(row.attempts - 1, 0), 10), LONGEST_REPEAT_WAIT_MS)
        await change_row(conn, row.id, state=RowState.REPEAT, not_before_ms=now_ms + wait_ms, **doubt)
        return
    if row.action is Action.EDIT:
        await forget_look(conn, row.message_key)
        doubts = {"doubts": row.doubts + 1, "doubt_ms": now_ms}
        await change_row(conn, row.id, **doubts)
        row = msgspec.structs.replace(row, **doubts)
    wait_ms = min(1_000 * 2 ** min(row.attempts, 10), LONGEST_EDIT_WAIT_MS)
    await give_back(conn, row, not_before_ms=now_ms + wait_ms, error=why)


async def _expire(conn: AsyncConnection, row: OutboxRow, now_ms: int) -> Expired | None:
    if row.action is Action.SEND:
        await watch_for_twin(conn, row, requests=row.doubts + 1, now_ms=now_ms)
        await drop_message(conn, row.message_key, MessageState.FAILED)
        return None
    await delivered(conn, row, now_ms)  # one in doubt stays, for what takes its place
    return Expired(row.message_key)


async def _parent_id(conn: AsyncConnection, message: Message) -> int | None:
    parent = None if message.reply_to_key is None else await find_message(conn, message.reply_to_key)
    return parent.message_id if parent is not None and parent.chat_id == message.chat_id else None


async def _postpone_picture(conn: AsyncConnection, row: OutboxRow, now_ms: int) -> Alert | None:
    """An edit of nothing but a picture that is not there: later, and after some tries never."""
    if row.attempts + 1 >= MOST_PICTURE_TRIES:
        await remove_row(conn, row.id)
        return _alert(AlertKind.PICTURE, row, "it could not be drawn")
    wait_ms = PICTURE_AGAIN_MS * 2**row.attempts
    await change_row(conn, row.id, attempts=row.attempts + 1, not_before_ms=now_ms + wait_ms)
    return None


async def _succeeded(conn: AsyncConnection, attempt: Attempt, outcome: Outcome, now_ms: int) -> None:
    row, message = attempt.row, attempt.message
    if row.action is Action.DELETE:
        await remove_rows(conn, row.message_key)
        await mark_state(conn, row.message_key, MessageState.DELETED)
        return
    await delivered(conn, row, now_ms)
    body = encode(shown(message, row.body))
    sent_sha = None if attempt.png is None or row.picture is None else fingerprint(row.picture)
    if row.action is Action.SEND and isinstance(outcome, Delivered):
        await mark_sent(
            conn,
            message,
            outcome.message_id,
            body=body,
            picture_sha=sent_sha,
            has_photo=attempt.png is not None,
            sent_ms=now_ms,
        )
        await watch_for_twin(conn, row, requests=row.doubts + 1, now_ms=now_ms)
    else:
        sha, has_photo = (sent_sha, True) if attempt.png is not None else (message.picture_sha, message.has_photo)
        await mark_edited(conn, row.message_key, body=body, picture_sha=sha, has_photo=has_photo, edited_ms=now_ms)
    if attempt.picture_late:
        await add_picture_later(conn, row, now_ms=now_ms, not_before_ms=now_ms)


async def _failed(conn: AsyncConnection, row: OutboxRow, verdict: Failed) -> Alert:
    if row.action is Action.SEND or verdict.gone:
        for other in await rows_of(conn, row.message_key):
            if other.id != row.id:
                await remove_row(conn, other.id)
        state = MessageState.DELETED if verdict.gone else MessageState.FAILED
        await mark_state(conn, row.message_key, state)
    await fail_row(conn, row, verdict.why)
    return _alert(AlertKind.REFUSED, row, verdict.why)


async def _again(conn: AsyncConnection, row: OutboxRow, why: str) -> None:
    await give_back(conn, row, not_before_ms=row.not_before_ms, error=why)


def _alert(kind: AlertKind, row: OutboxRow, detail: str) -> Alert:
    return Alert(kind, row.message_key, row.chat_id, detail)
