"""The client against a server that misbehaves, and against the sandbox that does not."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from bot.clock import MarketClock, WallClock
from bot.delivery.answers import rejection
from bot.delivery.outcomes import Delivered, Done, Flooded, Migrated, NotModified, NotSent, Outcome, Refused, Unknown
from bot.delivery.telegram_client import Account, CallFailed, TelegramClient, TokenInUse, TokenRefused
from bot.delivery.updates import ChannelPost, PlaceChanged, Pressed, Said, Update
from bot.sandbox.server import Sandbox
from bot.words.post import Button, Post
from tests.bot.sandbox_bot import CHANNEL, DANA, FORUM, NOON_MS, STRANGER, png, running

TOKEN = "7654321098:AAcanary_canary_canary_canary_canary"
POST = Post("<b>BUY</b> XAUUSD")

Answer = bytes | Callable[[asyncio.StreamWriter], None]


def http(status: int, body: object) -> bytes:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(payload), payload)


def refusal(status: int, description: str, **parameters: int) -> bytes:
    return http(status, {"ok": False, "error_code": status, "description": description, "parameters": parameters})


MESSAGE = {"message_id": 7, "date": 1, "chat": {"id": CHANNEL, "type": "channel", "title": "Gold"}, "text": "BUY"}
ACCEPTED = http(200, {"ok": True, "result": MESSAGE})


def hang_up(writer: asyncio.StreamWriter) -> None:
    """After the whole request was read."""
    writer.transport.abort()


def say_nothing(_: asyncio.StreamWriter) -> None:
    """And keep the line open."""


@asynccontextmanager
async def server(*answers: Answer) -> AsyncIterator[str]:
    """Answers each request in turn, whatever it is; the address to give to the client."""
    left = deque(answers)
    lines: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        await reader.readexactly(length)
        answer = left.popleft()
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            writer.close()
        else:
            answer(writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/bot"
    finally:
        listening.close()
        for line in lines:
            line.close()


async def outcome_of(answer: Answer) -> Outcome:
    async with server(answer) as url:
        client = TelegramClient(TOKEN, base_url=url, answer_timeout_s=0.2)
        outcome = await client.send(CHANNEL, POST, None)
        await client.stop()
    return outcome


# Was it carried out?


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ACCEPTED, Delivered(7, photo=False)),
        (refusal(429, "Too Many Requests: retry after 17", retry_after=17), Flooded(17_000)),
        (http(429, {"ok": False, "error_code": 429, "description": "Too Many Requests"}), Flooded(5_000)),
        (refusal(400, "Bad Request: chat not found"), Refused(400, "Bad Request: chat not found")),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1005), Migrated(-1005)),
        (refusal(401, "Unauthorized"), Refused(401, "Unauthorized")),
        (refusal(403, "Forbidden: bot was kicked"), Refused(403, "Forbidden: bot was kicked")),
        (refusal(500, "Internal Server Error"), Unknown("500 Internal Server Error")),
        (http(502, b"<html>Bad Gateway</html>"), Unknown("HTTP 502 with an answer that cannot be read")),
        (http(403, b"<html>Please log in to this hotel</html>"), NotSent("HTTP 403, not from Telegram")),
        (http(413, b"<html>413</html>"), Refused(413, "Request Entity Too Large")),
        (http(200, b'{"ok":true,"result":{"mess'), Unknown("HTTP 200 with an answer that cannot be read")),
        (
            http(200, {"ok": False, "error_code": 400, "description": "Bad Request: message text is empty"}),
            Refused(400, "Bad Request: message text is empty"),
        ),
    ],
)
async def test_an_answer_says_whether_the_message_is_there(answer: bytes, expected: Outcome) -> None:
    assert await outcome_of(answer) == expected


async def test_an_edit_that_changes_nothing_is_a_success() -> None:
    async with server(refusal(400, "Bad Request: message is not modified: specified new message content")) as url:
        client = TelegramClient(TOKEN, base_url=url)
        assert await client.edit_text(CHANNEL, 7, POST) == NotModified()
        await client.stop()


@pytest.mark.parametrize("answer", [hang_up, say_nothing, b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"])
async def test_when_the_line_breaks_after_the_request_nobody_knows(answer: Answer) -> None:
    assert isinstance(await outcome_of(answer), Unknown)


async def test_without_a_connection_nothing_was_sent() -> None:
    client = TelegramClient(TOKEN, base_url="http://127.0.0.1:1/bot")
    assert isinstance(await client.send(CHANNEL, POST, None), NotSent)
    await client.stop()


async def test_a_proxy_of_the_environment_does_not_stand_before_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert await outcome_of(ACCEPTED) == Delivered(7, photo=False)


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"\xff\xfe", b'{"ok": "yes"}', b"[" * 5_000])
def test_what_is_not_an_answer_is_never_taken_for_one(payload: bytes) -> None:
    assert isinstance(rejection(200, payload), Unknown)


# Secrets


async def test_the_token_is_in_no_log_line_and_no_outcome(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = b"POST /bot%s/sendMessage HTTP/1.1\r\n\r\n" % TOKEN.encode()
    told = refusal(404, f"Not Found: /bot{TOKEN}/sendMessage")
    answers = (ACCEPTED, hang_up, http(502, b""), refusal(401, "Unauthorized"), echo, told)
    outcomes = [await outcome_of(answer) for answer in answers]
    client = TelegramClient(TOKEN, base_url="http://127.0.0.1:1/bot")
    with pytest.raises(CallFailed) as failed:
        await client.me()
    await client.stop()

    assert "canary" not in caplog.text
    assert "canary" not in repr([*outcomes, failed.value, failed.value.__cause__, client])


# Listening


async def listen(client: TelegramClient, count: int, after: int | None = None) -> list[Update]:
    heard: list[Update] = []
    async with asyncio.timeout(5):
        async for update in client.updates(after):
            heard.append(update)
            if len(heard) == count:
                break
    return heard


def said(update_id: int, text: str) -> dict[str, object]:
    dana = {"id": 1001, "is_bot": False, "first_name": "Dana"}
    message = {"message_id": 1, "date": 1_712_145_600, "chat": {"id": 1001, "type": "private"}, "from": dana}
    return {"update_id": update_id, "message": message | {"text": text}}


async def test_listening_survives_everything_the_network_does() -> None:
    bad = [
        hang_up,
        http(502, b"<html>"),
        refusal(429, "Too Many Requests", retry_after=1),
        http(200, b"{"),
        refusal(500, ""),
    ]
    good = http(200, {"ok": True, "result": [said(10, "/status")]})
    async with server(*bad, good) as url:
        client = TelegramClient(TOKEN, base_url=url, answer_timeout_s=0.5, clock=MarketClock())
        heard = await listen(client, 1)
        await client.stop()

    assert [update.update_id for update in heard] == [10]


async def test_a_refused_token_ends_listening() -> None:
    async with server(refusal(401, "Unauthorized")) as url:
        client = TelegramClient(TOKEN, base_url=url)
        with pytest.raises(TokenRefused):
            await listen(client, 1)
        await client.stop()


async def test_a_second_listener_gives_up_after_a_minute_of_conflicts_not_at_the_first() -> None:
    conflict = refusal(409, "Conflict: terminated by other getUpdates request")
    async with server(*[conflict] * 6) as url:
        client = TelegramClient(TOKEN, base_url=url, clock=MarketClock())
        with pytest.raises(TokenInUse, match="terminated by other"):
            await listen(client, 1)
        await client.stop()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[TelegramClient]:
    made = TelegramClient(sandbox.token, base_url=sandbox.base_url, base_file_url=sandbox.base_file_url, poll_s=1)
    yield made
    await made.stop()


async def test_an_update_is_confirmed_only_when_the_next_one_is_asked_for(
    sandbox: Sandbox, client: TelegramClient
) -> None:
    await sandbox.say("/status")
    await sandbox.say("/trades")
    first = await listen(client, 1)  # and the program dies while it handles it
    again = await listen(client, 2)

    assert [update.text for update in [*first, *again] if isinstance(update, Said)] == ["/status", "/status", "/trades"]
    assert [update.update_id for update in await listen(client, 1, after=first[0].update_id)] == [again[1].update_id]


async def test_a_cancelled_listener_stops(client: TelegramClient) -> None:
    listening = asyncio.create_task(listen(client, 1))
    await asyncio.sleep(0)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_words_taps_posts_and_places_are_told_apart(sandbox: Sandbox, client: TelegramClient) -> None:
    sent = await client.send(
        1001, Post("Mode", buttons=((Button("Paper", data="mode:paper", style="primary"),),)), None
    )
    assert isinstance(sent, Delivered)
    await sandbox.say("/mode", STRANGER)
    await sandbox.post(FORUM, "hello", DANA)
    await sandbox.press(1001, sent.message_id, "mode:paper")
    await sandbox.post(CHANNEL, "by hand")
    await sandbox.introduce(CHANNEL)

    word, group, tap, post, place = await listen(client, 5)
    assert isinstance(word, Said)
    assert (word.user_id, word.user_name, word.is_private, word.text) == (2002, "Mallory", True, "/mode")
    assert (word.sent_ms, word.is_bot, word.is_forwarded, word.sender_chat_id) == (NOON_MS, False, False, None)
    assert isinstance(group, Said)
    assert (group.chat_id, group.chat_title, group.is_private) == (FORUM, "Assay desk", False)
    assert isinstance(tap, Pressed)
    assert (tap.user_id, tap.chat_id, tap.message_id, tap.data) == (1001, 1001, sent.message_id, "mode:paper")
    assert isinstance(post, ChannelPost)
    assert (post.chat_id, post.chat_title, post.text) == (CHANNEL, "Assay · XAUUSD", "by hand")
    assert isinstance(place, PlaceChanged)
    assert (place.chat_id, place.by_user_id, place.status, place.can_post) == (CHANNEL, 1001, "administrator", True)


# Requests, as the sandbox takes them


async def test_a_message_lives_from_text_to_photo_to_deletion(sandbox: Sandbox, client: TelegramClient) -> None:
    assert await client.send(CHANNEL, Post("one", silent=True), None) == Delivered(1, photo=False)
    assert await client.edit_text(CHANNEL, 1, Post("<i>two</i>")) == Delivered(1, photo=False)
    assert await client.edit_text(CHANNEL, 1, Post("<i>two</i>")) == NotModified()
    assert await client.edit_media(CHANNEL, 1, Post("three"), png()) == Delivered(1, photo=True)
    assert await client.edit_caption(CHANNEL, 1, Post("four")) == Delivered(1, photo=True)
    assert await client.pin(CHANNEL, 1) == Done()
    assert await client.delete(CHANNEL, 1) == Done()
    assert await client.delete(CHANNEL, 1) == Refused(400, "Bad Request: message to delete not found")


async def test_a_photo_carries_its_caption_buttons_topic_and_what_it_answers(
    sandbox: Sandbox, client: TelegramClient
) -> None:
    first = await client.send(FORUM, Post("signal"), None, thread_id=5)
    assert isinstance(first, Delivered)
    keyboard = ((Button("Why", data="why:1"), Button("Copy", copy="3345.20")),)
    outcome = await client.send(
        FORUM, Post("<b>TP1</b>", buttons=keyboard, silent=True), png(), thread_id=5, reply_to=first.message_id
    )

    assert outcome == Delivered(first.message_id + 1, photo=True)
    message = sandbox.messages(FORUM)[-1]
    assert (message.body.text, message.thread_id, message.silent) == ("TP1", 5, True)
    assert message.reply_to is sandbox.messages(FORUM)[0]
    assert message.keyboard == [
        [{"text": "Why", "callback_data": "why:1"}, {"text": "Copy", "copy_text": {"text": "3345.20"}}]
    ]


async def test_an_answer_to_something_deleted_is_sent_all_the_same(sandbox: Sandbox, client: TelegramClient) -> None:
    assert isinstance(await client.send(CHANNEL, Post("TP1"), None, reply_to=99), Delivered)


async def test_a_tap_is_answered(sandbox: Sandbox, client: TelegramClient) -> None:
    sent = await client.send(1001, Post("Sure?", buttons=((Button("Yes", data="y"),),)), None)
    assert isinstance(sent, Delivered)
    query = await sandbox.press(1001, sent.message_id, "y")

    assert await client.answer_callback(query, "Done", alert=True) == Done()
    assert (sandbox.answers[-1].text, sandbox.answers[-1].show_alert) == ("Done", True)
    assert isinstance(await client.answer_callback(query, "twice"), Refused)


async def test_commands_are_shown_to_each_admin(client: TelegramClient) -> None:
    outcomes = await client.set_commands({"status": "How things stand"}, [DANA.id])

    assert outcomes == {DANA.id: Done()}


async def test_the_bot_knows_who_and_where_it_is(sandbox: Sandbox, client: TelegramClient) -> None:
    assert await client.me() == Account(4200000042, "Assay", "assay_sandbox_bot")
    place = await client.place(CHANNEL)
    assert (place.title, place.kind, place.can_post, place.can_edit, place.can_pin) == (
        "Assay · XAUUSD",
        "channel",
        True,
        True,
        True,
    )
    with pytest.raises(CallFailed, match="chat not found"):
        await client.place(-100999)


class Fast:
    """A clock that is so far ahead of the machine's."""

    def __init__(self, ahead_ms: int) -> None:
        self._ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return WallClock().now_ms() + self._ahead_ms

    async def sleep_ms(self, duration_ms: int) -> None:
        raise AssertionError(f"nobody waits {duration_ms} ms here")


@pytest.mark.parametrize("ahead_ms", [0, 90_000, -90_000])
async def test_a_clock_that_is_off_shows_in_telegrams_answers(ahead_ms: int) -> None:
    now = formatdate(WallClock().now_ms() / 1_000, usegmt=True).encode()
    answer = http(200, {"ok": True, "result": True}).replace(b"\r\n", b"\r\nDate: " + now + b"\r\n", 1)
    odd = answer.replace(now, b"yesterday")
    async with server(odd, *[answer] * 5) as base_url:
        client = TelegramClient(TOKEN, base_url=base_url, clock=Fast(ahead_ms))
        for _ in range(5):
            await client.delete(1, 2)
        assert client.clock_skew_ms is None, "one slow answer would be taken for a wrong clock"
        await client.delete(1, 2)
        await client.stop()

    assert client.clock_skew_ms is not None
    assert abs(client.clock_skew_ms - ahead_ms) < 4_000
