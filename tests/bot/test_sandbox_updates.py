"""What the bot hears: commands, taps, its own promotion; fetched with the real client, once each."""

import asyncio

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, Conflict
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

from bot.sandbox.server import Sandbox

from .sandbox_bot import CHANNEL, DANA, FORUM, STRANGER, running, talking, until


@pytest.fixture
async def sandbox():
    async with running() as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox):
    async with talking(sandbox) as bot:
        yield bot


async def test_a_command_reaches_the_bot_until_it_is_confirmed(sandbox: Sandbox, bot: Bot):
    await sandbox.say("/risk 0.5")
    [update] = await bot.get_updates()
    [again] = await bot.get_updates()

    assert again == update
    assert update.message.from_user.id == DANA.id
    assert update.message.parse_entities() == {update.message.entities[0]: "/risk"}
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_stranger_gets_a_chat_of_his_own(sandbox: Sandbox, bot: Bot):
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(STRANGER.id, "x")
    await sandbox.say("/start", user=STRANGER)
    [update] = await bot.get_updates()

    assert update.effective_chat.id == update.effective_user.id == STRANGER.id


async def test_a_waiting_poll_wakes_when_somebody_writes(sandbox: Sandbox, bot: Bot):
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: sandbox.messenger.updates.is_polled)
    await sandbox.say("/status")

    [update] = await asyncio.wait_for(poll, 2)
    assert update.message.text == "/status"


async def test_a_second_poller_ends_the_first_ones_wait(sandbox: Sandbox, bot: Bot):
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: sandbox.messenger.updates.is_polled)
    async with talking(sandbox) as second:
        await second.get_updates(timeout=0)

    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_only_the_kinds_asked_for_are_kept(sandbox: Sandbox, bot: Bot):
    await bot.get_updates(allowed_updates=[Update.CALLBACK_QUERY])
    await sandbox.say("unheard")
    await bot.get_updates(allowed_updates=[])
    await sandbox.say("heard")

    assert [update.message.text for update in await bot.get_updates()] == ["heard"]


async def test_pending_updates_can_be_dropped_and_counted_back(sandbox: Sandbox, bot: Bot):
    for text in "abc":
        await sandbox.say(text)
    assert [update.message.text for update in await bot.get_updates(offset=-2)] == ["b", "c"]
    assert (await bot.get_webhook_info()).pending_update_count == 2

    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_a_tap_makes_a_round_trip_through_the_real_application(sandbox: Sandbox):
    async def start(update, context):
        button = InlineKeyboardButton("Why", callback_data="why:002")
        await update.message.reply_text("BUY", reply_markup=InlineKeyboardMarkup([[button]]))

    async def tapped(update, context):
        await update.callback_query.answer(f"you tapped {update.callback_query.data}", show_alert=True)

    builder = Application.builder().token(sandbox.token)
    application = builder.base_url(sandbox.base_url).base_file_url(sandbox.base_file_url).build()
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(tapped)])
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=10)
        await sandbox.say("/start")
        await until(lambda: len(sandbox.messages(DANA.id)) == 2)
        query_id = await sandbox.press(DANA.id, sandbox.messages(DANA.id)[-1].id, "why:002")
        answer = await sandbox.answer_to(query_id)
        await application.updater.stop()
        await application.stop()

    assert (answer.text, answer.show_alert) == ("you tapped why:002", True)
    assert sandbox.answers == [answer]


async def test_a_tap_is_answered_once_and_in_time(sandbox: Sandbox, bot: Bot):
    sent = await bot.send_message(DANA.id, "a")
    query_id = await sandbox.press(DANA.id, sent.message_id, "x")
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query(query_id, "x" * 201)
    assert await bot.answer_callback_query(query_id)

    for bad in (query_id, "123"):
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
            await bot.answer_callback_query(bad)
    assert await sandbox.answer_to("never pressed") is None


async def test_commands_are_kept_by_scope(bot: Bot):
    commands = [BotCommand("status", "Where things stand")]
    await bot.set_my_commands(commands, scope=BotCommandScopeChat(DANA.id))

    assert list(await bot.get_my_commands(scope=BotCommandScopeChat(DANA.id))) == commands
    assert await bot.get_my_commands() == ()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Status", "capitals")])
    await bot.delete_my_commands(scope=BotCommandScopeChat(DANA.id))
    assert await bot.get_my_commands(scope=BotCommandScopeChat(DANA.id)) == ()


async def test_setup_learns_the_channel_and_the_admin_from_updates(sandbox: Sandbox, bot: Bot):
    await sandbox.introduce(CHANNEL)
    await sandbox.post(CHANNEL, "hello")
    promoted, posted = await bot.get_updates()

    assert promoted.my_chat_member.from_user.id == DANA.id
    assert promoted.my_chat_member.new_chat_member.can_post_messages
    assert posted.channel_post.chat.id == CHANNEL
    assert posted.channel_post.from_user is None


async def test_members_and_their_rights_are_told(sandbox: Sandbox, bot: Bot):
    own = await bot.get_chat_member(CHANNEL, bot.id)
    assert (own.status, own.can_edit_messages) == ("administrator", True)
    sandbox.chat(CHANNEL).rights.discard("can_edit_messages")
    assert not (await bot.get_chat_member(CHANNEL, bot.id)).can_edit_messages

    assert (await bot.get_chat_member(FORUM, DANA.id)).status == "creator"
    owner, admin = await bot.get_chat_administrators(CHANNEL)
    assert (owner.user.id, admin.user.id) == (DANA.id, bot.id)
    with pytest.raises(BadRequest, match="no administrators in the private chat"):
        await bot.get_chat_administrators(DANA.id)
    assert (await bot.get_chat(FORUM)).is_forum
    assert await bot.send_chat_action(DANA.id, "typing")
