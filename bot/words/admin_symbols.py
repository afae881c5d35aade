"""What the desk reads of the instruments: price, spread, session and feed, and whether new signals are held back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.words import admin_english as english
from bot.words import usage_english
from bot.words.buttons import Tap, button
from bot.words.post import Button, Post
from bot.words.wording import Html, Style, Voice, counted, duration, join, lines, say, tidy
from engine.state import ALL
from engine.types import Session

PAGE_SIZE = 5


class SymbolFigures(msgspec.Struct, frozen=True):
    """`feed_state` is `ok`, `stalled`, `closed` or `warming`. A pause without `until_ms` lasts until /resume."""

    voice: Voice
    feed_state: str
    session: Session
    bid: int | None = None
    ask: int | None = None
    quote_age_ms: int | None = None
    is_paused: bool = False
    until_ms: int | None = None

    @property
    def symbol(self) -> str:
        return self.voice.instrument.symbol


def symbols_page(figures: Sequence[SymbolFigures], page: int, now_ms: int, style: Style, *, all_paused: bool) -> Post:
    """Five a page, counted from 1. While all are paused together, one alone cannot be resumed."""
    pages = max(1, -(-len(figures) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    shown = figures[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    head = counted(len(figures), english.SYMBOLS)
    parts = [head, *(_symbol(each, now_ms) for each in shown), style.clock_s(now_ms)]
    switches = () if all_paused else tuple((_switch(each),) for each in shown)
    every: tuple[Button, ...] = ()
    if all_paused:
        every = (button(english.RESUME_ALL, Tap.SYMBOLS, "resume", ALL),)
    elif len(figures) > 1:
        every = (button(english.PAUSE_ALL, Tap.SYMBOLS, "pause", ALL),)
    pager = (
        button(english.BACK, Tap.SYMBOLS, max(page - 1, 1)),
        button(english.PAGE.format(page=page, pages=pages), Tap.SYMBOLS, page),
        button(english.FORWARD, Tap.SYMBOLS, min(page + 1, pages)),
        button(english.MENU["refresh"], Tap.SYMBOLS, page),
    )
    return Post(join("\n\n", *parts), buttons=(*switches, *((every,) if every else ()), pager))


def done_toast(symbol: str | None, *, is_paused: bool) -> str:
    scope = english.EVERY_SYMBOL if symbol is None else tidy(symbol)
    done = (english.DONE_PAUSED if is_paused else english.DONE_RESUMED).format(scope=scope)
    return usage_english.ALREADY_DONE.format(what=done)


def _symbol(figures: SymbolFigures, now_ms: int) -> Html:
    voice = figures.voice
    if figures.bid is None or figures.ask is None:
        price = say(english.SYMBOL_NO_PRICE, session=figures.session)
    else:
        spread = voice.pips(figures.ask - figures.bid).removeprefix("+")
        price = say(english.SYMBOL_PRICE, price=voice.price(figures.bid), spread=spread, session=figures.session)
    age = figures.quote_age_ms
    ago = "" if age is None else english.SYMBOL_AGE.format(age=duration(age))
    return lines(
        say(
            english.SYMBOL_LINE,
            symbol=english.SYMBOL_OFF if figures.is_paused else english.SYMBOL_ON,
            name=tidy(figures.symbol),
            state=_state(figures, now_ms),
        ),
        price,
        say(
            english.SYMBOL_FEED,
            feed=tidy(voice.instrument.feed),
            state=english.FEED_STATES.get(figures.feed_state, tidy(figures.feed_state)),
            age=ago,
        ),
    )


def _state(figures: SymbolFigures, now_ms: int) -> str:
    if not figures.is_paused:
        return english.SYMBOL_RUNS
    if figures.until_ms is None:
        return english.SYMBOL_PAUSED
    return english.SYMBOL_PAUSED_UNTIL.format(until=figures.voice.clock_since(figures.until_ms, now_ms))


def _switch(figures: SymbolFigures) -> Button:
    """It does what it says, however the symbol stands when it is tapped."""
    if figures.is_paused:
        return button(english.RESUME_ONE.format(symbol=tidy(figures.symbol)), Tap.SYMBOLS, "resume", figures.symbol)
    return button(english.PAUSE_ONE.format(symbol=tidy(figures.symbol)), Tap.SYMBOLS, "pause", figures.symbol)
