"""From the words of the trade to what a chart shows. Pure: values in, a `Scene` out; see `picture.py` for its parts.

This is the door for callers: build a picture here, `encode` it, hand the bytes to `render.draw`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from charts.evidence import (
    MOST_BANDS,
    SessionSpan,
    entry_breaks,
    entry_sweeps,
    nearest_levels,
    order_tags,
    reason_levels,
    recent_breaks,
    recent_swings,
    rows,
    spans,
    target_goal,
    zone_bands,
    zone_label,
)
from charts.milestone import milestone_scene
from charts.picture import Band, Goal, Level, Position, Scene, Tag, TagKind, decode, encode
from charts.wording import pips_text
from engine.types import (
    Candle,
    Instrument,
    Price,
    ReasonCode,
    Setup,
    Signal,
    StructureBreak,
    Swing,
    Timeframe,
    Trade,
    Zone,
)

__all__ = ["Level", "SessionSpan", "candle_scene", "decode", "encode", "milestone_scene", "signal_scene"]

_SHOWN, _MOST_SHOWN = 66, 80  # candles at issue
_OVERVIEW = 100  # candles of a chart without a trade
_ZONE_CODES = (ReasonCode.ENTRY_ZONE, ReasonCode.ZONE_HELD, ReasonCode.ZONE_STACKED, ReasonCode.OPPOSING_ZONE)


def signal_scene(
    trade: Trade,
    candles: Sequence[Candle],
    sessions: Sequence[SessionSpan],
    instrument: Instrument,
    mark: str,
    levels: Sequence[Level] = (),
    theme: str = "dark",
) -> Scene:
    """The trade as proposed. `candles` are of the setup's time frame; those that closed later are left out."""
    signal, setup = trade.signal, trade.signal.setup
    closed = [candle for candle in candles if candle.close_ms <= setup.known_ms]
    shown = closed[-_shown_count(closed, setup) :]
    return Scene(
        theme=theme,
        mark=mark,
        symbol=setup.symbol,
        timeframe=setup.timeframe,
        time_ms=signal.issued_ms,
        tick_size=instrument.tick_size,
        digits=instrument.digits,
        candles=rows(shown),
        order=setup.direction.order,
        title=setup.kind,
        headline=f"Score {setup.score} / 100",
        id=signal.id,
        sessions=spans(sessions, shown, setup.known_ms),
        bands=tuple(zone_bands(setup, _ZONE_CODES)),
        levels=tuple(nearest_levels(levels, setup.entry, reason_levels(setup, shown))),
        breaks=tuple(entry_breaks(setup)),
        sweeps=tuple(entry_sweeps(setup, shown, instrument)),
        tags=order_tags(setup),
        position=Position(
            direction=setup.direction,
            entry=Goal(setup.entry, "Entry"),
            stop=Goal(setup.stop, "SL  −1R", f"{pips_text(instrument, setup.risk)} pips"),
            targets=tuple(
                target_goal(setup, index, _target_note(signal, index, instrument))
                for index in range(len(setup.targets))
            ),
        ),
    )


def candle_scene(
    candles: Sequence[Candle],
    zones: Sequence[tuple[Timeframe, Zone]],
    levels: Sequence[Level],
    sessions: Sequence[SessionSpan],
    instrument: Instrument,
    mark: str,
    time_ms: int,
    theme: str = "dark",
    breaks: Sequence[StructureBreak] = (),
    swings: Sequence[Swing] = (),
    price: Price | None = None,
) -> Scene:
    """The market as it stands, without a trade: the zones and levels nearest to price, the latest breaks of structure,
    and the names of the latest swings where there is room. `price` is that of `time_ms`, which may be hours after the
    last candle closed; without it the last close counts. ValueError without a candle.
    """
    shown = list(candles[-_OVERVIEW:])
    if not shown:
        raise ValueError("a chart needs at least one candle")
    last = shown[-1]
    now = last.close if price is None else price
    bands = [
        Band(
            zone_label(timeframe, zone.name, zone.bias, last.timeframe),
            zone.bias,
            zone.bottom,
            zone.top,
            zone.formed_ms,
        )
        for timeframe, zone in sorted(zones, key=lambda each: _distance(each[1].bottom, each[1].top, now))
    ]
    return Scene(
        theme=theme,
        mark=mark,
        symbol=instrument.symbol,
        timeframe=last.timeframe,
        time_ms=time_ms,
        tick_size=instrument.tick_size,
        digits=instrument.digits,
        candles=rows(shown),
        headline=instrument.format(now),
        sessions=spans(sessions, shown, time_ms),
        bands=tuple(bands[:MOST_BANDS]),
        levels=tuple(nearest_levels(levels, now)),
        breaks=tuple(recent_breaks(breaks, shown)),
        swings=tuple(recent_swings(swings, shown)),
        tags=(Tag(TagKind.ENTRY, now),),
    )


def _target_note(signal: Signal, index: int, instrument: Instrument) -> str:
    """`138 pips · 50 %`; no share where the lot step does not allow the split."""
    setup = signal.setup
    note = f"{pips_text(instrument, abs(setup.targets[index] - setup.entry))} pips"
    steps = signal.split[index] if index < len(signal.split) else 0
    return f"{note} · {round(100 * steps / signal.lot_steps)} %" if steps else note


def _shown_count(candles: Sequence[Candle], setup: Setup) -> int:
    """Enough candles to begin before what the entry rests on, within limits."""
    marks = [reason.from_ms for reason in setup.reasons if reason.timeframe is setup.timeframe]
    first = bisect_right(candles, min(marks, default=setup.known_ms), key=lambda candle: candle.open_ms)
    return max(_SHOWN, min(_MOST_SHOWN, len(candles) - first + 3))


def _distance(bottom: Price, top: Price, price: Price) -> int:
    return max(bottom - price, price - top, 0)
