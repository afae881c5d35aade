"""Messages through the real client: sent, edited, refused, numbered, replied to, pinned, forwarded."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken

from bot.sandbox.server import Sandbox

from .sandbox_bot import CHANNEL, FORUM, NOON_MS, Clock, png, running, talking

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Why", callback_data="why:002")]])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with running(clock) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with talking(sandbox) as bot:
        yield bot


async def refusal(request) -> str:
    with pytest.raises(BadRequest) as refused:
        await request
    return refused.value.message


async def test_a_message_comes_back_with_its_formatting_and_market_time(bot):
    sent = await bot.send_message(CHANNEL, "<b>Open</b> +0.60R", parse_mode=ParseMode.HTML)

    assert sent.text == "Open +0.60R"
    assert sent.text_html == "<b>Open</b> +0.60R"
    assert sent.date.timestamp() * 1000 == NOON_MS
    assert sent.sender_chat.title == "Assay · XAUUSD"
    assert sent.from_user is None


async def test_a_channel_and_a_forum_number_their_messages_from_one_each(bot):
    first = await bot.send_message(CHANNEL, "one")
    second = await bot.send_message(CHANNEL, "two")
    elsewhere = await bot.send_message(FORUM, "three", message_thread_id=5)

    assert (first.message_id, second.message_id) == (1, 2)
    assert elsewhere.message_id == 6  # the topic's own opening was message 5


async def test_a_photo_keeps_its_caption_size_and_bytes(bot):
    picture = png(1280, 960)
    sent = await bot.send_photo(CHANNEL, picture, caption="<i>M15</i>", parse_mode=ParseMode.HTML)

    assert (sent.photo[-1].width, sent.photo[-1].height) == (1280, 960)
    assert sent.caption_html == "<i>M15</i>"
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == picture


async def test_a_photo_can_be_sent_again_by_its_file_id(bot):
    first = await bot.send_photo(CHANNEL, png())
    again = await bot.send_photo(CHANNEL, first.photo[-1].file_id)

    assert again.photo[-1].file_unique_id == first.photo[-1].file_unique_id
    assert await refusal(bot.send_photo(CHANNEL, "x-unknown")) == "Wrong file identifier/http url specified"


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (b"not a picture", "Image_process_failed"),
        (png(9_999, 2), "Photo_invalid_dimensions"),
        (png(21, 1), "Photo_invalid_dimensions"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Image_process_failed"),
    ],
)
async def test_what_is_no_photo_is_refused(bot, picture, said):
    assert (await refusal(bot.send_photo(CHANNEL, picture))).lower() == said.lower()


async def test_a_caption_edit_changes_the_words_and_keeps_the_picture(bot, clock):
    sent = await bot.send_photo(CHANNEL, png(), caption="+0.60R", reply_markup=KEYBOARD)
    clock.pass_s(60)
    edited = await bot.edit_message_caption(CHANNEL, sent.message_id, caption="+0.70R")

    assert edited.caption == "+0.70R"
    assert edited.photo == sent.photo
    assert edited.reply_markup is None  # an edit that names no keyboard takes it away
    assert (edited.edit_date - sent.date).total_seconds() == 60


async def test_a_picture_is_swapped_in_place(bot):
    sent = await bot.send_photo(CHANNEL, png(shade=1), caption="open", reply_markup=KEYBOARD)
    media = InputMediaPhoto(png(8, 8), caption="<b>TP1</b>", parse_mode=ParseMode.HTML)
    edited = await bot.edit_message_media(media, CHANNEL, sent.message_id, reply_markup=KEYBOARD)

    assert edited.message_id == sent.message_id
    assert edited.photo[-1].width == 8
    assert edited.caption_html == "<b>TP1</b>"
    assert edited.reply_markup == KEYBOARD


async def test_a_text_becomes_a_photo_when_the_chart_is_ready(bot):
    sent = await bot.send_message(CHANNEL, "BUY XAUUSD")
    edited = await bot.edit_message_media(InputMediaPhoto(png(), caption="BUY"), CHANNEL, sent.message_id)

    assert edited.text is None
    assert edited.caption == "BUY"


async def test_an_edit_that_changes_nothing_is_refused_in_telegrams_words(bot):
    sent = await bot.send_message(CHANNEL, "<b>a</b>", parse_mode=ParseMode.HTML, reply_markup=KEYBOARD)
    said = await refusal(
        bot.edit_message_text(
            "<strong>a</strong>", CHANNEL, sent.message_id, parse_mode=ParseMode.HTML, reply_markup=KEYBOARD
        )
    )

    assert said == (
        "Message is not modified: specified new message content and reply markup are exactly the same as a "
        "current content and reply markup of the message"
    )
    without_bold = await bot.edit_message_text("a", CHANNEL, sent.message_id, reply_markup=KEYBOARD)
    assert without_bold.entities == ()


async def test_edits_are_refused_where_there_is_nothing_of_the_kind_to_edit(bot):
    text = await bot.send_message(CHANNEL, "text")
    photo = await bot.send_photo(CHANNEL, png())
    keyboard = await bot.send_message(FORUM, "text", reply_markup=ReplyKeyboardMarkup([["Status"]]))

    assert await refusal(bot.edit_message_text("x", CHANNEL, 99)) == "Message to edit not found"
    assert (
        await refusal(bot.edit_message_text("x", CHANNEL, photo.message_id))
        == "There is no text in the message to edit"
    )
    assert (
        await refusal(bot.edit_message_caption(CHANNEL, text.message_id, caption="x"))
        == "There is no caption in the message to edit"
    )
    assert await refusal(bot.edit_message_text("x", FORUM, keyboard.message_id)) == "Message can't be edited"


async def test_limits_count_utf16_units_after_the_tags_are_gone(bot):
    fits = "🟢" * 512  # two units each
    sent = await bot.send_photo(CHANNEL, png(), caption=f"<b>{fits}</b>", parse_mode=ParseMode.HTML)
    assert sent.caption == fits

    too_long = bot.send_photo(CHANNEL, png(), caption=fits + "x")
    assert await refusal(too_long) == "Message caption is too long"
    text = await bot.send_message(CHANNEL, "<i>" + "&lt;" * 4096 + "</i>", parse_mode=ParseMode.HTML)
    assert text.text == "<" * 4096
    assert await refusal(bot.send_message(CHANNEL, "x" * 4097)) == "Message is too long"
    assert await refusal(bot.edit_message_text("x" * 4097, CHANNEL, text.message_id)) == "Message is too long"


async def test_empty_words_are_refused_and_outer_white_space_is_dropped(bot):
    assert await refusal(bot.send_message(CHANNEL, "")) == "Message text is empty"
    assert await refusal(bot.send_message(CHANNEL, " \n ")) == "Text must be non-empty"
    sent = await bot.send_message(CHANNEL, "  <b>a </b>\r\n\n", parse_mode=ParseMode.HTML)
    assert (sent.text, sent.text_html) == ("a", "<b>a</b>")


async def test_broken_markup_is_refused_with_the_place(bot):
    said = await refusal(bot.send_message(CHANNEL, "R:R > 1 & <2", parse_mode=ParseMode.HTML))
    assert said == "Can't parse entities: unclosed start tag at byte offset 10"


async def test_a_reply_shows_what_it_answers_and_may_outlive_it(bot):
    signal = await bot.send_message(CHANNEL, "BUY XAUUSD")
    reply = await bot.send_message(CHANNEL, "TP1", reply_parameters=ReplyParameters(signal.message_id))
    assert reply.reply_to_message.text == "BUY XAUUSD"

    assert await bot.delete_message(CHANNEL, signal.message_id)
    lost = ReplyParameters(signal.message_id)
    assert await refusal(bot.send_message(CHANNEL, "TP2", reply_parameters=lost)) == ("Message to be replied not found")
    alone = await bot.send_message(
        CHANNEL,
        "TP2",
        reply_parameters=ReplyParameters(signal.message_id, allow_sending_without_reply=True),
    )
    assert alone.reply_to_message is None


async def test_messages_older_than_two_days_are_edited_but_not_deleted(bot, clock):
    sent = await bot.send_message(CHANNEL, "old")
    clock.pass_s(48 * 3600 + 1)

    assert (await bot.edit_message_text("new", CHANNEL, sent.message_id)).text == "new"
    assert await refusal(bot.delete_message(CHANNEL, sent.message_id)) == ("Message can't be deleted for everyone")
    assert await refusal(bot.delete_message(CHANNEL, 99)) == "Message to delete not found"


async def test_pinning_shows_in_the_chat_and_leaves_a_line(bot, sandbox):
    board = await bot.send_message(CHANNEL, "No open trades")
    assert await bot.pin_chat_message(CHANNEL, board.message_id, disable_notification=True)

    assert (await bot.get_chat(CHANNEL)).pinned_message.message_id == board.message_id
    assert [message.id for message in sandbox.messages(CHANNEL)] == [1, 2]
    assert await bot.unpin_chat_message(CHANNEL)
    assert (await bot.get_chat(CHANNEL)).pinned_message is None
    assert await refusal(bot.unpin_chat_message(CHANNEL)) == "Message to unpin not found"
    assert await refusal(bot.pin_chat_message(CHANNEL, 99)) == "Message to pin not found"


async def test_forwards_name_their_origin_copies_do_not_and_protected_posts_stay(bot, sandbox):
    post = await bot.send_message(CHANNEL, "<b>a</b>", parse_mode=ParseMode.HTML)
    forwarded = await bot.forward_message(FORUM, CHANNEL, post.message_id, message_thread_id=5)
    copied = await bot.copy_message(FORUM, CHANNEL, post.message_id)

    assert forwarded.forward_origin.message_id == post.message_id
    assert forwarded.text_html == "<b>a</b>"
    assert sandbox.messages(FORUM)[-1].id == copied.message_id
    assert sandbox.messages(FORUM)[-1].origin is None
    guarded = await bot.send_message(CHANNEL, "b", protect_content=True)
    said = await refusal(bot.forward_message(FORUM, CHANNEL, guarded.message_id))
    assert said == "The message can't be forwarded"


async def test_a_forward_is_silent_when_asked_and_needs_a_source_and_a_right(bot, sandbox):
    post = await bot.send_message(CHANNEL, "a")
    await bot.forward_message(FORUM, CHANNEL, post.message_id, disable_notification=True)

    assert sandbox.messages(FORUM)[-1].silent
    assert await refusal(bot.forward_message(FORUM, CHANNEL, 99)) == "Message to forward not found"
    sandbox.chat(CHANNEL).rights.discard("can_post_messages")
    said = await refusal(bot.forward_message(CHANNEL, CHANNEL, post.message_id))
    assert said == "Need administrator rights in the channel chat"


async def test_topics_are_opened_and_written_to(bot):
    topic = await bot.create_forum_topic(FORUM, "BTCUSDT")
    inside = await bot.send_message(FORUM, "BUY", message_thread_id=topic.message_thread_id)

    assert inside.message_thread_id == topic.message_thread_id == 6
    assert inside.is_topic_message
    assert await refusal(bot.send_message(FORUM, "x", message_thread_id=77)) == "Message thread not found"
    assert await refusal(bot.create_forum_topic(CHANNEL, "x")) == "The chat is not a forum"


async def test_buttons_keep_their_words_styles_and_actions(bot):
    keyboard = InlineKeyboardMarkup(
        [
            [InlineKeyboardButton("Close now", callback_data="x" * 64, api_kwargs={"style": "danger"})],
            [
                InlineKeyboardButton("Copy", copy_text=CopyTextButton("BUY XAUUSD")),
                InlineKeyboardButton("Open", url="https://example.org/chart"),
            ],
        ]
    )
    sent = await bot.send_message(CHANNEL, "a", reply_markup=keyboard)
    assert sent.reply_markup.to_dict() == keyboard.to_dict()

    without = await bot.edit_message_reply_markup(CHANNEL, sent.message_id)
    assert without.reply_markup is None
    assert without.edit_date is None


@pytest.mark.parametrize(
    ("button", "said"),
    [
        (InlineKeyboardButton("a", callback_data="€" * 22), "Button_data_invalid"),  # 66 bytes
        (InlineKeyboardButton("a", url="no address"), "inline keyboard button url 'no address' is invalid"),
        (InlineKeyboardButton("a", copy_text=CopyTextButton("x" * 257)), "button_copy_text_invalid"),
        (InlineKeyboardButton("a"), "text buttons are unallowed in the inline keyboard"),
        (
            InlineKeyboardButton("a", callback_data="a", api_kwargs={"style": "loud"}),
            "invalid button style specified",
        ),
    ],
)
async def test_a_button_telegram_would_not_take_is_refused(bot, button, said):
    refused = await refusal(bot.send_message(CHANNEL, "a", reply_markup=InlineKeyboardMarkup([[button]])))
    assert said.lower() in refused.lower()


async def test_link_previews_can_be_changed_by_an_edit(bot):
    sent = await bot.send_message(CHANNEL, "https://example.org")
    off = LinkPreviewOptions(is_disabled=True)
    edited = await bot.edit_message_text("https://example.org", CHANNEL, sent.message_id, link_preview_options=off)
    assert edited.link_preview_options.is_disabled


async def test_places_the_bot_may_not_write_to_say_why(bot, sandbox):
    assert await refusal(bot.send_message(-5, "x")) == "Chat not found"
    assert (await bot.send_message("@Assay_Gold", "by name")).chat_id == CHANNEL

    sandbox.chat(CHANNEL).rights.clear()
    assert await refusal(bot.send_message(CHANNEL, "x")) == ("Need administrator rights in the channel chat")
    sandbox.chat(CHANNEL).member = "left"
    with pytest.raises(Forbidden, match="bot is not a member of the channel chat"):
        await bot.send_message(CHANNEL, "x")
    sandbox.chat(FORUM).moved_to = -1009
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(FORUM, "x")
    assert moved.value.new_chat_id == -1009


async def test_only_well_formed_tokens_are_let_in(sandbox):
    with pytest.raises(InvalidToken):
        async with Bot("not-a-token", base_url=sandbox.base_url):
            pass


async def test_every_request_is_in_the_ledger(bot, sandbox):
    await bot.send_photo(CHANNEL, png(), caption="a")
    await refusal(bot.send_message(CHANNEL, ""))

    photo, text = list(sandbox.requests)[-2:]
    assert (photo.method, photo.params["caption"], photo.time_ms) == ("sendPhoto", "a", NOON_MS)
    assert len(photo.uploads) == 1
    assert text.refusal == "Bad Request: message text is empty"
    assert (sandbox.accepted["sendPhoto"], sandbox.refused["sendMessage"]) == (1, 1)
