"""What readers hear of the ways a trade may end, of limit orders, of refusals by the account, and admins of limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from bot.words import alert_english
from bot.words.admin_english import END_SYMBOLS, ENDINGS
from bot.words.alerts import limit_alert
from bot.words.captions import signal_caption
from bot.words.english import English
from bot.words.live_block import progress_bar
from bot.words.messages import closed_reply, target_reply
from bot.words.reasons import refusals
from bot.words.report_captions import DailyFigures
from bot.words.report_english import ReportEnglish
from bot.words.report_picture import daily_picture
from bot.words.wording import Market, Style, Voice
from charts.milestone import milestone_scene
from engine.events import BreakerRearmed, BreakerTripped, LimitHit, SetupRejected
from engine.performance import measure
from engine.types import CloseReason, Mode, Order, Trade
from tests.bot.reader import shown, visible
from tests.builders import GOLD, at, closed, ended, gold, opened, secured, setup, signal, trade

STYLE = Style(mode=Mode.PAPER, market=Market.LIVE)
VOICE = Voice(mode=Mode.PAPER, market=Market.LIVE, instrument=GOLD)
LIVED = [reason for reason in CloseReason if reason not in (CloseReason.CANCELLED, CloseReason.EXPIRED)]


@pytest.mark.parametrize(
    ("reason", "state", "reply"),
    [
        (CloseReason.TRAILED, "🔒 Moved stop hit, closed +0.80R", "🔒 Moved stop reached at 2281.46 · +0.80R"),
        (CloseReason.TIME, "⚪ Time is up +0.80R", "⚪ Time is up: closed at 2281.46 · +0.80R"),
        (
            CloseReason.WEEKEND,
            "⚪ Closed before the weekend +0.80R",
            "⚪ Closed before the weekend at 2281.46 · +0.80R",
        ),
        (CloseReason.NEWS, "⚪ Closed before news +0.80R", "⚪ Closed before news at 2281.46 · +0.80R"),
    ],
)
def test_why_a_trade_was_closed_is_told_under_the_signal_and_in_the_reply(reason, state, reply):
    done = closed(opened(), gold("2281.46"), reason)

    assert f"{state} · +73.6 pips · +$73.60" in shown(visible(signal_caption(done, VOICE)))
    assert shown(visible(closed_reply(done, VOICE).text)).splitlines()[:2] == [reply, "+73.6 pips · +$73.60 · 47 min"]


def day_of(trade: Trade) -> DailyFigures:
    return DailyFigures(date(2024, 4, 3), at("2024-04-03 21:00"), (trade,), (), measure([trade]))


@pytest.mark.parametrize("reason", CloseReason)
def test_every_ending_has_its_words_everywhere(reason):
    lives = reason in LIVED
    done = closed(secured(), gold("2281.46"), reason) if lives else ended(reason)

    assert closed_reply(done, VOICE).text
    assert signal_caption(done, VOICE)
    assert ENDINGS[reason]
    assert END_SYMBOLS[reason]
    if lives:
        assert 1 <= len(ReportEnglish.ENDINGS[reason].format(number=5)) <= 4
        assert milestone_scene(done, (), (), GOLD, "PAPER").title != "TP1 hit"
        assert daily_picture(day_of(done), (), VOICE, 0, "dark").rows[0].outcome


def test_a_stop_that_is_kept_is_not_said_to_have_moved():
    kept = secured(stop=gold("2264.90"))

    assert shown(visible(target_reply(kept, VOICE).text)).splitlines()[-1] == "SL stays at 2264.90. TP2 2297.10 stays."
    assert progress_bar(kept).startswith("SL")


def test_a_limit_order_says_where_it_waits_and_until_when():
    of = trade(signal(order=Order.LIMIT))

    caption = shown(visible(signal_caption(of, VOICE)))

    assert "⏳ Limit order at 2274.10" in caption
    assert "Opens there or better · expires 17:15 UTC" in caption


def booked(**changes: object) -> Trade:
    return msgspec.structs.replace(secured(), **changes)


def test_money_is_what_was_booked_and_what_is_still_open():
    """TP1 brought 69.00 less 0.70 of commission; half of 0.10 lot stands 13.80 better."""
    assert VOICE.result_money(booked(money=Decimal("68.30"))) == Decimal("68.30") + Decimal("69.00")


def test_a_trade_from_before_there_were_books_is_told_by_its_moves():
    assert VOICE.result_money(booked(money=None)) == 138


def test_without_a_rate_of_its_own_the_voice_takes_the_trades():
    cross = msgspec.structs.replace(VOICE, rate=None)
    of = opened(signal(rate=Decimal("0.5")), gold("2275.10"))

    assert cross.result_money(of) == 5


CODES = (
    *(
        "paused",
        "score",
        "confidence",
        "risk_reward",
        "spread",
        "abnormal_spread",
        "lots",
        "notional",
        "margin",
        "no_rate",
    ),
    *("open_trade", "opposite_trade", "open_trades", "open_risk", "group_risk", "cooldown", "day_limit_symbol"),
    *("day_limit", "stale", "closed", "closing", "rollover", "news"),
    *("daily_loss", "weekly_loss", "losing_streak", "drawdown"),
)


def test_every_refusal_has_a_sentence_and_a_few_words():
    assert set(English.REFUSED_BRIEF) == set(CODES)
    assert set(English.REFUSED) == set(CODES) - {"score"}  # it is told by its weakest part


@pytest.mark.parametrize(
    ("code", "limit", "sentence"),
    [
        ("confidence", ("74.9", "75"), "Confidence of rules and model 74.9 %, needs 75 %"),
        ("news", ("USD <CPI>", "12"), "News blackout: USD <CPI>"),
        ("group_risk", ("gold 2.01", "2"), "Open risk in gold 2.01 %, at most 2 %"),
        ("daily_loss", ("512.00 USD", "500.00 USD"), "Daily loss limit reached: 512.00 USD of 500.00 USD"),
        ("abnormal_spread", ("3.1", "3"), "Spread 3.1 times the usual, at most 3 times"),
        ("no_rate", ("JPY", "a quote"), "No exchange rate from JPY yet"),
        ("stale", ("301", "300"), "Last price is 301 s old, at most 300 s"),
    ],
)
def test_a_refusal_tells_what_was_found_and_what_is_needed(code, limit, sentence):
    assert refusals(SetupRejected(1, setup(), (code,), (limit,)), VOICE) == [sentence]


def alert(event: LimitHit | BreakerTripped | BreakerRearmed, *more: object) -> list[str]:
    return shown(visible(limit_alert(event, STYLE, *more).text)).splitlines()  # type: ignore[arg-type]


def test_admins_hear_of_limits_with_their_numbers_and_what_happens_now():
    now_ms = at("2024-04-03 17:45")
    daily = LimitHit(now_ms, "daily_loss", "512.00 USD", "500.00 USD")
    assert alert(daily, [secured(price=gold("2295.00"))], at("2024-04-03 21:00")) == [
        "⛔ Daily loss limit reached",
        "Lost 512.00 USD, at most 500.00 USD. No new signals until 21:00 UTC.",
        "1 open trade goes on: 002 +1.89R",
    ]
    assert alert(LimitHit(now_ms, "losing_streak", "5", "240"), [], at("2024-04-03 21:45")) == [
        "⛔ 5 losses in a row",
        "No new signals until 21:45 UTC, a pause of 240 min.",
        "No trade is open.",
    ]
    many = [opened(signal(id=f"XAU_20240403_{n:03}")) for n in range(1, 12)]
    assert alert(daily, many)[2].startswith("11 open trades go on: 001 0.00R, 002 0.00R,")
    assert alert(daily, many)[2].endswith(", 008 0.00R, and 3 more")
    assert alert(BreakerTripped(1, Decimal("8999.5"), Decimal(9000))) == [
        "⛔ Drawdown breaker tripped",
        "Equity is $8,999.50, the limit $9,000.00. No new signals until an owner sends /rearm.",
        "No trade is open.",
    ]
    assert alert(BreakerRearmed(1, 7, Decimal(9000))) == [
        "Drawdown breaker re-armed at $9,000.00. The drawdown is counted from there."
    ]


def test_every_limit_that_is_told_has_its_alert():
    assert set(alert_english.LIMITS) == {"daily_loss", "weekly_loss", "losing_streak"}
