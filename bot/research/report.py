"""A backtest as one HTML file that needs nothing beside it: first what it is worth, then every trade."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.research.backtest import Lived, Run, ending_of
from bot.research.drawings import curve, histogram, scatter
from bot.research.metrics import Figures, Group, grouped, monthly, score_band, weekday
from bot.research.statistics import FEW_TRADES, Interval
from bot.voices import Voices
from bot.words.reasons import why
from bot.words.wording import MINUS
from engine.types import Candle, Trade

_BEFORE, _AFTER = 48, 4  # candles around a trade
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_LABELS = 12
_STEP_R = 0.25


class About(msgspec.Struct, frozen=True):
    """What was run, for whoever wants to run it again."""

    files: tuple[str, ...]
    variant: str
    version: str
    currency: str
    money_digits: int
    settings: str  # the engine's whole configuration, JSON


def verdict(found: Figures) -> str:
    """What it shows, in a sentence that does not flatter."""
    if not found.trades:
        return "Not one trade was closed: there is nothing to judge."
    count = "One trade" if found.trades == 1 else f"{found.trades} trades"
    told = f"{count} made {signed(found.total_r)}R, {signed(found.average_r)}R a trade on average"
    if found.is_too_few:
        return f"{told}. Under {FEW_TRADES} trades say nothing about the ones to come, good or bad."
    average = found.average_interval
    if average is None or average.low <= 0 <= average.high:
        return f"{told}. That cannot be told from nothing: the average may as well be {interval(average)}R."
    if average.high < 0:
        return f"{told}. It loses: even the kind end of the interval, {signed(average.high)}R, is below zero."
    share = "not known" if found.deflated is None else f"{found.deflated:.0%}"
    tries = "one variant" if found.trials == 1 else f"{found.trials} variants"
    return (
        f"{told}, {interval(average)}R with 95 % confidence. The trial log counts {tries} tried on this market; "
        f"allowing for that, the chance that there is any edge at all is {share}."
    )


def halted(run: Run) -> str | None:
    """What a reader must know before everything else: from some day on there was nothing to see."""
    if run.halted_ms is None:
        return None
    return (
        f"The drawdown breaker tripped on {_when(run.halted_ms)} UTC, and nobody re-arms it in a backtest: no signal "
        "came after that. --mode signal runs without limits on loss."
    )


def html(run: Run, found: Figures, about: About, voices: Voices) -> str:
    """The whole page."""
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(signed=signed, interval=interval, when=_when, percent=percent)
    closed = run.closed
    alive = [Lived(trade, *voices.pips_and_money(trade), None) for trade in run.still_open]
    return environment.get_template("report.html").render(
        run=run,
        found=found,
        about=about,
        verdict=verdict(found),
        halted=halted(run),
        few=FEW_TRADES,
        equity=_equity(run),
        totals=_totals(closed),
        spread=histogram([each.trade.result_r for each in closed], _STEP_R) if closed else "",
        excursions=scatter([_excursion(each.trade) for each in closed], "worst", "best") if closed else "",
        years=_years(run),
        months=_MONTHS,
        groups=_groups(run),
        rows=[_row(each, run, voices) for each in (*run.lived, *alive)],
        script=Markup((folder / "report.js").read_text("utf-8")),  # noqa: S704 — ours
        style=Markup((folder / "report.css").read_text("utf-8")),  # noqa: S704 — ours
    )


def _equity(run: Run) -> Markup | str:
    if not run.marks:
        return ""
    points = [(float(run.from_ms), float(run.start)), *((mark.time_ms, float(mark.equity)) for mark in run.marks)]
    return curve(points, _labels(points), "")


def _totals(closed: Sequence[Lived]) -> Markup | str:
    """The running total of R, trade by trade: what it would be with the same risk on each."""
    if not closed:
        return ""
    total, points = 0.0, [(0.0, 0.0)]
    for number, each in enumerate(closed, 1):
        total += each.trade.result_r
        points.append((number, total))
    marks = [(float(n), str(n)) for n in range(0, len(closed) + 1, max(1, len(closed) // 8))]
    return curve(points, marks, "R")


def _labels(points: Sequence[tuple[float, float]]) -> list[tuple[float, str]]:
    low, high = points[0][0], points[-1][0]
    return [
        (low + (high - low) * (index + 0.5) / _MOST_LABELS, f"{_utc(low + (high - low) * (index + 0.5) / 12):%b %y}")
        for index in range(_MOST_LABELS)
    ]


def _excursion(trade: Trade) -> tuple[float, float, float]:
    return trade.r(trade.worst), trade.r(trade.best), trade.result_r


def _years(run: Run) -> list[tuple[int, list[float | None], float]]:
    """A row a year: R of each month, None where the run has no such month, and the sum."""
    found = monthly(run)
    years = sorted({year for year, _ in found})
    return [
        (year, [found.get((year, month)) for month in range(1, 13)], sum(r for (y, _), r in found.items() if y == year))
        for year in years
    ]


def _groups(run: Run) -> list[tuple[str, list[Group]]]:
    ways = (
        ("Strategy", lambda each: each.trade.signal.setup.strategy.value.replace("_", " ")),
        ("Setup", lambda each: each.trade.signal.setup.kind),
        ("Symbol", lambda each: each.trade.symbol),
        ("Direction", lambda each: each.trade.direction.order),
        ("Session", lambda each: each.trade.signal.setup.session.value),
        ("Weekday (UTC)", weekday),
        ("Regime (H4)", lambda each: each.regime.value if each.regime else "not known"),
        ("Score", score_band),
        ("Ending", lambda each: ending_of(each.trade)),
    )
    return [(title, grouped(run.lived, name_of)) for title, name_of in ways]


class _Row(msgspec.Struct, frozen=True):
    """One trade of the list, with what its drawing needs as JSON."""

    trade: Trade
    money: str
    ending: str
    r: float
    best_r: float
    worst_r: float
    reasons: Markup
    drawing: str


def _row(lived: Lived, run: Run, voices: Voices) -> _Row:
    trade, voice = lived.trade, voices.of_trade(lived.trade)
    reasons = Markup(str(why(trade, voice)).replace("\n", "<br>"))  # noqa: S704 — escaped by `why`
    return _Row(
        trade=trade,
        money=signed(float(lived.money), voices.money_digits),
        ending=ending_of(trade) or "still open",
        r=trade.result_r,
        best_r=trade.r(trade.best),
        worst_r=trade.r(trade.worst),
        reasons=reasons,
        drawing=json.dumps(_drawing(lived, run, voice.instrument.tick_size), separators=(",", ":")),
    )


def _drawing(lived: Lived, run: Run, tick_size: object) -> dict[str, object]:
    """Whole ticks, and minutes from the first candle: small enough for hundreds of trades in one file."""
    trade, setup = lived.trade, lived.trade.signal.setup
    candles = _around(run.candles[trade.symbol], trade)
    first_ms = candles[0].open_ms if candles else trade.signal.issued_ms
    opened = trade.opened_price
    marks = [] if trade.opened_ms is None else [[_minutes(trade.opened_ms, first_ms), opened]]
    marks += [[_minutes(fill.time_ms, first_ms), fill.price] for fill in trade.fills]
    return {
        "tick": str(tick_size),
        "from": first_ms,
        "step": _minutes(candles[0].close_ms, first_ms) if candles else 15,
        "candles": [[_minutes(c.open_ms, first_ms), c.open, c.high, c.low, c.close] for c in candles],
        "issued": _minutes(trade.signal.issued_ms, first_ms),
        "entry": setup.entry,
        "stop": setup.stop,
        "targets": list(setup.targets),
        "marks": marks,
    }


def _around(candles: Sequence[Candle], trade: Trade) -> Sequence[Candle]:
    """Those from some time before the signal to a little after its end; of one that lives, to the last."""
    first = bisect_left(candles, trade.signal.issued_ms, key=lambda candle: candle.open_ms)
    last = len(candles)
    if trade.closed_ms is not None:
        last = bisect_left(candles, trade.closed_ms, key=lambda candle: candle.open_ms)
    return candles[max(0, first - _BEFORE) : last + _AFTER]


def _minutes(time_ms: int, first_ms: int) -> float:
    return round((time_ms - first_ms) / 60_000, 1)


def _utc(time_ms: float) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _when(time_ms: int) -> str:
    return f"{_utc(time_ms):%Y-%m-%d %H:%M}"


def signed(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "–"
    text = f"{abs(value):,.{digits}f}"
    sign = "" if not float(text.replace(",", "")) else "+" if value > 0 else MINUS
    return f"{sign}{text}"


def percent(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}%}".replace("-", MINUS)


def interval(found: Interval | None, digits: int = 2, kind: str = "signed") -> str:
    """`−0.15 to +0.08`."""
    if found is None:
        return "–"
    return f"{_bound(found.low, digits, kind)} to {_bound(found.high, digits, kind)}"


def _bound(value: float, digits: int, kind: str) -> str:
    if kind == "signed":
        return signed(value, digits)
    if kind == "percent":
        return percent(value, digits)
    return "∞" if math.isinf(value) else f"{value:.{digits}f}"
