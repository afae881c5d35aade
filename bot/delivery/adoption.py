"""What the search for a send comes to, written down: it has been found, it is sent again, or nobody can tell."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.outcomes import Forwarded
from bot.delivery.pictures import fingerprint
from bot.delivery.settling import WATCH_ROUNDS_MS, Look, Repeat, Round, SendAgain, after_round, is_marked
from bot.delivery.slots import Priority, add_picture_later, decode, drop_message, encode, shown
from storage.doubts import Twin, save_twin
from storage.messages import MessageState, find_message, mark_sent, mark_state
from storage.outbox import Action, OutboxRow, RowState, add_row, change_row, remove_row, rows_of


async def adopt(conn: AsyncConnection, row: OutboxRow, message_id: int, seen: Forwarded, *, now_ms: int) -> str:
    """It stands there, as `seen`: from now on it is edited like any other. The HTML it was sent with."""
    message = await find_message(conn, row.message_key)
    if message is None:
        raise LookupError(f"a row about a message that is not there: {row.message_key}")
    state = MessageState.REPEATED if is_marked(seen.text) else MessageState.SENT
    message = msgspec.structs.replace(message, state=state)
    post = shown(message, row.body)
    sha = fingerprint(row.picture) if seen.photo and row.picture is not None else None
    await remove_row(conn, row.id)
    await mark_sent(
        conn,
        message,
        message_id,
        body=encode(post),
        picture_sha=sha,
        has_photo=seen.photo,
        sent_ms=row.doubt_ms or now_ms,
    )
    if row.picture is not None and not seen.photo:
        await add_picture_later(conn, row, now_ms=now_ms, not_before_ms=now_ms)
    await watch_for_twin(conn, row, requests=row.doubts, now_ms=now_ms)
    return post.text


async def give_up_or_again(
    conn: AsyncConnection, row: OutboxRow, done: Round, *, now_ms: int, repeat_after_ms: int
) -> None:
    """A round that counts for this send is over, and has not found it."""
    match after_round(row, done, now_ms, repeat_after_ms):
        case Look(at_ms, probes):
            await change_row(conn, row.id, probes=probes, not_before_ms=at_ms)
        case Repeat():
            wait_until_ms = (now_ms if row.doubt_ms is None else row.doubt_ms) + repeat_after_ms
            await change_row(conn, row.id, state=RowState.REPEAT, not_before_ms=max(now_ms, wait_until_ms))
        case SendAgain():
            if any(other.action is Action.DELETE for other in await rows_of(conn, row.message_key)):
                await watch_for_twin(conn, row, requests=row.doubts + 1, now_ms=now_ms)
                await drop_message(conn, row.message_key, MessageState.DELETED)
            else:
                # Protected, nobody could know the first one should it arrive after all: so this one says what it is.
                state = RowState.REPEAT if decode(row.body).protect else RowState.PENDING
                await change_row(conn, row.id, state=state, not_before_ms=now_ms)


async def mark_double(conn: AsyncConnection, twin: Twin, *, now_ms: int) -> bool:
    """Something new stands there that cannot be looked at: the copy that is known gets the mark. False if it has it."""
    message = await find_message(conn, twin.message_key)
    if message is None or message.is_over or message.state is MessageState.REPEATED:
        return False
    await mark_state(conn, twin.message_key, MessageState.REPEATED)
    if message.sent_body is not None and not await rows_of(conn, twin.message_key):  # else the next edit brings it
        await add_row(
            conn,
            twin.message_key,
            twin.chat_id,
            Action.EDIT,
            priority=Priority.OPENING_OR_CLOSING,
            body=message.sent_body,
            now_ms=now_ms,
        )
    return True


async def watch_for_twin(conn: AsyncConnection, row: OutboxRow, *, requests: int, now_ms: int) -> None:
    """Of so many requests that may have arrived one is settled; should another one's message appear, it goes."""
    if requests < 2 or row.after_id is None:
        return
    await save_twin(
        conn,
        Twin(
            row.message_key,
            row.chat_id,
            row.after_id,
            row.body,
            row.with_photo,
            since_ms=now_ms,
            probes=0,
            not_before_ms=now_ms + WATCH_ROUNDS_MS[0],
        ),
    )
