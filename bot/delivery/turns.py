"""Whose turn it is: a pure choice among the rows of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from bot.delivery.slots import Priority
from storage.outbox import Action, RowState, Waiting


class Turn(msgspec.Struct, frozen=True):
    """The row to send now, if any; else when the next one may go (None: nothing waits for a time)."""

    row: Waiting | None
    due_ms: int | None


def next_turn(
    rows: Sequence[Waiting], now_ms: int, busy: Collection[int], may_send_at: Callable[[Waiting], int]
) -> Turn:
    """The most urgent of those that may go now; among equals the one written first, so that none waits for ever.
    Progress edits share what is left for them: the message that was changed longest ago goes first.

    `rows` in the order they were written. Chats that are `busy` have a request under way. The requests of one message
    keep their order, and a reply waits until what it answers has been sent or given up.
    """
    alive = {row.message_key: row for row in reversed(rows)}  # by message, its first
    unsent = {key for key, row in alive.items() if row.action is Action.SEND}
    best: Waiting | None = None
    due_ms: int | None = None
    for row in alive.values():
        if row.state is RowState.SENDING or row.chat_id in busy or row.reply_to_key in unsent:
            continue
        at_ms = max(row.not_before_ms, may_send_at(row))
        if at_ms > now_ms:
            due_ms = at_ms if due_ms is None else min(due_ms, at_ms)
        elif best is None or _rank(row) < _rank(best):
            best = row
    return Turn(best, due_ms)


def _rank(row: Waiting) -> tuple[int, int, int]:
    """Smaller goes first."""
    return row.priority, row.touched_ms if row.priority >= Priority.PROGRESS else 0, row.id
