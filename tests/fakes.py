"""Small honest fakes of the world: they keep what they are told and refuse what the real thing refuses."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.delivery.outcomes import Delivered, Done, Forwarded, NotModified, NotSent, Outcome, Refused, Unknown
from bot.delivery.verdicts import visible
from bot.words.post import Button, Post


@dataclass(slots=True)
class FakeMessage:
    """A message as a reader sees it now."""

    text: str
    png: bytes | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: int | None = None
    thread_id: int | None = None
    silent: bool = False
    protect: bool = False


@dataclass(frozen=True, slots=True)
class FakeRequest:
    """One call, as it arrived or should have."""

    time_ms: int
    method: str
    chat_id: int
    message_id: int | None  # of a send, the one it was given
    text: str
    outcome: Outcome


DROP_BEFORE = NotSent("no route to host")
LOST_REQUEST = Unknown("reset before it arrived")
LOST_ANSWER = Unknown("time-out after it arrived")


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass
class FakeTelegram:
    """Chats in memory. `faults` are the outcomes of the next requests, None for an honest one.

    `LOST_ANSWER` carries the request out all the same. `hook` is called with "request" before each request and with
    "answer" after it; whatever it raises is a crash of the bot. While `slow` is cleared no answer comes.
    """

    now_ms: Callable[[], int]
    faults: deque[Outcome | None] = field(default_factory=deque)
    hook: Callable[[str], None] = lambda _: None
    slow: asyncio.Event = field(default_factory=_open_gate)
    chats: dict[int, dict[int, FakeMessage]] = field(default_factory=dict)
    requests: list[FakeRequest] = field(default_factory=list)
    _last_id: dict[int, int] = field(default_factory=dict)

    def messages(self, chat_id: int) -> list[FakeMessage]:
        """Oldest first."""
        return list(self.chats.get(chat_id, {}).values())

    def texts(self, chat_id: int) -> list[str]:
        return [message.text for message in self.messages(chat_id)]

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    async def send(
        self, chat_id: int, post: Post, png: bytes | None, *, thread_id: int | None = None, reply_to: int | None = None
    ) -> Outcome:
        def act() -> Outcome:
            message_id = self._last_id[chat_id] = self._last_id.get(chat_id, 100) + 1
            message = FakeMessage(post.text, png, post.buttons, reply_to, thread_id, post.silent, post.protect)
            self.chats.setdefault(chat_id, {})[message_id] = message
            return Delivered(message_id, photo=png is not None)

        return await self._carry_out("sendMessage" if png is None else "sendPhoto", chat_id, None, post.text, act)

    async def edit_text(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        def act() -> Outcome:
            message = self._find(chat_id, message_id)
            if message is None:
                return Refused(400, "Bad Request: message to edit not found")
            if message.png is not None:
                return Refused(400, "Bad Request: there is no text in the message to edit")
            return self._change(message_id, message, post, None)

        return await self._carry_out("editMessageText", chat_id, message_id, post.text, act)

    async def edit_caption(self, chat_id: int, message_id: int, post: Post) -> Outcome:
        def act() -> Outcome:
            message = self._find(chat_id, message_id)
            if message is None:
                return Refused(400, "Bad Request: message to edit not found")
            if message.png is None:
                return Refused(400, "Bad Request: there is no caption in the message to edit")
            return self._change(message_id, message, post, message.png)

        return await self._carry_out("editMessageCaption", chat_id, message_id, post.text, act)

    async def edit_media(self, chat_id: int, message_id: int, post: Post, png: bytes) -> Outcome:
        def act() -> Outcome:
            message = self._find(chat_id, message_id)
            if message is None:
                return Refused(400, "Bad Request: message to edit not found")
            return self._change(message_id, message, post, png)

        return await self._carry_out("editMessageMedia", chat_id, message_id, post.text, act)

    async def pin(self, chat_id: int, message_id: int) -> Outcome:
        return await self._carry_out("pinChatMessage", chat_id, message_id, "", Done)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        def act() -> Outcome:
            if self.chats.get(chat_id, {}).pop(message_id, None) is None:
                return Refused(400, "Bad Request: message to delete not found")
            return Done()

        return await self._carry_out("deleteMessage", chat_id, message_id, "", act)

    async def forward(self, chat_id: int, from_chat_id: int, message_id: int) -> Outcome:
        def act() -> Outcome:
            message = self._find(from_chat_id, message_id)
            if message is None:
                return Refused(400, "Bad Request: message to forward not found")
            forward_id = self._last_id[chat_id] = self._last_id.get(chat_id, 100) + 1
            self.chats.setdefault(chat_id, {})[forward_id] = FakeMessage(message.text, message.png, silent=True)
            return Forwarded(forward_id, visible(Post(message.text)), photo=message.png is not None)

        return await self._carry_out("forwardMessage", chat_id, message_id, "", act)

    async def _carry_out(
        self, method: str, chat_id: int, message_id: int | None, text: str, act: Callable[[], Outcome]
    ) -> Outcome:
        self.hook("request")
        fault = self.faults.popleft() if self.faults else None
        outcome = act() if fault in (None, LOST_ANSWER) else fault
        assert outcome is not None
        given = outcome.message_id if isinstance(outcome, Delivered) else message_id
        answer = fault or outcome
        await self.slow.wait()
        self.requests.append(FakeRequest(self.now_ms(), method, chat_id, given, text, answer))
        self.hook("answer")
        return answer

    def _find(self, chat_id: int, message_id: int) -> FakeMessage | None:
        return self.chats.get(chat_id, {}).get(message_id)

    @staticmethod
    def _change(message_id: int, message: FakeMessage, post: Post, png: bytes | None) -> Outcome:
        if (message.text, message.buttons, message.png) == (post.text, post.buttons, png):
            return NotModified()
        message.text, message.buttons, message.png = post.text, post.buttons, png
        return Delivered(message_id, photo=png is not None)
