"""The part of a signal that lives: state and result, progress bar, and how long it has been going."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import msgspec

from bot.words.wording import DOT, NBSP, Html, Voice, join, r, say
from engine.types import MINUTE_MS, CloseReason, Order, StopBy, Trade

FILLED, EMPTY, EDGE = "▰", "▱", "|"
CELLS_PER_R = 4
FEWEST_CELLS, MOST_CELLS = 12, 16


class LiveBlock(msgspec.Struct, frozen=True):
    """The state line is always said; the bar and the excursions may give way to a long caption."""

    state: Html
    bar: str | None
    note: Html
    short_note: Html | None  # the note without excursions


def live_block(trade: Trade, voice: Voice) -> LiveBlock:
    if trade.opened_price is None:
        return _before_entry(trade, voice)
    result = voice.result(trade)
    values = {"r": result.r, "pips": result.pips, "money": result.money, "number": trade.targets_hit}
    if trade.is_done and trade.reason is not None:
        lived = say(voice.words.LIVED, lived=voice.duration(lived_ms(trade)))
        note = join(DOT, lived, excursions(trade, voice.words.EXCURSIONS))
        return LiveBlock(say(_ended(trade.reason, voice), **values), progress_bar(trade), note, lived)
    if trade.targets_hit:
        return LiveBlock(say(voice.words.SECURED, **values), progress_bar(trade), _banked(trade, voice), None)
    return LiveBlock(say(voice.words.OPEN, **values), progress_bar(trade), _since(trade, voice), None)


def progress_bar(trade: Trade) -> str:
    """`SL ▰▰▰▰|▰▰▱▱▱▱|▱▱▱▱ TP2`: the way from the stop in force over entry and every target to the last.

    A cell is a quarter of an R; where that would make fewer than 12 or more than 16 cells, the cells change their
    size instead. Full cells are those price has passed, counted from the stop. Once nothing is at risk the way begins
    at entry, and `BE` says that the stop is there.
    """
    reached = _reached(trade)
    moves = _milestones(trade)
    cells = _cells(moves, trade.risk)
    parts = []
    for count, (low, high) in zip(cells, pairwise(moves), strict=True):
        done = Fraction(reached - low, high - low) if high > low else Fraction(reached >= high)
        full = min(max(count * done // 1, 0), count)
        parts.append(FILLED * full + EMPTY * (count - full))
    stop = "BE" if trade.stop == trade.opened_price or trade.stop_by is StopBy.BREAKEVEN else "SL"
    is_safe = _favour(trade, trade.stop) >= 0 or (trade.targets_hit and trade.stop != trade.signal.setup.stop)
    return f"{stop}{NBSP}{EDGE.join(parts[1:] if is_safe else parts)}{NBSP}TP{len(moves) - 2}"


def excursions(trade: Trade, sentence: str) -> Html:
    """How far it went for and against us, in R."""
    return say(sentence, best=r(trade.r(trade.best)), worst=r(trade.r(trade.worst)))


def lived_ms(trade: Trade) -> int:
    """From opening to closing, or to the last price; zero before it opens."""
    last_ms = trade.closed_ms if trade.closed_ms is not None else trade.price_ms
    return 0 if trade.opened_ms is None or last_ms is None else last_ms - trade.opened_ms


def share_closed(trade: Trade, target: int) -> str | None:
    """The part that closes at a target, `40 %`; None when the lot was too small to split."""
    return _share(trade, trade.signal.split[target - 1])


def share_banked(trade: Trade) -> str | None:
    """The part that closed at all targets reached so far; None when the lot was too small to split."""
    return _share(trade, sum(trade.signal.split[: trade.targets_hit]))


def is_half(trade: Trade) -> bool:
    """Two equal parts: the only ones called halves."""
    split = trade.signal.split
    return len(split) == 2 and split[0] == split[1]


def _share(trade: Trade, steps: int) -> str | None:
    return f"{round(100 * steps / trade.signal.lot_steps)}{NBSP}%" if steps else None


def _before_entry(trade: Trade, voice: Voice) -> LiveBlock:
    signal, entry = trade.signal, voice.price(trade.signal.setup.entry)
    expires = voice.clock_since(signal.expires_ms, signal.issued_ms)
    if not trade.is_done or trade.reason is None:
        if signal.order is Order.LIMIT:
            note = say(voice.words.WAITING_NOTE, time=expires)
            return LiveBlock(say(voice.words.WAITING, price=entry), None, note, None)
        price = entry if trade.price is None else voice.price(trade.price)
        note = say(voice.words.ENTERING_NOTE, time=expires)
        return LiveBlock(say(voice.words.ENTERING, price=price), None, note, None)
    ended = voice.clock_since(trade.closed_ms or signal.expires_ms, signal.issued_ms)
    if trade.reason is CloseReason.EXPIRED:
        note = say(voice.words.EXPIRED_NOTE, time=expires)
    elif trade.price is not None:
        note = say(voice.words.CANCELLED_TOO_FAR, price=voice.price(trade.price), entry=entry, time=ended)
    else:
        note = say(voice.words.CANCELLED_NOTE, time=ended)
    return LiveBlock(say(_ended(trade.reason, voice)), None, note, None)


def _ended(reason: CloseReason, voice: Voice) -> str:
    return {
        CloseReason.TARGET: voice.words.CLOSED_AT_TARGET,
        CloseReason.BREAKEVEN: voice.words.CLOSED_AT_BREAKEVEN,
        CloseReason.STOP: voice.words.STOPPED,
        CloseReason.DESK: voice.words.CLOSED_BY_DESK,
        CloseReason.TRAILED: voice.words.CLOSED_BY_TRAIL,
        CloseReason.TIME: voice.words.CLOSED_BY_TIME,
        CloseReason.WEEKEND: voice.words.CLOSED_FOR_WEEKEND,
        CloseReason.NEWS: voice.words.CLOSED_FOR_NEWS,
        CloseReason.EXPIRED: voice.words.EXPIRED,
        CloseReason.CANCELLED: voice.words.CANCELLED,
    }[reason]


def _since(trade: Trade, voice: Voice) -> Html:
    """The price is said only where it is not the one in the block."""
    entry, issued_ms = trade.signal.setup.entry, trade.signal.issued_ms
    time = voice.clock_since(issued_ms if trade.opened_ms is None else trade.opened_ms, issued_ms)
    if trade.opened_price is None or trade.opened_price == entry:
        since = say(voice.words.SINCE, time=time)
    else:
        since = say(voice.words.SINCE_AT, time=time, price=voice.price(trade.opened_price))
    lived = lived_ms(trade)
    return join(DOT, since, voice.duration(lived) if lived >= MINUTE_MS else None, _moved_stop(trade, voice))


def _moved_stop(trade: Trade, voice: Voice) -> Html | None:
    """Where the desk has put it; the block still shows the first one."""
    if trade.stop == trade.signal.setup.stop:
        return None
    where = voice.words.STOP_AT_ENTRY if trade.stop == trade.opened_price else voice.words.STOP_AT
    return say(where, price=voice.price(trade.stop))


def _banked(trade: Trade, voice: Voice) -> Html:
    banked = r(trade.banked_r)
    share = share_banked(trade)
    if share is None:
        done = say(voice.words.NOTHING_BANKED)
    elif is_half(trade):
        done = say(voice.words.HALF_BANKED, r=banked)
    else:
        done = say(voice.words.SHARES_BANKED, share=share, r=banked)
    where = voice.words.STOP_AT_ENTRY if trade.stop == trade.opened_price else voice.words.STOP_AT
    return say("{done}{dot}{stop}", done=done, dot=DOT, stop=say(where, price=voice.price(trade.stop)))


def _milestones(trade: Trade) -> tuple[int, ...]:
    """Stop, entry and targets as moves from the price it opened at; a stop that is behind entry no more gives way to
    the first one.
    """
    setup = trade.signal.setup
    stop = trade.stop if _favour(trade, trade.stop) < 0 else setup.stop
    return (_favour(trade, stop), 0, *(_favour(trade, price) for price in setup.targets))


def _favour(trade: Trade, price: int) -> int:
    """Ticks from the price it opened at, in its favour."""
    opened = trade.signal.setup.entry if trade.opened_price is None else trade.opened_price
    return (price - opened) * trade.direction.sign


def _reached(trade: Trade) -> int:
    """Where the trade is, or where its last part left, as a move from entry."""
    if trade.is_done and trade.fills:
        return trade.fills[-1].ticks
    if trade.price is None or trade.opened_price is None:
        return 0
    return (trade.price - trade.opened_price) * trade.direction.sign


def _cells(moves: tuple[int, ...], risk: int) -> tuple[int, ...]:
    """How many cells each stretch between milestones gets; at least one, about one for each quarter of an R."""
    way = moves[-1] - moves[0]
    wanted = Fraction(CELLS_PER_R * way, risk)
    total = min(max(round(wanted), FEWEST_CELLS), MOST_CELLS)
    counts = [max(1, round(Fraction(total * (high - low), way))) for low, high in pairwise(moves)]
    longest = counts.index(max(counts))
    counts[longest] += min(max(sum(counts), FEWEST_CELLS), MOST_CELLS) - sum(counts)
    return tuple(counts)
