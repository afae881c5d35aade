"""The signal's caption: the order first, then how it stands, the plan, why, and the fine print, always within 1024."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from bot.words.live_block import LiveBlock, is_half, live_block, share_closed
from bot.words.phrases import again
from bot.words.reasons import RoleLine, against_items, role_lines
from bot.words.wording import Html, Voice, bold, join, lines, percent, ratio, say, tidy, visible_length
from engine.types import Setup, Signal, Trade

CAPTION_LIMIT = 1024  # UTF-16 units after parsing
SYMBOL_LIMIT = 64  # copiers match symbols, so they are never shortened; none is this long


class _Parts(msgspec.Struct, frozen=True):
    """What may be left out of a caption, and in which form it still stands."""

    live: LiveBlock
    reasons: tuple[RoleLine, ...]
    against: tuple[str, ...]
    hidden: int = 0  # reason lines left out
    has_excursions: bool = True
    has_again: bool = True
    has_session: bool = True
    has_bar: bool = True
    has_size: bool = True
    has_quote: bool = True


def signal_caption(trade: Trade, voice: Voice) -> Html:
    """The whole text of a signal in its present state. Lines are left out in a fixed order until it fits."""
    if voice.is_brief:
        return voice.directed(_brief_caption(trade, voice))
    text = Html()
    for parts in _ever_shorter(trade, voice):
        text = voice.directed(_caption(trade, voice, parts))
        if visible_length(text) <= CAPTION_LIMIT:
            break
    return text


def copier_block(setup: Setup, voice: Voice) -> str:
    """The order as copier programs read it. Made of the setup alone, so it never changes."""
    targets = map(voice.price, setup.targets)
    return order_block(setup.direction.order, setup.symbol, voice.price(setup.entry), voice.price(setup.stop), targets)


def order_block(order: str, symbol: str, entry: str, stop: str, targets: Iterable[str]) -> str:
    """A plain line for each value: the same in every language, nothing after the value. Prices are written out."""
    head = (f"{order} {tidy(symbol, SYMBOL_LIMIT)}", f"Entry {entry}", f"SL {stop}")
    return "\n".join((*head, *(f"TP{number} {target}" for number, target in enumerate(targets, 1))))


def risk_reward(setup: Setup) -> Decimal:
    """Entry to the last target over entry to stop. Entry is the side that pays the spread, so it is in already."""
    return Decimal(abs(setup.targets[-1] - setup.entry)) / setup.risk


def _ever_shorter(trade: Trade, voice: Voice) -> Iterator[_Parts]:
    """The caption whole, then without one line more each time: what a reader misses least goes first."""
    setup = trade.signal.setup
    parts = _Parts(live_block(trade, voice), tuple(role_lines(setup, voice)), tuple(against_items(setup, voice)))
    yield parts
    while parts.reasons:
        weakest = min(parts.reasons, key=lambda line: line.points)
        left = tuple(line for line in parts.reasons if line is not weakest)
        parts = msgspec.structs.replace(parts, reasons=left, hidden=parts.hidden + 1)
        yield parts
    while len(parts.against) > 1:
        parts = msgspec.structs.replace(parts, against=parts.against[:-1])
        yield parts
    for name in ("has_excursions", "has_again", "has_session", "has_bar", "has_size", "has_quote"):
        parts = msgspec.structs.replace(parts, **{name: False})
        yield parts


def _caption(trade: Trade, voice: Voice, parts: _Parts) -> Html:
    signal = trade.signal
    live = parts.live
    note = live.note if parts.has_excursions or live.short_note is None else live.short_note
    return lines(
        *_order(signal.setup, voice),
        live.state,
        live.bar if parts.has_bar else None,
        note,
        "",
        *_plan(trade, voice),
        _size(signal, voice) if parts.has_size else None,
        "",
        say(voice.words.SETUP, kind=tidy(signal.setup.kind), score=signal.setup.score),
        _bet(signal.setup, voice, has_session=parts.has_session),
        again(signal.setup, voice) if parts.has_again else None,
        _quote(parts, voice) if parts.has_quote else None,
        tidy(signal.id),
        say("{time} · {pip_note}", time=voice.moment(signal.issued_ms), pip_note=voice.pip_note()),
        bold(voice.mark(signal.mode)),
    )


def _brief_caption(trade: Trade, voice: Voice) -> Html:
    """What to do, how it stands, and where it ends."""
    return lines(
        *_order(trade.signal.setup, voice),
        live_block(trade, voice).state,
        *_plan(trade, voice),
        say("{id} · {pip_note}", id=tidy(trade.id), pip_note=voice.pip_note()),
        bold(voice.mark(trade.signal.mode)),
    )


def _order(setup: Setup, voice: Voice) -> tuple[Html, ...]:
    """The block. Copiers that go by position take the fifth line for TP2, so with one target it is left empty."""
    block = say("<pre>{block}</pre>", block=copier_block(setup, voice))
    return (block,) if len(setup.targets) > 1 else (block, Html())


def _plan(trade: Trade, voice: Voice) -> tuple[Html, Html]:
    """The way to the stop and to each target, and how much closes where."""
    setup = trade.signal.setup
    stop, *targets = ((price - setup.entry) * setup.direction.sign for price in (setup.stop, *setup.targets))
    *nearer, last = map(voice.pips, targets)
    rewards = join(voice.words.THEN, join(voice.words.COMMA, *nearer) if nearer else None, last)
    return say(voice.words.PLAN, stop=voice.in_pips(stop), rewards=rewards), _closings(trade, voice)


def _closings(trade: Trade, voice: Voice) -> Html:
    words, count, reward = voice.words, len(trade.signal.split), ratio(risk_reward(trade.signal.setup))
    shares = [share_closed(trade, number) for number in range(1, count + 1)]
    if count == 1:
        return say(words.PLAN_ONE, ratio=reward)
    if is_half(trade):
        return say(words.PLAN_HALVES, ratio=reward)
    if shares[0] is None:
        return say(words.PLAN_WHOLE, number=count, ratio=reward)
    targets = (f"TP{number}" for number in range(1, count + 1))
    return say(words.PLAN_SEVERAL, shares=join(words.COMMA, *shares), targets=join(words.COMMA, *targets), ratio=reward)


def _size(signal: Signal, voice: Voice) -> Html:
    return say(
        voice.words.SIZE,
        lots=voice.lots(signal),
        money=voice.money(signal.risk_money),
        percent=percent(signal.risk_percent),
    )


def _quote(parts: _Parts, voice: Voice) -> Html:
    """Clients fold it after three lines; four are said at most."""
    more = voice.words.MORE_UNDER_WHY.format(count=parts.hidden) if parts.hidden else None
    against = voice.words.AGAINST.format(items=voice.words.SEMICOLON.join(parts.against) or voice.words.NOTHING_AGAINST)
    inside = lines(*(line.text for line in parts.reasons), more, against)
    return Html(f"<blockquote expandable>{inside}</blockquote>")


def _bet(setup: Setup, voice: Voice, *, has_session: bool) -> Html:
    """What kind of trade it is, on which timeframe, in which session."""
    return say(
        voice.words.BET_IN_SESSION if has_session else voice.words.BET,
        strategy=voice.reason_words.STRATEGIES[setup.strategy],
        timeframe=setup.timeframe,
        session=voice.reason_words.SESSIONS.get(setup.session, setup.session),
    )
