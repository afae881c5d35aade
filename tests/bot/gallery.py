"""Every kind of message a subscriber can get, made of the design's example trades: for golden files and for checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from bot.words.board import BoardFigures, board_post
from bot.words.captions import signal_caption
from bot.words.messages import (
    chart_coming,
    charts_soon,
    closed_reply,
    no_chart,
    old_signal,
    signal_post,
    stop_moved_reply,
    target_reply,
)
from bot.words.post import Post, made_late
from bot.words.reasons import why, why_toast
from bot.words.report_captions import DailyFigures, Refused, daily_report
from bot.words.report_english import Span
from bot.words.report_period import period_report
from bot.words.report_rows import PeriodFigures
from bot.words.wording import Voice
from engine.events import NewsItem
from engine.performance import Performance, measure
from engine.types import (
    CloseReason,
    Direction,
    Impact,
    PoolKind,
    Reason,
    ReasonCode,
    Regime,
    Role,
    Session,
    Setup,
    Strategy,
    Timeframe,
    Trade,
)
from tests.bot.gallery_rare import rare_posts
from tests.bot.reader import states
from tests.builders import at, closed, gold, opened, reason, secured, setup, signal, trade

ROLES = {
    **dict.fromkeys(list(ReasonCode)[:6], Role.TREND),
    **dict.fromkeys(list(ReasonCode)[6:11], Role.SETUP),
    **dict.fromkeys(list(ReasonCode)[11:19], Role.ENTRY),
    **dict.fromkeys(list(ReasonCode)[19:], Role.AGAINST),
}
DETAILS = {
    ReasonCode.REGIME: tuple(Regime),
    ReasonCode.SWEEP: ("", *(kind for kind in PoolKind if kind is not PoolKind.SESSION), *Session),
    ReasonCode.PATTERN: ("engulfing", "pin bar", "inside bar", "doji"),
    ReasonCode.VALUE: ("val", "vah", "vwap"),
    ReasonCode.STRETCHED: ("band", "rsi"),
    ReasonCode.KILL_ZONE: tuple(Session),
    ReasonCode.ZONE_HELD: ("FVG", "IFVG", "OB", "BB", "SD"),
    ReasonCode.TREND: ("BOS", ""),
}


def every_reason() -> dict[str, Setup]:
    """Setups that hold each reason there is, and each detail it can have, for a buyer and for a seller."""
    found = {}
    for direction in Direction:
        way = -1 if direction is Direction.DOWN else 1
        entry = gold("2274.10")
        found[f"every reason, {direction.order}"] = setup(
            direction=direction,
            entry=entry,
            stop=entry - way * 920,
            targets=(entry + way * 1380, entry + way * 2300),
            reasons=tuple(_reason(code, detail) for code in ReasonCode for detail in DETAILS.get(code, ("OB",))),
            again_of_ms=at("2024-04-03 09:30"),
            changed=tuple(f"+{code}:OB" for code in ReasonCode if code not in DETAILS)[:4],
            proof=entry - way * 900,
            stop_basis="sweep",
        )
    return found


def _reason(code: ReasonCode, detail: str) -> Reason:
    return reason(code, 4, gold("2266.64"), gold("2271.01"), role=ROLES[code], detail=detail, strength=31)


def posts(voice: Voice) -> dict[str, Post]:
    """By a name for people. Callback answers are among them as plain texts."""
    found = {f"signal {name}": signal_post(of, voice) for name, of in states().items()}
    found |= {f"reply {name}": closed_reply(of, voice) for name, of in states().items() if of.is_done}
    found["reply tp1"] = target_reply(secured(), voice)
    small = signal(lots=Decimal("0.01"), lot_steps=1, split=(0, 1))
    thirds = signal(lots=Decimal("0.03"), lot_steps=3, split=(1, 2))
    found["reply tp1, unsplit"] = target_reply(secured(small), voice)
    found["reply tp1, thirds"] = target_reply(secured(thirds), voice)
    found["signal of a lot too small"] = Post(signal_caption(secured(small), voice))
    found["signal in thirds"] = Post(signal_caption(secured(thirds), voice))
    slipped = closed(opened(best=377, worst=-979), gold("2264.31"))
    found["reply stopped beyond"] = closed_reply(slipped, voice)
    found["why"] = Post(why(trade(), voice))
    for name, of in every_reason().items():
        found[f"why {name}"] = Post(why(trade(signal(of)), voice))
        found[f"signal {name}"] = signal_post(trade(signal(of)), voice)
    found["daily report"] = daily_report(_busy_day(), voice)
    found["daily report, quiet"] = daily_report(_quiet_day(), voice)
    found["daily report, first"] = daily_report(_first_day(), voice)
    late = msgspec.structs.replace(_busy_day(), late=True, head="128:3f39b4b6136ff43ea2dd88ffcf6d21e5")
    found["daily report, late, with its record"] = daily_report(late, voice)
    found |= {f"report {span}": period_report(_period(span), voice) for span in Span}
    found["report of several symbols"] = period_report(msgspec.structs.replace(_period(Span.WEEKLY), pips=None), voice)
    found["report weekly, empty"] = period_report(_empty_week(), voice)
    found["board"] = board_post(_board(), "Gold", lambda _: voice, voice)
    found["board, nothing open"] = board_post(_quiet_board(), "Gold", lambda _: voice, voice)
    found["reply stop moved"] = stop_moved_reply(_moved("2270.00"), voice, gold("2264.90"))
    found["reply stop moved to entry"] = stop_moved_reply(_moved("2274.10"), voice, gold("2264.90"))
    found["signal, stop moved"] = signal_post(_moved("2270.00"), voice)
    found["reply tp1, late"] = made_late(target_reply(secured(), voice))
    return found | rare_posts(voice)


def toasts(voice: Voice) -> dict[str, str]:
    """Plain callback answers."""
    return {f"toast {name}": why_toast(trade(signal(of)), voice) for name, of in every_reason().items()} | {
        "toast": why_toast(trade(), voice),
        "toast, chart": chart_coming(Timeframe.H1, voice),
        "toast, chart soon": charts_soon(8_000, voice, is_same=True),
        "toast, charts soon": charts_soon(8_000, voice, is_same=False),
        "toast, no chart": no_chart(Timeframe.H1, voice),
        "toast, old signal": old_signal(voice),
    }


RECENT = Performance(
    trades=30,
    won=16,
    lost=14,
    flat=0,
    total_r=6.75,
    win_rate=16 / 30,
    average_r=0.225,
    profit_factor=1.48,
    drawdown_r=-4.5,
    drawdown_now_r=-1.5,
    drawdown_from_ms=at("2024-03-20 12:00"),
    drawdown_to_ms=at("2024-03-26 12:00"),
    losing_run=4,
    ambiguous=2,
)


def _numbered(number: int) -> Trade:
    return opened(signal(id=f"XAU_20240403_{number:03}"))


def _busy_day() -> DailyFigures:
    first = secured(signal(id="XAU_20240403_002"))
    won = closed(first, gold("2297.10"), CloseReason.TARGET)
    ends = at("2024-04-03 21:00")
    running = (secured(signal(id="XAU_20240403_003")),)
    return DailyFigures(date(2024, 4, 3), ends, (closed(_numbered(1)), won, states()["expired"]), running, RECENT)


def _quiet_day() -> DailyFigures:
    codes = ("score", "news", "risk_reward", "spread", "lots", "cooldown")
    refusals = tuple(Refused(code, "1.5", count) for count, code in enumerate(codes, 1))
    return DailyFigures(date(2024, 4, 10), at("2024-04-10 21:00"), (), (), RECENT, refused=21, refusals=refusals)


def _first_day() -> DailyFigures:
    recent = msgspec.structs.replace(RECENT, trades=0, total_r=0.0, win_rate=None, profit_factor=None, drawdown_r=0.0)
    return DailyFigures(date(2024, 4, 3), at("2024-04-03 21:00"), (), (), recent)


def _ended_on(day: date, number: int, session: Session, strategy: Strategy, *, won: bool) -> Trade:
    of = setup(session=session, strategy=strategy)
    id_ = f"XAU_{day:%Y%m%d}_{number:03}"
    done = (
        closed(secured(signal(of, id=id_)), gold("2297.10"), CloseReason.TARGET)
        if won
        else closed(opened(signal(of, id=id_)))
    )
    return msgspec.structs.replace(done, closed_ms=at(f"{day} 15:00"))


def _period(span: Span) -> PeriodFigures:
    """Five trades of a week, or of the months before it."""
    days = [date(2024, 4, day) for day in (1, 2, 3, 4, 5)]
    if span in (Span.ALL, Span.DAYS_90):
        days = [date(2024, month, 5) for month in (2, 2, 3, 4, 4)]
    first, last = {
        Span.TODAY: (date(2024, 4, 5), date(2024, 4, 5)),
        Span.WEEKLY: (date(2024, 3, 30), date(2024, 4, 5)),
        Span.MONTHLY: (date(2024, 4, 1), date(2024, 4, 30)),
        Span.DAYS_7: (date(2024, 3, 30), date(2024, 4, 5)),
        Span.DAYS_30: (date(2024, 3, 7), date(2024, 4, 5)),
        Span.DAYS_90: (date(2024, 1, 7), date(2024, 4, 5)),
        Span.ALL: (date(2023, 11, 20), date(2024, 4, 5)),
    }[span]
    sessions, strategies = list(Session), list(Strategy)
    trades = tuple(
        _ended_on(day, n + 1, sessions[n % len(sessions)], strategies[n % len(strategies)], won=n in (0, 3))
        for n, day in enumerate(days)
    )
    if span is Span.TODAY:
        days, trades = days[-1:], trades[-1:]
    return PeriodFigures(
        span=span,
        scope="XAUUSD",
        first=first,
        last=last,
        end_ms=at(f"{last} 21:00"),
        trades=trades,
        days=tuple(days),
        running=3 if span is Span.MONTHLY else 1,
        refused=4,
        money=Decimal("301.60"),
        pips=Decimal("343.0"),
        has_weekends=False,
        due_ms=at(f"{last} 21:00") if span is Span.WEEKLY else None,
    )


def _empty_week() -> PeriodFigures:
    return msgspec.structs.replace(
        _period(Span.WEEKLY), trades=(), days=(), running=0, money=Decimal(0), pips=Decimal(0), due_ms=None
    )


def _board() -> BoardFigures:
    """Ten trades, of which eight are listed; one waits for its entry."""
    running = (trade(), secured(signal(id="XAU_20240403_002")), *(_numbered(number) for number in range(3, 11)))
    today = measure([closed(_numbered(11)), closed(secured(), gold("2297.10"), CloseReason.TARGET)])
    session = ("New York", at("2024-04-03 21:00"))
    claims = NewsItem(at("2024-04-04 12:30"), "USD", Impact.HIGH, "Unemployment Claims (Jul) & more")
    return BoardFigures(at("2024-04-03 17:46"), ("XAUUSD", "BTCUSDT"), running, today, RECENT, session, claims)


def _quiet_board() -> BoardFigures:
    return BoardFigures(at("2024-04-03 17:46"), ("XAUUSD",), (), measure([]), measure([closed()]), None)


def _moved(stop: str) -> Trade:
    return msgspec.structs.replace(opened(), stop=gold(stop))
