"""Short makers of valid values for every test: say what matters, get the rest.

The default trade is the one of the design's texts: gold bought on 3 April 2024. Prices are ticks of the instrument;
`gold("2274.10")` and `at("2024-04-03 13:15")` spare the arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from engine.events import Tick
from engine.types import (
    MINUTE_MS,
    BreakKind,
    Candle,
    CloseReason,
    Direction,
    Fill,
    Instrument,
    LiquidityPool,
    MarketHours,
    Mode,
    PoolKind,
    Reason,
    ReasonCode,
    Role,
    Scale,
    Session,
    Setup,
    Signal,
    Strategy,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    SwingLabel,
    Timeframe,
    Trade,
    TradeStatus,
    Zone,
    ZoneKind,
)


def at(text: str) -> int:
    """`2024-04-03 13:15` or `2024-04-03 13:15:30.250`, UTC → milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def gold(text: str) -> int:
    """A gold price → ticks of 0.01."""
    return GOLD.to_price(text)


def instrument(symbol: str = "XAUUSD", **changes: Any) -> Instrument:
    """Gold at a typical broker: 0.01 tick, 0.10 pip, 100 ounces a lot, 0.01 lot steps."""
    fields: dict[str, Any] = {
        "symbol": symbol,
        "short": symbol[:3],
        "tick_size": Decimal("0.01"),
        "digits": 2,
        "pip_size": Decimal("0.10"),
        "contract_size": Decimal(100),
        "lot_step": Decimal("0.01"),
        "lot_min": Decimal("0.01"),
        "lot_max": Decimal(100),
        "base": "XAU",
        "quote": "USD",
        "feed": "test",
        "day_start": "17:00 America/New_York",
        "hours": MarketHours.METALS,
        "typical_spread": 20,
        "round_step": 1000,
    }
    return Instrument(**(fields | changes))


def bitcoin(**changes: Any) -> Instrument:
    """Bitcoin at a crypto exchange: 0.01 tick, 1.00 pip, one coin a lot, 0.001 lot steps, never closed."""
    fields: dict[str, Any] = {
        "short": "BTC",
        "pip_size": Decimal(1),
        "contract_size": Decimal(1),
        "lot_step": Decimal("0.001"),
        "lot_min": Decimal("0.001"),
        "base": "BTC",
        "quote": "USDT",
        "day_start": "00:00 UTC",
        "hours": MarketHours.ALWAYS,
        "typical_spread": 1,
        "round_step": 100_000,
    }
    return instrument("BTCUSDT", **(fields | changes))


GOLD = instrument()
START_MS = at("2024-04-03 13:15")


def tick(bid: int = 227410, ask: int | None = None, time_ms: int = START_MS, symbol: str = "XAUUSD") -> Tick:
    """A quote; without an ask there is no spread."""
    return Tick(symbol=symbol, time_ms=time_ms, bid=bid, ask=bid if ask is None else ask)


def candle(
    open_: int = 100,
    high: int | None = None,
    low: int | None = None,
    close: int | None = None,
    *,
    open_ms: int = START_MS,
    timeframe: Timeframe = Timeframe.M15,
    symbol: str = "XAUUSD",
    volume: float | None = None,
    ticks: int = 1,
    spread: int | None = None,
) -> Candle:
    """A candle of one whole interval. What is not said follows: no close is the open, no high or low has no wick."""
    close = open_ if close is None else close
    return Candle(
        symbol=symbol,
        timeframe=timeframe,
        open_ms=open_ms,
        close_ms=open_ms + timeframe.ms,
        open=open_,
        high=max(open_, close) if high is None else high,
        low=min(open_, close) if low is None else low,
        close=close,
        volume=volume,
        ticks=ticks,
        spread=spread,
    )


def candles(
    rows: Iterable[tuple[int, int, int, int]],
    *,
    start_ms: int = START_MS,
    timeframe: Timeframe = Timeframe.M15,
    symbol: str = "XAUUSD",
) -> list[Candle]:
    """Consecutive candles from rows of (open, high, low, close)."""
    return [
        candle(*row, open_ms=start_ms + index * timeframe.ms, timeframe=timeframe, symbol=symbol)
        for index, row in enumerate(rows)
    ]


def swing(
    kind: SwingKind = SwingKind.HIGH,
    price: int = 100,
    formed_ms: int = 0,
    known_ms: int | None = None,
    scale: Scale = Scale.INTERNAL,
    label: SwingLabel | None = None,
) -> Swing:
    return Swing(kind, price, formed_ms, formed_ms if known_ms is None else known_ms, scale, label)


def broken(
    kind: BreakKind = BreakKind.BOS,
    direction: Direction = Direction.UP,
    level: int = 100,
    *,
    level_formed_ms: int = 0,
    formed_ms: int = 0,
    known_ms: int | None = None,
    scale: Scale = Scale.INTERNAL,
    is_displaced: bool = False,
) -> StructureBreak:
    """A break known at once unless said otherwise, of a level known before it."""
    return StructureBreak(
        kind=kind,
        direction=direction,
        level=level,
        level_formed_ms=level_formed_ms,
        level_known_ms=level_formed_ms,
        formed_ms=formed_ms,
        known_ms=formed_ms if known_ms is None else known_ms,
        scale=scale,
        is_displaced=is_displaced,
    )


def zone(
    bottom: int = 100,
    top: int = 110,
    direction: Direction = Direction.UP,
    kind: ZoneKind = ZoneKind.GAP,
    **changes: Any,
) -> Zone:
    fields: dict[str, Any] = {"id": 1, "strength": 50, "formed_ms": 0, "known_ms": 0}
    return Zone(kind=kind, direction=direction, top=top, bottom=bottom, **(fields | changes))


def pool(
    level: int = 100, side: SwingKind = SwingKind.LOW, kind: PoolKind = PoolKind.SWING, formed_ms: int = 0
) -> LiquidityPool:
    return LiquidityPool(kind=kind, side=side, level=level, formed_ms=formed_ms, known_ms=formed_ms)


def sweep(of: LiquidityPool | None = None, extreme: int | None = None, formed_ms: int = 0, strength: int = 50) -> Sweep:
    """A pool taken by a wick of five ticks, unless said otherwise."""
    taken = of or pool()
    direction = Direction.UP if taken.side is SwingKind.LOW else Direction.DOWN
    beyond = taken.level - 5 * direction.sign if extreme is None else extreme
    return Sweep(taken, direction, beyond, formed_ms, formed_ms, strength)


def reason(
    code: ReasonCode = ReasonCode.TREND_BREAK,
    points: int = 40,
    *prices: int,
    role: Role = Role.TREND,
    timeframe: Timeframe = Timeframe.H4,
    direction: Direction = Direction.UP,
    detail: str = "",
    strength: int | None = None,
) -> Reason:
    return Reason(
        role=role,
        code=code,
        timeframe=timeframe,
        direction=direction,
        points=points,
        prices=prices,
        from_ms=START_MS - Timeframe.H4.ms,
        known_ms=START_MS,
        detail=detail,
        strength=strength,
    )


def gold_reasons() -> tuple[Reason, ...]:
    """What spoke for and against the default trade: 40/40, 29/35 and 19/25 points."""
    h1: dict[str, Any] = {"role": Role.SETUP, "timeframe": Timeframe.H1}
    m15: dict[str, Any] = {"role": Role.ENTRY, "timeframe": Timeframe.M15}
    return (
        reason(ReasonCode.TREND, 30, gold("2265.67"), detail="BOS"),
        reason(ReasonCode.TREND_HALF, 10, gold("2228.27"), gold("2288.61")),
        reason(ReasonCode.ZONE_HELD, 20, gold("2266.64"), gold("2271.01"), detail="FVG", **h1),
        reason(ReasonCode.ZONE_STACKED, 9, gold("2253.33"), gold("2266.78"), detail="OB", **h1),
        reason(ReasonCode.SWEEP, 8, gold("2267.64"), gold("2265.41"), detail="swing", **m15),
        reason(ReasonCode.STRUCTURE, 6, gold("2274.48"), detail="CHoCH", **m15),
        reason(ReasonCode.ENTRY_ZONE, 3, gold("2272.87"), gold("2274.14"), detail="FVG", **m15),
        reason(ReasonCode.KILL_ZONE, 2, detail="New York", **m15),
        reason(
            ReasonCode.OPPOSING_ZONE,
            0,
            gold("2276.00"),
            gold("2280.96"),
            role=Role.AGAINST,
            timeframe=Timeframe.H1,
            direction=Direction.DOWN,
            detail="FVG",
        ),
    )


def setup(**changes: Any) -> Setup:
    fields: dict[str, Any] = {
        "symbol": "XAUUSD",
        "timeframe": Timeframe.M15,
        "strategy": Strategy.TREND_CONTINUATION,
        "kind": "Sweep + FVG",
        "direction": Direction.UP,
        "entry": gold("2274.10"),
        "stop": gold("2264.90"),
        "targets": (gold("2287.90"), gold("2297.10")),
        "spread": 20,
        "score": 88,
        "reasons": gold_reasons(),
        "session": Session.NEW_YORK,
        "known_ms": START_MS,
        "proof": gold("2265.41"),
        "stop_basis": "sweep",
    }
    return Setup(**(fields | changes))


def signal(of: Setup | None = None, **changes: Any) -> Signal:
    """0.10 lot, half at each target, 92.00 at risk on a 10,000 account."""
    fields: dict[str, Any] = {
        "id": "XAU_20240403_002",
        "setup": of or setup(),
        "mode": Mode.PAPER,
        "lots": Decimal("0.10"),
        "lot_steps": 10,
        "split": (5, 5),
        "risk_percent": Decimal("0.92"),
        "risk_money": Decimal("92.00"),
        "issued_ms": START_MS,
        "expires_ms": at("2024-04-03 17:15"),
    }
    return Signal(**(fields | changes))


def trade(of: Signal | None = None, **changes: Any) -> Trade:
    """A trade that waits for its first price."""
    made = of or signal()
    fields: dict[str, Any] = {"status": TradeStatus.PENDING, "stop": made.setup.stop}
    return Trade(signal=made, **(fields | changes))


def opened(of: Signal | None = None, price: int | None = None, **changes: Any) -> Trade:
    """A trade in the market since 13:19, at its entry unless said otherwise; `price` is where it could leave now."""
    made = of or signal()
    fields: dict[str, Any] = {"opened_ms": at("2024-04-03 13:19"), "opened_price": made.setup.entry}
    filled = fields | changes
    now = filled["opened_price"] if price is None else price
    return trade(made, **({"status": TradeStatus.OPEN, "price": now, "price_ms": filled["opened_ms"]} | filled))


def secured(of: Signal | None = None, price: int | None = None, hit: int = 1, **changes: Any) -> Trade:
    """After so many targets: their shares closed there, stop at entry, price at the last of them unless said otherwise.

    TP1 was reached at 15:02, each further one 40 minutes later.
    """
    running = opened(of)
    reached = running.signal.setup.targets[:hit]
    hits_ms = [at("2024-04-03 15:02") + 40 * MINUTE_MS * further for further in range(hit)]
    closings = zip(reached, running.signal.split, hits_ms, strict=False)
    fields: dict[str, Any] = {
        "status": TradeStatus.SECURED,
        "stop": running.opened_price,
        "price": reached[-1] if price is None else price,
        "price_ms": hits_ms[-1],
        "targets_hit": hit,
        "fills": tuple(fill(running, at_, n, ms, target=k) for k, (at_, n, ms) in enumerate(closings, 1) if n),
        "best": (reached[-1] - running.signal.setup.entry) * running.direction.sign,
    }
    return msgspec.structs.replace(running, **(fields | changes))


def closed(
    before: Trade | None = None, price: int | None = None, reason: CloseReason = CloseReason.STOP, **changes: Any
) -> Trade:
    """What is left of `before` closed at `price`, by default at the stop in force, at 14:06."""
    left = before or opened()
    leave = left.stop if price is None else price
    closed_ms = changes.pop("closed_ms", at("2024-04-03 14:06"))
    targets = len(left.signal.setup.targets)
    last = fill(left, leave, left.open_steps, closed_ms, target=targets if reason is CloseReason.TARGET else None)
    fields: dict[str, Any] = {
        "status": TradeStatus.CLOSED,
        "fills": (*left.fills, last),
        "price": leave,
        "price_ms": closed_ms,
        "closed_ms": closed_ms,
        "reason": reason,
        "targets_hit": targets if reason is CloseReason.TARGET else left.targets_hit,
    }
    return msgspec.structs.replace(left, **(fields | changes))


def ended(reason: CloseReason = CloseReason.EXPIRED, of: Signal | None = None, **changes: Any) -> Trade:
    """A trade that never opened."""
    fields: dict[str, Any] = {"status": TradeStatus.CLOSED, "reason": reason, "closed_ms": at("2024-04-03 13:52")}
    return trade(of, **(fields | changes))


def fill(of: Trade, price: int, lot_steps: int, time_ms: int, target: int | None = None) -> Fill:
    """A part of `of` closed at `price`."""
    assert of.opened_price is not None
    moved = (price - of.opened_price) * of.direction.sign
    return Fill(price=price, lot_steps=lot_steps, ticks=moved, time_ms=time_ms, target=target)
