"""`setup`: from a token to a working channel, by asking. Nothing is written until everything has been tried."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.clock import WallClock
from bot.config import AdminConfig, ChannelConfig, Config, ConfigError, Role
from bot.config_file import TOKEN_SHAPE, TOKEN_VARIABLE, load_config, read_token
from bot.delivery.telegram_client import (
    OFFICIAL_FILE_URL,
    OFFICIAL_URL,
    Account,
    CallFailed,
    TelegramClient,
    TokenInUse,
    TokenRefused,
)
from bot.delivery.updates import Said
from bot.setup.channel import choose_channel, describe_channel, set_up_before
from bot.setup.config_edit import admins_line, channel_table, with_admins, with_channel
from bot.setup.files import check_text, read_text, template, write_setup
from bot.setup.talk import Ear, Operator, SetupStopped, failure
from bot.words.wording import tidy
from storage.instance import AlreadyRunning, acquire

PATIENCE_S = 300.0
INTERRUPTED = 130
MENDABLE = (SetupStopped, ConfigError, AlreadyRunning, TokenInUse, TokenRefused, OSError)

WELCOME = """From a token to a working channel. Ctrl-C stops at any point and changes nothing.

In Telegram, open @BotFather, send /newbot, and choose a name and a user name that ends in "bot".
It answers with a token such as 123456789:AAE…; copy it and paste it here. It will not be shown."""


def _dot() -> None:
    sys.stdout.write(".")
    sys.stdout.flush()


async def run_setup(
    ask: Callable[[str], str],
    ask_secret: Callable[[str], str],
    say: Callable[[str], None],
    config_path: Path,
    *,
    base_url: str = OFFICIAL_URL,
    base_file_url: str = OFFICIAL_FILE_URL,
    patience_s: float = PATIENCE_S,
    beat: Callable[[], None] = _dot,
) -> int:
    """Exit code: 0 done, 2 it cannot go on, 130 interrupted at a prompt.

    `ask` and `ask_secret` block, as `input` and `getpass.getpass` do. `beat` is called for each second of waiting, and
    waiting for one thing ends after `patience_s`. Interrupted while it waits, it raises `CancelledError`.
    """
    operator = Operator(ask, ask_secret, say)
    line = _Line(base_url, base_file_url, patience_s, beat)
    try:
        async with AsyncExitStack() as stack:
            await _set_up(operator, config_path, line, stack)
    except (KeyboardInterrupt, EOFError):
        say("\nStopped. Nothing was changed.")
        return INTERRUPTED
    except asyncio.CancelledError:
        say("\nStopped. Nothing was changed.")
        raise
    except MENDABLE as error:
        say(f"\n{error}\nNothing was changed.")
        return 2
    say(f"Done. Next: python run_bot.py check{_option(config_path)}, then: python run_bot.py run{_option(config_path)}")
    return 0


class _Line(NamedTuple):
    """How Telegram is reached, and how long it is listened to."""

    base_url: str
    base_file_url: str
    patience_s: float
    beat: Callable[[], None]


async def _set_up(operator: Operator, config_path: Path, line: _Line, stack: AsyncExitStack) -> None:
    source = template(config_path)
    config, text = load_config(source), read_text(source)
    operator.say(WELCOME)
    known = _known_token(config_path.parent)
    account = None
    while account is None:
        token = _ask_token(operator, known)
        client = TelegramClient(token, base_url=line.base_url, base_file_url=line.base_file_url)
        stack.push_async_callback(client.stop)
        account = await _try_token(operator, client)
    with _only_listener(token, line.base_url):
        async with aclosing(Ear(client, line.beat, operator.say)) as ear:
            admin = await _find_admin(operator, ear, account, line.patience_s)
            found = await choose_channel(operator, ear, client, account, line.patience_s)
    channel = describe_channel(operator, config, found)
    admins = config.telegram.admins
    admin = config.telegram.admin(admin.id) or admin
    if not config.telegram.has_owner:  # who holds the token and the machine may all that anybody may
        admin = msgspec.structs.replace(admin, role=Role.OWNER)
    if all(each.id != admin.id for each in admins):
        admins = (*admins, admin)
    admins = tuple(admin if each.id == admin.id else each for each in admins)
    _confirm_and_write(operator, config_path, config, text, admins, channel, token)


# The token


def _known_token(folder: Path) -> str | None:
    try:
        return read_token(folder)
    except ConfigError:
        return None  # what is wrong with it will be written over


def _ask_token(operator: Operator, known: str | None) -> str:
    question = "Token (Enter keeps the one there is)" if known else "Token"
    while True:
        token = operator.ask_secret(question) or known
        if token and TOKEN_SHAPE.fullmatch(token):
            return token
        operator.say("That is not a token: digits, a colon, about 35 letters, digits, _ or -. Copy all of it.")


async def _try_token(operator: Operator, client: TelegramClient) -> Account | None:
    try:
        account = await client.me()
    except TokenRefused:
        operator.say("Telegram does not know this token. Copy it again, or ask @BotFather for a new one: /token")
        return None
    except CallFailed as error:
        operator.say(f"Telegram does not answer ({failure(error)}). Check the connection, then paste the token again.")
        return None
    operator.say(f"This is {tidy(account.name)} (@{account.user_name}).")
    return account


@contextmanager
def _only_listener(token: str, base_url: str) -> Iterator[None]:
    """AlreadyRunning when the live service of this machine uses the token: to listen as well would stop it."""
    if base_url != OFFICIAL_URL:
        yield
        return
    with (
        tempfile.TemporaryDirectory(prefix="assay-setup-") as folder,
        acquire(Path(folder), {"bot token": token}, WallClock().now_ms()),
    ):
        yield


# The admin


async def _find_admin(operator: Operator, ear: Ear, account: Account, patience_s: float) -> AdminConfig:
    """Who is at the terminal. Names are easily borrowed and anybody can find a bot, so the code decides."""
    code = secrets.token_hex(3)
    operator.say(
        f"\nNow tell the bot who you are: open https://t.me/{account.user_name}?start={code} and press Start,\n"
        f"or write to @{account.user_name} in private: /start {code}"
    )
    while True:
        update = await ear.hear(patience_s)
        if update is None:
            raise SetupStopped(
                f"nobody wrote /start {code} to @{account.user_name} for {patience_s / 60:.0f} minutes; "
                "run setup again when you have Telegram at hand"
            )
        if not isinstance(update, Said) or not update.is_private or update.user_id is None or update.is_bot:
            continue
        person = f"{tidy(update.user_name)} ({update.user_id})"
        if update.text.split() != ["/start", code]:
            operator.say(f"{person} wrote something else. If that was you, write: /start {code}")
        elif operator.agrees(f"Is this you: {person}?"):
            return AdminConfig(update.user_id, tidy(update.user_name) or f"Admin {update.user_id}")
        else:
            operator.say("Then write it from the account that is to command the bot.")


# The files


def _confirm_and_write(
    operator: Operator,
    config_path: Path,
    config: Config,
    text: str,
    admins: tuple[AdminConfig, ...],
    channel: ChannelConfig,
    token: str,
) -> None:
    others = [before for before in set_up_before(config) if before.key != channel.key]
    if others and not operator.agrees(f"Keep what was set up before: {', '.join(tidy(c.name) for c in others)}?"):
        others = []
    without = {before.key for before in config.channels} - {other.key for other in others}
    text = with_channel(with_admins(text, admins), channel, without)
    check_text(text, admins, (channel, *others))
    kept = f" (the old one stays as {config_path.name}.bak)" if config_path.exists() else ""
    operator.say(f"\nTo be written to {config_path}{kept}:\n\n{admins_line(admins)}\n\n{channel_table(channel)}")
    operator.say(f"The token goes to {config_path.with_name('assay.env')}, readable by you only.")
    if not operator.agrees("Write both?"):
        raise SetupStopped("Not written, as you wish.")
    write_setup(config_path, text, token)
    operator.say("Written.")
    if os.environ.get(TOKEN_VARIABLE, token) != token:
        operator.say(f"Note: {TOKEN_VARIABLE} is set here to another token and wins over assay.env; unset it.")


def _option(config_path: Path) -> str:
    return "" if config_path == Path("config.toml") else f" --config {config_path}"
