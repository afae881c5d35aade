"""The requests of the real client satisfy the official schema, and bad ones do not."""

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
)

from bot.sandbox.ledger import Request

from .sandbox_bot import CHANNEL, DANA, FORUM, png, running, talking
from .schema import official_schema

MARKUP = '{"inline_keyboard": [[{"text": "Why", "callback_data": "why"}]]}'


def request(method: str, uploads: tuple[str, ...] = (), **params: object) -> Request:
    return Request(method, params, uploads, 0, None)


async def test_every_request_the_bot_makes_is_understood():
    schema = official_schema()
    keyboard = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Why", callback_data="why", api_kwargs={"style": "success"}),
                InlineKeyboardButton("Copy", copy_text=CopyTextButton("BUY")),
            ]
        ]
    )
    async with running() as sandbox, talking(sandbox) as bot:
        photo = await bot.send_photo(CHANNEL, png(), caption="<b>a</b>", parse_mode="HTML", reply_markup=keyboard)
        text = await bot.send_message(
            FORUM,
            "a",
            message_thread_id=5,
            disable_notification=True,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        await bot.send_message(CHANNEL, "b", reply_parameters=ReplyParameters(photo.message_id))
        await bot.edit_message_text("c", FORUM, text.message_id)
        await bot.edit_message_caption(CHANNEL, photo.message_id, caption="c", reply_markup=keyboard)
        await bot.edit_message_media(InputMediaPhoto(png(), caption="d"), CHANNEL, photo.message_id)
        await bot.pin_chat_message(CHANNEL, photo.message_id, disable_notification=True)
        await bot.set_my_commands([BotCommand("status", "Status")], scope=BotCommandScopeChat(DANA.id))
        await bot.get_updates(timeout=0, allowed_updates=["message", "callback_query"])
        query_id = await sandbox.press(CHANNEL, photo.message_id, "why")
        await bot.answer_callback_query(query_id, "ok", show_alert=True)
        await bot.delete_message(CHANNEL, photo.message_id)
        requests = list(sandbox.requests)

    assert len(requests) == 12
    assert [problem for made in requests for problem in schema.problems(made)] == []


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (request("sendMesage", chat_id="1"), "sendMesage: no such method"),
        (request("sendMessage", chat_id="1"), "sendMessage: text is missing"),
        (request("sendMessage", chat_id="1", text="a", txt="b"), "sendMessage: txt is unknown"),
        (
            request("editMessageText", chat_id="1", message_id="last", text="a"),
            "editMessageText: message_id is 'last', not Integer",
        ),
        (
            request("sendMessage", chat_id="1", text="a", disable_notification="1"),
            "sendMessage: disable_notification is 1, not Boolean",
        ),
        (
            request("sendMessage", chat_id="1", text="a", reply_markup=MARKUP.replace("text", "txt")),
            "sendMessage: reply_markup.inline_keyboard[0][0].text is missing",
        ),
        (
            request("sendMessage", chat_id="1", text="a", reply_parameters='{"message_id": "7"}'),
            "sendMessage: reply_parameters.message_id is '7', not Integer",
        ),
        (request("sendPhoto", chat_id="1"), "sendPhoto: photo is missing"),
        (request("sendPhoto", ("photo", "chart"), chat_id="1"), "sendPhoto: chart is unknown"),
    ],
)
def test_a_bad_request_is_named(bad, problem):
    assert problem in official_schema().problems(bad)


def test_an_upload_may_be_the_photo_itself_or_attached_to_a_media():
    schema = official_schema()
    media = '{"type": "photo", "media": "attach://file0"}'
    assert schema.problems(request("sendPhoto", ("photo",), chat_id="1")) == []
    assert schema.problems(request("editMessageMedia", ("file0",), chat_id="1", message_id="2", media=media)) == []
