"""What Telegram's own servers hold: chats, messages, photos, updates not yet fetched, buttons not yet answered."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.chats import Chat, ChatKind, Json, Message, Person
from bot.sandbox.content import with_found
from bot.sandbox.errors import QUERY_TOO_OLD, bad_request, moved, too_many_requests
from bot.sandbox.flood import FloodControl
from bot.sandbox.pictures import Photos
from bot.sandbox.telegram_html import Formatted
from bot.sandbox.updates import Updates

KEPT_MESSAGES = 5_000  # a chat; older ones are forgotten, unless pinned
KEPT_QUERIES = 1_000  # presses of a button nobody answered
KEPT_ANSWERS = 5_000

Watcher = Callable[[int, int], None]
"""Told the chat id and message id of everything that changes; 0 for the chat itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot said to the press of a button; empty text only stops the waiting circle."""

    query_id: str
    text: str
    show_alert: bool
    url: str
    time_ms: int


class Messenger:
    """The state behind the methods. Knows the rules of places and people; methods know those of requests."""

    def __init__(self, clock: Callable[[], int], me: Person, flood: FloodControl | None) -> None:
        self.clock = clock
        self.me = me
        self.chats: dict[int, Chat] = {}
        self.photos = Photos()
        self.updates = Updates()
        self.answers: list[Answer] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}  # by scope and language
        self.watchers: list[Watcher] = []
        self._flood = flood
        self._queries: dict[str, asyncio.Future[Answer]] = {}
        self._query_ids = itertools.count(7_000_001)
        self._last_private_id = 0  # private chats and small groups share one row of message ids

    # Places

    def add_chat(self, chat: Chat) -> Chat:
        self.chats[chat.id] = chat
        self.tell(chat)
        return chat

    def private_chat(self, person: Person) -> Chat:
        """The chat of this person with the bot, opened by the first word."""
        chat = self.chats.get(person.id)
        if chat is None:
            chat = self.add_chat(
                Chat(person.id, ChatKind.PRIVATE, person.first_name, person.username, owner=person, member="member")
            )
        return chat

    def chat(self, reference: str) -> Chat:
        """By numeric id or @username. Raises ApiError when there is none, or it moved."""
        if not reference:
            raise bad_request("chat_id is empty")
        if reference.startswith("@"):
            name = reference[1:].lower()
            chat = next((c for c in self.chats.values() if (c.username or "").lower() == name), None)
        else:
            chat = self.chats.get(int(reference)) if reference.lstrip("-").isdecimal() else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.moved_to is not None:
            raise moved(chat.moved_to)
        return chat

    def admit(self, chat: Chat) -> None:
        """Count one message or edit. Raises ApiError when it comes too soon."""
        if self._flood is None:
            return
        wait_s = self._flood.retry_after_s(chat.id, is_group=not chat.is_private, now_ms=self.clock())
        if wait_s > 0:
            raise too_many_requests(wait_s)

    # Messages

    def next_id(self, chat: Chat) -> int:
        if chat.kind in (ChatKind.CHANNEL, ChatKind.SUPERGROUP):
            chat.last_id += 1
            return chat.last_id
        self._last_private_id += 1
        return self._last_private_id

    def post(self, message: Message) -> Message:
        chat = message.chat
        chat.messages[message.id] = message
        if len(chat.messages) > KEPT_MESSAGES:
            oldest = next(id_ for id_ in chat.messages if id_ not in chat.pinned)
            del chat.messages[oldest]
        self.tell(chat, message)
        return message

    def post_new(self, chat: Chat, sender: Person | None, service: Json, thread_id: int | None = None) -> Message:
        """A line Telegram itself writes: a message pinned, a topic opened."""
        message = Message(
            self.next_id(chat), chat, self.clock(), sender, service=service, thread_id=thread_id, silent=True
        )
        return self.post(message)

    def remove(self, message: Message) -> None:
        del message.chat.messages[message.id]
        if message.id in message.chat.pinned:
            message.chat.pinned.remove(message.id)
        self.tell(message.chat, message)
        self.tell(message.chat)

    def tell(self, chat: Chat, message: Message | None = None) -> None:
        for watcher in self.watchers:
            watcher(chat.id, message.id if message is not None else 0)

    def hear(self, chat: Chat, sender: Person | None, text: str) -> Message:
        """A person writes; the bot gets an update unless it is not there."""
        body = with_found(Formatted(text))
        message = self.post(Message(self.next_id(chat), chat, self.clock(), sender, body))
        if chat.has_bot:
            kind = "channel_post" if chat.kind is ChatKind.CHANNEL else "message"
            self.updates.push(kind, message.as_json())
        return message

    # Buttons

    def press(self, message: Message, person: Person, data: str) -> str:
        """The id of the callback query the bot gets."""
        query_id = str(next(self._query_ids))
        self._queries[query_id] = asyncio.get_running_loop().create_future()
        if len(self._queries) > KEPT_QUERIES:
            self._queries.pop(next(iter(self._queries))).cancel()
        self.updates.push(
            "callback_query",
            {
                "id": query_id,
                "from": person.as_json(),
                "message": message.as_json(),
                "chat_instance": str(message.chat.id),
                "data": data,
            },
        )
        return query_id

    def answer(self, answer: Answer) -> None:
        """Raises ApiError for a query that is unknown or answered already."""
        waiting = self._queries.pop(answer.query_id, None)
        if waiting is None:
            raise bad_request(QUERY_TOO_OLD)
        del self.answers[:-KEPT_ANSWERS]
        self.answers.append(answer)
        if not waiting.done():
            waiting.set_result(answer)

    async def answer_to(self, query_id: str, timeout_s: float) -> Answer | None:
        """Waits real seconds; None when the bot says nothing."""
        for answer in reversed(self.answers):
            if answer.query_id == query_id:
                return answer
        waiting = self._queries.get(query_id)
        if waiting is None:
            return None
        done, _ = await asyncio.wait([waiting], timeout=timeout_s)
        return waiting.result() if done and not waiting.cancelled() else None

    def close(self) -> None:
        """Let everybody who waits go."""
        self.updates.close()
        for waiting in self._queries.values():
            waiting.cancel()
