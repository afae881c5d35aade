"""One timeframe as the engine saw it, as rows for `explain`: what it is, how the market moves, structure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot.words import explain_english as words
from bot.words.explain_levels import indicator_rows, level_rows
from bot.words.explain_rows import Row, missing_candles, pips, place, rows, when
from bot.words.phrases import pattern_name, way
from bot.words.reason_english import ReasonEnglish
from bot.words.wording import DOT, Voice, percent, signed
from engine.ranges import ote_band
from engine.types import Candle, ChartView, Direction, Inducement, Price, Scale, StructureBreak, Swing, SwingKind

_MOST_BREAKS, _MOST_SWINGS = 3, 4


def chart_rows(chart: ChartView, price: Price, ready_after: int, voice: Voice) -> Iterator[Row]:
    """Whether it may speak, and what it has seen; without a candle nothing."""
    yield words.READY, _ready(chart, ready_after)
    if not chart.candles:
        return
    yield words.LAST_CANDLE, _candle(chart.candles[-1], voice)
    yield words.PATTERN, _pattern(chart)
    yield words.REGIME, _regime(chart)
    yield words.ATR, words.NOT_YET if chart.atr is None else pips(round(chart.atr), voice)
    yield from _structure(chart, price, voice)
    yield from indicator_rows(chart.readings, price, voice)
    yield from level_rows(chart, price, voice)


def _ready(chart: ChartView, ready_after: int) -> str:
    missing = missing_candles(chart, ready_after)
    if not missing:
        return words.IS_READY
    return words.ONE_MISSING if missing == 1 else words.NOT_READY.format(missing=missing)


def _candle(candle: Candle, voice: Voice) -> str:
    prices = {name: voice.price(getattr(candle, name)) for name in ("open", "high", "low", "close")}
    return words.CANDLE.format(time=when(candle.close_ms, voice), **prices)


def _pattern(chart: ChartView) -> str:
    return (
        words.NONE
        if chart.pattern is None
        else pattern_name(chart.pattern.kind, chart.pattern.direction, ReasonEnglish)
    )


def _regime(chart: ChartView) -> str:
    """How the market moves, and the three numbers that decide it."""
    readings = chart.readings
    numbers = (
        (words.ADX, readings.adx, 0),
        (words.EFFICIENCY, readings.efficiency, 2),
        (words.ATR_PERCENTILE, readings.atr_percentile, 0),
    )
    if chart.regime is None and all(value is None for _, value, _ in numbers):
        return words.NOT_YET
    name = words.NOT_YET if chart.regime is None else ReasonEnglish.REGIMES[chart.regime]
    said = [words.NUMBER.format(name=of, number=_number(value, digits)) for of, value, digits in numbers]
    return DOT.join([name, *said])


def _number(value: float | None, digits: int) -> str:
    return words.UNKNOWN if value is None else signed(value, digits).removeprefix("+")


def _structure(chart: ChartView, price: Price, voice: Voice) -> Iterator[Row]:
    yield words.TREND, _trend(chart.trend, chart.last_break, voice)
    yield words.SWING_TREND, _trend(chart.swing_trend, chart.swing_break, voice)
    yield words.SWING_RANGE, _swing_range(chart, voice)
    for name, scale in ((words.SWINGS, Scale.INTERNAL), (words.LARGE_SWINGS, Scale.SWING)):
        last = [swing for swing in chart.swings if swing.scale is scale][-_MOST_SWINGS:]
        yield name, words.THEN.join(_swing(swing, voice) for swing in last) or words.NONE
    yield from rows(words.BREAKS, [break_text(broken, voice) for broken in chart.breaks[: -_MOST_BREAKS - 1 : -1]])
    yield words.RANGE, _range(chart, price, voice)
    yield words.OTE, _ote(chart, price, voice)
    yield words.INDUCEMENT, words.NONE if chart.inducement is None else _inducement(chart.inducement, voice)


def _trend(trend: Direction | None, broken: StructureBreak | None, voice: Voice) -> str:
    if trend is None or broken is None:
        return words.NO_TREND
    return words.TREND_SINCE.format(
        way=way(trend, ReasonEnglish),
        broken=broken.name,
        level=voice.price(broken.level),
        time=when(broken.known_ms, voice),
    )


def _swing_range(chart: ChartView, voice: Voice) -> str:
    """The larger structure's extremes: the one its trend left behind is strong, the one ahead is weak."""
    low, high = chart.swing_low, chart.swing_high
    ends = [(words.LOW, low, Direction.UP), (words.HIGH, high, Direction.DOWN)]
    return (
        DOT.join(
            words.END.format(grade=_grade(chart.swing_trend, strong_in), side=side, price=voice.price(price))
            for side, price, strong_in in ends
            if price is not None
        )
        or words.NOT_YET
    )


def _grade(trend: Direction | None, strong_in: Direction) -> str:
    if trend is None:
        return ""
    return words.STRONG if trend is strong_in else words.WEAK


def _swing(swing: Swing, voice: Voice) -> str:
    side = words.LOW if swing.kind is SwingKind.LOW else words.HIGH
    name = side if swing.label is None else swing.label.value
    return words.SWING.format(name=name, price=voice.price(swing.price))


def break_text(broken: StructureBreak, voice: Voice) -> str:
    """`MSS up 2272.48 · 3 Apr 13:15 UTC`; one of the larger structure says so."""
    return words.BREAK.format(
        scale=words.LARGE if broken.scale is Scale.SWING else "",
        broken=broken.name,
        way=way(broken.direction, ReasonEnglish),
        level=voice.price(broken.level),
        time=when(broken.known_ms, voice),
    )


def _range(chart: ChartView, price: Price, voice: Voice) -> str:
    low, high = chart.range_low, chart.range_high
    if low is None or high is None:
        return words.NOT_YET
    prices = voice.prices(low, high)
    if low >= high:
        return prices
    if 2 * price == low + high:
        return words.AT_MIDDLE.format(range=prices)
    half = ReasonEnglish.HALVES[2 * price < low + high]
    share = percent(Decimal(100 * (price - low)) / (high - low), 0)
    return words.IN_RANGE.format(range=prices, half=half, share=share)


def _ote(chart: ChartView, price: Price, voice: Voice) -> str:
    """Where a pullback of the present trend's leg is entered best."""
    band = None if chart.trend is None else ote_band(chart.trend, chart.range_low, chart.range_high)
    if chart.trend is None or band is None:
        return words.NOT_YET
    return words.OTE_BAND.format(range=voice.prices(*band), trade=words.TRADES[chart.trend], place=place(price, *band))


def _inducement(inducement: Inducement, voice: Voice) -> str:
    side = SwingKind.LOW if inducement.direction is Direction.UP else SwingKind.HIGH
    time_ms = inducement.known_ms if inducement.ended_ms is None else inducement.ended_ms
    return words.INDUCED.format(
        side=words.SWING_SIDES[side],
        price=voice.price(inducement.level),
        status=words.INDUCEMENTS[inducement.status],
        time=when(time_ms, voice),
    )
