"""The market upside down: every price p becomes C − p, up becomes down, highs become lows.

C is above every price and a multiple of the round-number step and of the profile's step, so that round numbers and
price bins fall on themselves.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from engine.events import CandleInput, FeedStalled, History, StopMoved, Tick
from engine.types import (
    Candle,
    ChartView,
    Direction,
    Fill,
    Inducement,
    KeyLevel,
    LiquidityPool,
    MarketView,
    Proposed,
    Readings,
    Reason,
    ReasonCode,
    Setup,
    StructureBreak,
    Sweep,
    Swing,
    SwingKind,
    SwingLabel,
    Trade,
    ValueArea,
    Zone,
)

# Fields that hold a price, for the values where turning them is all there is to do.
_PRICES = {
    StructureBreak: ("level",),
    LiquidityPool: ("level",),
    Swing: ("price",),
    Sweep: ("extreme",),
    Inducement: ("level",),
    KeyLevel: ("price",),
    Setup: ("entry", "stop", "targets", "proof"),
    Proposed: ("proof",),
    Fill: ("price",),
    Trade: ("stop", "opened_price", "price"),
    StopMoved: ("before",),
    FeedStalled: ("last_price",),
    ValueArea: ("poc", "high", "low"),
    ChartView: ("range_low", "range_high", "swing_low", "swing_high"),
    MarketView: ("bid", "ask"),
    Readings: ("ema_fast", "ema_slow", "sma", "band_low", "band_high", "vwap"),
}
# Fields that trade places, because one is the other's mirror.
_PAIRS = {
    ValueArea: (("low", "high"),),
    ChartView: (("range_low", "range_high"), ("swing_low", "swing_high")),
    MarketView: (("bid", "ask"),),
    Readings: (("band_low", "band_high"),),
}
_BANDS = {
    ReasonCode.ZONE_HELD,
    ReasonCode.ZONE_STACKED,
    ReasonCode.ENTRY_ZONE,
    ReasonCode.OPPOSING_ZONE,
    ReasonCode.TREND_HALF,
    ReasonCode.WRONG_HALF,
    ReasonCode.RANGE_EDGE,
    ReasonCode.OTE,
    ReasonCode.PATTERN,
}
_OTHER_NAME = {"premium": "discount", "discount": "premium", "val": "vah", "vah": "val"}
_OTHER_SIDE = {SwingKind.HIGH: SwingKind.LOW, SwingKind.LOW: SwingKind.HIGH}
_OTHER_LABEL = {
    SwingLabel.HIGHER_HIGH: SwingLabel.LOWER_LOW,
    SwingLabel.LOWER_LOW: SwingLabel.HIGHER_HIGH,
    SwingLabel.HIGHER_LOW: SwingLabel.LOWER_HIGH,
    SwingLabel.LOWER_HIGH: SwingLabel.HIGHER_LOW,
}


def mirrored(value: Any, centre: int) -> Any:
    """Any input, event or value of the engine as it would be in the mirrored market. Spreads must be zero."""
    match value:
        case Direction():
            return value.opposite
        case SwingKind():
            return _OTHER_SIDE[value]
        case SwingLabel():
            return _OTHER_LABEL[value]
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
        case Reason():
            return _reason(value, centre)
        case msgspec.Struct():
            return _struct(value, centre)
    return value


def _reason(of: Reason, centre: int) -> Reason:
    levels = tuple(centre - price for price in (reversed(of.prices) if of.code in _BANDS else of.prices))
    is_rsi = of.code is ReasonCode.EXHAUSTED or (of.code is ReasonCode.STRETCHED and of.detail == "rsi")
    return msgspec.structs.replace(
        of,
        prices=levels,
        direction=of.direction.opposite,
        detail=_OTHER_NAME.get(of.detail, of.detail),
        strength=100 - of.strength if is_rsi and of.strength is not None else of.strength,
    )


def _struct(value: msgspec.Struct, centre: int) -> msgspec.Struct:
    turned = {name: mirrored(getattr(value, name), centre) for name in value.__struct_fields__}
    for name in _PRICES.get(type(value), ()):
        turned[name] = _price(getattr(value, name), centre)
    for one, other in _PAIRS.get(type(value), ()):
        turned[one], turned[other] = turned[other], turned[one]
    if isinstance(value, Setup):
        turned["kind"] = _label(value.kind)
        turned["changed"] = _names(value.changed)
    if isinstance(value, Proposed):
        turned["evidence"] = _names(value.evidence)
    if isinstance(value, Readings) and value.rsi is not None:
        turned["rsi"] = 100 - value.rsi
    return type(value)(**turned)


def _price(price: Any, centre: int) -> Any:
    if price is None:
        return None
    return tuple(centre - each for each in price) if isinstance(price, tuple) else centre - price


def _label(kind: str) -> str:
    """`Sweep + Demand` → `Sweep + Supply`."""
    return " ".join({"Demand": "Supply", "Supply": "Demand"}.get(word, word) for word in kind.split(" "))


def _names(evidence: tuple[str, ...]) -> tuple[str, ...]:
    """`+trend_half:discount` → `+trend_half:premium`."""
    turned = []
    for name in evidence:
        code, colon, detail = name.partition(":")
        turned.append(f"{code}{colon}{_OTHER_NAME.get(detail, detail)}")
    return tuple(turned)


def assert_views_mirrored(found: MarketView, view: MarketView, centre: int) -> None:
    """Everything known at the end: indicators to a billionth of a tick, the rest exactly, tuples as collections."""
    expected = mirrored(view, centre)
    for timeframe in ("trend", "setup", "entry"):
        for field in ChartView.__struct_fields__:
            ours, theirs = getattr(getattr(found, timeframe), field), getattr(getattr(expected, timeframe), field)
            _assert_same(ours, theirs, f"{timeframe}.{field}")
    assert Counter(found.proposed) == Counter(expected.proposed)
    assert (found.bid, found.ask, found.unfinished) == (expected.bid, expected.ask, expected.unfinished)


def _assert_same(found: Any, expected: Any, name: str) -> None:
    if isinstance(expected, Readings):
        for field in Readings.__struct_fields__:
            reading = getattr(expected, field)
            near = pytest.approx(reading, rel=0, abs=1e-9) if isinstance(reading, float) else reading
            assert getattr(found, field) == near, f"{name}.{field}"
    elif name.endswith(("breaks", "sweeps", "swings")):
        assert Counter(_after_first(found)) == Counter(_after_first(expected)), name
    elif isinstance(expected, tuple) and not name.endswith("candles"):
        assert Counter(found) == Counter(expected), name
    else:
        assert found == expected, name


def _after_first(recent: tuple[Any, ...]) -> list[Any]:
    """Look-backs are cut at a number, perhaps between two findings of one candle: the oldest moment is left out."""
    return [each for each in recent if each.known_ms > recent[0].known_ms]
