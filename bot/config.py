"""`config.toml` and the environment → one frozen `Config`. Read once, handed down; nobody reads it again."""

from __future__ import annotations

import enum
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.inspect import EnumType, StructType, Type, VarTupleType, type_info

from bot.words.languages import LanguageCode
from engine.config import (
    AccountConfig,
    ConfluenceConfig,
    DetectorsConfig,
    EngineConfig,
    GateConfig,
    LimitsConfig,
    NewsConfig,
    ReadinessConfig,
    StrategiesConfig,
    TimeframesConfig,
    TradesConfig,
)
from engine.hours import parse_day_start
from engine.rates import conversion
from engine.types import Instrument, Mode

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 — the variable's name, not a secret
TOKEN_SHAPE = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{30,64}")
QUIET_HOURS = re.compile(r"(?P<begin>([01]\d|2[0-3]):[0-5]\d)-(?P<end>([01]\d|2[0-3]):[0-5]\d)")
LONGEST_DELAY_MIN = 1440
SYMBOL_SHAPE = re.compile(r"[A-Za-z0-9._#+-]{1,29}")

LEAST_BOARD_S, MOST_BOARD_S = 15, 86_400
MOST_TARGETS = 5  # a row holds eight buttons: to copy the order, entry, stop and each target


class ConfigError(Exception):
    """The configuration is wrong: one line with the key, what was found, and what would do."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of config sections."""


class Role(enum.StrEnum):
    """How much somebody may. Each may also what those before it may; `bot/desk/roles.py` says what that is."""

    VIEWER = "viewer"  # asks
    ADMIN = "admin"  # changes
    OWNER = "owner"  # changes what nobody else may

    def reaches(self, least: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(least)


class AdminConfig(Section, frozen=True):
    id: int
    name: str
    role: Role = Role.ADMIN


class TelegramConfig(Section, frozen=True):
    """`public_chats` are groups in which everybody may ask how the signals did."""

    admins: tuple[AdminConfig, ...] = ()
    alert_chat: int = 0
    public_chats: tuple[int, ...] = ()
    progress_deadline_s: int = 300
    outbox_rows: int = 2000

    @property
    def has_owner(self) -> bool:
        return any(admin.role is Role.OWNER for admin in self.admins)

    @property
    def alert_chats(self) -> tuple[int, ...]:
        """Where trouble is told. Who only looks on is not woken by it."""
        if self.alert_chat:
            return (self.alert_chat,)
        return tuple(admin.id for admin in self.admins if admin.role is not Role.VIEWER)

    @property
    def probe_chat(self) -> int | None:
        """Where a message of unknown outcome is looked at: in the alert chat, else where the first owner reads."""
        owner = next((admin.id for admin in self.admins if admin.role is Role.OWNER), None)
        return self.alert_chat or owner or next(iter(self.alert_chats), None)

    def admin(self, user_id: int) -> AdminConfig | None:
        return next((admin for admin in self.admins if admin.id == user_id), None)


class Detail(enum.StrEnum):
    """How much a signal's message tells."""

    FULL = "full"
    BRIEF = "brief"  # the order, how it stands, the plan; why stands behind its button


class MessageKind(enum.StrEnum):
    """What is sent to a channel, as far as its sound goes. Edits never ring."""

    SIGNAL = "signal"
    RESULT = "result"  # the replies to a signal: targets, and how it ended
    REPORT = "report"


class ReportKind(enum.StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Weekday(enum.StrEnum):
    """In the order of `date.weekday()`."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"


class ChannelConfig(Section, frozen=True):
    """Where signals of some symbols go, and how they look there."""

    name: str
    chat_id: int
    symbols: tuple[str, ...]
    thread_id: int | None = None
    theme: str = "dark"
    zone: str = "UTC"
    reports: tuple[ReportKind, ...] = tuple(ReportKind)
    report_at: str = "17:00"
    report_zone: str = "America/New_York"
    report_weekday: Weekday = Weekday.FRI
    language: LanguageCode = LanguageCode.ENGLISH
    detail: Detail = Detail.FULL
    min_score: int = 0
    delay_min: int = 0
    quiet_hours: str | None = None
    silent: tuple[MessageKind, ...] = ()
    protect_content: bool = False

    @property
    def key(self) -> str:
        """Unique among channels; part of message keys."""
        return f"{self.chat_id}" if self.thread_id is None else f"{self.chat_id}/{self.thread_id}"

    def is_quiet(self, time_ms: int) -> bool:
        """Whether it is in the quiet hours, on the wall clock of the channel's zone; their end belongs to the day."""
        hours = QUIET_HOURS.fullmatch(self.quiet_hours or "")
        if hours is None:
            return False
        begin, end = hours["begin"], hours["end"]
        now = f"{datetime.fromtimestamp(time_ms / 1000, ZoneInfo(self.zone)):%H:%M}"
        return begin <= now < end if begin < end else now >= begin or now < end


class BinanceConfig(Section, frozen=True):
    symbols: tuple[str, ...] = ()
    stream_url: str = "wss://data-stream.binance.vision"
    rest_url: str = "https://data-api.binance.vision"
    lateness_ms: int = 2000
    history_candles: int = 6400


class ReplayConfig(Section, frozen=True):
    server_time: str = "America/New_York+7"
    grid: dict[str, Decimal] = {}


class CalendarConfig(Section, frozen=True):
    """`file` is looked at again and again, so that a newer one may take its place while the bot runs."""

    file: Path | None = None


class FeedsConfig(Section, frozen=True):
    binance: BinanceConfig = BinanceConfig()
    replay: ReplayConfig = ReplayConfig()
    calendar: CalendarConfig = CalendarConfig()


class StorageConfig(Section, frozen=True):
    folder: Path = Path("var")
    url: str | None = None
    snapshot_every_min: int = 60

    @property
    def database_url(self) -> str:
        return self.url or f"sqlite+aiosqlite:///{(self.folder / 'assay.db').as_posix()}"


class SandboxConfig(Section, frozen=True):
    port: int = 8080


class BoardConfig(Section, frozen=True):
    every_s: int = 60


class ChartsConfig(Section, frozen=True):
    workers: int = 1
    deadline_s: float = 3.0


class SearchRange(Section, frozen=True):
    """A setting that may be searched: its place under `engine`, lowest and highest value, and the step between."""

    key: str
    low: float
    high: float
    step: float

    def __post_init__(self) -> None:
        if not self.low < self.high or self.step <= 0:
            raise ValueError(f"range of {self.key}: low {self.low:g} must be below high {self.high:g}, step above 0")


class SearchConfig(Section, frozen=True):
    """What `walkforward` does: how long it searches, how long it tries, how often, and over which settings."""

    train_months: int = 12
    test_months: int = 3
    trials: int = 40
    search: tuple[SearchRange, ...] = ()

    def __post_init__(self) -> None:
        for name in ("train_months", "test_months", "trials"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")


class EngineSection(Section, frozen=True):
    """`[engine]` as it stands in the file; instruments have their own tables."""

    stall_after_s: int = 300
    timeframes: TimeframesConfig = TimeframesConfig()
    detectors: DetectorsConfig = DetectorsConfig()
    confluence: ConfluenceConfig = ConfluenceConfig()
    strategies: StrategiesConfig = StrategiesConfig()
    gate: GateConfig = GateConfig()
    news: NewsConfig = NewsConfig()
    trades: TradesConfig = TradesConfig()
    account: AccountConfig = AccountConfig()
    limits: LimitsConfig = LimitsConfig()
    readiness: ReadinessConfig = ReadinessConfig()


class Config(Section, frozen=True):
    instruments: tuple[Instrument, ...]
    channels: tuple[ChannelConfig, ...]
    telegram: TelegramConfig = TelegramConfig()
    feeds: FeedsConfig = FeedsConfig()
    storage: StorageConfig = StorageConfig()
    sandbox: SandboxConfig = SandboxConfig()
    charts: ChartsConfig = ChartsConfig()
    board: BoardConfig = BoardConfig()
    engine: EngineSection = EngineSection()
    research: SearchConfig = SearchConfig()

    def engine_config(self) -> EngineConfig:
        """What the engine is built with."""
        parts = {name: getattr(self.engine, name) for name in self.engine.__struct_fields__}
        return EngineConfig(instruments=self.instruments, **parts)

    def instrument(self, symbol: str) -> Instrument:
        """KeyError when it is not configured."""
        for instrument in self.instruments:
            if instrument.symbol == symbol:
                return instrument
        raise KeyError(symbol)

    def channels_for(self, symbol: str) -> tuple[ChannelConfig, ...]:
        return tuple(channel for channel in self.channels if symbol in channel.symbols)


def load_config(path: Path) -> Config:
    """Read and check the whole file. ConfigError names the key, what was found and what would do."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; copy config.toml from the project, or name one with --config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    try:
        config = msgspec.convert(completed(raw), Config, dec_hook=_from_text)
        config.engine_config()
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{path}: {_explain(str(error), raw)}") from None
    problems = check_config(config)
    if problems:
        raise ConfigError(f"{path}: {problems[0]}")
    return config


def completed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file's values with its strategies' tables laid over each strategy's own defaults.

    What such a table leaves out would else become the default of any strategy, and not of this one.
    """
    engine = raw.get("engine")
    if not isinstance(engine, Mapping):
        return dict(raw)
    own = msgspec.to_builtins(StrategiesConfig())
    return {**raw, "engine": {**engine, "strategies": _over(own, engine.get("strategies", {}))}}


def _over(default: object, given: object) -> object:
    """Tables are laid over each other key by key; of anything else what is given counts."""
    if not (isinstance(default, Mapping) and isinstance(given, Mapping)):
        return given
    return {**default, **{name: _over(default.get(name), value) for name, value in given.items()}}


def check_config(config: Config) -> list[str]:
    """What is wrong beyond types: one line for each problem, naming the key, the value and a remedy."""
    problems = []
    symbols = [instrument.symbol for instrument in config.instruments]
    for instrument in config.instruments:
        where = f"instruments.{instrument.symbol}"
        if not SYMBOL_SHAPE.fullmatch(instrument.symbol):
            problems.append(f"{where}: a symbol has 1 to 29 letters, digits or . _ # + -")
        if not SYMBOL_SHAPE.fullmatch(instrument.short):
            problems.append(f"{where}.short: {instrument.short!r} must be 1 to 29 letters, digits or . _ # + -")
        try:
            parse_day_start(instrument.day_start)
        except ValueError as error:
            problems.append(f"{where}.day_start: {error}")
        try:
            conversion(instrument, config.instruments, config.engine.account)
        except ValueError as error:
            remedy = "add an instrument that leads there, change engine.account.currency or leave this one out"
            problems.append(f"{where}: {error}; {remedy}")
    if config.telegram.progress_deadline_s < 10:
        problems.append(f"telegram.progress_deadline_s: {config.telegram.progress_deadline_s} is under 10 seconds")
    if config.telegram.outbox_rows < 100:
        problems.append(f"telegram.outbox_rows: {config.telegram.outbox_rows} is under 100; signals need room")
    for channel in config.channels:
        where = f"channels.{channel.name}"
        problems += [
            f"{where}.symbols: {symbol!r} is no configured instrument; known: {', '.join(symbols)}"
            for symbol in channel.symbols
            if symbol not in symbols
        ]
        problems += [
            f"{where}.{name}: {getattr(channel, name)!r} is not a time zone such as 'UTC' or 'Europe/London'"
            for name in ("zone", "report_zone")
            if not _is_zone(getattr(channel, name))
        ]
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", channel.report_at):
            problems.append(f"{where}.report_at: {channel.report_at!r} is not a time such as '17:00'")
        if channel.theme not in ("dark", "light"):
            problems.append(f"{where}.theme: {channel.theme!r} is neither 'dark' nor 'light'")
        problems += _profile_problems(where, channel)
    ids = [admin.id for admin in config.telegram.admins]
    problems += [f"telegram.admins: id {id_} appears twice" for id_ in sorted({i for i in ids if ids.count(i) > 1})]
    problems += [
        f"telegram.public_chats: {chat_id} is no group; the ids of groups are negative"
        for chat_id in config.telegram.public_chats
        if chat_id >= 0
    ]
    if config.board.every_s and not LEAST_BOARD_S <= config.board.every_s <= MOST_BOARD_S:
        bounds = f"{LEAST_BOARD_S} to {MOST_BOARD_S}, or 0 for no board"
        problems.append(f"board.every_s: {config.board.every_s} is out of bounds: {bounds}")
    if config.engine.account.mode is Mode.LIVE:  # where nobody was asked and nothing was proven
        remedy = "write 'paper' or 'signal'; an owner then says /mode live in the chat, where allows_live = true"
        problems.append(f"engine.account.mode: 'live' is no mode to begin with; {remedy}")
    traded = {name for each in config.instruments for name in (each.symbol, each.base, each.quote)}
    problems += [
        f"engine.gate.groups.{group.name}: {member!r} is no symbol and no currency of one; correct it or leave it out"
        for group in config.engine.gate.groups
        for member in group.members
        if member not in traded
    ]
    shares = list(config.engine.trades.shares)
    if len(shares) > MOST_TARGETS:
        remedy = f"a signal shows at most {MOST_TARGETS} targets, so give 1 to {MOST_TARGETS} shares that sum to 100"
        problems.append(f"engine.trades.shares: {shares} are {len(shares)} shares; {remedy}")
    keys = [channel.key for channel in config.channels]
    problems += [f"channels: chat {key} appears twice" for key in sorted({k for k in keys if keys.count(k) > 1})]
    problems += [
        f'feeds.binance.symbols: {symbol!r} is no configured instrument with feed = "binance"'
        for symbol in config.feeds.binance.symbols
        if symbol not in [i.symbol for i in config.instruments if i.feed == "binance"]
    ]
    return problems


def _profile_problems(where: str, channel: ChannelConfig) -> Iterator[str]:
    if not 0 <= channel.min_score <= 100:
        yield f"{where}.min_score: {channel.min_score} is no score from 0 to 100"
    if not 0 <= channel.delay_min <= LONGEST_DELAY_MIN:
        yield f"{where}.delay_min: {channel.delay_min} is not from 0 to {LONGEST_DELAY_MIN} minutes"
    if channel.quiet_hours is not None:
        hours = QUIET_HOURS.fullmatch(channel.quiet_hours)
        if hours is None:
            yield f"{where}.quiet_hours: {channel.quiet_hours!r} are no hours such as '22:00-07:00'"
        elif hours["begin"] == hours["end"]:
            yield f"{where}.quiet_hours: {channel.quiet_hours!r} begin where they end; for no sound at all use silent"
    if len(set(channel.silent)) < len(channel.silent):
        yield f"{where}.silent: a kind of message appears twice"


def _from_text(kind: type, value: object) -> object:
    """The one type of ours that TOML has no word for."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"expected {kind.__name__}")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _explain(message: str, raw: dict[str, object]) -> str:
    """msgspec's message with the key first, as it stands in the file."""
    text, _, place = message.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.+)`", text)
    if unknown:
        full = f"{key}.{unknown[1]}" if key else unknown[1]
        return f"{full}: unknown key; remove it or correct the spelling"
    missing = re.fullmatch(r"Object missing required field `(.+)`", text)
    if missing:
        full = f"{key}.{missing[1]}" if key else missing[1]
        return f"{full}: missing; it must be set"
    if not key:
        return text
    found = _found(raw, key)
    if isinstance(found, Mapping):  # a rule over several values has named them
        return f"{key}: {text}"
    if text.startswith("Expected `array`"):
        return f"{key}: {_shown(found)} must stand in a list, [{_shown(found)}]"
    choices = _choices(key) if text.startswith("Invalid enum value") else ()
    if choices:
        return f"{key}: {_shown(found)} is none of {', '.join(choices)}"
    return f"{key}: {text}, found {_shown(found)}"


def _steps(key: str) -> list[tuple[str, str]]:
    """A path such as `channels[0].theme` → names and indices, one of the two empty."""
    return re.findall(r"([^.\[\]]+)|\[(\d+)\]", key)


def _found(raw: object, key: str) -> object:
    """The value at a path; None where there is none, which TOML cannot say."""
    for name, index in _steps(key):
        try:
            raw = raw[int(index)] if index else raw[name]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _shown(found: object) -> str:
    return "nothing" if found is None else repr(found)[:60]


def _choices(key: str) -> tuple[str, ...]:
    """What may stand at a path where one of a few words is wanted."""
    kind: Type | None = type_info(Config)
    for name, index in _steps(key):
        if index and isinstance(kind, VarTupleType):
            kind = kind.item_type
        elif isinstance(kind, StructType):
            kind = next((field.type for field in kind.fields if field.encode_name == name), None)
    return tuple(repr(choice.value) for choice in kind.cls) if isinstance(kind, EnumType) else ()


def read_token(folder: Path) -> str | None:
    """The bot token from the environment, or from `assay.env` beside the configuration; None when neither has one.

    ConfigError when it has not a token's shape, or when others may read the file. The token itself is never told.
    """
    token, source = os.environ.get(TOKEN_VARIABLE), f"environment variable {TOKEN_VARIABLE}"
    path = folder / "assay.env"
    if not token and path.exists():
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others may read the token; run: chmod 600 {path}")
        for line in path.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == TOKEN_VARIABLE:
                token, source = value.strip().strip("'\""), str(path)
    if not token:
        return None
    if not TOKEN_SHAPE.fullmatch(token):
        raise ConfigError(f"{source}: this is not a bot token (digits, a colon, 35 characters); ask @BotFather again")
    return token
