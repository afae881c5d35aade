"""What the engine saw at one moment, part by part: sections of named rows, plain text, laid out by the caller."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bot.words import explain_english as words
from bot.words.explain_chart import chart_rows
from bot.words.explain_rows import Row, missing_candles, packed, pips, rows, when
from bot.words.phrases import seen_before, stop_basis, way
from bot.words.reason_english import ReasonEnglish
from bot.words.reasons import against_part, refusals, score_parts
from bot.words.wording import DOT, Voice, percent, r, ratio, tidy
from engine.events import SetupRejected, SignalIssued
from engine.hours import is_open, session_at
from engine.kill_zones import KILL_ZONES, KillZone, kill_zone_at
from engine.types import MarketView, NoSetup, Setup, Strategy


class Section(msgspec.Struct, frozen=True):
    title: str
    rows: tuple[Row, ...]


class Explained(msgspec.Struct, frozen=True):
    """One moment of one symbol. `view` is all that was known at `asked_ms`, as of the entry candles closed by then.

    `decided` is what the last of them, closed at `close_ms`, led to; `beside` holds what other strategies proposed
    then, and `none` why the rest proposed nothing; asked after the fact, it may also hold one that did propose, since
    nothing has changed for it. All are empty when it was history. `earlier` is the last setup before that close.
    `begin_ms` is the first live moment.
    """

    view: MarketView
    asked_ms: int
    close_ms: int
    begin_ms: int
    ready_after: int  # candles a timeframe needs
    decided: SignalIssued | SetupRejected | None = None
    beside: tuple[SignalIssued | SetupRejected, ...] = ()
    none: tuple[tuple[Strategy, NoSetup], ...] = ()
    earlier: SignalIssued | SetupRejected | None = None
    kill_zones: tuple[KillZone, ...] = KILL_ZONES


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
        spread = pips(view.ask - view.bid, voice)
        quote = words.QUOTED.format(bid=bid, ask=ask, spread=spread, pip_note=voice.pip_note())
    market = [words.CLOSED]
    if is_open(asked_ms, voice.instrument.hours):
        kill_zone = kill_zone_at(asked_ms, explained.kill_zones)
        market = [words.OPEN, words.SESSION.format(name=session_at(asked_ms)[0].value)]
        market += [words.KILL_ZONE.format(name=kill_zone)] if kill_zone else []
    title = words.TITLE.format(symbol=tidy(view.symbol), moment=voice.moment(asked_ms))
    return Section(title, ((words.AS_OF, as_of), (words.QUOTE, quote), (words.MARKET, DOT.join(market))))


def _decision(explained: Explained, voice: Voice) -> Iterator[Row]:
    """The setup and what became of it, or the one before; and what each of the other strategies made of the close."""
    decided = explained.decided
    others = [text for other in explained.beside for text in _beside(other, voice)]
    spoke = {setup_of(event).strategy for event in (decided, *explained.beside) if event is not None}
    others += [
        _why_none(strategy, nothing, explained, voice) for strategy, nothing in explained.none if strategy not in spoke
    ]
    if decided is not None:
        yield from _proposal(setup_of(decided), voice)
        yield from _gate(decided, voice)
        if others:
            yield from rows(words.OTHERS, others)
        return
    yield from rows(words.NO_SETUP, others or [words.ONLY_HISTORY.format(time=when(explained.begin_ms, voice))])
    yield from rows(words.LAST_SETUP, _earlier(explained, voice))


def _proposal(setup: Setup, voice: Voice) -> Iterator[Row]:
    """The parts with their points, what speaks against, and the order."""
    yield words.SETUP, _brief(setup)
    yield words.STRATEGY, ReasonEnglish.STRATEGIES[setup.strategy]
    before = seen_before(setup, voice)
    if before is not None:
        yield words.AGAIN, before
    for part in (*score_parts(setup, voice), against_part(setup, voice)):
        yield from rows(part.head, part.reasons)
    basis = stop_basis(setup, voice)
    yield words.ENTRY, voice.price(setup.entry)
    yield (
        words.STOP,
        words.STOPPED.format(
            price=voice.price(setup.stop),
            pips=pips(setup.risk, voice),
            basis="" if basis is None else f", {basis}",
        ),
    )
    for number, target in enumerate(setup.targets, 1):
        reward = abs(target - setup.entry)
        result = r(Decimal(reward) / setup.risk)
        text = words.TARGETED.format(price=voice.price(target), r=result, pips=pips(reward, voice))
        yield words.TARGET.format(number=number), text
    yield words.RATIO, ratio(Decimal(abs(setup.targets[-1] - setup.entry)) / setup.risk)


def _gate(decided: SignalIssued | SetupRejected, voice: Voice) -> Iterator[Row]:
    if isinstance(decided, SetupRejected):
        yield from rows(words.GATE, [words.REFUSED.format(reason=reason) for reason in refusals(decided, voice)])
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


def _why_none(strategy: Strategy, nothing: NoSetup, explained: Explained, voice: Voice) -> str:
    """What was missing; with the way of the trade where something had spoken for one."""
    view = explained.view
    regime = view.setup.regime
    sentence = words.MISSING_OF.get((strategy, nothing.missing), words.MISSING[nothing.missing])
    missing = sentence.format(
        trend=view.trend.timeframe,
        setup=view.setup.timeframe,
        entry=view.entry.timeframe,
        unready=_unready(explained),
        regime=words.UNKNOWN_REGIME if regime is None else ReasonEnglish.REGIMES[regime],
        way="" if nothing.direction is None else way(nothing.direction, ReasonEnglish),
        stop=pips(nothing.stop_ticks or 0, voice),
        most=pips(nothing.most_ticks or 0, voice),
    )
    order = "" if nothing.direction is None else words.TRIGGERED.format(order=nothing.direction.order)
    return words.SILENT.format(strategy=ReasonEnglish.STRATEGIES[strategy], order=order, missing=missing)


def _unready(explained: Explained) -> str:
    view = explained.view
    charts = (view.trend, view.setup, view.entry)
    missing = {chart.timeframe: missing_candles(chart, explained.ready_after) for chart in charts}
    return ", ".join(words.UNREADY.format(timeframe=name, missing=count) for name, count in missing.items() if count)


def _beside(other: SignalIssued | SetupRejected, voice: Voice) -> list[str]:
    """What another strategy proposed at the same close, and what became of it."""
    setup = setup_of(other)
    first = words.BESIDE.format(strategy=ReasonEnglish.STRATEGIES[setup.strategy], setup=_brief(setup))
    return [first, *(words.DETAIL.format(text=text) for text in _ends(other, voice))]


def _earlier(explained: Explained, voice: Voice) -> list[str]:
    earlier = explained.earlier
    if earlier is None:
        return [words.NO_EARLIER.format(time=when(explained.begin_ms, voice))]
    setup = setup_of(earlier)
    first = words.EARLIER.format(time=when(setup.known_ms, voice), setup=_brief(setup))
    more = packed([ReasonEnglish.STRATEGIES[setup.strategy], *_ends(earlier, voice)])
    return [first, *(words.DETAIL.format(text=text) for text in more)]


def _brief(setup: Setup) -> str:
    return words.PROPOSED.format(order=setup.direction.order, kind=tidy(setup.kind), score=setup.score)


def _ends(decided: SignalIssued | SetupRejected, voice: Voice) -> list[str]:
    """What became of it, a text for each refusal."""
    if isinstance(decided, SignalIssued):
        return [words.BECAME.format(id=decided.trade.id)]
    return [words.REFUSED.format(reason=reason) for reason in refusals(decided, voice)]
