"""Short makers of valid values: gold in cents, M15, on a Wednesday morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engine.types import (
    Candle,
    CandlePrice,
    Direction,
    Fill,
    Instrument,
    MarketHours,
    Mode,
    Reason,
    ReasonCode,
    Role,
    Session,
    Setup,
    Signal,
    Strategy,
    Timeframe,
    Trade,
    TradeStatus,
)

MARK = "PAPER · SIMULATED"
M15 = Timeframe.M15.ms


def ms(text: str) -> int:
    """`2024-04-03 13:15`, UTC."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


NOW = ms("2024-04-03 13:15")
SESSIONS = (
    ("Asia", ms("2024-04-03 00:00"), ms("2024-04-03 07:00")),
    ("London", ms("2024-04-03 07:00"), ms("2024-04-03 12:00")),
    ("New York", ms("2024-04-03 12:00"), ms("2024-04-03 21:00")),
)


def instrument(symbol: str = "XAUUSD", tick: str = "0.01", digits: int = 2, pip: str = "0.1") -> Instrument:
    return Instrument(
        symbol=symbol,
        short="XAU",
        tick_size=Decimal(tick),
        digits=digits,
        pip_size=Decimal(pip),
        contract_size=Decimal(100),
        lot_step=Decimal("0.01"),
        lot_min=Decimal("0.01"),
        lot_max=Decimal(50),
        base="XAU",
        quote="USD",
        feed="replay",
        day_start="17:00 America/New_York",
        hours=MarketHours.METALS,
        typical_spread=20,
        round_step=1000,
        candle_price=CandlePrice.BID,
    )


GOLD = instrument()


def candle(open_ms: int, open_: int, high: int, low: int, close: int) -> Candle:
    return Candle("XAUUSD", Timeframe.M15, open_ms, open_ms + M15, open_, high, low, close)


def market(closes: Sequence[int], until_ms: int = NOW, wick: int = 40) -> list[Candle]:
    """One candle a close, each opening where the one before closed; the last one closes at `until_ms`."""
    first_ms = until_ms - len(closes) * M15
    opens = [closes[0], *closes[:-1]]
    return [
        candle(first_ms + k * M15, a, max(a, b) + wick, min(a, b) - wick, b)
        for k, (a, b) in enumerate(zip(opens, closes, strict=True))
    ]


def waves(count: int = 100, base: int = 227_400, height: int = 400) -> list[int]:
    """Closes that swing about `base` in a triangle of eight candles, ending at `base`."""
    shape = (0, 1, 2, 1, 0, -1, -2, -1)
    return [base + shape[(count - 1 - k) % 8] * height // 2 for k in range(count)]


def reason(
    code: ReasonCode,
    prices: tuple[int, ...],
    *,
    timeframe: Timeframe = Timeframe.M15,
    direction: Direction = Direction.UP,
    role: Role = Role.ENTRY,
    from_ms: int = NOW - 10 * M15,
    known_ms: int = NOW,
    detail: str = "",
    strength: int | None = None,
) -> Reason:
    return Reason(role, code, timeframe, direction, 5, prices, from_ms, known_ms, detail, strength)


def setup(
    reasons: Sequence[Reason] = (),
    *,
    direction: Direction = Direction.UP,
    entry: int = 227_410,
    stop: int = 226_490,
    targets: tuple[int, ...] = (228_790, 229_710),
    kind: str = "Sweep + FVG",
    symbol: str = "XAUUSD",
) -> Setup:
    return Setup(
        symbol=symbol,
        timeframe=Timeframe.M15,
        strategy=Strategy.TREND_CONTINUATION,
        kind=kind,
        direction=direction,
        entry=entry,
        stop=stop,
        targets=targets,
        spread=20,
        score=88,
        reasons=tuple(reasons),
        session=Session.NEW_YORK,
        known_ms=NOW,
    )


def trade(proposed: Setup | None = None, *, split: tuple[int, ...] = (5, 5), **changes: object) -> Trade:
    """A pending trade of ten lot steps, or as `changes` say."""
    what = proposed or setup()
    signal = Signal(
        id="XAU_20240403_002",
        setup=what,
        mode=Mode.PAPER,
        lots=Decimal("0.10"),
        lot_steps=10,
        split=split,
        risk_percent=Decimal("0.92"),
        risk_money=Decimal(92),
        issued_ms=NOW,
        expires_ms=NOW + 16 * M15,
    )
    life: dict[str, object] = {"status": TradeStatus.PENDING, "stop": what.stop} | changes
    return Trade(signal=signal, **life)  # type: ignore[arg-type]


def fill(price: int, ticks: int, time_ms: int, steps: int = 5, target: int | None = None) -> Fill:
    return Fill(price=price, lot_steps=steps, ticks=ticks, time_ms=time_ms, target=target)
