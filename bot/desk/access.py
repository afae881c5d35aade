"""Who may command: numeric ids in their own private chat or in the alert chat, and nobody else in any disguise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from bot.config import Role, TelegramConfig
from bot.delivery.updates import ChannelPost, Pressed, Said
from bot.desk.roles import may
from engine.types import HOUR_MS


class Admin(msgspec.Struct, frozen=True):
    """Somebody with a role, and where he is answered."""

    id: int
    name: str
    chat_id: int
    thread_id: int | None = None
    role: Role = Role.VIEWER

    def may(self, command: str, words: Sequence[str] = ()) -> bool:
        return may(self.role, command, words)


class Intruder(msgspec.Struct, frozen=True):
    """Gets silence and an audit row. `why` is a word for the audit."""

    why: str


class Bystander(msgspec.Struct, frozen=True):
    """Talks to somebody else, or says nothing we could answer."""


Sender: TypeAlias = Admin | Intruder | Bystander


def sender_of(update: Said | Pressed | ChannelPost, telegram: TelegramConfig) -> Sender:
    match update:
        case Said():
            return _writer(update, telegram)
        case Pressed():
            return _presser(update, telegram)
        case ChannelPost():
            # A channel's posts carry nobody's id, whoever wrote them.
            return Intruder("channel") if _is_command(update.text) else Bystander()


def _writer(said: Said, telegram: TelegramConfig) -> Sender:
    if not said.is_private and not _is_command(said.text):
        return Bystander()
    disguise = _disguise(said)
    if disguise is not None:
        return Intruder(disguise)
    admin = None if said.user_id is None else telegram.admin(said.user_id)
    if admin is None:
        return Intruder("stranger")
    if said.chat_id != (admin.id if said.is_private else telegram.alert_chat):
        return Intruder("group")
    if not said.text.strip():
        return Bystander()
    return Admin(admin.id, admin.name, said.chat_id, said.thread_id, admin.role)


def _disguise(said: Said) -> str | None:
    """Why `user_id` does not say that this person wrote this, now, to us."""
    if said.sender_chat_id is not None:
        return "anonymous"
    if said.is_bot:
        return "bot"
    if said.is_forwarded:
        return "forwarded"
    return "edited" if said.is_edited else None


def _presser(pressed: Pressed, telegram: TelegramConfig) -> Sender:
    """A tap without a place is an admin's own, in his private chat; it can change nothing that stands somewhere."""
    admin = telegram.admin(pressed.user_id)
    if admin is None:
        return Intruder("stranger")
    chat_id = admin.id if pressed.chat_id is None else pressed.chat_id
    if chat_id != admin.id and (chat_id != telegram.alert_chat or not telegram.alert_chat):
        return Intruder("group")
    return Admin(admin.id, admin.name, chat_id, role=admin.role)


def _is_command(text: str) -> bool:
    return text.lstrip().startswith("/")


class AuditBudget:
    """Rows for intruders: a few an hour for each and not many for all, so that a flood cannot fill the disk."""

    def __init__(self, each: int = 5, together: int = 200) -> None:
        self._each = each
        self._together = together
        self._since_ms = 0
        self._written: dict[int, int] = {}
        self._left_out = 0

    def take(self, who: int, now_ms: int) -> int | None:
        """How many were left out since the last row; None when this one is to be left out too."""
        if not 0 <= now_ms - self._since_ms < HOUR_MS:
            self._since_ms = now_ms
            self._written.clear()
        count = self._written.get(who, 0)
        if count >= self._each or sum(self._written.values()) >= self._together:
            self._left_out += 1
            return None
        self._written[who] = count + 1
        left_out, self._left_out = self._left_out, 0
        return left_out
