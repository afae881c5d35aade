"""What moves money or mode asks first. A question's text gives way to its answer, and the keyboard goes."""

from __future__ import annotations

from decimal import Decimal

from bot.words import admin_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Button, Post
from bot.words.wording import Html, Style, Voice, escape, lines, number, percent, r, r_at, say, tidy
from engine.types import Mode, Trade


def risk_question(before: Decimal, after: Decimal, money: Decimal, question: str, until_ms: int, style: Style) -> Post:
    """`money` is what one trade would risk then. `question` comes back with the tap."""
    text = lines(
        say(english.RISK_QUESTION),
        say(english.RISK_CHANGE, before=percent(before), after=percent(after), money=style.money(money)),
        say(english.FROM_NEXT),
        only_you(until_ms, style),
    )
    return Post(text, buttons=(set_or_keep(percent(after), percent(before), question),))


def risk_set(before: Decimal, after: Decimal, name: str, time_ms: int, style: Style) -> Post:
    return Post(
        say(
            english.RISK_SET, before=percent(before), after=percent(after), name=tidy(name), time=style.clock_s(time_ms)
        )
    )


def risk_kept(before: Decimal, name: str, time_ms: int, style: Style) -> Post:
    return Post(say(english.RISK_KEPT, before=percent(before), name=tidy(name), time=style.clock_s(time_ms)))


def mode_question(before: Mode, after: Mode, question: str, until_ms: int, style: Style) -> Post:
    text = lines(
        say(english.MODE_QUESTION),
        mode_change(before, after),
        say(english.FROM_NEXT),
        only_you(until_ms, style),
    )
    return Post(text, buttons=(set_or_keep(after.value, before.value, question),))


def mode_change(before: Mode, after: Mode) -> Html:
    return say(english.MODE_CHANGE, before=before.value, after=after.value, meaning=english.MODE_MEANINGS[after.value])


def mode_set(before: Mode, after: Mode, name: str, time_ms: int, style: Style) -> Post:
    time = style.clock_s(time_ms)
    return Post(say(english.MODE_SET, before=before.value, after=after.value, name=tidy(name), time=time))


def mode_kept(before: Mode, name: str, time_ms: int, style: Style) -> Post:
    return Post(say(english.MODE_KEPT, before=before.value, name=tidy(name), time=style.clock_s(time_ms)))


def rearm_question(equity: Decimal, high: Decimal, floor: Decimal, question: str, until_ms: int, style: Style) -> Post:
    """`high` is what the drawdown was counted from until now, `floor` where it would trip again."""
    text = lines(
        say(english.REARM_QUESTION),
        say(english.REARM_EQUITY, equity=style.money(equity), high=style.money(high)),
        say(english.REARM_ABOUT, floor=style.money(floor)),
        only_you(until_ms, style),
    )
    buttons = (
        button(english.REARM_NOW, Tap.YES, question, style="danger"),
        button(english.KEEP_TRIPPED, Tap.NO, question),
    )
    return Post(text, buttons=(buttons,))


def rearmed(equity: Decimal, name: str, time_ms: int, style: Style) -> Post:
    return Post(say(english.REARMED, equity=style.money(equity), name=tidy(name), time=style.clock_s(time_ms)))


def rearm_kept(name: str, time_ms: int, style: Style) -> Post:
    return Post(say(english.REARM_KEPT, name=tidy(name), time=style.clock_s(time_ms)))


def close_question(trade: Trade, voice: Voice, question: str, until_ms: int) -> Post:
    """What would be closed, at about which price, with what result for the whole trade."""
    result = voice.result(trade)
    about = say(
        english.CLOSE_RESULT,
        lots=voice.lots(trade.signal, trade.open_steps),
        price=voice.price(trade.price or trade.signal.setup.entry),
        r=result.r,
        money=result.money,
    )
    buttons = (
        button(english.CLOSE_NOW, Tap.YES, question, style="danger"),
        button(english.KEEP_OPEN, Tap.NO, question),
    )
    return Post(lines(_of(english.CLOSE_QUESTION, trade), about, only_you(until_ms, voice)), buttons=(buttons,))


def close_done(trade: Trade, voice: Voice, name: str, time_ms: int) -> Post:
    """The answer in the admin chat, also for what was withdrawn; the channel hears it as a reply to the signal."""
    values = {"name": tidy(name), "time": voice.clock_s(time_ms)}
    if trade.opened_price is None or not trade.fills:
        return Post(_of(english.WITHDRAWN, trade, **values))
    result = voice.result(trade)
    price = voice.price(trade.fills[-1].price)
    return Post(_of(english.CLOSED, trade, price=price, r=result.r, money=result.money, **values))


def close_kept(trade: Trade, name: str, time_ms: int, style: Style) -> Post:
    return Post(_of(english.CLOSE_KEPT, trade, name=tidy(name), time=style.clock_s(time_ms)))


def cancel_question(trade: Trade, question: str, until_ms: int, style: Style) -> Post:
    buttons = (
        button(english.CANCEL_NOW, Tap.YES, question, style="danger"),
        button(english.KEEP_WAITING, Tap.NO, question),
    )
    text = lines(_of(english.CANCEL_QUESTION, trade), say(english.CANCEL_ABOUT), only_you(until_ms, style))
    return Post(text, buttons=(buttons,))


def cancel_kept(trade: Trade, name: str, time_ms: int, style: Style) -> Post:
    return Post(_of(english.CANCEL_KEPT, trade, name=tidy(name), time=style.clock_s(time_ms)))


def move_question(trade: Trade, stop: int, voice: Voice, question: str, until_ms: int) -> Post:
    """Old and new stop, and what the whole trade would come to at each."""
    before, after = voice.price(trade.stop), voice.price(stop)
    price = voice.price(trade.price or trade.signal.setup.entry)
    text = lines(
        _of(english.MOVE_QUESTION, trade),
        say(english.MOVE_PRICES, before=before, after=after, price=price),
        say(english.MOVE_RISK, before=r(r_at(trade, trade.stop)), after=r(r_at(trade, stop))),
        only_you(until_ms, voice),
    )
    buttons = (
        button(english.MOVE.format(value=after), Tap.YES, question, style="success"),
        button(english.KEEP.format(value=before), Tap.NO, question),
    )
    return Post(text, buttons=(buttons,))


def stop_moved(trade: Trade, before: int, voice: Voice, name: str, time_ms: int) -> Post:
    """The answer in the admin chat; the channel hears it as a reply to the signal."""
    values = {"before": voice.price(before), "after": voice.price(trade.stop), "r": r(r_at(trade, trade.stop))}
    return Post(_of(english.MOVED, trade, name=tidy(name), time=voice.clock_s(time_ms), **values))


def stop_kept(trade: Trade, voice: Voice, name: str, time_ms: int) -> Post:
    before = voice.price(trade.stop)
    return Post(_of(english.MOVE_KEPT, trade, before=before, name=tidy(name), time=voice.clock_s(time_ms)))


def paused(symbol: str | None, until_ms: int | None, name: str, time_ms: int, style: Style) -> Post:
    """Needs no question: pausing moves nothing, and one tap takes it back."""
    until = english.UNTIL_RESUME if until_ms is None else style.clock_since(until_ms, time_ms)
    text = say(english.PAUSE_SET, scope=_scope(symbol), until=until, name=tidy(name), time=style.clock_s(time_ms))
    return Post(text, buttons=((button(english.MENU["resume"], Tap.MENU, "resume"),),))


def resumed(symbol: str | None, name: str, time_ms: int, style: Style) -> Post:
    return Post(say(english.RESUME_SET, scope=_scope(symbol), name=tidy(name), time=style.clock_s(time_ms)))


def too_late() -> Post:
    return Post(escape(english.TOO_LATE))


def _of(sentence: str, trade: Trade, **values: str) -> Html:
    return say(sentence, number=number(trade.id), order=trade.direction.order, symbol=tidy(trade.symbol), **values)


def only_you(until_ms: int, style: Style) -> Html:
    return say(english.ONLY_YOU, time=style.clock_s(until_ms))


def set_or_keep(after: str, before: str, question: str) -> tuple[Button, ...]:
    return (
        button(english.SET.format(value=after), Tap.YES, question, style="success"),
        button(english.KEEP.format(value=before), Tap.NO, question),
    )


def _scope(symbol: str | None) -> str:
    return english.EVERY_SYMBOL if symbol is None else tidy(symbol)
