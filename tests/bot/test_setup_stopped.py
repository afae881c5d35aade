"""`setup` that does not come to its end: whatever the reason, everything is as it was, and the operator knows."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config_file import TOKEN_VARIABLE
from bot.sandbox.server import Sandbox
from bot.setup.command import run_setup
from tests.bot.newcomer import TOKEN, Dana, files, own_config, set_up, stopping, telegram


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


PROMPTS = ["Token", "Is this you", "Use the channel", "carry", "Daily report", "time zone", "Keep what", "Write both"]


@pytest.mark.parametrize(("prompt", "how"), [*((prompt, KeyboardInterrupt) for prompt in PROMPTS), ("carry", EOFError)])
async def test_ctrl_c_at_any_prompt_and_the_end_of_input_change_nothing_and_say_so(sandbox, path, prompt, how):
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
