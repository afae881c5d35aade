"""The page: what it shows first, what it is told live, and who may act on it."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.server import Sandbox

from .sandbox_bot import CHANNEL, DANA, FORUM, NOON_MS, STRANGER, png, running, talking, until


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as sandbox:
        yield sandbox


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    origin = {"Origin": sandbox.url.rstrip("/")}
    async with httpx.AsyncClient(base_url=sandbox.url, headers=origin) as client:
        yield client


async def events(browser: httpx.AsyncClient) -> AsyncIterator[dict]:
    async with browser.stream("GET", "/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def next_changes(stream: AsyncIterator[dict]) -> list[dict]:
    async for event in stream:
        if event["changes"]:
            return event["changes"]
    return []


def state_in(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="state">(.*?)</script>', page, re.S)[1])


async def test_the_first_load_brings_the_history_the_badge_and_the_clock(sandbox, browser):
    sandbox.pace = "market time runs 300×"
    async with talking(sandbox) as bot:
        sent = await bot.send_photo(CHANNEL, png(), caption="BUY XAUUSD")
        await bot.pin_chat_message(CHANNEL, sent.message_id)
    state = state_in((await browser.get("/")).text)

    assert (state["label"], state["pace"], state["now_ms"]) == (
        "SIMULATED",
        "market time runs 300×",
        NOON_MS,
    )
    channel = next(chat for chat in state["chats"] if chat["id"] == CHANNEL)
    assert channel["messages"][0]["caption"] == "BUY XAUUSD"
    assert channel["pinned"]["message_id"] == sent.message_id
    photo = await browser.get("/photo/" + sent.photo[-1].file_id.partition("-")[2])
    assert photo.content == png()


async def test_history_is_bounded(sandbox, browser):
    for number in range(250):
        await sandbox.post(CHANNEL, str(number))
    state = state_in((await browser.get("/")).text)
    [channel] = [chat for chat in state["chats"] if chat["id"] == CHANNEL]
    assert [message["text"] for message in channel["messages"]] == [str(number) for number in range(50, 250)]


async def test_text_from_outside_cannot_break_out_of_the_page(sandbox, browser):
    hostile = "</script><script>alert(1)</script><!--"
    await sandbox.say(hostile)
    answer = await browser.get("/")

    assert hostile not in answer.text
    assert state_in(answer.text)["chats"][0]["messages"][0]["text"] == hostile
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_the_page_asks_nobody_else_for_anything(sandbox, browser):
    page = await browser.get("/")
    names = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    scripts = ["/static/message.js", "/static/pane.js", "/static/talk.js", "/static/text.js"]
    files = [page] + [await browser.get(name) for name in [*names, *scripts]]

    assert [file.status_code for file in files] == [200] * 10
    elsewhere = {address for file in files for address in re.findall(r"[\"'(=](?:https?:)?//[\w.]+", file.text)}
    assert elsewhere == {'"http://www.w3.org'}  # the name of SVG, which is not fetched
    assert (await browser.get("/static/Roboto-Bold.ttf")).headers["content-type"] == "font/ttf"
    assert (await browser.get("/static/index.html")).status_code == 404
    assert (await browser.get("/static/..%2fserver.py")).status_code == 404


async def test_posts_edits_and_deletions_arrive_live(sandbox, browser):
    stream = events(browser)
    assert len((await anext(stream))["chats"]) == 3
    async with talking(sandbox) as bot:
        sent = await bot.send_message(CHANNEL, "+0.60R")
        [posted] = await next_changes(stream)
        await bot.edit_message_text("+0.70R", CHANNEL, sent.message_id)
        [edited] = await next_changes(stream)
        await bot.delete_message(CHANNEL, sent.message_id)
        gone = await next_changes(stream)
    await stream.aclose()

    assert (posted["chat_id"], posted["message"]["text"]) == (CHANNEL, "+0.60R")
    assert edited["message"]["text"] == "+0.70R"
    assert {"chat_id": CHANNEL, "gone": sent.message_id} in gone


async def test_many_edits_of_one_message_reach_a_slow_reader_as_the_newest(sandbox, browser):
    stream = events(browser)
    await anext(stream)
    message = await sandbox.post(CHANNEL, "a")
    for _ in range(1000):
        sandbox.messenger.tell(message.chat, message)
    [change] = await next_changes(stream)
    await stream.aclose()

    assert change["message"]["message_id"] == message.id


async def test_typing_on_the_page_reaches_the_bot(sandbox, browser):
    assert (await browser.post("/say", json={"chat_id": DANA.id, "text": " /status "})).status_code == 200
    async with talking(sandbox) as bot:
        [update] = await bot.get_updates()
    assert (update.message.text, update.message.from_user.id) == ("/status", DANA.id)

    for body in ({"chat_id": DANA.id, "text": " "}, {"chat_id": CHANNEL, "text": "x"}, {"chat_id": []}, [], 3):
        assert (await browser.post("/say", json=body)).status_code == 400


async def test_a_tap_on_the_page_waits_for_the_bots_answer(sandbox, browser):
    keyboard = {"inline_keyboard": [[{"text": "Why", "callback_data": "why"}]]}
    async with talking(sandbox) as bot:
        sent = await bot.send_message(CHANNEL, "a", api_kwargs={"reply_markup": keyboard})
        tap = asyncio.create_task(
            browser.post("/press", json={"chat_id": CHANNEL, "message_id": sent.message_id, "data": "why"})
        )
        [update] = await bot.get_updates(timeout=5)
        await update.callback_query.answer("H4 up", show_alert=True)
        assert (await tap).json() == {"text": "H4 up", "alert": True}
        assert update.callback_query.from_user.id == DANA.id

    for body in ({"chat_id": CHANNEL, "message_id": sent.message_id, "data": "other"}, {"message_id": {}}):
        assert (await browser.post("/press", json=body)).status_code == 409


async def test_a_strangers_chat_is_not_on_the_page(sandbox, browser):
    await sandbox.say("secret", user=STRANGER)
    state = state_in((await browser.get("/")).text)
    assert {chat["id"] for chat in state["chats"]} == {CHANNEL, FORUM, DANA.id}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/say", {}),
        ("POST", "/say", {"Origin": "https://evil.example"}),
        ("POST", "/press", {"Origin": "null"}),
        ("GET", "/events", {"Origin": "https://evil.example"}),
        ("GET", "/", {"Host": "evil.example"}),
        ("POST", "/bot{token}/getMe", {"Origin": "https://evil.example"}),
        ("GET", "/bot{token}/getMe", {"Host": "evil.example"}),
    ],
)
async def test_other_web_sites_are_kept_out(sandbox, method, path, headers):
    async with httpx.AsyncClient(base_url=sandbox.url) as stranger:
        answer = await stranger.request(method, path.format(token=sandbox.token), headers=headers)
    assert answer.status_code == 403
    assert sandbox.messages(DANA.id) == []


async def test_stopping_waits_for_no_open_page_and_no_poll():
    async with running() as sandbox, talking(sandbox) as bot:
        client = httpx.AsyncClient(base_url=sandbox.url)
        stream = events(client)
        await anext(stream)
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await until(lambda: sandbox.messenger.updates.is_polled)
        started = time.monotonic()
        await sandbox.stop()

        assert time.monotonic() - started < 1
        assert await poll == ()
        await client.aclose()


async def test_a_port_already_taken_is_an_error_not_a_hang():
    async with running() as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(OSError, match=r"in use"):
            await Sandbox(clock=lambda: NOON_MS, port=port).start()
