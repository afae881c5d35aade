"""A client that speaks to the sandbox's rules without a network: the same parameters, the same judgement of answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.delivery.answers import rejection
from bot.delivery.outcomes import Delivered, Done, Forwarded, Outcome, Unknown
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import AnswerLost
from bot.sandbox.line import Line
from bot.sandbox.params import Params
from bot.words.post import Button, Post


class Wire:
    """`pass_by` is told of each request before it leaves and after it was answered; whatever it raises is a crash."""

    def __init__(self, line: Line, pass_by: Callable[[str], None] = lambda _: None) -> None:
        self._line = line
        self._pass_by = pass_by

    async def send(
        self, chat_id: int, post: Post, png: bytes | None, *, thread_id: int | None = None, reply_to: int | None = None
    ) -> Outcome:
        values: dict[str, Any] = {"chat_id": chat_id, "protect_content": post.protect, **_look(post)}
        if thread_id is not None:
            values["message_thread_id"] = thread_id
        if reply_to is not None:
            values["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
        if png is not None:
            return await self._ask("sendPhoto", values | {"caption": post.text}, {"photo": png})
        return await self._ask("sendMessage", values | {"text": post.text})

    async def edit_text(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        where = {"chat_id": chat_id, "message_id": message_id}
        return await self._ask("editMessageText", where | {"text": post.text} | _look(post))

    async def edit_caption(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        where = {"chat_id": chat_id, "message_id": message_id}
        return await self._ask("editMessageCaption", where | {"caption": post.text} | _look(post))

    async def edit_media(self, chat_id: int, message_id: int, post: Post, png: bytes) -> Outcome:
        media = {"type": "photo", "media": "attach://chart", "caption": post.text, "parse_mode": "HTML"}
        where = {"chat_id": chat_id, "message_id": message_id, "media": media}
        return await self._ask("editMessageMedia", where | _look(post), {"chart": png})

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        return await self._ask("deleteMessage", {"chat_id": chat_id, "message_id": message_id})

    async def forward(self, chat_id: int, from_chat_id: int, message_id: int) -> Outcome:
        where = {"chat_id": chat_id, "from_chat_id": from_chat_id, "message_id": message_id}
        return await self._ask("forwardMessage", where | {"disable_notification": True})

    async def _ask(self, method: str, values: dict[str, Any], uploads: dict[str, bytes] | None = None) -> Outcome:
        self._pass_by("request")
        try:
            body, status = await self._line.carry_out(method, Params(values, uploads or {})), 200
        except ApiError as error:
            body, status = error.as_json(), error.status
        except AnswerLost:
            self._pass_by("silence")
            return Unknown("the line went dead")
        self._pass_by("answer")
        payload = json.dumps(body).encode()
        refused = rejection(status, payload)
        if refused is not None:
            return refused
        return _outcome(method, body["result"])


def _outcome(method: str, result: Any) -> Outcome:
    if not isinstance(result, dict):
        return Done()
    if method == "forwardMessage":
        return Forwarded(result["message_id"], result.get("text") or result.get("caption") or "", "photo" in result)
    return Delivered(result["message_id"], photo="photo" in result)


def _look(post: Post) -> dict[str, Any]:
    look: dict[str, Any] = {"parse_mode": "HTML", "disable_notification": post.silent}
    if post.buttons:
        look["reply_markup"] = {"inline_keyboard": [[_button(button) for button in row] for row in post.buttons]}
    return look


def _button(button: Button) -> dict[str, Any]:
    known = {"text": button.label, "callback_data": button.data, "style": button.style}
    copied = {} if button.copy is None else {"copy_text": {"text": button.copy}}
    return {name: value for name, value in known.items() if value is not None} | copied
