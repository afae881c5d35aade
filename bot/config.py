"""What can be configured, as frozen values. `config_file.py` reads them, `config_rules.py` says what must hold."""

from __future__ import annotations

import enum
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

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
from engine.types import Instrument

QUIET_HOURS = re.compile(r"(?P<begin>([01]\d|2[0-3]):[0-5]\d)-(?P<end>([01]\d|2[0-3]):[0-5]\d)")
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
