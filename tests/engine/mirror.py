"""The market upside down: every price p becomes C − p, up becomes down, highs become lows."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.events import CandleInput, FeedStalled, History, StopMoved, Tick
from engine.types import (
    Candle,
    Direction,
    Fill,
    LiquidityPool,
    Reason,
    ReasonCode,
    Setup,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    Trade,
    Zone,
)

# Fields that hold a price, for the values where turning them is all there is to do.
_PRICES = {
    StructureBreak: ("level",),
    LiquidityPool: ("level",),
    Swing: ("price",),
    Sweep: ("extreme",),
    Setup: ("entry", "stop", "targets"),
    Fill: ("price",),
    Trade: ("stop", "opened_price", "price"),
    StopMoved: ("before",),
    FeedStalled: ("last_price",),
}
_BANDS = {
    ReasonCode.ZONE_HELD,
    ReasonCode.ZONE_STACKED,
    ReasonCode.ENTRY_ZONE,
    ReasonCode.OPPOSING_ZONE,
    ReasonCode.TREND_HALF,
    ReasonCode.WRONG_HALF,
}
_OTHER_HALF = {"premium": "discount", "discount": "premium"}
_OTHER_SIDE = {SwingKind.HIGH: SwingKind.LOW, SwingKind.LOW: SwingKind.HIGH}


def mirrored(value: Any, centre: int) -> Any:
    """Any input, event or value of the engine as it would be in the mirrored market. Spreads must be zero."""
    match value:
        case Direction():
            return value.opposite
        case SwingKind():
            return _OTHER_SIDE[value]
        case tuple():
            return tuple(mirrored(item, centre) for item in value)
        case Candle(open=open_, high=high, low=low, close=close):
            turned = {"open": centre - open_, "high": centre - low, "low": centre - high, "close": centre - close}
            return msgspec.structs.replace(value, **turned)
        case Tick(bid=bid, ask=ask):
            return msgspec.structs.replace(value, bid=centre - ask, ask=centre - bid)
        case CandleInput(candle) | History(candle):
            return type(value)(mirrored(candle, centre))
        case Zone(top=top, bottom=bottom, direction=direction):
            turned = {"top": centre - bottom, "bottom": centre - top, "direction": direction.opposite}
            return msgspec.structs.replace(value, **turned)
        case Reason(code=code, prices=prices, direction=direction, detail=detail):
            levels = tuple(centre - price for price in (reversed(prices) if code in _BANDS else prices))
            turned = {"prices": levels, "direction": direction.opposite, "detail": _OTHER_HALF.get(detail, detail)}
            return msgspec.structs.replace(value, **turned)
        case msgspec.Struct():
            return _struct(value, centre)
    return value


def _struct(value: msgspec.Struct, centre: int) -> msgspec.Struct:
    turned = {name: mirrored(getattr(value, name), centre) for name in value.__struct_fields__}
    for name in _PRICES.get(type(value), ()):
        turned[name] = _price(getattr(value, name), centre)
    return type(value)(**turned)


def _price(price: Any, centre: int) -> Any:
    if price is None:
        return None
    return tuple(centre - each for each in price) if isinstance(price, tuple) else centre - price
