"""Real recordings through the whole service, where they are at hand: nothing lost, nothing late, and the same as a
backtest says."""

import csv
import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path

import pytest

from bot.config_file import load_config
from bot.play.player import Outcome, open_player, play
from bot.play.tape import Tape, recognise_all, tape_of_files
from bot.words.wording import Market
from engine.backtest import backtest
from engine.engine import Engine
from engine.events import Event, History
from tests import databases
from tests.bot.stage import SHIPPED, transcript
from tests.databases import placed

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
QUARTER_MS = 900_000
BLESSED = "1be43f97fc69c18c"  # of what readers saw from 24 to 30 March 2026: four quiet days, and a signal

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="recorded market data (../shared/data) is not here")

Row = dict[str, str]
Bar = tuple[int, int, int, int]


@dataclass
class Played:
    """What came of a replay."""

    events: list[Event]
    outcome: Outcome
    seen: str
    candles: dict[int, Bar]  # M15 as stored, by when they opened


def rows_of(name: str) -> Iterable[Row]:
    with gzip.open(SHARED / name, "rt") as file:
        yield from csv.DictReader(file)


def cut(rows: list[Row], path: Path) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def opened_ms(row: Row) -> int:
    return int(datetime.fromisoformat(row["timestamp_utc"]).timestamp()) * 1000


def tape(folder: Path, live: list[Path], history: list[Path]) -> Tape:
    config = load_config(SHIPPED)
    sources, past = recognise_all(live, config, None), recognise_all(history, config, None)
    return tape_of_files(config, sources, past, folder, skips_bad=False, progress=lambda *_: None)


async def played(folder: Path, live: list[Path], history: list[Path]) -> Played:
    asked = tape(folder, live, history)
    events: list[Event] = []
    async with open_player(
        placed(asked.config), Market.REPLAY, asked.begin_ms, speed=None, port=0, draws=False, listens=False
    ) as player:
        outcome = await play(player, asked.inputs, events.extend)
        seen = transcript(player.sandbox)
    bars = "SELECT open_ms, open, high, low, close FROM candles WHERE timeframe = 'M15'"
    stored = databases.rows(folder / "assay.db", bars)
    return Played(events, outcome, seen, {open_ms: bar for open_ms, *bar in stored})


def backtested(folder: Path, live: list[Path], history: list[Path]) -> list[Event]:
    asked = tape(folder, live, history)
    engine, inputs = Engine(asked.config.engine_config()), list(asked.inputs)
    for item in inputs:
        if isinstance(item, History):
            engine.push(item)
    return list(backtest(engine, (item for item in inputs if not isinstance(item, History))))


def ticks(price: str) -> int:
    """Cents, halves up."""
    return int((Decimal(price) * 100).to_integral_value(ROUND_HALF_UP))


def quarters(prices: Iterable[tuple[int, Bar]]) -> dict[int, list[int]]:
    """M15 candles by definition: what opened first, went highest and lowest, and closed last."""
    found: dict[int, list[int]] = {}
    for time_ms, (first, high, low, last) in prices:
        bar = found.setdefault(time_ms // QUARTER_MS * QUARTER_MS, [first, high, low, last])
        bar[1], bar[2], bar[3] = max(bar[1], high), min(bar[2], low), last
    return found


def of_bars(rows: Iterable[Row]) -> dict[int, list[int]]:
    names = ("open", "high", "low", "close")
    return quarters((opened_ms(row), tuple(ticks(row[name]) for name in names)) for row in rows)


def of_prices(rows: Iterable[Row], column: str) -> dict[int, list[int]]:
    return quarters((int(row["timestamp_utc_ms"]), (ticks(row[column]),) * 4) for row in rows)


def digest(seen: str) -> str:
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


async def test_days_of_gold_minutes_give_the_events_of_a_backtest_and_the_blessed_messages(tmp_path):
    minutes = list(islice(rows_of("xauusd_m1_mt5_2026-03-24_2026-05-28.csv.gz"), 5_001))  # to the end of a quarter
    begin_ms = opened_ms(minutes[0])
    past = [row for row in rows_of("xauusd_m15_mt5_2021-06-14_2026-06-11.csv.gz") if opened_ms(row) < begin_ms][-3_300:]
    live, history = [cut(minutes, tmp_path / "xauusd_m1.csv")], [cut(past, tmp_path / "xauusd_m15.csv")]

    service = await played(tmp_path / "data", live, history)

    by_hand = of_bars(minutes)
    assert {at: list(bar) for at, bar in service.candles.items() if at >= begin_ms} == by_hand
    assert service.outcome.late_inputs == 0
    assert service.events == backtested(tmp_path / "other", live, history)
    assert service.outcome.signals > 0
    assert digest(service.seen) == BLESSED, "readers would see other messages: read them, then bless this digest"


async def test_an_hour_of_gold_ticks_with_prices_finer_than_the_tick(tmp_path):
    """Before the employment figures of 2 May 2014, and after."""
    begin_ms, end_ms = 1_399_032_000_000, 1_399_035_600_000  # 12:00 to 13:00 UTC
    quotes = [
        row
        for row in rows_of("xauusd_ticks_oanda_2014-05-01_05-02.csv.gz")
        if begin_ms <= int(row["timestamp_utc_ms"]) < end_ms
    ]
    past = [row for row in rows_of("xauusd_h1_oanda_2006-03-20_2019-02-25.csv.gz") if opened_ms(row) < begin_ms][-900:]
    live, history = [cut(quotes, tmp_path / "xauusd_ticks.csv")], [cut(past, tmp_path / "xauusd_h1.csv")]

    service = await played(tmp_path / "data", live, history)

    assert len(quotes) > 10_000
    assert {at: list(bar) for at, bar in service.candles.items()} == of_prices(quotes, "bid")
    assert service.outcome.late_inputs == 0
    assert service.events == backtested(tmp_path / "other", live, history)


async def test_six_minutes_of_bitcoin_trades_and_quotes_make_the_candles_of_the_trades(tmp_path):
    names = [f"btcusdt_{kind}_binance_spot_20240808.csv.gz" for kind in ("trades", "bookticker")]

    service = await played(tmp_path / "data", [SHARED / name for name in names], [])

    by_hand = of_prices(rows_of(names[0]), "price")
    # A second after midnight the recording ends: that candle is closed by the last heartbeat only if its end has come.
    assert {at: list(bar) for at, bar in service.candles.items()} == {min(by_hand): by_hand[min(by_hand)]}
    assert (service.outcome.signals, service.outcome.late_inputs) == (0, 0)


async def test_a_week_of_bitcoin_with_the_weeks_before_as_history(tmp_path):
    rows = list(islice(rows_of("btcusdt_15m_binance_2024-10-23_2025-10-23.csv.gz"), 7_700, 14_700))
    past, bars = rows[:6_300], rows[6_300:]
    live, history = [cut(bars, tmp_path / "btcusdt_15m.csv")], [cut(past, tmp_path / "btcusdt_15m_before.csv")]

    service = await played(tmp_path / "data", live, history)

    begin_ms = opened_ms(bars[0])
    assert {at: list(bar) for at, bar in service.candles.items() if at >= begin_ms} == of_bars(bars)
    assert service.outcome.late_inputs == 0
    assert service.events == backtested(tmp_path / "other", live, history)
    assert service.outcome.signals > 0
