"""Each report goes out exactly once, at its time or caught up after it: the real database, outbox and engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock
from bot.config import ChannelConfig, Config, ReportKind
from bot.delivery.channels import ChannelOutbox
from bot.delivery.outbox import Outbox
from bot.reports.scheduled import PATIENCE_MS, Reports
from bot.voices import Voices
from bot.words.wording import Market
from engine.engine import Engine
from engine.events import Heartbeat
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, CloseReason, Trade
from storage.candles import save_candles
from storage.carried import save_carried
from storage.daily import days_between
from storage.database import reading, transaction
from storage.ledger import EntryKind, entries
from storage.progress import last_applied
from storage.signals import save_signals
from storage.trades import Standing, save_trades
from tests.bot.reader import shown
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day
from tests.builders import GOLD, at, bitcoin, candle, closed, ended, opened, secured, setup, signal
from tests.databases import fresh_database
from tests.fakes import FakeTelegram

CHANNEL = -1001
SYMBOLS = ("XAUUSD",)
DAYS = ChannelConfig("Gold Signals", CHANNEL, SYMBOLS, reports=(ReportKind.DAILY,))
ALL = ChannelConfig("Gold Signals", CHANNEL, SYMBOLS)


async def drawn(spec: bytes) -> bytes:
    return spec


class House:
    """A database on disk with one channel; `start` is a process, and may be called again after the one before died."""

    def __init__(self, database: AsyncEngine, *channels: ChannelConfig, patience_ms: int = 0) -> None:
        self.database = database
        self.config = Config(instruments=(GOLD, bitcoin()), channels=channels)
        self.clock = MarketClock()
        self.sending = MarketClock()  # the outbox has its own: delivery takes time, which is not what is tested here
        self.telegram = FakeTelegram(self.sending.now_ms)
        self.patience_ms = patience_ms
        self.reports: Reports
        self.outbox: Outbox

    async def start(self, moment: str, *running: Trade) -> None:
        self.clock = MarketClock(at(moment))
        self.sending.move_to(at(moment))
        self.engine = Engine(self.config.engine_config())
        self.engine.adopt(running)
        self.outbox = Outbox(self.database, self.telegram, self.sending, drawn, draw_timeout_s=None)
        await self.outbox.recover()
        voices = Voices(self.config, Market.LIVE)
        channels = ChannelOutbox(self.config, self.outbox, self.sending)
        self.reports = Reports(
            self.config, self.engine, channels, voices, at(moment), draws=False, patience_ms=self.patience_ms
        )
        async with transaction(self.database) as conn:
            await self.reports.start(conn, at(moment))
        await self.look()

    async def until(self, moment: str) -> None:
        """Time goes on; whatever becomes due happens then."""
        while self.reports.due_ms() <= at(moment):
            self.clock.move_to(self.reports.due_ms())
            await self.look()
        self.clock.move_to(at(moment))
        await self.look()

    async def look(self) -> None:
        """What the service does every second."""
        if self.reports.is_due(self.clock.now_ms()):
            async with transaction(self.database) as conn:
                await self.reports.send_due(conn, self.clock.now_ms())
        while (due_ms := await self.outbox.run_due()) is not None:
            self.sending.move_to(due_ms)

    async def look_and_die(self, moment: str) -> None:
        """Everything is written, nothing is committed."""
        async with transaction(self.database) as conn:
            await self.reports.send_due(conn, at(moment))
            raise ZeroDivisionError

    async def trade_days(self, first: str, last: str, symbol: str = "XAUUSD") -> None:
        """A candle at 12:00 on each weekday."""
        times = range(at(f"{first} 12:00"), at(f"{last} 12:01"), DAY_MS)
        weekdays = [time_ms for time_ms in times if (time_ms // DAY_MS + 3) % 7 < 5]
        async with transaction(self.database) as conn:
            await save_candles(conn, [candle(227_000, open_ms=time_ms, symbol=symbol) for time_ms in weekdays])

    async def store(self, *trades: Trade, is_carried: bool = True) -> None:
        async with transaction(self.database) as conn:
            for trade in trades:
                await save_signals(conn, [trade.signal])
                carrying = self.config.channels_for(trade.symbol) if is_carried else ()
                await save_carried(conn, {trade.id: [channel.key for channel in carrying]})
                pips, money = Voices(self.config, Market.LIVE).pips_and_money(trade)
                await save_trades(conn, [Standing(trade, pips, money, trade.closed_ms or 0)])

    @property
    def heads(self) -> list[str]:
        """The first two lines of each report, in the order they came."""
        return [" / ".join(shown(text).splitlines()[:2]) for text in self.telegram.texts(CHANNEL)]

    @property
    def days(self) -> list[str]:
        return [head.partition(" / ")[2].partition(" 2024")[0] for head in self.heads]

    @property
    def last(self) -> str:
        return shown(self.telegram.texts(CHANNEL)[-1])


@asynccontextmanager
async def house(folder: Path, *channels: ChannelConfig, **more: Any) -> AsyncIterator[House]:
    database = await fresh_database(folder / "assay.db")
    try:
        yield House(database, *channels, **more)
    finally:
        await database.dispose()


def lost(day: str, number: int = 1, symbol: str = "XAUUSD", hour: int = 14) -> Trade:
    """One R lost on that day."""
    of = signal(
        setup(symbol=symbol, known_ms=at(f"{day} 11:00") + number),
        id=f"{symbol[:3]}_{day}_{number:03}",
        issued_ms=at(f"{day} 11:00"),
    )
    return closed(opened(of, opened_ms=at(f"{day} 11:01")), closed_ms=at(f"{day} {hour}:06"))


async def test_days_weeks_and_months_go_out_in_their_own_time(tmp_path: Path) -> None:
    async with house(tmp_path, ALL) as at_home:
        await at_home.start("2024-04-23 12:00")
        await at_home.trade_days("2024-04-22", "2024-05-03")
        await at_home.until("2024-05-03 23:00")

    assert at_home.heads == [
        "<b>Daily report · XAUUSD</b> / Tue 23 Apr 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Wed 24 Apr 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Thu 25 Apr 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Fri 26 Apr 2024 · day ends 21:00 UTC",
        "<b>Weekly report · XAUUSD</b> / 22–26 Apr 2024",
        "<b>Daily report · XAUUSD</b> / Mon 29 Apr 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Tue 30 Apr 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Wed 1 May 2024 · day ends 21:00 UTC",
        "<b>Monthly report · XAUUSD</b> / April 2024",
        "<b>Daily report · XAUUSD</b> / Thu 2 May 2024 · day ends 21:00 UTC",
        "<b>Daily report · XAUUSD</b> / Fri 3 May 2024 · day ends 21:00 UTC",
        "<b>Weekly report · XAUUSD</b> / 29 Apr – 3 May 2024",
    ]
    assert not any("Late" in text for text in at_home.telegram.texts(CHANNEL))


async def test_a_channel_gets_the_reports_it_wants(tmp_path: Path) -> None:
    wants = ChannelConfig("Gold Signals", CHANNEL, SYMBOLS, reports=(ReportKind.WEEKLY,))
    silent = ChannelConfig("Silent", -7, SYMBOLS, reports=())
    async with house(tmp_path, wants, silent) as at_home:
        await at_home.start("2024-04-22 12:00")
        await at_home.trade_days("2024-04-22", "2024-04-30")
        await at_home.until("2024-04-30 23:00")

    assert at_home.heads == ["<b>Weekly report · XAUUSD</b> / 22–26 Apr 2024"]
    assert list(at_home.telegram.chats) == [CHANNEL]


async def test_nothing_from_before_the_first_start_is_reported(tmp_path: Path) -> None:
    async with house(tmp_path, ALL) as at_home:
        await at_home.trade_days("2024-01-01", "2024-04-03")
        await at_home.store(lost("2024-04-02"))
        await at_home.start("2024-04-03 20:59")
        assert at_home.heads == []

        await at_home.until("2024-04-03 21:00")

    assert at_home.days == ["Wed 3 Apr"]


async def test_days_missed_are_caught_up_once_and_said_to_be_late(tmp_path: Path) -> None:
    async with house(tmp_path, DAYS) as at_home:
        await at_home.trade_days("2024-04-01", "2024-04-12")
        await at_home.start("2024-04-09 12:00")
        await at_home.store(lost("2024-04-10"))
        await at_home.start("2024-04-11 22:00")
        await at_home.start("2024-04-11 22:01")
        await at_home.until("2024-04-11 23:00")

    assert at_home.days == ["Tue 9 Apr", "Wed 10 Apr", "Thu 11 Apr"]
    lates = [shown(text).splitlines()[2] for text in at_home.telegram.texts(CHANNEL)]
    assert lates == [f"Late: due {day} Apr 2024 21:00 UTC." for day in (9, 10, 11)]
    assert "<b>−1.00R</b>" in at_home.telegram.texts(CHANNEL)[1]


async def test_after_a_long_absence_the_newest_few_of_each_kind_come_and_the_rest_is_logged(tmp_path: Path) -> None:
    async with house(tmp_path, ALL) as at_home:
        await at_home.trade_days("2024-01-01", "2024-06-30")
        await at_home.start("2024-01-02 12:00")
        with structlog.testing.capture_logs() as logs:
            await at_home.start("2024-06-28 22:00")
        with structlog.testing.capture_logs() as again:
            await at_home.start("2024-06-28 22:01")

    kinds = [head.partition(" report")[0].removeprefix("<b>") for head in at_home.heads]
    assert kinds == ["Daily"] * 5 + ["Weekly"] * 4 + ["Monthly"] * 2, "of seven days two were a weekend"
    assert at_home.heads[-2:] == [
        "<b>Monthly report · XAUUSD</b> / April 2024",
        "<b>Monthly report · XAUUSD</b> / May 2024",
    ]
    assert [
        (line["schedule"], line["first"], line["last"]) for line in logs if line["event"] == "reports left out"
    ] == [
        ("daily:XAUUSD@-1001", "2024-01-02", "2024-06-21"),
        ("weekly:-1001", "2024-W01", "2024-W22"),
        ("monthly:-1001", "2024-01", "2024-03"),
    ]
    assert again == []


@pytest.mark.parametrize("first", ["2024-03-08", "2024-11-01"])
async def test_daylight_saving_neither_doubles_nor_drops_a_day(tmp_path: Path, first: str) -> None:
    channels = [
        ChannelConfig("Any", CHANNEL - number, ("BTCUSDT",), reports=(ReportKind.DAILY,), report_at=report_at)
        for number, report_at in enumerate(("00:00", "01:30", "02:30", "11:59", "12:00", "17:00"))
    ]
    async with house(tmp_path, *channels) as at_home:
        begin_ms = at(f"{first} 23:00")
        async with transaction(at_home.database) as conn:
            every = [candle(6_000_000, open_ms=begin_ms + k * HOUR_MS, symbol="BTCUSDT") for k in range(5 * 24)]
            await save_candles(conn, every)
        await at_home.start(f"{first} 23:00")
        for day in range(2, 6):  # restarted every day as well
            moment = f"{first[:8]}{int(first[8:]) + day:02} 18:10"
            await at_home.until(moment)
            await at_home.start(moment)

    for channel in channels:
        names = [shown(text).splitlines()[1].partition(" ·")[0] for text in at_home.telegram.texts(channel.chat_id)]
        assert len(names) == len(set(names)) in (4, 5), names
        numbers = [int(name.split()[1]) for name in names]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_transaction_that_dies_leaves_the_report_to_the_next_start(tmp_path: Path) -> None:
    async with house(tmp_path, ALL) as at_home:
        await at_home.trade_days("2024-04-01", "2024-04-05")
        await at_home.start("2024-04-05 12:00")
        with pytest.raises(ZeroDivisionError):
            await at_home.look_and_die("2024-04-05 21:00")
        await at_home.outbox.run_due()
        assert at_home.heads == []

        await at_home.start("2024-04-05 21:01")
        await at_home.start("2024-04-05 21:02")

    assert [head.partition(" · ")[0] for head in at_home.heads] == ["<b>Daily report", "<b>Weekly report"]
    assert "Late" not in at_home.last, "a minute is not worth a word"


async def test_a_clock_set_back_repeats_nothing_and_one_that_leapt_loses_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, DAYS) as at_home:
        await at_home.trade_days("2024-04-01", "2024-04-03")
        await at_home.start("2024-04-03 12:00")
        await at_home.until("2024-04-03 21:30")
        at_home.clock = MarketClock(at("2024-04-03 20:50"))
        await at_home.until("2024-04-03 21:30")
        assert at_home.days == ["Wed 3 Apr"]

        await at_home.until("2024-04-09 21:30")  # a leap: nothing has been heard of these days
        at_home.clock = MarketClock(at("2024-04-04 12:00"))
        await at_home.look()
        await at_home.trade_days("2024-04-04", "2024-04-05")
        await at_home.until("2024-04-05 21:30")

    assert at_home.days == ["Wed 3 Apr", "Thu 4 Apr", "Fri 5 Apr"]
    assert not any("Late" in text for text in at_home.telegram.texts(CHANNEL))


async def test_a_report_waits_for_a_feed_that_is_behind_but_not_for_ever(tmp_path: Path) -> None:
    async with house(tmp_path, DAYS, patience_ms=PATIENCE_MS) as at_home:
        await at_home.trade_days("2024-04-01", "2024-04-04")
        await at_home.start("2024-04-03 12:00")
        at_home.engine.push(Heartbeat(GOLD.feed, at("2024-04-03 20:59")))
        await at_home.until("2024-04-03 21:05")
        assert at_home.heads == []

        await at_home.store(lost("2024-04-03", hour=20))  # it was closed at 20:06; only now do we hear of it
        at_home.engine.push(Heartbeat(GOLD.feed, at("2024-04-03 21:00")))
        await at_home.until("2024-04-03 21:06")
        assert "<b>−1.00R</b>" in at_home.last

        await at_home.until("2024-04-04 21:09")
        assert at_home.days == ["Wed 3 Apr"]
        await at_home.until("2024-04-04 21:11")

    assert at_home.days == ["Wed 3 Apr", "Thu 4 Apr"]


async def test_a_late_day_tells_how_many_ran_at_its_end_not_what_they_stand_at_now(tmp_path: Path) -> None:
    async with house(tmp_path, DAYS) as at_home:
        await at_home.trade_days("2024-04-01", "2024-04-04")
        await at_home.start("2024-04-03 12:00")
        ran_over = secured(signal(id="XAU_20240403_002", issued_ms=at("2024-04-03 13:15")))
        ended = closed(ran_over, None, CloseReason.BREAKEVEN, closed_ms=at("2024-04-04 08:00"))
        runs_on = secured(
            signal(setup(known_ms=at("2024-04-03 15:00")), id="XAU_20240403_003", issued_ms=at("2024-04-03 15:00"))
        )
        await at_home.store(ended, runs_on, lost("2024-04-03"))
        await at_home.start("2024-04-04 12:00", runs_on)

    assert "3 signals: 0 won, 1 lost, 2 open" in at_home.last
    assert "<b>−1.00R</b>" in at_home.last
    assert "+0.75R" not in at_home.last
    assert "+1.50R" not in at_home.last


async def test_a_channel_of_several_symbols_gets_a_day_of_each_and_one_week_of_all(tmp_path: Path) -> None:
    both = ChannelConfig("Two <Signals>", CHANNEL, ("XAUUSD", "BTCUSDT"), reports=(ReportKind.DAILY, ReportKind.WEEKLY))
    async with house(tmp_path, both) as at_home:
        for symbol in both.symbols:
            await at_home.trade_days("2024-04-05", "2024-04-05", symbol)
        await at_home.start("2024-04-05 12:00")
        await at_home.store(lost("2024-04-05"), lost("2024-04-05", 2), lost("2024-04-05", symbol="BTCUSDT"))
        await at_home.until("2024-04-05 21:00")
        async with reading(at_home.database) as conn:
            entered = [(each.body["name"], each.body["lost"], each.body["r"]) for each in await entries(conn)]

    assert entered == [("2024-04-05", 2, "-2.00"), ("2024-04-05", 1, "-1.00"), ("2024-W14", 3, "-3.00")]
    assert [head.partition(" / ")[0] for head in at_home.heads] == [
        "<b>Daily report · XAUUSD</b>",
        "<b>Daily report · BTCUSDT</b>",
        "<b>Weekly report · Two &lt;Signals&gt;</b>",
    ]
    assert "<pre>Symbol  n       R\nXAUUSD  2  −2.00R\nBTCUSDT 1  −1.00R</pre>" in at_home.last
    assert "pips" not in at_home.last, "of different symbols they cannot be added"


async def test_what_a_day_came_to_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, DAYS) as at_home:
        await at_home.trade_days("2024-04-03", "2024-04-03")
        await at_home.start("2024-04-03 12:00")
        await at_home.store(lost("2024-04-03"))
        await at_home.until("2024-04-03 21:00")
        async with transaction(at_home.database) as conn:
            (day,) = await days_between(conn, "XAUUSD@-1001", "2024-04-01", "2024-05-01")

    assert (day.day, day.signals, day.lost, day.result_r) == ("2024-04-03", 1, 1, -1.0)
    assert day.to_ms - day.from_ms == DAY_MS
    assert day.saved_ms - day.to_ms < MINUTE_MS


async def test_what_was_heard_is_stored_before_a_report_is_told_from_it(tmp_path: Path) -> None:
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        service = stage.app.service
        await service.warm_up(iter(history))
        heard = next(item for item in live if service.push(item))
        async with reading(service.database) as conn:
            before = await last_applied(conn)
        clock.move_to(service.reports.due_ms())
        await service.report()
        async with reading(service.database) as conn:
            after = await last_applied(conn)

    assert heard
    assert before < after, "a trade that ended just now would be neither open nor closed"


async def test_what_a_channel_never_carried_is_left_out_and_the_record_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, ALL) as made:
        await made.trade_days("2024-04-01", "2024-04-05")
        await made.start("2024-04-03 12:00")
        won = closed(secured(signal(id="XAU_20240403_001")), closed_ms=at("2024-04-03 15:00"))
        other = setup(known_ms=at("2024-04-03 10:00"))
        lost = closed(opened(signal(other, id="XAU_20240403_002")), closed_ms=at("2024-04-03 16:00"))
        await made.store(won)
        await made.store(lost, is_carried=False)
        await made.until("2024-04-03 21:00")
        daily = made.last
        await made.until("2024-04-05 21:00")
        async with reading(made.database) as conn:
            (day,) = await days_between(conn, "XAUUSD@-1001", "2024-04-03", "2024-04-04")
            reported = [entry.body for entry in await entries(conn) if entry.kind == EntryKind.REPORTED]

    assert "1 signal: 1 won, 0 lost" in daily
    assert "002" not in daily
    assert (day.signals, day.won, day.lost) == (1, 1, 0), "what is kept of the day says the same"
    assert "1 trade: 1 won, 0 lost" in made.last, "nor in the week's"
    told = [(body["won"], body["lost"], body.get("left_out")) for body in reported]
    assert told[:1] == [(1, 0, ["XAU_20240403_002"])]


async def test_a_signal_that_never_opened_is_neither_counted_nor_left_out(tmp_path: Path) -> None:
    """Else `verify` would say of an honest report that it hides what was published."""
    async with house(tmp_path, ALL) as made:
        await made.trade_days("2024-04-01", "2024-04-05")
        await made.start("2024-04-03 12:00")
        await made.store(ended())
        await made.until("2024-04-05 21:00")
        async with reading(made.database) as conn:
            reported = [entry.body for entry in await entries(conn) if entry.kind == EntryKind.REPORTED]

    assert [body["name"] for body in reported] == ["2024-04-03", "2024-04-04", "2024-04-05", "2024-W14"]
    assert [(body["even"], body.get("left_out")) for body in reported] == [(0, None)] * 4
