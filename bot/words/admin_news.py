"""/news: what is ahead, and what the gate will do about it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from bot.news import AHEAD_MS, CalendarState
from bot.words import admin_english
from bot.words import news_english as english
from bot.words.post import Post
from bot.words.wording import Html, Style, lines, say, tidy, visible_length
from engine.config import NewsConfig
from engine.events import NewsItem
from engine.types import DAY_MS, MINUTE_MS

MOST_UNITS = 4096
MOMENTS, TITLES, SYMBOLS = 8, 4, 6  # shown, of each moment, of each title


class Coming(msgspec.Struct, frozen=True):
    """An announcement, and the configured symbols it concerns."""

    item: NewsItem
    symbols: tuple[str, ...]


class NewsFigures(msgspec.Struct, frozen=True):
    """`known` are by time. `calendar` is None when none is connected."""

    now_ms: int
    known: tuple[Coming, ...]
    rules: NewsConfig
    calendar: CalendarState | None


def news(figures: NewsFigures, style: Style) -> Post:
    """What the gate heeds, moment by moment; how much else; its rule; and how far the calendar reaches."""
    ahead = [each for each in figures.known if _is_ahead(each.item, figures)]
    if not ahead and figures.calendar is None:
        return Post(say(admin_english.NO_CALENDAR))
    heeded = [each for each in ahead if each.item.impact.weight >= figures.rules.impact.weight]
    foot = [
        say(english.LOWER, count=len(ahead) - len(heeded)) if len(heeded) < len(ahead) else None,
        _rule(figures.rules),
        *_calendar(figures, style),
    ]
    head = say(english.NEWS, count=len(heeded)) if heeded else say(english.NONE_HEEDED)
    text = Html()
    for most in range(MOMENTS, -1, -1):
        text = lines(head, *_moments(heeded, most, figures, style), "", *foot)
        if visible_length(text) <= MOST_UNITS:
            break
    return Post(text)


def _is_ahead(item: NewsItem, figures: NewsFigures) -> bool:
    """To come within a week, or still holding signals back."""
    after_ms = figures.rules.after_min * MINUTE_MS if item.impact.weight >= figures.rules.impact.weight else 0
    return figures.now_ms - after_ms <= item.time_ms <= figures.now_ms + AHEAD_MS


def _moments(heeded: Sequence[Coming], most: int, figures: NewsFigures, style: Style) -> list[Html]:
    moments = [list(group) for _, group in groupby(heeded, key=lambda each: each.item.time_ms)]
    said: list[Html] = []
    for group in moments[:most]:
        said += [Html(), _moment(group[0].item.time_ms, figures, style), *(_title(each) for each in group[:TITLES])]
        if len(group) > TITLES:
            said.append(say(english.MORE, count=len(group) - TITLES))
    left = sum(len(group) for group in moments[most:])
    return [*said, Html(), say(english.MORE, count=left)] if left else said


def _moment(time_ms: int, figures: NewsFigures, style: Style) -> Html:
    rules = figures.rules
    begin_ms, end_ms = time_ms - rules.before_min * MINUTE_MS, time_ms + rules.after_min * MINUTE_MS
    sentence = english.MOMENT_FLAT if rules.flat_min else english.MOMENT
    if begin_ms == end_ms:
        sentence = english.MOMENT_FREE
    elif begin_ms <= figures.now_ms:
        sentence = english.MOMENT_NOW
    return say(
        sentence,
        time=style.clock_ahead(time_ms, figures.now_ms),
        begin=f"{style.local(begin_ms):%H:%M}",
        end=style.clock(end_ms),
        flat=f"{style.local(time_ms - rules.flat_min * MINUTE_MS):%H:%M}",
    )


def _title(coming: Coming) -> Html:
    item, symbols = coming.item, [tidy(symbol) for symbol in coming.symbols]
    shown = ", ".join(symbols[:SYMBOLS])
    if len(symbols) > SYMBOLS:
        shown = f"{shown} {english.MORE.format(count=len(symbols) - SYMBOLS)}"
    return say(
        english.ITEM, currency=tidy(item.currency), title=tidy(item.title), impact=item.impact.value, symbols=shown
    )


def _rule(rules: NewsConfig) -> Html:
    trades = say(english.TRADES_CLOSE, flat=rules.flat_min) if rules.flat_min else say(english.TRADES_STAY)
    if not rules.before_min and not rules.after_min:
        return say(english.RULE_OFF, trades=trades)
    return say(
        english.RULE, impact=english.FROM[rules.impact], before=rules.before_min, after=rules.after_min, trades=trades
    )


def _calendar(figures: NewsFigures, style: Style) -> list[Html]:
    """A calendar that ends within a day is as good as none tomorrow."""
    state = figures.calendar
    if state is None:
        return [say(english.HEARD_BEFORE)]
    name = tidy(state.name)
    if state.until_ms is None:
        said = [say(english.EMPTY, name=name)]
    else:
        sentence = english.ENDS if state.until_ms < figures.now_ms + DAY_MS else english.REACHES
        said = [say(sentence, name=name, moment=style.moment(state.until_ms))]
    if state.unreadable:
        said.append(say(english.UNREADABLE, count=state.unreadable))
    if state.trouble is not None:
        said.append(say(english.TROUBLE, trouble=tidy(state.trouble, 200)))
    return said
