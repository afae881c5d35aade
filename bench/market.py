"""What the benchmarks are fed: a year of real EURUSD candles, and random walks that anybody can draw again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from bot.config_file import load_config
from engine.config import EngineConfig
from engine.events import CandleInput, Tick
from engine.types import HOUR_MS, MINUTE_MS, Candle, Instrument, Timeframe
from feeds.replay import read, recognise

ROOT = Path(__file__).parents[1]
SYMBOL = "EURUSD"
REAL = ROOT.parent / "shared" / "data" / "eurusd_m15_mt5_2022-10-09_2023-10-02.csv.gz"

SEED = 20240105
STEP = 0.0005  # standard deviation of the close, per candle: about five pips of EURUSD
STEPS = 8  # prices drawn within a candle
FIRST_PRICE = 110_000  # ticks
FIRST_SUNDAY_MS = 1_199_656_800_000  # 2008-01-06 22:00 UTC
OPEN_CANDLES = 119 * 4  # Sunday 22:00 to Friday 21:00 UTC: open in summer and in winter
M15_MS = Timeframe.M15.ms

Numbers = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True)
class Candles:
    """M15 candles as columns, all whole numbers: milliseconds UTC, ticks, and volume in ticks heard."""

    open_ms: Numbers
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers

    def __len__(self) -> int:
        return len(self.open_ms)

    def between(self, start: int, end: int) -> Candles:
        """The candles of these numbers, `end` not included."""
        return Candles(*(column[start:end] for column in self.columns().values()))

    def columns(self) -> dict[str, Numbers]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def rows(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        return zip(*(column.tolist() for column in self.columns().values()), strict=True)

    def inputs(self) -> list[CandleInput]:
        """What `Engine.push` takes, built before any clock runs."""
        return [
            CandleInput(Candle(SYMBOL, Timeframe.M15, at, at + M15_MS, o, h, low, c, float(volume), volume))
            for at, o, h, low, c, volume in self.rows()
        ]


def random_walk(count: int, seed: int = SEED) -> Candles:
    """Candles of a market that remembers nothing; closed at weekends. The same seed draws the same market.

    Prices are drawn `STEPS` times a candle, each candle opens where the last one closed. A shorter walk is the
    beginning of a longer one of the same seed.
    """
    prices, volumes = (np.random.default_rng([seed, stream]) for stream in range(2))
    moves = prices.normal(0.0, STEP / STEPS**0.5, (count, STEPS))
    path = np.rint(FIRST_PRICE * np.exp(moves.cumsum().reshape(count, STEPS))).astype(np.int64)
    opened = np.concatenate(([FIRST_PRICE], path[:-1, -1])).astype(np.int64)
    return Candles(
        open_ms=_open_times(count),
        open=opened,
        high=np.maximum(path.max(axis=1), opened),
        low=np.minimum(path.min(axis=1), opened),
        close=path[:, -1],
        volume=volumes.integers(50, 2000, count),
    )


def quotes(count: int, start_ms: int, price: int, spread: int, seed: int = SEED) -> list[Tick]:
    """Ticks of one M15 interval, a tick up, down or unchanged each, and none that closes the candle."""
    if not 0 < count < M15_MS:
        raise ValueError(f"an interval holds 1 to {M15_MS - 1} ticks of a millisecond each, not {count}")
    bids = price + np.random.default_rng(seed).integers(-1, 2, count).cumsum()
    times = start_ms + np.arange(count) * ((M15_MS - 1) // count)
    return [Tick(SYMBOL, at, bid, bid + spread) for at, bid in zip(times.tolist(), bids.tolist(), strict=True)]


def real_year() -> Candles | None:
    """24,424 M15 candles of EURUSD, or None where the recordings are not at hand."""
    if not REAL.exists():
        return None
    symbol = instrument()
    candles = [row for row in read(recognise(REAL, {SYMBOL: symbol}), symbol) if isinstance(row, Candle)]
    rows = [(c.open_ms, c.open, c.high, c.low, c.close, int(c.volume or 0)) for c in candles]
    return Candles(*np.array(rows, dtype=np.int64).T)


def config() -> EngineConfig:
    """`config.toml` as the bot reads it, all detectors, confluence and trades on, with EURUSD alone."""
    whole = load_config(ROOT / "config.toml").engine_config()
    return msgspec.structs.replace(whole, instruments=tuple(i for i in whole.instruments if i.symbol == SYMBOL))


def instrument() -> Instrument:
    (only,) = config().instruments
    return only


def _open_times(count: int) -> Numbers:
    week, candle = np.divmod(np.arange(count), OPEN_CANDLES)
    return FIRST_SUNDAY_MS + week * (7 * 24 * HOUR_MS) + candle * (15 * MINUTE_MS)
