"""What a channel hears seldom, and every phrase of its reasons by itself: beside `gallery.py`, so that each sentence
stands in a golden file in each language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from bot.words.board import BoardFigures, board_post
from bot.words.messages import closed_reply, signal_post, target_reply
from bot.words.phrases import brief, full, seen_before, stop_basis, tip
from bot.words.post import Post
from bot.words.reasons import why_refused
from bot.words.report_captions import DailyFigures, Refused, daily_report
from bot.words.report_english import Span
from bot.words.report_period import period_report
from bot.words.report_rows import PeriodFigures
from bot.words.wording import Html, Style, Voice, counted, lines
from engine.events import SetupRejected
from engine.performance import measure
from engine.types import CloseReason, Direction, Mode, Order, ReasonCode, Role, Setup, Strategy, Trade
from tests.builders import at, closed, ended, gold, gold_reasons, opened, reason, secured, setup, signal, trade

EARLY_ENDS = (CloseReason.TRAILED, CloseReason.TIME, CloseReason.WEEKEND, CloseReason.NEWS)
REFUSALS = {  # what the gate found and what it needs, in its own words
    "paused": ("", ""),
    "score": ("48", "80"),
    "confidence": ("61.5", "75"),
    "risk_reward": ("1.2", "1.5"),
    "spread": ("0.31", "0.15"),
    "lots": ("0.004", "0.01"),
    "open_trade": ("", ""),
    "opposite_trade": ("", ""),
    "cooldown": ("12", "45"),
    "day_limit_symbol": ("2", "2"),
    "day_limit": ("15", "15"),
    "closing": ("20", "60"),
    "news": ("US jobless claims", "25"),
    "closed": ("", ""),
    "rollover": ("10", "30"),
    "stale": ("90", "60"),
    "abnormal_spread": ("4.2", "3"),
    "no_rate": ("JPY", ""),
    "notional": ("", "0.01"),
    "margin": ("", "0.01"),
    "open_trades": ("5", "5"),
    "open_risk": ("5.4", "5"),
    "group_risk": ("gold: 2.3", "2"),
    "daily_loss": ("512.00 USD", "500.00 USD"),
    "weekly_loss": ("1,012.00 USD", "1,000.00 USD"),
    "losing_streak": ("60", "240"),
    "drawdown": ("10.2 %", "10 %"),
}


def rare_posts(voice: Voice) -> dict[str, Post]:
    """By a name for people."""
    early = {reason: closed(opened(), gold("2281.46"), reason) for reason in EARLY_ENDS}
    limit = signal(order=Order.LIMIT)
    unfilled = ended(CloseReason.CANCELLED)
    kept = msgspec.structs.replace(secured(), stop=gold("2264.90"))
    whole = closed(secured(signal(split=(0, 10))), None, CloseReason.BREAKEVEN)
    found = {"signal limit": signal_post(trade(limit), voice)}
    found["signal of a fade"] = signal_post(trade(signal(setup(strategy=Strategy.RANGE_FADE))), voice)
    found |= {f"signal {reason}": signal_post(of, voice) for reason, of in early.items()}
    found |= {f"reply {reason}": closed_reply(of, voice) for reason, of in early.items()}
    found["signal withdrawn"] = signal_post(unfilled, voice)
    found["reply withdrawn"] = closed_reply(unfilled, voice)
    found["reply tp1, stop kept"] = target_reply(kept, voice)
    found["reply breakeven, unsplit"] = closed_reply(whole, voice)
    found["signal with nothing against it"] = signal_post(trade(signal(_unopposed())), voice)
    found["signal of many reasons"] = signal_post(trade(signal(_crowded())), voice)
    found["why not"] = Post(why_refused(_refused(), voice))
    found["why not, weak setup"] = Post(why_refused(_refused(Role.SETUP), voice))
    for mode in (Mode.SIGNAL, Mode.LIVE):
        of = msgspec.structs.replace(closed(), signal=signal(mode=mode))
        found[f"signal of {mode} mode"] = signal_post(of, voice)
    for n, codes in enumerate(_sixes(list(REFUSALS)), 1):
        found[f"daily report, refusals {n}"] = daily_report(_refused_day(codes), voice)
    found["daily report, every ending"] = daily_report(_day_of_endings(early), voice)
    found["report of years and many symbols"] = period_report(_years(), voice)
    found["report of one that won"] = period_report(msgspec.structs.replace(_years(), **_one()), voice)
    flat = measure([closed(), closed(opened(), gold("2274.10"), CloseReason.DESK)])
    figures = BoardFigures(at("2024-04-03 17:46"), ("XAUUSD",), (), flat, flat, ("London", at("2024-04-03 21:00")))
    found["board, one flat"] = board_post(figures, "Gold", lambda _: voice, voice)
    return found


def phrases(voice: Voice, details: Mapping[ReasonCode, tuple[str, ...]], roles: Mapping[ReasonCode, Role]) -> Html:
    """Each reason with each detail it can have: briefly, under the button, and in full; for a seller and a buyer."""
    said = []
    for direction in Direction:
        for code in ReasonCode:
            for detail in details.get(code, ("OB",)):
                of = setup(
                    direction=direction,
                    reasons=(
                        reason(code, 4, gold("2266.64"), gold("2271.01"), role=roles[code], detail=detail, strength=31),
                    ),
                )
                each = (phrase(of.reasons[0], of, voice) for phrase in (brief, tip, full))
                said.append(voice.directed_plain(" / ".join(each)))
    return Html("\n".join(said))


def changes(voice: Voice, details: Mapping[ReasonCode, tuple[str, ...]]) -> Html:
    """What an idea proposed again has gained, for a seller and a buyer; and once that it has lost it."""
    of = setup(again_of_ms=at("2024-04-03 09:30"))
    said = [
        seen_before(msgspec.structs.replace(of, direction=direction, changed=(f"+{code}:{detail}",)), voice)
        for direction in Direction
        for code in ReasonCode
        for detail in details.get(code, ("OB",))
    ]
    said.append(seen_before(msgspec.structs.replace(of, changed=("-sweep:day",)), voice))
    said.append(seen_before(of, voice))
    return Html("\n".join(voice.directed_plain(each or "") for each in said))


def counts(style: Style) -> Html:
    """Every number's form of all that is counted."""
    words = style.report_words
    tables = (words.SIGNAL_COUNT, words.TRADE_COUNT, words.SETUP_COUNT, words.LOSING_RUN, words.OPEN_COUNT)
    return style.directed(lines(*(counted(count, forms) for forms in tables for count in (0, 1, 2, 3, 11, 100))))


def stops(voice: Voice) -> Html:
    """Where a stop can lie."""
    bases = ("sweep", "leg", "FVG", "OB", "BB", "SD")
    found = [stop_basis(setup(direction=way, stop_basis=basis), voice) for way in Direction for basis in bases]
    return Html("\n".join(voice.directed_plain(each or "") for each in found))


def buttons_of(posts: Mapping[str, Post]) -> list[str]:
    """Every label there is, once."""
    return sorted({button.label for post in posts.values() for row in post.buttons for button in row})


def dates(style: Style) -> list[str]:
    """A day of each month, as signals and as reports write it, and the days of the week."""
    months = (f"{style.day(at(f'2024-{n:02}-03'))} / {style.report_words.MONTHS[n - 1]}" for n in range(1, 13))
    return [*map(style.directed_plain, months), *style.words.WEEKDAYS]


def _unopposed() -> Setup:
    return setup(reasons=tuple(each for each in gold_reasons() if each.role is not Role.AGAINST))


def _crowded() -> Setup:
    """More than a caption holds."""
    h1 = {"role": Role.SETUP, "points": 9}
    prices = (gold("2266.64"), gold("2271.01"))
    names = ("FVG", "IFVG", "OB", "BB", "SD")
    more = [reason(ReasonCode.ZONE_HELD, 9, *prices, role=h1["role"], detail=name) for name in names * 4]
    ahead = [reason(ReasonCode.OPPOSING_ZONE, 0, *prices, role=Role.AGAINST, detail=name) for name in names * 4]
    return setup(reasons=(*gold_reasons(), *more, *ahead))


def _refused(weak: Role = Role.TREND) -> SetupRejected:
    counter = reason(ReasonCode.COUNTER_TREND, 0, gold("2281.10"), role=Role.AGAINST)
    scored = tuple(each for each in gold_reasons() if each.role is not weak)
    of = setup(score=48, reasons=(*scored, counter))
    return SetupRejected(of.known_ms, of, tuple(REFUSALS), tuple(REFUSALS.values()))


def _refused_day(codes: tuple[str, ...]) -> DailyFigures:
    refusals = tuple(Refused(code, REFUSALS[code][1], count) for count, code in enumerate(codes, 1))
    return DailyFigures(
        date(2024, 4, 13), at("2024-04-13 21:00"), (), (), measure([closed()]), refused=1, refusals=refusals
    )


def _day_of_endings(early: Mapping[CloseReason, Trade]) -> DailyFigures:
    flat = closed(opened(), gold("2274.10"), CloseReason.DESK)
    trades = [*early.values(), flat]
    numbered = tuple(
        msgspec.structs.replace(of, signal=msgspec.structs.replace(of.signal, id=f"XAU_20240414_{n:03}"))
        for n, of in enumerate(trades, 1)
    )
    return DailyFigures(date(2024, 4, 14), at("2024-04-14 21:00"), numbered, (), measure(numbered))


def _years() -> PeriodFigures:
    """A losing trade a month for a year and a half, each of another symbol."""
    days = tuple(date(2023 + n // 12, n % 12 + 1, 5) for n in range(18))
    trades = tuple(
        msgspec.structs.replace(closed(), signal=signal(setup(symbol=f"GOLD{n:02}"), id=f"G{n}_20240405_001"))
        for n in range(18)
    )
    last = date(2024, 6, 5)
    return PeriodFigures(
        *(Span.ALL, "Gold", days[0], last, at(f"{last} 21:00"), trades, days, 0, 0, Decimal("-1656.00"), None),
        has_weekends=False,
    )


def _one() -> dict[str, object]:
    won = closed(secured(), gold("2297.10"), CloseReason.TARGET)
    return {"trades": (won,), "days": (date(2024, 6, 5),), "money": Decimal("184.00")}


def _sixes(codes: list[str]) -> list[tuple[str, ...]]:
    """As many as a report lists."""
    return [tuple(codes[n : n + 6]) for n in range(0, len(codes), 6)]
