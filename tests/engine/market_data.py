"""Markets for the engine's tests: hand-drawn lines, seeded walks, candles drawn by hypothesis, and recorded ones.

Prices are ticks. The walks have what breaks detectors: equal highs, flat candles, gaps, spikes and missing candles.
"""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import strategies as st

from engine.config import (
    DetectorsConfig,
    EngineConfig,
    GateConfig,
    IndicatorsConfig,
    LimitsConfig,
    RegimeConfig,
    StrategiesConfig,
    TimeframesConfig,
)
from engine.engine import Engine
from engine.events import CandleInput, Event, Input, Tick
from engine.indicators import AverageVolume
from engine.types import Candle, Instrument, Strategy, Timeframe
from tests.builders import at, instrument

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

# A Monday in winter: the trading day of metals began on Sunday at 22:00 UTC, and no clock changes for weeks.
MONDAY_MS = at("2024-01-08 00:00")

EURO = instrument("EURUSD", tick_size=Decimal("0.00001"), digits=5, round_step=500, typical_spread=10)

# Small numbers, so that short lists reach every rule, full books and evictions included. Periods of averages that are
# measured against whole ticks are such that a distance of exactly so many ATRs is exact in floats too.
CRAMPED = DetectorsConfig(
    internal_wing=2,
    swing_wing=5,
    atr_period=4,
    long_atr_period=5,
    volume_period=3,
    equal_wing=1,
    equal_atr=Decimal("0.5"),
    inducement_wing=1,
    level_atr=Decimal("0.5"),
    active_zones=3,
    active_pools=4,
    active_levels=4,
    indicators=IndicatorsConfig(
        ema_fast=3,
        ema_slow=7,
        bollinger_period=4,
        rsi_period=3,
        adx_period=3,
        efficiency_period=4,
        atr_rank_period=5,
        profile_step=3,
    ),
    regime=RegimeConfig(
        trend_adx=Decimal("25.3"),  # no average of a few candles is exactly that
        trend_adx_stay=Decimal("20.3"),
        quiet_percentile=Decimal(20),  # one of five
        quiet_percentile_stay=Decimal(40),
    ),
)
QUICK = TimeframesConfig(Timeframe.M5, Timeframe.M15, Timeframe.H1, ready_after=20)
EAGER = StrategiesConfig(
    **{name.value: msgspec.structs.replace(StrategiesConfig().of(name), min_score=30) for name in Strategy}
)
TALKATIVE = GateConfig(
    max_signals_a_day=1000, max_signals_a_day_per_symbol=1000, cooldown_min=0, max_spread_r=Decimal("0.15")
)
# A market nobody chose loses more than any account would bear.
BOUNDLESS = LimitsConfig(
    daily_loss_percent=Decimal(0), weekly_loss_percent=Decimal(0), max_drawdown_percent=Decimal(0), max_losses=0
)


def config(*instruments: Instrument, **sections: object) -> EngineConfig:
    return EngineConfig(instruments or (instrument(),), **sections)


def heard(engine: Engine, inputs: Iterable[Input]) -> list[Event]:
    """Everything the engine says to these inputs."""
    return [event for item in inputs for event in engine.push(item)]


def of_type(events: Iterable[Event], *types: type) -> list[Event]:
    return [event for event in events if isinstance(event, types)]


def row(text: str) -> tuple[int, int, int, int]:
    """`100/105/98/103` → open, high, low, close."""
    open_, high, low, close = (int(part) for part in text.split("/"))
    return open_, high, low, close


def line(*rows: str | tuple[int, int, int, int], start_ms: int = MONDAY_MS, **fields: object) -> list[Candle]:
    """Consecutive hand-drawn candles."""
    return [_candle(start_ms, i, *(row(r) if isinstance(r, str) else r), **fields) for i, r in enumerate(rows)]


def mean_volume(value: float | None) -> AverageVolume:
    """An average that stands there; None: not yet."""
    mean = AverageVolume(1)
    mean.on_candle(line("100/101/99/100", volume=value)[0])
    return mean


def peaks(*highs: int, depth: int = 4, **fields: object) -> list[Candle]:
    """Candles of which only the highs matter: each opens and closes in the middle of a range of `depth`."""
    return line(*((high - depth // 2, high, high - depth, high - depth // 2) for high in highs), **fields)


def _candle(
    start_ms: int,
    index: int,
    open_: int,
    high: int,
    low: int,
    close: int,
    volume: float | None = None,
    timeframe: Timeframe = Timeframe.M15,
    symbol: str = "XAUUSD",
) -> Candle:
    open_ms = start_ms + index * timeframe.ms
    return Candle(symbol, timeframe, open_ms, open_ms + timeframe.ms, open_, high, low, close, volume, 1)


# One drawn candle: gap before it, body, wicks above and below, volume, candles missing before it.
Drawn = tuple[int, int, int, int, float | None, int]


def _size(often: int, seldom: int) -> st.SearchStrategy[int]:
    """Mostly small, so that prices meet again, and now and then a spike."""
    return st.one_of(st.integers(0, often), st.integers(0, often), st.integers(0, seldom))


_SIGN = st.sampled_from([-1, 1])
_MOVE = st.builds(lambda size, sign: size * sign, _size(4, 30), _SIGN)
_DRAWN = st.tuples(
    st.one_of(st.just(0), _MOVE),
    _MOVE,
    _size(3, 25),
    _size(3, 25),
    st.one_of(st.none(), st.integers(1, 9).map(float)),
    st.sampled_from([0] * 12 + [1, 3, 200]),
)


def candle_lists(min_size: int = 0, max_size: int = 80, **fields: object) -> st.SearchStrategy[list[Candle]]:
    """Candles around 10,000 ticks with ties, flats, gaps, spikes, missing candles and missing volume.

    Left alone, hypothesis draws lists of a handful; most should be long enough for every rule.
    """
    few = st.lists(_DRAWN, min_size=min_size, max_size=max(min_size, 12))
    many = st.lists(_DRAWN, min_size=max(min_size, max_size // 2), max_size=max_size)
    return st.one_of(few, many, many).map(lambda drawn: built(drawn, **fields))


def built(
    drawn: Sequence[Drawn],
    start: int = 10_000,
    timeframe: Timeframe = Timeframe.M15,
    symbol: str = "XAUUSD",
    start_ms: int = MONDAY_MS,
) -> list[Candle]:
    made, close, slot = [], start, 0
    for gap, body, above, below, volume, missing in drawn:
        slot += missing
        open_ = close + gap
        close = open_ + body
        low, high = min(open_, close) - below, max(open_, close) + above
        made.append(_candle(start_ms, slot, open_, high, low, close, volume, timeframe, symbol))
        slot += 1
    return made


def walk(seed: int, count: int, *, pace: int = 6, **fields: object) -> list[Candle]:
    """A seeded random walk of candles, with everything `candle_lists` has. Volume on all of them or on none."""
    chance = Random(seed)  # noqa: S311 - a market, not a secret
    has_volume = chance.random() < 0.7
    drawn: list[Drawn] = []
    for _ in range(count):
        spike = 6 if chance.random() < 0.03 else 1
        flat = chance.random() < 0.04
        sizes = [0 if flat else int(abs(chance.gauss(0, pace * spike))) for _ in range(3)]
        gap = int(chance.gauss(0, pace)) if chance.random() < 0.1 else 0
        body = sizes[0] if chance.random() < 0.5 else -sizes[0]
        volume = float(chance.randint(1, 40)) * spike if has_volume else None
        drawn.append(
            (gap, body, sizes[1], sizes[2], volume, chance.choice([1, 2, 96]) if chance.random() < 0.01 else 0)
        )
    return built(drawn, **fields)


def walk_ticks(
    seed: int,
    count: int,
    *,
    start_ms: int = MONDAY_MS,
    mean_gap_ms: int = 4_000,
    spread: int = 3,
    pace: float = 4.0,
    symbol: str = "XAUUSD",
    start: int = 230_000,
) -> list[Tick]:
    """Seeded quotes: trends that turn, several ticks in one millisecond, silences, gaps in price."""
    chance = Random(seed)  # noqa: S311 - a market, not a secret
    ticks, time_ms, bid, drift = [], start_ms, float(start), 0.0
    for _ in range(count):
        time_ms += int(chance.expovariate(1 / mean_gap_ms)) if chance.random() > 0.05 else 0
        if chance.random() < 0.0005:
            time_ms += chance.randint(1, 90) * 60_000
        if chance.random() < 0.002:
            drift = chance.gauss(0, pace / 8)
        bid += chance.gauss(drift, pace) * (12 if chance.random() < 0.001 else 1)
        price = max(1000, int(bid))
        ticks.append(Tick(symbol, time_ms, price, price + spread, None, 1.0 if chance.random() < 0.8 else None))
    return ticks


def recorded(name: str, of: Instrument, count: int, skip: int = 0) -> list[Candle]:
    """Recorded M15 candles from the data beside the checkout. Skips the test where there is none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"recorded market data is not here: {name}")
    with gzip.open(path, "rt", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file), skip, skip + count))
    return [_recorded(of, fields) for fields in rows]


def _recorded(of: Instrument, fields: dict[str, str]) -> Candle:
    open_ms = int(datetime.fromisoformat(fields["timestamp_utc"]).timestamp()) * 1000
    prices = (of.to_price(fields[name]) for name in ("open", "high", "low", "close"))
    return Candle(of.symbol, Timeframe.M15, open_ms, open_ms + Timeframe.M15.ms, *prices, float(fields["volume"]), 1)


def recorded_gold(count: int) -> list[Candle]:
    """From October 2024, so that a change of the clocks is among them."""
    return recorded("xauusd_m15_mt5_2021-06-14_2026-06-11.csv.gz", instrument(), count, skip=78_000)


def recorded_euro(count: int) -> list[Candle]:
    return recorded("eurusd_m15_mt5_2022-10-09_2023-10-02.csv.gz", EURO, count)


def as_inputs(candles: Iterable[Candle]) -> list[CandleInput]:
    return [CandleInput(candle) for candle in candles]
