"""What `setup` leaves behind: `config.toml`, the one before it, and `assay.env` with the token. All or nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bot.config import AdminConfig, ChannelConfig, Config, ConfigError
from bot.config_file import TOKEN_VARIABLE, load_config
from storage.files import sync_folder, write_whole

SHIPPED = Path(__file__).parents[2] / "config.toml"
TOKEN_FILE = "assay.env"  # noqa: S105 — a name
OWNER_ONLY = 0o600


def template(config_path: Path) -> Path:
    """What is changed: the operator's own file where there is one, else the one that comes with the program."""
    return config_path if config_path.exists() else SHIPPED


def read_text(path: Path) -> str:
    """As it is, line ends included."""
    return path.read_bytes().decode("utf-8")


def check_text(text: str, admins: tuple[AdminConfig, ...], channels: tuple[ChannelConfig, ...]) -> Config:
    """The configuration a new file would give. ConfigError unless it is valid and says what was meant.

    A file may be written in ways that a change of lines cannot follow, such as `telegram = { … }`.
    """
    with tempfile.TemporaryDirectory(prefix="assay-setup-") as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(text.encode())
        try:
            config = load_config(path)
        except ConfigError as error:
            raise ConfigError(f"the new config.toml would not do: {error}") from None
    if config.telegram.admins != admins or config.channels != channels:
        raise ConfigError(
            "this config.toml cannot be changed line by line; "
            "write admins under [telegram] and channels as [[channels]] tables, as in the shipped one"
        )
    return config


def write_setup(config_path: Path, text: str, token: str) -> None:
    """Both files in their places; an old configuration stays as `config.toml.bak`. On OSError the old ones stand.

    The token is never in a file that others may read, not for a moment.
    """
    config_path = config_path.resolve()  # of a link, what it points to
    token_path = config_path.with_name(TOKEN_FILE)
    staged = token_path.with_name(f"{TOKEN_FILE}.tmp")
    staged.unlink(missing_ok=True)
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_with_token(token_path, token).encode())
            file.flush()
            os.fsync(file.fileno())
        if config_path.exists():
            write_whole(config_path.with_name(f"{config_path.name}.bak"), config_path.read_bytes())
        write_whole(config_path, text.encode())
        staged.replace(token_path)  # last, and the least likely to fail
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    sync_folder(token_path.parent)


def _with_token(path: Path, token: str) -> str:
    """The file's other variables stay."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    others = [line for line in lines if line.partition("=")[0].strip() != TOKEN_VARIABLE]
    return "\n".join([*others, f"{TOKEN_VARIABLE}={token}"]) + "\n"
