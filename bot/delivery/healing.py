"""When an edit of unknown outcome may still arrive, and what is done against it. Pure.

It was repeated at once, and the message looks as it should. But the first request may only be on its way: should it
arrive after a newer edit, it takes the reader back to older words, and where no other edit comes, as under a closed
trade, it would stay so. Nobody is told when it arrives. So the message is edited once more with what it should look
like, after a minute and after an hour.

Telegram names no time after which a request is void. A minute, because a request that is late at all has mostly waited
in a socket's buffer or at a proxy, and those give up within seconds: whoever reads is wrong for a minute, not longer.
An hour, as for sends that come late (`settling.WATCH_FOR_MS`), beyond every time-out on the way. An edit to the same
words changes nothing and costs one request (“not modified”).
"""

from __future__ import annotations

from bot.delivery.settling import WATCH_FOR_MS
from storage.messages import Message
from storage.outbox import Action, OutboxRow

HEAL_AFTER_MS = (60_000, WATCH_FOR_MS)  # after the last request of unknown outcome


def next_heal_ms(row: OutboxRow, now_ms: int) -> int | None:
    """When a message that was edited just now has to be edited once more; None when nothing can arrive any more."""
    if row.action is not Action.EDIT or row.doubt_ms is None:
        return None
    return next((row.doubt_ms + after_ms for after_ms in HEAL_AFTER_MS if row.doubt_ms + after_ms > now_ms), None)


def must_heal(row: OutboxRow, message: Message, now_ms: int) -> bool:
    """Whether the message may look otherwise than it was last delivered: such a time has passed since then."""
    if row.action is not Action.EDIT or row.doubt_ms is None:
        return False
    edited_ms = message.edited_ms or 0
    return any(edited_ms < row.doubt_ms + after_ms <= now_ms for after_ms in HEAL_AFTER_MS)


def rests(row: OutboxRow, now_ms: int) -> bool:
    """It has been delivered, and only waits to be so once more. A row that failed has an error beside it."""
    is_in_doubt = row.action is Action.EDIT and row.doubt_ms is not None
    return is_in_doubt and row.error is None and row.not_before_ms > now_ms
