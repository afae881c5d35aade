"""`setup`, from a token to a working channel: the real client, a local Telegram, and Dana who types and taps."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.config import TOKEN_VARIABLE, AdminConfig, ChannelConfig, load_config, read_token
from bot.sandbox.chats import Person
from bot.sandbox.server import Sandbox
from bot.setup import run_setup
from tests.bot.sandbox_bot import DANA, NOON_MS, STRANGER

SHIPPED = Path(__file__).parents[2] / "config.toml"
TOKEN = "4200000042:Not_a_real_token_of_any_bot_at_all"
GOLD = -1002000000777
DESK = -1002000000888
CHANNEL = ChannelConfig("Gold club", GOLD, ("XAUUSD", "PAXGUSDT"))


def stopping(how: type[BaseException]) -> Callable[[], str]:
    """What somebody does at a prompt who wants no more: Ctrl-C or Ctrl-D."""

    def stop() -> str:
        raise how

    return stop


class Dana:
    """At the terminal: answers each prompt by a word in it, else presses Enter. In Telegram: does as she is told.

    An answer is a text, what to do before Enter, or a list of these, used up in turn.
    """

    def __init__(self, sandbox: Sandbox, **answers: object) -> None:
        self.sandbox = sandbox
        self.answers = {"Token": TOKEN} | {word.replace("_", " "): answer for word, answer in answers.items()}
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.code = ""
        self.doing: set[asyncio.Task[object]] = set()

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        assert len(self.prompts) < 30, f"asked again and again: {prompt}"
        answer = next((answer for word, answer in self.answers.items() if word in prompt), "")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else ""
        if callable(answer):
            answer = answer()
        return answer if isinstance(answer, str) else ""

    def say(self, text: str) -> None:
        self.said.append(text)
        if "tell the bot who you are" in text:
            self.code = text.split()[-1]
            self.introduce_herself()
        elif "Now your channel" in text:
            self.open_channel()

    def introduce_herself(self) -> None:
        self.do(self.sandbox.say(f"/start {self.code}"))

    def open_channel(self) -> None:
        self.do(self.sandbox.introduce(GOLD))

    def do(self, act: object) -> None:
        self.doing.add(asyncio.ensure_future(act))

    @property
    def heard(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(clock=lambda: NOON_MS, token=TOKEN, admins=(DANA,))
    sandbox.add_channel(GOLD, "Gold club").member = "left"
    sandbox.add_group(DESK, "Desk").member = "left"
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture(autouse=True)
def no_token_in_the_environment(monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


async def set_up(dana: Dana, path: Path, patience_s: float = 5.0) -> int:
    return await run_setup(
        dana.ask,
        dana.ask,
        dana.say,
        path,
        base_url=dana.sandbox.base_url,
        base_file_url=dana.sandbox.base_file_url,
        patience_s=patience_s,
        beat=lambda: None,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# The way through


async def test_a_new_operator_gets_from_a_token_to_a_working_channel(sandbox, path):
    dana = Dana(sandbox)

    assert await set_up(dana, path) == 0

    config = load_config(path)
    assert config.telegram.admins == (AdminConfig(1001, "Dana"),)
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

    assert 'admins = [{ id = 1001, name = "Dana" }]' in dana.heard
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
    assert load_config(path).telegram.admins == (AdminConfig(1001, "Dana"),)


async def test_who_answers_no_is_asked_about_the_next_person(sandbox, path):
    dana = Dana(sandbox)

    def deny() -> str:
        dana.do(sandbox.say(f"/start {dana.code}"))
        return "n"

    dana.introduce_herself = lambda: dana.do(sandbox.say(f"/start {dana.code}", STRANGER))
    dana.answers["Is this you: Mallory (2002)"] = deny
    assert await set_up(dana, path) == 0

    assert load_config(path).telegram.admins == (AdminConfig(1001, "Dana"),)


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


def own_config(path: Path) -> bytes:
    text = SHIPPED.read_text("utf-8")
    text = text.replace("admins = []", 'admins = [{ id = 5, name = "Eve" }]').replace(
        "min_score = 80", "min_score = 85"
    )
    text = text.replace("-1001000000002", "-1005555555555  # ours since 2023")
    path.write_text(text, "utf-8")
    return path.read_bytes()


async def test_what_the_operator_changed_stays_and_the_old_file_is_kept(sandbox, path):
    before = own_config(path)

    assert await set_up(Dana(sandbox), path) == 0

    config = load_config(path)
    assert config.engine.gate.min_score == 85
    assert config.telegram.admins == (AdminConfig(5, "Eve"), AdminConfig(1001, "Dana"))
    assert [channel.chat_id for channel in config.channels] == [GOLD, -1005555555555]
    assert "# ours since 2023" in path.read_text("utf-8")
    assert path.with_name("config.toml.bak").read_bytes() == before


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


# Giving up


PROMPTS = ["Token", "Is this you", "Use the channel", "carry", "Daily report", "time zone", "Keep what", "Write both"]


@pytest.mark.parametrize("how", [KeyboardInterrupt, EOFError])
@pytest.mark.parametrize("prompt", PROMPTS)
async def test_ctrl_c_at_any_prompt_changes_nothing_and_says_so(sandbox, path, prompt, how):
    own_config(path)
    before = files(path.parent)
    dana = Dana(sandbox)
    dana.answers[prompt] = stopping(how)

    assert await set_up(dana, path) == 130

    assert prompt in dana.prompts[-1]
    assert dana.said[-1] == "\nStopped. Nothing was changed."
    assert files(path.parent) == before


async def test_there_are_no_other_prompts_than_those_interrupted_above(sandbox, path):
    own_config(path)
    dana = Dana(sandbox)

    await set_up(dana, path)

    assert [next(word for word in PROMPTS if word in prompt) for prompt in dana.prompts] == PROMPTS


def test_the_signal_of_ctrl_c_reaches_a_prompt_that_blocks_the_loop(path):
    def ask(_: str) -> str:
        signal.raise_signal(signal.SIGINT)
        return TOKEN

    before = signal.getsignal(signal.SIGINT)
    said: list[str] = []

    try:
        code = asyncio.run(run_setup(ask, ask, said.append, path, base_url="http://127.0.0.1:9/bot"))
    except KeyboardInterrupt:
        code = None  # the loop had to wait for the prompt

    assert code == 130
    assert said[-1] == "\nStopped. Nothing was changed."
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize("awaited", ["tell the bot who you are", "Now your channel"])
async def test_ctrl_c_while_waiting_for_telegram_changes_nothing(sandbox, path, awaited):
    own_config(path)
    before = files(path.parent)
    dana = Dana(sandbox)

    def say(text: str) -> None:
        if awaited in text:
            dana.said.append(text)
            asyncio.get_running_loop().call_later(0.05, running.cancel)
        else:
            Dana.say(dana, text)

    dana.say = say
    running = asyncio.create_task(set_up(dana, path))
    with pytest.raises(asyncio.CancelledError):
        await running

    assert dana.said[-1] == "\nStopped. Nothing was changed."
    assert files(path.parent) == before


@pytest.mark.parametrize(
    ("silent", "advice"), [("introduce_herself", "nobody wrote /start"), ("open_channel", "no channel")]
)
async def test_waiting_ends_with_advice(sandbox, path, silent, advice):
    dana = Dana(sandbox)
    setattr(dana, silent, lambda: None)

    assert await set_up(dana, path, patience_s=0.1) == 2

    assert advice in dana.said[-1]
    assert dana.said[-1].endswith("Nothing was changed.")
    assert files(path.parent) == {}


async def test_a_disk_that_fails_leaves_what_was_there(sandbox, path):
    own_config(path)
    path.with_name("assay.env").write_text("OTHER=1\n")
    path.with_name("config.toml.bak").mkdir()  # so that the old file cannot be kept
    dana = Dana(sandbox)

    before = path.read_bytes()
    assert await set_up(dana, path) == 2

    assert path.read_bytes() == before
    assert path.with_name("assay.env").read_text() == "OTHER=1\n"
    assert sorted(file.name for file in path.parent.iterdir()) == ["assay.env", "config.toml", "config.toml.bak"]
