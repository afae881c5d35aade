"""What the engine saw at one moment, part by part: sections of named rows, plain text, laid out by the caller."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bot.words import explain_english as words
from bot.words.explain_chart import Row, break_text, chart_rows, missing_candles, pips, rows, way, when
from bot.words.reasons import against_part, refusals, score_parts
from bot.words.wording import DOT, Voice, percent, r, ratio, tidy
from engine.events import SetupRejected, SignalIssued
from engine.hours import is_open, kill_zone_at, session_at
from engine.types import (
    MarketView,
    NoSetup,
    Setup,
)


class Section(msgspec.Struct, frozen=True):
    title: str
    rows: tuple[Row, ...]


class Explained(msgspec.Struct, frozen=True):
    """One moment of one symbol. `view` is all that was known at `asked_ms`, as of the entry candles closed by then.

    `decided` is what the last of them, closed at `close_ms`, led to; None when it was history. `earlier` is the last
    setup before it. `begin_ms` is the first live moment.
    """

    view: MarketView
    asked_ms: int
    close_ms: int
    begin_ms: int
    ready_after: int  # candles a timeframe needs
    decided: SignalIssued | SetupRejected | NoSetup | None
    earlier: SignalIssued | SetupRejected | None


def setup_of(decided: SignalIssued | SetupRejected) -> Setup:
    return decided.trade.signal.setup if isinstance(decided, SignalIssued) else decided.setup


def sections(explained: Explained, voice: Voice) -> list[Section]:
    """The moment, the three timeframes from high to low, the decision."""
    view = explained.view
    charts = (view.trend, view.setup, view.entry)
    price = view.entry.candles[-1].close if view.bid is None else view.bid
    title = words.DECISION_TITLE.format(timeframe=view.entry.timeframe, time=when(explained.close_ms, voice))
    return [
        _moment(explained, voice),
        *(
            Section(
                head.format(timeframe=chart.timeframe), tuple(chart_rows(chart, price, explained.ready_after, voice))
            )
            for head, chart in zip(words.CHART_TITLES, charts, strict=True)
        ),
        Section(title, tuple(_decision(explained, voice))),
    ]


def _moment(explained: Explained, voice: Voice) -> Section:
    view, asked_ms, timeframe = explained.view, explained.asked_ms, explained.view.entry.timeframe
    as_of = words.AT_CLOSE.format(timeframe=timeframe)
    if asked_ms != explained.close_ms:
        as_of = words.AFTER_CLOSE.format(timeframe=timeframe, time=when(explained.close_ms, voice))
    quote = words.NO_QUOTE
    if view.bid is not None and view.ask is not None:
        bid, ask = voice.price(view.bid), voice.price(view.ask)
        spread = words.PIPS.format(pips=pips(view.ask - view.bid, voice))
        quote = words.QUOTED.format(bid=bid, ask=ask, spread=spread, pip_note=voice.pip_note())
    market = [words.CLOSED]
    if is_open(asked_ms, voice.instrument.hours):
        kill_zone = kill_zone_at(asked_ms)
        market = [words.OPEN, words.SESSION.format(name=session_at(asked_ms)[0].value)]
        market += [words.KILL_ZONE.format(name=kill_zone)] if kill_zone else []
    title = words.TITLE.format(symbol=tidy(view.symbol), moment=voice.moment(asked_ms))
    return Section(title, ((words.AS_OF, as_of), (words.QUOTE, quote), (words.MARKET, DOT.join(market))))


def _decision(explained: Explained, voice: Voice) -> Iterator[Row]:
    decided = explained.decided
    if isinstance(decided, SignalIssued | SetupRejected):
        yield from _proposal(setup_of(decided), voice)
        yield from _gate(decided, voice)
        return
    yield words.NO_SETUP, _why_none(explained, voice)
    yield words.LAST_SETUP, _earlier(explained, voice)


def _proposal(setup: Setup, voice: Voice) -> Iterator[Row]:
    """The parts with their points, what speaks against, and the order."""
    yield (
        words.SETUP,
        words.PROPOSED.format(
            order=setup.direction.order, kind=setup.kind, strategy=_spoken(setup.strategy), score=setup.score
        ),
    )
    for part in (*score_parts(setup, voice), against_part(setup, voice)):
        yield from rows(part.head, part.reasons)
    yield words.ENTRY, voice.price(setup.entry)
    yield words.STOP, words.STOPPED.format(price=voice.price(setup.stop), pips=pips(setup.risk, voice))
    for number, target in enumerate(setup.targets, 1):
        reward = abs(target - setup.entry)
        result = r(Decimal(reward) / setup.risk)
        text = words.TARGETED.format(price=voice.price(target), r=result, pips=pips(reward, voice))
        yield words.TARGET.format(number=number), text
    yield words.RATIO, ratio(Decimal(abs(setup.targets[-1] - setup.entry)) / setup.risk)


def _gate(decided: SignalIssued | SetupRejected, voice: Voice) -> Iterator[Row]:
    if isinstance(decided, SetupRejected):
        yield from rows(words.GATE, [words.REFUSED.format(reason=reason) for reason in refusals(decided)])
        return
    signal = decided.trade.signal
    yield (
        words.GATE,
        words.PASSED.format(
            id=signal.id,
            lots=voice.lots(signal),
            money=voice.money(signal.risk_money),
            percent=percent(signal.risk_percent),
        ),
    )


def _why_none(explained: Explained, voice: Voice) -> str:
    decided, view = explained.decided, explained.view
    if not isinstance(decided, NoSetup):
        return words.ONLY_HISTORY.format(time=when(explained.begin_ms, voice))
    last = words.NEVER_BROKEN
    if view.entry.last_break is not None:
        last = words.LAST_BREAK.format(broken=break_text(view.entry.last_break, voice))
    return words.MISSING[decided.missing].format(
        timeframe=view.entry.timeframe,
        unready=_unready(explained),
        last=last,
        way="" if decided.direction is None else way(decided.direction),
        stop=pips(decided.stop_ticks or 0, voice),
        most=pips(decided.most_ticks or 0, voice),
    )


def _unready(explained: Explained) -> str:
    view = explained.view
    charts = (view.trend, view.setup, view.entry)
    missing = {chart.timeframe: missing_candles(chart, explained.ready_after) for chart in charts}
    return ", ".join(words.UNREADY.format(timeframe=name, missing=count) for name, count in missing.items() if count)


def _earlier(explained: Explained, voice: Voice) -> str:
    earlier = explained.earlier
    if earlier is None:
        return words.NO_EARLIER.format(time=when(explained.begin_ms, voice))
    setup = setup_of(earlier)
    if isinstance(earlier, SignalIssued):
        outcome = words.BECAME.format(id=earlier.trade.id)
    else:
        outcome = words.REFUSED.format(reason="; ".join(refusals(earlier)))
    return words.EARLIER.format(
        time=when(setup.known_ms, voice),
        order=setup.direction.order,
        kind=setup.kind,
        score=setup.score,
        outcome=outcome,
    )


def _spoken(code: str) -> str:
    return tidy(code).replace("_", " ")
