"""`setup`, from a token to a working channel: the real client, a local Telegram, and Dana who types and taps."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import AdminConfig, ChannelConfig, Role
from bot.config_file import TOKEN_VARIABLE, load_config, read_token
from bot.sandbox.chats import Person
from bot.sandbox.server import Sandbox
from bot.setup.command import run_setup
from tests.bot.newcomer import DESK, GOLD, SHIPPED, TOKEN, Dana, files, own_config, set_up, stopping, telegram
from tests.bot.sandbox_bot import STRANGER

CHANNEL = ChannelConfig("Gold club", GOLD, ("XAUUSD", "PAXGUSDT"))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with telegram() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def no_token_in_the_environment(monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


# The way through


async def test_a_new_operator_gets_from_a_token_to_a_working_channel(sandbox, path):
    dana = Dana(sandbox)

    assert await set_up(dana, path) == 0

    config = load_config(path)
    assert config.telegram.admins == (AdminConfig(1001, "Dana", Role.OWNER),)
    assert config.channels == (CHANNEL,)
    assert read_token(path.parent) == TOKEN
    assert set(files(path.parent)) == {"config.toml", "assay.env"}


async def test_a_message_is_posted_to_try_the_channel_and_deleted_again(sandbox, path):
    await set_up(Dana(sandbox), path)

    assert sandbox.accepted["sendMessage"] == sandbox.accepted["deleteMessage"] == 1
    assert sandbox.messages(GOLD) == []


async def test_only_the_owner_may_read_the_token_whatever_the_umask_and_the_old_file_allow(sandbox, path):
    env = path.with_name("assay.env")
    env.write_text(f"HTTPS_PROXY=http://127.0.0.1:3128\n{TOKEN_VARIABLE}=old\n")
    env.chmod(0o644)
    before = os.umask(0)
    try:
        assert await set_up(Dana(sandbox), path) == 0
    finally:
        os.umask(before)

    assert env.stat().st_mode & 0o777 == 0o600
    assert env.read_text() == f"HTTPS_PROXY=http://127.0.0.1:3128\n{TOKEN_VARIABLE}={TOKEN}\n"


async def test_the_token_is_shown_nowhere(sandbox, path, caplog):
    dana = Dana(sandbox)

    await set_up(dana, path)

    assert TOKEN not in dana.heard + "".join(dana.prompts) + caplog.text + path.read_text()


async def test_what_will_be_written_is_shown_before_it_is_asked_for(sandbox, path):
    dana = Dana(sandbox, Write_both="n")

    assert await set_up(dana, path) == 2

    assert 'admins = [{ id = 1001, name = "Dana", role = "owner" }]' in dana.heard
    assert f"chat_id = {GOLD}" in dana.heard
    assert files(path.parent) == {}


async def test_answers_that_would_not_do_are_asked_for_again(sandbox, path):
    dana = Dana(
        sandbox,
        carry=["GOLD", "btcusdt, xauusd"],
        Daily_report=["noon", "25:00", "08:30"],
        time_zone=["Mars", "Europe/Vienna"],
        Is_this_you=["maybe", "YES"],
    )

    assert await set_up(dana, path) == 0

    (channel,) = load_config(path).channels
    assert channel.symbols == ("BTCUSDT", "XAUUSD")
    assert (channel.report_at, channel.report_zone) == ("08:30", "Europe/Vienna")
    assert "'GOLD' is no configured instrument; known: XAUUSD" in dana.heard
    assert "'Mars' is not a time zone" in dana.heard
    assert "no live feed is configured for XAUUSD" in dana.heard


@pytest.mark.parametrize(
    ("title", "symbols"),
    [
        ("Bitcoin daily", ("BTCUSDT",)),
        ("EURUSD and JPY", ("EURUSD", "USDJPY")),
        ("Europe's signals", ("BTCUSDT",)),  # named nothing: the first with live prices
    ],
)
async def test_symbols_are_proposed_by_the_channels_name(sandbox, path, title, symbols):
    sandbox.chat(GOLD).title = title

    await set_up(Dana(sandbox), path)

    assert load_config(path).channels[0].symbols == symbols


# Token


async def test_a_token_nobody_knows_is_asked_for_again(sandbox, path):
    dana = Dana(sandbox, Token=["", "hello", "123456789:" + "x" * 35, TOKEN])

    assert await set_up(dana, path) == 0

    assert dana.heard.count("That is not a token") == 2
    assert "Telegram does not know this token" in dana.heard


async def test_a_telegram_that_does_not_answer_is_told_and_may_be_tried_again(sandbox, path):
    dana = Dana(sandbox)
    dana.answers["Token"] = [TOKEN, stopping(EOFError)]

    code = await run_setup(
        dana.ask, dana.ask, dana.say, path, base_url="http://127.0.0.1:9/bot", base_file_url="http://127.0.0.1:9/file"
    )

    assert code == 130
    assert "Telegram does not answer" in dana.heard
    assert TOKEN not in dana.heard


async def test_enter_keeps_the_token_there_is(sandbox, path):
    await set_up(Dana(sandbox), path)
    again = Dana(sandbox, Token="")

    assert await set_up(again, path) == 0

    assert "Enter keeps the one there is" in again.prompts[0]
    assert read_token(path.parent) == TOKEN


async def test_a_token_in_the_environment_that_would_win_is_told_of(sandbox, path, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "123456789:" + "y" * 35)
    dana = Dana(sandbox)

    await set_up(dana, path)

    assert "TELEGRAM_BOT_TOKEN is set here to another token and wins" in dana.heard


# Who commands


async def test_a_stranger_of_the_same_name_does_not_become_the_admin(sandbox, path):
    dana = Dana(sandbox)

    async def both() -> None:
        await sandbox.say("/start", Person(3003, "Dana"))
        await sandbox.say(f"/start {dana.code}")

    dana.introduce_herself = lambda: dana.do(both())
    assert await set_up(dana, path) == 0

    assert "Dana (3003) wrote something else" in dana.heard
    assert load_config(path).telegram.admins == (AdminConfig(1001, "Dana", Role.OWNER),)


async def test_who_answers_no_is_asked_about_the_next_person(sandbox, path):
    dana = Dana(sandbox)

    def deny() -> str:
        dana.do(sandbox.say(f"/start {dana.code}"))
        return "n"

    dana.introduce_herself = lambda: dana.do(sandbox.say(f"/start {dana.code}", STRANGER))
    dana.answers["Is this you: Mallory (2002)"] = deny
    assert await set_up(dana, path) == 0

    assert load_config(path).telegram.admins == (AdminConfig(1001, "Dana", Role.OWNER),)


# Which channel


async def test_a_bot_that_is_there_already_hears_of_the_channel_by_a_post(sandbox, path):
    sandbox.chat(GOLD).member = "administrator"
    dana = Dana(sandbox)
    dana.open_channel = lambda: dana.do(sandbox.post(GOLD, "hello"))

    assert await set_up(dana, path) == 0

    assert load_config(path).channels == (CHANNEL,)


async def test_the_right_that_is_missing_is_named_and_tried_again_when_given(sandbox, path):
    chat = sandbox.chat(GOLD)
    chat.member, chat.rights = "administrator", {"can_post_messages"}
    dana = Dana(sandbox, Press_Enter=lambda: chat.rights.add("can_edit_messages"))
    dana.open_channel = lambda: dana.do(sandbox.post(GOLD, "hello"))

    assert await set_up(dana, path) == 0

    assert "lacks the right 'Edit messages'." in dana.heard
    assert sandbox.accepted["sendMessage"] == 1


async def test_a_channel_that_throws_the_bot_out_at_once_writes_nothing(sandbox, path):
    chat = sandbox.chat(GOLD)

    def leave() -> str:
        chat.member = "kicked"
        return "y"

    dana = Dana(sandbox, Use_the_channel=leave, Press_Enter=stopping(KeyboardInterrupt))

    assert await set_up(dana, path) == 130

    assert "The bot cannot see this channel" in dana.heard
    assert files(path.parent) == {}


async def test_a_group_and_somebody_elses_channel_are_passed_over(sandbox, path):
    other = sandbox.add_channel(-1002000000999, "Golden trap")
    dana = Dana(sandbox)

    def decline() -> str:
        dana.do(sandbox.introduce(GOLD))
        return "n"

    async def distract() -> None:
        await sandbox.introduce(DESK)
        await sandbox.post(other.id, "hello")

    dana.open_channel = lambda: dana.do(distract())
    dana.answers["Golden trap"] = decline
    assert await set_up(dana, path) == 0

    assert '"Desk" is a group' in dana.heard
    assert load_config(path).channels == (CHANNEL,)


async def test_a_hostile_title_is_a_name_and_nothing_more(sandbox, path):
    sandbox.chat(GOLD).title = 'Gold"]\n[engine]\nstall_after_s = 1 # \x1b[31m\x9b2J\u202eclub\\'
    dana = Dana(sandbox)

    assert await set_up(dana, path) == 0

    config = load_config(path)
    assert config.channels[0].name == 'Gold"] [engine] stall_after_s = 1 # [31m 2Jclub\\'
    assert config.engine == load_config(SHIPPED).engine
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", dana.heard + "".join(dana.prompts)) == []


# A configuration that is there


async def test_what_the_operator_changed_stays_and_the_old_file_is_kept(sandbox, path):
    before = own_config(path)

    assert await set_up(Dana(sandbox), path) == 0

    config = load_config(path)
    assert config.engine.strategies.trend_continuation.min_score == 85
    assert config.telegram.admins == (AdminConfig(5, "Eve"), AdminConfig(1001, "Dana", Role.OWNER))
    assert [channel.chat_id for channel in config.channels] == [GOLD, -1005555555555]
    assert "# ours since 2023" in path.read_text("utf-8")
    assert path.with_name("config.toml.bak").read_bytes() == before


async def test_where_there_is_an_owner_who_comes_later_is_an_admin(sandbox, path):
    own_config(path)
    path.write_text(path.read_text("utf-8").replace('"Eve" }', '"Eve", role = "owner" }'), "utf-8")

    assert await set_up(Dana(sandbox), path) == 0

    assert load_config(path).telegram.admins == (AdminConfig(5, "Eve", Role.OWNER), AdminConfig(1001, "Dana"))


async def test_channels_of_before_go_when_the_operator_says_so(sandbox, path):
    own_config(path)

    assert await set_up(Dana(sandbox, Keep_what="n"), path) == 0

    assert load_config(path).channels == (CHANNEL,)


async def test_setting_up_the_same_channel_again_keeps_its_settings_and_makes_no_second(sandbox, path):
    await set_up(Dana(sandbox, carry="BTCUSDT", Daily_report="08:30"), path)
    once = path.read_bytes()

    assert await set_up(Dana(sandbox), path) == 0

    assert path.read_bytes() == once


async def test_a_broken_configuration_is_told_before_anything_is_asked(sandbox, path):
    path.write_text("[telegram]\nadmin = []\n")
    dana = Dana(sandbox)

    assert await set_up(dana, path) == 2

    assert "telegram.admin: unknown key" in dana.heard
    assert dana.prompts == []


async def test_a_file_written_in_another_way_is_left_alone(sandbox, path):
    text = SHIPPED.read_text("utf-8")
    table = text[text.index("[telegram]") : text.index("# One table")]
    path.write_text("telegram = { admins = [] }\n" + text.replace(table, ""), "utf-8")
    before = files(path.parent)
    dana = Dana(sandbox)

    assert await set_up(dana, path) == 2

    assert "would not do" in dana.heard
    assert files(path.parent) == before
