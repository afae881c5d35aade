"""Dana, who has a token and a channel and runs `setup`: a terminal and a phone in one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.server import Sandbox
from bot.setup.command import run_setup
from tests.bot.sandbox_bot import DANA, NOON_MS

SHIPPED = Path(__file__).parents[2] / "config.toml"
TOKEN = "4200000042:Not_a_real_token_of_any_bot_at_all"
GOLD = -1002000000777
DESK = -1002000000888


@asynccontextmanager
async def telegram() -> AsyncIterator[Sandbox]:
    """A local Telegram with a channel and a group in which the bot is not yet."""
    sandbox = Sandbox(clock=lambda: NOON_MS, token=TOKEN, admins=(DANA,))
    sandbox.add_channel(GOLD, "Gold club").member = "left"
    sandbox.add_group(DESK, "Desk").member = "left"
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


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


def own_config(path: Path) -> bytes:
    text = SHIPPED.read_text("utf-8")
    text = text.replace("admins = []", 'admins = [{ id = 5, name = "Eve" }]').replace(
        "min_score = 69", "min_score = 85"
    )
    text = text.replace("-1001000000002", "-1005555555555  # ours since 2023")
    path.write_text(text, "utf-8")
    return path.read_bytes()
