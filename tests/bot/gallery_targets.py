"""The example trade with other numbers of targets than two, in every state that tells of targets."""

from __future__ import annotations

from datetime import date

import msgspec

from bot.words.board import BoardFigures, board_post
from bot.words.messages import closed_reply, signal_post, target_reply
from bot.words.post import Post, made_late
from bot.words.report_captions import DailyFigures, daily_report
from bot.words.wording import Voice
from engine.performance import measure
from engine.types import CloseReason, Setup, Signal, StopBy, Trade
from tests.builders import at, closed, gold, opened, secured, setup, signal, trade

FIRST, LAST = gold("2287.90"), gold("2297.10")
WHOLE_CLOSE_MS = at("2024-04-03 18:41")


def setup_of(count: int) -> Setup:
    """The example with so many targets, spread evenly between its own two; one is the last."""
    if count == 1:
        return setup(targets=(LAST,))
    return setup(targets=tuple(FIRST + (LAST - FIRST) * k // (count - 1) for k in range(count)))


def signal_of(*split: int) -> Signal:
    """So many tenths of 0.10 lot close at each target."""
    return signal(setup_of(len(split)), split=split)


ONE, THREE, FIVE = signal_of(10), signal_of(4, 3, 3), signal_of(2, 2, 2, 2, 2)
UNSPLIT, HALF_FIRST = signal_of(0, 0, 10), signal_of(5, 3, 2)


def states_of(of: Signal) -> dict[str, Trade]:
    """From the entry to every way out that targets have a part in."""
    count = len(of.split)
    found = {"entering": trade(of), "opened": opened(of)}
    for hit in range(1, count):
        running = secured(of, hit=hit)
        found[f"tp{hit}"] = running
        found[f"breakeven after tp{hit}"] = closed(running, None, CloseReason.BREAKEVEN, closed_ms=WHOLE_CLOSE_MS)
    before = secured(of, hit=count - 1) if count > 1 else opened(of, best=LAST - gold("2274.10"))
    found[f"tp{count}"] = closed(before, LAST, CloseReason.TARGET, closed_ms=WHOLE_CLOSE_MS)
    found["breakeven by the desk"] = closed(opened(of, stop=gold("2274.10")), None, CloseReason.BREAKEVEN)
    found["stopped"] = closed(opened(of))
    return found


def target_posts(voice: Voice) -> dict[str, Post]:
    """By a name for people."""
    found = {}
    lives = {f"one: {state}": of for state, of in states_of(ONE).items()}
    lives |= {f"three: {state}": of for state, of in states_of(THREE).items()}
    lives |= {f"three, unsplit: {state}": states_of(UNSPLIT)[state] for state in ("tp2", "breakeven after tp2")}
    for name, of in lives.items():
        found[f"{name}, signal"] = signal_post(of, voice)
        if of.is_done:
            found[f"{name}, reply"] = closed_reply(of, voice)
        elif of.targets_hit:
            found[f"{name}, reply"] = target_reply(of, voice)
    found["three: tp2, reply, late"] = made_late(target_reply(secured(THREE, hit=2), voice))
    kept = secured(THREE, stop=gold("2264.90"))
    found["three: tp1, reply, stop kept"] = target_reply(kept, voice)
    trailed = secured(THREE, hit=2, stop=gold("2281.00"), stop_by=StopBy.TRAIL)
    found["three: tp2, signal, stop trailed"] = signal_post(trailed, voice)
    found["three: tp2, reply, stop trailed"] = target_reply(trailed, voice)
    found["three, half first: tp1, signal"] = signal_post(secured(HALF_FIRST), voice)
    found["three, half first: tp1, reply"] = target_reply(secured(HALF_FIRST), voice)
    found["five: entering, signal"] = signal_post(trade(FIVE), voice)
    found["five: tp4, signal"] = signal_post(secured(FIVE, hit=4), voice)
    found["three: tp2, signal, brief"] = signal_post(
        secured(THREE, hit=2), msgspec.structs.replace(voice, is_brief=True)
    )
    found["one: opened, signal, brief"] = signal_post(opened(ONE), msgspec.structs.replace(voice, is_brief=True))
    found["board"] = board_post(_board(), "Gold", lambda _: voice, voice)
    found["daily report"] = daily_report(day(), voice)
    return found


def numbered(number: int, of: Signal) -> Signal:
    return msgspec.structs.replace(of, id=f"XAU_20240403_{number:03}")


def day() -> DailyFigures:
    """One that reached its third target, one its only one, and one that still runs behind its second."""
    third = closed(secured(numbered(1, THREE), hit=2), LAST, CloseReason.TARGET)
    only = closed(opened(numbered(2, ONE)), LAST, CloseReason.TARGET)
    running = (secured(numbered(3, THREE), hit=2),)
    return DailyFigures(date(2024, 4, 3), at("2024-04-03 21:00"), (third, only), running, measure([third, only]))


def _board() -> BoardFigures:
    running = (opened(numbered(1, ONE)), secured(numbered(2, THREE)), secured(numbered(3, THREE), hit=2))
    return BoardFigures(at("2024-04-03 17:46"), ("XAUUSD",), running, measure([]), measure([]), None)
