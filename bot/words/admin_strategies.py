"""What the desk reads of the strategies: which are on, what they want, how much they said."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.words import admin_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Button, Post
from bot.words.reason_english import ReasonEnglish
from bot.words.wording import NBSP, Html, Style, join, lines, say, tidy
from engine.types import Regime, Strategy


class StrategyFigures(msgspec.Struct, frozen=True):
    """`today` and `week` count the signals it issued in the trading day and the trading week."""

    strategy: Strategy
    is_on: bool
    regimes: tuple[Regime, ...]
    min_score: int
    today: int
    week: int


def strategies_page(figures: Sequence[StrategyFigures], note: Html | None, now_ms: int, style: Style) -> Post:
    """All of them, each with a button that turns it over. `note` says what has just become of one."""
    head = say(english.STRATEGIES if any(each.is_on for each in figures) else english.ALL_OFF)
    parts = [note, head, *(_strategy(each) for each in figures), style.clock_s(now_ms)]
    switches = tuple((_switch(each),) for each in figures)
    return Post(join("\n\n", *parts), buttons=(*switches, (button(english.MENU["refresh"], Tap.MENU, "strategy"),)))


def switched(strategy: Strategy, name: str, time_ms: int, style: Style, *, is_on: bool) -> Html:
    """Who did it, and when."""
    sentence = english.STRATEGY_SET[is_on]
    return say(sentence, strategy=ReasonEnglish.STRATEGIES[strategy], name=tidy(name), time=style.clock_s(time_ms))


def kept(strategy: Strategy, name: str, time_ms: int, style: Style, *, is_on: bool) -> Html:
    """For a wish that was fulfilled already."""
    return say(
        english.STRATEGY_KEPT,
        strategy=ReasonEnglish.STRATEGIES[strategy],
        state=english.STATES[is_on],
        name=tidy(name),
        time=style.clock_s(time_ms),
    )


def strategy_name(strategy: Strategy) -> str:
    """`range fade`, within a sentence."""
    return ReasonEnglish.STRATEGIES[strategy].lower()


def _strategy(figures: StrategyFigures) -> Html:
    """`Range fade · on`, and under it when it may speak and how often it did."""
    market = english.ANY_MARKET
    if set(figures.regimes) != set(Regime):
        *most, last = (regime.value for regime in figures.regimes)
        named = english.OR.format(most=", ".join(most), last=last) if most else last
        market = english.SOME_MARKETS.format(regimes=named)
    return lines(
        say(
            english.STRATEGY_LINE,
            symbol=english.STRATEGY_ON if figures.is_on else english.STRATEGY_OFF,
            strategy=ReasonEnglish.STRATEGIES[figures.strategy],
            state=english.STATES[figures.is_on],
        ),
        say(
            english.STRATEGY_NOTE,
            market=market,
            score=figures.min_score,
            count=english.ISSUED.format(today=figures.today, week=figures.week).replace(" ", NBSP),
        ),
    )


def _switch(figures: StrategyFigures) -> Button:
    """It does what it says, however the strategy stands when it is tapped."""
    is_on = not figures.is_on
    label = english.SWITCH[is_on].format(strategy=strategy_name(figures.strategy))
    return button(label, Tap.MENU, "strategy", figures.strategy.value, english.STATES[is_on])
