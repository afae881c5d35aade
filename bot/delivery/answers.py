"""Telegram's answers, as bytes → what became of the request. Pure, and the one judge of "was it carried out?"."""

from __future__ import annotations

import msgspec

from bot.delivery.outcomes import Flooded, Migrated, NotModified, NotSent, Outcome, Refused, Unknown

VAGUE_FLOOD_MS = 5_000  # "too many requests", and no word for how long


class _Parameters(msgspec.Struct):
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    """The envelope of everything Telegram says."""

    ok: bool
    error_code: int | None = None
    description: str = ""
    parameters: _Parameters | None = None


def rejection(status: int, payload: bytes) -> Outcome | None:
    """None when the request was accepted.

    `status` is that of HTTP; if the answer names another it wins, since some gateways make everything 200.
    """
    try:
        answer = msgspec.json.decode(payload, type=_Answer)
    except msgspec.DecodeError:
        return _unreadable(status)
    return None if answer.ok else _judge(answer.error_code or status, answer)


def _judge(code: int, answer: _Answer) -> Outcome:
    parameters = answer.parameters or _Parameters()
    if parameters.migrate_to_chat_id is not None:
        return Migrated(parameters.migrate_to_chat_id)
    if parameters.retry_after is not None or code == 429:
        return Flooded(parameters.retry_after * 1_000 if parameters.retry_after else VAGUE_FLOOD_MS)
    if code == 400 and "message is not modified" in answer.description:
        return NotModified()
    if 400 <= code < 500:
        return Refused(code, answer.description)
    return Unknown(f"{code} {answer.description}")  # a server failed, before or after it did what was asked


def _unreadable(status: int) -> Outcome:
    """Not Telegram's JSON: a page of something on the way, or half an answer."""
    if status == 413:
        return Refused(413, "Request Entity Too Large")
    if 400 <= status < 500:
        return NotSent(f"HTTP {status}, not from Telegram")
    return Unknown(f"HTTP {status} with an answer that cannot be read")
