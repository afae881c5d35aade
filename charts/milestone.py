"""A trade as it was lived, at the moment a milestone is told: a target, the stop, the desk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from charts.evidence import SessionSpan, entry_breaks, entry_sweeps, order_tags, rows, spans, target_goal, zone_bands
from charts.picture import CardLine, Dot, Journey, Scene, Tone
from charts.wording import clock_text, duration_text, signed, weekday_text
from engine.types import DAY_MS, Candle, CloseReason, Fill, Instrument, ReasonCode, Trade

_BEFORE, _MOST_BEFORE, _MOST = 30, 46, 150  # candles before the entry, and in all

_ENDS = {
    CloseReason.STOP: ("Stopped", "Stop"),
    CloseReason.BREAKEVEN: ("Closed at breakeven", "Breakeven"),
    CloseReason.DESK: ("Closed by the desk", "Closed"),
    CloseReason.TRAILED: ("Moved stop reached", "Moved stop"),
    CloseReason.TIME: ("Time is up", "Time"),
    CloseReason.WEEKEND: ("Closed before the weekend", "Weekend"),
    CloseReason.NEWS: ("Closed before news", "News"),
}


def milestone_scene(
    trade: Trade,
    candles: Sequence[Candle],
    sessions: Sequence[SessionSpan],
    instrument: Instrument,
    mark: str,
    money: str = "",
    theme: str = "dark",
) -> Scene:
    """How it went until now. `candles` are of the setup's time frame, the last perhaps unfinished.

    `money` is the result as the card says it after the close. ValueError for a trade that never opened.
    """
    setup, opened_ms = trade.signal.setup, trade.opened_ms
    if opened_ms is None:
        raise ValueError(f"{trade.id} never opened, so there is nothing to show but the signal")
    now_ms = _moment_ms(trade, opened_ms)
    past = [candle for candle in candles if candle.open_ms <= now_ms]
    shown = past[_first_shown(past, trade, opened_ms) :]
    result = trade.result_r
    return Scene(
        theme=theme,
        mark=mark,
        symbol=setup.symbol,
        timeframe=setup.timeframe,
        time_ms=now_ms,
        tick_size=instrument.tick_size,
        digits=instrument.digits,
        candles=rows(shown),
        order=setup.direction.order,
        title=_title(trade),
        headline=f"{signed(result, 2)}R",
        tone=_tone(result),
        is_result=True,
        id=trade.id,
        sessions=spans(sessions, shown, now_ms),
        bands=tuple(zone_bands(setup, (ReasonCode.ENTRY_ZONE,))),
        breaks=tuple(entry_breaks(setup)),
        sweeps=tuple(entry_sweeps(setup, shown, instrument)),
        tags=order_tags(setup),
        journey=_journey(trade, shown, opened_ms, now_ms),
        card=_card(trade, instrument, money, now_ms - opened_ms) if trade.is_done else (),
    )


def _moment_ms(trade: Trade, opened_ms: int) -> int:
    if trade.closed_ms is not None:
        return trade.closed_ms
    return max(opened_ms, trade.price_ms or 0, *(fill.time_ms for fill in trade.fills))


def _first_shown(candles: Sequence[Candle], trade: Trade, opened_ms: int) -> int:
    """Index of the first candle drawn: some time before the entry, and from before the entry's own marks if near."""
    setup = trade.signal.setup
    entry = bisect_right(candles, opened_ms, key=lambda candle: candle.open_ms) - 1
    marks = [reason.known_ms for reason in setup.reasons if reason.timeframe is setup.timeframe]
    first_mark = bisect_right(candles, min(marks, default=opened_ms), key=lambda candle: candle.open_ms) - 1
    start = min(entry - _BEFORE, max(first_mark - 8, entry - _MOST_BEFORE))
    return max(0, start, len(candles) - _MOST)


def _title(trade: Trade) -> str:
    if trade.reason is CloseReason.TARGET:
        return f"Closed at TP{trade.targets_hit}"
    if trade.reason in _ENDS:
        return _ENDS[trade.reason][0]
    return f"TP{trade.targets_hit} hit" if trade.targets_hit else "Open"


def _tone(value: float) -> Tone:
    rounded = round(value, 2)
    if rounded == 0:
        return Tone.PLAIN
    return Tone.PROFIT if rounded > 0 else Tone.LOSS


def _journey(trade: Trade, candles: Sequence[Candle], opened_ms: int, now_ms: int) -> Journey:
    setup = trade.signal.setup
    entry = setup.entry if trade.opened_price is None else trade.opened_price
    stops = [(opened_ms, setup.stop)]
    if trade.targets_hit and trade.stop != setup.stop:
        stops.append((_reached_ms(trade, 1, candles, opened_ms, now_ms), trade.stop))
    waiting = () if trade.is_done else range(trade.targets_hit, len(setup.targets))
    return Journey(
        direction=setup.direction,
        entry=Dot(opened_ms, entry, "Entry", _when(opened_ms, setup.known_ms)),
        exits=tuple(_exits(trade, candles, opened_ms, now_ms)),
        stops=tuple(stops),
        targets=setup.targets,
        waiting=tuple(target_goal(setup, index, _waiting_note(trade, index)) for index in waiting),
        ends_ms=trade.closed_ms,
    )


def _waiting_note(trade: Trade, index: int) -> str:
    """What is to close at a target still ahead: `other half` of two, of more its share."""
    signal = trade.signal
    if len(signal.split) == 2:
        return "other half" if 2 * trade.open_steps == signal.lot_steps else ""
    steps = signal.split[index]
    return f"{round(100 * steps / signal.lot_steps)} %" if 0 < steps < signal.lot_steps else ""


def _reached_ms(trade: Trade, number: int, candles: Sequence[Candle], opened_ms: int, now_ms: int) -> int:
    """When a target was reached. Without a split nothing was filled there, and the candles have to tell."""
    for fill in trade.fills:
        if fill.target == number:
            return fill.time_ms
    target = trade.signal.setup.targets[number - 1]
    sign = trade.direction.sign
    for candle in candles:
        furthest = candle.high if sign > 0 else candle.low
        if candle.close_ms > opened_ms and (furthest - target) * sign >= 0:
            return min(max(candle.open_ms, opened_ms), now_ms)
    return now_ms


def _exits(trade: Trade, candles: Sequence[Candle], opened_ms: int, now_ms: int) -> list[Dot]:
    """The targets at which nothing closed, then what did: where one closed nothing, only the end closes anything."""
    dots, filled = [], {fill.target for fill in trade.fills}
    for number, target in enumerate(trade.signal.setup.targets[: trade.targets_hit], 1):
        if number not in filled:
            reached_ms = _reached_ms(trade, number, candles, opened_ms, now_ms)
            dots.append(Dot(reached_ms, target, f"TP{number} {_when(reached_ms, opened_ms)}", tone=Tone.PROFIT))
    return [*dots, *(_exit(trade, fill, opened_ms) for fill in trade.fills)]


def _exit(trade: Trade, fill: Fill, opened_ms: int) -> Dot:
    name = f"TP{fill.target}" if fill.target else _ENDS.get(trade.reason or CloseReason.DESK, ("", "Closed"))[1]
    share = _share(trade, fill) if fill.target else ""
    words = f"{name} {_when(fill.time_ms, opened_ms)}{share}"
    return Dot(fill.time_ms, fill.price, words, tone=_tone(float(fill.ticks)))


def _share(trade: Trade, fill: Fill) -> str:
    """` · half`, ` · 40 %`, ` · rest`; nothing when it was all at once."""
    steps = trade.signal.lot_steps
    if fill.lot_steps == steps:
        return ""
    if trade.is_done and fill is trade.fills[-1]:
        return " · rest"
    is_half = len(trade.signal.split) == 2 and 2 * fill.lot_steps == steps
    return " · half" if is_half else f" · {round(100 * fill.lot_steps / steps)} %"


def _when(time_ms: int, since_ms: int) -> str:
    """`18:41`, with the weekday when it is not the day it began."""
    if time_ms // DAY_MS == since_ms // DAY_MS:
        return clock_text(time_ms)
    return f"{weekday_text(time_ms)} {clock_text(time_ms)}"


def _card(trade: Trade, instrument: Instrument, money: str, duration_ms: int) -> tuple[CardLine, ...]:
    pips = instrument.pips(trade.total_steps) / trade.signal.lot_steps
    lines = [
        CardLine("Result", f"{signed(trade.result_r, 2)}R", _tone(trade.result_r)),
        CardLine("Pips", signed(float(pips), 1)),
        CardLine("Money", money),
        CardLine("Time", duration_text(duration_ms)),
        CardLine("Best", f"{signed(trade.r(trade.best), 2)}R"),
        CardLine("Worst", f"{signed(trade.r(trade.worst), 2)}R"),
    ]
    return tuple(line for line in lines if line.value)
