"""Every kind of message a subscriber can get, made of the design's example trades: for golden files and for checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from bot.words.captions import signal_caption
from bot.words.messages import closed_reply, first_target_reply, signal_post
from bot.words.post import Post
from bot.words.reasons import why, why_toast
from bot.words.report_captions import DailyFigures, RecentFigures, Refused, daily_report
from bot.words.wording import Voice
from engine.types import CloseReason, Direction, PoolKind, Reason, ReasonCode, Regime, Role, Session, Setup, Trade
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
    found["reply tp1"] = first_target_reply(secured(), voice)
    small = signal(lots=Decimal("0.01"), lot_steps=1, split=(0, 1))
    thirds = signal(lots=Decimal("0.03"), lot_steps=3, split=(1, 2))
    found["reply tp1, unsplit"] = first_target_reply(secured(small), voice)
    found["reply tp1, thirds"] = first_target_reply(secured(thirds), voice)
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
    return found


def toasts(voice: Voice) -> dict[str, str]:
    """Plain callback answers."""
    return {f"toast {name}": why_toast(trade(signal(of)), voice) for name, of in every_reason().items()} | {
        "toast": why_toast(trade(), voice)
    }


RECENT = RecentFigures(
    trades=30, total_r=6.75, win_rate=16 / 30, average_r=0.225, profit_factor=1.48, drawdown_r=-4.5, ambiguous=2
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
