"""Short makers of the values that feed tests need."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path

from engine.types import CandlePrice, Instrument, MarketHours

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def gold(symbol: str = "XAUUSD", tick: str = "0.01", typical_spread: int = 20) -> Instrument:
    return Instrument(
        symbol=symbol,
        short="XAU",
        tick_size=Decimal(tick),
        digits=len(tick.partition(".")[2]),
        pip_size=Decimal("0.1"),
        contract_size=Decimal(100),
        lot_step=Decimal("0.01"),
        lot_min=Decimal("0.01"),
        lot_max=Decimal(50),
        base="XAU",
        quote="USD",
        feed="replay",
        day_start="17:00 America/New_York",
        hours=MarketHours.METALS,
        typical_spread=typical_spread,
        round_step=1000,
    )


def coin(symbol: str = "BTCUSDT", typical_spread: int = 1) -> Instrument:
    return Instrument(
        symbol=symbol,
        short="BTC",
        tick_size=Decimal("0.01"),
        digits=2,
        pip_size=Decimal(1),
        contract_size=Decimal(1),
        lot_step=Decimal("0.00001"),
        lot_min=Decimal("0.00001"),
        lot_max=Decimal(100),
        base="BTC",
        quote="USDT",
        feed="binance",
        day_start="00:00 UTC",
        hours=MarketHours.ALWAYS,
        typical_spread=typical_spread,
        round_step=100_000,
        candle_price=CandlePrice.LAST,
    )


def utc_ms(text: str) -> int:
    """`2024-10-23 04:30` or with seconds, in UTC."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()) * 1000


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path
