"""Telegram, spoken through python-telegram-bot: a method for each request, and an outcome instead of an exception.

The only file that imports the library. Nothing is retried in here but listening: what may be repeated is known to the
outbox. The token is part of every address asked for, so addresses are kept out of logs and outcomes.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec
import structlog
import telegram
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.clock import Clock, WallClock
from bot.delivery.answers import rejection
from bot.delivery.outcomes import Delivered, Done, Flooded, Forwarded, NotSent, Outcome, Refused, Unknown
from bot.delivery.updates import ChannelPost, PlaceChanged, Pressed, Said, Update
from bot.words.post import Button, Post

log = structlog.get_logger(__name__)

OFFICIAL_URL = "https://api.telegram.org/bot"
OFFICIAL_FILE_URL = "https://api.telegram.org/file/bot"
POLL_S = 30
ANSWER_TIMEOUT_S = 20.0  # edits in channels can take many seconds, and giving up makes the outcome unknown
LONGEST_WAIT_MS = 30_000
MOST_CONFLICTS = 6  # about a minute: the poll of a process that was killed lives on that long
SKEWS_KEPT = 5  # measurements of the clock, of which the middle one counts: an answer may be slow
HEARD = ["message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member"]
NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

T = TypeVar("T")


class TokenRefused(Exception):
    """Telegram does not know the token; going on makes no sense."""


class TokenInUse(Exception):
    """Another program listens with the same token."""


class CallFailed(Exception):
    """A question went unanswered; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


class Account(msgspec.Struct, frozen=True):
    """Who the token belongs to."""

    id: int
    name: str
    user_name: str


class Place(msgspec.Struct, frozen=True):
    """A chat, and what the bot may do there."""

    chat_id: int
    title: str
    kind: str  # private | group | supergroup | channel
    can_post: bool
    can_edit: bool
    can_pin: bool


class TelegramClient:
    """One bot account, for any number of tasks of one loop. Usable once made; `stop` ends it.

    `base_url` and `base_file_url` are what the token is appended to, such as `http://127.0.0.1:8080/bot`.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = OFFICIAL_URL,
        base_file_url: str = OFFICIAL_FILE_URL,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        poll_s: int = POLL_S,
        clock: Clock | None = None,
    ) -> None:
        _keep_addresses_out_of_logs()
        self._token = token
        self._poll_s = poll_s
        self._clock = clock or WallClock()
        self._skews_ms: deque[int] = deque(maxlen=SKEWS_KEPT)
        self._talking = _Wire(token, base_url, answer_timeout_s, connections=32, hear=self._hear_date)
        self._listening = _Wire(token, base_url, answer_timeout_s, connections=1, hear=self._hear_date)
        self._bot = telegram.Bot(token, base_url, base_file_url, self._talking, self._listening)

    async def stop(self) -> None:
        """Close the connections. Requests still under way fail."""
        await self._talking.shutdown()
        await self._listening.shutdown()

    @property
    def clock_skew_ms(self) -> int | None:
        """How far the machine's clock is ahead of Telegram's, to a second or so; None before enough answers came."""
        return sorted(self._skews_ms)[SKEWS_KEPT // 2] if len(self._skews_ms) == SKEWS_KEPT else None

    async def _hear_date(self, response: httpx.Response) -> None:
        try:
            said_ms = parsedate_to_datetime(response.headers.get("date", "")).timestamp() * 1_000
        except (TypeError, ValueError):
            return
        self._skews_ms.append(self._clock.now_ms() - round(said_ms) - 500)  # the header has whole seconds

    # Messages

    async def send(
        self, chat_id: int, post: Post, png: bytes | None, *, thread_id: int | None = None, reply_to: int | None = None
    ) -> Outcome:
        """A new message; a photo when there is a `png`. A reply to something deleted is sent all the same."""
        where: dict[str, Any] = {
            "chat_id": chat_id,
            "message_thread_id": thread_id,
            "disable_notification": post.silent,
            "protect_content": post.protect,
            "reply_parameters": None
            if reply_to is None
            else telegram.ReplyParameters(reply_to, allow_sending_without_reply=True),
            **_look(post),
        }
        if png is not None:
            return await self._do(self._bot.send_photo(photo=png, filename="chart.png", caption=post.text, **where))
        return await self._do(self._bot.send_message(text=post.text, link_preview_options=_NO_PREVIEW, **where))

    async def edit_text(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        return await self._do(
            self._bot.edit_message_text(post.text, chat_id, message_id, link_preview_options=_NO_PREVIEW, **_look(post))
        )

    async def edit_caption(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        return await self._do(self._bot.edit_message_caption(chat_id, message_id, caption=post.text, **_look(post)))

    async def edit_media(self, chat_id: int, message_id: int, post: Post, png: bytes) -> Outcome:
        """Another picture, or the first one for what was text."""
        media = telegram.InputMediaPhoto(png, caption=post.text, parse_mode=ParseMode.HTML, filename="chart.png")
        keyboard = _keyboard(post.buttons)
        return await self._do(self._bot.edit_message_media(media, chat_id, message_id, reply_markup=keyboard))

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        return await self._do(self._bot.delete_message(chat_id, message_id))

    async def forward(self, chat_id: int, from_chat_id: int, message_id: int) -> Outcome:
        """Silently; `Forwarded` says what the message looks like, and how the forward is deleted again."""
        try:
            shown = await self._bot.forward_message(chat_id, from_chat_id, message_id, disable_notification=True)
        except TelegramError as error:
            return self._outcome(error)
        return Forwarded(shown.message_id, shown.text or shown.caption or "", photo=bool(shown.photo))

    async def pin(self, chat_id: int, message_id: int) -> Outcome:
        return await self._do(self._bot.pin_chat_message(chat_id, message_id, disable_notification=True))

    # Admins

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> Outcome:
        """Stop the waiting circle on a tapped button; at most 200 characters, as a passing note or (`alert`) a box."""
        return await self._do(self._bot.answer_callback_query(callback_id, text or None, show_alert=alert))

    async def set_commands(self, commands: Mapping[str, str], admin_ids: Sequence[int]) -> dict[int, Outcome]:
        """Show commands and their descriptions to these people only. Refused for who never wrote to the bot."""
        menu = [telegram.BotCommand(name, description) for name, description in commands.items()]
        return {
            admin_id: await self._do(self._bot.set_my_commands(menu, telegram.BotCommandScopeChat(admin_id)))
            for admin_id in admin_ids
        }

    # Questions

    async def me(self) -> Account:
        """TokenRefused when there is no such bot; CallFailed when Telegram does not answer."""
        user = await self._ask(self._bot.get_me())
        return Account(user.id, user.full_name, user.username or "")

    async def place(self, chat_id: int) -> Place:
        """CallFailed with a `Refused` when there is no such chat, or the bot has never been in it."""
        chat = await self._ask(self._bot.get_chat(chat_id))
        if chat.type == "private":
            return Place(chat.id, chat.effective_name or "", chat.type, can_post=True, can_edit=True, can_pin=True)
        member = await self._ask(self._bot.get_chat_member(chat_id, (await self.me()).id))
        return Place(
            chat.id,
            chat.effective_name or "",
            chat.type,
            can_post=_can_post(chat.type, member),
            can_edit=chat.type != "channel" or _may(member, "can_edit_messages"),
            can_pin=_may(member, "can_edit_messages" if chat.type == "channel" else "can_pin_messages"),
        )

    # Listening

    async def updates(self, after: int | None = None) -> AsyncIterator[Update]:
        """Everything said to the bot, in order, for ever; one listener at a time.

        An update is confirmed to Telegram when the one after it is asked for, so what a crash interrupts comes again:
        keep the last `update_id` with what it changed, and hand it in as `after`. Failures of the network are waited
        out. TokenRefused and TokenInUse end it.
        """
        offset = None if after is None else after + 1
        failures: list[Outcome] = []
        while True:
            try:
                batch = await self._bot.get_updates(offset, timeout=self._poll_s, allowed_updates=HEARD)
            except TelegramError as error:
                failures = [*failures[-15:], self._outcome(error)]
                await self._wait_after(failures)
                continue
            if failures:
                log.info("hearing Telegram again")
                failures = []
            for update in batch:
                heard = _heard(update)
                if heard is not None:
                    yield heard
                offset = update.update_id + 1

    async def _wait_after(self, failures: list[Outcome]) -> None:
        last = failures[-1]
        if isinstance(last, Refused) and last.code in (401, 404):
            raise TokenRefused(last.description)
        lately = failures[-MOST_CONFLICTS:]
        if len(lately) == MOST_CONFLICTS and all(isinstance(one, Refused) and one.code == 409 for one in lately):
            raise TokenInUse(str(last))
        if len(failures) == 1:
            log.warning("not hearing Telegram", why=str(last))
        wait_ms = min(1_000 * 2 ** min(len(failures) - 1, 10), LONGEST_WAIT_MS)
        await self._clock.sleep_ms(last.retry_after_ms if isinstance(last, Flooded) else wait_ms)

    # What became of it

    async def _do(self, call: Awaitable[telegram.Message | bool]) -> Outcome:
        try:
            result = await call
        except TelegramError as error:
            return self._outcome(error)
        if isinstance(result, telegram.Message):
            return Delivered(result.message_id, photo=bool(result.photo))
        return Done()

    async def _ask(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except TelegramError as error:
            outcome = self._outcome(error)
        if isinstance(outcome, Refused) and outcome.code in (401, 404):
            raise TokenRefused(outcome.description)
        raise CallFailed(outcome)

    def _outcome(self, error: TelegramError) -> Outcome:
        # By what happened on the wire, not by the library's classes: there a refusal (BadRequest) is a NetworkError.
        if isinstance(error, _Rejected):
            return error.outcome
        why = f"{type(error.__cause__ or error).__name__}: {error}".replace(self._token, "***")
        return NotSent(why) if isinstance(error.__cause__, NOTHING_LEFT) else Unknown(why)


class _Rejected(TelegramError):
    """Telegram, or something in front of it, said no."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


class _Wire(HTTPXRequest):
    """The library's transport, with every answer checked at the door.

    The library forgets the status of many failures, takes `ok: false` with status 200 for success and stumbles over
    pages of proxies.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        answer_timeout_s: float,
        connections: int,
        hear: Callable[[httpx.Response], Awaitable[None]],
    ) -> None:
        self._token = token.encode()
        super().__init__(
            connections,
            read_timeout=answer_timeout_s,
            write_timeout=answer_timeout_s,
            media_write_timeout=answer_timeout_s,
            # A proxy from the environment is for the world outside, not for the sandbox on this machine.
            httpx_kwargs={
                "trust_env": httpx.URL(base_url).host not in ("127.0.0.1", "localhost"),
                "event_hooks": {"response": [hear]},
            },
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        # Some servers name the address they were asked for.
        outcome = rejection(status, payload.replace(self._token, b"***"))
        if outcome is not None:
            raise _Rejected(outcome)
        return status, payload


_NO_PREVIEW = telegram.LinkPreviewOptions(is_disabled=True)


def _look(post: Post) -> dict[str, Any]:
    return {"parse_mode": ParseMode.HTML, "reply_markup": _keyboard(post.buttons)}


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> telegram.InlineKeyboardMarkup | None:
    return telegram.InlineKeyboardMarkup([[_button(button) for button in row] for row in rows]) if rows else None


def _button(button: Button) -> telegram.InlineKeyboardButton:
    copy = None if button.copy is None else telegram.CopyTextButton(button.copy)
    return telegram.InlineKeyboardButton(button.label, callback_data=button.data, copy_text=copy, style=button.style)


def _heard(update: telegram.Update) -> Update | None:
    message = update.message or update.edited_message
    if message is not None:
        return _said(update.update_id, message, is_edited=update.message is None)
    post = update.channel_post or update.edited_channel_post
    if post is not None:
        return _channel_post(update.update_id, post, is_edited=update.channel_post is None)
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _place_changed(update.update_id, update.my_chat_member)
    return None


def _said(update_id: int, message: telegram.Message, *, is_edited: bool) -> Said:
    user = message.from_user
    return Said(
        update_id,
        user_id=None if user is None else user.id,
        user_name="" if user is None else user.full_name,
        is_bot=user is not None and user.is_bot,
        is_private=message.chat.type == "private",
        sender_chat_id=None if message.sender_chat is None else message.sender_chat.id,
        **_written(message),
        is_edited=is_edited,
    )


def _channel_post(update_id: int, post: telegram.Message, *, is_edited: bool) -> ChannelPost:
    return ChannelPost(update_id, **_written(post), is_edited=is_edited)


def _written(message: telegram.Message) -> dict[str, Any]:
    return {
        "chat_id": message.chat.id,
        "chat_title": message.chat.effective_name or "",
        "message_id": message.message_id,
        "thread_id": message.message_thread_id if message.is_topic_message else None,
        "text": message.text or message.caption or "",
        "sent_ms": round(message.date.timestamp() * 1_000),
        "is_forwarded": message.forward_origin is not None,
    }


def _pressed(update_id: int, query: telegram.CallbackQuery) -> Pressed:
    message = query.message
    return Pressed(
        update_id,
        callback_id=query.id,
        user_id=query.from_user.id,
        user_name=query.from_user.full_name,
        chat_id=None if message is None else message.chat.id,
        message_id=None if message is None else message.message_id,
        data=query.data or "",
    )


def _place_changed(update_id: int, change: telegram.ChatMemberUpdated) -> PlaceChanged:
    return PlaceChanged(
        update_id,
        chat_id=change.chat.id,
        chat_title=change.chat.effective_name or "",
        chat_kind=change.chat.type,
        by_user_id=change.from_user.id,
        by_user_name=change.from_user.full_name,
        status=change.new_chat_member.status,
        can_post=_can_post(change.chat.type, change.new_chat_member),
    )


def _can_post(chat_kind: str, member: telegram.ChatMember) -> bool:
    if chat_kind == "channel":
        return _may(member, "can_post_messages")
    return member.status in ("creator", "administrator", "member") or _may(member, "can_send_messages")


def _may(member: telegram.ChatMember, right: str) -> bool:
    return member.status == "creator" or bool(getattr(member, right, False))


def _keep_addresses_out_of_logs() -> None:
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
