"""Each channel in its own manner: when it rings, what it carries, how late it hears, and that it cannot be copied."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.check.profiles import profile_findings
from bot.clock import MarketClock
from bot.config import ChannelConfig, ConfigError, Detail, MessageKind, ReportKind
from bot.config_file import load_config
from bot.config_rules import check_config
from bot.delivery.channels import KINDS, NEVER_MS, ChannelOutbox
from bot.delivery.outbox import Outbox, Priority
from bot.handlers import Handlers
from bot.record.verify import verify
from bot.sandbox.ledger import Request
from bot.service import known_at_ms
from bot.voices import Voices
from bot.words.languages import LanguageCode
from bot.words.post import Post
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Event, SignalIssued, TradeOpened
from engine.types import HOUR_MS, MINUTE_MS
from storage.carried import carriers
from storage.database import MIGRATIONS, migrate, reading, transaction
from storage.ledger import entries
from storage.messages import add_message
from storage.signals import save_signals
from tests.bot.delivery import NOON_MS
from tests.bot.desk_room import CONFIG
from tests.bot.gallery import posts
from tests.bot.schema import official_schema
from tests.bot.stage import SYMBOL, config_in, on_stage, sandbox_for, simulated_day
from tests.builders import at, gold, opened, setup, signal, trade
from tests.databases import fresh_database, open_url, url_of
from tests.fakes import FakeTelegram

FAST, SLOW, PICKY, LATIN, NIGHT = -1_001, -1_002, -1_003, -1_004, -1_005
QUARTER_MS = 15 * MINUTE_MS
PACE_MS = 60_000  # by how much the two channels' pace may differ


def channel(**changes: object) -> ChannelConfig:
    return ChannelConfig(**({"name": "Gold", "chat_id": FAST, "symbols": ("XAUUSD",)} | changes))  # type: ignore[arg-type]


# Configuration


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('language = "fr"', "channels[0].language: 'fr' is none of 'en', 'es', 'ar'"),
        ('detail = "long"', "channels[0].detail: 'long' is none of 'full', 'brief'"),
        ('silent = ["progress"]', "channels[0].silent[0]: 'progress' is none of 'signal', 'result', 'report'"),
        ('silent = ["report", "report"]', "channels.Gold.silent: a kind of message appears twice"),
        ("min_score = 101", "channels.Gold.min_score: 101 is no score from 0 to 100"),
        ("delay_min = -1", "channels.Gold.delay_min: -1 is not from 0 to 1440 minutes"),
        ("delay_min = 1441", "channels.Gold.delay_min: 1441 is not from 0 to 1440 minutes"),
        ('quiet_hours = "22-7"', "channels.Gold.quiet_hours: '22-7' are no hours such as '22:00-07:00'"),
        ('quiet_hours = "22:00-24:00"', "channels.Gold.quiet_hours: '22:00-24:00' are no hours such as '22:00-07:00'"),
        (
            'quiet_hours = "07:00-07:00"',
            "channels.Gold.quiet_hours: '07:00-07:00' begin where they end; for no sound at all use silent",
        ),
    ],
)
def test_a_profile_out_of_bounds_is_refused_by_name(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "config.toml"
    shipped = Path("config.toml").read_text("utf-8")
    begin, end = shipped.index("[[channels]]"), shipped.index("[feeds.binance]")
    channels = f'[[channels]]\nname = "Gold"\nchat_id = -1\nsymbols = ["XAUUSD"]\n{line}\n\n'
    path.write_text(shipped[:begin] + channels + shipped[end:], "utf-8")

    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert str(refused.value) == f"{path}: {complaint}"


def test_check_tells_every_profile_in_a_line() -> None:
    free = channel(
        name="Free",
        language=LanguageCode.SPANISH,
        detail=Detail.BRIEF,
        min_score=85,
        delay_min=15,
        quiet_hours="22:00-07:00",
        zone="Europe/Madrid",
        silent=(MessageKind.REPORT,),
        protect_content=True,
    )

    assert [str(found) for found in profile_findings((channel(), free))] == [
        "✓ profile   Gold: en, full, every signal, at once",
        "✓ profile   Free: es, brief, signals from 85 points, 15 min late, "
        "silent 22:00-07:00 Europe/Madrid, report always silent, protected",
    ]


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        ("22:00-07:00", {"21:59": False, "22:00": True, "23:59": True, "00:00": True, "06:59": True, "07:00": False}),
        ("12:00-13:30", {"11:59": False, "12:00": True, "13:29": True, "13:30": False}),
        (None, {"00:00": False}),
    ],
)
def test_quiet_hours_begin_and_end_to_the_minute_over_midnight_too(hours: str | None, quiet: dict[str, bool]) -> None:
    of = channel(quiet_hours=hours)

    assert {time: of.is_quiet(at(f"2024-04-03 {time}")) for time in quiet} == quiet


def test_quiet_hours_are_those_of_the_channels_own_clock() -> None:
    of = channel(quiet_hours="22:00-07:00", zone="America/New_York")

    assert of.is_quiet(at("2024-04-03 02:00")), "22:00 in New York, summer time"
    assert not of.is_quiet(at("2024-04-03 01:59"))
    assert of.is_quiet(at("2024-01-03 03:00")), "22:00 in New York, winter time"
    assert not of.is_quiet(at("2024-01-03 02:59"))


# The outbox of channels


class Booth:
    """A channel outbox over a real database and a pretended Telegram; time stands still until it is told to pass."""

    def __init__(self, database: AsyncEngine, *channels: ChannelConfig) -> None:
        self.database, self.clock = database, MarketClock(NOON_MS)
        self.telegram = FakeTelegram(self.clock.now_ms)
        self.begin_anew(*channels)

    def begin_anew(self, *channels: ChannelConfig) -> None:
        """Another process, perhaps with another configuration."""
        config = msgspec.structs.replace(CONFIG, channels=channels)
        self.outbox = Outbox(self.database, self.telegram, self.clock, _draw, draw_timeout_s=None)
        self.channels = ChannelOutbox(config, self.outbox, self.clock)

    async def put(self, key: str, text: str, chat_id: int, **more: Any) -> None:
        async with transaction(self.database) as conn:
            await self.channels.put(conn, key, chat_id, Post(text), priority=Priority.PROGRESS, **more)

    async def run_until(self, minute: int) -> list[tuple[int, str]]:
        """Let the clock come to this minute after noon; what was shown meanwhile, each with its minute."""
        until_ms, before = NOON_MS + minute * MINUTE_MS, len(self.telegram.requests)
        async with reading(self.database) as conn:
            await self.channels.load(conn)
        while True:
            outbox_ms = await self.outbox.run_due()
            due_ms = min(self.channels.due_ms(), NEVER_MS if outbox_ms is None else outbox_ms)
            if due_ms > until_ms:
                break
            self.clock.move_to(due_ms)
            async with transaction(self.database) as conn:
                await self.channels.publish_due(conn, self.clock.now_ms())
        self.clock.move_to(until_ms)
        seen = self.telegram.requests[before:]
        return [((request.time_ms - NOON_MS) // MINUTE_MS, request.text) for request in seen]


async def _draw(spec: bytes) -> bytes:
    return spec


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = await fresh_database(tmp_path / "assay.db")
    yield made
    await made.dispose()


async def test_a_channel_with_a_delay_hears_the_same_story_that_much_later(database: AsyncEngine) -> None:
    booth = Booth(database, channel(), channel(chat_id=SLOW, delay_min=15))
    told = []
    for minute, text in ((0, "entering"), (2, "open"), (9, "TP1"), (20, "closed")):
        told += await booth.run_until(minute)
        for chat_id in (FAST, SLOW):
            await booth.put(f"signal:1@{chat_id}", text, chat_id)
    told += await booth.run_until(60)

    assert [(minute, text) for minute, text in told if minute < 15] == [(0, "entering"), (2, "open"), (9, "TP1")]
    slow = [(r.time_ms - NOON_MS, r.text) for r in booth.telegram.requests if r.chat_id == SLOW]
    assert slow == [
        (15 * MINUTE_MS, "entering"),
        (17 * MINUTE_MS, "open"),
        (24 * MINUTE_MS, "TP1"),
        (35 * MINUTE_MS, "closed"),
    ]


async def test_what_waits_survives_a_restart_and_is_told_in_its_time(database: AsyncEngine) -> None:
    slow = channel(chat_id=SLOW, delay_min=15)
    booth = Booth(database, slow)
    await booth.put("signal:1@x", "entering", SLOW)
    assert await booth.run_until(14) == []
    booth.begin_anew(slow)

    assert await booth.run_until(16) == [(15, "entering")]
    booth.begin_anew(slow)
    assert await booth.run_until(60) == [], "and only once"


async def test_after_a_night_away_what_is_overdue_comes_at_once_as_it_stands_last(database: AsyncEngine) -> None:
    slow = channel(chat_id=SLOW, delay_min=15)
    booth = Booth(database, slow)
    await booth.put("signal:1@x", "entering", SLOW)
    await booth.put("signal:1@x", "open", SLOW)
    booth.clock.move_to(NOON_MS + HOUR_MS)
    booth.begin_anew(slow)

    assert [text for _, text in await booth.run_until(61)] == ["entering", "open"]


@pytest.mark.parametrize("delay_min", [0, 1])
async def test_a_shorter_delay_lets_nothing_overtake_what_waits(database: AsyncEngine, delay_min: int) -> None:
    booth = Booth(database, channel(chat_id=SLOW, delay_min=15))
    await booth.put("signal:1@x", "entering", SLOW)
    booth.begin_anew(channel(chat_id=SLOW, delay_min=delay_min))
    await booth.run_until(2)
    await booth.put("signal:1@x", "open", SLOW)

    assert await booth.run_until(14) == []
    assert [text for _, text in await booth.run_until(20)] == ["entering", "open"]
    await booth.put("signal:2@x", "another", SLOW)
    assert await booth.run_until(21 + delay_min) == [(20 + delay_min, "another")], "from then on the new delay holds"


async def test_a_channel_that_was_taken_out_is_told_nothing_more(database: AsyncEngine) -> None:
    booth = Booth(database, channel(chat_id=SLOW, delay_min=15))
    await booth.put("signal:1@x", "entering", SLOW)
    booth.begin_anew(channel())

    assert await booth.run_until(60) == []


async def test_a_deadline_moves_with_the_delay(database: AsyncEngine) -> None:
    booth = Booth(database, channel(chat_id=SLOW, delay_min=15))
    await booth.put("signal:1@x", "entering", SLOW)
    await booth.run_until(20)
    await booth.put("signal:1@x", "+0.3R", SLOW, expires_ms=booth.clock.now_ms() + MINUTE_MS)

    assert await booth.run_until(60) == [(35, "+0.3R")]


async def test_topics_of_one_group_are_channels_of_their_own(database: AsyncEngine) -> None:
    booth = Booth(database, channel(thread_id=5), channel(thread_id=6, delay_min=15))
    await booth.put("signal:1@5", "now", FAST, thread_id=5)
    await booth.put("signal:1@6", "later", FAST, thread_id=6)

    assert await booth.run_until(30) == [(0, "now"), (15, "later")]


async def test_a_message_is_silent_in_quiet_hours_and_where_its_kind_is(database: AsyncEngine) -> None:
    at_noon = channel(chat_id=NIGHT, quiet_hours="12:00-13:00")
    booth = Booth(database, channel(silent=(MessageKind.REPORT,), protect_content=True), at_noon)
    for kind in ("signal", "tp1", "end", "daily"):
        await booth.put(f"{kind}:1@{FAST}", kind, FAST)
        await booth.put(f"{kind}:1@{NIGHT}", kind, NIGHT)
    await booth.run_until(59)
    await booth.run_until(60)
    await booth.put(f"signal:2@{NIGHT}", "at one", NIGHT)
    await booth.put("alert:1@9", "to the admins", 9)
    await booth.run_until(70)

    silent = {(message.text, message.silent) for message in booth.telegram.messages(FAST)}
    assert silent == {("signal", False), ("tp1", False), ("end", False), ("daily", True)}
    assert [message.silent for message in booth.telegram.messages(NIGHT)] == [True] * 4 + [False]
    assert all(message.protect for message in booth.telegram.messages(FAST))
    assert not any(message.protect for chat in (NIGHT, 9) for message in booth.telegram.messages(chat))


async def test_a_late_message_rings_by_the_hour_it_arrives_in(database: AsyncEngine) -> None:
    booth = Booth(database, channel(chat_id=SLOW, delay_min=15, quiet_hours="12:10-13:00"))
    await booth.put("signal:1@x", "late", SLOW)
    await booth.run_until(20)

    assert [message.silent for message in booth.telegram.messages(SLOW)] == [True]


def test_every_message_of_a_channel_has_a_kind() -> None:
    """The first words of the keys that the house puts into channels."""
    source = "\n".join(path.read_text("utf-8") for path in Path("bot").glob("*.py"))
    silent = {"board"}  # never rings, whatever the profile says
    prefixes = set(re.findall(r'f"([a-z0-9]+):\{[^"]*@\{(?:channel\.key|key)\}"', source))

    assert (prefixes - silent) | {"tp1", "stop", "end"} | set(ReportKind) == set(KINDS)


# The whole service


async def test_one_market_reaches_each_channel_in_its_own_manner(tmp_path: Path) -> None:
    begin_ms, history, live = simulated_day()
    hours = takewhile(lambda item: (known_at_ms(item) or 0) < begin_ms + 12 * HOUR_MS, live)
    channels = (
        channel(name="Fast", symbols=(SYMBOL,)),
        channel(name="Slow", chat_id=SLOW, symbols=(SYMBOL,), delay_min=15),
        channel(name="Picky", chat_id=PICKY, symbols=(SYMBOL,), min_score=100),
        channel(
            name="Latin",
            chat_id=LATIN,
            symbols=(SYMBOL,),
            language=LanguageCode.SPANISH,
            detail=Detail.BRIEF,
            protect_content=True,
            silent=tuple(MessageKind),
        ),
    )
    config, clock = msgspec.structs.replace(config_in(tmp_path), channels=channels), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(hours)
        chats = {each.name: list(sandbox.messages(each.chat_id)) for each in channels}
        requests = [request for request in sandbox.requests if "chat_id" in request.params]
        async with reading(stage.app.service.database) as conn:
            record = await entries(conn)

    assert verify(record, []) == []

    fast, slow, latin = chats["Fast"], chats["Slow"], chats["Latin"]
    assert len(fast) >= 3, "a signal, its first target, its end"
    unrecorded = [re.sub(r"Record \S+", "Record …", message.body.text) for message in chats["Picky"]]
    assert [text.splitlines()[3:] for text in unrecorded] == [
        ["No signals today.", "", "30 days: no closed trades yet", "Record …", "PAPER · SIMULATED"]
    ], "its report tells nothing of what it did not carry"
    plain, late = ([re.sub(r"Record \S+", "Record …", message.body.text) for message in chat] for chat in (fast, slow))
    assert [text.replace(" · DELAYED 15 MIN", "") for text in late] == plain
    assert all(late.date_ms - soon.date_ms >= QUARTER_MS for soon, late in zip(fast, slow, strict=True))
    assert "DELAYED 15 MIN" in slow[0].body.text
    _never_early(requests)
    assert latin[0].body.text.partition("\n")[0] == plain[0].partition("\n")[0]
    assert "PAPER · SIMULADO" in latin[0].body.text
    assert all(message.protected and message.silent for message in latin)
    assert not any(message.protected or message.silent for message in fast)
    assert [problem for request in requests for problem in official_schema().problems(request)] == []


def _never_early(requests: list[Request]) -> None:
    """Nothing stands in the slow channel that the fast one could not have shown a quarter of an hour before."""
    states: dict[int, list[tuple[int, str]]] = {FAST: [], SLOW: []}
    for request in requests:
        chat_id = int(str(request.params["chat_id"]))
        if chat_id in states and request.method.startswith(("send", "edit")):
            text = str(request.params.get("text") or request.params.get("caption"))
            states[chat_id].append((request.time_ms, text.replace(" · DELAYED 15 MIN", "")))
    first_shown: dict[str, int] = {}
    for time_ms, text in states[FAST]:
        first_shown.setdefault(text, time_ms)
    known = [(time_ms, first_shown[text]) for time_ms, text in states[SLOW] if text in first_shown]
    assert len(known) > len(states[SLOW]) / 2, "the pace is the same, so most states are"
    assert all(time_ms - soon_ms >= QUARTER_MS - PACE_MS for time_ms, soon_ms in known)


@pytest.mark.parametrize(("score", "expected"), [(79, {str(FAST)}), (80, {str(FAST), str(PICKY)})])
async def test_who_carries_a_signal_is_decided_once(database: AsyncEngine, score: int, expected: set[str]) -> None:
    picky = channel(chat_id=PICKY, min_score=80)
    of = trade(signal(setup(score=score)))
    booth = Booth(database, channel(), picky)
    async with transaction(database) as conn:
        await handlers_of(booth, channel(), picky).handle(conn, [SignalIssued(of.signal.issued_ms, of)])
    # Another process in which both have changed their minds, and a new channel has come.
    changed = (channel(min_score=90), channel(chat_id=PICKY), channel(chat_id=LATIN))
    booth.begin_anew(*changed)
    running = opened(of.signal, price=gold("2279.62"))
    async with transaction(database) as conn:
        await handlers_of(booth, *changed).handle(conn, [TradeOpened(running.opened_ms or 0, running)])
        assert await carriers(conn, [of.id]) == {of.id: expected}
    await booth.run_until(30)

    shown = {str(chat_id): texts for chat_id in (FAST, PICKY, LATIN) if (texts := booth.telegram.texts(chat_id))}
    assert set(shown) == expected
    assert all("Open +0.60R" in text for texts in shown.values() for text in texts), "and goes on telling of it"


def handlers_of(booth: Booth, *channels: ChannelConfig) -> Handlers:
    config = msgspec.structs.replace(CONFIG, channels=channels)

    async def nobody(conn: AsyncConnection, event: Event) -> None:
        pass

    voices = Voices(config, Market.SIMULATED)
    return Handlers(config, Engine(config.engine_config()), booth.channels, voices, booth.clock, nobody, draws=False)


async def test_the_database_of_before_knows_who_carries_what(tmp_path: Path) -> None:
    """Signals that stand in a channel when the program is brought up to date go on there."""
    old = await open_url(url_of(tmp_path / "old.db", is_bare=True))
    async with old.begin() as conn:
        await conn.run_sync(_as_before)
    async with transaction(old) as conn:
        await save_signals(conn, [signal(id="XAU_20240403_002")])
        for key in (f"signal:XAU_20240403_002@{FAST}", f"signal:XAU_20240403_002@{FAST}/5", "signal:XAU_gone@-7"):
            await add_message(conn, key, FAST, thread_id=None, reply_to_key=None, created_ms=0)
    await migrate(old)
    async with reading(old) as conn:
        found = await carriers(conn, ["XAU_20240403_002"])
    await old.dispose()

    assert found == {"XAU_20240403_002": {f"{FAST}", f"{FAST}/5"}}


def _as_before(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    upgrade(config, "0006")


def test_a_channel_with_a_delay_says_so_and_offers_no_picture_of_now() -> None:
    voice = Voices(CONFIG, Market.SIMULATED).of_trade(trade(), channel(delay_min=15))
    post = posts(voice)["signal running"]

    assert post.text.endswith("<b>PAPER · SIMULATED · DELAYED 15 MIN</b>")
    assert [button.label for row in post.buttons for button in row if button.data] == ["Why"]


def test_the_shipped_configuration_has_no_problem() -> None:
    assert check_config(load_config(Path("config.toml"))) == []
