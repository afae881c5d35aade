"""The sandbox itself: a Bot API server and its chat page on one local port, inside the caller's event loop."""

import asyncio
import contextlib
import re
import socket
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.asking import own_membership
from bot.sandbox.chats import ADMIN_RIGHTS, CHANNEL_RIGHTS, GROUP_RIGHTS, Chat, ChatKind, Json, Message, Person
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import AnswerLost, Faults
from bot.sandbox.flood import FloodControl, FloodLimits
from bot.sandbox.gate import LocalGate
from bot.sandbox.ledger import Request
from bot.sandbox.line import Line
from bot.sandbox.messenger import Answer, Messenger
from bot.sandbox.page import Look, Page
from bot.sandbox.params import read_params

HOST = "127.0.0.1"
TOKEN_PATTERN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
DEFAULT_TOKEN = "4200000042:sandbox_sandbox_sandbox_sandbox"  # noqa: S105 # opens nothing but this port
DANA = Person(1001, "Dana")


class Sandbox:
    """A local Telegram.

    `clock` gives the time in ms UTC for message dates and flood control, so both may run on market time. Without
    `token` any well-formed one is welcome. Without `flood` there is no flood control. The first of `admins` is who
    sits at the page. `label` is the page's badge: "SIMULATED", "REPLAY" or None.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        port: int = 0,
        token: str | None = None,
        flood: FloodLimits | None = None,
        label: str | None = None,
        title: str = "Assay",
        admins: Sequence[Person] = (DANA,),
    ) -> None:
        self.token = token or DEFAULT_TOKEN
        self._any_token = token is None
        self._wanted_port = port
        self._port = 0
        me = Person(int(self.token.partition(":")[0]), title, f"{_user_name(title)}_sandbox_bot", is_bot=True)
        self.messenger = Messenger(clock, me, FloodControl(flood) if flood is not None else None)
        self._line = Line(self.messenger)
        self._look = Look(title, label)
        self._admins = tuple(admins)
        self._page = Page(self.messenger, self._look, self._admins)
        for admin in admins:
            self.messenger.private_chat(admin)
        self._gate = LocalGate(Starlette(routes=[*self._api_routes(), *self._page.routes()]))
        self._server = _Server(
            uvicorn.Config(self._gate, lifespan="off", ws="none", timeout_keep_alive=75, log_config=None, log_level=50)
        )
        self._serving: asyncio.Task[None] | None = None

    # Life

    async def start(self) -> None:
        """Listening when it returns. Raises OSError when the port is taken."""
        listener = _listener(self._wanted_port)
        self._port = listener.getsockname()[1]
        self._gate.hosts = frozenset({f"{HOST}:{self._port}", f"localhost:{self._port}"})
        self._serving = asyncio.create_task(self._server.serve([listener]), name="sandbox")
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Lets open pages and polls go first, so that nobody is waited for."""
        self._page.close()
        self.messenger.close()
        if self._serving is not None:
            self._server.ended.set()
            await self._serving
            self._serving = None

    @property
    def url(self) -> str:
        """Of the chat page."""
        return f"http://{HOST}:{self._port}/"

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://{HOST}:{self._port}/file/bot"

    # What stands on the page

    @property
    def pace(self) -> str:
        """A few words under the clock, such as "market time runs 300×"."""
        return self._look.pace

    @pace.setter
    def pace(self, words: str) -> None:
        self._look.pace = words

    @property
    def label(self) -> str | None:
        return self._look.label

    @label.setter
    def label(self, badge: str | None) -> None:
        self._look.label = badge

    # Chats, and what people do in them

    def add_channel(self, chat_id: int, title: str, *, username: str | None = None) -> Chat:
        """A channel of the first admin's, with the bot as an administrator."""
        rights = {*ADMIN_RIGHTS, *CHANNEL_RIGHTS}
        return self.messenger.add_chat(
            Chat(chat_id, ChatKind.CHANNEL, title, username, owner=self._admins[0], rights=rights)
        )

    def add_group(self, chat_id: int, title: str, *, topics: Mapping[int, str] | None = None) -> Chat:
        """A supergroup; with `topics` (names by thread id) it is a forum."""
        chat = Chat(chat_id, ChatKind.SUPERGROUP, title, owner=self._admins[0], rights={*ADMIN_RIGHTS, *GROUP_RIGHTS})
        chat.is_forum = topics is not None
        chat.topics |= topics or {}
        chat.last_id = max(chat.topics, default=0)  # a topic's id is that of the message that opened it
        return self.messenger.add_chat(chat)

    def chat(self, chat_id: int) -> Chat:
        return self.messenger.chats[chat_id]

    def messages(self, chat_id: int) -> list[Message]:
        """Oldest first, as they stand now."""
        return list(self.messenger.chats[chat_id].messages.values())

    async def say(self, text: str, user: Person | None = None) -> Message:
        """Somebody writes to the bot in private; by default the first admin."""
        person = user or self._admins[0]
        return self.messenger.hear(self.messenger.private_chat(person), person, text)

    async def post(self, chat_id: int, text: str, user: Person | None = None) -> Message:
        """Somebody writes in a group; in a channel it is the channel that speaks."""
        chat = self.messenger.chats[chat_id]
        sender = None if chat.kind is ChatKind.CHANNEL else user or self._admins[0]
        return self.messenger.hear(chat, sender, text)

    async def press(self, chat_id: int, message_id: int, data: str, user: Person | None = None) -> str:
        """Somebody taps a button; returns the query's id. `data` need not be on the keyboard: clients may lie."""
        message = self.messenger.chats[chat_id].messages[message_id]
        return self.messenger.press(message, user or self._admins[0], data)

    async def answer_to(self, query_id: str, timeout_s: float = 5.0) -> Answer | None:
        """What the bot answered to a press; None when it stayed silent for so many real seconds."""
        return await self.messenger.answer_to(query_id, timeout_s)

    async def introduce(self, chat_id: int) -> None:
        """The first admin makes the bot an administrator; the bot hears of it as of any change of its place."""
        chat = self.messenger.chats[chat_id]
        before: Json = {"user": self.messenger.me.as_json(), "status": "left"}
        chat.member, chat.rights = "administrator", set(chat.all_rights())
        self.messenger.updates.push(
            "my_chat_member",
            {
                "chat": chat.as_json(),
                "from": self._admins[0].as_json(),
                "date": self.messenger.clock() // 1000,
                "old_chat_member": before,
                "new_chat_member": own_membership(self.messenger.me, chat),
            },
        )

    # What the bot did

    @property
    def requests(self) -> deque[Request]:
        """The newest requests, oldest first, accepted and refused."""
        return self._line.ledger.requests

    @property
    def accepted(self) -> Counter[str]:
        """How many requests of each method were accepted, since the start."""
        return self._line.ledger.accepted

    @property
    def refused(self) -> Counter[str]:
        return self._line.ledger.refused

    @property
    def answers(self) -> list[Answer]:
        """The newest answers to pressed buttons."""
        return self.messenger.answers

    # What goes wrong

    @property
    def faults(self) -> Faults:
        return self._line.faults

    async def let_arrive(self) -> None:
        """Carry out the requests that were held back until now; any new request does so too."""
        await self._line.let_arrive()

    # The Bot API

    def _api_routes(self) -> list[Route]:
        return [
            Route("/bot{token}/{method}", self._api, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._file),
        ]

    async def _api(self, request: HttpRequest) -> Response:
        try:
            self._check_token(request.path_params["token"])
            params = await read_params(request)
            body = await self._line.carry_out(request.path_params["method"], params)
        except ApiError as error:
            return JSONResponse(error.as_json(), error.status)
        except AnswerLost:
            return _DeadLine()
        return JSONResponse(body)

    def _check_token(self, token: str) -> None:
        if TOKEN_PATTERN.fullmatch(token) is None:
            raise ApiError(401, "Unauthorized: invalid token specified")
        if not self._any_token and token != self.token:
            raise ApiError(401, "Unauthorized")

    async def _file(self, request: HttpRequest) -> Response:
        photo = self.messenger.photos.by_path(request.path_params["path"])
        if photo is None:
            return JSONResponse(ApiError(404, "Not Found").as_json(), 404)
        return Response(photo.data, media_type=photo.media_type)


class _DeadLine(Response):
    """Begins an answer and ends without one, at which the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


class _Server(uvicorn.Server):
    """Leaves signals to the program it runs in, and ends when it is told to instead of looking every 100 ms."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.ended.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listener(port: int) -> socket.socket:
    # The protocol is named because asyncio turns off Nagle's algorithm only where it reads TCP; with it on, every
    # answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _user_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "sandbox"
