"""What a wrong argument or an old button gets: one line that says how it is done and how things stand.

Messages are posts; toasts, which Telegram shows as they are, are plain text of at most 200 units.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.config import Role
from bot.words import admin_english
from bot.words import usage_english as english
from bot.words.admin_strategies import strategy_name
from bot.words.post import Post
from bot.words.wording import Style, Voice, number, percent, say, tidy
from engine.trades import StopRefusal
from engine.types import Direction, Mode, Strategy, Trade

_GIVEN = 20  # characters of what an admin typed


def usage_risk(low: Decimal, high: Decimal, now: Decimal) -> Post:
    return Post(say(english.USAGE_RISK, low=_one(low), high=_one(high), now=percent(now)))


def risk_out_of_bounds(given: str, low: Decimal, high: Decimal, *, is_above: bool) -> Post:
    sentence = english.RISK_ABOVE if is_above else english.RISK_BELOW
    return Post(say(sentence, given=tidy(given, _GIVEN), low=_one(low), high=_one(high)))


def usage_performance(symbol: str) -> Post:
    return Post(say(english.USAGE_PERFORMANCE, symbol=tidy(symbol)))


def live_not_allowed(now: Mode) -> Post:
    """The configuration does not say that it may be."""
    return Post(say(english.LIVE_NOT_ALLOWED, now=now.value))


def not_tripped() -> Post:
    return Post(say(english.NOT_TRIPPED))


def usage_mode(now: Mode) -> Post:
    return Post(say(english.USAGE_MODE, now=now.value))


def no_such_trade(given: str, open_ids: Sequence[str]) -> Post:
    return Post(say(english.NO_SUCH_TRADE, given=tidy(given, _GIVEN), open=_open(open_ids)))


def no_such_signal(given: str, open_ids: Sequence[str]) -> Post:
    return Post(say(english.NO_SUCH_SIGNAL, given=tidy(given, _GIVEN), open=_open(open_ids)))


def usage_close(open_ids: Sequence[str]) -> Post:
    return Post(say(english.USAGE_CLOSE, open=_open(open_ids)))


def usage_cancel(waiting_ids: Sequence[str]) -> Post:
    return Post(say(english.USAGE_CANCEL, waiting=_waiting(waiting_ids)))


def no_such_waiting(given: str, waiting_ids: Sequence[str]) -> Post:
    return Post(say(english.NO_SUCH_WAITING, given=tidy(given, _GIVEN), waiting=_waiting(waiting_ids)))


def not_open_yet(trade_id: str) -> Post:
    """For what is done with open trades only."""
    return Post(say(english.NOT_OPEN_YET, number=number(trade_id)))


def open_already(trade_id: str) -> Post:
    """For what is done with waiting signals only."""
    return Post(say(english.OPEN_ALREADY, number=number(trade_id)))


def usage_move(price: str, open_ids: Sequence[str]) -> Post:
    """`price` is one that could be meant."""
    return Post(say(english.USAGE_MOVE, price=price, open=_open(open_ids)))


def stop_refused(trade: Trade, stop: int, refusal: StopRefusal, voice: Voice) -> Post:
    """Why it stays where it is, and what can be done instead."""
    if refusal is StopRefusal.NOT_OPEN:
        return not_open_yet(trade.id)
    sentence = {
        StopRefusal.BEYOND_PRICE: english.STOP_BEYOND_PRICE,
        StopRefusal.WIDER: english.STOP_WIDER,
        StopRefusal.THERE: english.STOP_THERE,
    }[refusal]
    return Post(
        say(
            sentence,
            number=number(trade.id),
            stop=voice.price(stop),
            first=voice.price(trade.signal.setup.stop),
            price=voice.price(trade.price or trade.stop),
            side=english.ABOVE if trade.direction is Direction.UP else english.BELOW,
        )
    )


def off_grid(given: str, trade: Trade, voice: Voice) -> Post:
    return Post(
        say(
            english.OFF_GRID,
            given=tidy(given, _GIVEN),
            symbol=tidy(trade.symbol),
            step=f"{voice.instrument.tick_size.normalize():f}",
            number=number(trade.id),
            price=voice.price(trade.stop),
        )
    )


def usage_mute() -> Post:
    return Post(say(english.USAGE_MUTE))


def usage_why(open_ids: Sequence[str]) -> Post:
    return Post(say(english.USAGE_WHY, open=_open(open_ids)))


def usage_chart(symbol: str) -> Post:
    return Post(say(english.USAGE_CHART, symbol=tidy(symbol)))


def usage_pause(symbol: str) -> Post:
    return Post(say(english.USAGE_PAUSE, symbol=tidy(symbol)))


def usage_audit() -> Post:
    return Post(say(english.USAGE_AUDIT))


def usage_strategy() -> Post:
    return Post(say(english.USAGE_STRATEGY, strategies=_strategies()))


def usage_switch(strategy: Strategy, *, is_on: bool) -> Post:
    """For a strategy that was named without saying what shall become of it."""
    now, other = admin_english.STATES[is_on], admin_english.STATES[not is_on]
    return Post(say(english.USAGE_SWITCH, strategy=strategy_name(strategy), other=other, now=now))


def no_such_strategy(given: str) -> Post:
    return Post(say(english.NO_SUCH_STRATEGY, given=tidy(given, _GIVEN), strategies=_strategies()))


def no_such_symbol(given: str, symbols: Sequence[str]) -> Post:
    names = ", ".join(tidy(symbol) for symbol in symbols)
    return Post(say(english.NO_SUCH_SYMBOL, given=tidy(given, _GIVEN), symbols=names))


def unknown_command() -> Post:
    return Post(say(english.UNKNOWN_COMMAND))


def not_allowed(least: Role | None) -> Post:
    """`least` is who may; None for what nobody may."""
    return Post(say(english.NOT_ALLOWED, role=english.ROLES[least]))


def not_allowed_toast(least: Role | None) -> str:
    return english.NOT_ALLOWED.format(role=english.ROLES[least])


def old_keyboard_toast(since_ms: int, command: str, style: Style) -> str:
    return english.OLD_KEYBOARD.format(time=style.clock(since_ms), command=tidy(command))


def expired_keyboard_toast(command: str) -> str:
    return english.EXPIRED_KEYBOARD.format(command=tidy(command))


def not_yours_toast(name: str) -> str:
    return english.ONLY_NAME.format(name=tidy(name))


def risk_done_toast(now: Decimal) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_RISK.format(value=percent(now)))


def mode_done_toast(now: Mode) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_MODE.format(value=now.value))


def rearm_done_toast(*, is_tripped: bool) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_REARM[is_tripped])


def close_done_toast(trade_id: str) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_CLOSE.format(number=number(trade_id)))


def cancel_done_toast(trade_id: str) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_CANCEL.format(number=number(trade_id)))


def move_done_toast(trade_id: str, stop: str) -> str:
    return english.ALREADY_DONE.format(what=english.DONE_MOVE.format(number=number(trade_id), stop=stop))


def strategy_done_toast(strategy: Strategy, *, is_on: bool) -> str:
    done = english.DONE_STRATEGY.format(strategy=strategy_name(strategy), state=admin_english.STATES[is_on])
    return english.ALREADY_DONE.format(what=done)


def too_late_toast() -> str:
    return admin_english.TOO_LATE


def _strategies() -> str:
    return ", ".join(strategy_name(strategy) for strategy in Strategy)


def _open(ids: Sequence[str]) -> str:
    if not ids:
        return english.NONE_OPEN
    return english.OPEN_NUMBERS.format(numbers=", ".join(number(trade_id) for trade_id in ids[:10]))


def _waiting(ids: Sequence[str]) -> str:
    if not ids:
        return english.NONE_WAITING
    return english.WAITING_NUMBERS.format(numbers=", ".join(number(trade_id) for trade_id in ids[:10]))


def _one(value: Decimal) -> str:
    """Bounds with one decimal, or as many as they have."""
    return f"{value:.1f}" if value == round(value, 1) else f"{value.normalize():f}"
