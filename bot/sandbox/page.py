"""The chat page: who sees what, what changes live, and what a reader types and taps.

Other web sites in the same browser can reach this port too, so every request must name this host, and whatever acts
must come from this very page.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import resources

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.sandbox.asking import commands_in
from bot.sandbox.chats import Chat, Json, Person
from bot.sandbox.content import LONGEST_TEXT
from bot.sandbox.messenger import Messenger
from bot.sandbox.pictures import Photo

HISTORY = 200  # messages a chat on first load
CLOCK_S = 0.5  # between signs of life when nothing changes
GATHER_S = 0.05  # changes within this go out together
ANSWER_S = 10.0  # a button's waiting circle

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "ttf": "font/ttf"}
FONTS = ("Roboto-Regular.ttf", "Roboto-Medium.ttf", "Roboto-Bold.ttf", "Roboto-Italic.ttf")


@dataclass(slots=True)
class Look:
    """What stands around the chats. `label` is the badge: SIMULATED, REPLAY or nothing; `pace` a few words."""

    title: str
    label: str | None
    pace: str = ""


class Page:
    """The browser's side of the sandbox."""

    def __init__(self, messenger: Messenger, look: Look, admins: tuple[Person, ...]) -> None:
        self._messenger = messenger
        self._look = look
        self._admins = {admin.id: admin for admin in admins}
        self._readers: set[Reader] = set()
        self._closed = False
        self._files = _static_files()
        self._run = secrets.token_hex(8)  # a page left open knows by it that the sandbox was started anew
        messenger.watchers.append(self._changed)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._index),
            Route("/static/{name}", self._static),
            Route("/photo/{unique_id}", self._photo),
            Route("/events", self._events),
            Route("/say", self._say, methods=["POST"]),
            Route("/press", self._press, methods=["POST"]),
        ]

    def close(self) -> None:
        """Ends every open stream of events."""
        self._closed = True
        for reader in self._readers:
            reader.woken.set()

    def _changed(self, chat_id: int, message_id: int) -> None:
        for reader in self._readers:
            reader.changed[chat_id, message_id] = None
            reader.woken.set()

    # Reading

    async def _index(self, _: Request) -> Response:
        state = json.dumps(self._state(), ensure_ascii=False).replace("<", "\\u003c")
        body = self._files["index.html"].decode().replace("{{state}}", state)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
        return Response(body, media_type="text/html", headers=headers)

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        body, kind = self._files.get(name), TYPES.get(name.rpartition(".")[2])
        if body is None or kind is None:
            return Response("Not Found", 404)
        return Response(body, media_type=kind, headers={"Cache-Control": "no-cache"})

    async def _photo(self, request: Request) -> Response:
        photo: Photo | None = self._messenger.photos.by_file_id("x-" + request.path_params["unique_id"])
        if photo is None:
            return Response("Not Found", 404)
        return Response(photo.data, media_type=photo.media_type, headers={"Cache-Control": "max-age=86400"})

    async def _events(self, _: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        reader = Reader()
        self._readers.add(reader)
        try:
            yield _frame(self._state())
            while not self._closed:
                await reader.wait(CLOCK_S)
                yield _frame(self._surroundings() | {"changes": self._changes(reader)})
                if reader.changed:
                    await asyncio.sleep(GATHER_S)
        finally:
            self._readers.discard(reader)

    def _surroundings(self) -> Json:
        look = self._look
        return {"title": look.title, "label": look.label, "pace": look.pace, "now_ms": self._messenger.clock()}

    def _state(self) -> Json:
        chats = []
        for chat in self._visible():
            newest = list(chat.messages.values())[-HISTORY:]
            chats.append(self._chat_json(chat) | {"messages": [message.as_json() for message in newest]})
        return self._surroundings() | {"run": self._run, "chats": chats}

    def _visible(self) -> list[Chat]:
        """Public chats, and the private ones of admins; a stranger's chat is nobody else's business."""
        chats = self._messenger.chats.values()
        return [chat for chat in chats if not chat.is_private or chat.id in self._admins]

    def _chat_json(self, chat: Chat) -> Json:
        pinned = chat.messages[chat.pinned[-1]].as_json(with_reply=False) if chat.pinned else None
        return {
            "id": chat.id,
            "kind": str(chat.kind),
            "title": chat.title,
            "topics": [{"id": id_, "name": name} for id_, name in chat.topics.items()],
            "pinned": pinned,
            "commands": commands_in(self._messenger, chat) if chat.is_private else [],
        }

    def _changes(self, reader: "Reader") -> list[Json]:
        """Only the newest state of what changed, so a slow browser never falls behind."""
        changed, reader.changed = reader.changed, {}
        visible = {chat.id: chat for chat in self._visible()}
        changes: list[Json] = []
        for chat_id, message_id in changed:
            chat = visible.get(chat_id)
            if chat is None:
                continue
            if message_id == 0:
                changes.append({"chat": self._chat_json(chat)})
            elif message_id in chat.messages:
                changes.append({"chat_id": chat_id, "message": chat.messages[message_id].as_json()})
            else:
                changes.append({"chat_id": chat_id, "gone": message_id})
        return changes

    # Acting

    async def _say(self, request: Request) -> Response:
        body = await _body(request)
        text = body.get("text")
        admin = self._admins.get(_integer(body, "chat_id"))
        if admin is None or not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST_TEXT:
            return JSONResponse({"error": "nothing to say"}, 400)
        self._messenger.hear(self._messenger.private_chat(admin), admin, text.strip())
        return JSONResponse({})

    async def _press(self, request: Request) -> Response:
        """Answers when the bot does, or after a while without. A button that is gone is a conflict."""
        body = await _body(request)
        chat = self._messenger.chats.get(_integer(body, "chat_id"))
        message = chat.messages.get(_integer(body, "message_id")) if chat is not None else None
        data = body.get("data")
        rows = (message.keyboard if message is not None else None) or []
        offered = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        if message is None or not isinstance(data, str) or data not in offered:
            return JSONResponse({"text": "", "alert": False}, 409)
        person = self._admins.get(message.chat.id) or next(iter(self._admins.values()))
        answer = await self._messenger.answer_to(self._messenger.press(message, person, data), ANSWER_S)
        if answer is None:
            return JSONResponse({"text": "", "alert": False})
        return JSONResponse({"text": answer.text, "alert": answer.show_alert})


class Reader:
    """One open page: what it has not seen yet. Each thing stands here once, however often it changes."""

    def __init__(self) -> None:
        self.changed: dict[tuple[int, int], None] = {}
        self.woken = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self.woken.wait()
        except TimeoutError:
            pass
        self.woken.clear()


async def _body(request: Request) -> dict[str, object]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _integer(body: dict[str, object], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0


def _frame(value: Json) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _static_files() -> dict[str, bytes]:
    here = resources.files("bot.sandbox") / "static"
    fonts = resources.files("font_roboto") / "files"
    files = {file.name: file.read_bytes() for file in here.iterdir() if file.is_file()}
    return files | {name: (fonts / name).read_bytes() for name in FONTS}
