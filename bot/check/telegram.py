"""The part of `check` that asks Telegram: the token, each channel, each admin. Nothing is posted."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.check.findings import Finding, doubtful, skipped, well, wrong
from bot.config import AdminConfig, ChannelConfig, Role, TelegramConfig
from bot.delivery.outcomes import Refused
from bot.delivery.telegram_client import CallFailed, Place, TelegramClient, TokenRefused
from bot.setup.talk import failure

RUN_SETUP = "run: python run_bot.py setup"


async def telegram_findings(
    client: TelegramClient, telegram: TelegramConfig, channels: tuple[ChannelConfig, ...]
) -> AsyncIterator[Finding]:
    try:
        account = await client.me()
    except TokenRefused:
        yield wrong("telegram", f"Telegram does not know the token; ask @BotFather for a new one, then {RUN_SETUP}")
        return
    except CallFailed as error:
        yield wrong("telegram", f"does not answer ({failure(error)}); check connection, firewall and proxy")
        yield skipped("channels", "Telegram must answer first")
        return
    yield well("telegram", f"the token is that of {account.name} (@{account.user_name})")
    if not channels:
        yield wrong("channels", f"there are none; {RUN_SETUP}")
    for channel in channels:
        yield await _channel(client, channel)
    if not telegram.admins:
        yield wrong("admins", f"nobody may command the bot; add yourself to telegram.admins, or {RUN_SETUP}")
    elif not telegram.has_owner:
        yield doubtful("admins", f'nobody is owner; write role = "owner" at one of telegram.admins, or {RUN_SETUP}')
    for admin in telegram.admins:
        yield await _admin(client, admin)
    if telegram.alert_chat:
        yield await _alert_chat(client, telegram.alert_chat)


async def _channel(client: TelegramClient, channel: ChannelConfig) -> Finding:
    where = f"{channel.name} ({channel.key})"
    try:
        place = await client.place(channel.chat_id)
    except CallFailed as error:
        return _unseen("channel", where, error, "add the bot as an administrator, or correct chat_id")
    if place.kind == "private":
        return wrong("channel", f"{where}: this is a person, not a channel; correct chat_id, or {RUN_SETUP}")
    lacking = _lacking(place)
    if lacking:
        return wrong("channel", f"{where}: the bot lacks the right {lacking}; allow it under Administrators")
    return well("channel", f"{where}: the bot may post and edit; carries {', '.join(channel.symbols) or 'no symbol'}")


async def _admin(client: TelegramClient, admin: AdminConfig) -> Finding:
    who = f"{admin.name} ({admin.id})"
    try:
        await client.place(admin.id)
    except CallFailed as error:
        return _unseen("admin", who, error, "they must write /start to the bot once, or the id is wrong")
    what = "may ask the bot" if admin.role is Role.VIEWER else "may command the bot"
    return well("admin", f"{who} {what} as {admin.role} and can be reached")


async def _alert_chat(client: TelegramClient, chat_id: int) -> Finding:
    try:
        place = await client.place(chat_id)
    except CallFailed as error:
        return _unseen("alerts", str(chat_id), error, "add the bot there, or correct telegram.alert_chat")
    if not place.can_post:
        return wrong("alerts", f"{place.title} ({chat_id}): the bot may not write there; allow it, or use another chat")
    return well("alerts", f"go to {place.title} ({chat_id})")


def _unseen(subject: str, where: str, error: CallFailed, remedy: str) -> Finding:
    # Only a refusal speaks about the chat; anything else is the line's trouble.
    advice = remedy if isinstance(error.outcome, Refused) else "try again"
    return wrong(subject, f"{where}: {failure(error)}; {advice}")


def _lacking(place: Place) -> str:
    rights = {"'Post messages'": place.can_post, "'Edit messages'": place.can_edit}
    return " and ".join(right for right, is_given in rights.items() if not is_given)
